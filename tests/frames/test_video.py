"""Video through PyAV."""

import shutil
import subprocess
import sys

import numpy as np
import pytest

from cfl.errors import FrameError
from cfl.frames import frame_to_gray, read, read_frames
from cfl.remarks import CflWarning

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
    [("yuv440p", "4:4:4, 8"), ("yuv420p9le", "4:2:0, 10"), ("bgra", "4:2:0, 8"), ("yuv411p", "4:2:2, 8")],
)
def test_other_formats_become_the_nearest(rng, tmp_path, name, expected):
    encode(tmp_path / "a.mkv", [noise(rng, name)], name)
    assert repr(read(tmp_path / "a.mkv")) == f"Frame(38x22, {expected} bit)"


def raw_video(path, name, planar, rng, width=97, height=65):
    """Noise in a planar format, put into a file of raw video by FFmpeg's program in another."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("FFmpeg's program is not installed")
    picture = noise(rng, planar, width, height)
    size = 2 if picture.format.components[0].bits > 8 else 1
    samples = 2 if planar == "ya8" else 1
    data = b"".join(
        np.frombuffer(plane, np.uint8)
        .reshape(plane.height, plane.line_size)[:, : plane.width * size * samples]
        .tobytes()
        for plane in picture.planes
    )
    source = ["-f", "rawvideo", "-pix_fmt", planar, "-s", f"{width}x{height}", "-i", "-"]
    command = ["ffmpeg", "-v", "error", "-y", *source, "-c:v", "rawvideo", "-pix_fmt", name, str(path)]
    subprocess.run(command, input=data, check=True)


def by_ffmpeg(path, name, dtype):
    """The samples of the first frame as FFmpeg's program gives them in a planar format."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", name, "-"]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, dtype)


@pytest.mark.parametrize(
    ("name", "planar", "expected"),
    [
        ("nv12", "yuv420p", "4:2:0, 8"),
        ("nv21", "yuv420p", "4:2:0, 8"),
        ("yuva420p", "yuva420p", "4:2:0, 8"),
        ("yuva422p10le", "yuva422p10le", "4:2:2, 10"),
        ("ya8", None, "4:0:0, 8"),
    ],
)
def test_odd_sizes_keep_their_subsampling(rng, tmp_path, name, planar, expected):
    path = tmp_path / "a.nut"
    raw_video(path, name, planar or name, rng)
    frame = read(path)
    assert repr(frame) == f"Frame(97x65, {expected} bit)"
    assert (frame.alpha is not None) == ("a" in name)
    if planar:
        planes = [*frame.planes, *([] if frame.alpha is None else [frame.alpha])]
        ours = np.concatenate([plane.ravel() for plane in planes])
        np.testing.assert_array_equal(ours, by_ffmpeg(path, planar, ours.dtype))


@pytest.mark.parametrize("name", ["yuv420p16le", "yuva420p16le", "yuv444p14le", "gray16le"])
def test_more_than_12_bits_become_12(rng, tmp_path, name):
    path = tmp_path / "a.nut"
    raw_video(path, name, name, rng)
    with pytest.warns(CflWarning, match="bits a sample become 12"):
        frame = read(path)
    source = by_ffmpeg(path, name, np.uint16)
    shift = 2 if "14" in name else 4
    assert frame.subsampling == {"yuv444p14le": "4:4:4", "gray16le": "4:0:0"}.get(name, "4:2:0")
    luma = source[: frame.y.size].astype(int)
    if name == "gray16le":  # full range: white stays white
        expected = (luma * 4095 * 2 + 65535) // (2 * 65535)
    else:  # limited range: rounded to nearest, clipped
        expected = np.minimum((luma + (1 << shift - 1)) >> shift, 4095)
    np.testing.assert_array_equal(frame.y.ravel(), expected)
    assert (frame.alpha is not None) == ("yuva" in name)


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")
@pytest.mark.parametrize("name", ["gray", "ya8", "monow", "monob"])
def test_gray_that_does_not_say_its_range_is_full(tmp_path, name):
    """As FFmpeg takes it: its own conversion to 8 bits of gray gives the same."""
    raw_file = tmp_path / "a.nut"
    source = ["-f", "lavfi", "-i", "testsrc=size=32x24:rate=5:duration=0.2"]
    for words in ([*source, "-c:v", "rawvideo", "-pix_fmt", name, raw_file],
                  ["-i", raw_file, "-f", "rawvideo", "-pix_fmt", "gray", tmp_path / "gray"]):  # fmt: skip
        subprocess.run(["ffmpeg", "-v", "error", *words], check=True)
    frame = read(raw_file)
    theirs = np.fromfile(tmp_path / "gray", np.uint8).reshape(24, 32)
    np.testing.assert_array_equal(frame_to_gray(frame, 8), theirs)
    assert frame.full_range


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("yuv411p", "chroma of 4:1:1 is interpolated to 4:2:2"),
        ("yuv440p", "chroma of 4:4:0 is interpolated to 4:4:4"),
        ("yuv410p", "chroma of 4:1:0 is interpolated to 4:2:0"),
    ],
)
def test_chroma_that_is_interpolated_is_said(rng, tmp_path, name, words):
    encode(tmp_path / "a.mkv", [noise(rng, name)], name)
    with pytest.warns(CflWarning, match=words):
        read(tmp_path / "a.mkv")


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_rotation_is_applied(tmp_path, degrees):
    if shutil.which("ffmpeg") is None:
        pytest.skip("FFmpeg's program is not installed")
    plain, turned = tmp_path / "plain.mp4", tmp_path / "turned.mp4"
    command = ["ffmpeg", "-v", "error", "-y"]
    source = ["-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=0.1", "-pix_fmt", "yuv420p"]
    subprocess.run([*command, *source, "-c:v", "mpeg4", str(plain)], check=True)
    subprocess.run(
        [*command, "-i", str(plain), "-c", "copy", "-metadata:s:v", f"rotate={degrees}", str(turned)],
        check=True,
    )
    frame = read(turned)
    ours = np.concatenate([plane.ravel() for plane in frame.planes])
    assert (frame.width > frame.height) == (degrees == 180)
    np.testing.assert_array_equal(ours, by_ffmpeg(turned, "yuv420p", np.uint8))


def test_interlacing_and_pixels_that_are_not_square_are_said(tmp_path):
    if shutil.which("ffmpeg") is None:
        pytest.skip("FFmpeg's program is not installed")
    path = tmp_path / "a.mkv"
    command = [
        "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=10:duration=0.1",
        "-vf", "setsar=4/3", "-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-top", "1", str(path),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    with pytest.warns(CflWarning, match="interlaced"):
        assert read(path).pixel_aspect == (4, 3)


def test_files_that_ffmpeg_names_but_cannot_decode(rng, tmp_path):
    svg = tmp_path / "a.svg"
    svg.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>')
    jxl = tmp_path / "a.jxl"
    jxl.write_bytes(b"\xff\x0a" + rng.bytes(200))
    unknown = tmp_path / "a.mp4"
    with av.open(str(unknown), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 38, 22, "yuv420p"
        container.mux(stream.encode(noise(rng, "yuv420p")))
        container.mux(stream.encode(None))
    unknown.write_bytes(unknown.read_bytes().replace(b"mp4v", b"zzzz").replace(b"esds", b"zzzz"))
    for path in (svg, jxl, unknown):
        with pytest.raises(FrameError, match=path.name):
            read(path)


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
