"""Chroma from luma over whole planes: bands of block rows, on one thread or several."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

BAND_SAMPLES = 1 << 17
"""Chroma samples of one plane in a band: its packed luma and chroma stay in a core's second-level cache."""

OCTET = 8
"""Blocks that the kernels work on at a time."""


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
        step = max(1, BAND_SAMPLES // (self.octets * OCTET * self.w * self.h))
        return (slice(first, min(first + step, self.rows)) for first in range(0, self.rows, step))

    @property
    def octets(self) -> int:
        """Octets of blocks in a row, the last one perhaps not full."""
        return -(-self.columns // OCTET)

    def empty_row(self) -> np.ndarray:
        """A row of samples that holds all octets whole."""
        return np.empty(self.octets * OCTET * self.w, np.int16)

    def band_size(self, rows: slice) -> int:
        """Samples of some block rows, packed."""
        return (rows.stop - rows.start) * self.octets * OCTET * self.w * self.h

    def empty_band(self, rows: slice) -> np.ndarray:
        """Room for some block rows, packed."""
        return np.empty(self.band_size(rows), np.int16)

    def empty_plane(self, dtype: Any) -> np.ndarray:
        """A plane that holds all blocks whole."""
        return np.empty((self.rows * self.h, self.columns * self.w), dtype)

    def visible(self, plane: np.ndarray) -> np.ndarray:
        """The part of such a plane that lies in the picture, C-contiguous."""
        return np.ascontiguousarray(plane[: self.height, : self.width])


class Luma(NamedTuple):
    """A luma plane made ready for the kernels: of an even width where chroma is subsampled."""

    plane: np.ndarray
    subsampling_x: int
    subsampling_y: int

    @classmethod
    def of(cls, plane: np.ndarray, subsampling_x: int, subsampling_y: int) -> "Luma":
        """Wrap a plane; an odd last column is repeated (in a copy) where chroma has half the columns."""
        if subsampling_x and plane.shape[1] % 2:
            plane = np.pad(plane, ((0, 0), (0, 1)), mode="edge")
        return cls(plane, subsampling_x, subsampling_y)

    def packed(self, grid: Grid, rows: slice, packed: np.ndarray | None = None) -> np.ndarray:
        """The subsampled luma of some block rows, packed in octets (see `octet_kernels`), into `packed`."""
        from cfl.prediction import band_kernels as kernels

        packed, row = grid.empty_band(rows) if packed is None else packed, grid.empty_row()
        kernels.pack_luma(
            *self, rows.start * grid.h, grid.width, grid.height, grid.w, grid.h, row, packed
        )  # fmt: skip
        return packed


def packed_block(block: np.ndarray) -> np.ndarray:
    """One block as the first of a packed octet; the others are 0."""
    packed = np.zeros((-(-block.size // 2), OCTET, 2), np.int16)
    samples = block.ravel()
    packed[:, 0, 0], packed[: samples.size // 2, 0, 1] = samples[0::2], samples[1::2]
    return packed.ravel()


def unpacked_block(packed: np.ndarray, w: int, h: int) -> np.ndarray:
    """The first block of a packed octet."""
    return packed.reshape(-1, OCTET, 2)[:, 0].reshape(h, w)


class _Scratch(threading.local):
    """Arrays that each thread uses again from band to band: new memory costs a page fault every 4 KiB."""

    def take(self, name: str, size: int, dtype: Any = np.int16) -> np.ndarray:
        """An array of that size, with anything in it."""
        array = self.__dict__.get(name)
        if array is None or array.size < size:
            array = self.__dict__[name] = np.empty(size, dtype)
        return array[:size]


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
    w, h = grid.w, grid.h
    everywhere, scratch = np.ones(shape[1:], bool), _Scratch()

    def work(rows: slice) -> None:
        y0 = rows.start * h
        size = grid.band_size(rows)
        ac = luma.packed(grid, rows, scratch.take("ac", size))
        row, chroma = grid.empty_row(), (scratch.take("u", size), scratch.take("v", size))
        table = scratch.take("table", size // (w * h * OCTET) * kernels.TABLE, np.int64)
        for plane, (source, packed) in enumerate(zip((u, v), chroma, strict=True)):
            kernels.pack_chroma(source, y0, w, h, row, packed)
            if use_mean:
                kernels.mean_dc(table, plane, packed, u, grid.octets, y0, grid.width, grid.height, w, h)
            else:
                above = _sums_above(source, y0, grid)
                kernels.predict_dc(table, plane, packed, u, above, y0 > 0, w, h, (peak + 1) >> 1)
        kernels.measure(table, ac, *chroma, u, y0, grid.width, grid.height, w, h)
        if quantised:
            kernels.search(table, ac, *chroma, u, w * h, peak)
            for plane in range(2):
                kernels.search_clipped(table, plane, ac, chroma[plane], u, w * h, peak)
            kernels.report(table, rows.start, True, *fit)
        else:
            unset = np.empty((2, 0, 0), np.int8)
            kernels.report(table, rows.start, False, unset, *fit[1:])
            kernels.report_slopes(table, rows.start, fit.alpha)
        if out is not None:
            for plane in range(2):
                alpha, dc = fit.alpha[plane], fit.dc[plane]
                _predict_band(ac, grid, rows, alpha, dc, everywhere, peak, chroma[plane], out[plane])

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
    scratch = _Scratch()

    def work(rows: slice) -> None:
        size = grid.band_size(rows)
        ac, packed = luma.packed(grid, rows, scratch.take("ac", size)), scratch.take("packed", size)
        kernels.level(ac, luma.plane, grid.w * grid.h)
        for plane in range(2):
            _predict_band(ac, grid, rows, alpha[plane], dc[plane], keep, peak, packed, out[plane])

    over_bands(work, grid, threads)


def _predict_band(
    ac: np.ndarray,
    grid: Grid,
    rows: slice,
    alpha: np.ndarray,
    dc: np.ndarray,
    keep: np.ndarray,
    peak: int,
    packed: np.ndarray,
    out: np.ndarray,
) -> None:
    """Predict some block rows of a plane, by way of `packed`."""
    from cfl.prediction import band_kernels as kernels

    predict = kernels.predict_slopes if alpha.dtype == np.float64 else kernels.predict
    predict(ac, grid.w * grid.h, alpha[rows], dc[rows], peak, packed)
    spare, band = np.empty(OCTET * grid.w, out.dtype), out[rows.start * grid.h : rows.stop * grid.h]
    kernels.unpack(packed, grid.w, grid.h, keep[rows], spare, band)


def squared_errors(plane: np.ndarray, predicted: np.ndarray, grid: Grid) -> np.ndarray:
    """The squared error of each block of two equal planes, as (grid.rows, grid.columns) int64."""
    rows, columns = np.arange(0, grid.height, grid.h), np.arange(0, grid.width, grid.w)
    result = np.empty((grid.rows, grid.columns), np.int64)
    for i, y in enumerate(rows):
        difference = plane[y : y + grid.h].astype(np.int64) - predicted[y : y + grid.h]
        result[i] = np.add.reduceat((difference * difference).sum(axis=0), columns)
    return result


def _sums_above(plane: np.ndarray, y0: int, grid: Grid) -> np.ndarray:
    """The sums of row ``y0 − 1`` over each block's columns; beyond the plane its last sample repeats."""
    sums = np.zeros(grid.octets * OCTET, np.int64)
    if y0 > 0:
        row, beyond = plane[y0 - 1], -grid.width % grid.w
        if beyond:
            row = np.pad(row, (0, beyond), mode="edge")
        row.reshape(-1, grid.w).sum(axis=1, out=sums[: grid.columns])
    return sums
