# mypy: disable-error-code="no-untyped-def, assignment, arg-type"
"""Kernels that take a block out of a picture, and put its prediction back."""

import numpy as np

from cfl.lab.block_data import MARGIN, Block
from cfl.prediction.dc_prediction import dc_pred
from cfl.simd.kernel import entry, stage

UNIT = 4
"""Chroma samples a side of what has one place in the order of coding."""

SHAPE, NOT_FINITE, BITS = 1, 2, 3
"""What can be wrong with what a predictor returns."""


@stage
def dc_of(chroma, x, y, w, h, bit_depth):
    """DC_PRED of a block; neighbours beyond the picture's edge repeat the last one (7.11.2.5)."""
    height, width = chroma.shape
    above, left = 0, 0
    if y > 0:
        for j in range(w):
            above += np.int64(chroma[y - 1, min(x + j, width - 1)])
    if x > 0:
        for i in range(h):
            left += np.int64(chroma[min(y + i, height - 1), x - 1])
    return dc_pred(above, left, y > 0, x > 0, w, h, 1 << (bit_depth - 1))


@stage
def decoded_beside(order, row, column, step, place, count):
    """How many 4x4 units from row, column on (right or, by `step`, down) are coded before a place."""
    n = 0
    while n < count:
        i, j = row + n * step, column + n * (1 - step)
        if i >= order.shape[0] or j >= order.shape[1] or order[i, j] >= place:
            break
        n += 1
    return n


@stage
def extent(order, x, y, w, h, place, width, height):
    """Return how many samples of the row above and of the column to the left exist; and how many of each."""
    above, left = 0, 0
    if y > 0:
        units = decoded_beside(order, (y - 1) // UNIT, x // UNIT, 0, place, 2 * w // UNIT)
        above = min(units * UNIT, width - x)
    if x > 0:
        units = decoded_beside(order, y // UNIT, (x - 1) // UNIT, 1, place, 2 * h // UNIT)
        left = min(units * UNIT, height - y)
    return above, left, min(y, MARGIN), min(x, MARGIN)


@stage
def nearest(i, j, h, w, above, left, rows_above, columns_left):
    """Return the nearest place to one in or beside a block that a decoder has before it decodes the block."""
    i, j = max(i, -rows_above), max(j, -columns_left)
    if i < 0:
        j = min(j, max(above, w) - 1)
    elif j < 0:
        i = min(i, max(left, h) - 1)
    else:
        i, j = min(i, h - 1), min(j, w - 1)
    return i, j


@stage
def take_around(given, x, y, h, w, above, left, rows_above, columns_left, luma, chroma):
    """Fill in luma in Q3 and decoded chroma, in the block and around it."""
    for r in range(luma.shape[0]):
        for c in range(luma.shape[1]):
            i, j = r - MARGIN, c - MARGIN
            near_i, near_j = nearest(i, j, h, w, above, left, rows_above, columns_left)
            luma[r, c] = given.small[y + near_i, x + near_j]
            decoded = near_i == i and near_j == j and (i < 0 or j < 0)
            chroma[r, c] = given.chroma[y + i, x + j] if decoded else 0


@stage
def take_full(given, x, y, h, w, above, left, rows_above, columns_left, full):
    """Fill in luma at its own resolution, in the block and around it."""
    sx, sy = given.subsampling_x, given.subsampling_y
    last_row, last_column = given.luma.shape[0] - 1, given.luma.shape[1] - 1
    for r in range(full.shape[0]):
        for c in range(full.shape[1]):
            i, j = nearest(
                r - (MARGIN << sy), c - (MARGIN << sx), h << sy, w << sx, above << sx, left << sy,
                rows_above << sy, columns_left << sx,
            )  # fmt: skip
            full[r, c] = given.luma[min((y << sy) + i, last_row), min((x << sx) + j, last_column)]


@stage
def block_at(given, place, sends):
    """Return the `Block` at a place: x, y, width, height and when it is coded."""
    x, y, full_w, full_h = np.int64(place[0]), np.int64(place[1]), np.int64(place[2]), np.int64(place[3])
    height, width = given.chroma.shape
    w, h = min(full_w, width - x), min(full_h, height - y)
    above, left, rows_above, columns_left = extent(given.order, x, y, w, h, place[4], width, height)
    shape = MARGIN + 2 * h, MARGIN + 2 * w
    luma, around_luma = np.empty((h, w), np.int32), np.empty(shape, np.int32)
    around_chroma = np.empty(shape, np.int32)
    full = np.empty((shape[0] << given.subsampling_y, shape[1] << given.subsampling_x), np.int32)
    take_around(given, x, y, h, w, above, left, rows_above, columns_left, around_luma, around_chroma)
    take_full(given, x, y, h, w, above, left, rows_above, columns_left, full)
    target = np.empty((h, w) if sends else (0, 0), np.int32)
    for i in range(h):
        for j in range(w):
            luma[i, j] = around_luma[MARGIN + i, MARGIN + j]
            if sends:
                target[i, j] = given.target[y + i, x + j]
    dc = dc_of(given.chroma, x, y, full_w, full_h, given.bit_depth)
    return Block(
        luma, target, dc, around_luma, around_chroma, full, above, left, rows_above, columns_left,
        given.bit_depth, given.subsampling_x, given.subsampling_y, given.plane, x, y, given.lam,
    )  # fmt: skip


@entry
def block_for_python(given, place, sends):
    """Return the `Block` at a place, to Python."""
    return block_at(given, place, sends)


@stage
def put(block, prediction, cost, predicted, bits, k):
    """Round, clip and store the prediction of block k; return 0, or what is wrong with it."""
    h, w = block.luma.shape
    if prediction.shape[0] != h or prediction.shape[1] != w:
        return SHAPE
    peak = np.float64((1 << block.bit_depth) - 1)
    for i in range(h):
        for j in range(w):
            value = np.float64(prediction[i, j])
            if not np.isfinite(value):
                return NOT_FINITE
            predicted[block.y + i, block.x + j] = np.uint16(np.rint(min(max(value, 0.0), peak)))
    if not (np.isfinite(np.float64(cost)) and cost >= 0):
        return BITS
    bits[k] = cost
    return 0


@entry
def square_errors(predicted, target, places, errors):
    """Set the squared error of each block over its visible samples."""
    height, width = target.shape
    for k in range(places.shape[0]):
        x, y = np.int64(places[k, 0]), np.int64(places[k, 1])
        total = 0
        for i in range(y, min(y + places[k, 3], height)):
            for j in range(x, min(x + places[k, 2], width)):
                d = np.int64(target[i, j]) - np.int64(predicted[i, j])
                total += d * d
        errors[k] = total


@entry
def copy_blocks(source, places, plane):
    """Copy blocks from one plane to another."""
    height, width = plane.shape
    for k in range(places.shape[0]):
        for i in range(places[k, 1], min(places[k, 1] + places[k, 3], height)):
            for j in range(places[k, 0], min(places[k, 0] + places[k, 2], width)):
                plane[i, j] = source[i, j]
