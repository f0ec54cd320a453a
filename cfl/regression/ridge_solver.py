"""Ridge regression by the normal equations, or by their dual form where samples are fewer than features."""

import functools
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from cfl.regression.centred_sums import CentredSums, centred_sums
from cfl.regression.design import Design
from cfl.regression.least_squares import solve
from cfl.regression.precision import DIGITS, FLOAT64, SAFETY
from cfl.regression.symmetric_solver import solve_symmetric
from cfl.regression.validation import Array

PROBES = 4
"""Random vectors of rounding whose effect on the coefficients is looked at."""


def solve_ridge(design: Design, penalties: Array) -> tuple[Array, Array]:
    """Solve a problem with a penalty for each target.

    A coefficient times the length of its centred column is right to 12 digits of the largest such product;
    where the normal equations do not promise that, `solve` is called.

    Parameters
    ----------
    design : Design
        Its own penalty is not used.
    penalties : (n_targets,) float64 array
        Each >= 0.

    Returns
    -------
    coef : (n_targets, n_features) float64 array
    intercept : (n_targets,) float64 array

    Raises
    ------
    RegressionError
        As `solve`.
    """
    n, p = design.X.shape
    coef, intercept = np.full((len(penalties), p), np.nan), np.empty(len(penalties))
    if p > 1 and np.any(penalties > 0):
        coef, intercept = _dual(design, penalties) if n < p else _primal(design, penalties)
    missing = np.isnan(coef[:, 0])
    for penalty in np.unique(penalties[missing]):
        chosen = missing & (penalties == penalty)
        solution = solve(replace(design, y=design.y[:, chosen], penalty=float(penalty)))
        coef[chosen], intercept[chosen] = solution.coef, solution.intercept
    return coef, intercept


def _primal(design: Design, penalties: Array) -> tuple[Array, Array]:
    """Solve (Xᵀ W X + penalty) coef = Xᵀ W y; NaN where the digits are not certain."""
    p, coef = design.X.shape[1], np.full((design.X.shape[1], len(penalties)), np.nan)
    sums = centred_sums(design)
    if sums is None:
        return coef.T, np.empty(len(penalties))
    for penalty, chosen in _groups(penalties):
        coef[:, chosen] = _solve_sums(sums, penalty, chosen)
    means = sums.means.sum(axis=1)
    return coef.T.copy(), means[p:] - coef.T @ means[:p]


def _solve_sums(sums: CentredSums, penalty: float, chosen: npt.NDArray[np.bool_]) -> Array:
    lengths = np.sqrt(np.diagonal(sums.XX) + penalty)
    matrix = _scaled(sums.XX, lengths)
    coef, probed = _solve_probed(matrix, sums.Xy[:, chosen] / lengths[:, None])
    share = np.max(sums.lengths / lengths)
    size = sums.rounding * (share * np.sqrt(sums.yy[chosen]) + np.linalg.norm(coef, axis=0))
    coef[:, ~(np.max(np.abs(probed)) * size <= DIGITS * np.max(np.abs(coef), axis=0))] = np.nan
    return coef / lengths[:, None]


def _dual(design: Design, penalties: Array) -> tuple[Array, Array]:
    """Solve (X Xᵀ + penalty) a = y, coef = Xᵀ a, of the centred, weighted data; NaN as in `_primal`.

    The direction that centring made 0 would be as small as the penalty; it is lifted to the size of the
    others, which changes nothing for a centred y.
    """
    n, p = design.X.shape
    weights = np.ones(n) if design.weights is None else design.weights
    root = np.sqrt(weights / np.sum(weights))
    X, X_mean = _centred(design.X, root, design.fit_intercept)
    y, y_mean = _centred(design.y, root, design.fit_intercept)
    X *= np.sqrt(weights)[:, None]
    y *= np.sqrt(weights)[:, None]
    coef = np.full((p, len(penalties)), np.nan)
    gram = X @ X.T
    diagonal = np.diagonal(gram)
    if not (np.all(np.isfinite(diagonal)) and np.max(diagonal) > np.finfo(float).tiny / FLOAT64):
        return coef.T, y_mean
    if design.fit_intercept:
        gram += np.mean(diagonal) * np.multiply.outer(root, root)
    columns = np.linalg.norm(X, axis=0)
    for penalty, chosen in _groups(penalties):
        lengths = np.sqrt(np.diagonal(gram) + penalty)
        matrix = _scaled(gram, lengths)
        a, probed = _solve_probed(matrix, y[:, chosen] / lengths[:, None])
        found = X.T @ (a / lengths[:, None])
        effects, errors = (columns[:, None] * (X.T @ (b / lengths[:, None])) for b in (a, probed))
        size = SAFETY * FLOAT64 * np.linalg.norm(a, axis=0)
        found[:, ~(np.max(np.abs(errors)) * size <= DIGITS * np.max(np.abs(effects), axis=0))] = np.nan
        coef[:, chosen] = found
    return coef.T.copy(), y_mean - coef.T @ X_mean


def _scaled(matrix: Array, lengths: Array) -> Array:
    """Return a symmetric matrix for columns of length 1, the penalty in its diagonal."""
    scaled = matrix * (1 / lengths)
    scaled *= (1 / lengths)[:, None]
    np.fill_diagonal(scaled, 1.0)
    return scaled


def _solve_probed(matrix: Array, right: Array) -> tuple[Array, Array]:
    """Solve a symmetric system, also for random right-hand sides: the second answer, (size, `PROBES`).

    What rounding adds to the matrix acts like a small random right-hand side, so this answer shows what it
    does to the first. Both are infinite where the matrix is singular.
    """
    q = right.shape[1]
    answer = solve_symmetric(matrix, np.concatenate([right, _probes(len(matrix))], axis=1))
    return answer[:, :q], answer[:, q:]


@functools.lru_cache(maxsize=8)
def _probes(size: int) -> Array:
    return np.random.default_rng(size).normal(size=(size, PROBES))


def _centred(data: Array, root: Array, fit_intercept: bool) -> tuple[Array, Array]:
    """Return a copy of the columns less their weighted means, and these."""
    if not fit_intercept:
        return data.copy(), np.zeros(data.shape[1])
    mean = root**2 @ data
    deviations = data - mean
    rest = root**2 @ deviations
    return deviations - rest, mean + rest


def _groups(penalties: Array) -> list[tuple[float, npt.NDArray[np.bool_]]]:
    """Return each penalty above 0 with the targets it belongs to."""
    return [(float(penalty), penalties == penalty) for penalty in np.unique(penalties[penalties > 0])]
