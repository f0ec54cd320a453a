"""`-` for input and output: what comes in is known by its bytes, and nothing else goes out."""

import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from processes import environment

from cfl import encode, encode_frames, predict, read, read_frames, rgb_to_frame, write
from cfl.container import file_format

RGB = np.random.default_rng(1).integers(0, 256, (32, 48, 3)).astype(np.uint8)


@pytest.fixture
def piped(tmp_path):
    """``piped(data, *words)``: run with bytes on standard input, give the process with bytes."""

    def run(data, *words, status=0):
        done = subprocess.run(
            [sys.executable, "-m", "cfl", *map(str, words)],
            input=data, cwd=tmp_path, env=environment(), capture_output=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == status, done.stderr
        return done

    return run


def bytes_of(kind):
    file = io.BytesIO()
    Image.fromarray(RGB).save(file, kind)
    return file.getvalue()


@pytest.fixture
def y4m(tmp_path):
    write(tmp_path / "x.y4m", [rgb_to_frame(RGB), rgb_to_frame(RGB[::-1].copy())])
    return (tmp_path / "x.y4m").read_bytes()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF"])
@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_picture_in_and_avif_out(piped, kind, name):
    done = piped(bytes_of(kind), "encode", name, "-o", "-", "-s", "10")
    assert done.stdout == encode(bytes_of(kind), speed=10)
    assert b"bytes" in done.stderr  # the report has no other place


@pytest.mark.parametrize("kind", ["ivf", "obu"])
@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_y4m_in_and_a_stream_out(piped, y4m, kind, name):
    done = piped(y4m, "encode", name, "-o", "-", "--output-format", kind, "-s", "10")
    assert file_format(done.stdout) == kind.upper()
    units = [each.data for each in encode_frames(read_frames(y4m), speed=10)]
    if kind == "obu":
        assert done.stdout == b"".join(units)
    assert len(list(read_frames(done.stdout))) == 2


def test_raw_samples_in(piped, y4m, tmp_path):
    frame = read(y4m)
    raw = b"".join(plane.tobytes() for plane in frame.planes)
    done = piped(raw, "encode", "-", "--size", "48x32", "-o", "-", "-s", "10")
    assert read(done.stdout).width == 48


def test_decode(piped):
    avif = encode(RGB, speed=10)
    with Image.open(io.BytesIO(piped(avif, "decode", "-", "-o", "-").stdout)) as image:
        assert image.format == "PNG" and image.size == (48, 32)
    done = piped(avif, "decode", "-", "-o", "-", "--output-format", "y4m")
    assert done.stdout.startswith(b"YUV4MPEG2 W48 H32 ")
    np.testing.assert_array_equal(read(done.stdout).y, read(avif).y)
    assert b"AVIF, 48x32" in done.stderr


def test_inspect_measure_and_predict(piped, tmp_path):
    avif = encode(RGB, speed=10)
    report = json.loads(piped(avif, "inspect", "-", "--json", "-").stdout)
    assert report["format"] == "AVIF" and report["blocks"]
    (tmp_path / "x.avif").write_bytes(avif)
    rows = piped(avif, "inspect", "-", "--csv", "-").stdout.decode().splitlines()
    assert len(rows) == len(report["blocks"]) + 1
    found = json.loads(piped(bytes_of("PNG"), "measure", "-", "x.avif", "--json", "-").stdout)
    (tmp_path / "x.png").write_bytes(bytes_of("PNG"))
    other = json.loads(piped(avif, "measure", "x.png", "-", "--json", "-").stdout)
    assert found["psnr"] == other["psnr"]
    rows = piped(bytes_of("PNG"), "predict", "-", "--csv", "-").stdout.decode().splitlines()
    assert len(rows) == len(predict(read(bytes_of("PNG"))).blocks) + 1


def test_a_pipeline(tmp_path):
    """FFmpeg, cfl, cfl, FFmpeg: the frames come out in number and size."""
    cfl = f"{sys.executable} -m cfl"
    line = (
        "ffmpeg -v error -f lavfi -i testsrc=size=48x32:rate=5:duration=1 -pix_fmt yuv420p -f yuv4mpegpipe - "
        f"| {cfl} encode - -o - --output-format ivf -s 10 | {cfl} decode - -o - --output-format y4m "
        "| ffmpeg -v error -f yuv4mpegpipe -i - -f rawvideo -"
    )
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=tmp_path, env=environment(), capture_output=True, timeout=300, check=True,
    )  # fmt: skip
    assert len(done.stdout) == 5 * 48 * 32 * 3 // 2
    assert b"5 frames" in done.stderr


def test_a_reader_that_has_seen_enough(tmp_path):
    """`| head` ends the command without a word."""
    (tmp_path / "x.avif").write_bytes(encode(RGB, speed=10))
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [sys.executable, "-m", "cfl", "inspect", "x.avif"],
        cwd=tmp_path, env=environment(), stdout=write_end, stderr=subprocess.PIPE, timeout=300, check=False,
    )  # fmt: skip
    os.close(write_end)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("words", [["encode", "-", "-o", "x.avif"], ["decode", "-"], ["inspect", "-"]])
def test_an_empty_pipe(piped, words, tmp_path):
    done = piped(b"", *words, status=1)
    assert done.stderr.startswith(b"cfl: error: standard input: ") and done.stderr.count(b"\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_a_report_is_drawn(piped, tmp_path):
    """In a pipe there are no boxes, no colours and no cut numbers, however narrow."""
    avif = encode(RGB, speed=10)
    (tmp_path / "x.avif").write_bytes(avif)
    (tmp_path / "x.png").write_bytes(bytes_of("PNG"))
    for words in (["inspect", "-"], ["measure", "x.png", "-"]):
        text = piped(avif, *words).stdout.decode()
        assert not set(text) & set("─━┏┓┗┛┃│┡┩╇┳┻╞╡═…\x1b")
    wide = text.split()
    done = subprocess.run(
        [sys.executable, "-m", "cfl", "measure", "x.png", "x.avif"],
        cwd=tmp_path, env=environment(COLUMNS="20"), capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    assert [word for word in done.stdout.split() if word in wide] == wide
