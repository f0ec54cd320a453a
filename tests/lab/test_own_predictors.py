"""Predictors of users: the file that the guide shows, plugins, entry points, and all that can be wrong."""

import importlib
import re
import warnings

import numpy as np
import pytest
from documents import ROOT
from spec import predictor_spec as slow

import cfl
import cfl.lab
from cfl.frames import Frame

SHOWN = ROOT / "examples" / "my_cclm.py"


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(3)
    luma = rng.integers(0, 256, (24, 40), dtype=np.uint8)
    chroma = [np.clip(luma[::2, ::2] // 2 + rng.integers(0, 30, (12, 20)), 0, 255) for _ in range(2)]
    return Frame(luma, *(plane.astype(np.uint8) for plane in chroma))


@pytest.fixture
def plugin(tmp_path):
    """Write a file of predictors."""

    def write(code, name="my_predictor.py"):
        path = tmp_path / name
        path.write_text(f"import numpy as np\nimport cfl.lab\n\n{code}")
        return path

    return write


def test_the_guide_shows_the_file_that_is_tested():
    page = (ROOT / "docs" / "guide" / "lab-predictor.md").read_text()
    assert re.search(r"^```\{literalinclude\} ../../examples/my_cclm.py$", page, re.MULTILINE)
    code = SHOWN.read_text().splitlines()
    function = code[code.index('@cfl.lab.predictor("my-cclm")') :]
    assert len(function) <= 10 and len([line for line in code if line]) <= 15


def test_the_shown_predictor_is_the_line_through_two_neighbours(frame):
    """Worked out by hand for each block: as a kernel, and as Python."""
    assert cfl.lab.load_plugin(SHOWN) == ["my-cclm"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Numba compiles it
        predicted = cfl.lab.predict(frame, "my-cclm", block=8)
    function = cfl.lab.registry.find("my-cclm").function
    in_python = cfl.lab.predictor("my-cclm-python", compiled=False)(function)
    again = cfl.lab.predict(frame, in_python, block=8)
    np.testing.assert_array_equal(again.planes[1:], predicted.planes[1:])
    picture = slow.Picture(frame, frame, 1)
    for x, y in slow.coding_order(frame.width, frame.height, 8, 8):
        view = slow.View(picture, x // 2, y // 2, 4, 4)
        places = view.beside(1, False)
        pairs = [(view.av1_luma(*at), view.chroma(*at)) for at in places]
        for i, j in view.samples():
            value = view.dc()
            if pairs:
                (x_0, y_0), (x_1, y_1) = min(pairs, key=lambda p: p[0]), max(pairs, key=lambda p: p[0])
                value = y_0 + (y_1 - y_0) / max(x_1 - x_0, 1) * (view.av1_luma(i, j) - x_0)
            got = predicted.u[view.y + i, view.x + j]
            assert abs(min(max(value, 0), 255) - got) <= 0.5 + 1e-9
            picture.done[view.y + i][view.x + j] = True


def test_a_block_has_what_is_decoded_before_it(frame):
    """Seen in Python, block by block, beside a slow walk over the picture."""
    seen = []

    @cfl.lab.predictor("test-look", compiled=False, sends=True)
    def look(block):
        seen.append(block)
        return np.full(block.luma.shape, block.dc), 0

    cfl.lab.evaluate(frame, [look], block=8)
    picture = slow.Picture(frame, frame, 1)
    walk = list(slow.coding_order(frame.width, frame.height, 8, 8))
    for block, (x, y) in zip(seen, walk, strict=False):
        view = slow.View(picture, x // 2, y // 2, 4, 4)
        assert (block.x, block.y, block.plane) == (view.x, view.y, 0)
        assert (block.above, block.left) == (view.above, view.left)
        assert (block.rows_above, block.columns_left) == (view.rows, view.columns)
        assert (block.dc, block.bit_depth, block.lam) == (view.dc(), 8, 0)
        assert block.target.tolist() == view.block_of(view.target)
        assert block.luma.tolist() == view.block_of(view.av1_luma)
        for i in range(-6, 2 * view.h):
            for j in range(-6, 2 * view.w):
                assert block.around_luma[6 + i, 6 + j] == view.av1_luma(i, j)
                is_beside = i < 0 or j < 0
                known = is_beside and view.known(i, j) and i < view.left and j < view.above
                if is_beside and (i >= 0 or view.rows) and (j >= 0 or view.columns):
                    assert block.around_chroma[6 + i, 6 + j] == (view.chroma(i, j) if known else 0)
        for i in range(-12, 4 * view.h):
            for j in range(-12, 4 * view.w):
                assert block.full_luma[12 + i, 12 + j] == view.full(i, j)
        for i, j in view.samples():
            picture.done[view.y + i][view.x + j] = True
    assert len(seen) == 2 * len(walk)


def test_the_target_is_only_for_predictors_that_send(frame):
    shapes = set()

    @cfl.lab.predictor("test-target", compiled=False)
    def look(block):
        shapes.add(block.target.shape)
        return np.full(block.luma.shape, block.dc), 0

    cfl.lab.evaluate(frame, [look])
    assert shapes == {(0, 0)}


BROKEN = {
    "shape": ("return np.zeros((2, 3)), 0", "its prediction does not have the block's shape"),
    "nan": ("return np.full(block.luma.shape, np.nan), 0", "its prediction has NaN or infinity"),
    "bits": ("return np.zeros(block.luma.shape), -1.0", "its bits are not a finite number of at least 0"),
    "raises": (
        "if block.x == 8:\n        raise ValueError('no such thing')\n    return 1.0 * block.luma, 0",
        "ValueError: no such thing",
    ),
    "no pair": ("return np.zeros(block.luma.shape)", "it returned ndarray, not a prediction and its bits"),
    "three": ("return np.zeros(block.luma.shape), 0, 0", "it returned a tuple of 3, not"),
    "text": ('return "x", 0', "its prediction or its bits are not real numbers"),
    "complex": ("return 1j * block.luma, 0", "its prediction or its bits are not real numbers"),
    "index": (
        "return np.full(block.luma.shape, 1.0 * block.luma[block.luma.size, 0]), 0",
        "IndexError: index",
    ),
    "exit": ("raise SystemExit('enough')", "SystemExit: enough"),
    "target": (
        "return 1.0 * block.target, 0",
        "its prediction does not have the block's shape; block.target is empty without sends=True",
    ),
    "name": ("return undefined, 0", "NameError: name 'undefined' is not defined"),
}


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_predictor_is_named_with_its_file_and_block(frame, plugin, name, compiled):
    body, words = BROKEN[name]
    path = plugin(f'@cfl.lab.predictor("test-broken", compiled={compiled})\ndef f(block):\n    {body}\n')
    cfl.lab.load_plugin(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", cfl.CflWarning)
        with pytest.raises(cfl.lab.PredictorError) as caught:
            cfl.lab.evaluate(frame, ["dc", "test-broken"], block=8)
    place = "(8, 0)" if name == "raises" else "(0, 0)"
    message = str(caught.value)
    assert message.startswith(f"predictor test-broken of my_predictor.py, block 4x4 at {place} of U: {words}")
    assert "\n" not in message


def test_numpy_that_numba_does_not_know_runs_as_python_with_one_warning(frame, plugin):
    code = """
@cfl.lab.predictor("test-polyfit")
def f(block):
    luma, chroma = cfl.lab.neighbours(block, 1)
    if luma.size == 0:
        return np.full(block.luma.shape, block.dc), 0
    if np.ptp(luma) == 0:
        return np.full(block.luma.shape, chroma.mean()), 0
    return np.polyval(np.polyfit(luma, chroma, 1), block.luma), 0
"""
    cfl.lab.load_plugin(plugin(code))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        rows = cfl.lab.evaluate(frame, ["test-polyfit"], block=16)
        cfl.lab.evaluate(frame, ["test-polyfit"], block=8)
    said = [str(each.message) for each in caught if issubclass(each.category, cfl.CflWarning)]
    assert len(said) == 1 and said[0].startswith("predictor test-polyfit runs as plain Python")
    known = cfl.lab.evaluate(frame, ["lm"], block=16)
    assert [r["squared_error"] for r in rows] == [r["squared_error"] for r in known]


@pytest.mark.parametrize(
    "code, words",
    [
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("def f(:\n", "SyntaxError: invalid syntax"),
        ("x = 1\n", "registers no predictor"),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
    ],
)
def test_a_plugin_that_cannot_be_loaded(plugin, code, words):
    with pytest.raises(cfl.lab.PredictorError, match=r"plugin .*my_predictor\.py.*") as caught:
        cfl.lab.load_plugin(plugin(code))
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_plugin_that_is_not_there(tmp_path):
    with pytest.raises(cfl.lab.PredictorError, match="No such file"):
        cfl.lab.load_plugin(tmp_path / "none.py")
    with pytest.raises(cfl.lab.PredictorError, match="not a Python file"):
        cfl.lab.load_plugin(tmp_path / "none.txt")


def test_an_unknown_predictor_with_the_nearest_name(frame):
    with pytest.raises(cfl.lab.PredictorError, match=r"there is no predictor 'cclmm'; did you mean 'cclm'\?"):
        cfl.lab.evaluate(frame, ["dc", "cclmm"])
    with pytest.raises(cfl.lab.PredictorError, match="there is no predictor 'mmml'; did you mean 'mmlm'"):
        cfl.lab.evaluate(frame, ["dc+mmml"])
    with pytest.raises(TypeError, match="a predictor must be a name or a Predictor, not int"):
        cfl.lab.evaluate(frame, [7])


@pytest.mark.parametrize("name", ["cfl", "", "a b", "a+b"])
def test_names_that_a_predictor_cannot_have(name):
    with pytest.raises(cfl.lab.PredictorError):
        cfl.lab.predictor(name)(lambda block: (block.luma, 0))


def test_a_package_brings_predictors_by_an_entry_point(frame, tmp_path, monkeypatch):
    """An installed distribution, as Python's own metadata sees it."""
    (tmp_path / "some_package.py").write_text(
        "import numpy as np, cfl.lab\n"
        '@cfl.lab.predictor("test-of-a-package", compiled=False)\n'
        "def f(block):\n    return np.full(block.luma.shape, block.dc), 1\n"
    )
    info = tmp_path / "some_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: some-package\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[cfl.predictors]\ntest-of-a-package = some_package:f\ntest-missing = some_package:g\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    assert "test-of-a-package" in cfl.lab.predictor_names()
    rows = cfl.lab.evaluate(frame, ["test-of-a-package"], block=8)
    assert [row["squared_error"] for row in rows] == [row["dc_squared_error"] for row in rows]
    assert [row["predictor_bits"] for row in rows] == [row["blocks"] for row in rows]
    with pytest.raises(
        cfl.lab.PredictorError, match="predictor test-missing of some_package:g: AttributeError"
    ):
        cfl.lab.describe("test-missing")


def test_frames_that_cannot_be_predicted(frame):
    gray = Frame(frame.y, subsampling="4:0:0")
    with pytest.raises(cfl.FrameError, match="4:0:0"):
        cfl.lab.evaluate(gray, ["dc"])
    with pytest.raises(cfl.FrameError, match="not like"):
        cfl.lab.evaluate(frame, ["dc"], decoded=Frame(frame.y[:16], frame.u[:8], frame.v[:8]))
    with pytest.raises(cfl.FrameError, match="would have 2x2 chroma"):
        cfl.lab.evaluate(frame, ["dc"], block=4)
    with pytest.raises(cfl.FrameError, match="quality is 101"):
        cfl.lab.evaluate(frame, ["dc"], quality=101)


def test_partitions_that_are_none(frame):
    ok = cfl.lab.Partition(8, 8, np.array([[0, 0, 8, 8]]))
    with pytest.raises(cfl.FrameError, match="the partition is of 8x8 chroma samples"):
        cfl.lab.evaluate(frame, ["dc"], block=ok)
    for places in (
        [[0, 0, 8, 8], [4, 4, 4, 4]],
        [[0, 0, 4, 8]],
        [[0, 0, 5, 8]],
        [[-8, 0, 16, 8]],
        [0, 0, 8, 8],
    ):
        with pytest.raises(cfl.FrameError):
            cfl.lab.Partition(8, 8, np.array(places))
