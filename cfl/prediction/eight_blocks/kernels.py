# mypy: disable-error-code="no-untyped-def"
"""Chroma from luma for eight neighbouring blocks at a time, for whole planes.

`reference` explains what they compute. The formulas are those of `one_block.kernels`, but each lane works on
another block rather than on another sample of one block. So no sum crosses lanes, and small blocks fill the
registers too (4x4 blocks are 1.5 times as fast).

Such an *octet* is packed: sample by sample pair, the pairs of all eight blocks side by side; see
`cfl.simd.octets`.
Blocks of n samples make ``n / 2`` vectors of 16 int16, from index `o` of an array. `ac` holds the luma AC in
Q3 and `r` the chroma less its DC.

The accumulator argument `zero` (see `octets.accumulator_for`) fixes the precision: 32-bit sums of products
are exact for 8-bit samples (Σ AC² ≤ 1024 · 1020² < 2³¹), 64-bit ones up to 12 bits. Sums of samples always
fit 32 bits (1024 · 32760).
"""

from cfl.prediction.tables import FACTOR_SHIFT
from cfl.simd.kernel import inlined
from cfl.simd.octets import (
    BLOCKS,
    LANES,
    accumulate,
    flip_sign,
    integers,
    load,
    pair_maximum,
    pairs,
    second_samples,
    shifted,
    splat,
    store,
    with_sign,
)
from cfl.simd.vectors import magnitude, maximum, minimum, rounded_product


@inlined
def total(x, o, n):
    """The sum of each block's samples."""
    one, sums = splat(1), integers(0)
    for k in range(o, o + n * BLOCKS, LANES):
        sums = accumulate(sums, load(x, k), one)
    return sums


@inlined
def average(luma, o, n, log2_n):
    """lumaAvg of the packed subsampled luma, rounded."""
    return shifted(total(luma, o, n) + integers(n >> 1), -log2_n)


@inlined
def subtract(x, o, n, level):
    """``x -= level``, in place."""
    levels = pairs(level)
    for k in range(o, o + n * BLOCKS, LANES):
        store(x, k, load(x, k) - levels)


@inlined
def border_sums(x, o, w, h):
    """The sums of the right column and of the bottom row, for the DC_PRED of the next blocks."""
    one, second = splat(1), second_samples()
    row = w * BLOCKS
    right = integers(0)
    bottom = integers(0)
    for k in range(o + row - LANES, o + h * row, row):
        right = accumulate(right, load(x, k), second)
    for k in range(o + (h - 1) * row, o + h * row, LANES):
        bottom = accumulate(bottom, load(x, k), one)
    return right, bottom


@inlined
def statistics(ac, u, v, o, n, luma_avg, dc_u, dc_v, zero):
    """Subtract lumaAvg and both DCs in place; return Σac², Σac·u, Σac·v, Σu², Σv², Σu, Σv, largest |ac|."""
    one, levels, levels_u, levels_v = splat(1), pairs(luma_avg), pairs(dc_u), pairs(dc_v)
    sxx, sxu, sxv, suu, svv = zero, zero, zero, zero, zero
    su, sv = integers(0), integers(0)
    largest = splat(0)
    for k in range(o, o + n * BLOCKS, LANES):
        x = load(ac, k) - levels
        ru = load(u, k) - levels_u
        rv = load(v, k) - levels_v
        store(ac, k, x)
        store(u, k, ru)
        store(v, k, rv)
        largest = maximum(largest, magnitude(x))
        sxx = accumulate(sxx, x, x)
        sxu = accumulate(sxu, x, ru)
        sxv = accumulate(sxv, x, rv)
        suu = accumulate(suu, ru, ru)
        svv = accumulate(svv, rv, rv)
        su = accumulate(su, ru, one)
        sv = accumulate(sv, rv, one)
    return (sxx, sxu, sxv, suu, svv, su, sv), pair_maximum(largest)


@inlined
def scaled_luma(x, factor, sign):
    """``Round2Signed(α · AC, 6)``, of the factor ``|α| << FACTOR_SHIFT`` and lanes with the sign of α."""
    return with_sign(rounded_product(magnitude(x), factor), flip_sign(x, sign))


@inlined
def predict(ac, o, n, alpha, dc, peak, out):
    """``Clip1(DC + Round2Signed(α · AC, 6))``, AV1 specification 7.11.5, into `out`; α and DC are pairs."""
    factor, low, high = shifted(magnitude(alpha), FACTOR_SHIFT), splat(0), splat(peak)
    for k in range(0, n * BLOCKS, LANES):
        prediction = scaled_luma(load(ac, o + k), factor, alpha) + dc
        store(out, k, minimum(maximum(prediction, low), high))
