"""`cfl inspect` as a process: its files agree with the library, and its manners."""

import csv
import json

import numpy as np
import pytest
from av1_streams import avif, picture, svt_obu
from PIL import Image

from cfl.av1.tables.constants import IntraMode, Partition, TxSize
from cfl.inspection import inspect


@pytest.fixture
def photo(tmp_path):
    samples = picture(203, 141)
    Image.fromarray(samples).save(tmp_path / "x.png")
    (tmp_path / "x.avif").write_bytes(avif(samples, quality=70))
    return tmp_path / "x.avif"


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_csv_and_json_agree_with_the_library(cfl, photo, tmp_path):
    done = cfl("inspect", "x.avif", "--csv", "b.csv", "--json", "r.json")
    assert done.stderr == ""
    found = inspect(photo)
    rows, report = rows_of(tmp_path / "b.csv"), json.loads((tmp_path / "r.json").read_text())
    assert len(rows) == len(report["blocks"]) == len(found.blocks)
    assert list(rows[0]) == list(report["blocks"][0]) == list(found.blocks.dtype.names)
    for row, entry, block in zip(rows, report["blocks"], found.blocks, strict=True):
        assert [int(row[name]) for name in "xywh"] == [entry[name] for name in "xywh"]
        assert tuple(entry[name] for name in "xywh") == tuple(block[list("xywh")].tolist())
        assert entry["y_mode"] == row["y_mode"] == IntraMode(block["y_mode"]).name
        assert entry["partition"] == Partition(block["partition"]).name
        assert entry["tx_size"] == TxSize(block["tx_size"]).name
        assert entry["uv_mode"] == (IntraMode(block["uv_mode"]).name if block["has_chroma"] else None)
        for name in ("alpha_ls_u", "r2_v", "sse_dc_u"):
            assert (entry[name] is None) == (row[name] == "") == (block["uv_mode"] != 13)
        if entry["r2_v"] is not None:
            assert float(row["r2_v"]) == pytest.approx(block["r2_v"], abs=1e-6)
            assert entry["sse_u"] == int(row["sse_u"]) == block["sse_u"]
    expected = json.loads(json.dumps(found.as_dict()))
    assert {name: report[name] for name in expected} == expected
    assert report["input"] == "x.avif"
    assert report["frame_headers"][0]["quantization"]["base_q_idx"] > 0


def test_report_or_json_alone_is_on_standard_output(cfl, photo):
    done = cfl("inspect", "x.avif", "--reference", "x.png", "--json", "-")
    report = json.loads(done.stdout)
    assert done.stderr == ""
    assert report["summary"]["target"] == "reference"
    done = cfl("inspect", "x.avif", "--reference", "x.png")
    assert done.stderr == ""
    for word in ("x.avif: AVIF", "base_q_idx", "bits of the tiles", "UV_CFL_PRED", "Cb (U)", "reference"):
        assert word in done.stdout


def test_figure(cfl, photo, tmp_path):
    cfl("inspect", "x.avif", "--figure", "f.png")
    with Image.open(tmp_path / "f.png") as figure:
        assert figure.size[0] > 1500
        assert len(figure.convert("RGB").getcolors(1 << 24)) > 1000
    cfl("inspect", "x.avif", "--figure", "f.svg")
    assert "<svg" in (tmp_path / "f.svg").read_text()[:500]


def test_frame_of_a_stream(cfl, tmp_path):
    (tmp_path / "x.obu").write_bytes(svt_obu(frames=2))
    reports = [json.loads(cfl("inspect", "x.obu", "--frame", i, "--json", "-").stdout) for i in (0, 1)]
    assert [report["frame"] for report in reports] == [0, 1]
    assert reports[0]["blocks"] != reports[1]["blocks"]
    done = cfl("inspect", "x.obu", "--frame", "2", status=1)
    assert done.stderr == "cfl: error: x.obu: there is no frame 2; the file has 2\n"


def test_title_is_of_the_frame(cfl, tmp_path):
    """Bits per pixel are the frame's, not the file's, and its number is said."""
    (tmp_path / "x.obu").write_bytes(svt_obu(frames=2))
    cfl("inspect", "x.obu", "--frame", "1", "--figure", "f.svg", "--json", "r.json")
    bits = json.loads((tmp_path / "r.json").read_text())["summary"]["bits"]
    drawn = (tmp_path / "f.svg").read_text()
    report = json.loads((tmp_path / "r.json").read_text())
    rate = bits["frame"] / (report["width"] * report["height"])
    assert "x.obu, frame 1" in drawn and f"{rate:.3f} bit per pixel" in drawn
    assert f"{bits['file'] / (report['width'] * report['height']):.3f} bit per pixel" not in drawn


def test_a_reference_of_another_range_is_said(cfl, photo, tmp_path):
    from cfl import rgb_to_frame, write

    with Image.open(tmp_path / "x.png") as image:
        write(tmp_path / "x.y4m", rgb_to_frame(np.asarray(image), full_range=False))
    done = cfl("inspect", "x.avif", "--reference", "x.y4m", "--json", "r.json")
    (remark,) = json.loads((tmp_path / "r.json").read_text())["remarks"]
    assert "limited range to full range" in remark and remark in done.stdout
    words = ["x.avif", "--csv", "b.csv", "--figure", "f.png", "--json", "no/r.json"]
    before = set(tmp_path.iterdir())
    cfl("inspect", *words, status=1)
    assert set(tmp_path.iterdir()) == before


def test_monochrome(cfl, tmp_path):
    Image.fromarray(picture(channels=1)[..., 0]).save(tmp_path / "g.avif")
    done = cfl("inspect", "g.avif", "--csv", "b.csv", "--json", "r.json", "--figure", "f.png")
    assert {entry["uv_mode"] for entry in json.loads((tmp_path / "r.json").read_text())["blocks"]} == {None}
    assert "The picture has no chroma." in done.stdout


def test_no_cfl(cfl, tmp_path):
    Image.fromarray(np.full((64, 64, 3), (200, 90, 40), np.uint8)).save(tmp_path / "flat.avif")
    assert "No block uses CfL." in cfl("inspect", "flat.avif").stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["missing.avif"], "missing.avif: cannot be read: No such file or directory"),
        (["x.png"], "x.png: "),
        (["x.avif", "--frame", "1"], "x.avif: there is no frame 1; the file has 1"),
        (
            ["x.avif", "--reference", "small.png"],
            "small.png: 20x20 4:2:0 8 bit, but the coded picture is 203x141",
        ),
        (["x.avif", "--reference", "missing.png"], "missing.png: cannot be read: No such file"),
        (["x.avif", "--max-pixels", "1000"], "x.avif: 203x141 is 28623 pixels"),
        (["x.avif", "--figure", "f.doc"], "f.doc: figures cannot be written as .doc"),
        (["x.avif", "--csv", "no/b.csv"], "No such file or directory"),
    ],
)
def test_errors_are_one_line(cfl, photo, tmp_path, words, message):
    Image.fromarray(picture(20, 20)).save(tmp_path / "small.png")
    before = set(tmp_path.iterdir())
    done = cfl("inspect", *words, status=1)
    assert done.stderr.startswith("cfl: error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert set(tmp_path.iterdir()) == before


def test_usage(cfl, photo):
    cfl("inspect", status=2)
    cfl("inspect", "x.avif", "--frame", "-1", status=2)
    assert "--reference" in cfl("inspect", "--help").stdout
