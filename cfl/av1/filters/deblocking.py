"""The deblocking filter (AV1 specification 7.14).

Order and threads: all vertical edges of what a horizontal edge reads must be done before it. Bands of rows
are independent within a pass: filter the vertical edges of all bands at the same time, wait, then the
horizontal edges of all bands at the same time. (A band of horizontal edges needs the vertical edges of its
own rows and of the 8 rows above only, so with bands of 64 rows it may also follow as soon as its own band and
the one above are through the first pass.) Nothing is allocated per sample; kernels release the GIL.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cfl.av1.tables.constants import MAX_LOOP_FILTER
from cfl.av1.tables.geometry import TX_HEIGHT_LOG2, TX_WIDTH_LOG2


class InterBlocks(NamedTuple):
    """What deblocking reads of the blocks of an inter frame."""

    kinds: np.ndarray
    """(mi_rows, mi_cols) uint8: `cfl.av1.reconstruction.frame_arrays.FrameArrays.deblocking`."""
    mi_size: np.ndarray
    """(mi_rows, mi_cols) int8: MiSizes."""


_NO_BLOCKS = InterBlocks(np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.int8))


class LoopFilterFrame(NamedTuple):
    """What deblocking reads of a frame, by the specification's names; arrays are not changed.

    In an intra frame all blocks, those of intra block copy too, have the reference INTRA_FRAME. So every
    transform edge is filtered whatever MiSizes and Skips say, and the mode deltas never count.
    """

    frame_width: int
    """FrameWidth: before superres."""
    frame_height: int
    subsampling_x: int
    subsampling_y: int
    bit_depth: int
    loop_filter_level: Sequence[int]
    """Four, 0 to 63. If the first two are 0, do not call the filter at all (7.4)."""
    loop_filter_sharpness: int
    """0 to 7."""
    loop_filter_delta_enabled: int
    loop_filter_ref_deltas: Sequence[int]
    """Eight, by reference frame, -64 to 63."""
    loop_filter_mode_deltas: Sequence[int]
    """Two, -64 to 63."""
    delta_lf_multi: int
    segment_features: np.ndarray
    """(8, 4) int array: FeatureData of the features SEG_LVL_ALT_LF_Y_V to _V by segment; 0 where a feature
    is not enabled or segmentation is off."""
    tx_size: Sequence[np.ndarray]
    """LoopfilterTxSizes of luma and, unless monochrome, of chroma: C-contiguous uint8, 0 to 18, in 4x4 units
    of the plane, at least (mi_rows >> subsampling_y, mi_cols >> subsampling_x)."""
    segment_id: np.ndarray
    """(mi_rows, mi_cols) uint8, 0 to 7."""
    delta_lf: np.ndarray
    """(mi_rows, mi_cols, 4) int8, -63 to 63: DeltaLFs."""
    inter: InterBlocks | None = None
    """None in an intra frame."""


class DeblockTables(NamedTuple):
    """What follows from the levels of a frame."""

    levels: tuple[np.ndarray, ...]
    """Four: see `filter_levels`."""
    strengths: np.ndarray
    """(4 · 3 · 64,) uint16: limit, blimit and thresh by level, each four times, for the kernel."""


def deblock_tables(frame: LoopFilterFrame) -> DeblockTables:
    """Compute the tables of a frame once, for all its bands."""
    return DeblockTables(tuple(filter_levels(frame, i) for i in range(4)), _strengths(frame))


def deblock(planes: Sequence[np.ndarray], frame: LoopFilterFrame) -> None:
    """Deblock a whole frame in place, one pass after the other.

    Parameters
    ----------
    planes : one or three (height, width) C-contiguous uint16 arrays
        At least (4 mi_rows, 4 mi_cols) samples, subsampled for chroma; what is beyond is neither read nor
        changed, and what is beyond the frame's own size may be.
    frame : LoopFilterFrame

    See Also
    --------
    deblock_band : one pass over some rows, for threads.
    """
    tables = deblock_tables(frame)
    for vertical in (True, False):
        deblock_band(planes, frame, tables, vertical, 0, frame.segment_id.shape[0])


def deblock_band(
    planes: Sequence[np.ndarray],
    frame: LoopFilterFrame,
    tables: DeblockTables,
    vertical: bool,
    mi_row_start: int,
    mi_row_end: int,
) -> None:
    """Filter the vertical or the horizontal edges that lie in some rows of 4x4 luma units.

    Parameters
    ----------
    planes, frame
        See `deblock`.
    tables : DeblockTables
        Of the frame.
    vertical : bool
        Whether this is the first pass, of vertical edges. See the module on what may run at the same time.
    mi_row_start, mi_row_end : int
        The band: even numbers, or the end of the frame. A horizontal edge belongs to the row below it.
    """
    for plane in range(len(planes)):
        if plane == 0 or frame.loop_filter_level[1 + plane]:
            _filter_plane(planes[plane], frame, tables, plane, vertical, mi_row_start, mi_row_end)


def _filter_plane(
    samples: np.ndarray,
    frame: LoopFilterFrame,
    tables: DeblockTables,
    plane: int,
    vertical: bool,
    mi_row_start: int,
    mi_row_end: int,
) -> None:
    from cfl.av1.filters import deblocking_kernels as kernels

    shift_x = frame.subsampling_x if plane else 0
    shift_y = frame.subsampling_y if plane else 0
    # Units that begin inside the frame; those of the last row and column may reach over its border.
    rows = -(-frame.frame_height // (4 << shift_y))
    cols = -(-frame.frame_width // (4 << shift_x))
    direction = plane + 1 if plane else int(not vertical)
    inter = _NO_BLOCKS if frame.inter is None else frame.inter
    numbers = np.zeros(kernels.NUMBERS, np.int64)
    numbers[kernels.STRIDE] = samples.shape[1]
    numbers[kernels.VERTICAL] = vertical
    numbers[kernels.FIRST_ROW] = max(mi_row_start >> shift_y, int(not vertical))
    numbers[kernels.LAST_ROW] = min(mi_row_end + shift_y >> shift_y, rows)
    numbers[kernels.COLS] = cols
    numbers[kernels.SHIFT_X] = shift_x
    numbers[kernels.SHIFT_Y] = shift_y
    numbers[kernels.DELTA_INDEX] = direction if frame.delta_lf_multi else 0
    numbers[kernels.CHROMA] = plane > 0
    numbers[kernels.BIT_DEPTH] = frame.bit_depth
    numbers[kernels.HAS_INTER] = frame.inter is not None
    kernels.filter_edges(
        samples.reshape(-1),
        frame.tx_size[min(plane, 1)],
        _side_log2(vertical),
        frame.segment_id,
        frame.delta_lf,
        inter.kinds,
        inter.mi_size,
        tables.levels[direction],
        tables.strengths,
        numbers,
        np.empty((kernels.KINDS, kernels.EDGES + cols), np.int64),
        np.empty((kernels.KINDS, kernels.EDGES + cols), np.uint8),
        np.empty(kernels.WORK_SIZE, np.uint16),
    )


def _side_log2(vertical: bool) -> np.ndarray:
    """log2 of the transform's side across the edge, by TxSize."""
    return TX_WIDTH_LOG2 if vertical else TX_HEIGHT_LOG2


def filter_levels(frame: LoopFilterFrame, direction: int) -> np.ndarray:
    """Every level that a block of the frame can have (AV1 specification 7.14.5).

    Parameters
    ----------
    frame : LoopFilterFrame
    direction : int
        Which of the four levels: 0 luma's vertical edges, 1 its horizontal ones, 2 U, 3 V.

    Returns
    -------
    (16, 8, 128) uint8 array
        0 to 63, by what FrameArrays.deblocking has in its lower four bits, segment and deltaLF + 64; the
        first alone, (1, 8, 128), in an intra frame.
    """
    delta = np.arange(-64, 64, dtype=np.int16)
    level = np.clip(delta + np.int16(frame.loop_filter_level[direction]), 0, MAX_LOOP_FILTER)
    features = np.asarray(frame.segment_features)[:, direction, None].astype(np.int16)
    level = np.clip(level[None, :] + features, 0, MAX_LOOP_FILTER)
    kinds = 1 if frame.inter is None else 16
    if frame.loop_filter_delta_enabled:
        deltas = np.repeat(np.array(frame.loop_filter_ref_deltas, np.int16), 2)
        deltas[2:] += np.tile(np.array(frame.loop_filter_mode_deltas, np.int16), 7)
        level = np.clip(level + (deltas[:kinds, None, None] << (level >> 5)), 0, MAX_LOOP_FILTER)
    return np.broadcast_to(level, (kinds, *level.shape[-2:])).astype(np.uint8)


def _strengths(frame: LoopFilterFrame) -> np.ndarray:
    """limit, blimit and thresh by level, each four times, for the kernel (AV1 specification 7.14.4)."""
    sharpness = frame.loop_filter_sharpness
    level = np.arange(MAX_LOOP_FILTER + 1)
    limit = level >> ((sharpness > 0) + (sharpness > 4))
    if sharpness > 0:
        limit = np.minimum(limit, 9 - sharpness)
    limit = np.maximum(limit, 1)
    strengths = np.stack([limit, 2 * (level + 2) + limit, level >> 4], axis=1) << (frame.bit_depth - 8)
    return np.repeat(strengths.astype(np.uint16).reshape(-1), 4)
