# mypy: disable-error-code="no-untyped-def"
"""Directional intra prediction: all angles but 90 and 180 degrees (AV1 specification 7.11.2.4)."""

import numpy as np

from cfl.av1.reconstruction.intra_edge import ABOVE, HALF, LEFT, TILE, prepare_edge, put, repeat
from cfl.av1.tables.intra_prediction import (
    DR_INTRA_DERIVATIVE,
)
from cfl.simd.int32x8 import (
    element,
    first_lanes,
    load4,
    load8,
    splat8,
    store8,
    transpose8,
)
from cfl.simd.kernel import inlined, stage


@inlined
def interpolate(scratch, edge, upsample, base, shift):
    """Eight samples, `shift` 32nds between an entry and the next, from `base` on by ``1 << upsample``."""
    if upsample == 0:
        p, q = edge + base, edge + base + 1
    elif base & 1:
        q = edge + ((base + 1) >> 1)
        p = q + HALF
    else:
        p = edge + (base >> 1)
        q = p + HALF + 1
    s = load8(scratch, p) * splat8(32 - shift) + load8(scratch, q) * splat8(shift)
    return (s + splat8(16)) >> splat8(5)


@stage
def from_above(plane, first, w, h, step, upsample, scratch):
    """The part of a directional prediction that comes from the row above.

    Row i is AboveRow moved by ``(i + 1) * step`` 64ths of a sample: forward by dx, or back by -dx. Moved
    back, a row begins where the edge does; what lies before that is left as it is.
    """
    most = (w + h - 1) << upsample
    for i in range(h):
        idx = (i + 1) * step
        # beyond `most` all entries are the last sample
        base = min(idx >> (6 - upsample), most)
        shift = ((idx << upsample) >> 1) & 31
        start = max(0, (-1 - base) >> upsample)
        for j in range(start & ~7, w, 8):
            value = interpolate(scratch, ABOVE, upsample, base + (j << upsample), shift)
            if j < start:
                value = first_lanes(
                    start - j, load4(plane, first) if w == 4 else load8(plane, first + j), value
                )
            put(plane, first + j, value, w)
        first += plane.shape[1]


@stage
def from_left(plane, first, w, h, dx, step, upsample, scratch):
    """A directional prediction from the column to the left, in tiles of 8 by 8 made column by column.

    Column j is LeftCol moved by ``(j + 1) * step`` 64ths of a sample. Row i is needed up to ``(i + 1) * dx``
    64ths of a sample from the left; `from_above` writes the rest, and overwrites what tiles write beyond
    that.
    """
    most = (w + h - 1) << upsample
    for i in range(0, h, 8):
        # the last row of the tile reaches as far to the right as ((i + 8) * dx) >> 6
        reach = min(w, ((i + 8) * dx + 63) >> 6)
        for j in range(0, reach, 8):
            for k in range(8):
                idx = (j + k + 1) * step
                base = (idx >> (6 - upsample)) + (i << upsample)
                # a column that begins 8 samples or more before the edge has no sample in this tile
                base = min(max(base, -(8 << upsample)), most)
                shift = ((idx << upsample) >> 1) & 31
                store8(scratch, TILE + 8 * k, interpolate(scratch, LEFT, upsample, base, shift))
            transpose8(scratch, TILE, 8, scratch, TILE + 64, 8)
            place = first + i * plane.shape[1] + j
            for k in range(min(8, h)):
                put(plane, place, load8(scratch, TILE + 64 + 8 * k), w)
                place += plane.shape[1]


@stage
def directional(plane, first, w, h, p_angle, available, edge_filter, above_px, left_px, peak, scratch):
    """AV1 specification 7.11.2.4, for any angle but 90 and 180.

    `above_px` and `left_px` are Min( w, maxX - x + 1 ) and Min( h, maxY - y + 1 ).
    """
    upsample_above = upsample_left = 0
    beyond_above, beyond_left = h if p_angle < 90 else 0, w if p_angle > 180 else 0
    filter_type = edge_filter.filter_type
    if edge_filter.enabled:
        if 90 < p_angle < 180 and w + h >= 24:
            upper, corner, left = element(scratch, ABOVE), element(scratch, ABOVE - 1), element(scratch, LEFT)
            scratch[ABOVE - 1] = (5 * left + 6 * corner + 5 * upper + 8) >> 4
            scratch[LEFT - 1] = scratch[ABOVE - 1]
        upsample_above = prepare_edge(
            scratch, ABOVE, p_angle - 90, w + h, filter_type, available.above, above_px + beyond_above + 1,
            w + beyond_above, peak,
        )  # fmt: skip
        upsample_left = prepare_edge(
            scratch, LEFT, p_angle - 180, w + h, filter_type, available.left, left_px + beyond_left + 1,
            h + beyond_left, peak,
        )  # fmt: skip
    step_above = step_left = 0
    if p_angle < 90:
        step_above = DR_INTRA_DERIVATIVE[np.uint64(p_angle)]
        start = ABOVE + w + h
        last = element(scratch, start - 1)
        repeat(scratch, start, start + w + 8, last)
        if upsample_above:
            repeat(scratch, start + HALF, start + HALF + w + 8, last)
    elif p_angle < 180:
        # dx * dy ≤ 4096, so a sample that lies before the upper edge does not lie before the left one
        step_above = -DR_INTRA_DERIVATIVE[np.uint64(180 - p_angle)]
        step_left = -DR_INTRA_DERIVATIVE[np.uint64(p_angle - 90)]
    else:
        step_left = DR_INTRA_DERIVATIVE[np.uint64(270 - p_angle)]
    if step_left != 0:
        from_left(
            plane, first, w, h, -step_above if step_above else 64 * w, step_left, upsample_left, scratch
        )
    if step_above != 0:
        from_above(plane, first, w, h, step_above, upsample_above, scratch)
