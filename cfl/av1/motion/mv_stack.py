# mypy: disable-error-code="no-untyped-def"
"""The stack of vectors that a block may choose from (AV1 specification 7.10.2, 7.10.2.11, 7.10.2.14).

The search is done for every inter block. Its parts are inlined, as `MvSearch` is large to be passed on:
that makes it two to three times as fast.
"""

from cfl.av1.motion.extra_search import extra_search
from cfl.av1.motion.global_motion import set_global_mv
from cfl.av1.motion.packed import mv_col, mv_row
from cfl.av1.motion.spatial_scan import scan_col, scan_point, scan_row
from cfl.av1.motion.temporal_scan import temporal_scan
from cfl.av1.tables.constants import MV_BORDER, REF_CAT_LEVEL
from cfl.av1.tables.geometry import NUM_4X4_BLOCKS_HIGH, NUM_4X4_BLOCKS_WIDE
from cfl.av1.tables.inter_constants import GLOBALMV, NEARESTMV, NEWMV
from cfl.simd.kernel import kernel


@kernel(inline=True)
def taken_match(stack):
    """Return FoundMatch, and set it to 0."""
    found, stack.found_match = stack.found_match, 0
    return found


@kernel(internal=True)
def sort_stack(stack, start, end):
    """The sorting process, 7.10.2.11: by falling weight, stable."""
    for i in range(start + 1, end):
        for j in range(i, start, -1):
            if stack.weight_stack[j - 1] >= stack.weight_stack[j]:
                break
            weight, candidate = stack.weight_stack[j], stack.candidates[j]
            stack.weight_stack[j], stack.candidates[j] = stack.weight_stack[j - 1], stack.candidates[j - 1]
            stack.weight_stack[j - 1], stack.candidates[j - 1] = weight, candidate


@kernel(internal=True)
def set_drl_contexts(stack):
    """Set DrlCtxStack: whether a candidate and the next are near ones."""
    for idx in range(stack.num_mv_found):
        ctx = 0
        if idx + 1 < stack.num_mv_found:
            if stack.weight_stack[idx] < REF_CAT_LEVEL:
                ctx = 2
            elif stack.weight_stack[idx + 1] < REF_CAT_LEVEL:
                ctx = 1
        stack.drl_ctx_stack[idx] = ctx


@kernel(inline=True)
def unpack_stack(search):
    """Leave the candidates in RefStackMv, those that were found not far outside the frame."""
    frame, block, stack = search.frame, search.block, search.stack
    bh4, bw4 = NUM_4X4_BLOCKS_HIGH[block.mi_size], NUM_4X4_BLOCKS_WIDE[block.mi_size]
    top = -32 * (block.mi_row + bh4) - MV_BORDER
    left = -32 * (block.mi_col + bw4) - MV_BORDER
    bottom = 32 * (frame.mi_rows - block.mi_row) + MV_BORDER
    right = 32 * (frame.mi_cols - block.mi_col) + MV_BORDER
    for idx in range(max(stack.num_mv_found, 2)):
        for ref_list in range(1 + search.is_compound):
            row, col = mv_row(stack.candidates[idx], ref_list), mv_col(stack.candidates[idx], ref_list)
            if idx < stack.num_mv_found:
                row, col = min(max(row, top), bottom), min(max(col, left), right)
            stack.ref_stack_mv[idx, ref_list, 0], stack.ref_stack_mv[idx, ref_list, 1] = row, col


@kernel(internal=True)
def set_mode_contexts(stack, close_matches, total_matches, num_new):
    """Set NewMvContext and RefMvContext."""
    if close_matches == 0:
        stack.new_mv_context, stack.ref_mv_context = min(total_matches, 1), total_matches
    elif close_matches == 1:
        stack.new_mv_context, stack.ref_mv_context = 3 - min(num_new, 1), 2 + total_matches
    else:
        stack.new_mv_context, stack.ref_mv_context = 5 - min(num_new, 1), 5


@kernel(inline=True)
def scan_adjacent(search):
    """Scan the blocks that touch the block; return whether one above and one to the left matched."""
    size, stack = search.block.mi_size, search.stack
    scan_row(search, -1)
    above = taken_match(stack)
    scan_col(search, -1)
    left = taken_match(stack)
    if max(NUM_4X4_BLOCKS_WIDE[size], NUM_4X4_BLOCKS_HIGH[size]) <= 16:
        scan_point(search, -1, NUM_4X4_BLOCKS_WIDE[size])
    return above | stack.found_match, left


@kernel(inline=True)
def scan_farther(search):
    """Scan the corner and the rows and columns behind; return what `scan_adjacent` does."""
    size, stack = search.block.mi_size, search.stack
    above = left = 0
    scan_point(search, -1, -1)
    above |= taken_match(stack)
    for delta in (-3, -5):
        if delta == -3 or NUM_4X4_BLOCKS_HIGH[size] > 1:
            scan_row(search, delta)
            above |= taken_match(stack)
        if delta == -3 or NUM_4X4_BLOCKS_WIDE[size] > 1:
            scan_col(search, delta)
            left |= taken_match(stack)
    return above, left


@kernel(internal=True)
def predicted_mv(stack, comp_mode, ref_mv_idx, ref_list):
    """Return PredMv[ ref_list ] of assign_mv, row and column (5.11.26).

    Parameters
    ----------
    stack : record of MV_STACK
        Made by `find_mv_stack`.
    comp_mode : int
        NEARESTMV, NEARMV, GLOBALMV or NEWMV, as of `cfl.av1.motion.vectors.get_mode`.
    ref_mv_idx : int
        RefMvIdx, 0 to 3.
    ref_list : int
        0 or 1.
    """
    if comp_mode == GLOBALMV:
        return stack.global_mvs[ref_list, 0], stack.global_mvs[ref_list, 1]
    position = ref_mv_idx
    if comp_mode == NEARESTMV or (comp_mode == NEWMV and stack.num_mv_found <= 1):
        position = 0
    return stack.ref_stack_mv[position, ref_list, 0], stack.ref_stack_mv[position, ref_list, 1]


@kernel(internal=True)
def find_mv_stack(search):
    """find_mv_stack: make the stack and the contexts of a block whose size and references are known.

    Parameters
    ----------
    search : MvSearch
    """
    stack = search.stack
    stack.num_mv_found = stack.new_mv_count = stack.found_match = stack.zero_mv_context = 0
    for ref_list in range(1 + search.is_compound):
        set_global_mv(stack, search.frame, search.block, ref_list)
    close_above, close_left = scan_adjacent(search)
    num_nearest, num_new = stack.num_mv_found, stack.new_mv_count
    for idx in range(num_nearest):
        stack.weight_stack[idx] += REF_CAT_LEVEL
    if search.frame.use_ref_frame_mvs:
        temporal_scan(search)
    above, left = scan_farther(search)
    sort_stack(stack, 0, num_nearest)
    sort_stack(stack, num_nearest, stack.num_mv_found)
    if stack.num_mv_found < 2:
        extra_search(search)
    set_drl_contexts(stack)
    unpack_stack(search)
    total_matches = (above | close_above) + (left | close_left)
    set_mode_contexts(stack, close_above + close_left, total_matches, num_new)
