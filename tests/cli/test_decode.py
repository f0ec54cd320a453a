"""`cfl decode` and `cfl warm` as processes: files, reports, manners."""

import json

import numpy as np
import pytest
from av1_oracle import dav1d_pictures, temporal_units
from av1_streams import DELIMITER, avif, picture, svt_obu
from avif_files import avif_file, clap, coded, irot, nclx
from PIL import Image

from cfl import warming
from cfl.container import read_avif
from cfl.frames import Y4MReader, frame_to_rgb, read, read_frames


@pytest.fixture(scope="module")
def clip():
    return svt_obu(frames=3, container_format="ivf")


@pytest.fixture(scope="module")
def pictures():
    """What libdav1d makes of the clip."""
    return dav1d_pictures(temporal_units(svt_obu(frames=3)))


def obus_of(data):
    return bytes(read_avif(data).primary.data)


def test_y4m(cfl, tmp_path, clip, pictures):
    (tmp_path / "x.ivf").write_bytes(clip)
    done = cfl("decode", "x.ivf", "-o", "x.y4m", "--json", "r.json", "--threads", "2")
    assert done.stderr == ""
    assert "x.ivf: IVF, 96x64 4:2:0 8 bit, 3 frames" in done.stdout
    frames = list(read_frames(tmp_path / "x.y4m"))
    assert len(frames) == 3
    for frame, reference in zip(frames, pictures, strict=True):
        for plane, expected in zip(frame.planes, reference.planes, strict=True):
            np.testing.assert_array_equal(plane, expected)
    with Y4MReader(tmp_path / "x.y4m") as reader:
        assert reader.header.frame_rate == "30:1"
    report = json.loads((tmp_path / "r.json").read_text())
    expected = {
        "input": "x.ivf", "output": "x.y4m", "format": "IVF", "frames": 3, "width": 96, "height": 64,
        "subsampling": "4:2:0", "bit_depth": 8, "full_range": False, "alpha": False,
    }  # fmt: skip
    assert {name: report[name] for name in expected} == expected
    assert {"tiles", "filters", "output", "total"} == set(report["seconds"])


def test_raw_of_one_frame(cfl, tmp_path, clip, pictures):
    (tmp_path / "x.ivf").write_bytes(clip)
    cfl("decode", "x.ivf", "-o", "x.yuv", "--frame", "1")
    raw = b"".join(plane.astype(np.uint8).tobytes() for plane in pictures[1].planes)
    assert (tmp_path / "x.yuv").read_bytes() == raw


def test_coded_samples_and_shown_picture(cfl, tmp_path):
    """Y4M has the coded planes, PNG the picture: cropped, turned, in the file's colour."""
    obus = obus_of(avif(picture(98, 66), subsampling="4:4:4"))
    properties = nclx(9, 16, 9, True), clap((40, 1), (30, 1), (1, 1), (-2, 1)), irot(1)
    (tmp_path / "x.avif").write_bytes(avif_file({1: coded(obus, *properties)}))
    report = json.loads(cfl("decode", "x.avif", "-o", "x.y4m", "--json", "-").stdout)
    assert (report["crop"], report["turns"], report["mirror"]) == ([30, 16, 40, 30], 1, None)
    assert (report["color_primaries"], report["matrix_coefficients"]) == (9, 9)
    coded_frame = read(tmp_path / "x.y4m")
    (expected,) = dav1d_pictures(temporal_units(DELIMITER + obus))
    for plane, samples in zip(coded_frame.planes, expected.planes, strict=True):
        np.testing.assert_array_equal(plane, samples)
    done = cfl("decode", "x.avif", "-o", "x.png")
    assert "shown cropped to 40x30 at (30, 16), turned anti-clockwise by 90°" in done.stdout
    shown = np.rot90(frame_to_rgb(coded_frame.replace(matrix_coefficients=9))[16:46, 30:70])
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "x.png")), shown)
    assert (read(tmp_path / "x.png").color_primaries, read(tmp_path / "x.png").transfer_characteristics) == (
        9,
        16,
    )


def test_without_output_the_file_is_checked(cfl, tmp_path, clip):
    (tmp_path / "x.ivf").write_bytes(clip)
    (tmp_path / "cut.ivf").write_bytes(clip[:-9])
    assert json.loads(cfl("decode", "x.ivf", "--json", "-").stdout)["frames"] == 3
    done = cfl("decode", "cut.ivf", status=1)
    assert done.stderr.startswith("cfl: error: cut.ivf: an IVF frame of") and done.stderr.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.ivf", "x.ivf"]


@pytest.mark.parametrize("output", ["x.y4m", "x.yuv", "x.png"])
def test_no_file_is_left_after_an_error(cfl, tmp_path, clip, output):
    (tmp_path / "cut.ivf").write_bytes(clip[:-9])
    cfl("decode", "cut.ivf", "-o", output, status=1)
    assert [path.name for path in tmp_path.iterdir()] == ["cut.ivf"]


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["x.ivf", "-o", "-"], 1, "-: a PNG file holds one frame; choose it with --frame N"),
        (["x.ivf", "-o", "x.bmp"], 1, "the name must end in .png, .jpg,"),
        (["x.ivf", "-o", "x.png", "--frame", "7"], 1, "x.ivf: there is no frame 7; the file has 3"),
        (["x.ivf", "--max-pixels", "100"], 1, "96x64 is 6144 pixels; the limit"),
        (["none.ivf"], 1, "none.ivf: cannot be read: No such file"),
        (["x.txt"], 1, "x.txt: not an AV1 file"),
        (["x.ivf", "--frame", "-1"], 2, "--frame"),
        (["x.ivf", "--frame", "first"], 2, "neither a frame number (0 or more) nor 'all'"),
        (["x.ivf", "--threads", "0"], 2, "--threads"),
        ([], 2, "INPUT"),
    ],
)
def test_refusals(cfl, tmp_path, clip, words, status, message):
    (tmp_path / "x.ivf").write_bytes(clip)
    (tmp_path / "x.txt").write_bytes(b"hello")
    done = cfl("decode", *words, status=status)
    assert message in done.stderr
    assert done.stdout == ""
    assert status == 2 or done.stderr.count("\n") == 1
    assert not (tmp_path / "x.png").exists()


def test_a_stream_with_inter_frames(cfl, tmp_path):
    stream = svt_obu(frames=4, params="keyint=8:pred-struct=1")
    (tmp_path / "x.obu").write_bytes(stream)
    pictures = [
        b"".join(plane.astype(np.uint8).tobytes() for plane in picture.planes)
        for picture in dav1d_pictures(temporal_units(stream))
    ]
    cfl("decode", "x.obu", "-o", "x.yuv")
    assert (tmp_path / "x.yuv").read_bytes() == b"".join(pictures)
    cfl("decode", "x.obu", "-o", "x.yuv", "--frame", "2")
    assert (tmp_path / "x.yuv").read_bytes() == pictures[2]


def test_debug_shows_the_traceback(cfl):
    assert "Traceback" in cfl("decode", "none.avif", "--debug", status=1).stderr


def test_predict_reads_avif(cfl, tmp_path):
    """The other commands read AV1 by the same decoder: the planes are not converted."""
    obus = obus_of(avif(picture(98, 66)))
    (tmp_path / "x.avif").write_bytes(avif_file({1: coded(obus, nclx(9, 16, 9, True))}))
    cfl("predict", "x.avif", "-o", "p.y4m", "--json", "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert (report["width"], report["height"], report["subsampling"]) == (98, 66, "4:2:0")
    (expected,) = dav1d_pictures(temporal_units(DELIMITER + obus))
    np.testing.assert_array_equal(read(tmp_path / "p.y4m").y, expected.planes[0])


# --- Compiling


@pytest.mark.parametrize("name", [job.name for job in warming.jobs()])
def test_what_warm_does(name):
    assert warming.run_job(name) > 0


def test_a_command_says_that_it_compiles(cfl, tmp_path):
    """Once, on standard error, and only where there is something to compile."""
    (tmp_path / "x.csv").write_text("x,y\n1,2\n2,3\n3,5\n")
    environ = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    words = "fit", "x.csv", "--y", "y"
    first, second = (cfl(*words, environ=environ, keep_notice=True) for _ in range(2))
    assert first.stderr.count("cfl: compiling") == 1
    assert "cfl warm" in first.stderr
    assert "compiling" not in second.stderr
