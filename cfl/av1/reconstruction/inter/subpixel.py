# mypy: disable-error-code="no-untyped-def"
"""The prediction of a block from a reference of the frame's own size (AV1 specification 7.11.3.4).

All samples of a row have the same taps then, and so have all of a column. The sharp filter has eight taps,
the others at most six of them, without the first and the last. A block is predicted strip by strip of sixteen
columns; between the filters along the rows and down the columns the rows are kept in pairs.
"""

from cfl.av1.reconstruction.inter.edges import gather_patch, is_inside
from cfl.av1.reconstruction.inter.scratch import PATCH_ROWS, PATCH_STRIDE
from cfl.av1.tables.constants import FILTER_BITS
from cfl.av1.tables.inter_constants import BILINEAR, EIGHTTAP_SHARP, EIGHTTAP_SMOOTH
from cfl.av1.tables.inter_prediction import SUBPEL_MASK
from cfl.av1.tables.subpel_filters import SUBPEL_FILTERS
from cfl.simd.int16x16 import splat
from cfl.simd.kernel import kernel
from cfl.simd.masks import shift_right
from cfl.simd.taps import (
    address_of,
    along_row,
    down_pairs,
    even_sums,
    load_16,
    load_taps,
    lower_and_lower,
    odd_sums,
    pair_words,
    plane_at,
    store_16,
    upper_halves,
)

STRIP = 16


@kernel(internal=True)
def filter_for(interp_filter, side):
    """Return the filter of a side of a block: one of four taps where the side is short."""
    if side > 4 or interp_filter == BILINEAR:
        return interp_filter
    return 5 if interp_filter == EIGHTTAP_SMOOTH else 4


@kernel(internal=True)
def reach_of(interp_filter, fraction):
    """Return how many samples before a sample a filter reads, one less than after it; 0 without a filter."""
    return (3 if interp_filter == EIGHTTAP_SHARP else 2) if fraction else 0


@kernel(internal=True)
def taps_of(interp_filter, fraction):
    """Return where the taps of a filter begin in SUBPEL_FILTERS."""
    return (interp_filter * 16 + fraction) * 8 + (0 if interp_filter == EIGHTTAP_SHARP else 1)


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
        Where in its `preds` the prediction goes: rows of `w` samples, but at least `STRIP`.
    """
    fraction_x, fraction_y = (start_x >> 6) & SUBPEL_MASK, (start_y >> 6) & SUBPEL_MASK
    reach_x, reach_y = reach_of(filter_x, fraction_x), reach_of(filter_y, fraction_y)
    x, y = (start_x >> 10) - reach_x, (start_y >> 10) - reach_y
    columns, rows = w + (2 * reach_x + 1 if reach_x else 0), h + (2 * reach_y + 1 if reach_y else 0)
    first = y * plane.shape[1] + x
    if not is_inside(plane, x, y, columns, rows, last_x, last_y, STRIP - min(w, STRIP)):
        patch = plane_at(address_of(scratch.patch), PATCH_ROWS, PATCH_STRIDE)
        gather_patch(plane, x, y, columns, rows, last_x, last_y, patch)
        plane, first = patch, 0
    taps_x, taps_y = taps_of(filter_x, fraction_x), taps_of(filter_y, fraction_y)
    stride, pairs, preds = max(w, STRIP), scratch.lines, scratch.preds
    if fraction_y == 0:
        bits = round_1 - FILTER_BITS
        if fraction_x == 0:
            copy_rows(plane, first, w, h, 1 << (FILTER_BITS - round_0), bits, bias, preds, at, stride)
        elif reach_x == 3:
            taps = load_taps(SUBPEL_FILTERS, taps_x, 4)
            filter_rows(plane, first, w, h, taps, round_0, bits, bias, preds, at, stride)
        else:
            taps = load_taps(SUBPEL_FILTERS, taps_x, 3)
            filter_rows(plane, first, w, h, taps, round_0, bits, bias, preds, at, stride)
        return
    bits = round_1 if fraction_x else round_0 + round_1 - FILTER_BITS
    base = (1 << (bits - 1)) - (bias << bits)
    for c in range(0, w, STRIP):
        if fraction_x == 0:
            pair_rows(plane, first + c, rows, pairs)
        elif reach_x == 3:
            filter_and_pair_rows(plane, first + c, rows, load_taps(SUBPEL_FILTERS, taps_x, 4), round_0, pairs)
        else:
            filter_and_pair_rows(plane, first + c, rows, load_taps(SUBPEL_FILTERS, taps_x, 3), round_0, pairs)
        if reach_y == 3:
            filter_pairs(pairs, h, load_taps(SUBPEL_FILTERS, taps_y, 4), base, bits, preds, at + c, stride)
        else:
            filter_pairs(pairs, h, load_taps(SUBPEL_FILTERS, taps_y, 3), base, bits, preds, at + c, stride)


@kernel(internal=True)
def filter_and_pair_rows(samples, first, rows, taps, bits, pairs):
    """Filter sixteen columns along the rows, and leave each row in pairs with the next one."""
    stride = samples.shape[1]
    evens, odds = even_sums(samples, first, taps, bits), odd_sums(samples, first, taps, bits)
    for r in range(1, rows):
        at = first + r * stride
        evens_below, odds_below = even_sums(samples, at, taps, bits), odd_sums(samples, at, taps, bits)
        store_16(pairs, 32 * r - 32, lower_and_lower(evens, evens_below))
        store_16(pairs, 32 * r - 16, lower_and_lower(odds, odds_below))
        evens, odds = evens_below, odds_below


@kernel(internal=True)
def pair_rows(samples, first, rows, pairs):
    """Leave each row of sixteen columns in pairs with the next one, without a filter."""
    stride, words = samples.shape[1], pair_words(samples, first)
    for r in range(1, rows):
        below = pair_words(samples, first + r * stride)
        store_16(pairs, 32 * r - 32, lower_and_lower(words, below))
        store_16(pairs, 32 * r - 16, lower_and_lower(upper_halves(words), upper_halves(below)))
        words = below


@kernel(internal=True)
def filter_pairs(pairs, h, taps, base, bits, preds, at, stride):
    """Filter sixteen columns down rows in pairs; `base` is added before the shift by `bits`."""
    for r in range(h):
        store_16(preds, at + r * stride, down_pairs(pairs, 32 * r, taps, base, bits))


@kernel(internal=True)
def filter_rows(samples, first, w, h, taps, bits, bits_after, bias, preds, at, stride):
    """Filter along the rows alone; the results are rounded once more, by `bits_after`."""
    half, less = splat(1 << bits_after >> 1), splat(bias)
    for r in range(h):
        for c in range(0, w, STRIP):
            value = along_row(samples, first + r * samples.shape[1] + c, taps, bits)
            store_16(preds, at + r * stride + c, shift_right(value + half, bits_after) - less)


@kernel(internal=True)
def copy_rows(samples, first, w, h, factor, bits_after, bias, preds, at, stride):
    """What `filter_rows` makes of rows that need no filter: their samples, times a factor."""
    half, less, factors = splat(1 << bits_after >> 1), splat(bias), splat(factor)
    for r in range(h):
        for c in range(0, w, STRIP):
            value = load_16(samples, first + r * samples.shape[1] + c) * factors
            store_16(preds, at + r * stride + c, shift_right(value + half, bits_after) - less)
