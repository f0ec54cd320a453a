"""The numbers of loop restoration: Wiener taps, self-guided filter (AV1 specification 5.11.58, 7.17)."""

import numpy as np

from cfl.av1.tables._table import table

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

SGR_PARAMS = table(
    [[2, 12, 1, 4], [2, 15, 1, 6], [2, 18, 1, 8], [2, 21, 1, 9],
     [2, 24, 1, 10], [2, 29, 1, 11], [2, 36, 1, 12], [2, 45, 1, 13],
     [2, 56, 1, 14], [2, 68, 1, 15], [0, 0, 1, 5], [0, 0, 1, 8],
     [0, 0, 1, 11], [0, 0, 1, 14], [2, 30, 0, 0], [2, 75, 0, 0]],
    np.int64,
)  # fmt: skip
"""(16, 4) int64: Sgr_Params, by set: radius and eps of the first pass, then of the second (7.17.3)."""
