"""Several lines through one set of samples."""

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.base import Regressor
from cfl.regression.caller_warnings import warn
from cfl.regression.exceptions import RegressionError, convergence_warning
from cfl.regression.theil_sen import generator
from cfl.regression.validation import Array

VARIANCE_FLOOR = 1e-12
"""Least variance of residuals, relative to that of `y`. A line through all its samples would have 0."""
ROUNDING = 2.0**-92
"""Squared residuals below this, relative to the largest squared target, are rounding."""


class Lines(NamedTuple):
    """A state of the iteration: terms (n_lines, n_terms, n_targets), and each line's share and variances."""

    terms: Array
    share: Array
    variance: Array


class ClusterwiseRegression(Regressor):
    """Several lines through one set of samples, where it is not known which sample belongs to which line.

    - ``method="hard"``: each sample belongs to the line nearest to it.
    - ``method="soft"``: each sample belongs to each line with a probability. The residuals of a line are
      normal, with a variance of its own (a mixture of linear regressions).

    Parameters
    ----------
    n_lines : int, default 2
        Number of lines, at least 1.
    method : {"hard", "soft"}, default "hard"
        How samples belong to lines.
    n_init : int, default 20
        Largest number of random starts, at least 1; the best result is kept. A start that leads to lines
        through all samples is the last.
    max_iter : int, default 300
        Largest number of iterations of a start, at least 1.
    tol : float, default 1e-9
        For "soft": iteration stops when the mean log-likelihood of a sample grows by less than this.
    fit_intercept : bool, default True
        Whether to fit intercepts. If False, all lines go through the origin.
    random_state : int or numpy.random.Generator or numpy.random.RandomState or None, default 0
        Source of the random starts; the same int gives the same fit. None: other starts each time.

    Attributes
    ----------
    coef_ : (n_lines, n_features) or (n_lines, n_targets, n_features) float64 array
        Slopes of each line; the line with the largest share comes first.
    intercept_ : (n_lines,) or (n_lines, n_targets) float64 array
        Predictions of each line where all features are 0.
    share_ : (n_lines,) float64 array
        Part of the samples that belongs to each line; the parts add up to 1.
    variance_ : (n_lines,) or (n_lines, n_targets) float64 array
        Mean squared residual of each line's samples, in squared units of `y`.
    probabilities_ : (n_samples, n_lines) float64 array
        Probability that a training sample belongs to a line; 0 or 1 for "hard".
    labels_ : (n_samples,) int64 array
        Most probable line of each training sample.
    n_iter_ : int
        Iterations done.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : (n_features,) object array
        Their names; only where `X` was a table whose column names are all strings.

    See Also
    --------
    RANSACRegressor : One line, everything else is an outlier.
    fit_blocks : A line for each block of a picture.

    Notes
    -----
    "hard" repeats two steps: each sample chooses its nearest line, and each line is fitted to its samples.
    Each step lowers the sum of squared residuals [1]_. "soft" starts from the hard solution and continues
    with expectation and maximisation [2]_.

    A line through all its samples would have the variance 0; it is kept at 10⁻¹² of the variance of `y` or
    more.

    References
    ----------
    .. [1] Späth, H., "Clusterwise linear regression", Computing 22, 1979.
    .. [2] DeSarbo, W. S., and W. L. Cron, "A maximum likelihood methodology for clusterwise linear
           regression", Journal of Classification 5, 1988.

    Examples
    --------
    Four samples of a rising line and three of a falling one:

    >>> from cfl.regression import ClusterwiseRegression
    >>> X, y = [[0], [1], [2], [3], [0], [1], [2]], [0, 1, 2, 3, 10, 9, 8]
    >>> lines = ClusterwiseRegression(n_lines=2, random_state=0).fit(X, y)
    >>> lines.coef_.round(6).tolist(), lines.share_.round(2).tolist()
    ([[1.0], [-1.0]], [0.57, 0.43])
    >>> lines.labels_.tolist()
    [0, 0, 0, 0, 1, 1, 1]
    """

    coef_: Array
    intercept_: Array
    share_: Array
    variance_: Array
    probabilities_: Array
    labels_: npt.NDArray[np.int64]
    n_iter_: int

    def __init__(
        self,
        n_lines: int = 2,
        *,
        method: str = "hard",
        n_init: int = 20,
        max_iter: int = 300,
        tol: float = 1e-9,
        fit_intercept: bool = True,
        random_state: int | np.random.Generator | np.random.RandomState | None = 0,
    ):
        self.n_lines = n_lines
        self.method = method
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Fit to samples.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Features of each sample, finite real numbers.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets of each sample.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each sample, at least 0. A weight of 2 counts as the sample twice, 0 as its absence.

        Returns
        -------
        self : estimator
            This estimator, fitted.

        Raises
        ------
        RegressionError
            `X`, `y` or `sample_weight` is not finite or of the wrong shape, a parameter is out of range, or
            there are fewer samples than lines.

        Warns
        -----
        ConvergenceWarning
            `max_iter` was reached.

        Examples
        --------
        With "soft", every sample has a probability for each line:

        >>> from cfl.regression import ClusterwiseRegression
        >>> X, y = [[0], [1], [2], [3], [0], [1], [2]], [0, 1, 2, 3, 10, 9, 8]
        >>> lines = ClusterwiseRegression(method="soft", random_state=0).fit(X, y)
        >>> lines.probabilities_[0].round(6).tolist()
        [1.0, 0.0]
        """
        self._check_parameters()
        matrix, targets = self._check_training_data(X, y)
        weights = validation.as_weights(sample_weight, len(matrix))
        columns = targets.reshape(len(targets), -1)
        data = design, y_used, counts = self._used(matrix, columns, weights)
        if len(design) < self.n_lines:
            raise RegressionError(f"n_samples={len(design)} should be >= n_lines={self.n_lines}.")
        variance = np.average(
            (y_used - np.average(y_used, axis=0, weights=counts)) ** 2, axis=0, weights=counts
        )
        floor = VARIANCE_FLOOR * variance + np.finfo(np.float64).tiny
        labels = self._best_start(*data)
        lines = _fit_lines(*data, np.eye(self.n_lines)[labels], floor)
        if self.method == "soft":
            lines = self._maximise(*data, lines, floor)
        probabilities = self._probabilities(matrix, columns, lines)
        if self.method == "hard":
            probabilities[slice(None) if weights is None else weights > 0] = np.eye(self.n_lines)[labels]
        self._set_lines(lines, probabilities, targets.ndim == 1)
        return self

    def predict(self, X: npt.ArrayLike) -> Array:
        """Predict the mean of the targets over all lines, weighted by their shares.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; each value finite.

        Returns
        -------
        y : (n_samples,) or (n_samples, n_targets) float64 array
            Has as many dimensions as `y` had in `fit`.

        Raises
        ------
        NotFittedError
            `fit` has not been called.
        RegressionError
            `X` is not finite, or has other features than in `fit`.

        See Also
        --------
        predict_lines : The prediction of each line.

        Examples
        --------
        >>> from cfl.regression import ClusterwiseRegression
        >>> X, y = [[0], [1], [2], [0], [1], [2]], [0, 1, 2, 10, 9, 8]
        >>> ClusterwiseRegression(random_state=0).fit(X, y).predict([[1]]).round(6)
        array([5.])
        """
        lines = self.predict_lines(X)
        return np.einsum("nk...,k->n...", lines, self.share_.astype(lines.dtype))

    def predict_lines(self, X: npt.ArrayLike) -> Array:
        """Predict the targets by each line.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Samples; each value finite.

        Returns
        -------
        y : (n_samples, n_lines) or (n_samples, n_lines, n_targets) float64 array
            The line with the largest share comes first.

        Raises
        ------
        NotFittedError
            `fit` has not been called.
        RegressionError
            `X` is not finite, or has other features than in `fit`.

        See Also
        --------
        predict : Their mean.

        Examples
        --------
        >>> from cfl.regression import ClusterwiseRegression
        >>> X, y = [[0], [1], [2], [3], [0], [1], [2]], [0, 1, 2, 3, 10, 9, 8]
        >>> ClusterwiseRegression(random_state=0).fit(X, y).predict_lines([[1], [4]]).round(6)
        array([[1., 9.],
               [4., 6.]])
        """
        matrix = self._check_features(X)
        lines = np.einsum("np,k...p->nk...", matrix, self.coef_) + self.intercept_
        return self._of_type(lines, X)

    def _check_parameters(self) -> None:
        self._check_kinds()
        if self.method not in ("hard", "soft"):
            raise RegressionError(f"method must be 'hard' or 'soft', got {self.method!r}.")
        for name in ("n_lines", "n_init", "max_iter"):
            if not getattr(self, name) >= 1:
                raise RegressionError(f"{name} must be >= 1, got {getattr(self, name)!r}.")

    def _used(self, X: Array, y: Array, weights: Array | None) -> tuple[Array, Array, Array]:
        """Return terms, targets and weights of the samples whose weight is not 0."""
        design = self._with_ones(X)
        if weights is None:
            return design, y, np.ones(len(X))
        used = weights > 0
        return design[used], y[used], weights[used]

    def _with_ones(self, X: Array) -> Array:
        return np.column_stack([np.ones(len(X)), X]) if self.fit_intercept else X

    def _best_start(self, design: Array, y: Array, weights: Array) -> npt.NDArray[np.int64]:
        """Return the labels of the best of several random starts."""
        rng = generator(self.random_state)
        rounding = ROUNDING * np.max(np.sum(y**2, axis=1)) * np.sum(weights)
        best, least = np.zeros(len(y), np.int64), np.inf
        for _ in range(self.n_init):
            labels, n_iter, total = self._alternate(design, y, weights, rng, rounding)
            if total < least:
                best, least, self.n_iter_ = labels, total, n_iter
            if total <= rounding:
                break
        return best

    def _alternate(
        self, design: Array, y: Array, weights: Array, rng: np.random.Generator, rounding: float
    ) -> tuple[npt.NDArray[np.int64], int, float]:
        """From lines through random samples, alternate; return labels, iterations and sum of squares.

        The sum falls with each iteration. It is at rest where it falls by no more than `rounding`.
        """
        n, n_terms = design.shape
        picks = [rng.choice(n, min(n, n_terms), replace=False) for _ in range(self.n_lines)]
        terms = np.stack([np.linalg.lstsq(design[pick], y[pick], rcond=None)[0] for pick in picks])
        root = np.sqrt(weights)[:, None]
        labels, previous, iteration = np.full(n, -1), np.inf, 0
        while True:
            iteration += 1
            squares = np.sum((y - design @ terms) ** 2, axis=2)
            chosen = np.argmin(squares, axis=0)
            total = float(np.min(squares, axis=0) @ weights)
            if np.array_equal(chosen, labels) or total <= rounding or total >= previous - rounding:
                return chosen, iteration, total
            if iteration == self.max_iter:
                self._warn()
                return chosen, iteration, total
            labels, previous = chosen, total
            for k in range(self.n_lines):
                own = labels == k
                if np.any(own):
                    terms[k] = np.linalg.lstsq(root[own] * design[own], root[own] * y[own], rcond=None)[0]

    def _maximise(self, design: Array, y: Array, weights: Array, lines: Lines, floor: Array) -> Lines:
        """Iterate expectation and maximisation; return the lines."""
        previous = -np.inf
        self.n_iter_ = 0
        while True:
            self.n_iter_ += 1
            probabilities, likelihood = _expect(design, y, weights, lines)
            if likelihood - previous <= self.tol:
                return lines
            if self.n_iter_ == self.max_iter:
                self._warn()
                return lines
            previous = likelihood
            lines = _fit_lines(design, y, weights, probabilities, floor)

    def _probabilities(self, X: Array, y: Array, lines: Lines) -> Array:
        """Return the probability of each sample for each line."""
        design = self._with_ones(X)
        if self.method == "soft":
            return _expect(design, y, np.ones(len(y)), lines)[0]
        squares = np.sum((y - design @ lines.terms) ** 2, axis=2)
        return np.eye(self.n_lines)[np.argmin(squares, axis=0)]

    def _warn(self) -> None:
        warn(
            convergence_warning(f"ClusterwiseRegression did not converge in max_iter={self.max_iter}."),
        )

    def _set_lines(self, lines: Lines, probabilities: Array, one_target: bool) -> None:
        order = np.argsort(-lines.share, kind="stable")
        terms, variance = lines.terms[order], lines.variance[order]
        if self.fit_intercept:
            intercept, coef = terms[:, 0], terms[:, 1:]
        else:
            intercept, coef = np.zeros((self.n_lines, terms.shape[2])), terms
        coef = np.swapaxes(coef, 1, 2)
        lines_of = (coef, intercept, variance)
        self.coef_, self.intercept_, self.variance_ = (
            (values[:, 0] if one_target else values).astype(self._dtype) for values in lines_of
        )
        self.share_ = lines.share[order].astype(self._dtype)
        self.probabilities_ = probabilities[:, order].astype(self._dtype)
        self.labels_ = np.argmax(self.probabilities_, axis=1)


def _fit_lines(design: Array, y: Array, weights: Array, probabilities: Array, floor: Array) -> Lines:
    """Fit each line to all samples, weighted by their probabilities of belonging to it too."""
    terms, variance = [], []
    shares = weights[:, None] * probabilities
    counts = shares.sum(axis=0)
    for share, count in zip(shares.T, counts, strict=True):
        root = np.sqrt(share)[:, None]
        line = np.linalg.lstsq(root * design, root * y, rcond=None)[0]
        terms.append(line)
        squares = share @ (y - design @ line) ** 2
        variance.append(np.maximum(squares / count if count > 0 else 0.0, floor))
    return Lines(np.stack(terms), counts / counts.sum(), np.stack(variance))


def _expect(design: Array, y: Array, weights: Array, lines: Lines) -> tuple[Array, float]:
    """Return each sample's probability for each line, and the weighted mean log-likelihood."""
    squares = (y - design @ lines.terms) ** 2 / lines.variance[:, None]
    with np.errstate(divide="ignore"):
        log_share = np.log(lines.share)
    log_scale = np.sum(np.log(2 * np.pi * lines.variance), axis=1)
    log_density = (log_share - 0.5 * log_scale)[:, None] - 0.5 * np.sum(squares, axis=2)
    top = np.max(log_density, axis=0)
    density = np.exp(log_density - top)
    total = np.sum(density, axis=0)
    return (density / total).T, float(np.average(top + np.log(total), weights=weights))
