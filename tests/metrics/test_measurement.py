"""measure(), its dictionary, and what becomes of infinity in JSON."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest

from cfl.errors import FrameError
from cfl.frames import Frame, rgb_to_frame
from cfl.metrics import ciede2000, frame_psnr, frame_r2, frame_ssim, json_ready, measure, ms_ssim, ssimulacra2


def frames(subsampling="4:2:0"):
    rng = np.random.default_rng(3)
    rgb = rng.integers(0, 256, (20, 30, 3)).astype(np.uint8)
    noisy = np.clip(rgb + rng.integers(-9, 10, rgb.shape), 0, 255).astype(np.uint8)
    return rgb_to_frame(rgb, subsampling=subsampling), rgb_to_frame(noisy, subsampling=subsampling)


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:0:0"])
def test_measure_is_all_metrics(subsampling):
    first, second = frames(subsampling)
    got = measure(first, second)
    assert got.psnr == frame_psnr(first, second)
    assert got.ssim == frame_ssim(first, second)
    assert got.r2 == frame_r2(first, second)
    assert got.ciede2000 == ciede2000(first, second)
    assert got.ssimulacra2 == ssimulacra2(first, second)
    assert json.loads(json.dumps(got.as_dict(), allow_nan=False)) == {
        "width": 30,
        "height": 20,
        "subsampling": subsampling,
        "bit_depth": 8,
        "psnr": got.psnr,
        "ssim": got.ssim,
        "r2": got.r2,
        "ciede2000": {"mean": got.ciede2000.mean, "db": got.ciede2000.db},
        "ssimulacra2": got.ssimulacra2,
        "ms_ssim": None,
        "remarks": [],
    }


def test_identical_frames_are_infinitely_alike():
    first, _ = frames()
    got = json.loads(json.dumps(measure(first, first).as_dict(), allow_nan=False))
    assert got["psnr"] == dict.fromkeys(("y", "u", "v", "yuv"), "inf")
    assert got["ssim"] == got["r2"] == dict.fromkeys("yuv", 1.0)
    assert got["ciede2000"] == {"mean": 0.0, "db": "inf"}
    assert got["ssimulacra2"] == 100


def test_ms_ssim_of_luma():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 256, (180, 190)).astype(np.uint8)
    frame = Frame(y, subsampling="4:0:0")
    assert measure(frame, frame).ms_ssim == 1
    other = frame.replace(y=y ^ 9)
    assert measure(frame, other).ms_ssim == ms_ssim(y, other.y, 8) < 1


def test_pictures_of_another_size():
    first, _ = frames()
    with pytest.raises(FrameError, match=r"reference is 30x20 but the test 29x20"):
        measure(first, first.replace(y=first.y[:, :29]))


def test_as_is_wants_one_form():
    first, _ = frames()
    with pytest.raises(FrameError, match=r"30x20 4:2:0 at 8 bits .* 30x20 4:4:4 at 8 bits"):
        measure(first, frames("4:4:4")[0], as_is=True)


def test_json_ready():
    value = {
        "a": [1, 2.5, math.inf, -math.inf],
        3: (np.float64(0.1), np.int64(7), np.bool_(True), np.float32(0.5)),
        "array": np.array([[1.0, math.inf]]),
        "rest": [None, True, "inf"],
    }
    assert json.loads(json.dumps(json_ready(value), allow_nan=False)) == {
        "a": [1, 2.5, "inf", "-inf"],
        "3": [0.1, 7, True, 0.5],
        "array": [[1.0, "inf"]],
        "rest": [None, True, "inf"],
    }


@pytest.mark.parametrize(
    ("value", "error"), [(math.nan, ValueError), ([np.nan], ValueError), (object(), TypeError)]
)
def test_what_json_ready_refuses(value, error):
    with pytest.raises(error):
        json_ready({"a": value})


def test_importing_loads_nothing_heavy():
    code = "import sys, cfl.metrics; print([m for m in ('numba', 'scipy', 'skimage') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
