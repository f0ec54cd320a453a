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
