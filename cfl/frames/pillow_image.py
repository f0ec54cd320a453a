"""A frame as it is shown, as an image of Pillow with 8 bits."""

from typing import TYPE_CHECKING

import numpy as np

from cfl.errors import FrameError
from cfl.frames.frame import Frame
from cfl.frames.nonlinear import rgb_bit_depth
from cfl.frames.shown import shown_bands, shown_size
from cfl.remarks import remark

if TYPE_CHECKING:
    from PIL import Image

_MAX_SIDE = {"JPEG": 65535, "GIF": 65535, "WEBP": 16383}
_BAND = 512


def check_side(frame: Frame, name: str) -> None:
    """Raise `FrameError` for a frame that is too large for a format, by its name in Pillow."""
    height, width = shown_size(frame)
    if max(height, width) > _MAX_SIDE.get(name, height + width):
        raise FrameError(f"a {name} file cannot be {width}x{height}")


def say_bits(frame: Frame, name: str) -> None:
    """Warn of a frame that has more than 8 bits."""
    bits = frame.bit_depth if frame.u is None else rgb_bit_depth(frame)
    if bits > 8:
        remark(f"{bits} bits a sample become 8: {name} files are written so (PNG and Y4M keep all)")


def pillow_image(frame: Frame) -> "Image.Image":
    """The frame in gray or RGB, with its alpha if it has one."""
    from PIL import Image

    samples = np.concatenate(list(shown_bands(frame, 8, _BAND)))
    return Image.fromarray(samples[..., 0] if samples.shape[2] == 1 else samples)
