"""Right digits of the regression library and others on NIST's linear problems, and the time of each fit.

Judged against exact rational least squares on the same float64 inputs; polynomials against exact powers.
The number is that of the worst coefficient, at most 16.
"""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.timing import machine
from cfl.regression import LinearRegression, PolynomialRegression

sys.path.append(str(Path(__file__).parent.parent / "tests" / "regression"))


def run(arguments: list[str]) -> None:
    """Print the table."""
    import exact
    from nist_problems import PROBLEMS

    console = Console(width=110)
    console.print(f"Right digits in the worst coefficient. {machine()}")
    table = Table("problem", *WAYS)
    for name, problem in PROBLEMS.items():
        powers = [problem.X[:, :1] ** k for k in range(1, problem.degree + 1)]
        design = np.hstack(powers) if problem.degree > 1 else problem.X
        exact_design = exact.powers(problem.X[:, 0], problem.degree) if problem.degree > 1 else problem.X
        truth = exact.least_squares(exact_design, problem.y, fit_intercept=problem.fit_intercept)
        digits = (max(exact.digits(way(problem, design), truth), 0.0) for way in WAYS.values())
        table.add_row(name, *(f"{value:.1f}" for value in digits))
    console.print(table)


def _cfl(problem: Any, design: np.ndarray) -> np.ndarray:
    if problem.degree > 1:
        model: Any = PolynomialRegression(problem.degree).fit(problem.X, problem.y)
    else:
        model = LinearRegression(fit_intercept=problem.fit_intercept).fit(problem.X, problem.y)
    return _terms(model)


def _lstsq(problem: Any, design: np.ndarray) -> np.ndarray:
    ones = [np.ones((len(design), 1))] if problem.fit_intercept else []
    return np.linalg.lstsq(np.hstack([*ones, design]), problem.y, rcond=None)[0]


def _sklearn(problem: Any, design: np.ndarray) -> np.ndarray:
    from sklearn.linear_model import LinearRegression as Theirs

    return _terms(Theirs(fit_intercept=problem.fit_intercept).fit(design, problem.y))


def _statsmodels(problem: Any, design: np.ndarray) -> np.ndarray:
    from statsmodels.api import OLS, add_constant

    with warnings.catch_warnings(action="ignore"):
        return OLS(problem.y, add_constant(design) if problem.fit_intercept else design).fit().params


def _terms(model: Any) -> np.ndarray:
    return np.r_[model.intercept_, model.coef_] if model.fit_intercept else model.coef_


WAYS: dict[str, Callable[[Any, np.ndarray], np.ndarray]] = {
    "cfl": _cfl,
    "numpy.linalg.lstsq": _lstsq,
    "scikit-learn": _sklearn,
    "statsmodels": _statsmodels,
}
