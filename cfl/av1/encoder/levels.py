"""Which level a stream of key frames is of (AV1 specification, annex A.3)."""

from fractions import Fraction
from itertools import pairwise

from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.tile_info import TileInfo
from cfl.av1.tables.constants import MAX_TILE_AREA, MAX_TILE_WIDTH
from cfl.av1.tables.level_limits import LEVEL_LIMITS, MAX_PARAMETERS, Level

_MIN_FRAME_SIDE = 16
_MIN_TILE_SIDE = 8
_MIN_INNER_TILE_WIDTH = 64
_MAX_TILE_RATE = 588_251_136


def seq_level_idx(header: FrameHeader, frame_rate: Fraction | None = None) -> int:
    """The lowest level for a sequence of frames like this one.

    Parameters
    ----------
    header : FrameHeader
        With its derived fields; it has been written once.
    frame_rate : Fraction, optional
        Frames in a second; None for a still picture.

    Returns
    -------
    int
        31, maximum parameters, for a frame that is too large or too small (below 16x16) for any level.

    Notes
    -----
    Sizes, rates and tiles decide. The bit rate does not: it is not known when the sequence header is written.
    Its limits are meant for streams with inter frames, and do not apply to a still.
    """
    size = header.size
    if min(size.frame_width, size.frame_height) < _MIN_FRAME_SIDE or not _tiles_conform(header):
        return MAX_PARAMETERS
    return next(
        (level.seq_level_idx for level in LEVEL_LIMITS if _holds(level, header, frame_rate)), MAX_PARAMETERS
    )


def _holds(level: Level, header: FrameHeader, frame_rate: Fraction | None) -> bool:
    size, tiles = header.size, header.tile_info
    pixels = size.upscaled_width * size.frame_height
    fits = (
        pixels <= level.max_pic_size
        and size.upscaled_width <= level.max_h_size
        and size.frame_height <= level.max_v_size
        and tiles.num_tiles <= level.max_tiles
        and tiles.tile_cols <= level.max_tile_cols
    )
    if not fits or frame_rate is None:
        return fits
    return (
        pixels * frame_rate <= min(level.max_display_rate, level.max_decode_rate)
        and frame_rate <= level.max_header_rate
        and tiles.num_tiles * frame_rate <= 120 * level.max_tiles
        and max(_widths(tiles)) * max(_heights(tiles)) * frame_rate <= _MAX_TILE_RATE
    )


def _tiles_conform(header: FrameHeader) -> bool:
    """Whether no tile is too large or too small for every level."""
    size, tiles = header.size, header.tile_info
    widths, heights = _widths(tiles), _heights(tiles)
    return (
        max(widths) <= MAX_TILE_WIDTH
        and max(widths) * max(heights) <= MAX_TILE_AREA
        and all(width >= _MIN_INNER_TILE_WIDTH for width in widths[:-1])
        and size.frame_width - 4 * tiles.mi_col_starts[-2] >= _MIN_TILE_SIDE
        and size.frame_height - 4 * tiles.mi_row_starts[-2] >= _MIN_TILE_SIDE
    )


def _widths(tiles: TileInfo) -> list[int]:
    starts = tiles.mi_col_starts
    return [4 * (end - start) for start, end in pairwise(starts)]


def _heights(tiles: TileInfo) -> list[int]:
    starts = tiles.mi_row_starts
    return [4 * (end - start) for start, end in pairwise(starts)]
