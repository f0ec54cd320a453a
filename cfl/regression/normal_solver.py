"""Least squares by the normal equations, where a bound on the error promises the digits."""

import math
from dataclasses import replace

import numpy as np

from cfl.regression.centred_sums import CentredSums, centred_chunks, centred_sums
from cfl.regression.design import Design, Solution
from cfl.regression.precision import FLOAT64, is_enough
from cfl.regression.refinement import exact_fit, exact_gradient, lacks_residual_digits
from cfl.regression.validation import Array

RESIDUAL_DIGITS = 1e-12
"""The relative error, at most, with which squared residuals are not summed one by one."""
WELL_CONDITIONED = 1e-11
"""The relative error, at most, of the inverse matrix, which standard errors are made of."""


def solve_normal(design: Design) -> Solution | None:
    """Solve a well-conditioned problem, or return None where the digits are not certain.

    The sums of squares and products take one pass over the data, at the speed of a matrix product. Where
    they do not promise the digits of a coefficient that is small beside the others, one step of refinement
    follows, with residuals in double-double.
    """
    n, p = design.X.shape
    if design.X_low is not None or n <= p + design.fit_intercept:
        return None
    sums = centred_sums(design)
    if sums is None or sums.has_constant or sums.n_samples <= p + design.fit_intercept:
        return None
    lengths = sums.lengths
    column = lengths[:, None]
    areas = column * lengths
    unit = sums.rounding * p**0.5
    inverse = _inverse(sums.XX / areas, unit)
    if inverse is None:
        return None
    row_squares = np.einsum("ij,ij->i", inverse, inverse)
    right = sums.Xy / column
    coef = inverse @ right
    sizes = np.sqrt(sums.yy) + np.sqrt(np.einsum("ij,ij->j", coef, coef))
    bound = np.sqrt(row_squares)[:, None] * (unit * sizes) / column
    ss_residual = sums.yy - np.einsum("ij,ij->j", right, coef)
    coef /= column
    means = sums.means
    middle = means[:, 0] + means[:, 1]
    intercept = middle[p:] - middle[:p] @ coef
    if not is_enough(coef, bound, intercept, means):
        coef, bound, intercept = _refine(design, sums, coef, inverse)
        if not is_enough(coef, bound, intercept, means):
            return None
    if (sums.rounding * sizes**2 > RESIDUAL_DIGITS * ss_residual).any():
        ss_residual = _sum_of_squares(design, coef, means)
        if lacks_residual_digits(ss_residual, sizes):
            fit = exact_fit(design, coef, inverse / areas)
            if fit is None:
                return None
            coef, intercept, ss_residual = fit
    return Solution(
        coef=np.ascontiguousarray(coef.T),
        intercept=intercept,
        rank=p,
        ss_residual=ss_residual,
        ss_total=sums.yy,
        factored=None,
        X_mean=middle[:p],
        extended=False,
        n_samples=sums.n_samples,
        sum_weights=sums.sum_weights,
        sum_log_weights=_sum_of_logarithms(design.weights),
        inverse=inverse / areas,
    )


def _inverse(matrix: Array, unit: float) -> Array | None:
    """Invert a matrix whose entries are right to `unit`, or return None where too few digits are left."""
    try:
        inverse = np.asarray(np.linalg.inv(matrix), np.float64)
    except np.linalg.LinAlgError:
        return None
    return inverse if unit * math.sqrt(np.vdot(inverse, inverse)) <= WELL_CONDITIONED else None


def _refine(design: Design, sums: CentredSums, coef: Array, inverse: Array) -> tuple[Array, Array, Array]:
    """Correct coefficients with residuals in double-double; return them, a bound on their errors, intercepts.

    The correction `c` has the error A⁻¹·E·c, A being the matrix of the normal equations and E its rounding.
    """
    p, lengths = len(coef), sums.lengths[:, None]
    gradient, intercept = exact_gradient(design, coef)
    correction = inverse @ (gradient / lengths)
    corrected = coef + correction / lengths
    error = 2 * p * sums.rounding * np.linalg.norm(inverse) * np.linalg.norm(correction, axis=0)
    bound = error / lengths + FLOAT64 * np.abs(corrected)
    shift = (correction / lengths).T @ sums.means[:p].sum(axis=1) * design.fit_intercept
    return corrected, bound, intercept - shift


def _sum_of_squares(design: Design, coef: Array, means: Array) -> Array:
    """Return the weighted sums of squared residuals, summed from the residuals."""
    p, start = len(coef), 0
    left = means[p:, 1] - coef.T @ means[:p, 1]
    total = np.zeros(coef.shape[1])
    for X, y, ones in centred_chunks(replace(design, weights=None), means[:, 0]):
        part = slice(start, start + len(y))
        weights = ones[: len(y)] if design.weights is None else design.weights[part]
        total += weights @ (y - X @ coef - left) ** 2
        start = part.stop
    return total


def _sum_of_logarithms(weights: Array | None) -> float:
    return 0.0 if weights is None else float(np.sum(np.log(weights[weights > 0])))
