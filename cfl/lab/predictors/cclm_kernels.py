# mypy: disable-error-code="no-untyped-def, assignment"
"""Kernels of the predictor `cclm`, in the order of H.266, 8.4.5.2.14."""

import numpy as np

from cfl.lab.block_data import MARGIN
from cfl.lab.block_kernels import block_at, put
from cfl.lab.predictors.vvc_luma import vvc_luma
from cfl.simd.kernel import entry, stage

LM, LEFT, ABOVE = 0, 1, 2
"""The forms of CCLM."""

_DIV_SIG_TABLE = np.array([0, 7, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 1, 1, 0])
"""divSigTable of the standard: 128 / (16 + index), rounded, less 8; with four significant bits."""


@stage
def floor_log2(value):
    """Return the place of the highest bit that is set; −1 for 0."""
    result = -1
    while value > 0:
        value >>= 1
        result += 1
    return result


@stage
def counts(block, form):
    """Return how many samples above and to the left a form has: numSampT and numSampL."""
    h, w = block.luma.shape
    if form == LM:
        return min(block.above, w), min(block.left, h)
    if form == LEFT:
        return 0, min(block.left, h) + min(max(block.left - h, 0), w)
    return min(block.above, w) + min(max(block.above - w, 0), h), 0


@stage
def pick(block, luma, form, picked):
    """Fill in luma and chroma of up to four neighbours, (2, 4); return how many there are."""
    above, left = counts(block, form)
    alone = 0 if above and left else 1
    n = 0
    start, step = above >> (2 + alone), max(1, above >> (1 + alone))
    for k in range(min(above, (1 + alone) << 1)):
        j = MARGIN + start + k * step
        picked[0, n], picked[1, n] = luma[MARGIN - 1, j], block.around_chroma[MARGIN - 1, j]
        n += 1
    start, step = left >> (2 + alone), max(1, left >> (1 + alone))
    for k in range(min(left, (1 + alone) << 1)):
        i = MARGIN + start + k * step
        picked[0, n], picked[1, n] = luma[i, MARGIN - 1], block.around_chroma[i, MARGIN - 1]
        n += 1
    return n


@stage
def ends(picked, n):
    """Return the mean luma and chroma of the two of less luma, and of the two of more."""
    for k in range(n, 4):
        picked[:, k] = picked[:, 0]
    if n == 2:
        picked[:, 2:] = picked[:, :2]
        picked[:, 0], picked[:, 1] = picked[:, 3], picked[:, 2]
    luma, chroma = picked[0], picked[1]
    low_0, low_1, high_0, high_1 = 0, 2, 1, 3
    if luma[low_0] > luma[low_1]:
        low_0, low_1 = low_1, low_0
    if luma[high_0] > luma[high_1]:
        high_0, high_1 = high_1, high_0
    if luma[low_0] > luma[high_1]:
        low_0, low_1, high_0, high_1 = high_0, high_1, low_0, low_1
    if luma[low_1] > luma[high_0]:
        low_1, high_0 = high_0, low_1
    return (
        (luma[low_0] + luma[low_1] + 1) >> 1,
        (chroma[low_0] + chroma[low_1] + 1) >> 1,
        (luma[high_0] + luma[high_1] + 1) >> 1,
        (chroma[high_0] + chroma[high_1] + 1) >> 1,
    )


@stage
def line_of(low_luma, low_chroma, high_luma, high_chroma):
    """Return a, k and b of the line through two points."""
    diff = high_luma - low_luma
    if diff == 0:
        return 0, 0, low_chroma
    diff_c = high_chroma - low_chroma
    x = floor_log2(diff)
    norm = ((diff << 4) >> x) & 15
    x += 1 if norm else 0
    y = floor_log2(abs(diff_c)) + 1
    a = (diff_c * (_DIV_SIG_TABLE[norm] | 8) + ((1 << y) >> 1)) >> y
    k = 3 + x - y
    if k < 1:
        a = 15 if a > 0 else -15 if a < 0 else 0
        k = 1
    return a, k, low_chroma - ((a * low_luma) >> k)


@stage
def predict(block, luma, form, picked):
    """Predict one block by one form."""
    h, w = block.luma.shape
    prediction = np.empty((h, w), np.int64)
    n = pick(block, luma, form, picked)
    if n == 0:
        prediction[:] = 1 << (block.bit_depth - 1)
        return prediction
    low_luma, low_chroma, high_luma, high_chroma = ends(picked, n)
    a, k, b = line_of(low_luma, low_chroma, high_luma, high_chroma)
    for i in range(h):
        for j in range(w):
            prediction[i, j] = ((a * luma[MARGIN + i, MARGIN + j]) >> k) + b
    return prediction


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane by each of the forms.

    Parameters
    ----------
    predicted : (3, height, width) uint16 array, filled
    bits : (n,) float64 array, filled with 0
    """
    picked = np.zeros((2, 4), np.int64)
    for k in range(places.shape[0]):
        block = block_at(given, places[k], False, True)
        luma = vvc_luma(block, 1)
        for form in range(3):
            put(block, predict(block, luma, form, picked), 0.0, predicted[form], bits, k)
