"""Files in YCgCo, in the matrix of their primaries and in YCgCo-Re: libavif (Pillow) shows the same."""

import io

import numpy as np
import pytest
from PIL import Image

import cfl
from cfl.frames.conversion import Description, convert


def picture():
    """Colours from dark to bright, with noise."""
    y, x = np.mgrid[:48, :64]
    rgb = np.stack([4 * x, 5 * y, 255 - 2 * x - 2 * y], axis=-1)
    return np.clip(rgb + np.random.default_rng(0).integers(-8, 9, rgb.shape), 0, 255).astype(np.uint8)


def by_libavif(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def ycgco_re(rgb):
    """The lifting steps of H.273, which lose nothing."""
    r, g, b = np.moveaxis(rgb.astype(int), -1, 0)
    co = r - b
    t = b + (co >> 1)
    cg = g - t
    planes = (t + (cg >> 1), cg + 512, co + 512)
    return cfl.Frame(
        *(plane.astype(np.uint16) for plane in planes), subsampling="4:4:4", bit_depth=10,
        color_primaries=1, transfer_characteristics=13, matrix_coefficients=16,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("matrix", "primaries", "full_range"), [(8, 1, True), (12, 12, True), (12, 12, False), (16, 1, True)]
)
def test_decoded_measured_and_ablated(matrix, primaries, full_range, tmp_path):
    rgb = picture()
    if matrix == 16:
        frame = ycgco_re(rgb)
    else:
        source = cfl.rgb_to_frame(rgb, subsampling="4:4:4", matrix_coefficients=0, color_primaries=primaries)
        frame = convert(source, Description(matrix, full_range, "4:4:4", 8, primaries, 13))
    data = cfl.encode(frame, lossless=True, speed=10)
    (tmp_path / "x.avif").write_bytes(data)
    decoded = cfl.read(tmp_path / "x.avif")
    assert decoded.matrix_coefficients == matrix
    theirs = by_libavif(data)
    np.testing.assert_array_equal(cfl.frame_to_rgb(decoded, 8), theirs)
    assert np.abs(theirs.astype(int) - rgb).max() <= (0 if matrix == 16 else 3)
    cfl.write(tmp_path / "decoded.png", decoded)
    header = (tmp_path / "decoded.png").read_bytes()[16:26]
    assert header[8] == 8  # the bits of RGB, also where Y, Cg and Co have two more
    shown = np.asarray(Image.open(tmp_path / "decoded.png"))
    np.testing.assert_array_equal(shown, theirs)
    original = cfl.rgb_to_frame(rgb, subsampling="4:4:4", matrix_coefficients=0, color_primaries=primaries)
    measured = cfl.measure(original, tmp_path / "x.avif")
    error = np.mean((theirs.astype(float) - rgb) ** 2)
    assert measured.psnr["rgb"] == pytest.approx(10 * np.log10(255**2 / error) if error else np.inf)
    assert measured.ciede2000 is not None
    ablation = cfl.ablate(decoded, qualities=(40, 80), speed=10)
    assert all(point.decibels["ciede2000"] is not None for point in ablation.with_cfl)
