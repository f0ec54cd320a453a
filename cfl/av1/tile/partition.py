# mypy: disable-error-code="no-untyped-def"
"""Partition: how a superblock is cut into blocks (AV1 specification 5.11.4).

`code_superblock` is decode_partition of a superblock; it codes the blocks too, in their order.
"""

import numpy as np

from cfl.av1.entropy.cdfs import (
    PARTITION_W8_CDF,
    PARTITION_W16_CDF,
    PARTITION_W128_CDF,
)
from cfl.av1.entropy.symbols import (
    code_bool_with,
    code_symbol,
    symbol_probability,
)
from cfl.av1.entropy.tape import is_writing
from cfl.av1.tables.constants import (
    BLOCK_8X8,
    BLOCK_128X128,
    BLOCK_INVALID,
    PARTITION_HORZ,
    PARTITION_HORZ_4,
    PARTITION_HORZ_A,
    PARTITION_HORZ_B,
    PARTITION_NONE,
    PARTITION_SPLIT,
    PARTITION_VERT,
    PARTITION_VERT_4,
    PARTITION_VERT_A,
    PARTITION_VERT_B,
)
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    MI_WIDTH_LOG2,
    NUM_4X4_BLOCKS_WIDE,
    PARTITION_SUBSIZE,
    SUBSAMPLED_SIZE,
)
from cfl.av1.tile.block import code_block
from cfl.av1.tile.state import (
    CTX_MI_HEIGHT_LOG2,
    CTX_MI_WIDTH_LOG2,
    ERROR_PARTITION,
)
from cfl.simd.kernel import kernel

# Where the blocks of a partition lie, in quarters of its side, and whether each is of splitSize, not subSize.
PARTS = np.zeros((10, 4, 3), np.int64)
PARTS[PARTITION_HORZ, 1] = (2, 0, 0)
PARTS[PARTITION_VERT, 1] = (0, 2, 0)
PARTS[PARTITION_HORZ_A, :3] = [(0, 0, 1), (0, 2, 1), (2, 0, 0)]
PARTS[PARTITION_HORZ_B, :3] = [(0, 0, 0), (2, 0, 1), (2, 2, 1)]
PARTS[PARTITION_VERT_A, :3] = [(0, 0, 1), (2, 0, 1), (0, 2, 0)]
PARTS[PARTITION_VERT_B, :3] = [(0, 0, 0), (0, 2, 1), (2, 2, 1)]
PARTS[PARTITION_HORZ_4] = [(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0)]
PARTS[PARTITION_VERT_4] = [(0, 0, 0), (0, 1, 0), (0, 2, 0), (0, 3, 0)]
PART_COUNT = np.array([1, 2, 2, 0, 3, 3, 3, 3, 4, 4])


@kernel(internal=True)
def partition_of(block, size):
    """Return the partition of a square of a given size, of which a writer's next block is the first part."""
    w, h = BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size]
    side = w
    if block.partition in (PARTITION_VERT, PARTITION_VERT_B, PARTITION_VERT_4):
        side = h
    elif block.partition in (PARTITION_HORZ_A, PARTITION_VERT_A):
        side = 2 * w
    return np.int64(block.partition) if side == BLOCK_WIDTH[size] else PARTITION_SPLIT


@kernel(internal=True)
def split_probability(cdfs, offset, n, size, has_cols):
    """Return psum of split_or_horz, if there are columns to the right but no rows below, or split_or_vert."""
    psum = symbol_probability(cdfs, offset, n, PARTITION_SPLIT)
    psum += symbol_probability(cdfs, offset, n, PARTITION_HORZ_A)
    psum += symbol_probability(cdfs, offset, n, PARTITION_VERT_A)
    if has_cols:
        psum += symbol_probability(cdfs, offset, n, PARTITION_VERT)
        psum += symbol_probability(cdfs, offset, n, PARTITION_VERT_B)
        last = PARTITION_VERT_4
    else:
        psum += symbol_probability(cdfs, offset, n, PARTITION_HORZ)
        psum += symbol_probability(cdfs, offset, n, PARTITION_HORZ_B)
        last = PARTITION_HORZ_4
    if size != BLOCK_128X128:
        psum += symbol_probability(cdfs, offset, n, last)
    return psum


@kernel(internal=True)
def partition_cdf(tile, r, c, size):
    """Return where the CDF of partition is, in its context, and of how many partitions."""
    bsl, ctx = MI_WIDTH_LOG2[size], 0
    if r > tile.mi_row_start:
        ctx += tile.above[CTX_MI_WIDTH_LOG2, c - tile.mi_col_start] < bsl
    if c > tile.mi_col_start:
        ctx += 2 * (tile.left[CTX_MI_HEIGHT_LOG2, r & 31] < bsl)
    if bsl == 1:
        return PARTITION_W8_CDF + 4 * ctx, 4
    if bsl == 5:
        return PARTITION_W128_CDF + 8 * ctx, 8
    return PARTITION_W16_CDF + 10 * (4 * (bsl - 2) + ctx), 10


@kernel(internal=True)
def code_partition(coder, cdfs, frame, tile, r, c, size, partition):
    """partition, split_or_horz or split_or_vert."""
    if size < BLOCK_8X8:
        return PARTITION_NONE
    half = NUM_4X4_BLOCKS_WIDE[size] >> 1
    has_rows, has_cols = r + half < frame.mi_rows, c + half < frame.mi_cols
    if not has_rows and not has_cols:
        return PARTITION_SPLIT
    offset, n = partition_cdf(tile, r, c, size)
    if has_rows and has_cols:
        return code_symbol(coder, cdfs, offset, n, partition)
    psum = split_probability(cdfs, offset, n, size, has_cols)
    if code_bool_with(coder, psum, partition == PARTITION_SPLIT):
        return PARTITION_SPLIT
    return PARTITION_HORZ if has_cols else PARTITION_VERT


@kernel(internal=True)
def code_parts(walk, inter, r, c, size, partition):
    """Code the blocks of a partition that is not split."""
    frame, tile = walk.frame, walk.tile
    quarter = NUM_4X4_BLOCKS_WIDE[size]
    for k in range(PART_COUNT[partition]):
        row = r + ((quarter * PARTS[partition, k, 0]) >> 2)
        col = c + ((quarter * PARTS[partition, k, 1]) >> 2)
        if row >= frame.mi_rows or col >= frame.mi_cols:
            continue
        kind = PARTITION_SPLIT if PARTS[partition, k, 2] else partition
        code_block(walk, inter, walk.records[tile.blocks], row, col, PARTITION_SUBSIZE[kind, size], partition)
        if tile.error:
            return
        if is_writing(walk.coder) or tile.recording:
            tile.blocks += 1


@kernel(internal=True)
def code_superblock(walk, inter, sb_row, sb_col, sb_size):
    """decode_partition of a superblock, without recursion: squares that are not coded yet are on a stack.

    `inter` is an InterTile, or None in an intra frame.
    """
    coder, frame, tile = walk.coder, walk.frame, walk.tile
    stack = tile.partition_stack
    stack[0, 0], stack[0, 1], stack[0, 2] = sb_row, sb_col, sb_size
    top = 1
    while top > 0:
        top -= 1
        r, c, size = stack[top, 0], stack[top, 1], stack[top, 2]
        if r >= frame.mi_rows or c >= frame.mi_cols:
            continue
        wanted = partition_of(walk.records[tile.blocks], size) if is_writing(coder) else 0
        partition = code_partition(coder, walk.cdfs, frame, tile, r, c, size, wanted)
        sub_size = PARTITION_SUBSIZE[partition, size]
        if SUBSAMPLED_SIZE[sub_size, frame.subsampling_x, frame.subsampling_y] == BLOCK_INVALID:
            tile.error = ERROR_PARTITION
            return
        if partition == PARTITION_SPLIT:
            half = NUM_4X4_BLOCKS_WIDE[size] >> 1
            for k in range(3, -1, -1):  # the first of them to the top
                stack[top, 0], stack[top, 1], stack[top, 2] = (
                    r + half * (k >> 1),
                    c + half * (k & 1),
                    sub_size,
                )
                top += 1
        else:
            code_parts(walk, inter, r, c, size, partition)
            if tile.error:
                return
