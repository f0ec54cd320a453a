"""Global motion in the frame header: a model of the motion to each reference (AV1 specification 5.9.24)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cfl.av1.headers.bits import BitFields
from cfl.av1.tables.constants import TOTAL_REFS_PER_FRAME
from cfl.av1.tables.inter_constants import (
    AFFINE,
    GM_ABS_ALPHA_BITS,
    GM_ABS_TRANS_BITS,
    GM_ABS_TRANS_ONLY_BITS,
    GM_ALPHA_PREC_BITS,
    GM_TRANS_ONLY_PREC_BITS,
    GM_TRANS_PREC_BITS,
    IDENTITY,
    LAST_FRAME,
    ROTZOOM,
    TRANSLATION,
    WARPEDMODEL_PREC_BITS,
)

_SUBEXP_K = 3


def default_gm_params() -> list[list[int]]:
    """The models without motion, by reference frame (setup_past_independence)."""
    one = 1 << WARPEDMODEL_PREC_BITS
    return [[0, 0, one, 0, 0, one] for _ in range(TOTAL_REFS_PER_FRAME)]


@dataclass(slots=True)
class GlobalMotion:
    """The models by reference frame, INTRA_FRAME's unused: GmType, and gm_params in 1/65536.

    A model with parameters p takes (x, y) to (p[2] x + p[3] y + p[0], p[4] x + p[5] y + p[1]).
    """

    gm_type: list[int] = field(default_factory=lambda: [IDENTITY] * TOTAL_REFS_PER_FRAME)
    gm_params: list[list[int]] = field(default_factory=default_gm_params)


def global_motion_params(
    io: BitFields, motion: GlobalMotion, previous: Sequence[Sequence[int]], allow_high_precision_mv: int
) -> None:
    """Read or write `motion` of an inter frame (5.9.24).

    Parameters
    ----------
    io : BitFields
    motion : GlobalMotion
    previous : sequence of 8 sequences of 6 int
        PrevGmParams, which the parameters are coded relative to.
    allow_high_precision_mv : int
    """
    for ref in range(LAST_FRAME, TOTAL_REFS_PER_FRAME):
        gm_type = motion.gm_type[ref] = _gm_type(io, motion.gm_type[ref])
        coded, params = motion.gm_params[ref], default_gm_params()[ref]
        motion.gm_params[ref] = params

        def param(idx: int, gm_type: int = gm_type, coded: list[int] = coded, ref: int = ref) -> int:
            abs_bits, prec_bits = _precision(gm_type, idx, allow_high_precision_mv)
            return _global_param(io, coded[idx], previous[ref][idx], idx, abs_bits, prec_bits)

        if gm_type >= ROTZOOM:
            params[2], params[3] = param(2), param(3)
            if gm_type == AFFINE:
                params[4], params[5] = param(4), param(5)
            else:
                params[4], params[5] = -params[3], params[2]
        if gm_type >= TRANSLATION:
            params[0], params[1] = param(0), param(1)


def _gm_type(io: BitFields, gm_type: int) -> int:
    if not io.f(1, gm_type != IDENTITY):  # is_global
        return IDENTITY
    if io.f(1, gm_type == ROTZOOM):  # is_rot_zoom
        return ROTZOOM
    return TRANSLATION if io.f(1, gm_type == TRANSLATION) else AFFINE  # is_translation


def _precision(gm_type: int, idx: int, allow_high_precision_mv: int) -> tuple[int, int]:
    """absBits and precBits of read_global_param (5.9.25)."""
    if idx >= 2:
        return GM_ABS_ALPHA_BITS, GM_ALPHA_PREC_BITS
    if gm_type == TRANSLATION:
        coarser = 0 if allow_high_precision_mv else 1
        return GM_ABS_TRANS_ONLY_BITS - coarser, GM_TRANS_ONLY_PREC_BITS - coarser
    return GM_ABS_TRANS_BITS, GM_TRANS_PREC_BITS


def _global_param(io: BitFields, value: int, previous: int, idx: int, abs_bits: int, prec_bits: int) -> int:
    """read_global_param (5.9.25): a parameter, which is coded relative to the previous one."""
    prec_diff = WARPEDMODEL_PREC_BITS - prec_bits
    is_diagonal = idx % 3 == 2
    zero = 1 << WARPEDMODEL_PREC_BITS if is_diagonal else 0
    mx = 1 << abs_bits
    r = (previous >> prec_diff) - (1 << prec_bits if is_diagonal else 0)
    return (_signed_subexp_with_ref(io, -mx, mx + 1, r, (value - zero) >> prec_diff) << prec_diff) + zero


def _signed_subexp_with_ref(io: BitFields, low: int, high: int, r: int, value: int) -> int:
    """decode_signed_subexp_with_ref (5.9.26): low to high - 1."""
    io.check(low <= value < high, f"gm_params: {value} is not {low} to {high - 1}")
    return _unsigned_subexp_with_ref(io, high - low, r - low, value - low) + low


def _unsigned_subexp_with_ref(io: BitFields, mx: int, r: int, value: int) -> int:
    """decode_unsigned_subexp_with_ref (5.9.27): 0 to mx - 1."""
    if r << 1 <= mx:
        return _inverse_recenter(r, _subexp(io, mx, _recenter(r, value)))
    r = mx - 1 - r
    return mx - 1 - _inverse_recenter(r, _subexp(io, mx, _recenter(r, mx - 1 - value)))


def _subexp(io: BitFields, num_syms: int, value: int) -> int:
    """decode_subexp (5.9.28): classes of values, each but the first two twice as large as the one before."""
    mk, bits = 0, _SUBEXP_K
    while num_syms > mk + (3 << bits):
        if not io.f(1, value >= mk + (1 << bits)):  # subexp_more_bits
            return mk + io.f(bits, max(value - mk, 0))  # subexp_bits
        mk += 1 << bits
        bits += mk > 1 << _SUBEXP_K
    return mk + io.ns(num_syms - mk, max(value - mk, 0))  # subexp_final_bits


def _inverse_recenter(r: int, v: int) -> int:
    """inverse_recenter (5.9.29)."""
    if v > 2 * r:
        return v
    return r - ((v + 1) >> 1) if v & 1 else r + (v >> 1)


def _recenter(r: int, value: int) -> int:
    """The v that `_inverse_recenter` makes a value of: small where the value is near r."""
    if value > 2 * r:
        return value
    return 2 * (r - value) - 1 if value < r else 2 * (value - r)
