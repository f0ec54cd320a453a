# mypy: disable-error-code="no-untyped-def"
"""Candidates from the blocks around a block (AV1 specification 7.10.2.2 to 7.10.2.4, 7.10.2.7 to 7.10.2.9).

The standard brings each candidate to the frame's precision. The vectors of a frame's blocks have it already:
so have the predictions, by these processes, and so have the differences that are added to them.
"""

from cfl.av1.motion.packed import mv_of, packed_pair
from cfl.av1.motion.vectors import has_newmv
from cfl.av1.tables.constants import MAX_REF_MV_STACK_SIZE
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
)
from cfl.av1.tables.inter_constants import GLOBAL_GLOBALMV, GLOBALMV, TRANSLATION
from cfl.simd.kernel import kernel


@kernel(inline=True)
def is_inside(tile, row, col):
    """is_inside."""
    return tile.mi_col_start <= col < tile.mi_col_end and tile.mi_row_start <= row < tile.mi_row_end


@kernel(inline=True)
def add_candidate(stack, candidate, weight):
    """Put a packed pair or vector on the stack, or add its weight to the same one that is there."""
    for idx in range(stack.num_mv_found):
        if stack.candidates[idx] == candidate:
            stack.weight_stack[idx] += weight
            return
    if stack.num_mv_found < MAX_REF_MV_STACK_SIZE:
        stack.candidates[stack.num_mv_found] = candidate
        stack.weight_stack[stack.num_mv_found] = weight
        stack.num_mv_found += 1


@kernel(inline=True)
def search_stack(search, row, col, ref_list, weight):
    """The search stack process, 7.10.2.8: a vector of the block at a position."""
    frame, block, info, stack = search.frame, search.block, search.info, search.stack
    mode, size = info.y_modes[row, col], info.mi_sizes[row, col]
    candidate = mv_of(info.mvs[row, col], ref_list)
    if mode in (GLOBALMV, GLOBAL_GLOBALMV):
        large = min(BLOCK_WIDTH[size], BLOCK_HEIGHT[size]) >= 8
        if large and frame.gm_type[block.ref_frame[0]] > TRANSLATION:
            candidate = stack.packed_global_mvs[0]
    stack.new_mv_count += has_newmv(mode)
    stack.found_match = 1
    add_candidate(stack, candidate, weight)


@kernel(inline=True)
def compound_search_stack(search, row, col, weight):
    """The compound search stack process, 7.10.2.9: both vectors of the block at a position."""
    frame, block, info, stack = search.frame, search.block, search.info, search.stack
    mode = info.y_modes[row, col]
    candidate = info.mvs[row, col]
    if mode == GLOBAL_GLOBALMV:
        first, second = mv_of(candidate, 0), mv_of(candidate, 1)
        if frame.gm_type[block.ref_frame[0]] > TRANSLATION:
            first = stack.packed_global_mvs[0]
        if frame.gm_type[block.ref_frame[1]] > TRANSLATION:
            second = stack.packed_global_mvs[1]
        candidate = packed_pair(first, second)
    stack.new_mv_count += has_newmv(mode)
    stack.found_match = 1
    add_candidate(stack, candidate, weight)


@kernel(inline=True)
def add_ref_mv_candidate(search, row, col, weight):
    """The add reference motion vector process, 7.10.2.7: what the block at a position gives."""
    block, info = search.block, search.info
    if not info.is_inters[row, col]:
        return
    ref0, ref1 = info.ref_frames[row, col, 0], info.ref_frames[row, col, 1]
    if search.is_compound:
        if ref0 == block.ref_frame[0] and ref1 == block.ref_frame[1]:
            compound_search_stack(search, row, col, weight)
        return
    for ref_list in range(2):
        if (ref1 if ref_list else ref0) == block.ref_frame[0]:
            search_stack(search, row, col, ref_list, weight)


@kernel(inline=True)
def least_length(delta, blocks):
    """How far a scan goes at least from one candidate to the next, in units of 4x4."""
    if blocks >= 16:
        return 4
    return 2 if abs(delta) > 1 else 1


@kernel(inline=True)
def scan_row(search, delta_row):
    """The scan row process, 7.10.2.2: the blocks in a row above."""
    tile, block, mi_sizes = search.tile, search.block, search.info.mi_sizes
    bw4 = NUM_4X4_BLOCKS_WIDE[block.mi_size]
    end4 = min(bw4, search.frame.mi_cols - block.mi_col, 16)
    least = least_length(delta_row, bw4)
    row, col = block.mi_row + delta_row, block.mi_col
    if abs(delta_row) > 1:
        row += block.mi_row & 1
        col += 1 - (block.mi_col & 1)
    i = 0
    while i < end4 and is_inside(tile, row, col + i) and mi_sizes[row, col + i] >= 0:
        length = max(min(bw4, NUM_4X4_BLOCKS_WIDE[mi_sizes[row, col + i]]), least)
        add_ref_mv_candidate(search, row, col + i, 2 * length)
        i += length


@kernel(inline=True)
def scan_col(search, delta_col):
    """The scan col process, 7.10.2.3: the blocks in a column to the left."""
    tile, block, mi_sizes = search.tile, search.block, search.info.mi_sizes
    bh4 = NUM_4X4_BLOCKS_HIGH[block.mi_size]
    end4 = min(bh4, search.frame.mi_rows - block.mi_row, 16)
    least = least_length(delta_col, bh4)
    row, col = block.mi_row, block.mi_col + delta_col
    if abs(delta_col) > 1:
        row += 1 - (block.mi_row & 1)
        col += block.mi_col & 1
    i = 0
    while i < end4 and is_inside(tile, row + i, col) and mi_sizes[row + i, col] >= 0:
        length = max(min(bh4, NUM_4X4_BLOCKS_HIGH[mi_sizes[row + i, col]]), least)
        add_ref_mv_candidate(search, row + i, col, 2 * length)
        i += length


@kernel(inline=True)
def scan_point(search, delta_row, delta_col):
    """The scan point process, 7.10.2.4: the block at a corner, if it has been coded."""
    row, col = search.block.mi_row + delta_row, search.block.mi_col + delta_col
    if is_inside(search.tile, row, col) and search.info.mi_sizes[row, col] >= 0:
        add_ref_mv_candidate(search, row, col, 4)
