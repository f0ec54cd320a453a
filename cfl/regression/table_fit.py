"""Fits of columns of a table, which may be larger than memory."""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cfl.files import atomic_write
from cfl.regression.base import Regressor
from cfl.regression.clusterwise import ClusterwiseRegression
from cfl.regression.exceptions import RegressionError
from cfl.regression.huber import HuberRegressor
from cfl.regression.linear import LinearRegression
from cfl.regression.moments import Moments
from cfl.regression.polynomial import PolynomialRegression
from cfl.regression.ransac import RANSACRegressor
from cfl.regression.ridge import Ridge
from cfl.regression.summary import Summary
from cfl.regression.tables import Table
from cfl.regression.theil_sen import TheilSenRegressor
from cfl.regression.validation import Array

if TYPE_CHECKING:
    from rich.console import RenderableType

IN_MEMORY = 2**24
"""Numbers up to which a table is held in memory and fitted at once; beyond, it streams through `Moments`."""
ROBUST = {"huber": HuberRegressor, "theil-sen": TheilSenRegressor, "ransac": RANSACRegressor}


@dataclass(frozen=True, eq=False)
class TableFit:
    """A fit of columns of a table.

    Attributes
    ----------
    model : Regressor
        Fitted.
    target : str
    features : list of str
    weights : str or None
        Names of the columns.
    n_samples : int
    r2 : float
        On the table itself, by weight.
    summary : Summary or None
        Of least squares and polynomials, where samples outnumber the terms.
    streamed : bool
        True if the table was too large to hold.
    data : (n, n_features + 1 or more) float64 array
        Rows of the features, target and weights: all of them, or the first ones if streamed.
    """

    model: Regressor
    target: str
    features: list[str]
    weights: str | None
    n_samples: int
    r2: float
    summary: Summary | None
    streamed: bool
    data: Array

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers at full precision, as plain Python objects."""
        attributes = {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name, value in vars(self.model).items()
            if name.endswith("_") and np.size(value) <= 1000
        }
        return {
            "model": type(self.model).__name__,
            "parameters": self.model.get_params(),
            "target": self.target,
            "features": self.features,
            "weights": self.weights,
            "n_samples": self.n_samples,
            "r2": self.r2,
            "fit": attributes,
            "summary": None if self.summary is None else self.summary.to_dict(),
        }

    def __rich__(self) -> "RenderableType":
        from rich.table import Table as RichTable

        if self.summary is not None:
            return self.summary
        model: Any = self.model
        title = f"{type(model).__name__}: {self.target}, {self.n_samples} samples, R² {self.r2:.8g}"
        table = RichTable("line", "intercept", *self.features, title=title, title_justify="left")
        coef = np.atleast_2d(model.coef_)
        for k, (intercept, line) in enumerate(zip(np.atleast_1d(model.intercept_), coef, strict=True)):
            table.add_row(str(k + 1), *(f"{value:.10g}" for value in (intercept, *line)))
        return table


def fit_table(
    path: str | os.PathLike[str],
    *,
    y: str,
    x: list[str] | None = None,
    weights: str | None = None,
    degree: int = 1,
    robust: str | None = None,
    ridge: float | None = None,
    lines: int | None = None,
    fit_intercept: bool = True,
) -> TableFit:
    """Fit one column of a table by others.

    Parameters
    ----------
    path : path-like
        See `Table`.
    y : str
        Target column.
    x : list of str, optional
        Feature columns; by default all but `y` and `weights`.
    weights : str, optional
        Column of sample weights, each >= 0.
    degree : int
        Above 1: `PolynomialRegression`.
    robust : {"huber", "theil-sen", "ransac"}, optional
    ridge : float, optional
        Penalty of `Ridge`.
    lines : int, optional
        Number of lines of `ClusterwiseRegression`.
    fit_intercept : bool

    Raises
    ------
    RegressionError
        The table cannot be read or fitted, or two kinds of fit are asked for at once.
    """
    model = make_model(degree, robust, ridge, lines, fit_intercept)
    if weights is not None and isinstance(model, (TheilSenRegressor, RANSACRegressor, ClusterwiseRegression)):
        raise RegressionError(f"{type(model).__name__} takes no weights")
    table = Table(path)
    features = [name for name in table.names if name not in (y, weights)] if x is None else list(x)
    if not features:
        raise RegressionError("the table has no column to fit by")
    names = [*features, y, *([] if weights is None else [weights])]
    batches = table.columns(names)
    data, complete = _read(batches, stop=type(model) is LinearRegression)
    X, target, sample_weight = _split(data, len(features))
    if complete:
        _fit(model, X, target, sample_weight)
        n_samples = len(X) if sample_weight is None else int(np.count_nonzero(sample_weight))
        r2 = model.score(X, target, sample_weight)
    else:
        moments = Moments().partial_fit(X, target, sample_weight)
        for batch in batches:
            moments.partial_fit(*_split(batch, len(features)))
        model = moments.linear_regression(fit_intercept=fit_intercept)
        n_samples, r2 = moments.n_samples, moments.r2()
    table.close()
    return TableFit(model, y, features, weights, n_samples, r2, _summary(model, features), not complete, data)


def make_model(
    degree: int, robust: str | None, ridge: float | None, lines: int | None, fit_intercept: bool
) -> Regressor:
    """Return the estimator that the options of `fit_table` ask for.

    Raises
    ------
    RegressionError
        Two kinds at once, or an unknown robust one.
    """
    asked = [degree != 1, robust is not None, ridge is not None, lines is not None]
    if sum(asked) > 1:
        raise RegressionError("ask for one of degree, robust, ridge and lines")
    if robust is not None:
        if robust not in ROBUST:
            raise RegressionError(f"robust must be one of {', '.join(ROBUST)}, got {robust!r}")
        return ROBUST[robust](fit_intercept=fit_intercept)
    if ridge is not None:
        return Ridge(ridge, fit_intercept=fit_intercept)
    if lines is not None:
        return ClusterwiseRegression(lines, fit_intercept=fit_intercept, random_state=0)
    if degree != 1:
        return PolynomialRegression(degree, fit_intercept=fit_intercept)
    return LinearRegression(fit_intercept=fit_intercept)


def write_residuals(fit: TableFit, path: str | os.PathLike[str], out: str | os.PathLike[str]) -> None:
    """Write target, prediction and residual of each row of the table, as CSV with all digits.

    A table that was streamed is read once more.

    Raises
    ------
    RegressionError
        It was streamed from standard input.
    """
    width = len(fit.features)
    with atomic_write(out) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.writer(text)
        writer.writerow([fit.target, "prediction", "residual"])
        for batch in _all_rows(fit, path):
            target, prediction = batch[:, width], fit.model.predict(batch[:, :width])
            writer.writerows(np.column_stack([target, prediction, target - prediction]).tolist())
        text.flush()
        text.detach()


def _all_rows(fit: TableFit, path: str | os.PathLike[str]) -> Iterator[Array]:
    if not fit.streamed:
        return iter([fit.data])
    if os.fspath(path) == "-":
        raise RegressionError("residuals of a table too large for memory need a file, not standard input")
    return Table(path).columns([*fit.features, fit.target])


def _read(batches: Iterator[Array], stop: bool) -> tuple[Array, bool]:
    """Return the rows, and whether these are all; if `stop`, not many more than `IN_MEMORY` numbers."""
    rows, size = [], 0
    for batch in batches:
        rows.append(batch)
        size += batch.size
        if stop and size > IN_MEMORY:
            return np.concatenate(rows), False
    return np.concatenate(rows), True


def _split(data: Array, n_features: int) -> tuple[Array, Array, Array | None]:
    weights = data[:, n_features + 1] if data.shape[1] > n_features + 1 else None
    return data[:, :n_features], data[:, n_features], weights


def _fit(model: Any, X: Array, y: Array, weights: Array | None) -> None:
    if weights is None:
        model.fit(X, y)
    else:
        model.fit(X, y, sample_weight=weights)


def _summary(model: Regressor, features: list[str]) -> Summary | None:
    if not isinstance(model, LinearRegression) or not model.has_summary:
        return None
    return model.summary(feature_names=features)
