"""scikit-learn's contract, by its own public test suite, and that scikit-learn is not needed."""

import pickle
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn.exceptions
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import cfl.regression
from cfl.errors import CflError
from cfl.regression import (
    ClusterwiseRegression,
    HuberRegressor,
    LinearRegression,
    Moments,
    NotFittedError,
    PolynomialRegression,
    RANSACRegressor,
    Ridge,
    TheilSenRegressor,
)

ESTIMATORS = [
    LinearRegression(),
    LinearRegression(fit_intercept=False),
    Ridge(),
    PolynomialRegression(),
    HuberRegressor(),
    TheilSenRegressor(max_subpopulation=500),
    RANSACRegressor(),
    ClusterwiseRegression(),
    ClusterwiseRegression(method="soft"),
]


X = np.arange(6.0)[:, None]
SQUARES = (X**2).ravel()
WARN = {
    "rank": lambda: LinearRegression().fit(np.ones((6, 1)), SQUARES),
    "rank of a ridge": lambda: Ridge(0).fit(np.ones((6, 1)), SQUARES),
    "rank of inliers": lambda: RANSACRegressor().fit(np.column_stack([X, X]), SQUARES),
    "rank of moments": lambda: Moments().partial_fit(np.ones((6, 1)), SQUARES).linear_regression(),
    "degree": lambda: PolynomialRegression(8).fit(X, SQUARES),
    "huber": lambda: HuberRegressor(max_iter=1).fit(X, [0, 1, 5, 3, 100, 2]),
    "clusters": lambda: ClusterwiseRegression(max_iter=1).fit(X, [0, 1, 5, 3, 100, 2]),
    "median": lambda: TheilSenRegressor(max_iter=1).fit(np.column_stack([X, X**2]), [0, 1, 5, 3, 9, 2]),
    "names": lambda: LinearRegression().fit(pd.DataFrame({"x": [0, 1]}), [0, 1]).predict([[1]]),
}


@pytest.mark.parametrize("call", WARN.values(), ids=WARN)
def test_warnings_point_at_the_callers_line(call):
    with warnings.catch_warnings(record=True, action="always") as caught:
        call()
    assert {warning.filename for warning in caught} == {__file__}


@pytest.mark.parametrize("where", ["X", "y"])
def test_missing_values_of_pandas_are_missing(where):
    X, y = np.array([[1], [2], [4]], object), np.array([1, 2, 4], object)
    (X if where == "X" else y)[1] = pd.NA
    with pytest.raises(CflError, match=f"Input {where} contains NaN"):
        LinearRegression().fit(X, y)


EXPECTED_FAILURES = {
    "RANSACRegressor": {"check_sample_weight_equivalence_on_dense_data": "it has fewer samples than a trial"},
}
"""scikit-learn's own RANSACRegressor has the same."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_check_estimator(estimator):
    expected = EXPECTED_FAILURES.get(type(estimator).__name__, {})
    results = check_estimator(estimator, on_fail=None, on_skip=None, expected_failed_checks=expected)
    failed = [
        (result["check_name"], result["exception"])
        for result in results
        if result["status"] not in ("passed", "skipped", "xfail")
    ]
    assert failed == []
    assert [result["check_name"] for result in results if result["status"] == "xfail"] == list(expected)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_pipeline_and_cross_validation(estimator):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = X @ [2.0, -1.0] + 0.1 * rng.normal(size=60)
    pipeline = make_pipeline(StandardScaler(), clone(estimator))
    assert cross_val_score(pipeline, X, y, cv=3).min() > 0.9
    assert clone(estimator).get_params() == estimator.get_params()


def test_grid_search():
    rng = np.random.default_rng(1)
    x = rng.uniform(-1, 1, (80, 1))
    y = x[:, 0] ** 3 - x[:, 0] + 0.01 * rng.normal(size=80)
    search = GridSearchCV(PolynomialRegression(), {"degree": [1, 3]}).fit(x, y)
    assert search.best_params_ == {"degree": 3}


def test_feature_names():
    X = pd.DataFrame({"luma": [0.0, 1, 2], "x": [1.0, 0, 5]})
    model = LinearRegression().fit(X, [1, 2, 4])
    assert list(model.feature_names_in_) == ["luma", "x"]
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(X.to_numpy())
    with pytest.raises(ValueError, match="same order"):
        model.predict(X[["x", "luma"]])


def test_not_fitted_is_scikit_learns_too_and_pickles():
    with pytest.raises(sklearn.exceptions.NotFittedError) as caught:
        LinearRegression().predict([[1.0]])
    again = pickle.loads(pickle.dumps(caught.value))
    assert isinstance(again, NotFittedError)
    assert str(again) == str(caught.value)


def test_repr_shows_what_differs_from_the_defaults():
    assert repr(Ridge(alpha=2.0)) == "Ridge(alpha=2.0)"
    assert repr(LinearRegression()) == "LinearRegression()"


def test_unknown_parameter():
    with pytest.raises(ValueError, match="Invalid parameter 'slope'"):
        LinearRegression().set_params(slope=1)


def run_without(*modules):
    """Use the library in a fresh Python in which some modules cannot be imported."""
    block = "".join(f"sys.modules[{name!r}] = None; " for name in modules)
    code = (
        f"import sys; {block}"
        "from cfl.regression import LinearRegression, NotFittedError, Ridge\n"
        "try: LinearRegression().predict([[1]])\n"
        "except NotFittedError: pass\n"
        "assert LinearRegression().fit([[0], [1], [2]], [1, 3, 5]).predict([[3]]) == [7]\n"
        "assert Ridge().fit([[0], [1], [2]], [1, 3, 5]).score([[0], [1]], [1, 2]) < 1\n"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_scikit_learn_is_not_needed():
    result = run_without("sklearn", "pandas", "statsmodels", "matplotlib", "scipy")
    assert result.returncode == 0, result.stderr


def test_import_is_light():
    code = (
        "import sys, cfl.regression; [getattr(cfl.regression, name) for name in cfl.regression.__all__];"
        "print([m for m in ('numba', 'scipy', 'matplotlib', 'sklearn', 'rich') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_every_public_name_is_documented():
    for name in cfl.regression.__all__:
        assert getattr(cfl.regression, name).__doc__, name


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
@pytest.mark.parametrize("targets", [1, 2])
def test_float32_in_float32_out(estimator, targets):
    rng = np.random.default_rng(2)
    X = rng.normal(size=(60, 2)).astype(np.float32)
    Y = (X @ [[2.0, 1], [-1, 3]] + 0.1 * rng.normal(size=(60, 2)))[:, 0 if targets == 1 else slice(None)]
    single, double = clone(estimator).fit(X, Y), clone(estimator).fit(X.astype(np.float64), Y)
    for name in ("coef_", "intercept_"):
        assert getattr(single, name).dtype == np.float32
        assert getattr(double, name).dtype == np.float64
        np.testing.assert_allclose(getattr(single, name), getattr(double, name), rtol=1e-4, atol=1e-4)
    assert single.predict(X).dtype == np.float32
    assert single.predict(X.astype(np.float64)).dtype == double.predict(X).dtype == np.float64


@pytest.mark.parametrize("kind", [np.float16, np.int8, np.int64, np.bool_])
def test_other_numbers_in_float64_out(kind):
    X = np.array([[0, 1], [1, 0], [1, 1], [0, 0]], kind)
    assert LinearRegression().fit(X, [1, 2, 4, 5]).coef_.dtype == np.float64


def test_coefficients_beyond_float32_are_an_error():
    with pytest.raises(ValueError, match="too large for float32"):
        LinearRegression().fit(np.array([[0], [1e-30]], np.float32), [0, 1e30])


@pytest.mark.parametrize("estimator", ESTIMATORS[:7], ids=repr)
@pytest.mark.parametrize("targets", [1, 2])
def test_intercept_is_of_numpys_kind(estimator, targets):
    X = np.array([[0.0], [1], [2], [3]])
    Y = np.array([[1.0, 0], [2, 1], [3, 3], [4, 4]])[:, 0 if targets == 1 else slice(None)]
    intercept = clone(estimator).fit(X, Y).intercept_
    assert isinstance(intercept, np.float64 if targets == 1 else np.ndarray)
    assert np.shape(intercept) == np.shape(Y)[1:]


@pytest.mark.parametrize("kind", [TheilSenRegressor, RANSACRegressor, ClusterwiseRegression])
def test_random_methods_have_a_fixed_seed(kind):
    assert kind().get_params()["random_state"] == 0
