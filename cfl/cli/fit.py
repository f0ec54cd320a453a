"""`cfl fit`."""

import math
from pathlib import Path
from typing import Any, NamedTuple

from cfl.cli import output
from cfl.files import all_or_none, atomic_write
from cfl.metrics import json_ready
from cfl.regression.table_fit import TableFit, fit_table, write_residuals


class Request(NamedTuple):
    """The options of one call."""

    table: str
    y: str
    x: list[str]
    degree: int
    robust: str | None
    ridge: float | None
    lines: int | None
    fit_intercept: bool
    seed: int
    weights: str | None
    figure: Path | None
    residuals: Path | None
    json: Path | None


def run(request: Request) -> None:
    """Fit the table, write the outputs, print the summary."""
    fit = fit_table(
        request.table,
        y=request.y,
        x=request.x or None,
        weights=request.weights,
        degree=request.degree,
        robust=request.robust,
        ridge=request.ridge,
        lines=request.lines,
        fit_intercept=request.fit_intercept,
        seed=request.seed,
    )
    with all_or_none():
        if request.figure is not None:
            _draw(fit, request.figure)
        if request.residuals is not None:
            write_residuals(fit, request.table, request.residuals)
        output.write_json(request.json, {"input": request.table, **json_ready(_defined(fit.to_dict()))})
    console = output.console()
    console.print(fit)
    if fit.streamed:
        console.print("The table is large, so it was read once and fitted from its moments.")


def _defined(value: Any) -> Any:
    """Replace each NaN by None: JSON has no number for an undefined statistic, such as 0 / 0."""
    if isinstance(value, dict):
        return {name: _defined(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_defined(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _draw(fit: TableFit, path: Path) -> None:
    from cfl.regression.fit_figure import fit_figure

    width = len(fit.features)
    figure = fit_figure(
        fit.model, fit.data[:, :width], fit.data[:, width], features=fit.features, target=fit.target
    )
    with atomic_write(path) as file:
        output.save_figure(figure, path, file)
