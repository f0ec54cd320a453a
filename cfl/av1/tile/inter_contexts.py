# mypy: disable-error-code="no-untyped-def"
"""Contexts of the syntax elements of inter blocks (AV1 specification 8.3.2), from the two neighbours.

The neighbours are the blocks above the block's first column and to the left of its first row, as records of
NEIGHBOUR. Contexts that depend on the motion vectors are in `cfl.av1.motion.mv_stack`.
"""

import numpy as np

from cfl.av1.tables.inter_constants import (
    ALTREF2_FRAME,
    ALTREF_FRAME,
    BWDREF_FRAME,
    COMP_NEWMV_CTXS,
    GOLDEN_FRAME,
    INTRA_FRAME,
    LAST2_FRAME,
    LAST3_FRAME,
    LAST_FRAME,
)
from cfl.av1.tables.motion import COMPOUND_MODE_CTX_MAP
from cfl.simd.kernel import kernel

NEIGHBOUR = np.dtype(
    [
        ("available", "i1"),
        ("ref_frame", "i1", (2,)),
        ("skip_mode", "i1"),
        ("comp_group_idx", "i1"),
        ("compound_idx", "i1"),
        ("interp_filter", "i1", (2,)),
    ]
)
"""What contexts take of a neighbour, by the standard's names.

`available` is AvailU or AvailL. A neighbour that is not available has the reference frames INTRA_FRAME and
NONE, and 0 in all else.
"""


@kernel(inline=True)
def is_intra(neighbour):
    """AboveIntra or LeftIntra."""
    return neighbour.ref_frame[0] <= INTRA_FRAME


@kernel(inline=True)
def is_single(neighbour):
    """AboveSingle or LeftSingle."""
    return neighbour.ref_frame[1] <= INTRA_FRAME


@kernel(inline=True)
def is_backward(ref):
    """check_backward; and on which side of is_samedir_ref_pair a reference is."""
    return ref >= BWDREF_FRAME


@kernel(internal=True)
def skip_mode_context(above, left):
    """Context of skip_mode."""
    return above.skip_mode + left.skip_mode


@kernel(internal=True)
def is_inter_context(above, left):
    """Context of is_inter."""
    if above.available and left.available:
        if is_intra(above) and is_intra(left):
            return 3
        return 1 if is_intra(above) or is_intra(left) else 0
    if above.available or left.available:
        return 2 if is_intra(above if above.available else left) else 0
    return 0


@kernel(internal=True)
def comp_mode_context(above, left):
    """Context of comp_mode."""
    if above.available and left.available:
        if is_single(above) and is_single(left):
            return is_backward(above.ref_frame[0]) ^ is_backward(left.ref_frame[0])
        if not is_single(above) and not is_single(left):
            return 4
        single = above if is_single(above) else left
        return 3 if is_backward(single.ref_frame[0]) or is_intra(single) else 2
    if above.available or left.available:
        only = above if above.available else left
        if is_single(only):
            return 1 if is_backward(only.ref_frame[0]) else 0
        return 3
    return 1


@kernel(internal=True)
def has_unidirectional_pair(neighbour):
    """aboveUniComp or leftUniComp: of two references on the same side."""
    return is_backward(neighbour.ref_frame[0]) == is_backward(neighbour.ref_frame[1])


@kernel(internal=True)
def comp_ref_type_of_inter_neighbours(above, left):
    """Context of comp_ref_type between two inter blocks."""
    same_side = 1 if is_backward(above.ref_frame[0]) == is_backward(left.ref_frame[0]) else 0
    if is_single(above) and is_single(left):
        return 1 + 2 * same_side
    if is_single(above) or is_single(left):
        return 3 + same_side if has_unidirectional_pair(left if is_single(above) else above) else 1
    pairs = has_unidirectional_pair(above) + has_unidirectional_pair(left)
    if pairs < 2:
        return 2 * pairs
    return 4 if (above.ref_frame[0] == BWDREF_FRAME) == (left.ref_frame[0] == BWDREF_FRAME) else 3


@kernel(internal=True)
def comp_ref_type_context(above, left):
    """Context of comp_ref_type."""
    if not is_intra(above) and not is_intra(left):
        return comp_ref_type_of_inter_neighbours(above, left)
    inter = left if is_intra(above) else above
    if is_intra(inter) or is_single(inter):
        return 2
    unidirectional = has_unidirectional_pair(inter)
    if above.available and left.available:
        return 1 + 2 * unidirectional
    return 4 * unidirectional


@kernel(internal=True)
def reference_counts(above, left):
    """Return count_refs of all references, each in four bits, lowest first.

    An intra block, and a neighbour that is not available, only count for INTRA_FRAME, which no context reads.
    """
    counts = 0
    for neighbour in (above, left):
        counts += 1 << (4 * neighbour.ref_frame[0])
        if not is_single(neighbour):
            counts += 1 << (4 * neighbour.ref_frame[1])
    return counts


@kernel(inline=True)
def counted(counts, first, last):
    """How often neighbours refer to a reference in a range."""
    total = 0
    for ref in range(first, last + 1):
        total += counts >> (4 * ref) & 15
    return total


@kernel(inline=True)
def ref_count_ctx(counts0, counts1):
    """ref_count_ctx."""
    return 1 + (counts0 > counts1) - (counts0 < counts1)


@kernel(internal=True)
def single_ref_p1_context(counts):
    """Context of single_ref_p1 and uni_comp_ref, of `reference_counts`."""
    return ref_count_ctx(
        counted(counts, LAST_FRAME, GOLDEN_FRAME), counted(counts, BWDREF_FRAME, ALTREF_FRAME)
    )


@kernel(internal=True)
def comp_ref_context(counts):
    """Context of comp_ref and single_ref_p3."""
    return ref_count_ctx(counted(counts, LAST_FRAME, LAST2_FRAME), counted(counts, LAST3_FRAME, GOLDEN_FRAME))


@kernel(internal=True)
def comp_ref_p1_context(counts):
    """Context of comp_ref_p1 and single_ref_p4."""
    return ref_count_ctx(counted(counts, LAST_FRAME, LAST_FRAME), counted(counts, LAST2_FRAME, LAST2_FRAME))


@kernel(internal=True)
def comp_ref_p2_context(counts):
    """Context of comp_ref_p2, single_ref_p5 and uni_comp_ref_p2."""
    return ref_count_ctx(
        counted(counts, LAST3_FRAME, LAST3_FRAME), counted(counts, GOLDEN_FRAME, GOLDEN_FRAME)
    )


@kernel(internal=True)
def comp_bwdref_context(counts):
    """Context of comp_bwdref and single_ref_p2."""
    ahead = counted(counts, BWDREF_FRAME, ALTREF2_FRAME)
    return ref_count_ctx(ahead, counted(counts, ALTREF_FRAME, ALTREF_FRAME))


@kernel(internal=True)
def comp_bwdref_p1_context(counts):
    """Context of comp_bwdref_p1 and single_ref_p6."""
    nearest = counted(counts, BWDREF_FRAME, BWDREF_FRAME)
    return ref_count_ctx(nearest, counted(counts, ALTREF2_FRAME, ALTREF2_FRAME))


@kernel(internal=True)
def uni_comp_ref_p1_context(counts):
    """Context of uni_comp_ref_p1."""
    last2 = counted(counts, LAST2_FRAME, LAST2_FRAME)
    return ref_count_ctx(last2, counted(counts, LAST3_FRAME, GOLDEN_FRAME))


@kernel(internal=True)
def compound_mode_context(stack):
    """Context of compound_mode, of a record of MV_STACK."""
    new_mv = min(stack.new_mv_context, COMP_NEWMV_CTXS - 1)
    return COMPOUND_MODE_CTX_MAP[stack.ref_mv_context >> 1, new_mv]


@kernel(internal=True)
def comp_group_idx_context(above, left):
    """Context of comp_group_idx."""
    ctx = 0
    for neighbour in (above, left):
        if not is_single(neighbour):
            ctx += neighbour.comp_group_idx
        elif neighbour.ref_frame[0] == ALTREF_FRAME:
            ctx += 3
    return min(ctx, 5)


@kernel(internal=True)
def compound_idx_context(above, left, equally_far):
    """Context of compound_idx; whether the block's references are equally far from the frame in time."""
    ctx = 3 if equally_far else 0
    for neighbour in (above, left):
        if not is_single(neighbour):
            ctx += neighbour.compound_idx
        elif neighbour.ref_frame[0] == ALTREF_FRAME:
            ctx += 1
    return ctx


@kernel(internal=True)
def filter_of_neighbour(neighbour, ref, direction):
    """Return the interp_filter of a neighbour that has a reference; 3 if it has not."""
    if neighbour.ref_frame[0] == ref or neighbour.ref_frame[1] == ref:
        return neighbour.interp_filter[direction]
    return 3


@kernel(internal=True)
def interp_filter_context(above, left, block, direction):
    """Context of interp_filter[ direction ]."""
    ctx = (2 * direction + (block.ref_frame[1] > INTRA_FRAME)) * 4
    left_type = filter_of_neighbour(left, block.ref_frame[0], direction)
    above_type = filter_of_neighbour(above, block.ref_frame[0], direction)
    if above_type in (left_type, 3):
        return ctx + left_type
    if left_type == 3:
        return ctx + above_type
    return ctx + 3
