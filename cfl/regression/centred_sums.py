"""Sums of squares and products of a least-squares problem, about the means: the normal equations."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cfl.regression.design import Design
from cfl.regression.precision import FLOAT64, SAFETY
from cfl.regression.validation import Array

CHUNK_ELEMENTS = 1 << 20
"""Numbers centred at once, 8 MB: enough that BLAS is at its fastest."""
CHUNK_SAMPLES = 1 << 14
SAFE_LENGTH = 2.0**120
"""Columns of a length within this and its inverse can be squared and multiplied without overflow or loss."""

SMALL = 1 << 15
"""Numbers that are worked on at once, and with the fewest calls."""
GLANCE = 64
"""Samples looked at for the size of the deviations."""


@dataclass(frozen=True, eq=False)
class CentredSums:
    """Sums over the samples; deviations are from the means, or from 0 without an intercept.

    Attributes
    ----------
    XX : (n_features, n_features) float64 array
        Xᵀ W X of the deviations.
    Xy : (n_features, n_targets) float64 array
        Xᵀ W y.
    yy : (n_targets,) float64 array
        Σ w·y².
    means : (n_features + n_targets, 2) float64 array
        Weighted means of `X` and `y`, as the sum of two numbers; 0 without an intercept.
    has_constant : bool
        Whether a column of `X` or `y` has one value, beside an intercept: its sums are 0.
    n_samples : int
        Samples of weight above 0.
    sum_weights : float
    """

    XX: Array
    Xy: Array
    yy: Array
    means: Array
    has_constant: bool
    n_samples: int
    sum_weights: float

    @property
    def lengths(self) -> Array:
        """Lengths of the columns of `X`, (n_features,)."""
        return np.sqrt(np.diagonal(self.XX))

    @property
    def rounding(self) -> float:
        """Relative error of a sum, against the product of the lengths of the columns."""
        return SAFETY * FLOAT64 * max(1.0, self.n_samples**0.5 / 64)


def centred_sums(design: Design) -> CentredSums | None:
    """Return the sums of a problem, or None where float64 cannot hold them."""
    n, p = design.X.shape
    weights = design.weights
    small = weights is None and design.X.size + design.y.size <= SMALL
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        total = float(n if weights is None else np.sum(weights))
        means, products, left = _small_products(design) if small else _products(design)
        squares = products.diagonal().copy()
        rest_of_means = left / total
        if design.fit_intercept:
            products -= left[:, None] * rest_of_means
    constant = _constant(squares, products.diagonal())
    has_constant = bool(constant.any())
    if has_constant:
        if not _are_constant(design, constant):
            return None
        products[constant], products[:, constant] = 0.0, 0.0
    return CentredSums(
        XX=products[:p, :p],
        Xy=products[:p, p:],
        yy=products.diagonal()[p:],
        means=np.array([means, rest_of_means]).T,
        has_constant=has_constant,
        n_samples=n if weights is None else int(np.count_nonzero(weights)),
        sum_weights=total,
    )


def _constant(squares: Array, rest: Array) -> npt.NDArray[np.bool_]:
    """Tell which columns seem to have one value, or squares that are not safe.

    Parameters
    ----------
    squares, rest : (q,) float64 arrays
        Sums of the squared deviations, before and after what was left in the means came out.
    """
    return ~((rest > 0.5 * squares) & (squares > SAFE_LENGTH**-2) & (squares < SAFE_LENGTH**2))


def _small_products(design: Design) -> tuple[Array, Array, Array]:
    """Do as `_products` with the fewest calls, without weights."""
    table = np.concatenate([design.X, design.y], axis=1)
    n, q = table.shape
    if not design.fit_intercept:
        return np.zeros(q), table.T @ table, np.zeros(q)
    ones = np.ones(n)
    means = ones @ table / n
    table -= means
    return means, table.T @ table, ones @ table


def _products(design: Design) -> tuple[Array, Array, Array]:
    """Return means, (q,), sums of products of the deviations from them, (q, q), and of deviations, (q,)."""
    p = design.X.shape[1]
    means = _small_means(design)
    q = len(means)
    products, left = np.zeros((q, q)), np.zeros(q)
    for X, y, root in centred_chunks(design, means):
        products[:p, :p] += X.T @ X
        products[:p, p:] += X.T @ y
        products[p:, p:] += y.T @ y
        if design.fit_intercept:
            left[:p] += root @ X
            left[p:] += root @ y
    products[p:, :p] = products[:p, p:].T
    return means, products, left


def centred_chunks(design: Design, means: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Yield the deviations of `X` and `y` from `means` times the roots of the weights, and these roots.

    The arrays are overwritten by the next chunk, or are parts of the data: they are not to be changed.
    """
    n, p = design.X.shape
    step = min(n, CHUNK_SAMPLES, max(1, CHUNK_ELEMENTS // p))
    as_they_are = design.weights is None and not means[:p].any()
    X = np.empty((0 if as_they_are else step, p))
    y, ones = np.empty((step, design.y.shape[1])), np.ones(step)
    for start in range(0, n, step):
        part = slice(start, start + step)
        m = min(step, n - start)
        np.subtract(design.y[part], means[p:], out=y[:m])
        if as_they_are:
            yield design.X[part], y[:m], ones[:m]
            continue
        np.subtract(design.X[part], means[:p], out=X[:m])
        if design.weights is None:
            yield X[:m], y[:m], ones[:m]
        else:
            root = np.sqrt(design.weights[part])
            X[:m] *= root[:, None]
            y[:m] *= root[:, None]
            yield X[:m], y[:m], root


def _small_means(design: Design) -> Array:
    """Return means of `X` and `y`; 0 for `X` if they seem so small that they need not be taken out first."""
    p = design.X.shape[1]
    means = _means(design)
    if design.X.size > SMALL and design.fit_intercept:
        some = design.X[:: 1 + len(design.X) // GLANCE]
        if np.all(means[:p] ** 2 < 0.1 * np.var(some, axis=0)):
            means[:p] = 0.0
    return means


def _are_constant(design: Design, columns: npt.NDArray[np.bool_]) -> bool:
    """Tell whether each of some columns of `X` and `y` has one value, which an intercept takes up."""
    p = design.X.shape[1]
    X, y = design.X[:, columns[:p]], design.y[:, columns[p:]]
    return design.fit_intercept and bool(np.all(X[0] == X) and np.all(y == y[0]))


def _means(design: Design) -> Array:
    """Return the weighted means of `X` and `y`, rounded; 0 without an intercept."""
    n, p = design.X.shape
    if not design.fit_intercept:
        return np.zeros(p + design.y.shape[1])
    weights = np.full(n, 1 / n) if design.weights is None else design.weights / np.sum(design.weights)
    return np.concatenate([weights @ design.X, weights @ design.y])
