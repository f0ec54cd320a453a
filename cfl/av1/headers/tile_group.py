"""Tile groups: where the coded data of each tile are (AV1 specification 5.11.1)."""

from dataclasses import dataclass, field
from typing import Any

from cfl.av1.headers.bits import BitFields
from cfl.av1.headers.tile_info import TileInfo


@dataclass(frozen=True, slots=True)
class Tile:
    """The coded data of one tile.

    Attributes
    ----------
    data : memoryview
        At least one byte; the last tile of a group includes the OBU's trailing bits.
    offset : int
        Of the first byte in the input; 0 in a tile to write.
    """

    data: memoryview
    offset: int = 0

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled with the bytes."""
        return _unpickled, (bytes(self.data), self.offset)


def _unpickled(data: bytes, offset: int) -> Tile:
    return Tile(memoryview(data), offset)


@dataclass(slots=True)
class TileGroup:
    """The tiles `tg_start` to `tg_end` of a frame, in raster order (5.11.1)."""

    tile_start_and_end_present_flag: int = 0
    tg_start: int = 0
    tg_end: int = 0
    tiles: list[Tile] = field(default_factory=list)


def tile_group_obu(io: BitFields, group: TileGroup, info: TileInfo) -> None:
    """Read or write a tile group, to the end of its OBU (5.11.1).

    Raises
    ------
    BitstreamError
        The tiles named are not of the frame, or a tile's size is not that of its data.
    """
    num_tiles = info.num_tiles
    group.tile_start_and_end_present_flag = (
        io.f(1, group.tile_start_and_end_present_flag) if num_tiles > 1 else 0
    )
    if group.tile_start_and_end_present_flag:
        tile_bits = info.tile_cols_log2 + info.tile_rows_log2
        group.tg_start = io.f(tile_bits, group.tg_start)
        group.tg_end = io.f(tile_bits, group.tg_end)
        io.check(
            group.tg_start <= group.tg_end < num_tiles,
            f"tg_start {group.tg_start}, tg_end {group.tg_end} of {num_tiles} tiles",
        )
    else:
        group.tg_start = 0
        group.tg_end = num_tiles - 1
    io.byte_alignment()
    to_write = group.tiles
    group.tiles = []
    for tile_num in range(group.tg_start, group.tg_end + 1):
        tile = to_write[tile_num - group.tg_start] if to_write else Tile(memoryview(b""))
        tile_size = len(tile.data)
        if tile_num == group.tg_end:
            tile_size = io.rest(tile_size)
        else:
            tile_size = io.le(info.tile_size_bytes, max(tile_size - 1, 0)) + 1
        io.check(tile_size > 0, f"tile {tile_num} has no data")
        offset = io.offset
        group.tiles.append(Tile(io.byte_string(tile_size, tile.data), offset))
