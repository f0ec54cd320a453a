# mypy: disable-error-code="no-untyped-def"
"""The inter prediction of a plane of a block: compute_prediction (AV1 specification 5.11.33)."""

from cfl.av1.reconstruction.inter.predict import predict_inter
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH, SUBSAMPLED_SIZE
from cfl.av1.tables.inter_constants import INTRA_FRAME
from cfl.simd.kernel import kernel


@kernel(internal=True)
def predict_inter_plane(frame, tile, block, warp_samples, info, inter, scratch, samples, plane):
    """Predict a plane of an inter block.

    A chroma block may belong to several luma blocks; if all of them are inter blocks, each predicts its part.

    Parameters
    ----------
    frame, tile, block, warp_samples, info, inter, scratch, samples, plane
        As for `cfl.av1.reconstruction.inter.predict.predict_inter`.
    """
    shift_x, shift_y = (frame.subsampling_x, frame.subsampling_y) if plane else (0, 0)
    size = SUBSAMPLED_SIZE[block.mi_size, shift_x, shift_y]
    width, height = BLOCK_WIDTH[size], BLOCK_HEIGHT[size]
    x, y = (block.mi_col >> shift_x) * 4, (block.mi_row >> shift_y) * 4
    row, col = (block.mi_row >> shift_y) << shift_y, (block.mi_col >> shift_x) << shift_x
    w, h = BLOCK_WIDTH[block.mi_size] >> shift_x, BLOCK_HEIGHT[block.mi_size] >> shift_y
    if (w < width or h < height) and some_use_intra(info, block, row, col):
        w, h, row, col = width, height, block.mi_row, block.mi_col
    for i in range(0, height, h):
        for j in range(0, width, w):
            predict_inter(
                frame, tile, block, warp_samples, info, inter, scratch, samples, plane, x + j, y + i, w, h,
                row + (i > 0), col + (j > 0),
            )  # fmt: skip


@kernel(internal=True)
def some_use_intra(info, block, row, col):
    """Say whether one of the luma blocks that share a chroma block with this one, their last, is intra.

    They are equally long, so that the first 4x4 of each is enough.
    """
    for r in range(row, block.mi_row + 1):
        for c in range(col, block.mi_col + 1):
            if info.ref_frames[r, c, 0] == INTRA_FRAME:
                return True
    return False
