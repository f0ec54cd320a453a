# mypy: disable-error-code="no-untyped-def, assignment"
"""Luma at chroma's resolution as VVC subsamples it (H.266, 8.4.5.2.14)."""

import numpy as np

from cfl.lab.block_data import MARGIN
from cfl.simd.kernel import stage


@stage
def vvc_luma(block, margin):
    """Return luma in and around a block, of the shape of `Block.around_luma`, in whole luma samples.

    It is set in the block, as far as chroma is decoded in the `margin` rows above and columns to the left,
    and one sample further to the right and below. Elsewhere it is not.

    In 4:2:0 (sps_chroma_vertical_collocated_flag of 0)::

        (p[2y][2x−1] + 2 p[2y][2x] + p[2y][2x+1] + p[2y+1][2x−1] + 2 p[2y+1][2x] + p[2y+1][2x+1] + 4) >> 3

    in 4:2:2 ``(p[y][2x−1] + 2 p[y][2x] + p[y][2x+1] + 2) >> 2``, and in 4:4:4 luma itself. Left of the first
    column that column repeats.
    """
    h, w = block.luma.shape
    rows, columns = block.around_luma.shape
    sx, sy = block.subsampling_x, block.subsampling_y
    luma, first = np.empty((rows, columns), np.int32), MARGIN - margin
    for i in range(first, min(MARGIN + max(h, block.left) + 1, rows)):
        end = MARGIN + max(w, block.above) + 1 if i <= MARGIN else MARGIN + (w if i <= MARGIN + h else 0) + 1
        end = min(end, columns)
        upper, lower = block.full_luma[i << sy], block.full_luma[((i + 1) << sy) - 1]
        if sx:
            take_row(upper, lower, first, end, luma[i])
        else:
            luma[i, first:end] = upper[first:end]
    return luma


@stage
def take_row(upper, lower, first, end, luma):
    """Filter columns from `first` to `end` out of two rows of luma samples, or one that is given twice."""
    if first == 0:
        luma[0] = (3 * (upper[0] + lower[0]) + upper[1] + lower[1] + 4) >> 3
    for j in range(max(first, 1), end):
        before, here, after = 2 * j - 1, 2 * j, 2 * j + 1
        outer = upper[before] + lower[before] + upper[after] + lower[after]
        luma[j] = (outer + 2 * (upper[here] + lower[here]) + 4) >> 3
