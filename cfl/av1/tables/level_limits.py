"""The limits of each level: what its decoders must be able to decode (AV1 specification, annex A)."""

from typing import NamedTuple


class Level(NamedTuple):
    """A level's limits.

    Attributes
    ----------
    seq_level_idx : int
    max_pic_size : int
        Samples of luma.
    max_h_size, max_v_size : int
        Samples of luma.
    max_display_rate, max_decode_rate : int
        Samples of luma in a second.
    max_header_rate : int
        Frames in a second.
    max_tiles, max_tile_cols : int
    """

    seq_level_idx: int
    max_pic_size: int
    max_h_size: int
    max_v_size: int
    max_display_rate: int
    max_decode_rate: int
    max_header_rate: int
    max_tiles: int
    max_tile_cols: int


LEVEL_LIMITS = (
    Level(0, 147456, 2048, 1152, 4423680, 5529600, 150, 8, 4),
    Level(1, 278784, 2816, 1584, 8363520, 10454400, 150, 8, 4),
    Level(4, 665856, 4352, 2448, 19975680, 24969600, 150, 16, 6),
    Level(5, 1065024, 5504, 3096, 31950720, 39938400, 150, 16, 6),
    Level(8, 2359296, 6144, 3456, 70778880, 77856768, 300, 32, 8),
    Level(9, 2359296, 6144, 3456, 141557760, 155713536, 300, 32, 8),
    Level(12, 8912896, 8192, 4352, 267386880, 273715200, 300, 64, 8),
    Level(13, 8912896, 8192, 4352, 534773760, 547430400, 300, 64, 8),
    Level(14, 8912896, 8192, 4352, 1069547520, 1094860800, 300, 64, 8),
    Level(15, 8912896, 8192, 4352, 1069547520, 1176502272, 300, 64, 8),
    Level(16, 35651584, 16384, 8704, 1069547520, 1176502272, 300, 128, 16),
    Level(17, 35651584, 16384, 8704, 2139095040, 2189721600, 300, 128, 16),
    Level(18, 35651584, 16384, 8704, 4278190080, 4379443200, 300, 128, 16),
    Level(19, 35651584, 16384, 8704, 4278190080, 4706009088, 300, 128, 16),
)
"""From the least to the most. They stand for levels 2.0, 2.1, 3.0, 3.1, 4.0, 4.1, 5.0 to 5.3, 6.0 to 6.3."""

MAX_PARAMETERS = 31
"""seq_level_idx of a picture that fits no level."""
