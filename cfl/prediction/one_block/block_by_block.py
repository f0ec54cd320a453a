# mypy: disable-error-code="no-untyped-def"
"""Chroma from luma for many blocks of one size, one after the other, by the codec's kernels for one block.

Samples are packed as `kernels` has them: block after block, row by row, in int16 arrays; a block has
``n = 1 << log2_n`` of them, at least 16 and at most 1024.
"""

import numpy as np

from cfl.prediction.one_block import kernels as one_block
from cfl.prediction.tables import ALPHA_MAX
from cfl.regression.kernels import r_squared, slope
from cfl.simd.int16x16 import accumulator_for
from cfl.simd.kernel import entry, stage

BEST, SLOPE, SSE, SSE_BEST, SSE_LS, SSE_DC, SS_TOTAL, R2, R2_LS = range(9)
"""Rows of what `measure` finds: the fields of `many_blocks.ManyBlocksFit`."""


@entry(error_model="numpy")
def subtract_average(luma, log2_n, planes):
    """Turn packed subsampled luma into luma AC, in place.

    Parameters
    ----------
    luma : (blocks · n,) int16 array, changed
        In Q3.
    log2_n : int
    planes : 2-D uint16 array
        Its dtype chooses the accumulator.
    """
    zero = accumulator_for(planes)
    for o in range(0, luma.size, 1 << log2_n):
        luma_avg, _ = one_block.average(luma, o, log2_n, zero)
        one_block.subtract(luma, o, 1 << log2_n, luma_avg)


@stage
def squared_error(ac, target, o, n, alpha, dc, peak, predicted):
    """Exact squared error of a block's prediction, which is left in `predicted`."""
    one_block.predict(ac, o, n, alpha, dc, peak, predicted)
    total = np.int64(0)
    for k in range(n):
        difference = np.int32(target[o + k]) - np.int32(predicted[k])
        total += difference * difference
    return total


@entry(error_model="numpy")
def measure(ac, target, dc, alpha, counts, peak, predicted, found):
    """Fit α to each block of a plane, and compute the errors of the given α and of the fitted ones.

    Parameters
    ----------
    ac, target : (blocks · n,) int16 arrays
        In hidden samples `ac` is 0 and `target` is the DC, so that they add no error.
    dc, alpha, counts : (blocks,) int64 arrays
        `counts`: how many samples are visible.
    peak : int
        The largest sample value.
    predicted : (n,) int16 array, scratch
    found : (9, blocks) float64 array, written
        Of equal errors the best α is the one of least magnitude, then the positive one.
    """
    n = predicted.size
    for b in range(dc.size):
        o = b * n
        sxx, sxy, syy, sy = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        for k in range(n):
            x, y = np.int64(ac[o + k]), np.int64(target[o + k]) - dc[b]
            sxx += x * x
            sxy += x * y
            syy += y * y
            sy += y
        best, least = 0, syy
        for size in range(1, ALPHA_MAX + 1 if sxx else 1):
            for sign in range(1, -2, -2):
                error = squared_error(ac, target, o, n, sign * size, dc[b], peak, predicted)
                if error < least:
                    best, least = sign * size, error
        slope_ = slope(float(sxx), float(sxy))
        sse = squared_error(ac, target, o, n, alpha[b], dc[b], peak, predicted)
        sse_ls = max(syy - slope_ * sxy, 0.0)
        ss_total = (counts[b] * syy - sy * sy) / counts[b]
        found[BEST, b], found[SLOPE, b] = best, 8.0 * slope_
        found[SSE, b], found[SSE_BEST, b], found[SSE_LS, b], found[SSE_DC, b] = sse, least, sse_ls, syy
        found[SS_TOTAL, b] = ss_total
        found[R2, b], found[R2_LS, b] = r_squared(float(sse), ss_total), r_squared(sse_ls, ss_total)
