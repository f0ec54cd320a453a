"""A metric of two pictures at 1:1, 1:2, 1:4 and so on: bands of rows, with what is around them.

pictures ──rows──▶ band ─┬─▶ sums of the metric
                         └─ 2x2 means ──▶ pictures at half the size ──rows──▶ …

So only a few rows at full size are there at a time, in the form that the metric needs. The pictures at half
the size stay as a whole.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from cfl.metrics.gaussian import REACH
from cfl.threads import each

_BAND = 64
"""Rows of a band: even; fixed, so that sums do not depend on the number of threads."""
_SPARE = 8
"""Columns that kernels may read beyond those around a band."""

Rows = Callable[[np.ndarray, np.ndarray], None]
"""Sets the columns of the picture in a band to the rows with these indices."""


class Band(NamedTuple):
    """Rows `begin` to `end` of two pictures.

    Attributes
    ----------
    samples : (2, channels, REACH + rows + REACH, REACH + columns + REACH + 8) float32 array
        `columns` is the pictures' width, rounded up to a multiple of 8. Rows around the pictures are mirrored
        (the edge lies between two rows); what is around in columns is not set.
    begin, end : int
    height, width : int
        Of the pictures.
    scale : int
        0 at full size.
    """

    samples: np.ndarray
    begin: int
    end: int
    height: int
    width: int
    scale: int

    @property
    def columns(self) -> int:
        """As many as have sums."""
        return self.samples.shape[3] - 2 * REACH - _SPARE


def sums_by_scale(
    rows_of: Rows,
    shape: tuple[int, int, int],
    scales: int,
    smallest: int,
    measure: Callable[[Band], np.ndarray],
    threads: int,
) -> Iterator[np.ndarray]:
    """Measure all bands of two pictures, at each scale.

    Parameters
    ----------
    rows_of : callable
        Gives the pictures at full size.
    shape : (channels, height, width)
        Of each.
    scales : int
        How many there are at most.
    smallest : int
        Rows and columns that the smallest picture has, at least.
    measure : callable
        Returns sums over a band. It may change the band.
    threads : int

    Yields
    ------
    sums : array
        Of all bands together.
    """
    channels, height, width = shape
    for scale in range(scales):
        is_last = scale == scales - 1 or (min(height, width) + 1) // 2 < smallest
        smaller = None if is_last else _half(channels, height, width)
        work = partial(_measured, rows_of, (channels, height, width), scale, smaller, measure)
        yield np.asarray(np.sum(each(work, range(0, height, _BAND), threads), axis=0))
        if smaller is None:
            return
        rows_of = partial(_rows, smaller)
        height, width = smaller.shape[2:]


def _half(channels: int, height: int, width: int) -> np.ndarray:
    return np.empty((2, channels, (height + 1) // 2, (width + 1) // 2), np.float32)


def _measured(
    rows_of: Rows,
    shape: tuple[int, int, int],
    scale: int,
    smaller: np.ndarray | None,
    measure: Callable[[Band], np.ndarray],
    begin: int,
) -> np.ndarray:
    from cfl.metrics.gaussian_kernels import halved

    channels, height, width = shape
    end = min(begin + _BAND, height)
    columns = -(-width // 8) * 8
    samples = np.empty((2, channels, end - begin + 2 * REACH, columns + 2 * REACH + _SPARE), np.float32)
    rows_of(_mirrored(begin - REACH, end + REACH, height), samples[..., REACH : REACH + width])
    if smaller is not None:
        halved(samples, width, begin // 2, smaller)
    return measure(Band(samples, begin, end, height, width, scale))


def _mirrored(begin: int, end: int, count: int) -> np.ndarray:
    """The indices of rows `begin` to `end` of so many; the edges are mirrors between rows."""
    rows = np.arange(begin, end)
    rows = np.where(rows < 0, -1 - rows, rows)
    return np.where(rows >= count, 2 * count - 1 - rows, rows)


def _rows(pictures: np.ndarray, rows: np.ndarray, band: np.ndarray) -> None:
    band[:] = pictures[:, :, rows]
