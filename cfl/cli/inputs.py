"""Read input files as the options describe them."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from cfl.cli import pipes
from cfl.container.recognition import file_format_of
from cfl.errors import FrameError
from cfl.frames import DEFAULT_MAX_PIXELS, Frame, RawFormat
from cfl.frames._input import head_of
from cfl.frames.picture import is_picture
from cfl.frames.y4m import MAGIC as Y4M_MAGIC
from cfl.reading import read_frames

RAW_ENDINGS = (".yuv", ".raw", ".i420", ".bin", "")
"""Endings of raw files. Files with another ending (`--luma-from x.y4m`) are read as what they are."""


def frames_of(
    path: Path,
    subsampling: str | None = None,
    size: str | None = None,
    raw_format: str | None = None,
    max_pixels: int | None = None,
    *,
    bit_depth: int | None = None,
    matrix_coefficients: int | None = None,
    keep_rgb: bool = False,
) -> Iterator[Frame]:
    """The frames of a file. It is read as raw if `size` is given and its ending is one of `RAW_ENDINGS`."""
    if raw_format is not None and size is None:
        raise FrameError("--format describes a raw file and needs --size too")
    raw = None
    if size is not None and is_raw(path, size):
        raw = RawFormat.parse(size, raw_format or "yuv420p")
    limit = DEFAULT_MAX_PIXELS if max_pixels is None else max_pixels
    return read_frames(
        pipes.source(path),
        subsampling=subsampling,
        bit_depth=bit_depth,
        matrix_coefficients=matrix_coefficients,
        max_pixels=limit,
        raw=raw,
        keep_rgb=keep_rgb,
    )


def is_raw(path: Path, size: str | None) -> bool:
    """Whether a file is to be read as raw samples."""
    return size is not None and path.suffix.lower() in RAW_ENDINGS


def lossless_frames_of(
    path: Path,
    subsampling: str | None = None,
    size: str | None = None,
    raw_format: str | None = None,
    max_pixels: int | None = None,
    *,
    bit_depth: int | None = None,
) -> Iterator[Frame]:
    """The frames of a file without loss: YUV as it is, RGB with the identity matrix, gray as luma.

    Raises
    ------
    FrameError
        A picture has more than the 12 bits of AV1, and no bit depth is given.
    """
    source = path, subsampling, size, raw_format, max_pixels
    frames = frames_of(*source, bit_depth=bit_depth)
    if is_raw(path, size) or not _is_picture(path):
        return frames
    first = next(frames)
    if first.bit_depth > 8 and bit_depth is None:
        raise FrameError(
            f"{path}: 16 bits a sample, but AV1 has at most 12, so it cannot be lossless; "
            "choose a --bit-depth"
        )
    if first.subsampling == "4:0:0" or subsampling not in (None, "4:4:4"):
        return itertools.chain([first], frames)
    return frames_of(path, "4:4:4", max_pixels=max_pixels, bit_depth=bit_depth, matrix_coefficients=0)


def _is_picture(path: Path) -> bool:
    """Whether Pillow reads the file, as RGB."""
    source = pipes.source(path)
    if head_of(source, len(Y4M_MAGIC)) == Y4M_MAGIC:
        return False
    return file_format_of(source) is None and is_picture(source)
