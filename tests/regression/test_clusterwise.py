"""Several lines: recovered from samples of them, and the likelihood against SciPy."""

import warnings

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from cfl.regression import ClusterwiseRegression, ConvergenceWarning, LinearRegression

quick = settings(max_examples=40, deadline=None)


def two_lines(seed, n=200, noise=0.05):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 1))
    labels = (np.arange(n) >= 0.6 * n).astype(int)
    y = np.where(labels == 0, 2 * x[:, 0] + 1, -3 * x[:, 0]) + noise * rng.normal(size=n)
    return x, y, labels


@pytest.mark.parametrize("method", ["hard", "soft"])
def test_recovers_two_lines(method):
    x, y, labels = two_lines(0)
    model = ClusterwiseRegression(2, method=method, random_state=0).fit(x, y)
    np.testing.assert_allclose(model.coef_[:, 0], [2, -3], atol=0.06)
    np.testing.assert_allclose(model.intercept_, [1, 0], atol=0.03)
    np.testing.assert_allclose(model.share_, [0.6, 0.4], atol=0.03)
    assert np.mean(model.labels_ == labels) > 0.95
    np.testing.assert_allclose(model.probabilities_.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(model.variance_, 0.05**2, rtol=0.4)


def test_recovers_three_planes():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(400, 2))
    planes = np.array([[3.0, 0, 1], [0, -3, 0], [-2, 2, -2]])
    which = rng.choice(3, 400, p=[0.5, 0.3, 0.2])
    y = np.sum(X * planes[which, :2], axis=1) + planes[which, 2] + 0.01 * rng.normal(size=400)
    model = ClusterwiseRegression(3, method="soft", random_state=0, n_init=40).fit(X, y)
    np.testing.assert_allclose(model.coef_, planes[:, :2], atol=0.02)
    np.testing.assert_allclose(model.intercept_, planes[:, 2], atol=0.02)


@quick
@given(st.integers(0, 2**32 - 1))
def test_hard_solution_is_at_rest(seed):
    """Every sample is with its nearest line, and every line is the least-squares one of its samples."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(40, 1)), rng.normal(size=40)
    model = ClusterwiseRegression(2, random_state=0, n_init=3).fit(X, y)
    distance = np.abs(y[:, None] - model.predict_lines(X))
    assert np.all(distance[np.arange(40), model.labels_] <= distance.min(axis=1) + 1e-12)
    for k in range(2):
        own = model.labels_ == k
        if np.count_nonzero(own) > 2:
            line = LinearRegression().fit(X[own], y[own])
            np.testing.assert_allclose(model.coef_[k], line.coef_, rtol=1e-8, atol=1e-10)


def mixture_likelihood(model, X, y):
    lines = model.predict_lines(X)
    return scipy.stats.norm.pdf(y[:, None], lines, np.sqrt(model.variance_)) * model.share_


def test_soft_solution_is_a_maximum_of_the_likelihood():
    x, y, _ = two_lines(2, noise=0.4)
    model = ClusterwiseRegression(2, method="soft", random_state=0, tol=1e-14, max_iter=5000).fit(x, y)
    density = mixture_likelihood(model, x, y)
    np.testing.assert_allclose(model.probabilities_, density / density.sum(axis=1, keepdims=True), atol=1e-6)
    best = np.log(density.sum(axis=1)).sum()
    for name in ("coef_", "intercept_", "variance_"):
        for k in range(2):
            for step in (-0.01, 0.01):
                kept = getattr(model, name)
                moved = kept.copy()
                moved[k] += step * np.abs(moved[k])
                setattr(model, name, moved)
                assert np.log(mixture_likelihood(model, x, y).sum(axis=1)).sum() < best
                setattr(model, name, kept)


@pytest.mark.parametrize("method", ["hard", "soft"])
def test_one_line_is_least_squares(method):
    x, y, _ = two_lines(3)
    model, line = ClusterwiseRegression(1, method=method).fit(x, y), LinearRegression().fit(x, y)
    np.testing.assert_allclose(model.coef_[0], line.coef_, rtol=1e-10)
    np.testing.assert_allclose(model.predict(x), line.predict(x), rtol=1e-9, atol=1e-12)
    assert model.score(x, y) == pytest.approx(line.score(x, y), rel=1e-10)


def test_prediction_is_the_mean_over_the_lines():
    x, y, _ = two_lines(4)
    model = ClusterwiseRegression(2, random_state=0).fit(x, y)
    np.testing.assert_allclose(model.predict(x), model.predict_lines(x) @ model.share_, rtol=1e-12)


@pytest.mark.parametrize("method", ["hard", "soft"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_several_targets(method, fit_intercept):
    x, y, _ = two_lines(5)
    Y = np.column_stack([y, 2 * y])
    model = ClusterwiseRegression(2, method=method, fit_intercept=fit_intercept, random_state=0).fit(x, Y)
    assert model.coef_.shape == (2, 2, 1)
    assert model.intercept_.shape == model.variance_.shape == (2, 2)
    np.testing.assert_allclose(model.coef_[:, 1], 2 * model.coef_[:, 0], rtol=1e-9)
    assert model.predict(x).shape == (200, 2)
    assert model.predict_lines(x).shape == (200, 2, 2)


def test_reproducible():
    x, y, _ = two_lines(6)
    a, b = (ClusterwiseRegression(3, random_state=9).fit(x, y) for _ in range(2))
    np.testing.assert_array_equal(a.coef_, b.coef_)


def test_says_when_it_did_not_converge():
    x, y, _ = two_lines(7, noise=0.5)
    with pytest.warns(ConvergenceWarning):
        ClusterwiseRegression(2, method="soft", max_iter=2, random_state=0).fit(x, y)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (ClusterwiseRegression(0), "n_lines"),
        (ClusterwiseRegression(4), "n_samples=3"),
        (ClusterwiseRegression(method="fuzzy"), "method"),
        (ClusterwiseRegression(n_init=0), "n_init"),
    ],
)
def test_bad_parameters(model, message):
    with pytest.raises(ValueError, match=message):
        model.fit([[0.0], [1], [2]], [1.0, 5, 2])


@pytest.mark.parametrize("method", ["hard", "soft"])
@pytest.mark.parametrize("x", [np.arange(64.0), np.linspace(1e6, 1e6 + 1, 64), np.linspace(-1e-9, 1e-9, 64)])
def test_perfect_data_converge_without_a_warning(method, x):
    with warnings.catch_warnings(action="error"):
        model = ClusterwiseRegression(2, method=method).fit(x[:, None], 2 * x + 1)
    np.testing.assert_allclose(model.predict(x[:, None]), 2 * x + 1, rtol=1e-9)


def test_an_exact_line_is_fast():
    """It took 77 ms and ran into `max_iter`. Counted in iterations: one start, which is at rest at once."""
    x = np.arange(64.0)[:, None]
    model = ClusterwiseRegression(2, n_init=10**9).fit(x, 2 * x[:, 0] + 1)
    assert model.n_iter_ <= 2


@pytest.mark.parametrize("method", ["hard", "soft"])
def test_a_weight_is_a_number_of_equal_samples(method):
    x, y, _ = two_lines(10, n=60)
    weights = np.random.default_rng(0).integers(0, 4, 60)
    weighted = ClusterwiseRegression(2, method=method).fit(x, y, weights)
    repeated = ClusterwiseRegression(2, method=method).fit(
        np.repeat(x, weights, axis=0), np.repeat(y, weights)
    )
    for name in ("coef_", "intercept_", "share_", "variance_"):
        np.testing.assert_allclose(getattr(weighted, name), getattr(repeated, name), rtol=1e-4)
    assert weighted.probabilities_.shape == (60, 2)
    np.testing.assert_array_equal(np.repeat(weighted.labels_, weights), repeated.labels_)


def test_is_the_same_each_time():
    x, y, _ = two_lines(11, noise=1.0)
    first, second = (ClusterwiseRegression(3).fit(x, y) for _ in range(2))
    np.testing.assert_array_equal(first.coef_, second.coef_)
