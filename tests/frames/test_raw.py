"""Raw planar YUV."""

import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfl.errors import FrameError
from cfl.frames import RawFormat, read, read_frames, write, write_raw


@pytest.mark.parametrize(
    ("name", "subsampling", "depth", "full"),
    [
        ("yuv420p", "4:2:0", 8, False),
        ("yuvj420p", "4:2:0", 8, True),
        ("yuv422p10", "4:2:2", 10, False),
        ("yuv444p12le", "4:4:4", 12, False),
        ("gray", "4:0:0", 8, False),
        ("gray10", "4:0:0", 10, False),
    ],
)
def test_names(name, subsampling, depth, full):
    raw = RawFormat.parse("1920x1080", name)
    assert raw == RawFormat(1920, 1080, subsampling, depth, full)


@pytest.mark.parametrize("size", ["", "1920", "0x4", "4x0", "-1x4", "4x4x4", "ax4", "4 x 4", "9999999999x1"])
def test_bad_sizes(size):
    with pytest.raises(FrameError, match="WIDTHxHEIGHT"):
        RawFormat.parse(size)


@pytest.mark.parametrize("name", ["", "yuv410p", "yuv420p11", "yuv420p10be", "rgb24", "nv99", "p011"])
def test_bad_names(name):
    with pytest.raises(FrameError, match="raw format"):
        RawFormat.parse("4x4", name)


@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from(["4:2:0", "4:2:2", "4:4:4", "4:0:0"]),
    st.sampled_from([8, 10, 12]),
    st.integers(1, 3),
)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
def test_roundtrip(tmp_path, noise_frame, same, width, height, subsampling, depth, count):
    rng = np.random.default_rng(0)
    frames = [noise_frame(rng, width, height, subsampling, depth) for _ in range(count)]
    path = tmp_path / "a.yuv"
    write(path, frames)
    raw = RawFormat(width, height, subsampling, depth, full_range=True, matrix_coefficients=1)
    assert path.stat().st_size == count * raw.frame_bytes == sum(frame.nbytes for frame in frames)
    back = list(read_frames(path, raw=raw))
    assert len(back) == count and all(map(same, back, frames))
    assert back[0].matrix_coefficients == 1 and back[0].full_range


@pytest.mark.parametrize(
    ("name", "planar"),
    [
        ("nv12", "yuv420p"), ("nv21", "yuv420p"), ("nv24", "yuv444p"),
        ("p010le", "yuv420p10le"), ("yuv420p9le", "yuv420p9le"), ("yuv420p14le", "yuv420p14le"),
    ],
)  # fmt: skip
def test_semi_planar_formats_as_ffmpeg_has_them(rng, tmp_path, name, planar):
    if shutil.which("ffmpeg") is None:
        pytest.skip("FFmpeg's program is not installed")
    # FFmpeg 5.1 loses the last chroma column of an odd P010
    (width, height), path = ((96, 64) if name == "p010le" else (97, 65)), tmp_path / "a.yuv"
    raw = RawFormat.parse(f"{width}x{height}", name)
    depth = raw.bit_depth
    samples = rng.integers(0, 2**depth, raw.frame_bytes, dtype=np.uint16)
    data = samples.astype(np.uint8 if depth == 8 else "<u2").tobytes()[: 2 * raw.frame_bytes]
    command = ["ffmpeg", "-v", "error", "-f", "rawvideo", "-s", f"{width}x{height}", "-pix_fmt"]
    form = RawFormat.parse(f"{width}x{height}", planar)
    source = data[: form.frame_bytes]
    made = subprocess.run(
        [*command, planar, "-i", "-", "-f", "rawvideo", "-pix_fmt", name, "-"],
        input=source, check=True, capture_output=True,
    ).stdout  # fmt: skip
    path.write_bytes(made)
    assert len(made) == raw.frame_bytes
    frame = read(path, raw=raw, bit_depth={9: 10, 14: 16}.get(depth, depth))
    ours = np.concatenate([plane.ravel() for plane in frame.planes])
    theirs = np.frombuffer(source, np.uint8 if depth == 8 else "<u2")
    np.testing.assert_array_equal(ours, theirs << {9: 1, 14: 2}.get(depth, 0))


def test_v_may_come_before_u(tmp_path):
    path = tmp_path / "a.yuv"
    path.write_bytes(bytes(range(6)))
    frame = read(path, raw=RawFormat.parse("2x2", "yv12"))
    assert (frame.u.item(), frame.v.item()) == (5, 4)
    with pytest.raises(FrameError, match="layout is"):
        RawFormat(2, 2, layout="packed")


def test_bytes_are_planar_little_endian(tmp_path):
    path = tmp_path / "a.yuv"
    path.write_bytes(bytes([1, 2, 3, 0]))
    frame = read(path, raw=RawFormat.parse("2x1", "gray10"))
    assert frame.y.tolist() == [[513, 3]]


def test_options_convert_or_declare(tmp_path, rng, noise_frame):
    path = tmp_path / "a.yuv"
    frame = noise_frame(rng, 6, 4)
    write_raw(path, frame)
    raw = RawFormat(6, 4)
    other = read(path, raw=raw, subsampling="4:4:4", bit_depth=10, matrix_coefficients=9)
    assert (other.subsampling, other.bit_depth, other.matrix_coefficients) == ("4:4:4", 10, 9)
    np.testing.assert_array_equal(other.y, frame.y.astype(int) * 4)


def test_bad_files(tmp_path, rng, noise_frame):
    path = tmp_path / "a.yuv"
    raw = RawFormat(4, 4)
    path.write_bytes(b"")
    with pytest.raises(FrameError, match="empty"):
        read(path, raw=raw)
    path.write_bytes(bytes(25))
    with pytest.raises(FrameError, match="25 bytes are not a whole number of frames of 4x4"):
        read(path, raw=raw)
    with pytest.raises(FrameError, match="max_pixels"):
        read(path, raw=RawFormat(100_000, 100_000))
    with pytest.raises(FrameError, match="size and format"):
        read(path)
    path.write_bytes(bytes([255]) * 8)
    with pytest.raises(FrameError, match=r"a\.yuv: frame 0: .*65535"):
        read(path, raw=RawFormat(2, 2, "4:0:0", 10))
    with pytest.raises(FrameError, match="differs"):
        write(tmp_path / "b.yuv", [noise_frame(rng, 4, 4), noise_frame(rng, 4, 5)])
    with pytest.raises(FrameError, match="no frame"):
        write(tmp_path / "b.yuv", [])
    assert not (tmp_path / "b.yuv").exists()


@pytest.mark.parametrize("ending", ["yuv", "nv12", "p010"])
def test_a_raw_file_without_its_size_is_told_what_is_missing(tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(bytes(96))
    with pytest.raises(FrameError, match="a raw file does not say its size"):
        read(path)
