# mypy: disable-error-code="no-untyped-def"
"""Which parameters loop restoration gets, unit by unit in the order of coding, by squared error and bits.

Least squares gives each unit's filters; since a unit's parameters are coded by their distance from those of
the unit before, they are then moved step by step to where error and bits together are least.
"""

import numpy as np

from cfl.av1.entropy.symbols import adapt_cdf
from cfl.av1.filter_search.restoration.bits import self_guided_bits, type_bits, wiener_bits
from cfl.av1.filter_search.restoration.self_guided_weights import refine_weights
from cfl.av1.filter_search.restoration.wiener_taps import search_taps
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
def begin_tile(rates, context):
    """Set what the first unit of a tile is coded with."""
    for k in range(rates.cdf.size):
        context.cdf[k] = rates.cdf[k]
    for k in range(3):
        context.taps[0, k] = context.taps[1, k] = WIENER_TAPS_MID[k]
    for k in range(2):
        context.xqd[k] = SGRPROJ_XQD_MID[k]


@kernel(internal=True)
def update_references(kind, half, taps, xqd, context):
    """Set what the next unit's parameters are coded by: the parameters of this unit."""
    if kind == RESTORE_WIENER:
        for i in range(2):
            for j in range(3 - half, 3):
                context.taps[i, j] = taps[i, j]
    elif kind == RESTORE_SGRPROJ:
        for k in range(2):
            context.xqd[k] = xqd[k]


@kernel()
def fit_units(order, sums, rates, context, half, steps, chosen, weights, parameters, trial, w):
    """Move the parameters of all units, in the order of coding, to where the RD cost is least.

    What a unit is coded with depends on the unit before, which is taken to have its cheapest type.

    Parameters
    ----------
    order : UnitOrder
    sums : UnitSums
        Without sets of the self-guided filter that filter is not tried.
    rates : RateModel
        Of restoration_type.
    context : UnitContext, scratch
    half : int
        How many coefficients the Wiener filter has besides the middle one.
    steps : int
        How many rounds of small changes the parameters go through, at most.
    chosen : (sets,) int64 array
        Which sets of the self-guided filter are tried.
    weights : (units, sets, 2) int64 array
        The self-guided filter's weights to begin with.
    parameters : UnitParameters, written
        `taps` has those to begin with.
    trial, w : (2, 3) int64 and (16,) float64 arrays, scratch

    Returns
    -------
    float
        The RD cost of all units, each with the cheapest of no filter and both filters.
    """
    total, lam = 0.0, rates.lam
    taps, sets, xqd = parameters.taps, parameters.sets, parameters.xqd
    for n in range(order.units.size):
        unit = order.units[n]
        if order.begins_tile[n]:
            begin_tile(rates, context)
        sse = float(sums.sse[unit])
        rounding = ROUNDING * sums.samples[unit]
        best, kind = sse + lam * type_bits(context.cdf, RESTORE_NONE), RESTORE_NONE

        least = search_taps(
            sums.A[unit], sums.b[unit], sse, half, lam, context.taps, rates.tap_bits, steps,
            taps[unit], trial, w,
        )  # fmt: skip
        least += rounding + lam * type_bits(context.cdf, RESTORE_WIENER)
        if least < best:
            best, kind = least, RESTORE_WIENER

        least = np.inf
        for s in range(chosen.size):
            number = chosen[s] & 15
            cost, w0, w1 = refine_weights(
                sums.sgr[unit, s], sse, number, lam, context.xqd, rates.weight_bits, steps,
                weights[unit, s, 0], weights[unit, s, 1],
            )  # fmt: skip
            if cost < least:
                least = cost
                sets[unit], xqd[unit, 0], xqd[unit, 1] = number, w0, w1
        least += rounding + lam * type_bits(context.cdf, RESTORE_SGRPROJ)
        if least < best:
            best, kind = least, RESTORE_SGRPROJ

        total += best
        if rates.adaptive:
            adapt_cdf(context.cdf, 0, context.cdf.size, kind)
        update_references(kind, half, taps[unit], xqd[unit], context)
    return total


@kernel()
def choose_types(order, errors, parameters, rates, context, half, frame_type, kinds):
    """Choose the types of all units of a plane, given their parameters and true errors; return the RD cost.

    Parameters
    ----------
    order, context, half
        See `fit_units`.
    errors : (3, units) int64 array
        The squared error without a filter, with Wiener's, and with the self-guided one.
    parameters : UnitParameters
    rates : RateModel
        Of use_wiener, use_sgrproj or restoration_type.
    frame_type : int
        RESTORE_WIENER, RESTORE_SGRPROJ or RESTORE_SWITCHABLE.
    kinds : (units,) int64 array, written
        LrType of each unit.
    """
    total = 0.0
    taps, sets, xqd = parameters.taps, parameters.sets, parameters.xqd
    for n in range(order.units.size):
        unit = order.units[n]
        if order.begins_tile[n]:
            begin_tile(rates, context)
        best, kind, symbol = np.inf, RESTORE_NONE, 0
        for k in range(3):
            if k not in (RESTORE_NONE, frame_type) and frame_type != RESTORE_SWITCHABLE:
                continue
            coded = k if frame_type == RESTORE_SWITCHABLE else min(k, 1)
            bits = type_bits(context.cdf, coded)
            if k == RESTORE_WIENER:
                bits += wiener_bits(taps[unit], context.taps, 3 - half, rates.tap_bits)
            elif k == RESTORE_SGRPROJ:
                w0, w1 = xqd[unit, 0], xqd[unit, 1]
                bits += self_guided_bits(sets[unit], w0, w1, context.xqd, rates.weight_bits)
            cost = errors[k, unit] + rates.lam * bits
            if cost < best:
                best, kind, symbol = cost, k, coded
        total += best
        kinds[unit] = kind
        if rates.adaptive:
            adapt_cdf(context.cdf, 0, context.cdf.size, symbol)
        update_references(kind, half, taps[unit], xqd[unit], context)
    return total
