"""BD-rate against Fritsch and Butland's monotone cubic written out in fractions, and against known cases."""

from fractions import Fraction
from itertools import pairwise
from math import expm1, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfl.errors import CflError
from cfl.metrics import bd_rate


def slopes(x, y):
    """Of PCHIP: weighted harmonic means within, and at the ends a parabola's, kept in shape."""
    h = [b - a for a, b in pairwise(x)]
    d = [(b - a) / step for a, b, step in zip(y, y[1:], h, strict=False)]
    if len(d) == 1:
        return [d[0], d[0]]
    inner = []
    for i in range(1, len(d)):
        if d[i - 1] * d[i] <= 0:
            inner.append(Fraction(0))
        else:
            w1, w2 = 2 * h[i] + h[i - 1], h[i] + 2 * h[i - 1]
            inner.append((w1 + w2) / (w1 / d[i - 1] + w2 / d[i]))
    return [end_slope(h[0], h[1], d[0], d[1]), *inner, end_slope(h[-1], h[-2], d[-1], d[-2])]


def end_slope(h0, h1, d0, d1):
    """The slope of the parabola through three points, limited."""
    slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1)
    if slope * d0 <= 0:
        return Fraction(0)
    if d0 * d1 <= 0 and abs(slope) > 3 * abs(d0):
        return 3 * d0
    return slope


def integral(x, y, low, high):
    """Of the cubics between the points: Simpson's rule is exact for them."""
    m, total = slopes(x, y), Fraction(0)
    for i in range(len(x) - 1):
        a, b = max(low, x[i]), min(high, x[i + 1])
        if a < b:
            total += (
                (b - a)
                / 6
                * sum(
                    weight * hermite(x[i : i + 2], y[i : i + 2], m[i : i + 2], at)
                    for weight, at in ((1, a), (4, (a + b) / 2), (1, b))
                )
            )
    return total


def hermite(x, y, m, at):
    """The cubic with these values and slopes."""
    h = x[1] - x[0]
    t = (at - x[0]) / h
    return (
        (2 * t**3 - 3 * t**2 + 1) * y[0]
        + (t**3 - 2 * t**2 + t) * h * m[0]
        + (3 * t**2 - 2 * t**3) * y[1]
        + (t**3 - t**2) * h * m[1]
    )


def independent(rate_a, quality_a, rate_b, quality_b):
    """BD-rate in exact arithmetic on the logarithms."""
    curves = []
    for rates, qualities in ((rate_a, quality_a), (rate_b, quality_b)):
        points = sorted((Fraction(q), Fraction(log(r))) for q, r in zip(qualities, rates, strict=True))
        curves.append(([q for q, _ in points], [r for _, r in points]))
    low, high = max(x[0] for x, _ in curves), min(x[-1] for x, _ in curves)
    a, b = (integral(x, y, low, high) / (high - low) for x, y in curves)
    return 100 * expm1(float(b - a))


curve = st.lists(
    st.tuples(st.floats(0.01, 1e6), st.integers(2000, 5000)), min_size=2, max_size=8, unique_by=lambda p: p[1]
)


@given(curve, curve)
def test_like_exact_arithmetic(first, second):
    rate_a, quality_a = zip(*[(r, q / 100) for r, q in first], strict=True)
    rate_b, quality_b = zip(*[(r, q / 100) for r, q in second], strict=True)
    if max(min(quality_a), min(quality_b)) >= min(max(quality_a), max(quality_b)):
        with pytest.raises(CflError, match="no quality in common"):
            bd_rate(rate_a, quality_a, rate_b, quality_b)
        return
    expected = independent(rate_a, quality_a, rate_b, quality_b)
    assert bd_rate(rate_a, quality_a, rate_b, quality_b) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_a_constant_factor():
    rate, quality = np.array([100, 230, 510, 900]), [30, 33.5, 37, 41.2]
    assert bd_rate(rate, quality, 0.93 * rate, quality) == pytest.approx(-7)
    assert bd_rate(rate, quality, 1.5 * rate, quality) == pytest.approx(50)
    assert bd_rate(rate, quality, rate, quality) == 0


def test_the_order_of_points_does_not_matter():
    rate, quality = np.array([100, 230, 510, 900]), np.array([30, 33.5, 37, 41.2])
    other = rate * [1.1, 1.2, 0.9, 1.0]
    turned = [2, 0, 3, 1]
    assert bd_rate(rate, quality, other, quality) == bd_rate(
        rate[turned], quality[turned], other[turned], quality[turned]
    )


@pytest.mark.parametrize(
    ("rate", "quality", "message"),
    [
        ([1], [30], "two points"),
        ([1, 2], [30, 31, 32], "two points"),
        ([1, 0], [30, 31], "not above 0"),
        ([1, 2], [30, float("inf")], "not finite"),
        ([1, 2], [30, 30], "same quality"),
        ([1, 2], [50, 60], "no quality in common"),
    ],
)
def test_curves_that_are_none(rate, quality, message):
    with pytest.raises(CflError, match=message):
        bd_rate([1, 2], [30, 40], rate, quality)
