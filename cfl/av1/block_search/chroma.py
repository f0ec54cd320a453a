# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for a block's chroma mode, chroma from luma with all pairs of α among them."""

import numpy as np

from cfl.av1.block_search.luma import angle_delta_cost
from cfl.av1.block_search.palette import exchange_palette, palette_uv_cost, palettes_uv, set_palette_uv
from cfl.av1.block_search.transform import (
    insert_candidate,
    replay_plane,
    search_plane,
    take_residual,
    transformed_difference,
    weigh_plane,
)
from cfl.av1.entropy.cdfs import CFL_SIGN_CDF
from cfl.av1.tables.constants import DC_PRED, H_PRED, SMOOTH_PRED, UV_CFL_PRED
from cfl.av1.tables.geometry import TX_HEIGHT, TX_WIDTH
from cfl.av1.tile.modes import cfl_allowed, cfl_alpha_cdf, sign_of, uv_mode_cdf
from cfl.av1.tile.residual import get_tx_size_uv, largest_tx_size_uv, predict_block
from cfl.simd.float32x8 import (
    float_of,
    load_f8,
    log2_f8,
    ramp_f8,
    splat_f8,
    store_f8,
    total_f8,
    zeros_f8,
)
from cfl.simd.int32x8 import load4, load8
from cfl.simd.kernel import kernel
from cfl.simd.vectors import maximum, minimum

ESTIMATES = 64
"""Room for the estimates of all α of a plane."""


@kernel(internal=True)
def uv_mode_cost(search, frame, block):
    """Return the bits of the chroma mode with its angle or α."""
    mode, costs = np.int64(block.uv_mode), search.costs
    bits = np.float64(costs[uv_mode_cdf(frame, block)[0] + mode]) + palette_uv_cost(search, frame, block)
    if mode == UV_CFL_PRED:
        return bits + cfl_alpha_cost(costs, np.int64(block.cfl_alpha_u), np.int64(block.cfl_alpha_v))
    return bits + angle_delta_cost(costs, block, mode, np.int64(block.angle_delta_uv))


@kernel(internal=True)
def cfl_alpha_cost(costs, alpha_u, alpha_v):
    """Return the bits of a pair of α."""
    sign_u, sign_v = sign_of(alpha_u), sign_of(alpha_v)
    bits = np.float64(costs[CFL_SIGN_CDF + 3 * sign_u + sign_v - 1])
    if sign_u:
        bits += costs[cfl_alpha_cdf(sign_u, sign_v) + abs(alpha_u) - 1]
    if sign_v:
        bits += costs[cfl_alpha_cdf(sign_v, sign_u) + abs(alpha_v) - 1]
    return bits


@kernel(internal=True)
def estimate_alphas(estimates, first, energy, product, square, n, lam):
    """Estimate D + λR of a residual for every α from -16 on, from its squared error in closed form.

    It is that of n samples of noise, coded ideally: below λ / (2 ln 2) a sample it costs less to leave it;
    above, half a bit a sample for each doubling.
    """
    floor = 0.72 * lam * n
    half_bits, least = splat_f8(0.5 * lam * n), splat_f8(floor)
    for k in range(0, 33, 8):
        slope = (ramp_f8() + splat_f8(k - 16.0)) * splat_f8(1.0 / 64)
        squared = splat_f8(energy) + slope * (slope * splat_f8(square) + splat_f8(-2.0 * product))
        squared = maximum(squared, zeros_f8())
        coded = least + half_bits * log2_f8(maximum(squared, least) * splat_f8(1.0 / floor))
        store_f8(estimates, first + k, minimum(squared, coded))


@kernel(internal=True)
def ac_sums(ac, residual, w, h):
    """Return the sums of AC², and of AC times the residual, over a block."""
    squares, products = zeros_f8(), zeros_f8()
    for i in range(h):
        if w == 4:
            line = float_of(load4(ac, 4 * i))
            squares = squares + line * line
            products = products + line * load_f8(residual, 64 * i)
        else:
            for j in range(0, w, 8):
                line = float_of(load8(ac, i * w + j))
                squares = squares + line * line
                products = products + line * load_f8(residual, 64 * i + j)
    return total_f8(squares), total_f8(products)


@kernel(internal=True)
def estimated_cost(search, plane, alpha, other_sign):
    """Return the estimated D + λR of an α of U (plane 0) or V (1), without the bits of the signs."""
    cost = np.float64(search.half[0, ESTIMATES * plane + alpha + 16])
    if alpha:
        cost += search.lam * search.costs[cfl_alpha_cdf(sign_of(alpha), other_sign) + abs(alpha) - 1]
    return cost


@kernel(internal=True)
def best_alpha(search, plane, sign, other_sign):
    """Return the best α of a sign, and its estimated D + λR."""
    if sign == 0:
        return 0, estimated_cost(search, plane, 0, other_sign)
    best, chosen = 1e300, 0
    for magnitude in range(1, 17):
        alpha = magnitude if sign == 2 else -magnitude
        cost = estimated_cost(search, plane, alpha, other_sign)
        if cost < best:
            best, chosen = cost, alpha
    return chosen, best


@kernel(internal=True)
def choose_alphas(search, tile, frame, block, source, planes, start_x, start_y, tx_size):
    """Set the pair of α of least estimated D + λR of all, from the squared error of each in closed form.

    Returns
    -------
    bool
        False if luma is flat, so that there is nothing to predict from.
    """
    w, h = TX_WIDTH[tx_size], TX_HEIGHT[tx_size]
    lam, n, ac = search.lam, w * h, tile.cfl_scratch
    square_sum = 0.0
    for plane in range(1, 3):
        block.cfl_alpha_u, block.cfl_alpha_v = 0, 0
        predict_block(frame, tile, block, planes, plane, start_x, start_y, 0, 0, tx_size)
        energy = take_residual(search.residual, source[plane], planes[plane], start_x, start_y, w, h)
        square, product = ac_sums(ac, search.residual, w, h)
        square_sum = square
        estimate_alphas(search.half[0], ESTIMATES * (plane - 1), energy, product, square, n, lam)
    if square_sum == 0.0:
        return False
    best = 1e300
    best_u, best_v = 0, 0
    # a pair's bits are those of its signs and of each α in the context of the signs, so of equal signs the
    # best pair is the best of each
    for joint in range(1, 9):
        sign_u, sign_v = joint // 3, joint % 3
        u, cost_u = best_alpha(search, 0, sign_u, sign_v)
        v, cost_v = best_alpha(search, 1, sign_v, sign_u)
        cost = lam * search.costs[CFL_SIGN_CDF + joint - 1] + cost_u + cost_v
        if cost < best:
            best, best_u, best_v = cost, u, v
    block.cfl_alpha_u, block.cfl_alpha_v = best_u, best_v
    return True


@kernel(internal=True)
def try_chroma(search, frame, tile, block, source, planes, tx_size, tape):
    """Return D + λR of the block's chroma mode, and put its coefficients on a tape."""
    cost = search.lam * uv_mode_cost(search, frame, block)
    cost += search_plane(search, frame, tile, block, source[1], planes, 1, tx_size, tape, 0)
    coded, place = search.eob, tile.tape
    cost += search_plane(search, frame, tile, block, source[2], planes, 2, tx_size, tape, place)
    search.eob += coded
    return cost


@kernel(internal=True)
def list_alphas(search, plane, best, other):
    """Put the α that by estimate are best for a plane into `search.alphas`, first that of the best pair.

    Parameters
    ----------
    plane : int
        0 is U, 1 is V.
    best, other : int
        The plane's α in the best pair, and the other plane's.
    """
    row = search.alphas[plane]
    row[0] = best
    for i in range(1, search.cfl_trials):
        least, chosen = 1e300, best
        for alpha in range(-16, 17):
            is_listed = False
            for k in range(i):
                is_listed = is_listed or row[k] == alpha
            if is_listed or (alpha == 0 and other == 0):
                continue
            cost = estimated_cost(search, plane, alpha, sign_of(other))
            if cost < least:
                least, chosen = cost, alpha
        row[i] = chosen


@kernel(internal=True)
def code_alphas(search, frame, tile, block, source, planes, tx_size, plane, kept):
    """Code a plane with each α that is listed: set `search.alpha_cost`, and keep the tapes in a row."""
    place = 0
    for i in range(search.cfl_trials):
        alpha = np.int64(search.alphas[plane, i])
        block.cfl_alpha_u, block.cfl_alpha_v = alpha, alpha
        search.alpha_place[plane, i] = place
        search.alpha_cost[plane, i] = search_plane(
            search, frame, tile, block, source[plane + 1], planes, plane + 1, tx_size, kept, place
        )
        search.alpha_coded[plane, i] = search.eob
        place = tile.tape
    search.alpha_place[plane, search.cfl_trials] = place


@kernel(internal=True)
def search_cfl(search, frame, tile, block, source, planes, tx_size, tape):
    """Set the pair of α of least D + λR, and put its coefficients on a tape. Return D + λR.

    The pair of the block, which is best by estimate, has rivals for U and for V; all are coded.
    """
    best_u, best_v = np.int64(block.cfl_alpha_u), np.int64(block.cfl_alpha_v)
    list_alphas(search, 0, best_u, best_v)
    list_alphas(search, 1, best_v, best_u)
    code_alphas(search, frame, tile, block, source, planes, tx_size, 0, search.alpha_tape[0])
    code_alphas(search, frame, tile, block, source, planes, tx_size, 1, search.alpha_tape[1])
    mode_bits = np.float64(search.costs[uv_mode_cdf(frame, block)[0] + UV_CFL_PRED])
    best, u, v = 1e300, 0, 0
    for i in range(search.cfl_trials):
        for j in range(search.cfl_trials):
            alpha_u, alpha_v = np.int64(search.alphas[0, i]), np.int64(search.alphas[1, j])
            if alpha_u == 0 and alpha_v == 0:
                continue
            bits = mode_bits + cfl_alpha_cost(search.costs, alpha_u, alpha_v)
            cost = search.alpha_cost[0, i] + search.alpha_cost[1, j] + search.lam * bits
            if cost < best:
                best, u, v = cost, i, j
    block.cfl_alpha_u, block.cfl_alpha_v = search.alphas[0, u], search.alphas[1, v]
    tile.tape = 0
    for plane in range(2):
        i = v if plane else u
        for k in range(search.alpha_place[plane, i], search.alpha_place[plane, i + 1]):
            tape[tile.tape] = search.alpha_tape[plane, k]
            tile.tape += 1
    search.eob = search.alpha_coded[0, u] + search.alpha_coded[1, v]
    return best


@kernel(internal=True)
def score_chroma(search, frame, tile, block, source, planes, tx_size, x, y, count):
    """Measure the chroma mode that is set quickly, and insert it into the candidates by its score."""
    score = search.sqrt_lam * uv_mode_cost(search, frame, block)
    w, h = TX_WIDTH[tx_size], TX_HEIGHT[tx_size]
    for plane in range(1, 3):
        predict_block(frame, tile, block, planes, plane, x, y, 0, 0, tx_size)
        score += transformed_difference(source[plane], planes[plane], x, y, w, h)
    insert_candidate(search, count, score, np.int64(block.uv_mode), np.int64(block.angle_delta_uv), -1)


@kernel(internal=True)
def is_tried(search, block, mode):
    """Say whether a chroma mode other than CfL is measured at this speed."""
    if mode in (np.int64(block.y_mode), DC_PRED) or search.few_chroma_modes == 0:
        return True
    if search.few_chroma_modes == 1:
        return not H_PRED < mode < SMOOTH_PRED
    return mode == SMOOTH_PRED


@kernel(internal=True)
def score_chroma_modes(search, frame, tile, block, source, planes, tx_size, x, y):
    """Measure the chroma modes other than CfL; return how many candidates there are, the best first."""
    count = 0
    block.cfl_alpha_u, block.cfl_alpha_v, block.angle_delta_uv = 0, 0, 0
    for mode in range(13):
        if is_tried(search, block, mode):
            block.uv_mode = mode
            score_chroma(search, frame, tile, block, source, planes, tx_size, x, y, count)
            count += 1
    if block.angle_delta_y:  # as luma, with its angle
        block.uv_mode, block.angle_delta_uv = block.y_mode, block.angle_delta_y
        score_chroma(search, frame, tile, block, source, planes, tx_size, x, y, count)
        count += 1
    return min(count, search.chroma_candidates)


@kernel(internal=True)
def search_chroma_modes(search, frame, tile, block, source, planes):
    """Do what `search_chroma` does, with the λ that is set and in its measure."""
    tx_size, largest = get_tx_size_uv(frame, block), largest_tx_size_uv(frame, block)
    x, y = (block.mi_col >> frame.subsampling_x) * 4, (block.mi_row >> frame.subsampling_y) * 4
    count = score_chroma_modes(search, frame, tile, block, source, planes, largest, x, y)
    best_cost, best, best_angle, best_coded, slot = 1e300, 0, 0, 0, 0
    alpha_u, alpha_v, colors = 0, 0, 0
    for i in range(-1, count + palettes_uv(search, frame, block, source)):
        if i < 0:
            if not search.cfl or not cfl_allowed(frame, block):
                continue
            block.uv_mode, block.angle_delta_uv = UV_CFL_PRED, 0
            if not choose_alphas(search, tile, frame, block, source, planes, x, y, tx_size):
                continue
        elif i >= count:
            if not set_palette_uv(search, frame, tile, block, i - count, best_cost):
                continue
        else:
            block.uv_mode, block.angle_delta_uv = search.mode[i], search.angle[i]
            block.cfl_alpha_u, block.cfl_alpha_v = 0, 0
        tape = search.chroma_tape[slot]
        if i < 0:
            cost = search_cfl(search, frame, tile, block, source, planes, tx_size, tape)
            alpha_u, alpha_v = np.int64(block.cfl_alpha_u), np.int64(block.cfl_alpha_v)
        else:
            cost = try_chroma(search, frame, tile, block, source, planes, tx_size, tape)
        if cost < best_cost:
            best_cost, best, best_angle = cost, np.int64(block.uv_mode), np.int64(block.angle_delta_uv)
            best_coded, slot, colors = search.eob, 1 - slot, np.int64(block.palette_size_uv)
            exchange_palette(search, frame, tile, block, 1, True)
    block.uv_mode, block.angle_delta_uv = best, best_angle
    is_cfl = best == UV_CFL_PRED
    block.cfl_alpha_u, block.cfl_alpha_v = alpha_u if is_cfl else 0, alpha_v if is_cfl else 0
    block.palette_size_uv = colors
    exchange_palette(search, frame, tile, block, 1, False)
    tape = search.chroma_tape[1 - slot]
    place = replay_plane(frame, tile, block, planes, 1, tx_size, tape, 0)
    tile.tape = replay_plane(frame, tile, block, planes, 2, tx_size, tape, place)
    search.chroma_slot = 1 - slot
    search.eob = best_coded
    return best_cost


@kernel(internal=True)
def search_chroma(search, frame, tile, block, source, planes):
    """Choose the chroma mode and coefficients; leave them reconstructed. Return D + λR.

    `search.chroma_slot` says on which of the chroma tapes they are.
    """
    weight = weigh_plane(search, 1)
    cost = weight * search_chroma_modes(search, frame, tile, block, source, planes)
    weigh_plane(search, 0)
    return cost
