"""The numbers of a report are those of independent sums; the page stands alone."""

import csv
import html.parser
import io
import itertools
import math
import re
import subprocess
import sys
from importlib.resources import files

import numpy as np
import pyarrow
import pytest
from processes import environment

import cfl.lab
from cfl.errors import CflError
from cfl.lab import charts
from cfl.lab.intervals import mean_of
from cfl.lab.summary import summarise
from cfl.metrics import bd_rate
from cfl.remarks import CflWarning

PREDICTORS = ("cfl", "dc", "cclm")


@pytest.fixture(scope="module")
def results(three_pictures, tmp_path_factory):
    """Three pictures, three predictors, two block sizes, two qualities."""
    out = tmp_path_factory.mktemp("out") / "results"
    cfl.lab.run([three_pictures], PREDICTORS, blocks=[8, "auto"], qualities=[30, 80], output=out, workers=0)
    return out


@pytest.fixture(scope="module")
def rows(results):
    return cfl.lab.dataset.Results.open(results).table().to_pylist()


def numbers(results, **options):
    text = cfl.lab.report(results, format="csv", **options)
    return {(row["name"], row["block"], row["metric"]): row for row in csv.DictReader(io.StringIO(text))}


def test_gains_are_means_over_pictures(results, rows):
    found = numbers(results)
    for name in PREDICTORS:
        for block in ("8", "auto"):
            for metric, planes in (("U", "U"), ("V", "V"), ("UV", "UV")):
                own = [
                    r for r in rows
                    if r["predictor"] == name and r["block"] == block and r["plane"] in planes
                ]  # fmt: skip
                gains = []
                for key in sorted({r["picture_key"] for r in own}):
                    error, of_dc = (
                        sum(r[column] for r in own if r["picture_key"] == key)
                        for column in ("squared_error", "dc_squared_error")
                    )
                    gains.append(10 * math.log10(of_dc / error))
                assert len(gains) == 3
                row = found[name, block, metric]
                low, gain, high = (float(row[f"gain_{part}"]) for part in ("low", "db", "high"))
                assert gain == pytest.approx(np.mean(gains))
                assert min(gains) - 1e-9 <= low <= gain + 1e-9 and gain - 1e-9 <= high <= max(gains) + 1e-9
                r2 = 1 - sum(r["squared_error"] for r in own) / sum(r["total_squares"] for r in own)
                assert float(row["r2"]) == pytest.approx(r2)


def test_bd_rates_are_those_of_the_curves(results, rows):
    found = numbers(results, anchor="dc")
    rates = []
    for key in sorted({r["picture_key"] for r in rows}):
        curves = []
        for name in ("dc", "cclm"):
            for quality in (30, 80):
                own = [
                    r for r in rows
                    if (r["predictor"], r["block"], r["quality"], r["picture_key"], r["plane"])
                    == (name, "8", quality, key, "U")
                ]  # fmt: skip
                bits = sum(r["predictor_bits"] + r["residual_bits"] for r in own)
                error = sum(r["reconstruction_squared_error"] for r in own) / sum(r["samples"] for r in own)
                curves.append((bits, 10 * math.log10(255**2 / error)))
        (one, two), (three, four) = curves[:2], curves[2:]
        rates.append(bd_rate([one[0], two[0]], [one[1], two[1]], [three[0], four[0]], [three[1], four[1]]))
    assert float(found["cclm", "8", "U"]["bd_rate"]) == pytest.approx(np.mean(rates))
    assert float(found["dc", "8", "U"]["bd_rate"]) == pytest.approx(0)


def test_intervals():
    """Against SciPy's bootstrap; one value has none, and what is not finite does not count."""
    from scipy.stats import bootstrap

    values = np.random.default_rng(1).normal(5, 2, 30)
    mean = mean_of([*values, math.inf, None])
    theirs = bootstrap((values,), np.mean, method="percentile", n_resamples=20000, rng=2).confidence_interval
    assert mean.value == pytest.approx(values.mean()) and mean.pictures == 30
    assert mean.low == pytest.approx(theirs.low, abs=0.1) and mean.high == pytest.approx(theirs.high, abs=0.1)
    assert mean_of([2.0]) == (2.0, None, None, 1)
    assert mean_of([math.nan]) == (None, None, None, 0)


def encodes(sizes):
    """A table of encoders whose files are so many times as large at the same quality."""
    points = [(30, 1000, 30.0), (60, 2000, 35.0), (90, 4000, 40.0)]
    columns = ("y", "u", "v", "yuv", "ciede2000", "ms_ssim", "ssimulacra2")
    rows = [
        {
            "picture": f"{picture}.png", "picture_key": str(picture), "encoder": name, "quality": quality,
            "width": 100, "height": 100, "bytes": round(bytes_ * scale * (1 + picture)), "seconds": 0.01,
            **dict.fromkeys(columns, decibels),
        }
        for name, scale in sizes.items() for picture in range(3) for quality, bytes_, decibels in points
    ]  # fmt: skip
    return pyarrow.Table.from_pylist(rows)


def test_encoders():
    summary = summarise("encoders", encodes({"a:1": 1, "b:1": 0.9, "c:1": 1.25}), "a:1")
    assert summary.bd_rate("", "yuv", "b:1")[:3] == pytest.approx((-10, -10, -10), abs=0.1)
    assert summary.bd_rate("", "u", "c:1").value == pytest.approx(25, abs=0.1)
    assert summary.seconds["a:1"] == pytest.approx(1)
    with pytest.raises(CflError, match=r"there are no results of 'b:2'; is 'b:1' meant\?"):
        summarise("encoders", encodes({"a:1": 1, "b:1": 1}), "b:2")


class Tags(html.parser.HTMLParser):
    """All tags with their attributes; what is not closed fails."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "img", "hr"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else(results):
    text = cfl.lab.report(results)
    tags = Tags(text).tags
    assert {tag for tag, _ in tags}.isdisjoint({"script", "link", "iframe"})
    for _, attributes in tags:
        for name in ("src", "href"):
            assert attributes.get(name, "#").startswith(("#", "data:image/webp;base64,"))
    policy = [attributes for tag, attributes in tags if tag == "meta" and "http-equiv" in attributes]
    assert "default-src 'none'" in policy[0]["content"]
    assert "prefers-color-scheme: dark" in text and "url(" not in text
    for words in ("Overview", "Blocks of 8x8", "Gain by block size", "Where each wins", "How it was run"):
        assert words in text
    images = [attributes for tag, attributes in tags if tag == "img"]
    assert images and all(attributes["alt"] for attributes in images)
    assert len([tag for tag, _ in tags if tag == "svg"]) >= 8


def test_no_two_of_forty_series_look_alike():
    """Colour and stroke, which are the classes that the style has, and the mark."""
    looks = [charts.key(index) for index in range(43)]
    assert len(set(looks)) == len(looks)
    classes = {name for index in range(43) for name in charts.classes_of(index).split()} - {"d0"}
    style = files("cfl.lab").joinpath("report.css").read_text()
    assert all(f".{name} " in style for name in classes)
    for scheme in style.split("@media (prefers-color-scheme: dark)")[:2]:
        colours = re.findall(r"--c\d+: (#[0-9a-f]{6})", scheme)
        assert len(set(colours)) == len(colours) == charts.COLOURS + 1
        values = [np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in colours]
        assert min(np.abs(a - b).max() for a, b in itertools.combinations(values, 2)) >= 24


def test_names_are_escaped(three_pictures, tmp_path):
    folder = tmp_path / "<b>"
    folder.mkdir()
    (folder / "<i>&.png").write_bytes((three_pictures / "coffee.png").read_bytes())
    cfl.lab.run([folder], ["dc", "cfl"], blocks=[8], qualities=[], output=tmp_path / "out", workers=0)
    text = cfl.lab.report(tmp_path / "out")
    Tags(text)
    assert "&lt;i&gt;&amp;.png" in text and "<i>&" not in text


def test_markdown(results):
    text = cfl.lab.report(results, format="md")
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(tables) == 5  # the overview, and two for each block size
    for table in tables:
        lines = table.splitlines()
        assert len({line.count("|") for line in lines}) == 1
        assert [line.split("|")[1].strip() for line in lines[2:]] == list(PREDICTORS)


OTHERS = {
    "source": {"qualities": [30, 80], "decoded": "source"},
    "one quality": {"qualities": [30, 80], "decoded": "q60"},
    "no rates": {"qualities": []},
}


def test_what_does_not_belong_together_is_not_summed(three_pictures, tmp_path):
    """A folder of several runs reports what one of the last run alone does, and says so."""

    def run(out, options):
        cfl.lab.run(
            [three_pictures / "coffee.png"], ["dc", "cfl"], blocks=[8], output=out, workers=0, **options
        )
        return out

    def figures(out):
        return {
            key: {name: value for name, value in row.items() if name != "seconds_per_megapixel"}
            for key, row in numbers(out).items()
        }

    many = run(tmp_path / "many", {"qualities": [30, 80]})
    for name, options in OTHERS.items():
        run(many, options)
        alone = figures(run(tmp_path / name, options))
        with pytest.warns(CflWarning, match="as in the last run; what was found .* is left out"):
            assert figures(many) == alone


CHANGED = """
import numpy as np
import cfl.lab
@cfl.lab.predictor("changed", compiled=False)
def changed(block):
    return np.full(block.luma.shape, {level}), 0
"""


def test_a_predictor_that_was_changed_counts_as_it_is_now(three_pictures, tmp_path):
    plugin, out = tmp_path / "plugin.py", tmp_path / "out"

    def gain(level):
        plugin.write_text(CHANGED.format(level=level))
        options = {"blocks": [8], "qualities": [], "plugins": [plugin], "output": out, "workers": 0}
        cfl.lab.run([three_pictures / "coffee.png"], ["dc", "changed"], **options)
        return float(numbers(out)["changed", "8", "UV"]["gain_db"])

    assert gain(0) < -5
    assert gain("block.dc") == 0  # as dc
    assert gain(0) < -5  # what is there already


def test_a_report_shows_a_predictor_of_a_plugin_if_it_has_the_file(three_pictures, tmp_path):
    plugin, out = tmp_path / "shown.py", tmp_path / "out"
    code = CHANGED.replace("changed", "shown-by-file").replace("def shown-by-file", "def shown")
    plugin.write_text(code.format(level="block.dc + 2"))
    names = ["dc", "cfl", "shown-by-file"]
    options = {"blocks": [8], "qualities": [], "plugins": [str(plugin)], "output": str(out), "workers": 0}
    run = f"import cfl.lab; cfl.lab.run([{str(three_pictures)!r}], {names}, **{options})"
    subprocess.run([sys.executable, "-c", run], env=environment(), check=True)
    text = cfl.lab.report(out)
    assert text.count("the predictor is not known here") == 3  # it loses everywhere
    others = text.count('alt="prediction of')
    assert others > 0  # dc is shown
    assert cfl.lab.report(out, plugins=[plugin]).count('alt="prediction of') == others + 3
    plugin.write_text(code.format(level="block.dc + 3"))
    assert cfl.lab.report(out, plugins=[plugin]).count("the predictor has changed since") == 3


def test_a_predictor_that_has_not_all_pictures_says_so(three_pictures, tmp_path):
    options = {"blocks": [8], "qualities": [], "output": tmp_path / "out", "workers": 0}
    cfl.lab.run([three_pictures], ["dc"], **options)
    cfl.lab.run([three_pictures / "coffee.png"], ["cfl"], **options)
    lines = cfl.lab.report(tmp_path / "out", format="md").splitlines()
    assert [line.split("|")[1:3] for line in lines if line.startswith(("| predictor", "| dc", "| cfl"))] == [
        [" predictor ", " pictures "], [" cfl ", " 1 "], [" dc ", " 3 "],
    ]  # fmt: skip


def test_pictures_that_are_gone_are_said_to_be(three_pictures, tmp_path):
    picture = tmp_path / "x.png"
    picture.write_bytes((three_pictures / "coffee.png").read_bytes())
    cfl.lab.run([picture], ["dc", "cfl"], blocks=[8], qualities=[], output=tmp_path / "out", workers=0)
    picture.write_bytes((three_pictures / "chelsea.png").read_bytes())
    assert "the picture has changed since" in cfl.lab.report(tmp_path / "out")
    picture.unlink()
    assert "x.png: cannot be read: No such file" in cfl.lab.report(tmp_path / "out")


def test_nothing_to_report(tmp_path, three_pictures):
    with pytest.raises(CflError, match="there is no such folder of results"):
        cfl.lab.report(tmp_path / "none")
    with pytest.raises(CflError, match="format is 'pdf', not one of html, md, csv"):
        cfl.lab.report(tmp_path / "none", format="pdf")
