# mypy: disable-error-code="no-untyped-def"
"""Film grain: the grain itself, and adding it to a plane (AV1 specification 7.18.3)."""

import numpy as np

from cfl.simd.kernel import entry, inlined


@entry
def white_noise(seed, shift, gaussian, grain):
    """Fill the (height, width) int32 array `grain` with Gaussian noise (7.18.3.3)."""
    register = seed
    half = (1 << shift) >> 1
    for y in range(grain.shape[0]):
        for x in range(grain.shape[1]):
            bit = (register ^ (register >> 1) ^ (register >> 3) ^ (register >> 12)) & 1
            register = (register >> 1) | (bit << 15)
            grain[y, x] = (gaussian[(register >> 5) & 2047] + half) >> shift


@entry
def autoregress(grain, lag, coefficients, shift, least, most, luma, luma_coefficient, sub_x, sub_y):
    """Filter noise with what is above and to the left of it, and with luma's grain (7.18.3.3).

    Parameters
    ----------
    grain : (height, width) int32 array, changed
    lag : int
        0 to 3.
    coefficients : (2 · lag · (lag + 1),) int64 array
        Less 128.
    luma : (73, 82) int32 array
        Luma's grain; ignored if `luma_coefficient` is 0.
    """
    half = 1 << (shift - 1)
    luma_shift = sub_x + sub_y
    for y in range(3, grain.shape[0]):
        for x in range(3, grain.shape[1] - 3):
            total = 0
            position = 0
            for row in range(-lag, 1):
                for col in range(-lag, lag + 1 if row < 0 else 0):
                    total += coefficients[position] * grain[y + row, x + col]
                    position += 1
            if luma_coefficient != 0:
                average = 0
                for i in range(1 + sub_y):
                    for j in range(1 + sub_x):
                        average += luma[((y - 3) << sub_y) + 3 + i, ((x - 3) << sub_x) + 3 + j]
                average = (average + ((1 << luma_shift) >> 1)) >> luma_shift
                total += average * luma_coefficient
            grain[y, x] = min(max(grain[y, x] + ((total + half) >> shift), least), most)


@inlined
def blended(old, new, subsampled, j, least, most):
    """Grain where blocks overlap, in the j-th sample of the overlap (7.18.3.5)."""
    if subsampled:
        value = old * 23 + new * 22
    elif j == 0:
        value = old * 27 + new * 17
    else:
        value = old * 17 + new * 27
    return min(max((value + 16) >> 5, least), most)


@entry
def noise_rows(grain, offsets, first, sub_x, sub_y, overlap, least, most, noise):
    """Rows of a noise stripe from row `first` on: its blocks, blended where they meet (7.18.3.5).

    Parameters
    ----------
    grain : 2-D int32 array
        (73, 82), or with subsampling 38 rows or 44 columns. A block takes up to 34 rows and columns from
        9 + 2 * 15 on at most, with subsampling 17 from 6 + 15 on: all are inside.
    offsets : (blocks,) int64 array
        Eight random bits of each block, enough blocks for the width.
    noise : (rows, width) int32 array, written
        At most 34 rows with `first`, with subsampling 17.
    """
    width = noise.shape[1]
    side = 32 >> sub_x
    for block in range((width + side - 1) // side):
        start = block * side
        x = 6 + (offsets[block] >> 4) if sub_x else 9 + 2 * (offsets[block] >> 4)
        y = first + (6 + (offsets[block] & 15) if sub_y else 9 + 2 * (offsets[block] & 15))
        for i in range(noise.shape[0]):
            for j in range(min(side, width - start)):
                noise[i, start + j] = grain[y + i, x + j]
        if overlap and block > 0:
            bits = offsets[block - 1]
            old_x = side + (6 + (bits >> 4) if sub_x else 9 + 2 * (bits >> 4))
            old_y = first + (6 + (bits & 15) if sub_y else 9 + 2 * (bits & 15))
            for i in range(noise.shape[0]):
                for j in range(min(2 >> sub_x, width - start)):
                    old, new = np.int64(grain[old_y + i, old_x + j]), np.int64(grain[y + i, x + j])
                    noise[i, start + j] = blended(old, new, sub_x, j, least, most)


@entry
def blend_rows(old, noise, sub_y, least, most):
    """Blend the first rows of a noise stripe with the last ones, `old`, of the stripe above (7.18.3.5)."""
    for i in range(min(2 >> sub_y, noise.shape[0])):
        for x in range(noise.shape[1]):
            noise[i, x] = blended(np.int64(old[i, x]), np.int64(noise[i, x]), sub_y, i, least, most)
