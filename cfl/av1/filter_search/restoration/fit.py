"""The parameters of both filters for the units of a plane, for one size of units.

sums of pieces ──▶ sums of units ──▶ least squares ──▶ moved to the least RD cost, in the order of coding
"""

from typing import NamedTuple

import numpy as np

from cfl.av1.filter_search.restoration.input import RestorationInput
from cfl.av1.filter_search.restoration.least_squares import (
    least_squares_taps,
    least_squares_weights,
    unpacked,
)
from cfl.av1.filter_search.restoration.length_tables import code_lengths
from cfl.av1.filter_search.restoration.sums import PlaneSums
from cfl.av1.filter_search.restoration.units import (
    RateModel,
    UnitOrder,
    UnitParameters,
    UnitSums,
    by_unit,
    coding_order,
    piece_sides,
    unit_context,
    unit_shape,
    units_of_pieces,
)
from cfl.av1.tables.constants import RESTORE_SWITCHABLE


class PlaneFilters(NamedTuple):
    """What is found for the units of a plane, of some size; units are in raster order."""

    unit_size: int
    shape: tuple[int, int]
    """Rows and columns of units."""
    order: UnitOrder
    parameters: UnitParameters
    sse: np.ndarray
    """(units,) int64: the squared error without a filter."""
    cost: float
    """The RD cost of all units, each with its cheapest filter or none."""


def rate_model(given: RestorationInput, frame_type: int) -> RateModel:
    """What the bits of units depend on, for a FrameRestorationType."""
    return RateModel(given.lam, given.adaptive, given.type_cdf(frame_type), *code_lengths())


def fit_plane(given: RestorationInput, sums: PlaneSums, plane: int, size: int) -> PlaneFilters:
    """Find the parameters of both filters for all units of this size."""
    from cfl.av1.filter_search.restoration import choice as kernels

    shape, half = unit_shape(given.shape(plane), size), given.half(plane)
    count = shape[0] * shape[1]
    unit_sums = _unit_sums(given, sums, plane, size, shape)
    order = coding_order(given.tiling, size, shape, given.subsampling(plane))
    chosen = np.array(given.effort.sets, np.int64)
    taps = least_squares_taps(unit_sums.A, unit_sums.b, half)
    weights = least_squares_weights(unit_sums.sgr, chosen)
    parameters = UnitParameters(taps, np.zeros(count, np.int64), np.zeros((count, 2), np.int64))
    rates = rate_model(given, RESTORE_SWITCHABLE)
    cost = kernels.fit_units(
        order, unit_sums, rates, unit_context(rates), half, given.effort.steps, chosen, weights, parameters,
        np.zeros((2, 3), np.int64), np.zeros(16),
    )  # fmt: skip
    return PlaneFilters(size, shape, order, parameters, unit_sums.sse, float(cost))


def _unit_sums(
    given: RestorationInput, sums: PlaneSums, plane: int, size: int, shape: tuple[int, int]
) -> UnitSums:
    """The sums of the pieces of each unit, added up."""
    count, piece = shape[0] * shape[1], given.piece(plane)
    units = units_of_pieces(sums.wiener.shape[:2], piece, size, shape)
    wiener, sgr = (by_unit(values, units, count) for values in sums)
    height, width = given.shape(plane)
    rows = piece_sides(height, piece, given.stripe_offset(plane), units.shape[0])
    columns = piece_sides(width, piece, 0, units.shape[1])
    samples = np.zeros(count, np.int64)
    np.add.at(samples, units, rows[:, None] * columns)
    A, b = unpacked(wiener, given.half(plane))
    return UnitSums(A, b, wiener[:, -1].copy(), sgr, samples)
