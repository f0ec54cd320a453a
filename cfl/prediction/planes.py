"""Chroma from luma over whole planes: bands of block rows, on one thread or several."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

BAND_SAMPLES = 1 << 17
"""Chroma samples of one plane in a band: its packed luma and chroma stay in a core's second-level cache."""


class PlaneFit(NamedTuple):
    """What `fit_planes` finds, block by block; arrays of (plane, block row, block column), planes U and V."""

    alpha: np.ndarray
    dc: np.ndarray
    sse: np.ndarray
    sse_dc: np.ndarray
    ss_total: np.ndarray

    def r2(self) -> np.ndarray:
        """R² about each block's mean, of the same shape."""
        from cfl.prediction import band_kernels as kernels

        r2 = np.empty(self.sse.shape)
        kernels.r_squared_map(self.sse.ravel(), self.ss_total.ravel(), r2.ravel())
        return r2


class Grid(NamedTuple):
    """Blocks of `w` x `h` chroma samples over a plane of `width` x `height`."""

    width: int
    height: int
    w: int
    h: int

    @property
    def rows(self) -> int:
        """Block rows, the last one perhaps crossing the picture's edge."""
        return -(-self.height // self.h)

    @property
    def columns(self) -> int:
        """Blocks in a row."""
        return -(-self.width // self.w)

    def bands(self) -> Iterator[slice]:
        """The block rows, some at a time."""
        step = max(1, BAND_SAMPLES // (self.columns * self.w * self.h))
        return (slice(first, min(first + step, self.rows)) for first in range(0, self.rows, step))

    def empty_plane(self, dtype: Any) -> np.ndarray:
        """A plane that holds all blocks whole."""
        return np.empty((self.rows * self.h, self.columns * self.w), dtype)

    def visible(self, plane: np.ndarray) -> np.ndarray:
        """The part of such a plane that lies in the picture, C-contiguous."""
        return np.ascontiguousarray(plane[: self.height, : self.width])


class Luma(NamedTuple):
    """A luma plane as the kernels want it: of even width where chroma is subsampled, and seen as pairs."""

    plane: np.ndarray
    pairs: np.ndarray
    subsampling_x: int
    subsampling_y: int

    @classmethod
    def of(cls, plane: np.ndarray, subsampling_x: int, subsampling_y: int) -> "Luma":
        """Wrap a plane; an odd last column is repeated (in a copy) where chroma has half the columns."""
        if subsampling_x and plane.shape[1] % 2:
            plane = np.pad(plane, ((0, 0), (0, 1)), mode="edge")
        words = np.uint16 if plane.dtype == np.uint8 else np.uint32
        pairs = plane.view(words) if subsampling_x else np.zeros((1, 1), words)
        return cls(plane, pairs, subsampling_x, subsampling_y)

    def packed(self, grid: Grid, rows: slice) -> np.ndarray:
        """The subsampled luma of some block rows, packed."""
        from cfl.prediction import band_kernels as kernels

        packed = np.empty((rows.stop - rows.start) * grid.columns * grid.w * grid.h, np.int16)
        row = np.empty(grid.columns * grid.w, np.int16)
        kernels.pack_luma(
            *self, rows.start * grid.h, grid.width, grid.height, grid.w, grid.h, row, packed
        )  # fmt: skip
        return packed


def over_bands(work: Callable[[slice], None], grid: Grid, threads: int) -> None:
    """Do the work for each band; the bands do not depend on each other."""
    if threads == 1:
        for rows in grid.bands():
            work(rows)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, grid.bands()):
            pass


def fit_planes(
    luma: Luma,
    u: np.ndarray,
    v: np.ndarray,
    grid: Grid,
    *,
    peak: int,
    use_mean: bool = False,
    quantised: bool = True,
    out: tuple[np.ndarray, np.ndarray] | None = None,
    threads: int = 1,
) -> PlaneFit:
    """Fit α for every block of two chroma planes, and predict.

    Parameters
    ----------
    luma : Luma
    u, v : (grid.height, grid.width) arrays
    grid : Grid
    peak : int
        The largest sample value.
    use_mean : bool
        DC is the block's rounded mean rather than DC_PRED.
    quantised : bool
        α is the best of −16…16 (`int8`) rather than the least-squares slope (`float64`, chroma per luma),
        whose squared error is left unset.
    out : two arrays of ``grid.empty_plane``, optional
        Where the predicted planes go.
    threads : int

    Returns
    -------
    PlaneFit
        `dc` int32, `sse` and `sse_dc` int64, `ss_total` float64.
    """
    from cfl.prediction import band_kernels as kernels

    shape = (2, grid.rows, grid.columns)
    fit = PlaneFit(
        np.empty(shape, np.int8 if quantised else np.float64),
        np.empty(shape, np.int32),
        np.empty(shape, np.int64),
        np.empty(shape, np.int64),
        np.empty(shape, np.float64),
    )
    w, h, n = grid.w, grid.h, grid.w * grid.h
    is_right, is_bottom = _border_masks(w, h)
    everywhere = np.ones(shape[1:], bool)

    def work(rows: slice) -> None:
        y0 = rows.start * h
        ac = luma.packed(grid, rows)
        row, packed_u, packed_v = np.empty(grid.columns * w, np.int16), np.empty_like(ac), np.empty_like(ac)
        kernels.pack_chroma(u, y0, w, h, row, packed_u)
        kernels.pack_chroma(v, y0, w, h, row, packed_v)
        above = np.stack([_sums_above(plane, y0, grid) for plane in (u, v)])
        table = np.empty((kernels.PENDING + 1, ac.size // n), np.int64)
        kernels.measure(
            table, ac, packed_u, packed_v, luma.plane, above, is_right, is_bottom, y0, grid.width,
            grid.height, w, h, use_mean, peak,
        )  # fmt: skip
        if quantised:
            kernels.search(table, ac, packed_u, packed_v, luma.plane, n, peak)
        for plane in range(2):
            alpha, dc, sse, sse_dc, ss_total = (result[plane, rows].ravel() for result in fit)
            kernels.report(table, plane, dc, sse_dc, ss_total)
            if quantised:
                kernels.report_quantised(table, plane, alpha, sse)
            else:
                kernels.report_slope(table, plane, alpha)
            if out is not None:
                _predict_band(ac, grid, rows, fit.alpha[plane], fit.dc[plane], everywhere, peak, out[plane])

    over_bands(work, grid, threads)
    return fit


def predict_planes(
    luma: Luma,
    grid: Grid,
    alpha: np.ndarray,
    dc: np.ndarray,
    *,
    peak: int,
    out: tuple[np.ndarray, np.ndarray],
    keep: np.ndarray | None = None,
    threads: int = 1,
) -> None:
    """Predict two chroma planes from given α and DC.

    Parameters
    ----------
    alpha, dc : (2, grid.rows, grid.columns) arrays
        int8 (eighths) or float64 (chroma per luma), and int32.
    out : two arrays of ``grid.empty_plane`` or larger, written
        In the luma's dtype.
    keep : (grid.rows, grid.columns) bool array, optional
        Leave the other blocks of `out` alone.

    The other parameters are those of `fit_planes`.
    """
    from cfl.prediction import band_kernels as kernels

    keep = np.ones(alpha.shape[1:], bool) if keep is None else keep

    def work(rows: slice) -> None:
        ac = luma.packed(grid, rows)
        kernels.level(ac, luma.plane, grid.w * grid.h)
        for plane in range(2):
            _predict_band(ac, grid, rows, alpha[plane], dc[plane], keep, peak, out[plane])

    over_bands(work, grid, threads)


def _predict_band(
    ac: np.ndarray,
    grid: Grid,
    rows: slice,
    alpha: np.ndarray,
    dc: np.ndarray,
    keep: np.ndarray,
    peak: int,
    out: np.ndarray,
) -> None:
    from cfl.prediction import band_kernels as kernels

    predict = kernels.predict_slopes if alpha.dtype == np.float64 else kernels.predict
    scratch = np.empty(grid.w * grid.h, out.dtype)
    band = out[rows.start * grid.h : rows.stop * grid.h]
    predict(ac, grid.w, grid.h, alpha[rows], dc[rows], keep[rows], peak, scratch, band)


def squared_errors(plane: np.ndarray, predicted: np.ndarray, grid: Grid) -> np.ndarray:
    """The squared error of each block of two equal planes, as (grid.rows, grid.columns) int64."""
    rows, columns = np.arange(0, grid.height, grid.h), np.arange(0, grid.width, grid.w)
    result = np.empty((grid.rows, grid.columns), np.int64)
    for i, y in enumerate(rows):
        difference = plane[y : y + grid.h].astype(np.int64) - predicted[y : y + grid.h]
        result[i] = np.add.reduceat((difference * difference).sum(axis=0), columns)
    return result


def _border_masks(w: int, h: int) -> tuple[np.ndarray, np.ndarray]:
    """Packed blocks that are 1 in the right column, and in the bottom row."""
    right, bottom = np.zeros((h, w), np.int16), np.zeros((h, w), np.int16)
    right[:, -1] = 1
    bottom[-1] = 1
    return right.ravel(), bottom.ravel()


def _sums_above(plane: np.ndarray, y0: int, grid: Grid) -> np.ndarray:
    """The sums of row ``y0 − 1`` over each block's columns; beyond the plane its last sample repeats."""
    row = np.zeros(grid.columns * grid.w, np.int64)
    if y0 > 0:
        row[: grid.width] = plane[y0 - 1]
        row[grid.width :] = plane[y0 - 1, -1]
    return row.reshape(-1, grid.w).sum(axis=1)
