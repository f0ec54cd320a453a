"""The state of the block search: scratch that no other stage borrows, and whose contents never matter."""

import re
from pathlib import Path

import numpy as np
import pytest
from av1_pictures import photo, screen

from cfl.av1 import block_search
from cfl.av1.block_search import partition
from cfl.av1.block_search.state import SCRATCH, SCRATCH_FIELDS
from cfl.av1.encoder.frames import Encoder, EncoderOptions
from cfl.frames import rgb_to_frame

READERS = {
    "direction": {"luma"},
    "activity": {"partition"},  # which has it measured
    "mode": {"luma", "chroma"},
    "angle": {"luma", "chroma"},
    "filter_mode": {"luma"},
    "coefs": {"quantize"},
    "levels": {"transform"},
}
"""The modules beside its own that name a field of the scratch."""


def test_a_field_of_the_scratch_is_used_by_its_module():
    """Two stages that use one array each must not have to know of each other."""
    owner = {field[0]: module for module, fields in SCRATCH_FIELDS.items() for field in fields}
    assert set(owner) == set(SCRATCH.names)
    users = {field: set() for field in owner}
    for path in Path(block_search.__path__[0]).glob("*.py"):
        for field in re.findall(r"\bscratch\.(\w+)", path.read_text()):
            users[field].add(path.stem)
    for field, modules in users.items():
        assert modules == {owner[field]} | READERS.get(field, set()), field


def garbage(record, rng):
    """Fill a record with numbers that mean nothing; integers stay small, for they may be indices."""
    for name in record.dtype.names:
        values = record[name]
        if name == "around":
            assert not values.any()
        elif values.dtype.kind == "f":
            values[...] = rng.normal(scale=1e6, size=values.shape)
        else:
            values[...] = rng.integers(0, 3, values.shape)


PICTURES = {
    "photo": lambda: rgb_to_frame(photo(136, 72)),
    "4:4:4": lambda: rgb_to_frame(photo(72, 72), subsampling="4:4:4"),
    "screen": lambda: rgb_to_frame(screen(136, 72), subsampling="4:4:4"),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("speed", [3, 8])
def test_bytes_do_not_depend_on_what_a_superblock_leaves_in_the_state(name, speed, monkeypatch):
    frame = PICTURES[name]()
    encoder = Encoder(frame, EncoderOptions(qindex=80, speed=speed, screen=name == "screen"), still=True)
    expected = encoder.encode(frame).obu
    search_superblock, rng, calls = partition.search_superblock, np.random.default_rng(1), []

    def poisoned(search, *others):
        garbage(search.scratch, rng)
        garbage(search.best, rng)
        search_superblock(search, *others)
        calls.append(others)

    monkeypatch.setattr(partition, "search_superblock", poisoned)
    assert encoder.encode(frame).obu == expected
    assert len(calls) >= 4
