"""Many files in one call: names, folders, what is kept, what is counted."""

import json
import re
import shutil

import numpy as np
import pytest
from PIL import Image

from cfl import encode, inspect, measure, read
from cfl.container import decode

NAMES = ("a.png", "b.jpg", "deep/c.png", "deep/er/d.webp")


@pytest.fixture
def photos(tmp_path):
    """A folder of mixed pictures, with one that is none and a file of another kind."""
    rng = np.random.default_rng(5)
    for number, name in enumerate(NAMES):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (24 + 8 * number, 32, 3)).astype(np.uint8)).save(path)
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    (tmp_path / "photos" / ".hidden.png").write_text("no picture")
    return tmp_path / "photos"


def names_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_folder_keeps_its_structure(cfl, photos, tmp_path):
    done = cfl("encode", "-r", "photos", "-o", "out/", "-s", "10", "-q", "50", "--json", "r.json")
    assert names_in(tmp_path / "out") == ["a.avif", "b.avif", "deep/c.avif", "deep/er/d.avif"]
    for name in NAMES:
        data = (tmp_path / "out" / name).with_suffix(".avif").read_bytes()
        assert data == encode(photos / name, quality=50, speed=10)
    report = json.loads((tmp_path / "r.json").read_text())
    before = sum((photos / name).stat().st_size for name in NAMES)
    after = sum((tmp_path / "out" / name).with_suffix(".avif").stat().st_size for name in NAMES)
    total = report["total"]
    assert (total["input_bytes"], total["bytes"], report["failed"]) == (before, after, [])
    row = next(line for line in done.stdout.splitlines() if line.startswith("total"))
    assert row.split()[1:3] == [f"{before:,}", f"{after:,}"]
    assert f"{100 * (1 - after / before):.1f} %" in row
    decibels = [each["psnr"]["y"] for each in report["files"]]
    assert total["psnr"]["y"] == pytest.approx(np.mean(decibels))
    assert done.stderr == ""


def test_the_bytes_do_not_depend_on_how_many_at_a_time(cfl, photos, tmp_path):
    for jobs in "13":
        cfl("encode", "-r", "photos", "-o", f"out{jobs}", "-s", "10", "-j", jobs)
    first, second = (
        [path.read_bytes() for path in sorted((tmp_path / name).rglob("*.avif"))] for name in ("out1", "out3")
    )
    assert first == second and len(first) == len(NAMES)


def test_one_bad_file_does_not_stop_the_rest(cfl, photos, tmp_path):
    (photos / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(20))
    done = cfl("encode", "-r", "photos", "-o", "out", "-s", "10", "--json", "-", status=3)
    report = json.loads(done.stdout)
    assert len(report["files"]) == len(NAMES)
    [failed] = report["failed"]
    assert failed["input"].endswith("broken.png") and "broken.png" in failed["error"]
    first, last = done.stderr.splitlines()
    assert re.match(r"cfl: error: photos/broken\.png: ", first)
    assert last == "cfl: error: 1 of 5 files failed"
    assert not (tmp_path / "out" / "broken.avif").exists()


def test_patterns_that_the_shell_did_not_expand(cfl, photos, tmp_path):
    cfl("encode", "photos/*.png", "photos/deep/*.png", "-o", "out", "-s", "10")
    assert names_in(tmp_path / "out") == ["a.avif", "c.avif"]
    assert "no file has such a name" in cfl("encode", "photos/*.bmp", "-o", "out", status=1).stderr


def test_nothing_is_lost(cfl, photos, tmp_path):
    words = ("encode", "photos/a.png", "photos/b.jpg", "-o", "out", "-s", "10")
    cfl(*words)
    (tmp_path / "out" / "a.avif").write_bytes(b"mine")
    done = cfl(*words, status=1)
    assert (
        "2 outputs exist" in done.stderr and "--overwrite" in done.stderr and "--skip-existing" in done.stderr
    )
    assert (tmp_path / "out" / "a.avif").read_bytes() == b"mine"
    (tmp_path / "out" / "b.avif").unlink()
    assert "1 file left as they are" in cfl(*words, "--skip-existing").stdout
    assert (tmp_path / "out" / "a.avif").read_bytes() == b"mine"
    assert (tmp_path / "out" / "b.avif").exists()
    cfl(*words, "--overwrite")
    assert (tmp_path / "out" / "a.avif").read_bytes() != b"mine"
    cfl(*words, "--overwrite", "--skip-existing", status=2)
    cfl("encode", "photos/a.png", "-o", "out/a.avif", "-s", "10")  # what is named is meant


def test_an_input_is_never_written_to(cfl, photos, tmp_path):
    cfl("encode", "photos/a.png", "-o", "x.avif", "-s", "10")
    shutil.copy(tmp_path / "x.avif", tmp_path / "y.avif")
    done = cfl("encode", "x.avif", "y.avif", "-o", "./", "--overwrite", status=1)
    assert "it is an input" in done.stderr


def test_names(cfl, photos, tmp_path):
    """What differs in endings or folders only stays apart; a suffix goes before the ending."""
    shutil.copy(photos / "a.png", photos / "b.png")
    cfl("encode", "photos/b.png", "photos/b.jpg", "photos/a.png", "-o", "one", "-s", "10", "--suffix", "-q60")
    assert names_in(tmp_path / "one") == ["a-q60.avif", "b.jpg-q60.avif", "b.png-q60.avif"]
    shutil.copy(photos / "a.png", photos / "deep" / "a.png")
    cfl("encode", "photos/a.png", "photos/deep/a.png", "-o", "two", "-s", "10")
    assert names_in(tmp_path / "two") == ["a.avif", "deep/a.avif"]
    cfl("encode", "-r", "photos/deep", "photos/deep/er", "-o", "three", "-s", "10", "--output-format", "ivf")
    assert "deep/c.ivf" in names_in(tmp_path / "three")


@pytest.mark.parametrize(
    "words, message",
    [
        (["photos", "-o", "out"], "photos: it is a folder; -r reads"),
        (["-r", "empty", "-o", "out"], "empty: it has no file"),
        (["photos/a.png", "photos/b.jpg", "-o", "-"], "many files need one"),
        (["photos/a.png", "photos/b.jpg", "-o", "file"], "it is no folder"),
        (["photos/a.png", "photos/b.jpg", "-o", "out.avif"], "out.avif: it is no folder"),
        (["photos/a.png", "photos/a.png", "-o", "out"], "two of the inputs"),
    ],
)
def test_refusals(cfl, photos, tmp_path, words, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    done = cfl("encode", *words, status=1)
    assert message in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.avif").exists()


def test_one_input_into_a_folder(cfl, photos, tmp_path):
    cfl("encode", "photos/a.png", "-o", "new/", "-s", "10")
    cfl("decode", "new/a.avif", "-o", "new")
    assert names_in(tmp_path / "new") == ["a.avif", "a.png"]


def test_decode_inspect_measure_and_predict(cfl, photos, tmp_path):
    """Each figure is the library's."""
    cfl("encode", "-r", "photos", "-o", "coded", "-s", "10")
    cfl("decode", "-r", "coded", "-o", "shown", "--output-format", "tiff", "--json", "d.json")
    assert names_in(tmp_path / "shown") == ["a.tiff", "b.tiff", "deep/c.tiff", "deep/er/d.tiff"]
    assert json.loads((tmp_path / "d.json").read_text())["total"]["frames"] == 4

    done = cfl("inspect", "-r", "coded", "--csv", "blocks", "--json", "i.json")
    report = json.loads((tmp_path / "i.json").read_text())
    for each in report["files"]:
        assert each["summary"]["blocks"] == len(inspect(tmp_path / each["input"]).blocks)
    assert names_in(tmp_path / "blocks")[0] == "a.avif.csv"
    assert done.stdout.splitlines()[-1].startswith("total")

    done = cfl("measure", "photos", "coded", "--json", "m.json")
    report = json.loads((tmp_path / "m.json").read_text())
    assert len(report["files"]) == 4
    for each in report["files"]:
        assert each["psnr"]["y"] == measure(tmp_path / each["reference"], tmp_path / each["test"]).psnr["y"]
    mean = np.mean([each["psnr"]["y"] for each in report["files"]])
    assert report["total"]["psnr"]["y"] == pytest.approx(mean)
    assert f"{mean:.2f}" in done.stdout.splitlines()[-1]

    done = cfl("predict", "-r", "photos", "-o", "predicted", "--json", "p.json")
    assert len(json.loads((tmp_path / "p.json").read_text())["files"]) == 4
    assert names_in(tmp_path / "predicted")[-1] == "deep/er/d.png"


def test_versions_of_a_picture_against_it(cfl, photos, tmp_path):
    """An exact one counts in no mean; notes say what was converted, once each."""
    cfl("encode", "photos/a.png", "-o", "x.avif", "-s", "10")
    done = cfl("measure", "photos/a.png", "x.avif", "photos/a.png", "--json", "m.json")
    report = json.loads((tmp_path / "m.json").read_text())
    lossy, exact = report["files"]
    assert exact["psnr"]["y"] == "inf"
    assert report["total"]["psnr"]["y"] == lossy["psnr"]["y"]
    assert done.stdout.count("Note 1: ") == 1 and "nan" not in done.stdout


def test_files_of_no_partner_are_said(cfl, photos, tmp_path):
    cfl("encode", "photos/a.png", "-o", "coded/", "-s", "10")
    shutil.copy(tmp_path / "coded" / "a.avif", tmp_path / "coded" / "z.avif")
    done = cfl("measure", "photos", "coded")
    assert "coded/z.avif: photos has no file of that name" in done.stderr


def test_which_original_a_file_of_a_folder_has(cfl, photos, tmp_path):
    """Its name with one more ending goes before another ending; what has two originals is refused."""
    shutil.copy(photos / "deep" / "er" / "d.webp", photos / "a.webp")
    cfl("encode", "photos/a.png", "photos/a.webp", "photos/b.jpg", "-o", "coded", "-s", "10")
    shutil.copy(photos / "b.jpg", tmp_path / "coded" / "b.jpg")
    cfl("measure", "photos", "coded", "--json", "m.json")
    pairs = {
        each["test"]: each["reference"] for each in json.loads((tmp_path / "m.json").read_text())["files"]
    }
    assert pairs == {
        "coded/a.png.avif": "photos/a.png",
        "coded/a.webp.avif": "photos/a.webp",
        "coded/b.avif": "photos/b.jpg",
        "coded/b.jpg": "photos/b.jpg",
    }
    shutil.copy(tmp_path / "coded" / "b.avif", tmp_path / "coded" / "a.avif")
    said = cfl("measure", "photos", "coded", status=1).stderr
    assert "coded/a.avif: photos has both a.png and a.webp" in said


def test_encode_one_frame(cfl, photos, tmp_path):
    frames = [Image.fromarray(np.full((16, 16, 3), level, np.uint8)) for level in (40, 120, 200)]
    frames[0].save(tmp_path / "x.gif", save_all=True, append_images=frames[1:])
    cfl("encode", "x.gif", "-o", "x.avif", "--frame", "2", "-s", "10")
    assert abs(int(read(tmp_path / "x.avif").y.mean()) - 200) <= 2
    assert (
        "no frame 3; the file has 3"
        in cfl("encode", "x.gif", "-o", "x.avif", "--frame", "3", status=1).stderr
    )


@pytest.mark.parametrize(
    "ending, name", [("jpg", "JPEG"), ("webp", "WEBP"), ("tiff", "TIFF"), ("tif", "TIFF")]
)
def test_decode_to_what_pillow_writes(cfl, photos, tmp_path, ending, name):
    """WebP and TIFF are exactly the PNG; JPEG is near, and says that alpha is lost."""
    rgba = np.random.default_rng(2).integers(0, 256, (20, 30, 4)).astype(np.uint8)
    rgba[..., 3] |= 1
    Image.fromarray(rgba).save(tmp_path / "x.png")
    cfl("encode", "x.png", "-o", "x.avif", "-s", "10", "-q", "90")
    cfl("decode", "x.avif", "-o", "y.png")
    done = cfl("decode", "x.avif", "-o", f"y.{ending}")
    expected = np.asarray(Image.open(tmp_path / "y.png"))
    with Image.open(tmp_path / f"y.{ending}") as image:
        assert image.format == name
        found = np.asarray(image)
    if name == "JPEG":
        assert done.stderr == "cfl: warning: alpha is dropped: JPEG has none\n"
        assert np.abs(found.astype(int) - expected[..., :3]).mean() < 12
    else:
        assert done.stderr == ""
        np.testing.assert_array_equal(found, expected)


def test_a_decoded_file_is_that_of_the_library(cfl, photos, tmp_path):
    cfl("encode", "photos/a.png", "-o", "x.avif", "-s", "10")
    cfl("decode", "x.avif", "-o", "out", "--output-format", "y4m")
    (frame,) = decode((tmp_path / "x.avif").read_bytes())
    np.testing.assert_array_equal(read(tmp_path / "out").y, frame.y)
