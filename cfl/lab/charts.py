"""Charts of a report as SVG, which takes its colours from the page: they are right in light and in dark."""

import math
from collections.abc import Callable, Sequence
from html import escape
from typing import NamedTuple

COLOURS = 14
"""Series have the classes s0 (the anchor), s1 to s14, s1, … of the page's style."""
STROKES = 3
"""When the colours begin again, so do lines of another stroke: d0, d1, d2 of the page's style."""
_MARKS = (
    "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
    "M-3.1-3.1h6.2v6.2h-6.2z",
    "M0-4.6L4.6 0L0 4.6L-4.6 0z",
    "M0-4.4L4.2 3.2H-4.2z",
)
"""Circle, square, diamond, triangle around (0, 0), which series take in turn."""


class Series(NamedTuple):
    """A line, or a row of dots.

    Attributes
    ----------
    name : str
    colour : int
        0 is the anchor's.
    points : sequence of (float, float, str)
        x, y and what is said of the point when it is pointed at.
    """

    name: str
    colour: int
    points: Sequence[tuple[float, float, str]]


class Axis(NamedTuple):
    """An axis: its range, its ticks, and how values become places from 0 to 1."""

    ticks: Sequence[tuple[float, str]]
    place: Callable[[float], float]
    label: str


def classes_of(index: int) -> str:
    """The classes of a series: its colour and its stroke."""
    if index == 0:
        return "s0"
    turn, colour = divmod(index - 1, COLOURS)
    return f"s{1 + colour} d{turn % STROKES}"


def key(index: int) -> str:
    """A piece of the line of a series with its mark, for a legend."""
    line = '<polyline points="1,7 33,7"/>'
    return (
        f'<svg class="key {classes_of(index)}" viewBox="0 0 34 14" width="34" height="14" aria-hidden="true">'
        f"{line}{_mark(index, 17, 7)}</svg>"
    )


# --- Axes


def linear(values: Sequence[float], label: str, *, count: int = 5, zero: bool = False) -> Axis:
    """An axis of round numbers around values."""
    low, high = min(values), max(values)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    margin = 0.04 * (high - low)
    low, high = low - margin * (low != 0 or not zero), high + margin
    step = _round_step((high - low) / count)
    first, last = math.ceil(low / step), math.floor(high / step)
    digits = next(count for count in range(12) if abs(step * 10**count - round(step * 10**count)) < 1e-6)
    ticks = [(k * step, _number(k * step, digits)) for k in range(first, last + 1)]
    return Axis(ticks, lambda value: (value - low) / (high - low), label)


def logarithmic(values: Sequence[float], label: str) -> Axis:
    """An axis of powers, for values above 0."""
    low, high = min(values) / 1.15, max(values) * 1.15
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if high / low < 200 else (1,)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    span = math.log(high / low)
    shown = [(tick, f"{tick:g}") for tick in ticks if low <= tick <= high]
    return Axis(shown, lambda value: math.log(value / low) / span, label)


def categories(names: Sequence[str], label: str) -> Axis:
    """An axis of names, whose places are 0, 1, 2…"""
    count = len(names)
    return Axis(list(enumerate(names)), lambda value: (value + 0.5) / count, label)


def _round_step(step: float) -> float:
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= step * 0.999)


def _number(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return (text[1:] if float(text) == 0 and text.startswith("-") else text).replace("-", "−")


# --- Charts


class Frame(NamedTuple):
    """The size of a chart, and the room around its middle."""

    width: int = 440
    height: int = 300
    left: int = 52
    right: int = 14
    top: int = 12
    bottom: int = 44

    def x(self, place: float) -> float:
        """Of 0 to 1, from the left."""
        return self.left + place * (self.width - self.left - self.right)

    def y(self, place: float) -> float:
        """Of 0 to 1, from the bottom."""
        return self.height - self.bottom - place * (self.height - self.bottom - self.top)


def lines(series: Sequence[Series], x: Axis, y: Axis, title: str, frame: Frame | None = None) -> str:
    """Lines with a dot at each point; the anchor's is drawn last, over the others."""
    frame = frame or Frame()
    parts = [_grid(frame, x, y)]
    for each in sorted(series, key=lambda one: one.colour == 0):
        places = [(frame.x(x.place(a)), frame.y(y.place(b)), text) for a, b, text in each.points]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py, _ in places)
        marks = "".join(_mark(each.colour, px, py, text) for px, py, text in places)
        line = f'<polyline points="{path}"><title>{escape(each.name)}</title></polyline>'
        parts.append(f'<g class="{classes_of(each.colour)}">{line}{marks}</g>')
    return _svg(frame, parts, title)


class Spread(NamedTuple):
    """A row of a `strips` chart: values, their mean and its interval."""

    name: str
    colour: int
    points: Sequence[tuple[float, str]]
    mean: float | None
    low: float | None
    high: float | None


_ROW = 34


def strips(rows: Sequence[Spread], x: Axis, title: str, width: int = 900) -> str:
    """A row of dots for each name, one for each picture; beneath them the mean and its interval."""
    left = 24 + 7 * max(len(row.name) for row in rows)
    frame = Frame(width, 54 + _ROW * len(rows), left, 20, 8, 46)
    parts = [_grid(frame, x, None)]
    for index, row in enumerate(rows):
        middle = frame.top + _ROW * (index + 0.5)
        parts.append(
            f'<text x="{left - 10}" y="{middle + 4:.1f}" text-anchor="end">{escape(row.name)}</text>'
        )
        dots = "".join(
            _mark(row.colour, frame.x(x.place(value)), middle - 4 + _jitter(k), text, "one")
            for k, (value, text) in enumerate(row.points)
        )
        parts.append(f'<g class="{classes_of(row.colour)}">{dots}{_interval(frame, x, row, middle + 9)}</g>')
    return _svg(frame, parts, title)


def _jitter(index: int) -> float:
    """Moves dots apart, always in the same way."""
    return ((index * 7) % 11 - 5) * 0.9


def _interval(frame: Frame, x: Axis, row: Spread, y: float) -> str:
    if row.mean is None:
        return ""
    at = frame.x(x.place(row.mean))
    mark = f'<path class="mean" d="M{at:.1f} {y - 5:.1f}v10"/>'
    if row.low is None or row.high is None:
        return mark
    low, high = frame.x(x.place(row.low)), frame.x(x.place(row.high))
    return f'<path class="interval" d="M{low:.1f} {y:.1f}H{high:.1f}"/>{mark}'


def _grid(frame: Frame, x: Axis, y: Axis | None) -> str:
    left, right = frame.x(0), frame.x(1)
    bottom, top = frame.y(0), frame.y(1)
    parts = []
    for value, text in x.ticks:
        at = frame.x(x.place(value))
        zero = ' class="zero"' if value == 0 and y is None else ""
        parts.append(f'<path{zero} d="M{at:.1f} {top:.1f}V{bottom:.1f}"/>')
        parts.append(_text(at, bottom + 17, text, "middle"))
    for value, text in y.ticks if y is not None else ():
        at = frame.y(y.place(value)) if y is not None else 0.0
        zero = ' class="zero"' if value == 0 else ""
        parts.append(f'<path{zero} d="M{left:.1f} {at:.1f}H{right:.1f}"/>')
        parts.append(_text(left - 8, at + 4, text, "end"))
    middle = (left + right) / 2
    parts.append(_text(middle, frame.height - 8, x.label, "middle"))
    if y is not None:
        height = (top + bottom) / 2
        parts.append(
            f'<text transform="translate(13 {height:.1f}) rotate(-90)" text-anchor="middle">'
            f"{escape(y.label)}</text>"
        )
    return f'<g class="grid">{"".join(parts)}</g>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _mark(index: int, x: float, y: float, text: str = "", kind: str = "point") -> str:
    title = f"<title>{escape(text)}</title>" if text else ""
    shape = _MARKS[index % len(_MARKS)]
    return f'<path class="{kind}" transform="translate({x:.1f} {y:.1f})" d="{shape}">{title}</path>'


def _svg(frame: Frame, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg viewBox="0 0 {frame.width} {frame.height}" width="{frame.width}" height="{frame.height}" '
        f'role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )
