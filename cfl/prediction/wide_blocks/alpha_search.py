# mypy: disable-error-code="no-untyped-def"
"""The quantised α of least squared error, rounding and clipping included, for one wide block (see `kernels`).

The bounds and their names are those of `eight_blocks.alpha_search`; they need an error B that the best α does
not exceed. Here no α is tried to get it. It is bounded: for g, the unclipped magnitude nearest to α₀,

    D(g) ≤ Σ(|r − x| + ½)² ≤ P(g) + √(n·P(g)) + n/4 = (√P(g) + √n/2)²,

and P(g) follows from the sums. So all α that can be the best are known beforehand, and in most large blocks
one pass over the samples tries them all, for both planes.

All sums are below 2^41 and 4096·P(g) is an integer below 2^50, so float64 (u = 2^-53) has them exactly. What
follows takes about twenty operations, each with an error of u, in numbers below 4·Σr² + 2·n; L is made larger
by 10^-9 of itself and of Σr², and the ends of the intervals by as much, which is far more. α₀ is below 2^24,
and so right within 10^-8, in the test for clipping. There all α of the other sign than α₀ are on its far
side, and so at least |α₀| + m away.
"""

import math

from cfl.prediction.tables import ALPHA_MAX
from cfl.prediction.wide_blocks.kernels import clipped_errors, least_error_from, products, products_of_two
from cfl.simd.integers import lowest_bit
from cfl.simd.kernel import inlined, stage


@inlined
def unclipped_magnitude(largest_ac, dc, peak):
    """The largest |α| (up to 16) whose predictions all lie within 0…`peak` before clipping."""
    return min(ALPHA_MAX, (64 * min(dc, peak - dc) + 31) // largest_ac)


@inlined
def highest_parabola(error, root, sum_rr, n):
    """L(error), of the error and its square root: no α with an error as small has a larger P."""
    limit = error + min(error, math.sqrt(n) * root) + 0.25 * n
    return limit + 1e-9 * (limit + sum_rr)


@inlined
def possible(per_error, sum_xx, sum_xr, sum_rr, n, least, most):
    """The magnitudes from `least` to `most` that can be the best, as bits; `per_error` is 64² / ΣAC²."""
    sxx, sxr, rr = float(sum_xx), float(abs(sum_xr)), float(sum_rr)
    centre = sxr * per_error * (1 / 64)
    guess = math.floor(min(centre, float(most)) + 0.5)
    parabola = rr - guess * (sxr * (1 / 32) - guess * sxx * (1 / 4096))
    root = min(math.sqrt(rr), math.sqrt(parabola) + 0.5 * math.sqrt(n))
    above = highest_parabola(root * root, root, rr, n) - (rr - centre * sxr * (1 / 64))
    reach = math.sqrt(max(above, 0.0) * per_error)
    reach += 1e-9 * (1.0 + centre + reach)
    low = max(math.ceil(max(centre - reach, 1.0)), least)
    high = math.floor(min(centre + reach, float(most)))
    return (2 << high) - (1 << low) if low <= high else 0


@inlined
def can_clip(sum_xx, sum_xr, sum_rr, error, n, most, negative):
    """Whether some α of a sign and above `most`, all of which clip, can be as good as `error`."""
    centre = 64.0 * sum_xr / max(sum_xx, 1)
    gap = max((most + centre if negative else most - centre) - 1e-8, 0.0)
    limit = highest_parabola(float(error), math.sqrt(error), float(sum_rr), n)
    return most < ALPHA_MAX and gap * gap * float(sum_xx) <= 4096.0 * limit


@inlined
def lowest_four(bits):
    """The four lowest of a set of magnitudes, the last one repeated if there are fewer; and the rest."""
    a = lowest_bit(bits)
    bits &= bits - 1
    b = lowest_bit(bits) if bits else a
    bits &= bits - 1
    c = lowest_bit(bits) if bits else b
    bits &= bits - 1
    d = lowest_bit(bits) if bits else c
    return (a, b, c, d), bits & (bits - 1)


@inlined
def nearer(best, alpha, size, most, sum_pp, sum_pr, sum_rr):
    """The least error so far and its α, with a magnitude tried too unless it clips; larger ones come later.

    Of both signs that of the product is better.
    """
    error = sum_rr + sum_pp - 2 * abs(sum_pr)
    if size <= most and error < best:
        return error, size if sum_pr >= 0 else -size
    return best, alpha


@inlined
def candidates(sums, n, largest_ac, dcs, peak):
    """The largest magnitude that clips nowhere, for U and V; and all that can be the best of either, as bits.

    `sums` are ΣAC², and of U and V ΣAC·r and Σr², with r the chroma less its DC.
    """
    sum_xx, sum_xr, sum_rr = sums
    # Where |α|·max|AC| < 32 all p are 0, as with α = 0. Flat luma has no candidates.
    largest_ac, per_error = max(largest_ac, 1), 4096.0 / max(sum_xx, 1)
    most_u, most_v = (
        unclipped_magnitude(largest_ac, dcs[0], peak), unclipped_magnitude(largest_ac, dcs[1], peak),
    )  # fmt: skip
    least = (31 + largest_ac) // largest_ac
    todo = possible(per_error, sum_xx, sum_xr[0], sum_rr[0], n, least, most_u)
    todo |= possible(per_error, sum_xx, sum_xr[1], sum_rr[1], n, least, most_v)
    return (most_u, most_v), todo


@stage
def search(block, luma_avg, n, dcs, sums, most, todo, peak):
    """The best α of both planes and their errors.

    Parameters
    ----------
    block : WideBlock
    luma_avg, n : int
        The latter is the number of visible samples.
    dcs : pair of int
    sums, most, todo
        See `candidates`.
    peak : int
    """
    (most_u, most_v), (sum_xx, sum_xr, sum_rr) = most, sums
    alpha_u, alpha_v, error_u, error_v = 0, 0, sum_rr[0], sum_rr[1]
    while todo:
        sizes, todo = lowest_four(todo)
        if sizes[1] == sizes[3]:
            found = products_of_two(block, luma_avg, dcs, sizes)
            tried = found[0], found[1], found[1], found[1]
        else:
            tried = products(block, luma_avg, dcs, sizes)
        for k in range(4):
            pp, pu, pv = tried[k]
            error_u, alpha_u = nearer(error_u, alpha_u, sizes[k], most_u, pp, pu, sum_rr[0])
            error_v, alpha_v = nearer(error_v, alpha_v, sizes[k], most_v, pp, pv, sum_rr[1])
    for negative in range(2):
        if can_clip(sum_xx, sum_xr[0], sum_rr[0], error_u, n, most_u, negative):
            error_u, alpha_u = clipped(
                block, block.u, luma_avg, dcs[0], most_u + 1, negative, peak, error_u, alpha_u
            )
        if can_clip(sum_xx, sum_xr[1], sum_rr[1], error_v, n, most_v, negative):
            error_v, alpha_v = clipped(
                block, block.v, luma_avg, dcs[1], most_v + 1, negative, peak, error_v, alpha_v
            )
    return (alpha_u, alpha_v), (error_u, error_v)


@stage
def clipped(block, chroma, luma_avg, dc, first, negative, peak, best, alpha):
    """Try the magnitudes from `first` on, of one sign, as long as any of those left can be as good."""
    order = 2 * abs(alpha) + int(alpha < 0)
    for size in range(first, ALPHA_MAX + 1, 4):
        least = least_error_from(block, chroma, luma_avg, dc, size, negative, peak, best)
        if least > best:
            break
        errors = clipped_errors(block, chroma, luma_avg, dc, size, negative, peak)
        for k in range(min(4, ALPHA_MAX + 1 - size)):
            this = 2 * (size + k) + negative
            if errors[k] < best or (errors[k] == best and this < order):
                best, order = errors[k], this
    return best, -(order >> 1) if order & 1 else order >> 1
