# mypy: disable-error-code="no-untyped-def"
"""The decoded samples beside a block, as pairs of luma and chroma."""

import numpy as np

from cfl.lab.block_data import MARGIN
from cfl.simd.kernel import entry, stage


@stage
def places_beside(block, rows, extended):
    """Return row and column in `Block.around_luma` of the samples that `neighbours` returns, (n, 2) int64."""
    h, w = block.luma.shape
    rows_above, columns_left = min(rows, block.rows_above), min(rows, block.columns_left)
    above = (block.above if extended else min(block.above, w)) if rows_above else 0
    left = (block.left if extended else min(block.left, h)) if columns_left else 0
    corner = columns_left if extended and rows_above else 0
    places = np.empty((rows_above * (above + corner) + left * columns_left, 2), np.int64)
    k = 0
    for i in range(MARGIN - rows_above, MARGIN):
        for j in range(MARGIN - corner, MARGIN + above):
            places[k, 0], places[k, 1] = i, j
            k += 1
    for i in range(MARGIN, MARGIN + left):
        for j in range(MARGIN - columns_left, MARGIN):
            places[k, 0], places[k, 1] = i, j
            k += 1
    return places


@entry
def neighbours(block, rows, extended=False):
    """Return the decoded samples beside a block, as pairs of luma and chroma.

    Kernels can call it, and Python.

    Parameters
    ----------
    block : Block
        As a predictor gets it.
    rows : int
        Rows above and columns to the left, 1 to 6.
    extended : bool, default False
        Whether to go on above to the right and below to the left, as far as samples are decoded and at most
        by the block's width and height; and to take the corner between the rows and the columns. Else the
        rows are as wide as the block, the columns as high.

    Returns
    -------
    luma : (n,) float64 array
        In Q3, as `Block.luma`. Above the block row by row from the top, then to the left row by row. Empty
        for the first block of a picture.
    chroma : (n,) float64 array
        Beside it.

    See Also
    --------
    Block : Has the samples in their places.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> @cfl.lab.predictor("example-of-neighbours")
    ... def offset(block):
    ...     luma, chroma = cfl.lab.neighbours(block, 1)
    ...     if luma.size == 0:
    ...         return np.full(block.luma.shape, float(block.dc)), 0
    ...     return block.luma / 8 + (chroma - luma / 8).mean(), 0
    >>> luma = np.arange(256, dtype=np.uint8).reshape(16, 16)
    >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3)).astype(np.uint8)
    >>> rows = cfl.lab.evaluate(cfl.Frame(luma, half, half), [offset], block=8)
    >>> [row["squared_error"] < row["dc_squared_error"] for row in rows]
    [True, True]
    """
    places = places_beside(block, rows, extended)
    luma, chroma = np.empty(len(places)), np.empty(len(places))
    for k in range(len(places)):
        i, j = places[k, 0], places[k, 1]
        luma[k], chroma[k] = block.around_luma[i, j], block.around_chroma[i, j]
    return luma, chroma
