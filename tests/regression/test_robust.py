"""Outlier-resistant estimators against scikit-learn and SciPy, and against outliers."""

import warnings

import numpy as np
import pytest
import scipy.optimize
import scipy.stats
import sklearn.datasets
import sklearn.linear_model
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from cfl.regression import (
    ConvergenceWarning,
    HuberRegressor,
    LinearRegression,
    RANSACRegressor,
    TheilSenRegressor,
)
from cfl.regression.medians import weighted_median

quick = settings(max_examples=40, deadline=None)


def with_outliers(seed, n=80, p=2, share=0.15):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    coef = rng.normal(size=p)
    y = X @ coef + 3 + 0.1 * rng.normal(size=n)
    y[: int(share * n)] += 50
    return X, y, coef


def huber_objective(model, X, y, weights):
    scale = max(model.scale_, 1e-20)
    residual = np.abs(y - X @ model.coef_ - model.intercept_) / scale
    loss = np.where(residual <= model.epsilon, residual**2, 2 * model.epsilon * residual - model.epsilon**2)
    return weights @ (scale * (1 + loss)) + model.alpha * model.coef_ @ model.coef_


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


def slopes_of_the_objective(model, X, y, weights):
    """Derivatives of Huber's objective by each term and the scale, each relative to the terms it adds up."""
    X, y, weights = (np.asarray(values, np.longdouble) for values in (X, y, weights))
    design = np.column_stack([np.ones(len(X), np.longdouble), X])
    residual = y - X @ model.coef_.astype(np.longdouble) - np.longdouble(model.intercept_)
    z = residual / np.longdouble(model.scale_)
    pull = 2 * weights * np.clip(z, -model.epsilon, model.epsilon)
    parts = design * pull[:, None]
    slope = -np.sum(parts, axis=0)
    slope[1:] += 2 * model.alpha * model.coef_
    large = np.abs(z) > model.epsilon
    scale_parts = weights * np.where(large, 1 - model.epsilon**2, 1 - z**2)
    return np.append(slope / np.sum(np.abs(parts), axis=0), np.sum(scale_parts) / np.sum(np.abs(scale_parts)))


@pytest.mark.parametrize("data", ["breast_cancer", "diabetes", "wine", "iris"])
@pytest.mark.parametrize("alpha", [0.0, 1e-4, 10.0])
def test_huber_of_real_data_is_at_the_minimum_which_scikit_learn_is_not(data, alpha):
    """The objective is convex: where all its derivatives are 0 is the minimum."""
    X, y = getattr(sklearn.datasets, f"load_{data}")(return_X_y=True)
    y = y.astype(float)
    ones = np.ones(len(y))
    ours = HuberRegressor(alpha=alpha).fit(X, y)
    assert np.max(np.abs(slopes_of_the_objective(ours, X, y, ones))) < 1e-9
    with warnings.catch_warnings(action="ignore"):
        theirs = sklearn.linear_model.HuberRegressor(alpha=alpha).fit(X, y)
    assert huber_objective(ours, X, y, ones) <= huber_objective(theirs, X, y, ones)
    assert ours.n_iter_ < 20


@quick
@given(st.integers(0, 2**32 - 1), st.integers(5, 60), st.integers(1, 4), st.floats(0, 0.45), st.booleans())
def test_huber_is_at_the_minimum(seed, n, p, share, weighted):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * 10.0 ** rng.integers(-3, 4, p) + rng.integers(-5, 6, p)
    y = X @ rng.normal(size=p) + rng.standard_t(2, n)
    y[: int(share * n)] += 100 * rng.normal(size=int(share * n))
    weights = rng.integers(0, 3, n).astype(float) if weighted else np.ones(n)
    if np.count_nonzero(weights) <= p + 1:
        return
    model = HuberRegressor(alpha=0.01).fit(X, y, weights)
    if model.scale_ > 1e-9 * np.max(np.abs(y)):  # else some residuals are 0, where the derivative jumps
        assert np.max(np.abs(slopes_of_the_objective(model, X, y, weights))) < 1e-6


@pytest.mark.parametrize("magnitude", [1e-200, 1e-30, 1e30, 1e200])
def test_huber_of_any_magnitude(magnitude):
    X, y, _ = with_outliers(20)
    plain = HuberRegressor(alpha=0).fit(X, y)
    scaled = HuberRegressor(alpha=0).fit(X * magnitude, y, np.full(len(y), magnitude))
    np.testing.assert_allclose(scaled.coef_ * magnitude, plain.coef_, rtol=1e-9)
    large = HuberRegressor(alpha=0).fit(X, y * magnitude)
    np.testing.assert_allclose(large.coef_ / magnitude, plain.coef_, rtol=1e-9)
    assert large.scale_ / magnitude == pytest.approx(plain.scale_, rel=1e-9)


def test_huber_of_a_line_with_outliers_is_exact():
    x = np.arange(20.0)
    y = 2 * x + 1
    y[[3, 9, 15]] += 500
    model = HuberRegressor(alpha=0).fit(x[:, None], y)
    np.testing.assert_allclose([model.coef_[0], model.intercept_], [2, 1], rtol=1e-11)
    assert model.scale_ == 0
    np.testing.assert_array_equal(np.flatnonzero(model.outliers_), [3, 9, 15])


def test_huber_of_a_column_that_only_outliers_have():
    """There the objective is no parabola until a sample comes in."""
    X, y, _ = with_outliers(21)
    X = np.column_stack([X, np.zeros(len(X))])
    X[:4, 2] = 1
    y[:4] = [100, 200, 300, 400]
    model = HuberRegressor(alpha=0).fit(X, y)
    assert np.max(np.abs(slopes_of_the_objective(model, X, y, np.ones(len(y))))) < 0.6  # |y| has a kink
    theirs = sklearn.linear_model.HuberRegressor(alpha=0, max_iter=20000, tol=1e-9).fit(X, y)
    ones = np.ones(len(y))
    assert huber_objective(model, X, y, ones) <= huber_objective(theirs, X, y, ones) * (1 + 1e-9)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("alpha", [1e-4, 10, 300])
def test_huber_with_more_features_than_samples(fit_intercept, alpha):
    """With a small penalty all residuals are 0, with a large one they are not."""
    rng = np.random.default_rng(22)
    X, y = rng.normal(size=(15, 40)), rng.normal(size=15) + 3
    options = {"alpha": alpha, "fit_intercept": fit_intercept}
    model = HuberRegressor(**options).fit(X, y)
    theirs = sklearn.linear_model.HuberRegressor(**options, max_iter=20000, tol=1e-10).fit(X, y)
    ones = np.ones(15)
    assert huber_objective(model, X, y, ones) <= huber_objective(theirs, X, y, ones) * (1 + 1e-10)
    assert (model.scale_ > 1e-9) == (alpha == 300)
    if alpha == 300:
        np.testing.assert_allclose(model.coef_, theirs.coef_, atol=1e-5)


def test_huber_of_equal_columns_shares_the_slope():
    X, y, _ = with_outliers(23, p=1)
    single = HuberRegressor(alpha=0).fit(X, y)
    double = HuberRegressor(alpha=0).fit(np.column_stack([X, X]), y)
    np.testing.assert_allclose(double.coef_, np.repeat(single.coef_, 2) / 2, rtol=1e-7)


def test_huber_starts_from_the_fit_before():
    X, y, _ = with_outliers(24)
    model = HuberRegressor(warm_start=True).fit(X, y)
    first = model.n_iter_
    model.fit(X, y)
    assert first > 0
    assert model.n_iter_ == 0
    np.testing.assert_allclose(model.coef_, HuberRegressor().fit(X, y).coef_, rtol=1e-9)


REPEATED = [
    TheilSenRegressor(),
    TheilSenRegressor(fit_intercept=False),
    HuberRegressor(),
]


@pytest.mark.parametrize("model", REPEATED, ids=repr)
@pytest.mark.parametrize("p", [1, 2])
def test_a_weight_is_a_number_of_equal_samples(model, p):
    rng = np.random.default_rng(25)
    X, y, weights = rng.normal(size=(12, p)), rng.normal(size=12), rng.integers(0, 4, 12)
    weighted = clone(model).fit(X, y, weights)
    repeated = clone(model).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-6)
    np.testing.assert_allclose(weighted.intercept_, repeated.intercept_, rtol=1e-6, atol=1e-9)


def test_huber_of_samples_of_weight_0_is_huber_without_them():
    rng = np.random.default_rng(26)
    X, y, weights = rng.normal(size=(9, 3)), rng.normal(size=9), np.ones(9)
    X[3:], y[3:], weights[3:] = 1e6 * X[3:], 1e7, 0
    # Three samples and four terms: the line through them has no residuals.
    through = HuberRegressor(alpha=0).fit(X, y, weights)
    np.testing.assert_allclose(through.predict(X[:3]), y[:3], rtol=1e-9)
    assert through.scale_ == pytest.approx(0, abs=1e-9)
    assert through.outliers_[3:].all()


def test_huber_finds_that_a_slope_is_0():
    X, y = np.zeros((10, 1)), np.arange(10.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = HuberRegressor().fit(X, y)
    assert model.n_iter_ < 20
    np.testing.assert_allclose([*model.coef_, model.intercept_], [0, 4.5], atol=1e-12)


def test_ransac_with_weights():
    X, y, _ = with_outliers(26, n=100, share=0.4)
    weights = np.where(np.arange(100) < 40, 0.1, np.random.default_rng(0).uniform(1, 2, 100))
    model = RANSACRegressor(residual_threshold=1).fit(X, y, weights)
    np.testing.assert_array_equal(model.inlier_mask_, np.arange(100) >= 40)
    theirs = sklearn.linear_model.LinearRegression().fit(X[40:], y[40:], weights[40:])
    np.testing.assert_allclose(model.coef_, theirs.coef_, rtol=1e-9)
    # Weighted, the few wrong ones are most of all.
    heavy = np.where(np.arange(100) < 40, 100.0, 1.0)
    assert RANSACRegressor(residual_threshold=1).fit(X, y, heavy).inlier_mask_[:40].all()


def test_ransac_never_draws_a_sample_of_weight_0():
    X, y, _ = with_outliers(27, n=60)
    weights = np.ones(60)
    weights[:9] = 0
    kept = RANSACRegressor(residual_threshold=1).fit(X, y, weights)
    assert not kept.inlier_mask_[:9].any()
    with pytest.raises(ValueError, match="n_samples = 2"):
        RANSACRegressor().fit(X, y, np.arange(60) < 2)


def test_ransac_with_equal_weights_is_ransac_without():
    X, y, _ = with_outliers(28, n=40)
    plain, weighted = RANSACRegressor().fit(X, y), RANSACRegressor().fit(X, y, np.full(40, 0.5))
    np.testing.assert_array_equal(weighted.inlier_mask_, plain.inlier_mask_)
    np.testing.assert_allclose(weighted.coef_, plain.coef_, rtol=1e-12)


@pytest.mark.parametrize("others", [[], [3.0, 90.0]])
def test_ransac_where_most_targets_are_equal(others):
    y = np.r_[np.full(9, 7.1), others]
    model = RANSACRegressor().fit(np.arange(float(len(y)))[:, None], y)
    np.testing.assert_array_equal(model.inlier_mask_, y == 7.1)
    np.testing.assert_allclose([model.coef_[0], model.intercept_], [0, 7.1], atol=1e-14)


def test_ransac_keeps_the_fit_to_the_inliers():
    X, y, _ = with_outliers(28)
    model = RANSACRegressor(residual_threshold=1).fit(X, y)
    inliers = model.inlier_mask_
    np.testing.assert_array_equal(
        model.estimator_.coef_, LinearRegression().fit(X[inliers], y[inliers]).coef_
    )
    assert model.estimator_.summary().n_samples == np.count_nonzero(inliers)


@pytest.mark.parametrize(("share", "size"), [(0.05, 4), (0.051, 5), (4, 4), (4.0, 4)])
def test_ransac_takes_a_part_of_the_samples(share, size):
    X, y, _ = with_outliers(29)
    part = RANSACRegressor(min_samples=share, residual_threshold=1).fit(X, y)
    whole = RANSACRegressor(min_samples=size, residual_threshold=1).fit(X, y)
    assert part.n_trials_ == whole.n_trials_
    np.testing.assert_array_equal(part.coef_, whole.coef_)


@pytest.mark.parametrize(("size", "error"), [(2.5, ValueError), (-0.5, ValueError), ("two", TypeError)])
def test_ransac_refuses_sizes_that_are_none(size, error):
    with pytest.raises(error, match="min_samples"):
        RANSACRegressor(min_samples=size).fit([[0.0], [1], [2]], [1.0, 5, 2])


def test_stackloss_is_the_same_each_time():
    """Without a seed the intercept was −37.65 one time and −41.27 another."""
    table = sm.datasets.stackloss.load_pandas().data
    X, y = table.iloc[:, 1:], table.iloc[:, 0]
    first, second = (RANSACRegressor().fit(X, y) for _ in range(2))
    assert first.intercept_ == second.intercept_
    other = [RANSACRegressor(random_state=None).fit(X, y).n_trials_ for _ in range(40)]
    assert len(set(other)) > 1


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [1, 2, 5, 8])
def test_weighted_median_is_that_of_repeated_values(seed, n):
    rng = np.random.default_rng(seed)
    values, counts = rng.normal(size=n), rng.integers(0, 4, n)
    counts[0] += 1
    truth = np.median(np.repeat(values, counts))
    assert weighted_median(values, counts / 3) == pytest.approx(truth, rel=1e-15)
