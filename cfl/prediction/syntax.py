"""How AV1 codes a pair of α: joint signs, magnitudes, contexts, and how many bits they take.

AV1 specification 5.11.45 (read_cfl_alphas), 6.10.36, 8.3.2 and the default CDFs of section 9.4.
"""

import functools
from typing import Any, NamedTuple

import numpy as np

from cfl.errors import FrameError
from cfl.prediction.tables import (
    ALPHA_MAX,
    CFL_SIGN_NEG,
    CFL_SIGN_POS,
    CFL_SIGN_ZERO,
    DEFAULT_CFL_ALPHA_CDF,
    DEFAULT_CFL_SIGN_CDF,
)


class CflAlphas(NamedTuple):
    """The syntax elements that code a pair of α.

    Attributes
    ----------
    cfl_alpha_signs : int
        Joint sign of both, 0…7.
    cfl_alpha_u : int or None
        Magnitude of U less 1, 0…15; None if its sign is zero, as it is not coded then.
    cfl_alpha_v : int or None
        Magnitude of V less 1, 0…15; None if its sign is zero.

    See Also
    --------
    alphas_to_syntax, syntax_to_alphas : From α and back.

    References
    ----------
    .. [1] AV1 specification, section 5.11.45, "Read CFL alphas syntax".

    Examples
    --------
    >>> from cfl.prediction import alphas_to_syntax
    >>> alphas_to_syntax(4, 0)
    CflAlphas(cfl_alpha_signs=5, cfl_alpha_u=3, cfl_alpha_v=None)
    """

    cfl_alpha_signs: int
    cfl_alpha_u: int | None
    cfl_alpha_v: int | None


def alphas_to_syntax(alpha_u: int, alpha_v: int) -> CflAlphas:
    """Return the syntax elements that code a pair of α.

    Parameters
    ----------
    alpha_u : int
        −16…16, in eighths of chroma per luma.
    alpha_v : int
        −16…16; not 0 if `alpha_u` is 0.

    Returns
    -------
    syntax : CflAlphas
        Joint sign and magnitudes.

    Raises
    ------
    FrameError
        An α is out of range, or both are 0, which AV1 codes as DC_PRED.

    See Also
    --------
    syntax_to_alphas : The way back.
    alpha_bits : How many bits they take.

    References
    ----------
    .. [1] AV1 specification, sections 5.11.45 and 6.10.36.

    Examples
    --------
    >>> from cfl.prediction import alphas_to_syntax
    >>> alphas_to_syntax(4, -2)
    CflAlphas(cfl_alpha_signs=6, cfl_alpha_u=3, cfl_alpha_v=1)
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
    """Return the pair of α that syntax elements code: CflAlphaU and CflAlphaV.

    Parameters
    ----------
    cfl_alpha_signs : int
        Joint sign, 0…7.
    cfl_alpha_u : int, optional
        0…15; must be given exactly if the sign of U is not zero.
    cfl_alpha_v : int, optional
        0…15; must be given exactly if the sign of V is not zero.

    Returns
    -------
    alpha_u : int
        −16…16, in eighths of chroma per luma.
    alpha_v : int
        −16…16.

    Raises
    ------
    FrameError
        A value is out of range, or a magnitude is given for a zero sign or missing for another.

    See Also
    --------
    alphas_to_syntax : The way back.

    References
    ----------
    .. [1] AV1 specification, section 6.10.36.

    Examples
    --------
    >>> from cfl.prediction import syntax_to_alphas
    >>> syntax_to_alphas(6, 3, 1)
    (4, -2)
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
    """Return the contexts of cfl_alpha_u and cfl_alpha_v, which choose their CDFs.

    Parameters
    ----------
    cfl_alpha_signs : int
        Joint sign, 0…7.

    Returns
    -------
    context_u : int or None
        0…5; None if the sign of U is zero, as cfl_alpha_u is not coded then.
    context_v : int or None
        0…5; None if the sign of V is zero.

    Raises
    ------
    FrameError
        The joint sign is not in 0…7.

    See Also
    --------
    alphas_to_syntax : Makes the joint sign.

    References
    ----------
    .. [1] AV1 specification, section 8.3.2.

    Examples
    --------
    >>> from cfl.prediction import alpha_contexts, alphas_to_syntax
    >>> alpha_contexts(alphas_to_syntax(4, -2).cfl_alpha_signs)
    (4, 2)
    >>> alpha_contexts(alphas_to_syntax(4, 0).cfl_alpha_signs)
    (3, None)
    """
    sign_u, sign_v = _signs(cfl_alpha_signs)
    context_u = None if sign_u == CFL_SIGN_ZERO else (sign_u - 1) * 3 + sign_v
    context_v = None if sign_v == CFL_SIGN_ZERO else (sign_v - 1) * 3 + sign_u
    return context_u, context_v


def alpha_bits(alpha_u: Any, alpha_v: Any) -> Any:
    """Return how many bits a pair of α takes with AV1's default CDFs.

    Parameters
    ----------
    alpha_u : int or int array
        −16…16, in eighths of chroma per luma.
    alpha_v : int or int array
        −16…16; arrays have one shape.

    Returns
    -------
    bits : float or float64 array
        0.0 for (0, 0), which AV1 codes as DC_PRED.

    Raises
    ------
    FrameError
        An α is out of range.

    See Also
    --------
    alpha_bits_table : The bits of all pairs.

    Examples
    --------
    Small α of opposite signs are cheap:

    >>> from cfl.prediction import alpha_bits
    >>> alpha_bits([0, 1, 16], [0, -1, -16]).round(2).tolist()
    [0.0, 5.48, 19.71]
    """
    u, v = np.asarray(alpha_u), np.asarray(alpha_v)
    if max(np.abs(u).max(initial=0), np.abs(v).max(initial=0)) > ALPHA_MAX:
        raise FrameError("alpha is not in -16…16")
    bits = alpha_bits_table()[u + ALPHA_MAX, v + ALPHA_MAX]
    return float(bits) if bits.ndim == 0 else bits


@functools.cache
def alpha_bits_table() -> np.ndarray:
    """Return how many bits each pair of α takes with AV1's default CDFs.

    Returns
    -------
    table : (33, 33) float64 array
        ``table[alpha_u + 16, alpha_v + 16]``; read-only. 0 for (0, 0), which AV1 codes as DC_PRED.

    See Also
    --------
    alpha_bits : The bits of given pairs.

    Notes
    -----
    A symbol of probability p takes −log₂ p bits. The bits of a pair are those of its joint sign and of its
    coded magnitudes, each in its context.

    References
    ----------
    .. [1] AV1 specification, section 9.4, "Default CDF tables".

    Examples
    --------
    >>> from cfl.prediction import alpha_bits_table
    >>> round(alpha_bits_table()[16 + 1, 16 - 1].item(), 2)
    5.48
    """
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
    """Return where the α of one sign are in the table, by magnitude."""
    if sign == CFL_SIGN_ZERO:
        return np.array([ALPHA_MAX])
    magnitudes = np.arange(1, ALPHA_MAX + 1)
    return ALPHA_MAX + (-magnitudes if sign == CFL_SIGN_NEG else magnitudes)
