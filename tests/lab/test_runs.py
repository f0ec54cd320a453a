"""Runs over sets: rows are those of `evaluate`, encodes those of the encoders; plugins; the command line."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from processes import environment

import cfl as library
import cfl.lab
from cfl import encode, read
from cfl.errors import CflError
from cfl.frames import write
from cfl.lab import Partition, evaluate
from cfl.lab.dataset import Results
from cfl.lab.encoders import by_name

PLUGIN = """
import numpy as np
import cfl.lab


@cfl.lab.predictor("flat", compiled=False)
def flat(block):
    return np.full(block.luma.shape, {level}), 0


@cfl.lab.predictor("broken", compiled=False)
def broken(block):
    raise RuntimeError("this cannot be")
"""


def plain(row):
    return {name: value for name, value in row.items() if name != "seconds"}


def test_rows_are_those_of_evaluate(three_pictures, tmp_path):
    table = cfl.lab.run([three_pictures], ["cfl", "dc"], blocks=[8, "16x8"], qualities=[60], workers=0)
    rows = table.to_pylist()
    assert len(rows) == 3 * 2 * 2 * 2
    frame = library.read(three_pictures / "coffee.png")
    for block in (8, "16x8"):
        expected = cfl.lab.evaluate(frame, ["cfl", "dc"], block=block, quality=60)
        own = [r for r in rows if Path(r["picture"]).name == "coffee.png" and r["block"] == str(block)]
        assert len(own) == len(expected)
        for one, other in zip(own, expected, strict=True):
            assert {name: one[name] for name in plain(other)} == pytest.approx(plain(other))


def test_what_predictors_see(three_pictures, tmp_path):
    picture = three_pictures / "coffee.png"
    frame = library.read(picture)
    other = cfl.lab.reconstruct(frame, 20)
    write(tmp_path / "decoded.y4m", other)
    for decoded, quality, seen in (
        ("source", 60, frame),
        ("q20", 60, other),
        (tmp_path / "decoded.y4m", 60, other),
        (None, 60, cfl.lab.reconstruct(frame, 60)),
    ):
        table = cfl.lab.run([picture], ["cclm"], blocks=[8], qualities=[quality], decoded=decoded, workers=0)
        expected = cfl.lab.evaluate(frame, ["cclm"], block=8, quality=quality, decoded=seen)
        assert table["squared_error"].to_pylist() == [row["squared_error"] for row in expected]
        assert table["residual_bits"].to_pylist() == pytest.approx([row["residual_bits"] for row in expected])
    with pytest.raises(CflError, match="q101: there is no such decoded picture"):
        cfl.lab.run([picture], ["cclm"], decoded="q101", workers=0)


def test_frames_of_a_clip(three_pictures, tmp_path):
    frames = [library.read(three_pictures / name) for name in ("coffee.png", "chelsea.png", "astronaut.png")]
    write(tmp_path / "clip.y4m", frames)
    table = cfl.lab.run([tmp_path / "clip.y4m"], ["dc"], blocks=[8], qualities=[], frames=2, workers=0)
    assert table["frame"].to_pylist() == [0, 0, 1, 1]
    expected = [row["squared_error"] for each in frames[:2] for row in cfl.lab.evaluate(each, ["dc"])]
    assert table["squared_error"].to_pylist() == expected


def test_a_plugin_that_raises_stops_nobody_else(three_pictures, tmp_path, cfl):
    """Its file goes to other processes; and with another text it is another predictor."""
    path = tmp_path / "mine.py"
    path.write_text(PLUGIN.format(level=100))
    words = ("lab", "run", three_pictures, "--predictors", "dc,flat,broken", "--blocks", "8",
             "--qualities", "", "--plugin", "mine.py", "-o", "out", "--workers", "1")  # fmt: skip
    done = cfl(*words, status=3)
    errors = [line for line in done.stderr.splitlines() if line.startswith("cfl: error")]
    assert len(errors) == 4
    assert all("broken" in line and "RuntimeError: this cannot be" in line for line in errors[:3])
    assert sorted(line.partition(": predictor")[0] for line in errors[:3]) == [
        f"cfl: error: {three_pictures / name}.png" for name in ("astronaut", "chelsea", "coffee")
    ]
    assert errors[3] == "cfl: error: 3 failures with 3 pictures; cfl lab report out lists them"
    listed = cfl("lab", "report", "out").stdout.partition("### What failed: 3\n\n")[2]
    assert sorted(listed.splitlines()) == sorted(line.replace("cfl: error:", "-") for line in errors[:3])
    first = Results.open(tmp_path / "out").table().to_pylist()
    assert sorted({row["predictor"] for row in first}) == ["dc", "flat"] and len(first) == 12
    path.write_text(PLUGIN.format(level=101))
    cfl(*words, "--workers", "0", status=3)
    second = Results.open(tmp_path / "out").table().to_pylist()
    assert len([row for row in second if row["predictor"] == "dc"]) == 6
    assert len([row for row in second if row["predictor"] == "flat"]) == 12


def test_a_predictor_of_ones_own_in_python(three_pictures):
    @cfl.lab.predictor("test-own", compiled=False)
    def own(block):
        return block.luma / 8, 1

    table = cfl.lab.run([three_pictures], ["dc", own], blocks=[16], qualities=[], workers=0)
    assert set(table["predictor"].to_pylist()) == {"dc", "test-own"}
    bits = [r["predictor_bits"] / r["blocks"] for r in table.to_pylist() if r["predictor"] == "test-own"]
    assert set(bits) == {1.0}


SESSION = """
import numpy as np, cfl.lab
def level(block):
    return {level}
@cfl.lab.predictor("typed", compiled=False)
def typed(block):
    return np.full(block.luma.shape, level(block)), 0
options = dict(blocks=[16], qualities=[], workers=0, output={out!r})
table = cfl.lab.run([{picture!r}], ["dc", typed], **options)
print(len(set(table["unit"].to_pylist())))
"""


def test_a_predictor_that_was_typed_in_a_session(three_pictures, tmp_path):
    """Python has no file of it; another one of the same name is another one, also by what it calls."""

    picture = next(three_pictures.glob("*.png"))

    def units(level):
        code = SESSION.format(level=level, out=str(tmp_path / "out"), picture=str(picture))
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert [units(level) for level in ("block.dc", "block.dc", "block.dc + 1")] == [2, 2, 3]


def test_a_script_without_the_line_that_processes_need_is_told_so(three_pictures, tmp_path):
    script = tmp_path / "script.py"
    options = {"blocks": [16], "qualities": [], "workers": 2}
    script.write_text(f"import cfl.lab\ncfl.lab.run([{str(three_pictures)!r}], ['dc'], **{options})\n")
    command = [sys.executable, script]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    words = 'no worker process could start; a script must do this below if __name__ == "__main__":'
    assert done.stderr.splitlines()[-1] == f"cfl.errors.CflError: {words}"


def test_streaming(three_pictures):
    tables = list(cfl.lab.stream([three_pictures], ["dc", "cfl"], blocks=[8], qualities=[], workers=0))
    assert len(tables) == 6
    assert all(table.num_rows == 2 for table in tables)


def test_encoders(three_pictures, tmp_path):
    names = ["cfl:10", "libaom:9", "libaom-iq:9", "svtav1:12", "libaom:9:no-cfl"]
    picture = three_pictures / "coffee.png"
    table = cfl.lab.compare_encoders([picture], names, qualities=[60], workers=0, output=tmp_path / "out")
    rows = {row["encoder"]: row for row in table.to_pylist()}
    assert list(rows) and set(rows) == set(names)
    assert {rows[name]["setting"] for name in names} == {60, 25}  # SVT-AV1 has quantizers
    with Image.open(picture) as image:
        file = io.BytesIO()
        image.save(file, "AVIF", quality=60, speed=9, subsampling="4:2:0", max_threads=1, autotiling=False,
                   advanced={"tune": "iq"})  # fmt: skip
    # The rest of an AVIF file is its boxes: 200 to 400 bytes.
    assert 150 < len(file.getvalue()) - rows["libaom-iq:9"]["bytes"] < 500
    assert all(28 < row["yuv"] < 60 for row in rows.values())
    text = cfl.lab.report(tmp_path / "out", format="csv")
    assert len(list(csv.DictReader(io.StringIO(text)))) == len(names) * 7  # by metric


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x265:6", "there is no encoder 'x265'"),
        ("libaom", "'libaom' is not an encoder and its speed, such as libaom:6"),
        ("libaom-ip:6", r"there is no encoder 'libaom-ip'; is 'libaom-iq' meant\?"),
        ("cfl:11", "the speeds of cfl are 0 to 10"),
        ("svtav1:8:no-cfl", "only cfl and libaom can do without CfL"),
    ],
)
def test_unknown_encoders(name, message):
    with pytest.raises(CflError, match=message):
        by_name(name)


def test_qualities_on_the_scales_of_encoders():
    """SVT-AV1's as libavif has them: (100 − quality) · 63 / 100, rounded down after 0.5 is added."""
    assert [by_name("svtav1:8").setting(q) for q in (0, 30, 45, 60, 75, 90, 100)] == [
        63,
        44,
        35,
        25,
        16,
        6,
        0,
    ]
    settings = [by_name("rav1e:6").setting(quality) for quality in range(101)]
    assert settings == sorted(settings, reverse=True) and (settings[0], settings[100]) == (255, 0)


def test_the_command_line(three_pictures, tmp_path, cfl):
    (three_pictures / "notes.txt").unlink(missing_ok=True)
    (tmp_path / "bad.png").write_bytes(b"no picture")
    done = cfl("lab", "run", three_pictures, "bad.png", "--predictors", "dc,cfl", "--blocks", "8",
               "--qualities", "30,80", "-o", "out", "--workers", "0", status=3)  # fmt: skip
    assert "Prediction, blocks of 8x8: PSNR over DC, 3 pictures" in done.stdout
    assert "cfl: error: 1 failure with 4 pictures; cfl lab report out lists them" in done.stderr
    assert done.stderr.count("bad.png") == 1
    (note,) = (tmp_path / "out" / "runs").glob("*.json")
    assert json.loads(note.read_text())["failed"] == 1
    cfl("lab", "report", "out", "-o", "report.html", "--anchor", "dc")
    assert "BD-rate against dc" in (tmp_path / "report.html").read_text()
    listed = cfl("lab", "list").stdout
    assert all(f"\n  {name} " in listed for name in ("cfl", "mhccp", "libaom-iq", "rav1e"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--predictors", "cclmm"], "there is no predictor 'cclmm'; is 'cclm' meant?"),
        (["--predictors", ","], "there are no predictors"),
        (["--predictors", "dc", "--blocks", "7"], "block size is 7x7"),
        (["--predictors", "dc", "--blocks", ","], "there are no block sizes"),
        (["--predictors", "dc", "--plugin", "none.py"], "none.py: the plugin cannot be read"),
        (["--predictors", "dc", "--scheduler", "x://y"], "x://y: no scheduler of Dask answers there"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(three_pictures, tmp_path, cfl, words, message):
    done = cfl("lab", "run", three_pictures, "--qualities", "", "-o", "out", *words, status=1)
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("cfl: compiling")]
    assert line.startswith("cfl: error: ") and message in line
    assert not (tmp_path / "out").exists()


def test_ablations_go_on(three_pictures, tmp_path, cfl):
    """What was kept is not encoded again, and the tables are those of the plain command."""
    words = ("ablate", *sorted(three_pictures.glob("*.png"))[:2], "-q", "30,80", "-s", "10", "--threads", "1")
    whole = cfl(*words).stdout
    assert cfl(*words, "--results", "kept").stdout == whole
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").glob("units/*/*")}
    assert len(files) == 8
    first = next(iter(files))
    first.unlink()
    assert cfl(*words, "--results", "kept").stdout == whole
    assert [p for p, time in files.items() if p.stat().st_mtime_ns != time] == [first]


def test_the_blocks_of_a_file(three_pictures, tmp_path, cfl):
    """They are those that `Partition.of_file` finds; a picture of another size fails, and once it is said."""
    with Image.open(three_pictures / "astronaut.png") as image:
        image.crop((0, 0, 40, 32)).save(three_pictures / "astronaut.png")
    frame = read(three_pictures / "coffee.png")
    (tmp_path / "coffee.avif").write_bytes(encode(frame, quality=60, speed=10, tune="psnr"))
    expected = evaluate(frame, ["cfl"], block=Partition.of_file(tmp_path / "coffee.avif"))
    words = "--predictors", "cfl,dc", "--qualities", "", "--workers", "0", "-o", "out"
    done = cfl("lab", "run", three_pictures, "--blocks", "16,coffee.avif", *words, status=3)
    assert "Prediction, blocks of coffee.avif: PSNR over DC, 3 pictures" in done.stdout
    errors = [line for line in done.stderr.splitlines() if "the partition is of" in line]
    wrong = "the partition is of 24x16 chroma samples, the picture has 20x16"
    assert errors == [f"cfl: error: {three_pictures}/astronaut.png: {wrong}"]
    rows = [
        row
        for row in Results.open(tmp_path / "out").table().to_pylist()
        if row["block"].startswith("coffee.avif ")
        and row["picture"].endswith("coffee.png")
        and row["predictor"] == "cfl"
    ]
    of_size = "plane", "block_width", "block_height", "blocks", "squared_error", "predictor_bits"
    found = sorted(tuple(row[name] for name in of_size) for row in rows)
    assert found == sorted(tuple(row[name] for name in of_size) for row in expected)
    assert len({row["block_width"] for row in rows}) > 1
    cfl("lab", "report", "out", "-o", "out.html")
    assert "Cb: the sizes of coffee.avif" in (tmp_path / "out.html").read_text()


def test_many_errors_are_not_all_printed(tmp_path, cfl):
    names = [f"{number}.png" for number in range(30)]
    (tmp_path / "set.txt").write_text("\n".join(names))
    done = cfl("lab", "run", "set.txt", "--predictors", "dc", "--qualities", "", "-o", "out", status=3)
    lines = done.stderr.splitlines()
    assert len(lines) == 22 and all("cannot be read: No such file" in line for line in lines[:20])
    assert lines[20] == "cfl: error: there are more errors, which are not printed"
    assert lines[21] == "cfl: error: 30 failures with 30 pictures; cfl lab report out lists them"
    said = cfl("lab", "report", "out", status=1).stderr
    first = "0.png: cannot be read: No such file or directory"
    assert said == f"cfl: error: out: it has no results; 30 failed, the first one: {first}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["report", "out", "-o", "x.docx"], "x.docx: the name of a report ends in .html, .md or .csv"),
        (["run", "x.png", "--predictors", "dc", "-o", "file"], "file: it is a file; results need a folder"),
    ],
)
def test_outputs_that_cannot_be(tmp_path, cfl, words, message):
    (tmp_path / "file").touch()
    assert cfl("lab", *words, status=1).stderr == f"cfl: error: {message}\n"
