"""`cfl ablate` as a process: its curves are those of `cfl.encode`, its rates those between them."""

import csv
import json
import re

import numpy as np
import pytest
from PIL import Image

from cfl import encode_frame, read
from cfl.metrics import bd_rate

NAMES = ("y", "u", "v", "yuv", "ciede2000")


@pytest.fixture
def pictures(images, tmp_path):
    """Parts of two photographs."""
    for name, box in (("coffee.png", (100, 60, 228, 156)), ("astronaut.png", (130, 20, 250, 116))):
        with Image.open(images / name) as image:
            image.crop(box).save(tmp_path / name)
    return ["coffee.png", "astronaut.png"]


def test_curves_and_rates(cfl, pictures, tmp_path):
    done = cfl(
        "ablate", *pictures, "--qualities", "30,50,70,90", "--speed", "8", "--threads", "2",
        "--json", "r.json", "--csv", "x.csv", "--figure", "x.png",
    )  # fmt: skip
    report = json.loads((tmp_path / "r.json").read_text())
    assert [picture["input"] for picture in report["pictures"]] == pictures
    for picture in report["pictures"]:
        frame = read(tmp_path / picture["input"])
        for name, use_cfl in (("with_cfl", True), ("without_cfl", False)):
            assert [point["quality"] for point in picture[name]] == [30, 50, 70, 90]
            encoded = encode_frame(frame, quality=70, speed=8, cfl=use_cfl, tune="psnr")
            point = picture[name][2]
            assert point["coded_bytes"] == encoded.coded_bytes
            assert point["decibels"] == encoded.psnr | {"ciede2000": encoded.ciede2000_db}
            assert (point["cfl_share"] > 0) == use_cfl
        for name in NAMES:
            curves = []
            for points in (picture["without_cfl"], picture["with_cfl"]):
                curves += [[p["bits_per_pixel"] for p in points], [p["decibels"][name] for p in points]]
            assert picture["bd_rates"][name] == pytest.approx(bd_rate(*curves))
    for name in NAMES:
        rates = [picture["bd_rates"][name] for picture in report["pictures"]]
        assert report["mean_bd_rates"][name] == pytest.approx(np.mean(rates))
        assert f"{np.mean(rates):+.2f} %" in done.stdout
    with (tmp_path / "x.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert int(rows[2]["bytes"]) == report["pictures"][0]["with_cfl"][2]["coded_bytes"]
    with Image.open(tmp_path / "x.png") as figure:
        assert figure.width > 1000


def test_a_gray_photo_in_rgb_has_no_rate_of_chroma_and_spoils_no_mean(cfl, pictures, tmp_path):
    with Image.open(tmp_path / "coffee.png") as image:
        image.convert("L").convert("RGB").save(tmp_path / "gray.png")
    done = cfl(
        "ablate", "coffee.png", "gray.png", "--qualities", "30,60,90", "--speed", "10", "--json", "r.json",
        "--csv", "x.csv", "--figure", "x.svg",
    )  # fmt: skip
    report = json.loads((tmp_path / "r.json").read_text())
    coffee, gray = report["pictures"]
    assert gray["bd_rates"]["u"] is None and gray["bd_rates"]["v"] is None
    assert gray["without_bd_rate"] == dict.fromkeys("uv", "it is exact at quality 30, 60, 90")
    assert gray["with_cfl"][0]["decibels"]["yuv"] == pytest.approx(
        gray["with_cfl"][0]["decibels"]["y"] + 10 * np.log10(8 / 6)
    )
    for name in NAMES:
        rates = [picture["bd_rates"][name] for picture in (coffee, gray)]
        has = [rate for rate in rates if rate is not None]
        assert report["mean_bd_rates"][name] == pytest.approx(np.mean(has))
        assert report["mean_of"][name] == len(has) == (1 if name in "uv" else 2)
    assert "gray.png has no BD-rate of Cb, Cr: it is exact at quality 30, 60, 90." in done.stdout
    assert re.search(r"pictures in it +2 +1 +1 +2 +2 *\n", done.stdout)
    assert "nan" not in done.stdout + (tmp_path / "x.csv").read_text() + (tmp_path / "x.svg").read_text()


def test_outputs_appear_all_or_none(cfl, pictures, tmp_path):
    before = set(tmp_path.iterdir())
    words = "--qualities", "30,60", "--speed", "10", "--csv", "x.csv", "--json", "no/x.json"
    cfl("ablate", "coffee.png", *words, status=1)
    assert set(tmp_path.iterdir()) == before


def test_names(cfl, pictures, tmp_path):
    """The same in two folders, the same file twice, and what means something to Rich and Matplotlib."""
    (tmp_path / "x").mkdir()
    for name in ("x/coffee.png", "[bold]$_$.png"):
        (tmp_path / name).write_bytes((tmp_path / "coffee.png").read_bytes())
    words = "coffee.png", "x/coffee.png", "[bold]$_$.png", "[bold]$_$.png"
    done = cfl(
        "ablate", *words, "--qualities", "30,60", "--speed", "10", "--json", "x.json", "--figure", "x.png"
    )
    report = json.loads((tmp_path / "x.json").read_text())
    names = ["coffee.png", "x/coffee.png", "[bold]$_$.png (1)", "[bold]$_$.png (2)"]
    assert [picture["input"] for picture in report["pictures"]] == names
    assert all(f"{name}, dB gained" in done.stdout for name in names)


def test_bad_input(cfl, images, tmp_path):
    Image.new("L", (20, 20)).save(tmp_path / "gray.png")
    assert "gray.png: the picture has no chroma" in cfl("ablate", "gray.png", status=1).stderr
    for words in (
        ["--qualities", "50"],
        ["--qualities", "50,50"],
        ["--qualities", "1,101"],
        ["--speed", "11"],
    ):
        cfl("ablate", images / "coffee.png", *words, status=2)
    # before anything is read
    assert (
        "x.foo: figures cannot be written as .foo"
        in cfl("ablate", "missing.png", "--figure", "x.foo", status=1).stderr
    )
