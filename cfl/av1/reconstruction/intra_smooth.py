# mypy: disable-error-code="no-untyped-def"
"""DC_PRED, V_PRED, H_PRED and the smooth modes, which share one formula, and PAETH_PRED.

AV1 specification 7.11.2.2, 7.11.2.5, 7.11.2.6, and 7.11.2.4 at 90 and 180 degrees.

"""

from cfl.av1.reconstruction.intra_edge import ABOVE, LEFT, put
from cfl.av1.tables.constants import (
    DC_PRED,
    H_PRED,
    SMOOTH_H_PRED,
    SMOOTH_PRED,
    SMOOTH_V_PRED,
    V_PRED,
)
from cfl.av1.tables.intra_prediction import (
    SM_WEIGHTS,
)
from cfl.simd.int32x8 import (
    element,
    load4,
    load8,
    splat8,
    where_at_most,
)
from cfl.simd.kernel import stage
from cfl.simd.vectors import maximum, minimum


@stage
def linear(plane, first, w, h, mode, dc, scratch):
    """DC_PRED, V_PRED, H_PRED and the smooth modes: every row is ``(above * a + weights * b + c) >> shift``.

    AV1 specification 7.11.2.6, and 7.11.2.4 at 90 and 180 degrees. The weights are those of the width.
    """
    below, right = element(scratch, LEFT + h - 1), element(scratch, ABOVE + w - 1)
    shift = splat8(9 if mode == SMOOTH_PRED else 8 if mode >= SMOOTH_V_PRED else 0)
    for i in range(h):
        left = element(scratch, LEFT + i)
        a = b = c = 0
        if mode == DC_PRED:
            c = dc
        elif mode == V_PRED:
            a = 1
        elif mode == H_PRED:
            c = left
        if mode in (SMOOTH_PRED, SMOOTH_V_PRED):
            a = element(SM_WEIGHTS, h - 4 + i)
            c += (256 - a) * below + 128
        if mode in (SMOOTH_PRED, SMOOTH_H_PRED):
            b = left - right
            c += 256 * right + 128
        upper, lower, offset = splat8(a), splat8(b), splat8(c)
        for j in range(0, w, 8):
            weights = load4(SM_WEIGHTS, 0) if w == 4 else load8(SM_WEIGHTS, w - 4 + j)
            value = load8(scratch, ABOVE + j) * upper + weights * lower + offset
            put(plane, first + j, value >> shift, w)
        first += plane.shape[1]


@stage
def paeth(plane, first, w, h, scratch):
    """AV1 specification 7.11.2.2: whichever of left, upper and corner is nearest to left + upper - corner."""
    corner = splat8(element(scratch, ABOVE - 1))
    for i in range(h):
        left = splat8(element(scratch, LEFT + i))
        for j in range(0, w, 8):
            above = load8(scratch, ABOVE + j)
            p_left = maximum(above - corner, corner - above)
            p_top = maximum(left - corner, corner - left)
            both = above + left - corner - corner
            p_top_left = maximum(both, splat8(0) - both)
            other = where_at_most(p_top, p_top_left, above, corner)
            put(plane, first + j, where_at_most(p_left, minimum(p_top, p_top_left), left, other), w)
        first += plane.shape[1]
