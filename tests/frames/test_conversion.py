"""Frames brought to another description, against exact fractions, published matrices and levels."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cfl.errors import UnsupportedFeature
from cfl.frames import Frame, frame_to_rgb, rgb_to_frame
from cfl.frames.conversion import Description, convert, rgb_shown, straight, words
from cfl.frames.primaries import between

SDR = Description(6, True, "4:4:4", 16, 1, 13)


def levels(plane, old, new, chroma):
    """Each sample to E'Y or E'PB and to a sample again, in fractions."""
    (old_depth, old_full), (new_depth, new_full) = old, new

    def scale(depth, full):
        if full:
            return 2**depth - 1, 2 ** (depth - 1) if chroma else 0
        step = 2 ** (depth - 8)
        return (224 if chroma else 219) * step, (128 if chroma else 16) * step

    (a, b), (c, d) = scale(old_depth, old_full), scale(new_depth, new_full)
    out = np.empty(plane.shape, int)
    for at in np.ndindex(plane.shape):
        value = Fraction(int(plane[at]) - b, a) * c + d + Fraction(1, 2)
        out[at] = min(max(value.numerator // value.denominator, 0), 2**new_depth - 1)
    return out


depths, ranges = st.sampled_from([8, 10, 12, 16]), st.booleans()


@settings(max_examples=60, deadline=None)
@given(depths, ranges, depths, ranges, st.integers(0, 2**32 - 1))
def test_range_and_depth_are_exact(old_depth, old_full, new_depth, new_full, seed):
    rng = np.random.default_rng(seed)
    dtype = np.uint8 if old_depth == 8 else np.uint16
    planes = [rng.integers(0, 1 << old_depth, (5, 6)).astype(dtype) for _ in range(3)]
    frame = Frame(*planes, subsampling="4:4:4", bit_depth=old_depth, full_range=old_full)
    got = convert(frame, Description(6, new_full, "4:4:4", new_depth, 1, 13))
    for i, (plane, result) in enumerate(zip(planes, got.planes, strict=True)):
        want = levels(plane, (old_depth, old_full), (new_depth, new_full), chroma=i > 0)
        np.testing.assert_array_equal(result, want)
    assert (got.bit_depth, got.full_range) == (new_depth, new_full)


def test_one_rounding_where_subsampling_and_range_change():
    """The mean of 100, 100, 101, 101 limited is 100.5: (100.5 − 128) · 255 / 224 + 128 = 96.69."""
    u = np.array([[100, 100], [101, 101]], np.uint8)
    frame = Frame(u, u, u, subsampling="4:4:4", full_range=False)
    got = convert(frame, Description(2, True, "4:2:0", 8, 2, 2))
    assert got.u.item() == 97
    deep = convert(frame, Description(2, True, "4:2:0", 16, 2, 2))
    assert deep.u.item() == round((100.5 - 128) * 65535 / 224 + 32768)


def test_chroma_moves_by_linear_interpolation():
    """From between two columns to the left one: a quarter of the sample before, and the rest of its own."""
    y = np.zeros((2, 8), np.uint8)
    u = np.array([[0, 100, 200, 40]], np.uint8)
    frame = Frame(y, u, u, chroma_sample_position="center")
    to = Description(2, True, "4:2:0", 8, 2, 2, "left")
    left = convert(frame, to)
    np.testing.assert_array_equal(left.u, [[0, 75, 175, 80]])
    back = convert(frame.replace(chroma_sample_position="left"), to.replace(chroma_sample_position="center"))
    np.testing.assert_array_equal(back.u, [[25, 125, 160, 40]])
    assert convert(frame.replace(chroma_sample_position="unknown"), to).u is frame.u


@pytest.mark.parametrize("matrix", [0, 1, 6, 8, 9, 12])
def test_another_matrix_shows_the_same(matrix):
    rgb = np.random.default_rng(1).integers(0, 256, (12, 10, 3)).astype(np.uint8)
    frame = rgb_to_frame(rgb, subsampling="4:4:4", bit_depth=12)
    got = convert(frame, Description(matrix, matrix == 0, "4:4:4", 12, 1, 13))
    assert got.matrix_coefficients == matrix
    np.testing.assert_array_equal(frame_to_rgb(got, 8), rgb)


def test_bt_709_to_bt_2020():
    """The matrix of BT.2087."""
    want = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
    assert np.abs(between(1, 9) - want).max() < 6e-5


def test_whites_are_brought_together():
    for old, new in ((4, 1), (11, 12), (8, 9), (10, 1)):
        np.testing.assert_allclose(between(old, new) @ [1, 1, 1], [1, 1, 1], atol=1e-12)


def gray(level, transfer, primaries=1):
    """One gray pixel of 16 bits."""
    plane = np.full((1, 1), round(level * 65535), np.uint16)
    return Frame(
        plane, plane, plane, subsampling="4:4:4", bit_depth=16, matrix_coefficients=0,
        transfer_characteristics=transfer, color_primaries=primaries,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "level", "new", "want"),
    [
        (13, 1.0, 16, 0.5807),  # BT.2408: reference white is at 58 % of PQ and at 75 % of HLG
        (13, 1.0, 18, 0.75),
        (16, 0.5807, 13, 1.0),
        (18, 0.75, 13, 1.0),
        (16, 0.5807, 18, 0.75),
        (16, 0.7518, 18, 1.0),  # 1000 cd/m²
        (13, 0.5, 8, 0.21404),  # sRGB: ((0.5 + 0.055) / 1.055)^2.4
        (8, 0.18, 13, 0.46136),  # 1.055 · 0.18^(1 / 2.4) − 0.055
        (4, 0.5, 8, 0.21764),  # 0.5^2.2
        (1, 0.5, 13, 0.5),  # the curves of SDR count as one
        (16, 0.9, 13, 1.0),  # brighter than white
    ],
)
def test_transfer(old, level, new, want):
    to = Description(0, True, "4:4:4", 16, 1, new)
    got = rgb_shown(gray(level, old), 16, to)[0, 0] / 65535
    assert np.ptp(got) == pytest.approx(0, abs=1e-4)
    assert got[0] == pytest.approx(want, abs=3e-4)


def test_red_of_display_p3_in_srgb_is_clipped():
    """ΔX: linear P3 red is (1.2249, −0.0420, −0.0197) in sRGB."""
    red = np.array([[[255, 0, 0]]], np.uint8)
    frame = rgb_to_frame(red, subsampling="4:4:4", matrix_coefficients=0, color_primaries=12)
    np.testing.assert_array_equal(rgb_shown(frame, 8, SDR), red)
    np.testing.assert_allclose(between(12, 1)[:, 0], [1.2249, -0.0420, -0.0197], atol=1e-4)
    half = rgb_to_frame(red // 2, subsampling="4:4:4", matrix_coefficients=0, color_primaries=12)
    linear = ((127 / 255 + 0.055) / 1.055) ** 2.4 * 1.2249
    want = 255 * (1.055 * linear ** (1 / 2.4) - 0.055)
    np.testing.assert_array_equal(rgb_shown(half, 8, SDR)[0, 0], [round(want), 0, 0])


def test_unknown_is_the_other():
    rgb = np.random.default_rng(1).integers(0, 256, (4, 4, 3)).astype(np.uint8)
    frame = rgb_to_frame(rgb, color_primaries=2, transfer_characteristics=2)
    to = Description(1, True, "4:2:0", 8, 9, 16)
    got = convert(frame.replace(matrix_coefficients=2), to)
    assert all(map(np.array_equal, got.planes, frame.planes))
    assert words(Description.of(frame.replace(matrix_coefficients=2)), to) == []


def test_words():
    old = Description(1, False, "4:4:4", 10, 9, 16)
    assert words(old, Description(6, True, "4:2:0", 8, 1, 13)) == [
        "limited range to full range", "BT.709 (1) to BT.601 (6)", "4:4:4 to 4:2:0", "10 to 8 bits",
        "primaries BT.2020 (9) to BT.709 (1)", "transfer PQ (16) to sRGB (13) with white at 203 cd/m²",
    ]  # fmt: skip


def test_premultiplied_colours_are_divided():
    """Half-transparent: 64 of 128 is 127.5 of 255."""
    rgb, alpha = np.full((4, 4, 3), 64, np.uint8), np.full((4, 4), 128, np.uint8)
    frame = rgb_to_frame(rgb, subsampling="4:4:4", matrix_coefficients=0).replace(
        alpha=alpha, premultiplied=True
    )
    got = straight(frame)
    assert not got.premultiplied
    assert set(np.unique(frame_to_rgb(got))) <= {127, 128}


@pytest.mark.parametrize("matrix", [10, 13, 14, 16])
def test_what_nothing_is_converted_to(matrix):
    frame = rgb_to_frame(np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(UnsupportedFeature, match=f"matrix_coefficients {matrix}"):
        convert(frame, Description(matrix, True, "4:4:4", 10, 1, 13))
