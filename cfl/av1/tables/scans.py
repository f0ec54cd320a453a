"""Scan orders of coefficients (AV1 specification 9.2), generated: each follows a rule of one line.

A scan lists positions ``w * row + column`` of a transform of width w and height h. Row and column scans go
through the block by rows and by columns. The default scan goes through the diagonals: a wide block's all
upwards, a tall block's all downwards, a square block's in turns, which is the zigzag.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cfl.av1.tables._table import table
from cfl.av1.tables.constants import TX_CLASS_2D, TX_CLASS_HORIZ, TX_CLASS_VERT
from cfl.av1.tables.geometry import ADJUSTED_TX_SIZE, TX_HEIGHT, TX_WIDTH


def mrow_scan(w: int, h: int) -> np.ndarray:
    """Return Mrow_Scan_wxh: (w * h,) int16, by rows."""
    return np.arange(w * h, dtype=np.int16)


def mcol_scan(w: int, h: int) -> np.ndarray:
    """Return Mcol_Scan_wxh: (w * h,) int16, by columns."""
    return np.arange(w * h, dtype=np.int16).reshape(h, w).T.ravel()


def default_scan(w: int, h: int) -> np.ndarray:
    """Return Default_Scan_wxh: (w * h,) int16, by diagonals."""
    positions = []
    for diagonal in range(w + h - 1):
        downwards = [
            w * row + diagonal - row for row in range(max(0, diagonal - w + 1), min(h, diagonal + 1))
        ]
        up = diagonal % 2 == 0 if w == h else w > h
        positions += downwards[::-1] if up else downwards
    return np.array(positions, dtype=np.int16)


class Scans(NamedTuple):
    """Every scan, for kernels: position c of a scan is ``positions[start[tx_class, tx_size] + c]``.

    Attributes
    ----------
    positions : (n,) int16 array
    start : (3, 19) int32 array
        By transform class (TX_CLASS_*) and TxSize. It holds get_scan of the coefficients syntax: the
        vertical class scans rows, the horizontal class columns, and sizes of 64 scan the 32 that are coded.
        Where a class cannot occur, it is the default scan.
    """

    positions: np.ndarray
    start: np.ndarray


@lru_cache(maxsize=1)
def scans() -> Scans:
    """Return all scans in one array; see `Scans`. Read-only."""
    start = np.zeros((3, 19), np.int32)
    placed: dict[tuple[str, int, int], int] = {}
    parts: list[np.ndarray] = []
    size = 0
    makers = {"default": default_scan, "mrow": mrow_scan, "mcol": mcol_scan}
    kinds = {TX_CLASS_2D: "default", TX_CLASS_HORIZ: "mcol", TX_CLASS_VERT: "mrow"}
    for tx_class, class_kind in kinds.items():
        for tx_size, adjusted in enumerate(ADJUSTED_TX_SIZE):
            w, h = int(TX_WIDTH[adjusted]), int(TX_HEIGHT[adjusted])
            kind = class_kind if max(w, h) <= 16 else "default"  # 1D transforms reach 16 samples
            if (kind, w, h) not in placed:
                placed[kind, w, h] = size
                parts.append(makers[kind](w, h))
                size += w * h
            start[tx_class, tx_size] = placed[kind, w, h]
    return Scans(table(np.concatenate(parts), np.int16), table(start, np.int32))
