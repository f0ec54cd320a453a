"""The table of blocks in few bytes: columns, one after the other, that the page unpacks."""

import zlib
from typing import Any

import numpy as np

from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH
from cfl.inspection.blocks import is_cfl
from cfl.inspection.inspection import Inspection
from cfl.inspection.summary import chroma_kinds
from cfl.viewer.filters import filter_columns

BITS_STEP = 16
"""Bits of a block are kept in sixteenths."""
_DROPPED = 10
"""Low bits of a float's mantissa that are left out: 13 are kept, four digits."""

SIZES = [f"{w}x{h}" for w, h in zip(BLOCK_WIDTH.tolist(), BLOCK_HEIGHT.tolist(), strict=True)]


class Packed:
    """Columns as bytes, and where each lies in them.

    Attributes
    ----------
    data : bytes
        zlib.
    columns : list of dict
        name; kind: "u1", "i1", "u2", "u4" and so on, or "float"; step: what an integer is divided by; only:
        (column, value) of the rows that it has values for. In the order of the bytes: of each column the
        lowest bytes of all rows, then the next ones.
    """

    def __init__(self, rows: int):
        self.rows, self.columns = rows, list[dict[str, Any]]()
        self._parts: list[bytes] = []

    def integers(self, name: str, values: np.ndarray, step: int = 1) -> None:
        """Add a column of whole numbers, in as few bytes as they need."""
        low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
        column: dict[str, Any] = {"name": name}
        if low == high:
            self.columns.append(column | {"kind": "same", "value": low / step})
            return
        signed = low < 0
        size = next(
            size for size in (1, 2, 4) if -low << 1 <= 1 << 8 * size and high < 1 << 8 * size - signed
        )
        kind = f"{'i' if signed else 'u'}{size}"
        self._add(column | {"kind": kind} | ({"step": step} if step > 1 else {}), values.astype(f"<{kind}"))

    def floats(self, name: str, values: np.ndarray, only: tuple[str, int]) -> None:
        """Add a column of floats with four digits, NaN among them, for the rows that `only` names."""
        bits = values.astype(np.float32).view(np.uint32)
        finite = np.isfinite(values)
        rounded = np.where(finite, bits + (1 << _DROPPED - 1), bits) >> _DROPPED
        column = {"name": name, "kind": "float", "dropped": _DROPPED, "only": only}
        self._add(column, rounded.astype("<u4"), 3)

    def _add(self, column: dict[str, Any], values: np.ndarray, size: int | None = None) -> None:
        self.columns.append(column)
        planes = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), values.dtype.itemsize).T
        self._parts.append(planes[:size].tobytes())

    @property
    def data(self) -> bytes:
        """Everything, compressed."""
        return zlib.compress(b"".join(self._parts), 9)


def packed_blocks(inspection: Inspection) -> Packed:
    """The columns of the blocks, with those that the page would need longer to find out.

    These are `size`, the index of `SIZES` (for `w` and `h`); `chroma`, how chroma is predicted, palettes and
    copies being ways of their own; `chroma_samples`; and the filters' (see `filter_columns`).
    """
    blocks = inspection.blocks
    packed, cfl = Packed(len(blocks)), is_cfl(blocks)
    packed.integers("column", blocks["x"] >> 2)
    packed.integers("row", blocks["y"] >> 2)
    packed.integers("size", _sizes(blocks))
    packed.integers("chroma", chroma_kinds(blocks))
    packed.integers("chroma_samples", inspection.chroma_samples)
    for name in blocks.dtype.names or ():
        values = blocks[name]
        if name in ("x", "y", "w", "h", "r2_u", "r2_v", "r2_ls_u", "r2_ls_v"):
            continue  # the page has them from others
        if name.startswith("bits_"):
            packed.integers(name, np.round(values.astype(np.float64) * BITS_STEP).astype(np.int64), BITS_STEP)
        elif values.dtype.kind == "f":
            packed.floats(name, values[cfl], ("uv_mode", 13))
        else:
            packed.integers(name, values)
    for name, values in filter_columns(inspection).items():
        packed.integers(name, values)
    return packed


def _sizes(blocks: np.ndarray) -> np.ndarray:
    """The MiSize of each block."""
    code = np.zeros((129, 129), np.int64)
    code[BLOCK_WIDTH, BLOCK_HEIGHT] = np.arange(len(BLOCK_WIDTH))
    return code[blocks["w"], blocks["h"]]
