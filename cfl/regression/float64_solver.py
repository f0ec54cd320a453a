"""Least squares by QR in float64, refined where its digits are too few."""

import numpy as np

from cfl.regression.design import ScaledDesign, Solution
from cfl.regression.precision import FLOAT64, SAFETY, coefficient_error, is_enough
from cfl.regression.refinement import exact_fit, exact_gradient, lacks_residual_digits
from cfl.regression.validation import Array

ROUNDING = 2.0**-46
"""Residuals smaller than this, relative to the target, have few right digits in float64."""


def solve_float64(design: ScaledDesign) -> Solution | None:
    """Solve a problem of full rank, or return None where a bound on the error does not promise the digits.

    If the factorisation alone does not reach them, one step of refinement follows.
    """
    p = design.n_features
    penalised = bool(np.all(design.root_penalty > 0))
    if (design.n_samples <= p + design.fit_intercept and not penalised) or design.has_constant_feature:
        return None
    R, means = _triangle(design)
    lengths = np.linalg.norm(R[:, :p], axis=0)
    if not (np.all(lengths > 0) and np.all(np.diagonal(R)[:p])):
        return None
    inverse = np.linalg.inv(R[:p, :p] / lengths)
    coef = inverse @ R[:p, p:]
    ss_residual, ss_explained = np.sum(R[p:, p:] ** 2, axis=0), np.sum(R[:p, p:] ** 2, axis=0)
    bound = coefficient_error(inverse, coef, R[:p, p:], ss_residual, SAFETY * FLOAT64)
    coef, bound, factor = coef / lengths[:, None], bound / lengths[:, None], inverse / lengths[:, None]
    intercept = np.sum(means[p:] - coef.T @ means[:p], axis=1)
    if not is_enough(coef, bound, intercept, means) and design.X_low is None:
        coef, bound, intercept = _refine(design, coef, factor, lengths, means)
    if not is_enough(coef, bound, intercept, means):
        return None
    if design.X_low is not None or design.root_penalty.any():
        if not _has_residuals(design, ss_residual, ss_explained + ss_residual, means):
            return None
    else:
        length = np.sqrt(ss_explained + ss_residual) + np.linalg.norm(coef * lengths[:, None], axis=0)
        if lacks_residual_digits(ss_residual, length):
            fit = exact_fit(design, coef, factor @ factor.T)
            if fit is None:
                return None
            coef, intercept, ss_residual = fit
    return Solution(
        coef=coef.T.copy(),
        intercept=intercept,
        rank=p,
        ss_residual=ss_residual,
        ss_total=ss_explained + ss_residual,
        factored=factor,
        X_mean=means[:p].sum(axis=1),
        extended=False,
    )


def _has_residuals(design: ScaledDesign, ss_residual: Array, ss_total: Array, means: Array) -> bool:
    """Tell whether the residuals are more than rounding: in a fit that is all but perfect they are not."""
    size = ss_total + design.all_weights.sum() * means[design.n_features :].sum(axis=1) ** 2
    return bool(np.all(ss_residual > ROUNDING**2 * size))


def _triangle(design: ScaledDesign) -> tuple[Array, Array]:
    """Return R of the centred, weighted problem, and the means, (n_features + n_targets, 2), to be added.

    Chunks of samples are factored one by one, then their triangles together: a tall matrix goes through the
    cache once (Demmel, Grigori, Hoemmen and Langou, "Communication-optimal parallel and sequential QR", SIAM
    J. Sci. Comput. 34, 2012). A column of ones goes before the others and takes out of them what rounding
    left in the means.
    """
    q = len(design.means)
    triangles = [np.empty((0, q + 1))]
    for part, columns in design.chunks():
        table = np.ones((q + 1, columns.shape[1]))
        np.subtract(columns, design.means[:, None], out=table[1:])
        if design.weights is not None:
            table *= np.sqrt(design.weights[part])
        triangles.append(_qr(table.T))
    penalty = design.penalty_columns().T
    means = np.column_stack([design.means, np.zeros(q)])
    if not design.fit_intercept:
        triangles = [triangle[:, 1:] for triangle in triangles]
        return _qr(np.concatenate([*triangles, penalty])), means
    padded = np.pad(penalty, ((0, 0), (1, 0)))
    R = _qr(np.concatenate([*triangles, padded]))
    means[:, 1] = R[0, 1:] / R[0, 0]
    return R[1:, 1:], means


def _qr(matrix: Array) -> Array:
    return np.asarray(np.linalg.qr(matrix, mode="r"))


def _refine(
    design: ScaledDesign, coef: Array, factor: Array, lengths: Array, means: Array
) -> tuple[Array, Array, Array]:
    """Correct coefficients by the seminormal equations, with residuals in double-double.

    The correction has a relative error of about κ²·2⁻⁵³, κ being the condition number for columns of length 1
    (Björck, "Stability analysis of the method of seminormal equations", Linear Algebra Appl. 88, 1987).

    Returns
    -------
    coef, bound : (p, n_targets) float64 arrays
        The corrected coefficients and a bound on their errors.
    intercept : (n_targets,) float64 array
    """
    p = design.n_features
    gradient, intercept = exact_gradient(design, coef)
    gradient -= design.root_penalty[:, None] ** 2 * coef
    correction = factor @ (factor.T @ gradient)
    condition = np.linalg.norm(factor * lengths[:, None]) * np.sqrt(p)
    length = np.linalg.norm(correction * lengths[:, None], axis=0)
    corrected = coef + correction
    bound = FLOAT64 * (2 * SAFETY * condition**2 * length / lengths[:, None] + np.abs(corrected))
    return corrected, bound, intercept - correction.T @ means[:p].sum(axis=1)
