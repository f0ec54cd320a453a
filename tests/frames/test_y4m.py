"""Y4M: bytes in are bytes out, every fault is a FrameError, and memory does not grow."""

import io
import shutil
import subprocess
import tracemalloc
import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cfl.errors import CflError, FrameError
from cfl.frames import Y4MHeader, Y4MReader, Y4MWriter, read, read_frames, write
from cfl.remarks import CflWarning

quick = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

LAYOUTS = {
    None: ("4:2:0", 8, "center"),
    "420": ("4:2:0", 8, "center"),
    "420jpeg": ("4:2:0", 8, "center"),
    "420mpeg2": ("4:2:0", 8, "left"),
    "420paldv": ("4:2:0", 8, "topleft"),
    "422": ("4:2:2", 8, "unknown"),
    "444": ("4:4:4", 8, "unknown"),
    "444alpha": ("4:4:4", 8, "unknown"),
    "mono": ("4:0:0", 8, "unknown"),
    **{f"{n}p{d}": (f"4:{n[1]}:{n[2]}", d, "unknown") for n in ("420", "422", "444") for d in (10, 12)},
    **{f"mono{d}": ("4:0:0", d, "unknown") for d in (10, 12)},
}


def file_of(
    rng, width, height, colour, tags=" F30000:1001 It A4:3", frames=2, words=" XCOLORRANGE=FULL XYSCSS=1"
):
    """A Y4M file, written by hand."""
    subsampling, depth, _ = LAYOUTS[colour]
    chroma = {"4:2:0": (2, 2), "4:2:2": (1, 2), "4:4:4": (1, 1)}
    samples = width * height * (2 if colour == "444alpha" else 1)
    if subsampling in chroma:
        dy, dx = chroma[subsampling]
        samples += 2 * -(-height // dy) * -(-width // dx)
    out = f"YUV4MPEG2 W{width} H{height}{tags}{f' C{colour}' if colour else ''}{words}\n".encode()
    for index in range(frames):
        out += b"FRAME Ipp\n" if index else b"FRAME\n"
        data = rng.integers(0, 2**depth, samples)
        out += data.astype("u1" if depth == 8 else "<u2").tobytes()
    return out


def copy(data):
    out = io.BytesIO()
    with Y4MReader(io.BytesIO(data)) as reader, Y4MWriter(out, reader.header) as writer:
        for frame in reader:
            writer.write(frame, reader.parameters)
    return out.getvalue()


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(list(LAYOUTS)), st.integers(0, 2**32 - 1))
@quick
def test_a_copy_is_byte_identical(width, height, colour, seed):
    data = file_of(np.random.default_rng(seed), width, height, colour)
    assert copy(data) == data


@pytest.mark.parametrize("colour", LAYOUTS)
def test_what_a_frame_says(rng, colour):
    reader = Y4MReader(io.BytesIO(file_of(rng, 5, 3, colour, words=" XCOLORRANGE=LIMITED")))
    (frame, _) = reader
    assert (frame.subsampling, frame.bit_depth, frame.chroma_sample_position) == LAYOUTS[colour]
    assert not frame.full_range and reader.header.frame_rate == "30000:1001"
    assert (frame.alpha is not None) == (colour == "444alpha")


def test_the_order_of_planes_and_bytes():
    data = b"YUV4MPEG2 W2 H2 C420p10\nFRAME\n" + bytes([1, 0, 2, 0, 3, 0, 4, 1, 5, 0, 6, 3])
    (frame,) = Y4MReader(io.BytesIO(data))
    assert frame.y.tolist() == [[1, 2], [3, 260]] and frame.u.item() == 5 and frame.v.item() == 774


def test_header_order_is_free_and_ranges_are_tagged(rng, tmp_path, noise_frame, same):
    path = tmp_path / "a.y4m"
    path.write_bytes(b"YUV4MPEG2 XCOLORRANGE=FULL Cmono  Ip H1 A0:0 W2 F25:1\nFRAME\nab")
    frame = read(path)
    assert frame.full_range and frame.y.tolist() == [[97, 98]]
    for full in (True, False):
        original = noise_frame(rng, 5, 4, "4:2:2", 12, full_range=full)
        write(path, [original, original])
        one, two = read_frames(path)
        assert same(one, original) and same(two, original) and one.full_range == full
    assert path.read_bytes().startswith(b"YUV4MPEG2 W5 H4 F25:1 Ip A1:1 C422p12 XCOLORRANGE=LIMITED\nFRAME\n")


def by_ffmpeg(data, name, dtype, source=("-f", "yuv4mpegpipe")):
    """The samples that FFmpeg's program reads of a Y4M file, in another pixel format."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("FFmpeg's program is not installed")
    command = ["ffmpeg", "-v", "error", *source, "-i", "-"]
    command += ["-strict", "-1", "-f", "rawvideo", "-pix_fmt", name, "-"]
    return np.frombuffer(subprocess.run(command, input=data, check=True, capture_output=True).stdout, dtype)


@pytest.mark.parametrize("colour", ["420p9", "422p9", "444p14", "420p16", "mono9", "mono16"])
@pytest.mark.parametrize("full", [False, True])
def test_depths_that_av1_has_not(rng, colour, full):
    """FFmpeg reads the same samples; of 9 bits ours are twice, or in full range 1023/511 times, as large."""
    depth = int(colour.removeprefix("mono")[-2:].removeprefix("p"))
    samples = rng.integers(0, 2**depth, 5 * 3 * 3, dtype=np.uint16)
    header = Y4MHeader(5, 3, colour, extensions=("COLORRANGE=full" if full else "COLORRANGE=limited",))
    data = bytes(header) + b"FRAME\n" + samples.astype("<u2").tobytes()[: header.frame_bytes]
    (frame,) = Y4MReader(io.BytesIO(data))
    assert frame.full_range == full and frame.bit_depth == {9: 10}.get(depth, 16)
    ours = np.concatenate([plane.ravel() for plane in frame.planes]).astype(int)
    source = samples[: ours.size].astype(int)
    top, wide = 2**depth - 1, 2**frame.bit_depth - 1
    expected = np.floor(source * wide / top + 0.5) if full else source << (frame.bit_depth - depth)
    np.testing.assert_array_equal(ours, expected)
    if colour in ("420p9", "444p14", "420p16"):
        theirs = by_ffmpeg(data, f"yuv{colour}le", np.uint16)
        np.testing.assert_array_equal(theirs, source)


def test_more_than_12_bits_are_read_as_12(rng, tmp_path):
    path = tmp_path / "a.y4m"
    header = Y4MHeader(4, 4, "mono16")
    path.write_bytes(bytes(header) + b"FRAME\n" + rng.bytes(32))
    with pytest.warns(CflWarning, match="16 bits a sample become 12"):
        assert read(path).bit_depth == 12
    assert read(path, bit_depth=16).bit_depth == read(path, keep_rgb=True).bit_depth == 16


@pytest.mark.parametrize(("colour", "finer"), [("411", "4:2:2"), ("440", "4:4:4")])
def test_rare_chroma_is_interpolated(colour, finer):
    """On a ramp, away from its ends, FFmpeg's scaler gives the same but for rounding."""
    width, height = 64, 32
    header = Y4MHeader(width, height, colour)
    y = np.full((height, width), 100, np.uint8)
    if colour == "411":
        chroma = np.broadcast_to(np.arange(16) * 8 + 50, (height, 16)).astype(np.uint8)
    else:
        chroma = np.broadcast_to(np.arange(16)[:, None] * 8 + 50, (16, width)).astype(np.uint8)
    data = bytes(header) + b"FRAME\n" + y.tobytes() + chroma.tobytes() + chroma[::-1, ::-1].tobytes()
    with pytest.warns(CflWarning, match=f"interpolated to {finer}"):
        (frame,) = Y4MReader(io.BytesIO(data))
    assert frame.subsampling == finer
    planes = data[data.index(b"FRAME") + 6 :]
    source = ["-f", "rawvideo", "-pix_fmt", f"yuv{colour}p", "-s", f"{width}x{height}"]
    name = f"yuv{finer.replace(':', '')}p"
    theirs = by_ffmpeg(planes, name, np.uint8, source)[y.size :][: frame.u.size].reshape(frame.u.shape)
    assert np.abs(frame.u.astype(int) - theirs)[4:-4, 4:-4].max() <= 4
    steps = np.diff(frame.u.astype(int), axis=1 if colour == "411" else 0)
    assert steps.min() >= 0 and steps.max() <= 5  # 8 in two steps: no sample is repeated


def test_lines_that_end_in_cr_lf_and_small_letters(rng):
    data = b"YUV4MPEG2 W2 H1 F10:1 Cmono XCOLORRANGE=full\r\nFRAME\r\nABFRAME Ip\r\nCD"
    reader = Y4MReader(io.BytesIO(data))
    frames = list(reader)
    assert [frame.y.tolist() for frame in frames] == [[[65, 66]], [[67, 68]]]
    assert frames[0].full_range and reader.parameters == "Ip"


def test_the_shape_of_pixels_goes_both_ways(tmp_path, rng, noise_frame):
    frame = noise_frame(rng, 6, 4, "4:2:0", 8).replace(pixel_aspect=(4, 3))
    write(tmp_path / "a.y4m", frame)
    assert b" A4:3 " in (tmp_path / "a.y4m").read_bytes() and read(tmp_path / "a.y4m").pixel_aspect == (4, 3)
    for aspect in ("0:0", "1:1"):
        data = b"YUV4MPEG2 W2 H1 Cmono A" + aspect.encode() + b"\nFRAME\nAB"
        assert next(iter(Y4MReader(io.BytesIO(data)))).pixel_aspect is None


@pytest.mark.parametrize("tag", ["", " XCOLORRANGE=LIMITED", " XCOLORRANGE=limited"])
def test_a_range_that_is_overridden_is_said(tmp_path, tag):
    """Where the file does not say it, limited range is an assumption, which nobody needs to hear of."""
    (tmp_path / "a.y4m").write_bytes(f"YUV4MPEG2 W2 H1 Cmono{tag}\nFRAME\nAB".encode())
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", CflWarning)
        assert read(tmp_path / "a.y4m", full_range=True).full_range
    assert [str(warning.message) for warning in said] == (
        ["full range overrides the file's limited range"] if tag else []
    )


def test_interlaced_files_are_named():
    with pytest.warns(CflWarning, match="interlaced"):
        Y4MReader(io.BytesIO(b"YUV4MPEG2 W2 H2 It Cmono\nFRAME\nABCD"))


@pytest.mark.parametrize("ending", ["y4m", "yuv"])
def test_what_is_dropped_is_said(rng, tmp_path, noise_frame, ending):
    frame = noise_frame(rng, 6, 4, "4:2:0", 8)
    with warnings.catch_warnings():
        warnings.simplefilter("error", CflWarning)
        write(tmp_path / f"a.{ending}", [frame, frame])
    with pytest.warns(CflWarning) as said:
        write(tmp_path / f"a.{ending}", [frame.replace(alpha=frame.y, icc=b"?", exif=b"?", xmp=b"?")] * 2)
    (words,) = [str(warning.message) for warning in said]
    assert words.endswith("no place for it: alpha, the ICC profile, Exif, XMP are dropped")
    coloured = frame.replace(color_primaries=1, transfer_characteristics=1, matrix_coefficients=1)
    with pytest.warns(CflWarning, match="--cicp 1/1/1 tells it"):
        write(tmp_path / f"a.{ending}", coloured)


def test_alpha_is_written_where_y4m_has_a_place(rng, tmp_path, noise_frame):
    frame = noise_frame(rng, 3, 3, "4:4:4")
    frame = frame.replace(alpha=frame.y[::-1])
    write(tmp_path / "a.y4m", frame)
    np.testing.assert_array_equal(read(tmp_path / "a.y4m").alpha, frame.alpha)


BAD = {
    "empty": (b"", "empty"),
    "not y4m": (b"YUV4MPEG3 W1 H1\n", "does not begin"),
    "no width": (b"YUV4MPEG2 H1\n", "width"),
    "no height": (b"YUV4MPEG2 W1\n", "height"),
    "zero": (b"YUV4MPEG2 W0 H1\n", "width"),
    "negative": (b"YUV4MPEG2 W-4 H1\n", "width"),
    "letters": (b"YUV4MPEG2 W1x H1\n", "width"),
    "superscript": ("YUV4MPEG2 W² H1\n".encode("latin-1"), "width"),
    "twice": (b"YUV4MPEG2 W1 W2 H1\n", "two"),
    "unknown tag": (b"YUV4MPEG2 W1 H1 Q1\n", "unknown tag"),
    "rate": (b"YUV4MPEG2 W1 H1 F25\n", "ratio"),
    "aspect": (b"YUV4MPEG2 W1 H1 Aone:1\n", "ratio"),
    "interlacing": (b"YUV4MPEG2 W1 H1 Iq\n", "interlacing"),
    "colour": (b"YUV4MPEG2 W1 H1 C410\n", "C410"),
    "depth": (b"YUV4MPEG2 W1 H1 C420p18\n", "C420p18"),
    "huge": (b"YUV4MPEG2 W999999999 H999999999\nFRAME\n", "max_pixels"),
    "big": (b"YUV4MPEG2 W13000 H13000 C444p12\nFRAME\nabc", "ends after 3 of"),
    "unterminated": (b"YUV4MPEG2 W1 H1", "does not end"),
    "long": (b"YUV4MPEG2 W1 H1 X" + b"a" * 100_000, "does not end"),
    "no frame": (b"YUV4MPEG2 W1 H1\n", "no picture"),
    "other marker": (b"YUV4MPEG2 W1 H1\nFRAMES\nabc", "no FRAME line"),
    "truncated": (b"YUV4MPEG2 W1 H1\nFRAME\nab", "ends after 2 of the frame's 3 bytes"),
    "above the depth": (b"YUV4MPEG2 W1 H1 Cmono10\nFRAME\n\xff\xff", "65535"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_named_in_one_line(tmp_path, name):
    data, words = BAD[name]
    path = tmp_path / "bad.y4m"
    path.write_bytes(data)
    tracemalloc.start()
    with pytest.raises(FrameError, match=words) as caught:
        list(read_frames(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(path) in str(caught.value) and "\n" not in str(caught.value) and len(str(caught.value)) < 500
    assert peak < 4e6


@given(st.data(), st.sampled_from(list(LAYOUTS)))
@quick
def test_mutated_files_raise_only_our_errors(data, colour):
    blob = bytearray(file_of(np.random.default_rng(0), 4, 3, colour))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, min(len(blob) - 1, 90)))
        kind = data.draw(st.sampled_from(["set", "delete", "insert", "cut"]))
        if kind == "set":
            blob[at] = data.draw(st.integers(0, 255))
        elif kind == "delete":
            del blob[at : at + data.draw(st.integers(1, 9))]
        elif kind == "insert":
            blob[at:at] = data.draw(
                st.sampled_from([b" ", b"\n", b"W9", b" W99999999", b"FRAME", b"\0", b" C444"])
            )
        else:
            del blob[at:]
        if not blob:
            break
    try:
        assert copy(bytes(blob)) is not None
    except CflError as error:
        assert "\n" not in str(error)


def test_the_writer_refuses_and_leaves_nothing(rng, tmp_path, noise_frame):
    path = tmp_path / "a.y4m"
    with pytest.raises(FrameError, match="does not fit"), Y4MWriter(path) as writer:
        writer.write(noise_frame(rng, 4, 4))
        writer.write(noise_frame(rng, 5, 4))
    with pytest.raises(FrameError, match="no frame"), Y4MWriter(path):
        pass
    with pytest.raises(FrameError, match="one line"), Y4MWriter(path) as writer:
        writer.write(noise_frame(rng, 4, 4), "a\nb")
    with pytest.raises(FrameError, match="ratio"):
        Y4MHeader(1, 1, frame_rate="x")
    assert list(tmp_path.iterdir()) == []


def test_memory_is_that_of_a_frame(tmp_path, rng, noise_frame):
    source, target = tmp_path / "a.y4m", tmp_path / "b.y4m"
    frame = noise_frame(rng, 320, 240)
    write(source, (frame for _ in range(200)))
    tracemalloc.start()
    write(target, read_frames(source))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * frame.nbytes
    assert source.stat().st_size == target.stat().st_size > 200 * frame.nbytes


def test_pyav_reads_what_we_write(tmp_path, rng, noise_frame):
    av = pytest.importorskip("av")
    for subsampling, depth, name in (
        ("4:2:0", 8, "yuv420p"),
        ("4:2:2", 10, "yuv422p10le"),
        ("4:0:0", 8, "gray"),
    ):
        frame = noise_frame(rng, 34, 22, subsampling, depth)
        write(tmp_path / "a.y4m", frame)
        with av.open(str(tmp_path / "a.y4m")) as container:
            (picture,) = container.decode(video=0)
        assert picture.format.name == name
        for plane, theirs in zip(frame.planes, picture.planes, strict=True):
            raw = np.frombuffer(theirs, np.uint8).reshape(theirs.height, -1)[
                :, : plane.nbytes // theirs.height
            ]
            np.testing.assert_array_equal(plane, np.ascontiguousarray(raw).view(plane.dtype))
