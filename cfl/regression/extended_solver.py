"""Least squares by column-pivoted QR in double-double."""

import numpy as np
import numpy.typing as npt

from cfl.regression.caller_warnings import warn
from cfl.regression.design import ScaledDesign, Solution
from cfl.regression.exceptions import ConditioningWarning
from cfl.regression.precision import DIGITS, EXTENDED, SAFETY, coefficient_error
from cfl.regression.validation import Array

CONSTANT = 2.0**-90
"""A column whose deviations from its mean are smaller than this, relative to its size, is rounding."""


def solve_extended(design: ScaledDesign) -> Solution:
    """Solve by column-pivoted QR in double-double."""
    from cfl.regression import extended_kernels as kernels

    p = design.n_features
    hi, lo, mean_hi, mean_lo = _centred_extended(design)
    lengths = np.sqrt(np.einsum("ij,ij->j", hi, hi))
    exponents = np.frexp(lengths)[1].astype(np.int64)
    np.ldexp(hi, -exponents, out=hi)
    np.ldexp(lo, -exponents, out=lo)
    order, rank = kernels.pivoted_qr(hi, lo, p, design.rank_tolerance)
    ss_residual = kernels.sum_of_squares(hi[rank:, p:], lo[rank:, p:])
    ss_total = ss_residual + kernels.sum_of_squares(hi[:rank, p:], lo[:rank, p:])
    size = ss_total + np.ldexp(np.sum(design.all_weights) * mean_hi[p:] ** 2, -2 * exponents[p:])
    ss_residual[ss_residual <= (len(hi) * EXTENDED) ** 2 * size] = 0.0
    factor = _factor(hi[:rank, :p], lo[:rank, :p], order, exponents[:p] + design.exponents[:p])
    projected = np.ascontiguousarray(hi[:rank, p:]), np.ascontiguousarray(lo[:rank, p:])
    coef = kernels.matmul(*factor, *projected)
    bound = coefficient_error(factor[0], coef[0], projected[0], ss_residual, SAFETY * EXTENDED)
    _settle(coef, bound)
    back = exponents[p:] - exponents[:p, None]
    coef = np.ldexp(coef[0], back), np.ldexp(coef[1], back)
    shift = kernels.matmul(mean_hi[None, :p], mean_lo[None, :p], *coef)
    intercept = kernels.subtract(mean_hi[p:], mean_lo[p:], shift[0][0], shift[1][0])
    return Solution(
        coef=coef[0].T.copy(),
        intercept=intercept,
        rank=rank,
        ss_residual=np.ldexp(ss_residual, 2 * exponents[p:]),
        ss_total=np.ldexp(ss_total, 2 * exponents[p:]),
        factored=np.ldexp(factor[0], -exponents[:p, None]),
        X_mean=mean_hi[:p],
        extended=True,
    )


def _centred_extended(design: ScaledDesign) -> tuple[Array, Array, Array, Array]:
    """Return the centred, weighted table with its penalty rows, and the means, as double-doubles (hi, lo)."""
    from cfl.regression import extended_kernels as kernels

    hi = np.concatenate([design.X, design.y], axis=1)
    lo, q = np.zeros_like(hi), hi.shape[1]
    if design.X_low is not None:
        lo[:, : design.n_features] = design.X_low
    mean_hi, mean_lo = np.zeros(q), np.zeros(q)
    weights = design.all_weights
    if design.fit_intercept:
        mean_hi, mean_lo = kernels.centre(hi, lo, weights)
        constant = design.constant | (np.max(np.abs(hi), axis=0) <= CONSTANT * design.largest)
        hi[:, constant], lo[:, constant] = 0.0, 0.0
    if design.weights is not None:
        kernels.scale_rows_by_root(hi, lo, weights)
    extra = design.penalty_columns().T
    return np.concatenate([hi, extra]), np.concatenate([lo, np.zeros_like(extra)]), mean_hi, mean_lo


def _factor(
    hi: Array, lo: Array, order: npt.NDArray[np.int64], exponents: npt.NDArray[np.int64]
) -> tuple[Array, Array]:
    """Return the pseudo-inverse of R with its columns in their own order, (p, rank), as a double-double.

    Where R is wide (rank < p), "pseudo" is in the units of the data: of all solutions it gives the one with
    the least sum of squared coefficients. Column `j` of the data is that of R times ``2**exponents[j]``.
    """
    from cfl.regression import extended_kernels as kernels

    rank, p = hi.shape
    if rank == p:
        inverse = kernels.inverse_upper(np.ascontiguousarray(hi), np.ascontiguousarray(lo))
        return inverse[0][np.argsort(order)], inverse[1][np.argsort(order)]
    relative = (exponents - exponents.max())[:, None]
    wide_hi, wide_lo = np.zeros((p, rank)), np.zeros((p, rank))
    wide_hi[order], wide_lo[order] = hi.T, lo.T
    wide_hi, wide_lo = np.ldexp(wide_hi, relative), np.ldexp(wide_lo, relative)
    tall_hi, tall_lo = wide_hi.copy(), wide_lo.copy()
    order, _ = kernels.pivoted_qr(tall_hi, tall_lo, rank, 0.0)
    inverse = kernels.inverse_upper(tall_hi[:rank].copy(), tall_lo[:rank].copy())
    inverse = inverse[0][np.argsort(order)], inverse[1][np.argsort(order)]
    gram = kernels.matmul(*inverse, inverse[0].T.copy(), inverse[1].T.copy())
    pseudo = kernels.matmul(wide_hi, wide_lo, *gram)
    return np.ldexp(pseudo[0], relative), np.ldexp(pseudo[1], relative)


def _settle(coef: tuple[Array, Array], bound: Array) -> None:
    """Set to 0 the coefficients that are nothing but rounding; warn if others lack digits."""
    nothing = np.abs(coef[0]) <= bound
    coef[0][nothing], coef[1][nothing] = 0.0, 0.0
    if np.any(bound > DIGITS * np.abs(coef[0]), where=~nothing):
        warn(
            "The design is so ill-conditioned that some coefficients may have fewer than 12 right digits.",
            ConditioningWarning,
        )
