"""Loop restoration (AV1 specification 7.17).

It reads the deblocked picture and the CDEF picture, both after superres, and writes a third. Once these are
complete, all stripes of all planes may be restored at the same time. A stripe is 64 luma rows, the first one
56: stripe s ends at luma row 64 s + 56, and needs the CDEF picture up to there and the deblocked one two rows
further. Of the deblocked picture only these rows around the stripes' borders are read; with copies of them
(`border_rows`), the restored picture may be written over the deblocked one. Kernels release the GIL.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cfl.av1.filters.restoration_layout import MARGIN, PARAMETERS, SPARE, TYPE, WIDTH, X
from cfl.av1.tables.constants import RESTORE_NONE, RESTORE_SGRPROJ
from cfl.av1.tables.restoration import SGR_PARAMS


class PlaneRestoration(NamedTuple):
    """Loop restoration of one plane, by the specification's names; arrays are not changed.

    Units are counted as `units_in_frame` does, (unit_rows, unit_cols).
    """

    unit_size: int
    """LoopRestorationSize: 32 (of chroma only), 64, 128 or 256 samples of the plane."""
    lr_type: np.ndarray
    """(unit_rows, unit_cols) integers: LrType, RESTORE_NONE, RESTORE_WIENER or RESTORE_SGRPROJ."""
    lr_wiener: np.ndarray
    """(unit_rows, unit_cols, 2, 3) integers: LrWiener, vertical first. Read where the type asks for it."""
    lr_sgr_set: np.ndarray
    """(unit_rows, unit_cols) integers, 0 to 15: LrSgrSet."""
    lr_sgr_xqd: np.ndarray
    """(unit_rows, unit_cols, 2) integers: LrSgrXqd."""


class RestorationFrame(NamedTuple):
    """What loop restoration reads of a frame."""

    upscaled_width: int
    """UpscaledWidth: after superres."""
    frame_height: int
    subsampling_x: int
    subsampling_y: int
    bit_depth: int
    planes: Sequence[PlaneRestoration | None]
    """One or three; None where FrameRestorationType is RESTORE_NONE."""


def stripes_in_frame(frame_height: int) -> int:
    """How many stripes a frame of that many luma rows has."""
    return (frame_height + 7 >> 6) + 1


def restore(
    deblocked: Sequence[np.ndarray],
    cdef: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
    frame: RestorationFrame,
) -> None:
    """Restore a whole frame.

    Parameters
    ----------
    deblocked, cdef : one or three (height, width) C-contiguous uint16 arrays
        UpscaledCurrFrame and UpscaledCdefFrame: at least the frame's size in samples of the plane, rounded
        up. What is beyond is not read.
    targets : as many arrays of at least that size
        LrFrame: the frame is written, restored or as it was after CDEF; what is beyond is left alone.
    frame : RestorationFrame
    """
    borders = [plane[border_rows(frame, i)] for i, plane in enumerate(deblocked)]
    restore_stripes(borders, cdef, targets, frame, 0, stripes_in_frame(frame.frame_height))


def border_rows(frame: RestorationFrame, plane: int) -> np.ndarray:
    """Which rows of the deblocked picture restoration reads.

    Parameters
    ----------
    frame : RestorationFrame
    plane : int

    Returns
    -------
    (4 stripes,) int64 array
        For each stripe the last two rows of it and the first two below it, as far as they exist.
    """
    shift_y = frame.subsampling_y if plane else 0
    height = frame.frame_height + shift_y >> shift_y
    ends = 64 * np.arange(stripes_in_frame(frame.frame_height), dtype=np.int64) + 56 >> shift_y
    return np.clip(ends[:, None] + np.arange(-2, 2), 0, height - 1).reshape(-1)


def restore_stripes(
    borders: Sequence[np.ndarray],
    cdef: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
    frame: RestorationFrame,
    first: int,
    last: int,
) -> None:
    """Restore the stripes from `first` to `last`; all stripes may run at the same time.

    Parameters
    ----------
    borders : one or three (4 stripes, width) uint16 arrays
        The `border_rows` of UpscaledCurrFrame.
    cdef, targets, frame
        See `restore`.
    first, last : int
        0 to `stripes_in_frame`.
    """
    for plane, restoration in enumerate(frame.planes):
        shift_x = frame.subsampling_x if plane else 0
        shift_y = frame.subsampling_y if plane else 0
        width = frame.upscaled_width + shift_x >> shift_x
        height = frame.frame_height + shift_y >> shift_y
        top = max(0, 64 * first - 8 >> shift_y)
        bottom = min(height, max(0, 64 * last - 8 >> shift_y))
        targets[plane][top:bottom, :width] = cdef[plane][top:bottom, :width]
        if restoration is None or top >= bottom:
            continue
        y = top
        while y < bottom:
            stripe = (y + (8 >> shift_y)) // (64 >> shift_y)
            end = min(stripe * (64 >> shift_y) + (56 >> shift_y), bottom)
            pieces = _pieces(restoration, width, y + (8 >> shift_y))
            if pieces.size:
                source = surrounded_stripe(borders[plane], stripe, cdef[plane], y, end, width, height)
                _run(source, end - y, pieces, frame.bit_depth, targets[plane], y)
            y = end


def surrounded_stripe(
    borders: np.ndarray, stripe: int, cdef: np.ndarray, top: int, bottom: int, width: int, height: int
) -> np.ndarray:
    """A stripe and three samples around it, as get_source_sample gives them (AV1 specification 7.17.6)."""
    source = np.empty((bottom - top + 2 * MARGIN, width + 2 * MARGIN + SPARE), np.int16)
    inner = source[:, MARGIN : MARGIN + width]
    inner[MARGIN:-MARGIN] = cdef[top:bottom, :width]
    for i in range(1, MARGIN + 1):
        # The two rows beyond the stripe are deblocked ones, and the third repeats the second; at the frame's
        # own border the outermost row of the CDEF picture is repeated.
        above, below = 4 * stripe - 2 - min(i, 2), 4 * stripe + 1 + min(i, 2)
        inner[MARGIN - i] = borders[above, :width] if top > 0 else cdef[0, :width]
        inner[i - 1 - MARGIN] = borders[below, :width] if bottom < height else cdef[height - 1, :width]
    source[:, :MARGIN] = source[:, MARGIN : MARGIN + 1]
    source[:, MARGIN + width :] = source[:, MARGIN + width - 1 : MARGIN + width]
    return source


def _run(
    source: np.ndarray, height: int, pieces: np.ndarray, bit_depth: int, target: np.ndarray, y: int
) -> None:
    from cfl.av1.filters import restoration_kernels as kernels

    flat = target.reshape(-1)
    kernels.restore(
        source.reshape(-1), source.shape[1], height, pieces, bit_depth, SGR_PARAMS, flat, target.shape[1], y
    )


def _pieces(restoration: PlaneRestoration, width: int, y: int) -> np.ndarray:
    """The pieces of a stripe to restore, for the kernel: each is at most 64 wide and lies in one unit.

    `y` is the stripe's first row plus the 8 luma rows by which stripes are shifted up.
    """
    unit_rows, unit_cols = restoration.lr_type.shape
    size = restoration.unit_size
    unit_row, step = min(unit_rows - 1, y // size), min(size, 64)
    x = np.arange(0, width, step)
    unit_col = np.minimum(x // size, unit_cols - 1)
    kind = restoration.lr_type[unit_row, unit_col]
    is_filtered = kind != RESTORE_NONE
    x, unit_col, kind = x[is_filtered], unit_col[is_filtered], kind[is_filtered]
    pieces = np.zeros((x.size, PARAMETERS + 6), np.int64)
    pieces[:, X], pieces[:, WIDTH], pieces[:, TYPE] = x, np.minimum(step, width - x), kind
    pieces[:, PARAMETERS:] = restoration.lr_wiener[unit_row, unit_col].reshape(-1, 6)
    is_guided = kind == RESTORE_SGRPROJ
    unit = unit_row, unit_col[is_guided]
    pieces[is_guided, PARAMETERS] = restoration.lr_sgr_set[unit]
    pieces[is_guided, PARAMETERS + 1 : PARAMETERS + 3] = restoration.lr_sgr_xqd[unit]
    pieces[is_guided, PARAMETERS + 3 :] = 0
    return pieces
