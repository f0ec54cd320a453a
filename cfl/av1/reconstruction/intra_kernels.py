# mypy: disable-error-code="no-untyped-def"
"""Intra prediction of one transform block: gathers its edges, then calls the kernel of its mode.

AV1 specification 7.11.2. The prediction is written into the plane.
"""

import numpy as np

from cfl.av1.reconstruction.filter_intra import recursive
from cfl.av1.reconstruction.intra_directional import directional
from cfl.av1.reconstruction.intra_edge import ABOVE, LEFT, SCRATCH_SIZE, gather_edges, sum_of_edge
from cfl.av1.reconstruction.intra_smooth import linear, paeth
from cfl.av1.tables.constants import (
    ANGLE_STEP,
    DC_PRED,
    H_PRED,
    PAETH_PRED,
    V_PRED,
)
from cfl.av1.tables.intra_prediction import (
    MODE_TO_ANGLE,
)
from cfl.prediction.dc_prediction import dc_pred
from cfl.simd.kernel import stage


@stage
def predict_intra(plane, place, available, mode, limits, edge_filter, scratch):
    """Predict a transform block from its neighbours, into the plane.

    Parameters
    ----------
    plane : 2-D uint16 array, changed
        It must contain the whole block, also beyond the picture.
    place : Place
    available : Available
    mode : Mode
    limits : Limits
    edge_filter : EdgeFilter
    scratch : (SCRATCH_SIZE,) int32 array
    """
    x, y, log2w, log2h = place
    mode, angle_delta, filter_intra_mode = mode
    bit_depth = limits.bit_depth
    w, h, stride = 1 << log2w, 1 << log2h, plane.shape[1]
    # all accesses below stay within what is checked here
    if (
        x < 0
        or y < 0
        or x + w > stride
        or y + h > plane.shape[0]
        or (available.left and x == 0)
        or (available.above and y == 0)
    ):
        raise ValueError("an intra block or its neighbours do not lie within the plane")
    largest = 64 if filter_intra_mode < 0 else 32
    if scratch.size < SCRATCH_SIZE or w > largest or h > largest or w < 4 or h < 4:
        raise ValueError("scratch is too small, or no intra block has this size")
    if mode < 0 or mode > PAETH_PRED or abs(angle_delta) > 3 or filter_intra_mode > 4:
        raise ValueError("there is no such intra mode")
    right = max(1, min(limits.max_x, stride - 1) - x + 1)
    bottom = max(1, min(limits.max_y, plane.shape[0] - 1) - y + 1)
    first, peak = y * stride + x, (1 << bit_depth) - 1
    p_angle = 0
    if filter_intra_mode < 0:
        p_angle = MODE_TO_ANGLE[np.uint64(mode)]
        if p_angle != 0:
            p_angle += ANGLE_STEP * angle_delta
    above = w + h if 0 < p_angle < 90 else w
    left = w + h if p_angle > 180 else h
    above_px = min(right, above, 2 * w if available.above_right else w)
    left_px = min(bottom, left, 2 * h if available.below_left else h)
    gather_edges(
        plane, x, y, available.left, available.above, above, above_px, left, left_px, bit_depth, scratch
    )
    if filter_intra_mode >= 0:
        recursive(plane, first, w, h, filter_intra_mode, peak, scratch)
    elif p_angle not in (0, 90, 180):
        directional(
            plane, first, w, h, p_angle, available, edge_filter, min(w, right), min(h, bottom), peak, scratch
        )
    elif mode == PAETH_PRED:
        paeth(plane, first, w, h, scratch)
    else:
        dc = 0
        if mode == DC_PRED:
            sum_above, sum_left = sum_of_edge(scratch, ABOVE, w), sum_of_edge(scratch, LEFT, h)
            dc = dc_pred(sum_above, sum_left, available.above, available.left, w, h, 1 << (bit_depth - 1))
        linear(
            plane, first, w, h, V_PRED if p_angle == 90 else H_PRED if p_angle == 180 else mode, dc, scratch
        )
