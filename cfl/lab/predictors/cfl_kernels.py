# mypy: disable-error-code="no-untyped-def"
"""Kernels of the predictor `cfl`: the error of every α, and the prediction by one."""

import numpy as np

from cfl.lab.block_kernels import dc_of
from cfl.prediction.one_block.block_by_block import squared_error
from cfl.prediction.one_block.kernels import average, predict, subtract
from cfl.prediction.tables import ALPHA_MAX
from cfl.simd.int16x16 import accumulator_for
from cfl.simd.kernel import entry, stage

ALPHAS = 2 * ALPHA_MAX + 1
LARGEST = 32 * 32


@stage
def take_ac(small, x, y, w, h, ac):
    """Set luma's AC of a block, in Q3; beyond the picture's edge the last row and column repeat (7.11.5)."""
    height, width = small.shape
    for i in range(h):
        for j in range(w):
            ac[i * w + j] = np.int16(small[min(y + i, height - 1), min(x + j, width - 1)])
    log2_n = 0
    while 1 << log2_n < w * h:
        log2_n += 1
    level, _ = average(ac, 0, log2_n, accumulator_for(small))
    subtract(ac, 0, w * h, level)


@stage
def take_target(plane, x, y, w, h, dc, ac, target):
    """Set the target of a block; where it is not visible, the DC, and AC of 0, so that no error is added."""
    height, width = plane.shape
    for i in range(h):
        for j in range(w):
            if y + i < height and x + j < width:
                target[i * w + j] = np.int16(plane[y + i, x + j])
            else:
                target[i * w + j], ac[i * w + j] = dc, 0


@entry
def alpha_errors(given, places, errors):
    """Set the squared error of each block for α of −16…16, (blocks, 33) int64."""
    ac, target = np.empty(LARGEST, np.int16), np.empty(LARGEST, np.int16)
    prediction = np.empty(LARGEST, np.int16)
    peak = (1 << given.bit_depth) - 1
    for k in range(places.shape[0]):
        x, y, w, h = int(places[k, 0]), int(places[k, 1]), int(places[k, 2]), int(places[k, 3])
        take_ac(given.small, x, y, w, h, ac)
        dc = dc_of(given.chroma, x, y, w, h, given.bit_depth)
        take_target(given.target, x, y, w, h, dc, ac, target)
        for index in range(ALPHAS):
            alpha = index - ALPHA_MAX
            errors[k, index] = squared_error(ac, target, 0, w * h, alpha, dc, peak, prediction)


@entry
def least_pairs(costs, bits, alpha):
    """Set the pair of α with the least cost of both planes and of its bits; of equal ones the first.

    Parameters
    ----------
    costs : (2, blocks, 33) float64 array
        Of U and V for α of −16…16.
    bits : (33, 33) float64 array
        What it costs to send α of U and V.
    alpha : (2, blocks) int64 array, filled
    """
    for k in range(costs.shape[1]):
        least = np.inf
        for u in range(ALPHAS):
            for v in range(ALPHAS):
                cost = costs[0, k, u] + costs[1, k, v] + bits[u, v]
                if cost < least:
                    least, alpha[0, k], alpha[1, k] = cost, u - ALPHA_MAX, v - ALPHA_MAX


@entry
def predict_blocks(given, places, alpha, predicted):
    """Predict all blocks of a plane by given α."""
    ac, prediction = np.empty(LARGEST, np.int16), np.empty(LARGEST, np.int16)
    peak = (1 << given.bit_depth) - 1
    height, width = predicted.shape
    for k in range(places.shape[0]):
        x, y, w, h = int(places[k, 0]), int(places[k, 1]), int(places[k, 2]), int(places[k, 3])
        take_ac(given.small, x, y, w, h, ac)
        dc = dc_of(given.chroma, x, y, w, h, given.bit_depth)
        predict(ac, 0, w * h, alpha[k], dc, peak, prediction)
        for i in range(min(h, height - y)):
            for j in range(min(w, width - x)):
                predicted[y + i, x + j] = np.uint16(prediction[i * w + j])
