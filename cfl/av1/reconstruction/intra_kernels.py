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
def predict_intra(
    plane, x, y, have_left, have_above, have_above_right, have_below_left, mode, angle_delta,
    filter_intra_mode, log2w, log2h, max_x, max_y, bit_depth, enable_edge_filter, filter_type, scratch,
):  # fmt: skip
    """Predict a transform block from its neighbours, into the plane.

    Parameters
    ----------
    plane : 2-D uint16 array, changed
        It must contain the whole block, also beyond the picture.
    x, y : int
        The block's top left sample.
    have_left, have_above, have_above_right, have_below_left : bool
        Which neighbours are available.
    mode : int
        0…12, DC_PRED to PAETH_PRED; UV_CFL_PRED's DC is DC_PRED.
    angle_delta : int
        -3…3; only directional modes use it.
    filter_intra_mode : int
        0…4, or -1 without filter-intra.
    log2w, log2h : int
        2…6; 2…5 with filter-intra.
    max_x, max_y : int
        The last column and row of the plane that lie in the frame, rounded up to whole 4x4 luma blocks.
    bit_depth : int
        8, 10 or 12.
    enable_edge_filter : bool
        enable_intra_edge_filter.
    filter_type : int
        1 if the block above or to the left uses a smooth mode (7.11.2.8), else 0.
    scratch : (SCRATCH_SIZE,) int32 array
    """
    w, h, stride = 1 << log2w, 1 << log2h, plane.shape[1]
    # all accesses below stay within what is checked here
    if (
        x < 0
        or y < 0
        or x + w > stride
        or y + h > plane.shape[0]
        or (have_left and x == 0)
        or (have_above and y == 0)
    ):
        raise ValueError("an intra block or its neighbours do not lie within the plane")
    largest = 64 if filter_intra_mode < 0 else 32
    if scratch.size < SCRATCH_SIZE or w > largest or h > largest or w < 4 or h < 4:
        raise ValueError("scratch is too small, or no intra block has this size")
    if mode < 0 or mode > PAETH_PRED or abs(angle_delta) > 3 or filter_intra_mode > 4:
        raise ValueError("there is no such intra mode")
    right, bottom = max(1, min(max_x, stride - 1) - x + 1), max(1, min(max_y, plane.shape[0] - 1) - y + 1)
    first, peak = y * stride + x, (1 << bit_depth) - 1
    p_angle = 0
    if filter_intra_mode < 0:
        p_angle = MODE_TO_ANGLE[np.uint64(mode)]
        if p_angle != 0:
            p_angle += ANGLE_STEP * angle_delta
    above = w + h if 0 < p_angle < 90 else w
    left = w + h if p_angle > 180 else h
    above_px = min(right, above, 2 * w if have_above_right else w)
    left_px = min(bottom, left, 2 * h if have_below_left else h)
    gather_edges(plane, x, y, have_left, have_above, above, above_px, left, left_px, bit_depth, scratch)
    if filter_intra_mode >= 0:
        recursive(plane, first, w, h, filter_intra_mode, peak, scratch)
    elif p_angle not in (0, 90, 180):
        directional(
            plane, first, w, h, p_angle, enable_edge_filter, filter_type, have_left, have_above,
            min(w, right), min(h, bottom), peak, scratch,
        )  # fmt: skip
    elif mode == PAETH_PRED:
        paeth(plane, first, w, h, scratch)
    else:
        dc = 0
        if mode == DC_PRED:
            sum_above, sum_left = sum_of_edge(scratch, ABOVE, w), sum_of_edge(scratch, LEFT, h)
            dc = dc_pred(sum_above, sum_left, have_above, have_left, w, h, 1 << (bit_depth - 1))
        linear(
            plane, first, w, h, V_PRED if p_angle == 90 else H_PRED if p_angle == 180 else mode, dc, scratch
        )
