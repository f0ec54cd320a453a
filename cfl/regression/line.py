"""The least-squares line through one predictor, in closed form."""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from cfl.regression.design import ScaledDesign, Solution
from cfl.regression.precision import DIGITS, EXTENDED, FLOAT64
from cfl.regression.validation import Array

SAFETY = 16.0
"""Relative error of a block's sums, in units of one rounding."""
RESIDUAL_DIGITS = 1e-10
"""Relative error that the sum of squared residuals stays below."""
ROUNDING = 2.0**-46
"""Residuals smaller than this, relative to the target, have few right digits in a difference of sums."""
NOTHING = 8.0
"""Residuals below this, in units of one double-double rounding of the target, are 0."""

NO_INTERCEPT = 2.0**-96
"""An intercept smaller than this, relative to the target's mean, is 0 but for rounding in double-double."""


class Line(NamedTuple):
    """A line and the sums it comes from; means and sums are exact rational numbers of rounded terms."""

    slope: Fraction
    intercept: Fraction
    ss_residual: float
    x_mean: float
    sxx: float
    syy: float


def solve_line(design: ScaledDesign) -> Solution:
    """Solve a problem with one predictor.

    The sums are first made blockwise in float64; if a bound on their errors does not promise the digits,
    again in double-double throughout.
    """
    penalty = Fraction(float(design.root_penalty[0])) ** 2
    lines, extended = [], False
    for k in range(design.y.shape[1]):
        line = _line(_float64_sums(design, k), penalty)
        if not _is_enough(line, design.fit_intercept):
            extended = True
            line = _line(_extended_sums(design, k), penalty)
            line = line._replace(ss_residual=_sum_of_squares(design, k, line))
        lines.append(line)
    sum_xx = lines[0].sxx + float(penalty)
    rank = int(sum_xx > 0)
    return Solution(
        coef=np.array([[float(line.slope)] for line in lines]),
        intercept=np.array([float(line.intercept) for line in lines]),
        rank=rank,
        ss_residual=np.array([line.ss_residual for line in lines]),
        ss_total=np.array([line.syy for line in lines]),
        factored=np.full((1, rank), 1 / np.sqrt(sum_xx) if rank else 0.0),
        X_mean=np.array([lines[0].x_mean]),
        extended=extended,
    )


def _line(sums: list[Fraction], penalty: Fraction) -> Line:
    """Return the line of x̄, ȳ, Σw·dx², Σw·dx·dy and Σw·dy², where dx and dy are deviations from the means."""
    from cfl.regression.kernels import slope

    x_mean, y_mean, sxx, sxy, syy = sums
    ridge = sxx + penalty
    rounded = Fraction(slope(float(ridge), float(sxy)))
    # The same formula, for what the rounded slope leaves over: the intercept may need the digits.
    exact = rounded + Fraction(slope(float(ridge), float(sxy - rounded * ridge)))
    ss_residual = syy - 2 * exact * sxy + exact * exact * sxx
    intercept = y_mean - exact * x_mean
    return Line(
        slope=exact,
        intercept=intercept if abs(intercept) > NO_INTERCEPT * abs(y_mean) else Fraction(0),
        ss_residual=max(float(ss_residual), 0.0),
        x_mean=float(x_mean),
        sxx=float(sxx),
        syy=float(syy),
    )


def _float64_sums(design: ScaledDesign, k: int) -> list[Fraction]:
    """Return the input of `_line`, to about the precision of float64 relative to the lengths of x and y."""
    from cfl.regression.moment_kernels import add_samples

    sums, products = np.zeros((3, 2)), np.zeros((2, 2, 2))
    none = np.empty(0)
    for part, columns in design.chunks():
        weights = none if design.weights is None else design.weights[part]
        add_samples(columns[[0, 1 + k]], weights, sums, products)
    total, x, y = (_exact(pair) for pair in sums)
    xx, xy, yy = _exact(products[0, 0]), _exact(products[0, 1]), _exact(products[1, 1])
    x_mean, y_mean = x / total * design.fit_intercept, y / total * design.fit_intercept
    varies = not design.has_constant_feature
    return [x_mean, y_mean, varies * (xx - x * x_mean), varies * (xy - x * y_mean), yy - y * y_mean]


def _extended_sums(design: ScaledDesign, k: int) -> list[Fraction]:
    """Return the input of `_line`, to about double-double precision."""
    from cfl.regression.line_kernels import simple_sums

    x, y = np.ascontiguousarray(design.X[:, 0]), np.ascontiguousarray(design.y[:, k])
    sums = [_exact(pair) for pair in simple_sums(x, y, design.all_weights, design.fit_intercept)]
    varies = not design.has_constant_feature
    return [*sums[1:3], varies * sums[3], varies * sums[4], sums[5]]


def _sum_of_squares(design: ScaledDesign, k: int, line: Line) -> float:
    """Return Σ w·r², from the residuals themselves where they are few digits of the target."""
    from cfl.regression.line_kernels import residual_squares

    size = line.syy + float(np.sum(design.all_weights)) * float(design.means[1 + k]) ** 2
    if line.syy == 0 or line.ss_residual > ROUNDING**2 * size:
        return line.ss_residual
    x, y = np.ascontiguousarray(design.X[:, 0]), np.ascontiguousarray(design.y[:, k])
    squares = float(residual_squares(x, y, design.all_weights, _pair(line.slope), _pair(line.intercept)))
    return squares if squares > (NOTHING * EXTENDED) ** 2 * size else 0.0


def _pair(number: Fraction) -> tuple[float, float]:
    """Return a double-double."""
    return float(number), float(number - Fraction(float(number)))


def _exact(pair: Array) -> Fraction:
    return Fraction(float(pair[0])) + Fraction(float(pair[1]))


def _is_enough(line: Line, fit_intercept: bool) -> bool:
    """Return whether a line from float64 sums has the digits that `precision` promises."""
    if line.sxx <= 0 or 4 * SAFETY * FLOAT64 * line.syy > RESIDUAL_DIGITS * line.ss_residual:
        return False
    slope, intercept = abs(float(line.slope)), abs(float(line.intercept))
    error = SAFETY * FLOAT64 * (np.sqrt(line.syy / line.sxx) + slope)
    if error > DIGITS * slope:
        return False
    return not fit_intercept or abs(line.x_mean) * error <= DIGITS * intercept
