"""Polynomials of any degree against exact rational least squares."""

import warnings
from fractions import Fraction

import exact
import numpy as np
import pytest
import statsmodels.api as sm
from sklearn.preprocessing import PolynomialFeatures

from cfl.errors import CflError
from cfl.regression import ConditioningWarning, PolynomialRegression, RankDeficiencyWarning
from cfl.regression.polynomial_basis import Problem, _in_decimals, _in_double_double

X = np.arange(20.0)
Y = 2 * X + 1
Y[[3, 9, 15]] += 500


def engel():
    """Ernst Engel's data, of few bits, so that rational numbers stay short."""
    data = sm.datasets.engel.load_pandas().data
    return data["income"].round(0).to_numpy(), data["foodexp"].round(0).to_numpy()


def exact_fit(x, y, degree, weights=None):
    """Coefficients, fitted values and R² as rational numbers."""
    rows = exact.powers(x, degree)
    coef = exact.least_squares(rows, y, weights)
    fitted = [coef[0] + sum(c * term for c, term in zip(coef[1:], row, strict=True)) for row in rows]
    truth = [Fraction(float(value)) for value in y]
    w = [Fraction(1)] * len(truth) if weights is None else [Fraction(float(value)) for value in weights]
    mean = sum(a * b for a, b in zip(w, truth, strict=True)) / sum(w)
    residual = sum(a * (b - c) ** 2 for a, b, c in zip(w, truth, fitted, strict=True))
    total = sum(a * (b - mean) ** 2 for a, b in zip(w, truth, strict=True))
    return coef, [float(value) for value in fitted], float(1 - residual / total), float(residual)


def test_degree_of_all_samples_passes_through_them():
    model = PolynomialRegression(19).fit(X[:, None], Y)
    assert model.rank_ == 19
    assert model.score(X[:, None], Y) == 1
    np.testing.assert_allclose(model.predict(X[:, None]), Y, rtol=1e-13)
    assert (
        exact.digits(np.r_[model.intercept_, model.coef_], exact.least_squares(exact.powers(X, 19), Y)) >= 12
    )


@pytest.mark.parametrize("degree", [20, 40, 300])
def test_degree_beyond_the_samples(degree):
    with pytest.warns(RankDeficiencyWarning, match=f"only 19 of the {degree} terms"):
        model = PolynomialRegression(degree).fit(X[:, None], Y)
    assert model.score(X[:, None], Y) == 1
    np.testing.assert_allclose(model.predict(X[:, None]), Y, rtol=1e-13)
    assert not np.any(model.coef_[19:])


@pytest.mark.parametrize("degree", [2, 12, 20, 32])
@pytest.mark.parametrize("weighted", [False, True])
def test_real_data_at_high_degrees(degree, weighted):
    x, y = engel()
    x, y = x[::5], y[::5]
    weights = np.random.default_rng(0).integers(1, 9, len(x)) / 4 if weighted else None
    model = PolynomialRegression(degree).fit(x[:, None], y, weights)
    coef, fitted, r2, residual = exact_fit(x, y, degree, weights)
    np.testing.assert_allclose(model.predict(x[:, None]), fitted, rtol=1e-11)
    assert exact.digits(np.r_[model.intercept_, model.coef_], coef) >= 12
    summary = model.summary()
    assert summary.r2 == pytest.approx(r2, rel=1e-12)
    assert model.score(x[:, None], y, weights) == pytest.approx(r2, rel=1e-11)
    assert summary.residual_standard_error == pytest.approx(
        (residual / (len(x) - degree - 1)) ** 0.5, rel=1e-11
    )


def test_coefficients_that_float64_does_not_hold_are_said():
    x = np.linspace(1e60, 3e60, 20)
    with pytest.warns(ConditioningWarning, match="3 of the 8 coefficients are NaN"):
        model = PolynomialRegression(8).fit(x[:, None], np.sin(x / 1e60))
    assert np.isnan(model.coef_).tolist() == [False] * 5 + [True] * 3
    scaled = PolynomialRegression(8).fit(x[:, None] / 1e60, np.sin(x / 1e60))
    np.testing.assert_allclose(model.predict(x[:, None]), scaled.predict(x[:, None] / 1e60), rtol=1e-11)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_double_double_promises_only_what_it_has(seed, fit_intercept):
    """Whatever it does not call NaN is right to 12 digits; and more digits agree."""
    rng = np.random.default_rng(seed)
    degree, n = int(rng.integers(2, 18)), 24
    # Few bits: rational numbers stay short.
    x = (rng.permutation(400)[:n] + int(rng.integers(-3000, 3000))) * 2.0 ** rng.integers(-9, 6)
    y = rng.normal(size=n) * 10 ** rng.uniform(-5, 5)
    chains = [(0,) * k for k in range(1, degree + 1)]
    truth = exact.least_squares(exact.powers(x, degree), y, fit_intercept=fit_intercept)
    problem = Problem(x[:, None], y[:, None], np.ones(n), chains, 1 - fit_intercept)
    fit, many = _in_double_double(problem), _in_decimals(problem)
    assert exact.digits(many[1].terms[1 - fit_intercept :, 0], truth) >= 15
    if fit is not None:
        terms = fit[1].terms[1 - fit_intercept :, 0]
        held = ~np.isnan(terms)
        assert exact.digits(terms[held], [t for t, h in zip(truth, held, strict=True) if h]) >= 12
        grid = np.linspace(x.min(), x.max(), 50)[:, None]
        if degree < 15:
            np.testing.assert_allclose(
                fit[0].rows(grid),
                many[0].rows(grid),
                rtol=1e-10,
                atol=1e-10 * np.abs(many[0].rows(grid)).max(),
            )


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_several_features(fit_intercept):
    rng = np.random.default_rng(1)
    features = rng.integers(19000, 19100, (40, 2)) / 16
    y = np.sin(features[:, 0]) + rng.normal(size=40)
    model = PolynomialRegression(5, fit_intercept=fit_intercept).fit(features, y)
    powers = model.powers_
    np.testing.assert_array_equal(
        powers, PolynomialFeatures(5, include_bias=False).fit(features).powers_.astype(int)
    )
    rows = [
        [Fraction(float(a)) ** int(i) * Fraction(float(b)) ** int(j) for i, j in powers] for a, b in features
    ]
    truth = exact.least_squares(rows, y, fit_intercept=fit_intercept)
    ours = np.r_[model.intercept_, model.coef_] if fit_intercept else model.coef_
    assert exact.digits(ours, truth) >= 12
    full = [[Fraction(1)] * fit_intercept + row for row in rows]
    fitted = [float(sum(c * v for c, v in zip(truth, row, strict=True))) for row in full]
    np.testing.assert_allclose(model.predict(features), fitted, rtol=1e-10)


def test_terms_that_samples_cannot_tell_apart():
    """A column of 0 and 1 is its own square; R calls its coefficient "not available"."""
    rng = np.random.default_rng(2)
    features = np.column_stack([rng.normal(size=50), rng.integers(0, 2, 50)])
    y = features @ [1, 2] + rng.normal(size=50)
    with pytest.warns(RankDeficiencyWarning, match="4 of the 5 terms"):
        model = PolynomialRegression(2).fit(features, y)
    assert model.powers_[4].tolist() == [0, 2]
    assert model.coef_[4] == 0
    design = PolynomialFeatures(2).fit_transform(features)[:, :5]
    theirs = sm.OLS(y, design).fit()
    np.testing.assert_allclose(np.r_[model.intercept_, model.coef_[:4]], theirs.params, rtol=1e-9)
    terms = model.summary().terms
    np.testing.assert_allclose([term.standard_error for term in terms[:5]], theirs.bse, rtol=1e-9)
    assert np.isnan(terms[5].standard_error)


@pytest.mark.parametrize("degree", [3, 9])
def test_intervals_and_condition_number(degree):
    """Against statsmodels on a scaled feature, whose polynomials span the same."""
    x, y = engel()
    model = PolynomialRegression(degree).fit(x[:, None], y)
    unit = 2 * (x - x.min()) / (x.max() - x.min()) - 1
    design = np.linalg.qr(np.polynomial.chebyshev.chebvander(unit, degree))[0]
    frame = sm.OLS(y, design).fit().get_prediction(design).summary_frame(alpha=0.05)
    low, high = model.confidence_band(x[:, None])
    tolerance = 1e-9 if degree == 3 else 1e-6  # the oracle, in float64, has no more
    np.testing.assert_allclose(low, frame["mean_ci_lower"], rtol=tolerance)
    np.testing.assert_allclose(high, frame["mean_ci_upper"], rtol=tolerance)
    small = PolynomialRegression(3).fit(unit[:, None], y).summary().condition_number
    assert small == pytest.approx(np.linalg.cond(np.vander(unit, 4)), rel=1e-9)


def test_weights_and_targets_of_extreme_size():
    rng = np.random.default_rng(3)
    x, y = rng.uniform(1, 2, 30), rng.normal(size=30)
    plain = PolynomialRegression(14).fit(x[:, None], y)
    other = PolynomialRegression(14).fit(x[:, None] * 2.0**10, y * 2.0**600, np.full(30, 2.0**800))
    np.testing.assert_array_equal(other.predict(x[:, None] * 2.0**10), plain.predict(x[:, None]) * 2.0**600)


@pytest.mark.parametrize("value", [1e200, 1e-200])
def test_powers_too_large_or_small(value):
    """The cubic through four points far apart; its coefficients are not all float64 numbers."""
    x, y = np.array([value, 2 * value, 1.0, 4 * value]), np.array([1.0, 3, 2, 5])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConditioningWarning)
        model = PolynomialRegression(3).fit(x[:, None], y)
    np.testing.assert_allclose(model.predict(x[:, None]), y, rtol=1e-9)


def test_two_targets():
    model = PolynomialRegression(15).fit(X[:, None], np.column_stack([Y, -3 * Y]))
    one = PolynomialRegression(15).fit(X[:, None], Y)
    np.testing.assert_allclose(
        model.predict(X[:, None]), np.outer(one.predict(X[:, None]), [1, -3]), rtol=1e-12
    )
    np.testing.assert_allclose(model.coef_, np.outer([1, -3], one.coef_), rtol=1e-12)


def test_too_many_terms_and_too_much_work(monkeypatch):
    with pytest.raises(CflError, match="316250 terms"):
        PolynomialRegression(4).fit(np.ones((3, 50)), np.ones(3))
    monkeypatch.setattr("cfl.regression.polynomial_decimal.MOST_WORK", 1)
    x, y = engel()
    with pytest.raises(
        CflError, match=r"60 terms on 235 samples .* beyond double-double .*: lower the degree"
    ):
        PolynomialRegression(60).fit(x[:, None], y)


def test_prediction_too_large():
    with warnings.catch_warnings():
        model = PolynomialRegression(15).fit(X[:, None], Y)
    with pytest.raises(CflError, match="too large for float64"):
        model.predict([[1e200]])
