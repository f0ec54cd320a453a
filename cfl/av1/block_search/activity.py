# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The source's gradients, before anything is predicted: which sizes and directions are worth a trial.

The structure tensor of each cell of 8x8 of a superblock is measured once. Summed over a square, it tells how
large the square's gradients are and along which direction it changes least.
"""

import numpy as np

from cfl.av1.tables.constants import (
    BLOCK_8X8,
    BLOCK_16X16,
    BLOCK_32X32,
    BLOCK_64X64,
    D45_PRED,
    D67_PRED,
    D113_PRED,
    D135_PRED,
    D157_PRED,
    D203_PRED,
    H_PRED,
    V_PRED,
)
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH, NUM_4X4_BLOCKS_WIDE
from cfl.simd.int32x8 import element
from cfl.simd.kernel import kernel

GXX, GYY, GXY = range(3)
MOST_WEIGHT = 4.0
"""The most that errors of a cell count next to those of the superblock."""
TRY_BOTH, WHOLE_ONLY, SPLIT_ONLY = range(3)
# The modes by angle in steps of 22.5 degrees from 0, which is H_PRED again, as 180 is.
DIRECTIONS = np.array(
    [H_PRED, D203_PRED, D45_PRED, D67_PRED, V_PRED, D113_PRED, D135_PRED, D157_PRED]
)  # fmt: skip


@kernel(internal=True)
def measure_gradients(activity, source, mi_row, mi_col):
    """Set the structure tensor of each cell of a superblock: means over its gradients; 8 cells in a row."""
    stride = source.shape[1]
    for row in range(8):
        for column in range(8):
            xx, yy, xy = 0, 0, 0
            for i in range(7):
                first = (4 * mi_row + 8 * row + i) * stride + 4 * mi_col + 8 * column
                for k in range(first, first + 7):
                    falling = element(source, k + stride + 1) - element(source, k)
                    rising = element(source, k + 1) - element(source, k + stride)
                    across, down = falling + rising, falling - rising
                    xx += across * across
                    yy += down * down
                    xy += across * down
            place = 3 * (8 * row + column)
            activity[place + GXX], activity[place + GYY] = xx / 196, yy / 196
            activity[place + GXY] = xy / 196


@kernel(internal=True)
def eighth_power(value, eighths):
    """Return a power of a number by square roots, which every machine rounds alike."""
    root, result = np.sqrt(np.sqrt(np.sqrt(value))), 1.0
    for _ in range(eighths):
        result *= root
    return result


@kernel(internal=True)
def set_weights(search, mi_row, mi_col):
    """Set what errors in each cell of a superblock count: less where there is more activity."""
    settings, frame, scratch = search.settings, search.frame, search.scratch
    floor = settings.masking_floor * (1 << (2 * (frame.bit_depth - 8)))
    rows, columns = min((frame.mi_rows - mi_row + 1) >> 1, 8), min((frame.mi_cols - mi_col + 1) >> 1, 8)
    mean = floor
    for i in range(rows):
        for j in range(columns):
            place = 3 * (8 * i + j)
            mean += (scratch.activity[place + GXX] + scratch.activity[place + GYY]) / (rows * columns)
    for k in range(64):
        own = scratch.activity[3 * k + GXX] + scratch.activity[3 * k + GYY] + floor
        weight = eighth_power(mean / own, settings.masking) if settings.masking else 1.0
        scratch.weight[k] = min(max(weight, 1.0 / MOST_WEIGHT), MOST_WEIGHT)


@kernel(internal=True)
def weight_of(search, block):
    """Return what errors of a block count: the mean over its cells."""
    r, c, total, count = np.int64(block.mi_row), np.int64(block.mi_col), 0.0, 0
    row, column = (r & 15) >> 1, (c & 15) >> 1
    for i in range(row, row + max(BLOCK_HEIGHT[block.mi_size] >> 3, 1)):
        for j in range(column, column + max(BLOCK_WIDTH[block.mi_size] >> 3, 1)):
            total += search.scratch.weight[8 * i + j]
            count += 1
    return total / count


@kernel(internal=True)
def total_activity(activity, r, c, w, h):
    """Return the structure tensor of a block of w x h samples, summed over its cells, and their number."""
    xx, yy, xy, count = 0.0, 0.0, 0.0, 0
    row, column = (r & 15) >> 1, (c & 15) >> 1
    for i in range(row, row + max(h >> 3, 1)):
        for j in range(column, column + max(w >> 3, 1)):
            place = 3 * (8 * i + j)
            xx += activity[place + GXX]
            yy += activity[place + GYY]
            xy += activity[place + GXY]
            count += 1
    return xx, yy, xy, count


@kernel(internal=True)
def early_decision(search, r, c, size):
    """Decide by its gradients whether a square stays whole or is split without a trial, at this speed.

    Returns
    -------
    int
        TRY_BOTH, WHOLE_ONLY or SPLIT_ONLY.
    """
    settings, frame = search.settings, search.frame
    half = NUM_4X4_BLOCKS_WIDE[size] >> 1
    if size < BLOCK_8X8 or r + 2 * half > frame.mi_rows or c + 2 * half > frame.mi_cols:
        return TRY_BOTH
    side = BLOCK_WIDTH[size]
    xx, yy, _, count = total_activity(search.scratch.activity, r, c, side, side)
    gradient = (xx + yy) / (count * settings.step * settings.step)
    depth = 0 if size == BLOCK_64X64 else 1 if size == BLOCK_32X32 else 2 if size == BLOCK_16X16 else 3
    if gradient < settings.no_split_below[depth]:
        return WHOLE_ONLY
    if gradient > settings.split_above[depth] and side > settings.min_size:
        return SPLIT_ONLY
    return TRY_BOTH


@kernel(internal=True)
def find_direction(search, block):
    """Set `scratch.direction` to the angle of prediction along which a block changes least, 0 to 180 degrees.

    Negative if no direction stands out.
    """
    scratch = search.scratch
    w, h = BLOCK_WIDTH[block.mi_size], BLOCK_HEIGHT[block.mi_size]
    r, c = np.int64(block.mi_row), np.int64(block.mi_col)
    xx, yy, xy, _ = total_activity(scratch.activity, r, c, w, h)
    coherence = np.sqrt((xx - yy) * (xx - yy) + 4 * xy * xy)
    if coherence <= search.settings.least_coherence * (xx + yy):
        scratch.direction = -1.0
        return
    # prediction runs at a right angle to the gradient, and its angle is counted the other way round
    angle = 90.0 - np.arctan2(2 * xy, xx - yy) * (90.0 / np.pi)
    scratch.direction = angle if angle < 180.0 else angle - 180.0


@kernel(internal=True)
def is_likely(search, mode):
    """Say whether a directional mode is near enough to the direction of the block's gradients."""
    direction = search.scratch.direction
    if direction < 0.0:
        return mode in (V_PRED, H_PRED)
    for k in range(8):
        if DIRECTIONS[k] == mode:
            distance = abs(direction - 22.5 * k)
            return min(distance, 180.0 - distance) < search.settings.direction_reach
    return False
