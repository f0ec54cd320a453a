"""Least-squares problems and their solutions, as the solvers take and return them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cfl.regression.precision import EXTENDED
from cfl.regression.validation import Array

CHUNK = 4096
"""Samples worked on at once: their columns stay in the second-level cache."""
SAFE_EXPONENT = 120
"""Magnitudes within 2^±120 can be squared and summed in double-double without overflow or loss."""


@dataclass(frozen=True, eq=False)
class Design:
    """A least-squares problem.

    Parameters
    ----------
    X : (n_samples, n_features) float64 array
    y : (n_samples, n_targets) float64 array
    weights : (n_samples,) float64 array, optional
        Each >= 0; samples of weight 0 are left out.
    X_low : (n_samples, n_features) float64 array, optional
        What `X` lost in rounding: the predictors are ``X + X_low``.
    fit_intercept : bool
    penalty : float
        Ridge: this times the sum of the squared coefficients (not the intercept) is added to the squares.
    rank_tolerance : float, optional
        Where the diagonal of R falls below this fraction of its first element, with columns of length 1, the
        rest is rounding. By default max(n_samples, n_features)·2⁻⁵², the precision of float64 data.
    """

    X: Array
    y: Array
    weights: Array | None = None
    X_low: Array | None = None
    fit_intercept: bool = True
    penalty: float = 0.0
    rank_tolerance: float | None = None


@dataclass(frozen=True, eq=False)
class Solution:
    """Coefficients and what inference needs of the factorisation.

    Attributes
    ----------
    coef : (n_targets, n_features) float64 array
    intercept : (n_targets,) float64 array
        0 if none was fitted.
    rank : int
        Linearly independent columns, after centring if there is an intercept.
    ss_residual : (n_targets,) float64 array
        Σ w·(y − ŷ)², from the factorisation; its root is right to about 10⁻¹⁵ of that of `ss_total`.
    ss_total : (n_targets,) float64 array
        Σ w·(y − ȳ)², or Σ w·y² without an intercept.
    factored : (n_features, rank) float64 array or None
        The `factor`, where the solver has it.
    X_mean : (n_features,) float64 array
        Weighted means; 0 without an intercept.
    extended : bool
        True if double-double arithmetic was used.
    n_samples : int
        Samples of weight above 0.
    sum_weights, sum_log_weights : float
        Over those samples; n_samples and 0 without weights.
    inverse : (n_features, n_features) float64 array or None
        The inverse of Xᵀ W X, well-conditioned, where the solver has no `factor`: only inference needs one.
    intercept_factor : (rank,) float64 array, optional
        The intercept's variance is 1 / `sum_weights` and the square of this, times that of the residuals. By
        default ``X_mean @ factor``, which cancels where the columns are nearly collinear.
    condition_number : float, optional
        Of the weighted design with its column of ones; by default it comes from `factor`.
    """

    coef: Array
    intercept: Array
    rank: int
    ss_residual: Array
    ss_total: Array
    factored: Array | None
    X_mean: Array
    extended: bool
    n_samples: int = 0
    sum_weights: float = 0.0
    sum_log_weights: float = 0.0
    inverse: Array | None = None
    intercept_factor: Array | None = None
    condition_number: float | None = None

    @cached_property
    def factor(self) -> Array:
        """The factor F, (n_features, rank): F·Fᵀ is the inverse of Xᵀ W X.

        Of the centred X; where it is rank-deficient, the pseudo-inverse.
        """
        if self.factored is not None:
            return self.factored
        assert self.inverse is not None
        return np.asarray(np.linalg.cholesky(self.inverse), np.float64)


@dataclass(frozen=True, eq=False)
class ScaledDesign:
    """A `Design` less samples of weight 0, its columns scaled by powers of two where squares could overflow.

    Attributes
    ----------
    X, X_low, y, weights, fit_intercept
        As in `Design`.
    root_penalty : (n_features,) float64 array
        Square root of the penalty on each scaled column.
    rank_tolerance : float
    means : (n_features + n_targets,) float64 array
        Rounded weighted means of `X` and `y`; 0 without an intercept.
    largest : (n_features + n_targets,) float64 array
        Greatest magnitudes.
    constant : (n_features + n_targets,) bool array
        Columns of one value.
    exponents : (n_features + n_targets,) int64 array
        The data are these powers of two times the columns here.
    weight_exponent : int
        Even; likewise of the weights.
    """

    X: Array
    X_low: Array | None
    y: Array
    weights: Array | None
    fit_intercept: bool
    root_penalty: Array
    rank_tolerance: float
    means: Array
    largest: Array
    constant: npt.NDArray[np.bool_]
    exponents: npt.NDArray[np.int64]
    weight_exponent: int

    @property
    def n_samples(self) -> int:
        return self.X.shape[0]

    @property
    def n_features(self) -> int:
        return self.X.shape[1]

    @property
    def all_weights(self) -> Array:
        """Weights, (n_samples,), 1 each where there are none."""
        return np.ones(self.n_samples) if self.weights is None else self.weights

    @property
    def has_constant_feature(self) -> bool:
        """Whether a predictor is constant beside an intercept."""
        return self.fit_intercept and bool(np.any(self.constant[: self.n_features]))

    def chunks(self) -> Iterator[tuple[slice, Array]]:
        """Yield (n_features + n_targets, at most `CHUNK`) arrays, with the slice of samples they are."""
        return _chunks(self.X, self.y)

    def penalty_columns(self) -> Array:
        """Samples that make the penalty part of the squares, (n_features + n_targets, n); n may be 0."""
        p, q = self.n_features, self.n_features + self.y.shape[1]
        if not np.any(self.root_penalty):
            return np.empty((q, 0))
        return np.pad(np.diag(self.root_penalty), ((0, q - p), (0, 0)))


def scale(design: Design) -> ScaledDesign:
    """Survey a design and scale what needs it."""
    design = _without_weightless(design)
    n, p = design.X.shape
    top, bottom, means = _survey(design)
    largest = np.maximum(np.abs(top), np.abs(bottom))
    exponents = _needed_exponents(largest)
    if np.any(exponents):
        low = None if design.X_low is None else np.ldexp(design.X_low, -exponents[:p])
        X, y = np.ldexp(design.X, -exponents[:p]), np.ldexp(design.y, -exponents[p:])
        design = replace(design, X=X, X_low=low, y=y)
        top, bottom, means = _survey(design)
        largest = np.maximum(np.abs(top), np.abs(bottom))
    weight_exponent = 0
    if design.weights is not None:
        weight_exponent = int(_needed_exponents(design.weights.max()))
        weight_exponent += weight_exponent % 2  # even: its square root is a power of two
        design = replace(design, weights=np.ldexp(design.weights, -weight_exponent))
    tolerance = max(n, p) * 2.0**-52 if design.rank_tolerance is None else design.rank_tolerance
    return ScaledDesign(
        X=design.X,
        X_low=design.X_low,
        y=design.y,
        weights=design.weights,
        fit_intercept=design.fit_intercept,
        root_penalty=np.ldexp(np.sqrt(design.penalty), -exponents[:p] - weight_exponent // 2),
        rank_tolerance=tolerance if design.penalty == 0 else EXTENDED,
        means=means,
        largest=largest,
        constant=top == bottom,
        exponents=exponents,
        weight_exponent=weight_exponent,
    )


def _without_weightless(design: Design) -> Design:
    if design.weights is None or np.all(design.weights):
        return design
    keep = design.weights > 0
    low = None if design.X_low is None else design.X_low[keep]
    return replace(design, X=design.X[keep], X_low=low, y=design.y[keep], weights=design.weights[keep])


def _chunks(X: Array, y: Array) -> Iterator[tuple[slice, Array]]:
    for start in range(0, X.shape[0], CHUNK):
        part = slice(start, start + CHUNK)
        columns = np.empty((X.shape[1] + y.shape[1], X[part].shape[0]))
        columns[: X.shape[1]], columns[X.shape[1] :] = X[part].T, y[part].T
        yield part, columns


def _survey(design: Design) -> tuple[Array, Array, Array]:
    """Return the largest and the smallest value of each column and, if there is an intercept, their means."""
    q = design.X.shape[1] + design.y.shape[1]
    top, bottom, totals = np.full(q, -np.inf), np.full(q, np.inf), np.zeros(q)
    weight = float(design.X.shape[0]) if design.weights is None else float(np.sum(design.weights))
    with np.errstate(over="ignore", invalid="ignore"):
        for part, columns in _chunks(design.X, design.y):
            np.maximum(top, columns.max(axis=1), out=top)
            np.minimum(bottom, columns.min(axis=1), out=bottom)
            if design.weights is None:
                totals += columns.sum(axis=1)
            else:
                totals += columns @ design.weights[part]
        return top, bottom, totals / weight * design.fit_intercept


def _needed_exponents(largest: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return the binary exponents of magnitudes that are not safe, 0 for the others."""
    exponents = np.frexp(largest)[1].astype(np.int64)
    return np.where(np.abs(exponents) > SAFE_EXPONENT, exponents, 0)
