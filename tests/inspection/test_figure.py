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
