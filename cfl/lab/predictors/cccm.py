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
from cfl.lab.neighbourhood import runs_beside, size_of, take_runs
from cfl.lab.predictors.ldl import ceil_log2, normal_equations, solve_ldl
from cfl.lab.predictors.lines import flat
from cfl.lab.predictors.vvc_luma import vvc_luma
from cfl.simd.kernel import entry, stage

TAPS = 7


@stage
def take_terms(luma, run, bit_depth, terms):
    """Set the seven terms of a run of samples: row, first column and end."""
    rows, columns = luma.shape
    row, first, end = run
    middle = 1 << (bit_depth - 1)
    here, up, down = luma[row], luma[max(row - 1, 0)], luma[min(row + 1, rows - 1)]
    for s in range(end - first):
        j = first + s
        terms[0, s] = here[j]
        terms[1, s] = up[j]
        terms[2, s] = down[j]
        terms[3, s] = here[max(j - 1, 0)]
        terms[4, s] = here[min(j + 1, columns - 1)]
        terms[5, s] = (np.int64(here[j]) * here[j] + middle) >> bit_depth
        terms[6, s] = middle


@stage
def fit(block, luma, runs, n):
    """Return the filter, by least squares over n samples."""
    terms, chroma, s = np.empty((TAPS, n)), np.empty(n), 0
    for k in range(len(runs)):
        row, first, end = runs[k]
        take_terms(luma, (row, first, end), block.bit_depth, terms[:, s:])
        s += end - first
    take_runs(block.around_chroma, runs, chroma)
    matrix, vector = normal_equations(terms, chroma)
    return solve_ldl(matrix, vector, 2.0 ** (2 * block.bit_depth + ceil_log2(n) - 28))


@stage
def predict(block):
    """Predict one block."""
    h, w = block.luma.shape
    runs = runs_beside(block, MARGIN, True)
    n = size_of(runs)
    if n == 0:
        return flat((h, w), block.dc), 0.0
    luma = vvc_luma(block, MARGIN)
    c = fit(block, luma, runs, n)
    prediction, t = np.empty((h, w)), np.empty((TAPS, w))
    for i in range(h):
        take_terms(luma, (MARGIN + i, MARGIN, MARGIN + w), block.bit_depth, t)
        for j in range(w):
            linear = c[0] * t[0, j] + c[1] * t[1, j] + c[2] * t[2, j] + c[3] * t[3, j] + c[4] * t[4, j]
            prediction[i, j] = linear + c[5] * t[5, j] + c[6] * t[6, j]
    return prediction, 0.0


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    for k in range(places.shape[0]):
        block = block_at(given, places[k], False, True)
        prediction, cost = predict(block)
        put(block, prediction, cost, predicted, bits, k)
