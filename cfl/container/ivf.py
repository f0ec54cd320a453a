"""IVF: a header of 32 bytes, then frames, each after its size and timestamp (all little-endian)."""

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, NamedTuple

from cfl.av1.headers.bits import Bytes
from cfl.av1.headers.obu import Obu, iter_obus
from cfl.errors import BitstreamError, UnsupportedFeature

MAGIC = b"DKIF"
_FILE = struct.Struct("<4sHH4sHHIIII")
_FRAME = struct.Struct("<IQ")


@dataclass(frozen=True, slots=True)
class IvfHeader:
    """The header of an IVF file.

    A timestamp counts units of ``timebase_numerator / timebase_denominator`` seconds.

    Parameters
    ----------
    width : int
        In samples, 0 to 65535.
    height : int
        In samples, 0 to 65535.
    timebase_denominator : int, default 30
        Timestamps per `timebase_numerator` seconds.
    timebase_numerator : int, default 1
        Seconds for `timebase_denominator` timestamps.
    frame_count : int, default 0
        What the file says, which need not be true.

    See Also
    --------
    read_ivf, write_ivf : Read and write files.

    Examples
    --------
    >>> from cfl.container import IvfHeader
    >>> IvfHeader(352, 288, timebase_denominator=25)
    IvfHeader(width=352, height=288, timebase_denominator=25, timebase_numerator=1, frame_count=0)
    """

    width: int
    height: int
    timebase_denominator: int = 30
    timebase_numerator: int = 1
    frame_count: int = 0


class IvfFrame(NamedTuple):
    """One frame of an IVF file.

    Attributes
    ----------
    timestamp : int
        When to show it, in units of the header's timebase.
    data : memoryview
        A temporal unit of OBUs with sizes.
    offset : int
        Of the data, from the start of the file.

    See Also
    --------
    read_ivf : Reads frames.

    Examples
    --------
    >>> from cfl.container import IvfHeader, read_ivf, write_ivf
    >>> data = write_ivf(IvfHeader(16, 16), [(0, bytes([0x12, 0x00]))])
    >>> _, frames = read_ivf(data)
    >>> frame = next(frames)
    >>> frame.timestamp, frame.data.hex(), frame.offset
    (0, '1200', 44)
    """

    timestamp: int
    data: memoryview
    offset: int

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled with the bytes."""
        return _unpickled, (self.timestamp, bytes(self.data), self.offset)


def _unpickled(timestamp: int, data: bytes, offset: int) -> IvfFrame:
    return IvfFrame(timestamp, memoryview(data), offset)


def read_ivf(data: Bytes) -> tuple[IvfHeader, Iterator[IvfFrame]]:
    """Return the header and the frames of an IVF file of AV1.

    Parameters
    ----------
    data : bytes-like
        The whole file.

    Returns
    -------
    header : IvfHeader
        What the header says.
    frames : iterator of IvfFrame
        In the order of the file.

    Raises
    ------
    BitstreamError
        It is not an IVF file; or, from the iterator, it is cut off.
    UnsupportedFeature
        It holds another codec.

    See Also
    --------
    write_ivf : The way back.
    ivf_obus : The OBUs of all frames.
    decode : The decoded frames.

    Examples
    --------
    >>> from cfl.container import IvfHeader, read_ivf, write_ivf
    >>> unit = bytes([0x12, 0x00])  # a temporal delimiter
    >>> header, frames = read_ivf(write_ivf(IvfHeader(16, 16), [(0, unit), (1, unit)]))
    >>> header.frame_count, [frame.timestamp for frame in frames]
    (2, [0, 1])
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
    """Return the OBUs of an IVF file's frames, one after the other, with their offsets in the file.

    Parameters
    ----------
    data : bytes-like
        The whole file.

    Returns
    -------
    obus : iterator of cfl.av1.headers.obu.Obu
        Header, payload and place of each OBU.

    Raises
    ------
    BitstreamError
        It is not an IVF file; or, from the iterator, it is cut off or a size in it is wrong.
    UnsupportedFeature
        It holds another codec.

    See Also
    --------
    read_ivf : The frames with their timestamps.
    read_obu_file : The OBUs of a file of bare OBUs.

    Examples
    --------
    >>> from cfl.container import IvfHeader, ivf_obus, write_ivf
    >>> data = write_ivf(IvfHeader(16, 16), [(0, bytes([0x12, 0x00]))])
    >>> [obu.header.obu_type for obu in ivf_obus(data)]  # a temporal delimiter
    [2]
    """
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


def timestamps(file: IO[bytes]) -> Iterator[int]:
    """The timestamp of each frame of an open IVF file, without its data; a cut file ends early."""
    file.seek(int.from_bytes(_peek(file, 6, 2), "little"))
    while len(head := file.read(_FRAME.size)) == _FRAME.size:
        size, timestamp = _FRAME.unpack(head)
        yield timestamp
        file.seek(size, io.SEEK_CUR)


def _peek(file: IO[bytes], offset: int, size: int) -> bytes:
    file.seek(offset)
    return file.read(size)


class IvfWriter:
    """Writes an IVF file of AV1 to an open binary file, a temporal unit at a time.

    The frame count in the header is corrected at the end if the file can seek. If it cannot, the count is
    that of `header`.
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
    """Return an IVF file of AV1.

    Parameters
    ----------
    header : IvfHeader
        Size and timebase. Its `frame_count` is ignored; frames are counted.
    frames : iterable of (int, bytes-like)
        Timestamp and temporal unit of each frame.

    Returns
    -------
    data : bytes
        The whole file.

    See Also
    --------
    read_ivf : The way back.
    cfl.encode_frames : Makes temporal units.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> frame = cfl.rgb_to_frame(np.zeros((16, 16, 3), np.uint8))
    >>> units = [encoded.data for encoded in cfl.encode_frames([frame, frame], speed=10)]
    >>> data = cfl.container.write_ivf(cfl.container.IvfHeader(16, 16, 25), enumerate(units))
    >>> len(list(cfl.container.decode(data)))
    2
    """
    file = io.BytesIO()
    writer = IvfWriter(file, header)
    for timestamp, data in frames:
        writer.write(timestamp, data)
    writer.finish()
    return file.getvalue()
