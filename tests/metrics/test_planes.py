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
    """Each plane by scikit-image, and all by 6:1:1 of the squared errors."""
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
        errors = [np.mean((a.astype(float) - b) ** 2) for a, b in planes.values()]
        want = 10 * math.log10(peak**2 / ((6 * errors[0] + errors[1] + errors[2]) / 8))
        assert got["yuv"] == pytest.approx(want, rel=1e-12)


def test_yuv_is_infinite_only_where_all_is_exact():
    """Y is off by 1 everywhere, and counts 6 of 8: 48.1308 + 1.2494 dB."""
    chroma = np.full((4, 4), 128, np.uint8)
    first = Frame(np.full((8, 8), 100, np.uint8), chroma, chroma)
    second = first.replace(y=first.y + np.uint8(1))
    got = frame_psnr(first, second)
    assert (got["u"], got["v"]) == (math.inf, math.inf)
    assert got["yuv"] == pytest.approx(20 * math.log10(255) + 10 * math.log10(8 / 6), abs=1e-9)
    assert frame_psnr(first, first)["yuv"] == math.inf


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
@pytest.mark.parametrize("bit_depth", [0, 7, 17, 8.5])
def test_bad_bit_depth(metric, bit_depth):
    with pytest.raises(FrameError, match="bit depth"):
        metric(np.zeros((8, 8), np.uint16), np.zeros((8, 8), np.uint16), bit_depth)


@pytest.mark.parametrize("metric", [psnr, ssim])
def test_samples_that_do_not_fit_the_bit_depth(metric):
    plane, high = np.zeros((8, 8), np.uint16), np.full((8, 8), 1024, np.uint16)
    for pair in ((plane, high), (high, plane)):
        with pytest.raises(FrameError, match="1024, above 10 bits"):
            metric(*pair, 10)


def test_16_bits():
    rng = np.random.default_rng(4)
    first = rng.integers(0, 1 << 16, (30, 40)).astype(np.uint16)
    second = np.clip(first + rng.normal(0, 300, first.shape), 0, 65535).astype(np.uint16)
    want = peak_signal_noise_ratio(first.astype(float), second.astype(float), data_range=65535)
    assert psnr(first, second, 16) == pytest.approx(want, rel=1e-12)
    want = structural_similarity(first, second, data_range=65535)
    assert ssim(first, second, 16) == pytest.approx(want, rel=1e-9)
    off_by_one = np.full((4, 4), 65535, np.uint16)
    assert psnr(off_by_one, off_by_one - np.uint16(1), 16) == pytest.approx(20 * math.log10(65535))
