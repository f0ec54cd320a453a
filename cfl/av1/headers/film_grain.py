"""The film grain in the frame header (AV1 specification 5.9.30)."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from cfl.av1.headers.bits import BitFields
from cfl.av1.headers.sequence_header import ColorConfig
from cfl.errors import BitstreamError

MAX_Y_POINTS = 14
MAX_UV_POINTS = 10


@dataclass(slots=True)
class FilmGrainParams:
    """The values of film_grain_params; all zero where no grain is applied.

    The points of a scaling function are (value, scaling), both 0 to 255, with values increasing; there are
    num_y_points = ``len(point_y)`` of them, at most 14, and at most 10 for cb and cr.
    """

    apply_grain: int = 0
    grain_seed: int = 0
    update_grain: int = 1
    film_grain_params_ref_idx: int = 0
    point_y: list[tuple[int, int]] = field(default_factory=list)
    chroma_scaling_from_luma: int = 0
    point_cb: list[tuple[int, int]] = field(default_factory=list)
    point_cr: list[tuple[int, int]] = field(default_factory=list)
    grain_scaling_minus_8: int = 0
    ar_coeff_lag: int = 0
    ar_coeffs_y_plus_128: list[int] = field(default_factory=list)
    ar_coeffs_cb_plus_128: list[int] = field(default_factory=list)
    ar_coeffs_cr_plus_128: list[int] = field(default_factory=list)
    ar_coeff_shift_minus_6: int = 0
    grain_scale_shift: int = 0
    cb_mult: int = 0
    cb_luma_mult: int = 0
    cb_offset: int = 0
    cr_mult: int = 0
    cr_luma_mult: int = 0
    cr_offset: int = 0
    overlap_flag: int = 0
    clip_to_restricted_range: int = 0


def film_grain_params(
    io: BitFields,
    grain: FilmGrainParams,
    color: ColorConfig,
    references: Mapping[int, FilmGrainParams] | None = None,
) -> None:
    """Read or write `grain` of a frame that may carry it (5.9.30).

    Parameters
    ----------
    io : BitFields
    grain : FilmGrainParams
    color : ColorConfig
    references : mapping of int to FilmGrainParams, optional
        Of an inter frame, whose grain may be that of a reference: by the references' slots.

    Raises
    ------
    BitstreamError
        Too many points, points out of order, grain in one chroma plane only of a 4:2:0 picture, or grain
        of a slot that is not one of the references.
    """
    grain.apply_grain = io.f(1, grain.apply_grain)
    if not grain.apply_grain:
        _reset_grain_params(grain)
        return
    grain.grain_seed = io.f(16, grain.grain_seed)
    grain.update_grain = 1 if references is None else io.f(1, grain.update_grain)
    if references is not None and not grain.update_grain:
        _load_grain_params(io, grain, references)
        return
    grain.film_grain_params_ref_idx = 0
    _scaling_functions(io, grain, color)
    _auto_regression(io, grain)
    if grain.point_cb:
        grain.cb_mult = io.f(8, grain.cb_mult)
        grain.cb_luma_mult = io.f(8, grain.cb_luma_mult)
        grain.cb_offset = io.f(9, grain.cb_offset)
    if grain.point_cr:
        grain.cr_mult = io.f(8, grain.cr_mult)
        grain.cr_luma_mult = io.f(8, grain.cr_luma_mult)
        grain.cr_offset = io.f(9, grain.cr_offset)
    grain.overlap_flag = io.f(1, grain.overlap_flag)
    grain.clip_to_restricted_range = io.f(1, grain.clip_to_restricted_range)


def _reset_grain_params(grain: FilmGrainParams) -> None:
    for name in fields(FilmGrainParams):
        setattr(grain, name.name, getattr(FilmGrainParams(), name.name))


def _load_grain_params(
    io: BitFields, grain: FilmGrainParams, references: Mapping[int, FilmGrainParams]
) -> None:
    """Load everything but the seed; a reference without grain has no points, and so no grain."""
    idx = grain.film_grain_params_ref_idx = io.f(3, grain.film_grain_params_ref_idx)
    reference = references.get(idx)
    if reference is None:
        raise BitstreamError(
            f"film_grain_params_ref_idx: slot {idx} is not a reference of the frame", io.offset
        )
    own = {"apply_grain", "grain_seed", "update_grain", "film_grain_params_ref_idx"}
    for name in {member.name for member in fields(FilmGrainParams)} - own:
        setattr(grain, name, copy.deepcopy(getattr(reference, name)))


def _scaling_functions(io: BitFields, grain: FilmGrainParams, color: ColorConfig) -> None:
    is_420 = color.subsampling_x == 1 and color.subsampling_y == 1
    grain.point_y = _points(io, grain.point_y, MAX_Y_POINTS, "y")
    if color.mono_chrome:
        grain.chroma_scaling_from_luma = 0
    else:
        grain.chroma_scaling_from_luma = io.f(1, grain.chroma_scaling_from_luma)
    if color.mono_chrome or grain.chroma_scaling_from_luma or (is_420 and not grain.point_y):
        grain.point_cb, grain.point_cr = [], []
        return
    grain.point_cb = _points(io, grain.point_cb, MAX_UV_POINTS, "cb")
    grain.point_cr = _points(io, grain.point_cr, MAX_UV_POINTS, "cr")
    if is_420:
        io.check(
            bool(grain.point_cb) == bool(grain.point_cr),
            "num_cr_points: 4:2:0 film grain has cb and cr points or neither",
        )


def _points(io: BitFields, points: Sequence[tuple[int, int]], most: int, plane: str) -> list[tuple[int, int]]:
    count = io.f(4, len(points))
    io.check(count <= most, f"num_{plane}_points {count} exceeds {most}")
    result: list[tuple[int, int]] = []
    for i in range(count):
        value, scaling = points[i] if i < len(points) else (0, 0)
        value = io.f(8, value)
        scaling = io.f(8, scaling)
        io.check(not result or value > result[-1][0], f"point_{plane}_value[{i}] does not increase")
        result.append((value, scaling))
    return result


def _auto_regression(io: BitFields, grain: FilmGrainParams) -> None:
    grain.grain_scaling_minus_8 = io.f(2, grain.grain_scaling_minus_8)
    grain.ar_coeff_lag = io.f(2, grain.ar_coeff_lag)
    num_pos_luma = 2 * grain.ar_coeff_lag * (grain.ar_coeff_lag + 1)
    num_pos_chroma = num_pos_luma + (1 if grain.point_y else 0)
    has_cb = grain.chroma_scaling_from_luma or grain.point_cb
    has_cr = grain.chroma_scaling_from_luma or grain.point_cr
    grain.ar_coeffs_y_plus_128 = io.fields(
        num_pos_luma if grain.point_y else 0, 8, grain.ar_coeffs_y_plus_128
    )
    grain.ar_coeffs_cb_plus_128 = io.fields(num_pos_chroma if has_cb else 0, 8, grain.ar_coeffs_cb_plus_128)
    grain.ar_coeffs_cr_plus_128 = io.fields(num_pos_chroma if has_cr else 0, 8, grain.ar_coeffs_cr_plus_128)
    grain.ar_coeff_shift_minus_6 = io.f(2, grain.ar_coeff_shift_minus_6)
    grain.grain_scale_shift = io.f(2, grain.grain_scale_shift)
