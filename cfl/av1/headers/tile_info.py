"""How a frame is cut into tiles (AV1 specification 5.9.15)."""

from dataclasses import dataclass, field

from cfl.av1.headers.bits import BitFields
from cfl.av1.tables.constants import MAX_TILE_AREA, MAX_TILE_COLS, MAX_TILE_ROWS, MAX_TILE_WIDTH


@dataclass(slots=True)
class TileInfo:
    """The tile layout. Coded: the flag, then the two log2 or the two lists of sizes, then the last two.

    `mi_col_starts` and `mi_row_starts` are derived: where each tile starts in units of 4x4 luma samples, and
    in the end the frame's `mi_cols` or `mi_rows`.
    """

    uniform_tile_spacing_flag: int = 1
    tile_cols_log2: int = 0
    tile_rows_log2: int = 0
    width_in_sbs_minus_1: list[int] = field(default_factory=list)
    height_in_sbs_minus_1: list[int] = field(default_factory=list)
    context_update_tile_id: int = 0
    tile_size_bytes_minus_1: int = 3

    mi_col_starts: list[int] = field(default_factory=lambda: [0, 0])
    mi_row_starts: list[int] = field(default_factory=lambda: [0, 0])

    @property
    def tile_cols(self) -> int:
        """TileCols, 1 to 64."""
        return len(self.mi_col_starts) - 1

    @property
    def tile_rows(self) -> int:
        """TileRows, 1 to 64."""
        return len(self.mi_row_starts) - 1

    @property
    def num_tiles(self) -> int:
        """NumTiles, 1 to 4096."""
        return self.tile_cols * self.tile_rows

    @property
    def tile_size_bytes(self) -> int:
        """TileSizeBytes, 1 to 4."""
        return self.tile_size_bytes_minus_1 + 1


@dataclass(frozen=True, slots=True)
class _Limits:
    """The size of the frame in superblocks, and the limits of tile sizes that follow from it."""

    sb_cols: int
    sb_rows: int
    max_tile_width_sb: int
    min_log2_tile_cols: int
    min_log2_tiles: int


def tile_log2(blk_size: int, target: int) -> int:
    """The smallest k for which ``blk_size << k`` is at least `target` (5.9.16)."""
    k = 0
    while blk_size << k < target:
        k += 1
    return k


def tile_info(io: BitFields, info: TileInfo, mi_cols: int, mi_rows: int, use_128x128_superblock: int) -> None:
    """Read or write `info` for a frame of `mi_cols` by `mi_rows` blocks of 4x4 samples.

    Raises
    ------
    BitstreamError
        More than 64 tile columns or rows, or context_update_tile_id is not a tile.
    """
    sb_shift = 5 if use_128x128_superblock else 4
    limits = _limits(mi_cols, mi_rows, sb_shift)
    info.uniform_tile_spacing_flag = io.f(1, info.uniform_tile_spacing_flag)
    if info.uniform_tile_spacing_flag:
        col_starts, row_starts = _uniform_spacing(io, info, limits)
    else:
        col_starts, row_starts = _coded_spacing(io, info, limits)
    info.mi_col_starts = [start << sb_shift for start in col_starts] + [mi_cols]
    info.mi_row_starts = [start << sb_shift for start in row_starts] + [mi_rows]
    if info.tile_cols_log2 > 0 or info.tile_rows_log2 > 0:
        info.context_update_tile_id = io.f(
            info.tile_rows_log2 + info.tile_cols_log2, info.context_update_tile_id
        )
        io.check(
            info.context_update_tile_id < info.num_tiles,
            f"context_update_tile_id {info.context_update_tile_id} of {info.num_tiles} tiles",
        )
        info.tile_size_bytes_minus_1 = io.f(2, info.tile_size_bytes_minus_1)
    else:
        info.context_update_tile_id = 0


def _limits(mi_cols: int, mi_rows: int, sb_shift: int) -> _Limits:
    sb_cols = (mi_cols + (1 << sb_shift) - 1) >> sb_shift
    sb_rows = (mi_rows + (1 << sb_shift) - 1) >> sb_shift
    sb_size = sb_shift + 2
    max_tile_width_sb = MAX_TILE_WIDTH >> sb_size
    max_tile_area_sb = MAX_TILE_AREA >> 2 * sb_size
    min_log2_tile_cols = tile_log2(max_tile_width_sb, sb_cols)
    min_log2_tiles = max(min_log2_tile_cols, tile_log2(max_tile_area_sb, sb_rows * sb_cols))
    return _Limits(sb_cols, sb_rows, max_tile_width_sb, min_log2_tile_cols, min_log2_tiles)


def _uniform_spacing(io: BitFields, info: TileInfo, limits: _Limits) -> tuple[list[int], list[int]]:
    # That tileWidthSb * tileHeightSb is at most maxTileAreaSb is left unchecked: the standard's own lower
    # bound on the number of tiles lets rounding exceed it a little, and no memory depends on it.
    max_log2_tile_cols = tile_log2(1, min(limits.sb_cols, MAX_TILE_COLS))
    info.tile_cols_log2 = _increments(io, info.tile_cols_log2, limits.min_log2_tile_cols, max_log2_tile_cols)
    min_log2_tile_rows = max(limits.min_log2_tiles - info.tile_cols_log2, 0)
    max_log2_tile_rows = tile_log2(1, min(limits.sb_rows, MAX_TILE_ROWS))
    info.tile_rows_log2 = _increments(io, info.tile_rows_log2, min_log2_tile_rows, max_log2_tile_rows)
    return _uniform_starts(limits.sb_cols, info.tile_cols_log2), _uniform_starts(
        limits.sb_rows, info.tile_rows_log2
    )


def _increments(io: BitFields, wanted: int, least: int, most: int) -> int:
    """A log2 in unary code: increment_tile_cols_log2 (or rows), up to one that is 0 or to the maximum."""
    log2 = least
    while log2 < most and io.f(1, log2 < wanted):
        log2 += 1
    return log2


def _uniform_starts(sbs: int, log2: int) -> list[int]:
    return list(range(0, sbs, (sbs + (1 << log2) - 1) >> log2))


def _coded_spacing(io: BitFields, info: TileInfo, limits: _Limits) -> tuple[list[int], list[int]]:
    col_starts, info.width_in_sbs_minus_1 = _coded_starts(
        io, info.width_in_sbs_minus_1, limits.sb_cols, limits.max_tile_width_sb, "TileCols"
    )
    info.tile_cols_log2 = tile_log2(1, len(col_starts))

    max_tile_area_sb = limits.sb_rows * limits.sb_cols
    if limits.min_log2_tiles > 0:
        max_tile_area_sb >>= limits.min_log2_tiles + 1
    max_tile_height_sb = max(max_tile_area_sb // (max(info.width_in_sbs_minus_1) + 1), 1)

    row_starts, info.height_in_sbs_minus_1 = _coded_starts(
        io, info.height_in_sbs_minus_1, limits.sb_rows, max_tile_height_sb, "TileRows"
    )
    info.tile_rows_log2 = tile_log2(1, len(row_starts))
    return col_starts, row_starts


def _coded_starts(
    io: BitFields, sizes: list[int], sbs: int, most: int, name: str
) -> tuple[list[int], list[int]]:
    """Starts of the tiles across or down, and their sizes minus 1, in superblocks.

    No size can be more than what is left, so the sizes add up to `sbs`.
    """
    limit = MAX_TILE_COLS  # and MAX_TILE_ROWS is the same
    starts: list[int] = []
    coded: list[int] = []
    start_sb = 0
    while start_sb < sbs:
        io.check(len(starts) < limit, f"{name} exceeds {limit}")
        i = len(starts)
        starts.append(start_sb)
        coded.append(io.ns(min(sbs - start_sb, most), sizes[i] if i < len(sizes) else 0))
        start_sb += coded[i] + 1
    return starts, coded
