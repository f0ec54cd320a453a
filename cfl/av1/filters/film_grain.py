"""Film grain synthesis (AV1 specification 7.18.3): an output process, on a copy of the decoded frame."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cfl.av1.tables.constants import MC_IDENTITY
from cfl.av1.tables.film_grain import GAUSSIAN_SEQUENCE
from cfl.errors import BitstreamError


class FilmGrain(NamedTuple):
    """The film grain parameters of a frame with apply_grain, by the specification's names (6.8.20)."""

    grain_seed: int
    """0 to 65535."""
    point_y_value: Sequence[int]
    """Strictly increasing, 0 to 255; num_y_points is its length, at most 14."""
    point_y_scaling: Sequence[int]
    chroma_scaling_from_luma: int
    point_cb_value: Sequence[int]
    """At most 10, as those of cr."""
    point_cb_scaling: Sequence[int]
    point_cr_value: Sequence[int]
    point_cr_scaling: Sequence[int]
    grain_scaling_minus_8: int
    """0 to 3."""
    ar_coeff_lag: int
    """0 to 3."""
    ar_coeffs_y_plus_128: Sequence[int]
    """2 · lag · (lag + 1), or none without luma points; those of chroma one more if there are luma points."""
    ar_coeffs_cb_plus_128: Sequence[int]
    ar_coeffs_cr_plus_128: Sequence[int]
    ar_coeff_shift_minus_6: int
    """0 to 3."""
    grain_scale_shift: int
    """0 to 3."""
    cb_mult: int
    cb_luma_mult: int
    cb_offset: int
    cr_mult: int
    cr_luma_mult: int
    cr_offset: int
    overlap_flag: int
    clip_to_restricted_range: int


def add_film_grain(
    planes: Sequence[np.ndarray],
    grain: FilmGrain,
    *,
    subsampling_x: int,
    subsampling_y: int,
    bit_depth: int,
    matrix_coefficients: int,
) -> tuple[np.ndarray, ...]:
    """The frame with film grain.

    Parameters
    ----------
    planes : one or three (height, width) C-contiguous uint16 arrays
        The decoded frame, of exactly its size: UpscaledWidth x FrameHeight, rounded up in chroma. It is not
        changed, and samples must be within the bit depth: they index tables.
    grain : FilmGrain
    subsampling_x, subsampling_y, bit_depth, matrix_coefficients : int
        By the specification's names.

    Returns
    -------
    tuple of arrays
        As many new planes as were given.

    Raises
    ------
    BitstreamError
        If points of a scaling function do not increase, or lists have not the length that they should.
    """
    _check(grain, len(planes))
    grains = _generate(grain, len(planes), subsampling_x, subsampling_y, bit_depth)
    targets = tuple(plane.copy() for plane in planes)
    for plane in range(len(planes)):
        value, scaling = _points(grain, plane)
        limits = _range(grain, plane, bit_depth, matrix_coefficients)
        if value:
            shifts = (subsampling_x, subsampling_y) if plane else (0, 0)
            lut = scaling_lut(value, scaling, bit_depth)
            _add(planes, plane, grain, grains[plane], lut, shifts, bit_depth, limits, targets[plane])
        elif plane and grain.chroma_scaling_from_luma:
            # Without points there is no grain in luma, but the standard still clips its samples.
            np.clip(planes[plane], *limits, out=targets[plane])
    return targets


def _add(
    planes: Sequence[np.ndarray],
    plane: int,
    grain: FilmGrain,
    noise: np.ndarray,
    lut: np.ndarray,
    shifts: tuple[int, int],
    bit_depth: int,
    limits: tuple[int, int],
    target: np.ndarray,
) -> None:
    """Add grain to a plane, in stripes of 32 luma rows (AV1 specification 7.18.3.5)."""
    from cfl.av1.filters import film_grain_kernels as kernels

    rows = 32 >> shifts[1]
    height, width = target.shape
    blocks = (planes[0].shape[1] + 31) // 32
    centre = 128 << (bit_depth - 8)
    shift = grain.grain_scaling_minus_8 + 8
    old_offsets = None
    for stripe, top in enumerate(range(0, height, rows)):
        bottom = min(top + rows, height)
        offsets = _offsets(grain.grain_seed, stripe, blocks)
        amount = np.empty((bottom - top, width), np.int32)
        common = (*shifts, grain.overlap_flag, -centre, centre - 1)
        kernels.noise_rows(noise, offsets, 0, *common, amount)
        if grain.overlap_flag and old_offsets is not None:
            old = np.empty((2 >> shifts[1], width), np.int32)
            kernels.noise_rows(noise, old_offsets, rows, *common, old)
            kernels.blend_rows(old, amount, shifts[1], -centre, centre - 1)
        old_offsets = offsets
        samples = planes[plane][top:bottom]
        amount *= lut[_scaling_index(planes, plane, grain, shifts, bit_depth, top, bottom)]
        amount += 1 << (shift - 1)
        amount >>= shift
        amount += samples
        np.clip(amount, *limits, out=amount)
        target[top:bottom] = amount


def _offsets(grain_seed: int, stripe: int, blocks: int) -> np.ndarray:
    """Eight random bits for each 32 luma columns of a noise stripe (AV1 specification 7.18.3.2, 7.18.3.5)."""
    register = grain_seed ^ (((stripe * 37 + 178) & 255) << 8) ^ ((stripe * 173 + 105) & 255)
    offsets = np.empty(blocks, np.int64)
    for block in range(blocks):
        bit = (register ^ (register >> 1) ^ (register >> 3) ^ (register >> 12)) & 1
        register = (register >> 1) | (bit << 15)
        offsets[block] = register >> 8
    return offsets


def _scaling_index(
    planes: Sequence[np.ndarray],
    plane: int,
    grain: FilmGrain,
    shifts: tuple[int, int],
    bit_depth: int,
    top: int,
    bottom: int,
) -> np.ndarray:
    """The values that choose how much grain the samples of some rows get (AV1 specification 7.18.3.5)."""
    samples = planes[plane][top:bottom]
    if plane == 0:
        return samples
    luma = planes[0][top << shifts[1] : bottom << shifts[1] : 1 + shifts[1]]
    if shifts[0]:
        average = luma[:, ::2].astype(np.int32)
        average[:, : luma.shape[1] // 2] += luma[:, 1::2]
        if luma.shape[1] % 2:
            average[:, -1] += luma[:, -1]
        average += 1
        average >>= 1
    else:
        average = luma.astype(np.int32)
    if grain.chroma_scaling_from_luma:
        return average
    mult, luma_mult, offset = (
        (grain.cb_mult, grain.cb_luma_mult, grain.cb_offset)
        if plane == 1
        else (grain.cr_mult, grain.cr_luma_mult, grain.cr_offset)
    )
    average *= luma_mult - 128
    average += samples.astype(np.int32) * (mult - 128)
    average >>= 6
    average += (offset - 256) << (bit_depth - 8)
    return np.clip(average, 0, (1 << bit_depth) - 1, out=average)


def _range(grain: FilmGrain, plane: int, bit_depth: int, matrix_coefficients: int) -> tuple[int, int]:
    """The least and the largest sample with grain (AV1 specification 7.18.3.5)."""
    if not grain.clip_to_restricted_range:
        return 0, (256 << (bit_depth - 8)) - 1
    most = 240 if plane > 0 and matrix_coefficients != MC_IDENTITY else 235
    return 16 << (bit_depth - 8), most << (bit_depth - 8)


def _check(grain: FilmGrain, planes: int) -> None:
    """Check what the kernels rely on."""
    count = 2 * grain.ar_coeff_lag * (grain.ar_coeff_lag + 1)
    chroma_count = count + bool(grain.point_y_value)
    coefficients = (grain.ar_coeffs_y_plus_128, grain.ar_coeffs_cb_plus_128, grain.ar_coeffs_cr_plus_128)
    for plane in range(planes):
        value, scaling = _points(grain, plane)
        if len(value) != len(scaling) or any(a >= b for a, b in pairwise(value)):
            raise BitstreamError("the points of a film grain scaling function do not increase")
        if value and len(coefficients[plane]) < (chroma_count if plane else count):
            raise BitstreamError("film grain has too few auto-regressive coefficients")


def _points(grain: FilmGrain, plane: int) -> tuple[list[int], list[int]]:
    """get_x and get_y of a plane's scaling function; none if the plane has no grain."""
    if plane == 0 or grain.chroma_scaling_from_luma:
        return list(grain.point_y_value), list(grain.point_y_scaling)
    if plane == 1:
        return list(grain.point_cb_value), list(grain.point_cb_scaling)
    return list(grain.point_cr_value), list(grain.point_cr_scaling)


def _generate(
    grain: FilmGrain, planes: int, subsampling_x: int, subsampling_y: int, bit_depth: int
) -> list[np.ndarray]:
    """LumaGrain, CbGrain and CrGrain (AV1 specification 7.18.3.3), as int32 arrays."""
    from cfl.av1.filters import film_grain_kernels as kernels

    shift = 12 - bit_depth + grain.grain_scale_shift
    centre = 128 << (bit_depth - 8)
    count = 2 * grain.ar_coeff_lag * (grain.ar_coeff_lag + 1)
    coded = (grain.ar_coeffs_y_plus_128, grain.ar_coeffs_cb_plus_128, grain.ar_coeffs_cr_plus_128)
    grains: list[np.ndarray] = []
    for plane in range(planes):
        sub_x, sub_y = (subsampling_x, subsampling_y) if plane else (0, 0)
        noise = np.zeros((38 if sub_y else 73, 44 if sub_x else 82), np.int32)
        if _points(grain, plane)[0]:
            seed = grain.grain_seed ^ (0, 0xB524, 0x49D8)[plane]
            kernels.white_noise(seed, shift, GAUSSIAN_SEQUENCE, noise)
            coefficients = np.array(coded[plane], dtype=np.int64) - 128
            kernels.autoregress(
                noise,
                grain.ar_coeff_lag,
                coefficients[:count],
                grain.ar_coeff_shift_minus_6 + 6,
                -centre,
                centre - 1,
                grains[0] if plane else noise,
                int(coefficients[count]) if plane and grain.point_y_value else 0,
                sub_x,
                sub_y,
            )
        grains.append(noise)
    return grains


def scaling_lut(value: Sequence[int], scaling: Sequence[int], bit_depth: int) -> np.ndarray:
    """scale_lut of every sample value (AV1 specification 7.18.3.4 and the end of 7.18.3.5).

    Parameters
    ----------
    value, scaling : sequences of at least one int
        The points: strictly increasing values, 0 to 255, and what they scale the grain by.
    bit_depth : int

    Returns
    -------
    (2 ** bit_depth,) int32 array
    """
    lut = np.empty(257, np.int64)
    lut[: value[0]] = scaling[0]
    for i in range(len(value) - 1):
        delta_x = value[i + 1] - value[i]
        delta = (scaling[i + 1] - scaling[i]) * ((65536 + (delta_x >> 1)) // delta_x)
        lut[value[i] : value[i + 1]] = scaling[i] + ((np.arange(delta_x) * delta + 32768) >> 16)
    lut[value[-1] :] = scaling[-1]
    shift = bit_depth - 8
    index = np.arange(1 << bit_depth)
    x, rest = index >> shift, index & ((1 << shift) - 1)
    # The last entry is repeated once, so that interpolation may read beyond it.
    scaled = lut[x] + (((lut[x + 1] - lut[x]) * rest + ((1 << shift) >> 1)) >> shift)
    return scaled.astype(np.int32)
