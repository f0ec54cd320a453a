# mypy: disable-error-code="no-untyped-def"
"""Loop restoration of pieces of a stripe, at most 64x64 samples each (AV1 specification 7.17).

The stripe is given with three samples around it, as get_source_sample of the standard fetches them. The
filters work on eight samples at a time in 32 bits; what they write beyond a piece is ignored.
"""

import numpy as np

from cfl.av1.filters.restoration_layout import MARGIN, SIDE, STRIDE, TYPE, WIDTH, BoxScratch, X
from cfl.av1.filters.self_guided import self_guided
from cfl.av1.filters.wiener import wiener
from cfl.av1.tables.constants import (
    RESTORE_WIENER,
)
from cfl.simd.kernel import entry


@entry(error_model="numpy")
def restore(source, stride, height, pieces, bit_depth, sgr_params, target, width, y):
    """Restore pieces of a stripe of one plane.

    Parameters
    ----------
    source : flat int16 array
        The stripe of at most 64 rows, with three rows and columns around it and `SPARE` columns more.
    stride : int
        How far apart its rows are.
    height : int
        Of the stripe.
    pieces : (n, 9) int64 array
        Their fields are named in `restoration_layout`; a piece is 1 to 64 samples wide.
    sgr_params : (16, 4) int64 array
    target : flat uint16 array, written
    width : int
        How far apart its rows are.
    y : int
        The stripe's first row in it.
    """
    middle = np.zeros((SIDE + 2 * MARGIN) * SIDE, np.int32)
    out = np.zeros(SIDE * SIDE, np.int16)
    scratch = BoxScratch(
        np.zeros(STRIDE + 8, np.int32),
        np.zeros(STRIDE + 8, np.int32),
        np.zeros((SIDE + 2) * STRIDE, np.int32),
        np.zeros((SIDE + 2) * STRIDE, np.int32),
    )
    for k in range(pieces.shape[0]):
        piece = pieces[k]
        if piece[TYPE] == RESTORE_WIENER:
            wiener(source, stride, piece, height, bit_depth, middle, out)
        else:
            self_guided(source, stride, piece, height, bit_depth, sgr_params, scratch, middle, out)
        for i in range(height):
            to = (y + i) * width + piece[X]
            for j in range(piece[WIDTH]):
                target[to + j] = np.uint16(out[i * SIDE + j])
