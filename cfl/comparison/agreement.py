"""How far the decisions of two encodes of one picture agree, by area."""

from typing import Any

import numpy as np

from cfl.av1.tables.constants import UV_CFL_PRED
from cfl.inspection.inspection import Inspection


def agreement(a: Inspection, b: Inspection) -> dict[str, float | None]:
    """The shares of the picture's area where both have decided alike.

    Returns
    -------
    dict
        "block_size", "y_mode" and "tx_size" of luma; "uv_mode" of chroma; None without chroma.
    """
    area = _area(a)
    sides = [np.stack([each.map("w"), each.map("h")]) for each in (a, b)]
    shares: dict[str, float | None] = {"block_size": _share((sides[0] == sides[1]).all(0), area)}
    for name in ("y_mode", "tx_size"):
        shares[name] = _share(a.map(name) == b.map(name), area)
    shares["uv_mode"] = None
    if _have_chroma(a, b):
        shares["uv_mode"] = _share(a.map("uv_mode", chroma=True) == b.map("uv_mode", chroma=True), area)
    return shares


def overlap_of_cfl(a: Inspection, b: Inspection) -> dict[str, Any]:
    """Where each of the two uses chroma from luma, and with which α.

    Returns
    -------
    dict
        share_a, share_b: of the picture's area. iou: area where both use it over that where any does; None
        where none does. same_alpha: of the area where both use it, the share in which both α are the same;
        mean_difference_u, mean_difference_v: the mean of |α of A − α of B| there, in eighths; all None where
        there is no such area.
    """
    area = _area(a)
    if not _have_chroma(a, b):
        none = dict.fromkeys(("iou", "same_alpha", "mean_difference_u", "mean_difference_v"))
        return {"share_a": 0.0, "share_b": 0.0, **none}
    used = [each.map("uv_mode", chroma=True) == UV_CFL_PRED for each in (a, b)]
    both, any_ = used[0] & used[1], used[0] | used[1]
    differences = [
        np.abs(
            a.map(f"cfl_alpha_{plane}", chroma=True).astype(int) - b.map(f"cfl_alpha_{plane}", chroma=True)
        )
        for plane in "uv"
    ]
    same = (differences[0] == 0) & (differences[1] == 0)
    return {
        "share_a": _share(used[0], area),
        "share_b": _share(used[1], area),
        "iou": _share(both, area * any_),
        "same_alpha": _share(same, area * both),
        "mean_difference_u": _share(differences[0], area * both),
        "mean_difference_v": _share(differences[1], area * both),
    }


def _have_chroma(a: Inspection, b: Inspection) -> bool:
    return "4:0:0" not in (a.frame.subsampling, b.frame.subsampling)


def _area(inspection: Inspection) -> np.ndarray:
    """The visible luma samples of each square of 4x4."""
    height, width = inspection.reconstruction[0].shape
    rows = np.minimum(4, height - np.arange(0, height, 4))
    columns = np.minimum(4, width - np.arange(0, width, 4))
    return rows[:, None] * columns


def _share(values: np.ndarray, weights: np.ndarray) -> float | None:
    """The weighted mean; None where there is no weight."""
    total = int(weights.sum())
    return float((values * weights).sum() / total) if total else None
