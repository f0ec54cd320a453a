"""`cfl fit`."""

import math
import os
from pathlib import Path
from typing import Any, NamedTuple

from cfl.cli import output
from cfl.errors import CflError
from cfl.files import all_or_none, atomic_write
from cfl.metrics import json_ready
from cfl.regression.model_files import SavedModel, load_model, save_model
from cfl.regression.table_fit import TableFit, fit_table, rows_left_out
from cfl.regression.table_outputs import write_predictions, write_residuals


class Request(NamedTuple):
    """The options of one call."""

    table: str | None
    y: str | None
    x: list[str]
    formula: str | None
    categorical: list[str]
    degree: int
    robust: str | None
    ridge: float | None
    lines: int | None
    fit_intercept: bool
    weights: str | None
    errors: str | None
    seed: int
    interval: float | None
    separator: str | None
    decimal: str
    comment: str | None
    na: str
    figure: Path | None
    residuals: Path | None
    predict: str | None
    output: Path
    save: Path | None
    model: Path | None
    json: Path | None

    @property
    def reading(self) -> dict[str, Any]:
        """How tables are read."""
        return {name: getattr(self, name) for name in ("separator", "decimal", "comment", "na")}


def run(request: Request) -> None:
    """Fit the table or load a model, write the outputs, print the report."""
    if request.model is not None:
        _use_model(request, request.model)
        return
    if request.table == "-" and request.predict == "-":
        raise CflError("the table and that of --predict cannot both be standard input")
    with all_or_none():
        fit = _fit(request)
        if request.figure is not None:
            _draw(fit, request.figure)
        if request.residuals is not None:
            assert request.table is not None
            write_residuals(fit, request.table, request.residuals, interval=request.interval)
        if request.save is not None:
            save_model(fit, request.save)
        _predict(fit, request)
        output.write_json(request.json, {"input": request.table, **json_ready(_defined(fit.to_dict()))})
    _print(fit.to_text, request)
    if fit.streamed:
        output.remark("The table is large, so it was read in parts and fitted from its moments.")


def _fit(request: Request) -> TableFit:
    assert request.table is not None
    return fit_table(
        request.table,
        y=request.y,
        x=request.x or None,
        weights=request.weights,
        degree=request.degree,
        robust=request.robust,
        ridge=request.ridge,
        lines=request.lines,
        fit_intercept=request.fit_intercept,
        categorical=request.categorical,
        formula=request.formula,
        errors=request.errors,
        confidence=0.95 if request.interval is None else request.interval,
        seed=request.seed,
        **request.reading,
    )


def _use_model(request: Request, path: Path) -> None:
    """Predict with a model that was saved."""
    saved = load_model(path)
    _predict(saved, request)
    report = {
        "model": type(saved.model).__name__,
        "target": saved.target,
        "features": saved.features,
        "n_samples": saved.n_samples,
        "r2": saved.r2,
    }
    output.write_json(request.json, {"input": request.predict, **json_ready(_defined(report))})


def _predict(fit: TableFit | SavedModel, request: Request) -> None:
    if request.predict is None:
        return
    interval = 0.95 if request.interval is None else request.interval
    dropped = write_predictions(fit, request.predict, request.output, interval=interval, **request.reading)
    if dropped:
        output.remark(f"{request.predict}: {rows_left_out(dropped)}.")


def _print(to_text: Any, request: Request) -> None:
    """Print the report: to standard output, unless something else goes there."""
    if request.json == output.STDOUT:
        return
    taken = [request.residuals, request.output if request.predict is not None else None]
    output.report(
        to_text, standard_output=not any(path is not None and os.fspath(path) == "-" for path in taken)
    )


def _defined(value: Any) -> Any:
    """Replace each NaN by None: JSON has no number for an undefined statistic, such as 0 / 0."""
    if isinstance(value, dict):
        return {name: _defined(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_defined(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _draw(fit: TableFit, path: Path) -> None:
    from cfl.regression.fit_drawing import fit_figure

    width = len(fit.features)
    figure = fit_figure(
        fit.model,
        fit.data[:, :width],
        fit.data[:, width],
        features=fit.features,
        target=fit.target,
        confidence=fit.confidence,
    )
    with atomic_write(path) as file:
        output.save_figure(figure, path, file)
