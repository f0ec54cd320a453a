"""The choice of loop restoration: the planes' types, the size of units, and the filter of each.

    deblocked and CDEF pictures, source ──▶ sums of products of small pieces (`restoration_sums`)
        ──▶ for every size of units: sums of its pieces ──▶ parameters by least squares, then by D + λR
        ──▶ the size that is cheapest for all planes together
        ──▶ all units filtered with both filters ──▶ types by the true errors and bits

(AV1 specification 7.17, 5.9.20, 5.11.58.) What is filtered is what the decoder will filter, with deblocked
rows beyond the stripes' borders.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cfl.av1.entropy.cdfs import RESTORATION_TYPE_CDF, USE_SGRPROJ_CDF, USE_WIENER_CDF, default_context
from cfl.av1.filter_search.restoration_least_squares import (
    least_squares_taps,
    least_squares_weights,
    unpacked,
)
from cfl.av1.filter_search.squared_error import squared_error
from cfl.av1.filters import restoration
from cfl.av1.filters.restoration import (
    PlaneRestoration,
    RestorationFrame,
    border_rows,
    restore_stripes,
    stripes_in_frame,
)
from cfl.av1.headers.filters import LrParams, units_in_frame
from cfl.av1.reconstruction.frame_arrays import FrameArrays
from cfl.av1.speeds import RestorationEffort
from cfl.av1.tables.constants import (
    RESTORATION_TILESIZE_MAX,
    RESTORE_NONE,
    RESTORE_SGRPROJ,
    RESTORE_SWITCHABLE,
    RESTORE_WIENER,
    SGRPROJ_PRJ_SUBEXP_K,
)
from cfl.av1.tables.restoration import (
    SGR_PARAMS,
    SGRPROJ_XQD_MAX,
    SGRPROJ_XQD_MIN,
    WIENER_TAPS_K,
    WIENER_TAPS_MAX,
    WIENER_TAPS_MIN,
)
from cfl.threads import each

_TYPE_CDF = {
    RESTORE_WIENER: (USE_WIENER_CDF, 2),
    RESTORE_SGRPROJ: (USE_SGRPROJ_CDF, 2),
    RESTORE_SWITCHABLE: (RESTORATION_TYPE_CDF, 3),
}


class Tiling(NamedTuple):
    """Where tiles and superblocks lie: units are coded with the superblock in which they begin."""

    mi_row_starts: Sequence[int]
    """In units of 4x4 luma samples; the last is the end."""
    mi_col_starts: Sequence[int]
    sb_size: int
    """64 or 128."""


class _Products(NamedTuple):
    """The sums of a plane's pieces."""

    wiener: np.ndarray
    """(stripes, columns, n) int64."""
    sgr: np.ndarray
    """(stripes, columns, sets, 5) int64."""


class _Fit(NamedTuple):
    """What is found for the units of a plane of some size."""

    unit_size: int
    shape: tuple[int, int]
    order: np.ndarray
    begins: np.ndarray
    taps: np.ndarray
    """(units, 2, 3) int64, units in raster order."""
    sets: np.ndarray
    xqd: np.ndarray
    plain: np.ndarray
    """(units,) int64: the squared error without a filter."""
    cost: float


class Restoration(NamedTuple):
    """What is chosen; see `written`."""

    shift: int
    uv_shift: int
    fits: list[_Fit]
    types: list[int]
    """FrameRestorationType of each plane."""
    kinds: list[np.ndarray]
    """LrType of each plane's units."""
    cost: float
    """The squared error of all planes, and what the bits are worth."""


def search_restoration(
    source: Sequence[np.ndarray],
    deblocked: Sequence[np.ndarray],
    planes: Sequence[np.ndarray],
    frame: RestorationFrame,
    tiling: Tiling,
    *,
    room: tuple[int, ...],
    rate_factor: float,
    base_q_idx: int,
    adaptive: bool,
    effort: RestorationEffort,
    threads: int = 1,
) -> Restoration:
    """Choose the parameters of loop restoration.

    Parameters
    ----------
    source, deblocked, planes : one or three C-contiguous uint16 arrays
        What the picture should be, and what it is after deblocking and after CDEF: padded as `frame_buffers`.
    frame : RestorationFrame
        Without superres; its planes are not looked at.
    tiling : Tiling
    room : (rows, columns)
        How many units there may be in a plane.
    rate_factor : float
        What a bit is worth, in squared error.
    base_q_idx : int
    adaptive : bool
        Whether CDFs adapt.
    effort : RestorationEffort
    threads : int, optional
    """
    context = default_context(base_q_idx)
    search = _Search(source, planes, frame, effort, rate_factor, adaptive, context, tiling)
    borders = [plane[border_rows(frame, i)] for i, plane in enumerate(deblocked)]
    products = _all_products(search, borders, threads)
    shift, uv_shift, fits = _cheapest_size(search, products, room, threads)
    if not fits:
        return Restoration(0, 0, [], [], [], np.inf)
    errors = _true_errors(search, borders, fits, threads)
    chosen = [_cheapest_type(search, plane, fit, errors[plane]) for plane, fit in enumerate(fits)]
    types, kinds, costs = (list(part) for part in zip(*chosen, strict=True))
    return Restoration(shift, uv_shift, fits, types, kinds, sum(costs))


class _Search(NamedTuple):
    """What all parts of the search look at."""

    source: Sequence[np.ndarray]
    planes: Sequence[np.ndarray]
    frame: RestorationFrame
    effort: RestorationEffort
    rate_factor: float
    adaptive: bool
    context: np.ndarray
    tiling: Tiling

    def shifts(self, plane: int) -> tuple[int, int]:
        """Subsampling of a plane: of rows, of columns."""
        return (self.frame.subsampling_y, self.frame.subsampling_x) if plane else (0, 0)

    def shape(self, plane: int) -> tuple[int, int]:
        """Rows and columns of a plane."""
        (shift_y, shift_x), frame = self.shifts(plane), self.frame
        return frame.frame_height + shift_y >> shift_y, frame.upscaled_width + shift_x >> shift_x

    def piece(self, plane: int) -> int:
        """How high and wide pieces are: no unit is smaller."""
        return 64 >> self.shifts(plane)[0]

    def half(self, plane: int) -> int:
        """How many coefficients the Wiener filter has beside the middle one."""
        return 2 if plane else 3

    def cdf(self, frame_type: int) -> np.ndarray:
        """The CDF of units' types."""
        offset, n = _TYPE_CDF[frame_type]
        return self.context[offset : offset + n].astype(np.int64)

    def is_420(self) -> bool:
        """Whether chroma units may be half as large."""
        return len(self.planes) > 1 and self.frame.subsampling_x == self.frame.subsampling_y == 1


# --- sums of products -------------------------------------------------------------------------------------


def _all_products(search: _Search, borders: Sequence[np.ndarray], threads: int) -> list[_Products]:
    """The sums of all pieces of all planes; stripes run at the same time."""
    stripes = stripes_in_frame(search.frame.frame_height)
    products = []
    for plane in range(len(search.planes)):
        columns = -(-search.shape(plane)[1] // search.piece(plane))
        count = (search.half(plane) + 1) ** 2
        wiener = np.zeros((stripes, columns, count * (count + 1) // 2), np.int64)
        products.append(_Products(wiener, np.zeros((stripes, columns, len(search.effort.sets), 5), np.int64)))
    work = [(plane, stripe) for stripe in range(stripes) for plane in range(len(search.planes))]
    each(lambda item: _stripe_products(search, borders, *item, products[item[0]]), work, threads)
    return products


def _stripe_products(
    search: _Search, borders: Sequence[np.ndarray], plane: int, stripe: int, products: _Products
) -> None:
    """Fill in the sums of a stripe of a plane."""
    from cfl.av1.filter_search import restoration_sums as kernels
    from cfl.av1.filters.restoration_layout import SIDE, STRIDE

    height, width = search.shape(plane)
    piece, offset = search.piece(plane), 8 >> search.shifts(plane)[0]
    top, bottom = max(0, stripe * piece - offset), min(height, (stripe + 1) * piece - offset)
    if top >= bottom:
        return
    samples, wanted = search.planes[plane], search.source[plane]
    source = restoration.surrounded_stripe(borders[plane], stripe, samples, top, bottom, width, height)
    counting = np.arange(16, dtype=np.int16)
    place = source.reshape(-1), source.shape[1], bottom - top, width, piece
    goal = wanted.reshape(-1), wanted.shape[1], top, counting
    kernels.wiener_products(
        *place,
        search.half(plane),
        *goal,
        np.empty(4 * kernels.SUM_STRIDE, np.int16),
        np.empty(kernels.FEATURES * SIDE, np.int16),
        products.wiener[stripe],
    )
    if not search.effort.sets:
        return
    kernels.self_guided_products(
        *place,
        search.frame.bit_depth,
        np.array(search.effort.sets, np.int64),
        SGR_PARAMS,
        *goal,
        *np.empty((2, STRIDE + 8), np.int32),
        *np.empty((2, (SIDE + 2) * STRIDE), np.int32),
        np.empty(SIDE * SIDE, np.int32),
        np.empty(3 * SIDE * SIDE + 16, np.int16),
        products.sgr[stripe],
    )
    if search.frame.bit_depth == 12:  # whose features are in quarters, not in 2^-4
        products.sgr[stripe] *= np.array([16, 16, 16, 4, 4])


# --- sizes ------------------------------------------------------------------------------------------------


def _cheapest_size(
    search: _Search, products: list[_Products], room: tuple[int, ...], threads: int
) -> tuple[int, int, list[_Fit]]:
    """lr_unit_shift, lr_uv_shift and each plane's units, cheapest for all planes; no units if none fit."""
    choices = list(_sizes(search, room))
    wanted = sorted({(plane, size) for _, _, sizes in choices for plane, size in enumerate(sizes)})
    fits = dict(
        zip(wanted, each(lambda item: _fit(search, products[item[0]], *item), wanted, threads), strict=True)
    )
    best: tuple[int, int, list[_Fit]] = (0, 0, [])
    least = np.inf
    for shift, uv_shift, sizes in choices:
        chosen = [fits[plane, size] for plane, size in enumerate(sizes)]
        cost = sum(fit.cost for fit in chosen)
        if cost < least:
            least, best = cost, (shift, uv_shift, chosen)
    return best


def _sizes(search: _Search, room: tuple[int, ...]) -> Iterator[tuple[int, int, list[int]]]:
    """lr_unit_shift, lr_uv_shift and the size of units in each plane, as far as arrays have room for them."""
    for shift in search.effort.shifts:
        if search.tiling.sb_size == 128 and shift == 0:
            continue
        for uv_shift in search.effort.uv_shifts if search.is_420() else (0,):
            luma = RESTORATION_TILESIZE_MAX >> (2 - shift)
            sizes = [luma, luma >> uv_shift, luma >> uv_shift][: len(search.planes)]
            shapes = [_unit_shape(search, plane, size) for plane, size in enumerate(sizes)]
            if all(rows <= room[0] and columns <= room[1] for rows, columns in shapes):
                yield shift, uv_shift, sizes


def _unit_shape(search: _Search, plane: int, size: int) -> tuple[int, int]:
    height, width = search.shape(plane)
    return units_in_frame(size, height), units_in_frame(size, width)


def _fit(search: _Search, products: _Products, plane: int, size: int) -> _Fit:
    """Find both filters' parameters for units of this size."""
    from cfl.av1.filter_search import restoration_choice as kernels

    shape = _unit_shape(search, plane, size)
    count = shape[0] * shape[1]
    units = _units_of_pieces(products.wiener.shape[:2], search.piece(plane), size, shape)
    wiener, sgr = (_by_unit(values, units, count) for values in products)
    height, width = search.shape(plane)
    piece, offset = search.piece(plane), 8 >> search.shifts(plane)[0]
    rows, columns = _sides(height, piece, offset, units.shape[0]), _sides(width, piece, 0, units.shape[1])
    samples = np.zeros(count, np.int64)
    np.add.at(samples, units, rows[:, None] * columns)
    order, begins = coding_order(search.tiling, size, shape, search.shifts(plane))
    sets, xqd, costs = np.zeros(count, np.int64), np.zeros((count, 2), np.int64), np.zeros(1)
    chosen, half = np.array(search.effort.sets, np.int64), search.half(plane)
    A, b = unpacked(wiener, half)
    taps, weights = least_squares_taps(A, b, half), least_squares_weights(sgr, chosen)
    plain = wiener[:, -1].copy()
    kernels.fit_units(
        order, begins, A, b, plain, sgr, chosen, samples, half, search.rate_factor,
        search.effort.steps, search.adaptive, search.cdf(RESTORE_SWITCHABLE), *code_lengths(), np.zeros(16),
        *_references(), np.zeros((2, 3), np.int64), np.zeros(3, np.int64), taps, weights, sets, xqd, costs,
    )  # fmt: skip
    return _Fit(size, shape, order, begins, taps, sets, xqd, plain, float(costs[0]))


def _units_of_pieces(pieces: tuple[int, ...], piece: int, size: int, shape: tuple[int, int]) -> np.ndarray:
    """(stripes, columns) int64: the unit of each piece, in raster order of units."""
    rows, columns = (
        np.minimum(np.arange(n) * piece // size, units - 1) for n, units in zip(pieces, shape, strict=True)
    )
    return rows[:, None] * shape[1] + columns


def _by_unit(values: np.ndarray, units: np.ndarray, count: int) -> np.ndarray:
    """The pieces' sums added up for each unit."""
    together = np.zeros((count, *values.shape[2:]), np.int64)
    np.add.at(together, units, values)
    return together


def _sides(length: int, piece: int, offset: int, count: int) -> np.ndarray:
    """How long each piece is along a side; the first is shorter by the offset, and so is the last."""
    borders = np.clip(np.arange(count + 1) * piece - offset, 0, length)
    return np.diff(borders)


def coding_order(
    tiling: Tiling, size: int, shape: tuple[int, int], shifts: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The order in which the units of a plane are coded (read_lr, AV1 specification 5.11.57).

    Parameters
    ----------
    tiling : Tiling
    size : int
        Of units, in samples of the plane.
    shape : (rows, columns)
        How many units there are.
    shifts : (int, int)
        Subsampling of rows and of columns.

    Returns
    -------
    order : (units,) int64 array
        Units, counted in raster order.
    begins : (units,) int64 array
        1 where a unit is the first in its tile, else 0.
    """
    tiles, superblocks = [], []
    starts = tiling.mi_row_starts, tiling.mi_col_starts
    for count, shift, first in zip(shape, shifts, starts, strict=True):
        place = np.arange(count, dtype=np.int64) * size << shift  # in luma samples
        tiles.append(np.searchsorted(np.asarray(first[1:-1]) * 4, place, side="right"))
        superblocks.append(place // tiling.sb_size)
    rows, columns = (index.reshape(-1) for index in np.indices(shape))
    keys = (
        columns, rows, superblocks[1][columns], superblocks[0][rows], tiles[1][columns], tiles[0][rows],
    )  # fmt: skip
    order = np.lexsort(keys)
    tile = (tiles[0][rows] * (len(starts[1]) - 1) + tiles[1][columns])[order]
    return order, np.concatenate([[1], np.diff(tile) != 0]).astype(np.int64)


def _references() -> tuple[np.ndarray, np.ndarray]:
    """RefLrWiener and RefSgrXqd of a plane, for kernels."""
    return np.zeros((2, 3), np.int64), np.zeros(2, np.int64)


@cache
def code_lengths() -> tuple[np.ndarray, np.ndarray]:
    """The bits of the parameters of units (decode_signed_subexp_with_ref_bool, AV1 specification 5.11.58).

    Returns
    -------
    tap_bits : (3, 64, 64) int64 array
        Of Wiener's coefficients: by which, the reference and the value, both less the least value.
    weight_bits : (2, 128, 128) int64 array
        Of the self-guided filter's, likewise.
    """
    taps, weights = np.zeros((3, 64, 64), np.int64), np.zeros((2, 128, 128), np.int64)
    for table, low, high, k in (
        (taps, WIENER_TAPS_MIN, WIENER_TAPS_MAX, WIENER_TAPS_K),
        (weights, SGRPROJ_XQD_MIN, SGRPROJ_XQD_MAX, [SGRPROJ_PRJ_SUBEXP_K] * 2),
    ):
        for i, symbols in enumerate(high - low + 1):
            table[i, :symbols, :symbols] = _subexp_bits(int(symbols), int(k[i]))
    return taps, weights


def _subexp_bits(symbols: int, k: int) -> np.ndarray:
    """(symbols, symbols) int64: the bits of a value, by the reference and the value."""
    reference, value = np.indices((symbols, symbols))
    mirrored = 2 * reference > symbols
    reference = np.where(mirrored, symbols - 1 - reference, reference)
    value = np.where(mirrored, symbols - 1 - value, value)
    distance = np.where(value >= reference, 2 * (value - reference), 2 * (reference - value) - 1)
    distance = np.where(value > 2 * reference, value, distance)
    lengths = np.zeros(symbols, np.int64)
    first, width, flags = 0, k, 0
    while symbols > first + 3 * (1 << width):
        flags += 1
        lengths[first : first + (1 << width)] = flags + width
        first += 1 << width
        width += flags > 1
    # The rest is coded with nearly equal lengths (ns(n) of 4.10.7).
    rest = symbols - first
    bits = rest.bit_length()
    lengths[first:] = flags + bits
    lengths[first : first + (1 << bits) - rest] -= 1
    return lengths[distance]


# --- types ------------------------------------------------------------------------------------------------


def _true_errors(
    search: _Search, borders: Sequence[np.ndarray], fits: list[_Fit], threads: int
) -> list[np.ndarray]:
    """For each plane the squared error of its units without a filter and with each: (3, units) int64."""
    errors = [np.tile(fit.plain, (3, 1)) for fit in fits]
    for kind in (RESTORE_WIENER, RESTORE_SGRPROJ) if search.effort.sets else (RESTORE_WIENER,):
        targets = _restored(search, borders, fits, kind, threads)
        for plane, fit in enumerate(fits):
            errors[plane][kind] = _unit_errors(search, plane, fit, targets[plane])
    return errors


def _restored(
    search: _Search, borders: Sequence[np.ndarray], fits: list[_Fit], kind: int, threads: int
) -> list[np.ndarray]:
    """All planes with all units filtered by one kind of filter."""
    frame = search.frame._replace(
        planes=[
            PlaneRestoration(
                fit.unit_size,
                np.full(fit.shape, kind),
                fit.taps.reshape(*fit.shape, 2, 3),
                fit.sets.reshape(fit.shape),
                fit.xqd.reshape(*fit.shape, 2),
            )
            for fit in fits
        ]
    )
    targets = [np.empty_like(plane) for plane in search.planes]
    stripes = range(stripes_in_frame(frame.frame_height))
    each(lambda s: restore_stripes(borders, search.planes, targets, frame, s, s + 1), stripes, threads)
    return targets


def _unit_errors(search: _Search, plane: int, fit: _Fit, target: np.ndarray) -> np.ndarray:
    """(units,) int64: the squared error in each unit."""
    height, width = search.shape(plane)
    offset = 8 >> search.shifts(plane)[0]
    tops = np.maximum(np.arange(fit.shape[0]) * fit.unit_size - offset, 0)
    lefts = np.arange(fit.shape[1]) * fit.unit_size
    return np.array(
        [
            squared_error(target, search.source[plane], (bottom - top, right - left), (top, left))
            for top, bottom in pairwise([*tops.tolist(), height])
            for left, right in pairwise([*lefts.tolist(), width])
        ]
    )


def _cheapest_type(
    search: _Search, plane: int, fit: _Fit, errors: np.ndarray
) -> tuple[int, np.ndarray, float]:
    """FrameRestorationType of a plane, LrType of its units, and what that costs."""
    from cfl.av1.filter_search import restoration_choice as kernels

    none = RESTORE_NONE, np.zeros(fit.plain.size, np.int64), float(fit.plain.sum())
    best = none
    types = [RESTORE_WIENER, RESTORE_SGRPROJ, RESTORE_SWITCHABLE] if search.effort.sets else [RESTORE_WIENER]
    for frame_type in types:
        cdf = search.cdf(frame_type)
        kinds = np.zeros(fit.plain.size, np.int64)
        cost = kernels.choose_types(
            fit.order, fit.begins, errors, fit.taps, fit.sets, fit.xqd, search.half(plane),
            search.rate_factor, frame_type, search.adaptive, cdf, *code_lengths(), *_references(),
            np.zeros_like(cdf), kinds,
        )  # fmt: skip
        if cost < best[2] and kinds.any():
            best = frame_type, kinds, cost
    return best


def written(found: Restoration, arrays: FrameArrays) -> LrParams:
    """Write the units' parameters to `arrays`, whose like are 0 before, and return the frame's."""
    params = LrParams()
    for plane, (fit, frame_type, units) in enumerate(zip(found.fits, found.types, found.kinds, strict=True)):
        if frame_type == RESTORE_NONE:
            continue
        params.frame_restoration_type[plane] = frame_type
        place = plane, slice(fit.shape[0]), slice(fit.shape[1])
        kinds = units.reshape(fit.shape)
        wiener, sgr = (kinds == kind for kind in (RESTORE_WIENER, RESTORE_SGRPROJ))
        arrays.lr_type[place] = kinds
        arrays.lr_wiener[place] = fit.taps.reshape(*fit.shape, 2, 3) * wiener[..., None, None]
        arrays.lr_sgr_set[place] = fit.sets.reshape(fit.shape) * sgr
        arrays.lr_sgr_xqd[place] = fit.xqd.reshape(*fit.shape, 2) * sgr[..., None]
    if not params.uses_lr:
        return params
    params.lr_unit_shift = found.shift
    params.lr_uv_shift = found.uv_shift if any(params.frame_restoration_type[1:]) else 0
    luma = RESTORATION_TILESIZE_MAX >> (2 - params.lr_unit_shift)
    chroma = luma >> params.lr_uv_shift
    params.loop_restoration_size = [luma, chroma, chroma]
    return params
