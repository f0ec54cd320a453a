# mypy: disable-error-code="no-untyped-def"
"""Lines fitted to blocks of two-dimensional arrays, each block read from memory once.

The strip kernels walk along a row of blocks, a tile of columns at a time, and keep the sums of each column:
an inner loop then runs over many blocks at once. The tile has a constant width, from which the compiler
learns that the sums do not overlap and takes several columns together.

Blocks come as ranges: ``rows[i] = (start, stop)``, ``columns[j] = (start, stop)``. Results go to
``out[map, i, j]``: slope, intercept, R², sum of squared residuals.
"""

import numpy as np

from cfl.regression.kernels import r_squared, slope
from cfl.simd.kernel import entry, stage

TILE = 256
"""Widest block, in columns, that the strip kernels take."""


@stage
def tile_end(columns, first):
    """Index after the last block that starts a tile's width at most with block `first`."""
    last = first + 1
    while last < columns.shape[0] and columns[last, 1] - columns[first, 0] <= TILE:
        last += 1
    return last


@stage(error_model="python")
def store(out, i, j, n, mean_x, mean_y, sxx, sxy, syy):
    """Write the line of one block, from its means and its sums of deviations times `n`.

    NaN in all maps if the sums are not finite.
    """
    if not np.isfinite(sxx + syy):
        out[:, i, j] = np.nan
        return
    k = slope(sxx, sxy)
    residual = max(syy - k * sxy, 0.0)
    out[0, i, j] = k
    out[1, i, j] = mean_y - k * mean_x
    out[2, i, j] = r_squared(residual, syy)
    out[3, i, j] = residual / n


@entry
def fit_integers(x, y, rows, columns, out):
    """Fit blocks of integers by exact sums: 16-bit values, up to 2¹⁵ samples a block, up to `TILE` columns.

    float64 holds the sums exactly (below 2⁴⁷), int64 the sums of deviations times n (below 2⁶²). Blocks may
    overlap.
    """
    sums = np.empty((5, TILE))
    for i in range(rows.shape[0]):
        first = 0
        while first < columns.shape[0]:
            last = tile_end(columns, first)
            left = columns[first, 0]
            sums[:] = 0.0
            for r in range(rows[i, 0], rows[i, 1]):
                row_x, row_y = x[r, left : columns[last - 1, 1]], y[r, left : columns[last - 1, 1]]
                for c in range(row_x.size):
                    a, b = float(row_x[c]), float(row_y[c])
                    sums[0, c] += a
                    sums[1, c] += b
                    sums[2, c] += a * a
                    sums[3, c] += a * b
                    sums[4, c] += b * b
            for j in range(first, last):
                n = (rows[i, 1] - rows[i, 0]) * (columns[j, 1] - columns[j, 0])
                fit_sums(sums, columns[j, 0] - left, columns[j, 1] - left, n, out, i, j)
            first = last


@stage(error_model="python")
def fit_sums(sums, start, stop, n, out, i, j):
    """Fit one block of integers from the sums of its columns."""
    sx, sy, sxx, sxy, syy = 0.0, 0.0, 0.0, 0.0, 0.0
    for c in range(start, stop):
        sx += sums[0, c]
        sy += sums[1, c]
        sxx += sums[2, c]
        sxy += sums[3, c]
        syy += sums[4, c]
    x, y = np.int64(sx), np.int64(sy)
    exact_xx = n * np.int64(sxx) - x * x
    exact_xy = n * np.int64(sxy) - x * y
    exact_yy = n * np.int64(syy) - y * y
    store(out, i, j, n, sx / n, sy / n, float(exact_xx), float(exact_xy), float(exact_yy))


@entry
def fit_floats(x, y, rows, columns, out):
    """Fit blocks of floats, up to `TILE` columns wide, that do not overlap.

    Two passes: for the means, as differences from each block's first sample (so that a constant block has
    deviations of exactly 0), and for the sums of deviations from them.
    """
    work = np.empty((9, TILE))
    for i in range(rows.shape[0]):
        first = 0
        while first < columns.shape[0]:
            last = tile_end(columns, first)
            left, right = columns[first, 0], columns[last - 1, 1]
            height = rows[i, 1] - rows[i, 0]
            work[2:] = 0.0
            for j in range(first, last):
                first_x, first_y = x[rows[i, 0], columns[j, 0]], y[rows[i, 0], columns[j, 0]]
                for c in range(columns[j, 0] - left, columns[j, 1] - left):
                    work[0, c], work[1, c] = first_x, first_y
            for r in range(rows[i, 0], rows[i, 1]):
                row_x, row_y = x[r, left:right], y[r, left:right]
                for c in range(row_x.size):
                    work[2, c] += row_x[c] - work[0, c]
                    work[3, c] += row_y[c] - work[1, c]
            for j in range(first, last):
                spread_mean(work, columns[j, 0] - left, columns[j, 1] - left, height)
            for r in range(rows[i, 0], rows[i, 1]):
                row_x, row_y = x[r, left:right], y[r, left:right]
                for c in range(row_x.size):
                    a = (row_x[c] - work[0, c]) - work[4, c]
                    b = (row_y[c] - work[1, c]) - work[5, c]
                    work[6, c] += a * a
                    work[7, c] += a * b
                    work[8, c] += b * b
            for j in range(first, last):
                fit_deviations(work, columns[j, 0] - left, columns[j, 1] - left, height, out, i, j)
            first = last


@stage(error_model="python")
def spread_mean(work, start, stop, height):
    """Turn the column sums in rows 2 and 3 into the block's means, in rows 4 and 5 of each of its columns."""
    sum_x, sum_y = 0.0, 0.0
    for c in range(start, stop):
        sum_x += work[2, c]
        sum_y += work[3, c]
    n = height * (stop - start)
    for c in range(start, stop):
        work[4, c], work[5, c] = sum_x / n, sum_y / n


@stage
def fit_deviations(work, start, stop, height, out, i, j):
    """Fit one block of floats from the column sums of its deviations."""
    n = height * (stop - start)
    sxx, sxy, syy = 0.0, 0.0, 0.0
    for c in range(start, stop):
        sxx += work[6, c]
        sxy += work[7, c]
        syy += work[8, c]
    mean_x, mean_y = work[0, start] + work[4, start], work[1, start] + work[5, start]
    store(out, i, j, n, mean_x, mean_y, n * sxx, n * sxy, n * syy)


@entry
def fit_regions(x, y, weights, rows, columns, out):
    """Fit blocks of any width, overlapping or not, one by one; if `weights` is empty, all are 1.

    A sample of weight 0 is not looked at. A block without samples gets NaN in all maps.
    """
    for i in range(rows.shape[0]):
        for j in range(columns.shape[0]):
            fit_region(x, y, weights, rows[i], columns[j], out, i, j)


@stage(error_model="python")
def fit_region(x, y, weights, row_range, column_range, out, i, j):
    """Fit one block in two passes, as `fit_floats` does."""
    total, sum_x, sum_y, first_x, first_y = 0.0, 0.0, 0.0, 0.0, 0.0
    for r in range(row_range[0], row_range[1]):
        for c in range(column_range[0], column_range[1]):
            w = weights[r, c] if weights.size else 1.0
            if w > 0:
                if total == 0:
                    first_x, first_y = x[r, c], y[r, c]
                total += w
                sum_x += w * (x[r, c] - first_x)
                sum_y += w * (y[r, c] - first_y)
    if total == 0:
        out[:, i, j] = np.nan
        return
    mean_x, mean_y = sum_x / total, sum_y / total
    sxx, sxy, syy = 0.0, 0.0, 0.0
    for r in range(row_range[0], row_range[1]):
        for c in range(column_range[0], column_range[1]):
            w = weights[r, c] if weights.size else 1.0
            if w > 0:
                a, b = (x[r, c] - first_x) - mean_x, (y[r, c] - first_y) - mean_y
                sxx += w * a * a
                sxy += w * a * b
                syy += w * b * b
    store(out, i, j, 1.0, first_x + mean_x, first_y + mean_y, sxx, sxy, syy)
