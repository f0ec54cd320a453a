# mypy: disable-error-code="no-untyped-def"
"""A block: its mode info, transform size and residual, and what it leaves for its neighbours.

AV1 specification 5.11.5 (decode_block), 5.11.7 (intra_frame_mode_info) and 5.11.18 (inter_frame_mode_info).
The syntax elements themselves are in `modes`, `palette`, `intrabc`, `tx_size`, `residual`, `coefficients` and
`inter_block`.
"""

from cfl.av1.entropy.cdfs import (
    INTRABC_CDF,
)
from cfl.av1.entropy.symbols import (
    code_symbol,
    tell,
)
from cfl.av1.entropy.tape import is_writing
from cfl.av1.tables.constants import (
    DC_PRED,
    UV_CFL_PRED,
)
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    MI_HEIGHT_LOG2,
    MI_WIDTH_LOG2,
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
    TX_HEIGHT,
    TX_WIDTH,
)
from cfl.av1.tile.inter_block import (
    begin_intra_block,
    code_inter_block,
    code_kind_of_block,
    leave_inter_contexts,
    leave_inter_info,
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
)
from cfl.av1.tile.tx_size import code_block_tx_size
from cfl.simd.filling import fill
from cfl.simd.kernel import kernel


@kernel(internal=True)
def begin_block(frame, tile, block, r, c, mi_size, partition):
    """Set where a block lies, whether it has chroma, and which neighbours are available."""
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
    """The part of intra_frame_mode_info and intra_block_mode_info after luma's mode and angle."""
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
    block.is_inter = block.use_intrabc
    if block.use_intrabc:
        block.y_mode, block.uv_mode, block.angle_delta_y, block.angle_delta_uv = DC_PRED, DC_PRED, 0, 0
        block.cfl_alpha_u, block.cfl_alpha_v, block.use_filter_intra, block.bits_cfl_alpha = 0, 0, 0, 0
        block.palette_size_y, block.palette_size_uv = 0, 0
        code_mv(coder, cdfs, frame, tile, block, arrays)
    else:
        block.mv[0, 0], block.mv[0, 1] = 0, 0
        code_y_mode(coder, cdfs, tile, block)
        code_intra_modes(coder, cdfs, frame, tile, block, tape)


@kernel(internal=True)
def code_inter_mode_info(coder, cdfs, frame, tile, block, tape, arrays, inter):
    """inter_frame_mode_info."""
    code_kind_of_block(coder, cdfs, frame, tile, block, inter, arrays)
    if block.is_inter:
        code_inter_block(coder, cdfs, frame, tile, block, inter)
    else:
        begin_intra_block(coder, cdfs, block)
        code_intra_modes(coder, cdfs, frame, tile, block, tape)


@kernel(internal=True)
def leave_contexts(frame, tile, block):
    """Leave the contexts of blocks below and to the right."""
    bw4, bh4 = NUM_4X4_BLOCKS_WIDE[block.mi_size], NUM_4X4_BLOCKS_HIGH[block.mi_size]
    col, row = block.mi_col - tile.mi_col_start, block.mi_row & 31
    above, left = tile.above, tile.left
    for i in range(col, col + bw4):
        above[CTX_MI_WIDTH_LOG2, i] = MI_WIDTH_LOG2[block.mi_size]
        above[CTX_SKIP, i] = block.skip
        above[CTX_Y_MODE, i] = block.y_mode
        above[CTX_IS_INTER, i] = block.is_inter
    for i in range(row, row + bh4):
        left[CTX_MI_HEIGHT_LOG2, i] = MI_HEIGHT_LOG2[block.mi_size]
        left[CTX_SKIP, i] = block.skip
        left[CTX_Y_MODE, i] = block.y_mode
        left[CTX_IS_INTER, i] = block.is_inter
    if tile.tx_leaf_count == 0:  # otherwise `add_leaf` has left them
        skipped = block.skip and block.is_inter
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
    """Leave what the in-loop filters and intra block copy read."""
    r, c = block.mi_row, block.mi_col
    r_end = min(r + NUM_4X4_BLOCKS_HIGH[block.mi_size], frame.mi_rows)
    c_end = min(c + NUM_4X4_BLOCKS_WIDE[block.mi_size], frame.mi_cols)
    skip, segment_id = block.skip, block.segment_id
    for i in range(r, r_end):
        fill(arrays.skip, i * frame.mi_cols + c, c_end - c, skip)
    if frame.segmentation_enabled:
        for i in range(r, r_end):
            fill(arrays.segment_id, i * frame.mi_cols + c, c_end - c, segment_id)
    if frame.delta_lf_present:
        for i in range(r, r_end):
            for j in range(c, c_end):
                for k in range(4):
                    arrays.delta_lf[i, j, k] = block.delta_lf[k]
    leave_copies(frame, block, arrays)


@kernel(internal=True)
def code_block(walk, inter, block, r, c, mi_size, partition):
    """decode_block; `inter` is an InterTile, or None in an intra frame."""
    coder, cdfs, frame, tile, tape = walk.coder, walk.cdfs, walk.frame, walk.tile, walk.tape
    if is_writing(coder):
        tile.tape = block.tape
    elif tile.recording:
        block.tape = tile.tape
    else:
        tile.tape = 0
    before = tell(coder) if tile.measuring else 0.0
    begin_block(frame, tile, block, r, c, mi_size, partition)
    if inter is None:
        code_mode_info(coder, cdfs, frame, tile, block, tape, walk.arrays)
    else:
        code_inter_mode_info(coder, cdfs, frame, tile, block, tape, walk.arrays, inter)
    if tile.error:
        return
    if block.palette_size_y or block.palette_size_uv:
        code_palette_tokens(coder, cdfs, frame, tile, block, tape)
    code_block_tx_size(coder, cdfs, frame, tile, block, tape)
    if tile.measuring:
        block.bits_modes = tell(coder) - before - block.bits_cfl_alpha
    if inter is not None:
        leave_inter_info(frame, block, inter, walk.arrays.deblocking)
    code_residual(walk, inter, block)
    leave_contexts(frame, tile, block)
    if inter is not None:
        leave_inter_contexts(tile, block)
    leave_frame_arrays(frame, block, walk.arrays)
