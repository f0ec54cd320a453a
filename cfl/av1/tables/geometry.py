"""Sizes of blocks and transforms, and how they relate (AV1 specification 9.3)."""

import numpy as np

from cfl.av1.tables._table import table

NUM_4X4_BLOCKS_WIDE = table(
    [
         1,  1,  2,  2,  2,  4,  4,  4,  8,  8,  8,
        16, 16, 16, 32, 32,  1,  4,  2,  8,  4, 16,
    ],
    np.int64,
)  # fmt: skip
"""(22,) int64: width of a block in units of 4 samples, by MiSize."""

NUM_4X4_BLOCKS_HIGH = table(
    [
         1,  2,  1,  2,  4,  2,  4,  8,  4,  8, 16,
         8, 16, 32, 16, 32,  4,  1,  8,  2, 16,  4,
    ],
    np.int64,
)  # fmt: skip
"""(22,) int64: height of a block in units of 4 samples, by MiSize."""

BLOCK_WIDTH = table(4 * NUM_4X4_BLOCKS_WIDE, np.int64)
"""(22,) int64: width of a block in samples, by MiSize."""

BLOCK_HEIGHT = table(4 * NUM_4X4_BLOCKS_HIGH, np.int64)
"""(22,) int64: height of a block in samples, by MiSize."""

MI_WIDTH_LOG2 = table(
    [
        0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3,
        4, 4, 4, 5, 5, 0, 2, 1, 3, 2, 4,
    ],
    np.int64,
)  # fmt: skip
"""(22,) int64: log2 of NUM_4X4_BLOCKS_WIDE."""

MI_HEIGHT_LOG2 = table(
    [
        0, 1, 0, 1, 2, 1, 2, 3, 2, 3, 4,
        3, 4, 5, 4, 5, 2, 0, 3, 1, 4, 2,
    ],
    np.int64,
)  # fmt: skip
"""(22,) int64: log2 of NUM_4X4_BLOCKS_HIGH."""

PARTITION_SUBSIZE = table(
    [
        ( 0, 22, 22,  3, 22, 22,  6, 22, 22,  9, 22, 22, 12, 22, 22, 15, 22, 22, 22, 22, 22, 22),
        (22, 22, 22,  2, 22, 22,  5, 22, 22,  8, 22, 22, 11, 22, 22, 14, 22, 22, 22, 22, 22, 22),
        (22, 22, 22,  1, 22, 22,  4, 22, 22,  7, 22, 22, 10, 22, 22, 13, 22, 22, 22, 22, 22, 22),
        (22, 22, 22,  0, 22, 22,  3, 22, 22,  6, 22, 22,  9, 22, 22, 12, 22, 22, 22, 22, 22, 22),
        (22, 22, 22,  2, 22, 22,  5, 22, 22,  8, 22, 22, 11, 22, 22, 14, 22, 22, 22, 22, 22, 22),
        (22, 22, 22,  2, 22, 22,  5, 22, 22,  8, 22, 22, 11, 22, 22, 14, 22, 22, 22, 22, 22, 22),
        (22, 22, 22,  1, 22, 22,  4, 22, 22,  7, 22, 22, 10, 22, 22, 13, 22, 22, 22, 22, 22, 22),
        (22, 22, 22,  1, 22, 22,  4, 22, 22,  7, 22, 22, 10, 22, 22, 13, 22, 22, 22, 22, 22, 22),
        (22, 22, 22, 22, 22, 22, 17, 22, 22, 19, 22, 22, 21, 22, 22, 22, 22, 22, 22, 22, 22, 22),
        (22, 22, 22, 22, 22, 22, 16, 22, 22, 18, 22, 22, 20, 22, 22, 22, 22, 22, 22, 22, 22, 22),
    ],
    np.int64,
)  # fmt: skip
"""(10, 22) int64: size of the (largest) parts, by partition and MiSize; 22 if there are none."""

SUBSAMPLED_SIZE = table(
    [
        (
            (0, 0), (0, 0),
        ),
        (
            ( 1,  0), (22,  0),
        ),
        (
            ( 2, 22), ( 0,  0),
        ),
        (
            (3, 2), (1, 0),
        ),
        (
            ( 4,  3), (22,  1),
        ),
        (
            ( 5, 22), ( 3,  2),
        ),
        (
            (6, 5), (4, 3),
        ),
        (
            ( 7,  6), (22,  4),
        ),
        (
            ( 8, 22), ( 6,  5),
        ),
        (
            (9, 8), (7, 6),
        ),
        (
            (10,  9), (22,  7),
        ),
        (
            (11, 22), ( 9,  8),
        ),
        (
            (12, 11), (10,  9),
        ),
        (
            (13, 12), (22, 10),
        ),
        (
            (14, 22), (12, 11),
        ),
        (
            (15, 14), (13, 12),
        ),
        (
            (16,  1), (22,  1),
        ),
        (
            (17, 22), ( 2,  2),
        ),
        (
            (18,  4), (22, 16),
        ),
        (
            (19, 22), ( 5, 17),
        ),
        (
            (20,  7), (22, 18),
        ),
        (
            (21, 22), ( 8, 19),
        ),
    ],
    np.int64,
)  # fmt: skip
"""(22, 2, 2) int64: size of a block of a plane, by MiSize, subsampling_x, subsampling_y; or BLOCK_INVALID."""

MAX_TX_SIZE_RECT = table(
    [
         0,  5,  6,  1,  7,  8,  2,  9, 10,  3, 11,
        12,  4,  4,  4,  4, 13, 14, 15, 16, 17, 18,
    ],
    np.int64,
)  # fmt: skip
"""(22,) int64: largest transform size of a block, by MiSize."""

MAX_TX_DEPTH_BY_SIZE = table(
    [
        0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4,
        4, 4, 4, 4, 4, 2, 2, 3, 3, 4, 4,
    ],
    np.int64,
)  # fmt: skip
"""(22,) int64: the table Max_Tx_Depth: splits from the largest transform to 4x4, by MiSize."""

TX_WIDTH = table(
    [
         4,  8, 16, 32, 64,  4,  8,  8, 16, 16, 32, 32, 64,  4, 16,  8, 32, 16, 64,
    ],
    np.int64,
)  # fmt: skip
"""(19,) int64: width of a transform in samples, by TxSize."""

TX_HEIGHT = table(
    [
         4,  8, 16, 32, 64,  8,  4, 16,  8, 32, 16, 64, 32, 16,  4, 32,  8, 64, 16,
    ],
    np.int64,
)  # fmt: skip
"""(19,) int64: height of a transform in samples, by TxSize."""

TX_WIDTH_LOG2 = table(
    [
        2, 3, 4, 5, 6, 2, 3, 3, 4, 4, 5, 5, 6, 2, 4, 3, 5, 4, 6,
    ],
    np.int64,
)  # fmt: skip
"""(19,) int64: log2 of TX_WIDTH."""

TX_HEIGHT_LOG2 = table(
    [
        2, 3, 4, 5, 6, 3, 2, 4, 3, 5, 4, 6, 5, 4, 2, 5, 3, 6, 4,
    ],
    np.int64,
)  # fmt: skip
"""(19,) int64: log2 of TX_HEIGHT."""

TX_SIZE_SQR = table(
    [
        0, 1, 2, 3, 4, 0, 0, 1, 1, 2, 2, 3, 3, 0, 0, 1, 1, 2, 2,
    ],
    np.int64,
)  # fmt: skip
"""(19,) int64: square transform of the shorter side, by TxSize."""

TX_SIZE_SQR_UP = table(
    [
        0, 1, 2, 3, 4, 1, 1, 2, 2, 3, 3, 4, 4, 2, 2, 3, 3, 4, 4,
    ],
    np.int64,
)  # fmt: skip
"""(19,) int64: square transform of the longer side, by TxSize."""

SPLIT_TX_SIZE = table(
    [
         0,  0,  1,  2,  3,  0,  0,  1,  1,  2,  2,  3,  3,  5,  6,  7,  8,  9, 10,
    ],
    np.int64,
)  # fmt: skip
"""(19,) int64: transform size after one split, by TxSize."""

ADJUSTED_TX_SIZE = table(
    [
         0,  1,  2,  3,  3,  5,  6,  7,  8,  9, 10,  3,  3, 13, 14, 15, 16,  9, 10,
    ],
    np.int64,
)  # fmt: skip
"""(19,) int64: transform size of the coefficients that are coded (at most 32x32), by TxSize."""
