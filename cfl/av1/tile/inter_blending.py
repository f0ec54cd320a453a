# mypy: disable-error-code="no-untyped-def"
"""How an inter block is predicted from its references (AV1 specification 5.11.23, 5.11.27 to 5.11.29).

Prediction inside the frame blended in, the motion mode, the kind of compound, and the interpolation filters.
"""

from cfl.av1.entropy.cdfs import (
    COMP_GROUP_IDX_CDF,
    COMPOUND_IDX_CDF,
    COMPOUND_TYPE_CDF,
    INTERINTRA_CDF,
    INTERINTRA_MODE_CDF,
    INTERP_FILTER_CDF,
    MOTION_MODE_CDF,
    USE_OBMC_CDF,
    WEDGE_INDEX_CDF,
    WEDGE_INTERINTRA_CDF,
)
from cfl.av1.entropy.symbols import code_literal, code_symbol
from cfl.av1.motion.state import WarpSearch
from cfl.av1.motion.warp_samples import find_warp_samples, has_overlappable_candidates
from cfl.av1.tables.constants import BLOCK_8X8, BLOCK_32X32
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH
from cfl.av1.tables.inter_constants import (
    COMPOUND_AVERAGE,
    COMPOUND_DIFFWTD,
    COMPOUND_DISTANCE,
    COMPOUND_INTRA,
    COMPOUND_WEDGE,
    EIGHTTAP,
    GLOBAL_GLOBALMV,
    GLOBALMV,
    INTRA_FRAME,
    LOCALWARP,
    SIMPLE,
    SWITCHABLE,
    TRANSLATION,
)
from cfl.av1.tables.motion import SIZE_GROUP
from cfl.av1.tile.inter_contexts import comp_group_idx_context, compound_idx_context, interp_filter_context
from cfl.simd.kernel import kernel


@kernel(internal=True)
def smallest_side(block):
    """The shorter side of a block, in luma samples."""
    return min(BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size])


@kernel(internal=True)
def code_wedge_index(coder, cdfs, block):
    """wedge_index."""
    block.wedge_index = code_symbol(coder, cdfs, WEDGE_INDEX_CDF + 16 * block.mi_size, 16, block.wedge_index)


@kernel(internal=True)
def code_interintra(coder, cdfs, frame, block, is_compound):
    """read_interintra_mode."""
    allowed = (
        not block.skip_mode
        and frame.enable_interintra_compound
        and not is_compound
        and BLOCK_8X8 <= block.mi_size <= BLOCK_32X32
    )
    wanted, block.interintra = block.interintra, 0
    if not allowed:
        return
    ctx = SIZE_GROUP[block.mi_size] - 1
    block.interintra = code_symbol(coder, cdfs, INTERINTRA_CDF + 2 * ctx, 2, wanted)
    if not block.interintra:
        return
    offset = INTERINTRA_MODE_CDF + 4 * ctx
    block.interintra_mode = code_symbol(coder, cdfs, offset, 4, block.interintra_mode)
    block.ref_frame[1] = INTRA_FRAME
    offset = WEDGE_INTERINTRA_CDF + 2 * block.mi_size
    block.wedge_interintra = code_symbol(coder, cdfs, offset, 2, block.wedge_interintra)
    if block.wedge_interintra:
        code_wedge_index(coder, cdfs, block)
        block.wedge_sign = 0


@kernel(internal=True)
def has_motion_mode(frame, tile, block, info, is_compound):
    """Say whether a block may choose another motion mode than SIMPLE."""
    if block.skip_mode or not frame.is_motion_mode_switchable or smallest_side(block) < 8:
        return False
    is_global = block.y_mode in (GLOBALMV, GLOBAL_GLOBALMV)
    if not frame.force_integer_mv and is_global and frame.gm_type[block.ref_frame[0]] > TRANSLATION:
        return False
    if is_compound or block.ref_frame[1] == INTRA_FRAME:
        return False
    return has_overlappable_candidates(frame, tile, block, info)


@kernel(internal=True)
def code_motion_mode(coder, cdfs, frame, tile, block, inter, is_compound):
    """read_motion_mode."""
    if not has_motion_mode(frame, tile, block, inter.info, is_compound):
        block.motion_mode = SIMPLE
        return
    samples = inter.samples[0]
    find_warp_samples(WarpSearch(samples, frame, tile, block, inter.info))
    if (
        frame.force_integer_mv
        or samples.num_samples == 0
        or not frame.allow_warped_motion
        or frame.is_scaled[block.ref_frame[0]]
    ):
        block.motion_mode = code_symbol(coder, cdfs, USE_OBMC_CDF + 2 * block.mi_size, 2, block.motion_mode)
    else:
        offset = MOTION_MODE_CDF + 3 * block.mi_size
        block.motion_mode = code_symbol(coder, cdfs, offset, 3, block.motion_mode)


@kernel(internal=True)
def are_equally_far(frame, block):
    """Say whether both references are equally far from the frame in time."""
    first, second = frame.ref_frame_distance[block.ref_frame[0]], frame.ref_frame_distance[block.ref_frame[1]]
    return abs(first) == abs(second)


@kernel(internal=True)
def code_compound_choice(coder, cdfs, frame, block, above, left):
    """comp_group_idx, compound_idx and compound_type; return compound_type."""
    wanted = block.compound_type
    if frame.enable_masked_compound:
        offset = COMP_GROUP_IDX_CDF + 2 * comp_group_idx_context(above, left)
        is_masked = wanted in (COMPOUND_WEDGE, COMPOUND_DIFFWTD)
        block.comp_group_idx = code_symbol(coder, cdfs, offset, 2, is_masked)
    if not block.comp_group_idx:
        if frame.enable_jnt_comp:
            equally_far = are_equally_far(frame, block)
            offset = COMPOUND_IDX_CDF + 2 * compound_idx_context(above, left, equally_far)
            block.compound_idx = code_symbol(coder, cdfs, offset, 2, wanted != COMPOUND_DISTANCE)
        return COMPOUND_AVERAGE if block.compound_idx else COMPOUND_DISTANCE
    if max(BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size]) > 32:  # Wedge_Bits[ MiSize ] is 0
        return COMPOUND_DIFFWTD
    offset = COMPOUND_TYPE_CDF + 2 * block.mi_size
    return code_symbol(coder, cdfs, offset, 2, wanted == COMPOUND_DIFFWTD)


@kernel(internal=True)
def code_compound_type(coder, cdfs, frame, block, above, left, is_compound):
    """read_compound_type."""
    block.comp_group_idx, block.compound_idx = 0, 1
    if block.skip_mode:
        block.compound_type = COMPOUND_AVERAGE
    elif is_compound:
        block.compound_type = code_compound_choice(coder, cdfs, frame, block, above, left)
        if block.compound_type == COMPOUND_WEDGE:
            code_wedge_index(coder, cdfs, block)
            block.wedge_sign = code_literal(coder, 1, block.wedge_sign)
        elif block.compound_type == COMPOUND_DIFFWTD:
            block.mask_type = code_literal(coder, 1, block.mask_type)
    elif block.interintra:
        block.compound_type = COMPOUND_WEDGE if block.wedge_interintra else COMPOUND_INTRA
    else:
        block.compound_type = COMPOUND_AVERAGE


@kernel(internal=True)
def needs_interp_filter(frame, block):
    """needs_interp_filter."""
    if block.skip_mode or block.motion_mode == LOCALWARP:
        return False
    if smallest_side(block) >= 8:
        first = frame.gm_type[block.ref_frame[0]] == TRANSLATION
        if block.y_mode == GLOBALMV:
            return first
        if block.y_mode == GLOBAL_GLOBALMV:
            return first or frame.gm_type[block.ref_frame[1]] == TRANSLATION
    return True


@kernel(internal=True)
def code_interp_filters(coder, cdfs, frame, block, above, left):
    """interp_filter."""
    if frame.interpolation_filter != SWITCHABLE:
        block.interp_filter[0] = block.interp_filter[1] = frame.interpolation_filter
        return
    if not needs_interp_filter(frame, block):
        block.interp_filter[0] = block.interp_filter[1] = EIGHTTAP
        return
    for direction in range(2 if frame.enable_dual_filter else 1):
        offset = INTERP_FILTER_CDF + 3 * interp_filter_context(above, left, block, direction)
        block.interp_filter[direction] = code_symbol(coder, cdfs, offset, 3, block.interp_filter[direction])
    if not frame.enable_dual_filter:
        block.interp_filter[1] = block.interp_filter[0]
