"""A figure of a fit: data, fit with its confidence band, and residuals."""

from typing import TYPE_CHECKING, Any

import numpy as np

from cfl.regression.base import Regressor
from cfl.regression.clusterwise import ClusterwiseRegression
from cfl.regression.huber import HuberRegressor
from cfl.regression.linear import LinearRegression
from cfl.regression.ransac import RANSACRegressor
from cfl.regression.validation import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 20_000
"""Largest number of samples that are drawn; of more, evenly spaced ones are chosen."""
PANELS = 12
"""Largest number of features whose partial residuals are drawn."""
COLUMNS = 3
"""Partial residual plots side by side."""


def fit_figure(
    model: Regressor, X: Array, y: Array, *, features: list[str], target: str, confidence: float = 0.95
) -> "Figure":
    """Draw a fit: data, fitted line or curve, and residuals.

    With one feature, the upper part shows the data, the fit (each line of `ClusterwiseRegression`) and, for
    least squares, the confidence band of the mean and the wider band of predictions. The lower part shows the
    residuals. Samples that `RANSACRegressor` or `HuberRegressor` takes for outliers are marked.

    With several features, the upper part shows the target against its prediction; below is a partial residual
    plot for each of the first 12 features: what the feature adds to the prediction with the others at their
    means, and the residuals about it. A curve in the dots is what a line does not explain.

    Parameters
    ----------
    model : estimator
        Fitted to one target.
    X : (n_samples, n_features) float64 array
        Features. Of more than 20,000 samples, evenly spaced ones are drawn.
    y : (n_samples,) float64 array
        Target.
    features : list of str
        Names of the features, for the axes.
    target : str
        Name of the target.
    confidence : float, default 0.95
        Probability of the confidence band, between 0 and 1.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Save it with ``figure.savefig``; no window opens.

    See Also
    --------
    fit_table : Fit columns of a file.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.regression import LinearRegression, fit_figure
    >>> X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([1.0, 3.0, 4.0, 8.0])
    >>> figure = fit_figure(LinearRegression().fit(X, y), X, y, features=["hours"], target="cost")
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['cost', 'residual']
    """
    from matplotlib.figure import Figure

    step = -(-len(X) // POINTS)
    X, y = X[::step], y[::step]
    groups = _groups(model, X, y)
    if X.shape[1] == 1:
        figure = Figure(figsize=(7, 6), layout="constrained")
        top, bottom = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
        _draw_groups(top, X[:, 0], y, groups)
        _draw_lines(top, model, X, confidence)
        bottom.set_xlabel(features[0], parse_math=False)
        across = X[:, 0]
    else:
        panels = min(X.shape[1], PANELS)
        rows = -(-panels // COLUMNS)
        figure = Figure(figsize=(9, 5 + 2.4 * rows), layout="constrained")
        grid = figure.add_gridspec(2 + rows, COLUMNS, height_ratios=[3, 1.2, *[2.4] * rows])
        top = figure.add_subplot(grid[0, :])
        bottom = figure.add_subplot(grid[1, :], sharex=top)
        across = _own_prediction(model, X, y)
        _draw_groups(top, across, y, groups)
        ends = np.array([across.min(), across.max()])
        top.plot(ends, ends, color="C0", label="prediction")
        bottom.set_xlabel(f"predicted {target}", parse_math=False)
        for k in range(panels):
            axes = figure.add_subplot(grid[2 + k // COLUMNS, k % COLUMNS])
            _draw_partial(axes, model, X, y, k)
            axes.set_xlabel(features[k], parse_math=False)
            axes.set_ylabel("partial residual")
    top.set_ylabel(target, parse_math=False)
    top.legend()
    _draw_groups(bottom, across, y - _own_prediction(model, X, y), groups)
    bottom.axhline(0, color="C0")
    bottom.set_ylabel("residual")
    return figure


def _groups(model: Any, X: Array, y: Array) -> list[tuple[str, str, Any]]:
    """Return label, colour and samples of what is drawn differently."""
    if isinstance(model, ClusterwiseRegression):
        nearest = _nearest(model, X, y)
        return [(f"of line {k + 1}", f"C{k}", nearest == k) for k in range(len(model.share_))]
    residual = np.abs(y - model.predict(X))
    outliers = np.zeros(len(y), bool)
    if isinstance(model, HuberRegressor):
        outliers = residual > model.epsilon * float(np.ravel(model.scale_)[0])
    elif isinstance(model, RANSACRegressor) and len(model.inlier_mask_) == len(y):
        outliers = ~np.asarray(model.inlier_mask_)
    groups = [("data", "0.6", ~outliers)]
    return [*groups, ("outliers", "C3", outliers)] if np.any(outliers) else groups


def _nearest(model: ClusterwiseRegression, X: Array, y: Array) -> Any:
    return np.argmin(np.abs(model.predict_lines(X) - y[:, None]), axis=1)


def _own_prediction(model: Any, X: Array, y: Array) -> Array:
    """Return the prediction, for several lines that of each sample's own."""
    if isinstance(model, ClusterwiseRegression):
        return np.asarray(model.predict_lines(X)[np.arange(len(X)), _nearest(model, X, y)])
    return np.asarray(model.predict(X))


def _draw_groups(axes: Any, across: Array, up: Array, groups: list[tuple[str, str, Any]]) -> None:
    for label, colour, members in groups:
        axes.plot(across[members], up[members], ".", color=colour, markersize=4, alpha=0.8, label=label)


def _draw_partial(axes: Any, model: Any, X: Array, y: Array, k: int) -> None:
    """Draw the part of one feature in the prediction, and the residuals about it."""
    centre = X.mean(axis=0)
    residual = y - _own_prediction(model, X, y)
    line = np.repeat(centre[None], 100, axis=0)
    line[:, k] = np.linspace(X[:, k].min(), X[:, k].max(), 100)
    alone = np.repeat(centre[None], len(X), axis=0)
    alone[:, k] = X[:, k]
    if isinstance(model, ClusterwiseRegression):
        middle = model.predict_lines(centre[None])
        lines, own = model.predict_lines(line) - middle, model.predict_lines(alone) - middle
        nearest = _nearest(model, X, y)
        own = own[np.arange(len(X)), nearest]
        for j, part in enumerate(lines.T):
            axes.plot(X[nearest == j, k], (own + residual)[nearest == j], ".", color=f"C{j}", markersize=3)
            axes.plot(line[:, k], part, color=f"C{j}")
        return
    middle = model.predict(centre[None])
    axes.plot(X[:, k], model.predict(alone) - middle + residual, ".", color="0.6", markersize=3)
    axes.plot(line[:, k], model.predict(line) - middle, color="C0")


def _draw_lines(axes: Any, model: Regressor, X: Array, confidence: float) -> None:
    grid = np.linspace(X.min(), X.max(), 200)[:, None]
    if isinstance(model, ClusterwiseRegression):
        for k, line in enumerate(model.predict_lines(grid).T):
            axes.plot(grid[:, 0], line, color=f"C{k}", label=f"line {k + 1}, {model.share_[k]:.0%}")
        return
    axes.plot(grid[:, 0], model.predict(grid), color="C0", label="fit")
    if isinstance(model, LinearRegression) and model.has_summary:
        level = f"{100 * confidence:g} %"
        low, high = model.prediction_interval(grid, confidence=confidence)
        axes.fill_between(grid[:, 0], low, high, color="C0", alpha=0.1, label=f"{level} of predictions")
        low, high = model.confidence_band(grid, confidence=confidence)
        axes.fill_between(grid[:, 0], low, high, color="C0", alpha=0.3, label=f"{level} of the mean")
