"""MS-SSIM by its definition, from scikit-image's SSIM at each scale."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

import cfl
from cfl.errors import FrameError
from cfl.metrics import ms_ssim

IMAGES = Path(__file__).parents[2] / "images"
EXPONENTS = 0.0448, 0.2856, 0.3001, 0.2363, 0.1333


def by_definition(reference, test, peak, weights=None):
    """Of contrast and structure alone where the constant of brightness is so large that it is 1."""
    one, two = reference.astype(float), test.astype(float)
    weights = np.ones(one.shape) if weights is None else weights.astype(float)
    result = 1.0
    for scale, exponent in enumerate(EXPONENTS):
        _, values = structural_similarity(
            one, two, data_range=peak, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
            full=True, K1=0.01 if scale == 4 else 1e9,
        )  # fmt: skip
        inside = (slice(5, -5),) * 2
        result *= np.average(values[inside], weights=weights[inside]) ** exponent
        one, two, weights = (halved(plane) for plane in (one, two, weights))
    return result


def halved(plane):
    plane = np.pad(plane, [(0, side % 2) for side in plane.shape], "edge")
    return plane.reshape(plane.shape[0] // 2, 2, -1, 2).mean((1, 3))


def pair(height, width, peak, seed=0):
    """Noise on a picture with detail of all sizes."""
    rng = np.random.default_rng(seed)
    one = sum(
        rng.random((-(-height // side), -(-width // side))).repeat(side, 0).repeat(side, 1)[:height, :width]
        for side in (1, 5, 16, 50)
    )
    two = np.clip(one + rng.normal(0, 0.3, one.shape), 0, 4)
    dtype = np.uint8 if peak == 255 else np.uint16
    return (np.round(plane * peak / 4).astype(dtype) for plane in (one, two))


@pytest.mark.parametrize("size", [(176, 176), (177, 191), (190, 300), (321, 179), (256, 512)])
@pytest.mark.parametrize("bit_depth", [8, 10, 16])
def test_definition(size, bit_depth):
    peak = (1 << bit_depth) - 1
    one, two = pair(*size, peak)
    assert ms_ssim(one, two, bit_depth) == pytest.approx(by_definition(one, two, peak), abs=1e-5)
    assert ms_ssim(one, two, bit_depth) < 0.99


def test_pictures():
    with Image.open(IMAGES / "coffee.png") as image:
        one = np.asarray(image.convert("L"))
    two = np.asarray(Image.fromarray(one).resize((image.width // 3, image.height // 3)).resize(image.size))
    assert ms_ssim(one, two, 8) == pytest.approx(by_definition(one, two, 255), abs=1e-5)


def test_alike_and_opposite():
    one, _ = pair(180, 180, 255)
    assert ms_ssim(one, one, 8) == 1
    assert ms_ssim(one, 255 - one, 8) == 0


def test_weighed_by_alpha():
    one, two = pair(200, 180, 255)
    alpha = np.zeros_like(one)
    alpha[20:150, 31:] = 255
    alpha[:, 100:140] = 77
    frames = [cfl.Frame(plane, subsampling="4:0:0", alpha=alpha) for plane in (one, two)]
    expected = by_definition(one, two, 255, alpha)
    assert cfl.measure(*frames).ms_ssim == pytest.approx(expected, abs=1e-5)
    assert abs(expected - by_definition(one, two, 255)) > 1e-4
    hidden = [frame.replace(alpha=np.zeros_like(one)) for frame in frames]
    assert cfl.measure(*hidden).ms_ssim is None


def test_threads_do_not_change_it():
    one, two = pair(300, 200, 255)
    assert ms_ssim(one, two, 8, threads=3) == ms_ssim(one, two, 8)


def test_too_small():
    plane = np.zeros((175, 300), np.uint8)
    with pytest.raises(FrameError, match="at least 176 rows and columns"):
        ms_ssim(plane, plane, 8)
