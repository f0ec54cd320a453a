"""Estimators with any value as any parameter: they fit, or raise RegressionError or TypeError of one line."""

import inspect
import warnings

import numpy as np
import pytest

from cfl import regression
from cfl.regression import LinearRegression, PolynomialRegression, RegressionError

ESTIMATORS = [
    value for value in (getattr(regression, name) for name in regression.__all__) if hasattr(value, "fit")
]
JUNK = [
    None, True, -1, 0, 3, 1.5, float("nan"), float("inf"), 10**30, "", "x", b"x", (), (1, 2), [], {},
    object(), np.int64(-5), np.array([1, 2]), np.array(["a", "b"]), np.zeros((0, 3)), 1j, [[1, 2], [3]],
]  # fmt: skip
X = np.random.default_rng(0).normal(size=(30, 2))
Y = X @ [1.0, 2.0] + 0.1


def parameters():
    for estimator in ESTIMATORS:
        for name in inspect.signature(estimator).parameters:
            yield pytest.param(estimator, name, id=f"{estimator.__name__}-{name}")


@pytest.mark.parametrize("estimator, name", list(parameters()))
@pytest.mark.filterwarnings("ignore")
def test_any_value(estimator, name):
    for value in JUNK:
        try:
            estimator(**{name: value}).fit(X, Y).predict(X)
        except (RegressionError, TypeError) as error:
            assert str(error) and "\n" not in str(error), (value, error)
        except Exception as error:
            raise AssertionError(f"{name}={value!r}: {type(error).__name__}: {error}") from error


@pytest.mark.parametrize("estimator", [LinearRegression, PolynomialRegression])
def test_a_flag_is_true_or_false(estimator):
    """3 was multiplied with the means, which gave a wrong line without a word."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for flag in (1, np.True_, True):
            np.testing.assert_array_equal(
                estimator(fit_intercept=flag).fit(X, Y).predict(X), estimator().fit(X, Y).predict(X)
            )
    with pytest.raises(TypeError, match="fit_intercept must be True or False"):
        estimator(fit_intercept=3).fit(X, Y)
