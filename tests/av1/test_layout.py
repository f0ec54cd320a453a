"""Tile layouts and levels against the limits of the standard, written out anew."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfl.av1.encoder.frames import Encoder, EncoderOptions
from cfl.av1.encoder.tile_layout import tile_layout, tiles_by_size
from cfl.av1.headers.bits import BitReader, BitWriter
from cfl.av1.headers.tile_info import TileInfo, tile_info
from cfl.errors import FrameError
from cfl.frames import Frame

sides = st.one_of(st.integers(1, 700), st.integers(1, 20000), st.integers(60000, 65536))
counts = st.one_of(st.integers(1, 5), st.integers(1, 64))


def written_and_read(info, width, height):
    """The layout as a decoder finds it."""
    mi_cols, mi_rows = 2 * ((width + 7) >> 3), 2 * ((height + 7) >> 3)
    writer, read = BitWriter(), TileInfo()
    tile_info(writer, info, mi_cols, mi_rows, 0)
    writer.trailing_bits()
    tile_info(BitReader(writer.getvalue()), read, mi_cols, mi_rows, 0)
    assert (read.mi_col_starts, read.mi_row_starts) == (info.mi_col_starts, info.mi_row_starts)
    return read


@given(sides, sides, counts, counts)
def test_tiles_are_as_wanted_and_within_limits(width, height, rows, cols):
    info = written_and_read(tile_layout(width, height, rows, cols), width, height)
    widths = [4 * (b - a) for a, b in pairwise(info.mi_col_starts)]
    heights = [4 * (b - a) for a, b in pairwise(info.mi_row_starts)]
    assert max(widths) <= 4096
    assert max(widths) * max(heights) <= 4096 * 2304
    assert len(widths) <= 64 and len(heights) <= 64
    wanted = min(rows, -(-height // 64)), min(cols, -(-width // 64))
    if width <= 4096 and width * height <= 4096 * 2304 // 2:
        assert (info.tile_rows, info.tile_cols) == wanted
    else:
        assert info.tile_rows >= min(wanted[0], 32) // 2 and info.tile_cols >= wanted[1] // 2


@pytest.mark.parametrize(
    ("width", "height", "rows", "cols"),
    [(4096, 2304, 1, 1), (4097, 100, 1, 2), (3000, 4000, 2, 1), (65536, 1, 1, 16)],
)
def test_no_more_tiles_than_must_be(width, height, rows, cols):
    info = written_and_read(tile_layout(width, height, 1, 1), width, height)
    assert (info.tile_rows, info.tile_cols) == (rows, cols)


@given(sides, sides)
def test_tiles_by_size(width, height):
    rows, cols = tiles_by_size(width, height)
    count, pixels = rows * cols, width * height
    assert count in (1, 2, 4, 8, 16)
    assert count == 1 or pixels >= count << 20
    assert count == 16 or pixels < count << 21


def test_the_usual_sizes():
    sizes = [(1920, 1080), (3000, 2000), (2000, 3000), (6000, 4000)]
    assert [tiles_by_size(*size) for size in sizes] == [(1, 1), (2, 2), (2, 2), (4, 4)]


@pytest.mark.parametrize(("rows", "cols"), [(0, 1), (1, 0), (65, 1), (1, 65)])
def test_counts_out_of_range(rows, cols):
    with pytest.raises(FrameError, match="there can be 1 to 64"):
        tile_layout(100, 100, rows, cols)


def level_of(width, height, rate=None, tiles=(1, 1)):
    """As a name, from the sequence header."""
    form = Frame(np.zeros((height, width), np.uint8), subsampling="4:0:0")
    options = EncoderOptions(tiles=tiles)
    encoder = Encoder(form, options, still=rate is None, frame_rate=None if rate is None else Fraction(rate))
    idx = encoder.sequence.operating_points[0].seq_level_idx
    return "max" if idx == 31 else f"{2 + (idx >> 2)}.{idx & 3}"


@pytest.mark.parametrize(
    ("width", "height", "level"),
    [
        (512, 288, "2.0"), (513, 288, "2.1"), (2048, 72, "2.0"), (2049, 64, "2.1"), (854, 480, "3.0"),
        (1280, 720, "3.1"), (1920, 1080, "4.0"), (3840, 2160, "5.0"), (7680, 4320, "6.0"), (16385, 16, "max"),
        (15, 16, "max"), (16, 15, "max"), (16, 16, "2.0"), (4100, 100, "3.0"),
    ],
)  # fmt: skip
def test_levels_of_stills(width, height, level):
    assert level_of(width, height) == level


@pytest.mark.parametrize(
    ("width", "height", "rate", "level"),
    [
        (426, 240, 30, "2.0"), (640, 360, 30, "2.1"), (854, 480, 30, "3.0"), (1280, 720, 30, "3.1"),
        (1920, 1080, 30, "4.0"), (1920, 1080, 60, "4.1"), (3840, 2160, 30, "5.0"), (3840, 2160, 60, "5.1"),
        (3840, 2160, 120, "5.2"), (7680, 4320, 30, "6.0"), (64, 64, 151, "4.0"), (64, 64, 301, "max"),
    ],
)  # fmt: skip
def test_levels_of_streams(width, height, rate, level):
    """The examples of the standard's table, and rates beyond."""
    tiles = (4, 4) if width > 4096 else (2, 2) if rate == 120 else (1, 1)
    assert level_of(width, height, rate, tiles) == level


def test_tiles_that_no_level_has():
    assert level_of(68, 64, tiles=(1, 2)) == "max"  # the second is cropped to 4 samples
    assert level_of(72, 64, tiles=(1, 2)) == "2.0"
    assert level_of(3840, 2160, 120) == "max"  # more samples in a second than a tile may have


def test_many_tiles_take_a_higher_level():
    assert level_of(512, 288, tiles=(2, 4)) == "2.0"
    assert level_of(512, 288, tiles=(2, 5)) == "3.0"
