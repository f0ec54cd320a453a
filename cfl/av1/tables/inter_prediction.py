"""The numbers of inter prediction but those of its filters (AV1 specification 3, 6.10 and 7.11.3)."""

import numpy as np

from cfl.av1.tables._table import table
from cfl.av1.tables.inter_constants import MAX_FRAME_DISTANCE

# Positions in a reference frame
SUBPEL_BITS = 4
SUBPEL_MASK = (1 << SUBPEL_BITS) - 1
SCALE_SUBPEL_BITS = 10

OBMC_MASK = table(
    [
        0, 0,
        45, 64,
        39, 50, 59, 64,
        36, 42, 48, 53, 57, 61, 64, 64,
        34, 37, 40, 43, 46, 49, 52, 54, 56, 58, 60, 61, 64, 64, 64, 64,
        33, 35, 36, 38, 40, 41, 43, 44, 45, 47, 48, 50, 51, 52, 53, 55,
        56, 57, 58, 59, 60, 60, 61, 62, 64, 64, 64, 64, 64, 64, 64, 64,
    ],
    np.int16,
)  # fmt: skip
"""(64,) int16: Obmc_Mask_2 to Obmc_Mask_32: the one of n weights begins at n."""

II_WEIGHTS_1D = table(
    [
        60, 58, 56, 54, 52, 50, 48, 47, 45, 44, 42, 41, 39, 38, 37, 35,
        34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 22, 21, 20,
        19, 19, 18, 18, 17, 16, 16, 15, 15, 14, 14, 13, 13, 12, 12, 12,
        11, 11, 10, 10, 10, 9, 9, 9, 8, 8, 8, 8, 7, 7, 7, 7,
        6, 6, 6, 6, 6, 5, 5, 5, 5, 5, 4, 4, 4, 4, 4, 4,
        4, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2,
        2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1,
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    ],
    np.uint8,
)  # fmt: skip
"""(128,) uint8: Ii_Weights_1d, the share of the intra prediction by distance from its edge."""

QUANT_DIST_WEIGHT = table([(2, 3), (2, 5), (2, 7), (1, MAX_FRAME_DISTANCE)], np.int64)
"""(4, 2) int64: Quant_Dist_Weight."""

QUANT_DIST_LOOKUP = table([(9, 7), (11, 5), (12, 4), (13, 3)], np.int64)
"""(4, 2) int64: Quant_Dist_Lookup, the weights of the two predictions in sixteenths."""
