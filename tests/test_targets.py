"""Targets: a size that is kept, a quality that is reached with as few bytes as an index allows."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut
from skimage.metrics import structural_similarity

import cfl
from cfl.targets import Target, encode_to_target

FRAME = cfl.rgb_to_frame(np.ascontiguousarray(astronaut()[100:260, 150:342]))


@pytest.mark.parametrize(
    ("tune", "size"), [("psnr", 4000), ("psnr", 16000), ("iq", 1200), ("iq", 4000), ("iq", 9000)]
)
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:0:0"])
def test_size(tune, size, subsampling):
    frame = cfl.frames.resample_chroma(FRAME, subsampling)
    found = encode_to_target(frame, Target(size=size), speed=10, tune=tune)
    data = found.encoded.data
    assert 0.99 * size <= len(data) <= size
    assert found.encodes <= 9
    assert Image.open(io.BytesIO(data)).size == (192, 160)
    (decoded,) = cfl.container.decode(data)
    np.testing.assert_array_equal(decoded.y, found.encoded.reconstruction.y)


def test_few_encodes_at_the_wanted_speed():
    found = encode_to_target(FRAME, Target(size=5000), speed=6)
    assert 4950 <= len(found.encoded.data) <= 5000
    assert found.encodes <= 7 and found.fast_encodes <= 8


@pytest.mark.parametrize("decibels", [30, 36.5, 42])
def test_psnr(decibels):
    """By NumPy on the planes of libavif's decoder, as the weights say; the next index is below."""
    found = encode_to_target(FRAME, Target(psnr=decibels), speed=10)
    (decoded,) = cfl.container.decode(found.encoded.data)

    def psnr(test):
        errors = [np.mean((p.astype(float) - q) ** 2) for p, q in zip(FRAME.planes, test.planes, strict=True)]
        return 10 * np.log10(255**2 / np.average(errors, weights=[6, 1, 1]))

    assert psnr(decoded) >= decibels
    coarser = cfl.encode_frame(FRAME, qindex=found.encoded.qindex + 1, speed=10)
    assert psnr(coarser.reconstruction) < decibels
    assert len(coarser.data) < len(found.encoded.data)


@pytest.mark.parametrize("ssim", [0.8, 0.95])
def test_ssim(ssim):
    found = encode_to_target(FRAME, Target(ssim=ssim), speed=10)
    (decoded,) = cfl.container.decode(found.encoded.data)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}

    def of(test):
        return structural_similarity(FRAME.y, test.y, **options)

    if abs(of(decoded) - cfl.metrics.ssim(FRAME.y, decoded.y, 8)) > 1e-6:
        options = {"data_range": 255}
    assert of(decoded) >= ssim
    coarser = cfl.encode_frame(FRAME, qindex=found.encoded.qindex + 1, speed=10)
    assert of(coarser.reconstruction) < ssim


@pytest.mark.parametrize("score", [30, 75.5])
def test_ssimulacra2(score, tmp_path):
    """By another implementation, which is within 0.001."""
    other = pytest.importorskip("ssimulacra2")

    def of(test):
        for name, frame in (("a.png", FRAME), ("b.png", test)):
            Image.fromarray(cfl.frame_to_rgb(frame)).save(tmp_path / name)
        return other.compute_ssimulacra2(tmp_path / "a.png", tmp_path / "b.png")

    found = encode_to_target(FRAME, Target(ssimulacra2=score), speed=10)
    (decoded,) = cfl.container.decode(found.encoded.data)
    assert of(decoded) >= score - 0.001
    coarser = cfl.encode_frame(FRAME, qindex=found.encoded.qindex + 1, speed=10)
    assert of(coarser.reconstruction) < score + 0.001


def test_what_cannot_be_reached():
    with pytest.raises(cfl.FrameError, match="100 bytes are too few: the coarsest quantizer needs"):
        encode_to_target(FRAME, Target(size=100), speed=10)
    with pytest.raises(cfl.FrameError, match="PSNR 90 is not reached"):
        encode_to_target(FRAME, Target(psnr=90), speed=10)
    with pytest.raises(cfl.FrameError, match="SSIMULACRA 2 needs 8 rows and columns"):
        encode_to_target(np.zeros((5, 40, 3), np.uint8), Target(ssimulacra2=50), speed=10)


@pytest.mark.parametrize(
    "given", [{}, {"size": 0}, {"psnr": -1}, {"ssim": 1}, {"ssimulacra2": 100}, {"size": 1, "psnr": 40}]
)
def test_bad_targets(given):
    with pytest.raises(cfl.FrameError):
        Target(**given)
    with pytest.raises(TypeError):
        Target(psnr="40")
