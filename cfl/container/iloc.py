"""The box iloc: where the bytes of the items of an AVIF file are (ISO/IEC 14496-12 8.11.3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from cfl.av1.headers.bits import BitReader
from cfl.container.boxes import Box, entry_count, full_box, make_full_box

MAX_ITEMS = 1 << 17
"""Twice the tiles of the largest grid, for its alpha."""
MAX_EXTENTS = 1 << 18
"""Of all items together; and so many references."""

FILE = 0
IDAT = 1
"""construction_method: offsets count from the start of the file, or of the box idat."""


@dataclass(slots=True)
class Location:
    """Where an item's bytes are: (offset, length) in the file or in `idat`; length None: to its end."""

    construction_method: int
    data_reference_index: int
    extents: list[tuple[int, int | None]]


def read_iloc(box: Box) -> dict[int, Location]:
    """The location of each item, by its id.

    Raises
    ------
    BitstreamError
        The box is not as the standard has it.
    """
    io = box.reader()
    version, _ = full_box(io, "iloc", (0, 1, 2))
    offset_size, length_size, base_offset_size, index_size = io.fields(4, 4)
    sizes = (offset_size, length_size, base_offset_size, index_size if version else 0)
    io.check(all(size in (0, 4, 8) for size in sizes), "iloc: a field size is not 0, 4 or 8")
    locations: dict[int, Location] = {}
    left = MAX_EXTENTS
    for _ in range(entry_count(io, 32 if version == 2 else 16, MAX_ITEMS, "iloc")):
        item_id = io.f(32 if version == 2 else 16)
        io.check(item_id not in locations, f"iloc: item {item_id} is there twice")
        method = io.f(16) & 15 if version else FILE
        data_reference_index = io.f(16)
        base_offset = io.f(8 * base_offset_size)
        extents = _extents(io, base_offset, offset_size, length_size, sizes[3], left)
        left -= len(extents)
        locations[item_id] = Location(method, data_reference_index, extents)
    return locations


def _extents(
    io: BitReader, base_offset: int, offset_size: int, length_size: int, index_size: int, most: int
) -> list[tuple[int, int | None]]:
    count = entry_count(io, 16, most, "iloc")
    # Extents that take no bytes could be claimed in any number.
    io.check(count <= 1 or length_size > 0, "iloc: several extents without lengths")
    extents: list[tuple[int, int | None]] = []
    for _ in range(count):
        io.f(8 * index_size)
        offset = io.f(8 * offset_size)
        extents.append((base_offset + offset, io.f(8 * length_size) if length_size else None))
    return extents


def make_iloc(lengths: Sequence[int], data_start: int, first_id: int) -> bytes:
    """An iloc box of version 0: every item in one extent, with offsets and lengths of 4 bytes.

    Parameters
    ----------
    lengths : sequence of int
        The bytes of each item. They follow each other in the file from `data_start` on.
    data_start : int
    first_id : int
        item_ID of the first item; the others count on from it.
    """
    body = bytearray(b"\x44\x00" + len(lengths).to_bytes(2))
    offset = data_start
    for item_id, length in enumerate(lengths, first_id):
        body += item_id.to_bytes(2) + bytes(2) + (1).to_bytes(2)
        body += offset.to_bytes(4) + length.to_bytes(4)
        offset += length
    return make_full_box("iloc", 0, 0, body)
