"""The fast paths: normal equations of least squares and ridge, against exact fractions and scikit-learn."""

import exact
import numpy as np
import pytest
import sklearn.linear_model
import statsmodels.api as sm

from cfl.regression import LinearRegression, Ridge
from cfl.regression.design import Design
from cfl.regression.normal_solver import solve_normal


def test_least_squares_is_right_or_declined():
    """Ever nearer to collinearity, the normal equations give right digits or no answer."""
    rng = np.random.default_rng(0)
    base, y = rng.normal(size=(30, 3)) + 100, rng.normal(size=30)
    declined = 0
    for exponent in np.arange(0, 9, 0.25):
        X = base.copy()
        X[:, 2] = X[:, 0] + base[:, 2] * 10**-exponent
        solution = solve_normal(Design(X, y[:, None]))
        if solution is None:
            declined += 1
        else:
            truth = exact.least_squares(X, y)
            assert exact.digits(np.r_[solution.intercept, solution.coef[0]], truth) >= 12
    assert 0 < declined < 30


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("noise", [1.0, 1e-6, 1e-10, 1e-14, 0.0])
def test_solution_has_the_sums_that_a_summary_needs(weighted, fit_intercept, noise):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 4)) + 3
    y = X @ [1.0, 2, 3, 4] + 5 * fit_intercept + noise * rng.normal(size=60)
    weights = rng.uniform(0.5, 2, 60) if weighted else None
    solution = solve_normal(Design(X, y[:, None], weights, fit_intercept=fit_intercept))
    truth = exact.least_squares(X, y, weights, fit_intercept)
    design = np.column_stack([np.ones(60), X]) if fit_intercept else X
    fractions = np.vectorize(exact.Fraction)
    all_weights = np.ones(60) if weights is None else weights
    residual = fractions(y) - fractions(design) @ np.array(truth, object)
    squares = float(np.sum(residual**2 * fractions(all_weights)))
    assert solution.ss_residual[0] == pytest.approx(squares, rel=1e-9)
    model = sm.WLS(y, design, all_weights).fit()
    total = model.centered_tss if fit_intercept else model.uncentered_tss
    assert solution.ss_total[0] == pytest.approx(total)
    covariance = model.normalized_cov_params[fit_intercept:, fit_intercept:]
    np.testing.assert_allclose(solution.factor @ solution.factor.T, covariance, rtol=1e-9)


def test_a_perfect_fit_has_no_residuals():
    rng = np.random.default_rng(9)
    X = rng.integers(-50, 50, (200, 3)).astype(float)
    solution = solve_normal(Design(X, (X @ [3.0, 2, -7] + 1)[:, None]))
    assert solution.ss_residual[0] == 0
    assert (solution.coef.tolist(), solution.intercept.tolist()) == ([[3, 2, -7]], [1])


@pytest.mark.parametrize("closeness", [1e-3, 1e-6, 1e-8])
@pytest.mark.parametrize("noise", [1e-10, 1e-14])
def test_small_residuals_of_nearly_collinear_columns(closeness, noise):
    rng = np.random.default_rng(10)
    X = rng.normal(size=(40, 3)) + 3
    X[:, 2] = X[:, 0] + closeness * X[:, 2]
    y = X @ [1.0, 2, 3] + noise * rng.normal(size=40)
    truth = exact.least_squares(X, y)
    fractions = np.vectorize(exact.Fraction)
    residual = fractions(y) - fractions(np.column_stack([np.ones(40), X])) @ np.array(truth, object)
    model = LinearRegression().fit(X, y)
    error = model.summary().residual_standard_error
    assert error == pytest.approx(float(np.sum(residual**2) / 36) ** 0.5, rel=1e-9)


@pytest.mark.parametrize("magnitude", [1e-130, 1e130])
def test_what_would_overflow_is_declined_and_right(magnitude):
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(20, 3)) * magnitude, rng.normal(size=20)
    assert solve_normal(Design(X, y[:, None])) is None
    model = LinearRegression().fit(X, y)
    assert exact.digits(np.r_[model.intercept_, model.coef_], exact.least_squares(X, y)) >= 12


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("n", [40_000, 400])
def test_chunks_and_orders(n, order):
    rng = np.random.default_rng(3)
    X = np.asarray(rng.normal(size=(n, 30)) + 1000, order=order)
    y = X @ rng.normal(size=30) + rng.normal(size=n)
    theirs = sm.OLS(y, sm.add_constant(X)).fit()
    np.testing.assert_allclose(LinearRegression().fit(X, y).coef_, theirs.params[1:], rtol=1e-9)
    ridge = sklearn.linear_model.Ridge(solver="svd").fit(X, y)
    np.testing.assert_allclose(Ridge().fit(X, y).coef_, ridge.coef_, rtol=1e-9)


def exact_ridge(X, y, alpha, weights):
    """Ridge with an intercept as least squares with more rows: the ones of the intercept are a column."""
    n, p = X.shape
    rows = np.zeros((n + p, p + 1))
    rows[:n, 0], rows[:n, 1:], rows[n:, 1:] = 1, X, np.eye(p)
    all_weights = np.r_[np.ones(n) if weights is None else weights, np.full(p, alpha)]
    return exact.least_squares(rows, np.r_[y, np.zeros(p)], all_weights, fit_intercept=False)


@pytest.mark.parametrize("shape", [(30, 4), (5, 9), (9, 10)])
@pytest.mark.parametrize("alpha", [1e-10, 1e-3, 1.0, 1e8])
@pytest.mark.parametrize("weighted", [False, True])
def test_ridge_against_exact_fractions(shape, alpha, weighted):
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=shape) + 2, rng.normal(size=shape[0])
    weights = rng.uniform(0.5, 2, shape[0]) if weighted else None
    model = Ridge(alpha).fit(X, y, weights)
    intercept, *coef = (float(value) for value in exact_ridge(X, y, alpha, weights))
    np.testing.assert_allclose(model.coef_, coef, rtol=0, atol=1e-11 * np.max(np.abs(coef)))
    assert model.intercept_ == pytest.approx(intercept, rel=1e-10)


@pytest.mark.parametrize("p", [3, 40])
def test_ridge_with_a_penalty_for_each_target(p):
    rng = np.random.default_rng(5)
    X, Y = rng.normal(size=(20, p)), rng.normal(size=(20, 3))
    alphas = [1e-9, 2.0, 2.0]
    model = Ridge(alphas).fit(X, Y)
    for k, alpha in enumerate(alphas):
        single = sklearn.linear_model.Ridge(alpha, solver="svd").fit(X, Y[:, k])
        np.testing.assert_allclose(model.coef_[k], single.coef_, rtol=1e-8, atol=1e-10)
        assert model.intercept_[k] == pytest.approx(single.intercept_, rel=1e-8)


def test_ridge_with_no_penalty_for_one_target():
    rng = np.random.default_rng(6)
    X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    model = Ridge([0, 1]).fit(X, Y)
    np.testing.assert_allclose(model.coef_[0], LinearRegression().fit(X, Y[:, 0]).coef_, rtol=1e-12)
    np.testing.assert_allclose(model.coef_[1], Ridge(1).fit(X, Y[:, 1]).coef_, rtol=1e-13)


@pytest.mark.parametrize(
    ("alpha", "Y", "message"),
    [
        ([1, 2], [1.0, 2, 4], "2 != 1"),
        ([1, 2, 3], [[1.0, 2], [2, 4], [4, 1]], "3 != 2"),
        ([[1, 2]], [[1.0, 2], [2, 4], [4, 1]], "do not correspond"),
        ([1, -2], [[1.0, 2], [2, 4], [4, 1]], ">= 0"),
        ([1, np.nan], [[1.0, 2], [2, 4], [4, 1]], ">= 0"),
        ("much", [1.0, 2, 4], "alpha"),
    ],
)
def test_ridge_penalties_that_do_not_fit(alpha, Y, message):
    with pytest.raises(ValueError, match=message):
        Ridge(alpha).fit([[0.0], [1], [2]], Y)


@pytest.mark.parametrize("shape", [(30, 5), (5, 8)])
def test_ridge_of_constant_columns_and_targets(shape):
    rng = np.random.default_rng(7)
    X = rng.normal(size=shape)
    X[:, 1] = 0.1
    model = Ridge().fit(X, rng.normal(size=shape[0]))
    assert model.coef_[1] == pytest.approx(0, abs=1e-15)
    flat = Ridge().fit(X, np.full(shape[0], 0.1))
    np.testing.assert_allclose(flat.coef_, 0, atol=1e-15)
    assert flat.intercept_ == pytest.approx(0.1, rel=1e-14)


def test_ridge_of_collinear_columns_and_a_small_penalty():
    """The normal equations would have 3 digits."""
    rng = np.random.default_rng(8)
    X = rng.normal(size=(40, 3))
    X[:, 2] = X[:, 0] + 1e-6 * X[:, 2]
    y = rng.normal(size=40)
    coef = [float(value) for value in exact_ridge(X, y, 1e-12, None)][1:]
    np.testing.assert_allclose(Ridge(1e-12).fit(X, y).coef_, coef, rtol=1e-10)
