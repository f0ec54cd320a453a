"""How many frames a second: what FFmpeg and Pillow wrote is found again."""

import shutil
import subprocess
import sys
import warnings
from fractions import Fraction

import numpy as np
import pytest
from av1_streams import DELIMITER, avif, picture
from avif_files import sequence_file
from PIL import Image

import cfl
from cfl.container import IvfHeader, read_avif, write_ivf
from cfl.container.frame_rate import frame_rate
from cfl.frames import Y4MReader
from cfl.remarks import CflWarning


def animation(path, *durations):
    frames = [Image.fromarray(np.full((8, 8, 3), 40 * i, np.uint8)) for i in range(len(durations))]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=list(durations), loop=0)
    return path


@pytest.mark.parametrize("ending", ["gif", "webp", "png"])
def test_animations(tmp_path, ending):
    assert frame_rate(animation(tmp_path / f"a.{ending}", 100, 100, 100)) == 10
    with pytest.warns(CflWarning, match="different times"):
        assert frame_rate(animation(tmp_path / f"b.{ending}", 100, 500)) == Fraction(2000, 600)
    Image.new("RGB", (4, 4)).save(tmp_path / f"still.{ending}")
    assert frame_rate(tmp_path / f"still.{ending}") in (None, 25)  # what FFmpeg says of a still picture


@pytest.mark.parametrize(
    ("header", "times", "expected"),
    [
        ((25, 1), [0, 1, 2], 25),
        ((1000, 1), [0, 40, 80, 120], 25),
        ((1000, 1), [0, 33, 67, 100], 30),
        ((30000, 1001), [0, 1], Fraction(30000, 1001)),
        ((90000, 1), [9000], 90000),
    ],
)
def test_ivf_counts_in_its_own_unit(tmp_path, header, times, expected):
    path = tmp_path / "a.ivf"
    path.write_bytes(write_ivf(IvfHeader(16, 16, *header), [(time, b"\x12\0") for time in times]))
    with warnings.catch_warnings():
        warnings.simplefilter("error", CflWarning)
        assert frame_rate(path) == expected


def test_a_sequence_of_ffmpeg(tmp_path):
    """The field's case: 10 key frames in one second."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("FFmpeg's program is not installed")
    path, middle = tmp_path / "a.avif", tmp_path / "a.mp4"
    source = ["-f", "lavfi", "-i", "testsrc=size=96x64:rate=10:duration=0.5", "-c:v", "libaom-av1"]
    ffmpeg = ["ffmpeg", "-v", "error"]
    subprocess.run([*ffmpeg, *source, "-cpu-used", "8", "-g", "1", str(middle)], check=True)
    subprocess.run([*ffmpeg, "-i", str(middle), "-c", "copy", str(path)], check=True)
    if read_avif(path.read_bytes()).track is None:
        pytest.skip("this FFmpeg writes one picture")
    assert frame_rate(path) == 10
    frames = len(list(cfl.read_frames(path)))
    subprocess.run(
        [sys.executable, "-m", "cfl", "decode", str(path), "-o", str(tmp_path / "a.y4m")], check=True
    )
    with Y4MReader(tmp_path / "a.y4m") as reader:
        assert reader.header.frame_rate == "10:1" and len(list(reader)) == frames


def test_a_sequence_without_times(tmp_path):
    path = tmp_path / "a.avif"
    obus = [DELIMITER + bytes(read_avif(avif(picture(seed=i))).primary.data) for i in range(2)]
    path.write_bytes(sequence_file(obus))
    assert frame_rate(path) is None
