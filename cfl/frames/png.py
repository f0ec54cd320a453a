"""PNG output of 8 and 16 bits, with ICC, Exif, XMP and CICP (Pillow writes no colour above 8 bits).

PNG specification, third edition (https://www.w3.org/TR/png-3/).
"""

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from cfl.files import atomic_write
from cfl.frames.colour import alpha_samples, frame_to_gray, frame_to_rgb
from cfl.frames.frame import Frame
from cfl.frames.transforms import exif_upright

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}
_BAND = 16
"""Rows that are filtered together; choosing a filter takes some thirty times their size."""
_MAX_CHUNKS = 1000


def write_png(path: str | os.PathLike[str], frame: Frame, *, compress_level: int = 6) -> None:
    """Write a frame as PNG: RGB or gray, with alpha if it has one.

    Parameters
    ----------
    path : path-like
    frame : Frame
        At 8 bits the file has 8, above it has 16 (samples scaled to 0…65535). Its transforms are applied, and
        colours multiplied by alpha are divided by it. ICC profile, Exif (with orientation 1) and XMP go
        along; primaries and transfer function go into a cICP chunk unless they are unknown, sRGB's,
        or an ICC profile says it all.
    compress_level : int
        zlib's, 0…9.

    Raises
    ------
    UnsupportedFeature
        A matrix that cannot be converted to RGB.
    """
    depth = 8 if frame.bit_depth == 8 else 16
    colour = frame_to_gray(frame, depth)[..., None] if frame.u is None else frame_to_rgb(frame, depth)
    alpha = alpha_samples(frame, depth)
    colour = frame.transforms.apply(colour)
    alpha = None if alpha is None else frame.transforms.apply(alpha)[..., None]
    height, width = colour.shape[:2]
    channels = colour.shape[2] + (alpha is not None)
    with atomic_write(path) as file:
        file.write(_SIGNATURE)
        _chunk(file, b"IHDR", struct.pack(">2I5B", width, height, depth, _COLOUR_TYPES[channels], 0, 0, 0))
        _write_metadata(file, frame)
        compressor = zlib.compressobj(compress_level)
        for band in _filtered(_bands(colour, alpha, frame.premultiplied)):
            _chunk(file, b"IDAT", compressor.compress(band))
        _chunk(file, b"IDAT", compressor.flush())
        _chunk(file, b"IEND", b"")


def read_cicp(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """(color_primaries, transfer_characteristics) of a PNG's cICP chunk, which Pillow does not tell."""
    with Path(path).open("rb") as file:
        file.seek(len(_SIGNATURE))
        for _ in range(_MAX_CHUNKS):
            head = file.read(8)
            if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
                break
            size = int.from_bytes(head[:4], "big")
            if head[4:] == b"cICP" and size == 4 and len(data := file.read(4)) == 4:
                return data[0], data[1]
            file.seek(size + 4, os.SEEK_CUR)
    return None


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
    if frame.exif:
        _chunk(file, b"eXIf", exif_upright(frame.exif))
    if frame.xmp:
        _chunk(file, b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + frame.xmp)


def _bands(colour: np.ndarray, alpha: np.ndarray | None, premultiplied: bool) -> Iterator[np.ndarray]:
    """The samples of the file, a band of rows at a time: (rows, width, channels)."""
    for top in range(0, colour.shape[0], _BAND):
        band = colour[top : top + _BAND]
        if alpha is None:
            yield band
            continue
        opacity = alpha[top : top + _BAND]
        yield np.concatenate((_divided(band, opacity) if premultiplied else band, opacity), axis=2)


def _divided(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colour that was multiplied by alpha, rounded to nearest; black where alpha is 0."""
    top, divisor = np.iinfo(colour.dtype).max, np.maximum(alpha, 1).astype(np.uint32)
    straight = (colour * np.uint32(top) + divisor // 2) // divisor
    return np.where(alpha == 0, 0, np.minimum(straight, top)).astype(colour.dtype)


def _filtered(bands: Iterator[np.ndarray]) -> Iterator[bytes]:
    """The picture's bytes, a band of rows at a time, each row filtered for compression (9.2)."""
    before: np.ndarray | None = None
    for samples in bands:
        step = samples.shape[2] * samples.itemsize
        band = np.ascontiguousarray(samples, samples.dtype.newbyteorder(">"))
        rows = band.view(np.uint8).reshape(band.shape[0], -1)
        before = np.zeros_like(rows[:1]) if before is None else before
        yield _filter_rows(rows, np.concatenate((before, rows[:-1])), step).tobytes()
        before = rows[-1:]


def _filter_rows(rows: np.ndarray, above: np.ndarray, step: int) -> np.ndarray:
    """Per row the filter of least sum of absolute differences, as the specification advises (12.7)."""
    left, corner = np.zeros_like(rows), np.zeros_like(rows)
    left[:, step:], corner[:, step:] = rows[:, :-step], above[:, :-step]
    average = ((left.astype(np.uint16) + above) >> 1).astype(np.uint8)
    predictions = [np.zeros_like(rows), left, above, average, _paeth(left, above, corner)]
    candidates = np.stack([rows - prediction for prediction in predictions])
    costs = np.abs(candidates.view(np.int8).astype(np.int16)).sum(axis=2, dtype=np.int64)
    best = costs.argmin(axis=0)
    out = np.empty((rows.shape[0], rows.shape[1] + 1), np.uint8)
    out[:, 0] = best
    out[:, 1:] = candidates[best, np.arange(rows.shape[0])]
    return out


def _paeth(left: np.ndarray, above: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """The neighbour nearest to left + above − corner (9.4)."""
    a, b, c = (side.astype(np.int16) for side in (left, above, corner))
    to_a, to_b, to_c = np.abs(b - c), np.abs(a - c), np.abs(a + b - 2 * c)
    nearest_b = np.where(to_b <= to_c, above, corner)
    return np.where((to_a <= to_b) & (to_a <= to_c), left, nearest_b)
