"""What the blocks of a frame leave for the in-loop filters and for intra block copy."""

from typing import NamedTuple

import numpy as np

SKIPPED_INTER = 16
"""Bit of FrameArrays.deblocking: an inter block without a residual."""


class FrameArrays(NamedTuple):
    """What tiles leave for the filters and for intra block copy, in units of 4x4 luma samples.

    Tiles write disjoint parts. A writer takes its decisions on CDEF and loop restoration from here.

    Attributes
    ----------
    skip, segment_id : (mi_rows, mi_cols) uint8 arrays
    delta_lf : (mi_rows, mi_cols, 4) int8 array
        It always has this shape, as the deblocking filter reads it.
    tx_size_y, tx_size_uv : 2-D uint8 arrays
        LoopfilterTxSizes, in units of 4x4 samples of the plane.
    cdef_idx : (mi_rows / 16, mi_cols / 16) int8 array, rounded up
        -1 where there is none.
    lr_type : (3, unit_rows, unit_cols) int8 array
        As large as for the plane with the most units, like the next three.
    lr_wiener : (3, unit_rows, unit_cols, 2, 3) int8 array
    lr_sgr_set : (3, unit_rows, unit_cols) int8 array
    lr_sgr_xqd : (3, unit_rows, unit_cols, 2) int8 array
    mi_size : (mi_rows, mi_cols) int8 array
        -1 where no block has been coded yet. Of an intra frame without intra block copy it is (1, 1), like
        the next two; of an inter frame it is that of `cfl.av1.motion.mode_info.ModeInfo`.
    use_intrabc : (mi_rows, mi_cols) int8 array
    mv : (mi_rows, mi_cols, 2) int16 array
    deblocking : (mi_rows, mi_cols) uint8 array
        Twice RefFrames[ 0 ], plus modeType of 7.14.5; and SKIPPED_INTER. Of an intra frame (1, 1).
    """

    skip: np.ndarray
    segment_id: np.ndarray
    delta_lf: np.ndarray
    tx_size_y: np.ndarray
    tx_size_uv: np.ndarray
    cdef_idx: np.ndarray
    lr_type: np.ndarray
    lr_wiener: np.ndarray
    lr_sgr_set: np.ndarray
    lr_sgr_xqd: np.ndarray
    mi_size: np.ndarray
    use_intrabc: np.ndarray
    mv: np.ndarray
    deblocking: np.ndarray


def frame_arrays(frame: np.ndarray, mi_sizes: np.ndarray | None = None) -> FrameArrays:
    """Make the arrays that the tiles of a frame fill in.

    Parameters
    ----------
    frame : (1,) array of FRAME
    mi_sizes : (mi_rows, mi_cols) int8 array, optional
        Of an inter frame.
    """
    values = frame[0]
    rows, cols = int(values["mi_rows"]), int(values["mi_cols"])
    shift_x, shift_y = int(values["subsampling_x"]), int(values["subsampling_y"])
    unit_rows, unit_cols = int(values["unit_rows"].max()), int(values["unit_cols"].max())
    copy_shape = (rows, cols) if values["allow_intrabc"] else (1, 1)
    return FrameArrays(
        skip=np.zeros((rows, cols), np.uint8),
        segment_id=np.zeros((rows, cols), np.uint8),
        delta_lf=np.zeros((rows, cols, 4), np.int8),
        tx_size_y=np.zeros((rows, cols), np.uint8),
        tx_size_uv=np.zeros((rows + shift_y >> shift_y, cols + shift_x >> shift_x), np.uint8),
        cdef_idx=np.full((rows + 15 >> 4, cols + 15 >> 4), -1, np.int8),
        lr_type=np.zeros((3, unit_rows, unit_cols), np.int8),
        lr_wiener=np.zeros((3, unit_rows, unit_cols, 2, 3), np.int8),
        lr_sgr_set=np.zeros((3, unit_rows, unit_cols), np.int8),
        lr_sgr_xqd=np.zeros((3, unit_rows, unit_cols, 2), np.int8),
        mi_size=np.full(copy_shape, -1, np.int8) if mi_sizes is None else mi_sizes,
        use_intrabc=np.zeros(copy_shape, np.int8),
        mv=np.zeros((*copy_shape, 2), np.int16),
        deblocking=np.zeros((1, 1) if mi_sizes is None else (rows, cols), np.uint8),
    )
