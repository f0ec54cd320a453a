"""Means over pictures, with a confidence interval by bootstrap."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

RESAMPLES = 2000
CONFIDENCE = 0.95
_AT_ONCE = 1 << 20
"""Pictures that are drawn at a time, for the memory they take."""


class Mean(NamedTuple):
    """A mean over pictures.

    Attributes
    ----------
    value, low, high : float or None
        The mean, and the ends of its interval; None where there is none.
    pictures : int
        How many pictures have a value.
    """

    value: float | None
    low: float | None
    high: float | None
    pictures: int


def mean_of(values: Iterable[float | None]) -> Mean:
    """The mean of the values that are finite, with its 95 % interval.

    Pictures are drawn with replacement (percentile bootstrap, a fixed seed). One picture has no interval.
    """
    known = np.array([value for value in values if value is not None and math.isfinite(value)])
    if not len(known):
        return Mean(None, None, None, 0)
    if len(known) == 1:
        return Mean(float(known[0]), None, None, 1)
    rng = np.random.default_rng(0)
    at_once = max(1, _AT_ONCE // len(known))
    counts = [min(at_once, RESAMPLES - first) for first in range(0, RESAMPLES, at_once)]
    draws = (rng.integers(0, len(known), (count, len(known))) for count in counts)
    means = np.concatenate([known[draw].mean(axis=1) for draw in draws])
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Mean(float(known.mean()), float(low), float(high), len(known))
