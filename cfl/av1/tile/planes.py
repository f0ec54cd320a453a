# mypy: disable-error-code="no-untyped-def"
"""Where a block lies in a plane."""

from cfl.av1.tables.geometry import SUBSAMPLED_SIZE
from cfl.simd.kernel import kernel


@kernel(inline=True)
def subsampling_of(frame, plane):
    """Return the subsampling of a plane in x and in y, as shifts: 0 for luma."""
    if plane:
        return frame.subsampling_x, frame.subsampling_y
    return 0, 0


@kernel(internal=True)
def plane_origin(frame, block, plane):
    """Return where a plane of a block begins, x and y, and its block size."""
    shift_x, shift_y = subsampling_of(frame, plane)
    x, y = (block.mi_col >> shift_x) * 4, (block.mi_row >> shift_y) * 4
    return x, y, SUBSAMPLED_SIZE[block.mi_size, shift_x, shift_y]


@kernel(internal=True)
def is_in_frame(frame, plane, x, y):
    """Say whether a transform block of a plane begins in the frame, and so is coded."""
    shift_x, shift_y = subsampling_of(frame, plane)
    return x < (4 * frame.mi_cols) >> shift_x and y < (4 * frame.mi_rows) >> shift_y
