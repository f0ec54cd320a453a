"""The blocks as rows of plain values, with names for enumerations: for CSV and JSON."""

import math
from collections.abc import Iterator
from enum import IntEnum
from typing import Any

import numpy as np

from cfl.av1.tables.constants import FilterIntraMode, IntraMode, Partition, TxSize, TxType
from cfl.av1.tables.inter_names import InterMode, MotionMode, RefFrame

ENUMERATIONS: dict[str, list[IntEnum]] = {
    name: [member for kind in kinds for member in kind]
    for name, kinds in (
        ("partition", [Partition]),
        ("y_mode", [IntraMode, InterMode]),
        ("filter_intra_mode", [FilterIntraMode]),
        ("uv_mode", [IntraMode]),
        ("tx_size", [TxSize]),
        ("ref_frame_1", [RefFrame]),
        ("ref_frame_2", [RefFrame]),
        ("motion_mode", [MotionMode]),
    )
}
"""The members of the enumeration of a column, by its name; luma's mode has two."""
_WHOLE = ("alpha_best", "dc", "sse_u", "sse_v", "sse_dc", "sse_best")
"""What is a whole number though its column is not of integers, because blocks without CfL have none."""


def rows_of(blocks: np.ndarray, chunk: int = 4096) -> Iterator[dict[str, Any]]:
    """The blocks as dicts of str, int and float; None for NaN.

    Parameters
    ----------
    blocks : structured array
        Of `Inspection.blocks`.
    chunk : int
        How many are converted at a time.
    """
    names = blocks.dtype.names or ()
    whole = [name.startswith(_WHOLE) for name in names]
    words = [{int(member): member.name for member in ENUMERATIONS.get(name, ())} for name in names]
    tx_types = {mask: _tx_types(mask) for mask in np.unique(blocks["tx_types"]).tolist()}
    for start in range(0, len(blocks), chunk):
        for row in blocks[start : start + chunk].tolist():
            values = dict(zip(names, map(_plain, row, words, whole), strict=True))
            values["tx_types"] = tx_types[values["tx_types"]]
            yield values


def _plain(value: Any, words: dict[int, str], whole: bool) -> Any:
    if words:
        return words.get(value)
    if isinstance(value, int):
        return value
    if math.isnan(value):
        return None
    return int(value) if whole else round(value, 6)


def _tx_types(mask: int) -> str:
    """The names of the transform types in a mask."""
    return " ".join(kind.name for kind in TxType if mask >> kind & 1)
