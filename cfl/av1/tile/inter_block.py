# mypy: disable-error-code="no-untyped-def, assignment, arg-type"
"""The mode info of a block of an inter frame (AV1 specification 5.11.18 to 5.11.23).

The syntax elements are in `inter_references`, `inter_vectors` and `inter_blending`, and, of intra blocks and
what both kinds have, in `modes`.
"""

import numpy as np

from cfl.av1.entropy.cdfs import (
    IS_INTER_CDF,
    SEGMENT_ID_PREDICTED_CDF,
    SKIP_MODE_CDF,
    Y_MODE_CDF,
)
from cfl.av1.entropy.symbols import code_symbol
from cfl.av1.entropy.tape import is_writing
from cfl.av1.motion.mode_info import leave_mode_info
from cfl.av1.motion.mv_stack import find_mv_stack
from cfl.av1.motion.state import MvSearch
from cfl.av1.reconstruction.frame_arrays import SKIPPED_INTER
from cfl.av1.tables.constants import DC_PRED
from cfl.av1.tables.geometry import NUM_4X4_BLOCKS_HIGH, NUM_4X4_BLOCKS_WIDE
from cfl.av1.tables.inter_constants import GLOBAL_GLOBALMV, GLOBALMV, INTRA_FRAME, NEARESTMV, NONE, SIMPLE
from cfl.av1.tables.motion import SIZE_GROUP
from cfl.av1.tile.inter_blending import (
    code_compound_type,
    code_interintra,
    code_interp_filters,
    code_motion_mode,
    smallest_side,
)
from cfl.av1.tile.inter_contexts import is_inter_context, skip_mode_context
from cfl.av1.tile.inter_references import code_references
from cfl.av1.tile.inter_vectors import code_inter_mode, code_ref_mv_idx, code_vectors
from cfl.av1.tile.modes import (
    code_angle_delta,
    code_cdef,
    code_deltas,
    code_skip,
    read_segment_id,
)
from cfl.av1.tile.state import (
    CTX_COMP_GROUP_IDX,
    CTX_COMPOUND_IDX,
    CTX_INTERP_FILTER,
    CTX_INTERP_FILTER_2,
    CTX_REF_FRAME,
    CTX_REF_FRAME_2,
    CTX_SEG_PRED,
    CTX_SKIP_MODE,
)
from cfl.simd.filling import fill, fill_pairs
from cfl.simd.kernel import kernel


@kernel(internal=True)
def set_neighbour(neighbour, available, contexts, i):
    """Fill in a neighbour from the contexts above or to the left."""
    neighbour.available = available
    neighbour.ref_frame[0], neighbour.ref_frame[1] = INTRA_FRAME, NONE
    neighbour.skip_mode = neighbour.comp_group_idx = neighbour.compound_idx = 0
    neighbour.interp_filter[0] = neighbour.interp_filter[1] = 0
    if available:
        neighbour.ref_frame[0] = np.int64(contexts[CTX_REF_FRAME, i]) - 1
        neighbour.ref_frame[1] = np.int64(contexts[CTX_REF_FRAME_2, i]) - 1
        neighbour.skip_mode = contexts[CTX_SKIP_MODE, i]
        neighbour.comp_group_idx = contexts[CTX_COMP_GROUP_IDX, i]
        neighbour.compound_idx = contexts[CTX_COMPOUND_IDX, i]
        neighbour.interp_filter[0] = contexts[CTX_INTERP_FILTER, i]
        neighbour.interp_filter[1] = contexts[CTX_INTERP_FILTER_2, i]


@kernel(internal=True)
def smallest_segment_id(frame, block, segment_ids):
    """get_segment_id: the smallest of the previous segmentation map in the block."""
    smallest = 7
    r, c = block.mi_row, block.mi_col
    for i in range(r, min(r + NUM_4X4_BLOCKS_HIGH[block.mi_size], frame.mi_rows)):
        for j in range(c, min(c + NUM_4X4_BLOCKS_WIDE[block.mi_size], frame.mi_cols)):
            smallest = min(smallest, np.int64(segment_ids[i, j]))
    return smallest


@kernel(internal=True)
def leave_seg_id_predicted(tile, block):
    """Leave AboveSegPredContext and LeftSegPredContext."""
    col, row = block.mi_col - tile.mi_col_start, block.mi_row & 31
    for i in range(col, col + NUM_4X4_BLOCKS_WIDE[block.mi_size]):
        tile.above[CTX_SEG_PRED, i] = block.seg_id_predicted
    for i in range(row, row + NUM_4X4_BLOCKS_HIGH[block.mi_size]):
        tile.left[CTX_SEG_PRED, i] = block.seg_id_predicted


@kernel(internal=True)
def code_predicted_segment_id(coder, cdfs, frame, tile, block, segment_ids, predicted, wanted):
    """seg_id_predicted, and segment_id if it is not."""
    ctx = np.int64(tile.left[CTX_SEG_PRED, block.mi_row & 31])
    ctx += np.int64(tile.above[CTX_SEG_PRED, block.mi_col - tile.mi_col_start])
    offset = SEGMENT_ID_PREDICTED_CDF + 2 * ctx
    block.seg_id_predicted = code_symbol(coder, cdfs, offset, 2, block.seg_id_predicted)
    if block.seg_id_predicted:
        block.segment_id = predicted
    else:
        block.segment_id = read_segment_id(coder, cdfs, frame, tile, block, segment_ids, wanted, 0)
    leave_seg_id_predicted(tile, block)


@kernel(internal=True)
def code_inter_segment_id(coder, cdfs, frame, tile, block, inter, segment_ids, wanted, pre_skip):
    """inter_segment_id."""
    block.segment_id = 0
    if not frame.segmentation_enabled:
        return
    predicted = smallest_segment_id(frame, block, inter.prev_segment_ids)
    if not frame.segmentation_update_map:
        block.segment_id = predicted
        return
    if pre_skip and not frame.seg_id_pre_skip:
        return
    if not pre_skip and block.skip:
        block.seg_id_predicted = 0
        leave_seg_id_predicted(tile, block)
        block.segment_id = read_segment_id(coder, cdfs, frame, tile, block, segment_ids, wanted, 1)
    elif frame.segmentation_temporal_update:
        code_predicted_segment_id(coder, cdfs, frame, tile, block, segment_ids, predicted, wanted)
    else:
        block.segment_id = read_segment_id(coder, cdfs, frame, tile, block, segment_ids, wanted, 0)


@kernel(internal=True)
def code_skip_mode(coder, cdfs, frame, block, above, left):
    """read_skip_mode."""
    segment_id = block.segment_id
    if (
        frame.seg_skip[segment_id]
        or frame.seg_ref_frame[segment_id] >= 0
        or frame.seg_globalmv[segment_id]
        or not frame.skip_mode_present
        or smallest_side(block) < 8
    ):
        block.skip_mode = 0
    else:
        offset = SKIP_MODE_CDF + 2 * skip_mode_context(above, left)
        block.skip_mode = code_symbol(coder, cdfs, offset, 2, block.skip_mode)


@kernel(internal=True)
def code_is_inter(coder, cdfs, frame, block, above, left):
    """read_is_inter."""
    segment_id = block.segment_id
    if block.skip_mode:
        block.is_inter = 1
    elif frame.seg_ref_frame[segment_id] >= 0:
        block.is_inter = frame.seg_ref_frame[segment_id] != INTRA_FRAME
    elif frame.seg_globalmv[segment_id]:
        block.is_inter = 1
    else:
        offset = IS_INTER_CDF + 2 * is_inter_context(above, left)
        block.is_inter = code_symbol(coder, cdfs, offset, 2, block.is_inter)


@kernel(internal=True)
def begin_intra_block(coder, cdfs, block):
    """intra_block_mode_info, up to the angle of luma."""
    block.ref_frame[0], block.ref_frame[1], block.interintra, block.motion_mode = INTRA_FRAME, NONE, 0, SIMPLE
    block.mv[0, 0], block.mv[0, 1], block.mv[1, 0], block.mv[1, 1] = 0, 0, 0, 0
    block.comp_group_idx = block.compound_idx = block.interp_filter[0] = block.interp_filter[1] = 0
    offset = Y_MODE_CDF + 13 * SIZE_GROUP[block.mi_size]
    block.y_mode = code_symbol(coder, cdfs, offset, 13, block.y_mode)
    block.angle_delta_y = code_angle_delta(coder, cdfs, block, block.y_mode, block.angle_delta_y)


@kernel(internal=True)
def code_inter_block(coder, cdfs, frame, tile, block, inter):
    """inter_block_mode_info."""
    above, left, stack = inter.above[0], inter.left[0], inter.stacks[0]
    block.uv_mode, block.angle_delta_y, block.angle_delta_uv = DC_PRED, 0, 0
    block.cfl_alpha_u, block.cfl_alpha_v, block.use_filter_intra, block.bits_cfl_alpha = 0, 0, 0, 0
    block.palette_size_y, block.palette_size_uv = 0, 0
    code_references(coder, cdfs, frame, block, above, left)
    is_compound = np.int64(block.ref_frame[1] > INTRA_FRAME)
    find_mv_stack(MvSearch(stack, frame, tile, block, inter.info, inter.field, is_compound))
    code_inter_mode(coder, cdfs, frame, block, stack, is_compound)
    code_ref_mv_idx(coder, cdfs, block, stack)
    code_vectors(coder, cdfs, frame, tile, block, stack, is_compound)
    if tile.error:
        return
    code_interintra(coder, cdfs, frame, block, is_compound)
    code_motion_mode(coder, cdfs, frame, tile, block, inter, is_compound)
    code_compound_type(coder, cdfs, frame, block, above, left, is_compound)
    code_interp_filters(coder, cdfs, frame, block, above, left)


@kernel(internal=True)
def code_kind_of_block(coder, cdfs, frame, tile, block, inter, arrays):
    """inter_frame_mode_info, up to is_inter."""
    wanted = np.int64(block.segment_id) if is_writing(coder) else 0
    above, left = inter.above[0], inter.left[0]
    set_neighbour(above, tile.avail_u, tile.above, block.mi_col - tile.mi_col_start)
    set_neighbour(left, tile.avail_l, tile.left, block.mi_row & 31)
    block.use_intrabc = 0
    code_inter_segment_id(coder, cdfs, frame, tile, block, inter, arrays.segment_id, wanted, 1)
    code_skip_mode(coder, cdfs, frame, block, above, left)
    if block.skip_mode:
        block.skip = 1
    else:
        code_skip(coder, cdfs, frame, tile, block)
    if not frame.seg_id_pre_skip:
        code_inter_segment_id(coder, cdfs, frame, tile, block, inter, arrays.segment_id, wanted, 0)
    block.lossless = frame.lossless[block.segment_id]
    code_cdef(coder, frame, tile, block, arrays.cdef_idx)
    code_deltas(coder, cdfs, frame, tile, block)
    code_is_inter(coder, cdfs, frame, block, above, left)


@kernel(internal=True)
def leave_on_a_side(block, contexts, start, count):
    """Leave what `set_neighbour` takes, above or to the left."""
    for i in range(start, start + count):
        contexts[CTX_REF_FRAME, i] = block.ref_frame[0] + 1
        contexts[CTX_REF_FRAME_2, i] = block.ref_frame[1] + 1
        contexts[CTX_SKIP_MODE, i] = block.skip_mode
        contexts[CTX_COMP_GROUP_IDX, i] = block.comp_group_idx
        contexts[CTX_COMPOUND_IDX, i] = block.compound_idx
        contexts[CTX_INTERP_FILTER, i] = block.interp_filter[0]
        contexts[CTX_INTERP_FILTER_2, i] = block.interp_filter[1]


@kernel(internal=True)
def deblocking_kind(block):
    """Return what deblocking takes of a block: an element of FrameArrays.deblocking."""
    kind = 2 * np.int64(block.ref_frame[0])
    if block.y_mode >= NEARESTMV and block.y_mode not in (GLOBALMV, GLOBAL_GLOBALMV):
        kind += 1
    return kind | (SKIPPED_INTER if block.skip and block.is_inter else 0)


@kernel(internal=True)
def leave_inter_info(frame, block, inter, deblocking):
    """Leave what prediction, vectors and deblocking read of a block, by position."""
    leave_mode_info(frame, block, inter.info)
    filters = block.interp_filter[0] | block.interp_filter[1] << 8
    kind, r, c = deblocking_kind(block), block.mi_row, block.mi_col
    count = min(c + NUM_4X4_BLOCKS_WIDE[block.mi_size], frame.mi_cols) - c
    for i in range(r, min(r + NUM_4X4_BLOCKS_HIGH[block.mi_size], frame.mi_rows)):
        at = i * frame.mi_cols + c
        fill_pairs(inter.prediction.interp_filters, 2 * at, count, filters)
        fill(deblocking, at, count, kind)


@kernel(internal=True)
def leave_inter_contexts(tile, block):
    """Leave what only blocks of inter frames take from those above and to the left."""
    leave_on_a_side(block, tile.above, block.mi_col - tile.mi_col_start, NUM_4X4_BLOCKS_WIDE[block.mi_size])
    leave_on_a_side(block, tile.left, block.mi_row & 31, NUM_4X4_BLOCKS_HIGH[block.mi_size])
