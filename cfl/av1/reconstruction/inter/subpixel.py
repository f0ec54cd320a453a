# mypy: disable-error-code="no-untyped-def"
"""The prediction of a block from a reference of the frame's own size (AV1 specification 7.11.3.4).

All samples of a row and of a column have the same taps then. The rows of the array intermediate follow each
other without a gap, and so do those of the prediction: then a block of any width is filtered down its
columns sixteen samples at a time.
"""

from cfl.av1.reconstruction.inter.edges import gather_patch, is_inside
from cfl.av1.reconstruction.inter.scratch import PATCH_ROWS, PATCH_STRIDE
from cfl.av1.tables.constants import FILTER_BITS
from cfl.av1.tables.inter_prediction import BILINEAR, EIGHTTAP_SMOOTH, SUBPEL_MASK
from cfl.av1.tables.subpel_filters import SUBPEL_FILTERS
from cfl.simd.int16x16 import splat
from cfl.simd.kernel import kernel
from cfl.simd.masks import shift_right
from cfl.simd.taps import (
    address_of,
    along_row,
    along_two_rows,
    down_columns,
    load_row,
    load_rows_of_8,
    plane_at,
    store_halves_of_2,
    store_halves_of_4,
    store_row,
    tap_pair,
)

BEFORE, AFTER = 3, 4
"""How many samples the filters reach back and forth."""
BEYOND = 12
"""How many samples after the last one of a narrow block are loaded with it."""


@kernel(internal=True)
def filter_for(interp_filter, side):
    """Return the filter of a side of a block: one of four taps where the side is short."""
    if side > 4 or interp_filter == BILINEAR:
        return interp_filter
    return 5 if interp_filter == EIGHTTAP_SMOOTH else 4


@kernel(internal=True)
def predict_unscaled(
    plane, start_x, start_y, w, h, filter_x, filter_y, last_x, last_y, round_0, round_1, bias, scratch, at
):
    """Predict a block.

    Parameters
    ----------
    plane : 2-D uint16 array
        Of the reference.
    start_x, start_y : int
        Where the block begins in it, in 1024ths of a sample.
    w, h : int
        2 to 128.
    filter_x, filter_y : int
        The filters along the rows and down the columns, as `filter_for` returns them.
    last_x, last_y : int
        The last column and row of the reference.
    round_0, round_1 : int
        InterRound0 and InterRound1.
    bias : int
        Subtracted from the prediction: see `cfl.av1.reconstruction.inter.rounding`.
    scratch : record of INTER_SCRATCH, changed
    at : int
        Where in its `preds` the prediction goes, row after row.
    """
    x, y, fraction_x, fraction_y = (
        start_x >> 10, start_y >> 10, (start_x >> 6) & SUBPEL_MASK, (start_y >> 6) & SUBPEL_MASK,
    )  # fmt: skip
    columns, rows = w, h
    if fraction_x:
        x, columns = x - BEFORE, columns + BEFORE + AFTER
    if fraction_y:
        y, rows = y - BEFORE, rows + BEFORE + AFTER
    first = y * plane.shape[1] + x
    if not is_inside(plane, x, y, columns, rows, last_x, last_y, BEYOND):
        patch = plane_at(address_of(scratch.patch), PATCH_ROWS, PATCH_STRIDE)
        gather_patch(plane, x, y, columns, rows, last_x, last_y, patch)
        plane, first = patch, 0
    if fraction_x:
        filter_rows(plane, first, w, rows, (filter_x * 16 + fraction_x) * 8, round_0, scratch.lines)
    else:
        copy_rows(plane, first, w, rows, 1 << (FILTER_BITS - round_0), scratch.lines)
    if fraction_y:
        base = (1 << (round_1 - 1)) - (bias << round_1)
        taps = (filter_y * 16 + fraction_y) * 8
        filter_columns(scratch.lines, 0, w, w * h, taps, base, round_1, scratch.preds, at)
    else:
        round_lines(scratch.lines, w * h, round_1 - FILTER_BITS, bias, scratch.preds, at)


@kernel(internal=True)
def filter_rows(samples, first, w, rows, taps, bits, lines):
    """Filter along the rows, from flat index `first` on; `taps` is where the taps lie."""
    t01, t23 = tap_pair(SUBPEL_FILTERS, taps), tap_pair(SUBPEL_FILTERS, taps + 2)
    t45, t67 = tap_pair(SUBPEL_FILTERS, taps + 4), tap_pair(SUBPEL_FILTERS, taps + 6)
    stride = samples.shape[1]
    if w >= 16:
        for r in range(rows):
            for c in range(0, w, 16):
                value = along_row(samples, first + r * stride + c, t01, t23, t45, t67, bits)
                store_row(lines, r * w + c, w, value)
        return
    for r in range(0, rows, 2):
        at = first + r * stride
        second = at + stride if r + 1 < rows else at
        value = along_two_rows(samples, at, second, t01, t23, t45, t67, bits)
        store_two_rows(lines, r, w, value)


@kernel(inline=True)
def store_two_rows(lines, r, w, value):
    """Store rows `r` and ``r + 1`` of lines of `w` samples, which are in the halves of `value`."""
    if w == 8:
        store_row(lines, 8 * r, w, value)
    elif w == 4:
        store_halves_of_4(lines, 4 * r, value)
    else:
        store_halves_of_2(lines, 2 * r, value)


@kernel(internal=True)
def copy_rows(samples, first, w, rows, factor, lines):
    """What `filter_rows` makes of rows that need no filter: their samples, times a factor."""
    stride, factors = samples.shape[1], splat(factor)
    if w >= 16:
        for r in range(rows):
            for c in range(0, w, 16):
                store_row(lines, r * w + c, w, load_row(samples, first + r * stride + c, w) * factors)
        return
    for r in range(0, rows, 2):
        at = first + r * stride
        both = load_rows_of_8(samples, at, stride if r + 1 < rows else 0)
        store_two_rows(lines, r, w, both * factors)


@kernel(internal=True)
def filter_columns(lines, first, w, count, taps, base, bits, preds, at):
    """Filter `count` samples down the columns of lines of `w` from index `first` on.

    `taps` is where the taps lie, and `base` is added before the shift by `bits`.
    """
    t01, t23 = tap_pair(SUBPEL_FILTERS, taps), tap_pair(SUBPEL_FILTERS, taps + 2)
    t45, t67 = tap_pair(SUBPEL_FILTERS, taps + 4), tap_pair(SUBPEL_FILTERS, taps + 6)
    for i in range(0, count, 16):
        store_row(preds, at + i, w, down_columns(lines, first + i, w, t01, t23, t45, t67, base, bits))


@kernel(internal=True)
def round_lines(lines, count, bits, bias, preds, at):
    """What `filter_columns` makes of columns that need no filter: their samples, rounded."""
    half, less = splat(1 << bits >> 1), splat(bias)
    for i in range(0, count, 16):
        store_row(preds, at + i, 0, shift_right(load_row(lines, i, 0) + half, bits) - less)
