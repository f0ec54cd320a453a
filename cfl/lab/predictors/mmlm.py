# mypy: disable-error-code="no-untyped-def"
"""Two least-squares lines, for dark and for bright samples: MMLM.

Equation
    The neighbours are split at their mean luma, T. ``C = a₁ L + b₁`` where L ≤ T, else ``C = a₂ L + b₂``;
    each line by least squares from its part of the neighbours: one row above, as wide as the block, and one
    column to the left, as high. L is luma as VVC subsamples it. DC_PRED where there are no neighbours.
Source
    K. Zhang et al., "Enhanced cross-component linear model for chroma intra-prediction in video coding",
    IEEE Transactions on Image Processing 27, 2018; MMLM of the Enhanced Compression Model of JVET, with
    lines by least squares.
Bits
    None: the decoder finds both lines.
Readings
    Real numbers, where the model has integers. A part of fewer than two samples takes the line through all.
    Only the form with both sides is used, not those with neighbours above or to the left alone.
"""

import numpy as np

from cfl.lab.block_data import MARGIN
from cfl.lab.block_kernels import block_at, put
from cfl.lab.neighbourhood import runs_beside, size_of, take_runs
from cfl.lab.predictors.lines import flat, line_through
from cfl.lab.predictors.vvc_luma import vvc_luma
from cfl.simd.kernel import entry, stage


@stage
def part_of(luma, chroma, is_in, line):
    """Return the line through some samples, or the one that is given if they are fewer than two."""
    n = 0
    for k in range(luma.size):
        n += is_in[k]
    if n < 2:
        return line
    return line_through(luma[is_in], chroma[is_in])


@stage
def predict(block):
    """Predict one block."""
    h, w = block.luma.shape
    runs = runs_beside(block, 1, False)
    n = size_of(runs)
    if n == 0:
        return flat((h, w), block.dc), 0.0
    around = vvc_luma(block, 1)
    luma, chroma = np.empty(n), np.empty(n)
    take_runs(around, runs, luma)
    take_runs(block.around_chroma, runs, chroma)
    mean = luma.sum() / n
    line = line_through(luma, chroma)
    a_1, b_1 = part_of(luma, chroma, luma <= mean, line)
    a_2, b_2 = part_of(luma, chroma, luma > mean, line)
    prediction = np.empty((h, w))
    for i in range(h):
        for j in range(w):
            x = around[MARGIN + i, MARGIN + j]
            prediction[i, j] = a_1 * x + b_1 if x <= mean else a_2 * x + b_2
    return prediction, 0.0


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    for k in range(places.shape[0]):
        block = block_at(given, places[k], False, True)
        prediction, cost = predict(block)
        put(block, prediction, cost, predicted, bits, k)
