# mypy: disable-error-code="no-untyped-def"
"""Chroma from luma for one block at a time: the kernels that the codec uses.

`reference` explains what they compute. A block is *packed*: its ``n = w * h`` samples lie one after the
other, row by row, in an int16 array from index `o`; n is a multiple of 16. `ac` holds the luma AC in Q3.
"""

from cfl.prediction.tables import FACTOR_SHIFT
from cfl.simd.int16x16 import LANES, accumulate, largest, load, smallest, splat, store, total, with_sign
from cfl.simd.kernel import inlined
from cfl.simd.vectors import magnitude, maximum, minimum, rounded_product


@inlined
def average(luma, o, log2_n, zero):
    """lumaAvg of the packed subsampled luma, rounded, and the largest |luma − lumaAvg|."""
    n = 1 << log2_n
    one = splat(1)
    sums = zero
    low = load(luma, o)
    high = low
    for k in range(o, o + n, LANES):
        samples = load(luma, k)
        sums = accumulate(sums, samples, one)
        low = minimum(low, samples)
        high = maximum(high, samples)
    luma_avg = (total(sums) + (n >> 1)) >> log2_n
    return luma_avg, max(luma_avg - smallest(low), largest(high) - luma_avg)


@inlined
def subtract(x, o, n, level):
    """``x -= level``, in place."""
    levels = splat(level)
    for k in range(o, o + n, LANES):
        store(x, k, load(x, k) - levels)


@inlined
def factor_of(alpha):
    """|α| as the factor that makes ``rounded_product(|AC|, factor) = Round2(|α·AC|, 6)``."""
    return splat(abs(alpha) << FACTOR_SHIFT)


@inlined
def scaled_luma(x, factor, sign):
    """``Round2Signed(α · AC, 6)`` of 16 samples: `factor_of` α, and the sign of α in every lane."""
    return with_sign(with_sign(rounded_product(magnitude(x), factor), x), sign)


@inlined
def predict(ac, o, n, alpha, dc, peak, out):
    """``out[:n] = Clip1(DC + Round2Signed(alpha · AC, 6))``, AV1 specification 7.11.5."""
    factor, sign, level, low, high = factor_of(alpha), splat(alpha), splat(dc), splat(0), splat(peak)
    for k in range(0, n, LANES):
        prediction = scaled_luma(load(ac, o + k), factor, sign) + level
        store(out, k, minimum(maximum(prediction, low), high))
