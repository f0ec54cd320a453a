# mypy: disable-error-code="no-untyped-def, assignment"
"""Two lines that are sent, one for dark and one for bright samples of the block.

Equation
    The block's luma is cut at ``T = min + k (max − min) / 8``, k of 1…7. On each side of it
    ``C = c + Round2Signed(α · (L − mean of L), 6)``, with α of −16…16 eighths, as `cfl` has it, and c a whole
    number. L is luma at chroma's resolution in Q3, as AV1 subsamples it; its mean over a side is rounded.
Source
    None: it is clusterwise regression (`cfl.regression.ClusterwiseRegression`) with what a decoder needs to
    repeat it. α is the least-squares slope of a side and c its mean chroma, both rounded.
Bits
    3 for k; for each side that has samples log₂ 33 for α, and c − DC_PRED in a signed Exp-Golomb code.
Choice of k
    The least squared error, or, where rate is measured, the least estimated cost; of equal ones the least k.
"""

import math

import numpy as np

from cfl.lab.block_kernels import block_at, put
from cfl.lab.residual_cost import residual_cost
from cfl.prediction.tables import ALPHA_MAX
from cfl.regression.kernels import slope
from cfl.simd.kernel import entry, stage

CUTS = 8
CUT_BITS = 3.0
ALPHA_BITS = math.log2(2 * ALPHA_MAX + 1)
cost_of_residual = stage(residual_cost)


@stage
def exp_golomb_bits(value):
    """Return the bits of a whole number in the signed Exp-Golomb code of H.264 and its successors."""
    code, bits = 2 * abs(value) - (1 if value > 0 else 0) + 1, 1.0
    while code > 1:
        code >>= 1
        bits += 2.0
    return bits


@stage
def scaled(alpha, ac):
    """Round2Signed(α · AC, 6)."""
    product = alpha * ac
    return -((-product + 32) >> 6) if product < 0 else (product + 32) >> 6


@stage
def fit_side(block, cut, above, prediction):
    """Predict the samples on one side of a cut of luma; return the bits."""
    h, w = block.luma.shape
    n, sum_x, sum_y = 0, 0, 0
    for i in range(h):
        for j in range(w):
            if (block.luma[i, j] > cut) == above:
                n += 1
                sum_x += np.int64(block.luma[i, j])
                sum_y += np.int64(block.target[i, j])
    if n == 0:
        return 0.0
    mean_x, level = (2 * sum_x + n) // (2 * n), (2 * sum_y + n) // (2 * n)
    sxx, sxy = 0.0, 0.0
    for i in range(h):
        for j in range(w):
            if (block.luma[i, j] > cut) == above:
                dx = block.luma[i, j] - sum_x / n
                sxx += dx * dx
                sxy += dx * (block.target[i, j] - sum_y / n)
    alpha = np.int64(np.rint(min(max(64.0 * slope(sxx, sxy), -ALPHA_MAX), ALPHA_MAX)))
    for i in range(h):
        for j in range(w):
            if (block.luma[i, j] > cut) == above:
                prediction[i, j] = level + scaled(alpha, np.int64(block.luma[i, j]) - mean_x)
    return ALPHA_BITS + exp_golomb_bits(level - block.dc)


@stage
def clipped_error(block, prediction):
    """Clip a prediction to the bit depth; return its squared error."""
    h, w = block.luma.shape
    peak, total = (1 << block.bit_depth) - 1, 0
    for i in range(h):
        for j in range(w):
            prediction[i, j] = min(max(prediction[i, j], 0), peak)
            d = prediction[i, j] - block.target[i, j]
            total += d * d
    return total


@stage
def predict(block):
    """Predict one block."""
    h, w = block.luma.shape
    low, high = np.int64(block.luma.min()), np.int64(block.luma.max())
    best, trial = np.empty((h, w), np.int64), np.empty((h, w), np.int64)
    least, bits = np.inf, 0.0
    for k in range(1, CUTS):
        cut = low + k * (high - low) / CUTS
        sent = CUT_BITS + fit_side(block, cut, False, trial) + fit_side(block, cut, True, trial)
        error = np.float64(clipped_error(block, trial))
        cost = cost_of_residual(error, np.float64(h * w), block.lam) + block.lam * sent
        if cost < least:
            least, bits = cost, sent
            for i in range(h):
                for j in range(w):
                    best[i, j] = trial[i, j]
    return best, bits


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    for k in range(places.shape[0]):
        block = block_at(given, places[k], True, False)
        prediction, cost = predict(block)
        put(block, prediction, cost, predicted, bits, k)
