# mypy: disable-error-code="no-untyped-def"
"""Candidates where there are fewer than two (AV1 specification 7.10.2.12, 7.10.2.13).

They are vectors of neighbours with other references, turned around where they point the other way in time,
and then those of global motion.
"""

from cfl.av1.motion.packed import mv_of, negated_mv, packed_pair
from cfl.av1.motion.spatial_scan import add_candidate, is_inside
from cfl.av1.tables.geometry import NUM_4X4_BLOCKS_HIGH, NUM_4X4_BLOCKS_WIDE
from cfl.av1.tables.inter_constants import INTRA_FRAME
from cfl.simd.kernel import kernel


@kernel(inline=True)
def pointing_like(frame, mv, mv_ref, ref):
    """Return a packed vector to a reference, turned around if another reference is on the other side."""
    if frame.ref_frame_sign_bias[mv_ref] != frame.ref_frame_sign_bias[ref]:
        return negated_mv(mv)
    return mv


@kernel(inline=True)
def add_extra_single(search, mv, mv_ref):
    """Put a vector of a neighbour on the stack, unless it is there."""
    stack = search.stack
    candidate = pointing_like(search.frame, mv, mv_ref, search.block.ref_frame[0])
    for idx in range(stack.num_mv_found):
        if stack.candidates[idx] == candidate:
            return
    add_candidate(stack, candidate, 2)


@kernel(inline=True)
def add_extra_compound(search, mv, mv_ref):
    """Keep a vector of a neighbour for each of the block's references, two of each kind at most."""
    stack = search.stack
    for ref_list in range(2):
        ref = search.block.ref_frame[ref_list]
        if mv_ref == ref and stack.ref_id_count[ref_list] < 2:
            stack.ref_id_mvs[ref_list, stack.ref_id_count[ref_list]] = mv
            stack.ref_id_count[ref_list] += 1
        elif stack.ref_diff_count[ref_list] < 2:
            candidate = pointing_like(search.frame, mv, mv_ref, ref)
            stack.ref_diff_mvs[ref_list, stack.ref_diff_count[ref_list]] = candidate
            stack.ref_diff_count[ref_list] += 1


@kernel(inline=True)
def add_extra_mv_candidate(search, row, col):
    """The add extra mv candidate process, 7.10.2.13: the vectors of the block at a position."""
    info = search.info
    for cand_list in range(2):
        ref = info.ref_frames[row, col, cand_list]
        if ref > INTRA_FRAME:
            mv = mv_of(info.mvs[row, col], cand_list)
            if search.is_compound:
                add_extra_compound(search, mv, ref)
            else:
                add_extra_single(search, mv, ref)


@kernel(inline=True)
def search_neighbours(search):
    """The blocks above, then those to the left, until there are two candidates."""
    frame, block, mi_sizes = search.frame, search.block, search.info.mi_sizes
    w4 = min(NUM_4X4_BLOCKS_WIDE[block.mi_size], 16, frame.mi_cols - block.mi_col)
    h4 = min(NUM_4X4_BLOCKS_HIGH[block.mi_size], 16, frame.mi_rows - block.mi_row)
    for to_left in range(2):
        idx = 0
        while idx < min(w4, h4) and search.stack.num_mv_found < 2:
            row = block.mi_row + idx if to_left else block.mi_row - 1
            col = block.mi_col - 1 if to_left else block.mi_col + idx
            if not is_inside(search.tile, row, col) or mi_sizes[row, col] < 0:
                break
            add_extra_mv_candidate(search, row, col)
            size = mi_sizes[row, col]
            idx += NUM_4X4_BLOCKS_HIGH[size] if to_left else NUM_4X4_BLOCKS_WIDE[size]


@kernel(internal=True)
def combined_mv(stack, position, ref_list):
    """Return combinedMvs[ position ][ ref_list ]: of the same reference, of another, or of global motion."""
    same, other = stack.ref_id_count[ref_list], stack.ref_diff_count[ref_list]
    if position < same:
        return stack.ref_id_mvs[ref_list, position]
    if position - same < other:
        return stack.ref_diff_mvs[ref_list, position - same]
    return stack.packed_global_mvs[ref_list]


@kernel(internal=True)
def add_combined(stack):
    """Fill the stack of compound prediction to two pairs."""
    first = packed_pair(combined_mv(stack, 0, 0), combined_mv(stack, 0, 1))
    second = packed_pair(combined_mv(stack, 1, 0), combined_mv(stack, 1, 1))
    if stack.num_mv_found == 1:
        stack.candidates[1] = second if stack.candidates[0] == first else first
    else:
        stack.candidates[0], stack.candidates[1] = first, second
        stack.weight_stack[0] = 2
    stack.weight_stack[1] = 2
    stack.num_mv_found = 2


@kernel(inline=True)
def extra_search(search):
    """The extra search process, 7.10.2.12. What global motion adds to single prediction is not counted."""
    stack = search.stack
    for ref_list in range(2):
        stack.ref_id_count[ref_list] = stack.ref_diff_count[ref_list] = 0
    search_neighbours(search)
    if search.is_compound:
        add_combined(stack)
    else:
        for idx in range(stack.num_mv_found, 2):
            stack.candidates[idx] = stack.packed_global_mvs[0]
