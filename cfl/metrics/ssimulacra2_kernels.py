# mypy: disable-error-code="no-untyped-def"
"""SSIMULACRA 2 of a band of rows at one scale: three maps of each component, and two norms of each map.

linear RGB of both pictures ──▶ X, Y, B - Y ──Gaussian (`cfl.metrics.gaussian_kernels`)──▶ maps ──▶ sums
"""

import numpy as np

from cfl.metrics.gaussian import REACH
from cfl.metrics.gaussian_kernels import ROWS, STRIDE, TILE, clear_around, mean_down, means_along
from cfl.metrics.ssimulacra2_numbers import C2, OPSIN, OPSIN_BIAS
from cfl.simd.cube_root import cube_root
from cfl.simd.float32x8 import load_f8, store_f8, total_f8, zeros_f8
from cfl.simd.kernel import entry, inlined, stage
from cfl.simd.octets import floats
from cfl.simd.vectors import magnitude, maximum

MAPS = 3
_ROOT = float(np.cbrt(OPSIN_BIAS))
(_LR, _LG, _LB), (_MR, _MG, _MB), (_SR, _SG, _SB) = OPSIN


@entry
def light(samples, table, out):
    """Look up rows of RGB, (rows, width, 3) of uint16, as planes: (3, rows, width) of float32."""
    for y in range(samples.shape[0]):
        for x in range(samples.shape[1]):
            for c in range(3):
                out[c, y, x] = table[samples[y, x, c]]


@inlined
def _receptor(red, green, blue, r, g, b):
    """The answer of a receptor of the eye, 0 in the dark."""
    return cube_root(floats(r) * red + floats(g) * green + floats(b) * blue + floats(OPSIN_BIAS)) - floats(
        _ROOT
    )


@stage
def _to_xyb(band, width, padded):
    """Turn linear RGB into X, Y and B - Y, each shifted to about 0 to 1, with zeros beyond the edges."""
    rows, stride = band.shape[2], band.shape[3]
    plane = rows * stride
    for p in range(2):
        for y in range(rows):
            start = 3 * p * plane + y * stride + REACH
            for x in range(start, start + padded, 8):
                red, green, blue = load_f8(band, x), load_f8(band, x + plane), load_f8(band, x + 2 * plane)
                long = _receptor(red, green, blue, _LR, _LG, _LB)
                middle = _receptor(red, green, blue, _MR, _MG, _MB)
                short = _receptor(red, green, blue, _SR, _SG, _SB)
                luma = floats(0.5) * (long + middle)
                store_f8(band, x, floats(7.0) * (long - middle) + floats(0.42))
                store_f8(band, x + plane, luma + floats(0.01))
                store_f8(band, x + 2 * plane, short - luma + floats(0.55))
    clear_around(band, width)


@stage
def _sum_maps(xyb, first, second, means, at, width, taps, inside, left, sums):
    """Add the maps of a part of a row, and their fourth powers, to the sums of its component."""
    step = 2 * ROWS * STRIDE
    c2, one = floats(C2), floats(1.0)
    s1, s4, a1, a4, l1, l4 = zeros_f8(), zeros_f8(), zeros_f8(), zeros_f8(), zeros_f8(), zeros_f8()
    for x in range(0, width, 8):
        m1 = mean_down(means, at + x, taps)
        m2 = mean_down(means, at + step + x, taps)
        whole = mean_down(means, at + 2 * step + x, taps) - m1 * m1 - m2 * m2 + c2
        square = (m1 - m2) * (m1 - m2)
        spread = mean_down(means, at + 3 * step + x, taps) - square
        counted = load_f8(inside, left + x)
        d = counted * maximum(square + (one - square) * (spread / whole), zeros_f8())
        edge1 = magnitude(load_f8(xyb, first + x) - m1)
        edge2 = magnitude(load_f8(xyb, second + x) - m2)
        edges = counted * ((edge2 - edge1) / (one + edge1))
        artefact = maximum(edges, zeros_f8())
        lost = artefact - edges
        s1, a1, l1 = s1 + d, a1 + artefact, l1 + lost
        d, artefact, lost = d * d, artefact * artefact, lost * lost
        s4, a4, l4 = s4 + d * d, a4 + artefact * artefact, l4 + lost * lost
    sums[0, 0] += total_f8(s1)
    sums[0, 1] += total_f8(a1)
    sums[0, 2] += total_f8(l1)
    sums[1, 0] += total_f8(s4)
    sums[1, 1] += total_f8(a4)
    sums[1, 2] += total_f8(l4)


@entry
def sum_scale(band, width, taps, inside, parts, means, sums):
    """Sum the maps over a band of rows of a picture.

    Parameters
    ----------
    band : (2, 3, REACH + rows + REACH, REACH + columns + REACH + 8) float32 array
        Linear RGB of both pictures, which is lost; see `cfl.metrics.pyramid.Band`.
    width : int
        Of the picture.
    taps : (REACH + 1,) float32 array
        `gaussian`.
    inside : (columns,) float32 array
        1 for the columns of the picture, 0 beyond.
    parts, means : float32 arrays
        Scratch, as for `means_along`.
    sums : (3, 2, MAPS) float64 array
        Zeros, and then the sums: by component, norm (1, 4) and map.
    """
    rows, stride = band.shape[2], band.shape[3]
    columns = inside.size
    plane, back = rows * stride, REACH * stride
    _to_xyb(band, width, columns)
    for c in range(3):
        for left in range(0, columns, TILE):
            part = min(TILE, columns - left)
            for y in range(rows):
                first = c * plane + y * stride + REACH + left
                second = first + 3 * plane
                means_along(band, first, band, second, part, taps, parts, means, y % ROWS)
                if y >= 2 * REACH:
                    oldest = (y + 1) % ROWS * STRIDE
                    _sum_maps(
                        band, first - back, second - back, means, oldest, part, taps, inside, left, sums[c]
                    )
