"""`cfl encode` as a process: its files, its numbers, its manners."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cfl import encode, frame_to_rgb, read, read_frames
from cfl.container import decode
from cfl.frames import write
from cfl.metrics import ciede2000, frame_psnr


def test_a_picture(cfl, images, tmp_path):
    picture = images / "chelsea.png"
    done = cfl("encode", picture, "-o", "x.avif", "--json", "x.json", "--threads", "2")
    assert done.stderr == ""
    data = (tmp_path / "x.avif").read_bytes()
    source = read(picture)
    assert data == encode(source, quality=60, speed=6)
    (decoded,) = decode(data)
    report = json.loads((tmp_path / "x.json").read_text())
    assert report["psnr"] == frame_psnr(source, decoded)
    assert report["ciede2000_db"] == ciede2000(source, decoded).db
    assert report["bytes"] == len(data)
    assert (report["qindex"], report["speed"], report["frames"]) == (100, 6, 1)
    assert f"{len(data):,} bytes" in done.stdout
    assert "CfL predicts" in done.stdout
    with Image.open(tmp_path / "x.avif") as image:
        assert image.size == (source.width, source.height)


def test_json_alone_on_standard_output(cfl, images):
    done = cfl("encode", images / "colours.png", "-o", "x.avif", "--json", "-", "--quality", "20")
    assert json.loads(done.stdout)["qindex"] == 200
    assert done.stderr == ""


def test_options(cfl, images, tmp_path):
    picture = images / "coffee.png"
    cfl(
        "encode", picture, "-o", "x.avif", "--qindex", "150", "--speed", "9", "--no-cfl", "--tiles", "2x3",
        "--subsampling", "4:2:2", "--bit-depth", "10",
    )  # fmt: skip
    source = read(picture, subsampling="4:2:2", bit_depth=10)
    expected = encode(source, qindex=150, speed=9, cfl=False, tiles=(2, 3))
    assert (tmp_path / "x.avif").read_bytes() == expected


def test_rgb_without_loss(cfl, tmp_path):
    rng = np.random.default_rng(1)
    rgb = rng.integers(0, 256, (20, 30, 4), dtype=np.uint8)
    Image.fromarray(rgb).save(tmp_path / "x.png")
    cfl("encode", "x.png", "-o", "x.avif", "--lossless")
    with Image.open(tmp_path / "x.avif") as image:
        np.testing.assert_array_equal(np.asarray(image), rgb)
    cfl("decode", "x.avif", "-o", "y.png")
    with Image.open(tmp_path / "y.png") as image:
        np.testing.assert_array_equal(np.asarray(image), rgb)


def test_gray_without_loss(cfl, tmp_path):
    gray = np.random.default_rng(1).integers(0, 256, (20, 30), dtype=np.uint8)
    Image.fromarray(gray).save(tmp_path / "x.png")
    cfl("encode", "x.png", "-o", "x.avif", "--lossless")
    (frame,) = decode((tmp_path / "x.avif").read_bytes())
    assert frame.subsampling == "4:0:0"
    np.testing.assert_array_equal(frame.y, gray)


def test_yuv_without_loss(cfl, images, tmp_path):
    cfl("encode", images / "coffee_pan.y4m", "-o", "x.obu", "--lossless", "--speed", "10")
    for ours, source in zip(
        decode((tmp_path / "x.obu").read_bytes()), read_frames(images / "coffee_pan.y4m"), strict=True
    ):
        for a, b in zip(ours.planes, source.planes, strict=True):
            np.testing.assert_array_equal(a, b)


def test_more_bits_than_av1_has(cfl, tmp_path):
    Image.fromarray(np.full((4, 4), 40000, np.uint16)).save(tmp_path / "x.png")
    done = cfl("encode", "x.png", "-o", "x.avif", "--lossless", status=1)
    assert "x.png: 16 bits a sample" in done.stderr
    cfl("encode", "x.png", "-o", "x.avif", "--lossless", "--bit-depth", "12")


@pytest.mark.parametrize("ending", [".ivf", ".obu"])
def test_video(cfl, images, tmp_path, ending):
    source = images / "coffee_pan.y4m"
    cfl("encode", source, "-o", f"x{ending}", "--speed", "10", "--threads", "2", "--json", "x.json")
    report = json.loads((tmp_path / "x.json").read_text())
    frames = list(read_frames(source))
    decoded = list(decode(tmp_path / f"x{ending}"))
    assert report["frames"] == len(frames) == len(decoded)
    errors = [(a.y.astype(float) - b.y) ** 2 for a, b in zip(frames, decoded, strict=True)]
    assert report["psnr"]["y"] == pytest.approx(10 * np.log10(255**2 / np.mean(errors)))


def test_raw_input_and_its_metadata(cfl, images, tmp_path):
    frame = read(images / "coffee.png")
    write(tmp_path / "x.yuv", frame)
    cfl("encode", "x.yuv", "-o", "x.avif", "--size", f"{frame.width}x{frame.height}", "--lossless")
    (decoded,) = decode((tmp_path / "x.avif").read_bytes())
    np.testing.assert_array_equal(decoded.y, frame.y)


def test_an_avif_is_read_back(cfl, images, tmp_path):
    """Encoding what was encoded: the input is an AVIF of this encoder."""
    cfl("encode", images / "colours.png", "-o", "x.avif", "--quality", "90")
    cfl("encode", "x.avif", "-o", "y.avif", "--lossless")
    first, second = (read(tmp_path / name) for name in ("x.avif", "y.avif"))
    np.testing.assert_array_equal(frame_to_rgb(first), frame_to_rgb(second))


def test_size_says_nothing_of_a_picture(cfl, tmp_path):
    rgb = np.random.default_rng(1).integers(0, 256, (16, 16, 3), np.uint8)
    Image.fromarray(rgb).save(tmp_path / "x.png")
    cfl("encode", "x.png", "-o", "x.avif", "--lossless", "--size", "16x16")
    np.testing.assert_array_equal(frame_to_rgb(read(tmp_path / "x.avif")), rgb)


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="standard input has no name")
def test_raw_samples_from_a_pipe(cfl, tmp_path):
    samples = np.random.default_rng(1).integers(0, 256, (3, 16 * 16 * 3 // 2), np.uint8).tobytes()
    (tmp_path / "x.yuv").write_bytes(samples)
    cfl("encode", "x.yuv", "-o", "x.ivf", "--size", "16x16", "--speed", "10")
    with subprocess.Popen(["cat", tmp_path / "x.yuv"], stdout=subprocess.PIPE) as cat:
        words = "encode", "/dev/stdin", "-o", "y.ivf", "--size", "16x16", "--speed", "10"
        cfl(*words, stdin=cat.stdout)
    assert (tmp_path / "x.ivf").read_bytes() == (tmp_path / "y.ivf").read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text")
def test_a_name_that_is_not_text(cfl, tmp_path):
    name = os.fsdecode(b"caf\xe9.png")
    Image.new("RGB", (16, 16)).save(tmp_path / name)
    for target in ("x.json", "-"):
        done = cfl("encode", name, "-o", "x.avif", "--speed", "10", "--json", target)
        text = done.stdout if target == "-" else (tmp_path / target).read_text()
        assert json.loads(text)["input"] == name


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["coffee.png", "-o", "x.png"], "x.png: the name must end in .avif, .ivf or .obu"),
        (
            ["coffee_pan.y4m", "-o", "x.avif"],
            "coffee_pan.y4m has more than one frame, and an AVIF file holds one",
        ),
        (["missing.png", "-o", "x.avif"], "missing.png: cannot be read"),
        (["README.md", "-o", "x.avif"], "README.md: cannot be read"),
        (["coffee.png", "-o", "missing/x.avif"], "No such file or directory"),
        (["coffee.png", "-o", "x.avif", "--max-pixels", "1000"], "the limit (max_pixels) is 1000"),
    ],
)
def test_bad_input(cfl, images, tmp_path, words, message):
    done = cfl("encode", images / words[0], *words[1:], status=1)
    assert done.stderr.startswith("cfl: error: ") or "\ncfl: error: " in done.stderr
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["--quality", "101"], ["--qindex", "256"], ["--speed", "11"], ["--tiles", "0x1"], ["--tiles", "3"],
        ["--tiles", "1x65"], ["--quality", "1", "--lossless"], ["--bit-depth", "9"],
        ["--subsampling", "4:1:1"],
    ],
)  # fmt: skip
def test_bad_usage(cfl, images, words):
    cfl("encode", images / "coffee.png", "-o", "x.avif", *words, status=2)
