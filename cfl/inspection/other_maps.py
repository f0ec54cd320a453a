"""What the figure shows where no block uses chroma from luma: luma's modes, transforms, and bits."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cfl.av1.tables.constants import IntraMode, Partition, TxSize
from cfl.inspection.colours import MODE_COLOURS
from cfl.inspection.inspection import Inspection
from cfl.inspection.sheet import Sheet, draw_rate, show

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMED = [
    "#4e79a7", "#f28e2b", "#76b7b2", "#e15759", "#59a14f", "#edc948", "#b07aa1", "#9c755f", "#bab0ac",
    "#ff9da7", "#86bcb6", "#d37295", "#a0cbe8", "#8cd17d", "#b6992d", "#d4a6c8", "#499894", "#79706e",
    "#fabfd2",
]  # fmt: skip
_MOST_BARS = 8
_LUMA_MODES = {int(mode): mode.name.removesuffix("_PRED") for mode in IntraMode}
"""The modes of intra blocks; others have no colour here."""


def draw_other_maps(sheet: Sheet, inspection: Inspection) -> None:
    """The four maps of the upper row of small ones."""
    if inspection.frame.subsampling == "4:0:0":
        _draw_names(sheet.small(0, 0), inspection, "partition", {int(p): p.name for p in Partition})
        draw_rate(sheet, sheet.small(0, 3), inspection, ("modes",), "bits of modes per luma sample")
    else:
        draw_luma_modes(sheet.small(0, 0), inspection, "y_mode: how luma is predicted", 11)
        title = "bits of chroma per chroma sample"
        draw_rate(sheet, sheet.small(0, 3), inspection, ("chroma",), title, chroma=True)
    _draw_names(sheet.small(0, 1), inspection, "tx_size", {int(size): size.name for size in TxSize})
    draw_rate(sheet, sheet.small(0, 2), inspection, ("luma",), "bits of luma per luma sample")


def draw_luma_modes(axis: "Axes", inspection: Inspection, title: str, size: int) -> None:
    """A map of y_mode, in the colours of chroma's modes."""
    _draw_names(axis, inspection, "y_mode", _LUMA_MODES, MODE_COLOURS)
    axis.set_title(title, fontsize=size)


def _draw_names(
    axis: "Axes",
    inspection: Inspection,
    field: str,
    names: Mapping[int, str],
    colours: Mapping[int, str] | None = None,
) -> None:
    """A map of a column with names, with a legend of the largest shares of the area."""
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    codes = sorted(names)
    found = dict(zip(codes, _NAMED, strict=False)) if colours is None else colours
    values = inspection.map(field)
    ranks = np.ma.masked_where(~np.isin(values, codes), np.searchsorted(codes, values))
    style = ListedColormap([found[code] for code in codes])
    show(axis, inspection, ranks, cmap=style, vmin=-0.5, vmax=len(codes) - 0.5)
    axis.set_title(field, fontsize=11)
    handles = [
        Patch(
            facecolor=found[code], edgecolor="0.4", linewidth=0.5, label=f"{names[code]} {100 * share:.0f} %"
        )
        for code, share in _shares(inspection, field, names)[:6]
    ]
    axis.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.005), ncols=3, fontsize=7.5,
        frameon=False, handlelength=1.0, columnspacing=0.9,
    )  # fmt: skip


def _shares(inspection: Inspection, field: str, names: Mapping[int, str]) -> list[tuple[int, float]]:
    """The values of a column that have names, and their shares of luma's area, the largest first."""
    blocks = inspection.blocks
    area = blocks["w"].astype(float) * blocks["h"]
    values = [value for value in np.unique(blocks[field]).tolist() if value in names]
    shares = [(value, float(area[blocks[field] == value].sum() / area.sum())) for value in values]
    return sorted(shares, key=lambda item: -item[1])


def draw_other_charts(sheet: Sheet, inspection: Inspection) -> None:
    """Two charts in the place of α's: luma's area by block size, and by mode."""
    blocks = inspection.blocks
    area = blocks["w"].astype(float) * blocks["h"]
    sides = np.stack([blocks["w"], blocks["h"]], axis=1)
    sizes, index = np.unique(sides, axis=0, return_inverse=True)
    shares = np.bincount(index.ravel(), weights=area) / area.sum()
    of_size = [(f"{w}x{h}", share) for (w, h), share in zip(sizes.tolist(), shares.tolist(), strict=True)]
    _draw_bars(sheet.small(1, 1, square=True), "luma's area by block size", of_size)
    of_mode = [(_LUMA_MODES[mode], share) for mode, share in _shares(inspection, "y_mode", _LUMA_MODES)]
    _draw_bars(sheet.small(1, 2, square=True), "luma's area by y_mode", of_mode)


def _draw_bars(axis: "Axes", title: str, shares: list[tuple[str, float]]) -> None:
    chosen = sorted(shares, key=lambda item: -item[1])[:_MOST_BARS][::-1]
    axis.barh([name for name, _ in chosen], [100 * share for _, share in chosen], color="#7f9cc0")
    axis.set(xlabel="per cent")
    axis.set_title(title, fontsize=11)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
