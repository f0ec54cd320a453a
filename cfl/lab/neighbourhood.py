# mypy: disable-error-code="no-untyped-def"
"""The decoded samples beside a block, as pairs of luma and chroma."""

import numpy as np

from cfl.lab.block_data import MARGIN
from cfl.simd.kernel import entry, stage


@stage
def runs_beside(block, rows, extended):
    """Return where the samples are that `neighbours` returns: row, first column and end, (n, 3) int64.

    They are those of `Block.around_luma`. The rows above the block come from the top, then those to its left.
    """
    h, w = block.luma.shape
    rows_above, columns_left = min(rows, block.rows_above), min(rows, block.columns_left)
    above = (block.above if extended else min(block.above, w)) if rows_above else 0
    left = (block.left if extended else min(block.left, h)) if columns_left else 0
    corner = columns_left if extended else 0
    runs = np.empty((rows_above + left, 3), np.int64)
    for k in range(rows_above):
        runs[k, 0], runs[k, 1], runs[k, 2] = MARGIN - rows_above + k, MARGIN - corner, MARGIN + above
    for k in range(left):
        n = rows_above + k
        runs[n, 0], runs[n, 1], runs[n, 2] = MARGIN + k, MARGIN - columns_left, MARGIN
    return runs


@stage
def size_of(runs):
    """Return how many samples are in runs."""
    n = 0
    for k in range(len(runs)):
        n += runs[k, 2] - runs[k, 1]
    return n


@stage
def take_runs(plane, runs, out):
    """Put the samples of runs of a plane one after the other."""
    n = 0
    for k in range(len(runs)):
        line, count = plane[runs[k, 0], runs[k, 1] :], runs[k, 2] - runs[k, 1]
        for j in range(count):
            out[n + j] = line[j]
        n += count


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
    runs = runs_beside(block, rows, extended)
    n = size_of(runs)
    luma, chroma = np.empty(n), np.empty(n)
    take_runs(block.around_luma, runs, luma)
    take_runs(block.around_chroma, runs, chroma)
    return luma, chroma
