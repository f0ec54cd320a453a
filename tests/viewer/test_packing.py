"""Bytes as text: any bytes come back, by arithmetic on one whole number, and nothing that HTML changes."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfl.viewer.packing import FIRST, text_of


def unpacked(text, size):
    """Read all characters as one number in base 32,768."""
    number = 0
    for letter in text:
        number = number << 15 | ord(letter) - FIRST
    bits = 15 * len(text)
    return (number >> bits - 8 * size).to_bytes(size, "big") if size else b""


@given(st.binary(max_size=200))
def test_bytes_come_back(data):
    assert unpacked(text_of(data), len(data)) == data


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff" * 15, bytes(range(256))])
def test_eight_characters_for_fifteen_bytes(data):
    assert len(text_of(data)) == 8 * -(-len(data) // 15)


def test_every_character_is_plain():
    """None is a control, a space or a surrogate."""
    letters = map(chr, range(FIRST, FIRST + (1 << 15)))
    kinds = {unicodedata.category(letter) for letter in letters}
    assert not kinds & {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}
