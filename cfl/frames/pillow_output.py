"""JPEG, WebP and TIFF output, with Pillow."""

from typing import IO, Any

from cfl.frames.frame import Frame
from cfl.frames.metadata import say_what_is_dropped
from cfl.frames.pillow_image import check_side, pillow_image, say_bits
from cfl.frames.transforms import exif_upright
from cfl.remarks import remark

FORMATS = {"jpg": "JPEG", "jpeg": "JPEG", "webp": "WEBP", "tif": "TIFF", "tiff": "TIFF"}
"""Pillow's names of the formats, by endings."""
_JPEG_QUALITY = 95
_JPEG_SUBSAMPLING = {"4:2:0": 2, "4:2:2": 1}
_XMP_TAG = 700


def write_with_pillow(file: IO[bytes], frame: Frame, kind: str) -> None:
    """Write a frame as it is shown, with ICC profile, Exif and XMP, in 8 bits.

    Parameters
    ----------
    file : binary file
        Open for writing.
    frame : Frame
        JPEG has no alpha: a warning says that it is dropped.
    kind : str
        A key of `FORMATS`. JPEG is of quality 95 in the frame's subsampling; WebP and TIFF are lossless.

    Raises
    ------
    FrameError
        The format has no such size.
    """
    name = FORMATS[kind]
    check_side(frame, name)
    if frame.alpha is not None and name == "JPEG":
        remark("alpha is dropped: JPEG has none")
        frame = frame.replace(alpha=None, premultiplied=False)
    say_what_is_dropped(
        frame.replace(alpha=None, premultiplied=False, icc=None, exif=None, xmp=None), name, has_cicp=True
    )
    say_bits(frame, name)
    pillow_image(frame).save(file, name, **_options(frame, name))


def _options(frame: Frame, name: str) -> dict[str, Any]:
    by_format: dict[str, dict[str, Any]] = {
        "JPEG": {"quality": _JPEG_QUALITY, "subsampling": _JPEG_SUBSAMPLING.get(frame.subsampling, 0)},
        "WEBP": {"lossless": True, "exact": True},
        "TIFF": {"compression": "tiff_adobe_deflate"},
    }
    options = by_format[name]
    if frame.icc:
        options["icc_profile"] = frame.icc
    elif 2 not in _colour(frame) and _colour(frame) not in ((1, 13), (1, 1), (1, 6)):
        remark("primaries and transfer function are not noted: " + f"{name} has no place for them (PNG has)")
    if frame.exif:
        options["exif"] = exif_upright(frame.exif)
    if frame.xmp:
        options |= {"tiffinfo": {_XMP_TAG: frame.xmp}} if name == "TIFF" else {"xmp": frame.xmp}
    return options


def _colour(frame: Frame) -> tuple[int, int]:
    return frame.color_primaries, frame.transfer_characteristics
