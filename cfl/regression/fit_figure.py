"""A figure of a fit: data, fit with its confidence band, and residuals."""

from typing import TYPE_CHECKING, Any

import numpy as np

from cfl.regression.base import Regressor
from cfl.regression.clusterwise import ClusterwiseRegression
from cfl.regression.linear import LinearRegression
from cfl.regression.validation import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 20_000
"""Largest number of samples that are drawn; of more, evenly spaced ones are chosen."""


def fit_figure(
    model: Regressor, X: Array, y: Array, *, features: list[str], target: str, confidence: float = 0.95
) -> "Figure":
    """Draw a fit: data, fitted line or curve, and residuals.

    With one feature, the upper part shows the data, the fit (each line of `ClusterwiseRegression`) and, for
    least squares, the confidence band of the mean. The lower part shows the residuals. With several features
    the fit is drawn as prediction against target.

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
    figure = Figure(figsize=(7, 6), layout="constrained")
    top, bottom = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    predicted = model.predict(X)
    across = X[:, 0] if X.shape[1] == 1 else predicted
    top.plot(across, y, ".", color="0.6", markersize=4, label="data")
    if X.shape[1] == 1:
        _draw_lines(top, model, X, confidence)
        bottom.set_xlabel(features[0], parse_math=False)
    else:
        ends = np.array([predicted.min(), predicted.max()])
        top.plot(ends, ends, color="C0", label="prediction")
        bottom.set_xlabel(f"predicted {target}", parse_math=False)
    top.set_ylabel(target, parse_math=False)
    top.legend()
    bottom.plot(across, y - predicted, ".", color="0.6", markersize=4)
    bottom.axhline(0, color="C0")
    bottom.set_ylabel("residual")
    return figure


def _draw_lines(axes: Any, model: Regressor, X: Array, confidence: float) -> None:
    grid = np.linspace(X.min(), X.max(), 200)[:, None]
    if isinstance(model, ClusterwiseRegression):
        for k, line in enumerate(model.predict_lines(grid).T):
            axes.plot(grid[:, 0], line, color=f"C{k}", label=f"line {k + 1}, {model.share_[k]:.0%}")
        return
    axes.plot(grid[:, 0], model.predict(grid), color="C0", label="fit")
    if isinstance(model, LinearRegression) and model.has_summary:
        low, high = model.confidence_band(grid, confidence=confidence)
        axes.fill_between(grid[:, 0], low, high, color="C0", alpha=0.25, label=f"{confidence:.0%} band")
