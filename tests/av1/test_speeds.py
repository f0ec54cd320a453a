"""The table of speeds: complete, of the types that it declares, and never doing more at a faster speed."""

from dataclasses import fields, is_dataclass
from typing import get_origin

import pytest

from cfl.av1.block_search.state import CFL_TRIALS
from cfl.av1.speeds import MAX_SPEED, SpeedSettings, settings_of, speed_table
from cfl.errors import FrameError

SPEEDS = range(MAX_SPEED + 1)


def leaves(settings, group=""):
    """All settings of a speed with their types, by group and name."""
    for each in fields(settings):
        value = getattr(settings, each.name)
        if is_dataclass(value):
            yield from leaves(value, each.name)
        else:
            yield (group, each.name), (each.type, value)


def test_the_table_covers_every_setting_at_every_speed():
    rows = {(row.group, row.name): row for row in speed_table()}
    assert len(rows) == len(speed_table())
    for speed in SPEEDS:
        found = dict(leaves(settings_of(speed)))
        assert list(found) == list(rows)
        assert [value for _, value in found.values()] == [row.values[speed] for row in rows.values()]


def test_every_row_has_a_meaning_and_eleven_values_of_its_type():
    types = {key: kind for key, (kind, _) in leaves(settings_of(0))}
    for row in speed_table():
        assert len(row.meaning) > 20
        assert len(row.values) == 11
        kind = types[row.group, row.name]
        if get_origin(kind) is None:
            assert {type(value) for value in row.values} == {kind}, row.name
        else:
            assert {type(value) for value in row.values} == {tuple}, row.name
    assert len({row.meaning for row in speed_table()}) == len(speed_table())


def test_every_setting_changes_somewhere():
    """What is the same at all speeds is not a matter of speed."""
    assert [row.name for row in speed_table() if len(set(row.values)) == 1] == []


@pytest.mark.parametrize(
    "name",
    ["luma_candidates", "part_candidates", "chroma_candidates", "cfl_trials", "tx_depth", "tx_types",
     "tx_survivors", "rectangle_margin", "extended_margin", "angle_deltas", "direction_reach", "filter_intra",
     "pixels", "trials", "max_bits", "refinements", "steps", "tries", "finds_screens"],
)  # fmt: skip
def test_a_faster_speed_does_not_do_more(name):
    values = next(row.values for row in speed_table() if row.name == name)
    assert list(values) == sorted(values, reverse=True)


def test_sets_of_values_that_are_tried():
    for row in speed_table():
        if row.name in ("primary", "secondary"):
            assert all(values[0] == 0 and list(values) == sorted(values) for values in row.values)
        if row.name in ("primary", "secondary", "sets", "shifts", "uv_shifts"):
            for slower, faster in zip(row.values, row.values[1:], strict=False):
                assert len(faster) <= len(slower)


def test_the_search_has_room_for_all_its_trials():
    assert max(settings_of(speed).blocks.cfl_trials for speed in SPEEDS) == CFL_TRIALS


@pytest.mark.parametrize("speed", [-1, 11])
def test_there_are_no_other_speeds(speed):
    with pytest.raises(FrameError, match=f"speed is {speed}, not 0 to 10"):
        settings_of(speed)


def test_settings_are_not_to_be_changed():
    with pytest.raises(AttributeError):
        settings_of(6).finds_screens = False
    assert isinstance(settings_of(6), SpeedSettings)
