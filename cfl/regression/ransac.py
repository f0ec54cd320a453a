"""Regression by random sample consensus (RANSAC)."""

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

    Each trial draws a line through a few random samples and counts the samples near it, its inliers. The
    result is the least-squares line of the largest set of inliers. More than half of the samples may be
    outliers.

    Parameters
    ----------
    min_samples : int, optional
        Samples in a trial, at least 1. By default as many as there are terms.
    residual_threshold : float, optional
        Largest residual of an inlier, in units of `y`; at least 0. With several targets it holds for the sum
        of their absolute residuals. By default the median absolute deviation of `y`.
    max_trials : int, default 100
        Largest number of trials, at least 1.
    stop_probability : float, default 0.99
        Trials stop early once one without an outlier has been done with this probability, above 0 and at most
        1.
    fit_intercept : bool, default True
        Whether to fit an intercept. If False, the fit goes through the origin.
    random_state : int or numpy.random.Generator or numpy.random.RandomState, optional
        Source of the random choice; the same int gives the same fit.

    Attributes
    ----------
    coef_ : (n_features,) or (n_targets, n_features) float64 array
        Slopes. The second form where `y` had two dimensions in `fit`.
    intercept_ : float or (n_targets,) float64 array
        Prediction where all features are 0; 0 without an intercept.
    inlier_mask_ : (n_samples,) bool array
        Which samples the line was fitted to.
    n_trials_ : int
        Trials done.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : (n_features,) object array
        Their names; only where `X` was a table whose column names are all strings.

    See Also
    --------
    TheilSenRegressor : Not random with few samples; tolerates up to 29 % outliers.
    HuberRegressor : Needs no threshold; for outliers in `y` only.
    ClusterwiseRegression : Where what does not fit one line may fit another.

    Notes
    -----
    If a share p of the samples are inliers, a trial of k samples has no outlier with probability pᵏ. After
    each better consensus, the number of trials is set so that at least one of them has no outlier with
    `stop_probability` [1]_, but to `max_trials` at most.

    References
    ----------
    .. [1] Fischler, M. A., and R. C. Bolles, "Random sample consensus: a paradigm for model fitting with
           applications to image analysis and automated cartography", Communications of the ACM 24 (6), 1981.

    Examples
    --------
    Four samples of y = 2x + 1 and three that are wrong:

    >>> from cfl.regression import RANSACRegressor
    >>> X, y = [[0], [1], [2], [3], [4], [5], [6]], [1, 3, 5, 7, 50, -30, 80]
    >>> line = RANSACRegressor(residual_threshold=0.5, random_state=0).fit(X, y)
    >>> line.coef_, line.intercept_
    (array([2.]), 1.0)
    >>> line.inlier_mask_.tolist()
    [True, True, True, True, False, False, False]
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
        X : array-like of shape (n_samples, n_features)
            Features of each sample, finite real numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets of each sample. Several share their inliers.

        Returns
        -------
        self : estimator
            This estimator, fitted.

        Raises
        ------
        RegressionError
            `X` or `y` is not finite or of the wrong shape, a parameter is out of range, there are fewer
            samples than a trial takes, or no line had enough inliers.

        Examples
        --------
        >>> from cfl.regression import RANSACRegressor
        >>> line = RANSACRegressor(random_state=0).fit([[0], [1], [2], [3], [4]], [0, 1, 2, 3, 90])
        >>> line.predict([[5]]).round(6)
        array([5.])
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
        """Return the largest set of inliers found; of several, the one with the smallest residuals."""
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
        """Return how many trials have one without an outlier, with the probability asked for."""
        clean = inlier_share**size
        if clean == 1:
            return 1
        if self.stop_probability == 1 or clean == 0:
            return math.inf
        return math.ceil(math.log(1 - self.stop_probability) / math.log1p(-clean))
