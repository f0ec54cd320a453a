"""Still and animated pictures, read with Pillow: PNG, JPEG, WebP, TIFF, AVIF, GIF and more.

Pillow keeps 8 bits a channel of a colour picture that has 16. Its decoders can be told, though, which of the
two bytes to keep (raw modes "RGB;16B" and "RGB;16L"), so such a picture is decoded twice, once for each.
"""

import contextlib
import io
import re
import sys
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageFile, UnidentifiedImageError

from cfl.errors import CflError, FrameError
from cfl.frames._input import ReadOptions, check_pixels, open_binary
from cfl.frames.alpha import with_chroma_of_visible
from cfl.frames.colour import rgb_to_frame, ycbcr_to_frame
from cfl.frames.frame import Frame
from cfl.frames.jpeg import is_ycbcr, own_subsampling, planes_of_420, planes_of_422
from cfl.frames.metadata import icc_space
from cfl.frames.picture_metadata import jfif_aspect, orientation, picture_metadata, upright_image
from cfl.frames.png_chunks import (
    cicp_of,
    content_light,
    is_narrow,
    mastering_display,
    pixel_aspect,
    read_chunks,
    transparent_gray,
    widened_range,
)
from cfl.frames.resample import resample_chroma
from cfl.frames.transforms import AS_IT_IS, BY_ORIENTATION
from cfl.frames.turned import upright as upright_frame
from cfl.frames.undamaged import undamaged
from cfl.remarks import remark
from cfl.sources import File

_WIDE = re.compile(r"(LA|RGB|RGBA|RGBa|RGBX);16([BLN])")
_OTHER_BYTE = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
_FIRST_ONLY = ("MPO", "PSD", "ICNS", "ICO")
"""Formats whose further pictures are other things: gain maps, layers, sizes."""
_LIMIT_LOCK = threading.Lock()
NOT_RGB = ("CMYK", "LAB", "HSV")
_TURNED = (5, 6, 7, 8)
"""Orientations that exchange rows and columns."""


def is_picture(path: File) -> bool:
    """Return whether Pillow can open a file. Its MPEG plugin opens nothing and does not count."""
    try:
        with opened(path) as image:
            return image.format != "MPEG"
    except FrameError as error:
        if isinstance(error.__cause__, UnidentifiedImageError):
            return False
        raise


def read_pictures(path: File, options: ReadOptions) -> Iterator[Frame]:
    """Every picture of a file, one at a time: the frames of an animation, the pages of a TIFF.

    See `cfl.frames.read` for the options and for what a frame gets from its picture.
    """
    with opened(path, say=True) as image:
        index = 0
        while True:
            check_pixels(path, *image.size, options.max_pixels)
            with quiet(path):
                frame = _frame(path, image, index, options)
            yield frame
            index += 1
            if image.format in _FIRST_ONLY or not _seek(path, image, index):
                return


@contextlib.contextmanager
def opened(path: File, *, say: bool = False) -> Iterator[Image.Image]:
    """Open the file as Pillow's image, without damaged descriptions; with `say` a warning names these.

    Pillow gets an open file, not the name, as it maps uncompressed files that it knows by name into memory
    and does so wrongly for a TIFF that is to be rotated by 90° (seen with Pillow 13).
    """
    with open_binary(path) as original:
        with quiet(path), _pixel_limit_lifted():
            found = undamaged(original)
            image = Image.open(found.file)
        if found.icc is not None:
            image.info["icc_profile"] = found.icc
        for words in found.remarks if say else ():
            remark(f"{path}: {words}")
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
def quiet(path: File) -> Iterator[None]:
    """Turn what Pillow raises into a FrameError that names the file.

    Its plugins raise nearly anything on a damaged file: struct.error, IndexError, KeyError and so on.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"PIL\b")
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
    with quiet(path):
        try:
            image.seek(index)
        except EOFError:
            return False
    return True


def _frame(path: File, image: Image.Image, index: int, options: ReadOptions) -> Frame:
    """Return the picture that `image` is at, as a frame with its metadata."""
    rawmode = _rawmode(image)
    wide = _WIDE.fullmatch(rawmode)
    chunks = read_chunks(path) if image.format == "PNG" else {}
    if (own := _own_planes(path, image, options)) is not None:
        return own
    if not wide and _holds_what_is_asked_for(image, options):
        image.draft("YCbCr", None)
    if (gray := transparent_gray(chunks)) is not None and image.mode in ("1", "L"):
        image.info["transparency"] = gray
    upright = upright_image(image)
    if wide:
        samples = _wide_samples(path, index, wide)
    else:
        # All frames of an animation are made colour if one may be.
        samples = samples_of(upright, colour=index > 0 or bool(getattr(image, "is_animated", False)))
    if samples.dtype == np.uint16:
        samples = _with_transparent_colour(samples, upright.info.get("transparency"))
    if is_narrow(chunks):
        samples = widened_range(samples)
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
        convert = partial(
            rgb_to_frame,
            bit_depth=bit_depth,
            subsampling=subsampling,
            matrix_coefficients=6 if options.matrix_coefficients is None else options.matrix_coefficients,
            full_range=options.full_range is not False,
            source_bit_depth=12 if rawmode == "I;12" else None,
        )
        frame = convert(samples)
        if samples.ndim == 3 and samples.shape[2] == 4:
            frame = with_chroma_of_visible(frame, samples, convert)
    return _with_turned_pixels(_with_metadata(frame, image, upright.info, chunks), image)


def _with_turned_pixels(frame: Frame, image: Image.Image) -> Frame:
    """The frame with the shape of pixels that it has upright."""
    if frame.pixel_aspect is None or orientation(image) not in _TURNED:
        return frame
    return frame.replace(pixel_aspect=frame.pixel_aspect[::-1])


def _own_planes(path: File, image: Image.Image, options: ReadOptions) -> Frame | None:
    """The frame of a JPEG whose subsampled planes are what is asked for; None for other pictures."""
    own = own_subsampling(image)
    wanted = own if options.keep_rgb else options.subsampling or "4:2:0"
    if own not in ("4:2:0", "4:2:2") or own != wanted:
        return None
    if not _holds_what_is_asked_for(image, options):
        return None
    transforms = BY_ORIENTATION.get(orientation(image), AS_IT_IS)
    with open_binary(path) as original:
        file = undamaged(original).file
        planes = planes_of_420(file) if own == "4:2:0" else planes_of_422(file)
    if planes is None:
        return None
    y, u, v = planes
    frame = Frame(y, u, v, own, 8, 1, 13, 6, True, "center", transforms=transforms)
    described = Image.new("L", (1, 1))  # without the orientation, as the picture will be
    described.info = dict(image.info)
    info = upright_image(described).info
    return resample_chroma(upright_frame(_with_metadata(frame, image, info, {})), own)


def jpeg_subsampling(path: File) -> str | None:
    """Return the subsampling of a JPEG of YCbCr or gray; None for any other file."""
    with opened(path) as image, quiet(path):
        return own_subsampling(image)


def _rawmode(image: Image.Image) -> str:
    """Return Pillow's name for how the file holds the samples, or ""."""
    tiles = getattr(image, "tile", [])
    args = tiles[0].args if tiles else ""
    first = args[0] if isinstance(args, tuple) and args else args
    return first if isinstance(first, str) else ""


def _holds_what_is_asked_for(image: Image.Image, options: ReadOptions) -> bool:
    """Return whether the file is a JPEG that holds exactly the YCbCr asked for: BT.601 in full range."""
    return is_ycbcr(image) and options.matrix_coefficients in (None, 6) and options.full_range is not False


def samples_of(image: Image.Image, colour: bool) -> np.ndarray:
    """Return gray, gray and alpha, RGB, RGBA or YCbCr samples; never gray if `colour` is true."""
    if image.mode == "YCbCr":
        return np.array(image)
    if image.mode.startswith("I"):
        wide = np.asarray(image)
        if wide.min() < 0 or wide.max() > 0xFFFF:
            raise FrameError("its samples have more than 16 bits")
        return wide.astype(np.uint16)
    if image.mode == "F":
        raise FrameError("its samples are floating-point; convert it to 8 or 16 bits")
    if image.mode in ("CMYK", "LAB"):
        image = _rgb_through_profile(image)
    mode = "L" if image.mode in ("1", "L", "LA", "La") and not colour else "RGB"
    if image.has_transparency_data:
        mode += "A"
    return np.array(image.convert(mode))


def _rgb_through_profile(image: Image.Image) -> Image.Image:
    """CMYK or L*a*b* as sRGB, by LittleCMS: CMYK with the picture's own ICC profile, if there is one."""
    icc = image.info.get("icc_profile")
    if image.mode == "LAB":
        source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    elif icc and icc_space(icc) == "CMYK":
        try:
            return _as_srgb(image, ImageCms.ImageCmsProfile(io.BytesIO(icc)))
        except (OSError, ImageCms.PyCMSError):
            remark("the ICC profile is damaged: the colours of CMYK are a guess")
            return image.convert("RGB")
    else:
        remark("CMYK without an ICC profile of CMYK: its colours are a guess")
        return image.convert("RGB")
    return _as_srgb(image, source)


def _as_srgb(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    target = ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    assert converted is not None
    return converted


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
    with opened(path) as image:
        if index:
            image.seek(index)
        if not isinstance(image, ImageFile.ImageFile):
            raise FrameError("its samples cannot be read at 16 bits")
        image.tile = [
            tile._replace(args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode)
            for tile in image.tile
        ]
        return np.array(upright_image(image))


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


def _with_metadata(
    frame: Frame, image: Image.Image, info: dict[Any, Any], chunks: dict[bytes, bytes]
) -> Frame:
    """Return the frame with its picture's colour, ICC profile, Exif, XMP, light and shape of pixels.

    `info` is that of the upright picture, `chunks` those of a PNG.
    """
    found = picture_metadata(image, info)
    icc = None if image.mode in NOT_RGB else found.icc
    if icc is not None and (problem := _problem_of(icc, image)):
        remark(f"the ICC profile {problem}: it is ignored")
        icc = None
    primaries, transfer = cicp_of(chunks, icc is not None)
    return frame.replace(
        color_primaries=primaries,
        transfer_characteristics=transfer,
        icc=None if b"cICP" in chunks else icc,
        exif=found.exif,
        xmp=found.xmp,
        pixel_aspect=pixel_aspect(chunks) or jfif_aspect(info),
        content_light=content_light(chunks),
        mastering_display=mastering_display(chunks),
    )


def _problem_of(icc: bytes, image: Image.Image) -> str | None:
    """What is wrong with a profile for this picture, as it is in the file."""
    space = icc_space(icc)
    if space is None:
        return "is damaged"
    is_gray = image.mode in ("1", "L", "LA", "La") or image.mode.startswith("I")
    wanted = "GRAY" if is_gray else "RGB"
    return None if space == wanted else f"is of {space}, the picture {wanted}"
