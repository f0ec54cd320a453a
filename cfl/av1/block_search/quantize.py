# mypy: disable-error-code="no-untyped-def, assignment, operator, arg-type"
"""Rate-distortion-optimised quantization: the levels of a transform block with the least RD cost, D + λR.

From the last coefficient to the first, which is the order of coding, each takes the level that is best in the
context of those already chosen. At each it is also tested whether it is better to end here, with all levels
behind it zero.
"""

import numpy as np

from cfl.av1.block_search.state import AROUND_MARGIN
from cfl.av1.entropy.cdfs import (
    COEFF_BASE_CDF,
    COEFF_BASE_EOB_CDF,
    COEFF_BR_CDF,
    DC_SIGN_CDF,
)
from cfl.av1.entropy.symbols import floor_log2
from cfl.av1.tables.constants import IDTX, TX_CLASS_2D
from cfl.av1.tables.geometry import (
    ADJUSTED_TX_SIZE,
    TX_HEIGHT,
    TX_HEIGHT_LOG2,
    TX_WIDTH,
    TX_WIDTH_LOG2,
)
from cfl.av1.tables.quantizer import QM_OFFSET
from cfl.av1.tables.scans import BASE_SHIFT, BR_SHIFT, ROW_SHIFT
from cfl.av1.tile.coefficients import (
    BORDER,
    TX_CLASS,
    context_offsets,
    eob_extra_cdf,
    eob_level_context,
    eob_pt_cdf,
    eob_pt_of,
    get_tx_sz_ctx,
)
from cfl.simd.float32x8 import load_f8, splat_f8, total_f8, where_above_f8, zeros_f8
from cfl.simd.int16x16 import largest
from cfl.simd.int32x8 import load8, splat8
from cfl.simd.kernel import kernel
from cfl.simd.vectors import maximum


@kernel(internal=True)
def eob_cost(costs, adjusted, tx_sz_ctx, ptype, is_1d, eob):
    """Return the bits of eob, of a transform of at most 32x32."""
    multisize = TX_WIDTH_LOG2[adjusted] + TX_HEIGHT_LOG2[adjusted] - 4
    eob_pt = eob_pt_of(eob)
    total = np.float64(costs[eob_pt_cdf(multisize, ptype, is_1d) + eob_pt - 1])
    if eob_pt > 2:
        bits = eob_pt - 3
        high = ((eob - (1 << (eob_pt - 2)) - 1) >> bits) & 1
        total += costs[eob_extra_cdf(tx_sz_ctx, ptype, eob_pt) + high] + bits
    return total


@kernel(internal=True)
def br_cost(costs, offset, level):
    """Return the bits that coeff_br and golomb add for a level of at least 3."""
    rest = level - 3
    bits = 0.0
    for _ in range(4):
        if rest < 3:
            return bits + costs[offset + rest]
        bits += costs[offset + 3]
        rest -= 3
    return bits + 2 * floor_log2(rest + 1) + 1


@kernel(internal=True)
def find_last(search, coefs, tx_class, tx_size, half_step):
    """Return the last place in the scan that does not round to zero, or -1, and the squared sum of all."""
    settings, adjusted = search.settings, ADJUSTED_TX_SIZE[tx_size]
    w, h = TX_WIDTH[adjusted], TX_HEIGHT[adjusted]
    first_index = np.int64(settings.scan_index_start[tx_class, tx_size])
    least = splat_f8(half_step * half_step)
    last, total = splat8(-1), zeros_f8()
    row_size = max(w, 8)
    for i in range(h):
        for j in range(0, w, 8):
            value = load_f8(search.scratch.coefs, coefs + 64 * i + j)
            square = value * value
            total = total + square
            index = load8(settings.scan_index, first_index + row_size * i + j)
            last = maximum(last, where_above_f8(square, least, index, splat8(-1)))
    return largest(last), total_f8(total)


@kernel(internal=True)
def scale_levels(search, coefs, plane, first, last):
    """Set `scratch.scaled` to the levels as real numbers, up to the last, in the order of the scan.

    `scratch.square_weight` is set to what a squared error of each counts, in squares of the AC step.

    Returns
    -------
    float
        The squared sum of the coefficients, in squares of the AC step.
    """
    frame, tile, scratch = search.frame, search.tile, search.scratch
    x, inverse = scratch.scaled, np.float32(8.0 / tile.ac_q[plane])
    total = 0.0
    for c in range(last + 1):
        place = np.int64(frame.scan[first + np.uint64(c)])
        value = scratch.coefs[np.uint64(coefs + 64 * ((place >> ROW_SHIFT) & 31) + (place & 31))] * inverse
        x[np.uint64(c)] = value
        scratch.square_weight[np.uint64(c)] = 1.0
        total += value * value
    x[0] = scratch.coefs[coefs] * 8.0 / tile.dc_q[plane]
    scratch.square_weight[0] = ((tile.dc_q[plane] / 8.0) / (tile.ac_q[plane] / 8.0)) ** 2
    return total


@kernel(internal=True)
def has_matrix(frame, plane, tx_type):
    """Say whether a quantizer matrix weighs coefficients of a transform type; frames have no segments."""
    return frame.using_qmatrix and tx_type < IDTX and frame.qm_level[plane, 0] < 15


@kernel(internal=True)
def weighed_quantizer(frame, plane, tx_size, place, quantizer):
    """Return the quantizer of a coefficient under the plane's matrix (7.12.3).

    Parameters
    ----------
    place : int
        Of the scan table; see `cfl.av1.tables.scans`.
    quantizer : int
        Of the plane, for DC or AC.
    """
    width = np.uint64(min(TX_WIDTH_LOG2[tx_size], 5))
    at = QM_OFFSET[tx_size] + (((place >> ROW_SHIFT) & 31) << width) + (place & 31)
    level = np.int64(frame.qm_level[plane, 0])
    return (quantizer * np.int64(frame.quantizer_matrix[level, min(plane, 1), at]) + 16) >> 5


@kernel(internal=True)
def scale_levels_by_matrix(search, coefs, plane, first, last, tx_size):
    """`scale_levels` under a quantizer matrix."""
    frame, tile, scratch = search.frame, search.tile, search.scratch
    step, quantizer, total = tile.ac_q[plane] / 8.0, tile.dc_q[plane], 0.0
    for c in range(last + 1):
        place = np.int64(frame.scan[first + np.uint64(c)])
        own = weighed_quantizer(frame, plane, tx_size, place, quantizer) / (8.0 * step)
        value = scratch.coefs[np.uint64(coefs + 64 * ((place >> ROW_SHIFT) & 31) + (place & 31))] / step
        scratch.scaled[np.uint64(c)] = value / own
        scratch.square_weight[np.uint64(c)] = own * own
        total += value * value
        quantizer = tile.ac_q[plane]
    return total


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
        What a level that is not zero costs in addition.
    zero_bits : float
        What level 0 costs; negative if the level must not be 0.

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
def around_place(place, stride):
    """Return where an entry of the scan is in rows of a stride."""
    return np.uint64((place >> ROW_SHIFT) & 31) * stride + np.uint64(place & 31)


@kernel(internal=True)
def add_around(around, k, stride, tx_class, level):
    """Add a level at k to what the contexts of those before it see; a negative one is removed."""
    near, far_1, far_2 = context_offsets(tx_class, stride)
    base = min(max(level, -3), 3)
    both = base + 256 * min(max(level, -15), 15)
    add_to(around, k - np.uint64(1), both)
    add_to(around, k - stride, both)
    add_to(around, k - near, both)
    add_to(around, k - far_1, base)
    add_to(around, k - far_2, base)


@kernel(inline=True)
def add_to(around, k, amount):
    """around[k] += amount."""
    around[k] = np.int64(around[k]) + amount


@kernel(internal=True)
def forget_levels(search, first, stride, tx_class, start, stop):
    """Remove the levels from `start` up to `stop` in the scan from what contexts see."""
    frame, scratch = search.frame, search.scratch
    for c in range(start, stop):
        level = abs(np.int64(scratch.levels[np.uint64(c)]))
        if level:
            k = around_place(np.int64(frame.scan[first + np.uint64(c)]), stride)
            add_around(scratch.around, np.uint64(AROUND_MARGIN) + k, stride, tx_class, -level)


@kernel(internal=True)
def level_cdfs(tx_size, plane):
    """Return where the CDFs are of coeff_base_eob, coeff_base and coeff_br, in their first contexts."""
    tx_sz_ctx = get_tx_sz_ctx(tx_size)
    k = 2 * tx_sz_ctx + plane
    return (
        COEFF_BASE_EOB_CDF + 12 * k,
        COEFF_BASE_CDF + 168 * k,
        COEFF_BR_CDF + 84 * (2 * min(tx_sz_ctx, 3) + plane),
    )


@kernel(internal=True)
def contexts_of(seen, place, base_cdf, br_cdf):
    """Return where the bits of coeff_base and coeff_br are, by the levels around (8.3.2)."""
    base = base_cdf + 4 * (min(((seen & 255) + 1) >> 1, 4) + ((place >> BASE_SHIFT) & 63))
    return base, br_cdf + 4 * (min(((seen >> 8) + 1) >> 1, 6) + (place >> BR_SHIFT))


@kernel(internal=True)
def level_as_last(costs, magnitude, weight, sign_bits, place, c, tx_size, plane, tx_class, lam):
    """Choose a level for a coefficient that is to be the last of the scan; see `best_level`.

    Parameters
    ----------
    magnitude, weight, lam : float
        See `best_level`.
    sign_bits : float
    place : int
        Of the scan table; see `cfl.av1.tables.scans`.
    c : int
        The place in the scan.

    Returns
    -------
    tuple
        The level, which is not 0, its bits with those of eob, and its weighted squared error.
    """
    adjusted, ptype = ADJUSTED_TX_SIZE[tx_size], min(plane, 1)
    size, is_1d = TX_WIDTH[adjusted] * TX_HEIGHT[adjusted], tx_class != TX_CLASS_2D
    eob_cdf, _, br_cdf = level_cdfs(tx_size, ptype)
    bits = sign_bits + eob_cost(costs, adjusted, get_tx_sz_ctx(tx_size), ptype, is_1d, c + 1)
    base, br = eob_cdf + 3 * eob_level_context(c, size) - 1, br_cdf + 4 * (place >> BR_SHIFT)
    return best_level(costs, magnitude, weight, base, br, bits, -1.0, lam)


@kernel(internal=True)
def quantize(search, coefs, tx_size, tx_type, plane, dc_ctx, lam):
    """Choose the levels of coefficients; `scratch.levels` then holds them in the order of the scan.

    Parameters
    ----------
    coefs : int
        Where they begin in `scratch.coefs`.
    lam : float
        λ in squared error, of samples, a bit.

    Returns
    -------
    eob : int
    rate : float
        Bits, without all_zero and the transform's type.
    gain : float
        By how much the levels lessen the squared error, in samples.
    """
    frame, tile, scratch = search.frame, search.tile, search.scratch
    costs, x, around = search.settings.costs, scratch.scaled, scratch.around
    tx_class = TX_CLASS[tx_type]
    step, dc_step = tile.ac_q[plane] / 8.0, tile.dc_q[plane] / 8.0
    last, squared = find_last(search, coefs, tx_class, tx_size, min(step, dc_step) / 2)
    if last < 0:
        return 0, 0.0, 0.0
    first = np.uint64(frame.scan_start[tx_class, tx_size])
    lam /= step * step
    if has_matrix(frame, plane, tx_type):
        total = scale_levels_by_matrix(search, coefs, plane, first, last, tx_size)
    else:
        total = scale_levels(search, coefs, plane, first, last)
    stride, ptype = np.uint64(TX_WIDTH[ADJUSTED_TX_SIZE[tx_size]] + BORDER), min(plane, 1)
    _, base_cdf, br_cdf = level_cdfs(tx_size, ptype)
    eob, rate, error = 0, 0.0, 0.0  # of the levels that are chosen
    tail = max(squared / (step * step) - total, 0.0)  # the squared error of all behind c if they are zero
    total += tail
    for c in range(last, -1, -1):
        value, weight, sign_bits = np.float64(x[np.uint64(c)]), scratch.square_weight[np.uint64(c)], 1.0
        magnitude, square = abs(value), value * value * weight
        if eob == 0 and magnitude < 0.5:
            tail += square
            continue
        place = np.int64(frame.scan[first + np.uint64(c)])
        k = np.uint64(AROUND_MARGIN) + around_place(place, stride)
        base, br = contexts_of(np.int64(around[k]), place, base_cdf, br_cdf)
        if magnitude < 0.5 and c > 0:
            tail, error, rate = tail + square, error + square, rate + costs[base]
            scratch.levels[np.uint64(c)] = 0
            continue
        if c == 0:
            base = base if tx_class != TX_CLASS_2D else base_cdf
            sign_bits = np.float64(costs[DC_SIGN_CDF + 2 * (3 * ptype + dc_ctx) + (value < 0)])
        level, level_rate, level_error = 0, 0.0, square
        if eob > 0:
            level, level_rate, level_error = best_level(
                costs, magnitude, weight, base, br, sign_bits, np.float64(costs[base]), lam
            )
        with_rest = error + level_error + lam * (rate + level_rate)
        if magnitude >= 0.5 and (eob == 0 or tail < with_rest):  # is it better as the last one?
            alone = level_as_last(
                costs, magnitude, weight, sign_bits, place, c, tx_size, plane, tx_class, lam
            )
            if eob == 0 or tail + alone[2] + lam * alone[1] < with_rest:
                forget_levels(search, first, stride, tx_class, c + 1, eob)
                eob, rate, error = c + 1, 0.0, tail
                level, level_rate, level_error = alone
        tail += square
        if eob > 0:
            rate, error = rate + level_rate, error + level_error
            scratch.levels[np.uint64(c)] = -level if value < 0 else level
            if level:
                add_around(around, k, stride, tx_class, level)
    forget_levels(search, first, stride, tx_class, 0, eob)
    return eob, rate, (total - error) * step * step
