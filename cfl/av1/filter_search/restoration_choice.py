# mypy: disable-error-code="no-untyped-def"
"""Which parameters loop restoration gets, unit by unit in the order of coding, by squared error and bits.

Least squares gives each unit's filters; since a unit's parameters are coded by their distance from those of
the unit before, they are then moved step by step to where error and bits together are least.
"""

import numpy as np

from cfl.av1.filter_search.restoration_rate import adapt, self_guided_bits, type_bits, wiener_bits
from cfl.av1.filter_search.self_guided_weights import moved_weights
from cfl.av1.filter_search.wiener_taps import best_taps
from cfl.av1.tables.constants import (
    RESTORE_NONE,
    RESTORE_SGRPROJ,
    RESTORE_SWITCHABLE,
    RESTORE_WIENER,
)
from cfl.av1.tables.restoration import (
    SGRPROJ_XQD_MID,
    WIENER_TAPS_MID,
)
from cfl.simd.kernel import kernel

ROUNDING = 1.0 / 12.0
"""What rounding adds to the squared error of a sample that is filtered."""


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
