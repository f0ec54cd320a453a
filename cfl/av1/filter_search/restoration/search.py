"""The search for loop restoration: the planes' types, the size of units, and the filter of each unit.

    deblocked and CDEF pictures, source ──▶ sums of products over small pieces (`sums`)
        ──▶ for every size of units: parameters by least squares, then by RD cost (`fit`)
        ──▶ the size of least RD cost for all planes together
        ──▶ all units filtered with both filters ──▶ types by the true errors and bits

(AV1 specification 7.17, 5.9.20, 5.11.58.) What is filtered is what the decoder will filter, with deblocked
rows beyond the stripes' borders.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cfl.av1.entropy.cdfs import default_context
from cfl.av1.filter_search.restoration.fit import PlaneFilters, fit_plane, rate_model
from cfl.av1.filter_search.restoration.input import RestorationInput, Tiling
from cfl.av1.filter_search.restoration.sums import PlaneSums, sums_of_planes
from cfl.av1.filter_search.restoration.units import unit_context, unit_shape
from cfl.av1.filter_search.squared_error import squared_error
from cfl.av1.filters.restoration import (
    PlaneRestoration,
    RestorationFrame,
    border_rows,
    restore_stripes,
    stripes_in_frame,
)
from cfl.av1.headers.filters import LrParams
from cfl.av1.reconstruction.frame_arrays import FrameArrays
from cfl.av1.speeds import RestorationEffort
from cfl.av1.tables.constants import (
    RESTORATION_TILESIZE_MAX,
    RESTORE_NONE,
    RESTORE_SGRPROJ,
    RESTORE_SWITCHABLE,
    RESTORE_WIENER,
)
from cfl.threads import each


class Restoration(NamedTuple):
    """What is chosen; `written` puts it into a frame."""

    shift: int
    uv_shift: int
    fits: list[PlaneFilters]
    types: list[int]
    """FrameRestorationType of each plane."""
    kinds: list[np.ndarray]
    """LrType of each plane's units."""
    cost: float
    """The RD cost: the squared error of all planes, and λ times the bits."""


def search_restoration(
    source: Sequence[np.ndarray],
    deblocked: Sequence[np.ndarray],
    planes: Sequence[np.ndarray],
    frame: RestorationFrame,
    tiling: Tiling,
    *,
    room: tuple[int, ...],
    lam: float,
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
        Without superres; its `planes` are ignored.
    tiling : Tiling
    room : (rows, columns)
        How many units there may be in a plane.
    lam : float
        λ: what a bit is worth, in squared error.
    base_q_idx : int
    adaptive : bool
        Whether CDFs adapt.
    effort : RestorationEffort
    threads : int, optional
    """
    context = default_context(base_q_idx)
    given = RestorationInput(source, planes, frame, effort, lam, adaptive, context, tiling)
    borders = [plane[border_rows(frame, i)] for i, plane in enumerate(deblocked)]
    sums = sums_of_planes(given, borders, threads)
    shift, uv_shift, fits = _cheapest_size(given, sums, room, threads)
    if not fits:
        return Restoration(0, 0, [], [], [], np.inf)
    errors = _true_errors(given, borders, fits, threads)
    chosen = [_cheapest_type(given, plane, fit, errors[plane]) for plane, fit in enumerate(fits)]
    types, kinds, costs = (list(part) for part in zip(*chosen, strict=True))
    return Restoration(shift, uv_shift, fits, types, kinds, sum(costs))


def _cheapest_size(
    given: RestorationInput, sums: list[PlaneSums], room: tuple[int, ...], threads: int
) -> tuple[int, int, list[PlaneFilters]]:
    """lr_unit_shift, lr_uv_shift and each plane's units, of least RD cost in all; no units if none fit."""
    choices = list(_sizes(given, room))
    wanted = sorted({(plane, size) for _, _, sizes in choices for plane, size in enumerate(sizes)})
    found = each(lambda item: fit_plane(given, sums[item[0]], *item), wanted, threads)
    fits = dict(zip(wanted, found, strict=True))
    best: tuple[int, int, list[PlaneFilters]] = (0, 0, [])
    least = np.inf
    for shift, uv_shift, sizes in choices:
        chosen = [fits[plane, size] for plane, size in enumerate(sizes)]
        cost = sum(fit.cost for fit in chosen)
        if cost < least:
            least, best = cost, (shift, uv_shift, chosen)
    return best


def _sizes(given: RestorationInput, room: tuple[int, ...]) -> Iterator[tuple[int, int, list[int]]]:
    """lr_unit_shift, lr_uv_shift and the size of units in each plane, as far as arrays have room for them."""
    for shift in given.effort.shifts:
        if given.tiling.sb_size == 128 and shift == 0:
            continue
        for uv_shift in given.effort.uv_shifts if given.is_420() else (0,):
            luma = RESTORATION_TILESIZE_MAX >> (2 - shift)
            sizes = [luma, luma >> uv_shift, luma >> uv_shift][: len(given.planes)]
            shapes = [unit_shape(given.shape(plane), size) for plane, size in enumerate(sizes)]
            if all(rows <= room[0] and columns <= room[1] for rows, columns in shapes):
                yield shift, uv_shift, sizes


def _true_errors(
    given: RestorationInput, borders: Sequence[np.ndarray], fits: list[PlaneFilters], threads: int
) -> list[np.ndarray]:
    """For each plane the squared error of its units without a filter and with each: (3, units) int64."""
    errors = [np.tile(fit.sse, (3, 1)) for fit in fits]
    for kind in (RESTORE_WIENER, RESTORE_SGRPROJ) if given.effort.sets else (RESTORE_WIENER,):
        targets = _restored(given, borders, fits, kind, threads)
        for plane, fit in enumerate(fits):
            errors[plane][kind] = _unit_errors(given, plane, fit, targets[plane])
    return errors


def _restored(
    given: RestorationInput, borders: Sequence[np.ndarray], fits: list[PlaneFilters], kind: int, threads: int
) -> list[np.ndarray]:
    """All planes with all units filtered by one kind of filter."""
    frame = given.frame._replace(
        planes=[
            PlaneRestoration(
                fit.unit_size,
                np.full(fit.shape, kind),
                fit.parameters.taps.reshape(*fit.shape, 2, 3),
                fit.parameters.sets.reshape(fit.shape),
                fit.parameters.xqd.reshape(*fit.shape, 2),
            )
            for fit in fits
        ]
    )
    targets = [np.empty_like(plane) for plane in given.planes]
    stripes = range(stripes_in_frame(frame.frame_height))
    each(lambda s: restore_stripes(borders, given.planes, targets, frame, s, s + 1), stripes, threads)
    return targets


def _unit_errors(given: RestorationInput, plane: int, fit: PlaneFilters, target: np.ndarray) -> np.ndarray:
    """(units,) int64: the squared error in each unit."""
    height, width = given.shape(plane)
    offset = given.stripe_offset(plane)
    tops = np.maximum(np.arange(fit.shape[0]) * fit.unit_size - offset, 0)
    lefts = np.arange(fit.shape[1]) * fit.unit_size
    return np.array(
        [
            squared_error(target, given.source[plane], (bottom - top, right - left), (top, left))
            for top, bottom in pairwise([*tops.tolist(), height])
            for left, right in pairwise([*lefts.tolist(), width])
        ]
    )


def _cheapest_type(
    given: RestorationInput, plane: int, fit: PlaneFilters, errors: np.ndarray
) -> tuple[int, np.ndarray, float]:
    """FrameRestorationType of a plane, LrType of its units, and what that costs."""
    from cfl.av1.filter_search.restoration import choice as kernels

    none = RESTORE_NONE, np.zeros(fit.sse.size, np.int64), float(fit.sse.sum())
    best = none
    types = [RESTORE_WIENER, RESTORE_SGRPROJ, RESTORE_SWITCHABLE] if given.effort.sets else [RESTORE_WIENER]
    for frame_type in types:
        kinds = np.zeros(fit.sse.size, np.int64)
        rates = rate_model(given, frame_type)
        cost = kernels.choose_types(
            fit.order,
            errors,
            fit.parameters,
            rates,
            unit_context(rates),
            given.half(plane),
            frame_type,
            kinds,
        )
        if cost < best[2] and kinds.any():
            best = frame_type, kinds, cost
    return best


def written(found: Restoration, arrays: FrameArrays) -> LrParams:
    """Write the units' parameters to `arrays`, where they must be zeroed, and return the frame's."""
    params = LrParams()
    for plane, (fit, frame_type, units) in enumerate(zip(found.fits, found.types, found.kinds, strict=True)):
        if frame_type == RESTORE_NONE:
            continue
        params.frame_restoration_type[plane] = frame_type
        place = plane, slice(fit.shape[0]), slice(fit.shape[1])
        kinds = units.reshape(fit.shape)
        wiener, sgr = (kinds == kind for kind in (RESTORE_WIENER, RESTORE_SGRPROJ))
        arrays.lr_type[place] = kinds
        arrays.lr_wiener[place] = fit.parameters.taps.reshape(*fit.shape, 2, 3) * wiener[..., None, None]
        arrays.lr_sgr_set[place] = fit.parameters.sets.reshape(fit.shape) * sgr
        arrays.lr_sgr_xqd[place] = fit.parameters.xqd.reshape(*fit.shape, 2) * sgr[..., None]
    if not params.uses_lr:
        return params
    params.lr_unit_shift = found.shift
    params.lr_uv_shift = found.uv_shift if any(params.frame_restoration_type[1:]) else 0
    luma = RESTORATION_TILESIZE_MAX >> (2 - params.lr_unit_shift)
    chroma = luma >> params.lr_uv_shift
    params.loop_restoration_size = [luma, chroma, chroma]
    return params
