# mypy: disable-error-code="no-untyped-def"
"""SSIMULACRA 2 at one scale: means by a Gaussian, three maps, two norms of each; row by row.

linear RGB of both pictures ──▶ X, Y, B ──Gaussian along the row──▶ the last 11 rows ──Gaussian down──▶ maps

A row is touched once, while it is in the cache. With δ the difference of the pictures, the variances that
SSIM needs differ by that of δ, ``σ₁² + σ₂² - 2σ₁₂ = mean(δ²) - mean(δ)²``. Taken so, what is alike in both
pictures costs no digits, and float32 is enough.
"""

import numpy as np

from cfl.metrics.ssimulacra2_numbers import C2, OPSIN, OPSIN_BIAS
from cfl.simd.kernel import entry, stage

REACH = 5
"""Samples to each side that a mean takes in."""
ROWS = 2 * REACH + 1
MAPS = 3
MEANS = 4
"""Of the reference, the test, the sum of their squares, and the square of their difference."""

_F = np.float32
_MATRIX = np.array(OPSIN, np.float32)
_BIAS, _ROOT = _F(OPSIN_BIAS), _F(np.cbrt(OPSIN_BIAS))
_THIRD = _F(1 / 3)


@stage(fastmath={"contract", "nsz"})
def cube_root(x):
    """The cube root of a float32 of at least 0.003, to its last digits, by Halley's steps from a line."""
    y = _F(0.3) + _F(0.7) * x
    for _ in range(4):
        cube = y * y * y
        y = y * (cube + x + x) / (cube + cube + x)
    return y


@stage(fastmath={"contract", "nsz"})
def to_xyb(red, green, blue, xyb, at):
    """A row of linear RGB as X, Y and B - Y, each shifted to about 0 to 1."""
    for k in range(red.size):
        r, g, b = red[k], green[k], blue[k]
        l = cube_root(max(_MATRIX[0, 0] * r + _MATRIX[0, 1] * g + _MATRIX[0, 2] * b + _BIAS, _F(0))) - _ROOT  # noqa: E741
        m = cube_root(max(_MATRIX[1, 0] * r + _MATRIX[1, 1] * g + _MATRIX[1, 2] * b + _BIAS, _F(0))) - _ROOT
        s = cube_root(max(_MATRIX[2, 0] * r + _MATRIX[2, 1] * g + _MATRIX[2, 2] * b + _BIAS, _F(0))) - _ROOT
        y = _F(0.5) * (l + m)
        xyb[0, at, REACH + k] = _F(7) * (l - m) + _F(0.42)
        xyb[1, at, REACH + k] = y + _F(0.01)
        xyb[2, at, REACH + k] = s - y + _F(0.55)


@stage(fastmath={"contract", "nsz"})
def along(row, taps, out):
    """The Gaussian along a row that has REACH zeros at each end."""
    for k in range(out.size):
        total = taps[0] * row[k + REACH]
        for d in range(1, REACH + 1):
            total += taps[d] * (row[k + REACH - d] + row[k + REACH + d])
        out[k] = total


@stage(fastmath={"contract", "nsz"})
def down(means, rows, taps, out):
    """The Gaussian over rows of means."""
    first = means[rows[REACH]]
    for k in range(out.size):
        out[k] = taps[0] * first[k]
    for d in range(1, REACH + 1):
        above, below, tap = means[rows[REACH - d]], means[rows[REACH + d]], taps[d]
        for k in range(out.size):
            out[k] += tap * (above[k] + below[k])


@stage
def reflected(y, height):
    """The row that stands for row y: the edge is a mirror between rows."""
    if y < 0:
        return -1 - y
    if y >= height:
        return 2 * height - 1 - y
    return y


@stage(fastmath={"contract", "nsz", "reassoc"})
def sum_maps(first, second, mean, sums):
    """Add a row's maps, and their fourth powers, to the sums of its component."""
    c2 = _F(C2)
    s1, s4, a1, a4, l1, l4 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(first.size):
        m1, m2 = mean[0, k], mean[1, k]
        gap = m1 - m2
        spread = mean[3, k] - gap * gap
        whole = mean[2, k] - m1 * m1 - m2 * m2 + c2
        same = _F(1) - gap * gap
        d = max(gap * gap + same * (spread / whole), _F(0))
        edge1, edge2 = abs(first[k] - m1), abs(second[k] - m2)
        e = (edge2 - edge1) / (_F(1) + edge1)
        artefact, lost = max(e, _F(0)), max(-e, _F(0))
        s1 += d
        a1 += artefact
        l1 += lost
        d, artefact, lost = d * d, artefact * artefact, lost * lost
        s4 += d * d
        a4 += artefact * artefact
        l4 += lost * lost
    sums[0, 0] += s1
    sums[0, 1] += a1
    sums[0, 2] += l1
    sums[1, 0] += s4
    sums[1, 1] += a4
    sums[1, 2] += l4


@entry(fastmath={"contract", "nsz"})
def scale_sums(reference, test, begin, end, taps, sums):
    """Sum the maps over rows `begin` to `end` of a picture.

    Parameters
    ----------
    reference, test : (3, height, width) float32 arrays
        Linear RGB.
    taps : (REACH + 1,) float32 array
        Of the Gaussian, the middle one first.
    sums : (3, 2, MAPS) float64 array
        Set: by component, norm (1, 4) and map.
    """
    height, width = reference.shape[1], reference.shape[2]
    xyb = np.zeros((2, 3, ROWS, width + 2 * REACH), np.float32)
    means = np.empty((3, MEANS, ROWS, width), np.float32)
    mean = np.empty((MEANS, width), np.float32)
    square = np.zeros((2, width + 2 * REACH), np.float32)
    rows = np.empty(ROWS, np.int64)
    sums[:] = 0.0
    done = max(begin - REACH, 0)
    for y in range(begin, end):
        last = min(y + REACH, height - 1)
        while done <= last:
            at = done % ROWS
            to_xyb(reference[0, done], reference[1, done], reference[2, done], xyb[0], at)
            to_xyb(test[0, done], test[1, done], test[2, done], xyb[1], at)
            for c in range(3):
                one, two = xyb[0, c, at], xyb[1, c, at]
                for k in range(REACH, REACH + width):
                    square[0, k] = one[k] * one[k] + two[k] * two[k]
                    gap = one[k] - two[k]
                    square[1, k] = gap * gap
                along(one, taps, means[c, 0, at])
                along(two, taps, means[c, 1, at])
                along(square[0], taps, means[c, 2, at])
                along(square[1], taps, means[c, 3, at])
            done += 1
        for d in range(ROWS):
            rows[d] = reflected(y + d - REACH, height) % ROWS
        at = y % ROWS
        for c in range(3):
            for n in range(MEANS):
                down(means[c, n], rows, taps, mean[n])
            sum_maps(
                xyb[0, c, at, REACH : REACH + width], xyb[1, c, at, REACH : REACH + width], mean, sums[c]
            )


@entry
def halved(picture, out):
    """Means of 2x2 samples; at an odd edge, of those that are there."""
    height, width = picture.shape[1], picture.shape[2]
    for c in range(3):
        for y in range(out.shape[1]):
            one, two = picture[c, 2 * y], picture[c, min(2 * y + 1, height - 1)]
            for x in range(width // 2):
                out[c, y, x] = _F(0.25) * ((one[2 * x] + one[2 * x + 1]) + (two[2 * x] + two[2 * x + 1]))
            if width & 1:
                out[c, y, width // 2] = _F(0.5) * (one[width - 1] + two[width - 1])
