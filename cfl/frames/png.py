"""PNG output of 8 and 16 bits, with ICC, Exif, XMP and CICP (Pillow writes no colour above 8 bits).

PNG specification, third edition (https://www.w3.org/TR/png-3/).
"""

import os
import struct
import zlib
from collections.abc import Iterator
from typing import IO

import numpy as np

from cfl.arguments import whole
from cfl.files import atomic_write
from cfl.frames.frame import Frame, require_frame
from cfl.frames.metadata import fitting
from cfl.frames.nonlinear import rgb_bit_depth
from cfl.frames.png_chunks import PER_CANDELA, SIGNATURE
from cfl.frames.shown import shown_bands, shown_size
from cfl.frames.transforms import exif_upright

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_BAND = 64
"""Rows that are converted and filtered together."""


def write_png(path: str | os.PathLike[str] | IO[bytes], frame: Frame, *, compress_level: int = 4) -> None:
    """Write a frame as PNG: RGB or gray, with alpha if it has one.

    Parameters
    ----------
    path : path-like or binary file
        The file. One that a path names appears whole, in the place of what was there, or not at all.
    frame : Frame
        A frame of 8 bits makes a file of 8 bits, others one of 16 (samples scaled to 0…65535). YCgCo-Re of 10
        bits holds RGB of 8. Transforms are
        applied, and colours that were multiplied by alpha are divided by it. ICC profile, Exif (with
        orientation 1) and XMP are kept. Primaries and transfer function go into a cICP chunk, unless they are
        unknown or sRGB's, or there is an ICC profile. An ICC profile that does not suit RGB or gray, and Exif
        that is none, are dropped with a warning.
    compress_level : int, default 4
        Level of zlib, 0…9. With the default, files are 1 to 3 % larger than with 6 and take at most half the
        time.

    Raises
    ------
    UnsupportedFeature
        The matrix cannot be converted to RGB.

    See Also
    --------
    write : By the file's ending.

    References
    ----------
    .. [1] W3C, "Portable Network Graphics (PNG) Specification (Third Edition)", https://www.w3.org/TR/png-3/.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> from cfl.frames import read, rgb_to_frame, write_png
    >>> frame = rgb_to_frame(np.full((2, 3, 3), [255, 0, 0], np.uint8))
    >>> with TemporaryDirectory() as folder:
    ...     write_png(Path(folder, "red.png"), frame)
    ...     read(Path(folder, "red.png"))
    Frame(3x2, 4:2:0, 8 bit)
    """
    require_frame("frame", frame)
    compress_level = whole("compress_level", compress_level, 0, 9)
    frame = fitting(frame)
    depth = 8 if _bits(frame) == 8 else 16
    height, width = shown_size(frame)
    channels = len(frame.planes) + (frame.alpha is not None)
    with atomic_write(path) as file:
        file.write(SIGNATURE)
        _chunk(file, b"IHDR", struct.pack(">2I5B", width, height, depth, _COLOUR_TYPES[channels], 0, 0, 0))
        _write_metadata(file, frame)
        compressor = zlib.compressobj(compress_level)
        for band in _filtered(shown_bands(frame, depth, _BAND)):
            _chunk(file, b"IDAT", compressor.compress(band.data))
        _chunk(file, b"IDAT", compressor.flush())
        _chunk(file, b"IEND", b"")


def _bits(frame: Frame) -> int:
    """The bits of a sample as it is shown."""
    return frame.bit_depth if frame.u is None or frame.alpha is not None else rgb_bit_depth(frame)


def _chunk(file: IO[bytes], kind: bytes, data: bytes) -> None:
    if data or kind == b"IEND":
        crc = zlib.crc32(data, zlib.crc32(kind))
        file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc))


def _write_metadata(file: IO[bytes], frame: Frame) -> None:
    colour = frame.color_primaries, frame.transfer_characteristics
    if frame.icc:
        _chunk(file, b"iCCP", b"ICC Profile\0\0" + zlib.compress(frame.icc))
    elif 2 not in colour and colour != (1, 13):
        _chunk(file, b"cICP", bytes((*colour, 0, 1)))
    if frame.mastering_display is not None:
        display = frame.mastering_display
        points = [value for point in display[:4] for value in point]
        _chunk(file, b"mDCV", struct.pack(">8H2I", *points, display.max_luminance, display.min_luminance))
    if frame.content_light is not None:
        _chunk(file, b"cLLI", struct.pack(">2I", *(PER_CANDELA * value for value in frame.content_light)))
    if frame.pixel_aspect is not None:
        wide, high = frame.pixel_aspect[::-1] if frame.transforms.turns % 2 else frame.pixel_aspect
        _chunk(file, b"pHYs", struct.pack(">2IB", high, wide, 0))
    if frame.exif:
        _chunk(file, b"eXIf", exif_upright(frame.exif))
    if frame.xmp:
        _chunk(file, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + frame.xmp)


def _filtered(bands: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """The picture's bytes, a band of rows at a time, each row filtered for compression."""
    from cfl.frames._png_kernels import filter_rows

    above: np.ndarray | None = None
    for samples in bands:
        step, count = samples.shape[2] * samples.itemsize, samples.shape[0]
        band = np.ascontiguousarray(samples, samples.dtype.newbyteorder(">")).view(np.uint8)
        rows = np.zeros((count + 1, step + band[0].size), np.uint8)
        rows[1:, step:] = band.reshape(count, -1)
        if above is not None:
            rows[0] = above
        out = np.empty((count, 1 + band[0].size), np.uint8)
        filter_rows(rows, step, out)
        yield out
        above = rows[-1]
