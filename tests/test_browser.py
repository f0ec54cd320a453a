"""Headless Chromium shows encoded files: its screenshot is the picture."""

import shutil
import subprocess

import numpy as np
import pytest
from av1_pictures import gradient, photo, waves
from PIL import Image

from cfl import encode_frame, frame_to_rgb
from cfl.frames import Frame, Transforms, rgb_to_frame

WIDTH, HEIGHT = 360, 200
BACKGROUND = 40, 160, 90
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage",
    "--no-first-run", "--force-color-profile=srgb", "--force-device-scale-factor=1",
)  # fmt: skip
PAGE = """<!DOCTYPE html>
<style>body {{ margin: 0; background: rgb{background} }} img {{ display: block }}</style>
<img src="{name}">"""


@pytest.fixture
def screenshot(tmp_path):
    """``screenshot(data, page=True)``: what is seen of a file on a page, or of the file by itself."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")

    def shoot(data, page=True):
        (tmp_path / "x.avif").write_bytes(data)
        (tmp_path / "x.html").write_text(PAGE.format(background=BACKGROUND, name="x.avif"))
        target = tmp_path / "shot.png"
        window = f"--window-size={WIDTH},{HEIGHT}"
        places = f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={target}"
        address = (tmp_path / ("x.html" if page else "x.avif")).as_uri()
        subprocess.run(
            [CHROMIUM, *FLAGS, window, *places, address], check=True, capture_output=True, timeout=120
        )
        return np.asarray(Image.open(target).convert("RGB"))

    return shoot


def psnr(a, b):
    error = np.mean((a.astype(np.float64) - b.astype(np.float64)) ** 2)
    return 10 * np.log10(255**2 / error) if error else np.inf


@pytest.mark.parametrize(
    ("subsampling", "depth", "page"),
    [("4:2:0", 8, True), ("4:2:0", 8, False), ("4:2:2", 12, True), ("4:4:4", 8, True), ("4:4:4", 10, False)],
)
def test_a_photograph(screenshot, subsampling, depth, page):
    rgb = photo(WIDTH, HEIGHT)
    encoded = encode_frame(rgb_to_frame(rgb, subsampling=subsampling, bit_depth=depth), quality=75)
    shown = screenshot(encoded.data, page)
    ours = frame_to_rgb(encoded.reconstruction, 8)
    assert psnr(shown, ours) > 45  # which is far above what coding leaves: 37 to 40
    assert psnr(shown, rgb) > psnr(ours, rgb) - 0.5 > 36


def test_without_loss(screenshot):
    rgb = waves(WIDTH, HEIGHT)
    encoded = encode_frame(rgb_to_frame(rgb, subsampling="4:4:4", matrix_coefficients=0), lossless=True)
    np.testing.assert_array_equal(screenshot(encoded.data), rgb)


def test_gray(screenshot):
    gray = photo(WIDTH, HEIGHT)[..., 1].copy()
    encoded = encode_frame(Frame(gray, subsampling="4:0:0"), lossless=True)
    np.testing.assert_array_equal(screenshot(encoded.data), np.repeat(gray[..., None], 3, 2))


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_alpha(screenshot, subsampling):
    rgb, alpha = photo(WIDTH, HEIGHT), gradient(WIDTH, HEIGHT)[..., :1]
    frame = rgb_to_frame(np.concatenate([rgb, alpha], 2), subsampling=subsampling)
    encoded = encode_frame(frame, quality=80)
    shown = screenshot(encoded.data)
    opacity = alpha / 255
    expected = rgb * opacity + np.array(BACKGROUND) * (1 - opacity)
    assert psnr(shown, expected) > 33
    assert psnr(shown, rgb) < 20  # without its alpha it would be seen


def test_a_turned_picture(screenshot):
    rgb = waves(HEIGHT, WIDTH)
    frame = rgb_to_frame(rgb, subsampling="4:4:4", matrix_coefficients=0).replace(
        transforms=Transforms(turns=1)
    )
    np.testing.assert_array_equal(screenshot(encode_frame(frame, lossless=True).data), np.rot90(rgb))


def test_what_is_not_a_picture(screenshot):
    """A screenshot without the picture fails the tests above."""
    shown = screenshot(b"nothing")
    assert psnr(shown, photo(WIDTH, HEIGHT)) < 15
