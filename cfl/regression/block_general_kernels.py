# mypy: disable-error-code="no-untyped-def"
"""Fits of blocks to the samples before them, and robust ones: any number of predictors, a block at a time."""

import numpy as np

from cfl.regression.block_design_kernels import centre, gather, product, solve
from cfl.regression.kernels import r_squared
from cfl.simd.kernel import entry, stage

MAX_ITERATIONS = 500
TOLERANCE = 1e-10
"""Greatest relative change of a prediction, in units of the residuals' scale, at which Huber's fit ends."""


@entry
def fit_neighbourhoods(x, y, weights, rows, columns, above, left, epsilon, out):
    """Fit blocks to their own samples, or to those above and left of them.

    Parameters
    ----------
    x : (k, height, width) float64 array
    y : (height, width) float64 array
    weights : (height, width) or (0, 0) float64 array
        Empty: all 1. A sample of weight 0 is not looked at.
    rows, columns : (n, 2) int64 arrays
        Start and stop of the blocks (or of their windows).
    above, left : int
        Rows above and columns left that a block is fitted to; both 0: to its own samples.
    epsilon : float
        Above 0: Huber's fit, which counts residuals beyond this times their scale by their size only.
    out : (k + 3, n_rows, n_columns) float64 array
        Slopes, intercept, R², sum of squared residuals; NaN for a block without samples.
    """
    k = x.shape[0]
    height, width = above, left
    for i in range(rows.shape[0]):
        height = max(height, rows[i, 1] - rows[i, 0])
    for j in range(columns.shape[0]):
        width = max(width, columns[j, 1] - columns[j, 0])
    room = height * width if above + left == 0 else above * width + height * left
    table, kept, means = np.empty((k + 1, room)), np.empty(room), np.empty(k + 1)
    work, pull = np.empty((k + 1, room)), np.empty(room)
    for i in range(rows.shape[0]):
        for j in range(columns.shape[0]):
            n = collect(x, y, weights, rows[i], columns[j], above, left, table, kept)
            if n == 0:
                out[:, i, j] = np.nan
                continue
            for m in range(k + 1):
                work[m, :n] = table[m, :n]
            centre(work[:, :n], kept[:n], means)
            solve(work[:, :n], means, out[:, i, j])
            if epsilon > 0 and np.isfinite(out[k, i, j]):
                improve(table[:, :n], kept[:n], epsilon, work[:, :n], pull[:n], means, out[:, i, j])


@stage
def collect(x, y, weights, row_range, column_range, above, left, table, kept):
    """Copy the samples that a block is fitted to; return their number."""
    if above + left == 0:
        return gather(x, y, weights, row_range, column_range, table, kept)
    n = 0
    if above > 0 and row_range[0] > 0:
        part = np.array([max(row_range[0] - above, 0), row_range[0]])
        n = gather(x, y, weights, part, column_range, table, kept)
    if left > 0 and column_range[0] > 0:
        part = np.array([max(column_range[0] - left, 0), column_range[0]])
        n += gather(x, y, weights, row_range, part, table[:, n:], kept[n:])
    return n


@stage(error_model="python")
def improve(table, weights, epsilon, work, pull, means, result):
    """Turn a least-squares fit into Huber's, by iteratively reweighted least squares.

    The scale is at its exact minimum in each step: `HuberRegressor` without a penalty.
    """
    k, n = table.shape[0] - 1, table.shape[1]
    residual, before = np.empty(n), np.empty(n)
    predict(table, result, before)
    for _ in range(MAX_ITERATIONS):
        for s in range(n):
            residual[s] = abs(table[k, s] - before[s])
        scale = huber_scale(residual, weights, epsilon)
        if scale <= 0:
            break
        for s in range(n):
            pull[s] = weights[s] * min(1.0, epsilon * scale / residual[s]) if residual[s] > 0 else weights[s]
            for m in range(k + 1):
                work[m, s] = table[m, s]
        centre(work, pull, means)
        solve(work, means, result)
        predict(table, result, residual)
        change = 0.0
        for s in range(n):
            change = max(change, abs(residual[s] - before[s]))
            before[s] = residual[s]
        if change <= TOLERANCE * scale:
            break
    quality(table, weights, before, residual, result)


@stage
def predict(table, result, prediction):
    """Values of the fit at samples."""
    k = table.shape[0] - 1
    for s in range(table.shape[1]):
        prediction[s] = result[k]
        for m in range(k):
            prediction[s] += result[m] * table[m, s]


@stage(error_model="python")
def quality(table, weights, prediction, work, result):
    """Store R² and the sum of squared residuals of all samples, outliers too."""
    k, n = table.shape[0] - 1, table.shape[1]
    first, total, weight, squares = table[k, 0], 0.0, 0.0, 0.0
    for s in range(n):
        total += weights[s] * (table[k, s] - first)
        weight += weights[s]
        squares += weights[s] * (table[k, s] - prediction[s]) ** 2
    for s in range(n):
        work[s] = (table[k, s] - first - total / weight) * weights[s] ** 0.5
    result[k + 1] = r_squared(squares, product(work, work))
    result[k + 2] = squares


@stage(error_model="python")
def huber_scale(residual, weights, epsilon):
    """Return the scale that minimises Huber's objective for given absolute residuals, see `huber`.

    At the minimum Σ_in w·r² / σ² = Σ w − epsilon²·Σ_out w, "in" being the residuals up to epsilon·σ. With the
    residuals in order there are only as many candidates for "in" as residuals.
    """
    order = np.argsort(residual)
    n = residual.size
    every = 0.0
    for s in range(n):
        every += weights[s]
    squares, inside = 0.0, 0.0
    for position in range(n):
        r, w = residual[order[position]], weights[order[position]]
        squares += w * r * r
        inside += w
        room = every - epsilon * epsilon * (every - inside) if position + 1 < n else every
        if room <= 0:
            continue
        scale = (squares / room) ** 0.5
        following = residual[order[position + 1]] if position + 1 < n else np.inf
        if r <= epsilon * scale < following:
            return scale
    return 0.0
