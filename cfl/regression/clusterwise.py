"""Several lines through one cloud of samples."""

import warnings
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from cfl.regression.base import Regressor
from cfl.regression.exceptions import RegressionError, convergence_warning
from cfl.regression.theil_sen import generator
from cfl.regression.validation import Array

VARIANCE_FLOOR = 1e-12
"""Least variance of residuals, relative to that of `y`: a line through all its samples has none."""


class Lines(NamedTuple):
    """A state of the iteration: terms (n_lines, n_terms, n_targets), share of each line and its variances."""

    terms: Array
    share: Array
    variance: Array


class ClusterwiseRegression(Regressor):
    """Linear regression where each sample belongs to one of several lines, which one being unknown.

    - ``method="hard"``: each sample belongs to the line nearest to it. Alternately the samples choose their
      line and the lines are fitted to their samples; each step lowers the sum of squares. The best of several
      random starts is taken.
    - ``method="soft"``: a mixture of lines with normal residuals, each line with its own share of the samples
      and its own variances; samples have a probability for each line. Expectation and maximisation, from the
      hard solution on.

    Parameters
    ----------
    n_lines : int, default 2
    method : {"hard", "soft"}, default "hard"
    n_init : int, default 20
        Random starts.
    max_iter : int, default 300
    tol : float, default 1e-9
        Soft: stop when the log-likelihood a sample grew by less.
    fit_intercept : bool, default True
    random_state : int or numpy.random.Generator or numpy.random.RandomState, optional

    Attributes
    ----------
    coef_ : (n_lines, n_features) or (n_lines, n_targets, n_features) float64 array
        The line with the largest share first.
    intercept_ : (n_lines,) or (n_lines, n_targets) float64 array
    share_ : (n_lines,) float64 array
        Part of the samples that belongs to each line; they add up to 1.
    variance_ : (n_lines,) or (n_lines, n_targets) float64 array
        Mean squared residual of each line's samples.
    probabilities_ : (n_samples, n_lines) float64 array
        Of each training sample for each line; 0 or 1 for "hard".
    labels_ : (n_samples,) int64 array
        Most probable line of each training sample.
    n_iter_ : int
    n_features_in_, feature_names_in_
        As in `LinearRegression`.

    References
    ----------
    Späth, "Clusterwise linear regression", Computing 22, 1979; DeSarbo and Cron, "A maximum likelihood
    methodology for clusterwise linear regression", Journal of Classification 5, 1988.
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
        random_state: int | np.random.Generator | np.random.RandomState | None = None,
    ):
        self.n_lines = n_lines
        self.method = method
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
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
            Bad input or parameters, or fewer samples than lines.

        Warns
        -----
        ConvergenceWarning
            `max_iter` was reached.
        """
        self._check_parameters()
        matrix, targets = self._check_training_data(X, y)
        if len(matrix) < self.n_lines:
            raise RegressionError(f"n_samples={len(matrix)} should be >= n_lines={self.n_lines}.")
        columns = targets.reshape(len(targets), -1)
        design = self._with_ones(matrix)
        floor = VARIANCE_FLOOR * np.var(columns, axis=0) + np.finfo(np.float64).tiny
        rng = generator(self.random_state)
        starts = [self._alternate(design, columns, rng) for _ in range(self.n_init)]
        labels, self.n_iter_, _ = min(starts, key=lambda start: start[2])
        probabilities = np.eye(self.n_lines)[labels]
        lines = _fit_lines(design, columns, probabilities, floor)
        if self.method == "soft":
            lines, probabilities = self._maximise(design, columns, lines, floor)
        self._set_lines(lines, probabilities, targets.ndim == 1)
        return self

    def predict(self, X: npt.ArrayLike) -> Array:
        """Predict the mean of the targets: of all lines, by their shares. See `predict_lines` for each.

        Parameters
        ----------
        X : array-like, shape (n_samples, n_features)

        Returns
        -------
        y : (n_samples,) or (n_samples, n_targets) float64 array
        """
        return np.einsum("nk...,k->n...", self.predict_lines(X), self.share_)

    def predict_lines(self, X: npt.ArrayLike) -> Array:
        """Predict the targets by each line, (n_samples, n_lines) or (n_samples, n_lines, n_targets)."""
        matrix = self._check_features(X)
        return np.einsum("np,k...p->nk...", matrix, self.coef_) + self.intercept_

    def _check_parameters(self) -> None:
        if self.method not in ("hard", "soft"):
            raise RegressionError(f"method must be 'hard' or 'soft', got {self.method!r}.")
        for name in ("n_lines", "n_init", "max_iter"):
            if not getattr(self, name) >= 1:
                raise RegressionError(f"{name} must be >= 1, got {getattr(self, name)!r}.")

    def _with_ones(self, X: Array) -> Array:
        return np.column_stack([np.ones(len(X)), X]) if self.fit_intercept else X

    def _alternate(
        self, design: Array, y: Array, rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.int64], int, float]:
        """From lines through random samples, alternate; return labels, iterations and sum of squares."""
        n, n_terms = design.shape
        picks = [rng.choice(n, min(n, n_terms), replace=False) for _ in range(self.n_lines)]
        terms = np.stack([np.linalg.lstsq(design[pick], y[pick], rcond=None)[0] for pick in picks])
        labels, iteration = np.full(n, -1), 0
        while True:
            iteration += 1
            squares = np.sum((y - design @ terms) ** 2, axis=2)
            chosen = np.argmin(squares, axis=0)
            if np.array_equal(chosen, labels):
                break
            if iteration == self.max_iter:
                self._warn()
                break
            labels = chosen
            for k in range(self.n_lines):
                if np.any(labels == k):
                    terms[k] = np.linalg.lstsq(design[labels == k], y[labels == k], rcond=None)[0]
        return chosen, iteration, float(np.sum(np.min(squares, axis=0)))

    def _maximise(self, design: Array, y: Array, lines: Lines, floor: Array) -> tuple[Lines, Array]:
        """Expectation and maximisation; return the lines and the samples' probabilities."""
        previous = -np.inf
        self.n_iter_ = 0
        while True:
            self.n_iter_ += 1
            probabilities, likelihood = _expect(design, y, lines)
            if likelihood - previous <= self.tol:
                return lines, probabilities
            if self.n_iter_ == self.max_iter:
                self._warn()
                return lines, probabilities
            previous = likelihood
            lines = _fit_lines(design, y, probabilities, floor)

    def _warn(self) -> None:
        warnings.warn(
            convergence_warning(f"ClusterwiseRegression did not converge in max_iter={self.max_iter}."),
            stacklevel=4,
        )

    def _set_lines(self, lines: Lines, probabilities: Array, one_target: bool) -> None:
        order = np.argsort(-lines.share, kind="stable")
        terms, variance = lines.terms[order], lines.variance[order]
        if self.fit_intercept:
            intercept, coef = terms[:, 0], terms[:, 1:]
        else:
            intercept, coef = np.zeros((self.n_lines, terms.shape[2])), terms
        coef = np.swapaxes(coef, 1, 2)
        self.coef_ = coef[:, 0] if one_target else coef
        self.intercept_ = intercept[:, 0] if one_target else intercept
        self.variance_ = variance[:, 0] if one_target else variance
        self.share_ = lines.share[order]
        self.probabilities_ = probabilities[:, order]
        self.labels_ = np.argmax(self.probabilities_, axis=1)


def _fit_lines(design: Array, y: Array, probabilities: Array, floor: Array) -> Lines:
    """Fit each line to all samples, weighted by their probabilities of belonging to it."""
    terms, variance = [], []
    counts = probabilities.sum(axis=0)
    for weight, count in zip(probabilities.T, counts, strict=True):
        root = np.sqrt(weight)[:, None]
        line = np.linalg.lstsq(root * design, root * y, rcond=None)[0]
        terms.append(line)
        squares = weight @ (y - design @ line) ** 2
        variance.append(np.maximum(squares / count if count > 0 else 0.0, floor))
    return Lines(np.stack(terms), counts / counts.sum(), np.stack(variance))


def _expect(design: Array, y: Array, lines: Lines) -> tuple[Array, float]:
    """Return each sample's probabilities, and the mean log-likelihood."""
    squares = (y - design @ lines.terms) ** 2 / lines.variance[:, None]
    with np.errstate(divide="ignore"):
        log_share = np.log(lines.share)
    log_scale = np.sum(np.log(2 * np.pi * lines.variance), axis=1)
    log_density = (log_share - 0.5 * log_scale)[:, None] - 0.5 * np.sum(squares, axis=2)
    top = np.max(log_density, axis=0)
    density = np.exp(log_density - top)
    total = np.sum(density, axis=0)
    return (density / total).T, float(np.mean(top + np.log(total)))
