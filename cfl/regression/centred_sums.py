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

NOTHING = 2.0**-60
"""A change of a sum by this part of it is none."""


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
    constant : (n_features + n_targets,) bool array
        Columns of one value, beside an intercept: their sums are 0.
    n_samples : int
        Samples of weight above 0.
    sum_weights : float
    """

    XX: Array
    Xy: Array
    yy: Array
    means: Array
    constant: npt.NDArray[np.bool_]
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
    """Return the sums of a problem, or None where float64 sums would overflow or lose what they are to tell."""
    means = _means(design)
    p = design.X.shape[1]
    q = len(means)
    products, yy = np.zeros((p, q)), np.zeros(q - p)
    left, total = np.zeros(q), float(design.X.shape[0])
    if design.weights is not None:
        total = float(np.sum(design.weights))
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for X, y, root in centred_chunks(design, means):
            products[:, :p] += X.T @ X
            products[:, p:] += X.T @ y
            yy += np.einsum("ij,ij->j", y, y)
            if design.fit_intercept:
                left[:p] += root @ X
                left[p:] += root @ y
        squares = np.concatenate([np.diagonal(products), yy])
        shift = left**2 / total  # what rounding left in the means
        if np.any(shift > NOTHING * squares):
            products -= np.multiply.outer(left[:p], left / total)
            yy -= shift[p:]
        rest = np.concatenate([np.diagonal(products), yy])
        varies = (rest > 0.5 * squares) & (squares > SAFE_LENGTH**-2) & (squares < SAFE_LENGTH**2)
    if not np.all(varies):
        if not _are_constant(design, ~varies):
            return None
        products[~varies[:p]], products[:, ~varies], yy[~varies[p:]] = 0.0, 0.0, 0.0
    return CentredSums(
        XX=products[:, :p],
        Xy=products[:, p:],
        yy=yy,
        means=np.column_stack([means, left / total]),
        constant=~varies,
        n_samples=len(design.X) if design.weights is None else int(np.count_nonzero(design.weights)),
        sum_weights=total,
    )


def centred_chunks(design: Design, means: Array) -> Iterator[tuple[Array, Array, Array]]:
    """Yield the deviations of `X` and `y` from `means` times the roots of the weights, and these roots.

    The arrays are overwritten by the next chunk.
    """
    n, p = design.X.shape
    step = min(n, CHUNK_SAMPLES, max(1, CHUNK_ELEMENTS // p))
    X, y = np.empty((step, p)), np.empty((step, design.y.shape[1]))
    ones = np.ones(step)
    for start in range(0, n, step):
        part = slice(start, start + step)
        m = min(step, n - start)
        np.subtract(design.X[part], means[:p], out=X[:m])
        np.subtract(design.y[part], means[p:], out=y[:m])
        if design.weights is None:
            yield X[:m], y[:m], ones[:m]
        else:
            root = np.sqrt(design.weights[part])
            X[:m] *= root[:, None]
            y[:m] *= root[:, None]
            yield X[:m], y[:m], root


def _are_constant(design: Design, columns: npt.NDArray[np.bool_]) -> bool:
    """Tell whether each of some columns of `X` and `y` has one value, which an intercept takes up."""
    p = design.X.shape[1]
    X, y = design.X[:, columns[:p]], design.y[:, columns[p:]]
    return design.fit_intercept and bool(np.all(X == X[0]) and np.all(y == y[0]))


def _means(design: Design) -> Array:
    """Return the weighted means of `X` and `y`, rounded; 0 without an intercept."""
    n, p = design.X.shape
    if not design.fit_intercept:
        return np.zeros(p + design.y.shape[1])
    weights = np.full(n, 1 / n) if design.weights is None else design.weights / np.sum(design.weights)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.concatenate([weights @ design.X, weights @ design.y])
