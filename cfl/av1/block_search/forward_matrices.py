"""Forward transforms, for the encoder: matrices whose products undo the inverse transforms (7.13.2, 7.13.3).

The standard defines the inverse only. Up to rounding, each of its 2-D transforms is orthonormal with its
coefficients scaled by 8. So the forward transform is the transposed one, and 64 times the squared error of
samples is that of coefficients.
"""

from functools import lru_cache

import numpy as np

from cfl.av1.tables.inverse_transform import ADST, DCT, IDENTITY

SIZES_LOG2 = range(2, 7)
KINDS = (DCT, ADST, IDENTITY)
FLIPPED = 3
"""An ADST in reverse order; the other kinds are those of `cfl.av1.tables.inverse_transform`."""

MATRIX_STRIDE = 64


def basis(kind: int, n: int) -> np.ndarray:
    """Return the orthonormal 1-D transform of n points.

    Parameters
    ----------
    kind : int
        DCT, ADST, IDENTITY or FLIPPED.
    n : int
        4 to 64.

    Returns
    -------
    (n, n) float64 array
        A row for each coefficient.
    """
    k, i = np.mgrid[:n, :n]
    if kind == DCT:
        rows = np.cos(np.pi * (2 * i + 1) * k / (2 * n)) * np.sqrt(2 / n)
        rows[0] /= np.sqrt(2)
        return rows
    if kind == IDENTITY:
        return np.eye(n)
    if n == 4:
        rows = np.sin(np.pi * (i + 1) * (2 * k + 1) / 9) * 2 / 3
    else:
        rows = np.sin(np.pi * (2 * i + 1) * (2 * k + 1) / (4 * n)) * np.sqrt(2 / n)
    return rows[:, ::-1] if kind == FLIPPED else rows


@lru_cache(maxsize=1)
def matrices() -> np.ndarray:
    """Return all 1-D transforms for the kernels.

    Returns
    -------
    (2, 4, 5, 64, 64) float32 array
        As they are, for columns, and transposed, for rows; by kind and log2 of the points less 2. Sixty-four
        points have 32 coefficients. Rows have a stride of 64.
    """
    table = np.zeros((2, 4, 5, 64, 64), np.float32)
    for kind in (*KINDS, FLIPPED):
        for log2 in SIZES_LOG2:
            n = 1 << log2
            rows = basis(kind, n)[:32]
            table[0, kind, log2 - 2, : len(rows), :n] = rows
            table[1, kind, log2 - 2, :n, : len(rows)] = rows.T
    table.flags.writeable = False
    return table
