"""Superres: the horizontal upscaling of a frame (AV1 specification 7.16). Rows are independent."""

from collections.abc import Sequence

import numpy as np

from cfl.av1.tables.constants import (
    SUPERRES_EXTRA_BITS,
    SUPERRES_FILTER_OFFSET,
    SUPERRES_FILTER_TAPS,
    SUPERRES_SCALE_BITS,
    SUPERRES_SCALE_MASK,
)
from cfl.av1.tables.superres import UPSCALE_FILTER


def upscale(
    planes: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
    *,
    frame_width: int,
    upscaled_width: int,
    frame_height: int,
    mi_cols: int,
    subsampling_x: int,
    subsampling_y: int,
    bit_depth: int,
) -> None:
    """Upscale a frame that uses superres.

    Parameters
    ----------
    planes : one or three (height, width) C-contiguous uint16 arrays
        At least 4 mi_cols samples wide, subsampled for chroma, all of which are read (also beyond the
        frame's width, as the specification says), and the frame's height.
    targets : as many arrays of at least the upscaled frame's size
        That size, rounded up in chroma, is written.
    frame_width, upscaled_width : int
        FrameWidth and UpscaledWidth, in luma samples; the latter is the larger.
    frame_height, mi_cols, subsampling_x, subsampling_y, bit_depth : int
        By the specification's names. A band of rows is upscaled by passing slices of rows, and their number
        of luma rows as `frame_height`; all bands may run at the same time.
    """
    from cfl.av1.filters import superres_kernels as kernels

    for plane, (samples, target) in enumerate(zip(planes, targets, strict=True)):
        shift_x = subsampling_x if plane else 0
        shift_y = subsampling_y if plane else 0
        columns = 4 * mi_cols >> shift_x
        first, phase = _positions(frame_width + shift_x >> shift_x, upscaled_width + shift_x >> shift_x)
        # Beyond the plane its first and last samples are repeated; with these in place no index needs a test.
        left = max(0, -int(first.min()))
        right = max(0, int(first.max()) + SUPERRES_FILTER_TAPS - columns)
        kernels.upscale_plane(
            samples,
            target,
            frame_height + shift_y >> shift_y,
            columns,
            first + left,
            UPSCALE_FILTER[phase],
            np.zeros(left + columns + right, np.int32),
            left,
            bit_depth,
        )


def _positions(downscaled: int, upscaled: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the eight taps of each upscaled sample begin, and its phase, 0 to 63."""
    step = ((downscaled << SUPERRES_SCALE_BITS) + upscaled // 2) // upscaled
    err = upscaled * step - (downscaled << SUPERRES_SCALE_BITS)
    initial = (
        _divided(-((upscaled - downscaled) << (SUPERRES_SCALE_BITS - 1)) + upscaled // 2, upscaled)
        + (1 << (SUPERRES_EXTRA_BITS - 1))
        - _divided(err, 2)
    ) & SUPERRES_SCALE_MASK
    source = -(1 << SUPERRES_SCALE_BITS) + initial + np.arange(upscaled, dtype=np.int64) * step
    phase = (source & SUPERRES_SCALE_MASK) >> SUPERRES_EXTRA_BITS
    return (source >> SUPERRES_SCALE_BITS) - SUPERRES_FILTER_OFFSET, phase


def _divided(x: int, y: int) -> int:
    """The standard's division, which truncates toward 0 (AV1 specification 4.5)."""
    return x // y if x >= 0 else -(-x // y)
