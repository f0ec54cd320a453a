"""Linear least squares: which arithmetic a problem needs, and its solution.

- One predictor: in closed form.
- Several: the normal equations, about the means.
- Where a bound on their error does not promise 12 digits in every coefficient: Householder QR in float64.
- Where that is not enough (ill-conditioned or rank-deficient): column-pivoted QR in double-double.

The second and third are followed by steps of refinement where their own digits, or those of the residuals,
are too few.
"""

from dataclasses import replace

import numpy as np

from cfl.regression.caller_warnings import warn
from cfl.regression.design import Design, ScaledDesign, Solution, scale
from cfl.regression.exceptions import RankDeficiencyWarning, RegressionError
from cfl.regression.extended_solver import solve_extended
from cfl.regression.float64_solver import solve_float64
from cfl.regression.line import solve_line
from cfl.regression.normal_solver import solve_normal


def solve(design: Design) -> Solution:
    """Solve a least-squares problem to 12 digits in every coefficient.

    Raises
    ------
    RegressionError
        The coefficients are too large for float64.

    Warns
    -----
    RankDeficiencyWarning
        Columns are linearly dependent; the solution is the one of minimum norm.
    ConditioningWarning
        Not even double-double arithmetic promises the 12 digits.
    """
    is_line = design.X.shape[1] == 1 and design.X_low is None
    if not is_line and design.penalty == 0:
        solution = solve_normal(design)
        if solution is not None:
            return solution
    scaled = scale(design)
    solution = solve_line(scaled) if is_line else solve_float64(scaled) or solve_extended(scaled)
    solution = _unscaled(solution, scaled)
    if not (np.all(np.isfinite(solution.coef)) and np.all(np.isfinite(solution.intercept))):
        raise RegressionError("The coefficients are too large for float64: scale X or y.")
    if solution.rank < scaled.n_features:
        warn(
            f"The design is rank-deficient: {scaled.n_features} {'centred ' if design.fit_intercept else ''}"
            f"columns of rank {solution.rank}. The coefficients are the minimum-norm solution; others fit "
            "as well.",
            RankDeficiencyWarning,
        )
    return solution


def solve_well_conditioned(design: Design) -> Solution | None:
    """Solve in float64, or return None where that does not promise 12 digits in every coefficient."""
    scaled = scale(design)
    solution = solve_float64(scaled)
    return None if solution is None else _unscaled(solution, scaled)


def _unscaled(solution: Solution, scaled: ScaledDesign) -> Solution:
    """Return a solution in the units of the data."""
    p, weights = scaled.n_features, scaled.weights
    x_exponents, y_exponents = scaled.exponents[:p], scaled.exponents[p:]
    squared = 2 * y_exponents + scaled.weight_exponent
    n = scaled.n_samples
    sum_weights = float(n) if weights is None else float(np.ldexp(np.sum(weights), scaled.weight_exponent))
    log_unit = np.log(2) * scaled.weight_exponent * n
    with np.errstate(over="ignore"):
        return replace(
            solution,
            coef=np.ldexp(solution.coef, y_exponents[:, None] - x_exponents),
            intercept=np.ldexp(solution.intercept, y_exponents),
            ss_residual=np.ldexp(solution.ss_residual, squared),
            ss_total=np.ldexp(solution.ss_total, squared),
            factored=np.ldexp(solution.factor, -x_exponents[:, None] - scaled.weight_exponent // 2),
            X_mean=np.ldexp(solution.X_mean, x_exponents),
            n_samples=n,
            sum_weights=sum_weights,
            sum_log_weights=0.0 if weights is None else float(np.sum(np.log(weights)) + log_unit),
        )
