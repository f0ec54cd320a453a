# mypy: disable-error-code="no-untyped-def, assignment"
"""Implicit CfL of AV2, in integers: as `cfl`, but the decoder finds α from up to eight neighbours.

Equation
    ``C = Clip1(DC + Round2Signed(α · (L − M), 11))``, α in 1/256 of chroma per luma. L is luma in Q3, as
    AV1 subsamples it, and M the rounded mean of L over the row above and the column to the left of the
    block. With ``N = Σ l·c − Σ l · Σ c / n`` and ``D = Σ l² − (Σ l)² / n`` over the neighbours that are
    chosen, with l in whole luma samples, α is N / D by a table of reciprocals with 8 bits of N and of D; it
    is below 2.
Neighbours
    Four above and four to the left, evenly spaced; eight on the longer side if it is more than twice as
    long as the other one, or on the only side there is.
Source
    AV2 as the AVM reference software has it (cfl_derive_implicit_scaling_factor), 2025.
Bits
    None: the decoder finds α.
Readings
    DC_PRED is AV1's, and M by exact division. All luma rows above are used, also those of the superblock
    row above, of which AV2 keeps only one. At the picture's edge the visible part is the block. AV2 has
    also other filters for luma; this is its default.
"""

import numpy as np

from cfl.lab.block_data import MARGIN
from cfl.lab.block_kernels import block_at, put
from cfl.simd.kernel import entry, stage

NEIGHBOURS = 8
ALPHA_SHIFT = 8
"""Of α: 3 + 5 bits."""
LUT_BITS, LUT_PRECISION = 7, 9
_RECIPROCALS = np.array(
    [((1 << (LUT_BITS + LUT_PRECISION + 1)) // (128 + f) + 1) // 2 for f in range(129)], np.int64
)
"""2¹⁶ / (128 + f), rounded."""


@stage
def highest_bit(value):
    """Return the place of the highest bit that is set, of a value above 0."""
    place = 0
    while value >> (place + 1):
        place += 1
    return place


@stage
def to_lut_bits(value, place):
    """Return a value shifted so that bit `place` comes to bit `LUT_BITS`, rounded."""
    if place > LUT_BITS:
        return (value + (1 << (place - LUT_BITS - 1))) >> (place - LUT_BITS)
    return value << (LUT_BITS - place)


@stage
def quotient(numerator, denominator):
    """Return numerator / denominator in 1/256, towards zero, below 2; 0 if one is 0."""
    if numerator == 0 or denominator == 0:
        return 0
    size = abs(numerator)
    place_n, place_d = highest_bit(size), highest_bit(denominator)
    f_d = to_lut_bits(denominator - (1 << place_d), place_d)
    f_n = to_lut_bits(size, place_n)
    shift = place_d - place_n - ALPHA_SHIFT
    most = (2 << ALPHA_SHIFT) - 1
    result = 0
    if shift <= 1:
        down = LUT_PRECISION + LUT_BITS + shift
        result = (_RECIPROCALS[f_d] * f_n) >> down if down >= 0 else most
    result = min(result, most)
    return -result if numerator < 0 else result


@stage
def how_many(w, h, above, left):
    """Return how many neighbours are chosen above and to the left."""
    if above and left:
        if w > 2 * h:
            n_above, n_left = NEIGHBOURS, 0
        elif h > 2 * w:
            n_above, n_left = 0, NEIGHBOURS
        else:
            n_above, n_left = NEIGHBOURS // 2, NEIGHBOURS // 2
    else:
        n_above, n_left = (NEIGHBOURS if above else 0), (NEIGHBOURS if left else 0)
    return min(n_above, w), min(n_left, h)


@stage
def alpha_of(block, above, left):
    """Return α in 1/256, from the neighbours."""
    h, w = block.luma.shape
    n_above, n_left = how_many(w, h, above, left)
    n, sum_x, sum_y, sum_xy, sum_xx = 0, 0, 0, 0, 0
    for side in range(2):
        length, chosen = (h, n_left) if side else (w, n_above)
        if chosen == 0:
            continue
        step = max(length // chosen, 1)
        for k in range(0 if step == 1 else step >> 1, length, step):
            i, j = (MARGIN + k, MARGIN - 1) if side else (MARGIN - 1, MARGIN + k)
            x, y = np.int64(block.around_luma[i, j]) >> 3, np.int64(block.around_chroma[i, j])
            sum_x += x
            sum_y += y
            sum_xy += x * y
            sum_xx += x * x
            n += 1
    if n == 0:
        return 0
    return quotient(sum_xy - sum_x * sum_y // n, sum_xx - sum_x * sum_x // n)


@stage
def mean_of(block, above, left):
    """Return M, the mean of luma beside the block in Q3."""
    h, w = block.luma.shape
    n, total = 0, 0
    for j in range(w if above else 0):
        total += np.int64(block.around_luma[MARGIN - 1, MARGIN + j])
        n += 1
    for i in range(h if left else 0):
        total += np.int64(block.around_luma[MARGIN + i, MARGIN - 1])
        n += 1
    return (total + n // 2) // n if n else 8 << (block.bit_depth - 1)


@stage
def predict(block):
    """Predict one block."""
    h, w = block.luma.shape
    above, left = block.rows_above > 0, block.columns_left > 0
    alpha, mean = alpha_of(block, above, left), mean_of(block, above, left)
    prediction = np.empty((h, w), np.int64)
    for i in range(h):
        for j in range(w):
            product = alpha * (np.int64(block.luma[i, j]) - mean)
            rounded = (abs(product) + 1024) >> 11
            prediction[i, j] = block.dc + (rounded if product >= 0 else -rounded)
    return prediction, 0.0


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    for k in range(places.shape[0]):
        block = block_at(given, places[k], False, False)
        prediction, cost = predict(block)
        put(block, prediction, cost, predicted, bits, k)
