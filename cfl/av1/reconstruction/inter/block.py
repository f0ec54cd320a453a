# mypy: disable-error-code="no-untyped-def"
"""A block predicted from one reference with one vector (AV1 specification 7.11.3.3, 7.11.3.4)."""

from cfl.av1.reconstruction.inter.position import UNSCALED, start_of, step_of
from cfl.av1.reconstruction.inter.scaled import predict_scaled
from cfl.av1.reconstruction.inter.subpixel import filter_for, predict_unscaled
from cfl.simd.kernel import kernel
from cfl.simd.taps import plane_at


@kernel(internal=True)
def is_scaled(reference):
    """Say whether a reference is of another size than the frame."""
    return reference.x_scale != UNSCALED or reference.y_scale != UNSCALED


@kernel(internal=True)
def check_reference(reference, plane):
    """Raise ValueError where a reference frame is missing."""
    if reference.rows[plane] == 0:
        raise ValueError("a reference frame is missing")


@kernel(internal=True)
def predict_block(
    reference, plane, shift_x, shift_y, x, y, w, h, mv_row, mv_col, filter_row, filter_col, round_0, round_1,
    bias, scratch, at,
):  # fmt: skip
    """Predict a block of a plane, into ``scratch.preds`` from `at` on.

    Parameters
    ----------
    reference : record of REFERENCE
    plane, shift_x, shift_y : int
        The plane and its subsampling.
    x, y, w, h : int
        The block in its plane.
    mv_row, mv_col : int
        The vector.
    filter_row, filter_col : int
        interp_filter down the columns and along the rows.
    round_0, round_1, bias, scratch, at
        As for `cfl.av1.reconstruction.inter.subpixel.predict_unscaled`.
    """
    check_reference(reference, plane)
    source = plane_at(reference.address[plane], reference.rows[plane], reference.stride[plane])
    start_x = start_of(x, mv_col, reference.x_scale, shift_x)
    start_y = start_of(y, mv_row, reference.y_scale, shift_y)
    last_x, last_y = reference.last_x[plane], reference.last_y[plane]
    filter_x, filter_y = filter_for(filter_col, w), filter_for(filter_row, h)
    if is_scaled(reference):
        predict_scaled(
            source, start_x, start_y, step_of(reference.x_scale), step_of(reference.y_scale), w, h, filter_x,
            filter_y, last_x, last_y, round_0, round_1, bias, scratch, at,
        )  # fmt: skip
    else:
        predict_unscaled(
            source, start_x, start_y, w, h, filter_x, filter_y, last_x, last_y, round_0, round_1, bias,
            scratch, at,
        )  # fmt: skip
