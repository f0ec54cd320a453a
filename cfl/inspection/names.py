"""Names for the numbers in the columns of `Inspection.blocks`: the enumerations of the AV1 specification."""

from cfl.av1.tables.constants import FilterIntraMode, IntraMode, Partition, TxSize, TxType

__all__ = ["FilterIntraMode", "IntraMode", "Partition", "TxSize", "TxType"]
