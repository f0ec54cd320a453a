# mypy: disable-error-code="no-untyped-def"
"""The squared error of CDEF with many strengths at once, and the choice among them.

CDEF changes a sample by a sum over primary taps plus a sum over secondary taps, then rounds and clips (AV1
specification 7.15.3). Most of the work is in these sums. For p primary and s secondary strengths they are
computed p + s times, and the errors of all p·s pairs follow from them.
"""

import numpy as np

from cfl.av1.filters.cdef_kernels import adjusted_to_variance, constrained
from cfl.simd.int16x16 import accumulate, total
from cfl.simd.integers import floor_log2
from cfl.simd.kernel import entry, inlined, kernel
from cfl.simd.masks import (
    clamp,
    greater,
    load,
    load8,
    load_pair,
    maximum,
    shift_right,
    splat,
    store,
    store8,
    unsigned_minimum,
)

LANES = 16
MAX_STRENGTHS = 16
"""Strengths of one kind, at most. Secondary sums are kept twice: with and without a primary strength."""

# Rows of the work array.
DIFFERENCES = 0  # 6 taps, each way
PRIMARY = 12
SECONDARY = PRIMARY + MAX_STRENGTHS
LEAST, MOST = SECONDARY + 8, SECONDARY + 10
WORK_SIZE = (MOST + 2) * LANES


@inlined
def take_differences(source, first, second, taps, direction, x, work, bounds):
    """Store how far the samples at the taps are from x, and the least and greatest of them."""
    least = most = x
    for t in range(6):
        offset = taps[direction, t]
        p = load_pair(source, first + offset, second + offset)
        m = load_pair(source, first - offset, second - offset)
        least = unsigned_minimum(unsigned_minimum(least, p), m)
        most = maximum(maximum(most, p), m)
        store(work, (DIFFERENCES + 2 * t) * LANES, p - x)
        store(work, (DIFFERENCES + 2 * t + 1) * LANES, m - x)
    store(work, (LEAST + bounds) * LANES, least)
    store(work, (MOST + bounds) * LANES, most)


@inlined
def weigh_taps(work, first, last, strength, shift, near, far):
    """Return the weighted sum of the constrained differences at some taps, near and far ones alternating."""
    threshold = splat(strength)
    result = splat(0)
    for t in range(2 * first, 2 * last, 4):
        a = constrained(load(work, (DIFFERENCES + t) * LANES), threshold, shift)
        b = constrained(load(work, (DIFFERENCES + t + 1) * LANES), threshold, shift)
        c = constrained(load(work, (DIFFERENCES + t + 2) * LANES), threshold, shift)
        d = constrained(load(work, (DIFFERENCES + t + 3) * LANES), threshold, shift)
        result = result + (a + b) * splat(near) + (c + d) * splat(far)
    return result


@kernel()
def block_errors(blocks, wanted, units, primaries, secondaries, work, sums, errors):
    """Add up the squared errors of blocks for all pairs of strengths.

    Parameters
    ----------
    blocks : CdefBlocks
    wanted : flat int16 array
        What the samples should be, laid out as the blocks' source; negative beyond the picture.
    units : (n,) int64 array
        To which row of `errors` each block belongs.
    primaries, secondaries : (p,) and (s,) int64 arrays
        Strengths at the bit depth, 1 to 16 and 1 to 4 of them; the first of each is 0.
    work, sums : (WORK_SIZE,) int16 and (p · s · 8,) int32 arrays, scratch
    errors : (units, p · s) int64 array, added to
        By primary strength, then secondary.

    Notes
    -----
    A block has at most 128 samples, and their squared error is at most 128 · 4095² < 2^31.
    """
    source, taps, damping = blocks.source, blocks.taps, blocks.damping
    next_place = 8 if blocks.whole_row else blocks.stride
    rows = 1 if blocks.whole_row else 2
    count = secondaries.size
    for b in range(blocks.places.size):
        direction = blocks.uv_dir[blocks.directions[b]]
        sums[:] = 0
        first = blocks.places[b]
        for _ in range(blocks.pairs):
            second = first + next_place
            x = load_pair(source, first, second)
            goal = load_pair(wanted, first, second)
            seen = greater(goal, splat(-1))
            # Without a primary strength the direction is taken as 0.
            for zero in range(1, -1, -1):
                take_differences(source, first, second, taps, 0 if zero else direction, x, work, zero)
                for s in range(1, count):
                    shift = max(0, damping - floor_log2(secondaries[s]))
                    lanes = weigh_taps(work, 2, 6, secondaries[s], shift, 2, 1)
                    store(work, (SECONDARY + 4 * zero + s) * LANES, lanes)
                store(work, (SECONDARY + 4 * zero) * LANES, splat(0))
            store(work, PRIMARY * LANES, splat(0))
            last = np.int64(0)
            for p in range(1, primaries.size):
                strength = primaries[p]
                if not blocks.chroma:
                    strength = adjusted_to_variance(strength, blocks.variances[b])
                if strength == last and p > 1:  # as is usual where there is little variance
                    lanes = load(work, (PRIMARY + p - 1) * LANES)
                else:
                    odd = (strength >> blocks.depth_shift) & 1
                    shift = max(0, damping - floor_log2(max(strength, 1)))
                    lanes = weigh_taps(work, 0, 2, strength, shift, 4 - odd, 2 + odd)
                store(work, (PRIMARY + p) * LANES, lanes)
                last = strength
            for p in range(primaries.size):
                zero = 1 if p == 0 else 0
                primary = load(work, (PRIMARY + p) * LANES) + splat(8)
                least, most = load(work, (LEAST + zero) * LANES), load(work, (MOST + zero) * LANES)
                for s in range(count):
                    change = primary + load(work, (SECONDARY + 4 * zero + s) * LANES)
                    change = shift_right(change + shift_right(change - splat(8), 15), 4)
                    error = (clamp(x + change, least, most) - goal) & seen
                    at = (p * count + s) * 8
                    store8(sums, at, accumulate(load8(sums, at), error, error))
            first += rows * blocks.stride
        for k in range(primaries.size * count):
            errors[units[b], k] += total(load8(sums, 8 * k))


@entry(error_model="numpy")
def best_pair(luma, chroma, current, scratch):
    """Return the pair of strengths that leaves the least error when added to those chosen before.

    Parameters
    ----------
    luma, chroma : (n, m) and (n, k) int64 arrays
        Errors by unit and strengths.
    current : (n,) int64 array
        The least error of each unit with what is chosen.
    scratch : (k,) int64 array

    Returns
    -------
    (luma, chroma)
        The first pair of the least error, summed over all units.
    """
    best_luma, best_chroma, best = 0, 0, np.int64(-1)
    units, others = luma.shape[0], chroma.shape[1]
    for i in range(luma.shape[1]):
        scratch[:] = 0
        for n in range(units):
            own, most = luma[n, i], current[n]
            for j in range(others):
                scratch[j] += min(most, own + chroma[n, j])
        for j in range(others):
            if best < 0 or scratch[j] < best:
                best_luma, best_chroma, best = i, j, scratch[j]
    return best_luma, best_chroma
