"""RGB of a frame as it is shown, a band of rows at a time, so that the whole picture is never in memory."""

from collections.abc import Iterator

import numpy as np

from cfl.frames.colour import alpha_samples, frame_to_gray, frame_to_rgb
from cfl.frames.frame import Frame
from cfl.frames.transforms import AS_IT_IS

_MARGIN = 2
"""Luma samples beyond a part whose chroma its own is interpolated from."""


def shown_size(frame: Frame) -> tuple[int, int]:
    """Return (height, width) of the frame with its transforms applied."""
    _, _, width, height = _shown_part(frame)
    return (width, height) if frame.transforms.turns % 2 else (height, width)


def shown_bands(frame: Frame, bit_depth: int, rows: int) -> Iterator[np.ndarray]:
    """Yield bands of the frame with its transforms applied: gray or RGB, then alpha if it has one.

    Parameters
    ----------
    frame : Frame
    bit_depth : int
        1…16, of the result.
    rows : int
        Of each band but the last.

    Yields
    ------
    (rows, width, channels) array of uint8 (up to 8 bits) or uint16
        Colours that are multiplied by alpha are divided by it.
    """
    left, top, width, height = _shown_part(frame)
    turned = frame.transforms.turns % 2 == 1
    count, is_reversed = (width if turned else height), frame.transforms.axes_reversed()[turned]
    for first in range(0, count, rows):
        last = min(first + rows, count)
        start, stop = (count - last, count - first) if is_reversed else (first, last)
        part = (
            (left + start, top, stop - start, height) if turned else (left, top + start, width, stop - start)
        )
        yield frame.transforms.turned(_samples(frame, part, bit_depth))


def _shown_part(frame: Frame) -> tuple[int, int, int, int]:
    return frame.transforms.crop or (0, 0, frame.width, frame.height)


def _samples(frame: Frame, part: tuple[int, int, int, int], bit_depth: int) -> np.ndarray:
    """Return the samples of a part (left, top, width, height) of the coded picture."""
    left, top, width, height = part
    x, y = max(left - _MARGIN, 0) & ~1, max(top - _MARGIN, 0) & ~1
    around = _cut(frame, x, y, left + width + _MARGIN, top + height + _MARGIN)
    if around.u is None:
        colour = frame_to_gray(around, bit_depth)[..., None]
    else:
        colour = frame_to_rgb(around, bit_depth)
    colour = colour[top - y :, left - x :][:height, :width]
    alpha = alpha_samples(around, bit_depth)
    if alpha is None:
        return colour
    opacity = alpha[top - y :, left - x :][:height, :width, None]
    return np.concatenate((divided(colour, opacity) if frame.premultiplied else colour, opacity), axis=2)


def _cut(frame: Frame, x: int, y: int, x_end: int, y_end: int) -> Frame:
    """The part of a frame from even coordinates up to these ends, or the frame's; without transforms."""
    sx, sy = frame.subsampling_x, frame.subsampling_y
    luma = slice(y, y_end), slice(x, x_end)
    chroma = slice(y >> sy, y_end + sy >> sy), slice(x >> sx, x_end + sx >> sx)
    return frame.replace(
        y=frame.y[luma],
        u=None if frame.u is None else frame.u[chroma],
        v=None if frame.v is None else frame.v[chroma],
        alpha=None if frame.alpha is None else frame.alpha[luma],
        transforms=AS_IT_IS,
    )


def divided(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Return colour divided by the alpha it was multiplied by, rounded to nearest; black where alpha is 0."""
    top, divisor = np.iinfo(colour.dtype).max, np.maximum(alpha, 1).astype(np.uint32)
    straight = (colour * np.uint32(top) + divisor // 2) // divisor
    return np.where(alpha == 0, 0, np.minimum(straight, top)).astype(colour.dtype)
