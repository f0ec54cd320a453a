# mypy: disable-error-code="no-untyped-def"
"""Chroma from luma for one transform block, in place (AV1 specification 7.11.5).

`cfl.prediction.reference` has the same in plain Python."""

import numpy as np

from cfl.av1.reconstruction.intra_edge import put
from cfl.av1.reconstruction.scratch_sizes import CFL_SAMPLES
from cfl.prediction.one_block import kernels as cfl_block
from cfl.simd.int16x16 import accumulator_for
from cfl.simd.int32x8 import (
    element,
    load4,
    load8,
    load_pair_sums,
    splat8,
    store4,
)
from cfl.simd.kernel import inlined, stage


@inlined
def luma_q3(luma, place, sub_x, sub_y):
    """One sample of subsampled luma, in Q3; `place` is the flat index of its top left luma sample."""
    t = element(luma, place)
    if sub_x:
        t += element(luma, place + 1)
    if sub_y:
        below = place + luma.shape[1]
        t += element(luma, below)
        if sub_x:
            t += element(luma, below + 1)
    return t << (3 - sub_x - sub_y)


@inlined
def four_columns(luma, place, sub_x):
    """The sums of luma in x for the next four chroma columns."""
    return load_pair_sums(luma, place) if sub_x else load4(luma, place)


@stage
def pack_luma(luma, start_x, start_y, w, h, sub_x, sub_y, max_luma_w, max_luma_h, packed):
    """The array L of AV1 specification 7.11.5, row by row in `packed` (int16)."""
    stride = luma.shape[1]
    last_x, last_y = max_luma_w - (1 << sub_x), max_luma_h - (1 << sub_y)
    # columns from here on repeat the one at last_x
    inside = min(w, (last_x >> sub_x) - start_x + 1)
    factor = splat8(8 >> (sub_x + sub_y))
    for i in range(h):
        row = min((start_y + i) << sub_y, last_y) * stride
        place = row + (start_x << sub_x)
        for j in range(0, w, 4):
            t = four_columns(luma, place + (j << sub_x), sub_x)
            if sub_y:
                t = t + four_columns(luma, place + stride + (j << sub_x), sub_x)
            store4(packed, i * w + j, t * factor)
        if inside < w:
            value = luma_q3(luma, row + last_x, sub_x, sub_y)
            for j in range(max(inside, 0), w):
                packed[np.uint64(i * w + j)] = value


@stage
def luma_ac(luma, start_x, start_y, log2w, log2h, sub_x, sub_y, max_luma_w, max_luma_h, ac):
    """The luma AC of a block: L less its average, rounded; AV1 specification 7.11.5.

    Parameters
    ----------
    luma : 2-D uint16 array
        The reconstructed luma. It must contain all of the block's luma, also beyond the picture.
    start_x, start_y : int
        The block's top left chroma sample.
    log2w, log2h : int
        2…5.
    sub_x, sub_y : int
        subsampling_x, subsampling_y.
    max_luma_w, max_luma_h : int
        MaxLumaW, MaxLumaH: from there on the last sample before is repeated.
    ac : int16 array, at least w * h
        Filled row by row, in Q3.
    """
    w, h, n = 1 << log2w, 1 << log2h, 1 << (log2w + log2h)
    if ac.size < n or n > CFL_SAMPLES or start_x < 0 or start_y < 0:
        raise ValueError("scratch is too small, or no chroma-from-luma block has this size")
    if (start_x + w) << sub_x > luma.shape[1]:
        raise ValueError("a chroma-from-luma block does not lie within its planes")
    if (
        max_luma_w > luma.shape[1]
        or max_luma_h > luma.shape[0]
        or max_luma_w < 1 << sub_x
        or max_luma_h < 1 << sub_y
    ):
        raise ValueError("MaxLumaW or MaxLumaH does not lie within the luma plane")
    zero = accumulator_for(luma)
    pack_luma(luma, start_x, start_y, w, h, sub_x, sub_y, max_luma_w, max_luma_h, ac)
    luma_avg, _ = cfl_block.average(ac, 0, log2w + log2h, zero)
    cfl_block.subtract(ac, 0, n, luma_avg)


@stage
def add_luma_ac(ac, chroma, start_x, start_y, log2w, log2h, alpha, bit_depth, predicted):
    """Add α times the luma AC to a chroma block's DC prediction, in place: AV1 specification 7.11.5.

    Parameters
    ----------
    ac : int16 array
        Of `luma_ac`.
    chroma : 2-D uint16 array, changed
        Holds the block's DC_PRED prediction: one value.
    start_x, start_y, log2w, log2h : int
        See `luma_ac`.
    alpha : int
        CflAlphaU or CflAlphaV, -16…16.
    bit_depth : int
        8, 10 or 12.
    predicted : int16 array, as large as `ac`
        Scratch.
    """
    w, h, n = 1 << log2w, 1 << log2h, 1 << (log2w + log2h)
    if ac.size < n or predicted.size < n or start_x < 0 or start_y < 0:
        raise ValueError("scratch is too small, or a chroma-from-luma block does not lie within its planes")
    if start_x + w > chroma.shape[1] or start_y + h > chroma.shape[0]:
        raise ValueError("a chroma-from-luma block does not lie within its planes")
    first = start_y * chroma.shape[1] + start_x
    dc, peak = element(chroma, first), (1 << bit_depth) - 1
    cfl_block.predict(ac, 0, n, alpha, dc, peak, predicted)
    for i in range(h):
        for j in range(0, w, 8):
            put(chroma, first + j, load8(predicted, i * w + j), w)
        first += chroma.shape[1]
