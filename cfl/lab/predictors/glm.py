# mypy: disable-error-code="no-untyped-def"
"""GLM: luma and one of its gradients, by least squares over six rows and columns of neighbours.

Equation
    ``C = c₀ G + c₁ L + c₂ B``, with the bias ``B = 2 ** (bit_depth − 1)``. L is luma as VVC subsamples it.
    G is a gradient of the luma samples under the chroma sample, two rows of three, with one of four
    patterns::

        1  0 −1     1  2  1     2  1 −1    −1  1  2
        1  0 −1    −1 −2 −1     1 −1 −2    −2 −1  1

    The coefficients are the least-squares ones over six rows above the block, as wide as it, six columns to
    the left, as high, and the corner between them. DC_PRED where there is none.
Source
    L. Xu et al., "Gradient linear model for chroma intra prediction", JVET-AA0126, 2022, with luma beside
    the gradient as in JVET-AB0092.
Bits
    2 for the pattern of each plane, which has the least squared error of the four.
Readings
    Solver and regularisation are those of `cccm`. In 4:2:2 and 4:4:4, where the model has no GLM, the
    pattern lies on luma in the same way: its middle column and first row are the sample's.
"""

import numpy as np

from cfl.lab.block_data import MARGIN
from cfl.lab.block_kernels import block_at, put
from cfl.lab.neighbourhood import runs_beside, size_of, take_runs
from cfl.lab.predictors.ldl import ceil_log2, normal_equations, solve_ldl
from cfl.lab.predictors.lines import flat
from cfl.lab.predictors.vvc_luma import vvc_luma
from cfl.simd.kernel import entry, stage

PATTERNS = 4
BITS = 2.0


@stage
def take_gradients(full, row, down, first, step, out):
    """Set the four gradients of samples beside each other, (4, samples).

    Parameters
    ----------
    full : (rows, columns) int32 array
        Luma at its own resolution.
    row, down : int
        Of the pattern's first row in it, and how many rows further its second row is.
    first, step : int
        Column of the first sample in it, and how far the samples are from each other.
    out : (4, samples) float64 array, filled
    """
    upper, lower, last = full[row], full[row + down], full.shape[1] - 1
    for s in range(out.shape[1]):
        middle = first + s * step
        left, right = max(middle - 1, 0), min(middle + 1, last)
        a, b, c = upper[left], upper[middle], upper[right]
        d, e, f = lower[left], lower[middle], lower[right]
        out[0, s] = a - c + d - f
        out[1, s] = a + 2 * b + c - d - 2 * e - f
        out[2, s] = 2 * a + b - c + d - e - 2 * f
        out[3, s] = -a + b + 2 * c - 2 * d - e + f


@stage
def gradients_of(block, runs, n):
    """Return the four gradients of the samples of runs, (4, n)."""
    result, s = np.empty((PATTERNS, n)), 0
    sx, sy = block.subsampling_x, block.subsampling_y
    for k in range(len(runs)):
        row, first, end = runs[k]
        down = min(1, block.full_luma.shape[0] - 1 - (row << sy))
        out = result[:, s : s + end - first]
        take_gradients(block.full_luma, row << sy, down, first << sx, 1 << sx, out)
        s += end - first
    return result


@stage
def reference_of(block):
    """Return the runs of samples above, as wide as the block, to the left, as high, and in the corner."""
    h, w = block.luma.shape
    runs = runs_beside(block, MARGIN, True)
    count = block.rows_above + (min(block.left, h) if block.columns_left else 0)
    for k in range(count):
        runs[k, 2] = min(runs[k, 2], MARGIN + w)
    return runs[:count]


@stage
def own_runs(h, w):
    """Return the runs of the block itself."""
    runs = np.empty((h, 3), np.int64)
    for i in range(h):
        runs[i, 0], runs[i, 1], runs[i, 2] = MARGIN + i, MARGIN, MARGIN + w
    return runs


@stage
def rounded_error(block, prediction):
    """Return the squared error of a prediction when it is rounded and clipped."""
    h, w = block.luma.shape
    peak, total = (1 << block.bit_depth) - 1, 0.0
    for i in range(h):
        for j in range(w):
            d = np.rint(min(max(prediction[i, j], 0.0), np.float64(peak))) - block.target[i, j]
            total += d * d
    return total


@stage
def put_filtered(c, gradient, luma, middle, prediction):
    """Set a prediction: what the coefficients make of gradient and luma, sample by sample."""
    h, w = prediction.shape
    for i in range(h):
        for j in range(w):
            s = i * w + j
            prediction[i, j] = c[0] * gradient[s] + c[1] * luma[s] + c[2] * middle


@stage
def predict(block):
    """Predict one block."""
    h, w = block.luma.shape
    runs = reference_of(block)
    n = size_of(runs)
    if n == 0:
        return flat((h, w), block.dc), BITS
    middle, luma = 1 << (block.bit_depth - 1), vvc_luma(block, MARGIN)
    own, own_luma = own_runs(h, w), np.empty(h * w)
    take_runs(luma, own, own_luma)
    own_gradients, gradients = gradients_of(block, own, h * w), gradients_of(block, runs, n)
    terms, chroma = np.empty((3, n)), np.empty(n)
    take_runs(luma, runs, terms[1])
    take_runs(block.around_chroma, runs, chroma)
    terms[2] = middle
    ridge = 2.0 ** (2 * block.bit_depth + ceil_log2(n) - 28)
    best, trial, least = np.empty((h, w)), np.empty((h, w)), np.inf
    for pattern in range(PATTERNS):
        terms[0] = gradients[pattern]
        matrix, vector = normal_equations(terms, chroma)
        c = solve_ldl(matrix, vector, ridge)
        put_filtered(c, own_gradients[pattern], own_luma, middle, trial)
        error = rounded_error(block, trial)
        if error < least:
            least = error
            best, trial = trial, best
    return best, BITS


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    for k in range(places.shape[0]):
        block = block_at(given, places[k], True, True)
        prediction, cost = predict(block)
        put(block, prediction, cost, predicted, bits, k)
