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
from cfl.lab.neighbourhood import places_beside
from cfl.lab.predictors.ldl import ceil_log2, normal_equations, solve_ldl
from cfl.lab.predictors.lines import flat
from cfl.lab.predictors.vvc_luma import vvc_luma
from cfl.simd.kernel import entry, stage

PATTERNS = np.array(
    [
        [[1, 0, -1], [1, 0, -1]],
        [[1, 2, 1], [-1, -2, -1]],
        [[2, 1, -1], [1, -1, -2]],
        [[-1, 1, 2], [-2, -1, 1]],
    ]
)
BITS = 2.0


@stage
def gradients(block, pattern):
    """Return the gradient in and around a block, of the shape of `Block.around_luma`."""
    rows, columns = block.around_luma.shape
    last_row, last_column = block.full_luma.shape[0] - 1, block.full_luma.shape[1] - 1
    result = np.empty((rows, columns), np.int64)
    for i in range(rows):
        for j in range(columns):
            r, c, total = i << block.subsampling_y, j << block.subsampling_x, 0
            for m in range(2):
                for n in range(3):
                    column = min(max(c + n - 1, 0), last_column)
                    total += PATTERNS[pattern, m, n] * block.full_luma[min(r + m, last_row), column]
            result[i, j] = total
    return result


@stage
def reference(block, places):
    """Return which of the places are in rows or columns of the block, or in the corner."""
    h, w = block.luma.shape
    kept = np.empty(len(places), np.bool_)
    for k in range(len(places)):
        kept[k] = places[k, 0] < MARGIN + h and places[k, 1] < MARGIN + w
    return kept


@stage
def predict_by(block, luma, gradient, places):
    """Predict one block by one gradient."""
    h, w = block.luma.shape
    n = len(places)
    middle = 1 << (block.bit_depth - 1)
    terms, chroma = np.empty((3, n)), np.empty(n)
    for s in range(n):
        i, j = places[s, 0], places[s, 1]
        terms[0, s], terms[1, s], terms[2, s] = gradient[i, j], luma[i, j], middle
        chroma[s] = block.around_chroma[i, j]
    matrix, vector = normal_equations(terms, chroma)
    c = solve_ldl(matrix, vector, 2.0 ** (2 * block.bit_depth + ceil_log2(n) - 28))
    prediction = np.empty((h, w))
    for i in range(h):
        for j in range(w):
            at = MARGIN + i, MARGIN + j
            prediction[i, j] = c[0] * gradient[at] + c[1] * luma[at] + c[2] * middle
    return prediction


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
def predict(block):
    """Predict one block."""
    every = places_beside(block, MARGIN, True)
    places = every[reference(block, every)]
    if len(places) == 0:
        return flat(block.luma.shape, block.dc), BITS
    luma = vvc_luma(block, MARGIN)
    best = predict_by(block, luma, gradients(block, 0), places)
    least = rounded_error(block, best)
    for pattern in range(1, 4):
        prediction = predict_by(block, luma, gradients(block, pattern), places)
        error = rounded_error(block, prediction)
        if error < least:
            best, least = prediction, error
    return best, BITS


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    for k in range(places.shape[0]):
        block = block_at(given, places[k], True, True)
        prediction, cost = predict(block)
        put(block, prediction, cost, predicted, bits, k)
