"""What a fit of a table says of each row: residuals and predictions, as CSV with all digits."""

import csv
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from cfl.files import atomic_write
from cfl.regression.base import Regressor
from cfl.regression.clusterwise import ClusterwiseRegression
from cfl.regression.encoding import Encoding
from cfl.regression.exceptions import RegressionError
from cfl.regression.linear import LinearRegression
from cfl.regression.table_fit import TableFit
from cfl.regression.tables import Table
from cfl.regression.validation import Array


class _Fit(Protocol):
    """What predictions are made from: a `TableFit` or a `SavedModel`."""

    @property
    def model(self) -> Regressor: ...
    @property
    def encoding(self) -> Encoding: ...
    @property
    def target(self) -> str: ...


def write_residuals(
    fit: TableFit,
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    interval: float | None = None,
) -> None:
    r"""Write target, prediction and residual of each row of the table, as CSV with all digits.

    A table that was streamed is read once more.

    Parameters
    ----------
    fit : TableFit
        What `fit_table` returned.
    path : path-like
        The table that was fitted.
    out : path-like
        The file to write; "-" is standard output. A file appears whole or not at all.
    interval : float, optional
        Write the confidence interval of the mean and the prediction interval of this probability too, as
        columns ``mean_low``, ``mean_high``, ``low`` and ``high``. For least squares only.

    Raises
    ------
    RegressionError
        The table was streamed from standard input, so that it cannot be read again; or an interval is asked
        for that the estimator does not have.

    See Also
    --------
    fit_table : Makes the fit.
    write_predictions : For other tables.

    Notes
    -----
    For `ClusterwiseRegression` a column ``line`` has the number of each row's line, from 1 on; the prediction
    is that line's. If rows without a value were left out, a column ``row`` has the number of each row in the
    table, from 1 on.

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
    model: Any = fit.model
    lines = isinstance(model, ClusterwiseRegression)
    header = [fit.target, "prediction", "residual", *_interval_names(model, interval)]
    header += ["line"] * lines + ["row"] * (fit.dropped > 0)
    with _csv(out) as writer:
        writer.writerow(header)
        for X, target, weights, rows in _all_rows(fit, path):
            columns: list[Any] = []
            if lines:
                columns = [_nearest_line(model, X, target)]
                predicted = model.predict_lines(X)[np.arange(len(X)), columns[0] - 1]
            else:
                predicted = model.predict(X)
            if fit.dropped > 0:
                columns.append(rows)
            ends = _intervals(model, X, interval, weights)
            table = zip(target, predicted, target - predicted, *ends, *columns, strict=True)
            writer.writerows([value.item() for value in row] for row in table)


def write_predictions(
    fit: _Fit,
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    interval: float | None = 0.95,
    separator: str | None = None,
    decimal: str = ".",
    comment: str | None = None,
    na: str = "error",
) -> int:
    r"""Write the predictions for the rows of a table, as CSV with all digits.

    Parameters
    ----------
    fit : TableFit or SavedModel
        What `fit_table` or `load_model` returned.
    path : path-like
        A table with the columns that the fit explains by; it need not have the target.
    out : path-like
        The file to write; "-" is standard output. A file appears whole or not at all.
    interval : float, optional
        Probability of the confidence interval of the mean (``mean_low``, ``mean_high``) and of the prediction
        interval (``low``, ``high``), which estimators of least squares have. None leaves them out.
    separator : str, optional
        Between the cells of text; see `Table`.
    decimal : {".", ","}, default "."
        What stands before decimals.
    comment : str, optional
        Lines that begin with this are left out.
    na : {"error", "drop"}, default "error"
        What to do with rows where a value is missing. If they are dropped, a column ``row`` has the number of
        each row in the table.

    Returns
    -------
    dropped : int
        Rows left out for want of a value.

    Raises
    ------
    RegressionError
        The table cannot be read, lacks a column, or has a level that the fit has not seen.

    See Also
    --------
    write_residuals : For the table that was fitted.
    load_model : A fit from a file.

    Notes
    -----
    For `ClusterwiseRegression` the prediction is the mean of the lines, by their shares; columns ``line_1``,
    ``line_2``, … have that of each line.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cfl.regression import fit_table, write_predictions
    >>> with TemporaryDirectory() as folder:
    ...     table, new, out = (Path(folder, name) for name in ("runs.csv", "new.csv", "out.csv"))
    ...     _ = table.write_text("hours,cost\n0,1\n1,3\n2,5\n3,7\n")
    ...     _ = new.write_text("hours\n10\n")
    ...     dropped = write_predictions(fit_table(table, y="cost"), new, out, interval=None)
    ...     print(out.read_text().splitlines())
    ['prediction', '21.0']
    """
    model: Any = fit.model
    if interval is not None and not _has_intervals(model):
        interval = None
    encoding = fit.encoding.without_target()
    lines = isinstance(model, ClusterwiseRegression)
    header = ["prediction", *_interval_names(model, interval)]
    header += [f"line_{k + 1}" for k in range(len(model.share_))] if lines else []
    table = Table(path, separator=separator, decimal=decimal, comment=comment, na=na)
    with _csv(out) as writer:
        writer.writerow([*header, *["row"] * (na == "drop")])
        for part in table.parts(encoding.numbers, encoding.texts):
            X = encoding.predictors(part)
            if len(X) == 0:
                continue
            columns = [model.predict(X), *_intervals(model, X, interval, None)]
            columns += list(model.predict_lines(X).T) if lines else []
            columns += [part.rows] * (na == "drop")
            writer.writerows([value.item() for value in row] for row in zip(*columns, strict=True))
    table.close()
    return table.dropped


def _nearest_line(model: ClusterwiseRegression, X: Array, y: Array) -> Any:
    """Return the number of the line that each row belongs to, from 1 on."""
    return np.argmin(np.abs(model.predict_lines(X) - y[:, None]), axis=1) + 1


def _has_intervals(model: Regressor) -> bool:
    return isinstance(model, LinearRegression) and model.has_summary


def _interval_names(model: Regressor, interval: float | None) -> Sequence[str]:
    if interval is None:
        return ()
    if not isinstance(model, LinearRegression):
        raise RegressionError(f"intervals are for least squares: {type(model).__name__} has none")
    return ("mean_low", "mean_high", "low", "high")


def _intervals(model: Any, X: Array, interval: float | None, weights: Array | None) -> list[Array]:
    """Return the ends of the mean's interval and of the prediction's; the latter NaN without weight."""
    if interval is None:
        return []
    mean = model.confidence_band(X, confidence=interval)
    if weights is None:
        return [*mean, *model.prediction_interval(X, confidence=interval)]
    ends = np.full((2, len(X)), np.nan)
    used = weights > 0
    if np.any(used):
        own = weights[used]
        ends[:, used] = model.prediction_interval(X[used], confidence=interval, sample_weight=own)
    return [*mean, *ends]


def _all_rows(
    fit: TableFit, path: str | os.PathLike[str]
) -> Iterator[tuple[Array, Array, Array | None, Any]]:
    width = len(fit.features)
    if not fit.streamed:
        weights = None if fit.weights is None else fit.data[:, width + 1]
        yield fit.data[:, :width], fit.data[:, width], weights, fit.rows
        return
    if os.fspath(path) == "-":
        raise RegressionError("residuals of a table too large for memory need a file, not standard input")
    table = Table(path, **fit.options)
    own = [] if fit.weights is None else [fit.weights]
    for part in table.parts([*fit.encoding.numbers, *own], fit.encoding.texts):
        if len(part.rows):
            predictors, target = fit.encoding.predictors(part), fit.encoding.targets(part)
            yield predictors, target, part.numbers[:, -1] if own else None, part.rows
    table.close()


@contextmanager
def _csv(out: str | os.PathLike[str]) -> Iterator[Any]:
    """Yield a CSV writer to a file that appears whole or not at all, or to standard output."""
    if os.fspath(out) == "-":
        text = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        yield csv.writer(text, lineterminator="\n")
        text.flush()
        text.detach()
        return
    with atomic_write(out) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        yield csv.writer(text)
        text.flush()
        text.detach()
