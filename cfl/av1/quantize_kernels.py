# mypy: disable-error-code="no-untyped-def, assignment, operator, arg-type"
"""Rate-distortion-optimised quantisation: the levels of a transform block that cost least, D + λR.

From the last coefficient to the first, as they are coded, each takes the level that is best in the context of
those already chosen; and at each, whether it would be better as the last one, with all behind it zero.
"""

import numpy as np

from cfl.av1.coefficient_kernels import (
    BORDER,
    base_context,
    br_context,
    context_offsets,
    eob_extra_cdf,
    eob_level_context,
    eob_pt_cdf,
    eob_pt_of,
    get_tx_sz_ctx,
)
from cfl.av1.kernel import kernel
from cfl.av1.symbol_kernels import floor_log2
from cfl.av1.tables.cdfs import (
    COEFF_BASE_CDF,
    COEFF_BASE_EOB_CDF,
    COEFF_BR_CDF,
    DC_SIGN_CDF,
)
from cfl.av1.tables.constants import TX_CLASS_2D
from cfl.av1.tables.geometry import (
    ADJUSTED_TX_SIZE,
    TX_HEIGHT,
    TX_HEIGHT_LOG2,
    TX_WIDTH,
    TX_WIDTH_LOG2,
)
from cfl.av1.tables.scans import BR_SHIFT, ROW_SHIFT


@kernel(internal=True)
def eob_cost(costs, multisize, tx_sz_ctx, ptype, is_1d, eob):
    """Return the bits of eob."""
    eob_pt = eob_pt_of(eob)
    total = np.float64(costs[eob_pt_cdf(multisize, ptype, is_1d) + eob_pt - 1])
    if eob_pt > 2:
        bits = eob_pt - 3
        high = ((eob - (1 << (eob_pt - 2)) - 1) >> bits) & 1
        total += costs[eob_extra_cdf(tx_sz_ctx, ptype, eob_pt) + high] + bits
    return total


@kernel(internal=True)
def br_cost(costs, offset, level):
    """Return the bits of what a level of at least 3 has above 3: coeff_br and golomb."""
    rest = level - 3
    bits = 0.0
    for _ in range(4):
        if rest < 3:
            return bits + costs[offset + rest]
        bits += costs[offset + 3]
        rest -= 3
    return bits + 2 * floor_log2(rest + 1) + 1


@kernel(once=True)
def scale_levels(search, frame, tile, plane, first, count):
    """Set `search.scaled` to the levels as real numbers, in the order of the scan.

    Returns
    -------
    int
        The last that does not round to zero, or -1.
    float
        Their squared sum, in squares of the AC step.
    """
    x, step = search.scaled, tile.ac_q[plane] / 8.0
    inverse = np.float32(1.0 / step)
    total, last = 0.0, -1
    for c in range(count):
        place = np.int64(frame.scan[first + np.uint64(c)])
        value = search.coefs[np.uint64(64 * ((place >> ROW_SHIFT) & 31) + (place & 31))] * inverse
        x[np.uint64(c)] = value
        total += value * value
        if abs(value) > 0.5:
            last = c
    x[0] = search.coefs[0] * 8.0 / tile.dc_q[plane]
    if abs(x[0]) > 0.5:
        last = max(last, 0)
    return last, total


@kernel(internal=True)
def best_level(costs, magnitude, weight, base, br, more_bits, zero_bits, lam):
    """Choose a level for a coefficient.

    Parameters
    ----------
    magnitude, weight : float
        The level as a real number, and what its squared error counts.
    base, br : int
        Where the bits of coeff_base (or coeff_base_eob, less 1) and of coeff_br are.
    more_bits : float
        What a level that is not zero costs besides.
    zero_bits : float
        What level 0 costs; negative if it may not be 0.

    Returns
    -------
    tuple
        The level, its bits, and its weighted squared error.
    """
    most = np.int64(magnitude + 0.5)
    chosen, rate, error = 0, zero_bits, magnitude * magnitude * weight
    best = error + lam * rate if zero_bits >= 0 else 1e300
    for level in range(most - 1 if most > 1 else 1, most + 1):
        bits = more_bits + costs[base + min(level, 3)]
        if level > 2:
            bits += br_cost(costs, br, level)
        d = (magnitude - level) * (magnitude - level) * weight
        if d + lam * bits < best:
            chosen, rate, error, best = level, bits, d, d + lam * bits
    return chosen, rate, error


@kernel(internal=True)
def forget_levels(levels, frame, first, stride, start, stop):
    """Set levels of a scan back to zero where their contexts are looked up."""
    for c in range(start, stop):
        place = np.int64(frame.scan[first + np.uint64(c)])
        levels[np.uint64((place >> ROW_SHIFT) & 31) * stride + np.uint64(place & 31)] = 0


@kernel(once=True)
def level_contexts(levels, k, stride, tx_class, place, base_cdf, br_cdf, is_dc):
    """Return where the bits of coeff_base and coeff_br are, in the context of the levels around (8.3.2)."""
    near, far_1, far_2 = context_offsets(tx_class, stride)
    ctx = base_context(levels, k, stride, near, far_1, far_2, place)
    if is_dc and tx_class == TX_CLASS_2D:
        ctx = 0
    return base_cdf + 4 * ctx, br_cdf + 4 * br_context(levels, k, stride, near, place)


@kernel(internal=True)
def quantize(search, frame, tile, tx_size, tx_class, plane, dc_ctx, lam):
    """Choose the levels of `search.coefs`.

    Parameters
    ----------
    lam : float
        λ in squared error, of samples, a bit.

    Returns
    -------
    int
        eob. `search.levels` holds the levels in the order of the scan, `search.rate` their bits without
        all_zero and the transform's type, `search.gain` by how much they lessen the squared error.
    """
    levels, costs, x = tile.levels, search.costs, search.scaled
    ptype, is_1d, adjusted = 1 if plane else 0, tx_class != TX_CLASS_2D, ADJUSTED_TX_SIZE[tx_size]
    count = TX_WIDTH[adjusted] * TX_HEIGHT[adjusted]
    first = np.uint64(frame.scan_start[tx_class, tx_size])
    last, total = scale_levels(search, frame, tile, plane, first, count)
    search.rate, search.gain = 0.0, 0.0
    if last < 0:
        return 0
    step = tile.ac_q[plane] / 8.0
    lam = lam / (step * step)
    stride = np.uint64(TX_WIDTH[adjusted] + BORDER)
    tx_sz_ctx = get_tx_sz_ctx(tx_size)
    multisize = TX_WIDTH_LOG2[adjusted] + TX_HEIGHT_LOG2[adjusted] - 4
    cdf_plane = 2 * tx_sz_ctx + ptype
    base_cdf, br_cdf = COEFF_BASE_CDF + 168 * cdf_plane, COEFF_BR_CDF + 84 * (2 * min(tx_sz_ctx, 3) + ptype)
    # from eob down to here: what has been chosen; and the squared error of all behind if they are zero
    eob, rate, error, tail = 0, 0.0, 0.0, 0.0
    for c in range(last + 1, count):
        tail += x[np.uint64(c)] * x[np.uint64(c)]
    for c in range(last, -1, -1):
        place = np.int64(frame.scan[first + np.uint64(c)])
        k = np.uint64((place >> ROW_SHIFT) & 31) * stride + np.uint64(place & 31)
        value = np.float64(x[np.uint64(c)])
        magnitude, weight, sign_bits = abs(value), 1.0, 1.0
        if c == 0:
            weight = (tile.dc_q[plane] / (8.0 * step)) ** 2
            sign_bits = np.float64(costs[DC_SIGN_CDF + 2 * (3 * ptype + dc_ctx) + (value < 0)])
        chosen, chosen_rate, chosen_error = 0, 0.0, magnitude * magnitude * weight
        if eob > 0:
            base, br = level_contexts(levels, k, stride, tx_class, place, base_cdf, br_cdf, c == 0)
            chosen, chosen_rate, chosen_error = best_level(
                costs, magnitude, weight, base, br, sign_bits, np.float64(costs[base]), lam
            )
        if magnitude >= 0.5:  # would it be better as the last one?
            base = COEFF_BASE_EOB_CDF + 3 * (4 * cdf_plane + eob_level_context(c, count)) - 1
            bits = sign_bits + eob_cost(costs, multisize, tx_sz_ctx, ptype, is_1d, c + 1)
            br = br_cdf + 4 * (place >> BR_SHIFT)
            alone, alone_rate, alone_error = best_level(costs, magnitude, weight, base, br, bits, -1.0, lam)
            with_rest = error + chosen_error + lam * (rate + chosen_rate)
            if eob == 0 or tail + alone_error + lam * alone_rate < with_rest:
                forget_levels(levels, frame, first, stride, c + 1, eob)
                eob, rate, error = c + 1, 0.0, tail
                chosen, chosen_rate, chosen_error = alone, alone_rate, alone_error
        tail += magnitude * magnitude * weight
        if eob > 0:
            rate += chosen_rate
            error += chosen_error
            levels[k] = min(chosen, 15)
            search.levels[np.uint64(c)] = -chosen if value < 0 else chosen
    forget_levels(levels, frame, first, stride, 0, eob)
    search.rate, search.gain = rate, (total - error) * step * step
    return eob


@kernel()
def update_costs(cdfs, start, symbols, costs):
    """Set the bits of each symbol of all CDFs.

    Parameters
    ----------
    cdfs : (CONTEXT_SIZE,) uint16 array
    start, symbols : (n,) int64 arrays
        Of `search_state.cdf_lists`.
    costs : (CONTEXT_SIZE,) float32 array
        Filled.
    """
    for i in range(start.shape[0]):
        above = np.int64(32768)
        for symbol in range(symbols[i]):
            k = start[i] + symbol
            below = np.int64(cdfs[k]) if symbol < symbols[i] - 1 else 0
            costs[k] = 15.0 - np.log2(np.float64(max(above - below, 4)))
            above = below
