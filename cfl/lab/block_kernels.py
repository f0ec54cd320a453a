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
        units = decoded_beside(order, (y - 1) // UNIT, x // UNIT, 0, place, (2 * w + UNIT - 1) // UNIT)
        above = min(units * UNIT, 2 * w, width - x)
    if x > 0:
        units = decoded_beside(order, y // UNIT, (x - 1) // UNIT, 1, place, (2 * h + UNIT - 1) // UNIT)
        left = min(units * UNIT, 2 * h, height - y)
    return above, left, min(y, MARGIN), min(x, MARGIN)


@stage
def copy_row(source, target, n):
    """Copy the first n samples."""
    for c in range(n):
        target[c] = source[c]


@stage
def take_luma(plane, y, x, shape, known, lead, out):
    """Fill in luma of a block and around it: the nearest sample that a decoder has before the block.

    Parameters
    ----------
    plane : (rows, columns) uint16 array
    y, x : int
        Where the block begins in it.
    shape : (int, int)
        Height and width of the block.
    known : (int, int, int, int)
        `Block.above`, `left`, `rows_above` and `columns_left`, in samples of the plane.
    lead : (int, int)
        Rows and columns of `out` before the block.
    out : (rows, columns) int32 array, filled
    """
    h, w = shape
    above, left, rows_above, columns_left = known
    last_row = plane.shape[0] - 1
    for r in range(out.shape[0]):
        i = max(r - lead[0], -rows_above)
        inside, beside, n = i, i, max(above, w)
        if i >= 0:
            inside, n = min(i, h - 1), w
            beside = min(i, max(left, h) - 1) if columns_left else inside
        row, line = out[r], plane[min(y + beside, last_row)]
        for c in range(lead[1]):
            row[c] = line[x + max(c - lead[1], -columns_left)]
        line = plane[min(y + inside, last_row), x:]
        n = min(n, line.size, row.size - lead[1])
        copy_row(line, row[lead[1] :], n)
        last = line[n - 1]
        for c in range(lead[1] + n, row.size):
            row[c] = last


@stage
def take_chroma(plane, y, x, known, out):
    """Fill in the decoded chroma around a block; `out` is 0 before."""
    above, left, rows_above, columns_left = known
    for i in range(-rows_above, 0):
        row, line = out[MARGIN + i, MARGIN - columns_left :], plane[y + i, x - columns_left :]
        copy_row(line, row, columns_left + above)
    for i in range(left if columns_left else 0):
        row, line = out[MARGIN + i, MARGIN - columns_left :], plane[y + i, x - columns_left :]
        copy_row(line, row, columns_left)


@stage
def block_at(given, place, sends, in_full):
    """Return the `Block` at a place: x, y, width, height and when it is coded.

    Its target is left empty unless it `sends`, and the luma at its own resolution unless it is wanted
    `in_full`.
    """
    x, y, full_w, full_h = np.int64(place[0]), np.int64(place[1]), np.int64(place[2]), np.int64(place[3])
    height, width = given.chroma.shape
    w, h = min(full_w, width - x), min(full_h, height - y)
    sx, sy = given.subsampling_x, given.subsampling_y
    above, left, rows_above, columns_left = extent(given.order, x, y, w, h, place[4], width, height)
    shape = MARGIN + 2 * h, MARGIN + 2 * w
    around_luma, around_chroma = np.empty(shape, np.int32), np.zeros(shape, np.int32)
    known = above, left, rows_above, columns_left
    take_luma(given.small, y, x, (h, w), known, (MARGIN, MARGIN), around_luma)
    take_chroma(given.chroma, y, x, known, around_chroma)
    full = np.empty((shape[0] << sy, shape[1] << sx) if in_full else (0, 0), np.int32)
    if in_full:
        scaled = above << sx, left << sy, rows_above << sy, columns_left << sx
        lead = MARGIN << sy, MARGIN << sx
        take_luma(given.luma, y << sy, x << sx, (h << sy, w << sx), scaled, lead, full)
    luma, target = np.empty((h, w), np.int32), np.empty((h, w) if sends else (0, 0), np.int32)
    for i in range(h):
        copy_row(around_luma[MARGIN + i, MARGIN:], luma[i], w)
        if sends:
            copy_row(given.target[y + i, x:], target[i], w)
    dc = dc_of(given.chroma, x, y, full_w, full_h, given.bit_depth)
    return Block(
        luma, target, dc, around_luma, around_chroma, full, above, left, rows_above, columns_left,
        given.bit_depth, sx, sy, given.plane, x, y, given.lam,
    )  # fmt: skip


@entry
def block_for_python(given, place, sends):
    """Return the `Block` at a place, to Python."""
    return block_at(given, place, sends, True)


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
