# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for a block's luma mode and transform size: a quick measure of all, then the best by RD cost."""

import numpy as np

from cfl.av1.block_search.activity import find_direction, is_likely
from cfl.av1.block_search.candidates import insert_candidate, transformed_difference
from cfl.av1.block_search.palette import exchange_palette, palette_y_cost, palettes_y, set_palette_y
from cfl.av1.block_search.state import LUMA
from cfl.av1.block_search.transform import replay_plane, search_plane
from cfl.av1.entropy.cdfs import ANGLE_DELTA_CDF, FILTER_INTRA_CDF, FILTER_INTRA_MODE_CDF
from cfl.av1.tables.constants import (
    ANGLE_STEP,
    BLOCK_8X8,
    D67_PRED,
    DC_PRED,
    PAETH_PRED,
    PARTITION_NONE,
    SMOOTH_H_PRED,
    SMOOTH_V_PRED,
    TX_4X4,
    V_PRED,
)
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    MAX_TX_DEPTH_BY_SIZE,
    MAX_TX_SIZE_RECT,
    SPLIT_TX_SIZE,
    TX_HEIGHT,
    TX_WIDTH,
)
from cfl.av1.tables.intra_prediction import MODE_TO_ANGLE
from cfl.av1.tile.modes import filter_intra_allowed, has_angle_delta, y_mode_cdf
from cfl.av1.tile.residual import predict_block
from cfl.av1.tile.tx_size import has_tx_depth, tx_depth_cdf
from cfl.simd.kernel import kernel


@kernel(internal=True)
def y_mode_cost(search, block):
    """Return the bits of the luma mode with its angle, palette and filter-intra mode."""
    costs, mode = search.settings.costs, np.int64(block.y_mode)
    bits = np.float64(costs[y_mode_cdf(search.tile, block) + mode])
    bits += angle_delta_cost(costs, block, mode, np.int64(block.angle_delta_y))
    bits += palette_y_cost(search, block)
    if filter_intra_allowed(search.frame, block):
        bits += costs[FILTER_INTRA_CDF + 2 * block.mi_size + block.use_filter_intra]
        if block.use_filter_intra:
            bits += costs[FILTER_INTRA_MODE_CDF + block.filter_intra_mode]
    return bits


@kernel(internal=True)
def angle_delta_cost(costs, block, mode, angle_delta):
    """Return the bits of angle_delta_y or angle_delta_uv."""
    if not has_angle_delta(block, mode):
        return 0.0
    return np.float64(costs[ANGLE_DELTA_CDF + 7 * (mode - V_PRED) + angle_delta + 3])


@kernel(internal=True)
def tx_size_cost(search, block, depth):
    """Return the bits of tx_depth."""
    if not has_tx_depth(search.frame, block):
        return 0.0
    return np.float64(search.settings.costs[tx_depth_cdf(search.tile, block)[0] + depth])


@kernel(internal=True)
def set_luma_mode(block, mode, angle_delta, filter_intra_mode):
    """Set the luma mode of a block; filter_intra_mode is -1 without."""
    block.y_mode, block.angle_delta_y = mode, angle_delta
    block.use_filter_intra, block.filter_intra_mode = filter_intra_mode >= 0, max(filter_intra_mode, 0)


@kernel(internal=True)
def score_luma(search, block, pictures, count, mode, angle_delta, filter_intra_mode):
    """Measure a luma mode quickly, and insert it into the candidates by its score."""
    set_luma_mode(block, mode, angle_delta, filter_intra_mode)
    tx_size, planes = MAX_TX_SIZE_RECT[block.mi_size], pictures.planes
    x, y = 4 * block.mi_col, 4 * block.mi_row
    predict_block(search.frame, search.tile, block, planes, 0, x, y, 0, 0, tx_size)
    w, h = TX_WIDTH[tx_size], TX_HEIGHT[tx_size]
    score = transformed_difference(pictures.source[0], planes[0], x, y, w, h)
    score += search.settings.sqrt_lam[LUMA] * y_mode_cost(search, block)
    insert_candidate(search, count, score, mode, angle_delta, filter_intra_mode)


@kernel(internal=True)
def score_angles(search, block, pictures, count):
    """Measure the angles about the best mode, if it has a direction; return the number of candidates."""
    best, direction = np.int64(search.scratch.mode[0]), search.scratch.direction
    if best < V_PRED or best > D67_PRED or block.mi_size < BLOCK_8X8:
        return count
    first, last = -3, 3
    if search.settings.angle_deltas == 1 and direction >= 0.0:  # those next to the gradients' direction
        distance = direction - MODE_TO_ANGLE[best]
        if distance < -90.0:
            distance += 180.0
        middle = min(max(np.int64(np.round(distance / ANGLE_STEP)), -3), 3)
        first, last = max(middle - 1, -3), min(middle + 1, 3)
    for delta in range(first, last + 1):
        if delta:
            score_luma(search, block, pictures, count, best, delta, -1)
            count += 1
    return count


@kernel(internal=True)
def score_luma_modes(search, block, pictures):
    """Measure the luma modes; return how many candidates there are, the best first."""
    settings, count, size = search.settings, 0, np.int64(block.mi_size)
    find_direction(search, block)
    for mode in range(PAETH_PRED + 1):
        if V_PRED <= mode <= D67_PRED and not is_likely(search, mode):
            continue
        if settings.few_luma_modes and mode in (SMOOTH_V_PRED, SMOOTH_H_PRED):
            continue
        score_luma(search, block, pictures, count, mode, 0, -1)
        count += 1
    if settings.angle_deltas:
        count = score_angles(search, block, pictures, count)
    small = max(BLOCK_WIDTH[size], BLOCK_HEIGHT[size]) <= 32
    if settings.filter_intra and search.frame.enable_filter_intra and small:
        for filter_intra_mode in range(5):
            score_luma(search, block, pictures, count, DC_PRED, 0, filter_intra_mode)
            count += 1
    return count


@kernel(internal=True)
def try_luma(search, block, pictures, candidate, depth, tape):
    """Code a candidate with its transform split to a depth, and put its coefficients on a tape.

    Returns
    -------
    cost : float
        The RD cost.
    coded : int
        The sum of all eob.
    length : int
        Of the tape.
    """
    set_luma_candidate(search, block, candidate)
    bits = y_mode_cost(search, block) + tx_size_cost(search, block, depth)
    cost, coded, length = search_plane(search, block, pictures, 0, tx_size_at(block, depth), tape, 0)
    return search.settings.lam[LUMA] * bits + cost, coded, length


@kernel(internal=True)
def set_luma_candidate(search, block, i):
    """Set the luma mode of a block to a candidate."""
    scratch = search.scratch
    set_luma_mode(block, scratch.mode[i], scratch.angle[i], scratch.filter_mode[i])


@kernel(internal=True)
def tx_size_at(block, depth):
    """Return the size of the transforms of a block that are split to a depth."""
    if block.lossless:
        return TX_4X4
    tx_size = MAX_TX_SIZE_RECT[block.mi_size]
    for _ in range(depth):
        tx_size = SPLIT_TX_SIZE[tx_size]
    return tx_size


@kernel(internal=True)
def search_luma(search, block, pictures):
    """Choose luma's mode, transform size and coefficients; leave them reconstructed, and on `best.luma_tape`.

    Transforms are split, as long as that pays, either of every candidate or, in a last trial, of the best.

    Returns
    -------
    cost : float
        The RD cost.
    coded : int
        The sum of all eob.
    """
    settings, kept = search.settings, search.best
    block.palette_size_y, block.palette_size_uv, colors = 0, 0, 0
    wanted = settings.luma_candidates if block.partition == PARTITION_NONE else settings.part_candidates
    modes = min(score_luma_modes(search, block, pictures), wanted)
    count = modes + palettes_y(search, block, pictures.source, modes)
    deepest = 0 if block.lossless else min(settings.tx_depth, 2, MAX_TX_DEPTH_BY_SIZE[block.mi_size])
    best_cost, best, best_depth, best_coded, slot, length, leading = 1e300, 0, 0, 0, 0, 0, 1e300
    trials = count if settings.split_all else count + 1
    for i in range(trials):
        candidate, first = (i, 0) if i < count else (best, 1)
        if i == count:
            leading, block.palette_size_y = best_cost, colors
            exchange_palette(search, block, 0, False)
        elif i >= modes and not set_palette_y(search, block, i - modes, best_cost):
            continue
        last = deepest if settings.split_all or i == count else 0
        for depth in range(first, last + 1):
            cost, coded, end = try_luma(search, block, pictures, candidate, depth, kept.luma_tape[slot])
            if cost < best_cost:
                best_cost, best, best_depth, best_coded, length = cost, candidate, depth, coded, end
                slot, colors = 1 - slot, np.int64(block.palette_size_y)
                exchange_palette(search, block, 0, True)
            if depth and cost > leading:
                break
            leading = cost
    set_luma_candidate(search, block, best)
    block.palette_size_y = colors
    exchange_palette(search, block, 0, False)
    block.tx_size = tx_size_at(block, best_depth)
    kept.luma_slot, kept.luma_length = 1 - slot, length
    tape = kept.luma_tape[kept.luma_slot]
    replay_plane(search, block, pictures.planes, 0, np.int64(block.tx_size), tape, 0)
    return best_cost, best_coded
