"""Segmentation features: how their values are coded (AV1 specification 5.9.14, 9.3)."""

import numpy as np

from cfl.av1.tables._table import table

SEGMENTATION_FEATURE_BITS = table(
    [
        8, 6, 6, 6, 6, 3, 0, 0,
    ],
    np.int64,
)  # fmt: skip
"""(8,) int64: bits of a feature's value."""
SEGMENTATION_FEATURE_SIGNED = table(
    [
        1, 1, 1, 1, 1, 0, 0, 0,
    ],
    np.int64,
)  # fmt: skip
"""(8,) int64: 1 where the value has a sign."""
SEGMENTATION_FEATURE_MAX = table(
    [
        255,  63,  63,  63,  63,   7,   0,   0,
    ],
    np.int64,
)  # fmt: skip
"""(8,) int64: largest magnitude of the value."""
