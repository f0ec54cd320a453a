"""Contexts of the palette's color indices (AV1 specification 8.3.2, 9.3)."""

import numpy as np

from cfl.av1.tables._table import table

PALETTE_COLOR_CONTEXT = table(
    [
        -1, -1,  0, -1, -1,  4,  3,  2,  1,
    ],
    np.int64,
)  # fmt: skip
"""(9,) int64: context of palette_color_idx by ColorContextHash; -1 never occurs."""

PALETTE_COLOR_HASH_MULTIPLIERS = table(
    [
        1, 2, 2,
    ],
    np.int64,
)  # fmt: skip
"""(3,) int64: weights of the neighbours in ColorContextHash."""
