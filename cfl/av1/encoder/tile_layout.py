"""Cut a frame into tiles, as wanted and within the limits of the standard (AV1 specification 5.9.15)."""

from itertools import pairwise

from cfl.av1.headers.tile_info import TileInfo, tile_log2
from cfl.av1.tables.constants import MAX_TILE_AREA, MAX_TILE_COLS, MAX_TILE_ROWS, MAX_TILE_WIDTH
from cfl.errors import FrameError

SUPERBLOCK = 64
_MAX_WIDTH_SB = MAX_TILE_WIDTH // SUPERBLOCK
_MAX_AREA_SB = MAX_TILE_AREA // SUPERBLOCK**2

LEAST_TILE_PIXELS = 1 << 20
"""A tile of at least so many pixels loses little by starting with default CDFs."""

MOST_TILES = 16


def tiles_by_size(width: int, height: int) -> tuple[int, int]:
    """The default number of rows and columns of tiles, so that threads have work.

    Returns
    -------
    rows, columns : int
        Powers of two, 16 tiles at most, none of less than 1 Mpx; one tile below 2 Mpx.
    """
    rows = cols = 1
    while rows * cols < MOST_TILES and width * height >= 2 * LEAST_TILE_PIXELS * rows * cols:
        if height * cols >= width * rows:
            rows *= 2
        else:
            cols *= 2
    return rows, cols


def tile_layout(width: int, height: int, rows: int, cols: int) -> TileInfo:
    """The tile_info of a frame of superblocks of 64x64, as near to `rows` by `cols` tiles as it can be.

    Parameters
    ----------
    width, height : int
        Of the frame, in luma samples.
    rows, cols : int
        1…64. There are fewer where a frame has fewer superblocks, and more where a tile would be too large:
        it is at most 4096 samples wide and 4096x2304 in area.

    Raises
    ------
    FrameError
        `rows` or `cols` is out of range.
    """
    if not (1 <= rows <= MAX_TILE_ROWS and 1 <= cols <= MAX_TILE_COLS):
        raise FrameError(f"{rows}x{cols} tiles: there can be 1 to {MAX_TILE_ROWS} rows and columns")
    sb_cols, sb_rows = -(-width // SUPERBLOCK), -(-height // SUPERBLOCK)
    cols, rows = min(cols, sb_cols), min(rows, sb_rows)
    uniform = _uniform(sb_cols, sb_rows, rows, cols)
    if _counts(uniform, sb_cols, sb_rows) == (rows, cols):
        return uniform
    return _explicit(sb_cols, sb_rows, rows, cols) or uniform


def _uniform(sb_cols: int, sb_rows: int, rows: int, cols: int) -> TileInfo:
    """Tiles of equal size, at least as many as wanted and as must be."""
    cols_log2 = tile_log2(_MAX_WIDTH_SB, sb_cols)
    while len(_starts(sb_cols, cols_log2)) < cols and 1 << cols_log2 < min(sb_cols, MAX_TILE_COLS):
        cols_log2 += 1
    widest = -(-sb_cols >> cols_log2)
    min_log2_tiles = max(tile_log2(_MAX_WIDTH_SB, sb_cols), tile_log2(_MAX_AREA_SB, sb_rows * sb_cols))
    rows_log2 = max(min_log2_tiles - cols_log2, 0)
    while (
        len(_starts(sb_rows, rows_log2)) < rows or widest * (-(-sb_rows >> rows_log2)) > _MAX_AREA_SB
    ) and 1 << rows_log2 < min(sb_rows, MAX_TILE_ROWS):
        rows_log2 += 1
    return TileInfo(tile_cols_log2=cols_log2, tile_rows_log2=rows_log2)


def _starts(sbs: int, log2: int) -> range:
    return range(0, sbs, -(-sbs >> log2))


def _counts(info: TileInfo, sb_cols: int, sb_rows: int) -> tuple[int, int]:
    return len(_starts(sb_rows, info.tile_rows_log2)), len(_starts(sb_cols, info.tile_cols_log2))


def _explicit(sb_cols: int, sb_rows: int, rows: int, cols: int) -> TileInfo | None:
    """Exactly as many tiles as wanted, each with its own size; None if they would be too large."""
    widths, heights = _parts(sb_cols, cols), _parts(sb_rows, rows)
    area = sb_cols * sb_rows
    min_log2_tiles = max(tile_log2(_MAX_WIDTH_SB, sb_cols), tile_log2(_MAX_AREA_SB, area))
    if min_log2_tiles > 0:
        area >>= min_log2_tiles + 1
    if max(widths) > _MAX_WIDTH_SB or max(heights) > max(area // max(widths), 1):
        return None
    return TileInfo(
        uniform_tile_spacing_flag=0,
        width_in_sbs_minus_1=[width - 1 for width in widths],
        height_in_sbs_minus_1=[height - 1 for height in heights],
    )


def _parts(sbs: int, count: int) -> list[int]:
    """`sbs` in nearly equal parts."""
    return [end - start for start, end in pairwise(sbs * i // count for i in range(count + 1))]
