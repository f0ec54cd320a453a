"""What the standard derives from the fields of a frame header, transcribed from its pseudo-code, slowly."""

MAX_TILE_WIDTH, MAX_TILE_AREA, MAX_TILE_COLS, MAX_TILE_ROWS = 4096, 4096 * 2304, 64, 64
SUPERRES_NUM, RESTORATION_TILESIZE_MAX = 8, 256
RESTORE_NONE, RESTORE_WIENER, RESTORE_SGRPROJ, RESTORE_SWITCHABLE = 0, 1, 2, 3
REMAP_LR_TYPE = [RESTORE_NONE, RESTORE_SWITCHABLE, RESTORE_WIENER, RESTORE_SGRPROJ]


def superres(upscaled_width, superres_denom):
    """FrameWidth of superres_params (5.9.8), and the least one that libaom and dav1d take it for."""
    frame_width = (upscaled_width * SUPERRES_NUM + (superres_denom // 2)) // superres_denom
    return max(frame_width, min(16, upscaled_width))


def compute_image_size(frame_width, frame_height):
    """MiCols and MiRows (5.9.9)."""
    return 2 * ((frame_width + 7) >> 3), 2 * ((frame_height + 7) >> 3)


def tile_log2(blk_size, target):
    k = 0
    while (blk_size << k) < target:
        k += 1
    return k


def tile_info(mi_cols, mi_rows, use_128x128, uniform, cols_log2, rows_log2, widths, heights):
    """MiColStarts, MiRowStarts, TileColsLog2, TileRowsLog2 (5.9.15) of the log2 or of the sizes coded."""
    sb_cols = ((mi_cols + 31) >> 5) if use_128x128 else ((mi_cols + 15) >> 4)
    sb_rows = ((mi_rows + 31) >> 5) if use_128x128 else ((mi_rows + 15) >> 4)
    sb_shift = 5 if use_128x128 else 4
    mi_col_starts, mi_row_starts = [], []
    if uniform:
        tile_width_sb = (sb_cols + (1 << cols_log2) - 1) >> cols_log2
        start_sb = 0
        while start_sb < sb_cols:
            mi_col_starts.append(start_sb << sb_shift)
            start_sb += tile_width_sb
        tile_height_sb = (sb_rows + (1 << rows_log2) - 1) >> rows_log2
        start_sb = 0
        while start_sb < sb_rows:
            mi_row_starts.append(start_sb << sb_shift)
            start_sb += tile_height_sb
    else:
        start_sb = 0
        for width_in_sbs_minus_1 in widths:
            mi_col_starts.append(start_sb << sb_shift)
            start_sb += width_in_sbs_minus_1 + 1
        assert start_sb == sb_cols
        start_sb = 0
        for height_in_sbs_minus_1 in heights:
            mi_row_starts.append(start_sb << sb_shift)
            start_sb += height_in_sbs_minus_1 + 1
        assert start_sb == sb_rows
        cols_log2 = tile_log2(1, len(widths))
        rows_log2 = tile_log2(1, len(heights))
    return [*mi_col_starts, mi_cols], [*mi_row_starts, mi_rows], cols_log2, rows_log2


def get_qindex(base_q_idx, segmentation_enabled, alt_q_enabled, alt_q_data):
    """get_qindex( 1, segmentId ) (7.12.2)."""
    if segmentation_enabled and alt_q_enabled:
        return max(0, min(255, base_q_idx + alt_q_data))
    return base_q_idx


def loop_restoration_size(use_128x128, is_420, lr_types, lr_unit_shift, lr_unit_extra_shift, lr_uv_shift):
    """FrameRestorationType and LoopRestorationSize (5.9.20) of the fields coded."""
    frame_restoration_type = [REMAP_LR_TYPE[lr_type] for lr_type in lr_types]
    uses_chroma_lr = any(frame_restoration_type[1:])
    if use_128x128:
        lr_unit_shift += 1
    elif lr_unit_shift:
        lr_unit_shift += lr_unit_extra_shift
    if not (is_420 and uses_chroma_lr):
        lr_uv_shift = 0
    size = RESTORATION_TILESIZE_MAX >> (2 - lr_unit_shift)
    return frame_restoration_type, [size, size >> lr_uv_shift, size >> lr_uv_shift]


# --- Inter frames

WARPEDMODEL_PREC_BITS = 16
GM_ABS_ALPHA_BITS, GM_ALPHA_PREC_BITS = 12, 15
GM_ABS_TRANS_ONLY_BITS, GM_TRANS_ONLY_PREC_BITS = 9, 3
GM_ABS_TRANS_BITS, GM_TRANS_PREC_BITS = 12, 6
TRANSLATION = 1
DEFAULT_GM_PARAMS = [0, 0, 1 << WARPEDMODEL_PREC_BITS, 0, 0, 1 << WARPEDMODEL_PREC_BITS]
LAST_FRAME, LAST2_FRAME, LAST3_FRAME, GOLDEN_FRAME, BWDREF_FRAME, ALTREF2_FRAME, ALTREF_FRAME = range(1, 8)
NUM_REF_FRAMES, REFS_PER_FRAME = 8, 7


def read_global_param(gm_type, idx, prev_gm_param, allow_high_precision_mv, v):
    """gm_params[ ref ][ idx ] of read_global_param (5.9.25), where decode_subexp returns `v`."""
    abs_bits, prec_bits = GM_ABS_ALPHA_BITS, GM_ALPHA_PREC_BITS
    if idx < 2:
        if gm_type == TRANSLATION:
            abs_bits = GM_ABS_TRANS_ONLY_BITS - (not allow_high_precision_mv)
            prec_bits = GM_TRANS_ONLY_PREC_BITS - (not allow_high_precision_mv)
        else:
            abs_bits, prec_bits = GM_ABS_TRANS_BITS, GM_TRANS_PREC_BITS
    prec_diff = WARPEDMODEL_PREC_BITS - prec_bits
    round_ = (1 << WARPEDMODEL_PREC_BITS) if (idx % 3) == 2 else 0
    sub = (1 << prec_bits) if (idx % 3) == 2 else 0
    mx = 1 << abs_bits
    r = (prev_gm_param >> prec_diff) - sub
    return (decode_signed_subexp_with_ref(-mx, mx + 1, r, v) << prec_diff) + round_


def decode_signed_subexp_with_ref(low, high, r, v):
    return decode_unsigned_subexp_with_ref(high - low, r - low, v) + low


def decode_unsigned_subexp_with_ref(mx, r, v):
    if (r << 1) <= mx:
        return inverse_recenter(r, v)
    return mx - 1 - inverse_recenter(mx - 1 - r, v)


def inverse_recenter(r, v):
    if v > 2 * r:
        return v
    if v & 1:
        return r - ((v + 1) >> 1)
    return r + (v >> 1)


def get_relative_dist(a, b, order_hint_bits):
    """5.9.3."""
    if order_hint_bits == 0:
        return 0
    diff = a - b
    m = 1 << (order_hint_bits - 1)
    return (diff & (m - 1)) - (diff & m)


def set_frame_refs(ref_order_hint, order_hint, order_hint_bits, last_frame_idx, gold_frame_idx):
    """ref_frame_idx of 7.8."""
    ref_frame_idx = [-1] * REFS_PER_FRAME
    ref_frame_idx[LAST_FRAME - LAST_FRAME] = last_frame_idx
    ref_frame_idx[GOLDEN_FRAME - LAST_FRAME] = gold_frame_idx
    used_frame = [0] * NUM_REF_FRAMES
    used_frame[last_frame_idx] = 1
    used_frame[gold_frame_idx] = 1
    cur_frame_hint = 1 << (order_hint_bits - 1)
    shifted_order_hints = [
        cur_frame_hint + get_relative_dist(ref_order_hint[i], order_hint, order_hint_bits)
        for i in range(NUM_REF_FRAMES)
    ]

    def find_latest_backward():
        ref, latest_order_hint = -1, None
        for i in range(NUM_REF_FRAMES):
            hint = shifted_order_hints[i]
            if not used_frame[i] and hint >= cur_frame_hint and (ref < 0 or hint >= latest_order_hint):
                ref, latest_order_hint = i, hint
        return ref

    def find_earliest_backward():
        ref, earliest_order_hint = -1, None
        for i in range(NUM_REF_FRAMES):
            hint = shifted_order_hints[i]
            if not used_frame[i] and hint >= cur_frame_hint and (ref < 0 or hint < earliest_order_hint):
                ref, earliest_order_hint = i, hint
        return ref

    def find_latest_forward():
        ref, latest_order_hint = -1, None
        for i in range(NUM_REF_FRAMES):
            hint = shifted_order_hints[i]
            if not used_frame[i] and hint < cur_frame_hint and (ref < 0 or hint >= latest_order_hint):
                ref, latest_order_hint = i, hint
        return ref

    ref = find_latest_backward()
    if ref >= 0:
        ref_frame_idx[ALTREF_FRAME - LAST_FRAME] = ref
        used_frame[ref] = 1
    ref = find_earliest_backward()
    if ref >= 0:
        ref_frame_idx[BWDREF_FRAME - LAST_FRAME] = ref
        used_frame[ref] = 1
    ref = find_earliest_backward()
    if ref >= 0:
        ref_frame_idx[ALTREF2_FRAME - LAST_FRAME] = ref
        used_frame[ref] = 1
    for ref_frame in (LAST2_FRAME, LAST3_FRAME, BWDREF_FRAME, ALTREF2_FRAME, ALTREF_FRAME):
        if ref_frame_idx[ref_frame - LAST_FRAME] < 0:
            ref = find_latest_forward()
            if ref >= 0:
                ref_frame_idx[ref_frame - LAST_FRAME] = ref
                used_frame[ref] = 1
    ref, earliest_order_hint = -1, None
    for i in range(NUM_REF_FRAMES):
        hint = shifted_order_hints[i]
        if ref < 0 or hint < earliest_order_hint:
            ref, earliest_order_hint = i, hint
    return [ref if idx < 0 else idx for idx in ref_frame_idx]


def skip_mode_frame(ref_hints, order_hint, order_hint_bits):
    """SkipModeFrame (5.9.22) by the order hints of the seven references; None if it is not allowed."""
    forward_idx = backward_idx = -1
    forward_hint = backward_hint = None
    for i in range(REFS_PER_FRAME):
        ref_hint = ref_hints[i]
        if get_relative_dist(ref_hint, order_hint, order_hint_bits) < 0:
            if forward_idx < 0 or get_relative_dist(ref_hint, forward_hint, order_hint_bits) > 0:
                forward_idx, forward_hint = i, ref_hint
        elif get_relative_dist(ref_hint, order_hint, order_hint_bits) > 0 and (
            backward_idx < 0 or get_relative_dist(ref_hint, backward_hint, order_hint_bits) < 0
        ):
            backward_idx, backward_hint = i, ref_hint
    if forward_idx < 0:
        return None
    if backward_idx >= 0:
        return [LAST_FRAME + min(forward_idx, backward_idx), LAST_FRAME + max(forward_idx, backward_idx)]
    second_forward_idx, second_forward_hint = -1, None
    for i in range(REFS_PER_FRAME):
        ref_hint = ref_hints[i]
        if get_relative_dist(ref_hint, forward_hint, order_hint_bits) < 0 and (
            second_forward_idx < 0 or get_relative_dist(ref_hint, second_forward_hint, order_hint_bits) > 0
        ):
            second_forward_idx, second_forward_hint = i, ref_hint
    if second_forward_idx < 0:
        return None
    return [
        LAST_FRAME + min(forward_idx, second_forward_idx),
        LAST_FRAME + max(forward_idx, second_forward_idx),
    ]
