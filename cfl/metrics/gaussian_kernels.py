# mypy: disable-error-code="no-untyped-def"
"""Means by a Gaussian of 11 taps, eight samples at a time, of a pair of planes: what SSIM compares.

They are those of the reference, of the test, of the sum of their squares and of the square of their
difference δ. SSIM needs variances and the covariance, and these differ by the variance of δ:
``σ₁² + σ₂² - 2σ₁₂ = mean(δ²) - mean(δ)²``. So what is alike in both costs no digits, and float32 is enough.

a row ──Gaussian along──▶ the last 11 rows ──Gaussian down, a column of eight at a time──▶ means
"""

import numpy as np

from cfl.metrics.gaussian import REACH
from cfl.simd.float32x8 import load_f8, spread_f8, store_f8
from cfl.simd.kernel import entry, inlined, stage

ROWS = 2 * REACH + 1
MEANS = 4
TILE = 128
"""Columns that are worked on at a time, so that the rows of means stay in the cache."""
STRIDE = TILE + 16
"""Of the rows of means; no power of two, by which all of a column would share few places in the cache."""
PART = TILE + 2 * REACH + 14
"""Samples that a part of a row has, with those around."""


def scratch() -> tuple[np.ndarray, np.ndarray]:
    """What `means_along` needs: `parts` and `means`."""
    return np.empty((MEANS, PART), np.float32), np.empty((MEANS, 2 * ROWS, STRIDE), np.float32)


@entry
def halved(band, width, first, out):
    """Means of 2x2 samples; at an odd edge, of those that are there.

    Parameters
    ----------
    band : (2, channels, REACH + rows + REACH, …) float32 array
        See `cfl.metrics.pyramid.Band`.
    width : int
        Of the picture.
    first : int
        Row of the result that the band's first two rows make.
    out : (2, channels, …, (width + 1) // 2) float32 array
    """
    rows = (band.shape[2] - 2 * REACH + 1) // 2
    quarter = np.float32(0.25)
    for p in range(2):
        for c in range(out.shape[1]):
            for y in range(rows):
                above, below = REACH + 2 * y, REACH + 2 * y + 1
                for x in range(out.shape[3]):
                    left, right = REACH + 2 * x, REACH + 2 * x + (2 * x + 1 < width)
                    out[p, c, first + y, x] = quarter * (
                        (band[p, c, above, left] + band[p, c, above, right])
                        + (band[p, c, below, left] + band[p, c, below, right])
                    )


@stage
def clear_around(band, width):
    """Set to 0 what is left and right of pictures of that width in a band."""
    for p in range(band.shape[0]):
        for c in range(band.shape[1]):
            for y in range(band.shape[2]):
                for x in range(REACH):
                    band[p, c, y, x] = 0
                for x in range(REACH + width, band.shape[3]):
                    band[p, c, y, x] = 0


@stage
def means_along(first, at, second, there, width, taps, parts, out, row):
    """The Gaussian along a part of a row of both planes, kept as a row of means.

    Parameters
    ----------
    first, second : float32 arrays
        The part begins at the flat index `at` of the first, `there` of the second; REACH samples before it
        and REACH + 8 after it are read.
    width : int
        Of the part: a multiple of 8, at most TILE.
    taps : (REACH + 1,) float32 array
        `gaussian`.
    parts : (MEANS, PART) float32 array
        Scratch.
    out : (MEANS, 2 * ROWS, STRIDE) float32 array
        The last rows. Each is there twice, ROWS apart, so that any ROWS in order lie side by side.
    row : int
        Of 0 to ROWS - 1.
    """
    for x in range(0, width + 2 * REACH, 8):
        one, two = load_f8(first, at - REACH + x), load_f8(second, there - REACH + x)
        gap = one - two
        store_f8(parts, x, one)
        store_f8(parts, PART + x, two)
        store_f8(parts, 2 * PART + x, one * one + two * two)
        store_f8(parts, 3 * PART + x, gap * gap)
    for n in range(MEANS):
        _along(parts, n * PART + REACH, width, taps, out, (2 * n * ROWS + row) * STRIDE)


@stage
def _along(samples, at, width, taps, out, to):
    t0, t1, t2 = spread_f8(taps, 0), spread_f8(taps, 1), spread_f8(taps, 2)
    t3, t4, t5 = spread_f8(taps, 3), spread_f8(taps, 4), spread_f8(taps, 5)
    for k in range(0, width, 8):
        x = at + k
        mean = (
            t0 * load_f8(samples, x)
            + t1 * (load_f8(samples, x - 1) + load_f8(samples, x + 1))
            + t2 * (load_f8(samples, x - 2) + load_f8(samples, x + 2))
            + t3 * (load_f8(samples, x - 3) + load_f8(samples, x + 3))
            + t4 * (load_f8(samples, x - 4) + load_f8(samples, x + 4))
            + t5 * (load_f8(samples, x - 5) + load_f8(samples, x + 5))
        )
        store_f8(out, to + k, mean)
        store_f8(out, to + ROWS * STRIDE + k, mean)


@inlined
def mean_down(means, at, taps):
    """The Gaussian over ROWS rows, the first at flat index `at`: eight columns."""
    return (
        spread_f8(taps, 0) * load_f8(means, at + 5 * STRIDE)
        + spread_f8(taps, 1) * (load_f8(means, at + 4 * STRIDE) + load_f8(means, at + 6 * STRIDE))
        + spread_f8(taps, 2) * (load_f8(means, at + 3 * STRIDE) + load_f8(means, at + 7 * STRIDE))
        + spread_f8(taps, 3) * (load_f8(means, at + 2 * STRIDE) + load_f8(means, at + 8 * STRIDE))
        + spread_f8(taps, 4) * (load_f8(means, at + STRIDE) + load_f8(means, at + 9 * STRIDE))
        + spread_f8(taps, 5) * (load_f8(means, at) + load_f8(means, at + 10 * STRIDE))
    )
