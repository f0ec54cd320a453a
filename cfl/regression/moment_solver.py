"""Least squares from co-moments."""

from dataclasses import replace
from fractions import Fraction

import numpy as np

from cfl.regression.caller_warnings import warn
from cfl.regression.design import Design, Solution
from cfl.regression.exceptions import ConditioningWarning
from cfl.regression.least_squares import solve
from cfl.regression.validation import Array

CONDITION_LIMIT = 1e8
"""Squared condition number from which float co-moments promise fewer than about 7 digits."""
Matrix = list[list[Fraction]]


def solve_moments(
    comoments: Matrix,
    means: list[Fraction],
    p: int,
    *,
    exact: bool,
    n_samples: int,
    sum_weights: float,
    sum_log_weights: float,
) -> Solution:
    """Solve for the targets' coefficients.

    Parameters
    ----------
    comoments : (q, q) matrix of Fraction
        Of `p` predictors, then the targets; about `means`.
    means : list of q Fraction
        0 for a fit without an intercept.
    p : int
    exact : bool
        The co-moments are those of the data, not rounded.
    n_samples, sum_weights, sum_log_weights
        For the summary.
    """
    solution = _solve_rounded(comoments, means, p, exact)
    if exact and solution.rank == p:
        solution = _with_exact_coefficients(solution, comoments, means, p)
    return replace(solution, n_samples=n_samples, sum_weights=sum_weights, sum_log_weights=sum_log_weights)


def _solve_rounded(comoments: Matrix, means: list[Fraction], p: int, exact: bool) -> Solution:
    """Solve in float64, through a square root of the predictors' correlation matrix."""
    matrix = np.array([[float(value) for value in row] for row in comoments])
    center = np.array([float(value) for value in means])
    lengths = np.sqrt(np.diagonal(matrix)[:p].clip(min=0))
    unit = np.where(lengths > 0, lengths, 1.0)
    eigenvalues, vectors = np.linalg.eigh(matrix[:p, :p] / np.outer(unit, unit))
    kept = eigenvalues > p * 2.0**-48 * max(eigenvalues[-1], 0)
    if not exact and np.any(kept) and eigenvalues[-1] > CONDITION_LIMIT * eigenvalues[kept][0]:
        warn(
            "The design is ill-conditioned for a fit from moments: coefficients may have few right digits.",
            ConditioningWarning,
        )
    roots = np.sqrt(eigenvalues[kept])[:, None]
    X = np.zeros((max(p, 2), p))
    y = np.zeros((max(p, 2), matrix.shape[0] - p))
    X[: len(roots)] = roots * vectors[:, kept].T * lengths
    y[: len(roots)] = vectors[:, kept].T / roots @ (matrix[:p, p:] / unit[:, None])
    solution = solve(Design(X, y, fit_intercept=False))
    ss_total = np.diagonal(matrix)[p:].copy()
    return replace(
        solution,
        intercept=center[p:] - solution.coef @ center[:p],
        ss_residual=(ss_total - np.sum(y**2, axis=0)).clip(min=0),
        ss_total=ss_total,
        X_mean=center[:p],
    )


def _with_exact_coefficients(
    solution: Solution, comoments: Matrix, means: list[Fraction], p: int
) -> Solution:
    """Replace coefficients, intercept and residuals by the exact ones, rounded once."""
    exact = _eliminate([row.copy() for row in comoments[:p]], p)
    targets = range(p, len(means))
    coef: list[list[Fraction]] = [[row[k] for row in exact] for k in targets]
    intercept = [
        means[k] - sum((b * m for b, m in zip(line, means, strict=False)), Fraction(0))
        for k, line in zip(targets, coef, strict=True)
    ]
    ss_residual = [
        comoments[k][k] - sum((b * comoments[j][k] for j, b in enumerate(line)), Fraction(0))
        for k, line in zip(targets, coef, strict=True)
    ]
    return replace(
        solution, coef=_rounded(coef), intercept=_rounded(intercept), ss_residual=_rounded(ss_residual)
    )


def _rounded(values: list[list[Fraction]] | list[Fraction]) -> Array:
    return np.array(values, dtype=object).astype(np.float64)


def _eliminate(rows: Matrix, p: int) -> Matrix:
    """Reduce the first `p` columns of a positive definite system to the identity (Gauss and Jordan)."""
    for k in range(p):
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(p):
            if i != k and rows[i][k]:
                ratio = rows[i][k]
                rows[i] = [a - ratio * b for a, b in zip(rows[i], rows[k], strict=True)]
    return rows
