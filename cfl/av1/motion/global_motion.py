# mypy: disable-error-code="no-untyped-def"
"""The vector of global motion at a block (AV1 specification 7.10.2.1)."""

from cfl.av1.motion.packed import packed_mv
from cfl.av1.motion.vectors import lower_precision
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH
from cfl.av1.tables.inter_constants import IDENTITY, INTRA_FRAME, TRANSLATION, WARPEDMODEL_PREC_BITS
from cfl.simd.kernel import kernel


@kernel(internal=True)
def round2_signed(x, n):
    """Round2Signed of x, by n > 0 bits."""
    half = 1 << (n - 1)
    return (x + half) >> n if x >= 0 else -((half - x) >> n)


@kernel(internal=True)
def global_mv(frame, block, ref):
    """Return the row and the column of the vector, which are projected from the center of the block."""
    if ref <= INTRA_FRAME or frame.gm_type[ref] == IDENTITY:
        return 0, 0
    shift = WARPEDMODEL_PREC_BITS - 3
    params = frame.gm_params[ref]
    if frame.gm_type[ref] == TRANSLATION:
        row, col = params[0] >> shift, params[1] >> shift
    else:
        one = 1 << WARPEDMODEL_PREC_BITS
        x = 4 * block.mi_col + (BLOCK_WIDTH[block.mi_size] >> 1) - 1
        y = 4 * block.mi_row + (BLOCK_HEIGHT[block.mi_size] >> 1) - 1
        xc = (params[2] - one) * x + params[3] * y + params[0]
        yc = params[4] * x + (params[5] - one) * y + params[1]
        if frame.allow_high_precision_mv:
            row, col = round2_signed(yc, shift), round2_signed(xc, shift)
        else:
            row, col = 2 * round2_signed(yc, shift + 1), 2 * round2_signed(xc, shift + 1)
    return lower_precision(frame, row), lower_precision(frame, col)


@kernel(internal=True)
def set_global_mv(stack, frame, block, ref_list):
    """The setup global mv process, 7.10.2.1: leave the vector of a list in GlobalMvs."""
    row, col = global_mv(frame, block, block.ref_frame[ref_list])
    packed = packed_mv(row, col)
    stack.packed_global_mvs[ref_list] = packed
    stack.global_mvs[ref_list, 0], stack.global_mvs[ref_list, 1] = row, col
