# mypy: disable-error-code="no-untyped-def"
"""Which parameters loop restoration gets, unit by unit in the order of coding, by error and true bits.

Least squares gives each unit's filters; since a unit's parameters are coded by their distance from those of
the unit before, they are then moved step by step to where error and bits together are least.
"""

import numpy as np

from cfl.av1.tables.constants import (
    RESTORE_NONE,
    RESTORE_SGRPROJ,
    RESTORE_SWITCHABLE,
    RESTORE_WIENER,
    SGRPROJ_PARAMS_BITS,
    SGRPROJ_PRJ_BITS,
)
from cfl.av1.tables.filters import SGR_PARAMS
from cfl.av1.tables.parameters import (
    SGRPROJ_XQD_MAX,
    SGRPROJ_XQD_MID,
    SGRPROJ_XQD_MIN,
    WIENER_TAPS_MAX,
    WIENER_TAPS_MID,
    WIENER_TAPS_MIN,
)
from cfl.simd.kernel import kernel

SGR_ONE = 1 << (SGRPROJ_PRJ_BITS + 4)
ROUNDING = 1.0 / 12.0
"""What rounding adds to the squared error of a sample that is filtered."""


# --- bits -------------------------------------------------------------------------------------------------


@kernel(internal=True)
def wiener_bits(taps, reference, first, tap_bits):
    """The bits of a unit's coefficients; chroma has no `first` one."""
    bits = np.int64(0)
    for i in range(2):
        for j in range(first, 3):
            low = WIENER_TAPS_MIN[j]
            bits += tap_bits[j, reference[i, j] - low, taps[i, j] - low]
    return bits


@kernel(internal=True)
def self_guided_bits(number, w0, w1, reference, weight_bits):
    """The bits of a unit's set and weights."""
    bits = np.int64(SGRPROJ_PARAMS_BITS)
    if SGR_PARAMS[number, 0]:
        bits += weight_bits[0, reference[0] - SGRPROJ_XQD_MIN[0], w0 - SGRPROJ_XQD_MIN[0]]
    if SGR_PARAMS[number, 2]:
        bits += weight_bits[1, reference[1] - SGRPROJ_XQD_MIN[1], w1 - SGRPROJ_XQD_MIN[1]]
    return bits


@kernel(internal=True)
def type_bits(cdf, kind):
    """The bits of a unit's type; `cdf` holds complements and last the counter, as `tables.cdfs` says."""
    n = cdf.size
    above = 32768.0 if kind == 0 else float(cdf[kind - 1])
    below = 0.0 if kind == n - 1 else float(cdf[kind])
    return 15.0 - np.log2(max(above - below, 4.0))


@kernel(internal=True)
def adapt(cdf, kind):
    """Adapt the CDF (8.2.6)."""
    n = cdf.size
    count = cdf[n - 1]
    rate = 4 + (count > 15) + (count > 31)
    for i in range(n - 1):
        if i < kind:
            cdf[i] += (32768 - cdf[i]) >> rate
        else:
            cdf[i] -= cdf[i] >> rate
    cdf[n - 1] = min(count + 1, 32)


# --- Wiener -----------------------------------------------------------------------------------------------


@kernel(internal=True)
def middle_tap(taps, i, half):
    """The middle coefficient of a pass, less the 128 of the sample itself; and 128 more is what it is."""
    total = np.int64(0)
    for j in range(3 - half, 3):
        total += taps[i, j]
    return 128 - 2 * total


@kernel(internal=True)
def wiener_error(A, b, ee, half, taps, w):
    """The squared error before rounding with these coefficients."""
    side = half + 1
    v3, h3 = middle_tap(taps, 0, half), middle_tap(taps, 1, half)
    for i in range(side):
        v = taps[0, 3 - half + i] if i < half else v3
        for j in range(side):
            h = taps[1, 3 - half + j] if j < half else h3
            w[i * side + j] = float(v * h) / 16384.0
    error = ee
    for i in range(side * side - 1):
        row = 0.0
        for j in range(side * side - 1):
            row += A[i, j] * w[j]
        error += w[i] * (row - 2.0 * b[i])
    return error


@kernel(internal=True)
def moved_taps(A, b, ee, half, factor, reference, tap_bits, steps, taps, w):
    """Move coefficients one by one while that makes error and bits less; return their cost."""
    first = 3 - half
    best = wiener_error(A, b, ee, half, taps, w) + factor * wiener_bits(taps, reference, first, tap_bits)
    for _ in range(steps):
        before = best
        for place in range(4 * half):
            i, j = place & 1, first + (place >> 2)
            change = 1 if place & 2 else -1
            while True:
                taps[i, j] += change
                cost = np.inf
                if WIENER_TAPS_MIN[j] <= taps[i, j] <= WIENER_TAPS_MAX[j]:
                    cost = wiener_error(A, b, ee, half, taps, w)
                    cost += factor * wiener_bits(taps, reference, first, tap_bits)
                if cost >= best:
                    taps[i, j] -= change
                    break
                best = cost
        if best == before:
            break
    return best


# --- the self-guided filter -------------------------------------------------------------------------------


@kernel(internal=True)
def best_taps(A, b, ee, half, factor, reference, tap_bits, steps, taps, trial, w):
    """Move coefficients from where they are, and from the reference, whose bits are fewest; keep the best."""
    least = np.inf
    for start in range(2 if steps else 1):
        for i in range(2):
            for j in range(3):
                trial[i, j] = reference[i, j] if start and j >= 3 - half else taps[i, j]
        cost = moved_taps(A, b, ee, half, factor, reference, tap_bits, steps, trial, w)
        if cost < least:
            least = cost
            for i in range(2):
                for j in range(3):
                    taps[i, j] = trial[i, j]
    return least


@kernel(internal=True)
def self_guided_error(products, ee, number, w0, w1):
    """The squared error before rounding with these weights: w1 is LrSgrXqd[ 1 ]."""
    a = float(w0) / SGR_ONE if SGR_PARAMS[number, 0] else 0.0
    c = float((1 << SGRPROJ_PRJ_BITS) - w0 - w1) / SGR_ONE if SGR_PARAMS[number, 2] else 0.0
    error = ee + a * (a * products[0] - 2.0 * products[3]) + c * (c * products[2] - 2.0 * products[4])
    return error + 2.0 * a * c * products[1]


@kernel(internal=True)
def second_weight(number, w0, w1):
    """LrSgrXqd[ 1 ], which is derived where the second filter is not used."""
    if SGR_PARAMS[number, 2] == 0:
        return min(max((1 << SGRPROJ_PRJ_BITS) - w0, SGRPROJ_XQD_MIN[1]), SGRPROJ_XQD_MAX[1])
    return w1


@kernel(internal=True)
def moved_weights(products, ee, number, factor, reference, weight_bits, steps, w0, w1):
    """Move the weights while that makes error and bits less; return their cost and them."""
    best = self_guided_error(products, ee, number, w0, w1)
    best += factor * self_guided_bits(number, w0, w1, reference, weight_bits)
    for _ in range(steps):
        before = best
        for direction in range(8):
            k, change = direction & 1, (1 if direction & 2 else -1) * (1 if direction & 4 else 4)
            if SGR_PARAMS[number, 2 * k] == 0:
                continue
            while True:
                x0, x1 = (w0, w1 + change) if k else (w0 + change, w1)
                x1 = second_weight(number, x0, x1)
                if min(x0 - SGRPROJ_XQD_MIN[0], SGRPROJ_XQD_MAX[0] - x0) < 0:
                    break
                if min(x1 - SGRPROJ_XQD_MIN[1], SGRPROJ_XQD_MAX[1] - x1) < 0:
                    break
                cost = self_guided_error(products, ee, number, x0, x1)
                cost += factor * self_guided_bits(number, x0, x1, reference, weight_bits)
                if cost >= best:
                    break
                best, w0, w1 = cost, x0, x1
        if best == before:
            break
    return best, w0, w1


# --- units ------------------------------------------------------------------------------------------------


@kernel(internal=True)
def begin_tile(cdf, fixed, reference_taps, reference_xqd):
    """Set what the first unit of a tile is coded with."""
    for k in range(cdf.size):
        fixed[k] = cdf[k]
    for k in range(3):
        reference_taps[0, k] = reference_taps[1, k] = WIENER_TAPS_MID[k]
    for k in range(2):
        reference_xqd[k] = SGRPROJ_XQD_MID[k]


@kernel(internal=True)
def leave_references(kind, half, taps, xqd, reference_taps, reference_xqd):
    """Set what the next unit's parameters are coded by."""
    if kind == RESTORE_WIENER:
        for i in range(2):
            for j in range(3 - half, 3):
                reference_taps[i, j] = taps[i, j]
    elif kind == RESTORE_SGRPROJ:
        for k in range(2):
            reference_xqd[k] = xqd[k]


@kernel()
def fit_units(
    order, begins, A, b, plain, sgr, chosen, samples, half, factor, steps, adaptive, cdf, tap_bits,
    weight_bits, w, reference_taps, reference_xqd, trial, fixed, taps, weights, sets, xqd, costs,
):  # fmt: skip
    """Move the parameters of all units, in the order of coding, to where error and bits are least.

    What a unit is coded with depends on the unit before, of which the cheapest type is taken for granted.

    Parameters
    ----------
    order, begins : (units,) int64 arrays
        The units as they are coded, and whether each is the first of its plane in a tile.
    A, b : (units, n, n) and (units, n) float64 arrays
        The products of the Wiener filter's n features with each other and with the error.
    plain : (units,) int64 array
        The squared error without a filter.
    sgr : (units, sets, 5) int64 array
        See `restoration_sums.self_guided_products`; without sets that filter is not tried.
    chosen : (sets,) int64 array
        Which sets these are.
    half : int
        How many coefficients the Wiener filter has beside the middle one.
    samples : (units,) int64 array
        How many samples a unit has.
    factor : float
        What a bit is worth, in squared error.
    steps : int
        How often all parameters are moved at most.
    adaptive : bool
        Whether CDFs adapt.
    cdf : (3,) int64 array
        Of restoration_type where a tile begins: complements, and the counter.
    tap_bits, weight_bits : (3, 64, 64) and (2, 128, 128) int64 arrays
        See `restoration_search.code_lengths`.
    w : (16,) float64 array, scratch
    reference_taps, reference_xqd, trial, fixed : (2, 3), (2,), (2, 3) and (3,) int64 arrays, scratch
    taps, weights : (units, 2, 3) and (units, sets, 2) int64 arrays
        What to begin with; `taps` is changed.
    sets, xqd : (units,) and (units, 2) int64 arrays, written
    costs : (1,) float64 array, written
        Of all units, with the cheapest of nothing and both filters each.
    """
    costs[0] = 0.0
    for n in range(order.size):
        unit = order[n]
        if begins[n]:
            begin_tile(cdf, fixed, reference_taps, reference_xqd)
        ee = float(plain[unit])
        rounding = ROUNDING * samples[unit]
        best, kind = ee + factor * type_bits(fixed, RESTORE_NONE), RESTORE_NONE

        least = best_taps(
            A[unit], b[unit], ee, half, factor, reference_taps, tap_bits, steps, taps[unit], trial, w
        )
        least += rounding + factor * type_bits(fixed, RESTORE_WIENER)
        if least < best:
            best, kind = least, RESTORE_WIENER

        least = np.inf
        for s in range(chosen.size):
            number = chosen[s] & 15
            w0, w1 = weights[unit, s, 0], weights[unit, s, 1]
            cost, w0, w1 = moved_weights(
                sgr[unit, s], ee, number, factor, reference_xqd, weight_bits, steps, w0, w1
            )
            if cost < least:
                least = cost
                sets[unit], xqd[unit, 0], xqd[unit, 1] = number, w0, w1
        least += rounding + factor * type_bits(fixed, RESTORE_SGRPROJ)
        if least < best:
            best, kind = least, RESTORE_SGRPROJ

        costs[0] += best
        if adaptive:
            adapt(fixed, kind)
        leave_references(kind, half, taps[unit], xqd[unit], reference_taps, reference_xqd)


@kernel()
def choose_types(
    order, begins, errors, taps, sets, xqd, half, factor, frame_type, adaptive, cdf, tap_bits,
    weight_bits, reference_taps, reference_xqd, fixed, kinds,
):  # fmt: skip
    """Choose the types of all units of a plane, given their parameters and true errors; return the cost.

    Parameters
    ----------
    order, begins, half, factor, adaptive, tap_bits, weight_bits
        See `fit_units`.
    errors : (3, units) int64 array
        The squared error without a filter, with Wiener's, and with the self-guided one.
    taps, sets, xqd : arrays
        The parameters; see `fit_units`.
    frame_type : int
        RESTORE_WIENER, RESTORE_SGRPROJ or RESTORE_SWITCHABLE.
    cdf : (2,) or (3,) int64 array
        Of use_wiener, use_sgrproj or restoration_type where a tile begins.
    reference_taps, reference_xqd, fixed : (2, 3), (2,) and (2,) or (3,) int64 arrays, scratch
    kinds : (units,) int64 array, written
    """
    total = 0.0
    for n in range(order.size):
        unit = order[n]
        if begins[n]:
            begin_tile(cdf, fixed, reference_taps, reference_xqd)
        best, kind, symbol = np.inf, RESTORE_NONE, 0
        for k in range(3):
            if k not in (RESTORE_NONE, frame_type) and frame_type != RESTORE_SWITCHABLE:
                continue
            coded = k if frame_type == RESTORE_SWITCHABLE else min(k, 1)
            bits = type_bits(fixed, coded)
            if k == RESTORE_WIENER:
                bits += wiener_bits(taps[unit], reference_taps, 3 - half, tap_bits)
            elif k == RESTORE_SGRPROJ:
                w0, w1 = xqd[unit, 0], xqd[unit, 1]
                bits += self_guided_bits(sets[unit], w0, w1, reference_xqd, weight_bits)
            cost = errors[k, unit] + factor * bits
            if cost < best:
                best, kind, symbol = cost, k, coded
        total += best
        kinds[unit] = kind
        if adaptive:
            adapt(fixed, symbol)
        leave_references(kind, half, taps[unit], xqd[unit], reference_taps, reference_xqd)
    return total
