"""Every number of the summary against exact rationals, where statistics are 0, infinite or 0 / 0."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest
from exact import solve

from cfl.regression import LinearRegression, PolynomialRegression, RankDeficiencyWarning, diagnostics

LINE = [[0], [1], [2], [3], [4], [5]]
SEVEN = [[-4], [3], [0], [-5], [4], [-5], [4]]
PLANE = [[0, 1], [1, 0], [2, 5], [3, 1], [4, 4], [5, 9]]
Y = [1, 3, 2, 5, 4, 9]
WEIGHTS = [1, 2, 0.5, 4, 0.25, 1]
CASES = {
    "a line": (LINE, Y, None, True),
    "a line with weights": (LINE, Y, WEIGHTS, True),
    "a line through the origin": (LINE, Y, None, False),
    "a plane": (PLANE, Y, WEIGHTS, True),
    "far from the origin": ([[10**6 + x[0]] for x in LINE], [10**8 + y for y in Y], None, True),
    "a sample of weight 0": (LINE, Y, [1, 1, 1, 0, 1, 1], True),
    "one degree of freedom": (PLANE[:4], Y[:4], None, True),
    "constant y": (LINE, [3] * 6, None, True),
    "constant y that binary does not hold": (LINE, [0.1] * 6, None, True),
    "constant y with weights": (PLANE, [0.7] * 6, WEIGHTS, True),
    "constant y through the origin": (LINE, [3] * 6, None, False),
    "y is 0": (LINE, [0] * 6, None, True),
    "y is 0, through the origin": (LINE, [0] * 6, None, False),
    "a perfect line": (LINE, [2 * x[0] + 1 for x in LINE], None, True),
    "a perfect line with weights": (LINE, [2 * x[0] + 1 for x in LINE], WEIGHTS, True),
    "a perfect line through the origin": (LINE, [2 * x[0] for x in LINE], None, False),
    "a perfect line of seven": (SEVEN, [3 * x[0] + 1 for x in SEVEN], None, True),
    "a perfect line of five with weights": (
        LINE[:5],
        [4 - 3 * x[0] for x in LINE[:5]],
        [1, 0.5, 1.5, 1.5, 1.5],
        True,
    ),
    "a perfect line with intercept 0": ([[4], [-4], [-3], [0]], [12, -12, -9, 0], [0.5, 1, 1.5, 0.5], True),
    "a line of rounded numbers": (SEVEN, [x[0] / 10 + 0.3 for x in SEVEN], [*WEIGHTS[::-1], 3], True),
    "a perfect plane": (PLANE, [a - 3 * b + 7 for a, b in PLANE], None, True),
    "a plane of rounded numbers": (PLANE, [a / 10 - b / 3 + 0.7 for a, b in PLANE], WEIGHTS, True),
    "nothing to explain": ([[-1], [0], [1]], [1, -2, 1], None, True),
}


def exact(X, y, weights, fit_intercept):
    """Coefficients, squares of their errors, R² and F as rationals; None for 0 / 0 and for 1 / 0."""
    used = [k for k in range(len(y)) if weights is None or weights[k] > 0]
    w = [Fraction(1 if weights is None else weights[k]) for k in used]
    rows = [[Fraction(1)] * fit_intercept + [Fraction(value) for value in X[k]] for k in used]
    target = [Fraction(y[k]) for k in used]
    p, n = len(rows[0]), len(used)
    gram = [[sum(w[k] * rows[k][i] * rows[k][j] for k in range(n)) for j in range(p)] for i in range(p)]
    moments = [sum(w[k] * rows[k][i] * target[k] for k in range(n)) for i in range(p)]
    coef = solve([[*row, moment] for row, moment in zip(gram, moments, strict=True)])
    inverse = [solve([[*row, Fraction(i == j)] for i, row in enumerate(gram)])[j] for j in range(p)]
    residual = [target[k] - sum(a * b for a, b in zip(rows[k], coef, strict=True)) for k in range(n)]
    left = sum(w[k] * residual[k] ** 2 for k in range(n))
    mean = sum(w[k] * target[k] for k in range(n)) / sum(w) if fit_intercept else Fraction(0)
    total = sum(w[k] * (target[k] - mean) ** 2 for k in range(n))
    variance, slopes = left / (n - p), p - fit_intercept
    f = None if variance == 0 else (total - left) / slopes / variance
    return {
        "coef": coef,
        "squared_errors": [variance * value for value in inverse],
        "variance": variance,
        "r2": 1 - left / total if total else Fraction(1),
        "f": f,
        "total": total,
        "degrees": (slopes, n - p, n),
    }


def close(value, truth):
    """To 12 digits; 0 is exactly 0."""
    return abs(Fraction(value) - truth) <= abs(truth) / 10**12


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_all_numbers(case):
    X, y, weights, fit_intercept = case
    truth = exact(*case)
    with warnings.catch_warnings(action="error"):
        summary = LinearRegression(fit_intercept=fit_intercept).fit(X, y, weights).summary()
    assert (summary.df_model, summary.df_residual, summary.n_samples) == truth["degrees"]
    assert close(summary.r2, truth["r2"])
    _, left, n = truth["degrees"]
    assert close(summary.r2_adjusted, 1 - (1 - truth["r2"]) * (n - fit_intercept) / left)
    assert close(summary.residual_standard_error**2, truth["variance"])
    for term, coef, squared in zip(summary.terms, truth["coef"], truth["squared_errors"], strict=True):
        assert close(term.coef, coef)
        assert close(term.standard_error**2, squared)
        if squared:
            assert close(term.t**2, coef**2 / squared)
            assert 0 <= term.p <= 1
        elif coef:
            assert (abs(term.t), math.copysign(1, term.t), term.p) == (math.inf, math.copysign(1, coef), 0)
        else:
            assert math.isnan(term.t)
            assert math.isnan(term.p)
    if truth["f"] is not None:
        assert close(summary.f, truth["f"])
        assert 0 <= summary.f_p <= 1
    elif truth["total"]:
        assert (summary.f, summary.f_p) == (math.inf, 0)
        assert any("perfect" in note for note in summary.notes)
        assert summary.log_likelihood == math.inf
    else:
        assert math.isnan(summary.f)
        assert math.isnan(summary.f_p)
        assert any("0 / 0" in note for note in summary.notes)


def test_a_predictor_that_does_not_vary_explains_nothing():
    with pytest.warns(RankDeficiencyWarning):
        summary = LinearRegression().fit([[3]] * 3, [1, 2, 4]).summary()
    assert (summary.r2, summary.df_model) == (0, 0)
    assert math.isnan(summary.f)
    assert "no predictor varies: F, and its p, would be 0 / 0" in summary.notes


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize("slope", [0, 3])
def test_a_perfect_fit_is_one_by_all_standard_errors(kind, slope):
    """F is infinite, or 0 / 0 where there is nothing to explain, as it is for equal variances."""
    X, y = SEVEN, [slope * x[0] + 1 for x in SEVEN]
    model = LinearRegression().fit(X, y)
    summary, plain = diagnostics(model, X, y).summary(kind), model.summary()
    assert [term.standard_error for term in summary.terms] == [0, 0]
    np.testing.assert_array_equal([summary.f, summary.f_p], [plain.f, plain.f_p])
    assert summary.notes[:-1] == plain.notes


@pytest.mark.parametrize("make", [LinearRegression, lambda: PolynomialRegression(1)])
@pytest.mark.parametrize("y", [[1, 4], [3, 3]])
def test_as_many_terms_as_samples(make, y):
    """No degree of freedom is left: R² is 1, and there is no summary."""
    line = make().fit([[0], [1]], y)
    assert line.has_summary is False
    assert line.score([[0], [1]], y) == 1
    with pytest.raises(ValueError, match="more samples than independent terms"):
        line.summary()


@pytest.mark.parametrize("degree", [5, 6])
def test_polynomial_through_all_samples(degree):
    """Degree 5 is the last that six samples determine; the exact polynomial goes through them."""
    x = np.arange(6.0)
    y = np.array(Y, float)
    with warnings.catch_warnings(action="ignore"):
        curve = PolynomialRegression(degree).fit(x[:, None], y)
    system = [[*(Fraction(k) ** power for power in range(6)), Fraction(Y[k])] for k in range(6)]
    truth = solve(system)
    for value, coefficient in zip([curve.intercept_, *curve.coef_[:5]], truth, strict=True):
        assert close(value, coefficient)
    np.testing.assert_array_equal(curve.coef_[5:], 0)
    assert curve.score(x[:, None], y) == 1
