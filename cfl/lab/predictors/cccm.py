# mypy: disable-error-code="no-untyped-def"
"""CCCM: a filter of seven taps over luma, found by least squares over six rows and columns of neighbours.

Equation
    ``C = c₀ L + c₁ N + c₂ S + c₃ W + c₄ E + c₅ P + c₆ B``: luma of the sample, of those above, below, left
    and right of it, the non-linear term ``P = (L² + B) >> bit_depth``, and the bias ``B = 2 ** (bit_depth −
    1)``. L is luma as VVC subsamples it. The coefficients are the least-squares ones over the decoded area
    of six rows above and six columns left, the corner between them, and its continuation to the right and
    below as far as the block is wide and high. DC_PRED where there is none.
Source
    P. Astola, "Convolutional cross-component model (CCCM) for intra prediction", JVET-Z0064 and
    JVET-AA0057, 2022.
Bits
    None: the decoder finds the filter.
Readings
    The solver is the LDLᵀ decomposition with 1 added to the diagonal of the scaled matrix, as in
    JVET-AA0057, but in real numbers: so ``2 ** −(28 − 2 bit_depth − ceil(log2(samples)))`` is added. Later
    revisions, which take an offset from luma and chroma and solve by Gauss, are not followed. Taps outside
    of what is decoded, and beyond the sixth row and column, repeat the nearest sample.
"""

import numpy as np

from cfl.lab.block_data import MARGIN
from cfl.lab.block_kernels import block_at, put
from cfl.lab.neighbourhood import places_beside
from cfl.lab.predictors.ldl import ceil_log2, normal_equations, solve_ldl
from cfl.lab.predictors.lines import flat
from cfl.lab.predictors.vvc_luma import vvc_luma
from cfl.simd.kernel import entry, stage

TAPS = 7


@stage
def take_terms(luma, i, j, bit_depth, terms, s):
    """Set the seven terms of the sample at row i, column j in column s."""
    rows, columns = luma.shape
    middle = 1 << (bit_depth - 1)
    terms[0, s] = luma[i, j]
    terms[1, s] = luma[max(i - 1, 0), j]
    terms[2, s] = luma[min(i + 1, rows - 1), j]
    terms[3, s] = luma[i, max(j - 1, 0)]
    terms[4, s] = luma[i, min(j + 1, columns - 1)]
    terms[5, s] = (luma[i, j] * luma[i, j] + middle) >> bit_depth
    terms[6, s] = middle


@stage
def predict(block):
    """Predict one block."""
    h, w = block.luma.shape
    places = places_beside(block, MARGIN, True)
    n = len(places)
    if n == 0:
        return flat((h, w), block.dc), 0.0
    luma = vvc_luma(block, MARGIN)
    terms, chroma = np.empty((TAPS, n)), np.empty(n)
    for s in range(n):
        take_terms(luma, places[s, 0], places[s, 1], block.bit_depth, terms, s)
        chroma[s] = block.around_chroma[places[s, 0], places[s, 1]]
    matrix, vector = normal_equations(terms, chroma)
    ridge = 2.0 ** (2 * block.bit_depth + ceil_log2(n) - 28)
    filter_ = solve_ldl(matrix, vector, ridge)
    prediction, of_sample = np.empty((h, w)), np.empty((TAPS, 1))
    for i in range(h):
        for j in range(w):
            take_terms(luma, MARGIN + i, MARGIN + j, block.bit_depth, of_sample, 0)
            total = 0.0
            for k in range(TAPS):
                total += filter_[k] * of_sample[k, 0]
            prediction[i, j] = total
    return prediction, 0.0


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    for k in range(places.shape[0]):
        block = block_at(given, places[k], False, True)
        prediction, cost = predict(block)
        put(block, prediction, cost, predicted, bits, k)
