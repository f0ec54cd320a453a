# mypy: disable-error-code="no-untyped-def, assignment"
"""Luma at chroma's resolution as VVC subsamples it (H.266, 8.4.5.2.14)."""

import numpy as np

from cfl.lab.block_data import MARGIN
from cfl.simd.kernel import stage


@stage
def vvc_luma(block, margin):
    """Return luma in and around a block, of the shape of `Block.around_luma`, in whole luma samples.

    Of the rows above and the columns left of the block only as many as `margin` are filled in.

    In 4:2:0 (sps_chroma_vertical_collocated_flag of 0)::

        (p[2y][2x−1] + 2 p[2y][2x] + p[2y][2x+1] + p[2y+1][2x−1] + 2 p[2y+1][2x] + p[2y+1][2x+1] + 4) >> 3

    in 4:2:2 ``(p[y][2x−1] + 2 p[y][2x] + p[y][2x+1] + 2) >> 2``, and in 4:4:4 luma itself. Left of the first
    column that column repeats.
    """
    rows, columns = block.around_luma.shape
    sx, sy = block.subsampling_x, block.subsampling_y
    full = block.full_luma
    luma = np.empty((rows, columns), np.int64)
    for i in range(MARGIN - margin, rows):
        for j in range(MARGIN - margin, columns):
            if sx == 0:
                luma[i, j] = full[i, j]
                continue
            before, total = max(2 * j - 1, 0), 0
            for r in range(i << sy, (i + 1) << sy):
                total += (
                    np.int64(full[r, before]) + 2 * np.int64(full[r, 2 * j]) + np.int64(full[r, 2 * j + 1])
                )
            luma[i, j] = (total + (2 << sy)) >> (2 + sy)
    return luma
