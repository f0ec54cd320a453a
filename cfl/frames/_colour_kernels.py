"""The loops between interleaved RGB and planar YUV: one pass, siting-aware, correctly rounded.

Signal flow, forth (a row of RGB is read from memory once; the row buffers stay in the cache)::

    rgb row ──┬─ matrix row 0 ───────────────────────────────────────────────────► y row
              └─ r, g, b row buffers ─ vertical taps ─ horizontal taps ─ rows 1, 2 ► u, v row

and back::

    u, v rows ─ vertical taps ─ horizontal taps ─┐
    y row ───────────────────────────────────────┴─ matrix ► rgb row

Filtering is done on integers, without rounding, before the matrix; the only rounding is the last one.
Sums are float64 with the constant already raised by one half, so truncation rounds half up.
"""
# mypy: disable-error-code="no-untyped-def"

import numpy as np

from cfl.simd.kernel import entry, stage


@stage
def _pad(row, n):
    """Repeat the first and last of the `n` samples that begin at row[1]."""
    row[0] = row[1]
    row[n + 1] = row[n]


@stage
def _luma_row(rgb, matrix, top, y, r, g, b):
    """One row of luma, and the row's R, G, B apart, padded by one on either side."""
    k0, k1, k2, k3 = matrix[0, 0], matrix[0, 1], matrix[0, 2], matrix[0, 3]
    n = y.shape[0]
    for j in range(n):
        red, green, blue = rgb[3 * j], rgb[3 * j + 1], rgb[3 * j + 2]
        y[j] = min(np.int32(k0 * red + k1 * green + k2 * blue + k3), top)
        r[j + 1] = red
        g[j + 1] = green
        b[j + 1] = blue
    _pad(r, n)
    _pad(g, n)
    _pad(b, n)


@stage
def _weigh(above, row, below, taps, out):
    """The vertical taps over three row buffers (3, width + 2) of R, G, B."""
    t0, t1, t2 = taps[0], taps[1], taps[2]
    for p in range(3):
        a, r, b, o = above[p], row[p], below[p], out[p]
        for j in range(o.shape[0]):
            o[j] = t0 * a[j] + t1 * r[j] + t2 * b[j]


@stage
def _chroma_row(sums, step, taps, matrix, top, u, v):
    """One row of U and V: the horizontal taps over the weighed R, G, B, then the matrix."""
    t0, t1, t2 = taps[0], taps[1], taps[2]
    u0, u1, u2, u3 = matrix[1, 0], matrix[1, 1], matrix[1, 2], matrix[1, 3]
    v0, v1, v2, v3 = matrix[2, 0], matrix[2, 1], matrix[2, 2], matrix[2, 3]
    r, g, b = sums[0], sums[1], sums[2]
    for j in range(u.shape[0]):
        i = step * j
        red = t0 * r[i] + t1 * r[i + 1] + t2 * r[i + 2]
        green = t0 * g[i] + t1 * g[i + 1] + t2 * g[i + 2]
        blue = t0 * b[i] + t1 * b[i + 1] + t2 * b[i + 2]
        u[j] = min(np.int32(u0 * red + u1 * green + u2 * blue + u3), top)
        v[j] = min(np.int32(v0 * red + v1 * green + v2 * blue + v3), top)


@entry
def rgb_to_yuv(rgb, matrix, taps, top, y, u, v):
    """Fill the planes `y`, `u`, `v` from RGB.

    Parameters
    ----------
    rgb : (height, width, 3) array of uint8 or uint16
    matrix : (3, 4) float64
        Rows for Y, U, V: factors of R, G, B and a constant that holds the plane's offset and one half.
        Rows 1 and 2 are divided by the sum of the taps.
    taps : (2, 3) int32
        Vertical and horizontal weights of the samples at −1, 0, +1 from the luma sample of even
        coordinates (0, 1, 0 where that direction is not subsampled).
    top : int32
        The greatest sample.
    y : (height, width) array, written
    u, v : (ceil(height / 2^sy), ceil(width / 2^sx)) array, written; zero-sized for luma alone
    """
    height, width = y.shape
    chroma_height, chroma_width = u.shape
    sy, sx = chroma_height < height, chroma_width < width
    rows = np.empty((4, 3, width + 2), rgb.dtype)
    sums = np.empty((3, width + 2), np.int32)
    for i in range(height):
        slot = rows[i & 3]
        _luma_row(rgb[i].reshape(-1), matrix, top, y[i], slot[0], slot[1], slot[2])
        if chroma_height == 0 or (sy and i % 2 == 0 and i < height - 1):
            continue
        c = i >> 1 if sy else i
        middle = 2 * c if sy else i
        _weigh(rows[max(middle - 1, 0) & 3], rows[middle & 3], rows[min(middle + 1, i) & 3], taps[0], sums)
        if sx:
            _chroma_row(sums, 2, taps[1], matrix, top, u[c], v[c])
        else:
            _chroma_row(sums, 1, taps[1], matrix, top, u[c], v[c])


@stage
def _upsample(plane, row, taps, sy, sx, column, out):
    """Chroma, 16 times its value, at every luma sample of a luma row."""
    n = plane.shape[1]
    c = row >> 1 if sy else row
    vertical = taps[0, row & 1]
    above, middle, below = plane[max(c - 1, 0)], plane[c], plane[min(c + 1, plane.shape[0] - 1)]
    t0, t1, t2 = vertical[0], vertical[1], vertical[2]
    for j in range(n):
        column[j + 1] = t0 * above[j] + t1 * middle[j] + t2 * below[j]
    _pad(column, n)
    e0, e1, e2 = taps[1, 0, 0], taps[1, 0, 1], taps[1, 0, 2]
    o0, o1, o2 = taps[1, 1, 0], taps[1, 1, 1], taps[1, 1, 2]
    if sx:
        for j in range(n):
            out[2 * j] = e0 * column[j] + e1 * column[j + 1] + e2 * column[j + 2]
            out[2 * j + 1] = o0 * column[j] + o1 * column[j + 1] + o2 * column[j + 2]
    else:
        for j in range(n):
            out[j] = 4 * column[j + 1]


@stage
def _rgb_row(y, u, v, matrix, top, rgb):
    """One row of RGB; the matrix and the clip."""
    r0, r1, r2, r3 = matrix[0, 0], matrix[0, 1], matrix[0, 2], matrix[0, 3]
    g0, g1, g2, g3 = matrix[1, 0], matrix[1, 1], matrix[1, 2], matrix[1, 3]
    b0, b1, b2, b3 = matrix[2, 0], matrix[2, 1], matrix[2, 2], matrix[2, 3]
    for j in range(y.shape[0]):
        rgb[3 * j] = max(0, min(np.int32(r0 * y[j] + r1 * u[j] + r2 * v[j] + r3), top))
        rgb[3 * j + 1] = max(0, min(np.int32(g0 * y[j] + g1 * u[j] + g2 * v[j] + g3), top))
        rgb[3 * j + 2] = max(0, min(np.int32(b0 * y[j] + b1 * u[j] + b2 * v[j] + b3), top))


@entry
def yuv_to_rgb(y, u, v, matrix, taps, top, rgb):
    """Fill `rgb` from the planes.

    Parameters
    ----------
    y : (height, width) array of uint8 or uint16
    u, v : (ceil(height / 2^sy), ceil(width / 2^sx)) array
    matrix : (3, 4) float64
        Rows for R, G, B: factors of Y, 16 U and 16 V, and a constant that holds one half.
    taps : (2, 2, 3) int32
        Vertical and horizontal, at even and at odd luma coordinates: weights, of sum 4, of the chroma
        samples at −1, 0, +1 from the one that covers the coordinate.
    top : int32
        The greatest sample.
    rgb : (height, width, 3) array, written
    """
    height, width = y.shape
    sy, sx = u.shape[0] < height, u.shape[1] < width
    column = np.empty(u.shape[1] + 2, np.int32)
    full = np.empty((2, 2 * u.shape[1]), np.int32)
    for i in range(height):
        _upsample(u, i, taps, sy, sx, column, full[0])
        _upsample(v, i, taps, sy, sx, column, full[1])
        _rgb_row(y[i], full[0], full[1], matrix, top, rgb[i].reshape(-1))
