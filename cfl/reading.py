"""Read pictures and video: AV1 files with the decoder here, everything else with `cfl.frames`."""

import itertools
import os
from collections.abc import Generator, Iterator

from cfl import frames
from cfl.container.recognition import file_format_of
from cfl.errors import FrameError, UnsupportedFeature
from cfl.frames import DEFAULT_MAX_PIXELS, Frame, RawFormat, upright
from cfl.frames._input import ReadOptions
from cfl.frames.io import converted, declared

_STREAMS = ("IVF", "OBU", "Annex B")


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
    pictures = read_frames(
        path,
        subsampling=subsampling,
        bit_depth=bit_depth,
        matrix_coefficients=matrix_coefficients,
        full_range=full_range,
        max_pixels=max_pixels,
        raw=raw,
    )
    frame = next(pictures)
    pictures.close()
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

    AVIF, IVF, Section 5 and Annex B files are decoded by `cfl.av1`: upright (clean aperture, rotation and
    mirror applied), with the file's colour description, alpha, ICC profile, Exif and XMP. If a stream has
    inter frames, its frames from there on come from PyAV, if that is installed; an AVIF sequence ends there
    with an error. All other files are read by `cfl.frames.read_frames`.

    Parameters
    ----------
    path, subsampling, bit_depth, matrix_coefficients, full_range, max_pixels, raw
        See `cfl.frames.read_frames`; an AV1 file is one of YUV.

    Yields
    ------
    frame : Frame

    Raises
    ------
    BitstreamError, UnsupportedFeature
        See `cfl.container.decode`.
    FrameError
        See `cfl.frames.read_frames`.
    """
    kind = None if raw is not None else file_format_of(path)
    if kind in ("AVIF", "AVIF sequence", *_STREAMS):
        options = ReadOptions(subsampling, bit_depth, matrix_coefficients, full_range, max_pixels)
        decoded = _decoded(path, max_pixels, is_stream=kind in _STREAMS)
        return converted(path, declared(decoded, options), options)
    return frames.read_frames(
        path,
        subsampling=subsampling,
        bit_depth=bit_depth,
        matrix_coefficients=matrix_coefficients,
        full_range=full_range,
        max_pixels=max_pixels,
        raw=raw,
    )


def _decoded(path: str | os.PathLike[str], max_pixels: int, is_stream: bool) -> Iterator[Frame]:
    """The frames of an AV1 file; of a stream, from the first inter frame on those of PyAV, if it is there."""
    from cfl.container.decoding import decode  # most files are not AV1, and do not wait for its decoder

    count = 0
    try:
        for frame in decode(path, max_pixels=max_pixels):
            yield upright(frame)
            count += 1
    except UnsupportedFeature as error:
        if not is_stream:
            raise
        try:
            yield from itertools.islice(frames.read_frames(path, max_pixels=max_pixels), count, None)
        except FrameError:
            raise error from None
