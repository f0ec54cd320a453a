"""Read input files as the options describe them."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from cfl.cli import pipes
from cfl.container.recognition import file_format_of
from cfl.errors import FrameError
from cfl.frames import DEFAULT_MAX_PIXELS, Frame, RawFormat
from cfl.frames._input import head_of
from cfl.frames.picture import is_picture, jpeg_subsampling
from cfl.frames.raw_names import parse_name
from cfl.frames.y4m import MAGIC as Y4M_MAGIC
from cfl.reading import read_frames
from cfl.remarks import remark

RAW_ENDINGS = (".yuv", ".raw", ".i420", ".bin", "")
"""Endings of raw files; more are names of formats, such as .nv12."""
_OTHER_ENDINGS = (
    ".y4m",
    ".ivf",
    ".obu",
    ".mp4",
    ".m4v",
    ".mov",
    ".mkv",
    ".webm",
    ".avi",
    ".nut",
    ".ts",
    ".mxf",
)
"""Endings of files that are read as what they are (`--luma-from x.y4m`), as those of pictures are."""


def frames_of(
    path: Path,
    subsampling: str | None = None,
    size: str | None = None,
    raw_format: str | None = None,
    max_pixels: int | None = None,
    *,
    bit_depth: int | None = None,
    matrix_coefficients: int | None = None,
    full_range: bool | None = None,
    keep_rgb: bool = False,
) -> Iterator[Frame]:
    """The frames of a file. It is read as raw if `size` is given and its ending is one of `RAW_ENDINGS`."""
    if raw_format is not None and size is None:
        raise FrameError("--format describes a raw file and needs --size too")
    raw = None
    if size is not None and is_raw(path, size):
        raw = RawFormat.parse(size, raw_format or _format_of(path))
    limit = DEFAULT_MAX_PIXELS if max_pixels is None else max_pixels
    return read_frames(
        pipes.source(path),
        subsampling=subsampling,
        bit_depth=bit_depth,
        matrix_coefficients=matrix_coefficients,
        full_range=full_range,
        max_pixels=limit,
        raw=raw,
        keep_rgb=keep_rgb,
    )


def is_raw(path: Path, size: str | None) -> bool:
    """Whether a file is to be read as raw samples: a size is given, and the ending is no other format's."""
    ending = path.suffix.lower()
    if size is None:
        return False
    return ending in RAW_ENDINGS or parse_name(ending[1:]) is not None or not _is_of_another_kind(ending)


def _is_of_another_kind(ending: str) -> bool:
    """Whether files with this ending are pictures, streams or video."""
    from PIL import Image

    return ending in _OTHER_ENDINGS or ending in Image.registered_extensions()


def _format_of(path: Path) -> str:
    """The raw format that a file's ending names; yuv420p for one that names none."""
    ending = path.suffix.lower()[1:]
    if parse_name(ending) is not None:
        return ending
    if f".{ending}" not in RAW_ENDINGS and ending:
        remark(f"{path}: nothing is known of '.{ending}'; it is read as yuv420p (--format says otherwise)")
    return "yuv420p"


def lossless_frames_of(
    path: Path,
    subsampling: str | None = None,
    size: str | None = None,
    raw_format: str | None = None,
    max_pixels: int | None = None,
    *,
    bit_depth: int | None = None,
    matrix_coefficients: int | None = None,
    full_range: bool | None = None,
) -> Iterator[Frame]:
    """The frames of a file without loss: YUV and JPEG as they are, RGB as RGB, gray as luma.

    Raises
    ------
    FrameError
        A picture has more than the 12 bits of AV1, and no bit depth is given.
    """
    source = path, subsampling, size, raw_format, max_pixels
    if is_raw(path, size) or not is_picture_file(path):
        return frames_of(
            *source, bit_depth=bit_depth, matrix_coefficients=matrix_coefficients, full_range=full_range
        )
    own = jpeg_subsampling(pipes.source(path))
    if matrix_coefficients not in (None, 2, 0 if own is None else 6) or full_range is False:
        raise FrameError(f"{path}: --lossless keeps the matrix and the range of a picture")
    if own is not None:
        return frames_of(path, subsampling or own, max_pixels=max_pixels, bit_depth=bit_depth)
    frames = frames_of(*source, bit_depth=bit_depth)
    first = next(frames)
    if first.bit_depth > 8 and bit_depth is None:
        raise FrameError(
            f"{path}: 16 bits a sample, but AV1 has at most 12, so it cannot be lossless; "
            "choose a --bit-depth"
        )
    if first.subsampling == "4:0:0" or subsampling not in (None, "4:4:4"):
        return itertools.chain([first], frames)
    return frames_of(path, "4:4:4", max_pixels=max_pixels, bit_depth=bit_depth, matrix_coefficients=0)


def is_picture_file(path: Path) -> bool:
    """Whether Pillow reads the file, as RGB."""
    source = pipes.source(path)
    if head_of(source, len(Y4M_MAGIC)) == Y4M_MAGIC:
        return False
    return file_format_of(source) is None and is_picture(source)
