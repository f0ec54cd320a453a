"""Least squares by the normal equations, where a bound on the error promises the digits."""

import numpy as np

from cfl.regression.centred_sums import CentredSums, centred_chunks, centred_sums
from cfl.regression.design import Design, Solution
from cfl.regression.precision import DIGITS, FLOAT64, is_enough
from cfl.regression.refinement import exact_gradient
from cfl.regression.validation import Array

RESIDUAL_DIGITS = 1e-12
"""The relative error that a sum of squared residuals is to stay below; else it is summed from the residuals."""
WELL_CONDITIONED = 1e-4
"""The normal equations' relative error, at most, for which bounds of first order hold."""


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
    if sums is None or np.any(sums.constant) or sums.n_samples <= p + design.fit_intercept:
        return None
    lengths = sums.lengths
    try:
        root = np.linalg.inv(np.linalg.cholesky(sums.XX / np.multiply.outer(lengths, lengths)))
    except np.linalg.LinAlgError:
        return None
    inverse = root.T @ root
    if not p * sums.rounding * np.linalg.norm(inverse) <= WELL_CONDITIONED:
        return None
    projected = root @ (sums.Xy / lengths[:, None])
    coef = root.T @ projected
    y_length = np.sqrt(sums.yy)
    row_length = np.sqrt(np.einsum("ij,ij->i", inverse, inverse))[:, None]
    bound = sums.rounding * np.sqrt(p) * row_length * (y_length + np.sqrt(np.einsum("ij,ij->j", coef, coef)))
    coef, bound = coef / lengths[:, None], bound / lengths[:, None]
    means = sums.means
    intercept = means[p:].sum(axis=1) - coef.T @ means[:p].sum(axis=1)
    if not is_enough(coef, bound, intercept, means):
        coef, bound, intercept = _refine(design, sums, coef, inverse)
        if not is_enough(coef, bound, intercept, means):
            return None
    ss_residual = sums.yy - np.einsum("ij,ij->j", projected, projected)
    if np.any(sums.rounding * sums.yy > RESIDUAL_DIGITS * ss_residual):
        ss_residual = _sum_of_squares(design, coef, means)
    return Solution(
        coef=coef.T.copy(),
        intercept=intercept,
        rank=p,
        ss_residual=ss_residual,
        ss_total=sums.yy,
        factor=root.T / lengths[:, None],
        X_mean=means[:p].sum(axis=1),
        extended=False,
        n_samples=sums.n_samples,
        sum_weights=sums.sum_weights,
        sum_log_weights=_sum_of_logarithms(design.weights),
    )


def _refine(
    design: Design, sums: CentredSums, coef: Array, inverse: Array
) -> tuple[Array, Array, Array]:
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
    p = len(coef)
    left = means[p:, 1] - coef.T @ means[:p, 1]
    total = np.zeros(coef.shape[1])
    for X, y, root in centred_chunks(design, means[:, 0]):
        residual = y - X @ coef - np.multiply.outer(root, left)
        total += np.einsum("ij,ij->j", residual, residual)
    return total


def _sum_of_logarithms(weights: Array | None) -> float:
    return 0.0 if weights is None else float(np.sum(np.log(weights[weights > 0])))
