# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The transform sizes of a block (AV1 specification 5.11.15 to 5.11.17).

The contexts use the width of the transform above and the height of the transform to the left. CTX_TX has
them; a block of intra block copy without coefficients leaves its own width and height there instead
(get_above_tx_width and get_left_tx_height, 8.3.2).
"""

import numpy as np

from cfl.av1.entropy.cdfs import TX_8X8_CDF, TX_16X16_CDF, TX_32X32_CDF, TX_64X64_CDF, TXFM_SPLIT_CDF
from cfl.av1.entropy.symbols import code_symbol
from cfl.av1.entropy.tape import keep, next_decision
from cfl.av1.tables.constants import BLOCK_4X4, MAX_TX_DEPTH, MAX_VARTX_DEPTH, TX_4X4, TX_64X64, TX_SIZES
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    MAX_TX_DEPTH_BY_SIZE,
    MAX_TX_SIZE_RECT,
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
    SPLIT_TX_SIZE,
    TX_HEIGHT,
    TX_HEIGHT_LOG2,
    TX_SIZE_SQR_UP,
    TX_WIDTH,
    TX_WIDTH_LOG2,
)
from cfl.av1.tile.state import CTX_IS_INTER, CTX_MI_HEIGHT_LOG2, CTX_MI_WIDTH_LOG2, CTX_TX
from cfl.simd.kernel import kernel


@kernel(internal=True)
def tx_depth_context(tile, block, max_rect_tx_size):
    """Return the context of tx_depth."""
    above_w, left_h = 0, 0
    if tile.avail_u:
        col = block.mi_col - tile.mi_col_start
        above_w = np.int64(tile.above[CTX_TX, col])
        if tile.above[CTX_IS_INTER, col]:
            above_w = 4 << tile.above[CTX_MI_WIDTH_LOG2, col]
    if tile.avail_l:
        row = block.mi_row & 31
        left_h = np.int64(tile.left[CTX_TX, row])
        if tile.left[CTX_IS_INTER, row]:
            left_h = 4 << tile.left[CTX_MI_HEIGHT_LOG2, row]
    return (above_w >= TX_WIDTH[max_rect_tx_size]) + (left_h >= TX_HEIGHT[max_rect_tx_size])


@kernel(internal=True)
def tx_depth_cdf(tile, block):
    """Return where the CDF of tx_depth is, in its context, and of how many depths."""
    ctx = tx_depth_context(tile, block, MAX_TX_SIZE_RECT[block.mi_size])
    max_depth = MAX_TX_DEPTH_BY_SIZE[block.mi_size]
    if max_depth == 4:
        return TX_64X64_CDF + 3 * ctx, 3
    if max_depth == 3:
        return TX_32X32_CDF + 3 * ctx, 3
    if max_depth == 2:
        return TX_16X16_CDF + 3 * ctx, 3
    return TX_8X8_CDF + 2 * ctx, 2


@kernel(internal=True)
def has_tx_depth(frame, block):
    """Say whether a block that may choose codes tx_depth."""
    return block.mi_size > BLOCK_4X4 and frame.tx_mode_select and not block.lossless


@kernel(internal=True)
def depth_of(max_rect_tx_size, tx_size):
    """Return how often the largest transform of a block is split to get this size; at most twice."""
    depth = 0
    while depth < MAX_TX_DEPTH and max_rect_tx_size != tx_size:
        max_rect_tx_size = SPLIT_TX_SIZE[max_rect_tx_size]
        depth += 1
    return depth


@kernel(internal=True)
def code_tx_size(coder, cdfs, frame, tile, block, allow_select):
    """read_tx_size."""
    if block.lossless:
        block.tx_size = TX_4X4
        return
    tx_size = MAX_TX_SIZE_RECT[block.mi_size]
    if allow_select and has_tx_depth(frame, block):
        offset, n = tx_depth_cdf(tile, block)
        for _ in range(code_symbol(coder, cdfs, offset, n, depth_of(tx_size, block.tx_size))):
            tx_size = SPLIT_TX_SIZE[tx_size]
    block.tx_size = tx_size


@kernel(internal=True)
def txfm_split_context(tile, block, row, col, tx_size):
    """Return the context of txfm_split; row and col count from the block's corner."""
    above = tile.above[CTX_TX, block.mi_col - tile.mi_col_start + col] < TX_WIDTH[tx_size]
    left = tile.left[CTX_TX, (block.mi_row & 31) + row] < TX_HEIGHT[tx_size]
    size = min(64, max(BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size]))
    max_tx_size = TX_4X4
    while TX_WIDTH[max_tx_size] < size:
        max_tx_size += 1
    is_smaller = TX_SIZE_SQR_UP[tx_size] != max_tx_size
    return is_smaller * 3 + (TX_SIZES - 1 - max_tx_size) * 6 + above + left


@kernel(internal=True)
def add_leaf(tile, block, row, col, tx_size):
    """Record a transform of the tree, for the residual and for later contexts."""
    leaf = tile.tx_leaf_count
    tile.tx_leaves[leaf, 0], tile.tx_leaves[leaf, 1], tile.tx_leaves[leaf, 2] = row, col, tx_size
    tile.tx_leaf_count = leaf + 1
    for i in range(TX_WIDTH[tx_size] >> 2):
        tile.above[CTX_TX, block.mi_col - tile.mi_col_start + col + i] = TX_WIDTH[tx_size]
    for i in range(TX_HEIGHT[tx_size] >> 2):
        tile.left[CTX_TX, (block.mi_row & 31) + row + i] = TX_HEIGHT[tx_size]
    block.tx_size = tx_size


@kernel(internal=True)
def push_transform(tile, top, row, col, tx_size, depth):
    """Put a transform that is not coded yet on the stack."""
    tile.tx_stack[top, 0], tile.tx_stack[top, 1] = row, col
    tile.tx_stack[top, 2], tile.tx_stack[top, 3] = tx_size, depth
    return top + 1


@kernel(internal=True)
def code_var_tx_size(coder, cdfs, frame, tile, block, tape, first_row, first_col):
    """read_var_tx_size of one largest transform, without recursion."""
    top = push_transform(tile, 0, first_row, first_col, MAX_TX_SIZE_RECT[block.mi_size], 0)
    while top > 0:
        top -= 1
        row, col = np.int64(tile.tx_stack[top, 0]), np.int64(tile.tx_stack[top, 1])
        tx_size, depth = np.int64(tile.tx_stack[top, 2]), np.int64(tile.tx_stack[top, 3])
        if block.mi_row + row >= frame.mi_rows or block.mi_col + col >= frame.mi_cols:
            continue
        split = 0
        if tx_size != TX_4X4 and depth != MAX_VARTX_DEPTH:
            ctx = txfm_split_context(tile, block, row, col, tx_size)
            split = code_symbol(coder, cdfs, TXFM_SPLIT_CDF + 2 * ctx, 2, next_decision(coder, tile, tape))
            keep(tile, tape, split)
        if not split:
            add_leaf(tile, block, row, col, tx_size)
            continue
        part = SPLIT_TX_SIZE[tx_size]
        across = 1 << (TX_WIDTH_LOG2[tx_size] - TX_WIDTH_LOG2[part])
        down = 1 << (TX_HEIGHT_LOG2[tx_size] - TX_HEIGHT_LOG2[part])
        for k in range(across * down - 1, -1, -1):  # the first of them to the top
            i, j = k // across, k % across
            part_row, part_col = row + i * (TX_HEIGHT[part] >> 2), col + j * (TX_WIDTH[part] >> 2)
            top = push_transform(tile, top, part_row, part_col, part, depth + 1)


@kernel(internal=True)
def code_block_tx_size(coder, cdfs, frame, tile, block, tape):
    """read_block_tx_size. `tile.tx_leaf_count` is 0 after it unless the block has a tree of transforms."""
    tile.tx_leaf_count = 0
    if not (
        frame.tx_mode_select
        and block.mi_size > BLOCK_4X4
        and block.is_inter
        and not block.skip
        and not block.lossless
    ):
        code_tx_size(coder, cdfs, frame, tile, block, not block.skip or not block.is_inter)
        return
    bw4, bh4 = NUM_4X4_BLOCKS_WIDE[block.mi_size], NUM_4X4_BLOCKS_HIGH[block.mi_size]
    col, row = block.mi_col - tile.mi_col_start, block.mi_row & 31
    if not tile.avail_u:
        tile.above[CTX_TX, col : col + bw4] = TX_WIDTH[TX_64X64]
    if not tile.avail_l:
        tile.left[CTX_TX, row : row + bh4] = TX_HEIGHT[TX_64X64]
    largest = MAX_TX_SIZE_RECT[block.mi_size]
    for i in range(0, bh4, TX_HEIGHT[largest] >> 2):
        for j in range(0, bw4, TX_WIDTH[largest] >> 2):
            code_var_tx_size(coder, cdfs, frame, tile, block, tape, i, j)
