"""The layout of a band's table, which has the sums and results of eight blocks at a time.

A column is a block, a row a kind of number; a row of U is followed by that of V.
"""

from cfl.simd.octets import BLOCKS

TABLE = 20 * BLOCKS
"""Numbers of an octet: int32 for 8-bit samples, else int64."""

(
    SXX,
    SXU,
    SXV,
    SUU,
    SVV,
    SU,
    SV,
    LARGEST_AC,
    COUNT,
    DC_U,
    DC_V,
    ERROR_U,
    ERROR_V,
    ORDER_U,
    ORDER_V,
    MOST_U,
    MOST_V,
    CLIPS_U,
    CLIPS_V,
    TRIED,
) = range(0, TABLE, BLOCKS)
