# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The search for the partition of a superblock with the least RD cost, D + λR.

Squares are searched depth first: as a whole, split, then in rectangles. Each candidate is coded block by
block and reconstructed, so that later blocks see its samples and contexts; the best one is kept aside. In the
end the records and the tape hold the best partition, and the contexts are as they were before. The walk over
the tile then codes it, and leaves the contexts and samples that a decoder has.
"""

import numpy as np

from cfl.av1.block_search.activity import (
    TRY_BOTH,
    WHOLE_ONLY,
    early_decision,
    measure_gradients,
    set_weights,
    weight_of,
)
from cfl.av1.block_search.modes import search_block
from cfl.av1.block_search.palette import copy_palettes
from cfl.av1.block_search.state import LUMA, Search
from cfl.av1.entropy.costs import probability_cost
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
from cfl.av1.tile.planes import subsampling_of
from cfl.av1.tile.state import CTX_COEFS_Y, CTX_UV_MODE
from cfl.av1.tile.superblocks import clear_block_decoded_flags
from cfl.simd.kernel import kernel

# Of `node`. EARLY_DECISION: see `early_decision`. IS_LEFT: the best candidate is the last that was tried, so
# records, tape, contexts and samples are already its own.
ROW, COL, SIZE, STEP, FIRST_BLOCK, FIRST_TAPE, CHILD, EARLY_DECISION, IS_LEFT = range(9)
# Of `node_cost`. SO_FAR: of the candidate that is being tried. HALVES: of PARTITION_HORZ, then of
# PARTITION_VERT.
LEAST_COST, SO_FAR, WHOLE, QUARTERS, HALVES = range(5)
# The partitions of a square, in the order in which they are tried.
PARTITION_ORDER = np.array(
    [
        PARTITION_NONE, PARTITION_SPLIT, PARTITION_HORZ, PARTITION_VERT, PARTITION_HORZ_A, PARTITION_HORZ_B,
        PARTITION_VERT_A, PARTITION_VERT_B, PARTITION_HORZ_4, PARTITION_VERT_4,
    ]
)  # fmt: skip
PARTITION_COUNT = np.int64(len(PARTITION_ORDER))


@kernel(internal=True)
def partition_cost(search, cdfs, r, c, size, partition):
    """Return the bits of a partition."""
    frame = search.frame
    if size < BLOCK_8X8:
        return 0.0
    half = NUM_4X4_BLOCKS_WIDE[size] >> 1
    has_rows, has_cols = r + half < frame.mi_rows, c + half < frame.mi_cols
    if not has_rows and not has_cols:
        return 0.0
    offset, n = partition_cdf(search.tile, r, c, size)
    if has_rows and has_cols:
        return np.float64(search.settings.costs[offset + partition])
    psum = split_probability(cdfs, offset, n, size, has_cols)
    return probability_cost(psum if partition == PARTITION_SPLIT else 32768 - psum)


@kernel(internal=True)
def is_possible(frame, r, c, size, partition):
    """Say whether the standard allows a partition of a square."""
    half = NUM_4X4_BLOCKS_WIDE[size] >> 1
    has_rows, has_cols = r + half < frame.mi_rows, c + half < frame.mi_cols
    if size < BLOCK_8X8:
        return partition == PARTITION_NONE
    if not has_rows or not has_cols:  # the part beyond the frame must be split off
        halves = PARTITION_HORZ if has_cols else PARTITION_VERT
        if partition != PARTITION_SPLIT and (partition != halves or (not has_rows and not has_cols)):
            return False
    if partition > PARTITION_SPLIT and size < BLOCK_16X16:
        return False
    sub_size = PARTITION_SUBSIZE[partition, size]
    return SUBSAMPLED_SIZE[sub_size, frame.subsampling_x, frame.subsampling_y] != BLOCK_INVALID


@kernel(internal=True)
def is_enabled(search, r, c, size, partition, decision):
    """Say whether a partition is tried at this speed; at the frame's edge all are."""
    settings, frame = search.settings, search.frame
    half = NUM_4X4_BLOCKS_WIDE[size] >> 1
    if decision != TRY_BOTH:
        return partition == (PARTITION_NONE if decision == WHOLE_ONLY else PARTITION_SPLIT)
    if partition == PARTITION_NONE or r + half >= frame.mi_rows or c + half >= frame.mi_cols:
        return True
    if BLOCK_WIDTH[size] <= settings.min_size:
        return False
    if partition == PARTITION_SPLIT:
        return True
    return (settings.extended_margin if partition > PARTITION_SPLIT else settings.rectangle_margin) > 0


@kernel(internal=True)
def is_pruned(search, depth, partition):
    """Say whether parts of a square are not worth trying, by the costs of what has been tried.

    Halves are not where the square is clearly better whole, or split; the cost of the quarters is known up to
    where their search gave up. Three or four parts are not where halves in that direction are not the best.
    """
    settings, node_cost = search.settings, search.scratch.node_cost
    if partition in (PARTITION_NONE, PARTITION_SPLIT):
        return False
    if partition > PARTITION_SPLIT:
        is_vertical = partition in (PARTITION_VERT_A, PARTITION_VERT_B, PARTITION_VERT_4)
        halves, best = node_cost[depth, HALVES + is_vertical], node_cost[depth, LEAST_COST]
        return halves > settings.extended_margin * best
    whole, split = node_cost[depth, WHOLE], node_cost[depth, QUARTERS]
    if whole == 1e300 or split == 1e300:
        return False
    return abs(whole - split) * 100 > settings.rectangle_margin * min(whole, split)


@kernel(internal=True)
def copy_contexts(frame, tile, r, c, size, above, left, keep):
    """Keep the contexts above and to the left of a square, or restore them."""
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
        shift_x, shift_y = subsampling_of(frame, plane)
        n = NUM_4X4_BLOCKS_WIDE[size]
        row, col = 1 + ((r & 15) >> shift_y), 1 + ((c & 15) >> shift_x)
        for i in range(row, row + max(n >> shift_y, 1)):
            for j in range(col, col + max(n >> shift_x, 1)):
                tile.block_decoded[plane, i, j] = value


@kernel(internal=True)
def copy_samples(frame, planes, r, c, size, kept, keep):
    """Keep the samples of a square, or restore them."""
    for plane in range(frame.num_planes):
        shift_x, shift_y = subsampling_of(frame, plane)
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
def copy_decisions(search, decisions, depth, keep):
    """Keep the records and the tape of a square's best candidate, or restore them."""
    tile, node, count = search.tile, search.scratch.node, search.best.count
    first, first_tape = node[depth, FIRST_BLOCK], node[depth, FIRST_TAPE]
    if keep:
        count[depth, 0] = tile.blocks - first
        count[depth, 1] = tile.tape - first_tape
    for i in range(count[depth, 0]):
        if keep:
            decisions.kept[depth, i] = decisions.records[first + i]
        else:
            decisions.records[first + i] = decisions.kept[depth, i]
    for i in range(count[depth, 1]):
        if keep:
            search.best.tape[depth, i] = decisions.tape[first_tape + i]
        else:
            decisions.tape[first_tape + i] = search.best.tape[depth, i]
    tile.blocks = first + count[depth, 0]
    tile.tape = first_tape + count[depth, 1]


@kernel(internal=True)
def place_of_square(search, depth):
    """Return the row, the column and the size of the square at a depth."""
    node = search.scratch.node
    return node[depth, ROW], node[depth, COL], node[depth, SIZE]


@kernel(internal=True)
def keep_best(search, decisions, pictures, depth, cost):
    """Keep the candidate that has just been coded as the best of its square so far."""
    frame, tile, best = search.frame, search.tile, search.best
    r, c, size = place_of_square(search, depth)
    search.scratch.node_cost[depth, LEAST_COST] = cost
    copy_decisions(search, decisions, depth, True)
    copy_contexts(frame, tile, r, c, size, best.above[depth], best.left[depth], True)
    copy_palettes(frame, tile, r, c, size, best.palettes[depth], True)
    copy_samples(frame, pictures.planes, r, c, size, best.samples[depth], True)
    search.scratch.node[depth, IS_LEFT] = 1


@kernel(internal=True)
def restore_best(search, decisions, pictures, copies, depth):
    """Restore the best candidate of a square: records, tape, contexts and samples."""
    frame, tile, best = search.frame, search.tile, search.best
    r, c, size = place_of_square(search, depth)
    copy_decisions(search, decisions, depth, False)
    copy_contexts(frame, tile, r, c, size, best.above[depth], best.left[depth], False)
    copy_palettes(frame, tile, r, c, size, best.palettes[depth], False)
    copy_samples(frame, pictures.planes, r, c, size, best.samples[depth], False)
    mark_decoded(frame, tile, r, c, size, 1)
    if frame.allow_intrabc:
        for i in range(search.scratch.node[depth, FIRST_BLOCK], tile.blocks):
            leave_copies(frame, decisions.records[i], copies.arrays)


@kernel(internal=True)
def begin_again(search, copies, depth):
    """Undo what a candidate has left, except its samples, which nothing reads before they are written."""
    frame, tile, scratch = search.frame, search.tile, search.scratch
    r, c, size = place_of_square(search, depth)
    copy_contexts(frame, tile, r, c, size, scratch.initial_above[depth], scratch.initial_left[depth], False)
    copy_palettes(frame, tile, r, c, size, scratch.initial_palettes[depth], False)
    mark_decoded(frame, tile, r, c, size, 0)
    forget_copies(frame, copies.arrays, r, c, size)
    tile.blocks, tile.tape = scratch.node[depth, FIRST_BLOCK], scratch.node[depth, FIRST_TAPE]
    scratch.node[depth, IS_LEFT] = 0


@kernel(internal=True)
def enter_square(search, depth, r, c, size):
    """Begin the search of a square."""
    frame, tile, scratch = search.frame, search.tile, search.scratch
    node, costs = scratch.node[depth], scratch.node_cost[depth]
    node[ROW], node[COL], node[SIZE], node[STEP], node[CHILD], node[IS_LEFT] = r, c, size, 0, 0, 0
    node[FIRST_BLOCK], node[FIRST_TAPE] = tile.blocks, tile.tape
    node[EARLY_DECISION] = early_decision(search, r, c, size)
    costs[LEAST_COST], costs[WHOLE], costs[QUARTERS] = 1e300, 1e300, 1e300
    costs[HALVES], costs[HALVES + 1] = 1e300, 1e300
    copy_contexts(frame, tile, r, c, size, scratch.initial_above[depth], scratch.initial_left[depth], True)
    copy_palettes(frame, tile, r, c, size, scratch.initial_palettes[depth], True)


@kernel(internal=True)
def leave_square(search, decisions, pictures, copies, depth):
    """End the search of a square, with its best candidate in place; its cost is added to its parent's."""
    node_cost = search.scratch.node_cost
    if not search.scratch.node[depth, IS_LEFT]:
        restore_best(search, decisions, pictures, copies, depth)
    if depth > 0:
        node_cost[depth - 1, SO_FAR] += node_cost[depth, LEAST_COST]


@kernel(internal=True)
def begin_candidate(search, copies, cdfs, depth, partition):
    """Begin a partition of a square with its bits; return False if it is not tried."""
    r, c, size = place_of_square(search, depth)
    if (
        not is_possible(search.frame, r, c, size, partition)
        or not is_enabled(search, r, c, size, partition, search.scratch.node[depth, EARLY_DECISION])
        or is_pruned(search, depth, partition)
    ):
        return False
    begin_again(search, copies, depth)
    bits = partition_cost(search, cdfs, r, c, size, partition)
    search.scratch.node_cost[depth, SO_FAR] = search.settings.lam[LUMA] * bits
    return True


@kernel(internal=True)
def enter_quarter(search, depth, k):
    """Begin the search of a quarter of a square, if it lies in the frame; return the depth to go on at."""
    r, c, size = place_of_square(search, depth)
    half = NUM_4X4_BLOCKS_WIDE[size] >> 1
    row, col = r + half * (k >> 1), c + half * (k & 1)
    if row >= search.frame.mi_rows or col >= search.frame.mi_cols:
        return depth
    enter_square(search, depth + 1, row, col, PARTITION_SUBSIZE[PARTITION_SPLIT, size])
    return depth + 1


@kernel(internal=True)
def search_weighed_block(search, block, tape, pictures, copies):
    """`search_block` with errors that count what `weight_of` says; return the weighed RD cost."""
    weight, settings = weight_of(search, block), search.settings
    for i in range(2):
        settings.lam[i] = settings.plain_lam[i] / weight
        settings.sqrt_lam[i] = np.sqrt(settings.lam[i])
    cost = weight * search_block(search, block, tape, pictures, copies)
    for i in range(2):
        settings.lam[i] = settings.plain_lam[i]
    return cost


@kernel(internal=True)
def search_parts(search, decisions, pictures, copies, depth, partition):
    """Code the blocks of a partition other than a split.

    Returns
    -------
    float
        The RD cost; coding stops when it is no less than that of the best candidate.
    """
    frame, tile = search.frame, search.tile
    r, c, size = place_of_square(search, depth)
    cost, limit = search.scratch.node_cost[depth, SO_FAR], search.scratch.node_cost[depth, LEAST_COST]
    quarter = NUM_4X4_BLOCKS_WIDE[size]
    for k in range(PART_COUNT[partition]):
        row = r + ((quarter * PARTS[partition, k, 0]) >> 2)
        col = c + ((quarter * PARTS[partition, k, 1]) >> 2)
        if row >= frame.mi_rows or col >= frame.mi_cols:
            continue
        if cost >= limit:
            break
        kind = PARTITION_SPLIT if PARTS[partition, k, 2] else partition
        block = decisions.records[tile.blocks]
        begin_block(frame, tile, block, row, col, PARTITION_SUBSIZE[kind, size], partition)
        block.tape = tile.tape
        cost += search_weighed_block(search, block, decisions.tape, pictures, copies)
        leave_contexts(frame, tile, block)
        leave_copies(frame, block, copies.arrays)
        tile.blocks += 1
    return cost


@kernel(internal=True)
def record_cost(search, records, depth, partition, cost):
    """Note the cost of a partition for `is_pruned`; end the square's search if a whole has no residual."""
    node, node_cost = search.scratch.node, search.scratch.node_cost
    if partition == PARTITION_NONE:
        node_cost[depth, WHOLE] = cost
        first = records[node[depth, FIRST_BLOCK]]
        if first.skip and first.palette_size_y == 0:
            node[depth, STEP] = PARTITION_COUNT
    elif partition == PARTITION_SPLIT:
        node_cost[depth, QUARTERS] = cost
    elif partition in (PARTITION_HORZ, PARTITION_VERT):
        node_cost[depth, HALVES + (partition == PARTITION_VERT)] = cost


@kernel()
def search_superblock(searches, cdfs, decisions, pictures, copies, mi_row, mi_col):
    """Choose the blocks of a superblock of 64x64.

    Parameters
    ----------
    searches : Search
        Of arrays of one record each.
    cdfs : (CONTEXT_SIZE,) uint16 array
        Not changed. The costs in the settings are those of its symbols.
    decisions : Decisions
        Filled.
    pictures : Pictures
    copies : Copies
    mi_row, mi_col : int
    """
    search = Search(
        searches.settings[0], searches.best[0], searches.scratch[0], searches.frame[0], searches.tile[0]
    )
    frame, tile = search.frame, search.tile
    tile.blocks, tile.tape, tile.tx_leaf_count = 0, 0, 0
    quantizers(frame, tile, decisions.records[0])
    clear_block_decoded_flags(frame, tile, mi_row, mi_col, 16)
    measure_gradients(search.scratch.activity, pictures.source[0], mi_row, mi_col)
    set_weights(search, mi_row, mi_col)
    node, node_cost = search.scratch.node, search.scratch.node_cost
    enter_square(search, 0, mi_row, mi_col, BLOCK_64X64)
    depth = 0
    while depth >= 0:
        step, child = node[depth, STEP], node[depth, CHILD]
        if step == PARTITION_COUNT:
            leave_square(search, decisions, pictures, copies, depth)
            depth -= 1
            continue
        partition = PARTITION_ORDER[step]
        if child == 0 and not begin_candidate(search, copies, cdfs, depth, partition):
            node[depth, STEP] += 1
            continue
        if partition == PARTITION_SPLIT:
            cost = node_cost[depth, SO_FAR]
            if child < 4 and cost < node_cost[depth, LEAST_COST]:
                node[depth, CHILD] = child + 1
                depth = enter_quarter(search, depth, child)
                continue
            node[depth, CHILD] = 0
        else:
            cost = search_parts(search, decisions, pictures, copies, depth, partition)
        if cost < node_cost[depth, LEAST_COST]:
            keep_best(search, decisions, pictures, depth, cost)
        node[depth, STEP] += 1
        record_cost(search, decisions.records, depth, partition, cost)
    begin_again(search, copies, 0)
    tile.blocks, tile.tape = search.best.count[0, 0], search.best.count[0, 1]
