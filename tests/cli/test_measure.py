"""`cfl measure` as a process: files of other encoders, against what libavif shows of them."""

import json
import math

import numpy as np
import pytest
from PIL import Image

CROP = 60, 40, 252, 184


@pytest.fixture
def photo(images, tmp_path):
    """A part of a photograph as PNG, and as array."""
    with Image.open(images / "coffee.png") as image:
        part = image.convert("RGB").crop(CROP)
    part.save(tmp_path / "photo.png")
    return np.asarray(part)


def avif(path, rgb, **options):
    """Write an AVIF by libavif."""
    Image.fromarray(rgb).save(path, quality=90, speed=9, **options)


def shown(path):
    with Image.open(path) as image:
        return np.asarray(image).astype(float)


def psnr(first, second):
    return 10 * math.log10(255**2 / np.mean((first - second) ** 2))


def report(cfl, *words):
    return json.loads(cfl("measure", *words, "--json", "-").stdout)


@pytest.mark.parametrize("range_", ["full", "limited"])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_a_png_against_its_avif(cfl, photo, tmp_path, range_, subsampling):
    """The true figure, as of libavif's own RGB; bare code values are 10 to 20 dB away."""
    avif(tmp_path / "x.avif", photo, range=range_, subsampling=subsampling)
    done = cfl("measure", "photo.png", "x.avif", "--json", "r.json")
    found = json.loads((tmp_path / "r.json").read_text())
    decoded = shown(tmp_path / "x.avif")
    assert found["psnr"]["rgb"] == pytest.approx(psnr(photo, decoded), abs=0.25)
    luma = np.array([0.299, 0.587, 0.114])
    assert found["psnr"]["y"] == pytest.approx(psnr(photo @ luma, decoded @ luma), abs=1)
    assert found["subsampling"] == "4:4:4"
    (remark,) = found["remarks"]
    assert f"{range_} range" in remark
    assert done.stdout.count(f"Note: {remark}.") == 1
    assert "RGB" in done.stdout
    as_is = report(cfl, "photo.png", "x.avif", "--as-is")
    assert as_is["remarks"] == []
    if range_ == "limited":
        assert as_is["psnr"]["y"] < 32 < found["psnr"]["y"] - 5


def test_alpha(cfl, photo, tmp_path):
    alpha = np.full(photo.shape[:2], 255, np.uint8)
    for name, rows in (("opaque.png", 0), ("cut.png", 36)):
        alpha[:rows] = 0
        Image.fromarray(np.dstack([photo, alpha])).save(tmp_path / name)
    found = report(cfl, "opaque.png", "cut.png")
    assert found["psnr"]["alpha"] == pytest.approx(10 * math.log10(144 / 36))
    assert found["psnr"]["rgb"] == "inf"
    assert "alpha" in cfl("measure", "opaque.png", "cut.png").stdout


def test_detail_of_chroma(cfl, tmp_path):
    flat = np.full((64, 64, 3), (100, 150, 200), np.uint8)
    chequer = flat.copy()
    chequer[..., 2] = np.where(np.indices((64, 64)).sum(0) % 2, 201, 199)
    for name, rgb in (("flat.png", flat), ("chequer.png", chequer)):
        Image.fromarray(rgb).save(tmp_path / name)
    found = report(cfl, "flat.png", "chequer.png")
    assert found["psnr"]["rgb"] == pytest.approx(20 * math.log10(255) + 10 * math.log10(3))
    assert found["ciede2000"]["mean"] > 0


def test_how_alike_they_look(cfl, photo, tmp_path):
    """SSIMULACRA 2 of what libavif shows, by another implementation; many files make a table."""
    package = pytest.importorskip("ssimulacra2")
    for quality in (30, 70):
        Image.fromarray(photo).save(
            tmp_path / f"{quality}.avif", quality=quality, speed=9, subsampling="4:4:4"
        )
        Image.open(tmp_path / f"{quality}.avif").save(tmp_path / f"{quality}.png")
    expected = [package.compute_ssimulacra2(tmp_path / "photo.png", tmp_path / f"{q}.png") for q in (30, 70)]
    found = report(cfl, "photo.png", "30.avif")
    assert found["ssimulacra2"] == pytest.approx(expected[0], abs=0.2)
    assert found["ms_ssim"] is None
    assert f"SSIMULACRA 2: {found['ssimulacra2']:.3f}\n" in cfl("measure", "photo.png", "30.avif").stdout
    both = report(cfl, "photo.png", "30.avif", "70.avif")
    assert both["total"]["ssimulacra2"] == pytest.approx(np.mean(expected), abs=0.2)
    table = cfl("measure", "photo.png", "30.avif", "70.avif").stdout
    header, row = (line.split() for line in table.splitlines() if "file" in line or "30.avif" in line)
    assert header[-4:-1] == ["ΔE", "SSIMULACRA", "2"]
    assert f"{found['ssimulacra2']:.3f}" in row


def test_png_of_16_bits(cfl, tmp_path):
    """Gray, as Pillow writes no other."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, 65536, (20, 20)).astype(np.uint16)
    second = first ^ 1
    for name, gray in (("a.png", first), ("b.png", second)):
        Image.fromarray(gray).save(tmp_path / name)
    found = report(cfl, "a.png", "b.png")
    assert found["psnr"] == {"y": pytest.approx(20 * math.log10(65535)), "yuv": found["psnr"]["y"]}
    assert found["bit_depth"] == 16


def test_errors_are_one_line(cfl, photo, tmp_path):
    Image.fromarray(photo[:50]).save(tmp_path / "small.png")
    done = cfl("measure", "photo.png", "small.png", status=1)
    assert "error: the reference is 192x144 but the test 192x50; only" in done.stderr
    assert done.stderr.count("\n") == 1
    avif(tmp_path / "x.avif", photo)
    data = (tmp_path / "x.avif").read_bytes()
    at = data.index(b"nclx") + 8
    (tmp_path / "x.avif").write_bytes(data[:at] + b"\0\x0b" + data[at + 2 :])
    done = cfl("measure", "photo.png", "x.avif", status=1)
    assert done.stderr.count("\n") == 1
    assert "matrix_coefficients 11 cannot be converted" in done.stderr


def test_the_library_takes_files(photo, tmp_path, monkeypatch):
    from cfl import measure, read

    monkeypatch.chdir(tmp_path)
    found = measure("photo.png", tmp_path / "photo.png")
    assert found.psnr["rgb"] == math.inf
    assert measure(read("photo.png"), read("photo.png")).psnr["y"] == math.inf
