"""What the encoder does for each of its aims: `psnr`, the least squared error, and `iq`, what people see.

Every setting is a field of `TuneSettings`, with its meaning and its value for each aim.
The encoder and the searches read them by `tune_settings`, the documents by `tune_table`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from cfl.errors import FrameError

TUNES = "psnr", "iq"
PSNR, IQ = TUNES

_Points = tuple[tuple[int, float], ...]
"""Values at quantizer indices, ascending; between them in proportion."""


def _values(meaning: str, psnr: Any, iq: Any) -> Any:
    """A field with its value for each aim."""
    return field(metadata={"meaning": meaning, "values": {PSNR: psnr, IQ: iq}})


@dataclass(frozen=True, slots=True)
class TuneSettings:
    """What the encoder does for an aim.

    See Also
    --------
    tune_settings : The settings of an aim.
    tune_table : All settings for all aims, with their meaning.
    """

    matrix_levels: tuple[tuple[int, float], ...] = _values(
        "Levels of luma's quantizer matrices at values of base_q_idx, 0 (steepest) to 14; none: no matrices",
        (),
        ((24, 9), (60, 8), (100, 7), (140, 5), (180, 4), (255, 2)),
    )
    chroma_matrix_offset: int = _values("Added to that level for chroma", 0, 2)
    chroma_finer: int = _values(
        "How much finer the quantizers of 4:2:0 chroma are than luma's at base_q_idx 128, in indices", 4, 8
    )
    activity_deltas: float = _values(
        "How much coarser superblocks are quantized per doubling of their activity over the picture's mean, "
        "in quantizer indices: the activity is a high rank among the variances of their 8x8 cells",
        0.0,
        6.0,
    )
    activity_rank: float = _values("That rank, 0 (the least variance) to 1", 0.0, 0.8)
    most_delta: int = _values("The most that a superblock's index may differ from base_q_idx", 0, 32)
    whole_delta_from: int = _values(
        "Below this base_q_idx the differences are smaller in proportion, as are the steps of quantizers",
        1,
        60,
    )
    masking: int = _values(
        "Errors of an 8x8 cell count the less the more activity it has next to its superblock: so many "
        "eighths are the power of the ratio of their mean squared gradients; 0: all count the same",
        0,
        3,
    )
    masking_floor: float = _values(
        "Squared gradient that is added to both sides of that ratio, of samples as of 8 bits", 0.0, 2.0
    )
    lambda_scale: float = _values(
        "λ of the block search, in squared error a bit, over the square of the AC quantizer's step", 0.1, 0.15
    )
    deblocking: float = _values(
        "The levels of deblocking are this share of those with the least squared error", 1.0, 0.5
    )

    def matrix_level(self, base_q_idx: int) -> int:
        """The level of luma's matrices at a quantizer index; 15 without matrices."""
        return round(_between(self.matrix_levels, base_q_idx)) if self.matrix_levels else 15


def _between(points: _Points, at: float) -> float:
    """The value at a place, in proportion between the nearest points, and beyond them the last."""
    for (low, low_value), (high, high_value) in pairwise(points):
        if at <= high:
            share = max(at - low, 0) / (high - low)
            return low_value + share * (high_value - low_value)
    return points[-1][1]


class TuneRow(NamedTuple):
    """A row of the table of aims."""

    name: str
    meaning: str
    values: Mapping[str, Any]
    """By aim."""


@cache
def tune_settings(tune: str) -> TuneSettings:
    """Return what the encoder does for an aim.

    Parameters
    ----------
    tune : {"psnr", "iq"}

    Raises
    ------
    FrameError
        There is no such aim.

    Examples
    --------
    >>> tune_settings("psnr").matrix_level(100)
    15
    """
    if tune not in TUNES:
        raise FrameError(f"tune is {tune!r}, not {' or '.join(map(repr, TUNES))}")
    return TuneSettings(**{each.name: each.metadata["values"][tune] for each in fields(TuneSettings)})


def tune_table() -> list[TuneRow]:
    """Return all settings with their meaning and their values for each aim.

    Examples
    --------
    >>> next(row.values["psnr"] for row in tune_table() if row.name == "lambda_scale")
    0.1
    """
    return [
        TuneRow(each.name, each.metadata["meaning"], each.metadata["values"]) for each in fields(TuneSettings)
    ]
