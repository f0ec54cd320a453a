# mypy: disable-error-code="no-untyped-def"
"""Chroma from luma over a band: some rows of blocks, packed block by block (see `block_kernels`).

Once a band is packed, every later step runs over contiguous samples, whatever the block's shape. The steps
are kernels of their own, called one after the other by `planes`: nested in one kernel they would be compiled
twice and more, and a band stays in the processor's cache from step to step anyway.
"""

import math

import numpy as np
from numba import njit

from cfl.prediction import block_kernels as block
from cfl.prediction.lanes import accumulator_for, copy
from cfl.regression.kernels import r_squared

# Unsigned indices: Numba then leaves out the test for negative ones, which stops LLVM from vectorising.
U = np.uint64
ONE = np.uint64(1)

# Rows of the table of a band, one column a block; U's rows are followed by V's.
SXX, SXU, SXV, SUU, SVV, SU, SV, LARGEST_AC, COUNT, DC_U, DC_V, MOST_U, MOST_V, RANK_U, RANK_V, PENDING = (
    range(16)
)
GROUPS = 4
CLIPPED_U, CLIPPED_V = 1 << GROUPS, 2 << GROUPS


@njit(cache=True, nogil=True, forceinline=True)
def luma_row(luma, pairs, subsampling_x, subsampling_y, y, width, row):
    """The subsampled luma in Q3 of chroma row `y`; beyond `width` the last sample repeats.

    `pairs` is the luma plane seen as words of two samples, so that adding neighbours needs no shuffling.
    """
    bits = np.int32(8 * luma.itemsize)
    mask = np.int32((1 << (8 * luma.itemsize)) - 1)
    if subsampling_x == 0:
        for x in range(width):
            row[x] = np.int16(np.int32(luma[y, x]) << 3)
    elif subsampling_y == 0:
        for x in range(width):
            a = np.int32(pairs[y, x])
            row[x] = np.int16(np.int32((a & mask) + (a >> bits)) << 2)
    else:
        top = y + y
        bottom = min(top + ONE, U(luma.shape[0] - 1))
        for x in range(width):
            a = np.int32(pairs[top, x])
            b = np.int32(pairs[bottom, x])
            row[x] = np.int16(np.int32((a & mask) + (a >> bits) + (b & mask) + (b >> bits)) << 1)
    for x in range(width, U(row.size)):
        row[x] = row[width - ONE]


@njit(cache=True, nogil=True, forceinline=True)
def chroma_row(plane, y, row):
    """A chroma row as int16; beyond the plane's width the last sample repeats."""
    width = U(plane.shape[1])
    for x in range(width):
        row[x] = np.int16(plane[y, x])
    for x in range(width, U(row.size)):
        row[x] = row[width - ONE]


@njit(cache=True, nogil=True, forceinline=True)
def log2(n):
    """The base-2 logarithm of a power of two."""
    result = 0
    while 1 << result < n:
        result += 1
    return result


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


@njit(cache=True, nogil=True, forceinline=True)
def spread_row(row, packed, start, i, w, h):
    """Put row `i` of a row of blocks in place, the first of which begins at `start`."""
    for b in range(row.size // w):
        copy_row(packed, start + (b * h + i) * w, row, b * w, w)


@njit(cache=True, nogil=True)
def pack_luma(luma, pairs, subsampling_x, subsampling_y, y0, width, height, w, h, row, packed):
    """Pack a band's luma, subsampled, in Q3; beyond `width` and `height` the last column and row repeat.

    Parameters
    ----------
    luma, pairs : 2-D arrays
        The luma plane, and the same memory as words of two samples.
    y0 : int
        The band's first chroma row.
    width, height : int
        The chroma plane's size.
    w, h : int
        The block, in chroma samples.
    row : (blocks in a row · w,) int16 array, scratch
    packed : (blocks · w · h,) int16 array, written
    """
    for y in range(packed.size // row.size):
        source = U(min(y0 + y, height - 1))
        luma_row(luma, pairs, subsampling_x, subsampling_y, source, U(width), row)
        spread_row(row, packed, y // h * h * row.size, y % h, w, h)


@njit(cache=True, nogil=True)
def pack_chroma(plane, y0, w, h, row, packed):
    """Pack a band of a chroma plane; beyond it the last column and row repeat. See `pack_luma`."""
    for y in range(packed.size // row.size):
        chroma_row(plane, U(min(y0 + y, plane.shape[0] - 1)), row)
        spread_row(row, packed, y // h * h * row.size, y % h, w, h)


@njit(cache=True, nogil=True, forceinline=True)
def unpack(samples, plane, start, stride, w, h):
    """Write a packed block into a plane seen as 1-D, from index `start`."""
    for i in range(h):
        copy_row(plane, start + i * stride, samples, i * w, w)


@njit(cache=True, nogil=True, forceinline=True)
def hide(x, o, w, h, visible_w, visible_h):
    """Zero the samples of a packed block that lie beyond the picture."""
    for i in range(h):
        for j in range(w):
            if i >= visible_h or j >= visible_w:
                x[o + i * w + j] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def measure(table, ac, u, v, samples, above, is_right, is_bottom, y0, width, height, w, h, use_mean, peak):
    """Levels and sums of each block of a band; leaves luma AC and chroma less DC in `ac`, `u`, `v`.

    Parameters
    ----------
    table : (PENDING + 1, blocks) int64 array, written
    ac, u, v : (blocks · w · h,) int16 arrays, changed
        The packed luma and chroma.
    samples : array of the planes' dtype
        Its dtype chooses the accumulators.
    above : (2, blocks in a row) int64 array, changed
        The sums of U and V in the chroma row above each block; afterwards those for the band below.
    is_right, is_bottom : (w · h,) int16 arrays
        See `block_kernels.border_sums`.
    use_mean : bool
        DC is the block's rounded mean rather than DC_PRED.
    peak : int
        The largest sample value.
    """
    n = w * h
    log2_n = log2(n)
    zero = accumulator_for(samples)
    middle = (peak + 1) >> 1
    in_row = above.shape[1]
    left_u = left_v = 0
    for b in range(U(table.shape[1])):
        column = np.int64(b) % in_row
        x0, y = column * w, y0 + np.int64(b) // in_row * h
        o = np.int64(b) * n
        visible_w, visible_h = min(w, width - x0), min(h, height - y)
        count = visible_w * visible_h
        luma_avg, largest_ac = block.average(ac, o, log2_n, zero)
        if use_mean:
            if count < n:
                hide(u, o, w, h, visible_w, visible_h)
                hide(v, o, w, h, visible_w, visible_h)
            dc_u = block.mean_of(u, o, n, count, zero)
            dc_v = block.mean_of(v, o, n, count, zero)
        else:
            dc_u = block.dc_pred(above[0, column], left_u, y > 0, x0 > 0, w, h, middle)
            dc_v = block.dc_pred(above[1, column], left_v, y > 0, x0 > 0, w, h, middle)
            left_u, left_v, above[0, column], above[1, column] = block.border_sums(
                u, v, o, n, w, is_right, is_bottom, zero
            )
        sums = block.statistics(ac, u, v, o, n, luma_avg, dc_u, dc_v, zero)
        if count < n:
            hide(ac, o, w, h, visible_w, visible_h)
            hide(u, o, w, h, visible_w, visible_h)
            hide(v, o, w, h, visible_w, visible_h)
            sums = block.statistics(ac, u, v, o, n, 0, 0, 0, zero)
        (
            table[SXX, b],
            table[SXU, b],
            table[SXV, b],
            table[SUU, b],
            table[SVV, b],
            table[SU, b],
            table[SV, b],
        ) = sums
        table[LARGEST_AC, b] = largest_ac
        table[COUNT, b] = count
        table[DC_U, b] = dc_u
        table[DC_V, b] = dc_v


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def group_of(optimum):
    """Which group of four magnitudes (1…4, 5…8, …) the real-valued α falls in."""
    return max(int(min(abs(optimum), 16.0) + 0.5) - 1, 0) >> 2


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def remaining(sxx, sxy, syy, n, error, most, still_zero, clipped):
    """What can still be as good as `error`: a bit a group of magnitudes, and `clipped` if any that clips."""
    optimum = block.optimum(sxx, sxy)
    per_step = max(float(sxx), 1.0) / 4096.0
    least = float(syy) - optimum * float(sxy) / 64.0
    nearest = min(math.floor(abs(optimum) + 0.5), float(most))
    at_nearest = least + (nearest - abs(optimum)) ** 2 * per_step
    bound = at_nearest + math.sqrt(n * max(at_nearest, 0.0)) + 0.25 * n
    limit = block.error_limit(min(float(error), bound), n)
    reach = math.sqrt(max(limit - least, 0.0) / per_step)
    low = max(math.ceil(abs(optimum) - reach), still_zero + 1.0)
    high = min(math.floor(abs(optimum) + reach), float(most))
    todo = 0
    if low <= high:
        todo = (2 << ((int(high) - 1) >> 2)) - (1 << ((int(low) - 1) >> 2))
    if most < block.ALPHA_MAX and abs(optimum) + math.sqrt(limit / per_step) >= most:
        todo |= clipped
    return todo


@njit(cache=True, nogil=True, forceinline=True, error_model="numpy")
def try_clipped(ac, r, o, n, syy_rank, most, dc, peak, zero):
    """The least rank, after trying each α that clips somewhere."""
    rank = syy_rank
    for magnitude in range(most + 1, block.ALPHA_MAX + 1):
        for alpha in (magnitude, -magnitude):
            rank = min(rank, block.ranked(block.squared_error(ac, r, o, n, alpha, dc, peak, zero), alpha))
    return rank


@njit(cache=True, nogil=True, error_model="numpy")
def search(table, ac, u, v, samples, n, peak):
    """The rank (`block.ranked`) of the quantised α with the least squared error, of each block and plane.

    In loops over the blocks rather than one: each is short, and only the last has branches that cannot be
    foreseen, so that the processor works on several blocks at once.
    """
    blocks = U(table.shape[1])
    zero = accumulator_for(samples)
    for b in range(blocks):
        most_u = block.unclipped_magnitude(table[LARGEST_AC, b], table[DC_U, b], peak)
        most_v = block.unclipped_magnitude(table[LARGEST_AC, b], table[DC_V, b], peak)
        table[MOST_U, b], table[MOST_V, b] = most_u, most_v
        table[PENDING, b] = group_of(block.optimum(table[SXX, b], table[SXU, b]))
    for b in range(blocks):
        suu, svv = table[SUU, b], table[SVV, b]
        table[RANK_U, b], table[RANK_V, b] = block.best_in_group(
            ac, u, v, np.int64(b) * n, n, table[PENDING, b], suu, svv, table[MOST_U, b], table[MOST_V, b],
            block.ranked(suu, 0), block.ranked(svv, 0), zero,
        )  # fmt: skip
    for b in range(blocks):
        sxx, still_zero = table[SXX, b], int(31.0 / max(float(table[LARGEST_AC, b]), 1.0))
        error_u, error_v = table[RANK_U, b] >> 6, table[RANK_V, b] >> 6
        todo = remaining(
            sxx, table[SXU, b], table[SUU, b], n, error_u, table[MOST_U, b], still_zero, CLIPPED_U
        )
        todo |= remaining(
            sxx, table[SXV, b], table[SVV, b], n, error_v, table[MOST_V, b], still_zero, CLIPPED_V
        )
        table[PENDING, b] = todo & ~(1 << table[PENDING, b])
    for b in range(blocks):
        todo = table[PENDING, b]
        if todo == 0:
            continue
        o = np.int64(b) * n
        rank_u, rank_v = table[RANK_U, b], table[RANK_V, b]
        for group in range(GROUPS):
            if todo >> group & 1:
                rank_u, rank_v = block.best_in_group(
                    ac, u, v, o, n, group, table[SUU, b], table[SVV, b], table[MOST_U, b], table[MOST_V, b],
                    rank_u, rank_v, zero,
                )  # fmt: skip
        if todo & CLIPPED_U:
            rank_u = try_clipped(ac, u, o, n, rank_u, table[MOST_U, b], table[DC_U, b], peak, zero)
        if todo & CLIPPED_V:
            rank_v = try_clipped(ac, v, o, n, rank_v, table[MOST_V, b], table[DC_V, b], peak, zero)
        table[RANK_U, b], table[RANK_V, b] = rank_u, rank_v


@njit(cache=True, nogil=True, error_model="numpy")
def report(table, plane, dc, sse_dc, ss_total):
    """Levels, squared error of the DC alone and spread about the mean of plane 0 (U) or 1 (V)."""
    counts, levels = table[COUNT], table[DC_U + plane]
    sums, squares = table[SU + plane], table[SUU + plane]
    for b in range(U(dc.size)):
        dc[b] = levels[b]
        sse_dc[b] = squares[b]
        ss_total[b] = float(counts[b] * squares[b] - sums[b] * sums[b]) / float(counts[b])


@njit(cache=True, nogil=True)
def report_quantised(table, plane, alpha, sse):
    """The α that `search` found, and its squared error."""
    ranks = table[RANK_U + plane]
    for b in range(U(alpha.size)):
        alpha[b] = block.ranked_alpha(ranks[b])
        sse[b] = ranks[b] >> 6


@njit(cache=True, nogil=True)
def report_slope(table, plane, alpha):
    """The unquantised slope: chroma per luma."""
    for b in range(alpha.size):
        alpha[b] = block.optimum(table[SXX, b], table[SXU + plane, b]) / 8.0


@njit(cache=True, nogil=True)
def r_squared_map(sse, ss_total, r2):
    """`r_squared` of each block."""
    for b in range(r2.size):
        r2[b] = r_squared(float(sse[b]), ss_total[b])


@njit(cache=True, nogil=True)
def level(ac, samples, n):
    """Packed luma to luma AC."""
    zero = accumulator_for(samples)
    log2_n = log2(n)
    for o in range(0, ac.size, n):
        luma_avg, _ = block.average(ac, o, log2_n, zero)
        block.subtract(ac, o, n, luma_avg)


@njit(cache=True, nogil=True)
def predict(ac, w, h, alpha, dc, keep, peak, scratch, out):
    """Predict a band of one plane, where `keep` is true.

    Parameters
    ----------
    ac : (blocks · w · h,) int16 array
        Packed luma AC.
    alpha, dc, keep : (block rows, blocks in a row) arrays
        int8, int32 and bool.
    scratch : (w · h,) array of out's dtype
    out : (≥ block rows · h, ≥ blocks in a row · w) array, written
    """
    rows, in_row = alpha.shape
    n, stride, flat = w * h, out.shape[1], out.ravel()
    for i in range(rows):
        for j in range(in_row):
            if keep[i, j]:
                o = (i * in_row + j) * n
                block.predict(ac, o, n, np.int64(alpha[i, j]), np.int64(dc[i, j]), peak, scratch)
                unpack(scratch, flat, i * h * stride + j * w, stride, w, h)


@njit(cache=True, nogil=True)
def predict_slopes(ac, w, h, alpha, dc, keep, peak, scratch, out):
    """`predict` with unquantised slopes: `alpha` is float64, chroma per luma."""
    rows, in_row = alpha.shape
    n, stride, flat = w * h, out.shape[1], out.ravel()
    for i in range(rows):
        for j in range(in_row):
            if keep[i, j]:
                o = (i * in_row + j) * n
                block.predict_slope(ac, o, n, alpha[i, j], dc[i, j], peak, scratch)
                unpack(scratch, flat, i * h * stride + j * w, stride, w, h)
