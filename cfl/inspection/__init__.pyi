from .blocks import BLOCK_FIELDS
from .figure import draw
from .inspection import Inspection, inspect
from .names import FilterIntraMode, IntraMode, Partition, TxSize, TxType

__all__ = [
    "BLOCK_FIELDS",
    "FilterIntraMode",
    "Inspection",
    "IntraMode",
    "Partition",
    "TxSize",
    "TxType",
    "draw",
    "inspect",
]
