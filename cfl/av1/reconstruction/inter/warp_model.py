# mypy: disable-error-code="no-untyped-def"
"""Warp models: fitted to the vectors of neighbours, and taken apart into two shears.

AV1 specification 7.11.3.6 to 7.11.3.8. All fits 64 bits: vectors that a model is fitted to begin within two
blocks of the block's middle and differ from its own by less than LS_MV_MAX.
"""

from cfl.av1.tables.geometry import NUM_4X4_BLOCKS_HIGH, NUM_4X4_BLOCKS_WIDE
from cfl.av1.tables.inter_constants import WARPEDMODEL_PREC_BITS
from cfl.av1.tables.warp import (
    DIV_LUT,
    DIV_LUT_BITS,
    DIV_LUT_PREC_BITS,
    LS_MV_MAX,
    WARP_PARAM_REDUCE_BITS,
    WARPEDMODEL_NONDIAGAFFINE_CLAMP,
    WARPEDMODEL_TRANS_CLAMP,
)
from cfl.simd.integers import floor_log2
from cfl.simd.kernel import kernel

_ONE = 1 << WARPEDMODEL_PREC_BITS


@kernel(inline=True)
def _clip(low, high, x):
    return min(max(x, low), high)


@kernel(internal=True)
def _round2signed(x, bits):
    """Round2Signed (4.7)."""
    half = (1 << bits) >> 1
    return (x + half) >> bits if x >= 0 else -((half - x) >> bits)


@kernel(internal=True)
def resolve_divisor(d):
    """Return divShift and divFactor: to divide by d, multiply and shift (7.11.3.7).

    Parameters
    ----------
    d : int
        Not 0.
    """
    size = abs(d)
    n = floor_log2(size)
    rest = size - (1 << n)
    if n > DIV_LUT_BITS:
        rest = (rest + (1 << (n - DIV_LUT_BITS - 1))) >> (n - DIV_LUT_BITS)
    else:
        rest <<= DIV_LUT_BITS - n
    factor = DIV_LUT[rest]
    return n + DIV_LUT_PREC_BITS, -factor if d < 0 else factor


@kernel(internal=True)
def _reduced(x):
    """A shear, clipped and rounded to what the filters tell apart."""
    x = _round2signed(_clip(-32768, 32767, x), WARP_PARAM_REDUCE_BITS)
    return x << WARP_PARAM_REDUCE_BITS


@kernel(internal=True)
def setup_shear(p2, p3, p4, p5):
    """Return warpValid, alpha, beta, gamma and delta of a model (7.11.3.6).

    Parameters
    ----------
    p2, p3, p4, p5 : int
        warpParams[ 2 ] to warpParams[ 5 ]; where the first is not above 0, warpValid is 0.
    """
    if p2 <= 0:
        return 0, 0, 0, 0, 0
    shift, factor = resolve_divisor(p2)
    alpha, beta = _reduced(p2 - _ONE), _reduced(p3)
    gamma = _reduced(_round2signed((p4 << WARPEDMODEL_PREC_BITS) * factor, shift))
    delta = _reduced(p5 - _round2signed(p3 * p4 * factor, shift) - _ONE)
    valid = 4 * abs(alpha) + 7 * abs(beta) < _ONE and 4 * abs(gamma) + 4 * abs(delta) < _ONE
    return int(valid), alpha, beta, gamma, delta


@kernel(internal=True)
def _ls_product(a, b):
    return ((a * b) >> 2) + (a + b)


@kernel(internal=True)
def _divided(x, factor, shift, middle):
    """A parameter: the quotient, within its bounds around `middle`."""
    bound = WARPEDMODEL_NONDIAGAFFINE_CLAMP - 1
    return _clip(middle - bound, middle + bound, _round2signed(x * factor, shift))


@kernel(internal=True)
def estimate_warp(mi_row, mi_col, mi_size, mv_row, mv_col, num_samples, cand_list, params):
    """Fit LocalWarpParams to candidates by least squares; return LocalValid, 0 or 1 (7.11.3.8).

    Parameters
    ----------
    mi_row, mi_col, mi_size : int
        The block.
    mv_row, mv_col : int
        Mv[ 0 ].
    num_samples : int
        NumSamples.
    cand_list : (≥ num_samples, 4) array of integers
        CandList.
    params : (6,) int64 array, changed
        LocalWarpParams, if they are valid.
    """
    mid_y = mi_row * 4 + NUM_4X4_BLOCKS_HIGH[mi_size] * 2 - 1
    mid_x = mi_col * 4 + NUM_4X4_BLOCKS_WIDE[mi_size] * 2 - 1
    a00, a01, a11, bx0, bx1, by0, by1 = 0, 0, 0, 0, 0, 0, 0
    for i in range(num_samples):
        sy, sx = cand_list[i, 0] - mid_y * 8, cand_list[i, 1] - mid_x * 8
        dy, dx = cand_list[i, 2] - mid_y * 8 - mv_row, cand_list[i, 3] - mid_x * 8 - mv_col
        if abs(sx - dx) < LS_MV_MAX and abs(sy - dy) < LS_MV_MAX:
            a00 += _ls_product(sx, sx) + 8
            a01 += _ls_product(sx, sy) + 4
            a11 += _ls_product(sy, sy) + 8
            bx0 += _ls_product(sx, dx) + 8
            bx1 += _ls_product(sy, dx) + 4
            by0 += _ls_product(sx, dy) + 4
            by1 += _ls_product(sy, dy) + 8
    determinant = a00 * a11 - a01 * a01
    if determinant == 0:
        return 0
    shift, factor = resolve_divisor(determinant)
    shift -= WARPEDMODEL_PREC_BITS
    if shift < 0:
        factor <<= -shift
        shift = 0
    params[2] = _divided(a11 * bx0 - a01 * bx1, factor, shift, _ONE)
    params[3] = _divided(a00 * bx1 - a01 * bx0, factor, shift, 0)
    params[4] = _divided(a11 * by0 - a01 * by1, factor, shift, 0)
    params[5] = _divided(a00 * by1 - a01 * by0, factor, shift, _ONE)
    unit = 1 << (WARPEDMODEL_PREC_BITS - 3)
    vx = mv_col * unit - (mid_x * (params[2] - _ONE) + mid_y * params[3])
    vy = mv_row * unit - (mid_x * params[4] + mid_y * (params[5] - _ONE))
    params[0] = _clip(-WARPEDMODEL_TRANS_CLAMP, WARPEDMODEL_TRANS_CLAMP - 1, vx)
    params[1] = _clip(-WARPEDMODEL_TRANS_CLAMP, WARPEDMODEL_TRANS_CLAMP - 1, vy)
    return 1
