# mypy: disable-error-code="no-untyped-def"
"""The prediction of a block from a reference of another size (AV1 specification 7.11.3.4).

Each column has its own place in the reference and its own taps, and so has each row.
"""

from cfl.av1.reconstruction.inter.edges import gather_patch, is_inside
from cfl.av1.reconstruction.inter.scratch import PATCH_ROWS, PATCH_STRIDE
from cfl.av1.reconstruction.inter.subpixel import STRIP
from cfl.av1.tables.inter_prediction import SCALE_SUBPEL_BITS, SUBPEL_MASK
from cfl.av1.tables.subpel_filters import SUBPEL_FILTERS
from cfl.simd.int32x8 import store8
from cfl.simd.kernel import kernel
from cfl.simd.taps import address_of, down_columns, eight_dots, load_taps, plane_at, store_16

BEFORE, AFTER = 3, 4
"""How many samples the filters reach back and forth."""
_FRACTION = (1 << SCALE_SUBPEL_BITS) - 1


@kernel(internal=True)
def predict_scaled(
    plane, start_x, start_y, step_x, step_y, w, h, filter_x, filter_y, last_x, last_y, round_0, round_1, bias,
    scratch, at,
):  # fmt: skip
    """Predict a block. Parameters as those of `predict_unscaled`, and the step from sample to sample.

    Parameters
    ----------
    step_x, step_y : int
        stepX and stepY, in 1024ths of a sample: at most 2048.
    """
    x, y = (start_x >> SCALE_SUBPEL_BITS) - BEFORE, (start_y >> SCALE_SUBPEL_BITS) - BEFORE
    columns = place_columns(start_x & _FRACTION, step_x, w, filter_x, scratch) + BEFORE + AFTER + 1
    rows = (((h - 1) * step_y + _FRACTION) >> SCALE_SUBPEL_BITS) + BEFORE + AFTER + 1
    first = y * plane.shape[1] + x
    if not is_inside(plane, x, y, columns, rows, last_x, last_y, 0):
        patch = plane_at(address_of(scratch.patch), PATCH_ROWS, PATCH_STRIDE)
        gather_patch(plane, x, y, columns, rows, last_x, last_y, patch)
        plane, first = patch, 0
    lines, stride = scratch.lines, max(w, STRIP)
    for r in range(rows):
        for c in range(0, w, 8):
            value = eight_dots(
                plane, first + r * plane.shape[1], scratch.places, SUBPEL_FILTERS, scratch.filters, c, round_0
            )
            store8(lines, r * stride + c, value)
    base = (1 << (round_1 - 1)) - (bias << round_1)
    for r in range(h):
        place = (start_y & _FRACTION) + step_y * r
        taps = load_taps(SUBPEL_FILTERS, (filter_y * 16 + ((place >> 6) & SUBPEL_MASK)) * 8, 4)
        source = (place >> SCALE_SUBPEL_BITS) * stride
        for c in range(0, w, STRIP):
            value = down_columns(lines, source + c, stride, taps, base, round_1)
            store_16(scratch.preds, at + r * stride + c, value)


@kernel(internal=True)
def place_columns(fraction, step, w, interp_filter, scratch):
    """Note where the samples and the taps of each column lie; return the last place of a column.

    Where a block is narrower than eight samples, its last column is repeated.
    """
    place = 0
    for c in range(max(w, 8)):
        position = fraction + step * min(c, w - 1)
        place = position >> SCALE_SUBPEL_BITS
        scratch.places[c] = place
        scratch.filters[c] = (interp_filter * 16 + ((position >> 6) & SUBPEL_MASK)) * 8
    return place
