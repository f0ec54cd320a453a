# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for a block's chroma mode: a quick measure of all, then the best, CfL, palettes by RD cost."""

import numpy as np

from cfl.av1.block_search.candidates import insert_candidate, transformed_difference
from cfl.av1.block_search.cfl_alpha import cfl_alpha_cost, choose_alphas, search_alphas
from cfl.av1.block_search.luma import angle_delta_cost
from cfl.av1.block_search.palette import exchange_palette, palette_uv_cost, palettes_uv, set_palette_uv
from cfl.av1.block_search.state import CHROMA
from cfl.av1.block_search.transform import replay_plane, search_plane
from cfl.av1.tables.constants import DC_PRED, H_PRED, SMOOTH_PRED, UV_CFL_PRED
from cfl.av1.tables.geometry import TX_HEIGHT, TX_WIDTH
from cfl.av1.tile.modes import cfl_allowed, uv_mode_cdf
from cfl.av1.tile.planes import plane_origin
from cfl.av1.tile.residual import get_tx_size_uv, largest_tx_size_uv, predict_block
from cfl.simd.kernel import kernel


@kernel(internal=True)
def uv_mode_cost(search, block):
    """Return the bits of the chroma mode with its angle or α."""
    mode, costs = np.int64(block.uv_mode), search.settings.costs
    bits = np.float64(costs[uv_mode_cdf(search.frame, block)[0] + mode]) + palette_uv_cost(search, block)
    if mode == UV_CFL_PRED:
        return bits + cfl_alpha_cost(costs, np.int64(block.cfl_alpha_u), np.int64(block.cfl_alpha_v))
    return bits + angle_delta_cost(costs, block, mode, np.int64(block.angle_delta_uv))


@kernel(internal=True)
def set_chroma_mode(block, mode, angle_delta, alpha_u, alpha_v):
    """Set the chroma mode of a block."""
    block.uv_mode, block.angle_delta_uv = mode, angle_delta
    block.cfl_alpha_u, block.cfl_alpha_v = alpha_u, alpha_v


@kernel(internal=True)
def score_chroma(search, block, pictures, tx_size, x, y, count):
    """Measure the chroma mode that is set quickly, and insert it into the candidates by its score."""
    score = search.settings.sqrt_lam[CHROMA] * uv_mode_cost(search, block)
    w, h = TX_WIDTH[tx_size], TX_HEIGHT[tx_size]
    for plane in range(1, 3):
        predict_block(search.frame, search.tile, block, pictures.planes, plane, x, y, 0, 0, tx_size)
        score += transformed_difference(pictures.source[plane], pictures.planes[plane], x, y, w, h)
    insert_candidate(search, count, score, np.int64(block.uv_mode), np.int64(block.angle_delta_uv), -1)


@kernel(internal=True)
def is_tried(search, block, mode):
    """Say whether a chroma mode other than CfL is measured at this speed."""
    few = search.settings.few_chroma_modes
    if mode in (np.int64(block.y_mode), DC_PRED) or few == 0:
        return True
    if few == 1:
        return not H_PRED < mode < SMOOTH_PRED
    return mode == SMOOTH_PRED


@kernel(internal=True)
def score_chroma_modes(search, block, pictures):
    """Measure the chroma modes other than CfL; return how many candidates there are, the best first."""
    tx_size, count = largest_tx_size_uv(search.frame, block), 0
    x, y, _ = plane_origin(search.frame, block, 1)
    for mode in range(13):
        if is_tried(search, block, mode):
            set_chroma_mode(block, mode, 0, 0, 0)
            score_chroma(search, block, pictures, tx_size, x, y, count)
            count += 1
    if block.angle_delta_y:  # as luma, with its angle
        set_chroma_mode(block, np.int64(block.y_mode), np.int64(block.angle_delta_y), 0, 0)
        score_chroma(search, block, pictures, tx_size, x, y, count)
        count += 1
    return min(count, search.settings.chroma_candidates)


@kernel(internal=True)
def try_mode(search, block, pictures, tx_size, tape):
    """Code the block's chroma mode, and put its coefficients on a tape.

    Returns
    -------
    cost : float
        The RD cost, in squared error of chroma.
    coded : int
        The sum of all eob.
    length : int
        Of the tape.
    """
    cost = search.settings.lam[CHROMA] * uv_mode_cost(search, block)
    cost_u, coded_u, length = search_plane(search, block, pictures, 1, tx_size, tape, 0)
    cost_v, coded_v, length = search_plane(search, block, pictures, 2, tx_size, tape, length)
    return cost + cost_u + cost_v, coded_u + coded_v, length


@kernel(internal=True)
def try_cfl(search, block, pictures, tx_size, tape):
    """Code the block with chroma from luma, with the best pair of α, and put its coefficients on a tape.

    Returns
    -------
    cost, coded, length
        See `try_mode`; a cost of 1e300 if the block cannot have CfL or if luma is flat.
    """
    frame = search.frame
    if not search.settings.cfl or not cfl_allowed(frame, block):
        return 1e300, 0, 0
    x, y, _ = plane_origin(frame, block, 1)
    set_chroma_mode(block, UV_CFL_PRED, 0, 0, 0)
    if not choose_alphas(search, block, pictures, x, y, tx_size):
        return 1e300, 0, 0
    mode_bits = np.float64(search.settings.costs[uv_mode_cdf(frame, block)[0] + UV_CFL_PRED])
    return search_alphas(search, block, pictures, tx_size, mode_bits, tape)


@kernel(internal=True)
def search_chroma(search, block, pictures):
    """Choose the chroma mode and coefficients; leave them reconstructed, and on `best.chroma_tape`.

    Returns
    -------
    cost : float
        The RD cost.
    coded : int
        The sum of all eob.
    """
    frame, scratch, kept = search.frame, search.scratch, search.best
    tx_size = get_tx_size_uv(frame, block)
    count = score_chroma_modes(search, block, pictures)
    best_cost, best, best_angle, best_coded, slot, length = 1e300, 0, 0, 0, 0, 0
    alpha_u, alpha_v, colors = 0, 0, 0
    for i in range(-1, count + palettes_uv(search, block, pictures.source)):
        tape = kept.chroma_tape[slot]
        if i < 0:
            cost, coded, end = try_cfl(search, block, pictures, tx_size, tape)
            alpha_u, alpha_v = np.int64(block.cfl_alpha_u), np.int64(block.cfl_alpha_v)
        else:
            if i < count:
                set_chroma_mode(block, scratch.mode[i], scratch.angle[i], 0, 0)
            elif not set_palette_uv(search, block, i - count, best_cost):
                continue
            cost, coded, end = try_mode(search, block, pictures, tx_size, tape)
        if cost < best_cost:
            best_cost, best, best_angle = cost, np.int64(block.uv_mode), np.int64(block.angle_delta_uv)
            best_coded, slot, length, colors = coded, 1 - slot, end, np.int64(block.palette_size_uv)
            exchange_palette(search, block, 1, True)
    if best != UV_CFL_PRED:
        alpha_u, alpha_v = 0, 0
    set_chroma_mode(block, best, best_angle, alpha_u, alpha_v)
    block.palette_size_uv = colors
    exchange_palette(search, block, 1, False)
    kept.chroma_slot, kept.chroma_length = 1 - slot, length
    tape = kept.chroma_tape[kept.chroma_slot]
    place = replay_plane(search, block, pictures.planes, 1, tx_size, tape, 0)
    replay_plane(search, block, pictures.planes, 2, tx_size, tape, place)
    return search.settings.weight[CHROMA] * best_cost, best_coded
