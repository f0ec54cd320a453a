"""YCgCo, chroma-derived matrices, ICtCp and YCgCo-R against H.273's equations, written out pixel by pixel."""

from fractions import Fraction

import numpy as np
import pytest

from cfl.errors import FrameError, UnsupportedFeature
from cfl.frames import Frame, frame_to_rgb

PQ_M1, PQ_M2 = 2610 / 16384, 2523 / 32
PQ_C1, PQ_C2, PQ_C3 = 3424 / 4096, 2413 / 128, 2392 / 128
HLG_A, HLG_B, HLG_C = 0.17883277, 0.28466892, 0.55991073


def pq(light):
    """SMPTE ST 2084, of 1.0 = 10000 cd/m²."""
    power = light**PQ_M1
    return ((PQ_C1 + PQ_C2 * power) / (1 + PQ_C3 * power)) ** PQ_M2


def pq_light(signal):
    power = signal ** (1 / PQ_M2)
    return (max(power - PQ_C1, 0) / (PQ_C2 - PQ_C3 * power)) ** (1 / PQ_M1)


def hlg(light):
    """BT.2100's OETF."""
    return (3 * light) ** 0.5 if light <= 1 / 12 else HLG_A * np.log(12 * light - HLG_B) + HLG_C


def hlg_light(signal):
    return signal**2 / 3 if signal <= 0.5 else (np.exp((signal - HLG_C) / HLG_A) + HLG_B) / 12


def ictcp(rgb, transfer):
    """I, Ct, Cp of one pixel (H.273, the equations for MatrixCoefficients 14)."""
    light = [{16: pq_light, 18: hlg_light}[transfer](value) for value in rgb]
    r, g, b = light
    lms = (
        (1688 * r + 2146 * g + 262 * b) / 4096,
        (683 * r + 2951 * g + 462 * b) / 4096,
        (99 * r + 309 * g + 3688 * b) / 4096,
    )
    long, middle, short = ({16: pq, 18: hlg}[transfer](value) for value in lms)
    ct, cp = {
        16: ((6610, -13613, 7003), (17933, -17390, -543)),
        18: ((3625, -7465, 3840), (9500, -9212, -288)),
    }[transfer]
    chroma = (
        (row[0] * long + row[1] * middle + row[2] * short) / 4096 for row in (ct, cp)
    )  # fmt: skip
    return (long + middle) / 2, *chroma


def frame_of(yuv, bit_depth, **fields):
    """A 4:4:4 frame of (height, width, 3) samples."""
    dtype = np.uint8 if bit_depth == 8 else np.uint16
    planes = (np.ascontiguousarray(yuv[..., i]).astype(dtype) for i in range(3))
    return Frame(*planes, subsampling="4:4:4", bit_depth=bit_depth, **fields)


@pytest.mark.parametrize("transfer", [16, 18])
@pytest.mark.parametrize("full_range", [True, False])
def test_ictcp(transfer, full_range):
    rng = np.random.default_rng(transfer)
    rgb = rng.uniform(0.2, 0.95, (6, 7, 3))
    e = np.array([[ictcp(pixel, transfer) for pixel in row] for row in rgb])
    if full_range:
        samples = 65535 * e + [0, 32768, 32768]
    else:
        samples = 256 * (e * [219, 224, 224] + [16, 128, 128])
    frame = frame_of(
        np.round(samples), 16,
        matrix_coefficients=14, transfer_characteristics=transfer, full_range=full_range, color_primaries=9,
    )  # fmt: skip
    # in PQ's dark a step of Ct or Cp is worth many of R'G'B'
    assert np.abs(frame_to_rgb(frame, 16) / 65535 - rgb).max() < 0.005


def test_ictcp_of_gray_is_exact():
    """I is PQ of gray, and Ct and Cp are 0, as each row of the matrices adds up to 1 or 0."""
    gray = np.arange(0, 1024, 11)
    samples = np.stack([gray, np.full_like(gray, 512), np.full_like(gray, 512)], axis=-1)[None]
    frame = frame_of(samples, 10, matrix_coefficients=14, transfer_characteristics=16)
    np.testing.assert_array_equal(frame_to_rgb(frame, 10), np.repeat(gray[None, :, None], 3, axis=2))


@pytest.mark.parametrize("full_range", [True, False])
@pytest.mark.parametrize("bit_depth", [8, 10])
def test_ycgco(full_range, bit_depth):
    """R, G and B are integers of the frame's range first; then Y, Cg and Co are made of them, rounded."""
    rng = np.random.default_rng(3)
    top = (1 << bit_depth) - 1
    scale, offset = (top, 0) if full_range else (219 << (bit_depth - 8), 16 << (bit_depth - 8))
    integers = rng.integers(offset, offset + scale + 1, (9, 8, 3))
    r, g, b = np.moveaxis(integers, -1, 0)
    half = 1 << (bit_depth - 1)
    y = np.floor(0.5 * g + 0.25 * (r + b) + 0.5)
    cg = np.floor(0.5 * g - 0.25 * (r + b) + 0.5) + half
    co = np.floor(0.5 * (r - b) + 0.5) + half
    samples = np.clip(np.stack([y, cg, co], axis=-1), 0, top)
    frame = frame_of(samples, bit_depth, matrix_coefficients=8, full_range=full_range)
    shown = frame_to_rgb(frame, bit_depth) * (scale / top) + offset
    assert np.abs(shown - integers).max() <= 2  # the three have been rounded and clipped


@pytest.mark.parametrize("matrix", [16, 17])
@pytest.mark.parametrize("bit_depth", [10, 12])
def test_ycgco_r_is_exact(matrix, bit_depth):
    """The lifting steps of H.273 lose nothing."""
    depth = bit_depth - (2 if matrix == 16 else 1)
    rgb = np.random.default_rng(5).integers(0, 1 << depth, (9, 8, 3))
    half, yuv = 1 << (bit_depth - 1), np.empty(rgb.shape, int)
    for i, j in np.ndindex(rgb.shape[:2]):
        r, g, b = (int(value) for value in rgb[i, j])
        co = r - b
        t = b + (co >> 1)
        cg = g - t
        yuv[i, j] = t + (cg >> 1), cg + half, co + half
    frame = frame_of(np.clip(yuv, 0, 2 * half - 1), bit_depth, matrix_coefficients=matrix)
    kept = (yuv < 2 * half).all(axis=2)  # Ro has a bit too little for the greatest differences
    assert kept.mean() > 0.9
    np.testing.assert_array_equal(frame_to_rgb(frame, depth)[kept], rgb[kept])


def test_ycgco_r_needs_bits():
    with pytest.raises(FrameError, match="less than 8"):
        frame_to_rgb(frame_of(np.zeros((2, 2, 3)), 8, matrix_coefficients=16))


def test_chroma_derived_of_bt_709_and_bt_2020():
    """K_R and K_B of these standards are rounded to four digits from the same primaries."""
    from cfl.frames.matrices import rgb_to_yuv_matrix

    for primaries, matrix in ((1, 1), (9, 9)):
        derived, rounded = rgb_to_yuv_matrix(12, primaries)[0], rgb_to_yuv_matrix(matrix)[0]
        differences = [abs(a - b) for a, b in zip(derived, rounded, strict=True)]
        assert max(differences) < Fraction(1, 10000)


def test_chroma_derived_of_display_p3():
    """K_R and K_B of H.273's equations 32 to 37 with exact fractions: written out, not by matrices."""
    from cfl.frames.matrices import rgb_to_yuv_matrix

    points = "0.680", "0.320", "0.265", "0.690", "0.150", "0.060", "0.3127", "0.3290"
    xr, yr, xg, yg, xb, yb, xw, yw = map(Fraction, points)
    zr, zg, zb, zw = 1 - xr - yr, 1 - xg - yg, 1 - xb - yb, 1 - xw - yw
    below = yw * (xr * (yg * zb - yb * zg) + xg * (yb * zr - yr * zb) + xb * (yr * zg - yg * zr))
    kr = yr * (xw * (yg * zb - yb * zg) + yw * (xb * zg - xg * zb) + zw * (xg * yb - xb * yg)) / below
    kb = yb * (xw * (yr * zg - yg * zr) + yw * (xg * zr - xr * zg) + zw * (xr * yg - xg * yr)) / below
    assert rgb_to_yuv_matrix(12, 12)[0] == [kr, 1 - kr - kb, kb]


def test_what_cannot_be_converted_is_named():
    frame = frame_of(np.zeros((2, 2, 3)), 10)
    for fields, words in (
        ({"matrix_coefficients": 10}, "matrix_coefficients 10"),
        ({"matrix_coefficients": 12, "color_primaries": 3}, "color_primaries 3"),
        ({"matrix_coefficients": 14, "transfer_characteristics": 3}, "transfer_characteristics 3"),
    ):
        with pytest.raises(UnsupportedFeature, match=words):
            frame_to_rgb(frame.replace(**fields))
