# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The transform blocks of a plane: the search for their types and levels, and their reconstruction."""

import numpy as np

from cfl.av1.block_search.forward_transform import (
    forward_wht,
    kind_of,
    transform_columns,
    transform_rows,
)
from cfl.av1.block_search.quantize import has_matrix, quantize, weighed_quantizer
from cfl.av1.block_search.state import CHROMA
from cfl.av1.entropy.cdfs import TXB_SKIP_CDF
from cfl.av1.reconstruction.inverse_transform_kernels import inverse_transform_add
from cfl.av1.tables.constants import DCT_DCT
from cfl.av1.tables.geometry import (
    ADJUSTED_TX_SIZE,
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
    SUBSAMPLED_SIZE,
    TX_HEIGHT,
    TX_HEIGHT_LOG2,
    TX_WIDTH,
)
from cfl.av1.tables.scans import ROW_SHIFT
from cfl.av1.tables.transform_types import (
    TX_TYPE_IN_SET_INTER,
    TX_TYPE_IN_SET_INTRA,
    TX_TYPE_INTER_INV_SET1,
    TX_TYPE_INTER_INV_SET2,
    TX_TYPE_INTER_INV_SET3,
    TX_TYPE_INTRA_INV_SET1,
    TX_TYPE_INTRA_INV_SET2,
)
from cfl.av1.tile.coefficients import (
    DQ_SHIFT,
    TX_CLASS,
    all_zero_context,
    chroma_tx_type,
    dequantized,
    get_tx_set,
    get_tx_sz_ctx,
    has_tx_type,
    index_of,
    inter_tx_type_cdf,
    intra_tx_type_cdf,
    leave_coefs_context,
    leave_tx_type,
)
from cfl.av1.tile.planes import is_in_frame, plane_origin, subsampling_of
from cfl.av1.tile.residual import leave_decoded, predict_block
from cfl.av1.tile.state import CTX_COEFS_Y
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
from cfl.simd.vectors import minimum

# In the order in which they are tried: the most frequent first.
SEARCHED_TX_TYPES = np.array([0, 3, 1, 2, 9, 10, 11])
COEFS = 64 * 64
"""Where the second block of `scratch.coefs` begins."""


@kernel(internal=True)
def take_residual(residual, source, plane, x, y, w, h):
    """Set the residual of a block, source less plane, and return its squared sum."""
    total = 0.0
    stride = plane.shape[1]
    for i in range(h):
        k = (y + i) * stride + x
        squares = zeros_f8()
        if w == 4:
            difference = float_of(load4(source, k) - load4(plane, k))
            store_f8(residual, 64 * i, difference)
            squares = difference * difference
        else:
            for j in range(0, w, 8):
                difference = float_of(load8(source, k + j) - load8(plane, k + j))
                store_f8(residual, 64 * i + j, difference)
                squares = squares + difference * difference
        total += total_f8(squares)
    return total


@kernel(internal=True)
def dequantize(tape, start, frame, tile, tx_size, tx_type, plane, eob):
    """Dequantize levels of a tape, from `start` on, to where the inverse transform takes them.

    Returns
    -------
    int
        culLevel, with dcCategory in the bits above, as `code_signs`.
    """
    first = np.uint64(frame.scan_start[TX_CLASS[tx_type], tx_size])
    has_weights = has_matrix(frame, plane, tx_type)
    log2_th = np.uint64(min(TX_HEIGHT_LOG2[tx_size], 5))
    q, cul_level, rows, columns = tile.dc_q[plane], 0, 0, 0
    for c in range(eob):
        value = np.int64(tape[start + c])
        if value:
            place = np.int64(frame.scan[first + np.uint64(c)])
            row, column = (place >> ROW_SHIFT) & 31, place & 31
            own = weighed_quantizer(frame, plane, tx_size, place, q) if has_weights else q
            dequant = dequantized(abs(value), value < 0, own, DQ_SHIFT[tx_size], frame.bit_depth)
            tile.coefs[(np.uint64(column) << log2_th) + np.uint64(row)] = dequant
            cul_level += abs(value)
            rows, columns = max(rows, row), max(columns, column)
        q = tile.ac_q[plane]
    tile.coef_rows, tile.coef_columns = rows + 1, columns + 1
    first_value = np.int64(tape[start]) if eob else 0
    category = 1 if first_value < 0 else 2 if first_value > 0 else 0
    return min(cul_level, 63) | category << 6


@kernel(internal=True)
def tx_type_cost(search, block, tx_size, tx_type):
    """Return the bits of intra_tx_type or inter_tx_type."""
    costs, tx_set = search.settings.costs, get_tx_set(search.frame, block, tx_size)
    if not has_tx_type(search.frame, block, tx_set):
        return 0.0
    if block.use_intrabc:
        order = TX_TYPE_INTER_INV_SET1 if tx_set == 1 else TX_TYPE_INTER_INV_SET2
        if tx_set == 3:
            order = TX_TYPE_INTER_INV_SET3
        return np.float64(costs[inter_tx_type_cdf(tx_size, tx_set) + index_of(order, tx_type)])
    order = TX_TYPE_INTRA_INV_SET1 if tx_set == 1 else TX_TYPE_INTRA_INV_SET2
    return np.float64(costs[intra_tx_type_cdf(block, tx_size, tx_set) + index_of(order, tx_type)])


@kernel(internal=True)
def transform(search, block, tx_size, tx_type, have, first):
    """Transform the residual to coefficients from `first` in `scratch.coefs`.

    Parameters
    ----------
    have : int
        The kind by which the columns in `scratch.half` are transformed already, or -1.

    Returns
    -------
    int
        The kind by which they are now.
    """
    scratch, matrices = search.scratch, search.settings.matrices
    if block.lossless:
        forward_wht(scratch.residual, scratch.coefs)
        return have
    kind = kind_of(tx_type, np.int64(0))
    if kind != have:
        transform_columns(scratch.residual, tx_size, kind, matrices, scratch.half)
    transform_rows(scratch.half, tx_size, kind_of(tx_type, np.int64(1)), matrices, scratch.coefs, first)
    return kind


@kernel(internal=True)
def estimate(coefs, first, w, h, step, lam):
    """Estimate the RD cost of coefficients: each is left out, or takes bits by its size and its frequency."""
    bits = lam / (step * step)
    inverse, one, slope = splat_f8(1.0 / step), splat_f8(1.0), splat_f8(0.8 * bits)
    ramp, total = ramp_f8() * splat_f8(0.2 * bits), zeros_f8()
    for i in range(h):
        for j in range(0, w, 8):
            least = splat_f8(0.08 + (1.0 + 0.2 * (i + j)) * bits) + ramp
            value = load_f8(coefs, first + 64 * i + j) * inverse
            square = value * value
            total = total + minimum(square, least + slope * log2_f8(square + one))
    return total_f8(total) * step * step


@kernel(internal=True)
def order_types(search, block, tx_size, tx_set, lam):
    """Transform the residual by all types that are tried; put them into `scratch.types`, the best first.

    Returns
    -------
    int
        How many there are.
    int
        Where the coefficients of the best begin.
    """
    scratch, adjusted = search.scratch, ADJUSTED_TX_SIZE[tx_size]
    w, h, step = TX_WIDTH[adjusted], TX_HEIGHT[adjusted], search.tile.ac_q[0] / 8.0
    have, count, slot = -1, 0, 0
    for i in range(search.settings.tx_types):
        tx_type = SEARCHED_TX_TYPES[i]
        belongs = TX_TYPE_IN_SET_INTER if block.use_intrabc else TX_TYPE_IN_SET_INTRA
        if belongs[tx_set, tx_type] == 0:
            continue
        have = transform(search, block, tx_size, tx_type, have, slot)
        cost = estimate(scratch.coefs, slot, w, h, step, lam)
        cost += lam * tx_type_cost(search, block, tx_size, tx_type)
        k = count
        while k > 0 and scratch.type_cost[k - 1] > cost:
            scratch.type_cost[k], scratch.types[k] = scratch.type_cost[k - 1], scratch.types[k - 1]
            k -= 1
        scratch.type_cost[k], scratch.types[k] = cost, tx_type
        if k == 0:
            slot = COEFS - slot
        count += 1
    return count, COEFS - slot


@kernel(internal=True)
def put_levels(levels, tape, place, plane, eob, tx_type):
    """Put eob, of luma the type, and levels on a tape; return where it goes on."""
    tape[place] = eob
    place += 1
    if eob and plane == 0:
        tape[place] = tx_type
        place += 1
    for c in range(eob):
        tape[place + c] = levels[c]
    return place + eob


@kernel(internal=True)
def search_transform(search, block, pictures, plane, start_x, start_y, tx_size, tape, place):
    """Choose type and levels of a transform block that is predicted, and put them on a tape from `place`.

    Returns
    -------
    cost : float
        The RD cost.
    eob : int
    place : int
        Where the tape goes on.
    """
    settings, scratch, frame, tile = search.settings, search.scratch, search.frame, search.tile
    costs, w, h = settings.costs, TX_WIDTH[tx_size], TX_HEIGHT[tx_size]
    source, samples = pictures.source[plane], pictures.planes[plane]
    squared = take_residual(scratch.residual, source, samples, start_x, start_y, w, h)
    x4, y4 = start_x >> 2, start_y >> 2
    contexts = all_zero_context(frame, tile, block, plane, tx_size, x4, y4)
    zero_cdf = TXB_SKIP_CDF + 2 * (13 * get_tx_sz_ctx(tx_size) + (contexts & 15))
    lam = settings.lam[min(plane, CHROMA)]
    best = squared + lam * costs[zero_cdf + 1]
    best_eob, best_type = 0, DCT_DCT
    tx_set, candidates, coefs = get_tx_set(frame, block, tx_size), 1, 0
    if plane == 0 and settings.tx_types > 1 and has_tx_type(frame, block, tx_set):
        candidates, coefs = order_types(search, block, tx_size, tx_set, lam)
        candidates = min(candidates, settings.tx_survivors)
    else:
        scratch.types[0] = chroma_tx_type(frame, tile, block, tx_size, x4, y4) if plane else DCT_DCT
        transform(search, block, tx_size, np.int64(scratch.types[0]), -1, 0)
    for i in range(candidates):
        tx_type = np.int64(scratch.types[i])
        if i:
            if scratch.type_cost[i] > settings.type_margin * scratch.type_cost[0]:
                break
            transform(search, block, tx_size, tx_type, -1, coefs)
        free = 0.0 if block.lossless else lam  # without loss every level is what it is, whatever it costs
        eob, bits, gain = quantize(search, coefs, tx_size, tx_type, plane, contexts >> 4, free)
        if eob == 0:
            continue
        if block.lossless:
            gain, best = squared, 1e300
        bits += costs[zero_cdf]
        if plane == 0:
            bits += tx_type_cost(search, block, tx_size, tx_type)
        cost = squared - gain + lam * bits
        if cost < best:
            best, best_eob, best_type = cost, eob, tx_type
            for c in range(eob):
                scratch.best_levels[c] = scratch.levels[c]
    return best, best_eob, put_levels(scratch.best_levels, tape, place, plane, best_eob, best_type)


@kernel(internal=True)
def apply_transform(frame, tile, block, planes, plane, start_x, start_y, tx_size, tape, place):
    """Reconstruct a predicted transform block from the tape and leave its context; return where that ends."""
    eob = np.int64(tape[place])
    place += 1
    tx_type, context = DCT_DCT, 0
    if eob:
        if plane == 0:
            tx_type = np.int64(tape[place])
            place += 1
        else:
            tx_type = chroma_tx_type(frame, tile, block, tx_size, start_x >> 2, start_y >> 2)
        context = dequantize(tape, place, frame, tile, tx_size, tx_type, plane, eob)
        inverse_transform_add(
            tile.coefs, tx_size, tx_type, np.int64(block.lossless), frame.bit_depth, tile.coef_rows,
            tile.coef_columns, planes[plane], start_y, start_x, tile.transform_scratch,
        )  # fmt: skip
    if plane == 0:
        leave_tx_type(tile, block, start_x >> 2, start_y >> 2, tx_size, tx_type)
    leave_coefs_context(frame, tile, plane, start_x >> 2, start_y >> 2, tx_size, context)
    leave_decoded(frame, tile, plane, start_x >> 2, start_y >> 2, tx_size)
    return place + eob


@kernel(internal=True)
def clear_decoded(frame, tile, block, plane):
    """Clear BlockDecoded of a plane of the block."""
    shift_x, shift_y = subsampling_of(frame, plane)
    size = SUBSAMPLED_SIZE[block.mi_size, shift_x, shift_y]
    row, col = 1 + ((block.mi_row & 15) >> shift_y), 1 + ((block.mi_col & 15) >> shift_x)
    for i in range(row, row + (BLOCK_HEIGHT[size] >> 2)):
        for j in range(col, col + (BLOCK_WIDTH[size] >> 2)):
            tile.block_decoded[plane, i, j] = 0


@kernel(internal=True)
def exchange_coefs_contexts(search, block, plane, keep):
    """Keep what coefficients have left above and to the left of a plane of the block, or restore it."""
    frame, tile, scratch = search.frame, search.tile, search.scratch
    shift_x, shift_y = subsampling_of(frame, plane)
    col, row = (block.mi_col - tile.mi_col_start) >> shift_x, (block.mi_row >> shift_y) & 31
    above, left = tile.above[CTX_COEFS_Y + plane], tile.left[CTX_COEFS_Y + plane]
    for i in range(NUM_4X4_BLOCKS_WIDE[block.mi_size]):
        if keep:
            scratch.coefs_above[i] = above[col + i]
        else:
            above[col + i] = scratch.coefs_above[i]
    for i in range(min(NUM_4X4_BLOCKS_HIGH[block.mi_size], 32 - row)):
        if keep:
            scratch.coefs_left[i] = left[row + i]
        else:
            left[row + i] = scratch.coefs_left[i]


@kernel(internal=True)
def predict_transform_block(frame, tile, block, planes, plane, x, y, tx_size):
    """Predict a transform block at x, y of its plane, unless the block is a copy, which has been predicted.

    `tile.max_luma_w` and `max_luma_h` are set with luma, for chroma from luma.
    """
    if not block.use_intrabc:
        base_x, base_y, _ = plane_origin(frame, block, plane)
        predict_block(frame, tile, block, planes, plane, x, y, (x - base_x) >> 2, (y - base_y) >> 2, tx_size)
    if plane == 0:
        tile.max_luma_w, tile.max_luma_h = x + TX_WIDTH[tx_size], y + TX_HEIGHT[tx_size]


@kernel(internal=True)
def search_plane(search, block, pictures, plane, tx_size, tape, place):
    """Choose the transforms of a plane of a block, and put them on a tape from `place`.

    Leaves the reconstructed samples of all transform blocks but the last; contexts are restored.

    Returns
    -------
    cost : float
        The RD cost, in squared error of the plane.
    coded : int
        The sum of all eob.
    place : int
        Where the tape goes on.
    """
    frame, tile, planes = search.frame, search.tile, pictures.planes
    base_x, base_y, size = plane_origin(frame, block, plane)
    w, h, width, height = TX_WIDTH[tx_size], TX_HEIGHT[tx_size], BLOCK_WIDTH[size], BLOCK_HEIGHT[size]
    cost, coded, several = 0.0, 0, width > w or height > h
    if several:
        exchange_coefs_contexts(search, block, plane, True)
    for y in range(base_y, base_y + height, h):
        for x in range(base_x, base_x + width, w):
            if not is_in_frame(frame, plane, x, y):
                continue
            predict_transform_block(frame, tile, block, planes, plane, x, y, tx_size)
            more, eob, end = search_transform(search, block, pictures, plane, x, y, tx_size, tape, place)
            if x + w < base_x + width or y + h < base_y + height:
                apply_transform(frame, tile, block, planes, plane, x, y, tx_size, tape, place)
            cost, coded, place = cost + more, coded + eob, end
    if several:
        exchange_coefs_contexts(search, block, plane, False)
        clear_decoded(frame, tile, block, plane)
    return cost, coded, place


@kernel(internal=True)
def replay_plane(search, block, planes, plane, tx_size, tape, place):
    """Predict (not a copy) and reconstruct a plane of a block from a tape; return where that ends."""
    frame, tile = search.frame, search.tile
    base_x, base_y, size = plane_origin(frame, block, plane)
    for y in range(base_y, base_y + BLOCK_HEIGHT[size], TX_HEIGHT[tx_size]):
        for x in range(base_x, base_x + BLOCK_WIDTH[size], TX_WIDTH[tx_size]):
            if is_in_frame(frame, plane, x, y):
                predict_transform_block(frame, tile, block, planes, plane, x, y, tx_size)
                place = apply_transform(frame, tile, block, planes, plane, x, y, tx_size, tape, place)
    return place
