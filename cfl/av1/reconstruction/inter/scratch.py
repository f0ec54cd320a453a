"""The memory that inter prediction works in."""

import numpy as np

SIDE = 128
"""The longest side of a block."""
REACH = 2 * SIDE + 8
"""As many samples of a reference, which may be twice as large, does a block read along a side at most."""
_SLACK = 64
"""Kernels work on sixteen samples at a time, so they read and write beyond a block's end."""

PATCH_ROWS, PATCH_STRIDE = REACH + 1, REACH + _SLACK - 8

INTER_SCRATCH = np.dtype(
    [
        ("patch", "u2", (PATCH_ROWS * PATCH_STRIDE,)),
        ("lines", "i2", (REACH * SIDE + _SLACK,)),
        ("preds", "i2", (2 * (SIDE * SIDE + _SLACK),)),
        ("masks", "u1", (2 * (SIDE * SIDE + _SLACK),)),
        ("places", "i4", (SIDE + 8,)),
        ("filters", "i4", (SIDE + 8,)),
        ("tile_rows", "i2", (16 * 8 + _SLACK,)),
        ("tile_columns", "i2", (8 * 16 + _SLACK,)),
        ("local_valid", "i8"),
        ("local_warp_params", "i8", (6,)),
    ],
    align=True,
)
"""What the prediction of one block at a time works in, for one thread: 0.4 MB.

patch
    Samples of a reference around a block, with those beyond its edges: rows of PATCH_STRIDE.
lines
    The array intermediate of the specification: rows in pairs, or row after row.
preds
    preds[ 0 ] and preds[ 1 ], row after row of at least sixteen samples; the latter begins at PRED_1.
masks
    Mask, row after row, which stays for chroma; then, at CHROMA_MASK, the same subsampled.
places, filters
    Where the samples and the taps of a column lie.
tile_rows, tile_columns
    A tile of a warped block, 8 wide and 15 high, by row and by column.
local_valid, local_warp_params
    LocalValid and LocalWarpParams of the luma block, for chroma too.
"""

PRED_1 = SIDE * SIDE + _SLACK
"""Where preds[ 1 ] begins."""
CHROMA_MASK = SIDE * SIDE + _SLACK
"""Where the subsampled mask begins."""


def inter_scratch() -> np.ndarray:
    """Return the memory for one thread.

    Returns
    -------
    (1,) array of INTER_SCRATCH
    """
    return np.zeros(1, INTER_SCRATCH)
