# mypy: disable-error-code="no-untyped-def"
"""Chroma from luma for a band, which is some rows of blocks, packed octet by octet (see `kernels`).

Each row is filled up to a multiple of eight blocks with blocks that lie beyond the picture. A band is small
enough to stay in the processor's cache from stage to stage. `whole_planes` calls the stages.
"""

import math

import numpy as np

from cfl.prediction.dc_prediction import dc_pred
from cfl.prediction.eight_blocks import kernels as eight
from cfl.prediction.eight_blocks.sums_table import (
    COUNT,
    DC_U,
    DC_V,
    ERROR_U,
    LARGEST_AC,
    ORDER_U,
    SU,
    SUU,
    SV,
    SVV,
    SXU,
    SXV,
    SXX,
    TABLE,
)
from cfl.regression.kernels import r_squared, slope
from cfl.simd.integers import floor_log2
from cfl.simd.kernel import entry, inlined, stage
from cfl.simd.octet_rows import deinterleave, interleave, load_samples, neighbour_sums
from cfl.simd.octets import (
    BLOCKS,
    LANES,
    accumulator_for,
    floats,
    integers,
    load_integers,
    load_numbers,
    load_some,
    pairs,
    shift_in,
    shifted,
    steps,
    store,
    store_some,
    to_double,
    to_float,
    to_int,
    where,
    with_first,
)
from cfl.simd.vectors import copy, minimum

# Unsigned indices: Numba then leaves out the test for negative ones, which stops LLVM from vectorising.
U = np.uint64

# --- packing ---------------------------------------------------------------------------------------------


@inlined
def deal_octet(packed, to, row, start, w):
    """Put one row of an octet's samples into place."""
    if w == 4:
        interleave(packed, to, row, start, w, 2)
    elif w == 8:
        interleave(packed, to, row, start, w, 4)
    else:
        for x in range(0, w, LANES):
            interleave(packed, to + x * BLOCKS, row, start + x, w, 8)


@inlined
def collect_octet(row, start, packed, at, w):
    """The reverse of `deal_octet`."""
    if w == 4:
        deinterleave(row, start, w, packed, at, 2)
    elif w == 8:
        deinterleave(row, start, w, packed, at, 4)
    else:
        for x in range(0, w, LANES):
            deinterleave(row, start + x, w, packed, at + x * BLOCKS, 8)


@stage
def pack_luma(luma, y0, width, height, w, h, row, packed):
    """Pack a band's luma, subsampled, in Q3; beyond `width` and `height` the last column and row repeat.

    Parameters
    ----------
    luma : planes.Luma
    y0 : int
        The band's first chroma row.
    width, height : int
        The chroma plane's size.
    w, h : int
        The block, in chroma samples.
    row : (octets in a row · 8 · w,) int16 array, scratch
    packed : (octets · 8 · w · h,) int16 array, written
    """
    plane, subsampling_x, subsampling_y = luma
    octet_row, whole, stride = w * BLOCKS, width & -LANES, plane.shape[1]
    flat = plane.ravel()
    for y in range(packed.size // row.size):
        # Without vertical subsampling, the same row is added twice.
        top = min(y0 + y, height - 1) << subsampling_y
        starts = top * stride, min(top + subsampling_y, plane.shape[0] - 1) * stride
        if subsampling_x:
            for x in range(0, whole, LANES):
                sums = neighbour_sums(flat, starts[0] + 2 * x) + neighbour_sums(flat, starts[1] + 2 * x)
                store(row, x, shifted(sums, 1))
            for x in range(whole, width):
                total = np.int64(0)
                for start in starts:
                    total += np.int64(flat[start + 2 * x]) + np.int64(flat[start + 2 * x + 1])
                row[x] = total << 1
        else:
            for x in range(0, whole, LANES):
                store(row, x, shifted(load_samples(flat, starts[0] + x), 3))
            for x in range(whole, width):
                row[x] = np.int64(flat[starts[0] + x]) << 3
        row[width:] = row[width - 1]
        to = y // h * h * row.size + y % h * octet_row
        for x in range(0, row.size, octet_row):
            deal_octet(packed, to + x * h, row, x, w)


@stage
def pack_chroma(planes, y0, w, h, row, packed_planes):
    """Pack a band of both chroma planes; beyond them the last column and row repeat. See `pack_luma`."""
    height, width = planes[0].shape
    octet_row = w * BLOCKS
    whole = width // octet_row * octet_row
    last = row[: row.size - whole]
    for index in range(2):
        flat, packed = planes[index].ravel(), packed_planes[index]
        for y in range(packed.size // row.size):
            start = min(y0 + y, height - 1) * width
            to = y // h * h * row.size + y % h * octet_row
            for x in range(0, whole, octet_row):
                deal_octet(packed, to + x * h, flat, start + x, w)
            if last.size:
                for x in range(U(width - whole)):
                    last[x] = flat[U(start + whole) + x]
                last[width - whole :] = flat[start + width - 1]
                deal_octet(packed, to + whole * h, last, 0, w)


@inlined
def visible_counts(w, h, visible_w, visible_h):
    """How many samples of each block of an octet lie in the picture; all samples where none does."""
    columns = integers(visible_w) - steps() * integers(w)
    counts = minimum(columns, integers(w)) * integers(min(h, visible_h))
    return where(columns <= integers(0), integers(w * h), counts)


# --- levels and sums -------------------------------------------------------------------------------------


@inlined
def sums_above(plane, y0, w, above):
    """The sums of row ``y0 - 1`` over each block's columns; beyond the plane its last sample repeats."""
    width, flat, start = plane.shape[1], plane.ravel(), (y0 - 1) * plane.shape[1]
    for block in range(above.size):
        above[block] = 0
        for x in range(block * w, block * w + w):
            above[block] += np.int64(flat[start + min(x, width - 1)])


@stage
def predict_dc(table, planes, packed_planes, above, y0, w, h, middle):
    """DC_PRED (AV1 specification 7.11.2.5) of each block of a band, for both planes.

    Parameters
    ----------
    table : (octets · TABLE,) int32 or int64 array, written
    planes : two 2-D arrays
        U and V.
    packed_planes : two (octets · 8 · w · h,) int16 arrays
        The band of each.
    above : (octets in a row · 8,) int32 array, scratch
    y0 : int
        The band's first chroma row.
    middle : int
        DC where there are no neighbours.
    """
    in_row = above.size // BLOCKS
    for index in range(2):
        chroma, have_above = packed_planes[index], y0 > 0
        if have_above:
            sums_above(planes[index], y0, w, above)
        else:
            above[:] = 0
        for first in range(0, chroma.size // (w * h * BLOCKS), in_row):
            # The sums are so small that float32 errs by far less than the half that is added to them.
            count = h + (w if have_above else 0)
            half, scale = floats((count >> 1) + 0.5), floats(1.0 / count)
            left = integers(0)
            for column in range(in_row):
                top = load_integers(above, column * BLOCKS)
                right, bottom = eight.border_sums(chroma, (first + column) * w * h * BLOCKS, w, h)
                neighbours = shift_in(left, right) + top
                dc = to_int((to_float(neighbours) + half) * scale)
                if column == 0:
                    dc = with_first(dc, dc_pred(above[0], 0, have_above, False, w, h, middle))
                store(table, (first + column) * TABLE + DC_U + index * BLOCKS, dc)
                store(above, column * BLOCKS, bottom)
                left = right
            have_above = True


@stage
def mean_dc(table, packed_planes, in_row, y0, width, height, w, h):
    """The rounded mean, halves up, of each block's visible samples; see `predict_dc`."""
    for index in range(2):
        chroma = packed_planes[index]
        for octet in range(chroma.size // (w * h * BLOCKS)):
            o, at = octet * w * h * BLOCKS, octet * TABLE + DC_U + index * BLOCKS
            x0, visible_h = octet % in_row * w * BLOCKS, min(h, height - y0 - octet // in_row * h)
            if x0 + w * BLOCKS > width or visible_h < h:
                store(table, at, integers(0))
                fill_beyond_picture(chroma, o, w, h, width - x0, visible_h, table, at)
            # A sum is below 2^22, and a quotient that is no integer at least 1/2048 off one: float32 will do.
            count = to_float(visible_counts(w, h, width - x0, visible_h))
            store(table, at, to_int((to_float(eight.total(chroma, o, w * h)) + floats(0.5) * count) / count))


@inlined
def fill_beyond_picture(x, o, w, h, visible_w, visible_h, table, levels):
    """Set the samples beyond the picture to their block's level, in blocks that cross the picture's edge."""
    for b in range(BLOCKS):
        value, left = table[levels + b], visible_w - b * w
        if left > 0 and (left < w or visible_h < h):
            for i in range(h):
                for j in range(0 if i >= visible_h else left, w):
                    x[o + (i * w + j // 2 * 2) * BLOCKS + 2 * b + j % 2] = value


@stage
def measure(table, ac, u, v, y0, width, height, w, h):
    """Sums of each block of a band; leaves luma AC and chroma less DC in `ac`, `u`, `v`.

    Parameters
    ----------
    table : (octets · TABLE,) int32 or int64 array, written
        Its DC_U and DC_V are read.
    ac, u, v : (octets · 8 · w · h,) int16 arrays, changed
        The packed luma and chroma.

    The other parameters are those of `pack_luma` and `predict_dc`.
    """
    n = w * h
    log2_n = floor_log2(n)
    zero = accumulator_for(table)
    visible_w, visible_h = width, height - y0
    for octet in range(ac.size // (n * BLOCKS)):
        o, of = octet * n * BLOCKS, octet * TABLE
        luma_avg = eight.average(ac, o, n, log2_n)
        dc_u, dc_v = load_integers(table, of + DC_U), load_integers(table, of + DC_V)
        store(table, of + COUNT, integers(n))
        if visible_w < w * BLOCKS or visible_h < h:
            store(table, of + SXX, luma_avg)
            index = 0
            while index < 3:
                x, level_ = (ac, SXX) if index == 0 else (u, DC_U) if index == 1 else (v, DC_V)
                fill_beyond_picture(x, o, w, h, visible_w, visible_h, table, of + level_)
                index += 1
            store(table, of + COUNT, visible_counts(w, h, visible_w, visible_h))
        sums, largest_ac = eight.statistics(ac, u, v, o, n, luma_avg, dc_u, dc_v, zero)
        if visible_w < w * BLOCKS:
            # A block beyond the picture counts as flat, so that its α is not searched.
            largest_ac = where(steps() * integers(w) <= integers(visible_w - 1), largest_ac, integers(0))
        sxx, sxu, sxv, suu, svv, su, sv = sums
        store(table, of + SXX, sxx)
        store(table, of + SXU, sxu)
        store(table, of + SXV, sxv)
        store(table, of + SUU, suu)
        store(table, of + SVV, svv)
        store(table, of + SU, su)
        store(table, of + SV, sv)
        store(table, of + LARGEST_AC, largest_ac)
        visible_w -= w * BLOCKS
        if visible_w <= 0:
            visible_w, visible_h = width, visible_h - h


@stage
def subtract_average(ac, n):
    """Turn packed luma into luma AC."""
    log2_n = floor_log2(n)
    for o in range(0, ac.size, n * BLOCKS):
        eight.subtract(ac, o, n, eight.average(ac, o, n, log2_n))


# --- results ---------------------------------------------------------------------------------------------


@stage
def report(table, first, ranked, alpha, dc, sse, sse_dc, ss_total):
    """Copy the results of a band from the table to the arrays of the plane.

    Parameters
    ----------
    table : (octets · TABLE,) int32 or int64 array
    first : int
        The band's first block row.
    ranked : bool
        Whether the table has the result of a search, and `alpha` and `sse` are to be written.
    alpha, dc, sse, sse_dc, ss_total : (2, block rows, blocks in a row) arrays, the band's rows written
        int8, int32, int64, int64 and float64; the last two are the squared error of the DC alone and the
        spread about the mean.
    """
    _, rows, columns = dc.shape
    alphas, levels, errors = alpha.ravel(), dc.ravel(), sse.ravel()
    dc_errors, spreads = sse_dc.ravel(), ss_total.ravel()
    of, start = 0, first * columns
    while of < table.size:
        for column in range(0, columns, BLOCKS):
            left = columns - column
            count = to_double(load_integers(table, of + COUNT))
            for plane in range(2):
                at, entry = plane * rows * columns + start + column, of + plane * BLOCKS
                sums = to_double(load_integers(table, entry + SU))
                squares = load_numbers(table, entry + SUU)
                store_some(levels, at, load_integers(table, entry + DC_U), left)
                store_some(dc_errors, at, squares, left)
                store_some(spreads, at, (count * to_double(squares) - sums * sums) / count, left)
                if ranked:
                    store_some(alphas, at, alpha_of(load_integers(table, entry + ORDER_U)), left)
                    store_some(errors, at, load_numbers(table, entry + ERROR_U), left)
            of += TABLE
        start += columns


@inlined
def alpha_of(order):
    """The α of an order; see `alpha_search`."""
    size, odd = shifted(order, -1), order & integers(1)
    return size - integers(2) * size * odd


@stage
def report_slopes(table, first, alpha):
    """The unquantised slope (float64, chroma per luma); see `report`."""
    columns = alpha.shape[2]
    in_row = -(-columns // BLOCKS)
    for octet in range(table.size // TABLE):
        for plane in range(2):
            for b in range(min(BLOCKS, columns - octet % in_row * BLOCKS)):
                at = octet * TABLE + b
                value = slope(float(table[at + SXX]), float(table[at + SXU + plane * BLOCKS]))
                alpha[plane, first + octet // in_row, octet % in_row * BLOCKS + b] = 64.0 * value / 8.0


@entry
def r_squared_map(sse, ss_total, r2):
    """`r_squared` of each block."""
    for b in range(r2.size):
        r2[b] = r_squared(float(sse[b]), ss_total[b])


# --- prediction ------------------------------------------------------------------------------------------


@inlined
def copy_row(target, to, source, start, w):
    """``target[to : to + w] = source[start : start + w]``; w is 4, 8 or a multiple of 16."""
    if w == 4:
        copy(target, to, source, start, 4)
    elif w == 8:
        copy(target, to, source, start, 8)
    else:
        for j in range(0, w, 16):
            copy(target, to + j, source, start + j, 16)


@stage
def predict(ac, grid, start, stop, alpha, dc, keep, peak, scratch, out):
    """Predict the block rows from `start` to `stop`, and write the blocks for which `keep` is true.

    Parameters
    ----------
    ac : (octets · 8 · w · h,) int16 array
        Packed luma AC.
    grid : planes.Grid
    alpha, dc : (2, block rows, blocks in a row) arrays
        int8 and int32.
    keep : (block rows, blocks in a row) bool array
    scratch : planes.Scratch
    out : two (≥ block rows · h, ≥ blocks in a row · w) arrays, written
    """
    rows, columns = keep.shape
    alphas, levels, kept, w, h = alpha.ravel(), dc.ravel(), keep.ravel(), grid.w, grid.h
    for plane in range(2):
        flat, stride, o = out[plane].ravel(), out[plane].shape[1], 0
        for i in range(start, stop):
            for j in range(0, columns, BLOCKS):
                here, count = i * columns + j, min(BLOCKS, columns - j)
                at = plane * rows * columns + here
                scale, level_ = pairs(load_some(alphas, at, count)), pairs(load_some(levels, at, count))
                eight.predict(ac, o, w * h, scale, level_, peak, scratch.octet)
                to = i * h * stride + j * w
                unpack(scratch.octet, w, h, kept, here, count, scratch.spare, flat, to, stride)
                o += w * h * BLOCKS


@stage
def predict_slopes(ac, grid, start, stop, alpha, dc, keep, peak, scratch, out):
    """`predict` with slopes (float64, chroma per luma): rounded, halves away from zero, and clipped."""
    columns, kept, octet, w, h = keep.shape[1], keep.ravel(), scratch.octet, grid.w, grid.h
    for plane in range(2):
        flat, stride, o = out[plane].ravel(), out[plane].shape[1], 0
        for i in range(start, stop):
            for j in range(0, columns, BLOCKS):
                count = min(BLOCKS, columns - j)
                for b in range(count):
                    slope_, level_ = alpha[plane, i, j + b], dc[plane, i, j + b]
                    predict_slope(ac, o, w * h, b, slope_, level_, peak, octet)
                to = i * h * stride + j * w
                unpack(octet, w, h, kept, i * columns + j, count, scratch.spare, flat, to, stride)
                o += w * h * BLOCKS


@inlined
def predict_slope(ac, o, n, b, alpha, dc, peak, octet):
    """Predict block `b` of an octet with an unquantised slope."""
    for k in range(2 * b, n * BLOCKS, LANES):
        for x in range(k, k + 2):
            value = alpha * ac[o + x] / 8
            rounded = int(math.copysign(math.floor(abs(value) + 0.5), value))
            octet[x] = min(max(dc + rounded, 0), peak)


@inlined
def unpack(octet, w, h, kept, here, count, spare, flat, start, stride):
    """Write those of an octet's `count` blocks for which ``kept[here:]`` is true into a plane, at `start`."""
    whole = count == BLOCKS
    for b in range(here, here + count):
        whole = whole and kept[b]
    for y in range(h):
        row = start + y * stride
        collect_octet(flat if whole else spare, row if whole else 0, octet, y * w * BLOCKS, w)
        if not whole:
            for b in range(count):
                if kept[here + b]:
                    copy_row(flat, row + b * w, spare, b * w, w)
