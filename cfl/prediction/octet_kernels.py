# mypy: disable-error-code="no-untyped-def"
"""Chroma from luma for eight neighbouring blocks at a time, as the analysis of whole planes wants it.

The formulas are those of `block_kernels`, laid out across blocks instead of along the samples of one: then no
sum crosses lanes, and small blocks fill the registers too (at 4x4, half as fast again).

Such an *octet* is packed: sample by sample pair, the pairs of all eight blocks side by side (see `octets`).
Blocks of n samples make ``n / 2`` vectors of 16 int16, from index `o` of an array. `ac` holds the luma AC in
Q3 and `r` the chroma less its DC.

The accumulator argument `zero` (see `octets.accumulator_for`) fixes the precision: 32-bit sums are exact for
8-bit samples (Σ AC² ≤ 1024 · 1020² < 2³¹), 64-bit sums up to 12 bits.
"""

from numba import njit

from cfl.prediction.octets import (
    BLOCKS,
    LANES,
    accumulate,
    any_of,
    flip_sign,
    floats,
    floor,
    integers,
    is_negative,
    load,
    magnitude,
    maximum,
    minimum,
    pair_maximum,
    pairs,
    rounded_product,
    second_samples,
    shifted,
    splat,
    square_root,
    store,
    to_float,
    to_int,
    where,
    widen,
    with_sign,
)

ALPHA_MAX = 16
GROUP = 4
GROUPS = ALPHA_MAX // GROUP


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def total(x, o, n, zero):
    """The sum of each block's samples."""
    one = splat(1)
    sums = zero
    for k in range(o, o + n * BLOCKS, LANES):
        sums = accumulate(sums, load(x, k), one)
    return widen(sums)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def average(luma, o, n, zero):
    """lumaAvg of the packed subsampled luma, rounded; n is a power of two."""
    return to_int((to_float(total(luma, o, n, zero)) + floats(0.5 * n)) * floats(1.0 / n))


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def subtract(x, o, n, level):
    """``x -= level``, in place."""
    levels = pairs(level)
    for k in range(o, o + n * BLOCKS, LANES):
        store(x, k, load(x, k) - levels)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def border_sums(x, o, w, h, zero):
    """The sums of the right column and of the bottom row: what the next blocks' DC_PRED needs."""
    one, second = splat(1), second_samples()
    row = w * BLOCKS
    right = zero
    bottom = zero
    for k in range(o + row - LANES, o + h * row, row):
        right = accumulate(right, load(x, k), second)
    for k in range(o + (h - 1) * row, o + h * row, LANES):
        bottom = accumulate(bottom, load(x, k), one)
    return widen(right), widen(bottom)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def statistics(ac, u, v, o, n, luma_avg, dc_u, dc_v, zero):
    """Subtract three levels in place; then Σac², Σac·u, Σac·v, Σu², Σv², Σu and Σv, and the largest |ac|."""
    one, levels, levels_u, levels_v = splat(1), pairs(luma_avg), pairs(dc_u), pairs(dc_v)
    sxx, sxu, sxv, suu, svv, su, sv = zero, zero, zero, zero, zero, zero, zero
    largest = splat(0)
    for k in range(o, o + n * BLOCKS, LANES):
        x = load(ac, k) - levels
        ru = load(u, k) - levels_u
        rv = load(v, k) - levels_v
        store(ac, k, x)
        store(u, k, ru)
        store(v, k, rv)
        largest = maximum(largest, magnitude(x))
        sxx = accumulate(sxx, x, x)
        sxu = accumulate(sxu, x, ru)
        sxv = accumulate(sxv, x, rv)
        suu = accumulate(suu, ru, ru)
        svv = accumulate(svv, rv, rv)
        su = accumulate(su, ru, one)
        sv = accumulate(sv, rv, one)
    sums = widen(sxx), widen(sxu), widen(sxv), widen(suu), widen(svv), widen(su), widen(sv)
    return sums, pair_maximum(largest)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def scaled_luma(x, factor, sign):
    """``Round2Signed(α · AC, 6)``, of the factor ``|α| << 9`` and lanes with the sign of α."""
    return with_sign(rounded_product(magnitude(x), factor), flip_sign(x, sign))


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def squared_error(ac, r, o, n, alpha, dc, peak, zero):
    """Exact squared error of predicting with the one `alpha`, rounded and clipped to 0…`peak`."""
    factor, sign, level = splat(abs(alpha) << 9), splat(alpha), pairs(dc)
    low, high = splat(0) - level, splat(peak) - level
    sums = zero
    for k in range(o, o + n * BLOCKS, LANES):
        d = load(r, k) - minimum(maximum(scaled_luma(load(ac, k), factor, sign), low), high)
        sums = accumulate(sums, d, d)
    return widen(sums)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def predict(ac, o, n, alpha, dc, peak, out):
    """``out = Clip1(DC + Round2Signed(alpha · AC, 6))``, AV1 specification 7.11.5; α and DC are pairs."""
    factor, low, high = shifted(magnitude(alpha), 9), splat(0), splat(peak)
    for k in range(o, o + n * BLOCKS, LANES):
        prediction = scaled_luma(load(ac, k), factor, alpha) + dc
        store(out, k, minimum(maximum(prediction, low), high))


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
#
# As |α| goes from m + 1 to 16, each clipped prediction moves in one direction only, from an a to a b, so all
# these α have at least the error Σ(distance of r from a…b)². Only where that is at most B are they tried.


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def rank_of(error, magnitude_, negative):
    """One integer that orders by error, then by |α|, then positive first."""
    return error * integers(64) + integers(2 * magnitude_) + negative


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def alpha_of(rank):
    """The α of a rank."""
    size = shifted(rank & integers(63), -1)
    return size - size * integers(2) * (rank & integers(1))


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def unclipped_magnitude(largest_ac, dc, peak):
    """The largest |α| (up to 16) whose predictions all lie within 0…`peak` before clipping, as float64."""
    room = floats(64.0) * (to_float(minimum(dc, integers(peak) - dc)) + floats(1.0)) - floats(33.0)
    return floor(minimum(room / maximum(to_float(largest_ac), floats(1.0)), floats(float(ALPHA_MAX))))


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def error_limit(error, n):
    """L(B) of the above, with room for the rounding of float64."""
    limit = error + minimum(error, square_root(floats(float(n)) * error)) + floats(0.25 * n)
    return limit * floats(1 + 1e-9) + floats(1e-3)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def better(rank, squares, products, magnitude_, syy, most):
    """The lesser of `rank` and that of ±`magnitude_`, with the sign of `products`, where that is ≤ `most`."""
    error = syy + squares - magnitude(products) - magnitude(products)
    candidate = minimum(rank, rank_of(error, magnitude_, is_negative(products)))
    return where(integers(magnitude_) <= most, candidate, rank)


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def best_in_group(ac, u, v, o, n, group, suu, svv, most_u, most_v, rank_u, rank_v, zero):
    """The least ranks after trying the magnitudes 4·group + 1 … 4·group + 4 that clip nowhere.

    With ``p = Round2(|α|·|AC|, 6)`` and s the sign of AC, the error is Σr² ∓ 2·Σp·(s·r) + Σp²: one pass
    serves four magnitudes, both signs and both planes.
    """
    first = GROUP * group + 1
    f0, f1 = splat(first << 9), splat((first + 1) << 9)
    f2, f3 = splat((first + 2) << 9), splat((first + 3) << 9)
    pp0, pp1, pp2, pp3 = zero, zero, zero, zero
    pu0, pu1, pu2, pu3 = zero, zero, zero, zero
    pv0, pv1, pv2, pv3 = zero, zero, zero, zero
    for k in range(o, o + n * BLOCKS, LANES):
        # Where AC is 0, so is p, whatever `with_sign` makes of r.
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
    rank_u = better(rank_u, widen(pp0), widen(pu0), first, suu, most_u)
    rank_v = better(rank_v, widen(pp0), widen(pv0), first, svv, most_v)
    rank_u = better(rank_u, widen(pp1), widen(pu1), first + 1, suu, most_u)
    rank_v = better(rank_v, widen(pp1), widen(pv1), first + 1, svv, most_v)
    rank_u = better(rank_u, widen(pp2), widen(pu2), first + 2, suu, most_u)
    rank_v = better(rank_v, widen(pp2), widen(pv2), first + 2, svv, most_v)
    rank_u = better(rank_u, widen(pp3), widen(pu3), first + 3, suu, most_u)
    rank_v = better(rank_v, widen(pp3), widen(pv3), first + 3, svv, most_v)
    return rank_u, rank_v


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def groups_between(low, high):
    """The groups that have a magnitude from `low` to `high` in some block: a bit each."""
    result = 0
    for group in range(GROUPS):
        first, last = floats(float(GROUP * group + 1)), floats(float(GROUP * group + GROUP))
        if any_of((low <= high) & (low <= last) & (first <= high)):
            result |= 1 << group
    return result


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def still_open(ac, r, o, n, rank, open_, low_factor, sign, dc, peak, zero):
    """The open blocks where an α of a sign, from a magnitude (as its factor) to 16, may be as good as `rank`.

    Goes through the samples only until no block is left.
    """
    high_factor, level = splat(ALPHA_MAX << 9), pairs(dc)
    low, high, nothing = splat(0) - level, splat(peak) - level, splat(0)
    sums = zero
    k = o
    while k < o + n * BLOCKS and any_of(open_):
        for j in range(k, min(k + 8 * LANES, o + n * BLOCKS), LANES):
            x, target = load(ac, j), load(r, j)
            a = minimum(maximum(scaled_luma(x, low_factor, sign), low), high)
            b = minimum(maximum(scaled_luma(x, high_factor, sign), low), high)
            d = maximum(maximum(minimum(a, b) - target, target - maximum(a, b)), nothing)
            sums = accumulate(sums, d, d)
        open_ = open_ & (widen(sums) * integers(64) <= rank)
        k += 8 * LANES
    return open_
