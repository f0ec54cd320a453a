"""How AV1 codes a pair of α: joint signs, magnitudes, contexts, and what they cost.

AV1 specification 5.11.45 (read_cfl_alphas), 6.10.36, 8.3.2 and the default CDFs of section 9.3.
"""

import functools
from typing import Any, NamedTuple

import numpy as np

from cfl.errors import FrameError
from cfl.prediction.tables import ALPHA_MAX, DEFAULT_CFL_ALPHA_CDF, DEFAULT_CFL_SIGN_CDF

CFL_SIGN_ZERO, CFL_SIGN_NEG, CFL_SIGN_POS = range(3)


class CflAlphas(NamedTuple):
    """The syntax elements of a pair of α; a magnitude is None where its sign is zero, and not coded."""

    cfl_alpha_signs: int
    cfl_alpha_u: int | None
    cfl_alpha_v: int | None


def alphas_to_syntax(alpha_u: int, alpha_v: int) -> CflAlphas:
    """The syntax elements that code (alpha_u, alpha_v).

    Parameters
    ----------
    alpha_u, alpha_v : int
        −16…16, not both 0.

    Raises
    ------
    FrameError
        An α is out of range, or both are 0, which AV1 codes as DC_PRED.
    """
    for alpha in (alpha_u, alpha_v):
        if not -ALPHA_MAX <= alpha <= ALPHA_MAX:
            raise FrameError(f"alpha is {alpha}, not in -16…16")
    if alpha_u == alpha_v == 0:
        raise FrameError("alpha (0, 0) has no CfL syntax: it is DC_PRED")
    sign_u, sign_v = (_sign(alpha) for alpha in (alpha_u, alpha_v))
    magnitudes = (None if alpha == 0 else abs(alpha) - 1 for alpha in (alpha_u, alpha_v))
    return CflAlphas(3 * sign_u + sign_v - 1, *magnitudes)


def syntax_to_alphas(
    cfl_alpha_signs: int, cfl_alpha_u: int | None = None, cfl_alpha_v: int | None = None
) -> tuple[int, int]:
    """The (alpha_u, alpha_v) that these syntax elements code: CflAlphaU and CflAlphaV.

    Raises
    ------
    FrameError
        A value is out of range, or a magnitude is given for a zero sign or missing for another.
    """
    alphas = []
    for name, sign, symbol in zip("uv", _signs(cfl_alpha_signs), (cfl_alpha_u, cfl_alpha_v), strict=True):
        if (symbol is None) != (sign == CFL_SIGN_ZERO):
            raise FrameError(f"cfl_alpha_{name} is coded exactly where its sign is not zero")
        if symbol is not None and not 0 <= symbol < ALPHA_MAX:
            raise FrameError(f"cfl_alpha_{name} is {symbol}, not in 0…15")
        magnitude = 0 if symbol is None else symbol + 1
        alphas.append(-magnitude if sign == CFL_SIGN_NEG else magnitude)
    return alphas[0], alphas[1]


def alpha_contexts(cfl_alpha_signs: int) -> tuple[int | None, int | None]:
    """The contexts (0…5) of cfl_alpha_u and cfl_alpha_v, None where not coded. AV1 specification 8.3.2.

    Raises
    ------
    FrameError
        The joint sign is not in 0…7.
    """
    sign_u, sign_v = _signs(cfl_alpha_signs)
    context_u = None if sign_u == CFL_SIGN_ZERO else (sign_u - 1) * 3 + sign_v
    context_v = None if sign_v == CFL_SIGN_ZERO else (sign_v - 1) * 3 + sign_u
    return context_u, context_v


def alpha_bits(alpha_u: Any, alpha_v: Any) -> Any:
    """Bits that a pair of α costs under the default CDFs.

    Parameters
    ----------
    alpha_u, alpha_v : int or integer arrays of one shape
        −16…16.

    Returns
    -------
    float or float64 array
        0.0 for (0, 0), which AV1 codes as DC_PRED.

    Raises
    ------
    FrameError
        An α is out of range.
    """
    u, v = np.asarray(alpha_u), np.asarray(alpha_v)
    if max(np.abs(u).max(initial=0), np.abs(v).max(initial=0)) > ALPHA_MAX:
        raise FrameError("alpha is not in -16…16")
    bits = alpha_bits_table()[u + ALPHA_MAX, v + ALPHA_MAX]
    return float(bits) if bits.ndim == 0 else bits


@functools.cache
def alpha_bits_table() -> np.ndarray:
    """``table[alpha_u + 16, alpha_v + 16]``: the bits of each pair; a read-only (33, 33) float64 array."""
    sign_bits = -np.log2(np.diff(DEFAULT_CFL_SIGN_CDF, prepend=0) / 32768)
    magnitude_bits = -np.log2(np.diff(DEFAULT_CFL_ALPHA_CDF, prepend=0, axis=1) / 32768)
    table = np.zeros((2 * ALPHA_MAX + 1, 2 * ALPHA_MAX + 1))
    for signs, bits in enumerate(sign_bits):
        sign_u, sign_v = divmod(signs + 1, 3)
        context_u, context_v = alpha_contexts(signs)
        cost_u = np.zeros(1) if context_u is None else magnitude_bits[context_u]
        cost_v = np.zeros(1) if context_v is None else magnitude_bits[context_v]
        table[np.ix_(_columns(sign_u), _columns(sign_v))] = bits + cost_u[:, None] + cost_v
    table.flags.writeable = False
    return table


def _signs(cfl_alpha_signs: int) -> tuple[int, int]:
    """signU and signV."""
    if not 0 <= cfl_alpha_signs < len(DEFAULT_CFL_SIGN_CDF):
        raise FrameError(f"cfl_alpha_signs is {cfl_alpha_signs}, not in 0…7")
    return divmod(cfl_alpha_signs + 1, 3)


def _sign(alpha: int) -> int:
    if alpha == 0:
        return CFL_SIGN_ZERO
    return CFL_SIGN_NEG if alpha < 0 else CFL_SIGN_POS


def _columns(sign: int) -> np.ndarray:
    """Where the α of one sign stand in the table, by magnitude."""
    if sign == CFL_SIGN_ZERO:
        return np.array([ALPHA_MAX])
    magnitudes = np.arange(1, ALPHA_MAX + 1)
    return ALPHA_MAX + (-magnitudes if sign == CFL_SIGN_NEG else magnitudes)
