# mypy: disable-error-code="no-untyped-def, assignment, arg-type"
"""The prediction of an inter block: compute_prediction (AV1 specification 5.11.33)."""

import numpy as np

from cfl.av1.reconstruction.inter.plane import predict_inter_plane
from cfl.av1.reconstruction.intra_block import Available, EdgeFilter, Limits, Mode, Place
from cfl.av1.reconstruction.intra_kernels import predict_intra
from cfl.av1.tables._table import table
from cfl.av1.tables.constants import DC_PRED, H_PRED, SMOOTH_PRED, V_PRED
from cfl.av1.tables.geometry import (
    MI_HEIGHT_LOG2,
    MI_WIDTH_LOG2,
    NUM_4X4_BLOCKS_HIGH,
    NUM_4X4_BLOCKS_WIDE,
)
from cfl.av1.tables.inter_constants import INTRA_FRAME
from cfl.av1.tile.planes import plane_origin, subsampling_of
from cfl.simd.kernel import kernel

INTRA_MODE = table([DC_PRED, V_PRED, H_PRED, SMOOTH_PRED], np.int64)
"""By interintra_mode."""


@kernel(internal=True)
def predict_inter_block(frame, tile, block, inter, planes):
    """Predict all planes of an inter block; `inter` is an InterTile."""
    for plane in range(3 if block.has_chroma else 1):
        if block.ref_frame[1] == INTRA_FRAME:
            predict_blended_intra(frame, tile, block, planes, plane)
        predict_inter_plane(
            frame, tile, block, inter.samples[0], inter.info, inter.prediction, inter.scratch[0],
            planes[plane], plane,
        )  # fmt: skip


@kernel(internal=True)
def predict_blended_intra(frame, tile, block, planes, plane):
    """Predict a plane of a block from its neighbours, for the inter prediction to be blended with."""
    shift_x, shift_y = subsampling_of(frame, plane)
    x, y, size = plane_origin(frame, block, plane)
    mask = 31 if frame.use_128x128_superblock else 15
    row, col = (block.mi_row & mask) >> shift_y, (block.mi_col & mask) >> shift_x
    have_left = tile.avail_l_chroma if plane else tile.avail_l
    have_above = tile.avail_u_chroma if plane else tile.avail_u
    above_right = tile.block_decoded[plane, row, col + 1 + NUM_4X4_BLOCKS_WIDE[size]]
    below_left = tile.block_decoded[plane, row + 1 + NUM_4X4_BLOCKS_HIGH[size], col]
    max_x, max_y = ((4 * frame.mi_cols) >> shift_x) - 1, ((4 * frame.mi_rows) >> shift_y) - 1
    predict_intra(
        planes[plane],
        Place(x, y, 2 + MI_WIDTH_LOG2[size], 2 + MI_HEIGHT_LOG2[size]),
        Available(np.int64(have_left), np.int64(have_above), np.int64(above_right), np.int64(below_left)),
        Mode(INTRA_MODE[block.interintra_mode], np.int64(0), np.int64(-1)),
        Limits(max_x, max_y, frame.bit_depth),
        EdgeFilter(frame.enable_intra_edge_filter, np.int64(0)),
        tile.intra_scratch,
    )
