"""The scripts in `examples/` do what they say, judged by other libraries."""

import runpy
import subprocess
import sys

import numpy as np
import pytest
from documents import ROOT
from PIL import Image
from processes import environment


@pytest.fixture
def example(tmp_path):
    """Run an example in a folder of its own, and return what it prints."""

    def run(name, *words):
        command = [sys.executable, str(ROOT / "examples" / name), *map(str, words)]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=600, check=True
        )
        return done.stdout

    return run


@pytest.fixture
def picture(tmp_path):
    """A small picture with colour that follows brightness."""
    path = tmp_path / "pictures" / "ramp.png"
    path.parent.mkdir()
    y, x = np.mgrid[:48, :64]
    luma = 60 + 2 * x + (y // 8 % 2) * 40
    Image.fromarray(np.stack([luma, luma // 2, 200 - luma // 2], -1).astype(np.uint8)).save(path)
    return path


def test_encode_folder(example, picture, tmp_path):
    (picture.parent / "broken.jpg").write_bytes(b"not a picture")
    lines = example("encode_folder.py", picture.parent, tmp_path / "avif", "--speed", 10).splitlines()
    assert lines[0].startswith("broken.jpg: ")
    assert lines[1].startswith("ramp.avif: ")
    assert [path.name for path in (tmp_path / "avif").iterdir()] == ["ramp.avif"]
    decoded = np.asarray(Image.open(tmp_path / "avif" / "ramp.avif").convert("RGB"), float)
    original = np.asarray(Image.open(picture), float)
    assert np.abs(decoded - original).mean() < 5


def test_alpha_maps(example, picture, tmp_path):
    Image.open(picture).save(tmp_path / "ramp.avif", quality=80)
    example("alpha_maps.py", "ramp.avif", "alpha.png")
    assert Image.open(tmp_path / "alpha.png").size == (1040, 560)


def test_alpha_maps_hold_the_alphas_of_blocks(picture, tmp_path):
    import cfl

    names = runpy.run_path(str(ROOT / "examples" / "alpha_maps.py"))
    (tmp_path / "ramp.avif").write_bytes(cfl.encode(cfl.read(picture), speed=10))
    inspection = cfl.inspect(tmp_path / "ramp.avif")
    coded, fitted = names["alpha_maps"](inspection, "u")
    blocks = inspection.blocks[(inspection.blocks["uv_mode"] == 13) & (inspection.blocks["w"] >= 8)]
    assert len(blocks)
    for block in blocks[(blocks["x"] < 64) & (blocks["y"] < 48)]:
        at = block["y"] // 4, block["x"] // 4
        assert coded[at] == block["cfl_alpha_u"]
        np.testing.assert_equal(fitted[at], block["alpha_ls_u"])
    assert np.isnan(coded).any() == (inspection.map("uv_mode", chroma=True) != 13).any()


def test_compare_encoders(example, picture):
    lines = example("compare_encoders.py", picture, "--qualities", "50,80").splitlines()
    rows = [line.split() for line in lines[2:]]
    assert [row[:2] for row in rows] == [["libavif", "50"], ["cfl", "50"], ["libavif", "80"], ["cfl", "80"]]
    sizes = {(row[0], row[1]): float(row[2]) for row in rows}
    assert sizes["cfl", "80"] > sizes["cfl", "50"]


def test_moments_of_large_data(example, tmp_path):
    printed = example("moments_of_large_data.py", "samples.npy", "--make", 50_000)
    samples = np.load(tmp_path / "samples.npy").astype(np.float64)
    design = np.column_stack([samples[:, :2], np.ones(len(samples))])
    a, b, c = np.linalg.lstsq(design, samples[:, 2], rcond=None)[0]
    assert printed == f"50,000 samples: y = {a:.3f}·x₁ {b:+.3f}·x₂ {c:+.3f}\n"
