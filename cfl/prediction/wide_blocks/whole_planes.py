# mypy: disable-error-code="no-untyped-def"
"""The entry points for whole planes of blocks 32 samples wide, in 4:4:4, called from Python; see `kernels`.

They do what `eight_blocks.whole_planes` does for narrower blocks, three times as fast as that would be:
nothing is packed, and a block stays in the first-level cache through all passes over it. But its rows lie so
far apart that the processor does not prefetch them. So while a block is processed, as many samples of the
next row of blocks are prefetched, in their order in memory.
"""

from cfl.prediction.dc_prediction import dc_pred
from cfl.prediction.wide_blocks.alpha_search import candidates, search
from cfl.prediction.wide_blocks.kernels import WideBlock, byte_moments, fetch, luma_sum, moments, predict
from cfl.simd.int16x32 import (
    WIDTH,
    accumulate,
    first_lanes,
    is_bytes,
    load,
    no_sums,
    pointer,
    splat,
    total,
)
from cfl.simd.integers import floor_log2
from cfl.simd.kernel import entry, inlined, stage


@stage
def cut_out(plane, x0, y0, width, height, h, block, at):
    """Copy a block that the picture's edge crosses; beyond it the last column and row repeat."""
    columns = min(WIDTH, width - x0)
    for i in range(h):
        start = min(y0 + i, height - 1) * width + x0
        for j in range(columns):
            block[at + j] = plane[start + j]
        for j in range(columns, WIDTH):
            block[at + j] = plane[start + columns - 1]
        at += WIDTH


@inlined
def sum_above(plane, x0, y0, width):
    """The sum of the samples above a block; beyond the plane its last column repeats."""
    start = (y0 - 1) * width
    if x0 + WIDTH <= width:
        return total(plane, accumulate(no_sums(), load(plane, start + x0), splat(1)))
    above = (x0 + WIDTH - width) * int(plane[start + width - 1])
    for x in range(x0, width):
        above += int(plane[start + x])
    return above


@inlined
def sum_left(plane, x0, y0, width, height, h):
    """The sum of the samples left of a block; beyond the plane its last row repeats."""
    inside = min(h, height - y0)
    at = y0 * width + x0 - 1
    last = at + (inside - 1) * width
    left = (h - inside) * int(plane[last])
    # Four rows at a time: the loop itself takes longer than adding a sample.
    while at + 3 * width <= last:
        left += (
            int(plane[at]) + int(plane[at + width]) + int(plane[at + 2 * width]) + int(plane[at + 3 * width])
        )
        at += 4 * width
    while at <= last:
        left += int(plane[at])
        at += width
    return left


@inlined
def neighbours_dc(plane, x0, y0, width, height, h, middle):
    """DC_PRED (AV1 specification 7.11.2.5) of a block."""
    above = sum_above(plane, x0, y0, width) if y0 > 0 else 0
    left = sum_left(plane, x0, y0, width, height, h) if x0 > 0 else 0
    return dc_pred(above, left, y0 > 0, x0 > 0, WIDTH, h, middle)


@inlined
def average(sum_of_luma, h):
    """lumaAvg of a block."""
    return (8 * sum_of_luma + (WIDTH * h >> 1)) >> floor_log2(WIDTH * h)


@inlined
def measure(block, h, n, dcs, use_mean, fetched, ahead):
    """lumaAvg, the largest |AC|, DC, the sums of `candidates` and Σr of one block; see `kernels`.

    DC is `dcs`, but the mean with `use_mean`.
    """
    y, at, stride = block.y, block.at, block.stride
    if is_bytes(y) and n == WIDTH * h:
        moments_, low, high = byte_moments(block, fetched, ahead)
    else:
        moments_, low, high = moments(block, fetched, ahead)
    sy, su, sv, syy, syu, syv, suu, svv = moments_
    luma_avg = average(sy if n == WIDTH * h else luma_sum(y, at, stride, h, at), h)
    largest_ac = max(luma_avg - 8 * low, 8 * high - luma_avg)
    dc_u, dc_v = ((2 * su + n) // (2 * n), (2 * sv + n) // (2 * n)) if use_mean else dcs
    # Of luma AC x and r, the chroma less its DC.
    sum_x = 8 * sy - n * luma_avg
    sum_xx = 64 * syy - luma_avg * (16 * sy - n * luma_avg)
    sum_xr = 8 * syu - luma_avg * su - dc_u * sum_x, 8 * syv - luma_avg * sv - dc_v * sum_x
    sum_rr = suu - dc_u * (2 * su - n * dc_u), svv - dc_v * (2 * sv - n * dc_v)
    return luma_avg, largest_ac, (dc_u, dc_v), (sum_xx, sum_xr, sum_rr), (su - n * dc_u, sv - n * dc_v)


@inlined
def spread_about_mean(sum_r, sum_rr, n):
    """Σ(r - mean)²."""
    return (float(n) * float(sum_rr) - float(sum_r) * float(sum_r)) / n


@entry
def fit_blocks(planes, grid, first, last, use_mean, peak, edge, fit, keep, out):
    """Fit the quantised α of both planes, and predict.

    Parameters
    ----------
    planes : three (grid.height, grid.width) arrays
        Y, U and V.
    grid : planes.Grid
        Of blocks with ``w == 32``.
    first, last : int
        Block rows.
    use_mean : bool
        DC is the block's mean rather than DC_PRED.
    peak : int
        The largest sample value.
    edge : three (2 · grid.h, 32) arrays, scratch
        In the dtype of `planes`.
    fit : planes.PlaneFit, the rows written
    keep : (block rows, blocks in a row) bool array
        Predict these blocks.
    out : two planes, written
        In the dtype of `planes`. Empty ones are left alone.
    """
    width, height, h = grid.width, grid.height, grid.h
    y, u, v = pointer(planes[0]), pointer(planes[1]), pointer(planes[2])
    edge_y, edge_u, edge_v = pointer(edge[0]), pointer(edge[1]), pointer(edge[2])
    out_u, out_v, out_stride, has_out = pointer(out[0]), pointer(out[1]), out[0].shape[1], out[0].size > 0
    alpha, dc, sse, sse_dc, ss_total = fit
    dcs = 0, 0
    for i in range(first, last):
        y0 = i * h
        before = y, 0, width, 0, dcs, dcs
        for j in range(keep.shape[1]):
            x0 = j * WIDTH
            columns, rows = min(WIDTH, width - x0), min(h, height - y0)
            samples, at, stride = (y, u, v), y0 * width + x0, width
            if columns < WIDTH or rows < h:
                samples, at, stride = (edge_y, edge_u, edge_v), j % 2 * h * WIDTH, WIDTH
                cut_out(y, x0, y0, width, height, h, edge_y, at)
                cut_out(u, x0, y0, width, height, h, edge_u, at)
                cut_out(v, x0, y0, width, height, h, edge_v, at)
            if not use_mean:
                dcs = (
                    neighbours_dc(u, x0, y0, width, height, h, (peak + 1) >> 1),
                    neighbours_dc(v, x0, y0, width, height, h, (peak + 1) >> 1),
                )  # fmt: skip
            n = columns * rows
            block = WideBlock(samples[0], samples[1], samples[2], at, stride, rows, first_lanes(columns))
            luma_avg, largest_ac, levels, sums, sum_r = measure(
                block, h, n, dcs, use_mean, (y, u, v), (y0 + h) * width + x0 * h
            )
            most, todo = candidates(sums, n, largest_ac, levels, peak)
            fetch(y, u, v, y0 * width + x0 + 2 * WIDTH, width, h)
            # The block before is predicted only now: finding candidates is a chain of dependent operations,
            # and the processor can do this in parallel.
            if j and has_out and keep[i, j - 1]:
                predict(before, h, peak, out_u, out_v, y0 * out_stride + x0 - WIDTH, out_stride)
            alphas, errors = search(block, luma_avg, n, levels, sums, most, todo, peak)
            before = block.y, at, stride, luma_avg, alphas, levels
            for plane in range(2):
                alpha[plane, i, j], dc[plane, i, j] = alphas[plane], levels[plane]
                sse[plane, i, j], sse_dc[plane, i, j] = errors[plane], sums[2][plane]
                ss_total[plane, i, j] = spread_about_mean(sum_r[plane], sums[2][plane], n)
        if has_out and keep[i, keep.shape[1] - 1]:
            predict(before, h, peak, out_u, out_v, y0 * out_stride + (keep.shape[1] - 1) * WIDTH, out_stride)


@entry
def predict_blocks(luma, grid, first, last, alpha, dc, keep, peak, edge, out):
    """Predict from given quantised α and DC, arrays of (2, block rows, blocks in a row); see `fit_blocks`.

    `luma` and `edge` are one plane each.
    """
    width, height, h = grid.width, grid.height, grid.h
    whole, cut = pointer(luma), pointer(edge)
    out_u, out_v, out_stride = pointer(out[0]), pointer(out[1]), out[0].shape[1]
    for i in range(first, last):
        for j in range(keep.shape[1]):
            if not keep[i, j]:
                continue
            x0, y0 = j * WIDTH, i * h
            y, at, stride = whole, y0 * width + x0, width
            if width - x0 < WIDTH or height - y0 < h:
                cut_out(whole, x0, y0, width, height, h, cut, 0)
                y, at, stride = cut, 0, WIDTH
            luma_avg = average(luma_sum(y, at, stride, h, (y0 + h) * width + x0 * h), h)
            alphas, dcs = (int(alpha[0, i, j]), int(alpha[1, i, j])), (int(dc[0, i, j]), int(dc[1, i, j]))
            block = y, at, stride, luma_avg, alphas, dcs
            predict(block, h, peak, out_u, out_v, y0 * out_stride + x0, out_stride)
