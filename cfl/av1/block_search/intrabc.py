# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for a copy of a block (intra block copy), by RD cost.

Vectors come from the blocks around and from places where the source is the same (`intrabc_hash`).
The best copy is coded without a residual and with one, and kept aside until the other modes are known.
"""

import numpy as np

from cfl.av1.block_search.state import CHROMA, LUMA
from cfl.av1.block_search.transform import replay_plane, search_plane
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
)
from cfl.av1.tile.intrabc import COL, ROW, choose_pred_mv, find_mv_stack, is_mv_valid
from cfl.av1.tile.planes import plane_origin
from cfl.av1.tile.residual import (
    get_tx_size_uv,
    leave_decoded,
    predict_intrabc_block,
    reset_block_context,
)
from cfl.av1.tile.tx_size import txfm_split_context
from cfl.simd.kernel import kernel

MOST_LINKS = 256
"""How many places with the same source are looked at."""
MOST_COPIES = 8
"""How many vectors are measured, of those that are allowed."""
MOST_DIFFERENCE = 2048
"""In whole samples, of a component of a vector from that of the predicted one: the last of class 10."""


@kernel(internal=True)
def use_intrabc_cost(search, copied):
    """Return the bits of use_intrabc."""
    if not search.frame.allow_intrabc:
        return 0.0
    return np.float64(search.settings.costs[INTRABC_CDF + copied])


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
def mv_difference(tile, row, col):
    """Return how far a vector is from the predicted one: rows and columns, in whole samples."""
    return row - (tile.mv_stack[0, ROW] >> 3), col - (tile.mv_stack[0, COL] >> 3)


@kernel(internal=True)
def mv_cost(costs, diff_row, diff_col):
    """Return the bits of a vector, by its difference from the predicted one."""
    bits = np.float64(costs[MV_JOINT_CDF + 2 * (diff_row != 0) + (diff_col != 0)])
    return bits + mv_component_cost(costs, 0, diff_row) + mv_component_cost(costs, 1, diff_col)


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
    """Return width and height of the part of a plane of a block that lies in the frame."""
    w = min(BLOCK_WIDTH[block.mi_size], 4 * (frame.mi_cols - block.mi_col))
    h = min(BLOCK_HEIGHT[block.mi_size], 4 * (frame.mi_rows - block.mi_row))
    if plane:
        return w >> frame.subsampling_x, h >> frame.subsampling_y
    return w, h


@kernel(internal=True)
def choose_copy(search, block, pictures, copies):
    """Set the vector of the block to the best that is found; return its bits, or -1 if there is none."""
    settings, frame, tile, links = search.settings, search.frame, search.tile, copies.links
    source, samples = pictures.source[0], pictures.planes[0]
    find_mv_stack(frame, tile, block, copies.arrays)
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
        diff_row, diff_col = mv_difference(tile, row, col)
        is_codable = max(abs(diff_row), abs(diff_col)) <= MOST_DIFFERENCE
        if not is_codable or not is_mv_valid(frame, tile, block, 8 * row, 8 * col):
            continue
        measured += 1
        bits = mv_cost(settings.costs, diff_row, diff_col)
        cost = settings.lam[LUMA] * bits
        cost += squared_difference(source, x, y, samples, x + col, y + row, w, h, best)
        if cost < best:
            best, best_bits = cost, bits
            block.mv[0, 0], block.mv[0, 1] = 8 * row, 8 * col
    return best_bits


@kernel(internal=True)
def set_copied(block):
    """Set all of a copied block but its vector."""
    block.use_intrabc = block.is_inter = 1
    block.tx_size = TX_4X4 if block.lossless else MAX_TX_SIZE_RECT[block.mi_size]
    block.y_mode, block.uv_mode, block.angle_delta_y, block.angle_delta_uv = DC_PRED, DC_PRED, 0, 0
    block.cfl_alpha_u, block.cfl_alpha_v, block.use_filter_intra = 0, 0, 0
    block.palette_size_y, block.palette_size_uv = 0, 0


@kernel(internal=True)
def copy_tx_size(frame, block, plane):
    """Return the size of the transforms of a plane of a copied block."""
    return get_tx_size_uv(frame, block) if plane else np.int64(block.tx_size)


@kernel(internal=True)
def copy_error(search, block, pictures):
    """Return the weighted squared error of a copied block without a residual."""
    total = 0.0
    for plane in range(search.frame.num_planes):
        x, y, _ = plane_origin(search.frame, block, plane)
        w, h = visible_size(search.frame, block, plane)
        source, samples = pictures.source[plane], pictures.planes[plane]
        error = squared_difference(source, x, y, samples, x, y, w, h, 1 << 60)
        total += search.settings.weight[min(plane, CHROMA)] * error
    return total


@kernel(internal=True)
def code_copy(search, block, pictures, tape, bits):
    """Code the residual of a copied block, and put it on a tape.

    Parameters
    ----------
    bits : float
        Of the block without its transforms.

    Returns
    -------
    cost : float
        The RD cost.
    coded : int
        The sum of all eob.
    length : int
        Of the tape.
    """
    settings, frame, place, coded = search.settings, search.frame, 0, 0
    if not block.lossless:
        context = txfm_split_context(search.tile, block, 0, 0, block.tx_size)
        bits += settings.costs[TXFM_SPLIT_CDF + 2 * context]
        tape[0] = 0
        place = 1
    cost = settings.lam[LUMA] * bits
    for plane in range(frame.num_planes):
        tx_size = copy_tx_size(frame, block, plane)
        plane_cost, eobs, place = search_plane(search, block, pictures, plane, tx_size, tape, place)
        cost += settings.weight[min(plane, CHROMA)] * plane_cost
        coded += eobs
    return cost, coded, place


@kernel(internal=True)
def search_copy(search, block, pictures, copies, skip):
    """Choose how to copy the block, and keep the copy aside in `best`.

    Parameters
    ----------
    skip : int
        Where the CDF of skip is.

    Returns
    -------
    cost : float
        The RD cost; 1e300 if the block cannot be copied.
    error : float
        The weighted squared error without a residual; 1e300 likewise.
    """
    settings, frame, best = search.settings, search.frame, search.best
    block.use_intrabc, block.is_inter, block.mv[0, 0], block.mv[0, 1] = 0, 0, 0, 0
    if not frame.allow_intrabc or min(BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size]) < 8:
        return 1e300, 1e300
    bits = choose_copy(search, block, pictures, copies)
    if bits < 0:
        return 1e300, 1e300
    bits += use_intrabc_cost(search, 1)
    set_copied(block)
    best.copy_mv[0], best.copy_mv[1], best.copy_skip, best.copy_length = block.mv[0, 0], block.mv[0, 1], 1, 0
    predict_intrabc_block(frame, block, pictures.planes)
    error = copy_error(search, block, pictures)
    least = error + settings.lam[LUMA] * (bits + settings.costs[skip + 1])
    if error > 0.0:
        bits += settings.costs[skip]
        cost, coded, length = code_copy(search, block, pictures, best.copy_tape[0], bits)
        if coded and (cost < least or block.lossless):
            least, best.copy_skip, best.copy_length = cost, 0, length
    block.use_intrabc, block.is_inter, block.mv[0, 0], block.mv[0, 1] = 0, 0, 0, 0
    return least, error


@kernel(internal=True)
def restore_copy(search, block, planes):
    """Make the block the copy that `search_copy` has kept, and reconstruct it."""
    frame, tile, best = search.frame, search.tile, search.best
    block.mv[0, 0], block.mv[0, 1], block.skip = best.copy_mv[0], best.copy_mv[1], best.copy_skip
    set_copied(block)
    predict_intrabc_block(frame, block, planes)
    place = 0 if block.lossless else 1
    for plane in range(frame.num_planes):
        if not block.skip:
            tx_size = copy_tx_size(frame, block, plane)
            place = replay_plane(search, block, planes, plane, tx_size, best.copy_tape[0], place)
        else:
            x, y, size = plane_origin(frame, block, plane)
            leave_decoded(frame, tile, plane, x >> 2, y >> 2, MAX_TX_SIZE_RECT[size])
    if block.skip:
        reset_block_context(frame, tile, block)
