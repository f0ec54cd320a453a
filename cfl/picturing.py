"""A frame of whatever people have a picture in: an array, an image of Pillow, a file or its bytes."""

import sys
from typing import TYPE_CHECKING, TypeGuard, Union, cast

import numpy as np

from cfl.frames import Frame, rgb_to_frame
from cfl.reading import read
from cfl.sources import Contents, Source

if TYPE_CHECKING:
    from PIL.Image import Image

Picture = Union[Frame, np.ndarray, "Image", Source]
"""What `as_frame` takes."""


def as_frame(picture: Picture, *, keep_rgb: bool = False) -> Frame:
    """Return a picture as a frame.

    Parameters
    ----------
    picture : Frame, array, PIL.Image.Image, path-like, bytes or binary file
        A frame stays as it is. Arrays are gray, gray and alpha, RGB or RGBA of sRGB: (height, width) or
        (height, width, channels), uint8 or uint16, in full range. Files are read by `cfl.read`.
    keep_rgb : bool, default False
        Keep RGB as RGB: matrix 0, 4:4:4.

    Raises
    ------
    FrameError
        The file cannot be read, or the array is none of these.
    TypeError
        It is nothing of these.
    """
    if isinstance(picture, Frame):
        return picture
    if isinstance(picture, Contents):
        return read(picture, keep_rgb=keep_rgb)
    if _is_image(picture):
        from cfl.frames.image import frame_of_image

        return frame_of_image(picture, keep_rgb=keep_rgb)
    if hasattr(picture, "__array__"):
        return _of_array(np.asarray(picture), keep_rgb)
    try:
        return read(cast(Source, picture), keep_rgb=keep_rgb)
    except TypeError:
        words = "a Frame, an array, an image of Pillow, a path, bytes or an open binary file"
        raise TypeError(f"a picture must be {words}, not {type(picture).__name__}") from None


def _is_image(picture: object) -> "TypeGuard[Image]":
    """Whether it is Pillow's; if that is not imported, nothing is."""
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(picture, pillow.Image)


def _of_array(samples: np.ndarray, keep_rgb: bool) -> Frame:
    """8 bits stay 8; 16 bits become 10, as those of files do."""
    is_gray = samples.ndim == 2 or (samples.ndim == 3 and samples.shape[2] <= 2)
    bit_depth = 16 if samples.dtype == np.uint16 and keep_rgb else 10 if samples.dtype == np.uint16 else 8
    if is_gray:
        return rgb_to_frame(samples, bit_depth=bit_depth, subsampling="4:0:0")
    if keep_rgb:
        return rgb_to_frame(samples, bit_depth=bit_depth, subsampling="4:4:4", matrix_coefficients=0)
    return rgb_to_frame(samples, bit_depth=bit_depth)
