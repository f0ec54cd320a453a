# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for what a block may be copied from (intra block copy), by D + λR.

Vectors come from the blocks around and from places where the source is the same (`repetitions`).
The best copy is coded without a residual and with one, and kept aside until the other modes are known.
"""

import numpy as np

from cfl.av1.block_search.transform import replay_plane, search_plane, weigh_plane
from cfl.av1.entropy.cdfs import (
    INTRABC_CDF,
    MV_BIT_CDF,
    MV_CLASS0_BIT_CDF,
    MV_CLASS_CDF,
    MV_JOINT_CDF,
    MV_SIGN_CDF,
    TXFM_SPLIT_CDF,
)
from cfl.av1.entropy.symbols import floor_log2
from cfl.av1.tables.constants import DC_PRED, TX_4X4
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    MAX_TX_SIZE_RECT,
    SUBSAMPLED_SIZE,
)
from cfl.av1.tile.intrabc import COL, ROW, choose_pred_mv, find_mv_stack, is_mv_valid
from cfl.av1.tile.residual import (
    get_tx_size_uv,
    leave_decoded,
    predict_intrabc_block,
    reset_block_context,
)
from cfl.av1.tile.tx_size import txfm_split_context
from cfl.simd.kernel import kernel

MOST_LINKS = 256
MOST_COPIES = 8
"""How many places with the same source are looked at, and how many of them, that may be copied, measured."""
MOST_DIFFERENCE = 2048
"""In whole samples, of a component of a vector from that of the predicted one: the last of class 10."""


@kernel(internal=True)
def use_intrabc_cost(search, frame, copied):
    """Return the bits of use_intrabc."""
    return np.float64(search.costs[INTRABC_CDF + copied]) if frame.allow_intrabc else 0.0


@kernel(internal=True)
def mv_component_cost(costs, comp, value):
    """Return the bits of read_mv_component."""
    if value == 0:
        return 0.0
    rest = abs(value) - 1
    mv_class = floor_log2(max(rest, 1))
    bits = np.float64(
        costs[MV_SIGN_CDF + 2 * comp + (value < 0)] + costs[MV_CLASS_CDF + 11 * comp + mv_class]
    )
    if mv_class == 0:
        return bits + costs[MV_CLASS0_BIT_CDF + 2 * comp + rest]
    for i in range(mv_class):
        bits += costs[MV_BIT_CDF + 2 * (10 * comp + i) + ((rest >> i) & 1)]
    return bits


@kernel(internal=True)
def mv_cost(search, tile, row, col):
    """Return the bits of a vector, in whole samples."""
    diff_row, diff_col = row - (tile.mv_stack[0, ROW] >> 3), col - (tile.mv_stack[0, COL] >> 3)
    bits = np.float64(search.costs[MV_JOINT_CDF + 2 * (diff_row != 0) + (diff_col != 0)])
    return bits + mv_component_cost(search.costs, 0, diff_row) + mv_component_cost(search.costs, 1, diff_col)


@kernel(internal=True)
def is_codable(tile, row, col):
    """Say whether there is a code for how far a vector is from the predicted one, which need not be near."""
    diff_row, diff_col = row - (tile.mv_stack[0, ROW] >> 3), col - (tile.mv_stack[0, COL] >> 3)
    return max(abs(diff_row), abs(diff_col)) <= MOST_DIFFERENCE


@kernel(internal=True)
def squared_difference(a, a_x, a_y, b, b_x, b_y, w, h, limit):
    """Return the squared difference of two blocks of planes, or more than `limit` if it is more."""
    total = 0
    for i in range(h):
        for j in range(w):
            difference = np.int64(a[a_y + i, a_x + j]) - np.int64(b[b_y + i, b_x + j])
            total += difference * difference
        if total > limit:
            break
    return np.float64(total)


@kernel(internal=True)
def visible_size(frame, block, plane):
    """Return width and height of what of a plane of a block lies in the frame."""
    w = min(BLOCK_WIDTH[block.mi_size], 4 * (frame.mi_cols - block.mi_col))
    h = min(BLOCK_HEIGHT[block.mi_size], 4 * (frame.mi_rows - block.mi_row))
    if plane:
        return w >> frame.subsampling_x, h >> frame.subsampling_y
    return w, h


@kernel(internal=True)
def choose_copy(search, frame, tile, block, source, planes, arrays, links):
    """Set the vector of the block to the best that is found; return its bits, or -1 if there is none."""
    find_mv_stack(frame, tile, block, arrays)
    choose_pred_mv(frame, tile, block)
    x, y, width = 4 * block.mi_col, 4 * block.mi_row, links.shape[2]
    w, h = visible_size(frame, block, 0)
    side = min(BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size])
    level = 0 if side == 8 else 1 if side == 16 else 2
    best, best_bits, measured, place = 1e300, -1.0, 0, np.int64(links[level, y, x])
    for i in range(MOST_LINKS):
        if i < 2:
            row, col = tile.mv_stack[i, ROW] >> 3, tile.mv_stack[i, COL] >> 3
        else:
            if place < 0 or measured == MOST_COPIES:
                break
            row, col = place // width - y, place % width - x
            place = np.int64(links[level, y + row, x + col])
        if not is_codable(tile, row, col) or not is_mv_valid(frame, tile, block, 8 * row, 8 * col):
            continue
        measured += 1
        bits = mv_cost(search, tile, row, col)
        cost = search.lam * bits
        cost += squared_difference(source[0], x, y, planes[0], x + col, y + row, w, h, best)
        if cost < best:
            best, best_bits = cost, bits
            block.mv[0], block.mv[1] = 8 * row, 8 * col
    return best_bits


@kernel(internal=True)
def set_copied(block, tx_size):
    """Set all of a copied block but its vector."""
    block.use_intrabc, block.tx_size = 1, tx_size
    block.y_mode, block.uv_mode, block.angle_delta_y, block.angle_delta_uv = DC_PRED, DC_PRED, 0, 0
    block.cfl_alpha_u, block.cfl_alpha_v, block.use_filter_intra = 0, 0, 0
    block.palette_size_y, block.palette_size_uv = 0, 0


@kernel(internal=True)
def search_copy(search, frame, tile, block, source, planes, arrays, links, skip):
    """Choose how to copy the block, and keep it aside: `copy_mv`, `copy_skip`, and `copy_tape` of `search`.

    Returns
    -------
    float
        D + λR; 1e300 if it cannot be copied.
    float
        D without a residual.
    """
    block.use_intrabc, block.mv[0], block.mv[1] = 0, 0, 0
    if not frame.allow_intrabc or min(BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size]) < 8:
        return 1e300, 1e300
    bits = choose_copy(search, frame, tile, block, source, planes, arrays, links)
    if bits < 0:
        return 1e300, 1e300
    bits += use_intrabc_cost(search, frame, 1)
    set_copied(block, TX_4X4 if block.lossless else MAX_TX_SIZE_RECT[block.mi_size])
    search.copy_mv[0], search.copy_mv[1], search.copy_skip, search.copy_length = (
        block.mv[0],
        block.mv[1],
        1,
        0,
    )
    predict_intrabc_block(frame, block, planes)
    squared = 0.0
    for plane in range(frame.num_planes):
        x, y = 4 * block.mi_col, 4 * block.mi_row
        if plane:
            x, y = x >> frame.subsampling_x, y >> frame.subsampling_y
        w, h = visible_size(frame, block, plane)
        error = squared_difference(source[plane], x, y, planes[plane], x, y, w, h, 1 << 60)
        squared += weigh_plane(search, plane) * error
    weigh_plane(search, 0)
    best = squared + search.lam * (bits + search.costs[skip + 1])
    if squared > 0.0:
        place, coded = 0, 0
        bits += search.costs[skip]
        if not block.lossless:
            bits += search.costs[TXFM_SPLIT_CDF + 2 * txfm_split_context(tile, block, 0, 0, block.tx_size)]
            search.copy_tape[0, 0] = 0
            place = 1
        cost = search.lam * bits
        for plane in range(frame.num_planes):
            tx_size = get_tx_size_uv(frame, block) if plane else np.int64(block.tx_size)
            tape, weight = search.copy_tape[0], weigh_plane(search, plane)
            cost += weight * search_plane(
                search, frame, tile, block, source[plane], planes, plane, tx_size, tape, place
            )
            place, coded = tile.tape, coded + search.eob
        weigh_plane(search, 0)
        if coded and (cost < best or block.lossless):
            best, search.copy_skip, search.copy_length = cost, 0, place
    block.use_intrabc, block.mv[0], block.mv[1] = 0, 0, 0
    return best, squared


@kernel(internal=True)
def leave_copy(search, frame, tile, block, planes):
    """Leave the block as the copy that `search_copy` has kept."""
    block.mv[0], block.mv[1], block.skip = search.copy_mv[0], search.copy_mv[1], search.copy_skip
    set_copied(block, TX_4X4 if block.lossless else MAX_TX_SIZE_RECT[block.mi_size])
    predict_intrabc_block(frame, block, planes)
    place = 0 if block.lossless else 1
    for plane in range(frame.num_planes):
        tx_size, shift_x, shift_y = np.int64(block.tx_size), 0, 0
        if plane:
            tx_size, shift_x, shift_y = get_tx_size_uv(frame, block), frame.subsampling_x, frame.subsampling_y
        if not block.skip:
            place = replay_plane(frame, tile, block, planes, plane, tx_size, search.copy_tape[0], place)
        else:
            whole = MAX_TX_SIZE_RECT[SUBSAMPLED_SIZE[block.mi_size, shift_x, shift_y]]
            leave_decoded(frame, tile, plane, block.mi_col >> shift_x, block.mi_row >> shift_y, whole)
    if block.skip:
        reset_block_context(frame, tile, block)
