"""The constrained directional enhancement filter (AV1 specification 7.15).

It reads the deblocked picture, with two samples around each block, and writes another one. So all rows of
64x64 blocks may be filtered at the same time once the frame is deblocked; a single row, once its own samples
and the 8 rows below are. Kernels release the GIL.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cfl.av1.tables.cdef import CDEF_DIRECTIONS, CDEF_UV_DIR

if TYPE_CHECKING:
    from cfl.av1.filters.cdef_kernels import CdefBlocks

MARGIN = 2
"""How far from a sample the filter looks."""


class CdefFrame(NamedTuple):
    """What CDEF reads of a frame, by the specification's names; arrays are not changed."""

    subsampling_x: int
    subsampling_y: int
    bit_depth: int
    cdef_damping: int
    """CdefDamping, 3 to 6."""
    cdef_y_pri_strength: Sequence[int]
    """0 to 15; of each kind of strength 1 to 8 values, one for each cdef_idx."""
    cdef_y_sec_strength: Sequence[int]
    """0, 1, 2 or 4."""
    cdef_uv_pri_strength: Sequence[int]
    cdef_uv_sec_strength: Sequence[int]
    skip: np.ndarray
    """(mi_rows, mi_cols) uint8: Skips, 0 or 1. Its shape gives the frame's size."""
    cdef_idx: np.ndarray
    """(mi_rows / 16, mi_cols / 16, rounded up) int8: by 64x64 block, -1 where there is none to filter."""


class ChosenBlocks(NamedTuple):
    """The 8x8 luma blocks of a frame that CDEF filters, in raster order."""

    y: np.ndarray
    """(n,) int64: in units of 8 luma samples."""
    x: np.ndarray
    strengths: np.ndarray
    """(n, 4) int64, at the bit depth: primary and secondary of luma, then of chroma."""
    starts: np.ndarray
    """(rows + 1,) int64: which block is the first of each row of 64x64, from `first_row` on."""
    first_row: int


def chosen_blocks(
    frame: CdefFrame, planes: int, first_row: int = 0, last_row: int | None = None
) -> ChosenBlocks:
    """Which blocks are filtered, and how much (AV1 specification 7.15, 7.15.1).

    Parameters
    ----------
    frame : CdefFrame
    planes : int
        One or three.
    first_row, last_row : int, optional
        Of which rows of 64x64; by default all.
    """
    indices = frame.cdef_idx[first_row:last_row]
    rows = indices.shape[0]
    skip = frame.skip[16 * first_row : 16 * (first_row + rows)]
    is_skipped = skip[::2, ::2] & skip[::2, 1::2] & skip[1::2, ::2] & skip[1::2, 1::2]
    strengths = _strengths(frame, planes)
    # Strengths of 0 change nothing, so these blocks are not filtered either. The last entry is for index -1.
    has_strength = np.append(strengths.any(axis=1), False)
    index = indices.repeat(8, axis=0).repeat(8, axis=1)[: is_skipped.shape[0], : is_skipped.shape[1]]
    y, x = np.nonzero(has_strength[index] & (is_skipped == 0))
    starts = np.searchsorted(y, 8 * np.arange(rows + 1))
    return ChosenBlocks(
        y + 8 * first_row, x, strengths[index[y, x]] << frame.bit_depth - 8, starts, first_row
    )


def cdef(planes: Sequence[np.ndarray], targets: Sequence[np.ndarray], frame: CdefFrame) -> None:
    """Filter a whole frame.

    Parameters
    ----------
    planes : one or three (height, width) C-contiguous uint16 arrays
        The deblocked picture, CurrFrame: at least (4 mi_rows, 4 mi_cols) samples, subsampled for chroma.
        What is beyond is not read.
    targets : as many arrays of at least that size
        CdefFrame: those samples are written, filtered or as they were; what is beyond is left alone.
    frame : CdefFrame
    """
    cdef_band(planes, targets, frame, chosen_blocks(frame, len(planes)), 0, frame.cdef_idx.shape[0])


def cdef_band(
    planes: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
    frame: CdefFrame,
    chosen: ChosenBlocks,
    row_start: int,
    row_end: int,
) -> None:
    """Filter the rows of 64x64 luma blocks from `row_start` to `row_end`; all rows may run at the same time.

    Parameters
    ----------
    planes, targets, frame
        See `cdef`.
    chosen : ChosenBlocks
        Of these rows, or more.
    row_start, row_end : int
        In units of 64 luma rows, 0 to the number of rows of `frame.cdef_idx`.
    """
    for row in range(row_start, row_end):
        _copy_row(planes, targets, frame, row)
        first, last = chosen.starts[row - chosen.first_row : row - chosen.first_row + 2]
        if first < last:
            y, x = 8 * chosen.y[first:last] - 64 * row, 8 * chosen.x[first:last]
            _filter_row(planes, targets, frame, row, y, x, chosen.strengths[first:last])


class Rows(NamedTuple):
    """A row of 64x64 blocks of one plane, or of both chroma planes interleaved, with its surroundings.

    There are `MARGIN` rows and columns on each side; samples outside of the frame are ABSENT.
    """

    source: np.ndarray
    """Flat int16."""
    stride: int
    """How far apart rows are in `source`."""
    step: int
    """How far apart the samples of a plane are in `source`: 1, or 2 of interleaved planes."""

    def place(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Where samples are in `source`, counted from the first of the row of blocks."""
        return (y + MARGIN) * self.stride + (x + MARGIN) * self.step


def _copy_row(
    planes: Sequence[np.ndarray], targets: Sequence[np.ndarray], frame: CdefFrame, row: int
) -> None:
    mi_rows, mi_cols = frame.skip.shape
    for plane, (samples, target) in enumerate(zip(planes, targets, strict=True)):
        shift_x, shift_y = (frame.subsampling_x, frame.subsampling_y) if plane else (0, 0)
        rows = slice(64 * row >> shift_y, min(64 * row + 64, 4 * mi_rows) >> shift_y)
        target[rows, : 4 * mi_cols >> shift_x] = samples[rows, : 4 * mi_cols >> shift_x]


def _filter_row(
    planes: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
    frame: CdefFrame,
    row: int,
    y: np.ndarray,
    x: np.ndarray,
    strengths: np.ndarray,
) -> None:
    """Filter the blocks at (y, x) of a row of 64x64, in luma samples from its first one (7.15.1)."""
    sub_x, sub_y = frame.subsampling_x, frame.subsampling_y
    luma = surrounded_rows(planes[:1], row, frame, 0, 0)
    found = find_directions(luma, y, x, frame.bit_depth)
    _filter(luma, targets[:1], row, frame, (0, 0), y, x, strengths[:, :2], found)
    if len(planes) > 1:
        chroma = surrounded_rows(planes[1:], row, frame, sub_x, sub_y)
        _filter(
            chroma, targets[1:], row, frame, (sub_x, sub_y), y >> sub_y, x >> sub_x, strengths[:, 2:], found
        )


def surrounded_rows(
    planes: Sequence[np.ndarray], row: int, frame: CdefFrame, shift_x: int, shift_y: int
) -> Rows:
    """Copy a row of 64x64 blocks with its surroundings out of one plane or two."""
    from cfl.av1.filters.cdef_kernels import ABSENT

    height, width = 4 * frame.skip.shape[0] >> shift_y, 4 * frame.skip.shape[1] >> shift_x
    first = (64 * row >> shift_y) - MARGIN
    rows = min(64 >> shift_y, height - MARGIN - first) + 2 * MARGIN
    source = np.empty((rows, width + 2 * MARGIN, len(planes)), np.int16)
    top, bottom = max(0, first), min(height, first + rows)
    source[: top - first] = source[bottom - first :] = ABSENT
    source[:, :MARGIN] = source[:, MARGIN + width :] = ABSENT
    for i, plane in enumerate(planes):
        source[top - first : bottom - first, MARGIN : MARGIN + width, i] = plane[top:bottom, :width]
    return Rows(source.reshape(-1), source.shape[1] * len(planes), len(planes))


def find_directions(
    luma: Rows, y: np.ndarray, x: np.ndarray, bit_depth: int
) -> tuple[np.ndarray, np.ndarray]:
    """The direction and the variance of the 8x8 blocks at (y, x)."""
    from cfl.av1.filters import cdef_kernels as kernels

    lines, weights = _lines()
    group = kernels.GROUP
    directions, variances = np.empty_like(y), np.empty_like(y)
    kernels.find_directions(
        luma.source,
        luma.stride,
        luma.place(y, x),
        bit_depth - 8,
        lines * group,
        weights,
        np.zeros(64 * group, np.int16),
        np.empty(120 * group, np.int16),
        np.empty(8 * group, np.int32),
        directions,
        variances,
    )
    return directions, variances


def _filter(
    rows: Rows,
    targets: Sequence[np.ndarray],
    row: int,
    frame: CdefFrame,
    shifts: tuple[int, int],
    y: np.ndarray,
    x: np.ndarray,
    strengths: np.ndarray,
    found: tuple[np.ndarray, np.ndarray],
) -> None:
    """Filter the blocks at (y, x) of a row of 64x64 blocks into luma, or into both chroma planes."""
    from cfl.av1.filters import cdef_kernels as kernels

    width = targets[0].shape[1]
    kernels.filter_blocks(
        cdef_blocks(rows, frame, shifts, y, x, found),
        np.ascontiguousarray(strengths),
        targets[0].reshape(-1),
        targets[-1].reshape(-1),
        ((64 * row >> shifts[1]) + y) * width + x,
        width,
    )


def cdef_blocks(
    rows: Rows,
    frame: CdefFrame,
    shifts: tuple[int, int],
    y: np.ndarray,
    x: np.ndarray,
    found: tuple[np.ndarray, np.ndarray],
) -> "CdefBlocks":
    """The blocks at (y, x) of a row of 64x64 blocks, for kernels.

    Parameters
    ----------
    rows : Rows
        Of luma, or of both chroma planes.
    frame : CdefFrame
    shifts : (int, int)
        The subsampling of these planes: of columns, of rows.
    y, x : (n,) int64 arrays
        In samples of these planes, from the first of the row of blocks.
    found : two (n,) int64 arrays
        Of `find_directions`.
    """
    from cfl.av1.filters.cdef_kernels import CdefBlocks

    chroma = rows.step == 2
    whole_row = chroma and not shifts[0]
    depth_shift = frame.bit_depth - 8
    return CdefBlocks(
        rows.source,
        rows.stride,
        rows.place(y, x),
        *found,
        CDEF_UV_DIR[shifts],
        direction_taps(rows.stride, rows.step),
        frame.cdef_damping + depth_shift - chroma,
        depth_shift,
        8 if whole_row else 4 >> shifts[1],
        chroma,
        whole_row,
    )


def _strengths(frame: CdefFrame, planes: int) -> np.ndarray:
    """(8, 4) int64: the strengths of each cdef_idx; 0 for those not in use."""
    strengths = np.zeros((8, 4), np.int64)
    kinds = [frame.cdef_y_pri_strength, frame.cdef_y_sec_strength]
    if planes > 1:
        kinds += [frame.cdef_uv_pri_strength, frame.cdef_uv_sec_strength]
    for column, values in enumerate(kinds):
        strengths[: len(values), column] = values
    return strengths


@lru_cache(64)
def direction_taps(stride: int, step: int) -> np.ndarray:
    """(8, 6) int64: by direction, offsets along it, near and far; then 45 degrees to one and the other side.

    The filter also takes the samples at the negative of each.
    """
    offsets = CDEF_DIRECTIONS[:, :, 0] * stride + CDEF_DIRECTIONS[:, :, 1] * step
    return np.concatenate([offsets, np.roll(offsets, 2, axis=0), np.roll(offsets, -2, axis=0)], axis=1)


@cache
def _lines() -> tuple[np.ndarray, np.ndarray]:
    """Which of 15 lines a sample of an 8x8 block is on in each of eight directions, and the lines' weights.

    Returns
    -------
    lines : (64, 8) int64 array
        15 times the direction plus the line, as AV1 specification 7.15.2 numbers both.
    weights : (120,) int32 array
        840 over the number of samples of a line; 0 where a direction has fewer than 15 lines.
    """
    i, j = np.divmod(np.arange(64), 8)
    lines = np.stack(
        [i + j, i + j // 2, i, 3 + i - j // 2, 7 + i - j, 3 - i // 2 + j, j, i // 2 + j], axis=1
    ) + 15 * np.arange(8)
    samples = np.bincount(lines.reshape(-1), minlength=120)
    return lines, np.where(samples, 840 // np.maximum(samples, 1), 0).astype(np.int32)
