"""Video through PyAV."""

import sys

import numpy as np
import pytest

from cfl.errors import FrameError
from cfl.frames import read, read_frames

av = pytest.importorskip("av")


def encode(path, pictures, pixel_format):
    """A lossless FFV1 file of (name of the source format, array) pictures."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height = pictures[0].width, pictures[0].height
        stream.pix_fmt = pixel_format
        for index, picture in enumerate(pictures):
            picture.pts = index
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def noise(rng, name, width=38, height=22):
    picture = av.VideoFrame(width, height, name)
    top = 2 ** picture.format.components[0].bits
    for plane in picture.planes:
        size = 1 if top <= 256 else 2
        data = rng.integers(0, top, plane.buffer_size // size, dtype=np.uint16)
        plane.update(data.astype("u1" if size == 1 else "<u2").tobytes())
    return picture


@pytest.mark.parametrize(
    ("name", "subsampling", "depth"),
    [
        ("yuv420p", "4:2:0", 8),
        ("yuv422p", "4:2:2", 8),
        ("yuv444p10le", "4:4:4", 10),
        ("yuv420p12le", "4:2:0", 12),
        ("gray", "4:0:0", 8),
        ("gbrp10le", "4:4:4", 10),
    ],
)
def test_planes_are_taken_as_they_are(rng, tmp_path, name, subsampling, depth):
    pictures = [noise(rng, name) for _ in range(3)]
    encode(tmp_path / "a.mkv", pictures, name)
    frames = list(read_frames(tmp_path / "a.mkv"))
    assert len(frames) == 3
    for frame, picture in zip(frames, pictures, strict=True):
        assert (frame.subsampling, frame.bit_depth) == (subsampling, depth)
        assert (frame.matrix_coefficients == 0) == name.startswith("gbr")
        for plane, theirs in zip(frame.planes, picture.planes, strict=True):
            lines = np.frombuffer(theirs, plane.dtype).reshape(theirs.height, -1)
            np.testing.assert_array_equal(plane, lines[:, : theirs.width])


@pytest.mark.parametrize(
    ("name", "expected"),
    [("yuv440p", "4:4:4, 8"), ("yuv420p9le", "4:2:0, 10"), ("bgra", "4:2:0, 8"), ("yuv411p", "4:4:4, 8")],
)
def test_other_formats_become_the_nearest(rng, tmp_path, name, expected):
    encode(tmp_path / "a.mkv", [noise(rng, name)], name)
    assert repr(read(tmp_path / "a.mkv")) == f"Frame(38x22, {expected} bit)"


def test_options_and_limits(rng, tmp_path):
    path = tmp_path / "a.mkv"
    encode(path, [noise(rng, "yuv420p")], "yuv420p")
    frame = read(path, subsampling="4:2:2", bit_depth=10, matrix_coefficients=1, full_range=True)
    assert (frame.subsampling, frame.bit_depth, frame.matrix_coefficients) == ("4:2:2", 10, 1)
    assert frame.full_range
    with pytest.raises(FrameError, match="max_pixels"):
        read(path, max_pixels=100)


def test_not_a_video(tmp_path):
    path = tmp_path / "a.mkv"
    path.write_bytes(b"no video at all" * 20)
    with pytest.raises(FrameError, match=r"a\.mkv: cannot be read: Invalid data"):
        read(path)
    with av.open(str(tmp_path / "a.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    with pytest.raises(FrameError, match="no video"):
        read(tmp_path / "a.wav")


def test_without_pyav(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    path = tmp_path / "a.mkv"
    path.write_bytes(b"no video at all")
    with pytest.raises(FrameError, match=r'pip install "cfl-av1\[video\]"'):
        read(path)
