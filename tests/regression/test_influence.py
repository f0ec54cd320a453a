"""Diagnostics and standard errors for unequal variances, against statsmodels to 1e-10."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.outliers_influence import OLSInfluence, variance_inflation_factor

from cfl.errors import CflError
from cfl.regression import (
    LinearRegression,
    PolynomialRegression,
    RankDeficiencyWarning,
    Ridge,
    diagnostics,
    fit_table,
)

CLOSE = {"rtol": 1e-10}


def samples(p=3, n=50, offset=3.0):
    rng = np.random.default_rng(p)
    X = rng.normal(size=(n, p)) + offset
    X[:, -1] += 2 * X[:, 0]
    y = X @ rng.normal(size=p) + rng.normal(size=n) * (1 + X[:, 0] ** 2)
    return X, y, rng.uniform(0.3, 2, n)


def real():
    """The stack loss data."""
    data = sm.datasets.stackloss.load_pandas()
    return data.exog.to_numpy(float), data.endog.to_numpy(float), None


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("data", [samples(1), samples(3), real()], ids=["one", "three", "stackloss"])
@pytest.mark.parametrize("weighted", [True, False])
def test_influence_is_statsmodels(data, fit_intercept, weighted):
    X, y, w = data
    w = np.ones(len(y)) if w is None or not weighted else w
    design = sm.add_constant(X) if fit_intercept else X
    root = np.sqrt(w)
    # statsmodels' influence is of OLS: weights go into the samples.
    theirs = OLSInfluence(sm.OLS(root * y, root[:, None] * design).fit())
    found = diagnostics(LinearRegression(fit_intercept=fit_intercept).fit(X, y, w), X, y, w)
    np.testing.assert_allclose(found.leverage, theirs.hat_matrix_diag, **CLOSE)
    np.testing.assert_allclose(found.standardized, theirs.resid_studentized_internal, **CLOSE)
    np.testing.assert_allclose(found.studentized, theirs.resid_studentized_external, **CLOSE)
    np.testing.assert_allclose(found.cooks_distance, theirs.cooks_distance[0], **CLOSE)
    np.testing.assert_allclose(found.dffits, theirs.dffits[0], **CLOSE)
    if not weighted and fit_intercept:
        vif = [variance_inflation_factor(design, 1 + k) for k in range(X.shape[1])]
        np.testing.assert_allclose(found.vif, vif, **CLOSE)
    elif not weighted and X.shape[1] > 1:  # theirs centres the features, which a fit through 0 does not
        fits = [sm.OLS(X[:, k], np.delete(X, k, axis=1)).fit().rsquared for k in range(X.shape[1])]
        np.testing.assert_allclose(found.vif, 1 / (1 - np.array(fits)), **CLOSE)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_standard_errors_are_statsmodels(kind, fit_intercept, weighted):
    X, y, w = samples()
    w = w if weighted else np.ones(len(y))
    design = sm.add_constant(X) if fit_intercept else X
    theirs = sm.WLS(y, design, weights=w).fit(cov_type=kind, use_t=True)
    ours = diagnostics(LinearRegression(fit_intercept=fit_intercept).fit(X, y, w), X, y, w)
    np.testing.assert_allclose(ours.covariance(kind), theirs.cov_params(), rtol=1e-9, atol=1e-12)
    summary = ours.summary(kind)
    np.testing.assert_allclose([t.standard_error for t in summary.terms], theirs.bse, **CLOSE)
    np.testing.assert_allclose([t.t for t in summary.terms], theirs.tvalues, **CLOSE)
    np.testing.assert_allclose([t.p for t in summary.terms], theirs.pvalues, rtol=1e-9)
    np.testing.assert_allclose([t.confidence_interval for t in summary.terms], theirs.conf_int(), rtol=1e-9)
    assert summary.f == pytest.approx(float(np.squeeze(theirs.fvalue)), rel=1e-9)
    assert summary.f_p == pytest.approx(float(theirs.f_pvalue), rel=1e-8)
    assert summary.r2 == pytest.approx(theirs.rsquared, rel=1e-10)


@pytest.mark.parametrize("kind", ["HC0", "HC3"])
def test_polynomials_have_them_too(kind):
    X, y, _ = samples(1)
    design = np.column_stack([np.ones(len(y)), X, X**2, X**3])
    theirs = sm.OLS(y, design).fit(cov_type=kind)
    model = PolynomialRegression(3).fit(X, y)
    found = diagnostics(model, X, y)
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance(kind))), theirs.bse, rtol=1e-9)
    np.testing.assert_allclose(found.leverage, OLSInfluence(theirs).hat_matrix_diag, rtol=1e-9)
    high = PolynomialRegression(20).fit(X, y)
    assert diagnostics(high, X, y).leverage.sum() == pytest.approx(21, rel=1e-9)


def test_samples_of_weight_zero_have_no_diagnostics():
    X, y, w = samples()
    w[:5] = 0
    found = diagnostics(LinearRegression().fit(X, y, w), X, y, w)
    rest = diagnostics(LinearRegression().fit(X[5:], y[5:], w[5:]), X[5:], y[5:], w[5:])
    assert np.all(np.isnan(found.leverage[:5]))
    np.testing.assert_allclose(found.cooks_distance[5:], rest.cooks_distance, rtol=1e-9)
    np.testing.assert_allclose(found.covariance("HC3"), rest.covariance("HC3"), rtol=1e-9)


def test_a_feature_that_is_a_combination_has_infinite_inflation():
    X, y, _ = samples()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RankDeficiencyWarning)
        model = LinearRegression().fit(np.column_stack([X, X[:, 0]]), y)
    assert np.all(np.isinf(diagnostics(model, np.column_stack([X, X[:, 0]]), y).vif))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda X, y: diagnostics(Ridge().fit(X, y), X, y), "not of Ridge"),
        (lambda X, y: diagnostics(LinearRegression().fit(X, y), X[1:], y[1:]), "the very samples"),
        (lambda X, y: diagnostics(LinearRegression().fit(X, y), X, y[::-1]), "the very samples"),
        (lambda X, y: diagnostics(LinearRegression().fit(X[:4], y[:4]), X[:4], y[:4]), "more samples"),
        (
            lambda X, y: diagnostics(LinearRegression().fit(X, y), X, y).covariance("HC4"),
            "HC0, HC1, HC2, HC3",
        ),
    ],
)
def test_what_has_no_diagnostics(make, message):
    X, y, _ = samples()
    with pytest.raises(CflError, match=message):
        make(X, y)


def test_of_a_table_and_as_a_figure(tmp_path):
    X, y, w = samples(2)
    path = tmp_path / "t.csv"
    pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": y, "w": w}).to_csv(path, index=False)
    fit = fit_table(path, y="y", weights="w")
    found = fit.diagnostics()
    direct = diagnostics(LinearRegression().fit(X, y, w), X, y, w)
    np.testing.assert_allclose(found.dffits, direct.dffits, rtol=1e-9)
    found.figure().savefig(tmp_path / "d.png")
    assert (tmp_path / "d.png").stat().st_size > 10_000
    robust = fit_table(path, y="y", weights="w", errors="HC2").summary
    np.testing.assert_allclose(
        [term.standard_error for term in robust.terms], np.sqrt(np.diag(direct.covariance("HC2"))), rtol=1e-9
    )


def test_residuals_of_a_nearly_perfect_fit_have_their_digits():
    """The residuals are a 10⁻¹⁰th of y: those of the error, which is known."""
    rng = np.random.default_rng(11)
    X = np.round(rng.normal(size=(30, 2)) * 64) / 64
    y = X @ [1000.0, -2000.0] + 5 + np.round(rng.normal(size=30) * 2**20) * 2.0**-42
    terms = np.column_stack([np.ones(30), X])
    error = y - (X @ [1000.0, -2000.0] + 5)  # exact: all are multiples of 2⁻⁴²
    truth = error - terms @ np.linalg.lstsq(terms, error, rcond=None)[0]
    found = diagnostics(LinearRegression().fit(X, y), X, y)
    np.testing.assert_allclose(found.residuals, truth, rtol=0, atol=1e-12 * np.max(np.abs(truth)))
    theirs = sm.OLS(error, terms).fit()
    for kind in ("HC0", "HC3"):
        ours = [term.standard_error for term in found.summary(kind).terms]
        np.testing.assert_allclose(ours, getattr(theirs, f"{kind}_se"), rtol=1e-10)
