# mypy: disable-error-code="no-untyped-def"
"""A parabola through the neighbours, by least squares.

Equation
    ``C = a L² + b L + c`` by least squares from six rows above, as wide as the block, and six columns to the
    left, as high. Beyond the least and the greatest luma of the neighbours the parabola goes on level. L is
    luma at chroma's resolution, as AV1 subsamples it. DC_PRED where there are no neighbours.
Source
    `cfl.regression`: the solution is that of `fit_blocks` with the predictors L and L². Where the neighbours
    have fewer than three different values of luma, it is the one with the least sum of squared coefficients.
Bits
    None: the decoder finds the parabola.
"""

import numpy as np

from cfl.lab.block_data import MARGIN
from cfl.lab.block_kernels import block_at, put
from cfl.lab.neighbourhood import neighbours
from cfl.lab.predictors.lines import flat
from cfl.regression.block_design_kernels import centre, solve
from cfl.simd.kernel import entry, stage


@stage
def predict(block):
    """Predict one block."""
    h, w = block.luma.shape
    luma, chroma = neighbours(block, MARGIN, False)
    n = luma.size
    if n == 0:
        return flat((h, w), block.dc), 0.0
    table, means, result = np.empty((3, n)), np.empty(3), np.empty(5)
    for k in range(n):
        table[0, k], table[1, k], table[2, k] = luma[k], luma[k] * luma[k], chroma[k]
    centre(table, np.ones(n), means)
    solve(table, means, result)
    low, high = luma.min(), luma.max()
    prediction = np.empty((h, w))
    for i in range(h):
        for j in range(w):
            x = min(max(np.float64(block.luma[i, j]), low), high)
            prediction[i, j] = (result[1] * x + result[0]) * x + result[2]
    return prediction, 0.0


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    for k in range(places.shape[0]):
        block = block_at(given, places[k], False, False)
        prediction, cost = predict(block)
        put(block, prediction, cost, predicted, bits, k)
