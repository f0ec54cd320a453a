# mypy: disable-error-code="no-untyped-def"
"""The edges of intra prediction: the samples above and to the left, filtered and upsampled.

AV1 specification 7.11.2, 7.11.2.9 to 7.11.2.12. The neighbouring samples are gathered once into `scratch`:
``scratch[ABOVE + i]`` is AboveRow[ i ] and ``scratch[LEFT + i]`` LeftCol[ i ], from i = -1. Every mode then
makes rows of eight samples at a time.

Upsampling keeps the samples it has and puts a new one before each. So the upsampled edge is not written out:
the new samples lie apart, ``scratch[edge + HALF + i]`` being entry 2i - 1 of the specification's array and
``scratch[edge + i]`` entry 2i. A row of prediction, whose places on the edge are two entries apart, is then
made of neighbours again.
"""

import numpy as np

from cfl.av1.reconstruction.scratch_sizes import INTRA_SCRATCH_SIZE
from cfl.av1.tables.intra_prediction import (
    INTRA_EDGE_KERNEL,
    INTRA_EDGE_THRESHOLDS,
)
from cfl.simd.int16x16 import total
from cfl.simd.int32x8 import (
    element,
    first_lanes,
    load4,
    load8,
    splat8,
    store4,
    store8,
)
from cfl.simd.kernel import inlined, stage
from cfl.simd.vectors import maximum, minimum

# Room for an edge: 32 entries before entry 0, 128 samples, and the last one repeated up to 80 times.
BEFORE, EDGE = 32, 256
# NumPy's integers: Numba compiles a function anew for each plain constant it is called with.
ABOVE = np.int64(BEFORE)
LEFT = np.int64(BEFORE + EDGE)
HALF = 2 * EDGE
TILE = 4 * EDGE
COPY = TILE + 2 * 64
LINES = COPY + EDGE
# a line of filter-intra has the sample to its left before it
LINE = 48
SCRATCH_SIZE = INTRA_SCRATCH_SIZE  # four lines from LINES on


@inlined
def put(plane, first, value, w):
    """Store a row's next 8 samples, or 4 of a block of that width."""
    if w == 4:
        store4(plane, first, value)
    else:
        store8(plane, first, value)


@inlined
def repeat(scratch, start, stop, value):
    """Fill the entries from `start` to `stop` with `value`, and up to seven more."""
    values = splat8(value)
    for k in range(start, stop, 8):
        store8(scratch, k, values)


@inlined
def sum_of_edge(scratch, start, n):
    """The sum of `n` entries: 4 or a multiple of 8."""
    if n == 4:
        return total(load4(scratch, start))
    sums = splat8(0)
    for k in range(start, start + n, 8):
        sums = sums + load8(scratch, k)
    return total(sums)


@stage
def gather_edges(plane, x, y, have_left, have_above, above, above_px, left, left_px, bit_depth, scratch):
    """Fill AboveRow up to entry `above` and LeftCol up to `left`, from `above_px` and `left_px` samples."""
    stride = plane.shape[1]
    first = y * stride + x
    corner = middle = 1 << (bit_depth - 1)
    if have_above:
        corner = element(plane, first - stride - (1 if have_left else 0))
    elif have_left:
        corner = element(plane, first - 1)
    if have_above:
        for k in range(0, above_px, 8):
            store8(scratch, ABOVE + k, load8(plane, first - stride + k))
        last = element(scratch, ABOVE + above_px - 1)
        repeat(scratch, ABOVE + above_px, ABOVE + above, last)
    else:
        repeat(scratch, ABOVE, ABOVE + above, element(plane, first - 1) if have_left else middle - 1)
    if have_left:
        place, last = first - 1, corner
        for k in range(left_px):
            last = element(plane, place)
            scratch[np.uint64(LEFT + k)] = last
            place += stride
        repeat(scratch, LEFT + left_px, LEFT + left, last)
    else:
        repeat(scratch, LEFT, LEFT + left, element(plane, first - stride) if have_above else middle + 1)
    scratch[ABOVE - 1] = corner
    scratch[LEFT - 1] = corner


@stage
def filter_edge(scratch, edge, size, strength):
    """Filter entries 0 to `size` - 2 of an edge in place, AV1 specification 7.11.2.12."""
    # COPY + 2 + k is the specification's edge[ k ]; two entries more at each end save clipping k
    store4(scratch, np.int64(COPY), splat8(element(scratch, edge - 1)))
    for k in range(0, size, 8):
        store8(scratch, COPY + 2 + k, load8(scratch, edge - 1 + k))
    store4(scratch, COPY + 2 + size, splat8(element(scratch, edge + size - 2)))
    taps = np.uint64(strength)
    outer, inner, middle = INTRA_EDGE_KERNEL[taps, 0], INTRA_EDGE_KERNEL[taps, 1], INTRA_EDGE_KERNEL[taps, 2]
    for k in range(0, size - 1, 8):
        s = (load8(scratch, COPY + 1 + k) + load8(scratch, COPY + 5 + k)) * splat8(outer)
        s = s + (load8(scratch, COPY + 2 + k) + load8(scratch, COPY + 4 + k)) * splat8(inner)
        s = s + load8(scratch, COPY + 3 + k) * splat8(middle) + splat8(8)
        store8(scratch, edge + k, first_lanes(size - 1 - k, s >> splat8(4), load8(scratch, edge + k)))


@stage
def upsample_edge(scratch, edge, size, peak):
    """Compute the samples halfway before entries 0 to `size` - 1 of an edge, AV1 specification 7.11.2.11."""
    scratch[edge - 2] = scratch[edge - 1]
    last = element(scratch, edge + size - 1)
    store4(scratch, edge + size, splat8(last))
    for k in range(edge, edge + size, 8):
        near = load8(scratch, k - 1) + load8(scratch, k)
        far = load8(scratch, k - 2) + load8(scratch, k + 1)
        s = (near * splat8(9) - far + splat8(8)) >> splat8(4)
        store8(scratch, HALF + k, minimum(maximum(s, splat8(0)), splat8(peak)))


@stage
def prepare_edge(scratch, edge, delta, blk_wh, filter_type, available, filtered, upsampled, peak):
    """Filter and upsample an edge; returns whether it is upsampled. AV1 specification 7.11.2.4, step 4.

    `delta` is the angle from the edge, `available` haveAbove or haveLeft, `filtered` and `upsampled` are the
    two meanings of numPx.
    """
    d, kind = abs(delta), np.uint64(filter_type)
    if available:
        # 7.11.2.9: the strength is how many of three thresholds the angle reaches
        size_class = np.uint64(min((blk_wh - 1) >> 3, 4))
        thresholds = INTRA_EDGE_THRESHOLDS
        strength = int(d >= thresholds[kind, size_class, 0])
        strength += int(d >= thresholds[kind, size_class, 1]) + int(d >= thresholds[kind, size_class, 2])
        if strength > 0:
            filter_edge(scratch, edge, filtered, strength)
    # 7.11.2.10
    if 0 < d < 40 and blk_wh <= (8 if filter_type else 16):
        upsample_edge(scratch, edge, upsampled, peak)
        return 1
    return 0
