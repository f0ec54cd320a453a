# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for the α of chroma from luma: an estimate of all, then the best of them coded in full.

residual of DC_PRED, luma's AC ──▶ squared error of each α in closed form ──▶ estimated RD cost
    ──▶ best pair, and the best of U and of V beside it ──▶ each coded ──▶ pair of least RD cost
"""

import numpy as np

from cfl.av1.block_search.state import CHROMA
from cfl.av1.block_search.transform import search_plane, take_residual
from cfl.av1.entropy.cdfs import CFL_SIGN_CDF
from cfl.av1.reconstruction.chroma_from_luma import luma_ac
from cfl.av1.tables.constants import DC_PRED, UV_CFL_PRED
from cfl.av1.tables.geometry import TX_HEIGHT, TX_HEIGHT_LOG2, TX_WIDTH, TX_WIDTH_LOG2
from cfl.av1.tile.modes import cfl_alpha_cdf, sign_of
from cfl.av1.tile.residual import predict_block
from cfl.prediction.tables import ALPHA_MAX
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
def estimate_alphas(estimates, energy, product, square, n, lam):
    """Estimate the RD cost of a residual for every α, from its squared error in closed form.

    The residual is taken as n samples of noise, ideally coded. Below λ / (2 ln 2) a sample it is cheapest to
    code none of it; above, each doubling takes half a bit a sample.

    Parameters
    ----------
    estimates : (ALPHA_ESTIMATES,) float32 array
        Filled, from -ALPHA_MAX on.
    energy : float
        The squared sum of the residual of DC_PRED.
    product, square : float
        The sums of AC times that residual, and of AC².
    """
    floor = 0.72 * lam * n
    half_bits, least = splat_f8(0.5 * lam * n), splat_f8(floor)
    for k in range(0, 2 * ALPHA_MAX + 1, 8):
        slope = (ramp_f8() + splat_f8(np.float64(k - ALPHA_MAX))) * splat_f8(1.0 / 64)
        squared = splat_f8(energy) + slope * (slope * splat_f8(square) + splat_f8(-2.0 * product))
        squared = maximum(squared, zeros_f8())
        coded = least + half_bits * log2_f8(maximum(squared, least) * splat_f8(1.0 / floor))
        store_f8(estimates, k, minimum(squared, coded))


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
    """Return the estimated RD cost of an α of U (plane 0) or V (1), without the bits of the signs."""
    settings = search.settings
    cost = np.float64(search.scratch.alpha_estimate[plane, alpha + ALPHA_MAX])
    if alpha:
        cdf = cfl_alpha_cdf(sign_of(alpha), other_sign)
        cost += settings.lam[CHROMA] * settings.costs[cdf + abs(alpha) - 1]
    return cost


@kernel(internal=True)
def best_alpha(search, plane, sign, other_sign):
    """Return the best α of a sign, and its estimated RD cost."""
    if sign == 0:
        return 0, estimated_cost(search, plane, 0, other_sign)
    best, chosen = 1e300, 0
    for magnitude in range(1, ALPHA_MAX + 1):
        alpha = magnitude if sign == 2 else -magnitude
        cost = estimated_cost(search, plane, alpha, other_sign)
        if cost < best:
            best, chosen = cost, alpha
    return chosen, best


@kernel(internal=True)
def choose_alphas(search, block, pictures, x, y, tx_size):
    """Set the pair of α with the least estimated RD cost of all.

    Parameters
    ----------
    x, y : int
        Where the block begins in the planes of chroma.

    Returns
    -------
    bool
        False if luma is flat, so that there is nothing to predict from.
    """
    settings, scratch, frame, tile = search.settings, search.scratch, search.frame, search.tile
    w, h = TX_WIDTH[tx_size], TX_HEIGHT[tx_size]
    lam, n, residual = settings.lam[CHROMA], w * h, scratch.alpha_residual
    shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
    luma_ac(
        pictures.planes[0], x, y, TX_WIDTH_LOG2[tx_size], TX_HEIGHT_LOG2[tx_size], shift_x, shift_y,
        tile.max_luma_w, tile.max_luma_h, scratch.alpha_ac,
    )  # fmt: skip
    square_sum = 0.0
    block.uv_mode = DC_PRED
    for plane in range(1, 3):
        predict_block(frame, tile, block, pictures.planes, plane, x, y, 0, 0, tx_size)
        energy = take_residual(residual, pictures.source[plane], pictures.planes[plane], x, y, w, h)
        square, product = ac_sums(scratch.alpha_ac, residual, w, h)
        square_sum = square
        estimate_alphas(scratch.alpha_estimate[plane - 1], energy, product, square, n, lam)
    block.uv_mode = UV_CFL_PRED
    if square_sum == 0.0:
        return False
    best = 1e300
    best_u, best_v = 0, 0
    # A pair's bits are those of its signs, and of each α in the context of the signs. So among the pairs with
    # the same signs, the best is made of the best of U and the best of V.
    for joint in range(1, 9):
        sign_u, sign_v = joint // 3, joint % 3
        u, cost_u = best_alpha(search, 0, sign_u, sign_v)
        v, cost_v = best_alpha(search, 1, sign_v, sign_u)
        cost = lam * settings.costs[CFL_SIGN_CDF + joint - 1] + cost_u + cost_v
        if cost < best:
            best, best_u, best_v = cost, u, v
    block.cfl_alpha_u, block.cfl_alpha_v = best_u, best_v
    return True


@kernel(internal=True)
def list_alphas(search, plane, best, other):
    """Put the best α of a plane by estimate into `scratch.alphas`, first that of the best pair.

    Parameters
    ----------
    plane : int
        0 is U, 1 is V.
    best, other : int
        The plane's α in the best pair, and the other plane's.
    """
    row = search.scratch.alphas[plane]
    row[0] = best
    for i in range(1, search.settings.cfl_trials):
        least, chosen = 1e300, best
        for alpha in range(-ALPHA_MAX, ALPHA_MAX + 1):
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
def code_alphas(search, block, pictures, tx_size, plane):
    """Code a plane, U (0) or V (1), with each α that is listed, and keep their costs and tapes."""
    scratch, place = search.scratch, 0
    tape = scratch.alpha_tape[plane]
    for i in range(search.settings.cfl_trials):
        alpha = np.int64(scratch.alphas[plane, i])
        block.cfl_alpha_u, block.cfl_alpha_v = alpha, alpha
        scratch.alpha_place[plane, i] = place
        cost, coded, place = search_plane(search, block, pictures, plane + 1, tx_size, tape, place)
        scratch.alpha_cost[plane, i], scratch.alpha_coded[plane, i] = cost, coded
    scratch.alpha_place[plane, search.settings.cfl_trials] = place


@kernel(internal=True)
def search_alphas(search, block, pictures, tx_size, mode_bits, tape):
    """Set the pair of α with the least RD cost, and put its coefficients on a tape.

    The block's pair, the best by estimate, is coded, and so are the next best of U and of V.

    Parameters
    ----------
    mode_bits : float
        Of UV_CFL_PRED, without the α.

    Returns
    -------
    cost : float
        The RD cost.
    coded : int
        The sum of all eob.
    length : int
        Of the tape.
    """
    settings, scratch = search.settings, search.scratch
    best_u, best_v = np.int64(block.cfl_alpha_u), np.int64(block.cfl_alpha_v)
    list_alphas(search, 0, best_u, best_v)
    list_alphas(search, 1, best_v, best_u)
    code_alphas(search, block, pictures, tx_size, 0)
    code_alphas(search, block, pictures, tx_size, 1)
    best, u, v = 1e300, 0, 0
    for i in range(settings.cfl_trials):
        for j in range(settings.cfl_trials):
            alpha_u, alpha_v = np.int64(scratch.alphas[0, i]), np.int64(scratch.alphas[1, j])
            if alpha_u == 0 and alpha_v == 0:
                continue
            bits = mode_bits + cfl_alpha_cost(settings.costs, alpha_u, alpha_v)
            cost = scratch.alpha_cost[0, i] + scratch.alpha_cost[1, j] + settings.lam[CHROMA] * bits
            if cost < best:
                best, u, v = cost, i, j
    block.cfl_alpha_u, block.cfl_alpha_v = scratch.alphas[0, u], scratch.alphas[1, v]
    length = 0
    for plane in range(2):
        i = v if plane else u
        for k in range(scratch.alpha_place[plane, i], scratch.alpha_place[plane, i + 1]):
            tape[length] = scratch.alpha_tape[plane, k]
            length += 1
    return best, scratch.alpha_coded[0, u] + scratch.alpha_coded[1, v], length
