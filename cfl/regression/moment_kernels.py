# mypy: disable-error-code="no-untyped-def"
"""Sums of samples and of their products, exact for integers and nearly so for float64.

Data come as (n_columns, n_samples), so that each loop runs along memory.
"""

import numpy as np

from cfl.regression.double_double import add, mul, two_prod
from cfl.simd.kernel import entry, stage

BLOCK = 1024
"""Samples whose deviations are held at once: few enough to stay in the first-level cache."""


@stage(fastmath={"reassoc", "contract"})
def total(values):
    """Sum of a short vector, in any order."""
    result = 0.0
    for i in range(values.size):
        result += values[i]
    return result


@stage(fastmath={"reassoc", "contract"})
def dot(a, b):
    """Sum of the products of two short vectors, in any order."""
    result = 0.0
    for i in range(a.size):
        result += a[i] * b[i]
    return result


@entry
def add_samples(columns, weights, sums, products):
    """Add samples to double-double sums.

    Each block is summed about its own mean, where nothing cancels, and moved to sums about 0 in
    double-double: those can simply be added, in any order, and their 32 digits survive taking the mean out
    again.

    Parameters
    ----------
    columns : (q, n) float64 array
    weights : (n,) or (0,) float64 array
        Empty: all 1.
    sums : (q + 1, 2) float64 array
        Double-doubles (hi, lo), changed in place: the sum of the weights, then Σ w·x of each column.
    products : (q, q, 2) float64 array
        Σ w·x·z of each pair of columns, the upper triangle only.
    """
    q, n = columns.shape
    deviation, weighted = np.empty((q, BLOCK)), np.empty((q, BLOCK))
    means, rests = np.empty(q), np.empty(q)
    for start in range(0, n, BLOCK):
        stop = min(start + BLOCK, n)
        size = stop - start
        weight_hi, weight_lo = float(size), 0.0
        if weights.size:
            weight_hi, weight_lo = extended_total(weights[start:stop])
        sums[0, 0], sums[0, 1] = add(sums[0, 0], sums[0, 1], weight_hi, weight_lo)
        for a in range(q):
            block, d, wd = columns[a, start:stop], deviation[a, :size], weighted[a, :size]
            means[a] = total(block) / size
            for i in range(size):
                d[i] = block[i] - means[a]
            if weights.size:
                for i in range(size):
                    wd[i] = d[i] * weights[start + i]
            else:
                wd = d
            rests[a] = total(wd)
            add_column(sums, products, a, weight_hi, weight_lo, means, rests)
            for b in range(a + 1):
                products[b, a, 0], products[b, a, 1] = add(
                    products[b, a, 0], products[b, a, 1], dot(deviation[b, :size], wd), 0.0
                )


@stage
def add_column(sums, products, a, weight_hi, weight_lo, means, rests):
    """Add what moves a block's sums of column `a`, with the columns up to it, from the block's means to 0."""
    moved_hi, moved_lo = mul(weight_hi, weight_lo, means[a], 0.0)
    moved_hi, moved_lo = add(moved_hi, moved_lo, rests[a], 0.0)
    sums[a + 1, 0], sums[a + 1, 1] = add(sums[a + 1, 0], sums[a + 1, 1], moved_hi, moved_lo)
    for b in range(a + 1):
        ph, pl = mul(moved_hi, moved_lo, means[b], 0.0)
        rest_hi, rest_lo = two_prod(rests[b], means[a])
        ph, pl = add(ph, pl, rest_hi, rest_lo)
        products[b, a, 0], products[b, a, 1] = add(products[b, a, 0], products[b, a, 1], ph, pl)


@stage
def extended_total(values):
    """Sum of a vector as a double-double."""
    hi, lo = 0.0, 0.0
    for i in range(values.size):
        hi, lo = add(hi, lo, values[i], 0.0)
    return hi, lo


@entry
def integer_sums(columns):
    """Exact sums of int64 columns, (q,), and of their products, (q, q), the upper triangle."""
    q, n = columns.shape
    sums, products = np.zeros(q, np.int64), np.zeros((q, q), np.int64)
    for a in range(q):
        for i in range(n):
            sums[a] += columns[a, i]
        for b in range(a + 1):
            result = np.int64(0)
            for i in range(n):
                result += columns[a, i] * columns[b, i]
            products[b, a] = result
    return sums, products
