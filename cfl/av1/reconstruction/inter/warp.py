# mypy: disable-error-code="no-untyped-def"
"""The prediction of a block by a warp model, eight by eight samples at a time (AV1 specification 7.11.3.5).

Every sample has taps of its own, along the rows and then down the columns.
"""

from cfl.av1.reconstruction.inter.edges import gather_patch, is_inside
from cfl.av1.reconstruction.inter.scratch import PATCH_ROWS, PATCH_STRIDE
from cfl.av1.reconstruction.inter.subpixel import STRIP
from cfl.av1.reconstruction.inter.warp_model import setup_shear
from cfl.av1.tables.inter_constants import WARPEDMODEL_PREC_BITS
from cfl.av1.tables.warp import WARPED_FILTERS, WARPEDDIFF_PREC_BITS, WARPEDPIXEL_PREC_SHIFTS
from cfl.simd.int32x8 import splat8, store8, transpose8
from cfl.simd.kernel import kernel
from cfl.simd.masks import round2
from cfl.simd.octets import steps
from cfl.simd.taps import address_of, eight_dots, plane_at

_FRACTION = (1 << WARPEDMODEL_PREC_BITS) - 1


@kernel(internal=True)
def predict_warped(
    plane, p0, p1, p2, p3, p4, p5, x, y, w, h, shift_x, shift_y, last_x, last_y, round_0, round_1, bias,
    scratch, at,
):  # fmt: skip
    """Predict a block.

    Parameters
    ----------
    plane : 2-D uint16 array
        Of the reference.
    p0, p1, p2, p3, p4, p5 : int
        warpParams, of a valid model.
    x, y, w, h : int
        The block in its plane; w and h are 8 to 128.
    shift_x, shift_y : int
        The plane's subsampling.
    last_x, last_y, round_0, round_1, bias, scratch, at
        As for `cfl.av1.reconstruction.inter.subpixel.predict_unscaled`.
    """
    _, alpha, beta, gamma, delta = setup_shear(p2, p3, p4, p5)
    for k in range(8):
        scratch.places[k] = k
        scratch.places[8 + k] = k * 16
    stride = max(w, STRIP)
    for i in range(0, h, 8):
        for j in range(0, w, 8):
            source_x, source_y = (x + j + 4) << shift_x, (y + i + 4) << shift_y
            to_x = (p2 * source_x + p3 * source_y + p0) >> shift_x
            to_y = (p4 * source_x + p5 * source_y + p1) >> shift_y
            warp_rows(plane, to_x, to_y, alpha, beta, last_x, last_y, round_0, scratch)
            warp_columns(to_y & _FRACTION, gamma, delta, round_1, bias, scratch, at + i * stride + j, stride)


@kernel(internal=True)
def note_filters(fraction, step, scratch, at):
    """Note where the taps of eight samples lie, which `step` lies between; `fraction` is the fifth's."""
    place = splat8(fraction) + splat8(step) * (steps() - splat8(4))
    number = round2(place, WARPEDDIFF_PREC_BITS) + splat8(WARPEDPIXEL_PREC_SHIFTS)
    store8(scratch.filters, at, number * splat8(8))


@kernel(internal=True)
def warp_rows(plane, to_x, to_y, alpha, beta, last_x, last_y, round_0, scratch):
    """Filter the fifteen rows that eight rows need, and leave them by column in `tile_columns`."""
    x, y = (to_x >> WARPEDMODEL_PREC_BITS) - 7, (to_y >> WARPEDMODEL_PREC_BITS) - 7
    first = y * plane.shape[1] + x
    if not is_inside(plane, x, y, 15, 15, last_x, last_y, 0):
        patch = plane_at(address_of(scratch.patch), PATCH_ROWS, PATCH_STRIDE)
        gather_patch(plane, x, y, 15, 15, last_x, last_y, patch)
        plane, first = patch, 0
    for r in range(15):
        note_filters((to_x & _FRACTION) + beta * (r - 7), alpha, scratch, 0)
        row = first + r * plane.shape[1]
        value = eight_dots(plane, row, scratch.places, WARPED_FILTERS, scratch.filters, 0, round_0)
        store8(scratch.tile_rows, r * 8, value)
    for half in range(2):
        transpose8(scratch.tile_rows, half * 64, 8, scratch.tile_columns, half * 8, 16)


@kernel(internal=True)
def warp_columns(fraction, gamma, delta, round_1, bias, scratch, at, stride):
    """Filter down the columns of `tile_columns`, into `preds`."""
    for r in range(8):
        note_filters(fraction + delta * (r - 4), gamma, scratch, 8)
        value = eight_dots(
            scratch.tile_columns, r, scratch.places, WARPED_FILTERS, scratch.filters, 8, round_1
        )
        store8(scratch.preds, at + r * stride, value - splat8(bias))
