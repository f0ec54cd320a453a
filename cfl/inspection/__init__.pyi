from .blocks import BLOCK_FIELDS
from .figure import draw
from .inspection import Inspection, inspect
from .names import (
    FilterIntraMode,
    InterMode,
    IntraMode,
    MotionMode,
    Partition,
    RefFrame,
    TxSize,
    TxType,
)

__all__ = [
    "BLOCK_FIELDS",
    "FilterIntraMode",
    "Inspection",
    "InterMode",
    "IntraMode",
    "MotionMode",
    "Partition",
    "RefFrame",
    "TxSize",
    "TxType",
    "draw",
    "inspect",
]
