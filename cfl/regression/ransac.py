"""Regression by random sample consensus."""

import math
from typing import Self

import numpy as np
import numpy.typing as npt

from cfl.regression.base import LinearPredictor
from cfl.regression.design import Design
from cfl.regression.exceptions import RegressionError
from cfl.regression.least_squares import solve
from cfl.regression.theil_sen import generator
from cfl.regression.validation import Array


class RANSACRegressor(LinearPredictor):
    """Linear regression on the largest set of samples found to agree on a line.

    A line through a few samples at random; the samples near it are its consensus. After some trials the
    least-squares line of the largest consensus is the answer. More than half of the samples may be outliers.

    Parameters
    ----------
    min_samples : int, optional
        Samples a trial; by default as many as there are terms.
    residual_threshold : float, optional
        Largest residual of an inlier: the absolute one, summed over the targets. By default the median
        absolute deviation of `y`.
    max_trials : int, default 100
    stop_probability : float in (0, 1], default 0.99
        Stop earlier once one trial without an outlier is this probable.
    fit_intercept : bool, default True
    random_state : int or numpy.random.Generator or numpy.random.RandomState, optional

    Attributes
    ----------
    coef_ : (n_features,) or (n_targets, n_features) float64 array
    intercept_ : float or (n_targets,) float64 array
    inlier_mask_ : (n_samples,) bool array
    n_trials_ : int
    n_features_in_, feature_names_in_
        As in `LinearRegression`.

    References
    ----------
    Fischler and Bolles, "Random sample consensus", Communications of the ACM 24, 1981.
    """

    inlier_mask_: npt.NDArray[np.bool_]
    n_trials_: int

    def __init__(
        self,
        *,
        min_samples: int | None = None,
        residual_threshold: float | None = None,
        max_trials: int = 100,
        stop_probability: float = 0.99,
        fit_intercept: bool = True,
        random_state: int | np.random.Generator | np.random.RandomState | None = None,
    ):
        self.min_samples = min_samples
        self.residual_threshold = residual_threshold
        self.max_trials = max_trials
        self.stop_probability = stop_probability
        self.fit_intercept = fit_intercept
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike) -> Self:
        """Fit to samples.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)
        y : array-like, shape (n_samples,) or (n_samples, n_targets)

        Raises
        ------
        RegressionError
            Bad input or parameters, fewer samples than a trial takes, or no line with as many inliers.
        """
        matrix, targets = self._check_training_data(X, y)
        columns = targets.reshape(len(targets), -1)
        size = self._trial_size(*matrix.shape)
        threshold = self._threshold(columns)
        self.inlier_mask_ = self._consensus(matrix, columns, size, threshold)
        solution = solve(
            Design(matrix[self.inlier_mask_], columns[self.inlier_mask_], fit_intercept=self.fit_intercept)
        )
        self._set_line(solution.coef, solution.intercept, targets.ndim == 1)
        return self

    def _trial_size(self, n_samples: int, n_features: int) -> int:
        size = n_features + self.fit_intercept if self.min_samples is None else self.min_samples
        if size < 1:
            raise RegressionError(f"min_samples must be >= 1, got {size}.")
        if size > n_samples:
            raise RegressionError(
                f"`min_samples` may not be larger than number of samples: min_samples = {size}, "
                f"n_samples = {n_samples}."
            )
        if self.max_trials < 1 or not 0 < self.stop_probability <= 1:
            raise RegressionError("max_trials must be >= 1 and stop_probability between 0 and 1.")
        return size

    def _threshold(self, y: Array) -> float:
        if self.residual_threshold is None:
            return float(np.median(np.abs(y - np.median(y, axis=0)).sum(axis=1)))
        if not self.residual_threshold >= 0:
            raise RegressionError(f"residual_threshold must be >= 0, got {self.residual_threshold}.")
        return float(self.residual_threshold)

    def _consensus(self, X: Array, y: Array, size: int, threshold: float) -> npt.NDArray[np.bool_]:
        """Return the largest consensus found; of equally large ones that with the smallest residuals."""
        rng = generator(self.random_state)
        design = np.column_stack([np.ones(len(X)), X]) if self.fit_intercept else X
        best, best_count, best_error = np.zeros(len(X), np.bool_), size - 1, math.inf
        needed: float = self.max_trials
        self.n_trials_ = 0
        while self.n_trials_ < min(needed, self.max_trials):
            self.n_trials_ += 1
            chosen = rng.choice(len(X), size, replace=False)
            line = np.linalg.lstsq(design[chosen], y[chosen], rcond=None)[0]
            residual = np.abs(y - design @ line).sum(axis=1)
            inliers = residual <= threshold
            count, error = int(np.count_nonzero(inliers)), float(np.sum(residual[inliers]))
            if (count, -error) > (best_count, -best_error):
                best, best_count, best_error = inliers, count, error
                needed = self._trials_needed(count / len(X), size)
        if not np.any(best):
            raise RegressionError(
                f"RANSAC found no line with {size} inliers in {self.max_trials} trials: raise "
                "residual_threshold or max_trials."
            )
        return best

    def _trials_needed(self, inlier_share: float, size: int) -> float:
        """Return after how many trials one without an outlier has the probability asked for."""
        clean = inlier_share**size
        if clean == 1:
            return 1
        if self.stop_probability == 1 or clean == 0:
            return math.inf
        return math.ceil(math.log(1 - self.stop_probability) / math.log1p(-clean))
