"""RGB to YUV and back in exact rational arithmetic, slowly, from the equations of ITU-T H.273."""

from fractions import Fraction
from math import floor

import numpy as np

KR_KB = {1: ("0.2126", "0.0722"), 5: ("0.299", "0.114"), 6: ("0.299", "0.114"), 9: ("0.2627", "0.0593")}
SUBSAMPLING = {"4:2:0": (2, 2), "4:2:2": (1, 2), "4:4:4": (1, 1)}


def clip_round(value, bit_depth):
    return min(max(floor(value + Fraction(1, 2)), 0), 2**bit_depth - 1)


def quantise(e, plane, bit_depth, full_range):
    """E'Y, E'PB or E'PR to a sample (equations 25 to 34)."""
    if full_range:
        return clip_round((2**bit_depth - 1) * e + (2 ** (bit_depth - 1) if plane else 0), bit_depth)
    step = 2 ** (bit_depth - 8)
    return clip_round(step * ((224 if plane else 219) * e + (128 if plane else 16)), bit_depth)


def dequantise(sample, plane, bit_depth, full_range):
    if full_range:
        return (sample - (2 ** (bit_depth - 1) if plane else 0)) / Fraction(2**bit_depth - 1)
    step = 2 ** (bit_depth - 8)
    return (Fraction(sample, step) - (128 if plane else 16)) / (224 if plane else 219)


def yuv_of(rgb, matrix):
    r, g, b = rgb
    kr, kb = (Fraction(k) for k in KR_KB[matrix])
    y = kr * r + (1 - kr - kb) * g + kb * b
    return y, (b - y) / (2 * (1 - kb)), (r - y) / (2 * (1 - kr))


def down_weights(step, cosited):
    if step == 1:
        return {0: Fraction(1)}
    if cosited:
        return {-1: Fraction(1, 4), 0: Fraction(1, 2), 1: Fraction(1, 4)}
    return {0: Fraction(1, 2), 1: Fraction(1, 2)}


def planes_of(rgb, source_top, matrix, bit_depth, full_range, subsampling, position):
    """Y, U, V of an (h, w, 3) integer array: average R'G'B', matrix, quantise."""
    height, width, _ = rgb.shape
    e = [[[Fraction(int(c), source_top) for c in pixel] for pixel in row] for row in rgb]
    y = [[quantise(yuv_of(p, matrix)[0], 0, bit_depth, full_range) for p in row] for row in e]
    sy, sx = SUBSAMPLING[subsampling]
    rows = down_weights(sy, position == "topleft")
    columns = down_weights(sx, position != "center")
    uv = np.zeros((2, -(-height // sy), -(-width // sx)), int)
    for i, j in np.ndindex(uv.shape[1:]):
        mean = [Fraction(0)] * 3
        for di, wi in rows.items():
            for dj, wj in columns.items():
                pixel = e[min(max(sy * i + di, 0), height - 1)][min(max(sx * j + dj, 0), width - 1)]
                mean = [m + wi * wj * c for m, c in zip(mean, pixel, strict=True)]
        _, pb, pr = yuv_of(mean, matrix)
        uv[:, i, j] = quantise(pb, 1, bit_depth, full_range), quantise(pr, 1, bit_depth, full_range)
    return np.array(y), uv[0], uv[1]


def interpolate(plane, i, j, subsampling, position):
    """Chroma at a luma coordinate: linear interpolation between sample positions, the edge repeated."""
    sy, sx = SUBSAMPLING[subsampling]
    where = []
    for coordinate, step, cosited, size in (
        (i, sy, position == "topleft", plane.shape[0]),
        (j, sx, position != "center", plane.shape[1]),
    ):
        offset = Fraction(0) if step == 1 or cosited else Fraction(1, 2)
        at = (coordinate - offset) / step
        low = floor(at)
        where.append([(min(max(low + k, 0), size - 1), 1 - abs(at - low - k)) for k in (0, 1)])
    return sum(wi * wj * int(plane[a, b]) for a, wi in where[0] for b, wj in where[1])


def rgb_of(frame, matrix, bit_depth):
    kr, kb = (Fraction(k) for k in KR_KB[matrix])
    out = np.zeros((frame.height, frame.width, 3), int)
    for i, j in np.ndindex(out.shape[:2]):
        y = dequantise(int(frame.y[i, j]), 0, frame.bit_depth, frame.full_range)
        pb, pr = (
            dequantise(
                interpolate(p, i, j, frame.subsampling, frame.chroma_sample_position),
                1,
                frame.bit_depth,
                frame.full_range,
            )
            for p in frame.planes[1:]
        )
        r, b = y + 2 * (1 - kr) * pr, y + 2 * (1 - kb) * pb
        g = (y - kr * r - kb * b) / (1 - kr - kb)
        out[i, j] = [clip_round((2**bit_depth - 1) * c, bit_depth) for c in (r, g, b)]
    return out
