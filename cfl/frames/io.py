"""Read and write pictures and video. Which kind is decided by a file's content and ending."""

import itertools
import os
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import IO

from cfl.arguments import one_of, require
from cfl.errors import FrameError
from cfl.files import atomic_write, require_file
from cfl.frames._input import DEFAULT_MAX_PIXELS, ReadOptions, head_of, naming
from cfl.frames.colour import convert_bit_depth
from cfl.frames.depths import all_codable
from cfl.frames.frame import Frame, require_frame
from cfl.frames.png import write_png
from cfl.frames.raw import RawFormat, read_raw, write_raw
from cfl.frames.raw_names import parse_name
from cfl.frames.resample import resample_chroma
from cfl.frames.y4m import MAGIC, MAX_LINE, RANGE_TAG, Y4MReader, Y4MWriter
from cfl.remarks import remark
from cfl.sources import File, Source, as_source, ending_of

_RAW_ENDINGS = (".yuv", ".raw")
_NEEDS_SIZE = "a raw file does not say its size and format; give them (--size WxH, --format NAME)"
WRITTEN = ("png", "jpg", "jpeg", "webp", "tif", "tiff", "y4m", "yuv", "raw")
"""Formats that `write` writes; each is an ending too."""


def read(
    path: Source,
    *,
    subsampling: str | None = None,
    bit_depth: int | None = None,
    matrix_coefficients: int | None = None,
    full_range: bool | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    raw: RawFormat | None = None,
    keep_rgb: bool = False,
) -> Frame:
    """Read the first, or only, picture of a file.

    `cfl.read` does the same, but reads AV1 with cfl's own decoder.

    Parameters
    ----------
    path : path-like, bytes or binary file
        A picture or video; see `read_frames` for the kinds.
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0"}, optional
        Of the frame; see `read_frames` for the default.
    bit_depth : {8, 10, 12, 16}, optional
        Of the frame; see `read_frames` for the default.
    matrix_coefficients : int, optional
        Code point of CICP; see `read_frames`.
    full_range : bool, optional
        Whether samples use the full range; see `read_frames`.
    max_pixels : int, default 178,956,970
        Width times height above which a file is refused before memory is allocated for it.
    raw : RawFormat, optional
        Read the file as raw planar YUV of this size and format.
    keep_rgb : bool, default False
        Read an RGB file as RGB; see `read_frames`.

    Returns
    -------
    frame : Frame
        See `read_frames`.

    Raises
    ------
    FrameError
        The file cannot be read, is damaged, too large or empty, or an option is not one of the above.

    See Also
    --------
    read_frames : All pictures of a file.
    write : Write a file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from cfl.frames import Frame, read, write
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "gray.png")
    ...     write(path, Frame(np.array([[0, 100], [200, 255]], np.uint8), subsampling="4:0:0"))
    ...     frame = read(path)
    >>> frame, frame.y.tolist()
    (Frame(2x2, 4:0:0, 8 bit), [[0, 100], [200, 255]])
    """
    frames = read_frames(
        path,
        subsampling=subsampling,
        bit_depth=bit_depth,
        matrix_coefficients=matrix_coefficients,
        full_range=full_range,
        max_pixels=max_pixels,
        raw=raw,
        keep_rgb=keep_rgb,
    )
    frame = next(frames)
    frames.close()
    return frame


def read_frames(
    path: Source,
    *,
    subsampling: str | None = None,
    bit_depth: int | None = None,
    matrix_coefficients: int | None = None,
    full_range: bool | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    raw: RawFormat | None = None,
    keep_rgb: bool = False,
) -> Generator[Frame, None, None]:
    """Read all pictures of a file, one in memory at a time.

    PNG, JPEG, WebP, TIFF, AVIF, GIF and others are read by Pillow, Y4M and raw planar YUV by cfl, anything
    else by PyAV if it is installed. `cfl.read_frames` does the same, but reads AV1 with cfl's own decoder.

    Parameters
    ----------
    path : path-like, bytes or binary file
        A picture or video. What kind it is, its content and its ending tell.
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0"}, optional
        Of the frames. By default a YUV file's own. For pictures it is 4:2:0, but 4:0:0 for gray ones and
        4:4:4 with matrix 0.
    bit_depth : {8, 10, 12, 16}, optional
        Of the frames. By default a YUV file's own, but 12 for one of more. For pictures it is 8, but 10 for
        PNG and TIFF of more than 8 bits. (Of other formats Pillow gives gray at 16 bits and colour at 8.)
    matrix_coefficients : int, optional
        For a picture, the matrix to convert it with (6 by default). For a YUV file, the matrix its samples
        were made with, where the file does not say or is wrong; the samples stay as they are.
    full_range : bool, optional
        For a picture, the range to convert it to (True by default). For a YUV file, the range of its samples,
        as for `matrix_coefficients`.
    max_pixels : int, default 178,956,970
        Width times height above which a file is refused before memory is allocated for it. The default is
        Pillow's.
    raw : RawFormat, optional
        Read the file as raw planar YUV of this size and format.
    keep_rgb : bool, default False
        Read an RGB file as RGB: matrix 0 (identity), 4:4:4, with 8 or 16 bits, and gray with 8 or 16. Other
        files, JPEG among them, are YUV. Excludes the options that convert or declare.

    Yields
    ------
    frame : Frame
        Of a picture: upright (the Exif orientation is applied and removed), with alpha as Pillow gives it,
        ICC profile, Exif and XMP. Primaries and transfer function are those of sRGB (1 and 13), unless a
        PNG's cICP chunk says otherwise or there is an ICC profile (then 2 and 2, unknown, as avifenc has it).
        A JPEG's YCbCr is used without going through RGB. Y4M is limited range unless tagged FULL.

    Raises
    ------
    FrameError
        The file cannot be read, is damaged, too large or empty, or an option is not one of the above. The
        message is one line and names the file.

    See Also
    --------
    read : The first picture only.
    write : Write a file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from cfl.frames import Frame, read_frames, write
    >>> frames = [Frame(np.full((2, 2), level, np.uint8), subsampling="4:0:0") for level in (10, 20, 30)]
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "gray.y4m")
    ...     write(path, frames)
    ...     [frame.y.max().item() for frame in read_frames(path)]
    [10, 20, 30]
    """
    options = ReadOptions(subsampling, bit_depth, matrix_coefficients, full_range, max_pixels, keep_rgb)
    source = as_source(path)
    if raw is not None:
        require("raw", raw, RawFormat, "a RawFormat")
    return converted(source, _reader(source, options, raw), options)


def converted(path: File, frames: Iterator[Frame], options: ReadOptions) -> Generator[Frame, None, None]:
    """Yield the frames of a file in the subsampling and bit depth that the options ask for.

    Raises
    ------
    FrameError
        There is no frame.
    """
    frame = next(frames, None)
    if frame is None:
        raise FrameError(f"{path}: the file has no picture")
    while frame is not None:
        with naming(str(path)):
            result = resample_chroma(frame, options.subsampling or frame.subsampling)
            result = convert_bit_depth(result, options.bit_depth or frame.bit_depth)
        yield result
        frame = next(frames, None)


def _reader(path: File, options: ReadOptions, raw: RawFormat | None) -> Iterator[Frame]:
    """Return the frames, read by the reader that suits the file."""
    if raw is not None:
        return _declared_codable(path, read_raw(path, raw, options.max_pixels), options)
    ending = ending_of(as_source(path))
    start = head_of(path, len(MAGIC))
    if not start:
        raise FrameError(f"{path}: the file is empty")
    if start == MAGIC or ending == ".y4m":
        says_range = RANGE_TAG in head_of(path, MAX_LINE).partition(b"\n")[0].upper()
        return _declared_codable(path, _read_y4m(path, options.max_pixels), options, says_range=says_range)
    if ending in _RAW_ENDINGS:
        raise FrameError(f"{path}: {_NEEDS_SIZE}")
    from PIL import Image

    from cfl.frames.picture import is_picture, read_pictures
    from cfl.frames.video import read_video

    if is_picture(path):
        return read_pictures(path, options)
    if parse_name(ending[1:]) is not None:
        raise FrameError(f"{path}: {_NEEDS_SIZE}")
    if Image.registered_extensions().get(ending, "MPEG") != "MPEG":
        raise FrameError(f"{path}: cannot be read: not a picture, or a damaged one")
    return declared(read_video(path, options), options)


def _read_y4m(path: File, max_pixels: int) -> Iterator[Frame]:
    with Y4MReader(path, max_pixels) as reader:
        yield from reader


def _declared_codable(
    path: File, frames: Iterator[Frame], options: ReadOptions, *, says_range: bool = False
) -> Iterator[Frame]:
    """The frames as the caller says that they are; with at most 12 bits, unless more are asked for."""
    keeps = options.keep_rgb or options.bit_depth is not None
    codable = frames if keeps else all_codable(str(path), frames)
    return declared(codable, options, says_range=says_range)


def declared(frames: Iterator[Frame], options: ReadOptions, *, says_range: bool = False) -> Iterator[Frame]:
    """Yield the frames with the matrix and range that the caller gave instead of the file's.

    `says_range`: the file says that its range is limited, where it is; else that may be an assumption.
    """
    given = {"matrix_coefficients": options.matrix_coefficients, "full_range": options.full_range}
    changes = {name: value for name, value in given.items() if value is not None}
    for index, frame in enumerate(frames):
        if index == 0:
            _say_what_is_overridden(frame, options, says_range)
        yield frame.replace(**changes) if changes else frame


def _say_what_is_overridden(frame: Frame, options: ReadOptions, says_range: bool) -> None:
    """Warn where a file says its matrix or range, and the caller another."""
    matrix = options.matrix_coefficients
    if matrix is not None and frame.matrix_coefficients not in (2, matrix):
        remark(f"matrix {matrix} overrides the file's {frame.matrix_coefficients}")
    if options.full_range is False and frame.full_range:
        remark("limited range overrides the file's full range")
    if options.full_range and not frame.full_range and says_range:
        remark("full range overrides the file's limited range")


def write(
    path: str | os.PathLike[str] | IO[bytes],
    frames: Frame | Iterable[Frame],
    *,
    format: str | None = None,  # noqa: A002 - Pillow's name for it
) -> None:
    """Write frames to a file: PNG, JPEG, WebP, TIFF, Y4M or raw planar YUV.

    Parameters
    ----------
    path : path-like or binary file
        The file. One that a path names appears whole, in the place of what was there, or not at all.
    frames : Frame or iterable of Frame
        Y4M and raw files hold any number of one size and format, the others one.
    format : {"png", "jpg", "webp", "tiff", "y4m", "yuv"}, optional
        By default the ending of the path says it: .png, .jpg, .jpeg, .webp, .tif, .tiff, .y4m, .yuv or .raw.
        JPEG (quality 95), WebP and TIFF (lossless) have 8 bits a sample.

    Raises
    ------
    FrameError
        The format is another, there is no frame, or frames differ in size or format.
    CflError
        The file cannot be written; it is an OSError too.

    See Also
    --------
    write_png, write_raw, Y4MWriter : The writers of each kind.
    cfl.encode : Make an AVIF file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from cfl.frames import Frame, write
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "gray.y4m")
    ...     write(path, Frame(np.array([[65, 66]], np.uint8), subsampling="4:0:0"))
    ...     print(path.read_text())
    YUV4MPEG2 W2 H1 F25:1 Ip A1:1 Cmono XCOLORRANGE=FULL
    FRAME
    AB
    """
    kind = _format_of(path, format)
    frames = [frames] if isinstance(frames, Frame) else frames
    require("frames", frames, Iterable, "a Frame or an iterable of frames")
    if kind in ("yuv", "raw"):
        write_raw(path, frames)
    elif kind == "y4m":
        with Y4MWriter(path) as writer:
            for frame in frames:
                writer.write(frame)
    else:
        _write_picture(path, frames, kind)


def _format_of(path: str | os.PathLike[str] | IO[bytes], name: str | None) -> str:
    if not isinstance(path, str | os.PathLike):
        require_file(path)
    if name is not None:
        return one_of("format", name, WRITTEN)
    if not isinstance(path, str | os.PathLike):
        raise FrameError(f"a file has no ending that tells its format; give one of {', '.join(WRITTEN)}")
    kind = Path(path).suffix.lower().removeprefix(".")
    if kind not in WRITTEN:
        endings = ", ".join(f".{each}" for each in WRITTEN)
        raise FrameError(f"{path}: the name must end in {endings}")
    return kind


def _write_picture(path: str | os.PathLike[str] | IO[bytes], frames: Iterable[Frame], kind: str) -> None:
    several = list(itertools.islice(frames, 2))
    if len(several) != 1:
        raise FrameError(
            f"{_name(path)}: a {kind.upper()} file holds one frame, not {'several' if several else 'none'}"
        )
    require_frame("frame", several[0])
    if kind == "png":
        write_png(path, several[0])
        return
    from cfl.frames.pillow_output import write_with_pillow

    with atomic_write(path) as file:
        write_with_pillow(file, several[0], kind)


def _name(path: object) -> str:
    return str(path if isinstance(path, str | os.PathLike) else getattr(path, "name", "the output"))
