"""Names for the numbers in the columns of `Inspection.blocks`: the enumerations of the AV1 specification."""

from cfl.av1.tables.constants import FilterIntraMode, IntraMode, Partition, TxSize, TxType
from cfl.av1.tables.inter_names import InterMode, MotionMode, RefFrame

__all__ = [
    "FilterIntraMode",
    "InterMode",
    "IntraMode",
    "MotionMode",
    "Partition",
    "RefFrame",
    "TxSize",
    "TxType",
]
