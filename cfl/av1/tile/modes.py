# mypy: disable-error-code="no-untyped-def"
"""The mode info of a block of an intra frame (AV1 specification 5.11.7 to 5.11.16, 5.11.42 and others).

Each function codes some fields of the block's record, in either direction, with contexts of 8.3.2.
"""

import numpy as np

from cfl.av1.entropy.cdfs import (
    ANGLE_DELTA_CDF,
    CFL_ALPHA_CDF,
    CFL_SIGN_CDF,
    DELTA_LF_CDF,
    DELTA_LF_MULTI_CDF,
    DELTA_Q_CDF,
    FILTER_INTRA_CDF,
    FILTER_INTRA_MODE_CDF,
    INTRA_FRAME_Y_MODE_CDF,
    SEGMENT_ID_CDF,
    SKIP_CDF,
    UV_MODE_CFL_ALLOWED_CDF,
    UV_MODE_CFL_NOT_ALLOWED_CDF,
)
from cfl.av1.entropy.symbols import code_bool, code_literal, code_symbol
from cfl.av1.entropy.tape import is_writing
from cfl.av1.tables.constants import (
    BLOCK_4X4,
    BLOCK_8X8,
    BLOCK_64X64,
    BLOCK_128X128,
    CFL_ALPHABET_SIZE,
    CFL_JOINT_SIGNS,
    D67_PRED,
    DC_PRED,
    MAX_LOOP_FILTER,
    V_PRED,
)
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
    SUBSAMPLED_SIZE,
)
from cfl.av1.tables.mode_contexts import INTRA_MODE_CONTEXT
from cfl.av1.tile.state import CTX_SKIP, CTX_Y_MODE, ERROR_SEGMENT_ID
from cfl.prediction.tables import CFL_SIGN_NEG, CFL_SIGN_POS, CFL_SIGN_ZERO
from cfl.simd.integers import floor_log2
from cfl.simd.kernel import kernel


@kernel(internal=True)
def neg_deinterleave(diff, ref, maximum):
    """Return the segment that a coded difference from the predicted segment stands for (5.11.9)."""
    if ref == 0:
        return diff
    if ref >= maximum - 1:
        return maximum - diff - 1
    if 2 * ref < maximum:
        if diff > 2 * ref:
            return diff
    elif diff > 2 * (maximum - ref - 1):
        return maximum - (diff + 1)
    if diff & 1:
        return ref + ((diff + 1) >> 1)
    return ref - (diff >> 1)


@kernel(internal=True)
def predict_segment_id(tile, block, segment_ids):
    """Return the predicted segment_id, with its context in the bits above (read_segment_id)."""
    r, c = block.mi_row, block.mi_col
    if not (tile.avail_u and tile.avail_l):
        if tile.avail_u:
            return np.int64(segment_ids[r - 1, c])
        return np.int64(segment_ids[r, c - 1]) if tile.avail_l else 0
    prev_ul, prev_u = np.int64(segment_ids[r - 1, c - 1]), np.int64(segment_ids[r - 1, c])
    prev_l = np.int64(segment_ids[r, c - 1])
    equal = (prev_ul == prev_u) + (prev_ul == prev_l) + (prev_u == prev_l)
    ctx = 2 if equal == 3 else 1 if equal else 0
    return 8 * ctx + (prev_u if prev_ul == prev_u else prev_l)


@kernel(internal=True)
def read_segment_id(coder, cdfs, frame, tile, block, segment_ids, wanted, skip):
    """read_segment_id; return segment_id, which is the predicted one if the block is skipped."""
    predicted = predict_segment_id(tile, block, segment_ids)
    ctx, segment_id = predicted >> 3, predicted & 7
    if not skip:
        maximum = frame.last_active_seg_id + 1
        diff = 0
        while diff < 7 and neg_deinterleave(diff, predicted & 7, maximum) != wanted:
            diff += 1
        diff = code_symbol(coder, cdfs, SEGMENT_ID_CDF + 8 * ctx, 8, diff)
        segment_id = neg_deinterleave(diff, predicted & 7, maximum)
        if segment_id < 0 or segment_id >= maximum:
            tile.error = ERROR_SEGMENT_ID
            segment_id = 0
    return segment_id


@kernel(internal=True)
def code_segment_id(coder, cdfs, frame, tile, block, segment_ids, skip):
    """intra_segment_id."""
    wanted = np.int64(block.segment_id) if is_writing(coder) else 0
    segment_id = 0
    if frame.segmentation_enabled:
        segment_id = read_segment_id(coder, cdfs, frame, tile, block, segment_ids, wanted, skip)
    block.segment_id = segment_id
    block.lossless = frame.lossless[segment_id]


@kernel(internal=True)
def skip_cdf(tile, block):
    """Return where the CDF of skip is, in its context."""
    ctx = 0
    if tile.avail_u:
        ctx += tile.above[CTX_SKIP, block.mi_col - tile.mi_col_start]
    if tile.avail_l:
        ctx += tile.left[CTX_SKIP, block.mi_row & 31]
    return SKIP_CDF + 2 * ctx


@kernel(internal=True)
def code_skip(coder, cdfs, frame, tile, block):
    """read_skip."""
    if frame.seg_id_pre_skip and frame.seg_skip[block.segment_id]:
        block.skip = 1
        return
    block.skip = code_symbol(coder, cdfs, skip_cdf(tile, block), 2, block.skip)


@kernel(internal=True)
def code_cdef(coder, frame, tile, block, cdef_idx):
    """read_cdef: at the first block of each 64x64 that is not skipped."""
    if block.skip or not frame.read_cdef:
        return
    mask = frame.use_128x128_superblock
    row, col = block.mi_row >> 4, block.mi_col >> 4
    first = (row & mask) << 1 | (col & mask)
    if tile.cdef_coded[first]:
        return
    value = code_literal(coder, frame.cdef_bits, tile.cdef_wanted[first])
    rows = max(NUM_4X4_BLOCKS_HIGH[block.mi_size] >> 4, 1)
    cols = max(NUM_4X4_BLOCKS_WIDE[block.mi_size] >> 4, 1)
    for i in range(row, min(row + rows, cdef_idx.shape[0])):
        for j in range(col, min(col + cols, cdef_idx.shape[1])):
            cdef_idx[i, j] = value
            tile.cdef_coded[(i & mask) << 1 | (j & mask)] = 1


@kernel(internal=True)
def code_delta(coder, cdfs, offset, value):
    """Code delta_q_abs or delta_lf_abs, the bits of a large one, and the sign."""
    magnitude = abs(value)
    small = code_symbol(coder, cdfs, offset, 4, min(magnitude, 3))
    if small == 3:  # then the magnitude is (1 << bits) + 1 plus a number of `bits` bits
        bits = floor_log2(max(magnitude - 1, 2))
        bits = 1 + code_literal(coder, 3, bits - 1)
        small = (1 << bits) + 1 + code_literal(coder, bits, magnitude - 1 - (1 << bits))
    if small and code_bool(coder, value < 0):
        return -small
    return small


@kernel(internal=True)
def code_delta_qindex(coder, cdfs, frame, tile, block):
    """read_delta_qindex; then the block's qindex."""
    if tile.read_deltas:
        delta = code_delta(coder, cdfs, DELTA_Q_CDF, block.reduced_delta_qindex)
        block.reduced_delta_qindex = delta
        if delta:
            moved = tile.current_q_index + (delta << frame.delta_q_res)
            tile.current_q_index = min(max(moved, 1), 255)
    else:
        block.reduced_delta_qindex = 0


@kernel(internal=True)
def code_delta_lf(coder, cdfs, frame, tile, block):
    """read_delta_lf."""
    count = 0
    if tile.read_deltas and frame.delta_lf_present:
        count = 1
        if frame.delta_lf_multi:
            count = 4 if frame.num_planes > 1 else 2
    for i in range(4):
        delta = 0
        if i < count:
            offset = DELTA_LF_MULTI_CDF + 4 * i if frame.delta_lf_multi else DELTA_LF_CDF
            delta = code_delta(coder, cdfs, offset, block.reduced_delta_lf[i])
            moved = tile.delta_lf[i] + (delta << frame.delta_lf_res)
            if delta:
                tile.delta_lf[i] = min(max(moved, -MAX_LOOP_FILTER), MAX_LOOP_FILTER)
        block.reduced_delta_lf[i] = delta
        block.delta_lf[i] = tile.delta_lf[i]


@kernel(internal=True)
def code_deltas(coder, cdfs, frame, tile, block):
    """Code the deltas, with the first block of a superblock that is not skipped as a whole."""
    superblock = BLOCK_128X128 if frame.use_128x128_superblock else BLOCK_64X64
    if block.mi_size == superblock and block.skip:
        tile.read_deltas = 0
    code_delta_qindex(coder, cdfs, frame, tile, block)
    code_delta_lf(coder, cdfs, frame, tile, block)
    tile.read_deltas = 0
    qindex = tile.current_q_index if frame.delta_q_present else frame.base_q_idx
    block.qindex = min(max(qindex + frame.seg_alt_q[block.segment_id], 0), 255)


@kernel(internal=True)
def has_angle_delta(block, mode):
    """Say whether a mode of the block is one of the eight directions and has an angle delta."""
    return block.mi_size >= BLOCK_8X8 and V_PRED <= mode <= D67_PRED


@kernel(internal=True)
def code_angle_delta(coder, cdfs, block, mode, angle_delta):
    """intra_angle_info_y or intra_angle_info_uv."""
    if not has_angle_delta(block, mode):
        return 0
    return code_symbol(coder, cdfs, ANGLE_DELTA_CDF + 7 * (mode - V_PRED), 7, angle_delta + 3) - 3


@kernel(internal=True)
def y_mode_cdf(tile, block):
    """Return where the CDF of intra_frame_y_mode is, in its context."""
    above, left = DC_PRED, DC_PRED
    if tile.avail_u:
        above = tile.above[CTX_Y_MODE, block.mi_col - tile.mi_col_start]
    if tile.avail_l:
        left = tile.left[CTX_Y_MODE, block.mi_row & 31]
    return INTRA_FRAME_Y_MODE_CDF + 13 * (5 * INTRA_MODE_CONTEXT[above] + INTRA_MODE_CONTEXT[left])


@kernel(internal=True)
def code_y_mode(coder, cdfs, tile, block):
    """intra_frame_y_mode and its angle."""
    block.y_mode = code_symbol(coder, cdfs, y_mode_cdf(tile, block), 13, block.y_mode)
    block.angle_delta_y = code_angle_delta(coder, cdfs, block, block.y_mode, block.angle_delta_y)


@kernel(internal=True)
def cfl_allowed(frame, block):
    """Say whether a block may use chroma from luma (8.3.2, uv_mode)."""
    size = block.mi_size
    if block.lossless:
        return SUBSAMPLED_SIZE[size, frame.subsampling_x, frame.subsampling_y] == BLOCK_4X4
    return max(BLOCK_WIDTH[size], BLOCK_HEIGHT[size]) <= 32


@kernel(internal=True)
def uv_mode_cdf(frame, block):
    """Return where the CDF of uv_mode is, in its context, and of how many modes."""
    if cfl_allowed(frame, block):
        return UV_MODE_CFL_ALLOWED_CDF + 14 * block.y_mode, 14
    return UV_MODE_CFL_NOT_ALLOWED_CDF + 13 * block.y_mode, 13


@kernel(internal=True)
def code_uv_mode(coder, cdfs, frame, block):
    """uv_mode."""
    offset, n = uv_mode_cdf(frame, block)
    block.uv_mode = code_symbol(coder, cdfs, offset, n, block.uv_mode)


@kernel(internal=True)
def sign_of(alpha):
    """Return CFL_SIGN_ZERO, CFL_SIGN_NEG or CFL_SIGN_POS."""
    return CFL_SIGN_POS if alpha > 0 else CFL_SIGN_NEG if alpha < 0 else CFL_SIGN_ZERO


@kernel(internal=True)
def cfl_alpha_cdf(sign, other_sign):
    """Return where the CDF of an α's magnitude is, in the context of its sign, not zero, and the other's."""
    return CFL_ALPHA_CDF + CFL_ALPHABET_SIZE * (3 * (sign - 1) + other_sign)


@kernel(internal=True)
def code_cfl_alpha(coder, cdfs, sign, other_sign, alpha):
    """cfl_alpha_u or cfl_alpha_v, of a sign that is coded."""
    if sign == CFL_SIGN_ZERO:
        return 0
    offset = cfl_alpha_cdf(sign, other_sign)
    magnitude = 1 + code_symbol(coder, cdfs, offset, CFL_ALPHABET_SIZE, abs(alpha) - 1)
    return magnitude if sign == CFL_SIGN_POS else -magnitude


@kernel(internal=True)
def code_cfl_alphas(coder, cdfs, block):
    """read_cfl_alphas. A writer's two α must not both be 0."""
    joint = 3 * sign_of(block.cfl_alpha_u) + sign_of(block.cfl_alpha_v) - 1
    joint = code_symbol(coder, cdfs, CFL_SIGN_CDF, CFL_JOINT_SIGNS, joint) + 1
    sign_u, sign_v = joint // 3, joint % 3
    block.cfl_alpha_u = code_cfl_alpha(coder, cdfs, sign_u, sign_v, block.cfl_alpha_u)
    block.cfl_alpha_v = code_cfl_alpha(coder, cdfs, sign_v, sign_u, block.cfl_alpha_v)


@kernel(internal=True)
def filter_intra_allowed(frame, block):
    """Say whether a block may use filter-intra."""
    size = block.mi_size
    return (
        frame.enable_filter_intra
        and block.y_mode == DC_PRED
        and block.palette_size_y == 0
        and max(BLOCK_WIDTH[size], BLOCK_HEIGHT[size]) <= 32
    )


@kernel(internal=True)
def code_filter_intra(coder, cdfs, frame, block):
    """filter_intra_mode_info."""
    size = block.mi_size
    if not filter_intra_allowed(frame, block):
        block.use_filter_intra = 0
        return
    block.use_filter_intra = code_symbol(coder, cdfs, FILTER_INTRA_CDF + 2 * size, 2, block.use_filter_intra)
    if block.use_filter_intra:
        block.filter_intra_mode = code_symbol(coder, cdfs, FILTER_INTRA_MODE_CDF, 5, block.filter_intra_mode)
