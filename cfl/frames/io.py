"""Read and write pictures and video of any supported kind: the file's content and ending say which."""

import itertools
import os
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from cfl.errors import FrameError
from cfl.frames._input import DEFAULT_MAX_PIXELS, ReadOptions, naming, open_binary
from cfl.frames.colour import convert_bit_depth
from cfl.frames.frame import Frame
from cfl.frames.png import write_png
from cfl.frames.raw import RawFormat, read_raw, write_raw
from cfl.frames.resample import resample_chroma
from cfl.frames.y4m import MAGIC, Y4MReader, Y4MWriter

_RAW_ENDINGS = (".yuv", ".raw")


def read(
    path: str | os.PathLike[str],
    *,
    subsampling: str | None = None,
    bit_depth: int | None = None,
    matrix_coefficients: int | None = None,
    full_range: bool | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    raw: RawFormat | None = None,
) -> Frame:
    """The first, or only, picture of a file; see `read_frames`."""
    frames = read_frames(
        path,
        subsampling=subsampling,
        bit_depth=bit_depth,
        matrix_coefficients=matrix_coefficients,
        full_range=full_range,
        max_pixels=max_pixels,
        raw=raw,
    )
    frame = next(frames)
    frames.close()
    return frame


def read_frames(
    path: str | os.PathLike[str],
    *,
    subsampling: str | None = None,
    bit_depth: int | None = None,
    matrix_coefficients: int | None = None,
    full_range: bool | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    raw: RawFormat | None = None,
) -> Generator[Frame, None, None]:
    """All pictures of a file, one in memory at a time.

    Pictures are read by Pillow (PNG, JPEG, WebP, TIFF, AVIF, GIF and more), Y4M and raw planar YUV here,
    anything else by PyAV if it is installed. `cfl.read_frames` does the same, but reads AV1 by `cfl.av1`.

    Parameters
    ----------
    path : path-like
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0"}, optional
        Of the frames. By default a YUV file's own; for pictures 4:2:0, but 4:0:0 for gray ones and 4:4:4
        with matrix 0.
    bit_depth : {8, 10, 12}, optional
        Of the frames. By default a YUV file's own; for pictures 8, but 10 for those of more than 8 bits (PNG
        and TIFF; of other formats Pillow gives gray at 16 bits and colour at 8).
    matrix_coefficients, full_range : optional
        For a picture, what to convert it to (6, True by default). For a YUV file, what its samples are,
        instead of what the file says; they stay as they are.
    max_pixels : int
        Width times height above which a file is refused before memory is taken for it. The default is
        Pillow's.
    raw : RawFormat, optional
        Read the file as raw planar YUV of this geometry.

    Yields
    ------
    frame : Frame
        Of a picture: upright (Exif orientation applied and removed), with alpha as Pillow gives it, ICC
        profile, Exif and XMP; color_primaries 1 and transfer_characteristics 13, unless a PNG's cICP chunk
        says otherwise or an ICC profile says it better (then 2, 2: as avifenc does). A JPEG's YCbCr is used
        without a way through RGB. Y4M: limited range unless tagged FULL.

    Raises
    ------
    FrameError
        The file cannot be read, is damaged, too large or empty, or an option is not one of the above. The
        message is one line and names the file.
    """
    options = ReadOptions(subsampling, bit_depth, matrix_coefficients, full_range, max_pixels)
    return converted(path, _reader(path, options, raw), options)


def converted(
    path: str | os.PathLike[str], frames: Iterator[Frame], options: ReadOptions
) -> Generator[Frame, None, None]:
    """The frames of a file in the subsampling and bit depth that the options ask for.

    Raises
    ------
    FrameError
        There is none.
    """
    frame = next(frames, None)
    if frame is None:
        raise FrameError(f"{path}: there is no picture in it")
    while frame is not None:
        with naming(str(path)):
            result = resample_chroma(frame, options.subsampling or frame.subsampling)
            result = convert_bit_depth(result, options.bit_depth or frame.bit_depth)
        yield result
        frame = next(frames, None)


def _reader(path: str | os.PathLike[str], options: ReadOptions, raw: RawFormat | None) -> Iterator[Frame]:
    """The frames by the reader that suits the file."""
    if raw is not None:
        return declared(read_raw(path, raw, options.max_pixels), options)
    ending = Path(path).suffix.lower()
    with open_binary(path) as file:
        start = file.read(len(MAGIC))
    if not start:
        raise FrameError(f"{path}: the file is empty")
    if start == MAGIC or ending == ".y4m":
        return declared(_read_y4m(path, options.max_pixels), options)
    if ending in _RAW_ENDINGS:
        raise FrameError(f"{path}: a raw file does not tell its size and format; give them")
    from PIL import Image

    from cfl.frames.picture import is_picture, read_pictures
    from cfl.frames.video import read_video

    if is_picture(path):
        return read_pictures(path, options)
    if Image.registered_extensions().get(ending, "MPEG") != "MPEG":
        raise FrameError(f"{path}: cannot be read: not a picture, or a damaged one")
    return declared(read_video(path, options), options)


def _read_y4m(path: str | os.PathLike[str], max_pixels: int) -> Iterator[Frame]:
    with Y4MReader(path, max_pixels) as reader:
        yield from reader


def declared(frames: Iterator[Frame], options: ReadOptions) -> Iterator[Frame]:
    """The frames with the matrix and range that the caller knows better than the file."""
    given = {"matrix_coefficients": options.matrix_coefficients, "full_range": options.full_range}
    changes = {name: value for name, value in given.items() if value is not None}
    for frame in frames:
        yield frame.replace(**changes) if changes else frame


def write(path: str | os.PathLike[str], frames: Frame | Iterable[Frame]) -> None:
    """Write a file of the kind that its ending names: .png, .y4m, .yuv or .raw.

    Parameters
    ----------
    path : path-like
        It appears whole, in the place of what was there, or not at all.
    frames : Frame or iterable of Frame
        A PNG holds one.

    Raises
    ------
    FrameError
        Another ending, no frame, or frames that do not fit together.

    See Also
    --------
    write_png, write_raw, Y4MWriter
    """
    ending = Path(path).suffix.lower()
    if ending in _RAW_ENDINGS:
        write_raw(path, frames)
    elif ending == ".y4m":
        with Y4MWriter(path) as writer:
            for frame in [frames] if isinstance(frames, Frame) else frames:
                writer.write(frame)
    elif ending == ".png":
        several = [frames] if isinstance(frames, Frame) else list(itertools.islice(frames, 2))
        if len(several) != 1:
            raise FrameError(f"{path}: a PNG file holds one frame, not {'several' if several else 'none'}")
        write_png(path, several[0])
    else:
        raise FrameError(f"{path}: the ending is not .png, .y4m, .yuv or .raw")
