"""Medians of weighted values."""

import numpy as np

from cfl.regression.validation import Array

HALF = 2.0**-40
"""Sums of weights nearer than this to half of all, relative to all, are half of all."""


def weighted_median(values: Array, weights: Array | None = None) -> float:
    """Return the median of values each of which counts `weights` times.

    Parameters
    ----------
    values : (n,) float64 array
    weights : (n,) float64 array, optional
        Each >= 0, one above 0.
    """
    if weights is None:
        return float(np.median(values))
    values, weights = values[weights > 0], weights[weights > 0]
    order = np.argsort(values)
    values, sums = values[order], np.cumsum(weights[order])
    half = sums[-1] / 2
    k = int(np.searchsorted(sums, half * (1 - HALF)))
    if k + 1 < len(values) and sums[k] <= half * (1 + HALF):
        return float(values[k] + (values[k + 1] - values[k]) / 2)
    return float(values[k])
