"""The interface of scikit-learn's estimators, without scikit-learn."""

import inspect
from functools import cache
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.caller_warnings import warn
from cfl.regression.exceptions import RegressionError, not_fitted_error
from cfl.regression.scores import r2_score
from cfl.regression.validation import Array

_FLAGS = "fit_intercept", "warm_start"
"""Parameters that are True or False."""


class Regressor:
    """Parameters, input checks and the score of a regression estimator.

    A subclass takes its parameters as keywords in `__init__`, stores them unchanged, and sets attributes
    that end in an underscore in `fit` only.

    Attributes
    ----------
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : (n_features,) object array
        Their names; only where `X` was a table whose column names are all strings.
    """

    n_features_in_: int
    feature_names_in_: npt.NDArray[np.object_]
    _dtype: type[np.floating[Any]] = np.float64
    """Of what the fit gives: float32 where `X` was."""
    _arrays: ClassVar[tuple[str, ...]] = ("random_state",)
    """Parameters that may hold several values."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool, default True
            Has no effect, as no parameter is itself an estimator. scikit-learn's tools pass it.

        Returns
        -------
        params : dict
            Value of each parameter of the constructor.

        See Also
        --------
        set_params : Change them.

        Examples
        --------
        >>> from cfl.regression import Ridge
        >>> Ridge(alpha=2.0).get_params()
        {'alpha': 2.0, 'fit_intercept': True}
        """
        return {name: getattr(self, name) for name in self._parameter_names()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name.

        What was fitted stays as it is until `fit` is called again.

        Parameters
        ----------
        **params : any
            New values, by the names of the constructor's parameters.

        Returns
        -------
        self : estimator
            This estimator.

        Raises
        ------
        RegressionError
            There is no parameter of that name. Those before it have been set.

        See Also
        --------
        get_params : Return them.

        Examples
        --------
        >>> from cfl.regression import Ridge
        >>> Ridge().set_params(alpha=2.0)
        Ridge(alpha=2.0)
        """
        names = self._parameter_names()
        for name, value in params.items():
            if name not in names:
                raise RegressionError(
                    f"Invalid parameter {name!r} for estimator {self}. Valid parameters are: {names}."
                )
            setattr(self, name, value)
        return self

    def score(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> float:
        """Return R² of the predictions for `X`, compared with `y`.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples, at least two; each value finite.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Their true targets.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each sample, at least 0.

        Returns
        -------
        score : float
            1 for perfect predictions, 0 for predictions no better than the mean of `y`, below 0 for worse
            ones; the mean over the targets.

        Raises
        ------
        NotFittedError
            `fit` has not been called.
        RegressionError
            `X` or `y` is not finite or of the wrong shape.

        See Also
        --------
        cfl.regression.r2_score : The definition, and the same for any predictions.

        Examples
        --------
        >>> from cfl.regression import LinearRegression
        >>> line = LinearRegression().fit([[0], [1], [2]], [1, 3, 5])
        >>> line.score([[3], [4]], [7, 9]), line.score([[3], [4]], [9, 7])
        (1.0, -3.0)
        """
        return r2_score(y, self.predict(X), sample_weight=sample_weight)

    def predict(self, X: npt.ArrayLike) -> Array:
        """Predict the targets of `X`."""
        raise NotImplementedError

    def __repr__(self) -> str:
        changed = {
            name: getattr(self, name)
            for name, parameter in self._signature().items()
            if repr(getattr(self, name)) != repr(parameter.default)
        }
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in changed.items())})"

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_in_")

    def __sklearn_tags__(self) -> Any:
        # Only scikit-learn calls this, so it is there to import.
        from sklearn.utils import InputTags, RegressorTags, Tags, TargetTags

        return Tags(
            estimator_type="regressor",
            target_tags=TargetTags(required=True, multi_output=True),
            regressor_tags=RegressorTags(),
            input_tags=InputTags(),
        )

    @classmethod
    @cache
    def _signature(cls) -> dict[str, inspect.Parameter]:
        parameters = inspect.signature(cls.__init__).parameters
        return {name: parameter for name, parameter in parameters.items() if name != "self"}

    @classmethod
    def _parameter_names(cls) -> list[str]:
        return sorted(cls._signature())

    def _check_kinds(self) -> None:
        """Raise TypeError for a parameter that is no single value, and for a flag that is none."""
        for name in self._signature():
            value = getattr(self, name)
            if name in _FLAGS and not (isinstance(value, bool | int | np.bool_) and value in (0, 1)):
                raise TypeError(f"{name} must be True or False, not {type(value).__name__}.")
            is_one = not isinstance(value, list | tuple | dict) and np.ndim(value) == 0
            if not is_one and name not in self._arrays:
                raise TypeError(f"{name} must be one value, not {type(value).__name__}.")

    def _check_training_data(self, X: Any, y: Any) -> tuple[Array, Array]:
        """Return `X` and `y` checked, and remember the number and names of the features."""
        self._check_kinds()
        if y is None:
            raise RegressionError(f"{type(self).__name__} requires y to be passed, but the target y is None.")
        names = validation.feature_names(X)
        array = validation.as_array(X, "X")
        matrix = validation.as_matrix(array)
        targets = validation.as_targets(y, matrix.shape[0])
        self._dtype = float_type(array)
        self.n_features_in_ = matrix.shape[1]
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        return matrix, targets

    def _check_features(self, X: Any) -> Array:
        """Return `X` checked against the features seen in `fit`."""
        if not self.__sklearn_is_fitted__():
            raise not_fitted_error(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate "
                "arguments before using this estimator."
            )
        self._check_names(validation.feature_names(X))
        matrix = validation.as_matrix(X)
        if matrix.shape[1] != self.n_features_in_:
            raise RegressionError(
                f"X has {matrix.shape[1]} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input."
            )
        return matrix

    def _of_type(self, prediction: Array, X: Any) -> Array:
        """Return a prediction for `X` in the type it is to have: float32 where both `X` and the fit are."""
        return prediction.astype(np.result_type(self._dtype, float_type(np.asarray(X))), copy=False)

    def _check_names(self, names: npt.NDArray[np.object_] | None) -> None:
        seen = getattr(self, "feature_names_in_", None)
        if seen is None and names is not None:
            warn(f"X has feature names, but {type(self).__name__} was fitted without feature names")
        elif seen is not None and names is None:
            warn(
                f"X does not have valid feature names, but {type(self).__name__} was fitted with "
                "feature names",
            )
        elif seen is not None and names is not None:
            validation.check_feature_names(seen, names)


class LinearPredictor(Regressor):
    """A regressor whose prediction is ``X @ coef_.T + intercept_``.

    Attributes
    ----------
    coef_ : (n_features,) or (n_targets, n_features) float64 or float32 array
        Slopes. The second form where `y` had two dimensions in `fit`. float32 where `X` was.
    intercept_ : float64 or float32 number, or (n_targets,) array of them
        Prediction where all features are 0.
    """

    coef_: Array
    intercept_: np.float64 | Array

    def predict(self, X: npt.ArrayLike) -> Array:
        """Predict the targets of samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; each value finite.

        Returns
        -------
        y : (n_samples,) or (n_samples, n_targets) float64 array
            Has as many dimensions as `y` had in `fit`; float32 where `X` is, here and in `fit`.

        Raises
        ------
        NotFittedError
            `fit` has not been called.
        RegressionError
            `X` is not finite, or has other features than in `fit`.

        See Also
        --------
        score : How good predictions are.

        Examples
        --------
        >>> from cfl.regression import LinearRegression
        >>> LinearRegression().fit([[0], [1], [2]], [1, 3, 5]).predict([[10]])
        array([21.])
        """
        return self._predicted(self._check_features(X), X)

    def _predicted(self, terms: Array, X: npt.ArrayLike) -> Array:
        """Return the prediction for samples `X` whose columns that the coefficients belong to are `terms`."""
        coef = self.coef_.astype(np.float64, copy=False)
        prediction = terms @ coef.T + np.asarray(self.intercept_, np.float64)
        return self._of_type(prediction, X)

    def _set_line(self, coef: Array, intercept: Array, one_target: bool) -> None:
        """Store coefficients and intercepts. Both have an axis of targets, which is dropped for one."""
        if self._dtype is np.float32:
            with np.errstate(over="ignore"):
                coef, intercept = coef.astype(np.float32), intercept.astype(np.float32)
        if not (np.isfinite(coef).all() and np.isfinite(intercept).all()):
            raise RegressionError(f"The coefficients are too large for {self._dtype.__name__}: scale X or y.")
        self.coef_ = coef[0] if one_target else coef
        self.intercept_ = intercept[0] if one_target else intercept


def float_type(X: npt.NDArray[Any]) -> type[np.floating[Any]]:
    """Return the floating-point type of what follows from `X`: float32 or float64."""
    return np.float32 if X.dtype == np.float32 else np.float64
