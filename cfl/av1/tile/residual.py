# mypy: disable-error-code="no-untyped-def, assignment, operator, arg-type"
"""The prediction and the residual of a block (AV1 specification 5.11.33 to 5.11.36)."""

import numpy as np

from cfl.av1.entropy.symbols import tell
from cfl.av1.reconstruction.chroma_from_luma import add_luma_ac, luma_ac
from cfl.av1.reconstruction.intra_block import Available, EdgeFilter, Limits, Mode, Place
from cfl.av1.reconstruction.intra_kernels import predict_intra
from cfl.av1.reconstruction.intrabc import predict_intrabc
from cfl.av1.reconstruction.inverse_transform_kernels import inverse_transform_add
from cfl.av1.reconstruction.palette import predict_palette
from cfl.av1.tables.constants import (
    BLOCK_64X64,
    DC_PRED,
    SMOOTH_H_PRED,
    SMOOTH_PRED,
    TX_4X4,
    TX_16X32,
    TX_32X16,
    TX_32X32,
    UV_CFL_PRED,
)
from cfl.av1.tables.geometry import (
    BLOCK_HEIGHT,
    BLOCK_WIDTH,
    MAX_TX_SIZE_RECT,
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
    SUBSAMPLED_SIZE,
    TX_HEIGHT,
    TX_HEIGHT_LOG2,
    TX_WIDTH,
    TX_WIDTH_LOG2,
)
from cfl.av1.tile.coefficients import code_coefs, quantizers
from cfl.av1.tile.inter_prediction import predict_inter_block
from cfl.av1.tile.planes import is_in_frame, subsampling_of
from cfl.av1.tile.state import CTX_COEFS_Y, CTX_UV_MODE, CTX_Y_MODE, DECODED_SIDE
from cfl.simd.filling import fill
from cfl.simd.kernel import kernel


@kernel(internal=True)
def get_tx_size_uv(frame, block):
    """get_tx_size of chroma."""
    return TX_4X4 if block.lossless else largest_tx_size_uv(frame, block)


@kernel(internal=True)
def largest_tx_size_uv(frame, block):
    """get_tx_size of chroma, of a block that is not lossless."""
    uv_tx = MAX_TX_SIZE_RECT[SUBSAMPLED_SIZE[block.mi_size, frame.subsampling_x, frame.subsampling_y]]
    if TX_WIDTH[uv_tx] == 64 or TX_HEIGHT[uv_tx] == 64:
        if TX_WIDTH[uv_tx] == 16:
            return TX_16X32
        if TX_HEIGHT[uv_tx] == 16:
            return TX_32X16
        return TX_32X32
    return uv_tx


@kernel(internal=True)
def is_smooth(mode):
    """Say whether a mode is one of the three smooth ones."""
    return SMOOTH_PRED <= mode <= SMOOTH_H_PRED


@kernel(internal=True)
def get_filter_type(frame, tile, block, plane):
    """get_filter_type (7.11.2.8): 1 if the block above or to the left is predicted smoothly."""
    col, row = block.mi_col - tile.mi_col_start, block.mi_row & 31
    if plane == 0:
        return (tile.avail_u and is_smooth(tile.above[CTX_Y_MODE, col])) or (
            tile.avail_l and is_smooth(tile.left[CTX_Y_MODE, row])
        )
    col, row = col >> frame.subsampling_x, (block.mi_row >> frame.subsampling_y) & 31
    return (tile.avail_u_chroma and is_smooth(tile.above[CTX_UV_MODE, col])) or (
        tile.avail_l_chroma and is_smooth(tile.left[CTX_UV_MODE, row])
    )


@kernel(internal=True)
def predict_block(frame, tile, block, planes, plane, start_x, start_y, x, y, tx_size):
    """Predict a transform block of an intra block; x and y count from the block's corner, in 4 samples."""
    shift_x, shift_y = subsampling_of(frame, plane)
    palette_size = block.palette_size_uv if plane else block.palette_size_y
    if palette_size:
        predict_palette(
            planes[plane], start_x, start_y, TX_WIDTH[tx_size], TX_HEIGHT[tx_size],
            tile.palette_colors[plane], tile.color_map[min(plane, 1)], 4 * x, 4 * y,
        )  # fmt: skip
        return
    mask = 31 if frame.use_128x128_superblock else 15
    sb_row = (((start_y << shift_y) >> 2) & mask) >> shift_y
    sb_col = (((start_x << shift_x) >> 2) & mask) >> shift_x
    mode, angle_delta, filter_intra_mode = block.y_mode, block.angle_delta_y, -1
    have_left, have_above = tile.avail_l or x > 0, tile.avail_u or y > 0
    is_cfl = plane > 0 and block.uv_mode == UV_CFL_PRED
    if plane:
        mode = DC_PRED if is_cfl else block.uv_mode
        angle_delta = block.angle_delta_uv
        have_left, have_above = tile.avail_l_chroma or x > 0, tile.avail_u_chroma or y > 0
    elif block.use_filter_intra:
        filter_intra_mode = np.int64(block.filter_intra_mode)
    above_right = tile.block_decoded[plane, sb_row, sb_col + 1 + (TX_WIDTH[tx_size] >> 2)]
    below_left = tile.block_decoded[plane, sb_row + 1 + (TX_HEIGHT[tx_size] >> 2), sb_col]
    log2w, log2h = TX_WIDTH_LOG2[tx_size], TX_HEIGHT_LOG2[tx_size]
    max_x, max_y = ((4 * frame.mi_cols) >> shift_x) - 1, ((4 * frame.mi_rows) >> shift_y) - 1
    filter_type = np.int64(get_filter_type(frame, tile, block, plane))
    predict_intra(
        planes[plane],
        Place(start_x, start_y, log2w, log2h),
        Available(np.int64(have_left), np.int64(have_above), np.int64(above_right), np.int64(below_left)),
        Mode(np.int64(mode), np.int64(angle_delta), np.int64(filter_intra_mode)),
        Limits(max_x, max_y, frame.bit_depth),
        EdgeFilter(frame.enable_intra_edge_filter, filter_type),
        tile.intra_scratch,
    )
    if is_cfl:
        alpha = block.cfl_alpha_u if plane == 1 else block.cfl_alpha_v
        luma_ac(
            planes[0], start_x, start_y, log2w, log2h, shift_x, shift_y, tile.max_luma_w, tile.max_luma_h,
            tile.luma_ac,
        )  # fmt: skip
        add_luma_ac(
            tile.luma_ac, planes[plane], start_x, start_y, log2w, log2h, np.int64(alpha), frame.bit_depth,
            tile.cfl_predicted,
        )  # fmt: skip


@kernel(internal=True)
def leave_tx_size(tx_sizes, row, col, tx_size):
    """Note LoopfilterTxSizes, within the frame."""
    columns = tx_sizes.shape[1]
    count = min(col + (TX_WIDTH[tx_size] >> 2), columns) - col
    for i in range(row, min(row + (TX_HEIGHT[tx_size] >> 2), tx_sizes.shape[0])):
        fill(tx_sizes, i * columns + col, count, tx_size)


@kernel(internal=True)
def leave_decoded(frame, tile, plane, x4, y4, tx_size):
    """Note BlockDecoded."""
    mask_x, mask_y = 31 if frame.use_128x128_superblock else 15, 31 if frame.use_128x128_superblock else 15
    if plane:
        mask_x, mask_y = mask_x >> frame.subsampling_x, mask_y >> frame.subsampling_y
    row, col = 1 + (y4 & mask_y), 1 + (x4 & mask_x)
    for i in range(row, row + (TX_HEIGHT[tx_size] >> 2)):
        fill(tile.block_decoded, (plane * DECODED_SIDE + i) * DECODED_SIDE + col, TX_WIDTH[tx_size] >> 2, 1)


@kernel(internal=True)
def code_transform_block(walk, block, plane, tx_size, x, y):
    """transform_block; x and y count from the block's corner, in 4 samples."""
    frame, tile, planes, arrays = walk.frame, walk.tile, walk.planes, walk.arrays
    shift_x, shift_y = subsampling_of(frame, plane)
    start_x, start_y = 4 * ((block.mi_col >> shift_x) + x), 4 * ((block.mi_row >> shift_y) + y)
    if not is_in_frame(frame, plane, start_x, start_y):
        return
    if not block.is_inter:
        if tile.reconstructing:
            predict_block(frame, tile, block, planes, plane, start_x, start_y, x, y, tx_size)
        if plane == 0:
            tile.max_luma_w, tile.max_luma_h = start_x + TX_WIDTH[tx_size], start_y + TX_HEIGHT[tx_size]
    x4, y4 = start_x >> 2, start_y >> 2
    if not block.skip:
        eob = code_coefs(walk.coder, walk.cdfs, frame, tile, block, walk.tape, plane, x4, y4, tx_size)
        if eob > 0 and tile.reconstructing:
            inverse_transform_add(
                tile.coefs, tx_size, tile.plane_tx_type, np.int64(block.lossless), frame.bit_depth,
                tile.coef_rows, tile.coef_columns, planes[plane], start_y, start_x, tile.transform_scratch,
            )  # fmt: skip
    leave_tx_size(arrays.tx_size_uv if plane else arrays.tx_size_y, y4, x4, tx_size)
    leave_decoded(frame, tile, plane, x4, y4, tx_size)


@kernel(internal=True)
def code_plane(walk, block, plane, tx_size, chunk_x, chunk_y, num4_w, num4_h):
    """The transform blocks of a plane in a chunk of 64x64 luma samples, which begins at chunk_x, chunk_y.

    All have one size and come in raster order, except luma with a tree of transforms.
    """
    tile = walk.tile
    shift_x, shift_y = subsampling_of(walk.frame, plane)
    first_x, first_y = (chunk_x << 4) >> shift_x, (chunk_y << 4) >> shift_y
    has_tree = plane == 0 and tile.tx_leaf_count > 0
    x, y = 0, 0
    while y < num4_h:
        if has_tree:
            leaf = tile.tx_leaf
            if leaf == tile.tx_leaf_count:
                break
            x, y = np.int64(tile.tx_leaves[leaf, 1]) - first_x, np.int64(tile.tx_leaves[leaf, 0]) - first_y
            if x < 0 or y < 0 or x >= num4_w or y >= num4_h:  # the next chunk's
                break
            tx_size = np.int64(tile.tx_leaves[leaf, 2])
            tile.tx_leaf = leaf + 1
        code_transform_block(walk, block, plane, tx_size, first_x + x, first_y + y)
        if not has_tree:
            x += TX_WIDTH[tx_size] >> 2
            if x >= num4_w:
                x = 0
                y += TX_HEIGHT[tx_size] >> 2


@kernel(internal=True)
def predict_intrabc_block(frame, block, planes):
    """compute_prediction, of intra block copy."""
    for plane in range(3 if block.has_chroma else 1):
        shift_x, shift_y = subsampling_of(frame, plane)
        size = SUBSAMPLED_SIZE[block.mi_size, shift_x, shift_y]
        x, y = (block.mi_col >> shift_x) * 4, (block.mi_row >> shift_y) * 4
        mv_x, mv_y = block.mv[0, 1] >> 3, block.mv[0, 0] >> 3
        half_x = mv_x & 1 if shift_x else 0
        half_y = mv_y & 1 if shift_y else 0
        predict_intrabc(
            planes[plane], x, y, BLOCK_WIDTH[size], BLOCK_HEIGHT[size], x + (mv_x >> shift_x),
            y + (mv_y >> shift_y), half_x, half_y, ((4 * frame.mi_cols + shift_x) >> shift_x) - 1,
            ((4 * frame.mi_rows + shift_y) >> shift_y) - 1,
        )  # fmt: skip


@kernel(internal=True)
def reset_block_context(frame, tile, block):
    """reset_block_context: of a block without coefficients."""
    bw4, bh4 = NUM_4X4_BLOCKS_WIDE[block.mi_size], NUM_4X4_BLOCKS_HIGH[block.mi_size]
    for plane in range(3 if block.has_chroma else 1):
        shift_x, shift_y = subsampling_of(frame, plane)
        start = tile.mi_col_start >> shift_x
        for i in range((block.mi_col >> shift_x) - start, ((block.mi_col + bw4) >> shift_x) - start):
            tile.above[CTX_COEFS_Y + plane, i] = 0
        first = (block.mi_row >> shift_y) & 31
        for i in range(first, first + ((block.mi_row + bh4) >> shift_y) - (block.mi_row >> shift_y)):
            tile.left[CTX_COEFS_Y + plane, i] = 0


@kernel(internal=True)
def code_residual(walk, inter, block):
    """compute_prediction and residual."""
    coder, frame, tile = walk.coder, walk.frame, walk.tile
    block.tx_types, block.bits_luma, block.bits_chroma = 0, 0, 0
    if block.skip:
        reset_block_context(frame, tile, block)
    if block.is_inter and tile.reconstructing:
        if inter is None:
            predict_intrabc_block(frame, block, walk.planes)
        else:
            predict_inter_block(frame, tile, block, inter, walk.planes)
    quantizers(frame, tile, block)
    tile.tx_leaf = 0
    width_chunks, height_chunks = BLOCK_WIDTH[block.mi_size] >> 6, BLOCK_HEIGHT[block.mi_size] >> 6
    chunk_size = BLOCK_64X64 if width_chunks > 1 or height_chunks > 1 else np.int64(block.mi_size)
    for chunk_y in range(max(height_chunks, 1)):
        for chunk_x in range(max(width_chunks, 1)):
            for plane in range(3 if block.has_chroma else 1):
                tx_size, size = np.int64(block.tx_size), chunk_size
                if plane:
                    tx_size = get_tx_size_uv(frame, block)
                    size = SUBSAMPLED_SIZE[size, frame.subsampling_x, frame.subsampling_y]
                before = tell(coder) if tile.measuring else 0.0
                w4, h4 = NUM_4X4_BLOCKS_WIDE[size], NUM_4X4_BLOCKS_HIGH[size]
                code_plane(walk, block, plane, tx_size, chunk_x, chunk_y, w4, h4)
                if tile.measuring and plane == 0:
                    block.bits_luma += tell(coder) - before
                elif tile.measuring:
                    block.bits_chroma += tell(coder) - before
