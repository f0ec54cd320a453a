"""Parameters of loop restoration by least squares, for all units at once.

Everything is done element by element in float64, in an order that does not depend on how many units there
are, so results are the same everywhere. What the features are: see `sums_kernels`.
"""

import numpy as np

from cfl.av1.tables.restoration import (
    SGR_PARAMS,
    SGRPROJ_XQD_MAX,
    SGRPROJ_XQD_MIN,
    WIENER_TAPS_MAX,
    WIENER_TAPS_MIN,
)

ROUNDS = 2
"""How often each direction of the Wiener filter is solved for; more rounds change nothing."""

_WEIGHT_ONE = 128
_FEATURE_ONE = 1 << 11
"""What a weight is divided by: 2^7, times the 2^4 by which features are scaled."""


def unpacked(products: np.ndarray, half: int) -> tuple[np.ndarray, np.ndarray]:
    """Bring the products of features into the form of matrices.

    Parameters
    ----------
    products : (units, n (n + 1) / 2) int64 array
        As of `sums_kernels.wiener_products`: n = (half + 1)² − 1 features and the error.
    half : int

    Returns
    -------
    A : (units, n, n) float64 array
        The row and column of the error are replaced by the middle feature, which is 0.
    b : (units, n) float64 array
        The products with the error.
    """
    n = (half + 1) ** 2
    rows, columns = np.triu_indices(n)
    A = np.zeros((products.shape[0], n, n))
    A[:, rows, columns] = A[:, columns, rows] = products
    b = A[:, :, -1].copy()
    b[:, -1] = 0
    A[:, -1] = A[:, :, -1] = 0
    return A, b


def least_squares_taps(A: np.ndarray, b: np.ndarray, half: int) -> np.ndarray:
    """Wiener taps by least squares: each direction in turn, given the other's taps; then rounded.

    Parameters
    ----------
    A, b : arrays
        See `unpacked`.
    half : int
        3 in luma, 2 in chroma.

    Returns
    -------
    (units, 2, 3) int64 array
        Vertical, then horizontal, from the outermost inwards; clipped to the standard's ranges.
    """
    units, side = A.shape[0], half + 1
    products = A.reshape(units, side, side, side, side)
    goals = b.reshape(units, side, side)
    low, high = (table[3 - half :] / 128 for table in (WIENER_TAPS_MIN, WIENER_TAPS_MAX))
    filters = np.zeros((2, units, side))
    filters[:, :, half] = 1
    for turn in range(2 * ROUNDS):
        own, other = turn & 1, filters[1 - (turn & 1)]
        if own:
            matrix = _weighted(_weighted(products, other, 1), other, 2)
            goal = _weighted(goals, other, 1)
        else:
            matrix = _weighted(_weighted(products, other, 2), other, 3)
            goal = _weighted(goals, other, 2)
        solved = np.clip(_solved(*_without_middle(matrix, goal)), low, high)
        filters[own, :, :half] = solved
        filters[own, :, half] = 1
        for i in range(half):
            filters[own, :, half] -= 2 * solved[:, i]
    taps = np.zeros((units, 2, 3), np.int64)
    taps[:, :, 3 - half :] = np.floor(128 * filters[:, :, :half] + 0.5).transpose(1, 0, 2)
    return taps


def _weighted(values: np.ndarray, weights: np.ndarray, axis: int) -> np.ndarray:
    """Sums along an axis, weighted for each unit; the first axis is of units."""
    moved = np.moveaxis(values, axis, 0)
    shape = (-1,) + (1,) * (moved.ndim - 2)
    total = moved[0] * weights[:, 0].reshape(shape)
    for i in range(1, moved.shape[0]):
        total = total + moved[i] * weights[:, i].reshape(shape)
    return total


def _without_middle(matrix: np.ndarray, goal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The normal equations with the middle coefficient replaced by 1 less twice the sum of the others.

    Feature g_i becomes g_i − 2 g_c, and g_c is subtracted from the target.
    """
    last = matrix[:, :-1, -1:]
    corner = matrix[:, -1:, -1:]
    left = matrix[:, :-1, :-1] - 2 * last - 2 * last.transpose(0, 2, 1) + 4 * corner
    right = goal[:, :-1] - 2 * goal[:, -1:] - last[:, :, 0] + 2 * corner[:, :, 0]
    return left, right


def _solved(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Solve by elimination; a little is added to the diagonal so that every system is definite."""
    n = right.shape[1]
    left, right = left.copy(), right.copy()
    for i in range(n):
        left[:, i, i] = left[:, i, i] * (1 + 1e-9) + 1e-3
    for i in range(n):
        for k in range(i + 1, n):
            factor = left[:, k, i] / left[:, i, i]
            left[:, k] -= factor[:, None] * left[:, i]
            right[:, k] -= factor * right[:, i]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            right[:, i] -= left[:, i, j] * right[:, j]
        right[:, i] /= left[:, i, i]
    return right


def least_squares_weights(products: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Weights of the self-guided filter.

    Parameters
    ----------
    products : (units, sets, 5) int64 array
        See `sums_kernels.self_guided_products`.
    chosen : (sets,) int64 array
        Which sets these are, 0 to 15.

    Returns
    -------
    (units, sets, 2) int64 array
        LrSgrXqd, clipped to the standard's ranges; derived as in the standard where a set has one filter
        only.
    """
    f00, f01, f11, e0, e1 = np.moveaxis(products.astype(np.float64), -1, 0)
    f00, f11 = f00 + 1, f11 + 1
    uses_first, uses_second = (SGR_PARAMS[chosen, k] > 0 for k in (0, 2))
    determinant = f00 * f11 - f01 * f01
    definite = determinant > 1e-9 * f00 * f11
    both = (e0 * f11 - e1 * f01) / np.where(definite, determinant, 1)
    first = np.where(uses_second, np.where(definite, both, 0), e0 / f00)
    w0 = np.where(uses_first, _rounded(first * _FEATURE_ONE, 0), 0)
    # The best second weight, given the first one rounded.
    second = (e1 - f01 * (w0 / _FEATURE_ONE)) / f11
    w1 = np.where(uses_second, _rounded(_WEIGHT_ONE - w0 - second * _FEATURE_ONE, 1), 0)
    derived = np.clip(_WEIGHT_ONE - w0, SGRPROJ_XQD_MIN[1], SGRPROJ_XQD_MAX[1])
    return np.stack([w0, np.where(uses_second, w1, derived)], axis=-1).astype(np.int64)


def _rounded(values: np.ndarray, which: int) -> np.ndarray:
    """The nearest whole numbers in the range of a weight."""
    return np.clip(np.floor(values + 0.5), SGRPROJ_XQD_MIN[which], SGRPROJ_XQD_MAX[which])
