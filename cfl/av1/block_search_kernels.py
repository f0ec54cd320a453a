# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for the best modes of one block: candidates by a quick measure, the best of them by D + λR.

The block is left as the walk would leave it: its record and its decisions on the tape, its samples
reconstructed, its contexts left to the blocks that follow.
"""

import numpy as np

from cfl.av1.coefficient_kernels import (
    DQ_SHIFT,
    TX_CLASS,
    all_zero_context,
    chroma_tx_type,
    get_tx_set,
    index_of,
)
from cfl.av1.float_lanes import float_of, load_f8, magnitude_f8, store_f8, total_f8, zeros_f8
from cfl.av1.forward_transform_kernels import (
    forward_wht,
    kind_of,
    multiply,
    transform_columns,
    transform_rows,
)
from cfl.av1.kernel import kernel
from cfl.av1.lanes import load4, load8
from cfl.av1.mode_kernels import cfl_allowed, sign_of
from cfl.av1.quantize_kernels import quantize
from cfl.av1.residual_kernels import (
    get_tx_size_uv,
    largest_tx_size_uv,
    leave_decoded,
    predict_block,
    reset_block_context,
)
from cfl.av1.tables.cdfs import (
    ANGLE_DELTA_CDF,
    CFL_ALPHA_CDF,
    CFL_SIGN_CDF,
    FILTER_INTRA_CDF,
    FILTER_INTRA_MODE_CDF,
    INTRA_FRAME_Y_MODE_CDF,
    INTRA_TX_TYPE_SET1_CDF,
    INTRA_TX_TYPE_SET2_CDF,
    SKIP_CDF,
    TX_8X8_CDF,
    TX_16X16_CDF,
    TX_32X32_CDF,
    TX_64X64_CDF,
    TXB_SKIP_CDF,
    UV_MODE_CFL_ALLOWED_CDF,
    UV_MODE_CFL_NOT_ALLOWED_CDF,
)
from cfl.av1.tables.constants import (
    BLOCK_4X4,
    BLOCK_8X8,
    D67_PRED,
    DC_PRED,
    DCT_DCT,
    H_PRED,
    PAETH_PRED,
    SMOOTH_PRED,
    TX_4X4,
    UV_CFL_PRED,
    V_PRED,
)
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    MAX_TX_DEPTH_BY_SIZE,
    MAX_TX_SIZE_RECT,
    SPLIT_TX_SIZE,
    SUBSAMPLED_SIZE,
    TX_HEIGHT,
    TX_HEIGHT_LOG2,
    TX_SIZE_SQR,
    TX_SIZE_SQR_UP,
    TX_WIDTH,
)
from cfl.av1.tables.intra import FILTER_INTRA_MODE_TO_INTRA_DIR, INTRA_MODE_CONTEXT
from cfl.av1.tables.scans import ROW_SHIFT
from cfl.av1.tables.transform import TX_TYPE_INTRA_INV_SET1, TX_TYPE_INTRA_INV_SET2
from cfl.av1.tile_state import CTX_COEFS_Y, CTX_SKIP, CTX_Y_MODE
from cfl.av1.transform_kernels import inverse_transform_add
from cfl.av1.tx_size_kernels import tx_depth_context

# In the order in which they are tried: those that occur most come first.
TX_TYPES = np.array([0, 3, 1, 2, 9, 10, 11])


# --- samples and transforms -------------------------------------------------------------------------------


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
def transformed_difference(search, w, h):
    """Return the sum of absolute values of the residual's 8x8 transforms (4 in narrow blocks)."""
    tile_w, tile_h = min(w, 8), min(h, 8)
    matrices, half, coefs = search.matrices.reshape(-1), search.half[0], search.coefs
    columns, rows = 4096 if tile_h == 8 else 0, 5 * 4096 * 4 + (4096 if tile_w == 8 else 0)
    for i in range(0, h, tile_h):
        multiply(matrices, columns, search.residual, 64 * i, half, 64 * i, tile_h, tile_h, w)
    for j in range(0, w, tile_w):
        multiply(half, j, matrices, rows, coefs, j, h, tile_w, tile_w)
    total = zeros_f8()
    for i in range(h):
        for j in range(0, w, 8):  # of narrow blocks the upper lanes are zero, as the matrix is there
            total = total + magnitude_f8(load_f8(coefs, 64 * i + j))
    return total_f8(total)


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
    peak, shift = (1 << (7 + frame.bit_depth)) - 1, DQ_SHIFT[tx_size]
    q, cul_level, rows, columns = tile.dc_q[plane], 0, 0, 0
    for c in range(eob):
        value = np.int64(search_tape[start + c])
        if value:
            place = np.int64(frame.scan[first + np.uint64(c)])
            row, column = (place >> ROW_SHIFT) & 31, place & 31
            dequant = ((abs(value) * q) & 0xFFFFFF) >> shift
            dequant = -min(dequant, peak + 1) if value < 0 else min(dequant, peak)
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
    """Return the bits of intra_tx_type."""
    tx_set = get_tx_set(frame, block, tx_size)
    if tx_set == 0 or frame.qindex[block.segment_id] == 0:
        return 0.0
    direction = np.int64(block.y_mode)
    if block.use_filter_intra:
        direction = FILTER_INTRA_MODE_TO_INTRA_DIR[block.filter_intra_mode]
    context = 13 * TX_SIZE_SQR[tx_size] + direction
    if tx_set == 1:
        k = INTRA_TX_TYPE_SET1_CDF + 7 * context + index_of(TX_TYPE_INTRA_INV_SET1, tx_type)
    else:
        k = INTRA_TX_TYPE_SET2_CDF + 5 * context + index_of(TX_TYPE_INTRA_INV_SET2, tx_type)
    return np.float64(search.costs[k])


@kernel(internal=True)
def is_type_in_set(tx_set, tx_type):
    """Say whether an intra block of a set of transforms may use one."""
    if tx_set == 0:
        return tx_type == DCT_DCT
    return tx_type <= 3 or tx_type == 9 or (tx_set == 1 and tx_type <= 11)


@kernel(internal=True)
def leave_coefs_context(frame, tile, plane, x4, y4, tx_size, value):
    """Leave the level and DC context of a transform block."""
    shift_x, shift_y = 0, 0
    if plane:
        shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
    col, row = x4 - (tile.mi_col_start >> shift_x), y4 & 31
    for k in range(min(TX_WIDTH[tx_size] >> 2, (frame.mi_cols >> shift_x) - x4)):
        tile.above[CTX_COEFS_Y + plane, col + k] = value
    for k in range(min(TX_HEIGHT[tx_size] >> 2, (frame.mi_rows >> shift_y) - y4)):
        tile.left[CTX_COEFS_Y + plane, row + k] = value


@kernel(once=True)
def transform(search, block, tx_size, tx_type, have):
    """Transform the residual, whose columns have been by kind `have`, or -1; return what they are by now."""
    if block.lossless:
        forward_wht(search.residual, search.coefs)
        return have
    matrices, kind = search.matrices.reshape(-1), kind_of(tx_type, np.int64(0))
    if kind != have:
        transform_columns(search.residual, tx_size, kind, matrices, search.half[0])
    transform_rows(search.half[0], tx_size, kind_of(tx_type, np.int64(1)), matrices, search.coefs)
    return kind


@kernel(once=True)
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
    shift_x = frame.subsampling_x if plane else 0
    x4, y4 = start_x >> 2, start_y >> 2
    contexts = all_zero_context(
        frame, block, plane, tx_size, tile.above[CTX_COEFS_Y + plane], tile.left[CTX_COEFS_Y + plane],
        x4 - (tile.mi_col_start >> shift_x), y4 & 31,
    )  # fmt: skip
    tx_sz_ctx = (TX_SIZE_SQR[tx_size] + TX_SIZE_SQR_UP[tx_size] + 1) >> 1
    zero_cdf = TXB_SKIP_CDF + 2 * (13 * tx_sz_ctx + (contexts & 15))
    lam = search.lam
    best = squared + lam * search.costs[zero_cdf + 1]
    best_eob, best_type = 0, DCT_DCT
    tx_set, chroma_type = get_tx_set(frame, block, tx_size), DCT_DCT
    candidates = search.tx_types if tx_set and frame.qindex[block.segment_id] > 0 else 1
    if plane:
        candidates = 1
        chroma_type = chroma_tx_type(frame, tile, block, tx_size, x4, y4)
    have = -1
    for i in range(candidates):
        tx_type = chroma_type if plane else TX_TYPES[i]
        if not plane and not is_type_in_set(tx_set, tx_type):
            continue
        have = transform(search, block, tx_size, tx_type, have)
        free = 0.0 if block.lossless else lam  # without loss every level is what it is, whatever it costs
        eob = quantize(search, frame, tile, tx_size, TX_CLASS[tx_type], plane, contexts >> 4, free)
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
def apply_transform(search, frame, tile, block, planes, plane, start_x, start_y, tx_size, tape, place):
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
    leave_coefs_context(frame, tile, plane, start_x >> 2, start_y >> 2, tx_size, context)
    leave_decoded(frame, tile, plane, start_x >> 2, start_y >> 2, tx_size)
    return place + eob


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
def search_plane(search, frame, tile, block, source, planes, plane, tx_size, tape, place, reconstruct):
    """Choose the transforms of a plane of a block; return D + λR, and leave what comes of it if asked to.

    `tile.max_luma_w` and `h` are set with luma. `search.eob` is the sum of all eob.
    """
    shift_x, shift_y = 0, 0
    if plane:
        shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
    size = SUBSAMPLED_SIZE[block.mi_size, shift_x, shift_y]
    base_x, base_y = (block.mi_col >> shift_x) * 4, (block.mi_row >> shift_y) * 4
    w, h = TX_WIDTH[tx_size], TX_HEIGHT[tx_size]
    cost, coded = 0.0, 0
    several = BLOCK_WIDTH[size] > w or BLOCK_HEIGHT[size] > h
    for y in range(0, BLOCK_HEIGHT[size], h):
        for x in range(0, BLOCK_WIDTH[size], w):
            start_x, start_y = base_x + x, base_y + y
            if start_x >= (4 * frame.mi_cols) >> shift_x or start_y >= (4 * frame.mi_rows) >> shift_y:
                continue
            predict_block(frame, tile, block, planes, plane, start_x, start_y, x >> 2, y >> 2, tx_size)
            if plane == 0:
                tile.max_luma_w, tile.max_luma_h = start_x + w, start_y + h
            cost += search_transform(
                search, frame, tile, block, source, planes, plane, start_x, start_y, tx_size, tape, place
            )
            coded += search.eob
            if several or reconstruct:
                apply_transform(
                    search, frame, tile, block, planes, plane, start_x, start_y, tx_size, tape, place
                )
            place = tile.tape
    search.eob = coded
    return cost


@kernel(internal=True)
def replay_plane(search, frame, tile, block, planes, plane, tx_size, tape, place):
    """Predict and reconstruct a plane of a block from a tape; return where the tape goes on."""
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
            predict_block(frame, tile, block, planes, plane, start_x, start_y, x >> 2, y >> 2, tx_size)
            if plane == 0:
                tile.max_luma_w, tile.max_luma_h = start_x + TX_WIDTH[tx_size], start_y + TX_HEIGHT[tx_size]
            place = apply_transform(
                search, frame, tile, block, planes, plane, start_x, start_y, tx_size, tape, place
            )
    return place


# --- luma -------------------------------------------------------------------------------------------------


@kernel(internal=True)
def y_mode_cost(search, frame, tile, block):
    """Return the bits of the luma mode with its angle and filter-intra."""
    above, left = DC_PRED, DC_PRED
    if tile.avail_u:
        above = np.int64(tile.above[CTX_Y_MODE, block.mi_col - tile.mi_col_start])
    if tile.avail_l:
        left = np.int64(tile.left[CTX_Y_MODE, block.mi_row & 31])
    ctx = 5 * INTRA_MODE_CONTEXT[above] + INTRA_MODE_CONTEXT[left]
    mode, size = np.int64(block.y_mode), np.int64(block.mi_size)
    bits = np.float64(search.costs[INTRA_FRAME_Y_MODE_CDF + 13 * ctx + mode])
    if size >= BLOCK_8X8 and V_PRED <= mode <= D67_PRED:
        bits += search.costs[ANGLE_DELTA_CDF + 7 * (mode - V_PRED) + block.angle_delta_y + 3]
    if frame.enable_filter_intra and mode == DC_PRED and max(BLOCK_WIDTH[size], BLOCK_HEIGHT[size]) <= 32:
        bits += search.costs[FILTER_INTRA_CDF + 2 * size + block.use_filter_intra]
        if block.use_filter_intra:
            bits += search.costs[FILTER_INTRA_MODE_CDF + block.filter_intra_mode]
    return bits


@kernel(internal=True)
def tx_size_cost(search, frame, tile, block, depth):
    """Return the bits of tx_depth."""
    if block.mi_size == BLOCK_4X4 or block.lossless or not frame.tx_mode_select:
        return 0.0
    ctx = tx_depth_context(tile, block, MAX_TX_SIZE_RECT[block.mi_size])
    max_depth = MAX_TX_DEPTH_BY_SIZE[block.mi_size]
    offset = TX_64X64_CDF + 3 * ctx
    if max_depth == 3:
        offset = TX_32X32_CDF + 3 * ctx
    elif max_depth == 2:
        offset = TX_16X16_CDF + 3 * ctx
    elif max_depth < 2:
        offset = TX_8X8_CDF + 2 * ctx
    return np.float64(search.costs[offset + depth])


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
    search.mode[63] = 1 - slot
    search.eob = best_coded
    return best_cost


# --- chroma -----------------------------------------------------------------------------------------------


@kernel(internal=True)
def uv_mode_cost(search, frame, block):
    """Return the bits of the chroma mode with its angle or α."""
    mode = np.int64(block.uv_mode)
    costs = search.costs
    if cfl_allowed(frame, block):
        bits = np.float64(costs[UV_MODE_CFL_ALLOWED_CDF + 14 * block.y_mode + mode])
    else:
        bits = np.float64(costs[UV_MODE_CFL_NOT_ALLOWED_CDF + 13 * block.y_mode + mode])
    if mode == UV_CFL_PRED:
        return bits + cfl_alpha_cost(costs, np.int64(block.cfl_alpha_u), np.int64(block.cfl_alpha_v))
    if block.mi_size >= BLOCK_8X8 and V_PRED <= mode <= D67_PRED:
        bits += costs[ANGLE_DELTA_CDF + 7 * (mode - V_PRED) + block.angle_delta_uv + 3]
    return bits


@kernel(internal=True)
def cfl_alpha_cost(costs, alpha_u, alpha_v):
    """Return the bits of a pair of α."""
    sign_u, sign_v = sign_of(alpha_u), sign_of(alpha_v)
    bits = np.float64(costs[CFL_SIGN_CDF + 3 * sign_u + sign_v - 1])
    if sign_u:
        bits += costs[CFL_ALPHA_CDF + 16 * (3 * (sign_u - 1) + sign_v) + abs(alpha_u) - 1]
    if sign_v:
        bits += costs[CFL_ALPHA_CDF + 16 * (3 * (sign_v - 1) + sign_u) + abs(alpha_v) - 1]
    return bits


@kernel(internal=True)
def coded_cost(squared, n, lam):
    """Estimate D + λR of a residual from its squared error: that of n samples of noise, coded ideally.

    Below λ / (2 ln 2) a sample it costs less to leave it; above, half a bit a sample for each doubling.
    """
    floor = 0.72 * lam
    variance = squared / n
    if variance <= floor:
        return squared
    return n * (floor + lam * 0.5 * np.log2(variance / floor))


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
def best_alpha(search, estimates, first, sign, ctx):
    """Return the best α of a sign, and its estimated D + λR; of U, where first is 0, or V, where it is 64."""
    if sign == 0:
        return 0, np.float64(estimates[first + 16])
    best, chosen = 1e300, 0
    for magnitude in range(1, 17):
        alpha = magnitude if sign == 2 else -magnitude
        bits = search.costs[CFL_ALPHA_CDF + 16 * ctx + magnitude - 1]
        cost = estimates[first + alpha + 16] + search.lam * bits
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
        residual_sum = take_residual(search.residual, source[plane], planes[plane], start_x, start_y, w, h)
        square, product = ac_sums(ac, search.residual, w, h)
        square_sum = square
        for alpha in range(-16, 17):
            slope = alpha / 64.0
            squared = max(residual_sum - 2 * slope * product + slope * slope * square, 0.0)
            search.half[0, 64 * (plane - 1) + alpha + 16] = coded_cost(squared, n, lam)
    if square_sum == 0.0:
        return False
    best = 1e300
    best_u, best_v = 0, 0
    estimates = search.half[0]
    # a pair's bits are those of its signs and of each α in the context of the signs, so of equal signs the
    # best pair is the best of each
    for joint in range(1, 9):
        sign_u, sign_v = joint // 3, joint % 3
        u, cost_u = best_alpha(search, estimates, 0, sign_u, 3 * (sign_u - 1) + sign_v)
        v, cost_v = best_alpha(search, estimates, 64, sign_v, 3 * (sign_v - 1) + sign_u)
        cost = lam * search.costs[CFL_SIGN_CDF + joint - 1] + cost_u + cost_v
        if cost < best:
            best, best_u, best_v = cost, u, v
    block.cfl_alpha_u, block.cfl_alpha_v = best_u, best_v
    return True


@kernel(internal=True)
def try_chroma(search, frame, tile, block, source, planes, tx_size, tape):
    """Return D + λR of the block's chroma mode, and put its coefficients on a tape."""
    cost = search.lam * uv_mode_cost(search, frame, block)
    cost += search_plane(search, frame, tile, block, source[1], planes, 1, tx_size, tape, 0, False)
    coded, place = search.eob, tile.tape
    clear_decoded(frame, tile, block, 1)
    cost += search_plane(search, frame, tile, block, source[2], planes, 2, tx_size, tape, place, False)
    clear_decoded(frame, tile, block, 2)
    search.eob += coded
    return cost


@kernel(internal=True)
def score_chroma(
    search, frame, tile, block, source, planes, tx_size, start_x, start_y, count, mode, angle_delta
):
    """Measure a chroma mode quickly, and insert it into the candidates by its score."""
    block.uv_mode, block.angle_delta_uv = mode, angle_delta
    score = search.sqrt_lam * uv_mode_cost(search, frame, block)
    w, h = TX_WIDTH[tx_size], TX_HEIGHT[tx_size]
    for plane in range(1, 3):
        predict_block(frame, tile, block, planes, plane, start_x, start_y, 0, 0, tx_size)
        take_residual(search.residual, source[plane], planes[plane], start_x, start_y, w, h)
        score += transformed_difference(search, w, h)
    i = count
    while i > 0 and search.score[i - 1] > score:
        search.score[i], search.mode[i] = search.score[i - 1], search.mode[i - 1]
        search.angle[i] = search.angle[i - 1]
        i -= 1
    search.score[i], search.mode[i], search.angle[i] = score, mode, angle_delta


@kernel(internal=True)
def search_chroma(search, frame, tile, block, source, planes):
    """Choose the chroma mode and coefficients; leave them reconstructed. Return D + λR.

    `search.mode[ 62 ]` says on which of the chroma tapes they are.
    """
    tx_size, largest = get_tx_size_uv(frame, block), largest_tx_size_uv(frame, block)
    start_x, start_y = (block.mi_col >> frame.subsampling_x) * 4, (block.mi_row >> frame.subsampling_y) * 4
    block.cfl_alpha_u, block.cfl_alpha_v = 0, 0
    count = 0
    for k in range(14):
        mode, angle_delta = k, 0
        if k == 13:  # as luma, with its angle
            if block.angle_delta_y == 0:
                continue
            mode, angle_delta = np.int64(block.y_mode), np.int64(block.angle_delta_y)
        elif search.few_chroma_modes and mode != block.y_mode and H_PRED < mode < SMOOTH_PRED:
            continue
        score_chroma(
            search, frame, tile, block, source, planes, largest, start_x, start_y, count, mode, angle_delta
        )
        count += 1
    count = min(count, search.chroma_candidates)
    best_cost, best, best_angle, best_coded, slot = 1e300, 0, 0, 0, 0
    best_u, best_v = 0, 0
    for i in range(-1, count):
        if i < 0:
            if not search.cfl or not cfl_allowed(frame, block):
                continue
            block.uv_mode, block.angle_delta_uv = UV_CFL_PRED, 0
            if not choose_alphas(search, tile, frame, block, source, planes, start_x, start_y, tx_size):
                continue
        else:
            block.uv_mode, block.angle_delta_uv = search.mode[i], search.angle[i]
            block.cfl_alpha_u, block.cfl_alpha_v = 0, 0
        cost = try_chroma(search, frame, tile, block, source, planes, tx_size, search.chroma_tape[slot])
        if cost < best_cost:
            best_cost, best, best_angle = cost, np.int64(block.uv_mode), np.int64(block.angle_delta_uv)
            best_u, best_v = np.int64(block.cfl_alpha_u), np.int64(block.cfl_alpha_v)
            best_coded, slot = search.eob, 1 - slot
    block.uv_mode, block.angle_delta_uv = best, best_angle
    block.cfl_alpha_u, block.cfl_alpha_v = best_u, best_v
    tape = search.chroma_tape[1 - slot]
    place = replay_plane(search, frame, tile, block, planes, 1, tx_size, tape, 0)
    tile.tape = replay_plane(search, frame, tile, block, planes, 2, tx_size, tape, place)
    search.mode[62] = 1 - slot
    search.eob = best_coded
    return best_cost


# --- blocks -----------------------------------------------------------------------------------------------


@kernel(internal=True)
def search_block(search, frame, tile, block, tape, source, planes):
    """Choose everything of a block whose place is set (`begin_block`); append to the tape from `block.tape`.

    Returns
    -------
    float
        D + λR.
    """
    start = block.tape
    ctx = 0
    if tile.avail_u:
        ctx += tile.above[CTX_SKIP, block.mi_col - tile.mi_col_start]
    if tile.avail_l:
        ctx += tile.left[CTX_SKIP, block.mi_row & 31]
    cost = search.lam * search.costs[SKIP_CDF + 2 * ctx]
    cost += search_luma(search, frame, tile, block, source, planes)
    luma_length, coded = tile.tape, search.eob
    luma_tape = search.luma_tape[search.mode[63]]
    for i in range(luma_length):
        tape[start + i] = luma_tape[i]
    length = luma_length
    block.uv_mode, block.angle_delta_uv, block.cfl_alpha_u, block.cfl_alpha_v = DC_PRED, 0, 0, 0
    if block.has_chroma:
        cost += search_chroma(search, frame, tile, block, source, planes)
        coded += search.eob
        chroma_tape = search.chroma_tape[search.mode[62]]
        for i in range(tile.tape):
            tape[start + length + i] = chroma_tape[i]
        length += tile.tape
    block.skip = coded == 0
    if block.skip:
        cost += search.lam * (search.costs[SKIP_CDF + 2 * ctx + 1] - search.costs[SKIP_CDF + 2 * ctx])
        reset_block_context(frame, tile, block)
        length = 0
    tile.tape = start + length
    return cost
