# mypy: disable-error-code="no-untyped-def"
"""The vectors of intra block copy (AV1 specification 5.11.26, 5.11.31, 7.10.2).

Vectors are predicted as for single prediction from the current frame: there is no global motion and no
temporal prediction, and every vector is in whole samples, so that lowering its precision changes nothing.
"""

import numpy as np

from cfl.av1.entropy.cdfs import MV_BIT_CDF, MV_CLASS0_BIT_CDF, MV_CLASS_CDF, MV_JOINT_CDF, MV_SIGN_CDF
from cfl.av1.entropy.symbols import code_symbol
from cfl.av1.tables.constants import (
    INTRABC_DELAY_PIXELS,
    INTRABC_DELAY_SB64,
    MAX_REF_MV_STACK_SIZE,
    MV_BORDER,
    REF_CAT_LEVEL,
)
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
)
from cfl.av1.tile.state import ERROR_MV
from cfl.simd.integers import floor_log2
from cfl.simd.kernel import kernel

ROW, COL, WEIGHT = 0, 1, 2


@kernel(internal=True)
def is_inside(tile, row, col):
    """is_inside."""
    return tile.mi_col_start <= col < tile.mi_col_end and tile.mi_row_start <= row < tile.mi_row_end


@kernel(internal=True)
def add_ref_mv_candidate(tile, arrays, row, col, found, weight):
    """Add a block's vector to the stack, or its weight to the same one there; return how many there are."""
    if not arrays.use_intrabc[row, col]:
        return found
    stack = tile.mv_stack
    mv_row, mv_col = np.int64(arrays.mv[row, col, 0]), np.int64(arrays.mv[row, col, 1])
    for idx in range(found):
        if stack[idx, ROW] == mv_row and stack[idx, COL] == mv_col:
            stack[idx, WEIGHT] += weight
            return found
    if found < MAX_REF_MV_STACK_SIZE:
        stack[found, ROW], stack[found, COL], stack[found, WEIGHT] = mv_row, mv_col, weight
        return found + 1
    return found


@kernel(internal=True)
def scan_row(frame, tile, block, arrays, delta_row, found):
    """The scan row process, 7.10.2.2."""
    bw4 = NUM_4X4_BLOCKS_WIDE[block.mi_size]
    end4 = min(bw4, frame.mi_cols - block.mi_col, 16)
    delta_col, least = 0, 1
    if abs(delta_row) > 1:
        delta_row += block.mi_row & 1
        delta_col = 1 - (block.mi_col & 1)
        least = 2
    if bw4 >= 16:
        least = 4
    i = 0
    while i < end4:
        row, col = block.mi_row + delta_row, block.mi_col + delta_col + i
        if not is_inside(tile, row, col) or arrays.mi_size[row, col] < 0:
            break
        length = max(min(bw4, NUM_4X4_BLOCKS_WIDE[arrays.mi_size[row, col]]), least)
        found = add_ref_mv_candidate(tile, arrays, row, col, found, 2 * length)
        i += length
    return found


@kernel(internal=True)
def scan_col(frame, tile, block, arrays, delta_col, found):
    """The scan col process, 7.10.2.3."""
    bh4 = NUM_4X4_BLOCKS_HIGH[block.mi_size]
    end4 = min(bh4, frame.mi_rows - block.mi_row, 16)
    delta_row, least = 0, 1
    if abs(delta_col) > 1:
        delta_row = 1 - (block.mi_row & 1)
        delta_col += block.mi_col & 1
        least = 2
    if bh4 >= 16:
        least = 4
    i = 0
    while i < end4:
        row, col = block.mi_row + delta_row + i, block.mi_col + delta_col
        if not is_inside(tile, row, col) or arrays.mi_size[row, col] < 0:
            break
        length = max(min(bh4, NUM_4X4_BLOCKS_HIGH[arrays.mi_size[row, col]]), least)
        found = add_ref_mv_candidate(tile, arrays, row, col, found, 2 * length)
        i += length
    return found


@kernel(internal=True)
def scan_point(tile, block, arrays, delta_row, delta_col, found):
    """The scan point process, 7.10.2.4: only blocks that have been coded."""
    row, col = block.mi_row + delta_row, block.mi_col + delta_col
    if not is_inside(tile, row, col) or arrays.mi_size[row, col] < 0:
        return found
    return add_ref_mv_candidate(tile, arrays, row, col, found, 4)


@kernel(internal=True)
def sort_stack(tile, start, end):
    """The sorting process, 7.10.2.11: by falling weight, stable."""
    stack = tile.mv_stack
    for i in range(start + 1, end):
        for j in range(i, start, -1):
            if stack[j - 1, WEIGHT] >= stack[j, WEIGHT]:
                break
            for k in range(3):
                stack[j - 1, k], stack[j, k] = stack[j, k], stack[j - 1, k]


@kernel(internal=True)
def find_mv_stack(frame, tile, block, arrays):
    """find_mv_stack( 0 ): leaves at least two vectors on the stack, 0 where there are none to find."""
    stack = tile.mv_stack
    bw4, bh4 = NUM_4X4_BLOCKS_WIDE[block.mi_size], NUM_4X4_BLOCKS_HIGH[block.mi_size]
    found = scan_row(frame, tile, block, arrays, -1, 0)
    found = scan_col(frame, tile, block, arrays, -1, found)
    if max(bw4, bh4) <= 16:
        found = scan_point(tile, block, arrays, -1, bw4, found)
    nearest = found
    for idx in range(nearest):
        stack[idx, WEIGHT] += REF_CAT_LEVEL
    found = scan_point(tile, block, arrays, -1, -1, found)
    found = scan_row(frame, tile, block, arrays, -3, found)
    found = scan_col(frame, tile, block, arrays, -3, found)
    if bh4 > 1:
        found = scan_row(frame, tile, block, arrays, -5, found)
    if bw4 > 1:
        found = scan_col(frame, tile, block, arrays, -5, found)
    sort_stack(tile, 0, nearest)
    sort_stack(tile, nearest, found)
    for idx in range(found, 2):
        stack[idx, ROW], stack[idx, COL] = 0, 0
    to_top, to_left = -32 * block.mi_row, -32 * block.mi_col
    to_bottom = 32 * (frame.mi_rows - bh4 - block.mi_row)
    to_right = 32 * (frame.mi_cols - bw4 - block.mi_col)
    border_row, border_col = MV_BORDER + 32 * bh4, MV_BORDER + 32 * bw4
    for idx in range(found):
        stack[idx, ROW] = min(max(stack[idx, ROW], to_top - border_row), to_bottom + border_row)
        stack[idx, COL] = min(max(stack[idx, COL], to_left - border_col), to_right + border_col)


@kernel(internal=True)
def choose_pred_mv(frame, tile, block):
    """Compute PredMv of assign_mv; it becomes the first of the stack."""
    stack = tile.mv_stack
    for idx in range(2):
        if stack[idx, ROW] != 0 or stack[idx, COL] != 0:
            stack[0, ROW], stack[0, COL] = stack[idx, ROW], stack[idx, COL]
            return
    sb_size4 = 32 if frame.use_128x128_superblock else 16
    if block.mi_row - sb_size4 < tile.mi_row_start:
        stack[0, COL] = -8 * (4 * sb_size4 + INTRABC_DELAY_PIXELS)
    else:
        stack[0, ROW] = -8 * 4 * sb_size4


@kernel(internal=True)
def code_mv_component(coder, cdfs, comp, value):
    """read_mv_component in whole samples; a writer's value is not 0."""
    sign = code_symbol(coder, cdfs, MV_SIGN_CDF + 2 * comp, 2, value < 0)
    rest = max(abs(value) - 1, 0)
    mv_class = code_symbol(coder, cdfs, MV_CLASS_CDF + 11 * comp, 11, floor_log2(max(rest, 1)))
    if mv_class == 0:
        magnitude = 1 + code_symbol(coder, cdfs, MV_CLASS0_BIT_CDF + 2 * comp, 2, rest)
    else:
        magnitude = 1 + (1 << mv_class)
        for i in range(mv_class):
            offset = MV_BIT_CDF + 2 * (10 * comp + i)
            magnitude += code_symbol(coder, cdfs, offset, 2, (rest >> i) & 1) << i
    return -magnitude if sign else magnitude


@kernel(internal=True)
def is_mv_valid(frame, tile, block, mv_row, mv_col):
    """is_mv_valid: the source lies in the tile, and was coded early enough."""
    if abs(mv_row) >= 1 << 14 or abs(mv_col) >= 1 << 14 or (mv_row | mv_col) & 7:
        return False
    bw, bh = BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size]
    top, left = 4 * block.mi_row + (mv_row >> 3), 4 * block.mi_col + (mv_col >> 3)
    bottom, right = top + bh, left + bw
    if block.has_chroma:
        if bw < 8 and frame.subsampling_x:
            left -= 4
        if bh < 8 and frame.subsampling_y:
            top -= 4
    if (
        top < 4 * tile.mi_row_start
        or left < 4 * tile.mi_col_start
        or bottom > 4 * tile.mi_row_end
        or right > 4 * tile.mi_col_end
    ):
        return False
    sb_log2 = 7 if frame.use_128x128_superblock else 6
    active_sb_row, active_sb64_col = 4 * block.mi_row >> sb_log2, 4 * block.mi_col >> 6
    src_sb_row, src_sb64_col = (bottom - 1) >> sb_log2, (right - 1) >> 6
    sb64_per_row = ((tile.mi_col_end - tile.mi_col_start - 1) >> 4) + 1
    active_sb64 = active_sb_row * sb64_per_row + active_sb64_col
    src_sb64 = src_sb_row * sb64_per_row + src_sb64_col
    if src_sb64 >= active_sb64 - INTRABC_DELAY_SB64:
        return False
    gradient = 1 + INTRABC_DELAY_SB64 + frame.use_128x128_superblock
    wf_offset = gradient * (active_sb_row - src_sb_row)
    return src_sb_row <= active_sb_row and src_sb64_col < active_sb64_col - INTRABC_DELAY_SB64 + wf_offset


@kernel(internal=True)
def code_mv(coder, cdfs, frame, tile, block, arrays):
    """find_mv_stack, assign_mv and read_mv."""
    find_mv_stack(frame, tile, block, arrays)
    choose_pred_mv(frame, tile, block)
    pred_row, pred_col = tile.mv_stack[0, ROW], tile.mv_stack[0, COL]
    diff_row, diff_col = (block.mv[0, 0] - pred_row) >> 3, (block.mv[0, 1] - pred_col) >> 3
    joint = 2 * (diff_row != 0) + (diff_col != 0)
    joint = code_symbol(coder, cdfs, MV_JOINT_CDF, 4, joint)
    mv_row, mv_col = pred_row, pred_col
    if joint & 2:
        mv_row += 8 * code_mv_component(coder, cdfs, 0, diff_row)
    if joint & 1:
        mv_col += 8 * code_mv_component(coder, cdfs, 1, diff_col)
    if not is_mv_valid(frame, tile, block, mv_row, mv_col):
        tile.error = ERROR_MV
        return
    block.mv[0, 0], block.mv[0, 1] = mv_row, mv_col


@kernel(internal=True)
def leave_copies(frame, block, arrays):
    """Leave, within the frame, what later blocks predict their vectors from."""
    if not frame.allow_intrabc:
        return
    r, c = block.mi_row, block.mi_col
    for i in range(r, min(r + NUM_4X4_BLOCKS_HIGH[block.mi_size], frame.mi_rows)):
        for j in range(c, min(c + NUM_4X4_BLOCKS_WIDE[block.mi_size], frame.mi_cols)):
            arrays.mi_size[i, j], arrays.use_intrabc[i, j] = block.mi_size, block.use_intrabc
            arrays.mv[i, j, 0], arrays.mv[i, j, 1] = block.mv[0, 0], block.mv[0, 1]


@kernel(internal=True)
def forget_copies(frame, arrays, r, c, size):
    """Undo `leave_copies` in a square."""
    if not frame.allow_intrabc:
        return
    for i in range(r, min(r + NUM_4X4_BLOCKS_HIGH[size], frame.mi_rows)):
        for j in range(c, min(c + NUM_4X4_BLOCKS_WIDE[size], frame.mi_cols)):
            arrays.mi_size[i, j] = -1
