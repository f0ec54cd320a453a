# mypy: disable-error-code="no-untyped-def"
"""Several predictors a block: a small pivoted QR factorisation for each."""

import numpy as np

from cfl.regression.kernels import r_squared
from cfl.simd.kernel import entry, stage


@entry
def fit_designs(x, y, weights, rows, columns, out):
    """Fit blocks with `k` predictors.

    Parameters
    ----------
    x : (k, height, width) float64 array
    y : (height, width) float64 array
    weights : (height, width) or (0, 0) float64 array
        Empty: all 1. A sample of weight 0 is not looked at.
    rows, columns : (n, 2) int64 arrays
        Start and stop of the blocks.
    out : (k + 3, n_rows, n_columns) float64 array
        Slopes, intercept, R², sum of squared residuals; NaN for a block without samples.
    """
    k = x.shape[0]
    largest = 0
    for i in range(rows.shape[0]):
        largest = max(largest, rows[i, 1] - rows[i, 0])
    widest = 0
    for j in range(columns.shape[0]):
        widest = max(widest, columns[j, 1] - columns[j, 0])
    table, kept = np.empty((k + 1, largest * widest)), np.empty(largest * widest)
    means = np.empty(k + 1)
    for i in range(rows.shape[0]):
        for j in range(columns.shape[0]):
            n = gather(x, y, weights, rows[i], columns[j], table, kept)
            if n == 0:
                out[:, i, j] = np.nan
                continue
            centre(table[:, :n], kept[:n], means)
            solve(table[:, :n], means, out[:, i, j])


@stage
def gather(x, y, weights, row_range, column_range, table, kept):
    """Copy a block's samples to the columns of `table`, the target last; return their number.

    Their weights go to `kept`.
    """
    k = x.shape[0]
    n = 0
    for r in range(row_range[0], row_range[1]):
        for c in range(column_range[0], column_range[1]):
            w = weights[r, c] if weights.size else 1.0
            if w > 0:
                for m in range(k):
                    table[m, n] = x[m, r, c]
                table[k, n] = y[r, c]
                kept[n] = w
                n += 1
    return n


@stage(error_model="python")
def centre(table, weights, means):
    """Subtract the weighted means, kept in `means`, and multiply by the roots of the weights."""
    for m in range(table.shape[0]):
        line = table[m]
        first, total, weight = line[0], 0.0, 0.0
        for s in range(line.size):
            line[s] -= first
            total += weights[s] * line[s]
            weight += weights[s]
        total /= weight
        means[m] = first + total
        for s in range(line.size):
            line[s] = (line[s] - total) * weights[s] ** 0.5


@stage(error_model="python")
def solve(table, means, result):
    """Solve for one block: slopes, intercept, R² and sum of squared residuals go to `result`.

    The target is orthogonalised along with the predictors, which makes the solution backward stable (Björck,
    "Solving linear least squares problems by Gram-Schmidt orthogonalization", BIT 7, 1967). A predictor of
    which less than its rounding remains beside those chosen before is a combination of them; the solution is
    then that of minimum norm.
    """
    k = table.shape[0] - 1
    total = product(table[k], table[k])
    R, order, projection = np.zeros((k, k)), np.arange(k), np.zeros(k)
    rank = orthogonalise(table, R, order, projection)
    if rank < 0 or not np.isfinite(total):
        result[:] = np.nan
        return
    result[:k] = 0.0
    if rank == k:
        for a in range(rank - 1, -1, -1):
            rest = projection[a]
            for b in range(a + 1, rank):
                rest -= R[a, b] * result[order[b]]
            result[order[a]] = rest / R[a, a]
    else:
        least_norm(R, rank, projection, order, result)
    intercept = means[k]
    for m in range(k):
        intercept -= result[m] * means[m]
    residual = product(table[k], table[k])
    result[k] = intercept
    result[k + 1] = r_squared(residual, total)
    result[k + 2] = residual


@stage(error_model="python")
def least_norm(R, rank, projection, order, result):
    """Put the shortest solution of R·b = projection, of which the first `rank` rows count, into `result`.

    The rows are made orthonormal, from the last to the first; the solution is a combination of them. Twice,
    for rows that are nearly parallel.
    """
    k = R.shape[0]
    rows, rest = R.copy(), projection.copy()
    for a in range(rank - 1, -1, -1):
        for _ in range(2):
            for b in range(a + 1, rank):
                along = product(rows[b], rows[a])
                rest[a] -= along * rest[b]
                for m in range(k):
                    rows[a, m] -= along * rows[b, m]
        length = product(rows[a], rows[a]) ** 0.5
        rest[a] /= length
        for m in range(k):
            rows[a, m] /= length
    for m in range(k):
        total = 0.0
        for a in range(rank):
            total += rest[a] * rows[a, m]
        result[order[m]] = total


@stage(error_model="python")
def orthogonalise(table, R, order, projection):
    """Factor the predictors by modified Gram and Schmidt, that of which the largest part remains first.

    `table`, the triangle `R`, the predictors' `order` and the target's `projection` are filled in place.
    Returns the rank, or −1 if a predictor is not finite.
    """
    k, n = table.shape[0] - 1, table.shape[1]
    lengths = np.empty(k)
    for m in range(k):
        lengths[m] = product(table[m], table[m]) ** 0.5
    if not np.isfinite(np.sum(lengths)):
        return -1
    for rank in range(k):
        pivot, share = rank, 0.0
        for m in range(rank, k):
            length = lengths[order[m]]
            remains = product(table[order[m]], table[order[m]]) ** 0.5 / length if length > 0 else 0.0
            if remains > share:
                pivot, share = m, remains
        if share <= max(n, k) * 2.0**-50:
            return rank
        order[rank], order[pivot] = order[pivot], order[rank]
        for above in range(rank):
            R[above, rank], R[above, pivot] = R[above, pivot], R[above, rank]
        q = table[order[rank]]
        R[rank, rank] = product(q, q) ** 0.5
        for s in range(n):
            q[s] /= R[rank, rank]
        for m in range(rank + 1, k):
            R[rank, m] = remove(q, table[order[m]])
        projection[rank] = remove(q, table[k])
    return k


@stage
def remove(q, line):
    """Subtract from `line` its part along the unit vector `q`; return the length of that part."""
    along = product(q, line)
    for s in range(line.size):
        line[s] -= along * q[s]
    return along


@stage
def product(a, b):
    """Inner product, in order."""
    total = 0.0
    for s in range(a.size):
        total += a[s] * b[s]
    return total
