"""What the encoder does at each of its speeds, 0 (tries everything) to 10.

Every setting is a field of a class below, with its meaning and its value at each speed.
The searches and the encoder read them by `settings_of`, the documents by `speed_table`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from typing import Any, NamedTuple

from cfl.errors import FrameError

MAX_SPEED = 10
DEFAULT_SPEED = 6


def _values(meaning: str, values: Sequence[Any]) -> Any:
    """A field with its value at each speed."""
    return field(metadata={"meaning": meaning, "values": tuple(values)})


def _from(meaning: str, values: Mapping[int, Any]) -> Any:
    """A field with the values that it has from certain speeds on."""
    return _values(
        meaning,
        [values[max(first for first in values if first <= speed)] for speed in range(MAX_SPEED + 1)],
    )


@dataclass(frozen=True, slots=True)
class BlockEffort:
    """How the partition, modes and transforms of blocks are searched."""

    # --- partition ---
    no_split_below: tuple[float, ...] = _from(
        "Squares of 64, 32, 16 and 8 samples stay whole if their activity is below this: the mean squared "
        "gradient, divided by the square of the quantizer's step",
        {
            0: (0.0, 0.0, 0.0, 0.0),
            3: (0.003, 0.01, 0.08, 0.2),
            6: (0.003, 0.01, 0.08, 2.0),
            8: (0.004, 0.03, 0.2, 0.5),
            10: (0.015, 0.08, 0.8, 1.0),
        },
    )
    split_above: tuple[float, ...] = _from(
        "Squares of 64, 32, 16 and 8 samples are split, without trying them whole, if their activity (see "
        "no_split_below) is above this",
        {
            0: (math.inf, math.inf, math.inf, math.inf),
            3: (0.1, 1.0, 30.0, math.inf),
            6: (0.1, 0.5, 10.0, 100.0),
            8: (0.1, 0.5, 10.0, math.inf),
            10: (0.03, 0.16, 1.6, math.inf),
        },
    )
    min_size: int = _from("Side in samples of the smallest square, 4 or 8", {0: 4, 7: 8})
    rectangle_margin: int = _values(
        "Halves of a square are tried if its RD costs whole and split differ by at most this many per cent; "
        "0: never",
        (1000, 1000, 20, 10, 8, 8, 5, 4, 0, 0, 0),
    )
    extended_margin: float = _from(
        "Three or four parts of a square are tried if halves in the same direction cost at most this many "
        "times the best; 0: never",
        {0: math.inf, 1: 1.01, 2: 1.0, 5: 0.0},
    )

    # --- luma ---
    luma_candidates: int = _values(
        "How many luma modes of a square are coded in full, after a quick estimate of all; at least 1",
        (8, 8, 5, 4, 3, 3, 2, 2, 2, 1, 1),
    )
    part_candidates: int = _values(
        "How many luma modes are coded in full for each part of a square that is cut in two, three or four; "
        "at least 1",
        (8, 8, 5, 4, 3, 3, 1, 1, 1, 1, 1),
    )
    few_luma_modes: bool = _from("Whether SMOOTH_V_PRED and SMOOTH_H_PRED are left out", {0: False, 10: True})
    direction_reach: float = _from(
        "Directional luma modes are estimated if they are nearer than this to the direction of the block's "
        "gradients, in degrees; from 90 on, all are",
        {0: 180.0, 4: 50.0, 8: 35.0, 10: 20.0},
    )
    least_coherence: float = _from(
        "How strongly gradients must agree on a direction, 0 to 1; below that, only V_PRED and H_PRED are "
        "estimated",
        {0: 0.0, 4: 0.05, 8: 0.15},
    )
    angle_deltas: int = _from(
        "Angles near the best direction: 0 none, 1 those next to the direction of the gradients, 2 all",
        {0: 2, 4: 1, 10: 0},
    )
    filter_intra: bool = _from("Whether filter-intra modes are estimated", {0: True, 9: False})

    # --- chroma ---
    chroma_candidates: int = _values(
        "How many chroma modes other than CfL are coded in full, after a quick estimate; at least 1",
        (4, 4, 4, 4, 3, 3, 2, 2, 2, 2, 2),
    )
    few_chroma_modes: int = _from(
        "Chroma modes that are estimated beside DC_PRED and luma's mode: 0 all, 1 those without a diagonal "
        "direction, 2 SMOOTH_PRED only",
        {0: 0, 4: 1, 10: 2},
    )
    cfl_trials: int = _values(
        "How many α of U, and of V, are coded in full, after an estimate of all; 1 to 5",
        (5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 1),
    )

    # --- transforms ---
    tx_depth: int = _from("How often luma's transforms are split, at most; 0 to 2", {0: 2, 5: 1, 9: 0})
    split_all: bool = _from(
        "Whether split transforms are tried for every luma mode that is coded, or only for the best",
        {0: True, 7: False},
    )
    tx_types: int = _from("How many transform types of luma are estimated, 1 to 7", {0: 7, 10: 1})
    tx_survivors: int = _values(
        "How many transform types of luma are quantized, after the estimate; 1 to 7",
        (7, 7, 7, 5, 3, 3, 2, 2, 2, 2, 1),
    )
    type_margin: float = _from(
        "Types are quantized only if their estimate is at most this many times the best",
        {0: math.inf, 5: 1.05},
    )

    # --- palettes, costs ---
    palette_step: int = _from(
        "Sizes of palettes are tried in steps of this, from the largest", {0: 1, 4: 2, 7: 3}
    )
    cost_interval: int = _from(
        "After how many superblocks the symbols' costs are updated from the CDFs", {0: 1, 9: 4}
    )


@dataclass(frozen=True, slots=True)
class DeblockEffort:
    """How the levels of deblocking are searched."""

    pixels: int = _from(
        "About how many luma samples are examined: whole bands, evenly spread, at least two",
        {0: 1 << 40, 6: 1 << 19, 7: 1 << 18, 9: 1 << 16},
    )
    in_turn: bool = _from(
        "Whether luma's horizontal edges are judged after its vertical ones are filtered", {0: True, 9: False}
    )
    trials: int = _from(
        "How often neighbouring levels of luma are tried on the whole plane, at most", {0: 24, 2: 8, 4: 0}
    )


@dataclass(frozen=True, slots=True)
class CdefEffort:
    """How the strengths of CDEF are searched."""

    primary: Sequence[int] = _from(
        "Primary strengths that are tried, ascending from 0",
        {0: tuple(range(16)), 6: (0, 1, 2, 3, 4, 6, 9, 12), 8: (0, 1, 2, 4, 8), 10: (0, 1, 2, 4)},
    )
    secondary: Sequence[int] = _from(
        "Secondary strengths that are tried, ascending from 0", {0: (0, 1, 2, 4), 8: (0, 1, 2), 10: (0, 1)}
    )
    dampings: Sequence[int] = _from(
        "Offsets to the usual damping that are tried", {0: (-1, 0, 1), 2: (-1, 0), 4: (0,)}
    )
    max_bits: int = _from(
        "The largest cdef_bits, 0 to 3; with 0 the picture has one pair of strengths", {0: 3, 8: 2, 9: 0}
    )
    rows: int = _from(
        "Examine every n-th row of 64x64 squares; n above 1 needs a max_bits of 0", {0: 1, 9: 4, 10: 8}
    )
    refinements: int = _from(
        "How often each pair of strengths is chosen again", {0: 4, 2: 3, 4: 2, 6: 1, 8: 0}
    )


@dataclass(frozen=True, slots=True)
class RestorationEffort:
    """How loop restoration is searched."""

    sets: Sequence[int] = _from(
        "Sets of the self-guided filter that are tried, 0 to 15; with none it is not used",
        {0: tuple(range(16)), 4: (0, 1, 3, 5, 7, 9, 11, 13), 6: (0, 2, 5, 11, 13), 7: ()},
    )
    shifts: Sequence[int] = _from(
        "Values of lr_unit_shift that are tried (luma units of 64, 128, 256); none: no loop restoration",
        {0: (0, 1, 2), 8: (1,), 9: ()},
    )
    uv_shifts: Sequence[int] = _from("Values of lr_uv_shift that are tried", {0: (0, 1), 8: (0,), 9: ()})
    steps: int = _from(
        "Largest number of steps by which parameters are refined", {0: 5, 2: 3, 7: 2, 8: 1, 9: 0}
    )


@dataclass(frozen=True, slots=True)
class FilterEffort:
    """How the in-loop filters are searched together."""

    small_gain: float = _from(
        "Deblocking and CDEF are used without further trials if they take away more than this share of the "
        "squared error; 0: always",
        {0: 1.0, 2: 0.07, 4: 0.05, 7: 0.0},
    )
    tries: int = _from(
        "Otherwise, loop restoration is tried in so many of three ways: with deblocking and CDEF, with "
        "neither, with deblocking only. Below 3, a fine quantizer leaves only the way with neither",
        {0: 3, 6: 2, 7: 1},
    )


@dataclass(frozen=True, slots=True)
class SpeedSettings:
    """What the encoder does at a speed.

    Attributes
    ----------
    blocks : BlockEffort
    filters : FilterEffort
    deblock : DeblockEffort
    cdef : CdefEffort
    restoration : RestorationEffort
    finds_screens : bool

    See Also
    --------
    settings_of : The settings of a speed.
    speed_table : All settings at all speeds, with their meaning.
    """

    blocks: BlockEffort
    filters: FilterEffort
    deblock: DeblockEffort
    cdef: CdefEffort
    restoration: RestorationEffort
    finds_screens: bool = _from(
        "Whether pictures that look like a screen may have palettes and block copies", {0: True, 9: False}
    )


class SpeedRow(NamedTuple):
    """A row of the table of speeds."""

    group: str
    """The field of `SpeedSettings` that holds the setting; "" if it is one itself."""
    name: str
    meaning: str
    values: tuple[Any, ...]
    """At speeds 0 to 10."""


@cache
def settings_of(speed: int) -> SpeedSettings:
    """Return what the encoder does at a speed.

    Parameters
    ----------
    speed : int
        0 (tries everything) to 10.

    Raises
    ------
    FrameError
        There is no such speed.

    Examples
    --------
    >>> settings_of(6).blocks.cfl_trials
    2
    """
    if not 0 <= speed <= MAX_SPEED:
        raise FrameError(f"speed is {speed}, not 0 to {MAX_SPEED}")
    settings: SpeedSettings = _at(SpeedSettings, speed)
    return settings


def _at(kind: Any, speed: int) -> Any:
    """A dataclass of this module with its values at a speed."""
    return kind(
        **{
            each.name: _at(each.type, speed) if is_dataclass(each.type) else each.metadata["values"][speed]
            for each in fields(kind)
        }
    )


def speed_table() -> list[SpeedRow]:
    """Return all settings with their meaning and their values at speeds 0 to 10.

    Examples
    --------
    >>> next(row.values for row in speed_table() if row.name == "cfl_trials")
    (5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 1)
    """
    return list(_rows(SpeedSettings, ""))


def _rows(kind: Any, group: str) -> Iterator[SpeedRow]:
    for each in fields(kind):
        if is_dataclass(each.type):
            yield from _rows(each.type, each.name)
        else:
            yield SpeedRow(group, each.name, each.metadata["meaning"], each.metadata["values"])
