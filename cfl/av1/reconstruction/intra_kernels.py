# mypy: disable-error-code="no-untyped-def"
"""Intra prediction of one transform block, written into the plane: AV1 specification 7.11.2.

The neighbouring samples are gathered once into `scratch`: ``scratch[ABOVE + i]`` is AboveRow[ i ] and
``scratch[LEFT + i]`` LeftCol[ i ], from i = -1. Every mode then makes rows of eight samples at a time.

Upsampling keeps the samples it has and puts a new one before each. So the upsampled edge is not written out:
the new samples lie apart, ``scratch[edge + HALF + i]`` being entry 2i - 1 of the specification's array and
``scratch[edge + i]`` entry 2i. A row of prediction, whose places on the edge are two entries apart, is then
made of neighbours again.
"""

import numpy as np
from numba import njit

from cfl.av1.tables.constants import (
    ANGLE_STEP,
    DC_PRED,
    H_PRED,
    PAETH_PRED,
    SMOOTH_H_PRED,
    SMOOTH_PRED,
    SMOOTH_V_PRED,
    V_PRED,
)
from cfl.av1.tables.intra_prediction import (
    DR_INTRA_DERIVATIVE,
    INTRA_EDGE_KERNEL,
    INTRA_EDGE_THRESHOLDS,
    INTRA_FILTER_TAPS,
    MODE_TO_ANGLE,
    SM_WEIGHTS,
)
from cfl.prediction.dc_mean import dc_pred
from cfl.prediction.one_block import kernels as cfl_block
from cfl.simd.int16x16 import accumulator_for, total
from cfl.simd.int32x8 import (
    element,
    first_lanes,
    load4,
    load8,
    pair_sums,
    splat8,
    store4,
    store8,
    store_halves,
    transpose8,
    where_at_most,
)
from cfl.simd.vectors import maximum, minimum

# Room of an edge: 32 entries before entry 0; 128 samples, then their last one up to 80 times more.
BEFORE, EDGE = 32, 256
# NumPy's integers: Numba compiles a function anew for each plain constant it is called with.
ABOVE = np.int64(BEFORE)
LEFT = np.int64(BEFORE + EDGE)
HALF = 2 * EDGE
TILE = 4 * EDGE
COPY = TILE + 2 * 64
LINES = COPY + EDGE
# a line of filter-intra has the sample to its left before it
LINE = 48
SCRATCH_SIZE = LINES + 4 * LINE


@njit(cache=True, nogil=True, forceinline=True)
def put(plane, first, value, w):
    """Store a row's next 8 samples, or 4 of a block of that width."""
    if w == 4:
        store4(plane, first, value)
    else:
        store8(plane, first, value)


@njit(cache=True, nogil=True, forceinline=True)
def repeat(scratch, start, stop, value):
    """`value` from `start` to `stop`, and up to seven entries more."""
    values = splat8(value)
    for k in range(start, stop, 8):
        store8(scratch, k, values)


# --- the edges --------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def gather(plane, x, y, have_left, have_above, above, above_px, left, left_px, bit_depth, scratch):
    """AboveRow up to entry `above` and LeftCol up to `left`, from `above_px` and `left_px` samples."""
    stride = plane.shape[1]
    first = y * stride + x
    corner = middle = 1 << (bit_depth - 1)
    if have_above:
        corner = element(plane, first - stride - (1 if have_left else 0))
    elif have_left:
        corner = element(plane, first - 1)
    if have_above:
        for k in range(0, above_px, 8):
            store8(scratch, ABOVE + k, load8(plane, first - stride + k))
        last = element(scratch, ABOVE + above_px - 1)
        repeat(scratch, ABOVE + above_px, ABOVE + above, last)
    else:
        repeat(scratch, ABOVE, ABOVE + above, element(plane, first - 1) if have_left else middle - 1)
    if have_left:
        place, last = first - 1, corner
        for k in range(left_px):
            last = element(plane, place)
            scratch[np.uint64(LEFT + k)] = last
            place += stride
        repeat(scratch, LEFT + left_px, LEFT + left, last)
    else:
        repeat(scratch, LEFT, LEFT + left, element(plane, first - stride) if have_above else middle + 1)
    scratch[ABOVE - 1] = corner
    scratch[LEFT - 1] = corner


@njit(cache=True, nogil=True)
def filter_edge(scratch, edge, size, strength):
    """Filter entries 0 to `size` - 2 of an edge in place, AV1 specification 7.11.2.12."""
    # COPY + 2 + k is the specification's edge[ k ]; two entries more at each end save clipping k
    store4(scratch, np.int64(COPY), splat8(element(scratch, edge - 1)))
    for k in range(0, size, 8):
        store8(scratch, COPY + 2 + k, load8(scratch, edge - 1 + k))
    store4(scratch, COPY + 2 + size, splat8(element(scratch, edge + size - 2)))
    taps = np.uint64(strength)
    outer, inner, middle = INTRA_EDGE_KERNEL[taps, 0], INTRA_EDGE_KERNEL[taps, 1], INTRA_EDGE_KERNEL[taps, 2]
    for k in range(0, size - 1, 8):
        s = (load8(scratch, COPY + 1 + k) + load8(scratch, COPY + 5 + k)) * splat8(outer)
        s = s + (load8(scratch, COPY + 2 + k) + load8(scratch, COPY + 4 + k)) * splat8(inner)
        s = s + load8(scratch, COPY + 3 + k) * splat8(middle) + splat8(8)
        store8(scratch, edge + k, first_lanes(size - 1 - k, s >> splat8(4), load8(scratch, edge + k)))


@njit(cache=True, nogil=True)
def upsample_edge(scratch, edge, size, peak):
    """The samples halfway before entries 0 to `size` - 1 of an edge, AV1 specification 7.11.2.11."""
    scratch[edge - 2] = scratch[edge - 1]
    last = element(scratch, edge + size - 1)
    store4(scratch, edge + size, splat8(last))
    for k in range(edge, edge + size, 8):
        near = load8(scratch, k - 1) + load8(scratch, k)
        far = load8(scratch, k - 2) + load8(scratch, k + 1)
        s = (near * splat8(9) - far + splat8(8)) >> splat8(4)
        store8(scratch, HALF + k, minimum(maximum(s, splat8(0)), splat8(peak)))


@njit(cache=True, nogil=True)
def prepare_edge(scratch, edge, delta, blk_wh, filter_type, available, filtered, upsampled, peak):
    """Filter and upsample an edge; returns whether it is upsampled. AV1 specification 7.11.2.4, step 4.

    `delta` is the angle from the edge, `available` haveAbove or haveLeft, `filtered` and `upsampled` are the
    two meanings of numPx.
    """
    d, kind = abs(delta), np.uint64(filter_type)
    if available:
        # 7.11.2.9: the strength is how many of three thresholds the angle reaches
        size_class = np.uint64(min((blk_wh - 1) >> 3, 4))
        thresholds = INTRA_EDGE_THRESHOLDS
        strength = int(d >= thresholds[kind, size_class, 0])
        strength += int(d >= thresholds[kind, size_class, 1]) + int(d >= thresholds[kind, size_class, 2])
        if strength > 0:
            filter_edge(scratch, edge, filtered, strength)
    # 7.11.2.10
    if 0 < d < 40 and blk_wh <= (8 if filter_type else 16):
        upsample_edge(scratch, edge, upsampled, peak)
        return 1
    return 0


# --- directional modes ------------------------------------------------------------------------------------


@njit(cache=True, nogil=True, forceinline=True)
def interpolate(scratch, edge, upsample, base, shift):
    """Eight samples, `shift` 32nds between an entry and the next, from `base` on by ``1 << upsample``."""
    if upsample == 0:
        p, q = edge + base, edge + base + 1
    elif base & 1:
        q = edge + ((base + 1) >> 1)
        p = q + HALF
    else:
        p = edge + (base >> 1)
        q = p + HALF + 1
    s = load8(scratch, p) * splat8(32 - shift) + load8(scratch, q) * splat8(shift)
    return (s + splat8(16)) >> splat8(5)


@njit(cache=True, nogil=True)
def from_above(plane, first, w, h, step, upsample, scratch):
    """The part of a directional prediction that comes from the row above.

    Row i is AboveRow moved by ``(i + 1) * step`` 64ths of a sample: forward by dx, or back by -dx. Moved
    back, a row begins where the edge does; what lies before that is left as it is.
    """
    most = (w + h - 1) << upsample
    for i in range(h):
        idx = (i + 1) * step
        # beyond `most` all entries are the last sample
        base = min(idx >> (6 - upsample), most)
        shift = ((idx << upsample) >> 1) & 31
        start = max(0, (-1 - base) >> upsample)
        for j in range(start & ~7, w, 8):
            value = interpolate(scratch, ABOVE, upsample, base + (j << upsample), shift)
            if j < start:
                value = first_lanes(
                    start - j, load4(plane, first) if w == 4 else load8(plane, first + j), value
                )
            put(plane, first + j, value, w)
        first += plane.shape[1]


@njit(cache=True, nogil=True)
def from_left(plane, first, w, h, dx, step, upsample, scratch):
    """A directional prediction from the column to the left, in tiles of 8 by 8 made column by column.

    Column j is LeftCol moved by ``(j + 1) * step`` 64ths of a sample. Row i is needed up to ``(i + 1) * dx``
    64ths of a sample from the left; `from_above` writes the rest, over what is made here of it in tiles that
    are needed in part.
    """
    most = (w + h - 1) << upsample
    for i in range(0, h, 8):
        # the last row of the tile reaches as far to the right as ((i + 8) * dx) >> 6
        reach = min(w, ((i + 8) * dx + 63) >> 6)
        for j in range(0, reach, 8):
            for k in range(8):
                idx = (j + k + 1) * step
                base = (idx >> (6 - upsample)) + (i << upsample)
                # columns that begin 8 samples or more before the edge have no sample here
                base = min(max(base, -(8 << upsample)), most)
                shift = ((idx << upsample) >> 1) & 31
                store8(scratch, TILE + 8 * k, interpolate(scratch, LEFT, upsample, base, shift))
            transpose8(scratch, TILE, 8, scratch, TILE + 64, 8)
            place = first + i * plane.shape[1] + j
            for k in range(min(8, h)):
                put(plane, place, load8(scratch, TILE + 64 + 8 * k), w)
                place += plane.shape[1]


@njit(cache=True, nogil=True)
def directional(
    plane, first, w, h, p_angle, enable_edge_filter, filter_type, have_left, have_above, above_px, left_px,
    peak, scratch,
):  # fmt: skip
    """AV1 specification 7.11.2.4, for any angle but 90 and 180.

    `above_px` and `left_px` are Min( w, maxX - x + 1 ) and Min( h, maxY - y + 1 ).
    """
    upsample_above = upsample_left = 0
    beyond_above, beyond_left = h if p_angle < 90 else 0, w if p_angle > 180 else 0
    if enable_edge_filter:
        if 90 < p_angle < 180 and w + h >= 24:
            upper, corner, left = element(scratch, ABOVE), element(scratch, ABOVE - 1), element(scratch, LEFT)
            scratch[ABOVE - 1] = (5 * left + 6 * corner + 5 * upper + 8) >> 4
            scratch[LEFT - 1] = scratch[ABOVE - 1]
        upsample_above = prepare_edge(
            scratch, ABOVE, p_angle - 90, w + h, filter_type, have_above, above_px + beyond_above + 1,
            w + beyond_above, peak,
        )  # fmt: skip
        upsample_left = prepare_edge(
            scratch, LEFT, p_angle - 180, w + h, filter_type, have_left, left_px + beyond_left + 1,
            h + beyond_left, peak,
        )  # fmt: skip
    step_above = step_left = 0
    if p_angle < 90:
        step_above = DR_INTRA_DERIVATIVE[np.uint64(p_angle)]
        start = ABOVE + w + h
        last = element(scratch, start - 1)
        repeat(scratch, start, start + w + 8, last)
        if upsample_above:
            repeat(scratch, start + HALF, start + HALF + w + 8, last)
    elif p_angle < 180:
        # dx * dy ≤ 4096, so a sample that lies before the upper edge does not lie before the left one
        step_above = -DR_INTRA_DERIVATIVE[np.uint64(180 - p_angle)]
        step_left = -DR_INTRA_DERIVATIVE[np.uint64(p_angle - 90)]
    else:
        step_left = DR_INTRA_DERIVATIVE[np.uint64(270 - p_angle)]
    if step_left != 0:
        from_left(
            plane, first, w, h, -step_above if step_above else 64 * w, step_left, upsample_left, scratch
        )
    if step_above != 0:
        from_above(plane, first, w, h, step_above, upsample_above, scratch)


# --- the other modes --------------------------------------------------------------------------------------


@njit(cache=True, nogil=True, forceinline=True)
def sum_of(scratch, start, n):
    """The sum of `n` entries: 4 or a multiple of 8."""
    if n == 4:
        return total(load4(scratch, start))
    sums = splat8(0)
    for k in range(start, start + n, 8):
        sums = sums + load8(scratch, k)
    return total(sums)


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def recursive(plane, first, w, h, filter_intra_mode, peak, scratch):
    """Filter-intra, AV1 specification 7.11.2.3: units of 4x2 samples, each from seven neighbours."""
    taps = 56 * filter_intra_mode
    low, high = splat8(0), splat8(peak)
    previous = int(ABOVE)
    for i in range(0, h, 2):
        # two lines of the prediction, each with the sample to its left before it
        line = LINES + 8 + (i & 2) * LINE
        scratch[line - 1] = scratch[LEFT + i]
        scratch[line + LINE - 1] = scratch[LEFT + i + 1]
        place = first + i * plane.shape[1]
        for j in range(0, w, 4):
            s = splat8(8)
            for k in range(5):
                neighbour = splat8(element(scratch, previous + j + k - 1))
                s = s + load8(INTRA_FILTER_TAPS, taps + 8 * k) * neighbour
            s = s + load8(INTRA_FILTER_TAPS, taps + 40) * splat8(element(scratch, line + j - 1))
            s = s + load8(INTRA_FILTER_TAPS, taps + 48) * splat8(element(scratch, line + LINE + j - 1))
            # Round2Signed and Round2 differ for negative numbers only, which become 0
            value = minimum(maximum(s >> splat8(4), low), high)
            store_halves(scratch, line + j, line + LINE + j, value)
            store_halves(plane, place + j, place + j + plane.shape[1], value)
        previous = line + LINE


@njit(cache=True, nogil=True)
def predict_intra(
    plane, x, y, have_left, have_above, have_above_right, have_below_left, mode, angle_delta,
    filter_intra_mode, log2w, log2h, max_x, max_y, bit_depth, enable_edge_filter, filter_type, scratch,
):  # fmt: skip
    """Predict a transform block from its neighbours, into the plane.

    Parameters
    ----------
    plane : 2-D uint16 array, changed
        It must hold the whole block, so reach beyond the picture.
    x, y : int
        The block's top left sample.
    have_left, have_above, have_above_right, have_below_left : bool
        Which neighbours are available.
    mode : int
        0…12, DC_PRED to PAETH_PRED; UV_CFL_PRED's DC is DC_PRED.
    angle_delta : int
        -3…3; only directional modes look at it.
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
    gather(plane, x, y, have_left, have_above, above, above_px, left, left_px, bit_depth, scratch)
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
            sum_above, sum_left = sum_of(scratch, ABOVE, w), sum_of(scratch, LEFT, h)
            dc = dc_pred(sum_above, sum_left, have_above, have_left, w, h, 1 << (bit_depth - 1))
        linear(
            plane, first, w, h, V_PRED if p_angle == 90 else H_PRED if p_angle == 180 else mode, dc, scratch
        )


# --- chroma from luma -------------------------------------------------------------------------------------

CFL_SCRATCH_SIZE = 2 * 32 * 32


@njit(cache=True, nogil=True, forceinline=True)
def luma_q3(luma, place, sub_x, sub_y):
    """One sample of subsampled luma, in Q3; `place` is the flat index of its top left luma sample."""
    t = element(luma, place)
    if sub_x:
        t += element(luma, place + 1)
    if sub_y:
        below = place + luma.shape[1]
        t += element(luma, below)
        if sub_x:
            t += element(luma, below + 1)
    return t << (3 - sub_x - sub_y)


@njit(cache=True, nogil=True, forceinline=True)
def next_four(luma, place, sub_x):
    """The luma of the next four chroma columns, added up in x."""
    return pair_sums(luma, place) if sub_x else load4(luma, place)


@njit(cache=True, nogil=True)
def pack_luma(luma, start_x, start_y, w, h, sub_x, sub_y, max_luma_w, max_luma_h, packed):
    """The array L of AV1 specification 7.11.5, row by row in `packed` (int16)."""
    stride = luma.shape[1]
    last_x, last_y = max_luma_w - (1 << sub_x), max_luma_h - (1 << sub_y)
    # columns from here on repeat the one at last_x
    inside = min(w, (last_x >> sub_x) - start_x + 1)
    factor = splat8(8 >> (sub_x + sub_y))
    for i in range(h):
        row = min((start_y + i) << sub_y, last_y) * stride
        place = row + (start_x << sub_x)
        for j in range(0, w, 4):
            t = next_four(luma, place + (j << sub_x), sub_x)
            if sub_y:
                t = t + next_four(luma, place + stride + (j << sub_x), sub_x)
            store4(packed, i * w + j, t * factor)
        if inside < w:
            value = luma_q3(luma, row + last_x, sub_x, sub_y)
            for j in range(max(inside, 0), w):
                packed[np.uint64(i * w + j)] = value


@njit(cache=True, nogil=True, error_model="numpy")
def predict_chroma_from_luma(
    luma,
    chroma,
    start_x,
    start_y,
    log2w,
    log2h,
    sub_x,
    sub_y,
    alpha,
    max_luma_w,
    max_luma_h,
    bit_depth,
    scratch,
):
    """Add α times the luma AC to a chroma block's DC prediction, in place: AV1 specification 7.11.5.

    Parameters
    ----------
    luma : 2-D uint16 array
        The reconstructed luma, which must hold all of the block's luma, so reach beyond the picture.
    chroma : 2-D uint16 array, changed
        Holds the block's DC_PRED prediction: one value.
    start_x, start_y : int
        The block's top left chroma sample.
    log2w, log2h : int
        2…5.
    sub_x, sub_y : int
        subsampling_x, subsampling_y.
    alpha : int
        CflAlphaU or CflAlphaV, -16…16.
    max_luma_w, max_luma_h : int
        MaxLumaW, MaxLumaH: luma from there on is taken from the last sample before.
    bit_depth : int
        8, 10 or 12.
    scratch : (CFL_SCRATCH_SIZE,) int16 array
    """
    w, h, n = 1 << log2w, 1 << log2h, 1 << (log2w + log2h)
    if scratch.size < 2 * n or n > 32 * 32 or start_x < 0 or start_y < 0:
        raise ValueError("scratch is too small, or no chroma-from-luma block has this size")
    if (
        start_x + w > chroma.shape[1]
        or start_y + h > chroma.shape[0]
        or (start_x + w) << sub_x > luma.shape[1]
    ):
        raise ValueError("a chroma-from-luma block does not lie within its planes")
    if (
        max_luma_w > luma.shape[1]
        or max_luma_h > luma.shape[0]
        or max_luma_w < 1 << sub_x
        or max_luma_h < 1 << sub_y
    ):
        raise ValueError("MaxLumaW or MaxLumaH does not lie within the luma plane")
    zero = accumulator_for(luma)
    pack_luma(luma, start_x, start_y, w, h, sub_x, sub_y, max_luma_w, max_luma_h, scratch)
    luma_avg, _ = cfl_block.average(scratch, 0, log2w + log2h, zero)
    cfl_block.subtract(scratch, 0, n, luma_avg)
    first = start_y * chroma.shape[1] + start_x
    dc, peak = element(chroma, first), (1 << bit_depth) - 1
    cfl_block.predict(scratch, 0, n, alpha, dc, peak, scratch[n : 2 * n])
    for i in range(h):
        for j in range(0, w, 8):
            put(chroma, first + j, load8(scratch, n + i * w + j), w)
        first += chroma.shape[1]
