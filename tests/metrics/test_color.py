"""CIEDE2000 against scikit-image in one go, and against published pairs of colours."""

import math

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from cfl.errors import FrameError
from cfl.frames import frame_to_rgb, rgb_to_frame
from cfl.metrics import ciede2000


def random_frames(shape, subsampling, bit_depth):
    """Two pictures' frames: coarse random colours, and the same with noise."""
    rng = np.random.default_rng(shape[0])
    top = (1 << bit_depth) - 1
    coarse = rng.integers(0, top + 1, (-(-shape[0] // 8), -(-shape[1] // 8), 3))
    rgb = coarse.repeat(8, axis=0).repeat(8, axis=1)[: shape[0], : shape[1]]
    noisy = np.clip(rgb + rng.normal(0, top / 40, rgb.shape).round().astype(int), 0, top)
    dtype = np.uint8 if bit_depth == 8 else np.uint16
    depth = {"bit_depth": bit_depth, "source_bit_depth": bit_depth, "subsampling": subsampling}
    return [rgb_to_frame(picture.astype(dtype), **depth) for picture in (rgb, noisy)]


@pytest.mark.parametrize("bit_depth", [8, 10, 12])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
@pytest.mark.parametrize("strip", [1, 500, 1 << 18])
def test_strips_together_are_the_whole_picture(subsampling, bit_depth, strip, monkeypatch):
    monkeypatch.setattr("cfl.metrics.strips.STRIP_SAMPLES", strip)
    first, second = random_frames((37, 51), subsampling, bit_depth)
    labs = [rgb2lab(frame_to_rgb(frame) / ((1 << bit_depth) - 1)) for frame in (first, second)]
    got = ciede2000(first, second)
    assert got.mean == pytest.approx(deltaE_ciede2000(*labs).mean(), rel=1e-12)
    assert got.db == pytest.approx(-20 * np.log10(got.mean / 100), rel=1e-12)
    assert got.mean > 0.5


def test_identical_frames():
    first, _ = random_frames((16, 24), "4:2:0", 8)
    assert ciede2000(first, first) == (0.0, math.inf)


def test_black_to_white_is_100():
    """L* from 0 to 100 with no chroma: Delta E is 100 and 0 dB, whatever the weighting functions."""
    black, white = (rgb_to_frame(np.full((8, 8, 3), level, np.uint8)) for level in (0, 255))
    got = ciede2000(black, white)
    assert got.mean == pytest.approx(100, abs=1e-3)
    assert got.db == pytest.approx(0, abs=1e-4)


def test_a_gray_step_by_hand():
    """Neutral grays differ in lightness alone: ΔL* / S_L, S_L = 1 + 0.015 (L* − 50)² / √(20 + (L* − 50)²)."""
    first, second = (
        rgb_to_frame(np.full((8, 8), level, np.uint8), subsampling="4:0:0") for level in (100, 110)
    )

    def lightness(level):
        linear = ((level / 255 + 0.055) / 1.055) ** 2.4
        return 116 * linear ** (1 / 3) - 16

    middle = (lightness(100) + lightness(110)) / 2 - 50
    weight = 1 + 0.015 * middle**2 / math.sqrt(20 + middle**2)
    want = (lightness(110) - lightness(100)) / weight
    assert ciede2000(first, second).mean == pytest.approx(want, rel=1e-3)


def test_frames_of_other_geometry():
    first, _ = random_frames((16, 24), "4:2:0", 8)
    for other in (((16, 22), "4:2:0", 8), ((16, 24), "4:4:4", 8), ((16, 24), "4:2:0", 10)):
        with pytest.raises(FrameError) as caught:
            ciede2000(first, random_frames(*other)[0])
        assert "\n" not in str(caught.value)
