"""Repeat the prediction of each CfL block, and measure how good it was.

Blocks of one size go through NumPy and the kernels together. Everything is taken from the reconstruction
before the in-loop filters, which is what the block was predicted from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cfl.av1.headers.coded_frame import CodedFrame
from cfl.av1.tables.geometry import TX_HEIGHT, TX_WIDTH
from cfl.inspection.blocks import chroma_rectangles, is_cfl
from cfl.prediction import many_blocks

_BATCH = 1 << 18
"""Chroma samples of a plane that are worked on at a time."""


@dataclass(frozen=True)
class Reconstruction:
    """A frame before the in-loop filters.

    Attributes
    ----------
    coded : CodedFrame
    planes : three 2-D uint16 arrays
        Before the in-loop filters, of `cfl.av1.tile.tiles.frame_buffers`.
    """

    coded: CodedFrame
    planes: Sequence[np.ndarray]

    @property
    def shifts(self) -> tuple[int, int]:
        """subsampling_x and subsampling_y."""
        color = self.coded.sequence.color_config
        return color.subsampling_x, color.subsampling_y

    def crop(self) -> list[np.ndarray]:
        """The planes without their padding, as views: FrameWidth x FrameHeight, rounded up in chroma."""
        (sx, sy), size = self.shifts, self.coded.header.size
        height, width = size.frame_height, size.frame_width
        chroma = height + sy >> sy, width + sx >> sx
        shapes = [(height, width), chroma, chroma]
        return [plane[:h, :w] for plane, (h, w) in zip(self.planes, shapes, strict=False)]


class CflInputs:
    """The inputs of the prediction of some CfL blocks of one size.

    Attributes
    ----------
    ac : (blocks, h, w) int16 array
        Luma AC in Q3.
    dc : (2, blocks) int64 array
    """

    def __init__(self, of: Reconstruction, table: np.ndarray):
        self._of = of
        self.x, self.y, w, h = chroma_rectangles(table, *of.shifts)
        self.w, self.h = int(w[0]), int(h[0])
        self.ac = many_blocks.luma_ac(self._luma(*_max_luma(of, table)))
        self.dc = np.stack([self._dc(plane, *_available(of, table)) for plane in of.planes[1:]])

    def _luma(self, max_luma_w: np.ndarray, max_luma_h: np.ndarray) -> np.ndarray:
        """L of AV1 specification 7.11.5."""
        sx, sy = self._of.shifts
        rows = np.minimum((self.y[:, None] + np.arange(self.h)) << sy, max_luma_h[:, None] - (1 << sy))
        columns = np.minimum((self.x[:, None] + np.arange(self.w)) << sx, max_luma_w[:, None] - (1 << sx))
        luma = self._of.planes[0]
        total = np.zeros((len(self.x), self.h, self.w), np.uint16)  # of at most four samples of 12 bits
        for dy in range(sy + 1):
            for dx in range(sx + 1):
                total += luma[rows[:, :, None] + dy, columns[:, None, :] + dx]
        return total << (3 - sx - sy)

    def _dc(self, plane: np.ndarray, has_above: np.ndarray, has_left: np.ndarray) -> np.ndarray:
        """DC_PRED, AV1 specification 7.11.2 and 7.11.2.5."""
        (sx, sy), size, w, h = self._of.shifts, self._of.coded.header.size, self.w, self.h
        max_x, max_y = (4 * size.mi_cols >> sx) - 1, (4 * size.mi_rows >> sy) - 1
        columns = np.minimum(self.x[:, None] + np.arange(w), max_x)
        rows = np.minimum(self.y[:, None] + np.arange(h), max_y)
        # Where there is no row above, this one is index -1 for nothing.
        above = plane[self.y[:, None] - 1, columns].sum(1, dtype=np.int64)
        left = plane[rows, self.x[:, None] - 1].sum(1, dtype=np.int64)
        both = (above + left + (w + h >> 1)) // (w + h)
        one = np.where(has_above, (above + (w >> 1)) // w, (left + (h >> 1)) // h)
        middle = 1 << self._of.coded.sequence.color_config.bit_depth - 1
        return np.where(has_above & has_left, both, np.where(has_above | has_left, one, middle))


def _max_luma(of: Reconstruction, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """MaxLumaW and MaxLumaH: where the last luma transform blocks within the frame end (5.11.35)."""
    size = of.coded.header.size
    ends = []
    for at, side, end, step in (
        ("x", "w", 4 * size.mi_cols, TX_WIDTH),
        ("y", "h", 4 * size.mi_rows, TX_HEIGHT),
    ):
        start, tx = table[at].astype(np.int64), step[table["tx_size"]]
        inside = np.minimum(table[side], end - start)
        ends.append(start + (inside + tx - 1) // tx * tx)
    return ends[0], ends[1]


def _available(of: Reconstruction, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """AvailUChroma and AvailLChroma: whether the tile goes on above and to the left of the chroma block."""
    x, y, _, _ = chroma_rectangles(table, *of.shifts)
    info = of.coded.header.tile_info
    available = []
    for start, shift, starts in (
        (y, of.shifts[1], info.mi_row_starts),
        (x, of.shifts[0], info.mi_col_starts),
    ):
        mi = start << shift >> 2
        first = np.asarray(starts)[np.searchsorted(starts, mi, side="right") - 1]
        available.append(mi > first)
    return available[0], available[1]


def visible_size(of: Reconstruction) -> tuple[int, int]:
    """Return (width, height) of the chroma inside FrameWidth and FrameHeight."""
    (sx, sy), size = of.shifts, of.coded.header.size
    return size.frame_width + sx >> sx, size.frame_height + sy >> sy


def batches(table: np.ndarray, of: Reconstruction) -> Iterator[np.ndarray]:
    """Indices of visible CfL blocks whose chroma is of one size, not too many at a time."""
    x, y, _, _ = chroma_rectangles(table, *of.shifts)
    width, height = visible_size(of)
    indices = np.flatnonzero(is_cfl(table) & (x < width) & (y < height))
    _, _, w, h = chroma_rectangles(table[indices], *of.shifts)
    for size in np.unique(64 * w + h):
        chosen = indices[64 * w + h == size]
        step = max(1, _BATCH // int((size >> 6) * (size & 63)))
        yield from (chosen[i : i + step] for i in range(0, len(chosen), step))


def measure_cfl(table: np.ndarray, of: Reconstruction, target: Sequence[np.ndarray] | None = None) -> None:
    """Fill in the columns of CfL blocks; those without a visible sample keep NaN.

    Parameters
    ----------
    table : (n,) array of INSPECTED, changed
    of : Reconstruction
    target : two (height, width) arrays, optional
        The chroma to judge by, of the coded size or more; by default the reconstruction itself.
    """
    targets = of.crop()[1:] if target is None else target
    for chosen in batches(table, of):
        table[chosen] = _measured(table[chosen], CflInputs(of, table[chosen]), of, targets)


def _measured(
    blocks: np.ndarray, inputs: CflInputs, of: Reconstruction, targets: Sequence[np.ndarray]
) -> np.ndarray:
    """Blocks of one size with the columns of CfL filled in."""
    height, width = of.crop()[1].shape
    rows, columns = inputs.y[:, None] + np.arange(inputs.h), inputs.x[:, None] + np.arange(inputs.w)
    visible = (rows < height)[:, :, None] & (columns < width)[:, None, :]
    at = np.minimum(rows, height - 1)[:, :, None], np.minimum(columns, width - 1)[:, None, :]
    target = np.stack([plane[at] for plane in targets])
    alpha = np.stack([blocks["cfl_alpha_u"], blocks["cfl_alpha_v"]])
    peak = (1 << of.coded.sequence.color_config.bit_depth) - 1
    found = many_blocks.measure(inputs.ac, target, inputs.dc, alpha, visible, peak)
    results = {
        "dc": inputs.dc, "alpha_ls": 8 * found.slope, "alpha_best": found.best,
        "r2": found.r2, "r2_ls": found.r2_ls,
        "sse": found.sse, "sse_dc": found.sse_dc, "sse_ls": found.sse_ls, "sse_best": found.sse_best,
        "ss_total": found.ss_total,
    }  # fmt: skip
    for name, values in results.items():
        blocks[f"{name}_u"], blocks[f"{name}_v"] = values
    return blocks
