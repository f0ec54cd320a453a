# mypy: disable-error-code="no-untyped-def"
"""The quantised α of least squared error, rounding and clipping included, for a band of packed octets.

α is stored as its *order*, ``2|α| + (α < 0)``: of equal errors the least order wins.
"""

from cfl.prediction.eight_blocks.kernels import scaled_luma
from cfl.prediction.eight_blocks.sums_table import (
    CLIPS_U,
    DC_U,
    ERROR_U,
    LARGEST_AC,
    MOST_U,
    ORDER_U,
    SUU,
    SXU,
    SXX,
    TABLE,
    TRIED,
)
from cfl.prediction.tables import ALPHA_MAX, FACTOR_SHIFT
from cfl.simd.kernel import inlined, stage
from cfl.simd.octets import (
    BLOCKS,
    LANES,
    accumulate,
    accumulator_for,
    alike,
    any_of,
    ceil,
    floats,
    floor,
    integers,
    load,
    load_integers,
    load_numbers,
    splat,
    square_root,
    store,
    sum_of,
    to_float,
    to_int,
    where,
    with_sign,
)
from cfl.simd.vectors import magnitude, maximum, minimum, rounded_product

GROUP = 4
GROUPS = ALPHA_MAX // GROUP

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
#
# All this is computed in float32, with u = 2^-24. A sum becomes a float within u of itself, and each of
# the few operations on positive numbers adds u. So |α₀| is right within 6u of itself, α₀·ΣAC·r/64 (at most
# Σr²) within 9u, P₀ within 11u·Σr², and L(B) (at most 2Σr² + n/4, as B ≤ Σr²) within 6u·(2Σr² + n/4): their
# difference is less than 26u·Σr² + 2u·n off, and L(B) is made larger by 4·10^-6·Σr² + 10^-6·n, that is more
# than 60u·Σr² + 16u·n. Its square root times that of 64²/ΣAC², both within 3u, gives half the interval:
# It is made larger by 10^-6 (16u) of itself and of |α₀|, which covers these and the rounding of its ends.
#
# In the test for clipping |α₀| < 16 is less than 10^-5 off, and L(B) is too large by 30u of itself, which is
# more than what the operations add.


# --- which α can be the best ------------------------------------------------------------------------------


@inlined
def unclipped_magnitude(largest_ac, dc, peak):
    """The largest |α| (up to 16) whose predictions all lie within 0…`peak` before clipping, as float32.

    A quotient that is no integer is at least 1/32760 off one, so that float32 rounds none up to it.
    """
    room = integers(64) * minimum(dc, integers(peak) - dc) + integers(31)
    most = to_float(room) / maximum(to_float(largest_ac), floats(1.0))
    return floor(minimum(most, floats(float(ALPHA_MAX))))


@inlined
def least_visible(largest_ac):
    """The bound from which magnitudes predict anything but DC; a product of 31.5 stands for all above 31."""
    return floats(31.5) / maximum(to_float(largest_ac), floats(1.0))


@inlined
def first_guess(sxx, sxy, most):
    """The magnitude nearest to |α₀|, of those that clip nowhere."""
    size = magnitude(to_float(sxy)) * floats(64.0) / maximum(to_float(sxx), floats(1.0))
    return floor(minimum(size, most) + floats(0.5))


@inlined
def still_possible(sxx, sxy, syy, error, most, visible, n):
    """The magnitudes from … to … can still be as good as `error`, and those above … if they clip (16: none).

    Where no unclipped one can, the second is 0. All sums are of this block; `visible` is the least
    magnitude that predicts anything but DC.
    """
    product, squares, best, clipping = (
        magnitude(to_float(sxy)), to_float(syy), to_float(error), to_float(most),
    )  # fmt: skip
    per_error = floats(4096.0) / maximum(to_float(sxx), floats(1.0))
    size = product * per_error * floats(1 / 64.0)
    limit = best + minimum(best, square_root(floats(float(n)) * best)) + floats(0.25 * n)
    limit = limit + squares * floats(4e-6) + floats(1e-6 * n)
    least = squares - size * product * floats(1 / 64.0)
    reach = square_root(maximum(limit - least, floats(0.0)) * per_error)
    reach = reach + (size + reach) * floats(1e-6)
    low, high = maximum(ceil(size - reach), visible), minimum(floor(size + reach), clipping)
    gap = maximum(clipping - size - floats(1e-5), floats(0.0))
    clips = where(gap * gap <= limit * per_error, most, integers(ALPHA_MAX))
    return low, where(low <= high, high, floats(0.0)), clips


@inlined
def groups_between(low_u, high_u, low_v, high_v):
    """The groups that have a magnitude between the limits of U or of V in some block: a bit each.

    Where a lower limit is above its higher one, the latter must be below 1.
    """
    result = 0
    for group in range(GROUPS):
        first, last = floats(float(GROUP * group + 1)), floats(float(GROUP * group + GROUP))
        u, v = (low_u <= last) & (first <= high_u), (low_v <= last) & (first <= high_v)
        result |= int(any_of(u | v)) << group
    return result


# --- trying them ------------------------------------------------------------------------------------------


@inlined
def nearer(best, size, product, squares, products, magnitude_, syy, most):
    """The least error so far, its |α| and its product, with `magnitude_` tried too where that is ≤ `most`.

    Of both signs that of the product is better.
    """
    double = magnitude(products)
    error = syy + squares - double - double
    found = (error < best) & (integers(magnitude_) <= most)
    return (
        where(found, error, best),
        where(found, integers(magnitude_), size),
        where(found, products, product),
    )


@inlined
def best_in_group(ac, u, v, o, n, group, suu, svv, most_u, most_v, zero):
    """The least error and its α among magnitudes 4·group + 1 … 4·group + 4 that clip nowhere, for U and V.

    With ``p = Round2(|α|·|AC|, 6)`` and s the sign of AC, the error is Σr² ∓ 2·Σp·(s·r) + Σp²: one pass
    serves four magnitudes, both signs and both planes. α is given as ``2|α| + (α < 0)``, which orders equal
    errors. Where all four clip, the error is above Σr².
    """
    first = GROUP * group + 1
    f0, f1 = splat(first << FACTOR_SHIFT), splat((first + 1) << FACTOR_SHIFT)
    f2, f3 = splat((first + 2) << FACTOR_SHIFT), splat((first + 3) << FACTOR_SHIFT)
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
    nothing = alike(zero, 1)
    e, m, p = nearer(suu + nothing, integers(0), zero, pp0, pu0, first, suu, most_u)
    e, m, p = nearer(e, m, p, pp1, pu1, first + 1, suu, most_u)
    e, m, p = nearer(e, m, p, pp2, pu2, first + 2, suu, most_u)
    error_u, m, p = nearer(e, m, p, pp3, pu3, first + 3, suu, most_u)
    order_u = m + m + where(p < zero, integers(1), integers(0))
    e, m, p = nearer(svv + nothing, integers(0), zero, pp0, pv0, first, svv, most_v)
    e, m, p = nearer(e, m, p, pp1, pv1, first + 1, svv, most_v)
    e, m, p = nearer(e, m, p, pp2, pv2, first + 2, svv, most_v)
    error_v, m, p = nearer(e, m, p, pp3, pv3, first + 3, svv, most_v)
    order_v = m + m + where(p < zero, integers(1), integers(0))
    return error_u, order_u, error_v, order_v


@inlined
def keep_nearest(table, at, error, order):
    """Put an error and its α into the table for the blocks where they are better than the present ones."""
    old_error, old_order = load_numbers(table, at + ERROR_U), load_integers(table, at + ORDER_U)
    better = (error < old_error) | ((error == old_error) & (order < old_order))
    store(table, at + ERROR_U, where(better, error, old_error))
    store(table, at + ORDER_U, where(better, order, old_order))


@inlined
def start(table, of, peak):
    """Begin the search for an octet with α = 0; return the groups that contain the real-valued optima."""
    sxx, largest_ac = load_numbers(table, of + SXX), load_integers(table, of + LARGEST_AC)
    sxu, sxv = load_numbers(table, of + SXU), load_numbers(table, of + SXU + BLOCKS)
    most_u = unclipped_magnitude(largest_ac, load_integers(table, of + DC_U), peak)
    most_v = unclipped_magnitude(largest_ac, load_integers(table, of + DC_U + BLOCKS), peak)
    store(table, of + MOST_U, to_int(most_u))
    store(table, of + MOST_U + BLOCKS, to_int(most_v))
    for at in range(of, of + 2 * BLOCKS, BLOCKS):
        store(table, at + ERROR_U, load_numbers(table, at + SUU))
        store(table, at + ORDER_U, integers(0))
    visible = least_visible(largest_ac)
    u, v = first_guess(sxx, sxu, most_u), first_guess(sxx, sxv, most_v)
    todo = groups_between(u, where(visible <= u, u, floats(0.0)), v, where(visible <= v, v, floats(0.0)))
    table[of + TRIED] = todo
    return todo


@inlined
def next_sizes(table, of, n):
    """The groups not yet tried that can still be as good as the best α; also sets CLIPS_U and CLIPS_V."""
    sxx, largest_ac = load_numbers(table, of + SXX), load_integers(table, of + LARGEST_AC)
    visible, u, v = least_visible(largest_ac), of, of + BLOCKS
    low_u, high_u, clips_u = still_possible(
        sxx, load_numbers(table, u + SXU), load_numbers(table, u + SUU), load_numbers(table, u + ERROR_U),
        load_integers(table, u + MOST_U), visible, n,
    )  # fmt: skip
    low_v, high_v, clips_v = still_possible(
        sxx, load_numbers(table, v + SXU), load_numbers(table, v + SUU), load_numbers(table, v + ERROR_U),
        load_integers(table, v + MOST_U), visible, n,
    )  # fmt: skip
    store(table, u + CLIPS_U, clips_u)
    store(table, v + CLIPS_U, clips_v)
    return groups_between(low_u, high_u, low_v, high_v) & ~table[of + TRIED]


@stage
def search(table, ac, u, v, n, peak, groups):
    """The least squared error of α that clip nowhere, and their order, of each block and plane.

    Two rounds, first the groups of magnitudes that the real-valued optima fall in, then all that can still be
    as good. Each is a loop that lists the groups, without unpredictable branches, and one that tries
    them.

    Parameters
    ----------
    table : (octets · TABLE,) int32 or int64 array
        With the sums of `bands.measure`; ERROR, ORDER, MOST and CLIPS are written.
    ac, u, v : (octets · 8 · n,) int16 arrays
        Packed luma AC, and chroma less DC.
    n : int
        Samples of a block.
    peak : int
        The largest sample value.
    groups : (≥ octets · GROUPS,) int64 array, scratch
    """
    zero = accumulator_for(table)
    for started in range(2):
        listed = 0
        for of in range(0, table.size, TABLE):
            todo = next_sizes(table, of, n) if started else start(table, of, peak)
            for group in range(GROUPS):
                groups[listed] = of * GROUPS + group
                listed += todo >> group & 1
        for entry in range(listed):
            of, group = groups[entry] // GROUPS, groups[entry] % GROUPS
            error_u, order_u, error_v, order_v = best_in_group(
                ac, u, v, of // TABLE * n * BLOCKS, n, group,
                load_numbers(table, of + SUU), load_numbers(table, of + SUU + BLOCKS),
                load_integers(table, of + MOST_U), load_integers(table, of + MOST_U + BLOCKS), zero,
            )  # fmt: skip
            keep_nearest(table, of, error_u, order_u)
            keep_nearest(table, of + BLOCKS, error_v, order_v)


# --- α that clip ------------------------------------------------------------------------------------------


@inlined
def gather_block(packed, o, n, b, out):
    """Copy the samples of block `b` of an octet to `out`, one after the other, so that all lanes work for it.

    Zeros are added up to a multiple of `LANES` samples; returns that number.
    """
    size = -(-n // LANES) * LANES
    for k in range(n // 2):
        out[2 * k], out[2 * k + 1] = packed[o + k * LANES + 2 * b], packed[o + k * LANES + 2 * b + 1]
    for k in range(n, size):
        out[k] = 0
    return size


@inlined
def least_error_between(ac, r, n, first, last, sign, dc, peak, limit, zero):
    """A lower bound of the squared errors of all α of a sign from magnitude `first` to `last`.

    Exact where these are the same. Stops as soon as it is above `limit`.
    """
    near, far, signs = splat(first << FACTOR_SHIFT), splat(last << FACTOR_SHIFT), splat(sign)
    low, high, nothing = splat(-dc), splat(peak - dc), splat(0)
    error, k = 0, 0
    while k < n and error <= limit:
        sums = zero
        for j in range(k, min(k + 8 * LANES, n), LANES):
            x, target = load(ac, j), load(r, j)
            a = minimum(maximum(scaled_luma(x, near, signs), low), high)
            b = minimum(maximum(scaled_luma(x, far, signs), low), high)
            d = maximum(maximum(minimum(a, b) - target, target - maximum(a, b)), nothing)
            sums = accumulate(sums, d, d)
        error += sum_of(sums)
        k += 8 * LANES
    return error


@stage
def search_clipped(table, ac, u, v, n, peak, block_ac, block):
    """Finish `search`: try the α above CLIPS_U and CLIPS_V, which clip.

    Parameters
    ----------
    block_ac, block : (≥ n + LANES,) int16 arrays, scratch

    The other parameters are those of `search`.
    """
    zero = accumulator_for(table)
    for octet in range(table.size // TABLE):
        for plane in range(2):
            at = octet * TABLE + plane * BLOCKS
            if not any_of(load_integers(table, at + CLIPS_U) <= integers(ALPHA_MAX - 1)):
                continue
            for b in range(BLOCKS):
                clips = table[at + CLIPS_U + b]
                if clips < ALPHA_MAX:
                    size = gather_block(ac, octet * n * BLOCKS, n, b, block_ac)
                    gather_block(v if plane else u, octet * n * BLOCKS, n, b, block)
                    try_clipped(table, at + b, block_ac, block, size, clips + 1, peak, zero)


@inlined
def try_clipped(table, at, ac, r, n, first, peak, zero):
    """Try the magnitudes from `first` on, of both signs, for the one block whose column begins at `at`."""
    dc, best = table[at + DC_U], table[at + ERROR_U]
    for negative in range(2):
        # First test whether any of them can be as good, then try each.
        for size in range(first - 1, ALPHA_MAX + 1):
            low, high = (size, size) if size >= first else (first, ALPHA_MAX)
            error = least_error_between(ac, r, n, low, high, 1 - 2 * negative, dc, peak, best, zero)
            if size < first:
                if error > best:
                    break
            elif error < best or (error == best and 2 * size + negative < table[at + ORDER_U]):
                best, table[at + ORDER_U] = error, 2 * size + negative
    table[at + ERROR_U] = best
