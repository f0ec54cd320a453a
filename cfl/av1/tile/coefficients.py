# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The coefficients of a transform block (AV1 specification 5.11.39, 5.11.47), and their quantizers (7.12.3).

Levels are coded from the last coefficient to the first, in contexts of neighbouring levels that are already
coded; then signs and what exceeds a level of 14, from the first to the last. `tile.levels` holds the levels,
row by row with a border that stays zero, so that contexts may read beyond an end:

    levels[ row * (w + BORDER) + column ]

The tape has eob, the transform's type if the block is luma, and the quantized coefficients in the order of
the scan. Dequantized, they go to `tile.coefs`, in the column order of `inverse_transform_kernels`.
"""

import numpy as np

from cfl.av1.entropy.cdfs import (
    COEFF_BASE_CDF,
    COEFF_BASE_EOB_CDF,
    COEFF_BR_CDF,
    DC_SIGN_CDF,
    EOB_EXTRA_CDF,
    EOB_PT_CDFS,
    INTER_TX_TYPE_SET1_CDF,
    INTER_TX_TYPE_SET2_CDF,
    INTER_TX_TYPE_SET3_CDF,
    INTRA_TX_TYPE_SET1_CDF,
    INTRA_TX_TYPE_SET2_CDF,
    TXB_SKIP_CDF,
)
from cfl.av1.entropy.symbols import (
    code_bool,
    code_golomb,
    code_literal,
    code_symbol,
    code_symbol_inline,
)
from cfl.av1.entropy.tape import is_writing, keep, next_decision
from cfl.av1.tables.constants import (
    DCT_DCT,
    H_DCT,
    IDTX,
    TX_16X16,
    TX_32X32,
    TX_CLASS_2D,
    TX_CLASS_HORIZ,
    TX_CLASS_VERT,
    V_DCT,
)
from cfl.av1.tables.geometry import (
    ADJUSTED_TX_SIZE,
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    SUBSAMPLED_SIZE,
    TX_HEIGHT,
    TX_HEIGHT_LOG2,
    TX_SIZE_SQR,
    TX_SIZE_SQR_UP,
    TX_WIDTH,
    TX_WIDTH_LOG2,
)
from cfl.av1.tables.mode_contexts import FILTER_INTRA_MODE_TO_INTRA_DIR
from cfl.av1.tables.quantizer import QM_OFFSET
from cfl.av1.tables.scans import BASE_SHIFT, BR_SHIFT, ROW_SHIFT
from cfl.av1.tables.transform_types import (
    MODE_TO_TXFM,
    TX_TYPE_IN_SET_INTER,
    TX_TYPE_IN_SET_INTRA,
    TX_TYPE_INTER_INV_SET1,
    TX_TYPE_INTER_INV_SET2,
    TX_TYPE_INTER_INV_SET3,
    TX_TYPE_INTRA_INV_SET1,
    TX_TYPE_INTRA_INV_SET2,
)
from cfl.av1.tile.planes import subsampling_of
from cfl.av1.tile.state import CTX_COEFS_Y, ERROR_GOLOMB
from cfl.simd.integers import floor_log2
from cfl.simd.kernel import kernel

BORDER = 4
EOB_PT_CDF = np.array(EOB_PT_CDFS)
# log2 of dqDenom, by TxSize
DQ_SHIFT = np.array([0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 1, 2, 2, 0, 0, 0, 0, 1, 1])
# TX_CLASS_* by transform type
TX_CLASS = np.array(
    [TX_CLASS_VERT if t >= V_DCT and (t - V_DCT) % 2 == 0 else TX_CLASS_HORIZ if t >= H_DCT else TX_CLASS_2D
     for t in range(16)]
)  # fmt: skip


@kernel(internal=True)
def get_tx_sz_ctx(tx_size):
    """Return txSzCtx."""
    return (TX_SIZE_SQR[tx_size] + TX_SIZE_SQR_UP[tx_size] + 1) >> 1


@kernel(internal=True)
def get_tx_set(frame, block, tx_size):
    """get_tx_set."""
    sqr, sqr_up = TX_SIZE_SQR[tx_size], TX_SIZE_SQR_UP[tx_size]
    if sqr_up > TX_32X32:
        return 0
    if block.is_inter:
        if frame.reduced_tx_set or sqr_up == TX_32X32:
            return 3
        return 2 if sqr == TX_16X16 else 1
    if sqr_up == TX_32X32:
        return 0
    return 2 if frame.reduced_tx_set or sqr == TX_16X16 else 1


@kernel(internal=True)
def index_of(table, value):
    """Return where a value is in a table that holds it."""
    i = 0
    while i < table.shape[0] - 1 and table[i] != value:
        i += 1
    return i


@kernel(internal=True)
def intra_tx_type_cdf(block, tx_size, tx_set):
    """Return where the CDF of intra_tx_type is, in its context: of seven types in set 1, else of five."""
    direction = np.int64(block.y_mode)
    if block.use_filter_intra:
        direction = FILTER_INTRA_MODE_TO_INTRA_DIR[block.filter_intra_mode]
    context = 13 * TX_SIZE_SQR[tx_size] + direction
    return INTRA_TX_TYPE_SET1_CDF + 7 * context if tx_set == 1 else INTRA_TX_TYPE_SET2_CDF + 5 * context


@kernel(internal=True)
def inter_tx_type_cdf(tx_size, tx_set):
    """Return where the CDF of inter_tx_type is, in its context: of 16, 12 or two types."""
    sqr = TX_SIZE_SQR[tx_size]
    if tx_set == 1:
        return INTER_TX_TYPE_SET1_CDF + 16 * sqr
    return INTER_TX_TYPE_SET2_CDF if tx_set == 2 else INTER_TX_TYPE_SET3_CDF + 2 * sqr


@kernel(internal=True)
def has_tx_type(frame, block, tx_set):
    """Say whether the type of a luma transform is coded."""
    return tx_set > 0 and frame.qindex[block.segment_id] > 0


@kernel(internal=True)
def code_tx_type(coder, cdfs, frame, block, tx_size, tx_type):
    """Code inter_tx_type or intra_tx_type, if there is a choice; return the type."""
    tx_set = get_tx_set(frame, block, tx_size)
    if not has_tx_type(frame, block, tx_set):
        return DCT_DCT
    if block.is_inter:
        offset = inter_tx_type_cdf(tx_size, tx_set)
        if tx_set == 1:
            i = index_of(TX_TYPE_INTER_INV_SET1, tx_type)
            return TX_TYPE_INTER_INV_SET1[code_symbol(coder, cdfs, offset, 16, i)]
        if tx_set == 2:
            i = index_of(TX_TYPE_INTER_INV_SET2, tx_type)
            return TX_TYPE_INTER_INV_SET2[code_symbol(coder, cdfs, offset, 12, i)]
        i = index_of(TX_TYPE_INTER_INV_SET3, tx_type)
        return TX_TYPE_INTER_INV_SET3[code_symbol(coder, cdfs, offset, 2, i)]
    offset = intra_tx_type_cdf(block, tx_size, tx_set)
    if tx_set == 1:
        i = index_of(TX_TYPE_INTRA_INV_SET1, tx_type)
        return TX_TYPE_INTRA_INV_SET1[code_symbol(coder, cdfs, offset, 7, i)]
    i = index_of(TX_TYPE_INTRA_INV_SET2, tx_type)
    return TX_TYPE_INTRA_INV_SET2[code_symbol(coder, cdfs, offset, 5, i)]


@kernel(internal=True)
def leave_tx_type(tile, block, x4, y4, tx_size, tx_type):
    """Keep TxTypes for the chroma of an intra block copy."""
    if block.is_inter:
        for i in range(TX_HEIGHT[tx_size] >> 2):
            for j in range(TX_WIDTH[tx_size] >> 2):
                tile.tx_type_map[(y4 + i) & 31, (x4 + j) & 31] = tx_type


@kernel(internal=True)
def chroma_tx_type(frame, tile, block, tx_size, x4, y4):
    """compute_tx_type of a chroma block."""
    if block.lossless or TX_SIZE_SQR_UP[tx_size] > TX_32X32:
        return DCT_DCT
    tx_set = get_tx_set(frame, block, tx_size)
    if block.is_inter:
        row = max(block.mi_row, y4 << frame.subsampling_y)
        col = max(block.mi_col, x4 << frame.subsampling_x)
        tx_type = np.int64(tile.tx_type_map[row & 31, col & 31])
        return tx_type if TX_TYPE_IN_SET_INTER[tx_set, tx_type] else DCT_DCT
    tx_type = MODE_TO_TXFM[block.uv_mode]
    return tx_type if TX_TYPE_IN_SET_INTRA[tx_set, tx_type] else DCT_DCT


@kernel(internal=True)
def all_zero_context(frame, tile, block, plane, tx_size, x4, y4):
    """Return the context of all_zero, and 16 times that of dc_sign."""
    shift_x, shift_y = subsampling_of(frame, plane)
    above, left = tile.above[CTX_COEFS_Y + plane], tile.left[CTX_COEFS_Y + plane]
    col, row = x4 - (tile.mi_col_start >> shift_x), y4 & 31
    w4, h4 = TX_WIDTH[tx_size] >> 2, TX_HEIGHT[tx_size] >> 2
    top, beside, dc, any_above, any_left = 0, 0, 0, 0, 0
    for k in range(w4):
        context = np.int64(above[col + k])
        top = max(top, context & 63)
        any_above |= context
        dc += ((context >> 7) & 1) - ((context >> 6) & 1)
    for k in range(h4):
        context = np.int64(left[row + k])
        beside = max(beside, context & 63)
        any_left |= context
        dc += ((context >> 7) & 1) - ((context >> 6) & 1)
    dc_ctx = 1 if dc < 0 else 2 if dc > 0 else 0
    size = SUBSAMPLED_SIZE[block.mi_size, shift_x, shift_y]
    bw, bh, w, h = BLOCK_WIDTH[size], BLOCK_HEIGHT[size], TX_WIDTH[tx_size], TX_HEIGHT[tx_size]
    if plane:
        ctx = 7 + (any_above != 0) + (any_left != 0) + 3 * (bw * bh > w * h)
    elif bw == w and bh == h:
        ctx = 0
    elif top == 0 and beside == 0:
        ctx = 1
    elif top == 0 or beside == 0:
        ctx = 2 + (max(top, beside) > 3)
    elif max(top, beside) <= 3:
        ctx = 4
    else:
        ctx = 5 + (min(top, beside) > 3)
    return 16 * dc_ctx + ctx


@kernel(internal=True)
def eob_pt_cdf(multisize, ptype, is_1d):
    """Return where the CDF of eob_pt_* is; it has 5 + multisize symbols (eobMultisize)."""
    n = 5 + multisize
    return EOB_PT_CDF[multisize] + (n * (2 * ptype + is_1d) if multisize <= 4 else n * ptype)


@kernel(internal=True)
def eob_pt_of(eob):
    """Return eobPt."""
    return floor_log2(eob - 1) + 2 if eob > 2 else eob


@kernel(internal=True)
def eob_extra_cdf(tx_sz_ctx, ptype, eob_pt):
    """Return where the CDF of eob_extra is."""
    return EOB_EXTRA_CDF + 2 * ((2 * tx_sz_ctx + ptype) * 9 + eob_pt - 3)


@kernel(internal=True)
def code_eob(coder, cdfs, tx_size, tx_sz_ctx, ptype, is_1d, eob):
    """Code eob by its class, eob_pt_*, and its bits below."""
    multisize = min(TX_WIDTH_LOG2[tx_size], 5) + min(TX_HEIGHT_LOG2[tx_size], 5) - 4
    offset, n = eob_pt_cdf(multisize, ptype, is_1d), 5 + multisize
    eob_pt = 1 + code_symbol(coder, cdfs, offset, n, eob_pt_of(eob) - 1)
    if eob_pt <= 2:
        return eob_pt
    least = (1 << (eob_pt - 2)) + 1
    bits = eob_pt - 3
    rest = eob - least
    high = code_symbol(coder, cdfs, eob_extra_cdf(tx_sz_ctx, ptype, eob_pt), 2, (rest >> bits) & 1)
    return least + (high << bits) + code_literal(coder, bits, rest & ((1 << bits) - 1))


@kernel(internal=True)
def context_offsets(tx_class, stride):
    """Return the other neighbours that the contexts of a level use, besides those to the right and below."""
    if tx_class == TX_CLASS_HORIZ:
        return np.uint64(2), np.uint64(3), np.uint64(4)
    if tx_class == TX_CLASS_VERT:
        return np.uint64(2) * stride, np.uint64(3) * stride, np.uint64(4) * stride
    return stride + np.uint64(1), np.uint64(2), np.uint64(2) * stride


@kernel(inline=True)
def base_context(levels, k, stride, near, far_1, far_2, place):
    """Return the context of coeff_base, except for the DC of 2D classes; `place` is an entry of the scan."""
    mag = min(np.int64(levels[k + np.uint64(1)]), 3) + min(np.int64(levels[k + stride]), 3)
    mag += min(np.int64(levels[k + near]), 3) + min(np.int64(levels[k + far_1]), 3)
    mag += min(np.int64(levels[k + far_2]), 3)
    return min((mag + 1) >> 1, 4) + ((place >> BASE_SHIFT) & 63)


@kernel(inline=True)
def br_context(levels, k, stride, near, place):
    """Return the context of coeff_br."""
    mag = np.int64(levels[k + np.uint64(1)]) + np.int64(levels[k + stride]) + np.int64(levels[k + near])
    return min((mag + 1) >> 1, 6) + (place >> BR_SHIFT)


@kernel(inline=True)
def eob_level_context(c, count):
    """Return the context of coeff_base_eob, at a place in a scan of `count`."""
    return 0 if c == 0 else 1 if c <= count >> 3 else 2 if c <= count >> 2 else 3


@kernel(internal=True)
def code_levels(coder, cdfs, frame, tile, tx_size, tx_sz_ctx, ptype, tx_class, eob):
    """Code the levels up to 14, from the last to the first, into `tile.levels`.

    The levels of a writer are there already. No context reads a level that is coded later: a scan visits the
    neighbours that a context uses first.
    """
    levels, cdf_plane = tile.levels, 2 * tx_sz_ctx + ptype
    adjusted = ADJUSTED_TX_SIZE[tx_size]
    stride = np.uint64(TX_WIDTH[adjusted] + BORDER)
    count = TX_WIDTH[adjusted] * TX_HEIGHT[adjusted]
    first = np.uint64(frame.scan_start[tx_class, tx_size])
    base_cdf, br_cdf = COEFF_BASE_CDF + 168 * cdf_plane, COEFF_BR_CDF + 84 * (2 * min(tx_sz_ctx, 3) + ptype)
    near, far_1, far_2 = context_offsets(tx_class, stride)
    for c in range(eob - 1, -1, -1):
        place = np.int64(frame.scan[first + np.uint64(c)])
        k = np.uint64((place >> ROW_SHIFT) & 31) * stride + np.uint64(place & 31)
        value = np.int64(levels[k])
        if c == eob - 1:
            offset = COEFF_BASE_EOB_CDF + 3 * (4 * cdf_plane + eob_level_context(c, count))
            level = 1 + code_symbol(coder, cdfs, offset, 3, min(value, 3) - 1)
        else:
            ctx = base_context(levels, k, stride, near, far_1, far_2, place)
            if c == 0 and tx_class == TX_CLASS_2D:
                ctx = 0
            level = code_symbol_inline(coder, cdfs, base_cdf + 4 * ctx, 4, min(value, 3))
        if level > 2:
            ctx = br_context(levels, k, stride, near, place)
            for _ in range(4):
                more = code_symbol_inline(coder, cdfs, br_cdf + 4 * ctx, 4, min(value - level, 3))
                level += more
                if more < 3:
                    break
        levels[k] = level


@kernel(internal=True)
def quantizers(frame, tile, block):
    """Set the quantizers of the block's planes: get_dc_quant and get_ac_quant."""
    for plane in range(frame.num_planes):
        dc, ac = block.qindex + frame.delta_q_dc[plane], block.qindex + frame.delta_q_ac[plane]
        tile.dc_q[plane] = frame.dc_qlookup[min(max(dc, 0), 255)]
        tile.ac_q[plane] = frame.ac_qlookup[min(max(ac, 0), 255)]


@kernel(inline=True)
def dequantized(level, negative, quantizer, dq_shift, bit_depth):
    """Return Dequant of a level: 7.12.3, from step c on."""
    dequant, peak = ((level * quantizer) & 0xFFFFFF) >> dq_shift, 1 << (7 + bit_depth)
    return -min(dequant, peak) if negative else min(dequant, peak - 1)


@kernel(internal=True)
def leave_coefs_context(frame, tile, plane, x4, y4, tx_size, value):
    """Leave culLevel and dcCategory of a transform block, within the frame; contexts beyond stay 0."""
    shift_x, shift_y = subsampling_of(frame, plane)
    col, row = x4 - (tile.mi_col_start >> shift_x), y4 & 31
    for k in range(min(TX_WIDTH[tx_size] >> 2, (frame.mi_cols >> shift_x) - x4)):
        tile.above[CTX_COEFS_Y + plane, col + k] = value
    for k in range(min(TX_HEIGHT[tx_size] >> 2, (frame.mi_rows >> shift_y) - y4)):
        tile.left[CTX_COEFS_Y + plane, row + k] = value


@kernel(internal=True)
def code_signs(coder, cdfs, frame, tile, block, tape, plane, tx_size, eob, tx_class, dc_ctx):
    """Code signs and golomb bits; leave dequantized coefficients, and zero the levels.

    Returns
    -------
    int
        culLevel, with dcCategory in the bits above.
    """
    levels, coefs, writing, recording = tile.levels, tile.coefs, is_writing(coder), tile.recording
    stride = np.uint64(TX_WIDTH[ADJUSTED_TX_SIZE[tx_size]] + BORDER)
    first = np.uint64(frame.scan_start[tx_class, tx_size])
    log2_th = np.uint64(min(TX_HEIGHT_LOG2[tx_size], 5))
    tw_log2 = min(TX_WIDTH_LOG2[tx_size], 5)
    level_of_matrix = frame.qm_level[plane, block.segment_id]
    has_matrix = frame.using_qmatrix and tile.plane_tx_type < IDTX and level_of_matrix < 15
    q, ac_q, dq_shift = tile.dc_q[plane], tile.ac_q[plane], DQ_SHIFT[tx_size]
    cul_level, dc_category, rows, columns = 0, 0, 0, 0
    start = tile.tape
    for c in range(eob):
        place = np.int64(frame.scan[first + np.uint64(c)])
        row, column = (place >> ROW_SHIFT) & 31, place & 31
        k = np.uint64(row) * stride + np.uint64(column)
        level = np.int64(levels[k])
        levels[k] = 0
        value = np.int64(tape[start + c]) if writing else 0
        if level:
            negative = value < 0
            if c == 0:
                negative = code_symbol(coder, cdfs, DC_SIGN_CDF + 2 * (3 * (plane > 0) + dc_ctx), 2, negative)
                dc_category = 1 if negative else 2
            else:
                negative = code_bool(coder, negative)
            if level > 14:
                more = code_golomb(coder, abs(value) - 14)
                if more == 0:
                    tile.error = ERROR_GOLOMB
                level = (more + 14) & 0xFFFFF
            cul_level += level
            value = -level if negative else level
            quantizer = q
            if has_matrix:
                at = QM_OFFSET[tx_size] + (row << tw_log2) + column
                weight = np.int64(frame.quantizer_matrix[level_of_matrix, np.int64(plane > 0), at])
                quantizer = (q * weight + 16) >> 5
            dequant = dequantized(level, negative, quantizer, dq_shift, frame.bit_depth)
            coefs[(np.uint64(column) << log2_th) + np.uint64(row)] = dequant
            rows, columns = max(rows, row), max(columns, column)
        if recording:
            tape[start + c] = value
        q = ac_q
    tile.tape = start + eob
    tile.coef_rows, tile.coef_columns = rows + 1, columns + 1
    return min(cul_level, 63) | dc_category << 6


@kernel(internal=True)
def place_levels(frame, tile, tape, tx_size, tx_class, eob):
    """Put a writer's levels, up to 15, into `tile.levels`."""
    stride = np.uint64(TX_WIDTH[ADJUSTED_TX_SIZE[tx_size]] + BORDER)
    first = frame.scan_start[tx_class, tx_size]
    for c in range(eob):
        place = np.int64(frame.scan[first + c])
        k = np.uint64((place >> ROW_SHIFT) & 31) * stride + np.uint64(place & 31)
        tile.levels[k] = min(abs(np.int64(tape[tile.tape + c])), 15)


@kernel(internal=True)
def code_coefs(coder, cdfs, frame, tile, block, tape, plane, x4, y4, tx_size):
    """coeffs: code a transform block's coefficients; return eob.

    Leaves `tile.plane_tx_type`, and the coefficients with their bounds for the inverse transform.
    """
    ptype, tx_sz_ctx = 1 if plane else 0, get_tx_sz_ctx(tx_size)
    contexts = all_zero_context(frame, tile, block, plane, tx_size, x4, y4)
    eob = next_decision(coder, tile, tape)
    offset = TXB_SKIP_CDF + 2 * (13 * tx_sz_ctx + (contexts & 15))
    all_zero = code_symbol(coder, cdfs, offset, 2, eob == 0)
    tile.plane_tx_type = DCT_DCT
    left_behind = 0
    if all_zero:
        eob = 0
        keep(tile, tape, eob)
        if plane == 0:
            leave_tx_type(tile, block, x4, y4, tx_size, DCT_DCT)
    else:
        eob_place = tile.tape
        tile.tape = eob_place + 1
        if plane == 0:
            tx_type = code_tx_type(coder, cdfs, frame, block, tx_size, next_decision(coder, tile, tape))
            keep(tile, tape, tx_type)
            leave_tx_type(tile, block, x4, y4, tx_size, tx_type)
            block.tx_types |= 1 << tx_type
        else:
            tx_type = chroma_tx_type(frame, tile, block, tx_size, x4, y4)
        tile.plane_tx_type = tx_type
        tx_class = TX_CLASS[tx_type]
        eob = code_eob(coder, cdfs, tx_size, tx_sz_ctx, ptype, tx_class != TX_CLASS_2D, eob)
        if tile.recording:
            tape[eob_place] = eob
        if is_writing(coder):
            place_levels(frame, tile, tape, tx_size, tx_class, eob)
        code_levels(coder, cdfs, frame, tile, tx_size, tx_sz_ctx, ptype, tx_class, eob)
        left_behind = code_signs(
            coder, cdfs, frame, tile, block, tape, plane, tx_size, eob, tx_class, contexts >> 4
        )
    leave_coefs_context(frame, tile, plane, x4, y4, tx_size, left_behind)
    return eob
