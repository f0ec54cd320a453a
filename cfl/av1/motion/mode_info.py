# mypy: disable-error-code="no-untyped-def"
"""What the blocks of a frame leave for the motion vectors of those that are coded after them."""

from typing import NamedTuple

import numpy as np

from cfl.av1.motion.packed import packed_mv, packed_pair
from cfl.av1.tables.geometry import NUM_4X4_BLOCKS_HIGH, NUM_4X4_BLOCKS_WIDE
from cfl.av1.tables.inter_constants import NONE
from cfl.simd.filling import fill, fill_pairs
from cfl.simd.kernel import kernel


class ModeInfo(NamedTuple):
    """What the blocks of a frame leave for those that are coded after them, by position in units of 4x4.

    Attributes
    ----------
    mi_sizes : (mi_rows, mi_cols) int8 array
        MiSizes; -1 where no block has been coded yet.
    y_modes : (mi_rows, mi_cols) int8 array
        YModes.
    is_inters : (mi_rows, mi_cols) int8 array
        IsInters, which is 1 for intra block copy too.
    ref_frames : (mi_rows, mi_cols, 2) int8 array
        RefFrames; NONE is -1.
    mvs : (mi_rows, mi_cols) int64 array
        Mvs, both of a block in one integer as in `cfl.av1.motion.packed`. The frame's precision is theirs.
    """

    mi_sizes: np.ndarray
    y_modes: np.ndarray
    is_inters: np.ndarray
    ref_frames: np.ndarray
    mvs: np.ndarray


def empty_mode_info(mi_rows: int, mi_cols: int) -> ModeInfo:
    """Make the arrays of a frame, with no block coded."""
    shape = (mi_rows, mi_cols)
    return ModeInfo(
        mi_sizes=np.full(shape, -1, np.int8),
        y_modes=np.zeros(shape, np.int8),
        is_inters=np.zeros(shape, np.int8),
        ref_frames=np.full((*shape, 2), NONE, np.int8),
        mvs=np.zeros(shape, np.int64),
    )


@kernel(internal=True)
def leave_mode_info(frame, block, info):
    """Leave what a block has decided, within the frame."""
    r, c = block.mi_row, block.mi_col
    mv = packed_pair(packed_mv(block.mv[0, 0], block.mv[0, 1]), packed_mv(block.mv[1, 0], block.mv[1, 1]))
    ref_frames = (block.ref_frame[0] & 0xFF) | (block.ref_frame[1] & 0xFF) << 8
    mi_size, y_mode, is_inter = block.mi_size, block.y_mode, block.is_inter
    count = min(c + NUM_4X4_BLOCKS_WIDE[mi_size], frame.mi_cols) - c
    for i in range(r, min(r + NUM_4X4_BLOCKS_HIGH[mi_size], frame.mi_rows)):
        at = i * frame.mi_cols + c
        fill(info.mi_sizes, at, count, mi_size)
        fill(info.y_modes, at, count, y_mode)
        fill(info.is_inters, at, count, is_inter)
        fill(info.mvs, at, count, mv)
        fill_pairs(info.ref_frames, 2 * at, count, ref_frames)
