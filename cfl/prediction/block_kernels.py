# mypy: disable-error-code="no-untyped-def"
"""Chroma from luma for one block at a time: the one CfL kernel of `cfl`.

A block is *packed*: its ``n = w * h`` samples lie one after the other, row by row, in an int16 array from
index `o`; n is a multiple of 16. `ac` holds the luma AC in Q3 and `r` the chroma less its DC.

The accumulator argument `zero` (see `lanes.accumulator_for`) fixes the precision: 32-bit sums are exact for
8-bit samples (Σ AC² ≤ 1024 · 1020² < 2³¹), 64-bit sums up to 12 bits.
"""

import math

from numba import njit

from cfl.prediction.lanes import (
    LANES,
    accumulate,
    lane,
    largest,
    least_rank,
    load,
    magnitude,
    maximum,
    minimum,
    rounded_product,
    smallest,
    splat,
    store,
    total,
    totals,
    with_sign,
)
from cfl.regression.kernels import slope

ALPHA_MAX = 16
WINDOW = 4


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def average(luma, o, log2_n, zero):
    """lumaAvg of the packed subsampled luma, rounded, and the largest |luma − lumaAvg|."""
    n = 1 << log2_n
    one = splat(1)
    sums = zero
    low = load(luma, o)
    high = low
    for k in range(o, o + n, LANES):
        samples = load(luma, k)
        sums = accumulate(sums, samples, one)
        low = minimum(low, samples)
        high = maximum(high, samples)
    luma_avg = (total(sums) + (n >> 1)) >> log2_n
    return luma_avg, max(luma_avg - smallest(low), largest(high) - luma_avg)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def subtract(x, o, n, level):
    """``x -= level``, in place."""
    levels = splat(level)
    for k in range(o, o + n, LANES):
        store(x, k, load(x, k) - levels)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def mean_of(x, o, n, count, zero):
    """The mean of `count` samples, halves up; the block's other samples are 0."""
    one = splat(1)
    sums = zero
    for k in range(o, o + n, LANES):
        sums = accumulate(sums, load(x, k), one)
    return (2 * total(sums) + count) // (2 * count)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def border_sums(u, v, o, n, w, is_right, is_bottom, zero):
    """Σu and Σv of the right column, then of the bottom row: what the next blocks' DC_PRED needs.

    `is_right` and `is_bottom` are packed blocks of 1 where a sample belongs to that border, else 0.
    """
    right_u = zero
    right_v = zero
    bottom_u = zero
    bottom_v = zero
    for k in range(0, n, LANES):
        here = load(is_right, k)
        right_u = accumulate(right_u, load(u, o + k), here)
        right_v = accumulate(right_v, load(v, o + k), here)
    for k in range(n - max(w, LANES), n, LANES):
        here = load(is_bottom, k)
        bottom_u = accumulate(bottom_u, load(u, o + k), here)
        bottom_v = accumulate(bottom_v, load(v, o + k), here)
    sums = totals(right_u, right_v, bottom_u, bottom_v)
    return lane(sums, 0), lane(sums, 1), lane(sums, 2), lane(sums, 3)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def dc_pred(above, left, have_above, have_left, w, h, middle):
    """DC_PRED from the sums of the row above and the column to the left, AV1 specification 7.11.2.5."""
    if have_above and have_left:
        return int((above + left + ((w + h) >> 1) + 0.5) * (1.0 / (w + h)))
    if have_above:
        return (above + (w >> 1)) // w
    if have_left:
        return (left + (h >> 1)) // h
    return middle


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def statistics(ac, u, v, o, n, luma_avg, dc_u, dc_v, zero):
    """Subtract the three levels in place; then Σac², Σac·u, Σac·v, Σu², Σv², Σu and Σv in the same pass."""
    one, levels, levels_u, levels_v = splat(1), splat(luma_avg), splat(dc_u), splat(dc_v)
    sxx = zero
    sxu = zero
    sxv = zero
    suu = zero
    svv = zero
    su = zero
    sv = zero
    for k in range(o, o + n, LANES):
        x = load(ac, k) - levels
        ru = load(u, k) - levels_u
        rv = load(v, k) - levels_v
        store(ac, k, x)
        store(u, k, ru)
        store(v, k, rv)
        sxx = accumulate(sxx, x, x)
        sxu = accumulate(sxu, x, ru)
        sxv = accumulate(sxv, x, rv)
        suu = accumulate(suu, ru, ru)
        svv = accumulate(svv, rv, rv)
        su = accumulate(su, ru, one)
        sv = accumulate(sv, rv, one)
    first, second = totals(sxx, sxu, sxv, suu), totals(svv, su, sv, zero)
    return (
        lane(first, 0),
        lane(first, 1),
        lane(first, 2),
        lane(first, 3),
        lane(second, 0),
        lane(second, 1),
        lane(second, 2),
    )


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def factor_of(alpha):
    """|α| as the factor that makes ``rounded_product(|AC|, factor) = Round2(|α·AC|, 6)``."""
    return splat(abs(alpha) << 9)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def scaled_luma(x, factor, sign):
    """``Round2Signed(α · AC, 6)`` of 16 samples: `factor_of` α, and the sign of α in every lane."""
    return with_sign(with_sign(rounded_product(magnitude(x), factor), x), sign)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def squared_error(ac, r, o, n, alpha, dc, peak, zero):
    """Exact squared error of predicting with `alpha`, rounded and clipped to 0…`peak`."""
    factor, sign, low, high = factor_of(alpha), splat(alpha), splat(-dc), splat(peak - dc)
    sums = zero
    for k in range(o, o + n, LANES):
        d = load(r, k) - minimum(maximum(scaled_luma(load(ac, k), factor, sign), low), high)
        sums = accumulate(sums, d, d)
    return total(sums)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def predict(ac, o, n, alpha, dc, peak, out):
    """``out[:n] = Clip1(DC + Round2Signed(alpha · AC, 6))``, AV1 specification 7.11.5."""
    factor, sign, level, low, high = factor_of(alpha), splat(alpha), splat(dc), splat(0), splat(peak)
    for k in range(0, n, LANES):
        prediction = scaled_luma(load(ac, o + k), factor, sign) + level
        store(out, k, minimum(maximum(prediction, low), high))


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def predict_slope(ac, o, n, slope_q0, dc, peak, out):
    """``out[:n]`` from a slope in chroma per luma: rounded, halves away from zero, and clipped."""
    for k in range(n):
        value = slope_q0 * ac[o + k] / 8
        out[k] = min(max(dc + int(math.copysign(math.floor(abs(value) + 0.5), value)), 0), peak)


# --- the quantised α with the least squared error ---------------------------------------------------------
#
# With x = α·AC/64 exact and p = Round2Signed(α·AC, 6), each |p − x| ≤ ½. So the error vector d = r − p and
# the parabola P(α) = Σ(r − x)² = P₀ + (α − α₀)²·ΣAC²/64² obey, as d is integer,
#
#     P(α) ≤ Σ(|d| + ½)² = D + Σ|d| + n/4 ≤ L(D)    with D = Σd² and L(D) = D + min(D, √(n·D)) + n/4.
#
# Once an error B has been found, only α with P(α) ≤ L(B) can be as good: an interval about α₀.
#
# Clipping can make an error less than D. Let m be the largest magnitude that clips nowhere. Count at each
# sample only by how much x goes beyond r (away from 0): the sum O(α) of those squares grows with α and, as
# the other part of P falls, O(α) ≥ P(α) − P₀ on the far side of α₀. For all |α| > m of that side, clipped x
# goes at least as far as m·AC/64, so the error is at least that of O(m): they can be as good only if
# (m − α₀)²·ΣAC²/64² ≤ L(B). On the near side clipping changes nothing in the samples where x falls short
# of r, so there the same holds for each α: (α − α₀)²·ΣAC²/64² ≤ L(B).
#
# Where |α|·max|AC| < 32 all p are 0, as with α = 0.


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def ranked(error, alpha):
    """One integer that orders by error, then by |α|, then positive first."""
    return error * 64 + 2 * abs(alpha) + (1 if alpha < 0 else 0)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def ranked_alpha(rank):
    """The α of a rank."""
    magnitude = (rank & 63) >> 1
    return -magnitude if rank & 1 else magnitude


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def unclipped_magnitude(largest_ac, dc, peak):
    """The largest |α| (up to 16) whose predictions all lie within 0…`peak` before clipping."""
    room = 64 * (min(dc, peak - dc) + 1) - 33
    return int(min(room / max(float(largest_ac), 1.0), float(ALPHA_MAX)))


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def optimum(sxx, sxy):
    """The real-valued α of least squares, in eighths of chroma per luma."""
    return 64.0 * slope(float(sxx), float(sxy))


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def error_limit(error, n):
    """L(B) of the above, with room for the rounding of float64."""
    e = float(error)
    return (e + min(e, math.sqrt(n * e)) + 0.25 * n) * (1 + 1e-9) + 1e-3


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def best_in_group(ac, u, v, o, n, group, suu, svv, most_u, most_v, rank_u, rank_v, zero):
    """The least ranks after trying the magnitudes 4·group + 1 … 4·group + 4 that clip nowhere.

    With ``p = Round2(|α|·|AC|, 6)`` and s the sign of AC, the error is Σr² ∓ 2·Σp·(s·r) + Σp²: one pass
    serves four magnitudes, both signs and both planes.
    """
    first = 4 * group + 1
    f0, f1, f2, f3 = factor_of(first), factor_of(first + 1), factor_of(first + 2), factor_of(first + 3)
    pp0, pp1, pp2, pp3 = zero, zero, zero, zero
    pu0, pu1, pu2, pu3 = zero, zero, zero, zero
    pv0, pv1, pv2, pv3 = zero, zero, zero, zero
    for k in range(o, o + n, LANES):
        x = load(ac, k)
        size, ru, rv = magnitude(x), with_sign(load(u, k), x), with_sign(load(v, k), x)
        p = rounded_product(size, f0)
        pp0, pu0, pv0 = accumulate(pp0, p, p), accumulate(pu0, p, ru), accumulate(pv0, p, rv)
        p = rounded_product(size, f1)
        pp1, pu1, pv1 = accumulate(pp1, p, p), accumulate(pu1, p, ru), accumulate(pv1, p, rv)
        p = rounded_product(size, f2)
        pp2, pu2, pv2 = accumulate(pp2, p, p), accumulate(pu2, p, ru), accumulate(pv2, p, rv)
        p = rounded_product(size, f3)
        pp3, pu3, pv3 = accumulate(pp3, p, p), accumulate(pu3, p, ru), accumulate(pv3, p, rv)
    pp, pu, pv = totals(pp0, pp1, pp2, pp3), totals(pu0, pu1, pu2, pu3), totals(pv0, pv1, pv2, pv3)
    rank_u = min(rank_u, 64 * suu + least_rank(pp, pu, first, most_u, rank_u - 64 * suu))
    rank_v = min(rank_v, 64 * svv + least_rank(pp, pv, first, most_v, rank_v - 64 * svv))
    return rank_u, rank_v
