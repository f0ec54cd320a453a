"""Fit columns of a table, which may be larger than memory."""

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
"""Largest number of values that are held in memory; a larger table is streamed through `Moments`."""
ROBUST = {"huber": HuberRegressor, "theil-sen": TheilSenRegressor, "ransac": RANSACRegressor}


@dataclass(frozen=True, eq=False)
class TableFit:
    r"""A fit of columns of a table; `fit_table` makes it.

    Attributes
    ----------
    model : estimator
        The fitted `LinearRegression`, or what was asked for instead.
    target : str
        Name of the target column.
    features : list of str
        Names of the feature columns.
    weights : str or None
        Name of the column of weights.
    n_samples : int
        Rows of weight above 0.
    r2 : float
        R² on the table itself, with the weights.
    summary : Summary or None
        Of least squares and polynomials, if there are more samples than terms.
    streamed : bool
        True if the table was too large to be held in memory.
    data : (n, n_features + 1 or more) float64 array
        Rows of the features, target and weights: all of them, or the first ones if `streamed`.

    See Also
    --------
    fit_table : Makes it.
    write_residuals : What the fit leaves over, row by row.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cfl.regression import fit_table
    >>> with TemporaryDirectory() as folder:
    ...     table = Path(folder, "runs.csv")
    ...     _ = table.write_text("hours,cost\n0,1\n1,3\n2,4\n3,8\n")
    ...     fit = fit_table(table, y="cost")
    >>> fit.features, fit.n_samples, round(fit.r2, 4)
    (['hours'], 4, 0.9308)
    >>> fit.to_dict()["fit"]["coef_"]
    [2.2]
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
        """Return all numbers at full precision, as plain Python objects.

        Returns
        -------
        report : dict
            Model, parameters, columns, the fitted attributes and the summary. Attributes of more than 1,000
            elements are left out.
        """
        attributes = {
            name: value.tolist() if isinstance(value, np.ndarray | np.generic) else value
            for name, value in vars(self.model).items()
            if name.endswith("_") and np.size(value) <= 1000 and not isinstance(value, Regressor)
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
    seed: int = 0,
) -> TableFit:
    r"""Fit one column of a table by others.

    Parameters
    ----------
    path : path-like
        A CSV, TSV or Parquet file; see `Table`.
    y : str
        Target column.
    x : list of str, optional
        Feature columns; by default all but `y` and `weights`.
    weights : str, optional
        Column of sample weights, each at least 0.
    degree : int, default 1
        Above 1, a `PolynomialRegression` of this degree.
    robust : {"huber", "theil-sen", "ransac"}, optional
        An estimator that tolerates outliers.
    ridge : float, optional
        Penalty of a `Ridge`.
    lines : int, optional
        Number of lines of a `ClusterwiseRegression`.
    fit_intercept : bool, default True
        Whether to fit an intercept.
    seed : int, default 0
        Of the random choices of "theil-sen", "ransac" and `lines`, at least 0: the same seed gives the same
        fit.

    Returns
    -------
    fit : TableFit
        The fitted estimator, with its R² and summary. At most one of `degree`, `robust`, `ridge` and `lines`
        can be given; with none, it is a `LinearRegression`.

    Raises
    ------
    RegressionError
        The table cannot be read or fitted, a column is named twice or in two roles, or two kinds of fit are
        asked for.

    See Also
    --------
    write_residuals : What the fit leaves over, row by row.
    Table : Read columns without fitting.

    Notes
    -----
    A table of up to 2²⁴ numbers is held in memory. A larger one is read in parts through `Moments` for least
    squares; other fits need all of it in memory.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cfl.regression import fit_table
    >>> with TemporaryDirectory() as folder:
    ...     table = Path(folder, "runs.csv")
    ...     _ = table.write_text("hours,cost\n0,1\n1,3\n2,5\n3,7\n4,99\n")
    ...     fit = fit_table(table, y="cost", robust="theil-sen")
    >>> float(fit.model.intercept_), fit.model.coef_
    (1.0, array([2.]))
    """
    model = make_model(degree, robust, ridge, lines, fit_intercept, seed)
    check_roles(y, x or [], weights)
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
    degree: int,
    robust: str | None,
    ridge: float | None,
    lines: int | None,
    fit_intercept: bool,
    seed: int,
) -> Regressor:
    """Return the estimator that the options of `fit_table` ask for.

    Raises
    ------
    RegressionError
        Two kinds at once, an unknown robust one, or a negative seed.
    """
    asked = [degree != 1, robust is not None, ridge is not None, lines is not None]
    if sum(asked) > 1:
        raise RegressionError("ask for one of degree, robust, ridge and lines")
    if seed < 0:
        raise RegressionError(f"seed must be >= 0, got {seed}")
    if robust is not None:
        if robust not in ROBUST:
            raise RegressionError(f"robust must be one of {', '.join(ROBUST)}, got {robust!r}")
        model = ROBUST[robust](fit_intercept=fit_intercept)
        return model if robust == "huber" else model.set_params(random_state=seed)
    if ridge is not None:
        return Ridge(ridge, fit_intercept=fit_intercept)
    if lines is not None:
        return ClusterwiseRegression(lines, fit_intercept=fit_intercept, random_state=seed)
    if degree != 1:
        return PolynomialRegression(degree, fit_intercept=fit_intercept)
    return LinearRegression(fit_intercept=fit_intercept)


def check_roles(y: str, x: list[str], weights: str | None) -> None:
    """Raise `RegressionError` unless each column that is named has one role.

    Parameters
    ----------
    y, weights : str
        Target column and, if any, column of weights.
    x : list of str
        Feature columns.
    """
    for name in x:
        if x.count(name) > 1:
            raise RegressionError(f"column {name!r} is given twice as x")
    roles = {"y": [y], "x": x, "weights": [] if weights is None else [weights]}
    for name in (y, *x):
        found = [role for role, names in roles.items() if name in names]
        if len(found) > 1:
            raise RegressionError(
                f"column {name!r} is given as {found[0]} and as {found[1]}: give it one role"
            )


def write_residuals(fit: TableFit, path: str | os.PathLike[str], out: str | os.PathLike[str]) -> None:
    r"""Write target, prediction and residual of each row of the table, as CSV with all digits.

    A table that was streamed is read once more.

    Parameters
    ----------
    fit : TableFit
        What `fit_table` returned.
    path : path-like
        The table that was fitted.
    out : path-like
        The file to write. It appears whole or not at all.

    Raises
    ------
    RegressionError
        The table was streamed from standard input, so that it cannot be read again.

    See Also
    --------
    fit_table : Makes the fit.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cfl.regression import fit_table, write_residuals
    >>> with TemporaryDirectory() as folder:
    ...     table, out = Path(folder, "runs.csv"), Path(folder, "residuals.csv")
    ...     _ = table.write_text("hours,cost\n0,1\n1,3\n2,5\n3,7\n4,99\n")
    ...     write_residuals(fit_table(table, y="cost", robust="theil-sen"), table, out)
    ...     print(out.read_text().splitlines()[-1])
    99.0,9.0,90.0
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
    """Return rows, and whether they are all. If `stop`, reading ends soon after `IN_MEMORY` numbers."""
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
