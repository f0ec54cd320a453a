"""Outlier-resistant estimators against scikit-learn and SciPy, and against outliers."""

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
import sklearn.linear_model
from hypothesis import given, settings
from hypothesis import strategies as st

from cfl.regression import ConvergenceWarning, HuberRegressor, RANSACRegressor, TheilSenRegressor

quick = settings(max_examples=40, deadline=None)


def with_outliers(seed, n=80, p=2, share=0.15):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    coef = rng.normal(size=p)
    y = X @ coef + 3 + 0.1 * rng.normal(size=n)
    y[: int(share * n)] += 50
    return X, y, coef


def huber_objective(model, X, y, weights):
    residual = np.abs(y - X @ model.coef_ - model.intercept_) / model.scale_
    loss = np.where(residual <= model.epsilon, residual**2, 2 * model.epsilon * residual - model.epsilon**2)
    return weights @ (model.scale_ * (1 + loss)) + model.alpha * model.coef_ @ model.coef_


@pytest.mark.parametrize("p", [1, 3])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("alpha", [0.0, 1e-4, 5.0])
def test_huber_reaches_scikit_learns_minimum(p, fit_intercept, weighted, alpha):
    X, y, _ = with_outliers(p, p=p)
    weights = np.random.default_rng(7).uniform(0.1, 2, len(y)) if weighted else np.ones(len(y))
    options = {"alpha": alpha, "fit_intercept": fit_intercept}
    ours = HuberRegressor(**options).fit(X, y, weights)
    theirs = sklearn.linear_model.HuberRegressor(**options, tol=1e-9, max_iter=5000).fit(X, y, weights)
    assert huber_objective(ours, X, y, weights) <= huber_objective(theirs, X, y, weights) * (1 + 1e-12)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-4, atol=1e-4)
    assert ours.scale_ == pytest.approx(theirs.scale_, rel=1e-3)


def test_huber_minimum_is_one():
    """No nearby line and scale have a smaller objective."""
    X, y, _ = with_outliers(3)
    model = HuberRegressor().fit(X, y)
    best = huber_objective(model, X, y, np.ones(len(y)))

    def objective(parameters):
        other = HuberRegressor()
        other.coef_, other.intercept_, other.scale_ = parameters[:2], parameters[2], abs(parameters[3])
        return huber_objective(other, X, y, np.ones(len(y)))

    start = np.r_[model.coef_, model.intercept_, model.scale_]
    found = scipy.optimize.minimize(
        objective, start, method="Nelder-Mead", options={"xatol": 1e-12, "fatol": 1e-13}
    )
    assert found.fun >= best * (1 - 1e-11)


def test_huber_marks_the_outliers():
    X, y, coef = with_outliers(4)
    model = HuberRegressor().fit(X, y)
    assert model.outliers_[:12].all()
    np.testing.assert_allclose(model.coef_, coef, atol=0.1)
    assert model.n_iter_ > 1


def test_huber_through_all_samples():
    model = HuberRegressor(alpha=0.0).fit([[0.0], [1], [2]], [1.0, 3, 5])
    assert model.scale_ == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(model.predict([[3.0]]), [7])


def test_huber_of_several_targets():
    X, y, _ = with_outliers(5)
    both = HuberRegressor().fit(X, np.column_stack([y, -y]))
    np.testing.assert_allclose(both.coef_[0], HuberRegressor().fit(X, y).coef_, rtol=1e-12)
    np.testing.assert_allclose(both.coef_[1], -both.coef_[0], rtol=1e-9)
    assert both.scale_.shape == (2,)


def test_huber_says_when_it_did_not_converge():
    X, y, _ = with_outliers(6)
    with pytest.warns(ConvergenceWarning, match="max_iter=1"):
        HuberRegressor(max_iter=1).fit(X, y)
    with pytest.warns(sklearn.exceptions.ConvergenceWarning):
        HuberRegressor(max_iter=1).fit(X, y)


@quick
@given(st.integers(0, 2**32 - 1), st.integers(2, 60), st.booleans())
def test_theil_sen_line_is_scipys(seed, n, ties):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 9, n).astype(float) if ties else rng.normal(size=n)
    y = rng.normal(size=n)
    if np.ptp(x) == 0:
        return
    slope, intercept, *_ = scipy.stats.theilslopes(y, x, method="joint")
    model = TheilSenRegressor().fit(x[:, None], y)
    assert model.coef_[0] == pytest.approx(slope, rel=1e-12, abs=1e-14)
    assert model.intercept_ == pytest.approx(intercept, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_theil_sen_of_all_subsets_is_scikit_learns(fit_intercept):
    X, y, _ = with_outliers(8, n=14)
    ours = TheilSenRegressor(fit_intercept=fit_intercept).fit(X, y)
    theirs = sklearn.linear_model.TheilSenRegressor(
        fit_intercept=fit_intercept, max_subpopulation=1e4, max_iter=20000, tol=1e-10, random_state=0
    ).fit(X, y)
    assert ours.n_subpopulation_ == (364 if fit_intercept else 91)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-5)


def test_theil_sen_at_random_is_reproducible_and_right():
    X, y, coef = with_outliers(9, n=200)
    a = TheilSenRegressor(random_state=1, max_subpopulation=3000).fit(X, y)
    b = TheilSenRegressor(random_state=1, max_subpopulation=3000).fit(X, y)
    np.testing.assert_array_equal(a.coef_, b.coef_)
    np.testing.assert_allclose(a.coef_, coef, atol=0.1)
    x = np.linspace(0, 1, 3000)
    line = TheilSenRegressor(random_state=2).fit(x[:, None], 2 * x + 1)
    np.testing.assert_allclose([line.coef_[0], line.intercept_], [2, 1], rtol=1e-9)


def test_theil_sen_of_equal_x_is_the_median():
    model = TheilSenRegressor().fit([[1.0], [1.0], [1.0]], [1, 2, 9])
    assert (model.coef_[0], model.intercept_) == (0, 2)


@pytest.mark.filterwarnings(
    "ignore:The spatial median did not converge"
)  # slow where it is one of the points
@quick
@given(st.integers(0, 2**32 - 1))
def test_spatial_median_minimises_the_distances(seed):
    from cfl.regression.theil_sen import spatial_median

    points = np.random.default_rng(seed).normal(size=(9, 2))
    median, _ = spatial_median(points, 10_000, 1e-12)

    def total(at):
        return np.linalg.norm(points - at, axis=1).sum()

    found = scipy.optimize.minimize(
        total, points.mean(axis=0), method="Nelder-Mead", options={"xatol": 1e-10}
    )
    assert total(median) <= min([found.fun, *map(total, points)]) + 1e-9


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_ransac_finds_the_inliers(fit_intercept):
    X, y, coef = with_outliers(10, n=100, share=0.4)
    y = y - 3 * (not fit_intercept)
    model = RANSACRegressor(residual_threshold=1, random_state=0, fit_intercept=fit_intercept).fit(X, y)
    np.testing.assert_array_equal(model.inlier_mask_, np.arange(100) >= 40)
    theirs = sklearn.linear_model.LinearRegression(fit_intercept=fit_intercept).fit(X[40:], y[40:])
    np.testing.assert_allclose(model.coef_, theirs.coef_, rtol=1e-9)
    assert 1 <= model.n_trials_ <= 100
    np.testing.assert_allclose(model.coef_, coef, atol=0.1)


def test_ransac_with_scikit_learns_threshold():
    X, y, _ = with_outliers(11, n=60)
    ours = RANSACRegressor(random_state=0).fit(X, y)
    theirs = sklearn.linear_model.RANSACRegressor(random_state=0).fit(X, y)
    assert ours.inlier_mask_.sum() == theirs.inlier_mask_.sum()
    np.testing.assert_allclose(ours.coef_, theirs.estimator_.coef_, rtol=0.2)


def test_ransac_is_reproducible_and_stops_early():
    X, y, _ = with_outliers(12, share=0)
    a = RANSACRegressor(random_state=3, residual_threshold=5).fit(X, y)
    b = RANSACRegressor(random_state=3, residual_threshold=5).fit(X, y)
    np.testing.assert_array_equal(a.coef_, b.coef_)
    assert a.n_trials_ == 1


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (HuberRegressor(epsilon=1), "epsilon"),
        (HuberRegressor(alpha=-1), "alpha"),
        (HuberRegressor(max_iter=0), "max_iter"),
        (TheilSenRegressor(max_subpopulation=0), "max_subpopulation"),
        (RANSACRegressor(min_samples=0), "min_samples must be >= 1"),
        (RANSACRegressor(min_samples=99), "n_samples = 3"),
        (RANSACRegressor(max_trials=0), "max_trials"),
        (RANSACRegressor(stop_probability=0), "stop_probability"),
        (RANSACRegressor(residual_threshold=-1), "residual_threshold"),
        (RANSACRegressor(min_samples=3, residual_threshold=0), "no line with 3 inliers"),
    ],
)
def test_bad_parameters(model, message):
    with pytest.raises(ValueError, match=message):
        model.fit([[0.0], [1], [2]], [1.0, 5, 2])
