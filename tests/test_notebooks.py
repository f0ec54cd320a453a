"""What notebooks show of cfl's objects, and their tables; an example notebook runs."""

import base64
import io
import pickle
import re
import xml.etree.ElementTree as ET
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from av1_pictures import photo
from documents import ROOT
from PIL import Image

import cfl
from cfl.ablation import METRICS, Ablation, Point
from cfl.frames import Frame, rgb_to_frame
from cfl.inspection import IntraMode
from cfl.markup import facts
from cfl.regression import LinearRegression, fit_blocks


@pytest.fixture(scope="module")
def encoded():
    return cfl.encode_frame(rgb_to_frame(photo(200, 136)), quality=60, speed=8)


@pytest.fixture(scope="module")
def inspection(encoded):
    return cfl.inspect(encoded.data)


def parsed(markup):
    """Markup as a tree, which it is only if every tag is closed and every text escaped; and its pictures."""
    closed = re.sub(r"(<img [^>]*)>", r"\1/>", markup)
    tree = ET.fromstring(f"<div>{closed}</div>")
    sources = [image.get("src") for image in tree.iter("img")]
    pictures = [Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) for source in sources]
    return " ".join(tree.itertext()), pictures


@pytest.mark.parametrize(("width", "height"), [(60, 40), (1001, 300), (1, 1), (3, 2000)])
def test_a_frame_is_a_thumbnail(width, height):
    rgb = np.full((height, width, 3), (200, 100, 50), np.uint8)
    frame = rgb_to_frame(rgb, subsampling="4:4:4", matrix_coefficients=0)
    image = Image.open(io.BytesIO(frame._repr_png_()))
    assert max(image.size) <= 400
    assert image.convert("RGB").getpixel((0, 0)) == (200, 100, 50)
    if max(width, height) <= 400:
        assert image.size == (width, height)


def test_a_frame_without_a_way_to_rgb_has_none():
    plane = np.zeros((4, 4), np.uint8)
    assert Frame(plane, plane, plane, subsampling="4:4:4", matrix_coefficients=200)._repr_png_() is None


def test_encoded(encoded):
    words, [picture] = parsed(encoded._repr_html_())
    assert f"{len(encoded.data):,}" in words
    assert picture.size == (200, 136)


def test_inspection(inspection):
    words, [picture, modes] = parsed(inspection._repr_html_())
    assert "base_q_idx" in words
    assert picture.size == modes.size == (200, 136)
    cyan = (np.asarray(modes) == (0x00, 0xDC, 0xFF)).all(-1)
    used = inspection.map("uv_mode", chroma=True) == IntraMode.UV_CFL_PRED
    np.testing.assert_array_equal(cyan[::4, ::4], used)


def test_prediction(inspection):
    prediction = cfl.predict(inspection.frame, 16)
    words, [picture] = parsed(prediction._repr_html_())
    assert f"{prediction.psnr['u']:.2f} dB" in words
    assert picture.size == (200, 136)
    assert prediction.to_pandas()["sse_u"].sum() == prediction.sse["u"]


def test_ablation():
    points = [
        Point(quality, 0, size, 0.1, dict.fromkeys(METRICS, decibels), 0.3, 1.0)
        for quality, size, decibels in [(40, 1000, 33.0), (60, 2000, 36.0), (80, 4000, 39.0)]
    ]
    words, pictures = parsed(Ablation(points, points)._repr_html_())
    assert "0.00 %" in words
    assert "4,000" in words
    assert not pictures


def test_regression():
    summary = LinearRegression().fit([[0], [1], [2], [3]], [1, 3, 4, 8]).summary()
    words, _ = parsed(summary._repr_html_())
    assert "2.2" in words
    assert "intercept" in words
    words, _ = parsed(fit_blocks([[0, 1, 2, 3]], [[1, 3, 9, 9]], (1, 2))._repr_html_())
    assert "1 x 2 blocks" in words


def test_text_is_never_markup():
    words, _ = parsed(facts("<b>&", [("<script>", "</td>\udcff")]))
    assert "<script>" in words
    assert "<b>&" in words


def test_blocks_as_tables(inspection):
    pandas = pytest.importorskip("pandas")
    table = inspection.to_pandas()
    blocks = inspection.blocks
    assert list(table.columns) == list(blocks.dtype.names)
    assert isinstance(table["y_mode"].dtype, pandas.CategoricalDtype)
    assert table["y_mode"].tolist() == [IntraMode(mode).name for mode in blocks["y_mode"]]
    assert table["uv_mode"].isna().to_numpy().tolist() == (blocks["uv_mode"] < 0).tolist()
    np.testing.assert_array_equal(table["bits_luma"], blocks["bits_luma"])
    np.testing.assert_array_equal(table["sse_u"], blocks["sse_u"])


def test_an_inspection_goes_to_another_process(inspection):
    again = pickle.loads(pickle.dumps(inspection))
    assert again.blocks.tobytes() == inspection.blocks.tobytes()  # NaN, too
    assert again.headers == inspection.headers
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(repr, inspection).result() == repr(inspection)


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*.ipynb")), ids=lambda path: path.name)
def test_example_notebooks_run(path, tmp_path):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    notebook = nbformat.read(path, 4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    (tmp_path / "images").symlink_to(ROOT / "images")
    nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = {
        kind for cell in notebook.cells for out in cell.get("outputs", []) for kind in out.get("data", {})
    }
    assert {"text/html", "image/png"} <= shown
