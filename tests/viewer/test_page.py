"""The page in Chromium shows the inspected samples and numbers, and nothing that a file can say is markup."""

import numpy as np
import pytest
from av1_corpus import pillow, stream
from av1_pictures import mixed, photo, waves
from browser_page import Page, chromium

import cfl
from cfl.errors import FrameError
from cfl.frames import rgb_to_frame
from cfl.inspection import IntraMode, Partition, TxSize, inspect
from cfl.viewer import html_page

SIZE = 200, 136


@pytest.fixture(scope="module")
def driver():
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def original():
    return rgb_to_frame(photo(*SIZE))


@pytest.fixture(scope="module")
def inspection(original):
    return inspect(cfl.encode(original, quality=60), reference=original)


@pytest.fixture(scope="module")
def path(inspection, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "x.html"
    path.write_text(inspection.to_html("x.avif"), encoding="utf-16")
    return path


@pytest.fixture
def page(driver, path):
    return Page(driver, path)


def opened(driver, tmp_path, text, encoding="utf-16"):
    path = tmp_path / "page.html"
    path.write_text(text, encoding=encoding)
    return Page(driver, path)


PLANES = """
window.planes = null;
viewer.samples.get(arguments[0]).then((set) => {
  window.planes = set.planes.map(({ levels: [{ data, width, height, stride }] }) =>
    ({ width, height, stride, data: Array.from(data) }));
});
"""


def planes_of(page, name):
    """A set of samples as the page has it, as arrays."""
    page.run(PLANES, name)
    page.wait("window.planes")
    return [
        np.array(plane["data"])[: plane["stride"] * plane["height"]]
        .reshape(plane["height"], plane["stride"])[:, : plane["width"]]
        for plane in page.run("return window.planes")
    ]  # fmt: skip


def test_no_requests_and_nothing_on_the_console(page, path):
    page.choose("layer", "R²")
    page.choose("base", "Before the filters")
    page.drawn()
    assert page.requests() == [path.as_uri()]
    assert page.errors() == []


FORBIDDEN = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (e) => window.refused.push(e.effectiveDirective));
const add = (name, text, source) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (source) made.src = source;
  document.body.append(made);
};
add("script", "window.bad = 1");
add("style", "body { display: none }");
add("img", "", "https://example.com/x.png");
fetch("https://example.com/").catch(() => {});
"""


def test_the_policy_forbids_everything_else(page):
    """A script, a style, a picture and a request that a page could be made to have are refused."""
    page.run(FORBIDDEN)
    page.wait("window.refused.length >= 4")
    assert page.run("return window.bad") is None
    refused = set(page.run("return window.refused"))
    assert refused == {"script-src-elem", "style-src-elem", "connect-src", "img-src"}


def test_samples_are_exact(page, inspection, original):
    for name, planes in (
        ("decoded", inspection.frame.planes),
        ("unfiltered", inspection.reconstruction),
        ("reference", original.planes),
    ):
        for theirs, ours in zip(planes_of(page, name), planes, strict=True):
            np.testing.assert_array_equal(theirs, ours)


@pytest.mark.parametrize(
    ("subsampling", "depth"), [("4:4:4", 8), ("4:2:2", 10), ("4:2:0", 12), ("4:4:4", 10), ("4:0:0", 8)]
)
def test_samples_of_every_format_are_exact(driver, tmp_path, subsampling, depth):
    frame = rgb_to_frame(waves(101, 67), subsampling=subsampling, bit_depth=depth)
    inspection = inspect(cfl.encode(frame, quality=60), reference=frame)
    page = opened(driver, tmp_path, inspection.to_html())
    sets = (("decoded", inspection.frame), ("reference", frame))
    for name, expected in sets:
        for theirs, ours in zip(planes_of(page, name), expected.planes, strict=True):
            np.testing.assert_array_equal(theirs, ours)
    assert page.errors() == []


def test_the_picture_is_shown_pixel_by_pixel(page, inspection):
    """At 1:1 a pixel is a sample, and at 4 times it is 4x4 pixels; chroma is that of the nearest sample."""
    page.choose("layer", "")
    page.choose("outlines", False)
    y, u, v = (plane.astype(float) for plane in inspection.frame.planes)
    u, v = (np.repeat(np.repeat(plane, 2, 0), 2, 1)[: y.shape[0], : y.shape[1]] - 128 for plane in (u, v))
    expected = np.stack(
        [y + 1.402 * v, y - 0.344136 * u - 0.714136 * v, y + 1.772 * u], -1
    )  # BT.601, full range
    expected = np.clip(expected, 0, 255)
    for scale in (1, 4):
        page.run(f"viewer.view.zoomTo({scale}); viewer.view.x = 8; viewer.view.y = 16; viewer.view.redraw()")
        page.drawn()
        shown = np.array(page.pixels(0, 0, 16 * scale, 12 * scale), float)
        wanted = np.repeat(np.repeat(expected[16:28, 8:24], scale, 0), scale, 1)
        assert np.abs(shown - wanted).max() <= 1


def test_layers_switch(page, inspection):
    """At full strength a block is of its value's colour."""
    page.choose("outlines", False)
    page.choose("opacity", 100)
    seen = {}
    for layer in ("Chroma mode", "α of U"):
        page.choose("layer", layer)
        page.run("viewer.view.zoomTo(1); viewer.view.x = 0; viewer.view.y = 0; viewer.view.redraw()")
        page.drawn()
        seen[layer] = np.array(page.pixels(0, 0, *SIZE))
    cfl_blocks = inspection.map("uv_mode", chroma=True) == IntraMode.UV_CFL_PRED
    is_cyan = (seen["Chroma mode"] == (0x00, 0xDC, 0xFF)).all(-1)
    np.testing.assert_array_equal(is_cyan[::4, ::4], cfl_blocks)
    alpha = inspection.map("cfl_alpha_u", chroma=True)
    red, blue = (seen["α of U"][::4, ::4, channel] for channel in (0, 2))
    assert (alpha[cfl_blocks] > 1).any() and (alpha[cfl_blocks] < -1).any()
    assert (red > blue)[cfl_blocks & (alpha > 1)].all()
    assert (red < blue)[cfl_blocks & (alpha < -1)].all()


def fields_of(page):
    """The fields' table: the cells of each field."""
    page.wait("document.querySelectorAll('#fields tbody tr').length > 0")
    rows = page.run(
        "const rows = [...document.querySelectorAll('#fields tbody tr')];"
        "return rows.map((row) => [...row.children].map((cell) => cell.textContent));"
    )
    return {name: values for name, *values in rows}


def value(text):
    return float(text.replace(",", "").replace("−", "-"))


def test_a_blocks_panel_has_the_numbers_of_inspect(page, inspection):
    blocks = inspection.blocks
    cfl_blocks = np.flatnonzero(blocks["uv_mode"] == IntraMode.UV_CFL_PRED)
    number, other = int(cfl_blocks[len(cfl_blocks) // 2]), int(np.flatnonzero(blocks["uv_mode"] != 13)[3])
    page.run("viewer.pin(arguments[0]); viewer.pin(arguments[1])", number, other)
    page.wait("document.querySelectorAll('#fields thead th').length === 3")
    fields = fields_of(page)
    for column, index in enumerate((number, other)):
        block = blocks[index]
        assert fields["size"][column] == f"{block['w']}x{block['h']}"
        assert fields["y_mode"][column] == IntraMode(block["y_mode"]).name
        assert fields["partition"][column] == Partition(block["partition"]).name
        assert fields["tx_size"][column] == TxSize(block["tx_size"]).name
        for name in ("x", "y", "qindex", "skip", "segment", "cfl_alpha_u", "cfl_alpha_v"):
            assert value(fields[name][column]) == block[name]
        for name in ("bits_modes", "bits_cfl_alpha", "bits_luma", "bits_chroma"):
            assert value(fields[name][column]) == pytest.approx(block[name], rel=6e-4, abs=0.04)
    for plane in "uv":
        for name in (
            "dc",
            "alpha_best",
            "alpha_ls",
            "sse",
            "sse_dc",
            "sse_ls",
            "sse_best",
            "ss_total",
            "r2",
            "r2_ls",
        ):
            wanted = blocks[f"{name}_{plane}"][number]
            assert value(fields[f"{name}_{plane}"][0]) == pytest.approx(wanted, rel=6e-4, abs=6e-4)
            assert fields[f"{name}_{plane}"][1] == ""


def test_the_scatter_has_the_blocks_samples(page, inspection, original):
    """Chroma of the original against the reconstruction's luma, less its mean; and both lines."""
    blocks = inspection.blocks
    inside = (blocks["x"] + blocks["w"] <= SIZE[0]) & (blocks["y"] + blocks["h"] <= SIZE[1])
    large = (blocks["w"] == 16) & (blocks["h"] == 16)
    number = int(np.flatnonzero((blocks["uv_mode"] == 13) & inside & large)[0])
    page.run("viewer.pin(arguments[0])", number)
    page.wait("viewer.figures?.length === 2")
    block = blocks[number]
    x, y = int(block["x"]), int(block["y"])
    luma = inspection.reconstruction[0][y : y + 16, x : x + 16].astype(float)
    mean = luma.reshape(8, 2, 8, 2).mean((1, 3))
    for figure, plane in zip(page.run("return viewer.figures"), "uv", strict=True):
        points = np.array(figure["points"]).reshape(8, 8, 2)
        chroma = getattr(original, plane)[y >> 1 : (y >> 1) + 8, x >> 1 : (x >> 1) + 8]
        np.testing.assert_array_equal(points[..., 1], chroma)
        np.testing.assert_allclose(points[..., 0], mean - mean.mean(), atol=1 / 16)
        fitted, coded = figure["lines"]
        assert coded["slope"] == block[f"cfl_alpha_{plane}"] / 8
        assert coded["intercept"] == fitted["intercept"] == block[f"dc_{plane}"]
        assert fitted["slope"] == pytest.approx(block[f"alpha_ls_{plane}"] / 8, rel=2e-4)


def test_totals_are_those_of_the_summary(page, inspection):
    rows = page.run(
        "return [...document.querySelectorAll('#bits tbody tr')].map((row) => row.children[1].textContent)"
    )
    wanted = inspection.summary["bits"]
    for text, name in zip(rows, ("modes", "cfl_alpha", "luma", "chroma", "other"), strict=True):
        assert value(text) == pytest.approx(wanted[name], abs=2 + len(inspection.blocks) ** 0.5 / 16)


def press(page, caption, name):
    """Click a row of a table."""
    page.run(
        "const tables = [...document.querySelectorAll('table.choices')];"
        "const table = tables.find((t) => t.caption.textContent === arguments[0]);"
        "[...table.querySelectorAll('button')].find((b) => b.textContent === arguments[1]).click();",
        caption, name,
    )  # fmt: skip


def test_a_row_chooses_its_blocks(page, inspection):
    press(page, "Chroma modes", "UV_CFL_PRED")
    wanted = (inspection.blocks["uv_mode"] == IntraMode.UV_CFL_PRED) & (inspection.chroma_samples > 0)
    assert page.chosen() == np.flatnonzero(wanted).tolist()
    bits = sum(
        float(inspection.blocks[wanted][f"bits_{name}"].sum())
        for name in ("modes", "cfl_alpha", "luma", "chroma")
    )
    words = page.text("selection-words")
    assert words.startswith(f"{wanted.sum()} of {len(inspection.blocks)} blocks")
    assert value(words.split(" · ")[1].split()[0]) == pytest.approx(bits, abs=3)
    press(page, "Chroma modes", "UV_CFL_PRED")
    assert page.chosen() is None


def test_a_rectangle_chooses_the_blocks_in_it(page, inspection):
    from selenium.webdriver import ActionChains, Keys

    page.run("viewer.view.zoomTo(2); viewer.view.x = 0; viewer.view.y = 0; viewer.view.redraw()")
    canvas = page.driver.find_element("id", "canvas")
    origin = -canvas.size["width"] // 2, -canvas.size["height"] // 2
    chain = ActionChains(page.driver).key_down(Keys.SHIFT)
    chain.move_to_element_with_offset(canvas, origin[0] + 2 * 40, origin[1] + 2 * 30).click_and_hold()
    chain.move_by_offset(2 * 50, 2 * 20).release().key_up(Keys.SHIFT).perform()
    blocks = inspection.blocks
    in_x = (blocks["x"] <= 90) & (blocks["x"] + blocks["w"] > 40)
    in_y = (blocks["y"] <= 50) & (blocks["y"] + blocks["h"] > 30)
    touched = set(np.flatnonzero(in_x & in_y).tolist())
    assert touched == set(page.chosen())


def lost(b):
    """CfL has made the error larger."""
    return (b["uv_mode"] == 13) & (b["sse_dc_u"] + b["sse_dc_v"] < b["sse_u"] + b["sse_v"])


def remainders(b):
    return (b["w"] == 8) & (b["h"] == 8) & (-b["x"] + np.fmod(2 * (b["y"] - 8), 3) != 15)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ('uv_mode == "CFL" and gain < 0', lost),
        ("w * h >= 256 and not skip", lambda b: (b["w"] * b["h"].astype(int) >= 256) & (b["skip"] == 0)),
        (
            "y_mode in ('DC', 'paeth_pred') or abs(cfl_alpha_u) > 2",
            lambda b: np.isin(b["y_mode"], (0, 12)) | (abs(b["cfl_alpha_u"]) > 2),
        ),
        ("size == '8x8' && -x + 2 * (y - 8) % 3 != 1.5e1", remainders),
    ],
)
def test_find(page, inspection, expression, wanted):
    page.run("document.getElementById('expression').value = arguments[0]", expression)
    page.run("document.querySelector('#find button').click()")
    found = np.flatnonzero(wanted(inspection.blocks)).tolist()
    assert page.chosen() == found
    assert page.text("find-words") == f"{len(found)} blocks"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("uv_mode ==", "missing"), ("nothing > 1", "no column nothing"), ('y_mode == "X"', "no value"),
        ("alert(1)", "no function"), ("constructor", "no column"), ("x; y", "not understood"),
        ("(x", "missing"), ('"a" < x', "can only be compared"), ("toString(1)", "no function"),
        ("x y", "not expected"),
    ],
)  # fmt: skip
def test_what_is_no_expression_is_said(page, expression, words):
    page.run("viewer.find(arguments[0])", expression)
    assert words in page.text("find-words")
    assert page.chosen() is None


def test_keys(page, inspection):
    from selenium.webdriver import Keys

    canvas = page.driver.find_element("id", "canvas")
    page.run("document.getElementById('canvas').focus()")
    canvas.send_keys("1")
    assert page.run("return viewer.view.scale") == 1
    canvas.send_keys("+")
    assert page.run("return viewer.view.scale") == 2
    before = page.run("return viewer.view.x")
    canvas.send_keys(Keys.ARROW_RIGHT)
    assert page.run("return viewer.view.x") == before + 40
    canvas.send_keys("n")
    first = page.run("return viewer.current")
    assert first == 0
    canvas.send_keys(Keys.SHIFT, Keys.ARROW_RIGHT)
    second = page.run("return viewer.current")
    index = inspection.block_map()
    assert second == index[0, inspection.blocks["w"][0] >> 2]
    assert f"Block {second}, " in page.text("announcer")
    canvas.send_keys(Keys.ENTER)
    assert page.run("return viewer.pins") == [second]
    canvas.send_keys(Keys.ESCAPE)
    assert page.run("return viewer.pins") == []
    canvas.send_keys("0")
    assert page.run("return viewer.view.isFitted")
    canvas.send_keys("/")
    assert page.run("return document.activeElement.id") == "expression"


def test_wheel_zooms_about_the_pointer(page):
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin

    page.run("viewer.view.zoomTo(1); viewer.view.x = 0; viewer.view.y = 0; viewer.view.redraw()")
    canvas = page.driver.find_element("id", "canvas")
    width, height = canvas.size["width"], canvas.size["height"]
    origin = ScrollOrigin.from_element(canvas, 100 - width // 2, 60 - height // 2)
    ActionChains(page.driver).scroll_from_origin(origin, 0, -50).perform()
    x, y, scale = page.run("const v = viewer.view; return [v.x, v.y, v.scale]")
    assert scale == 2
    assert (x + 50, y + 30) == pytest.approx((100, 60), abs=1)


HOSTILE = '<img src=x onerror="window.bad=1"></script><script>window.bad=1</script>&lt;b&gt; \u202e\udcff'


def test_hostile_names_are_text(driver, tmp_path, inspection):
    page = opened(driver, tmp_path, html_page([inspection, inspection], HOSTILE, names=[HOSTILE, "b"]))
    assert page.run("return window.bad") is None
    for name in ("title", "frames"):  # a lone surrogate, as the name of a file has it, cannot come back
        has = "return document.getElementById(arguments[0]).textContent.includes(arguments[1])"
        assert page.run(has, name, HOSTILE[:70])
    assert page.run("return document.images.length") == 0
    assert page.errors() == []


def test_hostile_headers_are_text(driver, tmp_path, inspection, original):
    """Whatever words an inspection has, here of a remark."""
    changed = inspect(cfl.encode(original, speed=10))
    changed.remarks.append(HOSTILE[:70])
    page = opened(driver, tmp_path, changed.to_html())
    assert HOSTILE[:70] in page.text("summary")
    assert page.run("return document.images.length") == 0
    assert page.run("return window.bad") is None


def test_frames_are_unpacked_when_they_are_looked_at(driver, tmp_path, inspection):
    other = inspect(stream(pillow("other", mixed, SIZE, "444")))
    page = opened(driver, tmp_path, html_page([inspection, other], names=["one", "two"]), "utf-8")
    assert page.run("return viewer.frames.map((f) => f.blocks !== undefined)") == [True, False]
    page.run("document.querySelectorAll('#frames button')[1].click()")
    page.wait("viewer.number === 1 && viewer.base?.frame === viewer.frames[1].frame")
    assert page.run("return viewer.blocks.size") == len(other.blocks)
    assert page.run("return document.querySelector('#frames [aria-current=true]').textContent") == "two"
    for theirs, ours in zip(planes_of(page, "decoded"), other.frame.planes, strict=True):
        np.testing.assert_array_equal(theirs, ours)


def test_what_cannot_be_a_page():
    with pytest.raises(FrameError, match="no inspection"):
        html_page([])
    with pytest.raises(TypeError, match="Inspection"):
        html_page([3])


def test_as_many_names_as_frames(inspection):
    with pytest.raises(FrameError, match="1 names for 2"):
        html_page([inspection, inspection], names=["a"])
