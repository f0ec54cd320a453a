"""`cfl predict` as a process: its numbers against an independent computation, its files, its manners."""

import csv
import json
import math

import numpy as np
import pytest
from PIL import Image
from spec.frame_oracle import luma_blocks, predict_plane_block

from cfl.frames import Frame, read, read_frames, rgb_to_frame, write_png, write_raw

FIELDS = ["frame", "x", "y", "w", "h", "alpha_u", "alpha_v", "dc_u", "dc_v", "sse_u", "sse_v", "r2_u", "r2_v"]


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_json_csv_and_picture_agree_with_the_source(cfl, images, tmp_path):
    picture = images / "chelsea.png"
    done = cfl("predict", picture, "--block", "16x8", "--csv", "b.csv", "-o", "p.y4m", "--json", "r.json")
    assert done.stderr == "cfl: warning: Y4M (C420jpeg) has no place for it: the ICC profile is dropped\n"
    report = json.loads((tmp_path / "r.json").read_text())
    source = read(picture)
    predicted = read(tmp_path / "p.y4m")
    np.testing.assert_array_equal(predicted.y, source.y)
    rows = rows_of(tmp_path / "b.csv")
    assert list(rows[0]) == FIELDS
    assert report["input"] == str(picture)
    geometry = {
        key: report[key] for key in ("width", "height", "bit_depth", "subsampling", "block", "dc", "alpha")
    }
    assert geometry == {
        "width": source.width, "height": source.height, "bit_depth": 8, "subsampling": "4:2:0",
        "block": "16x8", "dc": "neighbours", "alpha": "quantised",
    }  # fmt: skip
    for plane in "uv":
        truth = getattr(source, plane).astype(float)
        error = ((truth - getattr(predicted, plane)) ** 2).sum()
        numbers = report["planes"][plane]
        assert numbers["sse"] == error == sum(int(row[f"sse_{plane}"]) for row in rows)
        assert numbers["psnr"] == pytest.approx(10 * math.log10(255**2 * truth.size / error), abs=1e-9)
        assert numbers["r2"] == pytest.approx(1 - error / ((truth - truth.mean()) ** 2).sum(), abs=1e-12)
        assert numbers["psnr_dc"] <= numbers["psnr"] + 1e-9
    used = [row for row in rows if (row["alpha_u"], row["alpha_v"]) != ("0", "0")]
    assert (
        report["blocks"]["total"] == len(rows) == math.ceil(source.width / 16) * math.ceil(source.height / 8)
    )
    assert report["blocks"]["cfl"] == len(used)


def test_blocks_against_the_specification(cfl, tmp_path):
    rng = np.random.default_rng(8)
    frame = Frame(*(rng.integers(0, 256, shape, dtype=np.uint8) for shape in ((37, 45), (19, 23), (19, 23))))
    write_raw(tmp_path / "x.yuv", frame)
    cfl("predict", "x.yuv", "--size", "45x37", "--dc", "mean", "--block", "8", "--csv", "b.csv")
    for row, block in zip(rows_of(tmp_path / "b.csv"), luma_blocks(frame, 8, 8), strict=True):
        assert tuple(int(row[field]) for field in "xywh") == block
        for plane in "uv":
            expected = predict_plane_block(frame, getattr(frame, plane), block, "mean")
            for field in ("alpha", "dc", "sse", "r2"):
                assert float(row[f"{field}_{plane}"]) == pytest.approx(float(expected[field]), rel=1e-12), (
                    field
                )


def test_report_or_json_alone_is_on_standard_output(cfl, images):
    done = cfl("predict", images / "screen.png", "--block", "auto", "--json", "-")
    assert json.loads(done.stdout)["block"] == "auto"
    assert done.stderr == ""
    done = cfl("predict", images / "screen.png", "--block", "auto")
    assert done.stderr == ""
    for word in ("PSNR of DC alone", "Cb (U)", "Cr (V)", "use CfL"):
        assert word in done.stdout


def test_clip_to_clip(cfl, images, tmp_path):
    clip = images / "coffee_pan.y4m"
    report = json.loads(cfl("predict", clip, "-o", "out.y4m", "--csv", "b.csv", "--json", "-").stdout)
    predicted = list(read_frames(tmp_path / "out.y4m"))
    sources = list(read_frames(clip))
    assert report["frames"] == len(predicted) == len(sources) == 8
    error = sum(((a.u.astype(int) - b.u) ** 2).sum() for a, b in zip(sources, predicted, strict=True))
    assert report["planes"]["u"]["sse"] == error
    assert {int(row["frame"]) for row in rows_of(tmp_path / "b.csv")} == set(range(8))


def test_float_slopes_fit_at_least_as_well_before_rounding(cfl, images, tmp_path):
    cfl(
        "predict",
        images / "rocket.png",
        "--alpha",
        "float",
        "--dc",
        "mean",
        "--csv",
        "b.csv",
        "--json",
        "f.json",
    )
    cfl("predict", images / "rocket.png", "--dc", "mean", "--json", "q.json")
    one, other = (json.loads((tmp_path / name).read_text()) for name in ("f.json", "q.json"))
    assert one["blocks"]["alpha_bits"] is None
    assert one["planes"]["u"]["sse"] < other["planes"]["u"]["sse"] * 1.05
    slopes = [float(row["alpha_u"]) for row in rows_of(tmp_path / "b.csv")]
    assert any(slope * 8 != round(slope * 8) for slope in slopes)


def test_png_output_and_figure(cfl, images, tmp_path):
    cfl("predict", images / "colours.png", "-o", "p.png", "--figure", "f.png", "--block", "auto")
    with Image.open(tmp_path / "p.png") as predicted, Image.open(tmp_path / "f.png") as figure:
        assert predicted.size == (256, 192)
        assert figure.size[0] > 1000
        assert len(figure.convert("RGB").getcolors(1 << 24)) > 1000


def test_luma_from_a_decoded_file(cfl, images, tmp_path):
    frame = read(images / "coffee.png")
    coarse = frame.replace(y=(frame.y // 16 * 16 + 8).astype(np.uint8))
    from cfl.frames import write

    write(tmp_path / "source.y4m", frame)
    write(tmp_path / "decoded.y4m", coarse)
    own = json.loads(cfl("predict", "source.y4m", "--json", "-").stdout)
    other = json.loads(cfl("predict", "source.y4m", "--luma-from", "decoded.y4m", "--json", "-").stdout)
    mixed = coarse.replace(u=frame.u, v=frame.v)
    write(tmp_path / "mixed.y4m", mixed)
    assert other["planes"] == json.loads(cfl("predict", "mixed.y4m", "--json", "-").stdout)["planes"]
    assert other["planes"]["v"]["sse"] > own["planes"]["v"]["sse"]


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
def test_subsampling_option(cfl, images, tmp_path, subsampling):
    options = ("--subsampling", subsampling, "-o", "p.y4m", "--json", "-")
    report = json.loads(cfl("predict", images / "screen.png", *options).stdout)
    assert report["subsampling"] == subsampling == read(tmp_path / "p.y4m").subsampling


def test_perfect_prediction_is_infinite(cfl, tmp_path):
    gray = np.repeat(np.arange(64, dtype=np.uint8)[:, None], 64, axis=1)
    write_png(tmp_path / "gray.png", rgb_to_frame(np.stack([gray] * 3, axis=-1), subsampling="4:4:4"))
    report = json.loads(cfl("predict", "gray.png", "--json", "-").stdout)
    assert report["planes"]["u"] == {"psnr": "inf", "psnr_dc": "inf", "r2": 1.0, "sse": 0}


def test_more_threads_same_answer(cfl, images):
    one, two = (
        cfl("predict", images / "astronaut.png", "--threads", threads, "--json", "-").stdout
        for threads in (1, 2)
    )
    assert one == two


BAD_INPUT = {
    "missing": ("predict", "none.png"),
    "folder": ("predict", "."),
    "empty": ("predict", "empty.png"),
    "text": ("predict", "text.png"),
    "truncated": ("predict", "cut.png"),
    "gray": ("predict", "mono.y4m"),
    "over the limit": ("predict", "good.png", "--max-pixels", "10"),
    "block": ("predict", "good.png", "--block", "64"),
    "block without chroma": ("predict", "good.png", "--block", "4"),
    "raw without size": ("predict", "odd.yuv"),
    "raw of another length": ("predict", "odd.yuv", "--size", "16x16"),
    "raw format": ("predict", "odd.yuv", "--size", "16x16", "--format", "nv99"),
    "format without size": ("predict", "good.png", "--format", "yuv420p"),
    "output kind": ("predict", "good.png", "-o", "x.jpg"),
    "figure kind": ("predict", "good.png", "--figure", "x.xyz", "--csv", "x.csv"),
    "output folder": ("predict", "good.png", "-o", "nowhere/x.png"),
    "two frames in a PNG": ("predict", "two.y4m", "-o", "x.png", "--csv", "x.csv", "--figure", "x2.png"),
    "luma of another size": ("predict", "good.png", "--luma-from", "two.y4m"),
    "luma with fewer frames": ("predict", "two.y4m", "--luma-from", "one.y4m", "-o", "x.y4m"),
    "bad Y4M header": ("predict", "bad.y4m"),
    "cut Y4M": ("predict", "cut.y4m", "-o", "x.y4m", "--csv", "x.csv"),
    "measure sizes": ("measure", "good.png", "two.y4m"),
    "measure frames": ("measure", "two.y4m", "one.y4m"),
}


@pytest.mark.parametrize("words", BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_one_line_and_leaves_nothing(cfl, images, tmp_path, words):
    good = (images / "colours.png").read_bytes()
    header, frame = b"YUV4MPEG2 W8 H8 F25:1 C420jpeg\n", b"FRAME\n" + bytes(96)
    files = {
        "empty.png": b"", "text.png": b"no picture\n" * 9, "good.png": good, "cut.png": good[:900],
        "mono.y4m": b"YUV4MPEG2 W8 H8 Cmono\nFRAME\n" + bytes(64), "odd.yuv": bytes(100),
        "one.y4m": header + frame, "two.y4m": header + frame * 2, "bad.y4m": b"YUV4MPEG2 W8 Hx\nFRAME\n",
        "cut.y4m": header + frame + frame[:50],
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    done = cfl(*words, status=1)
    assert done.stderr.startswith("cfl: error: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert {path.name for path in tmp_path.iterdir()} == set(files)


@pytest.mark.parametrize(
    "words", [("predict",), ("predict", "x.png", "--dc", "median"), ("predikt", "x.png")]
)
def test_bad_usage_exits_2(cfl, words):
    assert "Usage" in cfl(*words, status=2).stderr


def test_debug_shows_the_traceback(cfl):
    assert "Traceback" in cfl("predict", "none.png", "--debug", status=1).stderr


def test_help_and_version(cfl):
    assert "predict" in cfl("--help").stdout
    assert cfl("--version").stdout.startswith("cfl ")


def test_measure(cfl, images, tmp_path):
    reference = read(images / "coffee.png")
    noise = np.random.default_rng(0).integers(0, 3, reference.y.shape, dtype=np.uint8)
    test = reference.replace(y=np.minimum(reference.y, 250) + noise)
    from cfl.frames import write

    write(tmp_path / "a.y4m", reference)
    write(tmp_path / "b.y4m", test)
    done = cfl("measure", "a.y4m", "b.y4m", "--json", "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    error = np.mean((reference.y.astype(float) - test.y) ** 2)
    assert report["psnr"]["y"] == pytest.approx(10 * math.log10(255**2 / error))
    assert report["psnr"]["yuv"] == pytest.approx(report["psnr"]["y"] + 10 * math.log10(8 / 6))
    assert (report["psnr"]["u"], report["frames"]) == ("inf", 1)
    assert "YUV 6:1:1" in done.stdout
    assert done.stderr == ""
