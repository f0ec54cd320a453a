"""Ridge regression."""

from typing import Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.base import LinearPredictor
from cfl.regression.design import Design
from cfl.regression.exceptions import RegressionError
from cfl.regression.ridge_solver import solve_ridge
from cfl.regression.validation import Array


class Ridge(LinearPredictor):
    """Least squares with a penalty on large coefficients.

    Finds the coefficients that minimise Σ w·(y − X·coef − intercept)² + alpha·Σ coef². The penalty draws
    coefficients towards 0; it helps where features are nearly collinear or few samples meet many features.
    The intercept is not penalised.

    Parameters
    ----------
    alpha : float or array-like of shape (n_targets,), default 1.0
        Strength of the penalty, at least 0; an array has one for each target. With 0 the fit is that of
        `LinearRegression`.
    fit_intercept : bool, default True
        Whether to fit an intercept. If False, the fit goes through the origin.

    Attributes
    ----------
    coef_ : (n_features,) or (n_targets, n_features) float64 array
        Slopes. The second form where `y` had two dimensions in `fit`.
    intercept_ : float64 or (n_targets,) float64 array
        Prediction where all features are 0; 0 without an intercept.
    n_iter_ : None
        There are no iterations; here because scikit-learn's `Ridge` has it.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : (n_features,) object array
        Their names; only where `X` was a table whose column names are all strings.

    See Also
    --------
    LinearRegression : The same without a penalty, with a summary.

    Notes
    -----
    Solved by the normal equations, or by their dual form where samples are fewer than features, with data
    centred first. An estimate of the rounding decides whether that is enough: a coefficient times the length
    of its centred column is right to 12 digits of the largest such product. Where it is not, the penalty is
    written as `n_features` more samples, with √alpha on their diagonal and the target 0, and this plain
    least-squares problem is solved as in `LinearRegression`.

    References
    ----------
    .. [1] Hoerl, A. E., and R. W. Kennard, "Ridge regression: biased estimation for nonorthogonal problems",
           Technometrics 12 (1), 1970.

    Examples
    --------
    >>> from cfl.regression import Ridge
    >>> X, y = [[0], [1], [2]], [1, 3, 5]
    >>> Ridge(alpha=0).fit(X, y).coef_, Ridge(alpha=2).fit(X, y).coef_
    (array([2.]), array([1.]))
    """

    n_iter_: None
    _arrays = ("alpha",)

    def __init__(self, alpha: float | npt.ArrayLike = 1.0, *, fit_intercept: bool = True):
        self.alpha = alpha
        self.fit_intercept = fit_intercept

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit to samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features of each sample, finite real numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets of each sample.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each sample, at least 0.

        Returns
        -------
        self : estimator
            This estimator, fitted.

        Raises
        ------
        RegressionError
            `X`, `y` or `sample_weight` is not finite or of the wrong shape, or `alpha` is negative, not
            finite, or neither one number nor one for each target.

        Warns
        -----
        RankDeficiencyWarning
            `alpha` is 0 and columns are linearly dependent.
        ConditioningWarning
            Some coefficients may have fewer than 12 right digits.

        Examples
        --------
        The columns are equal, so least squares has many solutions; the penalty makes it one:

        >>> from cfl.regression import Ridge
        >>> Ridge(alpha=1).fit([[0, 0], [1, 1], [2, 2]], [0, 5, 10]).coef_
        array([2., 2.])
        """
        matrix, targets = self._check_training_data(X, y)
        weights = validation.as_weights(sample_weight, matrix.shape[0])
        columns = targets.reshape(len(targets), -1)
        design = Design(matrix, columns, weights, fit_intercept=self.fit_intercept)
        coef, intercept = solve_ridge(design, self._penalties(columns.shape[1]))
        self._set_line(coef, intercept, targets.ndim == 1)
        self.n_iter_ = None
        return self

    def _penalties(self, n_targets: int) -> Array:
        """Return the penalty of each target, (n_targets,)."""
        penalties = validation.as_float(self.alpha, "alpha")
        if penalties.ndim > 1 or penalties.size not in (1, n_targets):
            raise RegressionError(
                f"Number of targets and number of penalties do not correspond: {penalties.size} != "
                f"{n_targets}. alpha should be one number or one for each target."
            )
        if not np.all(np.isfinite(penalties) & (penalties >= 0)):
            raise RegressionError(f"alpha must be a finite number >= 0, got {self.alpha!r}.")
        return np.broadcast_to(penalties.ravel(), n_targets)
