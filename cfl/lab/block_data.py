"""What a predictor gets: one block of one plane."""

from typing import NamedTuple

import numpy as np

MARGIN = 6
"""Rows above and columns left of a block that a predictor sees."""


class Block(NamedTuple):
    """One block of a chroma plane, with all that a decoder has before it decodes the block.

    Numba compiles functions of it. ``h`` and ``w`` are the block's height and width in chroma samples; at the
    right and bottom edge of the picture they are those of its visible part.

    Attributes
    ----------
    luma : (h, w) int32 array
        Luma at chroma's resolution, as AV1 subsamples it, in Q3: eighths of a luma sample.
    target : (h, w) int32 array
        The chroma to predict, for predictors that send parameters (``sends=True``); else of shape (0, 0).
    dc : int
        DC_PRED: the rounded mean of the chroma above and left of the block.
    around_luma : (6 + 2 h, 6 + 2 w) int32 array
        Luma in Q3 of the block and around it. The block begins at row 6, column 6.
    around_chroma : (6 + 2 h, 6 + 2 w) int32 array
        The decoded chroma in the same places; 0 in the block, and where nothing is decoded yet.
    full_luma : ((6 + 2 h) << subsampling_y, (6 + 2 w) << subsampling_x) int32 array
        The luma samples in the same places, at their own resolution.
    above : int
        How many samples of the row above exist, from the block's first column on: 0 to 2 w.
    left : int
        How many samples of the column to the left exist, from the block's first row on: 0 to 2 h.
    rows_above : int
        How many rows above the block exist, 0 to 6.
    columns_left : int
        How many columns left of the block exist, 0 to 6.
    bit_depth : int
        8, 10 or 12.
    subsampling_x : int
        1 if chroma has half the columns of luma, else 0.
    subsampling_y : int
        1 if chroma has half the rows of luma, else 0.
    plane : int
        0 is U, 1 is V.
    x : int
        Column of the block in the plane.
    y : int
        Row of the block in the plane.
    lam : float
        λ: the squared error that one bit is worth; 0 where only the error counts.

    See Also
    --------
    predictor : Makes a function of a block a predictor.
    neighbours : The decoded samples beside the block, as two lists.

    Notes
    -----
    Blocks are coded in AV1's order: superblocks of 64x64 luma samples row by row, and in each the quadtree.
    What comes before a block is decoded. Luma that does not exist, or is not decoded before the block,
    repeats the nearest that is.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> seen = []
    >>> @cfl.lab.predictor("example-of-block", compiled=False)
    ... def look(block):
    ...     seen.append(block)
    ...     return np.full(block.luma.shape, block.dc), 0
    >>> luma = np.arange(256, dtype=np.uint8).reshape(16, 16)
    >>> frame = cfl.Frame(luma, luma[::2, ::2].copy(), luma[::2, ::2].copy())
    >>> rows = cfl.lab.evaluate(frame, [look], block=8)
    >>> block = seen[3]  # the last one of U, at the lower right
    >>> block.luma.shape, block.above, block.left, block.rows_above, block.dc
    ((4, 4), 4, 4, 4, 145)
    """

    luma: np.ndarray
    target: np.ndarray
    dc: int
    around_luma: np.ndarray
    around_chroma: np.ndarray
    full_luma: np.ndarray
    above: int
    left: int
    rows_above: int
    columns_left: int
    bit_depth: int
    subsampling_x: int
    subsampling_y: int
    plane: int
    x: int
    y: int
    lam: float


class Given(NamedTuple):
    """A picture as kernels take it, with one plane of chroma.

    Attributes
    ----------
    luma : (rows, columns) uint16 array
        That predictors see, at its own resolution.
    small : (height, width) uint16 array
        That luma at chroma's resolution, in Q3.
    chroma : (height, width) uint16 array
        That predictors see beside a block.
    target : (height, width) uint16 array
        The chroma to predict.
    order : (rows, columns) int32 array
        For each 4x4 samples of chroma, when the block that covers them is coded.
    subsampling_x, subsampling_y, bit_depth, plane : int
    lam : float
    """

    luma: np.ndarray
    small: np.ndarray
    chroma: np.ndarray
    target: np.ndarray
    order: np.ndarray
    subsampling_x: int
    subsampling_y: int
    bit_depth: int
    plane: int
    lam: float
