# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The forward transform of a block: two matrix products (see `cfl.av1.block_search.forward_matrices`)."""

import numpy as np

from cfl.av1.block_search.forward_matrices import FLIPPED, MATRIX_STRIDE
from cfl.av1.tables.geometry import TX_HEIGHT_LOG2, TX_WIDTH_LOG2
from cfl.av1.tables.inverse_transform import ADST, TYPES
from cfl.simd.float32x8 import load_f8, spread_f8, store_f8, zeros_f8
from cfl.simd.kernel import kernel

STRIDE = 64
"""Of rows of residual and of coefficients, so that eight can be read at any place."""

LOSSLESS_STEP = 4 / 8
"""An eighth of the quantizer of index 0."""


@kernel(internal=True)
def multiply(a, a_start, b, b_start, c, c_start, m, k, n):
    """Set c, m x n, to the product of a, m x k, and b, k x n, all of stride 64; n is rounded up to eights."""
    for i in range(m):
        row = a_start + MATRIX_STRIDE * i
        for j in range(0, n, 8):
            total = zeros_f8()
            for x in range(k):
                total = total + spread_f8(a, row + x) * load_f8(b, b_start + STRIDE * x + j)
            store_f8(c, c_start + STRIDE * i + j, total)


@kernel(internal=True)
def kind_of(tx_type, horizontal):
    """Return which matrix transforms the rows, or the columns, of a type."""
    kind = TYPES[tx_type, horizontal]
    if kind == ADST and TYPES[tx_type, 2 + horizontal]:
        return FLIPPED
    return kind


@kernel(internal=True)
def transform_columns(residual, tx_size, kind, matrices, half):
    """Transform the columns of a block: half = matrix x residual."""
    log2h, log2w = TX_HEIGHT_LOG2[tx_size], TX_WIDTH_LOG2[tx_size]
    start = (kind * 5 + log2h - 2) * 64 * 64
    multiply(matrices, start, residual, 0, half, 0, min(1 << log2h, 32), 1 << log2h, 1 << log2w)


@kernel(internal=True)
def transform_rows(half, tx_size, kind, matrices, coefs, first):
    """Transform the rows of what `transform_columns` made: coefs = half x transposed matrix."""
    log2h, log2w = TX_HEIGHT_LOG2[tx_size], TX_WIDTH_LOG2[tx_size]
    start = ((4 + kind) * 5 + log2w - 2) * 64 * 64
    multiply(half, 0, matrices, start, coefs, first, min(1 << log2h, 32), 1 << log2w, min(1 << log2w, 32))


@kernel()
def forward_transform(residual, tx_size, tx_type, matrices, half, coefs):
    """Transform a block of residual.

    Parameters
    ----------
    residual : (64, 64) float32 array
        The block in its upper left corner.
    tx_size, tx_type : int
    matrices : float32 array
        Of `cfl.av1.block_search.forward_matrices.matrices`.
    half : (64, 64) float32 array
        Scratch.
    coefs : (64, 64) float32 array
        Filled with the coefficients, orthonormal: an eighth of what the standard's quantizers divide.
    """
    transform_columns(residual, tx_size, kind_of(tx_type, np.int64(0)), matrices, half)
    transform_rows(half, tx_size, kind_of(tx_type, np.int64(1)), matrices, coefs, np.int64(0))


@kernel(internal=True)
def forward_wht_1d(block, start, step):
    """Undo the inverse Walsh-Hadamard transform of four values, in place (7.13.2.10)."""
    a, b = np.int64(block[start]), np.int64(block[start + step])
    c, d = np.int64(block[start + 2 * step]), np.int64(block[start + 3 * step])
    d -= c
    a += b
    e = (a - d) >> 1
    b, c = e - b, e - c
    block[start], block[start + step] = a - c, c
    block[start + 2 * step], block[start + 3 * step] = d + b, b


@kernel(internal=True)
def forward_wht(residual, coefs):
    """Transform a 4x4 block without loss: the levels of it, times the step of lossless quantizers."""
    for i in range(4):
        for j in range(4):
            coefs[STRIDE * i + j] = residual[STRIDE * i + j]
        store_f8(coefs, STRIDE * i + 4, zeros_f8())
    for j in range(4):
        forward_wht_1d(coefs, j, STRIDE)
    for i in range(4):
        forward_wht_1d(coefs, STRIDE * i, 1)
    for i in range(4):
        for j in range(4):
            coefs[STRIDE * i + j] *= np.float32(LOSSLESS_STEP)
