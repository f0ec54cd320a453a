"""The units of loop restoration: how they lie in a plane, in which order they are coded, their parameters.

stripes × columns of pieces ──▶ units (`units_of_pieces`, `by_unit`) ──▶ order of coding (`coding_order`)
"""

from typing import NamedTuple

import numpy as np

from cfl.av1.filter_search.restoration.input import Tiling
from cfl.av1.headers.filters import units_in_frame


class UnitOrder(NamedTuple):
    """The order in which the units of a plane are coded."""

    units: np.ndarray
    """(units,) int64: units, counted in raster order."""
    begins_tile: np.ndarray
    """(units,) int64: 1 where a unit is the first in its tile, else 0."""


class UnitSums(NamedTuple):
    """What determines the squared error of every filter, unit by unit."""

    A: np.ndarray
    """(units, n, n) float64: products of the Wiener filter's n features with each other."""
    b: np.ndarray
    """(units, n) float64: their products with the error."""
    sse: np.ndarray
    """(units,) int64: the squared error without a filter."""
    sgr: np.ndarray
    """(units, sets, 5) int64: see `sums_kernels.self_guided_products`."""
    samples: np.ndarray
    """(units,) int64: how many samples a unit has."""


class UnitParameters(NamedTuple):
    """The parameters of both filters, unit by unit."""

    taps: np.ndarray
    """(units, 2, 3) int64: LrWiener, vertical first."""
    sets: np.ndarray
    """(units,) int64: LrSgrSet."""
    xqd: np.ndarray
    """(units, 2) int64: LrSgrXqd."""


class RateModel(NamedTuple):
    """What the bits of units depend on."""

    lam: float
    """λ: what a bit is worth, in squared error."""
    adaptive: bool
    """Whether CDFs adapt."""
    cdf: np.ndarray
    """(2,) or (3,) int64: of use_wiener, use_sgrproj or restoration_type where a tile begins, as
    `entropy.cdfs` has it: complements, and the counter."""
    tap_bits: np.ndarray
    """(3, 64, 64) int64: see `length_tables.code_lengths`."""
    weight_bits: np.ndarray
    """(2, 128, 128) int64: likewise."""


class UnitContext(NamedTuple):
    """What the next unit is coded with; kernels keep it up to date."""

    cdf: np.ndarray
    """Of the type, adapted; shaped as that of the rate model."""
    taps: np.ndarray
    """(2, 3) int64: RefLrWiener."""
    xqd: np.ndarray
    """(2,) int64: RefSgrXqd."""


def unit_context(rates: RateModel) -> UnitContext:
    """Room for what the next unit is coded with; kernels set it where a tile begins."""
    return UnitContext(np.zeros_like(rates.cdf), np.zeros((2, 3), np.int64), np.zeros(2, np.int64))


def unit_shape(plane_shape: tuple[int, int], size: int) -> tuple[int, int]:
    """How many rows and columns of units of that size a plane has."""
    height, width = plane_shape
    return units_in_frame(size, height), units_in_frame(size, width)


def units_of_pieces(pieces: tuple[int, ...], piece: int, size: int, shape: tuple[int, int]) -> np.ndarray:
    """(stripes, columns) int64: the unit of each piece, in raster order of units."""
    rows, columns = (
        np.minimum(np.arange(n) * piece // size, units - 1) for n, units in zip(pieces, shape, strict=True)
    )
    return rows[:, None] * shape[1] + columns


def by_unit(values: np.ndarray, units: np.ndarray, count: int) -> np.ndarray:
    """The pieces' sums, added up for each unit."""
    sums = np.zeros((count, *values.shape[2:]), np.int64)
    np.add.at(sums, units, values)
    return sums


def piece_sides(length: int, piece: int, offset: int, count: int) -> np.ndarray:
    """The length of each piece along a side; the first is shorter by the offset, and so is the last."""
    borders = np.clip(np.arange(count + 1) * piece - offset, 0, length)
    return np.diff(borders)


def coding_order(
    tiling: Tiling, size: int, shape: tuple[int, int], subsampling: tuple[int, int]
) -> UnitOrder:
    """The order in which the units of a plane are coded (read_lr, AV1 specification 5.11.57).

    Parameters
    ----------
    tiling : Tiling
    size : int
        Of units, in samples of the plane.
    shape : (rows, columns)
        How many units there are.
    subsampling : (int, int)
        Of rows and of columns.
    """
    tiles, superblocks = [], []
    starts = tiling.mi_row_starts, tiling.mi_col_starts
    for count, shift, first in zip(shape, subsampling, starts, strict=True):
        place = np.arange(count, dtype=np.int64) * size << shift  # in luma samples
        tiles.append(np.searchsorted(np.asarray(first[1:-1]) * 4, place, side="right"))
        superblocks.append(place // tiling.sb_size)
    rows, columns = (index.reshape(-1) for index in np.indices(shape))
    keys = (
        columns, rows, superblocks[1][columns], superblocks[0][rows], tiles[1][columns], tiles[0][rows],
    )  # fmt: skip
    order = np.lexsort(keys)
    tile = (tiles[0][rows] * (len(starts[1]) - 1) + tiles[1][columns])[order]
    return UnitOrder(order, np.concatenate([[1], np.diff(tile) != 0]).astype(np.int64))
