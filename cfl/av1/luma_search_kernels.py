# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for a block's luma mode and transform size: a quick measure, then D + λR."""

import numpy as np

from cfl.av1.kernel import kernel
from cfl.av1.mode_kernels import filter_intra_allowed, has_angle_delta, y_mode_cdf
from cfl.av1.residual_kernels import predict_block
from cfl.av1.tables.cdfs import ANGLE_DELTA_CDF, FILTER_INTRA_CDF, FILTER_INTRA_MODE_CDF
from cfl.av1.tables.constants import BLOCK_8X8, D67_PRED, DC_PRED, PAETH_PRED, TX_4X4, V_PRED
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    MAX_TX_DEPTH_BY_SIZE,
    MAX_TX_SIZE_RECT,
    SPLIT_TX_SIZE,
    TX_HEIGHT,
    TX_WIDTH,
)
from cfl.av1.transform_search_kernels import (
    clear_decoded,
    replay_plane,
    search_plane,
    take_residual,
    transformed_difference,
)
from cfl.av1.tx_size_kernels import has_tx_depth, tx_depth_cdf


@kernel(internal=True)
def y_mode_cost(search, frame, tile, block):
    """Return the bits of the luma mode with its angle and filter-intra."""
    mode = np.int64(block.y_mode)
    bits = np.float64(search.costs[y_mode_cdf(tile, block) + mode])
    bits += angle_delta_cost(search.costs, block, mode, np.int64(block.angle_delta_y))
    if filter_intra_allowed(frame, block):
        bits += search.costs[FILTER_INTRA_CDF + 2 * block.mi_size + block.use_filter_intra]
        if block.use_filter_intra:
            bits += search.costs[FILTER_INTRA_MODE_CDF + block.filter_intra_mode]
    return bits


@kernel(internal=True)
def angle_delta_cost(costs, block, mode, angle_delta):
    """Return the bits of angle_delta_y or angle_delta_uv."""
    if not has_angle_delta(block, mode):
        return 0.0
    return np.float64(costs[ANGLE_DELTA_CDF + 7 * (mode - V_PRED) + angle_delta + 3])


@kernel(internal=True)
def tx_size_cost(search, frame, tile, block, depth):
    """Return the bits of tx_depth."""
    if not has_tx_depth(frame, block):
        return 0.0
    return np.float64(search.costs[tx_depth_cdf(tile, block)[0] + depth])


@kernel(internal=True)
def set_luma_mode(block, mode, angle_delta, filter_intra_mode):
    """Set the luma mode of a block; filter_intra_mode is -1 without."""
    block.y_mode, block.angle_delta_y = mode, angle_delta
    block.use_filter_intra, block.filter_intra_mode = filter_intra_mode >= 0, max(filter_intra_mode, 0)


@kernel(internal=True)
def score_luma(search, frame, tile, block, source, planes, count, mode, angle_delta, filter_intra_mode):
    """Measure a luma mode quickly, and insert it into the candidates by its score."""
    set_luma_mode(block, mode, angle_delta, filter_intra_mode)
    tx_size = MAX_TX_SIZE_RECT[block.mi_size]
    x, y = 4 * block.mi_col, 4 * block.mi_row
    predict_block(frame, tile, block, planes, 0, x, y, 0, 0, tx_size)
    w, h = TX_WIDTH[tx_size], TX_HEIGHT[tx_size]
    take_residual(search.residual, source[0], planes[0], x, y, w, h)
    score = transformed_difference(search, w, h) + search.sqrt_lam * y_mode_cost(search, frame, tile, block)
    i = count
    while i > 0 and search.score[i - 1] > score:
        search.score[i], search.mode[i] = search.score[i - 1], search.mode[i - 1]
        search.angle[i], search.filter_mode[i] = search.angle[i - 1], search.filter_mode[i - 1]
        i -= 1
    search.score[i], search.mode[i], search.angle[i] = score, mode, angle_delta
    search.filter_mode[i] = filter_intra_mode


@kernel(internal=True)
def score_luma_modes(search, frame, tile, block, source, planes):
    """Measure the luma modes; return how many candidates there are, the best first."""
    count = 0
    for k in range(14 + 6 * 8 + 5):
        mode, angle_delta, filter_intra_mode = k, 0, -1
        if k == 13:  # now refine the best direction, if that is what leads
            if not search.angle_deltas or block.mi_size < BLOCK_8X8:
                continue
            best = search.mode[0]
            if best < V_PRED or best > D67_PRED:
                continue
            for delta in range(-3, 4):
                if delta:
                    score_luma(search, frame, tile, block, source, planes, count, best, delta, -1)
                    count += 1
            continue
        if k > PAETH_PRED:
            filter_intra_mode = k - 14
            mode = DC_PRED
            size = block.mi_size
            if (
                filter_intra_mode > 4
                or not search.filter_intra
                or not frame.enable_filter_intra
                or max(BLOCK_WIDTH[size], BLOCK_HEIGHT[size]) > 32
            ):
                break
        score_luma(search, frame, tile, block, source, planes, count, mode, angle_delta, filter_intra_mode)
        count += 1
    return count


@kernel(internal=True)
def search_luma(search, frame, tile, block, source, planes):
    """Choose the luma mode, transform size and coefficients; leave it reconstructed. Return D + λR."""
    count = min(score_luma_modes(search, frame, tile, block, source, planes), search.luma_candidates)
    best_cost, best, best_depth, best_coded, slot = 1e300, 0, 0, 0, 0
    for i in range(count):
        set_luma_mode(block, search.mode[i], search.angle[i], search.filter_mode[i])
        mode_bits = y_mode_cost(search, frame, tile, block)
        tx_size = MAX_TX_SIZE_RECT[block.mi_size]
        deepest = min(search.tx_depth, 2, MAX_TX_DEPTH_BY_SIZE[block.mi_size])
        if block.lossless:
            tx_size, deepest = TX_4X4, 0
        for depth in range(deepest + 1):
            if depth:
                tx_size = SPLIT_TX_SIZE[tx_size]
            bits = mode_bits + tx_size_cost(search, frame, tile, block, depth)
            cost = search.lam * bits
            cost += search_plane(
                search, frame, tile, block, source[0], planes, 0, tx_size, search.luma_tape[slot], 0, False
            )
            clear_decoded(frame, tile, block, 0)
            if cost < best_cost:
                best_cost, best, best_depth, best_coded = cost, i, depth, search.eob
                slot = 1 - slot
            elif depth:
                break
    set_luma_mode(block, search.mode[best], search.angle[best], search.filter_mode[best])
    tx_size = MAX_TX_SIZE_RECT[block.mi_size]
    for _ in range(best_depth):
        tx_size = SPLIT_TX_SIZE[tx_size]
    if block.lossless:
        tx_size = TX_4X4
    block.tx_size = tx_size
    tile.tape = replay_plane(search, frame, tile, block, planes, 0, tx_size, search.luma_tape[1 - slot], 0)
    search.luma_slot = 1 - slot
    search.eob = best_coded
    return best_cost
