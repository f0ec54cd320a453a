"""Small PNG pictures of frames and of maps, for notebooks."""

import io

import numpy as np

from cfl.errors import UnsupportedFeature
from cfl.frames.colour import frame_to_rgb
from cfl.frames.frame import Frame
from cfl.frames.resample import resample_chroma

SIDE = 400
"""The most pixels that a thumbnail has across or down."""


def thumbnail(frame: Frame) -> bytes | None:
    """A PNG of a frame, made smaller by whole steps; None if its matrix has no way to RGB."""
    try:
        rgb = frame_to_rgb(resample_chroma(frame, "4:4:4"), bit_depth=8)
    except UnsupportedFeature:
        return None
    return png(reduced(rgb))


def reduced(rgb: np.ndarray) -> np.ndarray:
    """Means of squares of pixels, so that no side has more than SIDE of them."""
    height, width = rgb.shape[:2]
    step = max(1, -(-max(height, width) // SIDE))
    if step == 1:
        return rgb
    rows, columns = max(height // step, 1), max(width // step, 1)
    cut = rgb[: rows * step, : columns * step].astype(np.float64)
    tall, wide = min(step, height), min(step, width)
    return np.round(cut.reshape(rows, tall, columns, wide, -1).mean((1, 3))).astype(np.uint8)


def png(rgb: np.ndarray) -> bytes:
    """The bytes of a PNG file."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG")
    return file.getvalue()
