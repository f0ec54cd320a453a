"""Boxes of the ISO base media file format (ISO/IEC 14496-12): their extent and their fields.

Nothing here descends by itself: a reader opens the boxes it knows, so nesting costs nothing, and a box is
never shorter than its header, so every walk ends.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from cfl.av1.headers.bits import BitReader, Bytes
from cfl.errors import BitstreamError

MAX_BOXES = 4096
"""That a box may hold, unless its reader allows more: a file of nothing but boxes must not take long."""

_HEADER = 8
_SIZE_64 = 1
_SIZE_TO_END = 0


@dataclass(frozen=True, slots=True)
class Box:
    """One box: its four-character type, and its payload: bytes `start` to `end` of `data`, the whole file."""

    type: str
    data: memoryview
    start: int
    end: int

    def reader(self) -> BitReader:
        """A reader of the payload; its errors give offsets in the file."""
        return BitReader(self.data, self.start, self.end)

    def children(self, skip: int = 0, limit: int = MAX_BOXES) -> Iterator["Box"]:
        """The boxes in the payload, after `skip` bytes of it; more than `limit` are an error."""
        io = self.reader()
        io.byte_string(skip)
        return iter_boxes(self.data, io.position >> 3, self.end, limit=limit)


def file_boxes(data: Bytes) -> Iterator[Box]:
    """The boxes of a file; its last may leave its size open."""
    view = memoryview(data).cast("B")
    return iter_boxes(view, 0, len(view), top_level=True)


def iter_boxes(
    data: memoryview, start: int, end: int, top_level: bool = False, limit: int = MAX_BOXES
) -> Iterator[Box]:
    """The boxes that fill bytes `start` to `end`.

    Raises
    ------
    BitstreamError
        From the iterator: a box is shorter than its header or longer than what holds it, or they are more
        than `limit`.
    """
    count = 0
    while start < end:
        count += 1
        if count > limit:
            raise BitstreamError(f"more than {limit} boxes in one", start)
        io = BitReader(data, start, end)
        size = io.f(32)
        box_type = four_cc(io)
        if size == _SIZE_64:
            size = io.f(64)
        elif size == _SIZE_TO_END and top_level:
            size = end - start
        if box_type == "uuid":
            io.byte_string(16)
        payload = io.position >> 3
        if not payload - start <= size <= end - start:
            raise BitstreamError(f"box {box_type!r} of {size} bytes where {end - start} are left", start)
        yield Box(box_type, data, payload, start + size)
        start += size


def four_cc(io: BitReader) -> str:
    """A four-character code; bytes outside of ASCII as they are in Latin-1."""
    return bytes(io.byte_string(4)).decode("latin-1")


def full_box(io: BitReader, name: str, versions: tuple[int, ...] = (0,)) -> tuple[int, int]:
    """Version and flags, with which many a box starts; a version that is none of `versions` is an error."""
    version = io.f(8)
    io.check(version in versions, f"version {version} of box {name!r} is unknown")
    return version, io.f(24)


def string(io: BitReader) -> str:
    """A UTF-8 string up to its zero byte, or to the end of the box."""
    rest = bytes(io.data[io.position >> 3 : io.end])
    text, zero, _ = rest.partition(b"\0")
    io.byte_string(len(text) + len(zero))
    return text.decode("utf-8", "replace")


def make_box(box_type: str, *parts: Bytes) -> bytes:
    """A box of these parts."""
    payload = b"".join(parts)
    return (_HEADER + len(payload)).to_bytes(4) + box_type.encode("latin-1") + payload


def make_full_box(box_type: str, version: int, flags: int, *parts: Bytes) -> bytes:
    """A box that starts with version and flags."""
    return make_box(box_type, version.to_bytes(1), flags.to_bytes(3), *parts)


def entry_count(io: BitReader, bits: int, most: int, name: str) -> int:
    """A number of entries, a field of that many bits; `BitstreamError` names the box if it exceeds `most`."""
    count = io.f(bits)
    io.check(count <= most, f"{name}: {count} entries are more than {most}")
    return count
