"""Twelve right digits: NIST's problems and others like them, against exact rational least squares."""

import exact
import numpy as np
import pytest
from nist_problems import CERTIFIED, PROBLEMS

from cfl.regression import LinearRegression, Moments, PolynomialRegression, Ridge
from cfl.regression.design import Design, scale
from cfl.regression.extended_solver import solve_extended
from cfl.regression.float64_solver import solve_float64


def terms(model):
    return np.r_[model.intercept_, model.coef_] if model.fit_intercept else model.coef_


def fit_problem(problem):
    if problem.degree == 1:
        return LinearRegression(fit_intercept=problem.fit_intercept).fit(problem.X, problem.y)
    return PolynomialRegression(problem.degree).fit(problem.X, problem.y)


def exact_terms(problem):
    X = problem.X if problem.degree == 1 else exact.powers(problem.X[:, 0], problem.degree)
    return exact.least_squares(X, problem.y, fit_intercept=problem.fit_intercept)


@pytest.mark.parametrize("name", PROBLEMS)
def test_nist_problem_against_exact_fractions(name):
    problem = PROBLEMS[name]
    assert exact.digits(terms(fit_problem(problem)), exact_terms(problem)) >= 14


@pytest.mark.parametrize("name", ["Pontius", "Filip", "Wampler1", "Wampler2", "Wampler5"])
def test_nist_design_matrix_of_rounded_powers(name):
    problem = PROBLEMS[name]
    X = np.column_stack([problem.X[:, 0] ** k for k in range(1, problem.degree + 1)])
    model = LinearRegression().fit(X, problem.y)
    assert exact.digits(terms(model), exact.least_squares(X, problem.y)) >= 14


@pytest.mark.parametrize("name", CERTIFIED)
def test_nist_certified_values_and_standard_errors(name):
    coefficients, errors = CERTIFIED[name]
    summary = fit_problem(PROBLEMS[name]).summary()
    # Filip's certified digits hold for its decimal data, which float64 rounds: about 7 digits survive that.
    tolerance = 1e-7 if name == "Filip" else 1e-12
    np.testing.assert_allclose([term.coef for term in summary.terms], coefficients, rtol=tolerance)
    np.testing.assert_allclose([term.standard_error for term in summary.terms], errors, rtol=tolerance)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize("weighted", [False, True])
def test_nist_problems_without_their_intercept_and_with_weights(name, weighted):
    problem = PROBLEMS[name]
    X = np.column_stack([problem.X**k for k in range(1, problem.degree + 1)])
    weights = np.random.default_rng(5).uniform(0.1, 3, len(X)) if weighted else None
    model = LinearRegression(fit_intercept=not problem.fit_intercept).fit(X, problem.y, weights)
    truth = exact.least_squares(X, problem.y, weights, fit_intercept=not problem.fit_intercept)
    assert exact.digits(terms(model), truth) >= 12


@pytest.mark.parametrize("degree", [3, 6, 8, 12])
def test_ill_conditioned_polynomials(degree):
    rng = np.random.default_rng(degree)
    x = rng.uniform(-9, -3, 40)
    y = rng.normal(size=40)
    model = PolynomialRegression(degree).fit(x[:, None], y)
    assert exact.digits(terms(model), exact.least_squares(exact.powers(x, degree), y)) >= 12


def test_polynomial_in_years():
    x = np.arange(1950.0, 2000)
    y = np.sin(x / 7)
    model = PolynomialRegression(3).fit(x[:, None], y)
    assert exact.digits(terms(model), exact.least_squares(exact.powers(x, 3), y)) >= 12


def random_problem(rng):
    """Two to four predictors; condition, offset, noise and weights of any size."""
    n, p = int(rng.integers(7, 40)), int(rng.integers(2, 5))
    X = rng.normal(size=(n, p)) + rng.normal(size=p) * 10 ** rng.uniform(-2, 3)
    X[:, -1] = X[:, 0] + X[:, -1] / 10 ** rng.uniform(0, 8)
    y = X @ rng.normal(size=p) + 10 ** rng.uniform(-8, 1) * rng.normal(size=n) + rng.normal()
    weights = rng.uniform(0.1, 2, n) if rng.integers(2) else None
    return X, y, weights, bool(rng.integers(2))


def test_around_the_switch_of_arithmetic():
    """Whichever path the bound chooses, the digits are there; and each path is chosen often."""
    rng = np.random.default_rng(1)
    extended = []
    for _ in range(150):
        X, y, weights, fit_intercept = random_problem(rng)
        model = LinearRegression(fit_intercept=fit_intercept).fit(X, y, weights)
        truth = exact.least_squares(X, y, weights, fit_intercept)
        assert exact.digits(terms(model), truth) >= 12
        extended.append(model._solution.extended)
    assert 30 < sum(extended) < 120


def test_float64_path_declines_what_it_cannot_do():
    """Where the float64 path gives an answer at all, it is right, ever nearer to collinearity."""
    rng = np.random.default_rng(2)
    base, y = rng.normal(size=(30, 3)), rng.normal(size=30)
    declined = 0
    for exponent in np.arange(0, 12, 0.25):
        X = base.copy()
        X[:, 2] = X[:, 0] + base[:, 2] * 10**-exponent
        truth = exact.least_squares(X, y)
        solution = solve_float64(scale(Design(X, y[:, None])))
        if solution is None:
            declined += 1
            solution = solve_extended(scale(Design(X, y[:, None])))
        assert exact.digits(np.r_[solution.intercept, solution.coef[0]], truth) >= 12
    assert 0 < declined < 40


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("correlation", [1.0, 1e-2, 1e-6, 1e-9])
def test_line_in_closed_form(fit_intercept, correlation):
    rng = np.random.default_rng(3)
    x = 1e6 + rng.normal(size=3000)
    y = correlation * x + rng.normal(size=3000)
    weights = rng.uniform(0.5, 2, 3000)
    model = LinearRegression(fit_intercept=fit_intercept).fit(x[:, None], y, weights)
    assert exact.digits(terms(model), exact.least_squares(x[:, None], y, weights, fit_intercept)) >= 12


@pytest.mark.parametrize("alpha", [1e-9, 1.0, 1e6])
@pytest.mark.parametrize("p", [1, 3])
def test_ridge_against_exact_augmented_least_squares(alpha, p):
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(15, p)), rng.normal(size=15)
    model = Ridge(alpha, fit_intercept=False).fit(X, y)
    rows = np.concatenate([X, np.eye(p)])
    weights = np.r_[np.ones(15), np.full(p, alpha)]
    truth = exact.least_squares(rows, np.r_[y, np.zeros(p)], weights, fit_intercept=False)
    assert exact.digits(model.coef_, truth) >= 12


def test_many_predictors():
    rng = np.random.default_rng(6)
    X, y = rng.normal(size=(40, 12)), rng.normal(size=40)
    assert exact.digits(terms(LinearRegression().fit(X, y)), exact.least_squares(X, y)) >= 12


def test_standard_errors_of_an_ill_conditioned_design():
    """cov = s²·(XᵀX)⁻¹, the inverse in exact arithmetic."""
    problem = PROBLEMS["Wampler5"]
    summary = fit_problem(problem).summary()
    X = np.array(exact.powers(problem.X[:, 0], 5))
    identity = np.eye(len(X))
    rows = [exact.least_squares(X, column) for column in identity]
    variances = [sum(row[j] ** 2 for row in rows) for j in range(6)]
    coefficients = exact.least_squares(X, problem.y)
    design = np.column_stack([np.ones(len(X), object), X])
    residual = [
        exact.Fraction(float(y)) - sum(row * coefficients) for row, y in zip(design, problem.y, strict=True)
    ]
    s2 = sum(r**2 for r in residual) / (len(X) - 6)
    truth = [float(s2 * v) ** 0.5 for v in variances]
    np.testing.assert_allclose([term.standard_error for term in summary.terms], truth, rtol=1e-12)
    assert summary.residual_standard_error == pytest.approx(float(s2) ** 0.5, rel=1e-12)


@pytest.mark.parametrize("scale_x", [1e-200, 1e150, 1e300])
@pytest.mark.parametrize("p", [1, 2])
def test_extreme_magnitudes(scale_x, p):
    rng = np.random.default_rng(7)
    X, y = rng.normal(size=(20, p)) * scale_x, rng.normal(size=20) * 1e100
    model = LinearRegression().fit(X, y, np.full(20, 1e250))
    assert exact.digits(terms(model), exact.least_squares(X, y)) >= 12


def test_integer_moments_give_correctly_rounded_coefficients():
    rng = np.random.default_rng(8)
    X = rng.integers(0, 4096, (500, 3))
    X[:, 2] = X[:, 0] + X[:, 1] + rng.integers(0, 2, 500)
    y = rng.integers(0, 256, 500)
    truth = [float(value) for value in exact.least_squares(X.astype(float), y)]
    line = Moments().partial_fit(X, y).linear_regression()
    assert [line.intercept_, *line.coef_] == truth
