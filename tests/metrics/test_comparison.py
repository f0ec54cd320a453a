"""Pictures compared as what they show, against Pillow's RGB and sums of squares by NumPy."""

import math

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import structural_similarity
from sklearn.metrics import r2_score

from cfl.errors import FrameError, UnsupportedFeature
from cfl.frames import Frame, convert_bit_depth, frame_to_rgb, resample_chroma, rgb_to_frame
from cfl.metrics import frame_psnr, measure
from cfl.metrics.totals import measure_frames


def psnr(error, peak=255):
    return 10 * math.log10(peak**2 / error) if error else math.inf


def picture(shape=(24, 30), seed=0):
    """Smooth colours with some noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    rgb = np.stack([60 + 5 * x, 40 + 6 * y, 200 - 3 * x - y], axis=-1) + rng.integers(-9, 10, (*shape, 3))
    return np.clip(rgb, 0, 255).astype(np.uint8)


def noisy(rgb, seed=1):
    noise = np.random.default_rng(seed).integers(-9, 10, rgb.shape)
    return np.clip(rgb.astype(int) + noise, 0, 255).astype(np.uint8)


def as_rgb(rgb, **fields):
    """A frame as RGB files are read."""
    return rgb_to_frame(rgb, subsampling="4:4:4", matrix_coefficients=0, **fields)


def test_rgb_against_rgb():
    first, second = picture(), noisy(picture())
    got = measure(as_rgb(first), as_rgb(second))
    assert got.psnr["rgb"] == pytest.approx(psnr(np.mean((first.astype(float) - second) ** 2)))
    weights = np.array([0.299, 0.587, 0.114])
    error = np.mean(((first.astype(float) - second) @ weights) ** 2)
    assert got.psnr["y"] == pytest.approx(psnr(error), abs=1e-3)
    assert (got.subsampling, got.bit_depth, got.remarks) == ("4:4:4", 8, [])
    delta = deltaE_ciede2000(rgb2lab(first / 255), rgb2lab(second / 255)).mean()
    assert got.ciede2000.mean == pytest.approx(delta)


@pytest.mark.parametrize(("channel", "change", "rgb"), [(2, 1, 52.9020), (0, 3, 43.3596)])
def test_detail_that_4_2_0_hides(channel, change, rgb):
    """A chequer about (100, 150, 200): RGB PSNR is that of its difference in one of three channels."""
    flat = np.full((64, 64, 3), (100, 150, 200), np.uint8)
    chequer = flat.copy()
    chequer[..., channel] += np.where(np.indices((64, 64)).sum(0) % 2, change, -change).astype(np.uint8)
    got = measure(as_rgb(flat), as_rgb(chequer))
    assert got.psnr["rgb"] == pytest.approx(rgb, abs=1e-3)
    assert all(math.isfinite(value) for value in got.psnr.values())
    assert got.ciede2000.mean > 0


def test_16_bit_rgb():
    first = picture().astype(np.uint16) * 257
    second = first.copy()
    second[..., 2] += 1
    got = measure(as_rgb(first, bit_depth=16), as_rgb(second, bit_depth=16))
    assert got.psnr["rgb"] == pytest.approx(20 * math.log10(65535) + 10 * math.log10(3))
    assert got.bit_depth == 16


@pytest.mark.parametrize("full_range", [True, False])
@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("bit_depth", [8, 10, 12])
def test_rgb_against_its_own_yuv(full_range, matrix, bit_depth):
    """Nearly nothing differs, whatever the form: rounding to its levels alone."""
    rgb = picture()
    test = rgb_to_frame(
        rgb, subsampling="4:4:4", matrix_coefficients=matrix, full_range=full_range, bit_depth=bit_depth
    )
    got = measure(as_rgb(rgb), test)
    assert got.psnr["y"] > 56
    assert got.psnr["rgb"] > (50 if bit_depth == 8 else 70)
    (remark,) = got.remarks
    assert f"{'full' if full_range else 'limited'} range, {bit_depth} bits" in remark
    back = measure(test, as_rgb(rgb))
    assert back.psnr["rgb"] > (50 if bit_depth == 8 else 60)
    assert (back.subsampling, back.bit_depth) == ("4:4:4", bit_depth)


def test_rgb_against_yuv_is_rgb_that_is_decoded():
    rgb = picture()
    test = rgb_to_frame(noisy(rgb), full_range=False, matrix_coefficients=1)
    got = measure(as_rgb(rgb), test)
    shown = frame_to_rgb(test).astype(float)
    assert got.psnr["rgb"] == pytest.approx(psnr(np.mean((shown - rgb) ** 2)))
    luma = (test.y - 16.0) * 255 / 219
    error = np.mean((rgb @ np.array([0.2126, 0.7152, 0.0722]) - luma) ** 2)
    assert got.psnr["y"] == pytest.approx(psnr(error), abs=1e-3)


def test_range():
    """219 levels against 255: what limited range rounds away is all that differs."""
    full = rgb_to_frame(picture())
    limited = rgb_to_frame(picture(), full_range=False)
    got = measure(full, limited)
    want = np.floor((limited.y - 16.0) * 255 / 219 + 0.5)
    assert got.psnr["y"] == pytest.approx(psnr(np.mean((full.y - want) ** 2)))
    assert got.psnr["y"] > 50
    assert got.remarks == ["the test is converted to the reference's form: limited range to full range"]
    assert measure(full, limited, as_is=True).psnr["y"] == frame_psnr(full, limited)["y"] < 40


def test_depth_and_subsampling():
    frame = rgb_to_frame(picture(), subsampling="4:2:0")
    deep = convert_bit_depth(resample_chroma(frame, "4:4:4"), 10)
    got = measure(frame, deep)
    assert got.psnr["y"] == math.inf
    assert got.psnr["u"] > 40
    assert got.remarks == ["the test is converted to the reference's form: 4:4:4 to 4:2:0, 10 to 8 bits"]
    assert (got.subsampling, got.bit_depth) == ("4:2:0", 8)


def test_matrix():
    rgb = picture()
    first, second = (rgb_to_frame(rgb, matrix_coefficients=code, subsampling="4:4:4") for code in (6, 1))
    assert measure(first, second).psnr["yuv"] > 50
    assert measure(first, second, as_is=True).psnr["yuv"] < 35


@pytest.mark.parametrize("unknown", [0, 1])
def test_an_unknown_matrix_is_the_others(unknown):
    """In each figure, that of RGB included."""
    pair = [rgb_to_frame(picture(), matrix_coefficients=1)] * 2
    pair[unknown] = pair[unknown].replace(
        matrix_coefficients=2, color_primaries=2, transfer_characteristics=2
    )
    got = measure(*pair)
    assert got.psnr["yuv"] == math.inf and got.ciede2000.mean == 0 and got.remarks == []


def test_a_hidden_range_is_no_error_but_a_wrong_one_is_seen():
    """The same samples, once declared full and once limited, do not show the same."""
    frame = rgb_to_frame(picture())
    wrong = measure(frame, frame.replace(full_range=False))
    assert wrong.psnr["y"] < 40
    assert measure(frame, frame.replace(full_range=False), as_is=True).psnr["yuv"] == math.inf


def test_gray_against_colour():
    rgb = picture()
    gray = np.repeat(rgb[..., 1:2], 3, axis=2)
    mono = rgb_to_frame(rgb[..., 1], subsampling="4:0:0")
    same = measure(mono, rgb_to_frame(gray, subsampling="4:2:0"))
    assert same.psnr["yuv"] == math.inf
    assert "the reference is monochrome" in same.remarks[0]
    other = measure(mono, rgb_to_frame(rgb, subsampling="4:2:0"))
    assert other.psnr["u"] < 40 and other.psnr["v"] < 40
    assert measure(as_rgb(rgb), mono).psnr["rgb"] == pytest.approx(
        psnr(np.mean((rgb.astype(float) - gray) ** 2))
    )
    assert list(measure(mono, mono).psnr) == ["y", "yuv"]


def test_pq_against_srgb():
    """Reference white is 58.07 % of PQ (BT.2408)."""
    white = np.full((8, 8, 3), 65535, np.uint16)
    pq = np.full((8, 8, 3), round(0.580689 * 65535), np.uint16)
    got = measure(
        as_rgb(white, bit_depth=10),
        as_rgb(pq, bit_depth=10, transfer_characteristics=16),
    )
    assert got.psnr["rgb"] > 60
    assert "transfer PQ (16) to sRGB (13) with white at 203 cd/m²" in got.remarks[0]


def test_icc_profiles_that_differ_are_said():
    frame = as_rgb(picture())
    assert measure(frame.replace(icc=b"one"), frame.replace(icc=b"one")).remarks == []
    assert "ICC profiles differ" in measure(frame.replace(icc=b"one"), frame.replace(icc=b"two")).remarks[0]
    assert "only the test has an ICC profile" in measure(frame, frame.replace(icc=b"two")).remarks[0]


def test_alpha_has_its_own_figures():
    rgb, opaque = picture((20, 20)), np.full((20, 20), 255, np.uint8)
    cut = opaque.copy()
    cut[:5] = 0
    got = measure(as_rgb(rgb).replace(alpha=opaque), as_rgb(rgb).replace(alpha=cut))
    assert got.psnr["alpha"] == pytest.approx(psnr(255**2 / 4))
    assert got.psnr["yuv"] == got.psnr["rgb"] == math.inf
    assert measure(as_rgb(rgb), as_rgb(rgb).replace(alpha=cut)).psnr["alpha"] == got.psnr["alpha"]
    assert "alpha" not in measure(as_rgb(rgb), as_rgb(rgb)).psnr


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
def test_colour_is_weighed_by_the_references_alpha(subsampling):
    rng = np.random.default_rng(2)
    alpha = rng.integers(0, 256, (21, 33)).astype(np.uint8)
    alpha[:10] = 0
    first, second = (
        rgb_to_frame(rgb, subsampling=subsampling) for rgb in (picture((21, 33)), noisy(picture((21, 33))))
    )
    got = measure(first.replace(alpha=alpha), second)
    sx, sy = first.subsampling_x, first.subsampling_y
    padded = np.pad(alpha.astype(float), ((0, sy), (0, sx)), mode="edge")
    height, width = first.u.shape
    chroma = padded[: height << sy, : width << sx].reshape(height, 1 << sy, width, 1 << sx).mean(axis=(1, 3))
    for name, weights in (("y", alpha.astype(float)), ("u", chroma), ("v", chroma)):
        one, other = getattr(first, name).astype(float), getattr(second, name).astype(float)
        error = np.sum(weights * (one - other) ** 2) / weights.sum()
        assert got.psnr[name] == pytest.approx(psnr(error))
        want = r2_score(one.ravel(), other.ravel(), sample_weight=weights.ravel())
        assert got.r2[name] == pytest.approx(want)
        _, values = structural_similarity(one, other, data_range=255, full=True)
        inside = slice(3, -3), slice(3, -3)
        want = np.sum((values * weights)[inside]) / np.sum(weights[inside])
        assert got.ssim[name] == pytest.approx(want)
    delta = deltaE_ciede2000(*(rgb2lab(frame_to_rgb(frame) / 255) for frame in (first, second)))
    assert got.ciede2000.mean == pytest.approx(np.average(delta, weights=alpha))


def test_hidden_colour_does_not_count():
    rgb, alpha = picture(), np.full((24, 30), 255, np.uint8)
    alpha[:8] = 0
    zeroed = rgb.copy()
    zeroed[:8] = 0
    got = measure(as_rgb(rgb).replace(alpha=alpha), as_rgb(zeroed).replace(alpha=alpha))
    assert got.psnr["rgb"] == got.psnr["y"] == got.psnr["alpha"] == math.inf
    assert got.ciede2000.mean == 0


def test_a_picture_that_is_wholly_transparent_has_no_figures_of_colour():
    frame = as_rgb(picture()).replace(alpha=np.zeros((24, 30), np.uint8))
    got = measure(frame, frame)
    assert got.psnr == {"y": None, "u": None, "v": None, "yuv": None, "rgb": None, "alpha": math.inf}
    assert got.ciede2000 is None
    assert "wholly transparent" in got.remarks[0]
    assert got.as_dict()["psnr"]["y"] is None


def test_premultiplied_colours_are_compared_as_straight():
    rgb, alpha = picture(), np.full((24, 30), 128, np.uint8)
    straight = as_rgb(rgb).replace(alpha=alpha)
    multiplied = np.floor(rgb * (128 / 255) + 0.5).astype(np.uint8)
    got = measure(straight, as_rgb(multiplied).replace(alpha=alpha, premultiplied=True))
    assert got.psnr["rgb"] > 50
    assert "the test's colours are divided by its alpha" in got.remarks


def test_a_matrix_without_a_way_to_rgb_leaves_the_other_figures():
    first, second = (
        rgb_to_frame(rgb).replace(matrix_coefficients=11) for rgb in (picture(), noisy(picture()))
    )
    got = measure(first, second)
    assert got.psnr == frame_psnr(first, second)
    assert got.ciede2000 is None
    assert got.ssimulacra2 is None
    assert "no CIEDE2000, no SSIMULACRA 2: matrix_coefficients 11" in got.remarks[0]
    with pytest.raises(UnsupportedFeature, match=r"cannot be compared: matrix_coefficients 11 .*\(as is\)"):
        measure(as_rgb(picture()), second)
    assert measure(rgb_to_frame(picture()), second, as_is=True).psnr == frame_psnr(
        rgb_to_frame(picture()), second
    )


@pytest.mark.parametrize("matrix", [14, 16])
def test_matrices_that_nothing_is_converted_to_are_compared_as_rgb(matrix):
    """A flat gray: Y alone."""
    gray = np.full((8, 8), 512, np.uint16)
    frame = Frame(
        gray, gray, gray, subsampling="4:4:4", bit_depth=10, matrix_coefficients=matrix,
        transfer_characteristics=16 if matrix == 14 else 13,
    )  # fmt: skip
    rgb = frame_to_rgb(frame, 10)
    other = as_rgb(
        (rgb << 6) + np.uint16(32), bit_depth=10, transfer_characteristics=frame.transfer_characteristics
    )
    assert measure(frame, other).psnr["rgb"] > 60
    assert measure(frame, frame).psnr["yuv"] == math.inf


def test_as_is_takes_rgb_as_encoders_do():
    rgb = picture()
    test = rgb_to_frame(noisy(rgb), full_range=False)
    got = measure(as_rgb(rgb), test, as_is=True)
    assert got.psnr["y"] == pytest.approx(frame_psnr(rgb_to_frame(rgb), test)["y"])


def test_frames_together():
    """PSNR of all squared errors, which is infinite only where all frames are exact."""
    first, second = rgb_to_frame(picture()), rgb_to_frame(noisy(picture()))
    got = measure_frames([first, first, first], [first, second, first])
    one = frame_psnr(first, second)
    assert got["frames"] == 3
    for name in ("y", "u", "v", "yuv"):
        assert got["psnr"][name] == pytest.approx(one[name] + 10 * math.log10(3))
    alone = measure(first, second)
    assert got["ssim"]["y"] == pytest.approx((alone.ssim["y"] + 2) / 3)
    assert got["ciede2000"]["mean"] == pytest.approx(alone.ciede2000.mean / 3)
    assert got["ciede2000"]["db"] == pytest.approx(alone.ciede2000.db + 20 * math.log10(3))
    assert measure_frames([first], [first])["psnr"]["y"] == "inf"
    with pytest.raises(FrameError, match="the test has only 1 frames"):
        measure_frames([first, first], [first])
