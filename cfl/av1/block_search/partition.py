# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for the best partition of a superblock, by D + λR of its blocks.

Squares are searched depth first: as a whole, split, then in rectangles. Each candidate is coded for good, one
block after the other, so that those that follow see its samples and contexts; the best is kept aside. In the
end the blocks' records and the tape hold the best of all, and contexts are as they were before: the walk over
the tile then codes it, and leaves contexts and samples that are a decoder's.
"""

import numpy as np

from cfl.av1.block_search.activity import TRY_BOTH, WHOLE_ONLY, survey_superblock, what_to_try
from cfl.av1.block_search.modes import search_block
from cfl.av1.block_search.palette import copy_palettes
from cfl.av1.tables.constants import (
    BLOCK_8X8,
    BLOCK_16X16,
    BLOCK_64X64,
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
    BLOCK_WIDTH,
    NUM_4X4_BLOCKS_WIDE,
    PARTITION_SUBSIZE,
    SUBSAMPLED_SIZE,
)
from cfl.av1.tile.block import begin_block, leave_contexts
from cfl.av1.tile.coefficients import quantizers
from cfl.av1.tile.intrabc import forget_copies, leave_copies
from cfl.av1.tile.partition import PART_COUNT, PARTS, partition_cdf, split_probability
from cfl.av1.tile.state import CTX_COEFS_Y, CTX_UV_MODE
from cfl.av1.tile.superblocks import clear_block_decoded_flags
from cfl.simd.kernel import kernel

# IS_LEFT: the best candidate is also the last that was tried, so that all is as it has left it.
ROW, COL, SIZE, STEP, FIRST_BLOCK, FIRST_TAPE, CHILD, VERDICT, IS_LEFT = range(9)
BEST, SPLIT, WHOLE, PARTS_COST, HALVES = range(5)  # HALVES: of PARTITION_HORZ, then of PARTITION_VERT
# What is tried of a square, in this order.
STEPS = np.array(
    [
        PARTITION_NONE, PARTITION_SPLIT, PARTITION_HORZ, PARTITION_VERT, PARTITION_HORZ_A, PARTITION_HORZ_B,
        PARTITION_VERT_A, PARTITION_VERT_B, PARTITION_HORZ_4, PARTITION_VERT_4,
    ]
)  # fmt: skip
STEP_COUNT = np.int64(len(STEPS))


@kernel(internal=True)
def partition_cost(search, frame, tile, cdfs, r, c, size, partition):
    """Return the bits of a partition."""
    if size < BLOCK_8X8:
        return 0.0
    half = NUM_4X4_BLOCKS_WIDE[size] >> 1
    has_rows, has_cols = r + half < frame.mi_rows, c + half < frame.mi_cols
    if not has_rows and not has_cols:
        return 0.0
    offset, n = partition_cdf(tile, r, c, size)
    if has_rows and has_cols:
        return np.float64(search.costs[offset + partition])
    psum = split_probability(cdfs, offset, n, size, has_cols)
    part = psum if partition == PARTITION_SPLIT else 32768 - psum
    return 15.0 - np.log2(np.float64(max(part, 4)))


@kernel(internal=True)
def is_possible(frame, r, c, size, partition):
    """Say whether a square can have a partition."""
    half = NUM_4X4_BLOCKS_WIDE[size] >> 1
    has_rows, has_cols = r + half < frame.mi_rows, c + half < frame.mi_cols
    if size < BLOCK_8X8:
        return partition == PARTITION_NONE
    if not has_rows or not has_cols:  # what is beyond the frame is split off
        halves = PARTITION_HORZ if has_cols else PARTITION_VERT
        if partition != PARTITION_SPLIT and (partition != halves or (not has_rows and not has_cols)):
            return False
    if partition > PARTITION_SPLIT and size < BLOCK_16X16:
        return False
    sub_size = PARTITION_SUBSIZE[partition, size]
    return SUBSAMPLED_SIZE[sub_size, frame.subsampling_x, frame.subsampling_y] != BLOCK_INVALID


@kernel(internal=True)
def is_wanted(search, frame, r, c, size, partition, verdict):
    """Say whether a partition is to be tried at this speed; where the frame ends, all are."""
    half = NUM_4X4_BLOCKS_WIDE[size] >> 1
    if verdict != TRY_BOTH:
        return partition == (PARTITION_NONE if verdict == WHOLE_ONLY else PARTITION_SPLIT)
    if partition == PARTITION_NONE or r + half >= frame.mi_rows or c + half >= frame.mi_cols:
        return True
    if BLOCK_WIDTH[size] <= search.min_size:
        return False
    if partition == PARTITION_SPLIT:
        return True
    return (search.extended_margin if partition > PARTITION_SPLIT else search.rectangle_margin) > 0


@kernel(internal=True)
def is_unlikely(search, depth, partition):
    """Say whether parts of a square are not worth trying, as it is clearly better whole, or split.

    What the quarters cost is up to where the search gave up. More than two parts are not worth it where the
    halves they are variations of are not the best.
    """
    if partition in (PARTITION_NONE, PARTITION_SPLIT):
        return False
    if partition > PARTITION_SPLIT:
        is_vertical = partition in (PARTITION_VERT_A, PARTITION_VERT_B, PARTITION_VERT_4)
        halves, best = search.node_cost[depth, HALVES + is_vertical], search.node_cost[depth, BEST]
        return halves > search.extended_margin * best
    whole, split = search.node_cost[depth, WHOLE], search.node_cost[depth, PARTS_COST]
    if whole == 1e300 or split == 1e300:
        return False
    return abs(whole - split) * 100 > search.rectangle_margin * min(whole, split)


@kernel(internal=True)
def copy_contexts(frame, tile, r, c, size, above, left, keep):
    """Keep the contexts above and to the left of a square, or put them back."""
    n = NUM_4X4_BLOCKS_WIDE[size]
    col, row = c - tile.mi_col_start, r & 31
    for i in range(12):
        first_col, first_row = col, row
        if i == CTX_UV_MODE or i > CTX_COEFS_Y:
            first_col, first_row = col >> frame.subsampling_x, (r >> frame.subsampling_y) & 31
        for k in range(n):
            if keep:
                above[i, k] = tile.above[i, first_col + k]
                left[i, k] = tile.left[i, first_row + k] if first_row + k < 32 else 0
            else:
                tile.above[i, first_col + k] = above[i, k]
                if first_row + k < 32:
                    tile.left[i, first_row + k] = left[i, k]


@kernel(internal=True)
def mark_decoded(frame, tile, r, c, size, value):
    """Set BlockDecoded of a square."""
    for plane in range(frame.num_planes):
        shift_x, shift_y = 0, 0
        if plane:
            shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
        n = NUM_4X4_BLOCKS_WIDE[size]
        row, col = 1 + ((r & 15) >> shift_y), 1 + ((c & 15) >> shift_x)
        for i in range(row, row + max(n >> shift_y, 1)):
            for j in range(col, col + max(n >> shift_x, 1)):
                tile.block_decoded[plane, i, j] = value


@kernel(internal=True)
def copy_samples(frame, planes, r, c, size, kept, keep):
    """Keep the samples of a square, or put them back."""
    for plane in range(frame.num_planes):
        shift_x, shift_y = 0, 0
        if plane:
            shift_x, shift_y = frame.subsampling_x, frame.subsampling_y
        samples = planes[plane]
        x, y = np.uint64(4 * (c >> shift_x)), np.uint64(4 * (r >> shift_y))
        w, h = max(BLOCK_WIDTH[size] >> shift_x, 4), max(BLOCK_WIDTH[size] >> shift_y, 4)
        for i in range(np.uint64(h)):
            for j in range(np.uint64(w)):
                if keep:
                    kept[np.uint64(plane), i * np.uint64(64) + j] = samples[y + i, x + j]
                else:
                    samples[y + i, x + j] = kept[np.uint64(plane), i * np.uint64(64) + j]


@kernel(internal=True)
def copy_decisions(search, tile, records, best_records, tape, depth, keep):
    """Keep the records and the tape of a square's best, or put them back."""
    first, first_tape = search.node[depth, FIRST_BLOCK], search.node[depth, FIRST_TAPE]
    if keep:
        search.best_count[depth, 0] = tile.blocks - first
        search.best_count[depth, 1] = tile.tape - first_tape
    for i in range(search.best_count[depth, 0]):
        if keep:
            best_records[depth, i] = records[first + i]
        else:
            records[first + i] = best_records[depth, i]
    for i in range(search.best_count[depth, 1]):
        if keep:
            search.best_tape[depth, i] = tape[first_tape + i]
        else:
            tape[first_tape + i] = search.best_tape[depth, i]
    tile.blocks = first + search.best_count[depth, 0]
    tile.tape = first_tape + search.best_count[depth, 1]


@kernel(internal=True)
def keep_best(search, frame, tile, records, best_records, tape, planes, depth, cost):
    """The candidate that has just been coded is the best of its square so far."""
    r, c, size = search.node[depth, ROW], search.node[depth, COL], search.node[depth, SIZE]
    search.node_cost[depth, BEST] = cost
    copy_decisions(search, tile, records, best_records, tape, depth, True)
    copy_contexts(frame, tile, r, c, size, search.best_above[depth], search.best_left[depth], True)
    copy_palettes(frame, tile, r, c, size, search.best_palettes[depth], True)
    copy_samples(frame, planes, r, c, size, search.best_samples[depth], True)
    search.node[depth, IS_LEFT] = 1


@kernel(internal=True)
def restore_best(search, frame, tile, records, best_records, tape, planes, arrays, depth):
    """Leave a square with its best candidate."""
    r, c, size = search.node[depth, ROW], search.node[depth, COL], search.node[depth, SIZE]
    copy_decisions(search, tile, records, best_records, tape, depth, False)
    copy_contexts(frame, tile, r, c, size, search.best_above[depth], search.best_left[depth], False)
    copy_palettes(frame, tile, r, c, size, search.best_palettes[depth], False)
    copy_samples(frame, planes, r, c, size, search.best_samples[depth], False)
    mark_decoded(frame, tile, r, c, size, 1)
    if frame.allow_intrabc:
        for i in range(search.node[depth, FIRST_BLOCK], tile.blocks):
            leave_copies(frame, records[i], arrays)


@kernel(internal=True)
def begin_again(search, frame, tile, arrays, depth):
    """Take back what a candidate has left, but its samples, which nobody looks at."""
    r, c, size = search.node[depth, ROW], search.node[depth, COL], search.node[depth, SIZE]
    copy_contexts(frame, tile, r, c, size, search.initial_above[depth], search.initial_left[depth], False)
    copy_palettes(frame, tile, r, c, size, search.initial_palettes[depth], False)
    mark_decoded(frame, tile, r, c, size, 0)
    forget_copies(frame, arrays, r, c, size)
    tile.blocks, tile.tape = search.node[depth, FIRST_BLOCK], search.node[depth, FIRST_TAPE]
    search.node[depth, IS_LEFT] = 0


@kernel(internal=True)
def enter(search, frame, tile, depth, r, c, size):
    """Begin with a square."""
    node = search.node[depth]
    node[ROW], node[COL], node[SIZE], node[STEP], node[CHILD] = r, c, size, 0, 0
    node[FIRST_BLOCK], node[FIRST_TAPE] = tile.blocks, tile.tape
    node[VERDICT] = what_to_try(search, frame, r, c, size)
    search.node_cost[depth, BEST], search.node_cost[depth, WHOLE] = 1e300, 1e300
    search.node_cost[depth, PARTS_COST] = 1e300
    search.node_cost[depth, HALVES], search.node_cost[depth, HALVES + 1] = 1e300, 1e300
    copy_contexts(frame, tile, r, c, size, search.initial_above[depth], search.initial_left[depth], True)
    copy_palettes(frame, tile, r, c, size, search.initial_palettes[depth], True)


@kernel(internal=True)
def search_parts(
    search, frame, tile, records, tape, source, planes, arrays, links, r, c, size, partition, cost, limit
):
    """Code the blocks of a partition that is not split; return D + λR, or more than `limit` if it is more."""
    quarter = NUM_4X4_BLOCKS_WIDE[size]
    for k in range(PART_COUNT[partition]):
        row = r + ((quarter * PARTS[partition, k, 0]) >> 2)
        col = c + ((quarter * PARTS[partition, k, 1]) >> 2)
        if row >= frame.mi_rows or col >= frame.mi_cols:
            continue
        if cost >= limit:
            break
        kind = PARTITION_SPLIT if PARTS[partition, k, 2] else partition
        block = records[tile.blocks]
        begin_block(frame, tile, block, row, col, PARTITION_SUBSIZE[kind, size], partition)
        block.tape = tile.tape
        cost += search_block(search, frame, tile, block, tape, source, planes, arrays, links)
        leave_contexts(frame, tile, block)
        leave_copies(frame, block, arrays)
        tile.blocks += 1
    return cost


@kernel(internal=True)
def learn(search, records, depth, partition, cost):
    """Note what is good to know of a partition that has been tried; where nothing is left to code, stop."""
    if partition == PARTITION_NONE:
        search.node_cost[depth, WHOLE] = cost
        first = records[search.node[depth, FIRST_BLOCK]]
        if first.skip and first.palette_size_y == 0:
            search.node[depth, STEP] = STEP_COUNT
    elif partition in (PARTITION_HORZ, PARTITION_VERT):
        search.node_cost[depth, HALVES + (partition == PARTITION_VERT)] = cost


@kernel()
def search_superblock(
    searches, frames, tiles, cdfs, records, best_records, tape, source, planes, arrays, links, mi_row, mi_col
):
    """Choose the blocks of a superblock of 64x64.

    Parameters
    ----------
    searches, frames, tiles : (1,) arrays of SEARCH, FRAME and TILE
    cdfs : (CONTEXT_SIZE,) uint16 array
        Not changed; the costs of the search are theirs.
    records : (SUPERBLOCK_BLOCKS,) array of BLOCK
        Filled. Of each record the segment, qindex and so on must be set.
    best_records : (DEPTHS, SUPERBLOCK_BLOCKS) array of BLOCK
        Scratch.
    tape : (SUPERBLOCK_TAPE,) int32 array
        Filled; `blocks` and `tape` of the tile say how much.
    source, planes : tuples of three 2-D uint16 arrays
        What is coded, and what is reconstructed.
    arrays : FrameArrays
        Intra block copy looks at these, and changes those of the superblock.
    links : (3, height, width) int32 array
        Of `cfl.av1.block_search.intrabc_hash.repetitions`; looked at with intra block copy only.
    mi_row, mi_col : int
    """
    search, frame, tile = searches[0], frames[0], tiles[0]
    tile.blocks, tile.tape, tile.tx_leaf_count = 0, 0, 0
    quantizers(frame, tile, records[0])
    clear_block_decoded_flags(frame, tile, mi_row, mi_col, 16)
    survey_superblock(search.activity, source[0], mi_row, mi_col)
    enter(search, frame, tile, 0, mi_row, mi_col, BLOCK_64X64)
    depth = 0
    while depth >= 0:
        r, c, size = search.node[depth, ROW], search.node[depth, COL], search.node[depth, SIZE]
        step, best = search.node[depth, STEP], search.node_cost[depth, BEST]
        if step == STEP_COUNT:
            if not search.node[depth, IS_LEFT]:
                restore_best(search, frame, tile, records, best_records, tape, planes, arrays, depth)
            depth -= 1
            if depth >= 0:
                search.node_cost[depth, SPLIT] += best
            continue
        partition = STEPS[step]
        child = search.node[depth, CHILD]
        if child == 0:
            if (
                not is_possible(frame, r, c, size, partition)
                or not is_wanted(search, frame, r, c, size, partition, search.node[depth, VERDICT])
                or is_unlikely(search, depth, partition)
            ):
                search.node[depth, STEP] += 1
                continue
            begin_again(search, frame, tile, arrays, depth)
            cost = search.lam * partition_cost(search, frame, tile, cdfs, r, c, size, partition)
            search.node_cost[depth, SPLIT] = cost
        if partition == PARTITION_SPLIT:
            cost = search.node_cost[depth, SPLIT]
            if child < 4 and cost < best:
                search.node[depth, CHILD] = child + 1
                half = NUM_4X4_BLOCKS_WIDE[size] >> 1
                row, col = r + half * (child >> 1), c + half * (child & 1)
                if row < frame.mi_rows and col < frame.mi_cols:
                    depth += 1
                    enter(search, frame, tile, depth, row, col, PARTITION_SUBSIZE[PARTITION_SPLIT, size])
                continue
            search.node[depth, CHILD] = 0
            search.node_cost[depth, PARTS_COST] = cost
        else:
            cost = search_parts(
                search, frame, tile, records, tape, source, planes, arrays, links, r, c, size, partition,
                search.node_cost[depth, SPLIT], best,
            )  # fmt: skip
        if cost < best:
            keep_best(search, frame, tile, records, best_records, tape, planes, depth, cost)
        search.node[depth, STEP] += 1
        learn(search, records, depth, partition, cost)
    begin_again(search, frame, tile, arrays, 0)
    tile.blocks, tile.tape = search.best_count[0, 0], search.best_count[0, 1]
