"""Scan orders of coefficients (AV1 specification 9.2), generated: each follows a rule of one line.

A scan lists positions ``w * row + column`` of a transform of width w and height h. Row and column scans go
through the block by rows and by columns. The default scan goes through the diagonals: a wide block's all
upwards, a tall block's all downwards, a square block's in turns, which is the zigzag.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cfl.av1.tables._table import table
from cfl.av1.tables.coefficient_contexts import COEFF_BASE_CTX_OFFSET, COEFF_BASE_POS_CTX_OFFSET
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


COLUMN_SHIFT, ROW_SHIFT, BASE_SHIFT, BR_SHIFT = 0, 5, 10, 16


@lru_cache(maxsize=1)
def coefficient_scans() -> Scans:
    """Return the scans with what the contexts of a coefficient's levels take from its position.

    Returns
    -------
    Scans
        The positions are uint32, bit fields: the column (5 bits from COLUMN_SHIFT), the row (5, ROW_SHIFT),
        the first context of coeff_base (6, BASE_SHIFT) and of coeff_br (4, BR_SHIFT), to which the levels
        around add (AV1 specification 8.3.2). Here each class and each of the 19 sizes has its own scan.
    """
    shared = scans()
    start = np.zeros((3, 19), np.int32)
    parts = []
    size = 0
    for tx_class in (TX_CLASS_2D, TX_CLASS_HORIZ, TX_CLASS_VERT):
        for tx_size, adjusted in enumerate(ADJUSTED_TX_SIZE):
            w, count = int(TX_WIDTH[adjusted]), int(TX_WIDTH[adjusted] * TX_HEIGHT[adjusted])
            first = shared.start[tx_class, tx_size]
            row, column = np.divmod(shared.positions[first : first + count].astype(np.uint32), w)
            base, br = _first_contexts(tx_class, tx_size, row, column)
            parts.append(
                column << COLUMN_SHIFT | row << ROW_SHIFT | base << BASE_SHIFT | br << BR_SHIFT,
            )
            start[tx_class, tx_size] = size
            size += count
    return Scans(table(np.concatenate(parts), np.uint32), table(start, np.int32))


@lru_cache(maxsize=1)
def scan_indices() -> Scans:
    """Return where in its scan each position is, the inverse of `scans`.

    Returns
    -------
    Scans
        The indices, int16, lie by rows of at least eight, in narrow blocks with -1 beyond the width.
    """
    forward = scans()
    start = np.zeros((3, 19), np.int32)
    placed: dict[tuple[int, int], int] = {}
    parts: list[np.ndarray] = []
    size = 0
    for tx_class in (TX_CLASS_2D, TX_CLASS_HORIZ, TX_CLASS_VERT):
        for tx_size, adjusted in enumerate(ADJUSTED_TX_SIZE):
            w, h = int(TX_WIDTH[adjusted]), int(TX_HEIGHT[adjusted])
            first = int(forward.start[tx_class, tx_size])
            if (first, w) not in placed:
                rows = np.full((h, max(w, 8)), -1, np.int16)
                rows[:, :w] = np.argsort(forward.positions[first : first + w * h]).reshape(h, w)
                placed[first, w] = size
                parts.append(rows.ravel())
                size += rows.size
            start[tx_class, tx_size] = placed[first, w]
    return Scans(table(np.concatenate(parts), np.int16), table(start, np.int32))


def _first_contexts(
    tx_class: int, tx_size: int, row: np.ndarray, column: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The contexts of coeff_base and coeff_br at each position if all levels around are zero."""
    if tx_class == TX_CLASS_2D:
        base = COEFF_BASE_CTX_OFFSET[tx_size, np.minimum(row, 4), np.minimum(column, 4)]
        near = (row < 2) & (column < 2)
    else:
        index = column if tx_class == TX_CLASS_HORIZ else row
        base = COEFF_BASE_POS_CTX_OFFSET[np.minimum(index, 2)]
        near = index == 0
    br = np.where((row == 0) & (column == 0), 0, np.where(near, 7, 14))
    return base.astype(np.uint32), br.astype(np.uint32)
