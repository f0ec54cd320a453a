# mypy: disable-error-code="no-untyped-def"
"""The squared error after deblocking with each of the 64 levels: exact, in one pass.

Whether a line of samples across an edge is filtered depends on the level by thresholds only, and so does
which of the two narrow filters it gets (AV1 specification 7.14.6.2): from some level on the line is filtered,
from some other on, a multiple of 16, the narrow filter changes two samples a side instead of one. So the
error of a line is a step function of the level with at most two steps; their sum over all lines of one
direction is the error for each of the 64 levels. No line reads what another of that direction writes.

It is for a sharpness of 0: limit is the level, blimit 3 level + 4, thresh level >> 4, at the bit depth.
"""

import numpy as np

from cfl.simd.kernel import kernel

FILTER_LEVELS = 64

# Entries of `numbers`, the parameters of a pass (`deblocking._Search`).
STRIDE, VERTICAL, FIRST_ROW, LAST_ROW, COLS, CHROMA, BIT_DEPTH, LINES = range(8)


@kernel(inline=True)
def gain(old, new, wanted):
    """Return by how much the squared error grows when a sample gets a new value."""
    return (new - old) * (new + old - 2 * wanted)


@kernel(inline=True)
def within(x, low, high):
    """Return x, clipped to a range."""
    return min(max(x, low), high)


@kernel(internal=True)
def narrow_gain(taps, source, at, step, hev, bit_depth):
    """Return what the narrow filter adds to the squared error (7.14.6.3). p0 is taps[7], q0 taps[8]."""
    half = 1 << (bit_depth - 1)
    p1, p0, q0, q1 = taps[6], taps[7], taps[8], taps[9]
    base = within(p1 - q1, -half, half - 1) if hev else 0
    base = within(base + 3 * (q0 - p0), -half, half - 1)
    filter1 = within(base + 4, -half, half - 1) >> 3
    filter2 = within(base + 3, -half, half - 1) >> 3
    top = (1 << bit_depth) - 1
    total = gain(p0, within(p0 + filter2, 0, top), np.int64(source[at - step]))
    total += gain(q0, within(q0 - filter1, 0, top), np.int64(source[at]))
    if not hev:
        outer = (filter1 + 1) >> 1
        total += gain(p1, within(p1 + outer, 0, top), np.int64(source[at - 2 * step]))
        total += gain(q1, within(q1 - outer, 0, top), np.int64(source[at + step]))
    return total


@kernel(internal=True)
def wide_gain(taps, source, at, step, reach, double):
    """Return what a wide filter adds to the squared error (7.14.6.4).

    It changes `reach` samples a side, and reads one more, which is repeated where the filter reaches further.
    A sample becomes the mean of the 2 `reach` + 1 around it, of which 2 `double` + 1 count twice.
    """
    log2 = 4 if reach == 6 else 3
    low, high = 7 - reach, 8 + reach
    window = np.int64(1 << (log2 - 1))
    for j in range(-reach, reach + 1):
        window += taps[max(low + 1 + j, low)]
    total = np.int64(0)
    for i in range(low + 1, high):
        value = window + taps[i]
        if double:
            value += taps[i - 1] + taps[i + 1]
        total += gain(taps[i], value >> log2, np.int64(source[at + (i - 8) * step]))
        window += taps[min(i + 1 + reach, high)] - taps[max(i - reach, low)]
    return total


@kernel(internal=True)
def wide_reach(taps, size, chroma, one):
    """Return how many samples a side a wide filter changes; 0 if the line gets a narrow one (7.14.6.2)."""
    most = np.int64(0)
    for i in range(1, 3 if chroma else 4):
        most = max(most, abs(taps[7 - i] - taps[7]), abs(taps[8 + i] - taps[8]))
    if size == 2 or most > one:
        return 0
    if chroma:
        return 2
    if size > 3:
        for i in range(4, 7):
            most = max(most, abs(taps[7 - i] - taps[7]), abs(taps[8 + i] - taps[8]))
        if most <= one:
            return 6
    return 3


@kernel(internal=True)
def first_level(taps, size, chroma, inner, shift):
    """Return the least level at which a line is filtered (7.14.6.2); 64 or more if none does."""
    rough = inner
    if size > 2:
        rough = max(rough, abs(taps[5] - taps[6]), abs(taps[10] - taps[9]))
        if not chroma:
            rough = max(rough, abs(taps[4] - taps[5]), abs(taps[11] - taps[10]))
    steep = 2 * abs(taps[7] - taps[8]) + (abs(taps[6] - taps[9]) >> 1)
    round_up = (1 << shift) - 1
    # rough <= level << shift, and steep <= (3 level + 4) << shift.
    return max(1, (rough + round_up) >> shift, (((steep + round_up) >> shift) - 2) // 3)


@kernel(internal=True)
def line_steps(taps, source, at, step, size, chroma, bit_depth, steps):
    """Add a line across an edge to the steps: how the error changes from each level to the next."""
    shift = bit_depth - 8
    inner = max(abs(taps[6] - taps[7]), abs(taps[9] - taps[8]))
    first = first_level(taps, size, chroma, inner, shift)
    if first >= FILTER_LEVELS:
        return
    reach = wide_reach(taps, size, chroma, 1 << shift)
    if reach:
        steps[first] += wide_gain(taps, source, at, step, reach, 0 if reach == 3 else 1)
        return
    smooth = 16 * ((inner + (1 << shift) - 1) >> shift)  # from this level on hevMask is 0
    before = np.int64(0)
    for hev in range(1, -1, -1):
        begin = first if hev else max(first, smooth)
        if begin < (min(smooth, FILTER_LEVELS) if hev else FILTER_LEVELS):
            change = narrow_gain(taps, source, at, step, hev, bit_depth)
            steps[begin] += change - before
            before = change


@kernel()
def error_steps(flat, source, tx_size, tx_log2, numbers, taps, steps):
    """Add up how the error changes from level to level, for the edges of one direction in a band of a plane.

    Parameters
    ----------
    flat, source : (height · stride,) uint16 arrays
        The plane and what it should be.
    tx_size : (plane rows, plane columns of 4x4 units) uint8 array
    tx_log2 : (19,) uint8 array
        log2 of the transform's side across the edge, by TxSize.
    numbers : (8,) int64 array
        See the names above. LINES is how many rows (of vertical edges) or columns count.
    taps : (16,) int64 array, scratch
    steps : (64,) int64 array, added to
        The sums of its first n + 1 are what level n changes.
    """
    stride, vertical, chroma, bit_depth = (
        numbers[STRIDE],
        numbers[VERTICAL],
        numbers[CHROMA],
        numbers[BIT_DEPTH],
    )
    step, along = (np.int64(1), stride) if vertical else (stride, np.int64(1))
    back_x, back_y = (1, 0) if vertical else (0, 1)
    for row in range(numbers[FIRST_ROW], numbers[LAST_ROW]):
        for col in range(back_x, numbers[COLS]):
            size = np.int64(tx_log2[tx_size[row, col]])
            if (col if vertical else row) & ((1 << (size - 2)) - 1):
                continue
            size = min(size, np.int64(tx_log2[tx_size[row - back_y, col - back_x]]))
            # As far as any filter of this size reads; not beyond the transforms on both sides.
            reach = 2 if size == 2 else (4 if size == 3 or chroma else 8)
            line = 4 * (row if vertical else col)
            for k in range(min(4, numbers[LINES] - line)):
                at = 4 * row * stride + 4 * col + k * along
                for i in range(-reach, reach):
                    taps[8 + i] = flat[at + i * step]
                line_steps(taps, source, at, step, size, chroma, bit_depth, steps)
