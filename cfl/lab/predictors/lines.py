# mypy: disable-error-code="no-untyped-def"
"""Least-squares lines through samples, for the predictors that use one; the formula is `cfl.regression`'s."""

import numpy as np

from cfl.regression.kernels import slope
from cfl.simd.kernel import stage


@stage
def line_through(luma, chroma):
    """Return slope and intercept of the least-squares line through samples; there must be one."""
    n = luma.size
    mean_x, mean_y = 0.0, 0.0
    for k in range(n):
        mean_x += luma[k]
        mean_y += chroma[k]
    mean_x, mean_y = mean_x / n, mean_y / n
    sxx, sxy = 0.0, 0.0
    for k in range(n):
        dx = luma[k] - mean_x
        sxx += dx * dx
        sxy += dx * (chroma[k] - mean_y)
    a = slope(sxx, sxy)
    return a, mean_y - a * mean_x


@stage
def on_line(luma, a, b):
    """Return the points of a line at a block's luma."""
    h, w = luma.shape
    prediction = np.empty((h, w))
    for i in range(h):
        for j in range(w):
            prediction[i, j] = a * luma[i, j] + b
    return prediction


@stage
def flat(shape, level):
    """Return a block of one level."""
    prediction = np.empty(shape)
    prediction[:] = level
    return prediction
