"""SSIMULACRA 2 against an independent implementation."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cfl
from cfl.metrics.perceptual import ssimulacra2_of_rgb

IMAGES = Path(__file__).parents[2] / "images"


@pytest.fixture
def theirs(tmp_path):
    """The score by the package `ssimulacra2`."""
    package = pytest.importorskip("ssimulacra2")

    def score(reference, test):
        for name, samples in (("a.png", reference), ("b.png", test)):
            Image.fromarray(samples).save(tmp_path / name)
        return package.compute_ssimulacra2(tmp_path / "a.png", tmp_path / "b.png")

    return score


def jpeg(picture, quality):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


@pytest.mark.parametrize("quality", [5, 30, 60, 90, 98])
def test_photos(theirs, quality):
    photo = np.asarray(Image.open(IMAGES / "coffee.png").convert("RGB"))[:201, :263]
    test = jpeg(photo, quality)
    assert ssimulacra2_of_rgb(photo, test, 8) == pytest.approx(theirs(photo, test), abs=0.01)


@pytest.mark.parametrize("height", [8, 9, 14, 15, 16, 17, 31, 33])
@pytest.mark.parametrize("width", [8, 11, 15, 29, 64])
def test_all_sizes(theirs, height, width):
    rng = np.random.default_rng(height * width)
    one = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    two = np.clip(one + rng.integers(-30, 31, one.shape), 0, 255).astype(np.uint8)
    assert ssimulacra2_of_rgb(one, two, 8) == pytest.approx(theirs(one, two), abs=0.01)


def test_one_sample_of_one_step(theirs):
    one = np.full((64, 64, 3), 90, np.uint8)
    two = one.copy()
    two[30, 31, 1] += 1
    assert ssimulacra2_of_rgb(one, two, 8) == pytest.approx(theirs(one, two), abs=0.01)


def test_extremes(theirs):
    black = np.zeros((40, 40, 3), np.uint8)
    stripes = black.copy()
    stripes[::2] = 255
    for pair in ((black, stripes), (stripes, black), (black, black + 255)):
        assert ssimulacra2_of_rgb(*pair, 8) == pytest.approx(theirs(*pair), abs=0.01)


def test_deep_samples_that_are_the_same_as_of_8_bits():
    rng = np.random.default_rng(3)
    one, two = rng.integers(0, 256, (2, 40, 50, 3)).astype(np.uint16)
    assert ssimulacra2_of_rgb(one * 257, two * 257, 16) == pytest.approx(
        ssimulacra2_of_rgb(one, two, 8), abs=1e-4
    )


def test_alpha_counts_on_dark_and_light(theirs):
    rng = np.random.default_rng(4)
    rgb = rng.integers(0, 256, (40, 48, 3)).astype(np.uint8)
    opaque = np.full((40, 48, 1), 255, np.uint8)
    half = np.where(np.arange(48) < 24, 255, 0).astype(np.uint8)[None, :, None].repeat(40, 0)
    one, two = (
        cfl.rgb_to_frame(np.dstack([rgb, alpha]), matrix_coefficients=0, subsampling="4:4:4")
        for alpha in (opaque, half)
    )
    expected = []
    for background in (0.1, 0.9):
        gray = np.full_like(rgb, round(255 * background))
        expected.append(theirs(rgb, np.where(half > 0, rgb, gray)))
    assert cfl.metrics.ssimulacra2(one, two) == pytest.approx(min(expected), abs=0.3)


def test_threads_do_not_change_it():
    photo = np.asarray(Image.open(IMAGES / "coffee.png").convert("RGB"))
    scores = {ssimulacra2_of_rgb(photo, jpeg(photo, 40), 8, threads=threads) for threads in (1, 3)}
    assert len(scores) == 1
