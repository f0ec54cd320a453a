# mypy: disable-error-code="no-untyped-def, assignment"
"""MHCCP of AV2: one luma sample, its square and a bias, by least squares over the neighbours.

Equation
    ``C = c₀ X + c₁ P + c₂ B``, with the non-linear term ``P = (L² + B) >> bit_depth`` and the bias ``B = 2
    ** (bit_depth − 1)``. X is luma of the sample itself, of the one above it, or of the one to the left of
    it: the direction, which is sent. L is luma as AV1 subsamples it, in whole luma samples, cut off. The
    coefficients are the least-squares ones over one row above and one column to the left, the corner
    between them, and their continuation to the right and below as far as the block is wide and high,
    without the last sample. Without neighbours: B.
Source
    AV2 as the AVM reference software has it (mhccp_derive_multi_param_hv), 2025.
Bits
    log₂ 3 for the direction of each plane, which has the least squared error of the three.
Readings
    Real numbers and the LDLᵀ decomposition, where AV2 has 32-bit integers and Gauss; the regularisation is
    AV2's: ``2 ** (bit_depth − 7)`` on the diagonal of the matrix that is scaled by ``2 ** (22 − 2 bit_depth
    − ceil(log2(samples)))``. The direction is chosen for each plane, where AV2 has one for both. All sizes
    of blocks may use it, 4x4 too.
"""

import math

import numpy as np

from cfl.lab.block_data import MARGIN
from cfl.lab.block_kernels import block_at, put
from cfl.lab.predictors.glm import rounded_error
from cfl.lab.predictors.ldl import ceil_log2, normal_equations, solve_ldl
from cfl.lab.predictors.lines import flat
from cfl.simd.kernel import entry, stage

BITS = math.log2(3)


@stage
def samples_beside(block):
    """Return row and column in `Block.around_luma` of the samples that coefficients are found from."""
    above, left = block.above, block.left
    corner = 1 if above and left else 0
    first = 0 if above and left else 1
    n_above, n_left = max(above - 1 - (1 - corner), 0), max(left - 1 - first, 0)
    places = np.empty((corner + n_above + n_left, 2), np.int64)
    n = 0
    if above:
        for j in range(-1 if corner else 1, above - 1):
            places[n, 0], places[n, 1] = MARGIN - 1, MARGIN + j
            n += 1
    if left:
        for i in range(first, left - 1):
            places[n, 0], places[n, 1] = MARGIN + i, MARGIN - 1
            n += 1
    return places[:n]


@stage
def take_terms(block, i, j, direction, terms, s):
    """Set the three terms of the sample at row i, column j in column s."""
    up, back = (1 if direction == 1 else 0), (1 if direction == 2 else 0)
    middle = 1 << (block.bit_depth - 1)
    value = np.int64(block.around_luma[i, j]) >> 3
    terms[0, s] = np.int64(block.around_luma[i - up, j - back]) >> 3
    terms[1, s] = (value * value + middle) >> block.bit_depth
    terms[2, s] = middle


@stage
def predict_by(block, places, direction):
    """Predict one block by one direction."""
    h, w = block.luma.shape
    n = len(places)
    terms, chroma = np.empty((3, n)), np.empty(n)
    for s in range(n):
        i, j = places[s, 0], places[s, 1]
        take_terms(block, i, j, direction, terms, s)
        chroma[s] = block.around_chroma[i, j]
    matrix, vector = normal_equations(terms, chroma)
    ridge = 2.0 ** (block.bit_depth - 7 + 2 * block.bit_depth + ceil_log2(n) - 22)
    c = solve_ldl(matrix, vector, ridge)
    prediction, of_sample = np.empty((h, w)), np.empty((3, 1))
    for i in range(h):
        for j in range(w):
            take_terms(block, MARGIN + i, MARGIN + j, direction, of_sample, 0)
            prediction[i, j] = c[0] * of_sample[0, 0] + c[1] * of_sample[1, 0] + c[2] * of_sample[2, 0]
    return prediction


@stage
def predict(block):
    """Predict one block."""
    places = samples_beside(block)
    if len(places) == 0:
        return flat(block.luma.shape, 1 << (block.bit_depth - 1)), BITS
    best = predict_by(block, places, 0)
    least = rounded_error(block, best)
    for direction in range(1, 3):
        prediction = predict_by(block, places, direction)
        error = rounded_error(block, prediction)
        if error < least:
            best, least = prediction, error
    return best, BITS


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    for k in range(places.shape[0]):
        block = block_at(given, places[k], True, False)
        prediction, cost = predict(block)
        put(block, prediction, cost, predicted, bits, k)
