"""IVF: a header of 32 bytes, then frames, each after its size and time (all little-endian)."""

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, NamedTuple

from cfl.av1.headers.bits import Bytes
from cfl.av1.headers.obu import Obu, iter_obus
from cfl.errors import BitstreamError, UnsupportedFeature

MAGIC = b"DKIF"
_FILE = struct.Struct("<4sHH4sHHIIII")
_FRAME = struct.Struct("<IQ")


@dataclass(frozen=True, slots=True)
class IvfHeader:
    """The file header: a timestamp lasts ``timebase_numerator / timebase_denominator`` seconds.

    `frame_count` is what the file says, which need not be true.
    """

    width: int
    height: int
    timebase_denominator: int = 30
    timebase_numerator: int = 1
    frame_count: int = 0


class IvfFrame(NamedTuple):
    """One frame: for AV1 a temporal unit of OBUs with sizes, `offset` bytes into the file."""

    timestamp: int
    data: memoryview
    offset: int


def read_ivf(data: Bytes) -> tuple[IvfHeader, Iterator[IvfFrame]]:
    """The header and the frames of an IVF file of AV1.

    Raises
    ------
    BitstreamError
        It is not an IVF file; or, from the iterator, it is cut off.
    UnsupportedFeature
        It holds another codec.
    """
    view = memoryview(data).cast("B")
    if len(view) < _FILE.size or bytes(view[:4]) != MAGIC:
        raise BitstreamError("not an IVF file: its header is missing", 0)
    _, version, length, fourcc, width, height, denominator, numerator, count, _ = _FILE.unpack_from(view)
    if version != 0:
        raise BitstreamError(f"IVF version {version} is unknown", 4)
    if not _FILE.size <= length <= len(view):
        raise BitstreamError(f"the IVF header claims {length} bytes of the {len(view)} in the file", 6)
    if fourcc != b"AV01":
        raise UnsupportedFeature(f"IVF file of codec {fourcc.decode('latin-1')!r}, not AV01")
    return IvfHeader(width, height, denominator, numerator, count), _frames(view, length)


def ivf_obus(data: Bytes) -> Iterator[Obu]:
    """The OBUs of an IVF file's frames, one after the other, with their offsets in the file."""
    _, frames = read_ivf(data)
    return chain.from_iterable(iter_obus(frame.data, frame.offset) for frame in frames)


def _frames(view: memoryview, offset: int) -> Iterator[IvfFrame]:
    while offset < len(view):
        if len(view) - offset < _FRAME.size:
            raise BitstreamError("the IVF file ends within a frame's header", offset)
        size, timestamp = _FRAME.unpack_from(view, offset)
        start = offset + _FRAME.size
        if size > len(view) - start:
            raise BitstreamError(f"an IVF frame of {size} bytes where {len(view) - start} are left", offset)
        yield IvfFrame(timestamp, view[start : start + size], start)
        offset = start + size


class IvfWriter:
    """Writes an IVF file of AV1 to an open binary file, a temporal unit at a time.

    The header's frame count is put right in the end, if the file can seek; else it is that of `header`.
    """

    def __init__(self, file: IO[bytes], header: IvfHeader):
        self._file, self._header, self._count = file, header, 0
        self._start = file.tell() if file.seekable() else None
        file.write(_file_header(header, header.frame_count))

    def write(self, timestamp: int, data: Bytes) -> None:
        """Append a frame."""
        self._file.write(_FRAME.pack(len(data), timestamp))
        self._file.write(data)
        self._count += 1

    def finish(self) -> None:
        """No more frames come."""
        if self._start is not None:
            end = self._file.tell()
            self._file.seek(self._start)
            self._file.write(_file_header(self._header, self._count))
            self._file.seek(end)


def _file_header(header: IvfHeader, count: int) -> bytes:
    timebase = header.timebase_denominator, header.timebase_numerator
    return _FILE.pack(MAGIC, 0, _FILE.size, b"AV01", header.width, header.height, *timebase, count, 0)


def write_ivf(header: IvfHeader, frames: Iterable[tuple[int, Bytes]]) -> bytes:
    """An IVF file of AV1 from (timestamp, temporal unit) pairs; the frame count is counted."""
    file = io.BytesIO()
    writer = IvfWriter(file, header)
    for timestamp, data in frames:
        writer.write(timestamp, data)
    writer.finish()
    return file.getvalue()
