# mypy: disable-error-code="no-untyped-def"
"""The walk over a tile: superblocks, partition, blocks (AV1 specification 5.11.2 to 5.11.7, 5.11.57).

It exists once. With a coder that reads, blocks' records and the tape are filled in; with one that writes,
they are coded. Both reconstruct the same samples.
"""

import numpy as np

from cfl.av1.entropy.cdfs import (
    INTRABC_CDF,
    PARTITION_W8_CDF,
    PARTITION_W16_CDF,
    PARTITION_W128_CDF,
    RESTORATION_TYPE_CDF,
    USE_SGRPROJ_CDF,
    USE_WIENER_CDF,
)
from cfl.av1.entropy.coder import COUNT, POSITION
from cfl.av1.entropy.symbols import (
    code_bool_with,
    code_literal,
    code_signed_subexp_with_ref_bool,
    code_symbol,
    symbol_probability,
    tell,
)
from cfl.av1.entropy.tape import is_writing
from cfl.av1.tables.constants import (
    BLOCK_8X8,
    BLOCK_64X64,
    BLOCK_128X128,
    BLOCK_INVALID,
    DC_PRED,
    PARTITION_HORZ,
    PARTITION_HORZ_4,
    PARTITION_HORZ_A,
    PARTITION_HORZ_B,
    PARTITION_NONE,
    PARTITION_SPLIT,
    PARTITION_VERT,
    PARTITION_VERT_4,
    PARTITION_VERT_A,
    PARTITION_VERT_B,
    RESTORE_NONE,
    RESTORE_SGRPROJ,
    RESTORE_SWITCHABLE,
    RESTORE_WIENER,
    SGRPROJ_PARAMS_BITS,
    SGRPROJ_PRJ_BITS,
    SGRPROJ_PRJ_SUBEXP_K,
    UV_CFL_PRED,
)
from cfl.av1.tables.filters import SGR_PARAMS
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    MI_HEIGHT_LOG2,
    MI_WIDTH_LOG2,
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
    PARTITION_SUBSIZE,
    SUBSAMPLED_SIZE,
    TX_HEIGHT,
    TX_WIDTH,
)
from cfl.av1.tables.parameters import (
    SGRPROJ_XQD_MAX,
    SGRPROJ_XQD_MIN,
    WIENER_TAPS_K,
    WIENER_TAPS_MAX,
    WIENER_TAPS_MIN,
)
from cfl.av1.tile.intrabc import code_mv, leave_copies
from cfl.av1.tile.modes import (
    code_angle_delta,
    code_cdef,
    code_cfl_alphas,
    code_deltas,
    code_filter_intra,
    code_segment_id,
    code_skip,
    code_uv_mode,
    code_y_mode,
)
from cfl.av1.tile.palette import code_palette_mode_info, code_palette_tokens, leave_palette
from cfl.av1.tile.residual import code_residual
from cfl.av1.tile.state import (
    CTX_IS_INTER,
    CTX_MI_HEIGHT_LOG2,
    CTX_MI_WIDTH_LOG2,
    CTX_SKIP,
    CTX_TX,
    CTX_UV_MODE,
    CTX_Y_MODE,
    ERROR_PARTITION,
    ERROR_TRUNCATED,
)
from cfl.av1.tile.tx_size import code_block_tx_size
from cfl.simd.kernel import kernel

# Where the blocks of a partition lie, in quarters of its side, and whether each is of splitSize, not subSize.
PARTS = np.zeros((10, 4, 3), np.int64)
PARTS[PARTITION_HORZ, 1] = (2, 0, 0)
PARTS[PARTITION_VERT, 1] = (0, 2, 0)
PARTS[PARTITION_HORZ_A, :3] = [(0, 0, 1), (0, 2, 1), (2, 0, 0)]
PARTS[PARTITION_HORZ_B, :3] = [(0, 0, 0), (2, 0, 1), (2, 2, 1)]
PARTS[PARTITION_VERT_A, :3] = [(0, 0, 1), (2, 0, 1), (0, 2, 0)]
PARTS[PARTITION_VERT_B, :3] = [(0, 0, 0), (0, 2, 1), (2, 2, 1)]
PARTS[PARTITION_HORZ_4] = [(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0)]
PARTS[PARTITION_VERT_4] = [(0, 0, 0), (0, 1, 0), (0, 2, 0), (0, 3, 0)]
PART_COUNT = np.array([1, 2, 2, 0, 3, 3, 3, 3, 4, 4])


# --- blocks -----------------------------------------------------------------------------------------------


@kernel(internal=True)
def begin_block(frame, tile, block, r, c, mi_size, partition):
    """Set where a block lies, whether it has chroma, and what is around it."""
    block.mi_row, block.mi_col, block.mi_size, block.partition = r, c, mi_size, partition
    bw4, bh4 = NUM_4X4_BLOCKS_WIDE[mi_size], NUM_4X4_BLOCKS_HIGH[mi_size]
    narrow = bw4 == 1 and frame.subsampling_x
    flat = bh4 == 1 and frame.subsampling_y
    has_chroma = frame.num_planes > 1 and not (flat and r & 1 == 0) and not (narrow and c & 1 == 0)
    block.has_chroma = has_chroma
    tile.avail_u, tile.avail_l = r > tile.mi_row_start, c > tile.mi_col_start
    tile.avail_u_chroma = has_chroma and r - (1 if flat else 0) > tile.mi_row_start
    tile.avail_l_chroma = has_chroma and c - (1 if narrow else 0) > tile.mi_col_start


@kernel(internal=True)
def code_intra_modes(coder, cdfs, frame, tile, block, tape):
    """The part of intra_frame_mode_info for blocks that are not copied."""
    code_y_mode(coder, cdfs, tile, block)
    alpha_u, alpha_v = block.cfl_alpha_u, block.cfl_alpha_v
    block.cfl_alpha_u, block.cfl_alpha_v, block.bits_cfl_alpha = 0, 0, 0
    if block.has_chroma:
        code_uv_mode(coder, cdfs, frame, block)
        if block.uv_mode == UV_CFL_PRED:
            block.cfl_alpha_u, block.cfl_alpha_v = alpha_u, alpha_v
            before = tell(coder) if tile.measuring else 0.0
            code_cfl_alphas(coder, cdfs, block)
            if tile.measuring:
                block.bits_cfl_alpha = tell(coder) - before
        block.angle_delta_uv = code_angle_delta(coder, cdfs, block, block.uv_mode, block.angle_delta_uv)
    else:
        block.uv_mode, block.angle_delta_uv = DC_PRED, 0
    code_palette_mode_info(coder, cdfs, frame, tile, block, tape)
    code_filter_intra(coder, cdfs, frame, block)


@kernel(internal=True)
def code_mode_info(coder, cdfs, frame, tile, block, tape, arrays):
    """intra_frame_mode_info."""
    if frame.seg_id_pre_skip:
        code_segment_id(coder, cdfs, frame, tile, block, arrays.segment_id, 0)
    code_skip(coder, cdfs, frame, tile, block)
    if not frame.seg_id_pre_skip:
        code_segment_id(coder, cdfs, frame, tile, block, arrays.segment_id, block.skip)
    code_cdef(coder, frame, tile, block, arrays.cdef_idx)
    code_deltas(coder, cdfs, frame, tile, block)
    if frame.allow_intrabc:
        block.use_intrabc = code_symbol(coder, cdfs, INTRABC_CDF, 2, block.use_intrabc)
    else:
        block.use_intrabc = 0
    if block.use_intrabc:
        block.y_mode, block.uv_mode, block.angle_delta_y, block.angle_delta_uv = DC_PRED, DC_PRED, 0, 0
        block.cfl_alpha_u, block.cfl_alpha_v, block.use_filter_intra, block.bits_cfl_alpha = 0, 0, 0, 0
        block.palette_size_y, block.palette_size_uv = 0, 0
        code_mv(coder, cdfs, frame, tile, block, arrays)
    else:
        block.mv[0], block.mv[1] = 0, 0
        code_intra_modes(coder, cdfs, frame, tile, block, tape)


@kernel(internal=True)
def leave_contexts(frame, tile, block):
    """Leave what blocks below and to the right look at."""
    bw4, bh4 = NUM_4X4_BLOCKS_WIDE[block.mi_size], NUM_4X4_BLOCKS_HIGH[block.mi_size]
    col, row = block.mi_col - tile.mi_col_start, block.mi_row & 31
    above, left = tile.above, tile.left
    for i in range(col, col + bw4):
        above[CTX_MI_WIDTH_LOG2, i] = MI_WIDTH_LOG2[block.mi_size]
        above[CTX_SKIP, i] = block.skip
        above[CTX_Y_MODE, i] = block.y_mode
        above[CTX_IS_INTER, i] = block.use_intrabc
    for i in range(row, row + bh4):
        left[CTX_MI_HEIGHT_LOG2, i] = MI_HEIGHT_LOG2[block.mi_size]
        left[CTX_SKIP, i] = block.skip
        left[CTX_Y_MODE, i] = block.y_mode
        left[CTX_IS_INTER, i] = block.use_intrabc
    if tile.tx_leaf_count == 0:  # else the tree has left them
        skipped = block.skip and block.use_intrabc
        w = BLOCK_WIDTH[block.mi_size] if skipped else TX_WIDTH[block.tx_size]
        h = BLOCK_HEIGHT[block.mi_size] if skipped else TX_HEIGHT[block.tx_size]
        for i in range(col, col + bw4):
            above[CTX_TX, i] = w
        for i in range(row, row + bh4):
            left[CTX_TX, i] = h
    if block.has_chroma:
        shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
        for i in range(col >> shift_x, (col + bw4 + shift_x) >> shift_x):
            above[CTX_UV_MODE, i] = block.uv_mode
        first = (block.mi_row >> shift_y) & 31
        for i in range(first, first + max(bh4 >> shift_y, 1)):
            left[CTX_UV_MODE, i] = block.uv_mode
    if frame.allow_screen_content_tools:
        leave_palette(tile, block, bw4, bh4)


@kernel(internal=True)
def leave_frame_arrays(frame, block, arrays):
    """Leave what the filters and intra block copy look at."""
    r, c = block.mi_row, block.mi_col
    r_end = min(r + NUM_4X4_BLOCKS_HIGH[block.mi_size], frame.mi_rows)
    c_end = min(c + NUM_4X4_BLOCKS_WIDE[block.mi_size], frame.mi_cols)
    for i in range(r, r_end):
        for j in range(c, c_end):
            arrays.skip[i, j] = block.skip
    if frame.segmentation_enabled:
        for i in range(r, r_end):
            for j in range(c, c_end):
                arrays.segment_id[i, j] = block.segment_id
    if frame.delta_lf_present:
        for i in range(r, r_end):
            for j in range(c, c_end):
                for k in range(4):
                    arrays.delta_lf[i, j, k] = block.delta_lf[k]
    leave_copies(frame, block, arrays)


@kernel(internal=True)
def code_block(coder, cdfs, frame, tile, block, tape, planes, arrays, r, c, mi_size, partition):
    """decode_block."""
    if is_writing(coder):
        tile.tape = block.tape
    elif tile.recording:
        block.tape = tile.tape
    else:
        tile.tape = 0
    before = tell(coder) if tile.measuring else 0.0
    begin_block(frame, tile, block, r, c, mi_size, partition)
    code_mode_info(coder, cdfs, frame, tile, block, tape, arrays)
    if tile.error:
        return
    if block.palette_size_y or block.palette_size_uv:
        code_palette_tokens(coder, cdfs, frame, tile, block, tape)
    code_block_tx_size(coder, cdfs, frame, tile, block, tape)
    if tile.measuring:
        block.bits_modes = tell(coder) - before - block.bits_cfl_alpha
    code_residual(coder, cdfs, frame, tile, block, tape, planes, arrays)
    leave_contexts(frame, tile, block)
    leave_frame_arrays(frame, block, arrays)


# --- partition --------------------------------------------------------------------------------------------


@kernel(internal=True)
def partition_of(block, size):
    """Return the partition of a square of a given size, in which a writer's next block is the first."""
    w, h = BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size]
    side = w
    if block.partition in (PARTITION_VERT, PARTITION_VERT_B, PARTITION_VERT_4):
        side = h
    elif block.partition in (PARTITION_HORZ_A, PARTITION_VERT_A):
        side = 2 * w
    return np.int64(block.partition) if side == BLOCK_WIDTH[size] else PARTITION_SPLIT


@kernel(internal=True)
def split_probability(cdfs, offset, n, size, has_cols):
    """Return psum of split_or_horz, if there are columns to the right but no rows below, or split_or_vert."""
    psum = symbol_probability(cdfs, offset, n, PARTITION_SPLIT)
    psum += symbol_probability(cdfs, offset, n, PARTITION_HORZ_A)
    psum += symbol_probability(cdfs, offset, n, PARTITION_VERT_A)
    if has_cols:
        psum += symbol_probability(cdfs, offset, n, PARTITION_VERT)
        psum += symbol_probability(cdfs, offset, n, PARTITION_VERT_B)
        last = PARTITION_VERT_4
    else:
        psum += symbol_probability(cdfs, offset, n, PARTITION_HORZ)
        psum += symbol_probability(cdfs, offset, n, PARTITION_HORZ_B)
        last = PARTITION_HORZ_4
    if size != BLOCK_128X128:
        psum += symbol_probability(cdfs, offset, n, last)
    return psum


@kernel(internal=True)
def partition_cdf(tile, r, c, size):
    """Return where the CDF of partition is, in its context, and of how many partitions."""
    bsl, ctx = MI_WIDTH_LOG2[size], 0
    if r > tile.mi_row_start:
        ctx += tile.above[CTX_MI_WIDTH_LOG2, c - tile.mi_col_start] < bsl
    if c > tile.mi_col_start:
        ctx += 2 * (tile.left[CTX_MI_HEIGHT_LOG2, r & 31] < bsl)
    if bsl == 1:
        return PARTITION_W8_CDF + 4 * ctx, 4
    if bsl == 5:
        return PARTITION_W128_CDF + 8 * ctx, 8
    return PARTITION_W16_CDF + 10 * (4 * (bsl - 2) + ctx), 10


@kernel(internal=True)
def code_partition(coder, cdfs, frame, tile, r, c, size, partition):
    """partition, split_or_horz or split_or_vert."""
    if size < BLOCK_8X8:
        return PARTITION_NONE
    half = NUM_4X4_BLOCKS_WIDE[size] >> 1
    has_rows, has_cols = r + half < frame.mi_rows, c + half < frame.mi_cols
    if not has_rows and not has_cols:
        return PARTITION_SPLIT
    offset, n = partition_cdf(tile, r, c, size)
    if has_rows and has_cols:
        return code_symbol(coder, cdfs, offset, n, partition)
    psum = split_probability(cdfs, offset, n, size, has_cols)
    if code_bool_with(coder, psum, partition == PARTITION_SPLIT):
        return PARTITION_SPLIT
    return PARTITION_HORZ if has_cols else PARTITION_VERT


@kernel(internal=True)
def code_parts(coder, cdfs, frame, tile, records, tape, planes, arrays, r, c, size, partition):
    """Code the blocks of a partition that is not split."""
    quarter = NUM_4X4_BLOCKS_WIDE[size]
    for k in range(PART_COUNT[partition]):
        row = r + ((quarter * PARTS[partition, k, 0]) >> 2)
        col = c + ((quarter * PARTS[partition, k, 1]) >> 2)
        if row >= frame.mi_rows or col >= frame.mi_cols:
            continue
        kind = PARTITION_SPLIT if PARTS[partition, k, 2] else partition
        block = records[tile.blocks]
        code_block(
            coder, cdfs, frame, tile, block, tape, planes, arrays, row, col, PARTITION_SUBSIZE[kind, size],
            partition,
        )  # fmt: skip
        if tile.error:
            return
        if is_writing(coder) or tile.recording:
            tile.blocks += 1


@kernel(internal=True)
def code_superblock(coder, cdfs, frame, tile, records, tape, planes, arrays, sb_row, sb_col, sb_size):
    """decode_partition of a superblock, without recursion: squares that are still to come are on a stack."""
    stack = tile.partition_stack
    stack[0, 0], stack[0, 1], stack[0, 2] = sb_row, sb_col, sb_size
    top = 1
    while top > 0:
        top -= 1
        r, c, size = stack[top, 0], stack[top, 1], stack[top, 2]
        if r >= frame.mi_rows or c >= frame.mi_cols:
            continue
        wanted = partition_of(records[tile.blocks], size) if is_writing(coder) else 0
        partition = code_partition(coder, cdfs, frame, tile, r, c, size, wanted)
        sub_size = PARTITION_SUBSIZE[partition, size]
        if SUBSAMPLED_SIZE[sub_size, frame.subsampling_x, frame.subsampling_y] == BLOCK_INVALID:
            tile.error = ERROR_PARTITION
            return
        if partition == PARTITION_SPLIT:
            half = NUM_4X4_BLOCKS_WIDE[size] >> 1
            for k in range(3, -1, -1):  # the first of them to the top
                stack[top, 0], stack[top, 1], stack[top, 2] = (
                    r + half * (k >> 1),
                    c + half * (k & 1),
                    sub_size,
                )
                top += 1
        else:
            code_parts(
                coder, cdfs, frame, tile, records, tape, planes, arrays, r, c, size, partition,
            )  # fmt: skip
            if tile.error:
                return


# --- superblocks ------------------------------------------------------------------------------------------


@kernel(internal=True)
def code_lr_unit(coder, cdfs, frame, tile, arrays, plane, row, col):
    """read_lr_unit."""
    frame_type = frame.frame_restoration_type[plane]
    kind = np.int64(arrays.lr_type[plane, row, col])
    if frame_type == RESTORE_WIENER:
        kind = RESTORE_WIENER * code_symbol(coder, cdfs, USE_WIENER_CDF, 2, kind != RESTORE_NONE)
    elif frame_type == RESTORE_SGRPROJ:
        kind = RESTORE_SGRPROJ * code_symbol(coder, cdfs, USE_SGRPROJ_CDF, 2, kind != RESTORE_NONE)
    elif frame_type == RESTORE_SWITCHABLE:
        kind = code_symbol(coder, cdfs, RESTORATION_TYPE_CDF, 3, kind)
    arrays.lr_type[plane, row, col] = kind
    if kind == RESTORE_WIENER:
        for pass_ in range(2):
            for j in range(3):
                value = 0
                if plane == 0 or j > 0:
                    value = code_signed_subexp_with_ref_bool(
                        coder, WIENER_TAPS_MIN[j], WIENER_TAPS_MAX[j] + 1, WIENER_TAPS_K[j],
                        tile.ref_lr_wiener[plane, pass_, j], arrays.lr_wiener[plane, row, col, pass_, j],
                    )  # fmt: skip
                    tile.ref_lr_wiener[plane, pass_, j] = value
                arrays.lr_wiener[plane, row, col, pass_, j] = value
    elif kind == RESTORE_SGRPROJ:
        lr_sgr_set = code_literal(coder, SGRPROJ_PARAMS_BITS, arrays.lr_sgr_set[plane, row, col])
        arrays.lr_sgr_set[plane, row, col] = lr_sgr_set
        for i in range(2):
            least, most = SGRPROJ_XQD_MIN[i], SGRPROJ_XQD_MAX[i]
            value = 0
            if SGR_PARAMS[lr_sgr_set, 2 * i]:
                value = code_signed_subexp_with_ref_bool(
                    coder, least, most + 1, SGRPROJ_PRJ_SUBEXP_K, tile.ref_sgr_xqd[plane, i],
                    arrays.lr_sgr_xqd[plane, row, col, i],
                )  # fmt: skip
            elif i == 1:
                value = min(max((1 << SGRPROJ_PRJ_BITS) - tile.ref_sgr_xqd[plane, 0], least), most)
            arrays.lr_sgr_xqd[plane, row, col, i] = value
            tile.ref_sgr_xqd[plane, i] = value


@kernel(internal=True)
def code_lr(coder, cdfs, frame, tile, arrays, r, c, sb_size4):
    """read_lr: the restoration units that begin in a superblock."""
    for plane in range(frame.num_planes):
        if frame.frame_restoration_type[plane] == RESTORE_NONE:
            continue
        shift_x, shift_y = 0, 0
        if plane:
            shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
        unit_size = frame.loop_restoration_size[plane]
        row_start = (r * (4 >> shift_y) + unit_size - 1) // unit_size
        row_end = ((r + sb_size4) * (4 >> shift_y) + unit_size - 1) // unit_size
        numerator, denominator = 4 >> shift_x, unit_size
        if frame.use_superres:
            numerator, denominator = numerator * frame.superres_denom, denominator * 8
        col_start = (c * numerator + denominator - 1) // denominator
        col_end = ((c + sb_size4) * numerator + denominator - 1) // denominator
        for row in range(row_start, min(row_end, frame.unit_rows[plane])):
            for col in range(col_start, min(col_end, frame.unit_cols[plane])):
                code_lr_unit(coder, cdfs, frame, tile, arrays, plane, row, col)


@kernel(internal=True)
def clear_block_decoded_flags(frame, tile, r, c, sb_size4):
    """clear_block_decoded_flags."""
    for plane in range(frame.num_planes):
        shift_x, shift_y = 0, 0
        if plane:
            shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
        width, height = (tile.mi_col_end - c) >> shift_x, (tile.mi_row_end - r) >> shift_y
        decoded = tile.block_decoded[plane]
        for y in range(-1, (sb_size4 >> shift_y) + 1):
            for x in range(-1, (sb_size4 >> shift_x) + 1):
                decoded[y + 1, x + 1] = (y < 0 and x < width) or (x < 0 and y < height)
        decoded[(sb_size4 >> shift_y) + 1, 0] = 0


@kernel(internal=True)
def clear_cdef(tile, cdef_idx, r, c, sb_size4):
    """clear_cdef, after a writer's choice has been put aside."""
    for i in range(sb_size4 >> 4):
        for j in range(sb_size4 >> 4):
            row, col, k = (r >> 4) + i, (c >> 4) + j, 2 * i + j
            tile.cdef_coded[k] = 0
            if row < cdef_idx.shape[0] and col < cdef_idx.shape[1]:
                tile.cdef_wanted[k] = max(np.int64(cdef_idx[row, col]), 0)
                cdef_idx[row, col] = -1


@kernel(internal=True)
def clear_left_context(tile):
    """clear_left_context: of the coefficients; the others are only read where there is a neighbour."""
    for i in range(12):
        for j in range(32):
            tile.left[i, j] = 0


@kernel()
def code_superblocks(coder, cdfs, frames, tiles, records, tape, planes, arrays, mi_row, mi_col, mi_col_end):
    """Code the superblocks of a row of a tile, from mi_col up to mi_col_end.

    Parameters
    ----------
    coder : SymbolCoder
    cdfs : (CONTEXT_SIZE,) uint16 array
    frames : (1,) array of FRAME
    tiles : (1,) array of TILE
        `error` is set if the tile breaks a rule; then the walk has stopped.
    records : (n,) array of BLOCK
        From `tile.blocks` on, if recording or writing, there must be room for all blocks; else for one.
    tape : int32 array
        With room for all decisions, if recording.
    planes : tuple of three 2-D uint16 arrays
        All the same if monochrome.
    arrays : FrameArrays
    mi_row, mi_col, mi_col_end : int
        In units of 4x4 samples, of superblocks that lie in the tile.
    """
    frame, tile = frames[0], tiles[0]  # an element as an argument costs a call from Python 10 to 20 µs
    sb_size = BLOCK_128X128 if frame.use_128x128_superblock else BLOCK_64X64
    sb_size4 = NUM_4X4_BLOCKS_WIDE[sb_size]
    if mi_col == tile.mi_col_start:
        clear_left_context(tile)
    for c in range(mi_col, mi_col_end, sb_size4):
        tile.read_deltas = frame.delta_q_present
        clear_cdef(tile, arrays.cdef_idx, mi_row, c, sb_size4)
        clear_block_decoded_flags(frame, tile, mi_row, c, sb_size4)
        code_lr(coder, cdfs, frame, tile, arrays, mi_row, c, sb_size4)
        code_superblock(coder, cdfs, frame, tile, records, tape, planes, arrays, mi_row, c, sb_size)
        if not is_writing(coder):
            bits_left = 8 * (coder.data.shape[0] - coder.state[POSITION]) + coder.state[COUNT]
            if bits_left < -14:
                tile.error = ERROR_TRUNCATED
        if tile.error:
            return
