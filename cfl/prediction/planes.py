"""Chroma from luma over whole planes: bands of block rows, on one thread or several."""

import functools
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

BAND_SAMPLES = 1 << 16
"""Chroma samples of one plane in a band: then its packed luma and chroma fit a core's second-level cache."""

RUNS = 4
"""How many runs of bands each of several threads gets, on average."""

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
        from cfl.prediction.eight_blocks import bands as kernels

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

    @property
    def band_rows(self) -> int:
        """Block rows of a band."""
        return max(1, min(self.rows, BAND_SAMPLES // (self.octets * self.octet_size)))

    def runs(self, threads: int) -> Iterator[tuple[int, int]]:
        """Block rows from … to …: all at once for one thread, some bands at a time for several."""
        bands = -(-self.rows // self.band_rows)
        step = self.rows if threads == 1 else -(-bands // (threads * RUNS)) * self.band_rows
        return ((first, min(first + step, self.rows)) for first in range(0, self.rows, step))

    @property
    def octets(self) -> int:
        """Octets of blocks in a row, the last one perhaps not full."""
        return -(-self.columns // OCTET)

    @property
    def octet_size(self) -> int:
        """Samples of an octet."""
        return OCTET * self.w * self.h

    def empty_plane(self, dtype: Any) -> np.ndarray:
        """A plane that holds all blocks whole."""
        return np.empty((self.rows * self.h, self.columns * self.w), dtype)

    def visible(self, plane: np.ndarray) -> np.ndarray:
        """The part of such a plane that lies in the picture, C-contiguous."""
        return np.ascontiguousarray(plane[: self.height, : self.width])


class Luma(NamedTuple):
    """A luma plane prepared for the kernels: its width is even where chroma is subsampled."""

    plane: np.ndarray
    subsampling_x: int
    subsampling_y: int

    @classmethod
    def of(cls, plane: np.ndarray, subsampling_x: int, subsampling_y: int) -> "Luma":
        """Wrap a plane; an odd last column is repeated (in a copy) where chroma has half the columns."""
        if subsampling_x and plane.shape[1] % 2:
            plane = np.pad(plane, ((0, 0), (0, 1)), mode="edge")
        return cls(_read_only(plane), subsampling_x, subsampling_y)


class Scratch(NamedTuple):
    """Memory that the kernels work in: see `eight_blocks.whole_planes`."""

    ac: np.ndarray
    u: np.ndarray
    v: np.ndarray
    row: np.ndarray
    table: np.ndarray
    above: np.ndarray
    groups: np.ndarray
    block_ac: np.ndarray
    block: np.ndarray
    octet: np.ndarray
    spare: np.ndarray


class _Kept(threading.local):
    """Arrays that a thread reuses: new memory would cost a page fault every 4 KiB."""

    def take(self, name: str, size: int, dtype: Any = np.int16) -> np.ndarray:
        """An uninitialised array of that size; it is valid until the thread asks for that name again."""
        array = self.__dict__.get(name)
        if array is None or array.size < size or array.dtype != dtype:
            array = self.__dict__[name] = np.empty(size, dtype)
        return array if array.size == size else array[:size]


_kept = _Kept()


def scratch_for(grid: Grid, dtype: Any, n: int = 0) -> Scratch:
    """This thread's scratch memory for bands of a grid of planes of that dtype, and blocks of `n` samples."""
    from cfl.prediction.eight_blocks.alpha_search import GROUPS
    from cfl.prediction.eight_blocks.sums_table import TABLE

    take, octets, n = _kept.take, grid.band_rows * grid.octets, max(n, grid.w * grid.h)
    sums, samples, row = sums_dtype(dtype), octets * grid.octet_size, grid.octets * OCTET * grid.w
    return Scratch(
        ac=take("ac", samples),
        u=take("u", samples),
        v=take("v", samples),
        row=take("row", row),
        table=take("table", octets * TABLE, sums),
        above=take("above", grid.octets * OCTET, np.dtype(np.int32)),
        groups=take("groups", octets * GROUPS, np.dtype(np.int64)),
        block_ac=take("block_ac", n + 2 * OCTET),
        block=take("block", n + 2 * OCTET),
        octet=take("octet", grid.octet_size),
        spare=take("spare", OCTET * grid.w, np.dtype(dtype)),
    )


def sums_dtype(dtype: Any) -> np.dtype:
    """The dtype that holds the sums of squares of a block exactly."""
    return np.dtype(np.int32 if dtype == np.uint8 else np.int64)


def packed_block(block: np.ndarray) -> np.ndarray:
    """One block as the first of a packed octet; the others are 0."""
    packed = np.zeros((-(-block.size // 2), OCTET, 2), np.int16)
    samples = block.ravel()
    packed[:, 0, 0], packed[: samples.size // 2, 0, 1] = samples[0::2], samples[1::2]
    return packed.ravel()


def unpacked_block(packed: np.ndarray, w: int, h: int) -> np.ndarray:
    """The first block of a packed octet."""
    return packed.reshape(-1, OCTET, 2)[:, 0].reshape(h, w)


@functools.lru_cache(maxsize=2)
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that are kept, and so their scratch memory is too."""
    return ThreadPoolExecutor(threads, "cfl-bands")


if hasattr(os, "register_at_fork"):  # a forked process has no threads but the one that forked
    os.register_at_fork(after_in_child=_pool.cache_clear)


def over_runs(work: Callable[[tuple[int, int]], None], grid: Grid, threads: int) -> None:
    """Do the work for each run of block rows; they do not depend on each other."""
    runs = grid.runs(threads)
    for _ in map(work, runs) if threads == 1 else _pool(threads).map(work, runs):
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
    shape = (2, grid.rows, grid.columns)
    fit = PlaneFit(
        np.empty(shape, np.int8 if quantised else np.float64),
        np.empty(shape, np.int32),
        np.empty(shape, np.int64),
        np.empty(shape, np.int64),
        np.empty(shape, np.float64),
    )
    nothing = np.empty((0, 0), u.dtype)
    keep, planes = np.ones(shape[1:], bool), (_read_only(u), _read_only(v))
    out = (nothing, nothing) if out is None else out

    def work(rows: tuple[int, int]) -> None:
        if quantised and _is_wide(luma, grid):
            _fit_wide(luma, planes, grid, rows, use_mean, peak, fit, keep, out)
            return
        from cfl.prediction.eight_blocks import whole_planes as kernels

        scratch = scratch_for(grid, u.dtype)
        common = luma, planes, grid, *rows, grid.band_rows, use_mean, peak, scratch, fit
        if quantised:
            kernels.fit_bands(*common, keep, out)
        else:
            kernels.fit_slopes(*common, np.empty((2, 0, 0), np.int8), keep, out)

    over_runs(work, grid, threads)
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
    keep = np.ones(alpha.shape[1:], bool) if keep is None else keep

    def work(rows: tuple[int, int]) -> None:
        if alpha.dtype == np.int8 and _is_wide(luma, grid):
            _predict_wide(luma, grid, rows, alpha, dc, keep, peak, out)
            return
        from cfl.prediction.eight_blocks import whole_planes as kernels

        scratch = scratch_for(grid, luma.plane.dtype)
        kernels.predict_bands(luma, grid, *rows, grid.band_rows, alpha, dc, keep, peak, scratch, out)

    over_runs(work, grid, threads)


def _is_wide(luma: Luma, grid: Grid) -> bool:
    """Whether the kernels of `wide_blocks` can be used."""
    return grid.w == 32 and luma.subsampling_x == luma.subsampling_y == 0


def _fit_wide(
    luma: Luma,
    chroma: tuple[np.ndarray, np.ndarray],
    grid: Grid,
    rows: tuple[int, int],
    use_mean: bool,
    peak: int,
    fit: PlaneFit,
    keep: np.ndarray,
    out: tuple[np.ndarray, np.ndarray],
) -> None:
    from cfl.prediction.wide_blocks import whole_planes as kernels

    planes, edge = (luma.plane, *chroma), tuple(_edge_block(grid, luma.plane.dtype) for _ in "yuv")
    kernels.fit_blocks(planes, grid, *rows, use_mean, peak, edge, fit, keep, out)


def _predict_wide(
    luma: Luma,
    grid: Grid,
    rows: tuple[int, int],
    alpha: np.ndarray,
    dc: np.ndarray,
    keep: np.ndarray,
    peak: int,
    out: tuple[np.ndarray, np.ndarray],
) -> None:
    from cfl.prediction.wide_blocks import whole_planes as kernels

    edge = _edge_block(grid, luma.plane.dtype)
    kernels.predict_blocks(luma.plane, grid, *rows, alpha, dc, keep, peak, edge, out)


def _edge_block(grid: Grid, dtype: Any) -> np.ndarray:
    return np.empty((2 * grid.h, grid.w), dtype)


def _read_only(plane: np.ndarray) -> np.ndarray:
    """A read-only view, so that kernels are compiled for one type of array."""
    view = plane.view()
    view.flags.writeable = False
    return view


def squared_errors(plane: np.ndarray, predicted: np.ndarray, grid: Grid) -> np.ndarray:
    """The squared error of each block of two equal planes, as (grid.rows, grid.columns) int64."""
    rows, columns = np.arange(0, grid.height, grid.h), np.arange(0, grid.width, grid.w)
    result = np.empty((grid.rows, grid.columns), np.int64)
    for i, y in enumerate(rows):
        difference = plane[y : y + grid.h].astype(np.int64) - predicted[y : y + grid.h]
        result[i] = np.add.reduceat((difference * difference).sum(axis=0), columns)
    return result
