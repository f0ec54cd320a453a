# mypy: disable-error-code="no-untyped-def"
"""The walk over a tile: its superblocks, row by row (AV1 specification 5.11.2, 5.11.3).

The walk exists once. With a coder that reads, it fills in the blocks' records and the tape; with one that
writes, it codes them. Both reconstruct the same samples.
"""

import numpy as np

from cfl.av1.entropy.coder import COUNT, POSITION
from cfl.av1.entropy.tape import is_writing
from cfl.av1.tables.constants import (
    BLOCK_64X64,
    BLOCK_128X128,
)
from cfl.av1.tables.geometry import (
    NUM_4X4_BLOCKS_WIDE,
)
from cfl.av1.tile.partition import code_superblock
from cfl.av1.tile.planes import subsampling_of
from cfl.av1.tile.restoration_units import code_lr
from cfl.av1.tile.state import DECODED_SIDE, ERROR_TRUNCATED, Walk
from cfl.simd.filling import fill
from cfl.simd.kernel import kernel


@kernel(internal=True)
def clear_block_decoded_flags(frame, tile, r, c, sb_size4):
    """clear_block_decoded_flags."""
    for plane in range(frame.num_planes):
        shift_x, shift_y = subsampling_of(frame, plane)
        width, height = (tile.mi_col_end - c) >> shift_x, (tile.mi_row_end - r) >> shift_y
        columns, rows = (sb_size4 >> shift_x) + 2, (sb_size4 >> shift_y) + 2
        decoded, start = tile.block_decoded, plane * DECODED_SIDE * DECODED_SIDE
        above = min(width + 1, columns)  # with the one to the left
        fill(decoded, start, above, 1)
        fill(decoded, start + above, columns - above, 0)
        for y in range(1, rows):
            fill(decoded, start + y * DECODED_SIDE, columns, 0)
            decoded[plane, y, 0] = y <= height
        decoded[plane, rows - 1, 0] = 0


@kernel(internal=True)
def clear_cdef(tile, cdef_idx, r, c, sb_size4):
    """clear_cdef, after saving a writer's decisions."""
    for i in range(sb_size4 >> 4):
        for j in range(sb_size4 >> 4):
            row, col, k = (r >> 4) + i, (c >> 4) + j, 2 * i + j
            tile.cdef_coded[k] = 0
            if row < cdef_idx.shape[0] and col < cdef_idx.shape[1]:
                tile.cdef_wanted[k] = max(np.int64(cdef_idx[row, col]), 0)
                cdef_idx[row, col] = -1


@kernel(internal=True)
def clear_left_context(tile):
    """clear_left_context, of coefficients only: others are read only where a neighbour is available."""
    for i in range(20):
        for j in range(32):
            tile.left[i, j] = 0


@kernel()
def code_superblocks(
    coder, cdfs, frames, tiles, records, tape, planes, arrays, inter, mi_row, mi_col, mi_col_end
):
    """Code the superblocks of a row of a tile, from mi_col up to mi_col_end.

    Parameters
    ----------
    coder : SymbolCoder
    cdfs : (CONTEXT_SIZE,) uint16 array
    frames : (1,) array of FRAME
    tiles : (1,) array of TILE
        `error` is set if the tile breaks a rule; then the walk has stopped.
    records : (n,) array of BLOCK
        From `tile.blocks` on, if recording or writing, there must be room for all blocks; else for one.
    tape : int32 array
        With room for all decisions, if recording.
    planes : tuple of three 2-D uint16 arrays
        All the same if monochrome.
    arrays : FrameArrays
    inter : InterTile, or None in an intra frame
        For each there is a walk of its own: files of stills need no kernels of inter frames.
    mi_row, mi_col, mi_col_end : int
        In units of 4x4 samples, of superblocks that lie in the tile.
    """
    frame, tile = frames[0], tiles[0]  # an element as an argument costs a call from Python 10 to 20 µs
    walk = Walk(coder, cdfs, frame, tile, records, tape, planes, arrays)
    sb_size = BLOCK_128X128 if frame.use_128x128_superblock else BLOCK_64X64
    sb_size4 = NUM_4X4_BLOCKS_WIDE[sb_size]
    if mi_col == tile.mi_col_start:
        clear_left_context(tile)
    for c in range(mi_col, mi_col_end, sb_size4):
        tile.read_deltas = frame.delta_q_present
        clear_cdef(tile, arrays.cdef_idx, mi_row, c, sb_size4)
        clear_block_decoded_flags(frame, tile, mi_row, c, sb_size4)
        code_lr(coder, cdfs, frame, tile, arrays, mi_row, c, sb_size4)
        code_superblock(walk, inter, mi_row, c, sb_size)
        if not is_writing(coder):
            bits_left = 8 * (coder.data.shape[0] - coder.state[POSITION]) + coder.state[COUNT]
            if bits_left < -14:
                tile.error = ERROR_TRUNCATED
        if tile.error:
            return
