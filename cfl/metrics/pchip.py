"""The monotone piecewise cubic through a few points (PCHIP), and its mean over a range.

F. N. Fritsch and J. Butland, "A method for constructing local monotone piecewise cubic interpolants", SIAM
Journal on Scientific and Statistical Computing 5, 1984; the ends as in C. Moler, "Numerical Computing with
MATLAB", 3.6. SciPy has the same, but takes a second to import and milliseconds for each curve.
"""

from collections.abc import Sequence
from itertools import pairwise


def mean_between(x: Sequence[float], y: Sequence[float], low: float, high: float) -> float:
    """The mean of the curve through points over a range.

    Parameters
    ----------
    x : sequence of float
        Rising; at least two.
    y : sequence of float
        As many.
    low, high : float
        Within `x`; `low` below `high`.
    """
    steps = [right - left for left, right in pairwise(x)]
    chords = [(above - below) / step for (below, above), step in zip(pairwise(y), steps, strict=True)]
    slopes = _slopes(steps, chords)
    total = 0.0
    for i, step in enumerate(steps):
        first, last = max(low, x[i]) - x[i], min(high, x[i + 1]) - x[i]
        if first < last:
            # y + a t + b t² + c t³ from the left point on
            a = slopes[i]
            b = (3 * chords[i] - 2 * slopes[i] - slopes[i + 1]) / step
            c = (slopes[i] + slopes[i + 1] - 2 * chords[i]) / step**2
            upper, lower = (t * (y[i] + t * (a / 2 + t * (b / 3 + t * c / 4))) for t in (last, first))
            total += upper - lower
    return total / (high - low)


def _slopes(steps: list[float], chords: list[float]) -> list[float]:
    """The slope of the curve at each point."""
    if len(chords) == 1:
        return [chords[0], chords[0]]
    inner = [_harmonic_mean(*steps[i : i + 2], *chords[i : i + 2]) for i in range(len(chords) - 1)]
    first = _at_end(steps[0], steps[1], chords[0], chords[1])
    last = _at_end(steps[-1], steps[-2], chords[-1], chords[-2])
    return [first, *inner, last]


def _harmonic_mean(left: float, right: float, before: float, after: float) -> float:
    """Of the slopes of two chords, weighted by their lengths; 0 where they have different signs."""
    if before == 0 or after == 0 or (before > 0) != (after > 0):
        return 0.0
    w_before, w_after = left + 2 * right, 2 * left + right
    return (w_before + w_after) / (w_before / before + w_after / after)


def _at_end(near: float, far: float, chord: float, next_chord: float) -> float:
    """The slope of the parabola through the last three points, limited so that the curve keeps its shape."""
    slope = ((2 * near + far) * chord - near * next_chord) / (near + far)
    if slope * chord <= 0:
        return 0.0
    if chord * next_chord <= 0 and abs(slope) > 3 * abs(chord):
        return 3 * chord
    return slope
