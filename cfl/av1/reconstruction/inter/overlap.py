# mypy: disable-error-code="no-untyped-def"
"""Overlapped motion compensation: the vectors of neighbours predict too (AV1 specification 7.11.3.9)."""

from cfl.av1.reconstruction.inter.blend import blend_into
from cfl.av1.reconstruction.inter.block import predict_block, vector_of
from cfl.av1.reconstruction.inter.masks import overlap_mask
from cfl.av1.reconstruction.inter.rounding import rounding_variables
from cfl.av1.tables.geometry import (
    MI_HEIGHT_LOG2,
    MI_WIDTH_LOG2,
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
    SUBSAMPLED_SIZE,
)
from cfl.av1.tables.constants import BLOCK_8X8
from cfl.av1.tables.inter_constants import INTRA_FRAME
from cfl.simd.kernel import kernel

_MOST = 4
"""So many neighbours at most are used on a side."""


@kernel(internal=True)
def overlap(frame, tile, block, info, inter, scratch, samples, plane, w, h):
    """Blend the prediction of a block with those that its neighbours' vectors give.

    Parameters
    ----------
    frame, tile, block, info, inter, scratch
        As for `cfl.av1.reconstruction.inter.predict.predict_inter`.
    samples : 2-D uint16 array, changed
        The plane, which holds the block's own prediction.
    plane, w, h : int
        The plane, and the size of the block in it.
    """
    shift_x, shift_y = (frame.subsampling_x, frame.subsampling_y) if plane else (0, 0)
    mi_row, mi_col, mi_size = block.mi_row, block.mi_col, block.mi_size
    if tile.avail_u and SUBSAMPLED_SIZE[mi_size, shift_x, shift_y] >= BLOCK_8X8:
        count, x4 = 0, mi_col
        end = min(frame.mi_cols, mi_col + NUM_4X4_BLOCKS_WIDE[mi_size])
        while count < min(_MOST, MI_WIDTH_LOG2[mi_size]) and x4 < end:
            row, col = mi_row - 1, x4 | 1
            step = min(max(NUM_4X4_BLOCKS_WIDE[info.mi_sizes[row, col]], 2), 16)
            if info.ref_frames[row, col, 0] > INTRA_FRAME:
                count += 1
                overlap_one(
                    frame, info, inter, scratch, samples, plane, row, col, (x4 * 4) >> shift_x,
                    (mi_row * 4) >> shift_y, min(w, (step * 4) >> shift_x), min(h >> 1, 32 >> shift_y), True,
                )  # fmt: skip
            x4 += step
    if tile.avail_l:
        count, y4 = 0, mi_row
        end = min(frame.mi_rows, mi_row + NUM_4X4_BLOCKS_HIGH[mi_size])
        while count < min(_MOST, MI_HEIGHT_LOG2[mi_size]) and y4 < end:
            row, col = y4 | 1, mi_col - 1
            step = min(max(NUM_4X4_BLOCKS_HIGH[info.mi_sizes[row, col]], 2), 16)
            if info.ref_frames[row, col, 0] > INTRA_FRAME:
                count += 1
                overlap_one(
                    frame, info, inter, scratch, samples, plane, row, col, (mi_col * 4) >> shift_x,
                    (y4 * 4) >> shift_y, min(w >> 1, 32 >> shift_x), min(h, (step * 4) >> shift_y), False,
                )  # fmt: skip
            y4 += step


@kernel(internal=True)
def overlap_one(
    frame, info, inter, scratch, samples, plane, row, col, x, y, w, h, from_above
):
    """Blend a part of a block with the prediction by one neighbour's vector (predict_overlap)."""
    shift_x, shift_y = (frame.subsampling_x, frame.subsampling_y) if plane else (0, 0)
    round_0, round_1, _ = rounding_variables(frame.bit_depth, 0)
    mv_row, mv_col = vector_of(info.mvs, row, col, 0)
    predict_block(
        inter.references[info.ref_frames[row, col, 0]], plane, shift_x, shift_y, x, y, w, h, mv_row, mv_col,
        inter.interp_filters[row, col, 0], inter.interp_filters[row, col, 1], round_0, round_1, 0, scratch, 0,
    )  # fmt: skip
    overlap_mask(from_above, w, h, scratch.masks)
    blend_into(samples, x, y, w, h, (1 << frame.bit_depth) - 1, 0, scratch)
