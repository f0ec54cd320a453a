"""PSNR, SSIM and R² against scikit-image, scikit-learn and plain float64."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn.metrics import r2_score
from spec.planes import DEPTHS, SUBSAMPLINGS, dtype_of

from cfl.errors import FrameError
from cfl.frames.frame import Frame, chroma_shape
from cfl.metrics import frame_psnr, frame_r2, frame_ssim, psnr, r2, ssim, sum_of_squared_errors


def pair_of_planes(rng, shape, bit_depth, noise):
    """A smooth plane with texture, and the same with noise."""
    top = (1 << bit_depth) - 1
    smooth = 0.5 + 0.3 * np.sin(np.arange(shape[0]) / 9)[:, None] * np.cos(np.arange(shape[1]) / 7)
    first = np.clip(top * (smooth + rng.normal(0, 0.05, shape)), 0, top).astype(dtype_of(bit_depth))
    second = np.clip(first + rng.normal(0, noise, shape).round(), 0, top).astype(dtype_of(bit_depth))
    return first, second


def pair_of_frames(rng, width, height, subsampling, bit_depth):
    small = chroma_shape((height, width), subsampling)
    sizes = [(height, width)] if subsampling == "4:0:0" else [(height, width), small, small]
    pairs = [pair_of_planes(rng, size, bit_depth, 6) for size in sizes]
    return [
        Frame(*planes, subsampling=subsampling, bit_depth=bit_depth) for planes in zip(*pairs, strict=True)
    ]


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    bit_depth=st.sampled_from(DEPTHS),
    noise=st.sampled_from((0.2, 3, 60)),
    seed=st.integers(0, 2**32),
)
def test_psnr_and_r2(shape, bit_depth, noise, seed):
    first, second = pair_of_planes(np.random.default_rng(seed), shape, bit_depth, noise)
    error = int(((first.astype(np.int64) - second) ** 2).sum())
    assert sum_of_squared_errors(first, second) == error
    if error:
        # as float64, or scikit-image refuses dtypes' ranges that are not data_range
        want = peak_signal_noise_ratio(
            first.astype(float), second.astype(float), data_range=(1 << bit_depth) - 1
        )
        assert psnr(first, second, bit_depth) == pytest.approx(want, rel=1e-12)
    else:
        assert psnr(first, second, bit_depth) == math.inf
    if first.size > 1:
        want = r2_score(first.ravel().astype(float), second.ravel().astype(float))
        assert r2(first, second) == pytest.approx(want, rel=1e-9, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(7, 90), st.integers(7, 90)),
    bit_depth=st.sampled_from(DEPTHS),
    noise=st.sampled_from((0.2, 3, 60)),
    seed=st.integers(0, 2**32),
    strip=st.sampled_from((1, 300, 2000, 1 << 18)),
)
def test_ssim_in_strips_of_any_height(shape, bit_depth, noise, seed, strip):
    """The mean over strips is scikit-image's over the whole plane."""
    first, second = pair_of_planes(np.random.default_rng(seed), shape, bit_depth, noise)
    want = structural_similarity(first, second, data_range=(1 << bit_depth) - 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cfl.metrics.strips.STRIP_SAMPLES", strip)
        assert ssim(first, second, bit_depth) == pytest.approx(want, rel=1e-9)


@pytest.mark.parametrize("shape", [(3, 40), (40, 6), (5, 5), (4, 3)])
def test_ssim_of_a_small_plane_takes_the_largest_window(shape):
    first, second = pair_of_planes(np.random.default_rng(1), shape, 8, 5)
    window = max(n for n in (1, 3, 5, 7) if n <= min(shape))
    want = structural_similarity(first, second, win_size=window, data_range=255)
    assert ssim(first, second, 8) == pytest.approx(want, rel=1e-12)


def test_ssim_of_a_line_compares_levels_alone():
    """In a window of one sample only the luminance term is left: (2ab + C1) / (a² + b² + C1)."""
    first = np.array([[10, 200, 30]], np.uint8)
    second = np.array([[12, 180, 30]], np.uint8)
    a, b, c1 = first.astype(float), second.astype(float), (0.01 * 255) ** 2
    want = ((2 * a * b + c1) / (a * a + b * b + c1)).mean()
    assert ssim(first, second, 8) == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize("bit_depth", DEPTHS)
@pytest.mark.parametrize("subsampling", (*SUBSAMPLINGS, "4:0:0"))
def test_frames(subsampling, bit_depth):
    """Each plane by scikit-image, and 6:1:1 of the PSNRs."""
    first, second = pair_of_frames(np.random.default_rng(8), 41, 33, subsampling, bit_depth)
    peak = (1 << bit_depth) - 1
    names = ("y", "u", "v")[: len(first.planes)]
    planes = dict(zip(names, zip(first.planes, second.planes, strict=True), strict=True))
    got = frame_psnr(first, second)
    assert list(got) == [*names, "yuv"]
    for name, (a, b) in planes.items():
        want = peak_signal_noise_ratio(a.astype(float), b.astype(float), data_range=peak)
        assert got[name] == pytest.approx(want, rel=1e-12)
        assert frame_ssim(first, second)[name] == pytest.approx(structural_similarity(a, b, data_range=peak))
        assert frame_r2(first, second)[name] == pytest.approx(r2_score(a.ravel() / 1.0, b.ravel() / 1.0))
    if subsampling == "4:0:0":
        assert got["yuv"] == got["y"]
    else:
        assert got["yuv"] == pytest.approx((6 * got["y"] + got["u"] + got["v"]) / 8, rel=1e-12)


def test_identical_and_flat():
    flat, other = np.full((9, 9), 7, np.uint8), np.full((9, 9), 8, np.uint8)
    assert psnr(flat, flat, 8) == math.inf
    assert ssim(flat, flat, 8) == 1.0
    assert r2(flat, flat) == 1.0
    assert r2(flat, other) == 0.0
    ramp = np.arange(81, dtype=np.uint8).reshape(9, 9)
    assert r2(ramp, ramp) == 1.0
    assert r2(ramp, ramp[::-1, ::-1]) == pytest.approx(-3.0)


def test_sums_are_exact_beyond_32_bits():
    """12-bit extremes over more than one strip: 3.4e13, by hand."""
    low, high = np.zeros((1500, 1400), np.uint16), np.full((1500, 1400), 4095, np.uint16)
    assert sum_of_squared_errors(low, high) == 1500 * 1400 * 4095**2
    assert psnr(low, high, 12) == 0.0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.zeros((4, 4), np.uint8), np.zeros((4, 5), np.uint8)),
        (np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint16)),
        (np.zeros((4, 4), np.float64), np.zeros((4, 4), np.float64)),
        (np.zeros(4, np.uint8), np.zeros(4, np.uint8)),
        (np.zeros((0, 4), np.uint8), np.zeros((0, 4), np.uint8)),
    ],
)
def test_bad_planes(first, second):
    for metric in (lambda a, b: psnr(a, b, 8), lambda a, b: ssim(a, b, 8), r2, sum_of_squared_errors):
        with pytest.raises(FrameError) as caught:
            metric(first, second)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("metric", [psnr, ssim])
def test_bad_bit_depth(metric):
    with pytest.raises(FrameError):
        metric(np.zeros((8, 8), np.uint16), np.zeros((8, 8), np.uint16), 9)
