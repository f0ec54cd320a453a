# mypy: disable-error-code="no-untyped-def"
"""The references of an inter block (AV1 specification 5.11.25)."""

from cfl.av1.entropy.cdfs import (
    COMP_BWD_REF_CDF,
    COMP_MODE_CDF,
    COMP_REF_CDF,
    COMP_REF_TYPE_CDF,
    SINGLE_REF_CDF,
    UNI_COMP_REF_CDF,
)
from cfl.av1.entropy.symbols import code_symbol
from cfl.av1.tables.geometry import NUM_4X4_BLOCKS_HIGH, NUM_4X4_BLOCKS_WIDE
from cfl.av1.tables.inter_constants import (
    ALTREF2_FRAME,
    ALTREF_FRAME,
    BWDREF_FRAME,
    GOLDEN_FRAME,
    INTRA_FRAME,
    LAST2_FRAME,
    LAST3_FRAME,
    LAST_FRAME,
    NONE,
)
from cfl.av1.tile.inter_contexts import (
    comp_bwdref_context,
    comp_bwdref_p1_context,
    comp_mode_context,
    comp_ref_context,
    comp_ref_p1_context,
    comp_ref_p2_context,
    comp_ref_type_context,
    reference_counts,
    single_ref_p1_context,
    uni_comp_ref_p1_context,
)
from cfl.simd.kernel import kernel


@kernel(internal=True)
def code_single_reference(coder, cdfs, counts, ref):
    """Code RefFrame[ 0 ] of a block with one reference: single_ref_p1 to single_ref_p6."""
    offset = SINGLE_REF_CDF + 12 * single_ref_p1_context(counts)
    if code_symbol(coder, cdfs, offset, 2, ref >= BWDREF_FRAME):
        offset = SINGLE_REF_CDF + 12 * comp_bwdref_context(counts) + 2
        if code_symbol(coder, cdfs, offset, 2, ref == ALTREF_FRAME):
            return ALTREF_FRAME
        offset = SINGLE_REF_CDF + 12 * comp_bwdref_p1_context(counts) + 10
        return BWDREF_FRAME + code_symbol(coder, cdfs, offset, 2, ref == ALTREF2_FRAME)
    offset = SINGLE_REF_CDF + 12 * comp_ref_context(counts) + 4
    if code_symbol(coder, cdfs, offset, 2, ref >= LAST3_FRAME):
        offset = SINGLE_REF_CDF + 12 * comp_ref_p2_context(counts) + 8
        return LAST3_FRAME + code_symbol(coder, cdfs, offset, 2, ref == GOLDEN_FRAME)
    offset = SINGLE_REF_CDF + 12 * comp_ref_p1_context(counts) + 6
    return LAST_FRAME + code_symbol(coder, cdfs, offset, 2, ref == LAST2_FRAME)


@kernel(internal=True)
def code_forward_reference(coder, cdfs, counts, ref):
    """Code RefFrame[ 0 ] of a pair on two sides: comp_ref, comp_ref_p1 and comp_ref_p2."""
    offset = COMP_REF_CDF + 6 * comp_ref_context(counts)
    if code_symbol(coder, cdfs, offset, 2, ref >= LAST3_FRAME):
        offset = COMP_REF_CDF + 6 * comp_ref_p2_context(counts) + 4
        return LAST3_FRAME + code_symbol(coder, cdfs, offset, 2, ref == GOLDEN_FRAME)
    offset = COMP_REF_CDF + 6 * comp_ref_p1_context(counts) + 2
    return LAST_FRAME + code_symbol(coder, cdfs, offset, 2, ref == LAST2_FRAME)


@kernel(internal=True)
def code_backward_reference(coder, cdfs, counts, ref):
    """Code RefFrame[ 1 ] of a pair on two sides: comp_bwdref and comp_bwdref_p1."""
    offset = COMP_BWD_REF_CDF + 4 * comp_bwdref_context(counts)
    if code_symbol(coder, cdfs, offset, 2, ref == ALTREF_FRAME):
        return ALTREF_FRAME
    offset = COMP_BWD_REF_CDF + 4 * comp_bwdref_p1_context(counts) + 2
    return BWDREF_FRAME + code_symbol(coder, cdfs, offset, 2, ref == ALTREF2_FRAME)


@kernel(internal=True)
def code_pair_on_one_side(coder, cdfs, counts, block):
    """uni_comp_ref, uni_comp_ref_p1 and uni_comp_ref_p2."""
    second = block.ref_frame[1]
    offset = UNI_COMP_REF_CDF + 6 * single_ref_p1_context(counts)
    if code_symbol(coder, cdfs, offset, 2, block.ref_frame[0] == BWDREF_FRAME):
        block.ref_frame[0], block.ref_frame[1] = BWDREF_FRAME, ALTREF_FRAME
        return
    block.ref_frame[0] = LAST_FRAME
    offset = UNI_COMP_REF_CDF + 6 * uni_comp_ref_p1_context(counts) + 2
    if code_symbol(coder, cdfs, offset, 2, second >= LAST3_FRAME):
        offset = UNI_COMP_REF_CDF + 6 * comp_ref_p2_context(counts) + 4
        block.ref_frame[1] = LAST3_FRAME + code_symbol(coder, cdfs, offset, 2, second == GOLDEN_FRAME)
    else:
        block.ref_frame[1] = LAST2_FRAME


@kernel(internal=True)
def code_reference_choice(coder, cdfs, frame, block, above, left):
    """The references of a block whose segment or skip mode leaves it the choice."""
    counts = reference_counts(above, left)
    compound = 0
    if (
        frame.reference_select
        and min(NUM_4X4_BLOCKS_WIDE[block.mi_size], NUM_4X4_BLOCKS_HIGH[block.mi_size]) >= 2
    ):
        offset = COMP_MODE_CDF + 2 * comp_mode_context(above, left)
        compound = code_symbol(coder, cdfs, offset, 2, block.ref_frame[1] > INTRA_FRAME)
    if not compound:
        block.ref_frame[0] = code_single_reference(coder, cdfs, counts, block.ref_frame[0])
        block.ref_frame[1] = NONE
        return
    on_two_sides = block.ref_frame[0] < BWDREF_FRAME <= block.ref_frame[1]
    offset = COMP_REF_TYPE_CDF + 2 * comp_ref_type_context(above, left)
    if code_symbol(coder, cdfs, offset, 2, on_two_sides):
        block.ref_frame[0] = code_forward_reference(coder, cdfs, counts, block.ref_frame[0])
        block.ref_frame[1] = code_backward_reference(coder, cdfs, counts, block.ref_frame[1])
    else:
        code_pair_on_one_side(coder, cdfs, counts, block)


@kernel(internal=True)
def code_references(coder, cdfs, frame, block, above, left):
    """read_ref_frames."""
    segment_id = block.segment_id
    if block.skip_mode:
        block.ref_frame[0], block.ref_frame[1] = frame.skip_mode_frame[0], frame.skip_mode_frame[1]
    elif frame.seg_ref_frame[segment_id] >= 0:
        block.ref_frame[0], block.ref_frame[1] = frame.seg_ref_frame[segment_id], NONE
    elif frame.seg_skip[segment_id] or frame.seg_globalmv[segment_id]:
        block.ref_frame[0], block.ref_frame[1] = LAST_FRAME, NONE
    else:
        code_reference_choice(coder, cdfs, frame, block, above, left)
