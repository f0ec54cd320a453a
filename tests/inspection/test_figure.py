"""The figure of an inspection: it shows what it says, for every kind of picture."""

import io

import numpy as np
import pytest
from av1_corpus import pillow, stream, svt
from av1_pictures import flat, mixed, screen, waves
from PIL import Image

from cfl.inspection import draw, inspect

CASES = [
    pillow("photo", size=(203, 141)),
    pillow("tall", mixed, (40, 200), "444"),
    pillow("wide", mixed, (400, 24), "422"),
    pillow("mono", mixed, (96, 64), "400"),
    pillow("one block", flat, (1, 1)),
    pillow("no CfL", flat, (96, 64)),
    pillow("screen", screen, (192, 128), "444", speed=3, advanced="tune-content=screen"),
    svt("superres", "superres-mode=1:superres-kf-denom=13:superres-denom=13", waves, (184, 104), preset="6"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_figure(case, tmp_path):
    path = tmp_path / "x.obu"
    path.write_bytes(stream(case))
    inspection = inspect(path)
    figure = draw(inspection, "the title")
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=40)
    with Image.open(out) as image:
        assert len(image.convert("RGB").getcolors(1 << 24)) > 100
    assert figure.get_suptitle().startswith("the title")
    texts = [axis.get_title() for axis in figure.axes]
    assert "bits per luma sample" in texts
    for axis in figure.axes:  # none is empty
        assert axis.images or axis.collections or axis.lines or axis.patches or axis.texts, axis.get_title()
    height, width = inspection.reconstruction[0].shape
    for axis in figure.axes:
        if axis.get_title().startswith(("decoded picture", "uv_mode:", "bits per", "α of")):
            assert axis.get_xlim() == (0, width)
            assert axis.get_ylim() == (height, 0)


def test_maps_hold_the_columns(tmp_path):
    path = tmp_path / "x.obu"
    path.write_bytes(stream(CASES[0]))
    inspection = inspect(path)
    figure = draw(inspection)
    axis = next(axis for axis in figure.axes if axis.get_title() == "α of Cr (V), eighths")
    shown = axis.images[0].get_array()
    alphas = inspection.map("cfl_alpha_v", chroma=True)
    used = inspection.map("uv_mode", chroma=True) == 13
    assert used.any()
    np.testing.assert_array_equal(np.ma.getmaskarray(shown), ~used)
    np.testing.assert_array_equal(shown[used], alphas[used])


@pytest.mark.parametrize("case", [CASES[3], CASES[5]], ids=lambda case: case.name)
def test_without_cfl_other_maps_take_its_place(case):
    """Where no block uses CfL nothing is said of α, and maps have the columns that their titles name."""
    inspection = inspect(stream(case))
    assert not (inspection.blocks["uv_mode"] == 13).any()
    axes = {axis.get_title(): axis for axis in draw(inspection).axes}
    assert not any("α" in title or "R²" in title for title in axes)
    assert {"tx_size", "bits of luma per luma sample", "luma's area by block size"} <= set(axes)
    np.testing.assert_array_equal(axes["tx_size"].images[0].get_array(), inspection.map("tx_size"))
    bars = {
        label.get_text(): bar.get_width()
        for label, bar in zip(
            axes["luma's area by block size"].get_yticklabels(),
            axes["luma's area by block size"].patches, strict=True,
        )
    }  # fmt: skip
    blocks = inspection.blocks
    area = blocks["w"].astype(float) * blocks["h"]
    for name, share in bars.items():
        w, h = map(int, name.split("x"))
        assert share == pytest.approx(100 * area[(blocks["w"] == w) & (blocks["h"] == h)].sum() / area.sum())


@pytest.mark.parametrize("ending, start", [("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_figures_of_lines(ending, start, tmp_path):
    inspection = inspect(stream(CASES[1]))
    draw(inspection).savefig(tmp_path / f"x.{ending}")
    assert (tmp_path / f"x.{ending}").read_bytes().startswith(start)
