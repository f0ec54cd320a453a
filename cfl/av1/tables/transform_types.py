"""Transform types and their sets; the numbers of the transforms are in `inverse_transform`."""

import numpy as np

from cfl.av1.tables._table import table

MODE_TO_TXFM = table(
    [
        0, 1, 2, 0, 3, 1, 2, 2, 1, 3, 1, 2, 3, 0,
    ],
    np.int64,
)  # fmt: skip
"""(14,) int64: transform type that a prediction mode implies, by UVMode."""

TX_TYPE_IN_SET_INTRA = table(
    [
        (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0),
        (1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    ],
    np.int64,
)  # fmt: skip
"""(3, 16) int64: 1 where a transform type belongs to a set, by set and type."""

TX_TYPE_IN_SET_INTER = table(
    [
        (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
        (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0),
        (1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
    ],
    np.int64,
)  # fmt: skip
"""(4, 16) int64: the same of the sets of intra block copy."""

TX_TYPE_INTRA_INV_SET1 = table(
    [
         9,  0, 10, 11,  3,  1,  2,
    ],
    np.int64,
)  # fmt: skip
"""(7,) int64: transform type by intra_tx_type in TX_SET_INTRA_1."""

TX_TYPE_INTRA_INV_SET2 = table(
    [
        9, 0, 3, 1, 2,
    ],
    np.int64,
)  # fmt: skip
"""(5,) int64: transform type by intra_tx_type in TX_SET_INTRA_2."""

TX_TYPE_INTER_INV_SET1 = table(
    [
         9, 10, 11, 12, 13, 14, 15,  0,  1,  2,  4,  5,  3,  6,  7,  8,
    ],
    np.int64,
)  # fmt: skip
"""(16,) int64: transform type by inter_tx_type in TX_SET_INTER_1."""

TX_TYPE_INTER_INV_SET2 = table(
    [
         9, 10, 11,  0,  1,  2,  4,  5,  3,  6,  7,  8,
    ],
    np.int64,
)  # fmt: skip
"""(12,) int64: transform type by inter_tx_type in TX_SET_INTER_2."""

TX_TYPE_INTER_INV_SET3 = table(
    [
        9, 0,
    ],
    np.int64,
)  # fmt: skip
"""(2,) int64: transform type by inter_tx_type in TX_SET_INTER_3."""
