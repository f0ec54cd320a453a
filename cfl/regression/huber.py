"""Huber's robust regression."""

import warnings
from typing import Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.base import LinearPredictor
from cfl.regression.design import Design, Solution
from cfl.regression.exceptions import RegressionError, convergence_warning
from cfl.regression.least_squares import solve
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
    tol : float, default 1e-10
        Iteration stops when no coefficient changes by more than this, relative to the largest one.

    Attributes
    ----------
    coef_ : (n_features,) or (n_targets, n_features) float64 array
        Slopes. The second form where `y` had two dimensions in `fit`.
    intercept_ : float or (n_targets,) float64 array
        Prediction where all features are 0; 0 without an intercept.
    scale_ : float or (n_targets,) float64 array
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
    Solved by iteratively reweighted least squares: each step fits a line with weights that are smaller for
    larger residuals, after setting σ to its exact minimum for the residuals at hand. The objective [2]_ is
    convex, and every step lowers it.

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

    scale_: float | Array
    outliers_: npt.NDArray[np.bool_]
    n_iter_: int

    def __init__(
        self,
        *,
        epsilon: float = 1.35,
        max_iter: int = 1000,
        alpha: float = 0.0001,
        fit_intercept: bool = True,
        tol: float = 1e-10,
    ):
        self.epsilon = epsilon
        self.max_iter = max_iter
        self.alpha = alpha
        self.fit_intercept = fit_intercept
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
        matrix, targets = self._check_training_data(X, y)
        weights = validation.as_weights(sample_weight, matrix.shape[0])
        if weights is None:
            weights = np.ones(matrix.shape[0])
        columns = targets.reshape(len(targets), -1)
        fits = [self._fit_target(matrix, column[:, None], weights) for column in columns.T]
        coef = np.stack([solution.coef[0] for solution, _, _ in fits])
        intercept = np.array([solution.intercept[0] for solution, _, _ in fits])
        scale = np.array([scale for _, scale, _ in fits])
        self._set_line(coef, intercept, targets.ndim == 1)
        self.scale_ = float(scale[0]) if targets.ndim == 1 else scale
        self.n_iter_ = max(n_iter for _, _, n_iter in fits)
        self.outliers_ = np.abs(targets - self.predict(X)) > self.epsilon * self.scale_
        return self

    def _check_parameters(self) -> None:
        if not self.epsilon > 1:
            raise RegressionError(f"epsilon must be above 1, got {self.epsilon}.")
        if not (np.isfinite(self.alpha) and self.alpha >= 0):
            raise RegressionError(f"alpha must be a finite number >= 0, got {self.alpha}.")
        if not self.max_iter >= 1:
            raise RegressionError(f"max_iter must be >= 1, got {self.max_iter}.")

    def _fit_target(self, X: Array, y: Array, weights: Array) -> tuple[Solution, float, int]:
        penalty = float(self.alpha)
        solution = solve(Design(X, y, weights, fit_intercept=self.fit_intercept, penalty=penalty))
        scale = 0.0
        for iteration in range(1, self.max_iter + 1):
            residual = np.abs(y[:, 0] - X @ solution.coef[0] - solution.intercept)
            scale = huber_scale(residual, weights, self.epsilon)
            if scale == 0:
                return solution, scale, iteration
            limit = self.epsilon * scale
            pull = weights * limit / np.maximum(residual, limit)
            previous = np.r_[solution.intercept, solution.coef[0]]
            solution = solve(Design(X, y, pull, fit_intercept=self.fit_intercept, penalty=penalty * scale))
            current = np.r_[solution.intercept, solution.coef[0]]
            if np.max(np.abs(current - previous)) <= self.tol * np.max(np.abs(current)):
                return solution, scale, iteration
        warnings.warn(
            convergence_warning(f"HuberRegressor did not converge in max_iter={self.max_iter} iterations."),
            stacklevel=3,
        )
        return solution, scale, self.max_iter


def huber_scale(residual: Array, weights: Array, epsilon: float) -> float:
    """Return the scale that minimises Huber's objective for given absolute residuals.

    At the minimum, Σ w·r² / σ² over the small residuals (up to epsilon·σ) equals Σ w − epsilon²·Σ w over the
    large ones. Sorted by size, the residuals can be divided into small and large in only n ways, which are
    all tried.

    Parameters
    ----------
    residual, weights : (n_samples,) float64 arrays
        Both >= 0.
    epsilon : float
        > 1.
    """
    order = np.argsort(residual)
    r, w = residual[order], weights[order]
    squares = np.cumsum(w * r**2)
    room = w.sum() - epsilon**2 * (w.sum() - np.cumsum(w))
    room[-1] = w.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        scales = np.sqrt(squares / np.where(room > 0, room, np.nan))
    next_residual = np.append(r[1:], np.inf)
    fits = (epsilon * scales >= r) & (epsilon * scales < next_residual)
    return float(scales[np.argmax(fits)]) if np.any(fits) else 0.0
