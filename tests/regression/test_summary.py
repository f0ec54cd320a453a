"""The summary against statsmodels and scipy.stats."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.stats
import statsmodels.api as sm

from cfl.regression import LinearRegression, PolynomialRegression, RankDeficiencyWarning


def fit_both(p, fit_intercept, weighted, offset=0.0):
    rng = np.random.default_rng(p)
    X = rng.normal(size=(40, p)) + offset
    y = X @ rng.normal(size=p) + rng.normal(size=40) + 1
    weights = rng.uniform(0.2, 3, 40) if weighted else np.ones(40)
    design = sm.add_constant(X, has_constant="add") if fit_intercept else X
    theirs = sm.WLS(y, design, weights=weights).fit()
    ours = LinearRegression(fit_intercept=fit_intercept).fit(X, y, weights if weighted else None)
    return ours.summary(), theirs


@pytest.mark.parametrize("p", [1, 3])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("offset", [0.0, 20.0])
def test_equals_statsmodels(p, fit_intercept, weighted, offset):
    ours, theirs = fit_both(p, fit_intercept, weighted, offset)
    close = {"rtol": 1e-10}
    np.testing.assert_allclose([term.coef for term in ours.terms], theirs.params, **close)
    np.testing.assert_allclose([term.standard_error for term in ours.terms], theirs.bse, **close)
    np.testing.assert_allclose([term.t for term in ours.terms], theirs.tvalues, **close)
    np.testing.assert_allclose([term.p for term in ours.terms], theirs.pvalues, **close)
    np.testing.assert_allclose([t.confidence_interval for t in ours.terms], theirs.conf_int(), rtol=1e-9)
    for mine, other in (
        (ours.r2, theirs.rsquared),
        (ours.r2_adjusted, theirs.rsquared_adj),
        (ours.residual_standard_error, theirs.mse_resid**0.5),
        (ours.f, theirs.fvalue),
        (ours.f_p, theirs.f_pvalue),
        (ours.log_likelihood, theirs.llf),
        (ours.aic, theirs.aic),
        (ours.bic, theirs.bic),
    ):
        assert mine == pytest.approx(other, rel=1e-10)
    assert (ours.df_model, ours.df_residual, ours.n_samples) == (theirs.df_model, theirs.df_resid, 40)
    if not weighted:  # statsmodels' is of the unweighted design
        assert ours.condition_number == pytest.approx(theirs.condition_number, rel=1e-10)


def test_confidence_level():
    ours, theirs = fit_both(2, True, False)
    X = np.random.default_rng(2).normal(size=(40, 2))
    assert ours.confidence == 0.95
    assert X.shape == (40, 2)
    wide = LinearRegression().fit([[0], [1], [2], [4]], [1, 3, 2, 5]).summary(confidence=0.99)
    line = scipy.stats.linregress([0, 1, 2, 4], [1, 3, 2, 5])
    half = scipy.stats.t.ppf(0.995, 2) * line.stderr
    assert wide.terms[1].confidence_interval == pytest.approx(
        (line.slope - half, line.slope + half), rel=1e-10
    )
    assert theirs.df_resid == 37


def test_of_a_line_equals_scipy():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=30), rng.normal(size=30)
    line, summary = scipy.stats.linregress(x, y), LinearRegression().fit(x[:, None], y).summary()
    term = summary.terms[1]
    assert (term.coef, term.standard_error, term.p) == pytest.approx(
        (line.slope, line.stderr, line.pvalue), rel=1e-9
    )
    assert summary.terms[0].standard_error == pytest.approx(line.intercept_stderr, rel=1e-10)
    assert summary.r2 == pytest.approx(line.rvalue**2, rel=1e-9)


def test_as_text_and_dictionary():
    frame = pd.DataFrame({"luma": [0.0, 1, 2, 5], "edge": [1.0, 0, 0, 2]})
    summary = LinearRegression().fit(frame, [1, 3, 2, 7]).summary()
    text = str(summary)
    for word in ("intercept", "luma", "edge", "R²", "AIC, BIC", "condition number", "95 % interval"):
        assert word in text
    loaded = json.loads(json.dumps(summary.to_dict()))
    assert loaded["terms"][1]["coef"] == summary.terms[1].coef
    assert loaded["r2"] == summary.r2


def test_names_of_polynomial_terms():
    X = np.random.default_rng(0).normal(size=(20, 2))
    names = [term.name for term in PolynomialRegression(2).fit(X, X[:, 0]).summary().terms]
    assert names == ["intercept", "x1", "x2", "x1^2", "x1·x2", "x2^2"]


def test_perfect_fit_has_no_error():
    summary = LinearRegression().fit([[0], [1], [2]], [1, 3, 5]).summary()
    assert summary.residual_standard_error == 0
    assert summary.r2 == 1
    assert summary.terms[1].standard_error == 0


def test_rank_deficient_design_counts_its_rank():
    X = np.column_stack([np.arange(6.0), 2 * np.arange(6.0)])
    y = np.array([1.0, 2, 2, 3, 5, 4])
    with pytest.warns(RankDeficiencyWarning):
        summary = LinearRegression().fit(X, y).summary()
    with warnings.catch_warnings(action="ignore"):
        theirs = sm.OLS(y, sm.add_constant(X)).fit()
    np.testing.assert_allclose([term.coef for term in summary.terms], theirs.params, rtol=1e-9)
    np.testing.assert_allclose([term.standard_error for term in summary.terms], theirs.bse, rtol=1e-9)
    assert summary.f == pytest.approx(theirs.fvalue, rel=1e-9)


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        (lambda: LinearRegression().summary(), "not fitted"),
        (lambda: LinearRegression().fit([[0], [1]], [1, 2]).summary(), "n_samples=2"),
        (
            lambda: LinearRegression().fit([[0], [1], [5]], [[1], [2], [3]]).summary(confidence=1),
            "confidence",
        ),
        (lambda: LinearRegression().fit([[0], [1], [5]], [[1, 1], [2, 2], [3, 3]]).summary(), "one target"),
    ],
)
def test_what_cannot_be_summarised(fit, message):
    with pytest.raises(ValueError, match=message):
        fit()
