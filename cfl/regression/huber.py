"""Huber's robust regression."""

from typing import Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.base import LinearPredictor
from cfl.regression.caller_warnings import warn
from cfl.regression.exceptions import RegressionError, convergence_warning
from cfl.regression.huber_data import ScaledData, scaled_data
from cfl.regression.huber_solver import EXACT, minimise
from cfl.regression.validation import Array


class HuberRegressor(LinearPredictor):
    """Linear regression in which outliers count less.

    It minimises Σ w·(σ + H((y − X·coef − intercept) / σ)·σ) + alpha·Σ coef² over the line and the scale σ of
    the residuals. Huber's function H(z) is z² for small residuals (``|z| <= epsilon``) and
    ``2·epsilon·|z| − epsilon²`` for larger ones, which grows only linearly. So a sample with an extreme
    `y` pulls the line with a limited force. A sample with an extreme `X` can still turn it.

    Parameters
    ----------
    epsilon : float, default 1.35
        Residuals above this many σ are large; above 1. At 1.35 the estimate is 95 % as efficient as least
        squares if the errors are normal.
    max_iter : int, default 1000
        Largest number of iterations, at least 1.
    alpha : float, default 0.0001
        Strength of the ridge penalty, at least 0.
    fit_intercept : bool, default True
        Whether to fit an intercept. If False, the fit goes through the origin.
    warm_start : bool, default False
        Whether `fit` starts from the line of the fit before.
    tol : float, default 1e-10
        Iteration stops when no coefficient, times the length of its column, changes by more than this part
        of the largest.

    Attributes
    ----------
    coef_ : (n_features,) or (n_targets, n_features) float64 array
        Slopes. The second form where `y` had two dimensions in `fit`.
    intercept_ : float64 or (n_targets,) float64 array
        Prediction where all features are 0; 0 without an intercept.
    scale_ : float64 or (n_targets,) float64 array
        The scale σ, in units of `y`; 0 where the line passes through all samples.
    outliers_ : (n_samples,) or (n_samples, n_targets) bool array
        Which residuals are above ``epsilon * scale_``.
    n_iter_ : int
        Iterations done; of several targets, the largest number.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : (n_features,) object array
        Their names; only where `X` was a table whose column names are all strings.

    See Also
    --------
    TheilSenRegressor : Tolerates outliers in `X` too.
    RANSACRegressor : Tolerates that most samples are outliers.
    LinearRegression : Every residual counts by its square.

    Notes
    -----
    The objective [2]_ is convex. It is minimised by Newton's method: each step finds the minimum there would
    be if the large residuals stayed the large ones, and goes towards it as far as the objective falls. Where
    few small residuals leave that step undetermined, one of iteratively reweighted least squares takes its
    place.

    References
    ----------
    .. [1] Huber, P. J., and E. M. Ronchetti, "Robust Statistics", 2nd edition, Wiley, 2009, section 7.7.
    .. [2] Owen, A. B., "A robust hybrid of lasso and ridge regression", Contemporary Mathematics 443, 2007.

    Examples
    --------
    Six samples of y = 2x + 1, the last of which is wrong:

    >>> from cfl.regression import HuberRegressor, LinearRegression
    >>> X, y = [[0], [1], [2], [3], [4], [5]], [1, 3, 5, 7, 9, 50]
    >>> LinearRegression().fit(X, y).coef_.round(2)
    array([7.57])
    >>> robust = HuberRegressor().fit(X, y)
    >>> robust.coef_.round(2), robust.outliers_.tolist()
    (array([2.]), [False, False, False, False, False, True])
    """

    scale_: np.float64 | Array
    outliers_: npt.NDArray[np.bool_]
    n_iter_: int

    def __init__(
        self,
        *,
        epsilon: float = 1.35,
        max_iter: int = 1000,
        alpha: float = 0.0001,
        fit_intercept: bool = True,
        warm_start: bool = False,
        tol: float = 1e-10,
    ):
        self.epsilon = epsilon
        self.max_iter = max_iter
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.warm_start = warm_start
        self.tol = tol

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit to samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features of each sample, finite real numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets of each sample. Several are fitted one by one.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each sample, at least 0.

        Returns
        -------
        self : estimator
            This estimator, fitted.

        Raises
        ------
        RegressionError
            `X`, `y` or `sample_weight` is not finite or of the wrong shape, or a parameter is out of range.

        Warns
        -----
        ConvergenceWarning
            `max_iter` was reached.

        Examples
        --------
        >>> from cfl.regression import HuberRegressor
        >>> robust = HuberRegressor().fit([[0], [1], [2], [3], [4]], [0, 1, 2, 3, 40])
        >>> robust.predict([[5]]).round(2)
        array([5.])
        """
        self._check_parameters()
        start = self._last_line() if self.warm_start and self.__sklearn_is_fitted__() else None
        matrix, targets = self._check_training_data(X, y)
        weights = validation.as_weights(sample_weight, matrix.shape[0])
        columns = targets.reshape(len(targets), -1)
        data, used = _of_some_weight(matrix, columns, weights, self.fit_intercept)
        fits = [
            self._fit_target(data, used[:, k], None if start is None else start[k])
            for k in range(columns.shape[1])
        ]
        coef, intercept, scale = (np.array([fit[part] for fit in fits]) for part in range(3))
        self.n_iter_ = max(n_iter for *_, n_iter in fits)
        residual = np.abs(columns - matrix @ coef.T - intercept)
        rounding = EXACT * np.max(np.abs(columns), axis=0)
        outliers = residual > np.maximum(self.epsilon * scale, rounding)
        one_target = targets.ndim == 1
        self._set_line(coef, intercept, one_target)
        scale = scale.astype(self._dtype)
        self.scale_ = scale[0] if one_target else scale
        self.outliers_ = outliers[:, 0] if one_target else outliers
        return self

    def _check_parameters(self) -> None:
        self._check_kinds()
        if not self.epsilon > 1:
            raise RegressionError(f"epsilon must be above 1, got {self.epsilon}.")
        if not (np.isfinite(self.alpha) and self.alpha >= 0):
            raise RegressionError(f"alpha must be a finite number >= 0, got {self.alpha}.")
        if not self.max_iter >= 1:
            raise RegressionError(f"max_iter must be >= 1, got {self.max_iter}.")

    def _last_line(self) -> list[tuple[Array, float, float]]:
        """Return coefficients, intercept and scale of each target."""
        coef, intercept, scale = np.atleast_2d(self.coef_), np.ravel(self.intercept_), np.ravel(self.scale_)
        return list(zip(coef.astype(np.float64), intercept.tolist(), scale.tolist(), strict=True))

    def _fit_target(
        self, data: ScaledData, y: Array, start: tuple[Array, float, float] | None
    ) -> tuple[Array, float, float, int]:
        """Return coefficients, intercept, scale and iterations."""
        unit = data.unit_of(y)
        minimum = minimise(
            data.problem(y, unit, float(self.alpha), self.epsilon),
            None if start is None else data.enter(*start, unit),
            self.tol,
            self.max_iter,
        )
        if not minimum.converged:
            warn(
                convergence_warning(
                    f"HuberRegressor did not converge in max_iter={self.max_iter} iterations."
                ),
            )
        coef, intercept = data.leave(minimum.coef, unit)
        return coef, intercept, minimum.scale * unit.size, minimum.n_iter


def _of_some_weight(
    X: Array, y: Array, weights: Array | None, fit_intercept: bool
) -> tuple[ScaledData, Array]:
    """Return the samples as the solver takes them, and their targets, less those of weight 0."""
    if weights is not None and not np.all(weights):
        used = weights > 0
        X, y, weights = X[used], y[used], weights[used]
    return scaled_data(X, weights, fit_intercept), y
