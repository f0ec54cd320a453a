"""What the table of blocks comes to: shares, bits, and the gain of chroma from luma."""

import math
from typing import Any

import numpy as np

from cfl.av1.tables.constants import DC_PRED, IntraMode
from cfl.inspection.blocks import chroma_rectangles, is_cfl

PALETTE, INTRABC, INTER = 14, 15, 16
"""What `chroma_kinds` has besides the modes of `IntraMode`."""

KIND_NAMES = {int(mode): mode.name for mode in IntraMode} | {
    PALETTE: "PALETTE",
    INTRABC: "INTRABC",
    INTER: "INTER",
}


def chroma_kinds(blocks: np.ndarray) -> np.ndarray:
    """How chroma is predicted: uv_mode, or PALETTE, INTRABC or INTER where they do it; −1: no chroma."""
    kinds = blocks["uv_mode"].astype(np.int64)
    kinds[(kinds == DC_PRED) & (blocks["palette_size_uv"] > 0)] = PALETTE
    kinds[(kinds >= 0) & (blocks["use_intrabc"] > 0)] = INTRABC
    kinds[(kinds >= 0) & (blocks["ref_frame_1"] > 0)] = INTER
    return kinds


def chroma_samples(
    blocks: np.ndarray, shifts: tuple[int, int], right: np.ndarray, bottom: np.ndarray
) -> np.ndarray:
    """The visible samples of a chroma plane that each block codes.

    Parameters
    ----------
    blocks : array of INSPECTED
    shifts : subsampling_x, subsampling_y
    right, bottom : (blocks,) array of int
        Where the visible part of each block's coded frame ends, in luma samples of the picture.
    """
    x, y, w, h = chroma_rectangles(blocks, *shifts)
    right, bottom = (right + shifts[0]) >> shifts[0], (bottom + shifts[1]) >> shifts[1]
    across, down = np.minimum(x + w, right) - x, np.minimum(y + h, bottom) - y
    return np.where(blocks["has_chroma"], np.maximum(across, 0) * np.maximum(down, 0), 0)


def uv_mode_shares(blocks: np.ndarray, samples: np.ndarray) -> dict[str, dict[str, Any]]:
    """Blocks, chroma samples and share of the chroma's area of each way to predict, the largest first.

    Blocks without a visible sample do not count.
    """
    blocks, samples = blocks[samples > 0], samples[samples > 0]
    kinds = chroma_kinds(blocks)
    total = max(int(samples.sum()), 1)
    shares = {}
    for kind in np.unique(kinds[kinds >= 0]):
        area = int(samples[kinds == kind].sum())
        shares[KIND_NAMES[int(kind)]] = {
            "blocks": int((kinds == kind).sum()), "samples": area, "share": area / total,
        }  # fmt: skip
    return dict(sorted(shares.items(), key=lambda item: -item[1]["samples"]))


def alpha_pairs(blocks: np.ndarray, samples: np.ndarray) -> list[dict[str, int]]:
    """How often each pair of α occurs in visible blocks, the most frequent first."""
    cfl = blocks[is_cfl(blocks) & (samples > 0)]
    pairs, counts = np.unique(
        np.stack([cfl["cfl_alpha_u"], cfl["cfl_alpha_v"]], axis=1), axis=0, return_counts=True
    )
    return [
        {"alpha_u": int(pairs[i, 0]), "alpha_v": int(pairs[i, 1]), "blocks": int(counts[i])}
        for i in np.argsort(-counts, kind="stable")
    ]


def bits_spent(blocks: np.ndarray, tile_bytes: int, frame_bytes: int, file_bytes: int) -> dict[str, Any]:
    """Bits by purpose; `other` is what the tiles hold besides the blocks: partition, restoration, padding.

    Parameters
    ----------
    blocks : array of INSPECTED
        Those of each coded frame once.
    tile_bytes, frame_bytes, file_bytes : int
        Of the tiles, of the OBUs that the picture is coded in, and of the whole file.
    """
    kinds = {name: float(blocks[f"bits_{name}"].sum(dtype=np.float64)) for name in _BITS}
    tiles = 8 * tile_bytes
    return {
        "file": 8 * file_bytes,
        "frame": 8 * frame_bytes,
        "tiles": tiles,
        **kinds,
        "other": tiles - sum(kinds.values()),
        "cfl_alpha_share": kinds["cfl_alpha"] / tiles,
    }


_BITS = ("modes", "cfl_alpha", "luma", "chroma")


def cfl_gain(blocks: np.ndarray, samples: np.ndarray, measured: np.ndarray) -> dict[str, Any]:
    """The gain of the coded α over all CfL blocks with a visible sample.

    Parameters
    ----------
    blocks : (n,) array of INSPECTED
        All blocks of the picture.
    samples : (n,) int array
        The visible chroma samples of each.
    measured : (n,) int array
        Those that the errors are of: more where a grid cuts a coded frame.

    Returns
    -------
    dict
        blocks, samples (of a plane), bits_per_block (of both α); and by plane "u" and "v": sse, sse_dc,
        sse_ls, sse_best, ss_total; gain, the squared error per sample that CfL has taken from DC alone;
        gain_db, the same as a ratio, None where an error is 0; r2 and r2_ls, the share of the blocks' spread
        about their means that is predicted, None where there is none; best_alpha, the share of blocks where
        the encoder's α is the one of least squared error.
    """
    chosen = is_cfl(blocks) & (samples > 0)
    cfl, area = blocks[chosen], samples[chosen]
    total = max(int(measured[chosen].sum()), 1)
    result: dict[str, Any] = {"blocks": len(cfl), "samples": int(area.sum())}
    result["bits_per_block"] = float(cfl["bits_cfl_alpha"].mean()) if len(cfl) else 0.0
    for plane in "uv":
        sums = {
            name: float(cfl[f"{name}_{plane}"].sum())
            for name in ("sse", "sse_dc", "sse_ls", "sse_best", "ss_total")
        }
        spread, has_gain = sums["ss_total"], sums["sse"] > 0 and sums["sse_dc"] > 0
        same = cfl[f"cfl_alpha_{plane}"] == cfl[f"alpha_best_{plane}"]
        result[plane] = sums | {
            "gain": (sums["sse_dc"] - sums["sse"]) / total,
            "gain_db": 10 * math.log10(sums["sse_dc"] / sums["sse"]) if has_gain else None,
            "r2": 1 - sums["sse"] / spread if spread else None,
            "r2_ls": 1 - sums["sse_ls"] / spread if spread else None,
            "best_alpha": float(same.mean()) if len(cfl) else None,
        }
    return result
