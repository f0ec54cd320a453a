"""What is said of ridge, robust and clusterwise fits, against statsmodels, scipy.stats and definitions."""

import io
import json

import numpy as np
import pytest
import scipy.stats
import statsmodels.api as sm

from cfl.errors import CflError
from cfl.regression import (
    ClusterwiseRegression,
    HuberRegressor,
    LinearRegression,
    RANSACRegressor,
    Ridge,
    TheilSenRegressor,
)
from cfl.regression.reports import fit_report
from cfl.regression.text_table import text_table

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)) + 5
Y = X @ [1.0, -2, 0] + 3 + RNG.normal(size=40)
W = RNG.uniform(0.3, 2, 40)
NAMES = ["a", "b", "c"]


def column(report, name):
    k = report.columns.index(name)
    return [values[k] for _, values in report.terms]


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_ridge_by_its_hat_matrix(fit_intercept, weighted):
    w = W if weighted else np.ones(40)
    model = Ridge(2.5, fit_intercept=fit_intercept).fit(X, Y, w)
    report = fit_report(model, X, Y, w, features=NAMES)
    root = np.sqrt(w)
    design = np.column_stack([np.ones(40), X]) if fit_intercept else X
    penalty = np.diag([0.0] * fit_intercept + [2.5] * 3)
    solver = np.linalg.solve(design.T @ (w[:, None] * design) + penalty, design.T * root)
    hat = (root[:, None] * design) @ solver
    facts = dict(report.facts)
    assert facts["effective degrees of freedom"] == pytest.approx(np.trace(hat), rel=1e-10)
    residual = root * (Y - model.predict(X))
    variance = residual @ residual / (40 - np.trace(2 * hat - hat @ hat.T))
    assert facts["residual standard error"] == pytest.approx(variance**0.5, rel=1e-10)
    np.testing.assert_allclose(
        column(report, "standard error"), np.sqrt(variance * (solver**2).sum(axis=1)), rtol=1e-9
    )


def test_ridge_without_penalty_is_least_squares():
    report = fit_report(Ridge(0.0).fit(X, Y), X, Y, None, features=NAMES)
    terms = LinearRegression().fit(X, Y).summary().terms
    np.testing.assert_allclose(column(report, "coefficient"), [t.coef for t in terms], rtol=1e-10)
    np.testing.assert_allclose(
        column(report, "standard error"), [t.standard_error for t in terms], rtol=1e-10
    )
    assert dict(report.facts)["effective degrees of freedom"] == pytest.approx(4)


def test_huber_by_statsmodels_covariance():
    """RLM's own formula (H1), with our coefficients and scale."""
    y = Y.copy()
    y[:4] += 30
    model = HuberRegressor(alpha=0.0).fit(X, y)
    report = fit_report(model, X, y, None, features=NAMES)
    design = sm.add_constant(X)
    norm = sm.robust.norms.HuberT(t=model.epsilon)
    z = (y - model.predict(X)) / model.scale_
    psi, inside = norm.psi(z), norm.psi_deriv(z)
    k = 1 + 4 / 40 * np.var(inside) / np.mean(inside) ** 2
    scale = k**2 * np.sum((psi * model.scale_) ** 2) / 36 / np.mean(inside) ** 2
    expected = np.sqrt(scale * np.diag(np.linalg.inv(design.T @ design)))
    np.testing.assert_allclose(column(report, "standard error"), expected, rtol=1e-9)
    low, high = column(report, "95 % from"), column(report, "95 % to")
    np.testing.assert_allclose(np.subtract(high, low) / 2, 1.959963984540054 * expected, rtol=1e-9)
    assert dict(report.facts)["samples beyond 1.35·σ"] == np.count_nonzero(model.outliers_)


def test_theil_sen_has_sens_interval():
    model = TheilSenRegressor().fit(X[:, :1], Y)
    facts = dict(fit_report(model, X[:, :1], Y, None, features=["a"], confidence=0.9).facts)
    low, high = scipy.stats.theilslopes(Y, X[:, 0], alpha=0.9)[2:]
    assert (facts["slope, 90 % from"], facts["slope, 90 % to"]) == (low, high)
    several = fit_report(TheilSenRegressor(random_state=0).fit(X, Y), X, Y, None, features=NAMES)
    assert not any("slope" in label for label, _ in several.facts)


def test_ransac_counts_its_inliers():
    y = Y.copy()
    y[:10] += 50
    model = RANSACRegressor(random_state=0).fit(X, y)
    facts = dict(fit_report(model, X, y, None, features=NAMES).facts)
    residual = (y - model.predict(X))[model.inlier_mask_]
    assert facts["inliers"] == np.count_nonzero(model.inlier_mask_)
    expected = (residual @ residual / (len(residual) - 4)) ** 0.5
    assert facts["residual standard error of the inliers"] == pytest.approx(expected, rel=1e-12)


def test_clusterwise_has_a_column_a_line():
    x = RNG.uniform(0, 10, (100, 1))
    y = np.where(np.arange(100) < 60, 2 * x[:, 0], 30 - x[:, 0]) + RNG.normal(0, 0.01, 100)
    model = ClusterwiseRegression(2, random_state=0).fit(x, y)
    report = fit_report(model, x, y, None, features=["x"])
    assert report.columns == ("line 1", "line 2")
    np.testing.assert_allclose([values for _, values in report.terms], [[0, 30], [2, -1]], atol=0.05)
    assert dict(report.facts)["line 1"].startswith("60 samples")


@pytest.mark.parametrize("confidence", [0.0, 1.0, -1])
def test_confidence_out_of_range(confidence):
    with pytest.raises(CflError, match="confidence must be between 0 and 1"):
        fit_report(Ridge().fit(X, Y), X, Y, None, features=NAMES, confidence=confidence)


def test_report_as_text_and_json():
    report = fit_report(Ridge().fit(X, Y), X, Y, None, features=NAMES)
    loaded = json.loads(json.dumps(report.to_dict()))
    assert loaded["terms"][1]["name"] == "a"
    assert loaded["terms"][1]["coefficient"] == report.terms[1][1][0]
    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=30).print(report, soft_wrap=True)
    assert f"{report.terms[1][1][0]:.10g}" in text.getvalue()


@pytest.mark.parametrize("width", [10, 20, 24, 40, 80, None])
def test_tables_wrap_rows_and_never_cut(width):
    cells = [("a name", "1234567890.5", "-1e-300", "3"), ("b", "2", "0.1234567891", "44")]
    text = text_table(("term", "coefficient", "t", "p"), cells, width=width)
    words = text.split()
    for row in cells:
        for cell in row:
            assert all(word in words for word in cell.split())
    if width is None or width >= 45:
        assert len(text.splitlines()) == 3
    if width is not None and width >= 20:
        assert max(map(len, text.splitlines())) <= width
