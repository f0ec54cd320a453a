"""Fits of columns of a table, which may be larger than memory."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cfl.regression.base import Regressor
from cfl.regression.clusterwise import ClusterwiseRegression
from cfl.regression.encoding import ColumnEncoding, Encoding, read_levels
from cfl.regression.exceptions import RegressionError
from cfl.regression.huber import HuberRegressor
from cfl.regression.linear import LinearRegression
from cfl.regression.moments import Moments
from cfl.regression.polynomial import PolynomialRegression
from cfl.regression.ransac import RANSACRegressor
from cfl.regression.reports import FitReport, fit_report
from cfl.regression.ridge import Ridge
from cfl.regression.summary import Summary
from cfl.regression.tables import Part, Table
from cfl.regression.theil_sen import TheilSenRegressor
from cfl.regression.validation import Array

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from cfl.regression.influence import Diagnostics

IN_MEMORY = 2**24
"""Numbers up to which a table is held in memory and fitted at once; beyond, it streams through `Moments`."""
ROBUST = {"huber": HuberRegressor, "theil-sen": TheilSenRegressor, "ransac": RANSACRegressor}


@dataclass(frozen=True, eq=False)
class TableFit:
    r"""A fit of columns of a table; `fit_table` makes it.

    Attributes
    ----------
    model : estimator
        The fitted `LinearRegression`, or what was asked for instead.
    target : str
        Name of the target column, or the left side of the formula.
    features : list of str
        Names of the predictors: columns, levels of categorical columns, or terms of the formula.
    weights : str or None
        Name of the column of weights.
    n_samples : int
        Rows of weight above 0.
    r2 : float
        R² on the table itself, with the weights; that of the summary, if there is one.
    summary : Summary or None
        Of least squares and polynomials, if there are more samples than terms.
    report : FitReport or None
        Of the other estimators.
    streamed : bool
        True if the table was too large to be held in memory.
    data : (n, n_features + 1 or more) float64 array
        Rows of the predictors, target and weights: all of them, or the first ones if `streamed`.
    rows : (n,) int64 array
        Number of each of these rows in the table, from 1 on.
    dropped : int
        Rows left out for want of a value.
    levels : dict of str to list of str
        The levels of each categorical column, the base level first.
    confidence : float
        Probability of the intervals.
    encoding : object
        How predictors and target are made of columns.
    options : dict
        How the table is read; see `Table`.

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
    encoding: Encoding
    report: FitReport | None = None
    rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    dropped: int = 0
    confidence: float = 0.95
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def levels(self) -> dict[str, list[str]]:
        r"""The levels of each categorical column, the base level first.

        Returns
        -------
        levels : dict of str to list of str
            Empty without categorical columns.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from cfl.regression import fit_table
        >>> with TemporaryDirectory() as folder:
        ...     table = Path(folder, "runs.csv")
        ...     _ = table.write_text("machine,cost\nold,5\nnew,3\nold,6\nnew,4\n")
        ...     fit = fit_table(table, y="cost", categorical=["machine"])
        >>> fit.levels
        {'machine': ['new', 'old']}
        """
        return self.encoding.levels

    def diagnostics(self) -> "Diagnostics":
        r"""Say how much each row weighs in the fit.

        Returns
        -------
        diagnostics : Diagnostics
            Leverage, Cook's distance, inflation factors and standard errors for unequal variances.

        Raises
        ------
        RegressionError
            The fit is not least squares, has no degrees of freedom, or the table was too large for memory.

        See Also
        --------
        diagnostics : The same of arrays.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from cfl.regression import fit_table
        >>> with TemporaryDirectory() as folder:
        ...     table = Path(folder, "runs.csv")
        ...     _ = table.write_text("hours,cost\n0,1\n1,3\n2,4\n9,8\n")
        ...     fit = fit_table(table, y="cost")
        >>> fit.diagnostics().leverage.round(2)
        array([0.43, 0.33, 0.27, 0.97])
        """
        from cfl.regression.influence import diagnostics

        if self.streamed:
            raise RegressionError("diagnostics need all rows in memory: the table is too large")
        width = len(self.features)
        weights = self.data[:, width + 1] if self.weights is not None else None
        return diagnostics(self.model, self.data[:, :width], self.data[:, width], weights)  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers at full precision, as plain Python objects.

        Returns
        -------
        report : dict
            Model, parameters, columns, the fitted attributes and the summary or report. Attributes of more
            than 1,000 elements are left out.
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
            "levels": self.levels,
            "weights": self.weights,
            "n_samples": self.n_samples,
            "dropped": self.dropped,
            "r2": self.r2,
            "fit": attributes,
            "summary": None if self.summary is None else self.summary.to_dict(),
            "notes": [] if self.summary is None else list(self.summary.notes),
            "report": None if self.report is None else self.report.to_dict(),
        }

    def to_text(self, width: int | None = None) -> str:
        r"""Return the fit as plain text.

        Parameters
        ----------
        width : int, optional
            Characters in a line: a row that is longer goes on in the next line. By default rows are lines.

        Returns
        -------
        text : str
            The summary or the report, with notes on the rows and levels.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from cfl.regression import fit_table
        >>> with TemporaryDirectory() as folder:
        ...     table = Path(folder, "runs.csv")
        ...     _ = table.write_text("hours,cost\n0,1\n1,3\n2,5\n3,7\n4,99\n")
        ...     fit = fit_table(table, y="cost", robust="theil-sen")
        >>> print("\n".join(fit.to_text(width=80).splitlines()[:4]))
        cost: Theil-Sen
        term       coefficient
        intercept            1
        hours                2
        """
        notes = [
            f"Note: {name} is compared with its level {levels[0]!r}" for name, levels in self.levels.items()
        ]
        if self.dropped:
            notes.append(f"Note: {rows_left_out(self.dropped)}")
        found = self.summary or self.report
        return "\n".join([f"{self.target}: " + (found.to_text(width) if found else self._bare()), *notes])

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        from rich.text import Text

        yield Text(self.to_text(options.max_width), no_wrap=True, overflow="ignore")

    def _bare(self) -> str:
        """Return the coefficients of least squares that have no summary."""
        plain = fit_report(self.model, self.data[:, :0], self.data[:, 0], None, features=self._terms())
        facts = (("samples", self.n_samples), ("R²", self.r2))
        why = "as many terms as samples: there is no error to compare with, so no standard errors"
        return FitReport("Least squares", plain.columns, plain.terms, facts, (why,)).to_text()

    def _terms(self) -> list[str]:
        model = self.model
        return model._term_names(self.features) if isinstance(model, LinearRegression) else self.features


def fit_table(
    path: str | os.PathLike[str],
    *,
    y: str | None = None,
    x: list[str] | None = None,
    weights: str | None = None,
    degree: int = 1,
    robust: str | None = None,
    ridge: float | None = None,
    lines: int | None = None,
    fit_intercept: bool = True,
    categorical: Sequence[str] = (),
    formula: str | None = None,
    separator: str | None = None,
    decimal: str = ".",
    comment: str | None = None,
    na: str = "error",
    errors: str | None = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> TableFit:
    r"""Fit one column of a table by others.

    Parameters
    ----------
    path : path-like
        A CSV, TSV or Parquet file; see `Table`.
    y : str, optional
        Target column; not with a formula, which names it.
    x : list of str, optional
        Columns to explain it by; by default all but `y` and `weights`.
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
        Whether to fit an intercept; not with a formula, where ``- 1`` says so.
    categorical : sequence of str, optional
        Columns of names, not numbers. Each of their values but the first, in order, becomes a predictor that
        is 1 in the rows that have it and else 0.
    formula : str, optional
        Such as ``"y ~ x + C(k) + x:z + I(x**2)"``, where C() marks a categorical column; ``"y ~ ."`` has all
        other columns. Needs formulaic: ``pip install cfl-av1[formula]``.
    separator : str, optional
        Between the cells of text; see `Table`.
    decimal : {".", ","}, default "."
        What stands before decimals.
    comment : str, optional
        Lines that begin with this are left out.
    na : {"error", "drop"}, default "error"
        What to do with rows where a value is missing.
    errors : {"HC0", "HC1", "HC2", "HC3"}, optional
        Standard errors of least squares for unequal variances; see `Diagnostics.covariance`.
    confidence : float, default 0.95
        Probability of the intervals, between 0 and 1.
    seed : int, default 0
        Of the random choices of "theil-sen", "ransac" and `lines`, at least 0: the same seed gives the same
        fit.

    Returns
    -------
    fit : TableFit
        The fitted estimator, with its R² and summary or report. At most one of `degree`, `robust`, `ridge`
        and `lines` can be given; with none, it is a `LinearRegression`.

    Raises
    ------
    RegressionError
        The table cannot be read or fitted, a column is named twice or in two roles, or two kinds of fit are
        asked for.

    See Also
    --------
    write_residuals : What the fit leaves over, row by row.
    write_predictions : Predictions for another table.
    save_model : Keep the fit in a file.
    Table : Read columns without fitting.

    Notes
    -----
    A table of up to 2²⁴ numbers is held in memory. A larger one is read in parts through `Moments` for least
    squares; other fits need all of it in memory. With categorical columns it is read twice, first for their
    values; standard input is then kept in a temporary file.

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
    if formula is not None and not fit_intercept:
        raise RegressionError("a formula says itself that there is no intercept: '- 1'")
    options = {"separator": separator, "decimal": decimal, "comment": comment, "na": na}
    _check_columns(y, x, weights, categorical, formula)
    model: Any = make_model(degree, robust, ridge, lines, fit_intercept, seed)
    with Source(path, options, again=bool(categorical) or "C(" in (formula or "")) as source:
        encoding = _encoding(source, y, x, weights, list(categorical), formula)
        if formula is not None:
            model.set_params(fit_intercept=encoding.fit_intercept)
        if encoding.levels and degree != 1:
            raise RegressionError("a polynomial takes no categorical columns: write its terms in a formula")
        table = source.open()
        parts = table.parts([*encoding.numbers, *([] if weights is None else [weights])], encoding.texts)
        data, rows, complete = _read(
            parts, encoding, weights is not None, stop=type(model) is LinearRegression
        )
        width = len(encoding.features)
        X, target, sample_weight = data[:, :width], data[:, width], data[:, width + 1] if weights else None
        if complete:
            _fit(model, X, target, sample_weight)
        else:
            model = _fit_moments(model, X, target, sample_weight, parts, encoding)
        dropped = table.dropped
    if errors is not None and not complete:
        raise RegressionError(
            "standard errors for unequal variances need all rows in memory: the table is too large"
        )
    summary, report = _describe(model, X, target, sample_weight, encoding.features, errors, confidence)
    return TableFit(
        model=model,
        target=encoding.target,
        features=encoding.features,
        weights=weights,
        n_samples=_n_samples(model, target, sample_weight),
        r2=_r2(model, summary, X, target, sample_weight),
        summary=summary,
        streamed=not complete,
        data=data,
        encoding=encoding,
        report=report,
        rows=rows,
        dropped=dropped,
        confidence=confidence,
        options=options,
    )


def rows_left_out(count: int) -> str:
    """Say how many rows lacked a value."""
    return f"{count} row{'s' * (count != 1)} without a value {'were' if count != 1 else 'was'} left out"


class Source:
    """A table that may be read more than once: standard input is kept in a temporary file if it must be.

    Parameters
    ----------
    path : path-like
    options : dict
        Of `Table`.
    again : bool
        It will be opened more than once.
    """

    def __init__(self, path: str | os.PathLike[str], options: dict[str, Any], *, again: bool):
        self._path, self._options = path, options
        self._kept: IO[bytes] | None = None
        self._tables: list[Table] = []
        self._unread: Table | None = None
        if again and os.fspath(path) == "-":
            self._kept = tempfile.TemporaryFile()  # noqa: SIM115 — closed by `__exit__`
            shutil.copyfileobj(sys.stdin.buffer, self._kept)

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        self._unread = self.open()
        return self._unread.names

    def open(self) -> Table:
        """Return the table, from the start."""
        if self._unread is not None:
            table, self._unread = self._unread, None
            return table
        table = Table(self._path, **self._options) if self._kept is None else self._again()
        self._tables.append(table)
        return table

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *error: object) -> None:
        for table in self._tables:
            table.close()
        if self._kept is not None:
            self._kept.close()

    def _again(self) -> Table:
        assert self._kept is not None
        self._kept.seek(0)
        copy = os.dup(self._kept.fileno())
        return Table._of_file(os.fdopen(copy, "rb"), self._options)


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


def _check_columns(
    y: str | None, x: list[str] | None, weights: str | None, categorical: Sequence[str], formula: str | None
) -> None:
    """Raise `RegressionError` unless it is clear which column is what."""
    if formula is not None:
        if y is not None or x is not None:
            raise RegressionError("a formula names the columns itself: leave out y and x")
        return
    if y is None:
        raise RegressionError("say which column is to be explained: y, or a formula")
    check_roles(y, x or [], weights)
    for name in categorical:
        if name in (y, weights):
            what = "the target" if name == y else "the weights"
            raise RegressionError(f"column {name!r} is {what}, which must be numbers, not categories")
        if x is not None and name not in x:
            raise RegressionError(f"the categorical column {name!r} is not among the predictors")
        if list(categorical).count(name) > 1:
            raise RegressionError(f"column {name!r} is given twice among the categorical ones")


def _encoding(
    source: Source,
    y: str | None,
    x: list[str] | None,
    weights: str | None,
    categorical: list[str],
    formula: str | None,
) -> Any:
    """Return the encoding of the columns, the levels of categorical ones read from the table."""
    if formula is not None:
        from cfl.regression.formulas import FormulaEncoding, has_dot, without_dots

        if has_dot(formula):
            formula = without_dots(formula, [name for name in source.names if name != weights])
        plan = FormulaEncoding(formula, categorical=categorical)
        if weights is not None and weights in (*plan.numbers, *plan.texts):
            raise RegressionError(f"column {weights!r} cannot be both in the formula and the weights")
        levels = read_levels(source.open(), plan.numbers, plan.texts) if plan.texts else {}
        return FormulaEncoding(formula, levels)
    assert y is not None
    columns = x
    if columns is None or categorical:
        names = source.names
        columns = [name for name in names if name not in (y, weights)] if columns is None else columns
    if not columns:
        raise RegressionError("the table has no column to fit by")
    missing = [name for name in categorical if name not in columns]
    if missing:
        raise RegressionError(f"the table has no column {missing[0]!r}")
    plain = [name for name in columns if name not in categorical]
    levels = read_levels(source.open(), [*plain, y], categorical) if categorical else {}
    return ColumnEncoding(y, list(columns), levels)


def _read(
    parts: Iterator[Part], encoding: Encoding, weights: bool, stop: bool
) -> tuple[Array, npt.NDArray[np.int64], bool]:
    """Return the rows and their numbers, and whether these are all.

    If `stop`, not many more than `IN_MEMORY` numbers are read.
    """
    data, rows, size = [], [], 0
    for part in parts:
        data.append(_columns(part, encoding, weights))
        rows.append(part.rows)
        size += data[-1].size
        if stop and size > IN_MEMORY:
            return np.concatenate(data), np.concatenate(rows), False
    return np.concatenate(data), np.concatenate(rows), True


def _columns(part: Part, encoding: Encoding, weights: bool) -> Array:
    """Return predictors, target and weights of a part, side by side."""
    columns = [encoding.predictors(part), encoding.targets(part)[:, None]]
    if weights:
        columns.append(part.numbers[:, [-1]])
    return np.concatenate(columns, axis=1)


def _fit(model: Any, X: Array, y: Array, weights: Array | None) -> None:
    if weights is None:
        model.fit(X, y)
    else:
        model.fit(X, y, sample_weight=weights)


def _fit_moments(
    model: Any, X: Array, y: Array, weights: Array | None, parts: Iterator[Part], encoding: Encoding
) -> LinearRegression:
    """Fit rows that were read and those that are still to be read."""
    moments = Moments().partial_fit(X, y, weights)
    width = X.shape[1]
    for part in parts:
        if len(part.rows):
            more = _columns(part, encoding, weights is not None)
            own = None if weights is None else more[:, width + 1]
            moments.partial_fit(more[:, :width], more[:, width], own)
    return moments.linear_regression(fit_intercept=model.fit_intercept)


def _describe(
    model: Regressor,
    X: Array,
    y: Array,
    weights: Array | None,
    features: list[str],
    errors: str | None,
    confidence: float,
) -> tuple[Summary | None, FitReport | None]:
    if not isinstance(model, LinearRegression):
        if errors is not None:
            raise RegressionError(f"errors={errors!r} is for least squares, not for {type(model).__name__}")
        return None, fit_report(model, X, y, weights, features=features, confidence=confidence)
    if not model.has_summary:
        return None, None
    if errors is None:
        return model.summary(confidence=confidence, feature_names=features), None
    from cfl.regression.influence import diagnostics

    found = diagnostics(model, X, y, weights)
    return found.summary(errors, confidence=confidence, feature_names=features), None


def _n_samples(model: Any, y: Array, weights: Array | None) -> int:
    if isinstance(model, LinearRegression):
        return model._solution.n_samples
    return len(y) if weights is None else int(np.count_nonzero(weights))


def _r2(model: Any, summary: Summary | None, X: Array, y: Array, weights: Array | None) -> float:
    """Return R², which is the summary's where there is one, so that there are not two."""
    if summary is not None:
        return summary.r2
    if isinstance(model, LinearRegression):
        from cfl.regression.kernels import r_squared

        return float(r_squared(model._solution.ss_residual[0], model._solution.ss_total[0]))
    return model.score(X, y, weights)
