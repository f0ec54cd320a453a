"""The numbers of the inverse transform, AV1 specification 6.10.19, 7.12.3, 7.13.2 and 7.13.3."""

import math

import numpy as np

from cfl.av1.tables._table import table
from cfl.av1.tables.geometry import TX_HEIGHT_LOG2, TX_WIDTH_LOG2

TRANSFORM_ROW_SHIFT = (0, 1, 2, 2, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2)

# The 1-D transforms by which a transform type's rows and columns are transformed.
DCT, ADST, IDENTITY, WHT = range(4)

# Of each transform type, from DCT_DCT to H_FLIPADST: how columns and rows are transformed, flipUD and flipLR.
ONE_D_TRANSFORMS = (
    (DCT, DCT, 0, 0),  # DCT_DCT
    (ADST, DCT, 0, 0),  # ADST_DCT
    (DCT, ADST, 0, 0),  # DCT_ADST
    (ADST, ADST, 0, 0),  # ADST_ADST
    (ADST, DCT, 1, 0),  # FLIPADST_DCT
    (DCT, ADST, 0, 1),  # DCT_FLIPADST
    (ADST, ADST, 1, 1),  # FLIPADST_FLIPADST
    (ADST, ADST, 0, 1),  # ADST_FLIPADST
    (ADST, ADST, 1, 0),  # FLIPADST_ADST
    (IDENTITY, IDENTITY, 0, 0),  # IDTX
    (DCT, IDENTITY, 0, 0),  # V_DCT
    (IDENTITY, DCT, 0, 0),  # H_DCT
    (ADST, IDENTITY, 0, 0),  # V_ADST
    (IDENTITY, ADST, 0, 0),  # H_ADST
    (ADST, IDENTITY, 1, 0),  # V_FLIPADST
    (IDENTITY, ADST, 0, 1),  # H_FLIPADST
)

SINPI_1_9, SINPI_2_9, SINPI_3_9, SINPI_4_9 = 1321, 2482, 3344, 3803


def cos128(angle: int) -> int:
    """4096 times the cosine of angle·π/128, rounded: Cos128_Lookup and its symmetries."""
    return round(4096 * math.cos(angle * math.pi / 128))


def sin128(angle: int) -> int:
    """4096 times the sine of angle·π/128, rounded."""
    return cos128(angle - 64)


# What kernels look up, one row a transform size or type.
SIZES = table(np.transpose([TX_WIDTH_LOG2, TX_HEIGHT_LOG2, TRANSFORM_ROW_SHIFT]), np.int64)
TYPES = table(ONE_D_TRANSFORMS, np.int64)
