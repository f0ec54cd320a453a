"""What inter prediction knows of a frame and of its references."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cfl.av1.tables.constants import TOTAL_REFS_PER_FRAME
from cfl.av1.tables.inter_constants import REF_SCALE_SHIFT
from cfl.errors import BitstreamError

REFERENCE = np.dtype(
    [
        ("address", "i8", (3,)),
        ("rows", "i8", (3,)),
        ("stride", "i8", (3,)),
        ("last_x", "i8", (3,)),
        ("last_y", "i8", (3,)),
        ("x_scale", "i8"),
        ("y_scale", "i8"),
    ],
    align=True,
)
"""A reference frame for the kernels: where its planes lie in memory, and lastX, lastY, xScale and yScale."""


class Reference(NamedTuple):
    """A decoded frame that others are predicted from.

    Attributes
    ----------
    planes : sequence of 2-D uint16 arrays
        One or three, at least as large as the frame: C-contiguous, or the top left of such arrays.
    upscaled_width, frame_height : int
        RefUpscaledWidth and RefFrameHeight.
    """

    planes: Sequence[np.ndarray]
    upscaled_width: int
    frame_height: int


class Prediction(NamedTuple):
    """What inter prediction knows of a frame, besides the frame's record.

    Attributes
    ----------
    references : (8,) array of REFERENCE
        By reference frame, LAST_FRAME to ALTREF_FRAME.
    forward_weights : (8, 8) int64 array
        FwdWeight by RefFrame[ 0 ] and RefFrame[ 1 ]: see `cfl.av1.reconstruction.inter.distance`.
    wedge_masks : flat uint8 array
        `cfl.av1.tables.wedge.wedge_masks`.
    interp_filters : (mi_rows, mi_cols, 2) int8 array
        InterpFilters of the blocks that have been coded: down the columns, along the rows.
    """

    references: np.ndarray
    forward_weights: np.ndarray
    wedge_masks: np.ndarray
    interp_filters: np.ndarray


def reference_table(
    references: Sequence[Reference | None], frame_width: int, frame_height: int, shift_x: int, shift_y: int
) -> np.ndarray:
    """Return references for the kernels, which hold addresses: the planes must be kept as long as the table.

    Parameters
    ----------
    references : sequence of Reference or None
        By reference frame, from LAST_FRAME on.
    frame_width, frame_height : int
        FrameWidth and FrameHeight of the frame that is predicted.
    shift_x, shift_y : int
        Its subsampling, which is the references' too.

    Returns
    -------
    (8,) array of REFERENCE
        The first is empty.

    Raises
    ------
    BitstreamError
        A reference is more than twice as large as the frame, or less than a sixteenth.
    """
    table = np.zeros(TOTAL_REFS_PER_FRAME, REFERENCE)
    for entry, reference in zip(table[1:], references, strict=False):
        if reference is None:
            continue
        width, height = reference.upscaled_width, reference.frame_height
        for inner, outer in ((frame_width, width), (frame_height, height)):
            if 2 * inner < outer or inner > 16 * outer:
                raise BitstreamError(
                    f"a reference frame of {width}x{height} samples cannot predict one of "
                    f"{frame_width}x{frame_height}", 0,
                )  # fmt: skip
        entry["x_scale"] = _scale_of(width, frame_width)
        entry["y_scale"] = _scale_of(height, frame_height)
        for plane, samples in enumerate(reference.planes):
            _note_plane(entry, plane, samples, width, height, *((shift_x, shift_y) if plane else (0, 0)))
    return table


def _scale_of(reference_size: int, frame_size: int) -> int:
    """xScale or yScale (7.11.3.3)."""
    return ((reference_size << REF_SCALE_SHIFT) + frame_size // 2) // frame_size


def _whole(samples: np.ndarray) -> np.ndarray:
    """The array whose top left these samples are, if they are that and not C-contiguous themselves."""
    base = samples.base
    if samples.flags.c_contiguous or not isinstance(base, np.ndarray) or base.ndim != samples.ndim:
        return samples
    same_place = base.ctypes.data == samples.ctypes.data and base.strides == samples.strides
    return base if same_place else samples


def _note_plane(
    entry: np.ndarray, plane: int, samples: np.ndarray, width: int, height: int, shift_x: int, shift_y: int
) -> None:
    """Note a plane, after a check that kernels can read it."""
    columns, rows = width + shift_x >> shift_x, height + shift_y >> shift_y
    samples = _whole(samples)
    if samples.dtype != np.uint16 or not samples.flags.c_contiguous or samples.ndim != 2:
        raise TypeError("a plane of a reference is a C-contiguous 2-D uint16 array")
    if samples.shape[0] < rows or samples.shape[1] < columns:
        raise ValueError(
            f"a plane of a reference is {samples.shape}, less than the frame's ({rows}, {columns})"
        )
    entry["address"][plane] = samples.ctypes.data
    entry["rows"][plane], entry["stride"][plane] = samples.shape
    entry["last_x"][plane], entry["last_y"][plane] = columns - 1, rows - 1
