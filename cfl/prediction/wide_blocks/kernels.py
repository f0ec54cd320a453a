# mypy: disable-error-code="no-untyped-def"
"""Chroma from luma for one block of 32 samples a row in 4:4:4: passes over its samples.

Only 4:4:4 has chroma blocks so wide (CfL's luma blocks are 32 a side at most). There a row fills a register,
in its order in the picture, and luma AC is ``8 * luma - lumaAvg``, computed again wherever it is needed.
`reference` explains what is computed.

`WideBlock` says where a block's samples lie, and which of them are hidden, beyond the picture.

A lane of sums has 64 products at most. Of samples of up to 12 bits these fit 31 bits (64 · 4095²); so do
those of a scaled luma AC (at most 8190) and a sample, and its squares fit 32 bits (64 · 8190²).
"""

from typing import NamedTuple

from numba import types

from cfl.prediction.tables import ALPHA_MAX, FACTOR_SHIFT
from cfl.simd.int16x16 import largest, smallest
from cfl.simd.int16x32 import (
    WIDTH,
    accumulate,
    accumulate_bytes,
    byte_ones,
    eightfold,
    less_128,
    load,
    load_two,
    no_sums,
    prefetch,
    prefetch_near,
    prefetch_to_write,
    rounded_product,
    splat,
    store_clipped,
    total,
    unsigned_total,
    where_negative,
    with_sign,
)
from cfl.simd.kernel import inlined, stage
from cfl.simd.vectors import Lanes, magnitude, maximum, minimum


class WideBlock(NamedTuple):
    """A block of 32 samples a row: pointers to three planes, and where it lies in all of them."""

    y: types.CPointer
    u: types.CPointer
    v: types.CPointer
    at: int
    """The index of its first sample."""
    stride: int
    """How far apart its rows are."""
    rows: int
    """How many of its rows are visible."""
    mask: Lanes
    """int16x32: all bits set where a column is visible, else none."""


@inlined
def fetch(y, u, v, at, stride, h):
    """Have the cache lines of `h` rows of three planes, from `at` on, brought into the first-level cache."""
    for k in range(at, at + h * stride, stride):
        prefetch_near(y, k)
        prefetch_near(u, k)
        prefetch_near(v, k)


@inlined
def luma_sum(y, at, stride, h, ahead):
    """Σy of all `h` rows; fetches as many samples of `y` from `ahead` on."""
    one, sums = splat(1), no_sums()
    for k in range(at, at + h * stride, stride):
        prefetch(y, ahead)
        ahead += WIDTH
        sums = accumulate(sums, load(y, k), one)
    return total(y, sums)


@inlined
def moments(block, fetched, ahead):
    """Σy, Σu, Σv, Σy², Σy·u, Σy·v, Σu², Σv² of the visible samples, and the least and the greatest luma.

    Fetches as many samples of the planes `fetched` from `ahead` on.
    """
    y, u, v, at, stride, rows, mask = block
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
    sums = (
        total(y, sy), total(y, su), total(y, sv), total(y, syy), total(y, syu), total(y, syv), total(y, suu),
        total(y, svv),
    )  # fmt: skip
    return sums, smallest(low), largest(high)


@inlined
def byte_moments(block, fetched, ahead):
    """`moments` of a block of 8 bits that is visible as a whole."""
    y, u, v, at, stride, h, _ = block
    one = byte_ones()
    sy, su, sv = no_sums(), no_sums(), no_sums()
    syy, syu, syv, suu, svv = no_sums(), no_sums(), no_sums(), no_sums(), no_sums()
    low = less_128(load_two(y, at, at + stride))
    high = low
    for k in range(at, at + h * stride, 2 * stride):
        for _ in range(2):
            prefetch(fetched[0], ahead)
            prefetch(fetched[1], ahead)
            prefetch(fetched[2], ahead)
            ahead += WIDTH
        a, b, c = load_two(y, k, k + stride), load_two(u, k, k + stride), load_two(v, k, k + stride)
        x, r, s = less_128(a), less_128(b), less_128(c)
        low, high = minimum(low, x), maximum(high, x)
        sy, su, sv = accumulate_bytes(sy, a, one), accumulate_bytes(su, b, one), accumulate_bytes(sv, c, one)
        syy, syu, syv = accumulate_bytes(syy, a, x), accumulate_bytes(syu, a, r), accumulate_bytes(syv, a, s)
        suu, svv = accumulate_bytes(suu, b, r), accumulate_bytes(svv, c, s)
    sums_y, sums_u, sums_v = total(y, sy), total(y, su), total(y, sv)
    # One factor of each product is less 128.
    sums = (
        sums_y, sums_u, sums_v, total(y, syy) + 128 * sums_y, total(y, syu) + 128 * sums_y,
        total(y, syv) + 128 * sums_y, total(y, suu) + 128 * sums_u, total(y, svv) + 128 * sums_v,
    )  # fmt: skip
    return sums, smallest(low) + 128, largest(high) + 128


@inlined
def products_of_two(block, luma_avg, dcs, sizes):
    """`products` for two |α|."""
    y, u, v, at, stride, rows, mask = block
    levels, levels_u, levels_v = splat(luma_avg), splat(dcs[0]), splat(dcs[1])
    f0, f1 = splat(sizes[0] << FACTOR_SHIFT), splat(sizes[1] << FACTOR_SHIFT)
    pp0, pp1, pu0, pu1, pv0, pv1 = no_sums(), no_sums(), no_sums(), no_sums(), no_sums(), no_sums()
    for k in range(at, at + rows * stride, stride):
        x = (eightfold(load(y, k)) - levels) & mask
        ru, rv = with_sign(load(u, k) - levels_u, x), with_sign(load(v, k) - levels_v, x)
        p = rounded_product(magnitude(x), f0)
        pp0, pu0, pv0 = accumulate(pp0, p, p), accumulate(pu0, p, ru), accumulate(pv0, p, rv)
        p = rounded_product(magnitude(x), f1)
        pp1, pu1, pv1 = accumulate(pp1, p, p), accumulate(pu1, p, ru), accumulate(pv1, p, rv)
    return (
        (unsigned_total(y, pp0), total(y, pu0), total(y, pv0)),
        (unsigned_total(y, pp1), total(y, pu1), total(y, pv1)),
    )  # fmt: skip


@inlined
def products(block, luma_avg, dcs, sizes):
    """Σp², Σp·(s·u) and Σp·(s·v) for each of four |α|.

    ``p = Round2(|α|·|AC|, 6)``, s is the sign of AC, and u and v are less their DC.
    """
    y, u, v, at, stride, rows, mask = block
    levels, levels_u, levels_v = splat(luma_avg), splat(dcs[0]), splat(dcs[1])
    f0, f1, f2, f3 = (
        splat(sizes[0] << FACTOR_SHIFT),
        splat(sizes[1] << FACTOR_SHIFT),
        splat(sizes[2] << FACTOR_SHIFT),
        splat(sizes[3] << FACTOR_SHIFT),
    )
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
        (unsigned_total(y, pp0), total(y, pu0), total(y, pv0)),
        (unsigned_total(y, pp1), total(y, pu1), total(y, pv1)),
        (unsigned_total(y, pp2), total(y, pu2), total(y, pv2)),
        (unsigned_total(y, pp3), total(y, pu3), total(y, pv3)),
    )


@inlined
def towards(y, chroma, k, luma_avg, dc, turn, above):
    """|AC| of a row; the chroma less its DC, and how far it may be from DC, both the way that α · AC goes.

    Of `luma_avg`, `dc`, `turn` (-1 where α < 0, else 0) and `above` (the peak less DC) all lanes are alike.
    """
    x = eightfold(load(y, k)) - luma_avg
    # Negated as ~x + 1.
    way = (x ^ turn) - turn
    return magnitude(x), with_sign(load(chroma, k) - dc, way), where_negative(way, dc, above)


@inlined
def least_error_from(block, chroma, luma_avg, dc, first, negative, peak, limit):
    """A lower bound of the squared errors of all α of a sign from magnitude `first` on.

    Stops as soon as it is above `limit`.
    """
    y, _, _, at, stride, rows, mask = block
    near, far = splat(first << FACTOR_SHIFT), splat(ALPHA_MAX << FACTOR_SHIFT)
    level, dcs, turn, above, zero = splat(luma_avg), splat(dc), splat(-negative), splat(peak - dc), splat(0)
    error, row = 0, 0
    while row < rows and error <= limit:
        sums = no_sums()
        for k in range(at + row * stride, at + min(row + 4, rows) * stride, stride):
            size, target, bound = towards(y, chroma, k, level, dcs, turn, above)
            too_far = minimum(rounded_product(size, near), bound) - target
            too_near = target - minimum(rounded_product(size, far), bound)
            d = maximum(maximum(too_far, too_near), zero) & mask
            sums = accumulate(sums, d, d)
        error += total(y, sums)
        row += 4
    return error


@inlined
def clipped_errors(block, chroma, luma_avg, dc, first, negative, peak):
    """The squared errors of four α of a sign, from magnitude `first` on."""
    y, _, _, at, stride, rows, mask = block
    f0, f1, f2, f3 = (
        splat(first << FACTOR_SHIFT),
        splat(first + 1 << FACTOR_SHIFT),
        splat(first + 2 << FACTOR_SHIFT),
        splat(first + 3 << FACTOR_SHIFT),
    )
    level, dcs, turn, above = splat(luma_avg), splat(dc), splat(-negative), splat(peak - dc)
    e0, e1, e2, e3 = no_sums(), no_sums(), no_sums(), no_sums()
    for k in range(at, at + rows * stride, stride):
        size, target, bound = towards(y, chroma, k, level, dcs, turn, above)
        d = minimum(rounded_product(size, f0), bound) - target & mask
        e0 = accumulate(e0, d, d)
        d = minimum(rounded_product(size, f1), bound) - target & mask
        e1 = accumulate(e1, d, d)
        d = minimum(rounded_product(size, f2), bound) - target & mask
        e2 = accumulate(e2, d, d)
        d = minimum(rounded_product(size, f3), bound) - target & mask
        e3 = accumulate(e3, d, d)
    return total(y, e0), total(y, e1), total(y, e2), total(y, e3)


@stage
def predict(block, h, peak, out_u, out_v, to, out_stride):
    """``Clip1(DC + Round2Signed(α · AC, 6))``, AV1 specification 7.11.5, into two planes at `to`.

    A block is (luma, `at`, `stride`, lumaAvg, (α of U, of V), (DC of U, of V)). As many samples of the planes
    are prefetched in the next row of blocks.
    """
    y, at, stride, luma_avg, alphas, dcs = block
    ahead = to - to % out_stride + h * (out_stride + to % out_stride)
    factor_u, turn_u = splat(abs(alphas[0]) << FACTOR_SHIFT), splat(-int(alphas[0] < 0))
    factor_v, turn_v = splat(abs(alphas[1]) << FACTOR_SHIFT), splat(-int(alphas[1] < 0))
    # What a negative α is negated with, ~p + 1, adds last: that goes into the level.
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
