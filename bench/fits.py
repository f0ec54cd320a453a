"""Speed of single fits beside scikit-learn and statsmodels, in the same run, on one thread.

All of a cell are called in turn, so that what else the machine does slows them alike. Huber is fitted twice:
to normal errors, and to the same with a tenth of the samples far off.
"""

import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from rich.table import Table

import cfl.regression

SHAPES = ((100, 2), (10_000, 10), (10_000, 100), (1_000_000, 5), (2_000, 500))
SUBSETS = 2_000
"""Subsets for Theil–Sen, and the largest size for it and RANSAC."""
SECONDS = 3.0


def table(shapes: tuple[tuple[int, int], ...] = SHAPES) -> Table:
    """Return the times of our fits in ms and, in brackets, relative to those of others."""
    from threadpoolctl import threadpool_limits

    title = "fits in ms (relative to scikit-learn; OLS also to statsmodels), one thread: medians"
    names = ("n x p", "OLS", "Ridge", "Ridge, 10 targets, 10 alphas", "Huber", "Huber, 10 % outliers")
    rows = Table(*names, "RANSAC", "Theil-Sen", title=title)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for n, p in shapes:
            rows.add_row(f"{n:,} x {p}", *_row(n, p))
    return rows


def _row(n: int, p: int) -> list[str]:
    import sklearn.linear_model as others

    ours = cfl.regression
    rng = np.random.default_rng(2)
    X = rng.normal(size=(n, p))
    y = X @ rng.normal(size=p) + 1 + rng.normal(size=n)
    Y = X @ rng.normal(size=(p, 10)) + rng.normal(size=(n, 10))
    wrong = np.where(np.arange(n) % 10, y, y + 20 * rng.normal(size=n))
    alphas = np.arange(1.0, 11)
    cells = [
        _race(ours.LinearRegression(), others.LinearRegression(), X, y, _statsmodels(X, y)),
        _race(ours.Ridge(), others.Ridge(), X, y),
        _race(ours.Ridge(alphas), others.Ridge(alphas), X, Y),
        _race(ours.HuberRegressor(), others.HuberRegressor(), X, y),
        _race(ours.HuberRegressor(), others.HuberRegressor(), X, wrong),
    ]
    if n * p > 100_000:
        return [*cells, "", ""]
    subsets = {"max_subpopulation": SUBSETS, "random_state": 0}
    return [
        *cells,
        _race(ours.RANSACRegressor(), others.RANSACRegressor(random_state=0), X, wrong),
        _race(ours.TheilSenRegressor(**subsets), others.TheilSenRegressor(**subsets), X, wrong),
    ]


def _statsmodels(X: np.ndarray, y: np.ndarray) -> Callable[[], Any]:
    import statsmodels.api

    design = statsmodels.api.add_constant(X)
    return lambda: statsmodels.api.OLS(y, design).fit()


def _race(ours: Any, other: Any, X: np.ndarray, y: np.ndarray, *more: Callable[[], Any]) -> str:
    first, *rest = _medians([lambda: ours.fit(X, y), lambda: other.fit(X, y), *more])
    return f"{first * 1e3:,.2f} ({'; '.join(f'{first / seconds:.2f}' for seconds in rest)})"


def _medians(works: list[Callable[[], Any]]) -> list[float]:
    """Return the median time of each, called in turn at least 5 times."""
    times: list[list[float]] = [[] for _ in works]
    for work in works:
        work()
    start = time.perf_counter()
    while len(times[0]) < 5 or time.perf_counter() - start < SECONDS:
        for work, taken in zip(works, times, strict=True):
            before = time.perf_counter()
            work()
            taken.append(time.perf_counter() - before)
    return [statistics.median(taken) for taken in times]
