"""Two files compared: every figure again, sample by sample in plain Python, and the command line's report."""

import csv
import io
import json

import numpy as np
import pytest
from av1_pictures import photo
from browser_page import Page, chromium

import cfl
from cfl.errors import FrameError
from cfl.frames import Frame, rgb_to_frame

SIZE = 150, 90


@pytest.fixture(scope="module")
def original():
    return rgb_to_frame(photo(*SIZE))


@pytest.fixture(scope="module")
def files(original):
    return cfl.encode(original, quality=70, speed=6), cfl.encode(original, quality=60, speed=9)


@pytest.fixture(scope="module")
def comparison(files, original):
    return cfl.compare(*files, reference=original)


def owners(inspection, *, chroma):
    """The block of each luma sample, painted one after the other; chroma's where `chroma`."""
    owner = np.zeros((SIZE[1], SIZE[0]), int)
    for number, block in enumerate(inspection.blocks):
        x, y, w, h = (int(block[name]) for name in "xywh")
        if chroma:
            if not block["has_chroma"]:
                continue
            w, h, x, y = x + w - (x // 8 * 8), y + h - (y // 8 * 8), x // 8 * 8, y // 8 * 8
        owner[y : y + h, x : x + w] = number
    return owner


def column(inspection, name, *, chroma=False):
    return inspection.blocks[name][owners(inspection, chroma=chroma)].astype(float)


def test_agreement(comparison):
    a, b = comparison.a, comparison.b
    agreement = comparison.as_dict()["agreement"]
    for name in ("y_mode", "tx_size"):
        assert agreement[name] == pytest.approx((column(a, name) == column(b, name)).mean())
    same = (column(a, "w") == column(b, "w")) & (column(a, "h") == column(b, "h"))
    assert agreement["block_size"] == pytest.approx(same.mean())
    same = column(a, "uv_mode", chroma=True) == column(b, "uv_mode", chroma=True)
    assert agreement["uv_mode"] == pytest.approx(same.mean())
    assert 0 < agreement["y_mode"] < 1


def test_overlap_of_cfl(comparison):
    found = comparison.as_dict()["cfl"]
    used = [column(each, "uv_mode", chroma=True) == 13 for each in (comparison.a, comparison.b)]
    both = used[0] & used[1]
    assert found["share_a"] == pytest.approx(used[0].mean())
    assert found["share_b"] == pytest.approx(used[1].mean())
    assert found["iou"] == pytest.approx(both.sum() / (used[0] | used[1]).sum())
    alphas = [
        [column(each, f"cfl_alpha_{plane}", chroma=True)[both] for each in (comparison.a, comparison.b)]
        for plane in "uv"
    ]
    for plane, (one, other) in zip("uv", alphas, strict=True):
        assert found[f"mean_difference_{plane}"] == pytest.approx(np.abs(one - other).mean())
    assert found["same_alpha"] == pytest.approx(
        np.all([one == other for one, other in alphas], axis=0).mean()
    )


def test_bits_of_squares(comparison):
    for inspection, bits in zip((comparison.a, comparison.b), comparison.bits_of_squares, strict=True):
        assert bits.shape == (2, 3)
        blocks = inspection.blocks
        whole = sum(blocks[f"bits_{kind}"].astype(float) for kind in ("modes", "cfl_alpha", "luma", "chroma"))
        owner = owners(inspection, chroma=False)
        seen = np.unique(owner)
        assert bits.sum() == pytest.approx(whole[seen].sum())
        inside = (
            (blocks["x"] >= 64) & (blocks["x"] < 128) & (blocks["y"] < 64)
        )  # no block is larger than that
        assert bits[0, 1] == pytest.approx(whole[inside].sum())


def test_the_largest_differences_come_first(comparison):
    squares = comparison.as_dict()["squares"]
    a, b = comparison.bits_of_squares
    assert len(squares) == 6
    assert [abs(s["difference"]) for s in squares] == sorted(abs(b - a).ravel().tolist(), reverse=True)
    for square in squares:
        assert square["bits_b"] == b[square["y"] // 64, square["x"] // 64]


def test_quality_is_that_of_measure(comparison, files, original):
    report = comparison.as_dict()
    for name, data in zip("ab", files, strict=True):
        assert report[name]["metrics"] == cfl.measure(original, cfl.read(data)).as_dict()
    assert report["between"] == cfl.measure(*map(cfl.read, files)).as_dict()


def test_without_chroma_or_cfl(files, original):
    gray = cfl.encode(Frame(original.y, subsampling="4:0:0"), speed=10)
    report = cfl.compare(gray, files[0]).as_dict()
    assert report["agreement"]["uv_mode"] is None
    assert report["cfl"]["iou"] is None
    assert "metrics" not in report["a"]
    none = cfl.encode(original, speed=10, cfl=False)
    found = cfl.compare(none, files[0]).as_dict()["cfl"]
    assert (found["share_a"], found["iou"], found["same_alpha"]) == (0, 0, None)


def test_inspections_are_taken(files):
    a, b = map(cfl.inspect, files)
    assert cfl.compare(a, b).a is a


def test_other_sizes_are_refused(files):
    small = cfl.encode(rgb_to_frame(photo(64, 48)), speed=10)
    with pytest.raises(FrameError, match="A is coded as 150x90, but B as 64x48"):
        cfl.compare(files[0], small)


@pytest.fixture
def folder(tmp_path, files, original, monkeypatch):
    for name, data in zip("ab", files, strict=True):
        (tmp_path / f"{name}.avif").write_bytes(data)
    cfl.write(tmp_path / "x.y4m", original)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys, *words):
    """The command line in this process: its standard output."""
    from cfl.cli import main

    with pytest.raises(SystemExit) as ended:
        main(words)
    assert not ended.value.code
    return capsys.readouterr().out


def test_the_command(folder, capsys, comparison):
    printed = run(capsys, "compare", "a.avif", "b.avif", "--reference", "x.y4m", "--json", "r.json")
    report, wanted = json.loads((folder / "r.json").read_text()), comparison.as_dict()
    assert {name: report[name] for name in wanted} == json.loads(json.dumps(wanted))
    assert report["a_file"] == "a.avif"
    assert f"{wanted['a']['bits']['file']:,}" in printed
    assert f"{100 * wanted['cfl']['iou']:.1f} %" in printed
    assert "CIEDE2000" in printed
    rows = list(csv.DictReader(io.StringIO(run(capsys, "compare", "a.avif", "b.avif", "--csv", "-"))))
    assert [(int(row["x"]), int(row["y"])) for row in rows] == [(x, y) for y in (0, 64) for x in (0, 64, 128)]
    assert [float(row["bits_a"]) for row in rows] == pytest.approx(
        comparison.bits_of_squares[0].ravel(), abs=1e-3
    )


@pytest.fixture(scope="module")
def driver():
    with chromium() as made:
        yield made


def test_the_page_has_both(driver, tmp_path, comparison):
    """A swipe shows the other file at the right, at the same place; the frames' buttons change sides."""
    path = tmp_path / "x.html"
    path.write_text(comparison.to_html(("a.avif", "b.avif")), encoding="utf-16")
    page = Page(driver, path)
    page.choose("layer", "")
    page.choose("outlines", False)
    page.run("viewer.view.zoomTo(4); viewer.view.x = 0; viewer.view.y = 0; viewer.view.redraw()")
    page.choose("base", "Y")
    page.choose("swipe", 50)
    page.wait("viewer.otherBase?.plane === 0 && viewer.view.layers.some((layer) => layer.isRight)")
    page.drawn()
    half = page.run("return viewer.view.canvas.width") // 2
    a, b = (each.frame.y for each in (comparison.a, comparison.b))
    for samples, start in ((a, half // 8 * 4), (b, -(-half // 4) * 4 + 4)):
        shown = np.array(page.pixels(start, 0, 40, 40))[::4, ::4, 0]
        np.testing.assert_array_equal(shown, samples[:10, start // 4 : start // 4 + 10])
    page.run("document.querySelectorAll('#frames button')[1].click()")
    page.wait("viewer.number === 1 && viewer.base?.frame === viewer.frames[1].frame")
    assert page.run("return [viewer.view.scale, viewer.view.x]") == [4, 0]
    page.choose("swipe", 100)
    page.choose("base", "Y less that of the other file")
    page.wait("viewer.base?.set.planes[0].levels[0].data instanceof Int16Array")
    difference = page.run("return Array.from(viewer.base.set.planes[0].levels[0].data)")
    np.testing.assert_array_equal(np.reshape(difference, (SIZE[1], SIZE[0])), b.astype(int) - a)
    assert page.errors() == []
