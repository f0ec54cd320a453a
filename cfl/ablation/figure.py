"""A figure of an ablation: the curves with chroma from luma and without, and the rate between them."""

from typing import TYPE_CHECKING, Any

import numpy as np

from cfl.ablation.curves import METRICS, Ablation, Point, mean_bd_rates

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_CURVES = ("u", "v", "ciede2000")


def draw(ablations: dict[str, Ablation]) -> "Figure":
    """Draw the curves of Cb, Cr and CIEDE2000 over the rate, and the BD-rates of each picture and their mean.

    Parameters
    ----------
    ablations : dict of Ablation
        By the names of the pictures.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Save it with ``figure.savefig``; no window opens.

    See Also
    --------
    ablate : Makes an ablation.

    Examples
    --------
    >>> from cfl.ablation import METRICS, Ablation, Point, draw
    >>> def points(scale):
    ...     return [
    ...         Point(quality, 0, size, scale * size / 4000, dict.fromkeys(METRICS, decibels), 0.3, 1.0)
    ...         for quality, size, decibels in [(40, 1000, 33.0), (60, 2000, 36.0), (80, 4000, 39.0)]
    ...     ]
    >>> figure = draw({"picture": Ablation(points(0.9), points(1.0))})
    >>> [axes.get_title() for axes in figure.axes[:3]]
    ['Cb', 'Cr', 'CIEDE2000']
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 9), dpi=100, layout="constrained")
    grid = figure.add_gridspec(2, len(_CURVES), height_ratios=(1, 0.85))
    for column, name in enumerate(_CURVES):
        _draw_curves(figure.add_subplot(grid[0, column]), ablations, name)
    _draw_rates(figure.add_subplot(grid[1, :]), ablations)
    return figure


def _draw_curves(axis: Any, ablations: dict[str, Ablation], name: str) -> None:
    from matplotlib.ticker import LogLocator, NullFormatter

    for index, (picture, ablation) in enumerate(ablations.items()):
        color = f"C{index % 10}"
        label = picture if len(ablations) <= 6 else None
        _draw_curve(axis, ablation.with_cfl, name, color=color, label=label)
        _draw_curve(axis, ablation.without_cfl, name, color=color, linestyle="--", markerfacecolor="none")
    axis.set(xscale="log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set(xlabel="bits per pixel", ylabel=f"{METRICS[name]}, dB", title=METRICS[name])
    axis.plot([], [], "k-", label="with CfL")
    axis.plot([], [], "k--", label="without")
    axis.grid(which="both", alpha=0.3)
    for text in axis.legend(fontsize=8).get_texts():
        text.set_parse_math(False)


def _draw_curve(axis: Any, points: list[Point], name: str, **style: Any) -> None:
    rates = [point.bits_per_pixel for point in points]
    decibels = [_finite(point.decibels[name]) for point in points]
    axis.plot(rates, decibels, marker=".", linewidth=1, **style)


def _finite(value: float | None) -> float:
    """NaN, which is not drawn, for what is exact or missing."""
    return value if value is not None and np.isfinite(value) else np.nan


def _draw_rates(axis: Any, ablations: dict[str, Ablation]) -> None:
    """Bars in groups: a group a picture, a colour a metric."""
    groups = {picture: ablation.bd_rates for picture, ablation in ablations.items()}
    if len(groups) > 1:
        groups["mean"] = mean_bd_rates(list(ablations.values()))
    width = 0.8 / len(METRICS)
    for index, (name, words) in enumerate(METRICS.items()):
        rates = [np.nan if (rate := group[name]) is None else rate for group in groups.values()]
        places = np.arange(len(groups)) + (index - (len(METRICS) - 1) / 2) * width
        bars = axis.bar(places, rates, width, label=words)
        if len(groups) <= 6:
            labels = ["" if np.isnan(rate) else f"{rate:+.1f}" for rate in rates]
            axis.bar_label(bars, labels, fontsize=7, padding=2)
    axis.set_xticks(range(len(groups)), groups, rotation=0 if len(groups) <= 6 else 30)
    for text in axis.get_xticklabels():
        text.set_parse_math(False)
    axis.margins(y=0.12)
    axis.axhline(0, color="black", linewidth=0.8)
    axis.set(ylabel="BD-rate of CfL, %", title="Rate that chroma from luma saves (below 0) at equal quality")
    axis.grid(axis="y", alpha=0.3)
    axis.legend(ncols=len(METRICS), fontsize=8)
