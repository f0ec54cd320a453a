# mypy: disable-error-code="no-untyped-def"
"""Chroma from luma for one block of 32 samples a row in 4:4:4: passes over its samples.

Only 4:4:4 has chroma blocks so wide (CfL's luma blocks are 32 a side at most). There a row is a whole
register in its order in the picture, and luma AC is ``8 * luma - lumaAvg``, made again wherever needed.

`y`, `u` and `v` point to planes; the block's rows begin at `at`, `at + stride`, … Its hidden samples, beyond
the picture, are those beyond the first `rows` rows and those where `mask` is 0.

A lane of sums has 64 products at most. Of samples of up to 12 bits these fit 31 bits (64 · 4095²); so do
those of a scaled luma AC (at most 8190) and a sample, and its squares fit 32 bits (64 · 8190²).
"""

from cfl.prediction.lanes import largest, smallest
from cfl.prediction.vectors import inlined, magnitude, maximum, minimum, stage
from cfl.prediction.wide_lanes import (
    WIDTH,
    accumulate,
    eightfold,
    load,
    no_sums,
    prefetch,
    prefetch_to_write,
    rounded_product,
    splat,
    store_clipped,
    total,
    unsigned_total,
    with_sign,
)


@inlined
def luma_sum(y, at, stride, h, ahead):
    """Σy of all `h` rows; fetches as many samples of `y` from `ahead` on."""
    one, sums = splat(1), no_sums()
    for k in range(at, at + h * stride, stride):
        prefetch(y, ahead)
        ahead += WIDTH
        sums = accumulate(sums, load(y, k), one)
    return total(sums)


@inlined
def moments(y, u, v, at, stride, rows, mask, fetched, ahead):
    """Σy, Σu, Σv, Σy², Σy·u, Σy·v, Σu², Σv² of the visible samples, and the least and the greatest luma.

    Fetches as many samples of the planes `fetched` from `ahead` on.
    """
    one = splat(1)
    sy, su, sv = no_sums(), no_sums(), no_sums()
    syy, syu, syv, suu, svv = no_sums(), no_sums(), no_sums(), no_sums(), no_sums()
    low = load(y, at)
    high = low
    for k in range(at, at + rows * stride, stride):
        prefetch(fetched[0], ahead)
        prefetch(fetched[1], ahead)
        prefetch(fetched[2], ahead)
        ahead += WIDTH
        luma = load(y, k)
        low, high = minimum(low, luma), maximum(high, luma)
        a, b, c = luma & mask, load(u, k) & mask, load(v, k) & mask
        sy, su, sv = accumulate(sy, a, one), accumulate(su, b, one), accumulate(sv, c, one)
        syy, syu, syv = accumulate(syy, a, a), accumulate(syu, a, b), accumulate(syv, a, c)
        suu, svv = accumulate(suu, b, b), accumulate(svv, c, c)
    sums = total(sy), total(su), total(sv), total(syy), total(syu), total(syv), total(suu), total(svv)
    return sums, smallest(low), largest(high)


@inlined
def products_of_two(y, u, v, at, stride, rows, mask, luma_avg, dc_u, dc_v, sizes):
    """`products` for two |α|."""
    levels, levels_u, levels_v = splat(luma_avg), splat(dc_u), splat(dc_v)
    f0, f1 = splat(sizes[0] << 9), splat(sizes[1] << 9)
    pp0, pp1, pu0, pu1, pv0, pv1 = no_sums(), no_sums(), no_sums(), no_sums(), no_sums(), no_sums()
    for k in range(at, at + rows * stride, stride):
        x = (eightfold(load(y, k)) - levels) & mask
        ru, rv = with_sign(load(u, k) - levels_u, x), with_sign(load(v, k) - levels_v, x)
        p = rounded_product(magnitude(x), f0)
        pp0, pu0, pv0 = accumulate(pp0, p, p), accumulate(pu0, p, ru), accumulate(pv0, p, rv)
        p = rounded_product(magnitude(x), f1)
        pp1, pu1, pv1 = accumulate(pp1, p, p), accumulate(pu1, p, ru), accumulate(pv1, p, rv)
    return (unsigned_total(pp0), total(pu0), total(pv0)), (unsigned_total(pp1), total(pu1), total(pv1))


@inlined
def products(y, u, v, at, stride, rows, mask, luma_avg, dc_u, dc_v, sizes):
    """Σp², Σp·(s·u) and Σp·(s·v) for each of four |α|.

    ``p = Round2(|α|·|AC|, 6)``, s is the sign of AC, and u and v are less their DC.
    """
    levels, levels_u, levels_v = splat(luma_avg), splat(dc_u), splat(dc_v)
    f0, f1, f2, f3 = splat(sizes[0] << 9), splat(sizes[1] << 9), splat(sizes[2] << 9), splat(sizes[3] << 9)
    pp0, pp1, pp2, pp3 = no_sums(), no_sums(), no_sums(), no_sums()
    pu0, pu1, pu2, pu3 = no_sums(), no_sums(), no_sums(), no_sums()
    pv0, pv1, pv2, pv3 = no_sums(), no_sums(), no_sums(), no_sums()
    for k in range(at, at + rows * stride, stride):
        x = (eightfold(load(y, k)) - levels) & mask
        size, ru, rv = (
            magnitude(x), with_sign(load(u, k) - levels_u, x), with_sign(load(v, k) - levels_v, x),
        )  # fmt: skip
        p = rounded_product(size, f0)
        pp0, pu0, pv0 = accumulate(pp0, p, p), accumulate(pu0, p, ru), accumulate(pv0, p, rv)
        p = rounded_product(size, f1)
        pp1, pu1, pv1 = accumulate(pp1, p, p), accumulate(pu1, p, ru), accumulate(pv1, p, rv)
        p = rounded_product(size, f2)
        pp2, pu2, pv2 = accumulate(pp2, p, p), accumulate(pu2, p, ru), accumulate(pv2, p, rv)
        p = rounded_product(size, f3)
        pp3, pu3, pv3 = accumulate(pp3, p, p), accumulate(pu3, p, ru), accumulate(pv3, p, rv)
    return (
        (unsigned_total(pp0), total(pu0), total(pv0)),
        (unsigned_total(pp1), total(pu1), total(pv1)),
        (unsigned_total(pp2), total(pu2), total(pv2)),
        (unsigned_total(pp3), total(pu3), total(pv3)),
    )


@inlined
def scaled(x, factor, turn):
    """``Round2Signed(α · AC, 6)`` of the factor ``|α| << 9``, and of `turn`, -1 where α < 0, else 0."""
    # Negated as ~p + 1: to turn all lanes costs two operations, fewer than a second sign.
    p = with_sign(rounded_product(magnitude(x), factor), x)
    return (p ^ turn) - turn


@inlined
def least_error(y, chroma, at, stride, rows, mask, luma_avg, dc, first, last, negative, peak, limit):
    """What the squared error of all α of a sign from magnitude `first` to `last` is not below.

    Exact where they are the same. Goes through the block only until it is above `limit`.
    """
    near, far, turn = splat(first << 9), splat(last << 9), splat(-negative)
    levels, dcs, low, high = splat(luma_avg), splat(dc), splat(0), splat(peak)
    error, row = 0, 0
    while row < rows and error <= limit:
        sums = no_sums()
        for k in range(at + row * stride, at + min(row + 4, rows) * stride, stride):
            x, target = eightfold(load(y, k)) - levels, load(chroma, k)
            a = minimum(maximum(scaled(x, near, turn) + dcs, low), high)
            b = minimum(maximum(scaled(x, far, turn) + dcs, low), high)
            d = maximum(maximum(minimum(a, b) - target, target - maximum(a, b)), low) & mask
            sums = accumulate(sums, d, d)
        error += total(sums)
        row += 4
    return error


@stage
def predict(block, h, peak, out_u, out_v, to, out_stride):
    """``Clip1(DC + Round2Signed(α · AC, 6))``, AV1 specification 7.11.5, into two planes at `to`.

    A block is its luma, `at`, `stride`, lumaAvg, and in pairs α and DC. As many samples of the planes are
    fetched, of the next row of blocks.
    """
    y, at, stride, luma_avg, alphas, dcs = block
    ahead = to - to % out_stride + h * (out_stride + to % out_stride)
    factor_u, turn_u = splat(abs(alphas[0]) << 9), splat(-int(alphas[0] < 0))
    factor_v, turn_v = splat(abs(alphas[1]) << 9), splat(-int(alphas[1] < 0))
    # What `scaled` adds last goes into the level.
    levels, level_u, level_v = (
        splat(luma_avg), splat(dcs[0] + int(alphas[0] < 0)), splat(dcs[1] + int(alphas[1] < 0)),
    )  # fmt: skip
    most = splat(peak)
    for k in range(at, at + h * stride, stride):
        prefetch_to_write(out_u, ahead)
        prefetch_to_write(out_v, ahead)
        x = eightfold(load(y, k)) - levels
        size = magnitude(x)
        store_clipped(
            out_u, out_v, to,
            (with_sign(rounded_product(size, factor_u), x) ^ turn_u) + level_u,
            (with_sign(rounded_product(size, factor_v), x) ^ turn_v) + level_v,
            most,
        )  # fmt: skip
        to += out_stride
        ahead += WIDTH
