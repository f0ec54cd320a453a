# mypy: disable-error-code="no-untyped-def"
"""The mode of an inter block and its vectors (AV1 specification 5.11.23, 5.11.26, 5.11.31, 5.11.32)."""

from cfl.av1.entropy.cdfs import (
    COMPOUND_MODE_CDF,
    DRL_MODE_CDF,
    INTER_MV_BIT_CDF,
    INTER_MV_CLASS0_BIT_CDF,
    INTER_MV_CLASS_CDF,
    INTER_MV_JOINT_CDF,
    INTER_MV_SIGN_CDF,
    MV_CLASS0_FR_CDF,
    MV_CLASS0_HP_CDF,
    MV_FR_CDF,
    MV_HP_CDF,
    NEW_MV_CDF,
    REF_MV_CDF,
    ZERO_MV_CDF,
)
from cfl.av1.entropy.symbols import code_symbol
from cfl.av1.motion.mv_stack import predicted_mv
from cfl.av1.motion.vectors import (
    get_mode,
    has_nearmv,
    is_mv_in_range,
    joint_changes_col,
    joint_changes_row,
    mv_class_of,
    mv_joint_of,
    mv_magnitude,
    mv_parts_of,
)
from cfl.av1.tables.inter_constants import (
    GLOBALMV,
    NEAREST_NEARESTMV,
    NEARESTMV,
    NEARMV,
    NEW_NEWMV,
    NEWMV,
)
from cfl.av1.tile.inter_contexts import compound_mode_context
from cfl.av1.tile.state import ERROR_MV
from cfl.simd.kernel import kernel


@kernel(internal=True)
def code_single_mode(coder, cdfs, stack, y_mode):
    """new_mv, zero_mv and ref_mv."""
    if not code_symbol(coder, cdfs, NEW_MV_CDF + 2 * stack.new_mv_context, 2, y_mode != NEWMV):
        return NEWMV
    if not code_symbol(coder, cdfs, ZERO_MV_CDF + 2 * stack.zero_mv_context, 2, y_mode != GLOBALMV):
        return GLOBALMV
    return NEARESTMV + code_symbol(coder, cdfs, REF_MV_CDF + 2 * stack.ref_mv_context, 2, y_mode == NEARMV)


@kernel(internal=True)
def code_inter_mode(coder, cdfs, frame, block, stack, is_compound):
    """YMode of an inter block."""
    if block.skip_mode:
        block.y_mode = NEAREST_NEARESTMV
    elif frame.seg_skip[block.segment_id] or frame.seg_globalmv[block.segment_id]:
        block.y_mode = GLOBALMV
    elif is_compound:
        offset = COMPOUND_MODE_CDF + 8 * compound_mode_context(stack)
        wanted = max(block.y_mode - NEAREST_NEARESTMV, 0)
        block.y_mode = NEAREST_NEARESTMV + code_symbol(coder, cdfs, offset, 8, wanted)
    else:
        block.y_mode = code_single_mode(coder, cdfs, stack, block.y_mode)


@kernel(internal=True)
def code_ref_mv_idx(coder, cdfs, block, stack):
    """RefMvIdx: drl_mode."""
    first = 0
    if has_nearmv(block.y_mode):
        first = 1
    elif block.y_mode not in (NEWMV, NEW_NEWMV):
        block.ref_mv_idx = 0
        return
    wanted = block.ref_mv_idx
    block.ref_mv_idx = first
    for idx in range(first, first + 2):
        if stack.num_mv_found > idx + 1:
            if not code_symbol(coder, cdfs, DRL_MODE_CDF + 2 * stack.drl_ctx_stack[idx], 2, wanted > idx):
                block.ref_mv_idx = idx
                return
            block.ref_mv_idx = idx + 1


@kernel(internal=True)
def code_fraction(coder, cdfs, frame, fr_cdf, hp_cdf, mv_fr, mv_hp):
    """mv_class0_fr and mv_class0_hp, or mv_fr and mv_hp; return both, 3 and 1 where they are not coded."""
    fr = hp = 1
    if frame.force_integer_mv:
        fr = 3
    else:
        fr = code_symbol(coder, cdfs, fr_cdf, 4, mv_fr)
    if frame.allow_high_precision_mv:
        hp = code_symbol(coder, cdfs, hp_cdf, 2, mv_hp)
    return fr, hp


@kernel(internal=True)
def code_difference(coder, cdfs, frame, comp, value):
    """read_mv_component; a writer's value is not 0."""
    sign = code_symbol(coder, cdfs, INTER_MV_SIGN_CDF + 2 * comp, 2, value < 0)
    magnitude = max(abs(value), 1)
    wanted_class = min(mv_class_of(magnitude), 10)
    mv_class = code_symbol(coder, cdfs, INTER_MV_CLASS_CDF + 11 * comp, 11, wanted_class)
    wanted, fr, hp = mv_parts_of(magnitude, mv_class)
    whole = 0
    if mv_class == 0:
        whole = code_symbol(coder, cdfs, INTER_MV_CLASS0_BIT_CDF + 2 * comp, 2, wanted & 1)
        fr_cdf, hp_cdf = MV_CLASS0_FR_CDF + 4 * (2 * comp + whole), MV_CLASS0_HP_CDF + 2 * comp
    else:
        for i in range(mv_class):
            offset = INTER_MV_BIT_CDF + 2 * (10 * comp + i)
            whole |= code_symbol(coder, cdfs, offset, 2, (wanted >> i) & 1) << i
        fr_cdf, hp_cdf = MV_FR_CDF + 4 * comp, MV_HP_CDF + 2 * comp
    fr, hp = code_fraction(coder, cdfs, frame, fr_cdf, hp_cdf, fr, hp)
    magnitude = mv_magnitude(mv_class, whole, fr, hp)
    return -magnitude if sign else magnitude


@kernel(internal=True)
def code_vector(coder, cdfs, frame, tile, block, ref_list, pred_row, pred_col):
    """read_mv."""
    diff_row, diff_col = block.mv[ref_list, 0] - pred_row, block.mv[ref_list, 1] - pred_col
    joint = code_symbol(coder, cdfs, INTER_MV_JOINT_CDF, 4, mv_joint_of(diff_row, diff_col))
    if joint_changes_row(joint):
        pred_row += code_difference(coder, cdfs, frame, 0, diff_row)
    if joint_changes_col(joint):
        pred_col += code_difference(coder, cdfs, frame, 1, diff_col)
    if not is_mv_in_range(pred_row, pred_col):
        tile.error = ERROR_MV
        return
    block.mv[ref_list, 0], block.mv[ref_list, 1] = pred_row, pred_col


@kernel(internal=True)
def code_vectors(coder, cdfs, frame, tile, block, stack, is_compound):
    """assign_mv."""
    if not is_compound:
        block.mv[1, 0], block.mv[1, 1] = 0, 0
    for ref_list in range(1 + is_compound):
        comp_mode = get_mode(block.y_mode, ref_list)
        pred_row, pred_col = predicted_mv(stack, comp_mode, block.ref_mv_idx, ref_list)
        if comp_mode == NEWMV:
            code_vector(coder, cdfs, frame, tile, block, ref_list, pred_row, pred_col)
        else:
            block.mv[ref_list, 0], block.mv[ref_list, 1] = pred_row, pred_col
