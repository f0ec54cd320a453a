"""Intra block copy in every form, written by our own writer: shown as by libdav1d, and refused as by it."""

import pytest
from av1_copies import BROKEN, CASES, Copies, broken_copy, copies, endless_golomb
from av1_oracle import OracleError, dav1d_pictures, temporal_units

from cfl.av1.decoder import decode_obus
from cfl.av1.headers.obu import iter_obus
from cfl.errors import BitstreamError


def assert_shown_alike(unit):
    (ours,), (expected,) = decode_obus(iter_obus(unit)), dav1d_pictures(temporal_units(unit))
    for plane, other in zip(ours.planes, expected.planes, strict=True):
        assert (plane == other).all()


@pytest.mark.parametrize("name", CASES)
def test_cases(name):
    assert_shown_alike(copies(name))


@pytest.mark.parametrize("tiles", [0, 1])
@pytest.mark.parametrize("use_128x128_superblock", [0, 1])
@pytest.mark.parametrize("chroma", ["400", "420", "444"])
def test_random_copies(chroma, use_128x128_superblock, tiles):
    count = 0
    for seed in range(6):
        choices = {"use_128x128_superblock": use_128x128_superblock, "tiles": tiles, "uniform_tiles": 1}
        frame = Copies(seed, (700, 300), chroma, **choices).copy(0.7, seed & 1)
        count += sum(int(tile.blocks["use_intrabc"].sum()) for tile in frame.tiles)
        assert_shown_alike(frame.unit())
    assert count > 100


@pytest.mark.parametrize("name", BROKEN)
def test_vectors_that_are_not_allowed(name):
    unit = broken_copy(name)
    with pytest.raises(BitstreamError, match="the vector of an intra block copy"):
        list(decode_obus(iter_obus(unit)))
    with pytest.raises(OracleError):
        dav1d_pictures(temporal_units(unit))


def test_a_golomb_code_of_too_many_bits():
    with pytest.raises(BitstreamError, match="golomb_length_bit: a coefficient has more than 20 bits"):
        list(decode_obus(iter_obus(endless_golomb())))
