"""The in-loop filters in the frame header (AV1 specification 5.9.11, 5.9.19, 5.9.20)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cfl.av1.headers.bits import BitFields
from cfl.av1.tables.constants import (
    RESTORATION_TILESIZE_MAX,
    RESTORE_NONE,
    TOTAL_REFS_PER_FRAME,
)
from cfl.av1.tables.restoration import REMAP_LR_TYPE

_LR_TYPES: list[int] = REMAP_LR_TYPE.tolist()

DEFAULT_REF_DELTAS = (1, 0, 0, 0, -1, 0, -1, -1)
"""INTRA, LAST, LAST2, LAST3, GOLDEN, BWDREF, ALTREF2, ALTREF: setup_past_independence of 6.8.2."""


@dataclass(slots=True)
class LoopFilterParams:
    """The deblocking filter (5.9.11). Levels are 0 to 63: luma vertical, luma horizontal, U, V."""

    loop_filter_level: list[int] = field(default_factory=lambda: [0] * 4)
    loop_filter_sharpness: int = 0
    loop_filter_delta_enabled: int = 1
    loop_filter_delta_update: int = 0
    update_ref_delta: list[int] = field(default_factory=lambda: [0] * TOTAL_REFS_PER_FRAME)
    loop_filter_ref_deltas: list[int] = field(default_factory=lambda: list(DEFAULT_REF_DELTAS))
    update_mode_delta: list[int] = field(default_factory=lambda: [0] * 2)
    loop_filter_mode_deltas: list[int] = field(default_factory=lambda: [0] * 2)


def loop_filter_params(
    io: BitFields, params: LoopFilterParams, num_planes: int, previous: LoopFilterParams
) -> None:
    """Read or write `params` of a frame that is neither lossless nor uses intra block copy (5.9.11).

    Parameters
    ----------
    io : BitFields
    params : LoopFilterParams
    num_planes : int
    previous : LoopFilterParams
        Of the primary reference frame, or the defaults: the deltas that are not coded are its.
    """
    level = params.loop_filter_level
    level[0] = io.f(6, level[0])
    level[1] = io.f(6, level[1])
    if num_planes > 1 and (level[0] or level[1]):
        level[2] = io.f(6, level[2])
        level[3] = io.f(6, level[3])
    else:
        level[2] = level[3] = 0
    params.loop_filter_sharpness = io.f(3, params.loop_filter_sharpness)
    params.loop_filter_delta_enabled = io.f(1, params.loop_filter_delta_enabled)
    params.loop_filter_delta_update = (
        io.f(1, params.loop_filter_delta_update) if params.loop_filter_delta_enabled else 0
    )
    update = params.loop_filter_delta_update == 1
    _deltas(
        io, update, params.update_ref_delta, params.loop_filter_ref_deltas, previous.loop_filter_ref_deltas
    )
    _deltas(
        io, update, params.update_mode_delta, params.loop_filter_mode_deltas, previous.loop_filter_mode_deltas
    )


def _deltas(
    io: BitFields, update: bool, flags: list[int], deltas: list[int], previous: Sequence[int]
) -> None:
    for i, delta in enumerate(previous):
        flags[i] = io.f(1, flags[i]) if update else 0
        deltas[i] = io.su(7, deltas[i]) if flags[i] else delta


@dataclass(slots=True)
class CdefParams:
    """The constrained directional enhancement filter (5.9.19): ``1 << cdef_bits`` strengths are in use.

    Primary strengths are 0 to 15, secondary 0, 1, 2 or 4 (coded as 3), `cdef_damping` 3 to 6.
    """

    cdef_damping: int = 3
    cdef_bits: int = 0
    cdef_y_pri_strength: list[int] = field(default_factory=lambda: [0] * 8)
    cdef_y_sec_strength: list[int] = field(default_factory=lambda: [0] * 8)
    cdef_uv_pri_strength: list[int] = field(default_factory=lambda: [0] * 8)
    cdef_uv_sec_strength: list[int] = field(default_factory=lambda: [0] * 8)


def cdef_params(io: BitFields, params: CdefParams, num_planes: int) -> None:
    """Read or write `params` of a frame that can use the filter (5.9.19)."""
    params.cdef_damping = io.f(2, params.cdef_damping - 3) + 3
    params.cdef_bits = io.f(2, params.cdef_bits)
    for i in range(1 << params.cdef_bits):
        params.cdef_y_pri_strength[i] = io.f(4, params.cdef_y_pri_strength[i])
        params.cdef_y_sec_strength[i] = _sec_strength(io, params.cdef_y_sec_strength[i])
        if num_planes > 1:
            params.cdef_uv_pri_strength[i] = io.f(4, params.cdef_uv_pri_strength[i])
            params.cdef_uv_sec_strength[i] = _sec_strength(io, params.cdef_uv_sec_strength[i])


def _sec_strength(io: BitFields, strength: int) -> int:
    io.check(strength != 3, "a secondary CDEF strength of 3 cannot be coded")
    coded = io.f(2, strength - (strength == 4))
    return coded + (coded == 3)


@dataclass(slots=True)
class LrParams:
    """Loop restoration (5.9.20): its type in each plane, and the size of its units in samples."""

    frame_restoration_type: list[int] = field(default_factory=lambda: [RESTORE_NONE] * 3)
    lr_unit_shift: int = 0
    """0, 1 or 2: luma units of 64, 128 or 256; at least 1 with superblocks of 128."""
    lr_uv_shift: int = 0

    loop_restoration_size: list[int] = field(default_factory=lambda: [RESTORATION_TILESIZE_MAX] * 3)
    """Derived."""

    @property
    def uses_lr(self) -> bool:
        """Whether any plane is restored."""
        return any(self.frame_restoration_type)


def lr_params(
    io: BitFields, params: LrParams, num_planes: int, use_128x128_superblock: int, is_420: bool
) -> None:
    """Read or write `params` of a frame that can use the filter (5.9.20)."""
    for i in range(num_planes):
        lr_type = io.f(2, _LR_TYPES.index(params.frame_restoration_type[i]))
        params.frame_restoration_type[i] = _LR_TYPES[lr_type]
    params.frame_restoration_type[num_planes:] = [RESTORE_NONE] * (3 - num_planes)  # planes that do not exist
    if not params.uses_lr:
        return
    if use_128x128_superblock:
        params.lr_unit_shift = io.f(1, params.lr_unit_shift - 1) + 1
    else:
        lr_unit_shift = io.f(1, params.lr_unit_shift > 0)
        lr_unit_extra_shift = io.f(1, params.lr_unit_shift > 1) if lr_unit_shift else 0
        params.lr_unit_shift = lr_unit_shift + lr_unit_extra_shift
    uses_chroma_lr = any(params.frame_restoration_type[1:])
    params.lr_uv_shift = io.f(1, params.lr_uv_shift) if is_420 and uses_chroma_lr else 0
    luma_size = RESTORATION_TILESIZE_MAX >> (2 - params.lr_unit_shift)
    chroma_size = luma_size >> params.lr_uv_shift
    params.loop_restoration_size = [luma_size, chroma_size, chroma_size]


def units_in_frame(unit_size: int, frame_size: int) -> int:
    """How many restoration units there are along a side (count_units_in_frame, AV1 specification 5.11.57).

    Parameters
    ----------
    unit_size, frame_size : int
        In samples of the plane.
    """
    return max((frame_size + (unit_size >> 1)) // unit_size, 1)
