# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for the best type and levels of transform blocks, and their reconstruction."""

import numpy as np

from cfl.av1.block_search.forward_transform import (
    forward_wht,
    kind_of,
    transform_columns,
    transform_rows,
)
from cfl.av1.block_search.hadamard import hadamard_4x4, hadamard_8x8
from cfl.av1.block_search.quantize import quantize
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

# In the order in which they are tried: those that occur most come first.
TX_TYPES = np.array([0, 3, 1, 2, 9, 10, 11])
COEFS = 64 * 64


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
def transformed_difference(source, plane, x, y, w, h):
    """Return the sum of absolute values of a residual's orthonormal Hadamard transforms, 8x8 or 4x4."""
    stride, total = plane.shape[1], 0
    if min(w, h) == 4:
        for i in range(y, y + h, 4):
            for k in range(i * stride + x, i * stride + x + w, 4):
                total += hadamard_4x4(source, k, stride, plane, k, stride)
        return total / 4
    for i in range(y, y + h, 8):
        for k in range(i * stride + x, i * stride + x + w, 8):
            total += hadamard_8x8(source, k, stride, plane, k, stride)
    return total / 8


@kernel(internal=True)
def insert_candidate(search, count, score, mode, angle_delta, filter_intra_mode):
    """Insert a mode into the candidates, of which there are `count`, by its score."""
    i = count
    while i > 0 and search.score[i - 1] > score:
        search.score[i], search.mode[i] = search.score[i - 1], search.mode[i - 1]
        search.angle[i], search.filter_mode[i] = search.angle[i - 1], search.filter_mode[i - 1]
        i -= 1
    search.score[i], search.mode[i], search.angle[i] = score, mode, angle_delta
    search.filter_mode[i] = filter_intra_mode


@kernel(internal=True)
def dequantize(search_tape, start, frame, tile, tx_size, tx_class, plane, eob):
    """Put levels of a tape, from `start`, dequantized where the inverse transform takes them.

    Returns
    -------
    int
        culLevel, with dcCategory in the bits above, as `code_signs`.
    """
    first = np.uint64(frame.scan_start[tx_class, tx_size])
    log2_th = np.uint64(min(TX_HEIGHT_LOG2[tx_size], 5))
    q, cul_level, rows, columns = tile.dc_q[plane], 0, 0, 0
    for c in range(eob):
        value = np.int64(search_tape[start + c])
        if value:
            place = np.int64(frame.scan[first + np.uint64(c)])
            row, column = (place >> ROW_SHIFT) & 31, place & 31
            dequant = dequantized(abs(value), value < 0, q, DQ_SHIFT[tx_size], frame.bit_depth)
            tile.coefs[(np.uint64(column) << log2_th) + np.uint64(row)] = dequant
            cul_level += abs(value)
            rows, columns = max(rows, row), max(columns, column)
        q = tile.ac_q[plane]
    tile.coef_rows, tile.coef_columns = rows + 1, columns + 1
    first_value = np.int64(search_tape[start]) if eob else 0
    category = 1 if first_value < 0 else 2 if first_value > 0 else 0
    return min(cul_level, 63) | category << 6


@kernel(internal=True)
def tx_type_cost(search, frame, block, tx_size, tx_type):
    """Return the bits of intra_tx_type or inter_tx_type."""
    tx_set = get_tx_set(frame, block, tx_size)
    if not has_tx_type(frame, block, tx_set):
        return 0.0
    if block.use_intrabc:
        order = TX_TYPE_INTER_INV_SET1 if tx_set == 1 else TX_TYPE_INTER_INV_SET2
        if tx_set == 3:
            order = TX_TYPE_INTER_INV_SET3
        return np.float64(search.costs[inter_tx_type_cdf(tx_size, tx_set) + index_of(order, tx_type)])
    order = TX_TYPE_INTRA_INV_SET1 if tx_set == 1 else TX_TYPE_INTRA_INV_SET2
    return np.float64(search.costs[intra_tx_type_cdf(block, tx_size, tx_set) + index_of(order, tx_type)])


@kernel(internal=True)
def transform(search, block, tx_size, tx_type, have, first):
    """Transform the residual to coefficients from `first`; return by which kind its columns are transformed.

    That is `have` before, or -1.
    """
    if block.lossless:
        forward_wht(search.residual, search.coefs)
        return have
    matrices, kind = search.matrices, kind_of(tx_type, np.int64(0))
    if kind != have:
        transform_columns(search.residual, tx_size, kind, matrices, search.half[0])
    transform_rows(search.half[0], tx_size, kind_of(tx_type, np.int64(1)), matrices, search.coefs, first)
    return kind


@kernel(internal=True)
def estimate(coefs, first, w, h, step, lam):
    """Estimate D + λR of coefficients: each as if left, or coded in bits by its size and its frequency."""
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
def order_types(search, frame, tile, block, tx_size, tx_set, lam):
    """Transform the residual by all types that are tried; put them into `search.types`, the best first.

    Returns
    -------
    int
        How many there are.
    int
        Where the coefficients of the best begin.
    """
    adjusted = ADJUSTED_TX_SIZE[tx_size]
    w, h, step = TX_WIDTH[adjusted], TX_HEIGHT[adjusted], tile.ac_q[0] / 8.0
    have, count, slot = -1, 0, 0
    for i in range(search.tx_types):
        tx_type = TX_TYPES[i]
        belongs = TX_TYPE_IN_SET_INTER if block.use_intrabc else TX_TYPE_IN_SET_INTRA
        if belongs[tx_set, tx_type] == 0:
            continue
        have = transform(search, block, tx_size, tx_type, have, slot)
        cost = estimate(search.coefs, slot, w, h, step, lam)
        cost += lam * tx_type_cost(search, frame, block, tx_size, tx_type)
        k = count
        while k > 0 and search.type_cost[k - 1] > cost:
            search.type_cost[k], search.types[k] = search.type_cost[k - 1], search.types[k - 1]
            k -= 1
        search.type_cost[k], search.types[k] = cost, tx_type
        if k == 0:
            slot = COEFS - slot
        count += 1
    return count, COEFS - slot


@kernel(internal=True)
def keep_on_tape(search, tape, place, plane, eob, tx_type):
    """Put eob, of luma the type, and the best levels on a tape; return where it goes on."""
    tape[place] = eob
    place += 1
    if eob and plane == 0:
        tape[place] = tx_type
        place += 1
    for c in range(eob):
        tape[place + c] = search.best_levels[c]
    return place + eob


@kernel(internal=True)
def search_transform(
    search, frame, tile, block, source, planes, plane, start_x, start_y, tx_size, tape, place
):
    """Choose type and levels of a transform block that is predicted, and put them on a tape.

    Returns
    -------
    float
        D + λR. `search.eob` is set; the tape has eob, of luma the type, and the levels; and `tile.tape` where
        it goes on.
    """
    w, h = TX_WIDTH[tx_size], TX_HEIGHT[tx_size]
    squared = take_residual(search.residual, source, planes[plane], start_x, start_y, w, h)
    x4, y4 = start_x >> 2, start_y >> 2
    contexts = all_zero_context(frame, tile, block, plane, tx_size, x4, y4)
    zero_cdf = TXB_SKIP_CDF + 2 * (13 * get_tx_sz_ctx(tx_size) + (contexts & 15))
    lam = search.lam
    best = squared + lam * search.costs[zero_cdf + 1]
    best_eob, best_type = 0, DCT_DCT
    tx_set, candidates, coefs = get_tx_set(frame, block, tx_size), 1, 0
    if plane == 0 and search.tx_types > 1 and has_tx_type(frame, block, tx_set):
        candidates, coefs = order_types(search, frame, tile, block, tx_size, tx_set, lam)
        candidates = min(candidates, search.tx_survivors)
    else:
        search.types[0] = chroma_tx_type(frame, tile, block, tx_size, x4, y4) if plane else DCT_DCT
        transform(search, block, tx_size, np.int64(search.types[0]), -1, 0)
    for i in range(candidates):
        tx_type = np.int64(search.types[i])
        if i:
            if search.type_cost[i] > search.type_margin * search.type_cost[0]:
                break
            transform(search, block, tx_size, tx_type, -1, coefs)
        free = 0.0 if block.lossless else lam  # without loss every level is what it is, whatever it costs
        eob = quantize(search, frame, tile, coefs, tx_size, TX_CLASS[tx_type], plane, contexts >> 4, free)
        if eob == 0:
            continue
        if block.lossless:
            search.gain, best = squared, 1e300
        bits = search.rate + search.costs[zero_cdf]
        if plane == 0:
            bits += tx_type_cost(search, frame, block, tx_size, tx_type)
        cost = squared - search.gain + lam * bits
        if cost < best:
            best, best_eob, best_type = cost, eob, tx_type
            for c in range(eob):
                search.best_levels[c] = search.levels[c]
    tile.tape = keep_on_tape(search, tape, place, plane, best_eob, best_type)
    search.eob = best_eob
    return best


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
        context = dequantize(tape, place, frame, tile, tx_size, TX_CLASS[tx_type], plane, eob)
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
def weigh_plane(search, plane):
    """Set λ for what is searched next, luma or chroma; return what a squared error there counts as."""
    weight = np.float64(search.chroma_weight) if plane else 1.0
    search.lam, search.sqrt_lam = search.luma_lam / weight, np.sqrt(search.luma_lam / weight)
    return weight


@kernel(internal=True)
def clear_decoded(frame, tile, block, plane):
    """Take back what transform blocks of the block have noted in BlockDecoded."""
    shift_x, shift_y = 0, 0
    if plane:
        shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
    size = SUBSAMPLED_SIZE[block.mi_size, shift_x, shift_y]
    row, col = 1 + ((block.mi_row & 15) >> shift_y), 1 + ((block.mi_col & 15) >> shift_x)
    for i in range(row, row + (BLOCK_HEIGHT[size] >> 2)):
        for j in range(col, col + (BLOCK_WIDTH[size] >> 2)):
            tile.block_decoded[plane, i, j] = 0


@kernel(internal=True)
def exchange_coefs_contexts(search, frame, tile, block, plane, keep):
    """Keep what coefficients have left above and to the left of a plane of the block, or put it back."""
    shift_x, shift_y = 0, 0
    if plane:
        shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
    col, row = (block.mi_col - tile.mi_col_start) >> shift_x, (block.mi_row >> shift_y) & 31
    above, left = tile.above[CTX_COEFS_Y + plane], tile.left[CTX_COEFS_Y + plane]
    for i in range(NUM_4X4_BLOCKS_WIDE[block.mi_size]):
        if keep:
            search.coefs_above[plane, i] = above[col + i]
        else:
            above[col + i] = search.coefs_above[plane, i]
    for i in range(min(NUM_4X4_BLOCKS_HIGH[block.mi_size], 32 - row)):
        if keep:
            search.coefs_left[plane, i] = left[row + i]
        else:
            left[row + i] = search.coefs_left[plane, i]


@kernel(internal=True)
def search_plane(search, frame, tile, block, source, planes, plane, tx_size, tape, place):
    """Choose the transforms of a plane of a block; return D + λR. Samples alone are left, all but the last's.

    `tile.max_luma_w` and `h` are set with luma. `search.eob` is the sum of all eob. A copied block
    has been predicted.
    """
    shift_x, shift_y = 0, 0
    if plane:
        shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
    size = SUBSAMPLED_SIZE[block.mi_size, shift_x, shift_y]
    base_x, base_y = (block.mi_col >> shift_x) * 4, (block.mi_row >> shift_y) * 4
    w, h, width, height = TX_WIDTH[tx_size], TX_HEIGHT[tx_size], BLOCK_WIDTH[size], BLOCK_HEIGHT[size]
    cost, coded, several = 0.0, 0, width > w or height > h
    if several:
        exchange_coefs_contexts(search, frame, tile, block, plane, True)
    for y in range(0, height, h):
        for x in range(0, width, w):
            start_x, start_y = base_x + x, base_y + y
            if start_x >= (4 * frame.mi_cols) >> shift_x or start_y >= (4 * frame.mi_rows) >> shift_y:
                continue
            if not block.use_intrabc:
                predict_block(frame, tile, block, planes, plane, start_x, start_y, x >> 2, y >> 2, tx_size)
            if plane == 0:
                tile.max_luma_w, tile.max_luma_h = start_x + w, start_y + h
            cost += search_transform(
                search, frame, tile, block, source, planes, plane, start_x, start_y, tx_size, tape, place
            )
            coded += search.eob
            if x + w < width or y + h < height:
                apply_transform(frame, tile, block, planes, plane, start_x, start_y, tx_size, tape, place)
            place = tile.tape
    if several:
        exchange_coefs_contexts(search, frame, tile, block, plane, False)
        clear_decoded(frame, tile, block, plane)
    search.eob = coded
    return cost


@kernel(internal=True)
def replay_plane(frame, tile, block, planes, plane, tx_size, tape, place):
    """Predict (not a copy) and reconstruct a plane of a block from a tape; return where that ends."""
    shift_x, shift_y = 0, 0
    if plane:
        shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
    size = SUBSAMPLED_SIZE[block.mi_size, shift_x, shift_y]
    base_x, base_y = (block.mi_col >> shift_x) * 4, (block.mi_row >> shift_y) * 4
    for y in range(0, BLOCK_HEIGHT[size], TX_HEIGHT[tx_size]):
        for x in range(0, BLOCK_WIDTH[size], TX_WIDTH[tx_size]):
            start_x, start_y = base_x + x, base_y + y
            if start_x >= (4 * frame.mi_cols) >> shift_x or start_y >= (4 * frame.mi_rows) >> shift_y:
                continue
            if not block.use_intrabc:
                predict_block(frame, tile, block, planes, plane, start_x, start_y, x >> 2, y >> 2, tx_size)
            if plane == 0:
                tile.max_luma_w, tile.max_luma_h = start_x + TX_WIDTH[tx_size], start_y + TX_HEIGHT[tx_size]
            place = apply_transform(frame, tile, block, planes, plane, start_x, start_y, tx_size, tape, place)
    return place
