"""`cfl encode` as a process: its files, its numbers, its manners."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from cfl import encode, frame_to_rgb, read, read_frames, rgb_to_frame
from cfl.container import decode
from cfl.frames import write
from cfl.metrics import ciede2000, frame_psnr, ssimulacra2

QINDEX = 87
"""Of the default quality, 60, for people's eyes."""


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
    assert report["ssimulacra2"] == ssimulacra2(source, decoded)
    assert f"; SSIMULACRA 2 {report['ssimulacra2']:.2f}\n" in done.stdout
    assert report["bytes"] == len(data)
    assert (report["qindex"], report["tune"], report["speed"], report["frames"]) == (QINDEX, "iq", 6, 1)
    assert f"{len(data):,} bytes" in done.stdout and f"qindex {QINDEX}, tuned for iq" in done.stdout
    assert "CfL predicts" in done.stdout
    with Image.open(tmp_path / "x.avif") as image:
        assert image.size == (source.width, source.height)


def test_json_alone_on_standard_output(cfl, images):
    done = cfl("encode", images / "colours.png", "-o", "x.avif", "--json", "-", "--quality", "20")
    assert json.loads(done.stdout)["qindex"] == 174
    assert done.stderr == ""


@pytest.mark.parametrize("tune, qindex", [("iq", QINDEX), ("psnr", 100)])
def test_tune(cfl, images, tmp_path, tune, qindex):
    picture = images / "colours.png"
    done = cfl("encode", picture, "-o", "x.avif", "--tune", tune, "-s", "10", "--json", "x.json")
    assert f"qindex {qindex}, tuned for {tune}" in done.stdout
    report = json.loads((tmp_path / "x.json").read_text())
    assert (report["qindex"], report["tune"]) == (qindex, tune)
    assert (tmp_path / "x.avif").read_bytes() == encode(read(picture), speed=10, tune=tune)


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


def test_a_jpeg_without_loss_keeps_its_own_planes(cfl, images, tmp_path):
    """FFmpeg's decoder is the witness; its inverse transform may differ by 1."""
    av = pytest.importorskip("av")
    source = Image.open(images / "coffee.png").convert("RGB").crop((0, 0, 97, 65))
    source.save(tmp_path / "a.jpg", quality=75, subsampling=2)
    cfl("encode", "a.jpg", "-o", "a.avif", "--lossless", "--speed", "10")
    (frame,) = decode(tmp_path / "a.avif")
    with av.open(str(tmp_path / "a.jpg")) as container:
        planes = next(container.decode(video=0)).planes
    for ours, plane in zip(frame.planes, planes, strict=True):
        theirs = np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, : plane.width]
        assert np.abs(ours.astype(int) - theirs).max() <= 1
    assert frame.matrix_coefficients == 6


def test_what_a_y4m_is_can_be_told(cfl, tmp_path):
    """A picture of BT.709 in limited range keeps its colours through Y4M; FFmpeg says what they are."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        pytest.skip("FFmpeg's program is not installed")
    rgb = np.asarray(
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)).resize((96, 64))
    )
    frame = rgb_to_frame(rgb, subsampling="4:4:4", matrix_coefficients=1, full_range=False)
    data = encode(frame.replace(transfer_characteristics=1), lossless=True, speed=10)
    (tmp_path / "a.avif").write_bytes(data)
    said = cfl("decode", "a.avif", "-o", "a.y4m").stderr
    assert "cfl: warning: Y4M (C444) has no place for it" in said and "--cicp 1/1/1" in said
    cfl("encode", "a.y4m", "-o", "b.avif", "--lossless", "--speed", "10", "--cicp", "1/1/1")
    (again,) = decode(tmp_path / "b.avif")
    codes = again.color_primaries, again.transfer_characteristics, again.matrix_coefficients
    assert (codes, again.full_range) == ((1, 1, 1), False)
    shown = frame_to_rgb(again).astype(int)
    assert np.abs(shown - rgb).max() <= 2
    matrix = ["-vf", "scale=in_color_matrix=bt709:out_color_matrix=bt709:flags=accurate_rnd"]
    command = [ffmpeg, "-v", "error", "-i", "a.y4m", *matrix, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    theirs = subprocess.run(command, check=True, capture_output=True, cwd=tmp_path).stdout
    assert np.abs(shown - np.frombuffer(theirs, np.uint8).reshape(rgb.shape)).max() <= 3
    said = cfl("encode", "a.avif", "-o", "c.avif", "--cicp", "9/16/9", "--range", "full").stderr
    assert "--cicp 9/16 overrides primaries and transfer 1/1" in said
    assert "matrix 9 overrides the file's 1" in said
    assert "full range overrides the file's limited range" in said
    (told,) = decode(tmp_path / "c.avif")
    assert (told.color_primaries, told.matrix_coefficients, told.full_range) == (9, 9, True)
    assert "P/T/M" in cfl("encode", "a.y4m", "-o", "d.avif", "--cicp", "bt709", status=1).stderr


def test_metadata_can_be_left_out(cfl, tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "a description"
    exif.get_ifd(0x8825)[1] = "N"
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (16, 16), "red").save(tmp_path / "a.png", exif=exif, icc_profile=icc)
    fast = "--speed", "10"
    assert cfl("encode", "a.png", "-o", "a.avif", *fast).stderr.count("(GPS)") == 1
    assert "GPS" not in cfl("encode", "a.png", "-o", "b.avif", "--strip", "exif", *fast).stderr
    cfl("encode", "a.png", "-o", "c.avif", "--strip", "all", *fast)
    kept = [next(decode(tmp_path / f"{name}.avif")) for name in "abc"]
    assert [(frame.exif is not None, frame.icc is not None) for frame in kept] == [
        (True, True), (False, True), (False, False),
    ]  # fmt: skip
    assert (kept[2].color_primaries, kept[2].transfer_characteristics) == (1, 13)


def test_alpha_options(cfl, tmp_path):
    rgba = np.random.default_rng(0).integers(0, 256, (32, 32, 4), dtype=np.uint8)
    rgba[:16, :, 3] = 0
    Image.fromarray(rgba).save(tmp_path / "a.png")
    cfl("encode", "a.png", "-o", "a.avif", "--speed", "10")
    cfl("encode", "a.png", "-o", "b.avif", "--speed", "10", "--quality-alpha", "10")
    cfl("encode", "a.png", "-o", "c.avif", "--speed", "10", "--keep-hidden-colour")
    sizes = [(tmp_path / f"{name}.avif").stat().st_size for name in "abc"]
    assert sizes[1] < sizes[0] < sizes[2]
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "a.avif"))[..., 3], rgba[..., 3])
    assert "alpha is dropped" in cfl("encode", "a.png", "-o", "a.ivf", "--speed", "10").stderr
    assert "alpha is dropped" in cfl("decode", "a.avif", "-o", "a.y4m").stderr


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
    done = cfl("encode", "x.png", "-o", "x.avif", "--lossless", "--size", "16x16")
    assert "cfl: warning: x.png: --size is ignored, as the file is not raw\n" in done.stderr
    np.testing.assert_array_equal(frame_to_rgb(read(tmp_path / "x.avif")), rgb)


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="standard input has no name")
def test_raw_samples_from_a_pipe(cfl, tmp_path):
    samples = np.random.default_rng(1).integers(0, 256, (3, 16 * 16 * 3 // 2), np.uint8).tobytes()
    (tmp_path / "x.yuv").write_bytes(samples)
    done = cfl("encode", "x.yuv", "-o", "x.ivf", "--size", "16x16", "--speed", "10")
    assert "a raw file does not say its frame rate; 25 frames a second are assumed" in done.stderr
    with subprocess.Popen(["cat", tmp_path / "x.yuv"], stdout=subprocess.PIPE) as cat:
        words = "encode", "/dev/stdin", "-o", "y.ivf", "--size", "16x16", "--speed", "10"
        cfl(*words, stdin=cat.stdout)
    assert (tmp_path / "x.ivf").read_bytes() == (tmp_path / "y.ivf").read_bytes()


def test_frame_rates_that_are_lost_are_said(cfl, tmp_path):
    """IVF keeps 10 frames a second, and so does `predict`; bare OBUs cannot."""
    levels = [Image.new("RGB", (16, 16), (level, level // 2, 30)) for level in (10, 90, 200)]
    levels[0].save(tmp_path / "x.gif", save_all=True, append_images=levels[1:], duration=100)
    assert "frame rate" not in cfl("encode", "x.gif", "-o", "x.ivf", "-s", "10").stderr
    done = cfl("encode", "x.gif", "-o", "x.obu", "-s", "10")
    assert "warning: an OBU stream has no place for the frame rate, 10 a second; IVF has" in done.stderr
    done = cfl("decode", "x.obu", "-o", "x.y4m")
    assert "warning: x.obu does not say its frame rate; 25:1 is written" in done.stderr
    assert b" F25:1 " in (tmp_path / "x.y4m").read_bytes()
    for source in ("x.gif", "x.ivf"):
        assert "frame rate" not in cfl("predict", source, "-o", "p.y4m").stderr
        assert b" F10:1 " in (tmp_path / "p.y4m").read_bytes()


def test_a_stream_is_compared_without_the_alpha_that_it_cannot_hold(cfl, tmp_path):
    rgba = np.random.default_rng(2).integers(0, 256, (32, 32, 4), np.uint8)
    Image.fromarray(rgba).save(tmp_path / "a.png")
    Image.fromarray(rgba).convert("RGB").save(tmp_path / "b.png")
    numbers = [
        json.loads(
            cfl("encode", name, "-o", "x.ivf", "-s", "10", "--subsampling", "4:4:4", "--json", "-").stdout
        )
        for name in ("a.png", "b.png")
    ]
    assert numbers[0]["ssimulacra2"] == numbers[1]["ssimulacra2"] > 0
    assert numbers[0]["psnr"] == numbers[1]["psnr"]


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
            ["coffee_pan.y4m", "-o", "x.avif", "--target-size", "9kB"],
            "coffee_pan.y4m has more than one frame, and targets are for one: use --frame N",
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
