"""Least squares and ridge against scikit-learn and NumPy; deficient designs; shifts, scales and weights."""

import numpy as np
import pytest
import sklearn.linear_model
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import PolynomialFeatures

from cfl.regression import LinearRegression, PolynomialRegression, RankDeficiencyWarning, Ridge, r2_score

quick = settings(max_examples=40, deadline=None)


def data(seed, n=50, p=3, targets=None):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) + rng.normal(size=p)
    shape = (p,) if targets is None else (p, targets)
    y = X @ rng.normal(size=shape) + rng.normal(size=(n,) if targets is None else (n, targets)) + 2
    return X, y, rng.uniform(0, 2, n)


@pytest.mark.parametrize("targets", [None, 1, 3])
@pytest.mark.parametrize("p", [1, 2, 5])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(LinearRegression, sklearn.linear_model.LinearRegression), (Ridge, sklearn.linear_model.Ridge)],
)
def test_equals_scikit_learn(ours, theirs, targets, p, fit_intercept, weighted):
    X, y, weights = data(p, p=p, targets=targets)
    weights = weights if weighted else None
    a = ours(fit_intercept=fit_intercept).fit(X, y, weights)
    b = theirs(fit_intercept=fit_intercept).fit(X, y, weights)
    np.testing.assert_allclose(a.coef_.ravel(), b.coef_.ravel(), rtol=1e-9)
    np.testing.assert_allclose(a.intercept_, b.intercept_, rtol=1e-9)
    np.testing.assert_allclose(a.predict(X).ravel(), b.predict(X).ravel(), rtol=1e-9)
    assert a.coef_.shape == ((p,) if targets is None else (targets, p))
    assert a.predict(X).shape == y.shape
    assert a.score(X, y, weights) == pytest.approx(b.score(X, y, weights), rel=1e-12)


def test_tall_data_are_fitted_in_chunks():
    X, y, weights = data(0, n=30_000, p=4)
    a, b = LinearRegression().fit(X, y, weights), sklearn.linear_model.LinearRegression().fit(X, y, weights)
    np.testing.assert_allclose(a.coef_, b.coef_, rtol=1e-10)
    np.testing.assert_allclose(a.intercept_, b.intercept_, rtol=1e-10)


@pytest.mark.parametrize("degree", [1, 2, 3])
@pytest.mark.parametrize("p", [1, 3])
def test_polynomial_terms_are_scikit_learns(degree, p):
    X, y, weights = data(degree, n=60, p=p)
    features = PolynomialFeatures(degree, include_bias=False).fit(X)
    a = PolynomialRegression(degree).fit(X, y, weights)
    b = sklearn.linear_model.LinearRegression().fit(features.transform(X), y, weights)
    np.testing.assert_array_equal(a.powers_, features.powers_)
    np.testing.assert_allclose(a.coef_, b.coef_, rtol=1e-7)
    np.testing.assert_allclose(a.predict(X), b.predict(features.transform(X)), rtol=1e-8)


DEFICIENT = {
    "collinear": np.array([[1.0, 2, 0], [2, 4, 1], [3, 6, 0], [5, 10, 4], [0, 0, 7]]),
    "collinear to rounding": np.array([[i, 0.1 * i, i * i] for i in range(1, 9)], dtype=float),
    "constant": np.array([[0.1, i, i * i] for i in range(6)]),
    "two constants": np.array([[0.1, 3.0, i] for i in range(6)]),
    "all constant": np.full((4, 2), 0.3),
    "dummies": np.eye(3)[[0, 1, 2, 0, 1, 2, 2]],
    "more features than samples": np.random.default_rng(0).normal(size=(4, 9)),
    "one sample": np.array([[3.0, 1.0]]),
    "units apart": np.array([[i * 1e9, i * 1e-3, (-1) ** i] for i in range(7)]),
}


@pytest.mark.parametrize("name", DEFICIENT)
def test_rank_deficient_designs_get_the_minimum_norm_solution(name):
    X = DEFICIENT[name]
    y = np.random.default_rng(1).normal(size=len(X))
    with pytest.warns(RankDeficiencyWarning, match="rank-deficient"):
        model = LinearRegression().fit(X, y)
    centred = X - X.mean(axis=0)
    centred[:, np.ptp(X, axis=0) == 0] = 0
    # the pseudo-inverse of columns of length 1 would minimise another norm: equal lengths are not wanted here
    truth = np.linalg.pinv(centred, rcond=1e-13) @ (y - y.mean())
    np.testing.assert_allclose(model.coef_, truth, rtol=1e-7, atol=1e-12 * np.abs(truth).max())
    assert model.rank_ == np.linalg.matrix_rank(
        centred / np.maximum(np.abs(centred).max(axis=0), 1e-300), tol=1e-12
    )


@pytest.mark.parametrize("value", [0.1, 7, -1e300])
def test_constant_predictor_has_coefficient_zero(value):
    with pytest.warns(RankDeficiencyWarning):
        model = LinearRegression().fit(np.full((5, 1), value), [1, 2, 3, 4, 10])
    assert (model.coef_[0], model.intercept_, model.rank_) == (0, 4, 0)


def test_zero_column_without_intercept():
    with pytest.warns(RankDeficiencyWarning):
        model = LinearRegression(fit_intercept=False).fit(np.zeros((3, 1)), [1, 2, 3])
    assert model.coef_[0] == 0


def test_exact_fit_gives_exact_numbers():
    X = np.array([[1.0, 0], [0, 1], [3, 1], [2, 5]])
    model = LinearRegression().fit(X, X @ [2.0, 0.0] + 1)
    np.testing.assert_array_equal(model.coef_, [2, 0])
    assert model.intercept_ == 1


def test_zero_weight_leaves_out_even_what_would_change_the_rank():
    X = np.array([[0.0, 1], [1, 1], [2, 1], [3, 9]])
    with pytest.warns(RankDeficiencyWarning):
        model = LinearRegression().fit(X, [0, 1, 2, 50], [1, 1, 1, 0])
    np.testing.assert_allclose(model.predict(X[:3]), [0, 1, 2], atol=1e-14)


FLOATS = st.floats(-1e3, 1e3).map(lambda value: round(value, 3))


@st.composite
def samples(draw, p=2):
    n = draw(st.integers(p + 2, 12))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, p)), rng.normal(size=n)


@quick
@given(samples(), st.lists(FLOATS, min_size=2, max_size=2), FLOATS)
def test_shift_moves_the_intercept_only(sample, shift, y_shift):
    X, y = sample
    a, b = LinearRegression().fit(X, y), LinearRegression().fit(X + shift, y + y_shift)
    size = 1 + np.abs(a.coef_).max()
    np.testing.assert_allclose(b.coef_, a.coef_, rtol=1e-8, atol=1e-10 * size)
    moved = a.intercept_ + y_shift - np.dot(a.coef_, shift)
    np.testing.assert_allclose(b.intercept_, moved, rtol=1e-8, atol=1e-6 * size)


@quick
@given(samples(), st.integers(-900, 900), st.integers(-900, 900))
def test_scaling_by_powers_of_two_scales_exactly(sample, x_exponent, y_exponent):
    X, y = sample
    a = LinearRegression().fit(X, y)
    if abs(y_exponent - x_exponent) > 900:
        return
    b = LinearRegression().fit(np.ldexp(X, x_exponent), np.ldexp(y, y_exponent))
    np.testing.assert_allclose(b.coef_, np.ldexp(a.coef_, y_exponent - x_exponent), rtol=1e-12)


@quick
@given(samples(), st.data())
def test_weights_are_repeats(sample, data):
    X, y = sample
    repeats = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(y), max_size=len(y))))
    if np.count_nonzero(repeats) < 4:
        return
    a = LinearRegression().fit(X, y, repeats)
    b = LinearRegression().fit(X.repeat(repeats, axis=0), y.repeat(repeats))
    np.testing.assert_allclose(a.coef_, b.coef_, rtol=1e-11)
    np.testing.assert_allclose(a.intercept_, b.intercept_, rtol=1e-11)


@quick
@given(samples())
def test_residuals_are_orthogonal_to_the_predictors(sample):
    X, y = sample
    residual = y - LinearRegression().fit(X, y).predict(X)
    assert abs(residual.sum()) < 1e-10
    assert np.abs(X.T @ residual).max() < 1e-10


def test_ridge_shrinks_to_the_mean():
    X, y, _ = data(3)
    model = Ridge(alpha=1e15).fit(X, y)
    np.testing.assert_allclose(model.predict(X), y.mean(), rtol=1e-9)


@quick
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_r2_is_scikit_learns(seed, weighted):
    rng = np.random.default_rng(seed)
    truth, prediction = rng.normal(size=(9, 2)), rng.normal(size=(9, 2))
    weights = rng.uniform(0.1, 1, 9) if weighted else None
    expected = sklearn.metrics.r2_score(truth, prediction, sample_weight=weights)
    assert r2_score(truth, prediction, sample_weight=weights) == pytest.approx(expected, rel=1e-10)


def test_r2_of_a_constant():
    assert r2_score([0.1] * 7, [0.1] * 7) == 1
    assert r2_score([0.1] * 7, [0.2] * 7) == 0
    assert r2_score([1, 2, 3], [9, 9, 9]) < 0
