"""The table of blocks: every decision, its bits, and what chroma from luma gained."""

import numpy as np

from cfl.av1.tables.constants import UV_CFL_PRED
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH

_DECISIONS = [
    ("x", "i4"), ("y", "i4"), ("w", "i2"), ("h", "i2"), ("partition", "i1"), ("skip", "i1"),
    ("segment", "i1"), ("qindex", "i2"), ("use_intrabc", "i1"), ("y_mode", "i1"), ("angle_delta_y", "i1"),
    ("filter_intra_mode", "i1"), ("palette_size_y", "i1"), ("tx_size", "i1"), ("tx_types", "u2"),
    ("has_chroma", "i1"), ("uv_mode", "i1"), ("angle_delta_uv", "i1"), ("palette_size_uv", "i1"),
    ("cfl_alpha_u", "i1"), ("cfl_alpha_v", "i1"), ("bits_modes", "f4"), ("bits_cfl_alpha", "f4"),
    ("bits_luma", "f4"), ("bits_chroma", "f4"), ("ref_frame_1", "i1"), ("ref_frame_2", "i1"),
    ("mv_row_1", "i2"), ("mv_col_1", "i2"), ("mv_row_2", "i2"), ("mv_col_2", "i2"), ("motion_mode", "i1"),
]  # fmt: skip
_OF_CFL = [
    ("dc", "f4"), ("alpha_ls", "f8"), ("alpha_best", "f4"), ("r2", "f8"), ("r2_ls", "f8"), ("sse", "f8"),
    ("sse_dc", "f8"), ("sse_ls", "f8"), ("sse_best", "f8"), ("ss_total", "f8"),
]  # fmt: skip

INSPECTED = np.dtype(_DECISIONS + [(f"{name}_{plane}", kind) for name, kind in _OF_CFL for plane in "uv"])
"""The columns of `Inspection.blocks`; `BLOCK_FIELDS` explains them."""

BLOCK_FIELDS = {
    "x": "left edge, in luma samples of the coded picture",
    "y": "top edge",
    "w": "width in luma samples, of the whole block even where it crosses the picture's edge",
    "h": "height",
    "partition": "Partition that the block is a part of",
    "skip": "1: no coefficients",
    "segment": "segment_id",
    "qindex": "quantizer index, with the segment's and the block's own delta",
    "use_intrabc": "1: intra block copy",
    "y_mode": "IntraMode of luma, or InterMode",
    "angle_delta_y": "−3…3, in steps of 3°",
    "filter_intra_mode": "FilterIntraMode, −1: none",
    "palette_size_y": "colours of luma's palette, 0: none",
    "tx_size": "TxSize of luma",
    "tx_types": "bit t: a luma transform block with coefficients is of TxType t",
    "has_chroma": "1: the block codes chroma, which may be that of smaller blocks before it too",
    "uv_mode": "IntraMode of chroma, −1: no chroma; of inter blocks and copies DC_PRED, which means nothing",
    "angle_delta_uv": "−3…3, in steps of 3°",
    "palette_size_uv": "colours of chroma's palette, 0: none",
    "cfl_alpha": "CflAlphaU or CflAlphaV, −16…16 eighths of chroma per luma; 0 where not CfL",
    "bits_modes": "bits of the modes, the palette's colours and indices, and the transform sizes",
    "bits_cfl_alpha": "bits of both α",
    "bits_luma": "bits of luma's coefficients",
    "bits_chroma": "bits of chroma's coefficients",
    "ref_frame_1": "RefFrame of the first reference, 0: an intra block",
    "ref_frame_2": "RefFrame of the second reference, 0: intra prediction is blended in, −1: none",
    "mv_row_1": "the first vector, downwards, in eighths of a luma sample; of a copy too",
    "mv_col_1": "the first vector, to the right",
    "mv_row_2": "the second vector, downwards; 0 without a second reference",
    "mv_col_2": "the second vector, to the right",
    "motion_mode": "MotionMode: how an inter block moves",
    "dc": "DC_PRED of the block, the prediction where luma is average",
    "alpha_ls": "least-squares α, unquantised, in eighths",
    "alpha_best": "the α of −16…16 with the least squared error",
    "r2": "R² of the coded prediction about the block's mean",
    "r2_ls": "R² of the least-squares prediction, neither rounded nor clipped",
    "sse": "squared error of the coded prediction, over the visible samples",
    "sse_dc": "squared error of the DC alone: sse_dc − sse is what CfL has gained",
    "sse_ls": "squared error of the least-squares prediction",
    "sse_best": "squared error of the prediction with alpha_best",
    "ss_total": "sum of squared deviations from the block's mean",
}
"""What the columns mean. `cfl_alpha`, and each column from `dc` on, exists once for each chroma plane, with
``_u`` or ``_v`` at its end. From `dc` on they are NaN in blocks that are not predicted from luma,
or lie wholly outside the visible picture."""


def table_of(records: np.ndarray) -> np.ndarray:
    """Make the table from the decoder's records. The columns of CfL are NaN until they are measured.

    Parameters
    ----------
    records : (n,) array of `cfl.av1.tile.state.BLOCK`

    Returns
    -------
    (n,) array of INSPECTED
    """
    table = np.zeros(len(records), INSPECTED)
    for name in set(INSPECTED.names or ()) & set(records.dtype.names or ()):
        table[name] = records[name]
    table["x"], table["y"] = 4 * records["mi_col"], 4 * records["mi_row"]
    table["w"], table["h"] = BLOCK_WIDTH[records["mi_size"]], BLOCK_HEIGHT[records["mi_size"]]
    table["segment"] = records["segment_id"]
    table["filter_intra_mode"][records["use_filter_intra"] == 0] = -1
    table["uv_mode"][records["has_chroma"] == 0] = -1
    is_inter = (records["is_inter"] > 0) & (records["use_intrabc"] == 0)
    table["ref_frame_1"] = np.where(is_inter, records["ref_frame"][:, 0], 0)
    table["ref_frame_2"] = np.where(is_inter, records["ref_frame"][:, 1], -1)
    table["motion_mode"] = np.where(is_inter, records["motion_mode"], 0)
    for i, ref in enumerate("12"):
        table[f"mv_row_{ref}"], table[f"mv_col_{ref}"] = records["mv"][:, i, 0], records["mv"][:, i, 1]
    for name, _ in _OF_CFL:
        table[f"{name}_u"] = table[f"{name}_v"] = np.nan
    return table


def is_cfl(table: np.ndarray) -> np.ndarray:
    """Which blocks are predicted from luma."""
    return table["uv_mode"] == UV_CFL_PRED


def chroma_rectangles(table: np.ndarray, subsampling_x: int, subsampling_y: int) -> tuple[np.ndarray, ...]:
    """The rectangle of chroma, (x, y, w, h) in chroma samples, that each block codes.

    The last of several small luma blocks codes the chroma of them all, so its chroma begins before its luma.
    """
    x, y = (table["x"] >> 2 >> subsampling_x) * 4, (table["y"] >> 2 >> subsampling_y) * 4
    w = np.maximum(table["w"].astype(np.int64) >> subsampling_x, 4)
    h = np.maximum(table["h"].astype(np.int64) >> subsampling_y, 4)
    return x.astype(np.int64), y.astype(np.int64), w, h
