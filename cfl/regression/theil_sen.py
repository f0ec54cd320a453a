"""The Theil–Sen estimator: medians of the fits to small subsets."""

import math
from itertools import combinations
from typing import Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.base import LinearPredictor
from cfl.regression.caller_warnings import warn
from cfl.regression.design import Design
from cfl.regression.exceptions import RegressionError, convergence_warning
from cfl.regression.least_squares import solve
from cfl.regression.medians import weighted_median
from cfl.regression.validation import Array

PAIRS = 1_000_000
"""Pairs of samples used at most by default, for one feature."""
SUBSETS = 10_000
"""Subsets of samples used at most by default, for several features."""


class TheilSenRegressor(LinearPredictor):
    """Linear regression by the median of the fits to small subsets of the samples.

    With one feature, the slope is the median of the slopes between any two samples, and the intercept the
    median of y − slope·x. Up to 29 % of the samples may be arbitrarily wrong, in `X` too. With several
    features, the coefficients are the spatial median of the exact fits to subsets of as many samples as there
    are terms. The more terms there are, the fewer outliers are tolerated.

    Parameters
    ----------
    fit_intercept : bool, default True
        Whether to fit an intercept. If False, the fit goes through the origin.
    max_subpopulation : int, optional
        Pairs or subsets used at most, at least 1. If there are more, this many are drawn at random. By
        default 1,000,000 pairs for one feature and 10,000 subsets for several.
    max_iter : int, default 300
        Largest number of iterations of the spatial median.
    tol : float, default 1e-9
        Iteration of the spatial median stops at changes below this, relative to the largest coefficient.
    random_state : int or numpy.random.Generator or numpy.random.RandomState or None, default 0
        Source of the random choice; the same int gives the same fit. None: another choice each time. Not used
        if all pairs or subsets are taken.

    Attributes
    ----------
    coef_ : (n_features,) or (n_targets, n_features) float64 array
        Slopes. The second form where `y` had two dimensions in `fit`.
    intercept_ : float64 or (n_targets,) float64 array
        Prediction where all features are 0; 0 without an intercept.
    n_subpopulation_ : int
        Pairs or subsets used.
    n_iter_ : int
        Iterations of the spatial median; 1 for one feature.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : (n_features,) object array
        Their names; only where `X` was a table whose column names are all strings.

    See Also
    --------
    HuberRegressor : Faster, for outliers in `y` only.
    RANSACRegressor : Tolerates more outliers.

    Notes
    -----
    Subsets that determine no line (equal x, collinear features) are left out. If all are left out, or if
    there are fewer samples than terms, the fit is the least-squares one of minimum norm. The spatial median,
    the point with the least sum of distances, is found by the iteration of [4]_.

    References
    ----------
    .. [1] Theil, H., "A rank-invariant method of linear and polynomial regression analysis", 1950.
    .. [2] Sen, P. K., "Estimates of the regression coefficient based on Kendall's tau", Journal of the
           American Statistical Association 63, 1968.
    .. [3] Dang, X., H. Peng, X. Wang and H. Zhang, "Theil-Sen estimators in a multiple linear regression
           model", 2009.
    .. [4] Vardi, Y., and C.-H. Zhang, "The multivariate L1-median and associated data depth", PNAS 97, 2000.

    Examples
    --------
    Six samples of y = 2x + 1, the last of which is wrong:

    >>> from cfl.regression import TheilSenRegressor
    >>> line = TheilSenRegressor().fit([[0], [1], [2], [3], [4], [5]], [1, 3, 5, 7, 9, 50])
    >>> line.coef_, float(line.intercept_), line.n_subpopulation_
    (array([2.]), 1.0, 15)
    """

    n_subpopulation_: int
    n_iter_: int

    def __init__(
        self,
        *,
        fit_intercept: bool = True,
        max_subpopulation: float | None = None,
        max_iter: int = 300,
        tol: float = 1e-9,
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
    ):
        self.fit_intercept = fit_intercept
        self.max_subpopulation = max_subpopulation
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit to samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features of each sample, finite real numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets of each sample. Several are fitted one by one.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each sample, at least 0. A pair or subset counts as the product of its weights, which is
            as if a sample of weight 2 were there twice.

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
            The spatial median reached `max_iter`.

        Examples
        --------
        The last sample is far off in `X`:

        >>> from cfl.regression import TheilSenRegressor
        >>> TheilSenRegressor().fit([[0], [1], [2], [3], [90]], [0, 1, 2, 3, 0]).coef_
        array([1.])
        """
        self._check_kinds()
        if self.max_subpopulation is not None and not (
            math.inf > self.max_subpopulation >= 1 and self.max_subpopulation == int(self.max_subpopulation)
        ):
            raise RegressionError(
                f"max_subpopulation must be a whole number >= 1, got {self.max_subpopulation}."
            )
        matrix, targets = self._check_training_data(X, y)
        weights = validation.as_weights(sample_weight, matrix.shape[0])
        columns = targets.reshape(len(targets), -1)
        if weights is not None:
            used = weights > 0
            matrix, columns, weights = matrix[used], columns[used], weights[used] / np.max(weights)
        n_terms = matrix.shape[1] + self.fit_intercept
        self.n_iter_ = 1
        if len(matrix) < n_terms:
            lines = self._least_squares(matrix, columns, weights)
        elif matrix.shape[1] == 1:
            lines = [self._median_line(matrix[:, 0], column, weights) for column in columns.T]
        else:
            lines = self._median_of_subsets(matrix, columns, weights)
        self._set_line(
            np.stack([coef for coef, _ in lines]), np.array([b for _, b in lines]), targets.ndim == 1
        )
        return self

    def _least_squares(self, X: Array, y: Array, weights: Array | None) -> list[tuple[Array, float]]:
        self.n_subpopulation_ = 1
        solution = solve(Design(X, y, weights, fit_intercept=self.fit_intercept))
        return list(zip(solution.coef, solution.intercept, strict=True))

    def _median_line(self, x: Array, y: Array, weights: Array | None) -> tuple[Array, float]:
        counts = weights
        if self.fit_intercept:
            first, second = self._pairs(len(x))
            dx, dy = x[second] - x[first], y[second] - y[first]
            if weights is not None:
                counts = weights[first] * weights[second]
        else:
            dx, dy = x, y
        self.n_subpopulation_ = len(dx)
        slope, varies = 0.0, dx != 0
        if np.any(varies):
            slope = weighted_median(dy[varies] / dx[varies], None if counts is None else counts[varies])
        intercept = weighted_median(y - slope * x, weights) if self.fit_intercept else 0.0
        return np.array([slope]), intercept

    def _pairs(self, n: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        limit = int(self.max_subpopulation or PAIRS)
        if math.comb(n, 2) <= limit:
            first, second = np.triu_indices(n, 1)
            return first, second
        rng = generator(self.random_state)
        chosen = rng.integers(0, n, limit)
        return chosen, (chosen + rng.integers(1, n, limit)) % n

    def _median_of_subsets(self, X: Array, y: Array, weights: Array | None) -> list[tuple[Array, float]]:
        design = np.column_stack([np.ones(len(X)), X]) if self.fit_intercept else X
        subsets = self._subsets(*design.shape)
        systems = design[subsets]
        volume = np.prod(np.linalg.norm(systems, axis=2), axis=1)
        solvable = np.abs(np.linalg.det(systems)) > 1e-12 * volume
        if not np.any(solvable):
            return self._least_squares(X, y, weights)
        fits = np.linalg.solve(systems[solvable], y[subsets[solvable]])
        self.n_subpopulation_ = len(fits)
        counts = None if weights is None else np.prod(weights[subsets[solvable]], axis=1)
        lines = []
        for k in range(y.shape[1]):
            median, n_iter = spatial_median(fits[:, :, k], self.max_iter, self.tol, counts)
            self.n_iter_ = max(self.n_iter_, n_iter)
            intercept = float(median[0]) if self.fit_intercept else 0.0
            lines.append((median[int(self.fit_intercept) :], intercept))
        return lines

    def _subsets(self, n: int, size: int) -> npt.NDArray[np.intp]:
        limit = int(self.max_subpopulation or SUBSETS)
        if math.comb(n, size) <= limit:
            return np.array(list(combinations(range(n), size)))
        rng = generator(self.random_state)
        return np.array([rng.choice(n, size, replace=False) for _ in range(limit)])


def spatial_median(
    points: Array, max_iter: int, tol: float, weights: Array | None = None
) -> tuple[Array, int]:
    """Return the point with the least sum of distances to `points`, and the iterations it took.

    Parameters
    ----------
    points : (n_points, n_dimensions) float64 array
    max_iter : int
    tol : float
        Relative to the largest coordinate.
    weights : (n_points,) float64 array, optional
        Each >= 0; how often a point counts.

    References
    ----------
    Vardi and Zhang, "The multivariate L1-median and associated data depth", PNAS 97, 2000.
    """
    counts = np.ones(len(points)) if weights is None else weights
    median = np.array([weighted_median(column, weights) for column in points.T])
    for iteration in range(1, max_iter + 1):
        difference = points - median
        distance = np.linalg.norm(difference, axis=1)
        away = distance > 1e-15 * np.max(distance)
        if not np.any(away):
            return median, iteration
        closeness = counts[away] / distance[away]
        force = closeness @ difference[away]
        size = np.linalg.norm(force)
        at_median = np.sum(counts[~away])
        step = max(0.0, 1 - at_median / size) * force / np.sum(closeness) if size > 0 else 0 * force
        median = median + step
        if np.max(np.abs(step)) <= tol * np.max(np.abs(median)):
            return median, iteration
    warn(
        convergence_warning(f"The spatial median did not converge in max_iter={max_iter} iterations."),
    )
    return median, max_iter


def generator(random_state: int | np.random.Generator | np.random.RandomState | None) -> np.random.Generator:
    """Return a generator from what scikit-learn calls a random state: the same int gives the same numbers."""
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    try:
        return np.random.default_rng(random_state)
    except ValueError as error:
        raise RegressionError(f"random_state {random_state!r} is no seed: {error}") from None
