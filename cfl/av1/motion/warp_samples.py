# mypy: disable-error-code="no-untyped-def"
"""Neighbours that a block can be blended with, or that a local warp is fitted to.

AV1 specification 7.10.3, 7.10.4.
"""

from cfl.av1.motion.packed import mv_col, mv_row
from cfl.av1.motion.spatial_scan import is_inside
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
)
from cfl.av1.tables.inter_constants import INTRA_FRAME, LEAST_SQUARES_SAMPLES_MAX, NONE
from cfl.simd.kernel import kernel


@kernel(internal=True)
def has_overlappable_candidates(frame, tile, block, info):
    """Say whether a block above or to the left is an inter block, looking at each 8x8 (7.10.3)."""
    r, c = block.mi_row, block.mi_col
    if tile.avail_u:
        for x4 in range(c, min(frame.mi_cols, c + NUM_4X4_BLOCKS_WIDE[block.mi_size]), 2):
            if info.ref_frames[r - 1, x4 | 1, 0] > INTRA_FRAME:
                return True
    if tile.avail_l:
        for y4 in range(r, min(frame.mi_rows, r + NUM_4X4_BLOCKS_HIGH[block.mi_size]), 2):
            if info.ref_frames[y4 | 1, c - 1, 0] > INTRA_FRAME:
                return True
    return False


@kernel(internal=True)
def add_sample(search, delta_row, delta_col):
    """The add sample process, 7.10.4.2: the block at a position, if it has the same single reference."""
    samples, block, info = search.samples, search.block, search.info
    row, col = block.mi_row + delta_row, block.mi_col + delta_col
    if samples.num_samples_scanned >= LEAST_SQUARES_SAMPLES_MAX or not is_inside(search.tile, row, col):
        return
    if info.mi_sizes[row, col] < 0 or info.ref_frames[row, col, 1] != NONE:
        return
    if info.ref_frames[row, col, 0] != block.ref_frame[0]:
        return
    size, mv = info.mi_sizes[row, col], info.mvs[row, col]
    cand_h4, cand_w4 = NUM_4X4_BLOCKS_HIGH[size], NUM_4X4_BLOCKS_WIDE[size]
    mid_y = (row & ~(cand_h4 - 1)) * 4 + cand_h4 * 2 - 1
    mid_x = (col & ~(cand_w4 - 1)) * 4 + cand_w4 * 2 - 1
    threshold = min(max(BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size], 16), 112)
    difference = abs(mv_row(mv, 0) - block.mv[0, 0]) + abs(mv_col(mv, 0) - block.mv[0, 1])
    valid = difference <= threshold
    samples.num_samples_scanned += 1
    if not valid and samples.num_samples_scanned > 1:
        return
    candidate = samples.cand_list[samples.num_samples]
    candidate[0], candidate[1] = mid_y * 8, mid_x * 8
    candidate[2], candidate[3] = mid_y * 8 + mv_row(mv, 0), mid_x * 8 + mv_col(mv, 0)
    samples.num_samples += valid


@kernel(internal=True)
def add_samples_above(search):
    """Add the blocks above; return whether those at the top left and the top right are others."""
    block, mi_sizes = search.block, search.info.mi_sizes
    w4 = NUM_4X4_BLOCKS_WIDE[block.mi_size]
    src_w = NUM_4X4_BLOCKS_WIDE[mi_sizes[block.mi_row - 1, block.mi_col]]
    if w4 <= src_w:
        col_offset = -(block.mi_col & (src_w - 1))
        add_sample(search, -1, 0)
        return col_offset == 0, col_offset + src_w <= w4
    i = 0
    while i < min(w4, search.frame.mi_cols - block.mi_col):
        add_sample(search, -1, i)
        i += min(w4, NUM_4X4_BLOCKS_WIDE[mi_sizes[block.mi_row - 1, block.mi_col + i]])
    return True, True


@kernel(internal=True)
def add_samples_left(search):
    """Add the blocks to the left; return whether the one at the top left is another."""
    block, mi_sizes = search.block, search.info.mi_sizes
    h4 = NUM_4X4_BLOCKS_HIGH[block.mi_size]
    src_h = NUM_4X4_BLOCKS_HIGH[mi_sizes[block.mi_row, block.mi_col - 1]]
    if h4 <= src_h:
        add_sample(search, 0, -1)
        return block.mi_row & (src_h - 1) == 0
    i = 0
    while i < min(h4, search.frame.mi_rows - block.mi_row):
        add_sample(search, i, -1)
        i += min(h4, NUM_4X4_BLOCKS_HIGH[mi_sizes[block.mi_row + i, block.mi_col - 1]])
    return True


@kernel(internal=True)
def find_warp_samples(search):
    """find_warp_samples: positions and vectors of neighbours with the block's reference (7.10.4).

    Parameters
    ----------
    search : WarpSearch
    """
    samples, tile, size = search.samples, search.tile, search.block.mi_size
    samples.num_samples = samples.num_samples_scanned = 0
    top_left = top_right = True
    if tile.avail_u:
        top_left, top_right = add_samples_above(search)
    if tile.avail_l:
        top_left &= add_samples_left(search)
    if top_left:
        add_sample(search, -1, -1)
    w4, h4 = NUM_4X4_BLOCKS_WIDE[size], NUM_4X4_BLOCKS_HIGH[size]
    if top_right and max(w4, h4) <= 16:
        add_sample(search, -1, w4)
    if samples.num_samples == 0 and samples.num_samples_scanned > 0:
        samples.num_samples = 1
