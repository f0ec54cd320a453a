"""AV1 in MP4 and Matroska, against FFmpeg's own decoding through PyAV."""

import io
import shutil
import struct
import subprocess
import sys

import av
import numpy as np
import pytest
from av1_streams import svt_obu

import cfl
from cfl.container import decode
from cfl.container.recognition import file_format_of
from cfl.errors import BitstreamError, CflError, UnsupportedFeature
from cfl.frames import Transforms

FORMATS = {"mp4": "MP4", "matroska": "Matroska", "webm": "Matroska"}
QUARTER = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)


@pytest.fixture(scope="module")
def files():
    return {name: svt_obu(frames=3, container_format=name) for name in FORMATS}


def ffmpegs_planes(data):
    with av.open(io.BytesIO(data)) as container:
        for picture in container.decode(video=0):
            height, width = picture.height, picture.width
            flat = picture.to_ndarray().reshape(-1)
            luma, rest = np.split(flat, [height * width])
            yield [luma.reshape(height, width), *np.split(rest, 2)]


@pytest.mark.parametrize("container", FORMATS)
def test_frames_are_ffmpegs(files, container, tmp_path):
    data = files[container]
    path = tmp_path / "clip.bin"
    path.write_bytes(data)
    assert file_format_of(path) == FORMATS[container]
    for source in (data, path, io.BytesIO(data)):
        frames = list(decode(source))
        assert len(frames) == 3
        for frame, planes in zip(frames, ffmpegs_planes(data), strict=True):
            for ours, theirs in zip(frame.planes, planes, strict=True):
                assert np.array_equal(ours.reshape(-1), theirs.reshape(-1))


def test_every_verb_opens_them(files, tmp_path):
    path = tmp_path / "clip.mkv"
    path.write_bytes(files["matroska"])
    assert len(list(cfl.read_frames(path))) == 3
    assert cfl.inspect(path, frame=2).as_dict()["width"] == 96
    with pytest.raises(CflError, match="there is no frame 3; the file has 3"):
        cfl.inspect(path, frame=3)


def turned(data):
    """The file with a display matrix that turns by a quarter, clockwise."""
    made = bytearray(data)
    at = made.index(b"tkhd") + 4 + 40
    made[at : at + 36] = QUARTER
    return bytes(made)


def test_rotation_and_pixel_aspect(files, tmp_path):
    path = tmp_path / "turned.mp4"
    path.write_bytes(turned(files["mp4"]))
    [*_, frame] = decode(path)
    assert frame.transforms == Transforms(turns=3)
    plain = next(iter(decode(files["mp4"])))
    assert np.array_equal(cfl.read(path).y, np.rot90(plain.y, -1))


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
def test_pixel_aspect(files, tmp_path):
    source, path = tmp_path / "clip.mkv", tmp_path / "wide.mkv"
    source.write_bytes(files["matroska"])
    command = ["ffmpeg", "-v", "error", "-i", source, "-c", "copy", "-aspect", "3:1", path]
    subprocess.run(command, check=True)
    assert next(iter(decode(path))).pixel_aspect == (2, 1)


def test_other_codecs_are_named():
    out = io.BytesIO()
    with av.open(out, "w", format="matroska") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8))))
        container.mux(stream.encode())
    with pytest.raises(UnsupportedFeature, match="Matroska file of codec 'mpeg4', not AV1"):
        list(decode(out.getvalue()))


def test_without_pyav_one_line_says_what_to_install(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(UnsupportedFeature, match=r'pip install "cfl-av1\[video\]"'):
        list(decode(files["mp4"]))


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_damaged_files(files, container):
    """Cut anywhere, or with a byte changed, a file gives frames or one of our errors."""
    data, rng = files[container], np.random.default_rng(0)
    for end in range(0, len(data), len(data) // 40):
        check(data[:end])
    for _ in range(60):
        made = bytearray(data)
        made[rng.integers(len(made))] ^= 1 << int(rng.integers(8))
        check(bytes(made))


def check(data):
    try:
        for _ in decode(data, max_pixels=1 << 16):
            pass
    except CflError as error:
        assert len(str(error).splitlines()) == 1


@pytest.mark.parametrize("head", [b"\x1a\x45\xdf\xa3" + bytes(60), b"\0\0\0\x18ftypisom\0\0\0\0isomav01"])
def test_a_head_alone(head):
    with pytest.raises(BitstreamError, match="cannot be opened as a video file"):
        list(decode(head))
