"""Ranges of coded parameters: segmentation features and loop restoration, in header and the tile syntax."""

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

REMAP_LR_TYPE = table(
    [
        0, 3, 1, 2,
    ],
    np.int64,
)  # fmt: skip
"""(4,) int64: FrameRestorationType by lr_type."""

WIENER_TAPS_MID = table(
    [
         3, -7, 15,
    ],
    np.int64,
)  # fmt: skip
"""(3,) int64: initial RefLrWiener."""

WIENER_TAPS_MIN = table(
    [
         -5, -23, -17,
    ],
    np.int64,
)  # fmt: skip
"""(3,) int64: smallest tap."""

WIENER_TAPS_MAX = table(
    [
        10,  8, 46,
    ],
    np.int64,
)  # fmt: skip
"""(3,) int64: largest tap."""

WIENER_TAPS_K = table(
    [
        1, 2, 3,
    ],
    np.int64,
)  # fmt: skip
"""(3,) int64: parameter k of the tap's code."""

SGRPROJ_XQD_MID = table(
    [
        -32,  31,
    ],
    np.int64,
)  # fmt: skip
"""(2,) int64: initial RefSgrXqd."""

SGRPROJ_XQD_MIN = table(
    [
        -96, -32,
    ],
    np.int64,
)  # fmt: skip
"""(2,) int64: smallest weight."""

SGRPROJ_XQD_MAX = table(
    [
        31, 95,
    ],
    np.int64,
)  # fmt: skip
"""(2,) int64: largest weight."""
