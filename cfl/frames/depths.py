"""Samples of 9, 14 and 16 bits, which AV1 has not: put into frames of 10, 12 and 16."""

from collections.abc import Iterator

import numpy as np

from cfl.errors import FrameError
from cfl.frames.colour import convert_bit_depth
from cfl.frames.frame import Frame, sample_dtype
from cfl.remarks import remark

WIDER = {9: 10, 14: 16}
"""Bit depths that no frame has, and the next one that a frame has."""
CODED = 12
"""The most bits that AV1 has."""


def widened(plane: np.ndarray, depth: int, *, full_range: bool) -> np.ndarray:
    """Return a plane of 9 or 14 bits at the next depth of a frame, and others as they are.

    Limited range is shifted, as its levels are defined; full range is scaled, so that white stays white.

    Raises
    ------
    FrameError
        A sample has more bits.
    """
    if depth not in WIDER:
        return plane
    if int(plane.max()) >> depth:
        raise FrameError(f"a plane has a sample of {plane.max()}, above {depth} bits")
    wider = WIDER[depth]
    values = np.arange(1 << depth, dtype=np.int64)
    if full_range:
        top = 2**depth - 1
        values = (2 * values * (2**wider - 1) + top) // (2 * top)
    else:
        values <<= wider - depth
    return values.astype(sample_dtype(wider))[plane]


def codable(frame: Frame) -> Frame:
    """Return a frame of at most 12 bits."""
    return convert_bit_depth(frame, CODED) if frame.bit_depth > CODED else frame


def all_codable(name: str, frames: Iterator[Frame]) -> Iterator[Frame]:
    """Yield frames of at most 12 bits; a warning names the file if they had more."""
    for index, frame in enumerate(frames):
        if index == 0 and frame.bit_depth > CODED:
            remark(f"{name}: {frame.bit_depth} bits a sample become {CODED}")
        yield codable(frame)
