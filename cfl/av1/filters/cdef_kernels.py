# mypy: disable-error-code="no-untyped-def"
"""CDEF: the direction of 8x8 blocks, and the filter along it (AV1 specification 7.15.2, 7.15.3).

Both read copies of the picture in which samples outside of the frame are ABSENT, so no position needs a test.
U and V are interleaved there: a row of a block then has at least eight samples, and both planes are filtered
at once.
"""

from typing import NamedTuple

import numpy as np

from cfl.simd.integers import floor_log2
from cfl.simd.kernel import entry, inlined
from cfl.simd.masks import (
    add_squares,
    clamp,
    load,
    load_pair,
    magnitude,
    maximum,
    minimum,
    shift_right,
    splat,
    store,
    store_pair,
    store_split,
    unsigned_minimum,
    with_sign,
)

# A sample outside of the frame. Signed it is less, unsigned it is greater than any sample, so it is never the
# largest or the smallest. Its difference from a sample is at least 28672, which fits 16 bits, and for which
# the constraint gives 0: see `constrained`.
ABSENT = -28672

# Unsigned indices need no test for negative ones.
U = np.uint64

GROUP = 16
"""Blocks whose directions are searched at a time."""


@inlined
def project(source, stride, places, first, count, shift, lines, samples, partial):
    """Sums of `count` blocks' samples along lines of the eight directions (7.15.2): lane b is block b.

    Each is a sum of at most 8 samples less 128, so within 1024.
    """
    for b in range(count):
        for i in range(8):
            at = places[first + b] + i * stride
            to = 8 * i * GROUP + b
            for j in range(8):
                samples[U(to + j * GROUP)] = source[U(at + j)]
    partial[:] = 0
    middle = splat(128)
    for k in range(64):
        x = shift_right(load(samples, k * GROUP), shift) - middle
        for direction in range(8):
            line = lines[k, direction]
            store(partial, line, load(partial, line) + x)


@inlined
def weigh(partial, weights, cost):
    """The cost of each direction (7.15.2): each line's square over its number of samples, times 840.

    All lines of a direction have 64 samples together, so a cost is at most 64 * 128^2 * 840 < 2^31.
    """
    cost[:] = 0
    for direction in range(8):
        for line in range(15 * direction, 15 * direction + 15):
            add_squares(cost, direction * GROUP, partial, line * GROUP, weights[line])


@entry
def find_directions(
    source, stride, places, shift, lines, weights, samples, partial, cost, directions, variances
):
    """The direction and the variance of 8x8 blocks (7.15.2).

    Parameters
    ----------
    source : flat int16 array
    stride : int
        How far apart the rows of a block are in `source`.
    places : (n,) int64 array
        Where each block begins in `source`.
    shift : int
        The bit depth less 8.
    lines : (64, 8) int64 array
        By sample of a block and direction, where in `partial` the sum of its line is.
    weights : (120,) int32 array
        840 over the number of samples of each line, fifteen lines a direction; 0 for lines of none.
    samples, partial, cost : (64 · 16,) int16, (120 · 16,) int16 and (8 · 16,) int32 arrays, scratch
        `samples` may hold anything.
    directions, variances : (n,) int64 arrays, written
    """
    for first in range(0, places.size, GROUP):
        size = min(GROUP, places.size - first)
        project(source, stride, places, first, size, shift, lines, samples, partial)
        weigh(partial, weights, cost)
        for b in range(size):
            best = np.int32(0)
            chosen = 0
            for direction in range(8):
                if cost[direction * GROUP + b] > best:
                    best = cost[direction * GROUP + b]
                    chosen = direction
            directions[first + b] = chosen
            variances[first + b] = (best - cost[((chosen + 4) & 7) * GROUP + b]) >> 10


@inlined
def constrained(difference, threshold, shift):
    """The standard's constrain, also for a threshold of 0; 0 where a sample is ABSENT.

    With |difference| at least 24577 and shift at most 10 - FloorLog2(threshold), since damping is at most 10,
    what is shifted is at least 24 * 2^FloorLog2(threshold): more than the threshold.
    """
    size = magnitude(difference)
    kept = maximum(threshold - shift_right(size, shift), splat(0))
    return with_sign(minimum(size, kept), difference)


@inlined
def both_ways(source, first, second, offset, x, least, most, strength, shift):
    """What the samples at `offset` and opposite add to x, unweighted; updated least and greatest samples."""
    p = load_pair(source, first + offset, second + offset)
    m = load_pair(source, first - offset, second - offset)
    least = unsigned_minimum(unsigned_minimum(least, p), m)
    most = maximum(maximum(most, p), m)
    return constrained(p - x, strength, shift) + constrained(m - x, strength, shift), least, most


@inlined
def filter_pair(source, first, second, offsets, pri, sec, pri_shift, sec_shift, near, far):
    """Filter eight samples at `first` and eight at `second` (7.15.3)."""
    x = load_pair(source, first, second)
    p0, p1, a0, a1, b0, b1 = offsets
    primary, least, most = both_ways(source, first, second, p0, x, x, x, pri, pri_shift)
    left, least, most = both_ways(source, first, second, a0, x, least, most, sec, sec_shift)
    right, least, most = both_ways(source, first, second, b0, x, least, most, sec, sec_shift)
    secondary = left + right
    total = primary * near + secondary + secondary
    primary, least, most = both_ways(source, first, second, p1, x, least, most, pri, pri_shift)
    left, least, most = both_ways(source, first, second, a1, x, least, most, sec, sec_shift)
    right, least, most = both_ways(source, first, second, b1, x, least, most, sec, sec_shift)
    total = total + primary * far + left + right
    change = shift_right(total + splat(8) + shift_right(total, 15), 4)
    return clamp(x + change, least, most)


@inlined
def adjusted_to_variance(strength, variance):
    """Return the primary strength for a block of luma: less where it varies little (7.15.1)."""
    if variance == 0:
        return np.int64(0)
    return (strength * (4 + min(floor_log2(max(variance >> 6, 1)), 12)) + 8) >> 4


class CdefBlocks(NamedTuple):
    """8x8 blocks of luma, or of both chroma planes, ready to be filtered sixteen samples at a time.

    Sixteen samples are two rows of eight (in chroma four of U and four of V), or one row if `whole_row`.
    """

    source: np.ndarray
    """Flat int16: see `find_directions`."""
    stride: int
    """How far apart the rows of a block are in `source`."""
    places: np.ndarray
    """(n,) int64: where each block begins in `source`."""
    directions: np.ndarray
    """(n,) int64: of luma."""
    variances: np.ndarray
    """(n,) int64: of luma."""
    uv_dir: np.ndarray
    """(8,) int64: Cdef_Uv_Dir of the subsampling, which turns a luma direction into that of the plane."""
    taps: np.ndarray
    """(8, 6) int64: see `cdef.direction_taps`."""
    damping: int
    """At the bit depth."""
    depth_shift: int
    """The bit depth less 8."""
    pairs: int
    """How many times sixteen samples a block has."""
    chroma: bool
    """Whether they are of both chroma planes, interleaved."""
    whole_row: bool
    """Whether a row of a block has sixteen samples."""


@entry
def filter_blocks(blocks, strengths, target, second_target, corners, width):
    """Filter blocks into flat planes.

    Parameters
    ----------
    blocks : CdefBlocks
    strengths : (n, 2) int64 array
        Primary and secondary, at the bit depth.
    target, second_target : flat uint16 arrays, written
        Luma twice, or U and V.
    corners : (n,) int64 array
        Where the blocks begin in the targets.
    width : int
        How far apart the rows of the targets are.
    """
    source, stride, places, taps = blocks.source, blocks.stride, blocks.places, blocks.taps
    directions, variances, uv_dir = blocks.directions, blocks.variances, blocks.uv_dir
    next_source, next_target = (8, 4) if blocks.whole_row else (stride, width)
    rows = 1 if blocks.whole_row else 2
    for b in range(places.size):
        pri_strength, sec_strength = strengths[b, 0], strengths[b, 1]
        direction = uv_dir[directions[b]] if pri_strength != 0 else 0
        if not blocks.chroma:
            pri_strength = adjusted_to_variance(pri_strength, variances[b])
        if pri_strength == 0 and sec_strength == 0:
            continue  # the filter would change nothing
        odd = (pri_strength >> blocks.depth_shift) & 1
        # Everything that is the same for the whole block is computed here: LLVM would load it again after a
        # store.
        pri, sec, near, far = splat(pri_strength), splat(sec_strength), splat(4 - odd), splat(2 + odd)
        pri_shift = max(0, blocks.damping - floor_log2(max(pri_strength, 1)))
        sec_shift = max(0, blocks.damping - floor_log2(max(sec_strength, 1)))
        along = taps[direction]
        offsets = (along[0], along[1], along[2], along[3], along[4], along[5])
        first, to = places[b], corners[b]
        for _ in range(blocks.pairs):
            lanes = filter_pair(
                source, first, first + next_source, offsets, pri, sec, pri_shift, sec_shift, near, far
            )
            if blocks.chroma:
                store_split(target, second_target, to, to + next_target, lanes)
            else:
                store_pair(target, to, to + next_target, lanes)
            first += rows * stride
            to += rows * width
