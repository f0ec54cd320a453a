"""Still and animated pictures, read with Pillow: PNG, JPEG, WebP, TIFF, AVIF, GIF and more.

Pillow keeps 8 bits a channel of a colour picture that has 16. Its decoders can be told, though, which of the
two bytes to keep (raw modes "RGB;16B" and "RGB;16L"), so such a picture is decoded twice, once for each.
"""

import contextlib
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image, ImageFile, ImageOps, JpegImagePlugin, UnidentifiedImageError

from cfl.errors import CflError, FrameError
from cfl.frames._input import ReadOptions, check_pixels, open_binary
from cfl.frames.colour import rgb_to_frame, ycbcr_to_frame
from cfl.frames.frame import Frame
from cfl.frames.png import read_cicp
from cfl.sources import File

_WIDE = re.compile(r"(LA|RGB|RGBA|RGBa|RGBX);16([BLN])")
_OTHER_BYTE = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
_FIRST_ONLY = ("MPO", "PSD", "ICNS", "ICO")
"""Formats whose further pictures are other things: gain maps, layers, sizes."""
_LIMIT_LOCK = threading.Lock()
NOT_RGB = ("CMYK", "LAB", "HSV")
_EXIF_PREFIX = b"Exif\0\0"


def is_picture(path: File) -> bool:
    """Return whether Pillow can open a file. Its MPEG plugin opens nothing and does not count."""
    try:
        with _opened(path) as image:
            return image.format != "MPEG"
    except FrameError as error:
        if isinstance(error.__cause__, UnidentifiedImageError):
            return False
        raise


def read_pictures(path: File, options: ReadOptions) -> Iterator[Frame]:
    """Every picture of a file, one at a time: the frames of an animation, the pages of a TIFF.

    See `cfl.frames.read` for the options and for what a frame gets from its picture.
    """
    with _opened(path) as image:
        index = 0
        while True:
            check_pixels(path, *image.size, options.max_pixels)
            with _pillow(path):
                frame = _frame(path, image, index, options)
            yield frame
            index += 1
            if image.format in _FIRST_ONLY or not _seek(path, image, index):
                return


@contextlib.contextmanager
def _opened(path: File) -> Iterator[Image.Image]:
    """Open the file as Pillow's image.

    Pillow gets an open file, not the name, as it maps uncompressed files that it knows by name into memory
    and does so wrongly for a TIFF that is to be rotated by 90° (seen with Pillow 13).
    """
    with open_binary(path) as file:
        with _pillow(path), _pixel_limit_lifted():
            image = Image.open(file)
        with image:
            yield image


@contextlib.contextmanager
def _pixel_limit_lifted() -> Iterator[None]:
    """Leave the limit of pixels to `check_pixels`, whose number the caller can choose: Pillow's is global."""
    with _LIMIT_LOCK:
        limit = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@contextlib.contextmanager
def _pillow(path: File) -> Iterator[None]:
    """Turn what Pillow raises into a FrameError that names the file.

    Its plugins raise nearly anything on a damaged file: struct.error, IndexError, KeyError and so on.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except CflError as error:
        raise type(error)(f"{path}: {error}") from error
    except UnidentifiedImageError as error:
        raise FrameError(f"{path}: cannot be read: not a picture, or a damaged one") from error
    except MemoryError as error:
        raise FrameError(f"{path}: cannot be read: not enough memory") from error
    except Exception as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise FrameError(f"{path}: cannot be read: {reason}") from error


def _seek(path: File, image: Image.Image, index: int) -> bool:
    """Go to another picture of the file; return False if there is none."""
    if not getattr(image, "is_animated", False):
        return False
    with _pillow(path):
        try:
            image.seek(index)
        except EOFError:
            return False
    return True


def _frame(path: File, image: Image.Image, index: int, options: ReadOptions) -> Frame:
    """Return the picture that `image` is at, as a frame with its metadata."""
    rawmode = _rawmode(image)
    wide = _WIDE.fullmatch(rawmode)
    if not wide and _is_ycbcr(image, options):
        image.draft("YCbCr", None)
    upright: Image.Image = ImageOps.exif_transpose(image)
    if wide:
        samples = _wide_samples(path, index, wide)
    elif upright.mode == "YCbCr":
        samples = np.array(upright)
    else:
        # All frames of an animation are made colour if one may be.
        samples = samples_of(upright, colour=index > 0 or bool(getattr(image, "is_animated", False)))
    if samples.dtype == np.uint16:
        samples = _with_transparent_colour(samples, upright.info.get("transparency"))
    deep = samples.dtype == np.uint16
    is_ycbcr = upright.mode == "YCbCr"
    if is_ycbcr and options.keep_rgb:
        options = replace(options, keep_rgb=False, subsampling="4:4:4")
    options = options.of_samples(is_gray=samples.ndim == 2 or samples.shape[2] == 2, is_deep=deep)
    bit_depth = options.bit_depth or (10 if deep else 8)
    subsampling = options.subsampling or _default_subsampling(samples, options.matrix_coefficients)
    if is_ycbcr:
        frame = ycbcr_to_frame(samples, bit_depth, subsampling)
    else:
        frame = rgb_to_frame(
            samples,
            bit_depth=bit_depth,
            subsampling=subsampling,
            matrix_coefficients=6 if options.matrix_coefficients is None else options.matrix_coefficients,
            full_range=options.full_range is not False,
            source_bit_depth=12 if rawmode == "I;12" else None,
        )
    return _with_metadata(frame, path, image, upright.info)


def _rawmode(image: Image.Image) -> str:
    """Return Pillow's name for how the file holds the samples, or ""."""
    tiles = getattr(image, "tile", [])
    args = tiles[0].args if tiles else ""
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def _is_ycbcr(image: Image.Image, options: ReadOptions) -> bool:
    """Return whether the file is a JPEG that holds exactly the YCbCr asked for: BT.601 in full range."""
    return (
        isinstance(image, JpegImagePlugin.JpegImageFile)
        and image.mode == "RGB"
        and image.info.get("adobe_transform", 1) == 1
        and [layer[0] for layer in image.layer] != list(b"RGB")
        and options.matrix_coefficients in (None, 6)
        and options.full_range is not False
    )


def samples_of(image: Image.Image, colour: bool) -> np.ndarray:
    """Return gray, gray and alpha, RGB or RGBA samples; never gray if `colour` is true."""
    if image.mode.startswith("I"):
        wide = np.asarray(image)
        if wide.min() < 0 or wide.max() > 0xFFFF:
            raise FrameError("its samples have more than 16 bits")
        return wide.astype(np.uint16)
    if image.mode == "F":
        raise FrameError("its samples are floating-point; convert it to 8 or 16 bits")
    mode = "L" if image.mode in ("1", "L", "LA", "La") and not colour else "RGB"
    if image.has_transparency_data:
        mode += "A"
    return np.array(image.convert(mode))


def _wide_samples(path: File, index: int, wide: re.Match[str]) -> np.ndarray:
    """Return RGB, RGBA or gray and alpha of 16 bits a channel, for which Pillow has no mode."""
    layout, order = wide.groups()
    if layout == "LA":
        return _decode(path, index, "RGBA").view(">u2").astype(np.uint16)
    straight = layout.replace("a", "A")
    high = _decode(path, index, f"{straight};16{order}").astype(np.uint16)
    samples = high << 8 | _decode(path, index, f"{straight};16{_OTHER_BYTE[order]}")
    return _unpremultiplied(samples) if layout == "RGBa" else samples


def _decode(path: File, index: int, rawmode: str) -> np.ndarray:
    """Decode one of the file's pictures as if its samples were of another raw mode."""
    with _opened(path) as image:
        if index:
            image.seek(index)
        if not isinstance(image, ImageFile.ImageFile):
            raise FrameError("its samples cannot be read at 16 bits")
        image.tile = [
            tile._replace(args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode)
            for tile in image.tile
        ]
        return np.array(ImageOps.exif_transpose(image))


def _unpremultiplied(rgba: np.ndarray) -> np.ndarray:
    """Return colour divided by alpha, rounded to nearest; black where alpha is 0."""
    alpha = rgba[..., 3:].astype(np.uint64)
    colour = (rgba[..., :3] * np.uint64(0xFFFF) + alpha // 2) // np.maximum(alpha, 1)
    colour[alpha[..., 0] == 0] = 0
    return np.concatenate((np.minimum(colour, 0xFFFF).astype(np.uint16), rgba[..., 3:]), axis=2)


def _with_transparent_colour(samples: np.ndarray, colour: object) -> np.ndarray:
    """Return 16-bit samples with the alpha of a PNG's tRNS chunk, which makes one colour transparent."""
    if not isinstance(colour, int | tuple) or (samples.ndim == 3 and samples.shape[2] != 3):
        return samples
    planes = samples[..., None] if samples.ndim == 2 else samples
    opaque = (planes != np.array(colour)).any(axis=2, keepdims=True)
    return np.concatenate((planes, opaque * np.uint16(0xFFFF)), axis=2)


def _default_subsampling(samples: np.ndarray, matrix_coefficients: int | None) -> str:
    if matrix_coefficients == 0:
        return "4:4:4"
    return "4:0:0" if samples.ndim == 2 or samples.shape[2] == 2 else "4:2:0"


def _with_metadata(frame: Frame, path: File, image: Image.Image, info: dict[Any, Any]) -> Frame:
    """Return the frame with its picture's ICC profile, Exif, XMP and CICP; `info` is the upright one's."""
    icc = None if image.mode in NOT_RGB else info.get("icc_profile")
    exif = info.get("exif")
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp")
    cicp = read_cicp(path) if image.format == "PNG" else None
    primaries, transfer = cicp or ((2, 2) if icc else (1, 13))
    return frame.replace(
        color_primaries=primaries,
        transfer_characteristics=transfer,
        icc=icc or None,
        exif=exif.removeprefix(_EXIF_PREFIX) if exif else None,
        xmp=xmp.encode() if isinstance(xmp, str) else xmp or None,
    )
