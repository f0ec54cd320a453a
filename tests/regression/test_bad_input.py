"""Messages for bad input, the same from every estimator."""

import numpy as np
import pytest
import scipy.sparse

from cfl.errors import CflError
from cfl.regression import (
    ClusterwiseRegression,
    HuberRegressor,
    LinearRegression,
    PolynomialRegression,
    RANSACRegressor,
    Ridge,
    TheilSenRegressor,
    r2_score,
)

ESTIMATORS = [
    LinearRegression(),
    Ridge(),
    PolynomialRegression(),
    HuberRegressor(),
    TheilSenRegressor(),
    RANSACRegressor(),
    ClusterwiseRegression(),
]
X, Y = [[0.0], [1.0], [2.0], [5.0]], [1.0, 2.0, 2.0, 4.0]
NAN, INF = float("nan"), float("inf")

BAD = [
    ([[0.0], [NAN], [2.0], [5.0]], Y, "Input X contains NaN"),
    ([[0.0], [INF], [2.0], [5.0]], Y, "Input X contains infinity or a value too large"),
    ([[0.0], [10**400], [2.0], [5.0]], Y, "Input X contains infinity or a value too large"),
    (X, [1.0, NAN, 2.0, 4.0], "Input y contains NaN"),
    (X, [1.0, -INF, 2.0, 4.0], "Input y contains infinity"),
    ([["a"], ["b"], ["c"], ["d"]], Y, "not compatible with arrays of bytes/strings"),
    (np.array([["a"], [1], [2], [3]], dtype=object), Y, "Unable to convert X to numbers"),
    (X, ["1", "2", "3", "4"], "not compatible with arrays of bytes/strings"),
    (np.array(X, complex), Y, "Complex data not supported"),
    (np.array([["2020"], ["2021"], ["2022"], ["2023"]], "M8[Y]"), Y, "not compatible"),
    ([0.0, 1, 2, 5], Y, r"Expected 2D array for X, got 1D array.*reshape\(-1, 1\)"),
    (3.0, Y, "got scalar array"),
    (np.zeros((4, 1, 1)), Y, "got 3D array"),
    (np.empty((0, 1)), [], r"Found array with 0 sample\(s\)"),
    (np.empty((4, 0)), Y, r"0 feature\(s\) \(shape=\(4, 0\)\)"),
    ([[1.0], [2.0, 3.0]], [1, 2], "not a rectangular array"),
    (X, Y[:3], r"inconsistent numbers of samples: \[4, 3\]"),
    (X, None, "requires y to be passed, but the target y is None"),
    (X, np.zeros((4, 1, 1)), "y should be a 1d array"),
    (X, np.zeros((4, 0)), "y should be a 1d array"),
    (X, 3.0, "y should be a 1d array"),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize(("features", "targets", "message"), BAD, ids=[message[:30] for *_, message in BAD])
def test_data(estimator, features, targets, message):
    with pytest.raises(CflError, match=message):
        estimator.fit(features, targets)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_sparse(estimator):
    with pytest.raises(TypeError, match="Sparse data"):
        estimator.fit(scipy.sparse.csr_array(np.eye(4)), Y)


@pytest.mark.parametrize("estimator", [LinearRegression(), Ridge(), PolynomialRegression(), HuberRegressor()])
@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 1, -1, 1], "Negative values"),
        ([0, 0, 0, 0], "at least one non-zero"),
        ([1, 1, 1], "sample_weight.shape"),
        ([[1], [1], [1], [1]], "1D array or scalar"),
        ([1, NAN, 1, 1], "sample_weight contains NaN"),
        ([1, INF, 1, 1], "sample_weight contains infinity"),
        (["a", "b", "c", "d"], "not compatible"),
    ],
)
def test_weights(estimator, weights, message):
    with pytest.raises(CflError, match=message):
        estimator.fit(X, Y, sample_weight=weights)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_prediction(estimator):
    estimator.fit(X, Y)
    with pytest.raises(CflError, match=r"X has 2 features, but .* is expecting 1 features"):
        estimator.predict([[1.0, 2.0]])
    with pytest.raises(CflError, match="contains NaN"):
        estimator.predict([[NAN]])


def test_coefficients_too_large():
    with pytest.raises(CflError, match="coefficients are too large"):
        LinearRegression().fit([[0.0], [1e-300]], [0.0, 1e300])


@pytest.mark.parametrize("degree", [0, -1, 1.5, "2"])
def test_degree(degree):
    with pytest.raises(CflError, match="degree must be an int >= 1"):
        PolynomialRegression(degree).fit(X, Y)


@pytest.mark.parametrize("alpha", [-1, NAN, INF])
def test_alpha(alpha):
    with pytest.raises(CflError, match="alpha must be a finite number >= 0"):
        Ridge(alpha).fit(X, Y)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1], [1]), "less than two samples"),
        (([1, 2], [1, 2, 3]), "inconsistent"),
        (([1, 2], [[1, 1], [2, 2]]), "different number of output"),
        (([1, NAN], [1, 2]), "NaN"),
    ],
)
def test_score(arguments, message):
    with pytest.raises(CflError, match=message):
        r2_score(*arguments)


def test_numbers_whose_sum_overflows_are_finite_all_the_same():
    model = LinearRegression().fit([[1.5e308], [1.0e308], [0.5e308]], [3.0, 2, 1])
    assert model.coef_[0] == pytest.approx(2e-308)
