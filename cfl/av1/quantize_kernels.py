# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""Rate-distortion-optimised quantisation: the levels of a transform block that cost least, D + λR.

From the last coefficient to the first, as they are coded, each takes the level that is best in the context of
those already chosen; and at each, whether it would be better as the last one, with all behind it zero.
"""

import numpy as np

from cfl.av1.coefficient_kernels import BORDER, EOB_PT_CDF
from cfl.av1.kernel import kernel
from cfl.av1.symbol_kernels import floor_log2
from cfl.av1.tables.cdfs import (
    COEFF_BASE_CDF,
    COEFF_BASE_EOB_CDF,
    COEFF_BR_CDF,
    DC_SIGN_CDF,
    EOB_EXTRA_CDF,
)
from cfl.av1.tables.constants import TX_CLASS_2D, TX_CLASS_HORIZ, TX_CLASS_VERT
from cfl.av1.tables.geometry import ADJUSTED_TX_SIZE, TX_HEIGHT, TX_HEIGHT_LOG2, TX_WIDTH, TX_WIDTH_LOG2
from cfl.av1.tables.scans import BASE_SHIFT, BR_SHIFT, ROW_SHIFT


@kernel(internal=True)
def eob_cost(costs, multisize, tx_sz_ctx, ptype, is_1d, eob):
    """Return the bits of eob."""
    n = 5 + multisize
    offset = EOB_PT_CDF[multisize]
    offset += n * (2 * ptype + is_1d) if multisize <= 4 else n * ptype
    if eob <= 2:
        return np.float64(costs[offset + eob - 1])
    eob_pt = floor_log2(eob - 1) + 2
    bits = eob_pt - 3
    high = ((eob - (1 << (eob_pt - 2)) - 1) >> bits) & 1
    extra = EOB_EXTRA_CDF + 2 * ((2 * tx_sz_ctx + ptype) * 9 + eob_pt - 3)
    return np.float64(costs[offset + eob_pt - 1]) + costs[extra + high] + bits


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
    ptype = 1 if plane else 0
    adjusted = ADJUSTED_TX_SIZE[tx_size]
    w, h = TX_WIDTH[adjusted], TX_HEIGHT[adjusted]
    count = w * h
    tx_sz_ctx = (min(TX_WIDTH_LOG2[tx_size], TX_HEIGHT_LOG2[tx_size]) - 2
                 + max(TX_WIDTH_LOG2[tx_size], TX_HEIGHT_LOG2[tx_size]) - 2 + 1) >> 1  # fmt: skip
    multisize = TX_WIDTH_LOG2[adjusted] + TX_HEIGHT_LOG2[adjusted] - 4
    step = tile.ac_q[plane] / 8.0
    dc_step = tile.dc_q[plane] / 8.0
    first = np.uint64(frame.scan_start[tx_class, tx_size])
    # levels as real numbers, and the last that does not round to zero
    inverse = np.float32(1.0 / step)
    total, last = 0.0, -1
    for c in range(count):
        place = np.int64(frame.scan[first + np.uint64(c)])
        value = search.coefs[np.uint64(64 * ((place >> ROW_SHIFT) & 31) + (place & 31))] * inverse
        x[np.uint64(c)] = value
        total += value * value
        if abs(value) > 0.5:
            last = c
    x[0] = search.coefs[0] / dc_step
    dc_weight = (dc_step / step) ** 2
    if abs(x[0]) > 0.5:
        last = max(last, 0)
    search.rate, search.gain = 0.0, 0.0
    if last < 0:
        return 0
    lam = lam / (step * step)
    stride = np.uint64(w + BORDER)
    one, two = np.uint64(1), np.uint64(2)
    near, far_1, far_2 = stride + one, two, two * stride
    if tx_class == TX_CLASS_HORIZ:
        near, far_1, far_2 = two, np.uint64(3), np.uint64(4)
    elif tx_class == TX_CLASS_VERT:
        near, far_1, far_2 = two * stride, np.uint64(3) * stride, np.uint64(4) * stride
    cdf_plane = 2 * tx_sz_ctx + ptype
    base_cdf, br_cdf = COEFF_BASE_CDF + 168 * cdf_plane, COEFF_BR_CDF + 84 * (2 * min(tx_sz_ctx, 3) + ptype)
    dc_sign = DC_SIGN_CDF + 2 * (3 * ptype + dc_ctx)
    is_1d = tx_class != TX_CLASS_2D
    # of what has been chosen: from eob down to here
    eob, rate, error = 0, 0.0, 0.0
    tail = 0.0  # squared error of all behind if they are zero
    for c in range(last + 1, count):
        tail += x[np.uint64(c)] * x[np.uint64(c)]
    for c in range(last, -1, -1):
        place = np.int64(frame.scan[first + np.uint64(c)])
        k = np.uint64((place >> ROW_SHIFT) & 31) * stride + np.uint64(place & 31)
        value = np.float64(x[np.uint64(c)])
        weight = 1.0
        sign_bits = 1.0
        if c == 0:
            weight = dc_weight
            sign_bits = np.float64(costs[dc_sign + (value < 0)])
        magnitude = abs(value)
        most = np.int64(magnitude + 0.5)
        base_offset, br_offset = 0, 0
        if eob > 0:
            right, below, beyond = (
                np.int64(levels[k + one]),
                np.int64(levels[k + stride]),
                np.int64(levels[k + near]),
            )
            mag = min(right, 3) + min(below, 3) + min(beyond, 3)
            mag += min(np.int64(levels[k + far_1]), 3) + min(np.int64(levels[k + far_2]), 3)
            ctx = min((mag + 1) >> 1, 4) + ((place >> BASE_SHIFT) & 63)
            if c == 0 and not is_1d:
                ctx = 0
            base_offset = base_cdf + 4 * ctx
            br_offset = br_cdf + 4 * (min((right + below + beyond + 1) >> 1, 6) + (place >> BR_SHIFT))
        chosen, chosen_rate, chosen_error = 0, 0.0, magnitude * magnitude * weight
        if eob > 0:
            chosen_rate = np.float64(costs[base_offset])
            best = chosen_error + lam * chosen_rate
            for level in range(max(most - 1, 1), most + 1):
                bits = sign_bits + costs[base_offset + min(level, 3)]
                if level > 2:
                    bits += br_cost(costs, br_offset, level)
                d = (magnitude - level) * (magnitude - level) * weight
                if d + lam * bits < best:
                    chosen, chosen_rate, chosen_error, best = level, bits, d, d + lam * bits
        if most > 0:  # would it be better as the last one?
            eob_ctx = 0 if c == 0 else 1 if c <= count >> 3 else 2 if c <= count >> 2 else 3
            eob_base = COEFF_BASE_EOB_CDF + 3 * (4 * cdf_plane + eob_ctx) - 1
            eob_bits = eob_cost(costs, multisize, tx_sz_ctx, ptype, is_1d, c + 1)
            alone_br = br_cdf + 4 * (place >> BR_SHIFT)
            best_alone, alone, alone_rate, alone_error = 1e300, 0, 0.0, 0.0
            for level in range(max(most - 1, 1), most + 1):
                bits = sign_bits + eob_bits + costs[eob_base + min(level, 3)]
                if level > 2:
                    bits += br_cost(costs, alone_br, level)
                d = (magnitude - level) * (magnitude - level) * weight
                if d + lam * bits < best_alone:
                    best_alone, alone, alone_rate, alone_error = d + lam * bits, level, bits, d
            with_rest = error + chosen_error + lam * (rate + chosen_rate)
            if eob == 0 or tail + best_alone < with_rest:
                for after in range(c + 1, eob):
                    place = np.int64(frame.scan[first + np.uint64(after)])
                    levels[np.uint64((place >> ROW_SHIFT) & 31) * stride + np.uint64(place & 31)] = 0
                eob, rate, error = c + 1, 0.0, tail
                chosen, chosen_rate, chosen_error = alone, alone_rate, alone_error
        tail += magnitude * magnitude * weight
        if eob > 0:
            rate += chosen_rate
            error += chosen_error
            levels[k] = min(chosen, 15)
            search.levels[np.uint64(c)] = -chosen if value < 0 else chosen
        else:
            error = tail
    for c in range(eob):
        place = np.int64(frame.scan[first + np.uint64(c)])
        levels[np.uint64((place >> ROW_SHIFT) & 31) * stride + np.uint64(place & 31)] = 0
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
