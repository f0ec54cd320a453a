"""Regression by random sample consensus (RANSAC)."""

import math
from numbers import Integral
from typing import Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.base import LinearPredictor
from cfl.regression.exceptions import RegressionError
from cfl.regression.linear import LinearRegression
from cfl.regression.medians import weighted_median
from cfl.regression.theil_sen import generator
from cfl.regression.validation import Array

ROUNDING = 2.0**-46
"""Residuals below this part of the largest `y` may be rounding."""


class RANSACRegressor(LinearPredictor):
    """Linear regression on the largest set of samples found to agree on a line.

    Each trial draws a line through a few random samples and counts the samples near it, its inliers. The
    result is the least-squares line of the largest set of inliers. More than half of the samples may be
    outliers.

    Parameters
    ----------
    min_samples : int or float, optional
        Samples in a trial, at least 1; below 1 it is that part of all samples, rounded up. By default as many
        as there are terms.
    residual_threshold : float, optional
        Largest residual of an inlier, in units of `y`; at least 0. With several targets it holds for the sum
        of their absolute residuals. By default the median absolute deviation of `y`; where that is 0, because
        most are equal, what is but rounding.
    max_trials : int, default 100
        Largest number of trials, at least 1.
    stop_probability : float, default 0.99
        Trials stop early once one without an outlier has been done with this probability, above 0 and at most
        1.
    fit_intercept : bool, default True
        Whether to fit an intercept. If False, the fit goes through the origin.
    random_state : int or numpy.random.Generator or numpy.random.RandomState or None, default 0
        Source of the random choice; the same int gives the same fit. None: another choice each time.

    Attributes
    ----------
    coef_ : (n_features,) or (n_targets, n_features) float64 array
        Slopes. The second form where `y` had two dimensions in `fit`.
    intercept_ : float64 or (n_targets,) float64 array
        Prediction where all features are 0; 0 without an intercept.
    estimator_ : LinearRegression
        The fit to the inliers, with its summary.
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
    >>> line.coef_, float(line.intercept_)
    (array([2.]), 1.0)
    >>> line.inlier_mask_.tolist()
    [True, True, True, True, False, False, False]
    """

    estimator_: LinearRegression
    inlier_mask_: npt.NDArray[np.bool_]
    n_trials_: int

    def __init__(
        self,
        *,
        min_samples: float | None = None,
        residual_threshold: float | None = None,
        max_trials: int = 100,
        stop_probability: float = 0.99,
        fit_intercept: bool = True,
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
    ):
        self.min_samples = min_samples
        self.residual_threshold = residual_threshold
        self.max_trials = max_trials
        self.stop_probability = stop_probability
        self.fit_intercept = fit_intercept
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit to samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features of each sample, finite real numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets of each sample. Several share their inliers.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each sample, at least 0. A weight of 2 counts as two equal samples among the inliers,
            in the median and in the final fit, and it is drawn twice as often.

        Returns
        -------
        self : estimator
            This estimator, fitted.

        Raises
        ------
        RegressionError
            `X`, `y` or `sample_weight` is not finite or of the wrong shape, a parameter is out of range,
            there are fewer samples than a trial takes, or no line had enough inliers.
        TypeError
            `min_samples` is not a number.

        Examples
        --------
        >>> from cfl.regression import RANSACRegressor
        >>> line = RANSACRegressor(random_state=0).fit([[0], [1], [2], [3], [4]], [0, 1, 2, 3, 90])
        >>> line.predict([[5]]).round(6)
        array([5.])
        """
        matrix, targets = self._check_training_data(X, y)
        weights = validation.as_weights(sample_weight, matrix.shape[0])
        columns = targets.reshape(len(targets), -1)
        usable = len(matrix) if weights is None else int(np.count_nonzero(weights))
        size = self._trial_size(usable, matrix.shape[1])
        inliers = self._consensus(matrix, columns, weights, size, self._threshold(columns, weights))
        self.inlier_mask_ = inliers
        self.estimator_ = LinearRegression(fit_intercept=self.fit_intercept).fit(
            matrix[inliers].astype(self._dtype, copy=False),
            targets[inliers],
            None if weights is None else weights[inliers],
        )
        self.coef_, self.intercept_ = self.estimator_.coef_, self.estimator_.intercept_
        return self

    def _trial_size(self, n_samples: int, n_features: int) -> int:
        size = n_features + self.fit_intercept if self.min_samples is None else self.min_samples
        if not isinstance(size, float | int | np.number):
            raise TypeError(f"min_samples should be a number, got {type(size).__name__}.")
        if 0 < size < 1:
            size = math.ceil(size * n_samples)
        if not math.isfinite(size) or (not isinstance(size, Integral) and size != round(size)):
            raise RegressionError(f"min_samples above 1 must be a whole number, got {size}.")
        if size < 1:
            raise RegressionError(f"min_samples must be >= 1, or a part above 0, got {size}.")
        if size > n_samples:
            raise RegressionError(
                f"`min_samples` may not be larger than number of samples: min_samples = {size}, "
                f"n_samples = {n_samples}."
            )
        if self.max_trials < 1 or not 0 < self.stop_probability <= 1:
            raise RegressionError("max_trials must be >= 1 and stop_probability between 0 and 1.")
        return int(size)

    def _threshold(self, y: Array, weights: Array | None) -> float:
        if self.residual_threshold is None:
            middle = np.array([weighted_median(column, weights) for column in y.T])
            rounding = ROUNDING * float(np.max(np.abs(y)))
            return max(weighted_median(np.abs(y - middle).sum(axis=1), weights), rounding)
        if not self.residual_threshold >= 0:
            raise RegressionError(f"residual_threshold must be >= 0, got {self.residual_threshold}.")
        return float(self.residual_threshold)

    def _consensus(
        self, X: Array, y: Array, weights: Array | None, size: int, threshold: float
    ) -> npt.NDArray[np.bool_]:
        """Return the largest set of inliers found; of several, the one with the smallest residuals."""
        rng = generator(self.random_state)
        design = np.column_stack([np.ones(len(X)), X]) if self.fit_intercept else X
        counts = np.ones(len(X)) if weights is None else weights
        odds = None if np.all(counts == counts[0]) else counts / np.sum(counts)
        best, best_count, best_error = np.zeros(len(X), np.bool_), 0.0, math.inf
        needed: float = self.max_trials
        self.n_trials_ = 0
        while self.n_trials_ < min(needed, self.max_trials):
            self.n_trials_ += 1
            chosen = rng.choice(len(X), size, replace=False, p=odds)
            line = np.linalg.lstsq(design[chosen], y[chosen], rcond=None)[0]
            residual = np.abs(y - design @ line).sum(axis=1)
            inliers = residual <= threshold
            used = inliers & (counts > 0)
            if np.count_nonzero(used) < size:
                continue
            count, error = float(np.sum(counts[used])), float(counts[used] @ residual[used])
            if (count, -error) > (best_count, -best_error):
                best, best_count, best_error = inliers, count, error
                needed = self._trials_needed(count / float(np.sum(counts)), size)
        if not np.any(best):
            raise RegressionError(
                f"RANSAC could not find a valid consensus set, no line with {size} inliers in "
                f"{self.max_trials} trials: raise residual_threshold or max_trials."
            )
        return best

    def _trials_needed(self, inlier_share: float, size: int) -> float:
        """Return how many trials have one without an outlier, with the probability asked for."""
        clean = inlier_share**size
        if clean >= 1 - 1e-12:
            return 1
        if self.stop_probability == 1 or clean == 0:
            return math.inf
        return math.ceil(math.log(1 - self.stop_probability) / math.log1p(-clean))
