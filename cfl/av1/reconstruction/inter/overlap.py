# mypy: disable-error-code="no-untyped-def"
"""Overlapped motion compensation: the vectors of neighbours predict too (AV1 specification 7.11.3.9)."""

from cfl.av1.motion.packed import mv_col, mv_row
from cfl.av1.reconstruction.inter.blend import blend_into
from cfl.av1.reconstruction.inter.block import predict_block
from cfl.av1.reconstruction.inter.masks import overlap_mask
from cfl.av1.reconstruction.inter.rounding import rounding_variables
from cfl.av1.tables.constants import BLOCK_8X8
from cfl.av1.tables.geometry import (
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
    SUBSAMPLED_SIZE,
)
from cfl.av1.tables.inter_constants import INTRA_FRAME
from cfl.simd.integers import floor_log2
from cfl.simd.kernel import kernel

_MOST = 4
"""So many neighbours at most are used on a side."""


@kernel(internal=True)
def blend_overlap(frame, tile, block, info, inter, scratch, samples, plane, w, h):
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
    if tile.avail_u and SUBSAMPLED_SIZE[block.mi_size, shift_x, shift_y] >= BLOCK_8X8:
        overlap_side(frame, block, info, inter, scratch, samples, plane, w, h, True)
    if tile.avail_l:
        overlap_side(frame, block, info, inter, scratch, samples, plane, w, h, False)


@kernel(internal=True)
def overlap_side(frame, block, info, inter, scratch, samples, plane, w, h, from_above):
    """Blend a block with the predictions of the blocks above it, or of those to its left."""
    shift_x, shift_y = (frame.subsampling_x, frame.subsampling_y) if plane else (0, 0)
    sizes = NUM_4X4_BLOCKS_WIDE if from_above else NUM_4X4_BLOCKS_HIGH
    place = block.mi_col if from_above else block.mi_row
    length = sizes[block.mi_size]
    end = min(frame.mi_cols if from_above else frame.mi_rows, place + length)
    left = min(_MOST, floor_log2(length))
    while left > 0 and place < end:
        row, col = (block.mi_row - 1, place | 1) if from_above else (place | 1, block.mi_col - 1)
        step = min(max(sizes[info.mi_sizes[row, col]], 2), 16)
        if info.ref_frames[row, col, 0] > INTRA_FRAME:
            left -= 1
            x, y, part_w, part_h = block.mi_col, place, w >> 1, (step * 4) >> shift_y
            if from_above:
                x, y, part_w, part_h = place, block.mi_row, (step * 4) >> shift_x, h >> 1
            overlap_one(
                frame, info, inter, scratch, samples, plane, row, col, (x * 4) >> shift_x, (y * 4) >> shift_y,
                min(part_w, w if from_above else 32 >> shift_x),
                min(part_h, 32 >> shift_y if from_above else h), from_above,
            )  # fmt: skip
        place += step


@kernel(internal=True)
def overlap_one(frame, info, inter, scratch, samples, plane, row, col, x, y, w, h, from_above):
    """Blend a part of a block with the prediction by one neighbour's vector (predict_overlap)."""
    shift_x, shift_y = (frame.subsampling_x, frame.subsampling_y) if plane else (0, 0)
    round_0, round_1, _ = rounding_variables(frame.bit_depth, 0)
    mvs = info.mvs[row, col]
    predict_block(
        inter.references[info.ref_frames[row, col, 0]], plane, shift_x, shift_y, x, y, w, h, mv_row(mvs, 0),
        mv_col(mvs, 0), inter.interp_filters[row, col, 0], inter.interp_filters[row, col, 1], round_0,
        round_1, 0, scratch, 0,
    )  # fmt: skip
    overlap_mask(from_above, w, h, scratch.masks)
    blend_into(samples, x, y, w, h, (1 << frame.bit_depth) - 1, 0, scratch)
