# mypy: disable-error-code="no-untyped-def"
"""Chroma from luma over a band: some rows of blocks, packed octet by octet (see `octet_kernels`).

Each row of blocks is filled up to a multiple of eight with blocks that lie beyond the picture. The steps are
kernels of their own, called one after the other by `planes`: nested in one kernel they would be compiled
twice and more, and a band stays in the processor's cache from step to step anyway.
"""

import math

import numpy as np
from numba import njit

from cfl.prediction import octet_kernels as eight
from cfl.prediction.block_kernels import dc_pred
from cfl.prediction.octets import (
    BLOCKS,
    LANES,
    accumulator_for,
    any_of,
    ceil,
    collect,
    copy,
    deal,
    floats,
    floor,
    integers,
    load_integers,
    load_samples,
    load_some,
    magnitude,
    maximum,
    minimum,
    neighbour_sums,
    pairs,
    shift_in,
    shifted,
    splat,
    square_root,
    steps,
    store,
    store_some,
    to_float,
    to_int,
    where,
    with_first,
)
from cfl.regression.kernels import r_squared, slope

# Unsigned indices: Numba then leaves out the test for negative ones, which stops LLVM from vectorising.
U = np.uint64

# Where each row of an octet's table begins (a column is a block); U's rows are followed by V's.
TABLE = 18 * BLOCKS
(
    SXX,
    SXU,
    SXV,
    SUU,
    SVV,
    SU,
    SV,
    LARGEST_AC,
    COUNT,
    DC_U,
    DC_V,
    RANK_U,
    RANK_V,
    MOST_U,
    MOST_V,
    CLIPS_U,
    CLIPS_V,
    PENDING,
) = range(0, TABLE, BLOCKS)


# --- packing ---------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True, forceinline=True)
def deal_octet(packed, to, row, start, w):
    """One row of an octet's samples, into place."""
    if w == 4:
        deal(packed, to, row, start, LANES, 2)
    elif w == 8:
        deal(packed, to, row, start, LANES, 4)
    else:
        for x in range(0, w, LANES):
            deal(packed, to + x * BLOCKS, row, start + x, w, 8)


@njit(cache=True, nogil=True, forceinline=True)
def collect_octet(row, start, packed, at, w):
    """The reverse of `deal_octet`."""
    if w == 4:
        collect(row, start, LANES, packed, at, 2)
    elif w == 8:
        collect(row, start, LANES, packed, at, 4)
    else:
        for x in range(0, w, LANES):
            collect(row, start + x, w, packed, at + x * BLOCKS, 8)


@njit(cache=True, nogil=True)
def pack_luma(luma, subsampling_x, subsampling_y, y0, width, height, w, h, row, packed):
    """Pack a band's luma, subsampled, in Q3; beyond `width` and `height` the last column and row repeat.

    Parameters
    ----------
    luma : 2-D array
        The luma plane, of an even width where that is subsampled.
    y0 : int
        The band's first chroma row.
    width, height : int
        The chroma plane's size.
    w, h : int
        The block, in chroma samples.
    row : (octets in a row · 8 · w,) int16 array, scratch
    packed : (octets · 8 · w · h,) int16 array, written
    """
    octet_row, whole, stride = w * BLOCKS, width & -LANES, luma.shape[1]
    flat = luma.ravel()
    for y in range(packed.size // row.size):
        # Without vertical subsampling, the row counts twice.
        top = min(y0 + y, height - 1) << subsampling_y
        starts = top * stride, min(top + subsampling_y, luma.shape[0] - 1) * stride
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


@njit(cache=True, nogil=True)
def pack_chroma(plane, y0, w, h, row, packed):
    """Pack a band of a chroma plane; beyond it the last column and row repeat. See `pack_luma`."""
    height, width = plane.shape
    flat = plane.ravel()
    octet_row = w * BLOCKS
    whole = width // octet_row * octet_row
    last = row[: row.size - whole]
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


@njit(cache=True, nogil=True, forceinline=True)
def visible_counts(w, h, visible_w, visible_h):
    """How many samples of each block of an octet lie in the picture; all where none does."""
    columns = integers(visible_w) - steps() * integers(w)
    counts = minimum(columns, integers(w)) * integers(min(h, visible_h))
    return where(columns <= integers(0), integers(w * h), counts)


# --- levels and sums -------------------------------------------------------------------------------------


@njit(cache=True, nogil=True, error_model="numpy")
def predict_dc(table, plane, chroma, samples, above, have_above, w, h, middle):
    """DC_PRED (AV1 specification 7.11.2.5) of each block of a band, of plane 0 (U) or 1 (V).

    Parameters
    ----------
    table : (octets · TABLE,) int64 array, written
    chroma : (octets · 8 · w · h,) int16 array
        Packed.
    samples : array of the planes' dtype
        Its dtype chooses the accumulators.
    above : (octets in a row · 8,) int64 array, changed
        The sums of the chroma row above each block, or 0; afterwards those for the band below.
    have_above : bool
        Whether there is a chroma row above the band.
    middle : int
        DC where there are no neighbours.
    """
    zero = accumulator_for(samples)
    in_row = above.size // BLOCKS
    for first in range(0, chroma.size // (w * h * BLOCKS), in_row):
        count = h + (w if have_above else 0)
        half, scale = floats((count >> 1) + 0.5), floats(1.0 / count)
        left = integers(0)
        for column in range(in_row):
            top = load_integers(above, column * BLOCKS)
            right, bottom = eight.border_sums(chroma, (first + column) * w * h * BLOCKS, w, h, zero)
            neighbours = shift_in(left, right) + top
            dc = to_int((to_float(neighbours) + half) * scale)
            if column == 0:
                dc = with_first(dc, dc_pred(above[0], 0, have_above, False, w, h, middle))
            store(table, (first + column) * TABLE + DC_U + plane * BLOCKS, dc)
            store(above, column * BLOCKS, bottom)
            left = right
        have_above = True


@njit(cache=True, nogil=True, error_model="numpy")
def mean_dc(table, plane, chroma, samples, in_row, y0, width, height, w, h):
    """The rounded mean, halves up, of each block's visible samples; see `predict_dc`."""
    zero = accumulator_for(samples)
    for octet in range(chroma.size // (w * h * BLOCKS)):
        o = octet * w * h * BLOCKS
        x0, visible_h = octet % in_row * w * BLOCKS, min(h, height - y0 - octet // in_row * h)
        if x0 + w * BLOCKS > width or visible_h < h:
            store(table, octet * TABLE + DC_U + plane * BLOCKS, integers(0))
            hide(chroma, o, w, h, width - x0, visible_h, table, octet * TABLE + DC_U + plane * BLOCKS)
        count = to_float(visible_counts(w, h, width - x0, visible_h))
        mean = (to_float(eight.total(chroma, o, w * h, zero)) + floats(0.5) * count) / count
        store(table, octet * TABLE + DC_U + plane * BLOCKS, to_int(mean))


@njit(cache=True, nogil=True, forceinline=True)
def hide(x, o, w, h, visible_w, visible_h, table, levels):
    """Put the samples beyond the picture at their block's level, in blocks that its edge crosses."""
    for b in range(BLOCKS):
        value, left = table[levels + b], visible_w - b * w
        if left > 0 and (left < w or visible_h < h):
            for i in range(h):
                for j in range(0 if i >= visible_h else left, w):
                    x[o + (i * w + j // 2 * 2) * BLOCKS + 2 * b + j % 2] = value


@njit(cache=True, nogil=True, error_model="numpy")
def measure(table, ac, u, v, samples, y0, width, height, w, h):
    """Sums of each block of a band; leaves luma AC and chroma less DC in `ac`, `u`, `v`.

    Parameters
    ----------
    table : (octets · TABLE,) int64 array, written
        Its DC_U and DC_V are read.
    ac, u, v : (octets · 8 · w · h,) int16 arrays, changed
        The packed luma and chroma.

    The other parameters are those of `pack_luma` and `predict_dc`.
    """
    n = w * h
    zero = accumulator_for(samples)
    visible_w, visible_h = width, height - y0
    for octet in range(ac.size // (n * BLOCKS)):
        o, of = octet * n * BLOCKS, octet * TABLE
        luma_avg = eight.average(ac, o, n, zero)
        dc_u, dc_v = load_integers(table, of + DC_U), load_integers(table, of + DC_V)
        store(table, of + COUNT, integers(n))
        if visible_w < w * BLOCKS or visible_h < h:
            store(table, of + SXX, luma_avg)
            index = 0
            while index < 3:
                x, level_ = (ac, SXX) if index == 0 else (u, DC_U) if index == 1 else (v, DC_V)
                hide(x, o, w, h, visible_w, visible_h, table, of + level_)
                index += 1
            store(table, of + COUNT, visible_counts(w, h, visible_w, visible_h))
        sums, largest_ac = eight.statistics(ac, u, v, o, n, luma_avg, dc_u, dc_v, zero)
        if visible_w < w * BLOCKS:
            # As if a block beyond the picture were flat, so that nobody searches its α.
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


@njit(cache=True, nogil=True)
def level(ac, samples, n):
    """Packed luma to luma AC."""
    zero = accumulator_for(samples)
    for o in range(0, ac.size, n * BLOCKS):
        eight.subtract(ac, o, n, eight.average(ac, o, n, zero))


# --- the search ------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def candidates(table, of, row, n, started):
    """The groups of magnitudes of which one can still be as good as the rank, unclipped: a bit each.

    `row` is 0 for U and 8 for V.

    At first, only that of the nearest to the real-valued optimum. Sets CLIPS to the magnitude above which α
    that clip can be as good: 16 for none. See the proof in `octet_kernels`.
    """
    sxy, most = (
        to_float(load_integers(table, of + SXU + row)),
        to_float(load_integers(table, of + MOST_U + row)),
    )
    per_error = floats(4096.0) / maximum(to_float(load_integers(table, of + SXX)), floats(1.0))
    optimum = sxy * per_error * floats(1 / 64.0)
    size = magnitude(optimum)
    # Where |α|·max|AC| < 32 the prediction is that of α = 0; a product of 31.5 stands for all above 31.
    visible = floats(31.5) / maximum(to_float(load_integers(table, of + LARGEST_AC)), floats(1.0))
    if started:
        limit = eight.error_limit(to_float(shifted(load_integers(table, of + RANK_U + row), -6)), n)
        least = to_float(load_integers(table, of + SUU + row)) - optimum * sxy * floats(1 / 64.0)
        reach = square_root(maximum(limit - least, floats(0.0)) * per_error)
        gap = maximum(most - size, floats(0.0))
        clips = where(gap * gap <= limit * per_error, most, floats(float(eight.ALPHA_MAX)))
        store(table, of + CLIPS_U + row, to_int(clips))
        low, high = ceil(size - reach), minimum(floor(size + reach), most)
    else:
        low = high = floor(minimum(size, most) + floats(0.5))
    return eight.groups_between(maximum(low, visible), high)


@njit(cache=True, nogil=True, error_model="numpy")
def search(table, ac, u, v, samples, n, peak):
    """The rank (`eight.rank_of`) of the unclipped α with the least squared error, of each block and plane.

    Sets CLIPS_U and CLIPS_V to the magnitude above which `search_clipped` is to go on.

    Two rounds, first the groups of magnitudes that the real-valued optima fall in, then all that can still be
    as good. Each is a loop that finds the groups and a loop that tries them: branches that cannot be foreseen
    then do not wait for long calculations.
    """
    zero = accumulator_for(samples)
    octets = ac.size // (n * BLOCKS)
    for of in range(0, octets * TABLE, TABLE):
        largest_ac = load_integers(table, of + LARGEST_AC)
        for row in range(0, 2 * BLOCKS, BLOCKS):
            most = eight.unclipped_magnitude(largest_ac, load_integers(table, of + DC_U + row), peak)
            store(table, of + MOST_U + row, to_int(most))
            store(table, of + RANK_U + row, load_integers(table, of + SUU + row) * integers(64))
        table[of + PENDING] = 0
    for started in range(2):
        for of in range(0, octets * TABLE, TABLE):
            todo = 0
            for row in range(0, 2 * BLOCKS, BLOCKS):
                todo |= candidates(table, of, row, n, started)
            table[of + PENDING] = todo & ~table[of + PENDING]
        for octet in range(octets):
            of = octet * TABLE
            todo = table[of + PENDING]
            for group in range(eight.GROUPS if todo else 0):
                if todo >> group & 1:
                    rank_u, rank_v = eight.best_in_group(
                        ac, u, v, octet * n * BLOCKS, n, group,
                        load_integers(table, of + SUU), load_integers(table, of + SVV),
                        load_integers(table, of + MOST_U), load_integers(table, of + MOST_V),
                        load_integers(table, of + RANK_U), load_integers(table, of + RANK_V), zero,
                    )  # fmt: skip
                    store(table, of + RANK_U, rank_u)
                    store(table, of + RANK_V, rank_v)


@njit(cache=True, nogil=True, error_model="numpy")
def search_clipped(table, plane, ac, r, samples, n, peak):
    """Finish `search` for plane 0 (U) or 1 (V): try the α above CLIPS_U or CLIPS_V, which clip."""
    zero = accumulator_for(samples)
    for octet in range(ac.size // (n * BLOCKS)):
        o, at = octet * n * BLOCKS, octet * TABLE + plane * BLOCKS
        most = load_integers(table, at + CLIPS_U)
        clips = most <= integers(eight.ALPHA_MAX - 1)
        if not any_of(clips):
            continue
        dc, rank = load_integers(table, at + DC_U), load_integers(table, at + RANK_U)
        factor = shifted(pairs(most) + splat(1), 9)
        for sign in range(1, -2, -2):
            left = eight.still_open(ac, r, o, n, rank, clips, factor, splat(sign), dc, peak, zero)
            size = 1
            while size <= eight.ALPHA_MAX and any_of(left):
                here = left & (most <= integers(size - 1))
                if any_of(here):
                    error = eight.squared_error(ac, r, o, n, sign * size, dc, peak, zero)
                    candidate = eight.rank_of(error, size, integers(1 if sign < 0 else 0))
                    rank = where(here, minimum(rank, candidate), rank)
                size += 1
        store(table, at + RANK_U, rank)


# --- results ---------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True, error_model="numpy")
def report(table, first, ranked, alpha, dc, sse, sse_dc, ss_total):
    """Write what the table says of a band.

    Parameters
    ----------
    table : (octets · TABLE,) int64 array
    first : int
        The band's first block row.
    ranked : bool
        Whether `search` has been called, and `alpha` and `sse` are to be written.
    alpha, dc, sse, sse_dc, ss_total : (2, block rows, blocks in a row) arrays, the band's rows written
        int8, int32, int64, int64 and float64; the last two are the squared error of the DC alone and the
        spread about the mean.
    """
    _, rows, columns = dc.shape
    alphas, levels, errors = alpha.ravel(), dc.ravel(), sse.ravel()
    dc_errors, spreads = sse_dc.ravel(), ss_total.ravel()
    octet, start = 0, first * columns
    while octet < table.size // TABLE:
        for column in range(0, columns, BLOCKS):
            of, left = octet * TABLE, columns - column
            count = to_float(load_integers(table, of + COUNT))
            for plane in range(2):
                at = plane * rows * columns + start + column
                sums = to_float(load_integers(table, of + SU + plane * BLOCKS))
                squares = load_integers(table, of + SUU + plane * BLOCKS)
                store_some(levels, at, load_integers(table, of + DC_U + plane * BLOCKS), left)
                store_some(dc_errors, at, squares, left)
                store_some(spreads, at, (count * to_float(squares) - sums * sums) / count, left)
                if ranked:
                    rank = load_integers(table, of + RANK_U + plane * BLOCKS)
                    store_some(alphas, at, eight.alpha_of(rank), left)
                    store_some(errors, at, shifted(rank, -6), left)
            octet += 1
        start += columns


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True)
def r_squared_map(sse, ss_total, r2):
    """`r_squared` of each block."""
    for b in range(r2.size):
        r2[b] = r_squared(float(sse[b]), ss_total[b])


# --- prediction ------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True, forceinline=True)
def copy_row(target, to, source, start, w):
    """``target[to : to + w] = source[start : start + w]``; w is 4, 8 or a multiple of 16."""
    if w == 4:
        copy(target, to, source, start, 4)
    elif w == 8:
        copy(target, to, source, start, 8)
    else:
        for j in range(0, w, 16):
            copy(target, to + j, source, start + j, 16)


@njit(cache=True, nogil=True)
def predict(ac, n, alpha, dc, peak, packed):
    """Predict a band of one plane.

    Parameters
    ----------
    ac : (octets · 8 · n,) int16 array
        Packed luma AC.
    n : int
        Samples of a block.
    alpha, dc : (block rows, blocks in a row) arrays
        int8 and int32.
    packed : array like `ac`, written
    """
    rows, columns = alpha.shape
    alphas, levels = alpha.ravel(), dc.ravel()
    o = 0
    for i in range(rows):
        for j in range(0, columns, BLOCKS):
            here, left = i * columns + j, columns - j
            scale, level_ = load_some(alphas, here, left), load_some(levels, here, left)
            eight.predict(ac, o, n, pairs(scale), pairs(level_), peak, packed)
            o += n * BLOCKS


@njit(cache=True, nogil=True)
def predict_slopes(ac, n, alpha, dc, peak, packed):
    """`predict` with slopes (float64, chroma per luma): rounded, halves away from zero, and clipped."""
    rows, columns = alpha.shape
    in_row = -(-columns // BLOCKS)
    for i in range(rows):
        for j in range(columns):
            o = (i * in_row + j // BLOCKS) * n * BLOCKS + j % BLOCKS * 2
            for k in range(o, o + n * BLOCKS, LANES):
                for x in range(k, k + 2):
                    value = alpha[i, j] * ac[x] / 8
                    rounded = int(math.copysign(math.floor(abs(value) + 0.5), value))
                    packed[x] = min(max(dc[i, j] + rounded, 0), peak)


@njit(cache=True, nogil=True)
def unpack(packed, w, h, keep, spare, out):
    """Write the blocks of a band for which `keep` is true into a plane.

    Parameters
    ----------
    packed : (octets · 8 · w · h,) int16 array
    keep : (block rows, blocks in a row) bool array
    spare : (8 · w,) array of out's dtype, scratch
    out : (≥ block rows · h, ≥ blocks in a row · w) array, written
    """
    rows, columns = keep.shape
    kept, flat, stride = keep.ravel(), out.ravel(), out.shape[1]
    o = 0
    for i in range(rows):
        for j in range(0, columns, BLOCKS):
            here, count = i * columns + j, min(BLOCKS, columns - j)
            whole = count == BLOCKS
            for b in range(here, here + count):
                whole = whole and kept[b]
            for y in range(i * h, i * h + h):
                start = y * stride + j * w
                collect_octet(flat if whole else spare, start if whole else 0, packed, o, w)
                o += w * BLOCKS
                if not whole:
                    for b in range(count):
                        if kept[here + b]:
                            copy_row(flat, start + b * w, spare, b * w, w)
