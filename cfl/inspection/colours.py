"""The colours of an inspection: in its figure, and in the viewer."""

from cfl.av1.tables.constants import PAETH_PRED, SMOOTH_H_PRED, SMOOTH_PRED, UV_CFL_PRED
from cfl.inspection.summary import INTER, INTRABC, PALETTE

PLANES = {"u": "Cb (U)", "v": "Cr (V)"}
PLANE_COLOURS = {"u": "#3b6fd4", "v": "#d0413b"}

CFL_COLOUR = "#00dcff"
"""Rare in photographs, so that it is seen on them."""

_DIRECTIONAL = ("#f3dfc9", "#ecd0b1", "#e5c199", "#dcb182", "#d2a06d", "#c68f5a", "#b97e49", "#aa6d3a")
MODE_COLOURS = {
    0: "#f5f5f3", **{mode: _DIRECTIONAL[mode - 1] for mode in range(1, 9)},
    SMOOTH_PRED: "#d9e2cf", SMOOTH_PRED + 1: "#c3d2b4", SMOOTH_H_PRED: "#adc29a", PAETH_PRED: "#d9cfe0",
    UV_CFL_PRED: CFL_COLOUR, PALETTE: "#a87bc9", INTRABC: "#5c5470", INTER: "#9aa5b1",
}  # fmt: skip
"""Of each way to predict chroma: pale browns, greens and greys, so that CfL stands out."""

BITS = {
    "modes": "#8c8c8c",
    "cfl_alpha": CFL_COLOUR,
    "luma": "#e8b04a",
    "chroma": "#7d5ba6",
    "other": "#d3d3d0",
}

NOTHING = "#e9e9e7"
"""Where there is no value: no CfL."""
