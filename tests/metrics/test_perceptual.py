"""SSIMULACRA 2 against an independent implementation."""

import io
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import cfl
from cfl.errors import FrameError
from cfl.frames import write
from cfl.metrics import ssimulacra2
from cfl.metrics.perceptual import ssimulacra2_of_rgb
from cfl.simd.cube_root import cube_root
from cfl.simd.float32x8 import load_f8, store_f8
from cfl.simd.kernel import entry

IMAGES = Path(__file__).parents[2] / "images"
TOLERANCE = 0.001


@pytest.fixture
def theirs(tmp_path):
    """The score by the package `ssimulacra2`."""
    package = pytest.importorskip("ssimulacra2")

    def score(reference, test):
        for name, samples in (("a.png", reference), ("b.png", test)):
            Image.fromarray(samples).save(tmp_path / name)
        return package.compute_ssimulacra2(tmp_path / "a.png", tmp_path / "b.png")

    return score


def ours(reference, test, bit_depth=8, **options):
    return ssimulacra2_of_rgb((reference, test), bit_depth, **options)


def jpeg(picture, quality):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


@entry
def cube_roots(x, out):
    for i in range(0, x.size, 8):
        store_f8(out, i, cube_root(load_f8(x, i)))


def test_cube_roots():
    x = np.geomspace(1e-3, 2, 80_000).astype(np.float32)
    out = np.empty_like(x)
    cube_roots(x, out)
    assert np.abs(out / np.cbrt(x.astype(np.float64)) - 1).max() < 2**-22


@pytest.mark.parametrize("quality", [5, 30, 60, 90, 98])
@pytest.mark.parametrize("name", ["coffee.png", "retina.jpg", "screen.png"])
def test_pictures(theirs, name, quality):
    photo = np.asarray(Image.open(IMAGES / name).convert("RGB"))[:201, :263]
    test = jpeg(photo, quality)
    assert ours(photo, test) == pytest.approx(theirs(photo, test), abs=TOLERANCE)


@pytest.mark.parametrize("height", [8, 9, 14, 15, 16, 17, 31, 33, 127, 129])
@pytest.mark.parametrize("width", [8, 11, 15, 29, 64, 137, 256])
def test_all_sizes(theirs, height, width):
    rng = np.random.default_rng(height * width)
    one = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    two = np.clip(one + rng.integers(-30, 31, one.shape), 0, 255).astype(np.uint8)
    assert ours(one, two) == pytest.approx(theirs(one, two), abs=TOLERANCE)


def test_one_sample_of_one_step(theirs):
    one = np.full((64, 64, 3), 90, np.uint8)
    two = one.copy()
    two[30, 31, 1] += 1
    assert ours(one, two) == pytest.approx(theirs(one, two), abs=TOLERANCE)


def test_extremes(theirs):
    black = np.zeros((40, 40, 3), np.uint8)
    stripes = black.copy()
    stripes[::2] = 255
    for pair in ((black, stripes), (stripes, black), (black, black + 255)):
        assert ours(*pair) == pytest.approx(theirs(*pair), abs=TOLERANCE)


def test_too_small():
    frame = cfl.rgb_to_frame(np.zeros((7, 40, 3), np.uint8))
    assert cfl.measure(frame, frame).ssimulacra2 is None
    assert cfl.encode_frame(frame, speed=10).ssimulacra2 is None
    with pytest.raises(FrameError, match="at least 8 rows and columns"):
        ssimulacra2(frame, frame)


@pytest.mark.parametrize("bit_depth", [10, 12, 16])
def test_deep_samples(bit_depth):
    """Gray levels that a deeper scale has, too, show the same."""
    rng = np.random.default_rng(3)
    one, two = rng.integers(0, 4, (2, 40, 50, 3))
    peak = (1 << bit_depth) - 1
    deep = ours(*(((level * peak) // 3).astype(np.uint16) for level in (one, two)), bit_depth)
    assert deep == pytest.approx(ours(*((85 * level).astype(np.uint8) for level in (one, two))), abs=1e-4)


@pytest.mark.parametrize(("darkest", "worse"), [(0, 1), (200, 0)])
@pytest.mark.parametrize("premultiplied", [False, True])
def test_alpha_counts_on_dark_and_light(theirs, premultiplied, darkest, worse):
    """Backgrounds of 8 bits are a little off: 26 is not 0.1 of 255."""
    rng = np.random.default_rng(4)
    rgb = rng.integers(darkest, darkest + 56, (40, 48, 3)).astype(np.uint8)
    opaque = np.full((40, 48), 255, np.uint8)
    half = np.where(np.arange(48) < 24, 255, 0).astype(np.uint8)[None].repeat(40, 0)
    one, two = (
        cfl.rgb_to_frame(np.dstack([rgb, alpha]), matrix_coefficients=0, subsampling="4:4:4")
        for alpha in (opaque, half)
    )
    if premultiplied:
        y, u, v = (plane * (half > 0) for plane in two.planes)
        two = two.replace(y=y, u=u, v=v, premultiplied=True)
    expected = [
        theirs(rgb, np.where(half[..., None] > 0, rgb, np.uint8(round(255 * background))))
        for background in (0.1, 0.9)
    ]
    assert expected[worse] < expected[1 - worse] - 5
    assert ssimulacra2(one, two) == pytest.approx(expected[worse], abs=0.3)


@pytest.mark.parametrize("level", [51, 128, 204])
def test_mixed_as_signals(theirs, level):
    """Where alpha is 1/5 and the background 0.1 or 0.9, of which 255 has no fifth, so within a step."""
    rng = np.random.default_rng(5)
    rgb = 5 * rng.integers(0, 52, (32, 40, 3))
    alpha = np.full((32, 40), level)
    opaque = np.full((32, 40), 255)
    expected = [
        theirs(
            rgb.astype(np.uint8),
            np.round(rgb * level / 255 + 255 * background * (1 - level / 255)).astype(np.uint8),
        )
        for background in (0.1, 0.9)
    ]
    alphas = opaque.astype(np.uint8), alpha.astype(np.uint8)
    got = ours(rgb.astype(np.uint8), rgb.astype(np.uint8), alphas=alphas)
    assert got == pytest.approx(min(expected), abs=0.5)


def test_threads_do_not_change_it():
    photo = np.asarray(Image.open(IMAGES / "coffee.png").convert("RGB"))
    assert len({ours(photo, jpeg(photo, 40), threads=threads) for threads in (1, 3)}) == 1


def test_of_frames_of_files_and_of_encodes(theirs, tmp_path):
    frame = cfl.read(IMAGES / "chelsea.png")
    encoded = cfl.encode_frame(frame, speed=10, quality=40)
    pair = frame, encoded.reconstruction
    expected = theirs(*(cfl.frame_to_rgb(each) for each in pair))
    assert encoded.ssimulacra2 == ssimulacra2(*pair) == pytest.approx(expected, abs=TOLERANCE)
    assert encoded.as_dict()["ssimulacra2"] == encoded.ssimulacra2
    assert encoded.as_dict(perceptual=False)["ssimulacra2"] is None
    for name, each in zip(("a.y4m", "b.y4m"), pair, strict=True):
        write(tmp_path / name, each)
    measured = cfl.measure(tmp_path / "a.y4m", tmp_path / "b.y4m")
    assert measured.ssimulacra2 == pytest.approx(expected, abs=TOLERANCE)


def test_much_faster_than_the_other(theirs):
    """Over 30 times on a quiet machine."""
    rng = np.random.default_rng(6)
    one = rng.integers(0, 256, (512, 768, 3)).astype(np.uint8)
    two = jpeg(one, 50)
    ours(one, two)

    def seconds(work):
        start = time.process_time()
        work(one, two)
        return time.process_time() - start

    assert 10 * min(seconds(ours) for _ in range(3)) < seconds(theirs)
