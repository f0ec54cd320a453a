# mypy: disable-error-code="no-untyped-def"
"""Least squares in double-double: centring, a pivoted QR factorisation and its triangular inverse.

A matrix is a pair of float64 arrays, `hi` and `lo`, changed in place. Loops run along rows, where the columns
are independent of each other and the compiler can take several at once.
"""

import numpy as np

from cfl.regression.double_double import add, div, mul, sqrt, sub, two_prod
from cfl.simd.kernel import entry, stage

ROUNDING = 2.0**-96


@entry
def centre(hi, lo, weights):
    """Subtract from each column its weighted mean; return the means as a double-double (hi, lo)."""
    n, q = hi.shape
    mean_hi, mean_lo = np.zeros(q), np.zeros(q)
    total_hi, total_lo = 0.0, 0.0
    for i in range(n):
        total_hi, total_lo = add(total_hi, total_lo, weights[i], 0.0)
        for j in range(q):
            ph, pl = mul(hi[i, j], lo[i, j], weights[i], 0.0)
            mean_hi[j], mean_lo[j] = add(mean_hi[j], mean_lo[j], ph, pl)
    for j in range(q):
        mean_hi[j], mean_lo[j] = div(mean_hi[j], mean_lo[j], total_hi, total_lo)
    for i in range(n):
        for j in range(q):
            hi[i, j], lo[i, j] = sub(hi[i, j], lo[i, j], mean_hi[j], mean_lo[j])
    return mean_hi, mean_lo


@entry
def scale_rows_by_root(hi, lo, weights):
    """Multiply each row by the square root of its weight."""
    n, q = hi.shape
    for i in range(n):
        root_hi, root_lo = sqrt(weights[i], 0.0)
        for j in range(q):
            hi[i, j], lo[i, j] = mul(hi[i, j], lo[i, j], root_hi, root_lo)


@entry
def pivoted_qr(hi, lo, p, tolerance):
    """Factor the first `p` columns by Householder reflections with column pivoting; reflect the rest along.

    Afterwards the upper triangle of the first `rank` rows holds R of ``A[:, order] = Q R`` and the columns
    from `p` on hold Qᵀ Y. The columns should have norms of like size.

    Returns
    -------
    order : (p,) int64 array
        Original index of each factored column.
    rank : int
        The factorisation stops where no remaining column is longer than `tolerance` times the longest at
        the start.

    References
    ----------
    Businger and Golub, "Linear least squares solutions by Householder transformations", Numer. Math. 7, 1965.
    """
    n, q = hi.shape
    order = np.arange(p)
    vh, vl = np.empty(n), np.empty(n)
    wh, wl = np.empty(q), np.empty(q)
    longest = 0.0
    for k in range(min(n, p)):
        pivot, squared = longest_column(hi, k, p)
        if k == 0:
            longest = squared
        if squared <= tolerance * tolerance * longest:
            return order, k
        swap_columns(hi, lo, order, k, pivot)
        reflect(hi, lo, k, vh, vl, wh, wl)
    return order, min(n, p)


@stage
def longest_column(hi, k, p):
    """Index and squared norm of the longest of columns k…p−1 over the rows from k on."""
    n = hi.shape[0]
    squares = np.zeros(p)
    for i in range(k, n):
        for j in range(k, p):
            squares[j] += hi[i, j] * hi[i, j]
    pivot = k
    for j in range(k + 1, p):
        if squares[j] > squares[pivot]:
            pivot = j
    return pivot, squares[pivot]


@stage
def swap_columns(hi, lo, order, a, b):
    """Exchange columns `a` and `b`."""
    if a == b:
        return
    order[a], order[b] = order[b], order[a]
    for i in range(hi.shape[0]):
        hi[i, a], hi[i, b] = hi[i, b], hi[i, a]
        lo[i, a], lo[i, b] = lo[i, b], lo[i, a]


@stage
def reflect(hi, lo, k, vh, vl, wh, wl):
    """Zero column `k` below the diagonal by a reflection I − v vᵀ / (norm·|v_k|) of all columns from k on."""
    n, q = hi.shape
    sh, sl = 0.0, 0.0
    for i in range(k, n):
        vh[i], vl[i] = hi[i, k], lo[i, k]
        ph, pl = mul(vh[i], vl[i], vh[i], vl[i])
        sh, sl = add(sh, sl, ph, pl)
    norm_h, norm_l = sqrt(sh, sl)
    if vh[k] < 0:
        norm_h, norm_l = -norm_h, -norm_l
    vh[k], vl[k] = add(vh[k], vl[k], norm_h, norm_l)
    dh, dl = mul(norm_h, norm_l, vh[k], vl[k])
    for j in range(k + 1, q):
        wh[j], wl[j] = 0.0, 0.0
    for i in range(k, n):
        for j in range(k + 1, q):
            ph, pl = mul(vh[i], vl[i], hi[i, j], lo[i, j])
            wh[j], wl[j] = add(wh[j], wl[j], ph, pl)
    for j in range(k + 1, q):
        wh[j], wl[j] = div(wh[j], wl[j], dh, dl)
    for i in range(k, n):
        for j in range(k + 1, q):
            ph, pl = mul(vh[i], vl[i], wh[j], wl[j])
            hi[i, j], lo[i, j] = sub(hi[i, j], lo[i, j], ph, pl)
        hi[i, k], lo[i, k] = 0.0, 0.0
    hi[k, k], lo[k, k] = -norm_h, -norm_l


@entry
def inverse_upper(hi, lo):
    """Inverse of an upper triangular matrix with no zero on its diagonal, as a new (hi, lo)."""
    p = hi.shape[0]
    ih, il = np.zeros((p, p)), np.zeros((p, p))
    for j in range(p):
        ih[j, j], il[j, j] = div(1.0, 0.0, hi[j, j], lo[j, j])
        for i in range(j - 1, -1, -1):
            sh, sl = 0.0, 0.0
            for k in range(i + 1, j + 1):
                ph, pl = mul(hi[i, k], lo[i, k], ih[k, j], il[k, j])
                sh, sl = add(sh, sl, ph, pl)
            ih[i, j], il[i, j] = div(-sh, -sl, hi[i, i], lo[i, i])
    return ih, il


@entry
def matmul(ah, al, bh, bl):
    """Product of two matrices, as a new (hi, lo)."""
    rows, inner = ah.shape
    columns = bh.shape[1]
    ch, cl = np.zeros((rows, columns)), np.zeros((rows, columns))
    for i in range(rows):
        for k in range(inner):
            for j in range(columns):
                ph, pl = mul(ah[i, k], al[i, k], bh[k, j], bl[k, j])
                ch[i, j], cl[i, j] = add(ch[i, j], cl[i, j], ph, pl)
    return ch, cl


@entry
def sum_of_squares(hi, lo):
    """Sum of the squares of each column, rounded to float64."""
    n, q = hi.shape
    sh, sl = np.zeros(q), np.zeros(q)
    for i in range(n):
        for j in range(q):
            ph, pl = mul(hi[i, j], lo[i, j], hi[i, j], lo[i, j])
            sh[j], sl[j] = add(sh[j], sl[j], ph, pl)
    return sh + sl


@entry
def subtract(ah, al, bh, bl):
    """Difference of two vectors, rounded to float64; 0 where it is nothing but the rounding of its terms."""
    difference = np.empty_like(ah)
    for i in range(ah.size):
        difference[i], _ = sub(ah[i], al[i], bh[i], bl[i])
        if abs(difference[i]) <= ROUNDING * abs(ah[i]):
            difference[i] = 0.0
    return difference


@entry
def multiply_columns(x, parents, factors):
    """Products of columns of `x`, (n, n_terms), as a new (hi, lo).

    Term `t` is term ``parents[t]`` times ``x[:, factors[t]]``. A parent comes before its products;
    −1 stands for 1.
    """
    n, terms = x.shape[0], parents.size
    hi, lo = np.empty((n, terms)), np.zeros((n, terms))
    for i in range(n):
        for t in range(terms):
            if parents[t] < 0:
                hi[i, t] = x[i, factors[t]]
            else:
                hi[i, t], lo[i, t] = mul(hi[i, parents[t]], lo[i, parents[t]], x[i, factors[t]], 0.0)
    return hi, lo


@entry
def normal_residual(columns, y, weights, coef, coef_low, centred):
    """Gradient Xᵀ W r of a least-squares problem, the mean of y − X·coef, and the sum of squared residuals.

    Parameters
    ----------
    columns : (p, n) float64 array
    y, weights : (n,) float64 arrays
    coef, coef_low : (p,) float64 arrays
        Coefficients, as double-doubles.
    centred : bool
        The residuals r are then less their weighted mean, and X may be as it is, for they add up to 0.

    Returns
    -------
    gradient : (p,) float64 array
    mean : float
        0 if not `centred`.
    squares : float
        Σ w·r².
    """
    p, n = columns.shape
    rh, rl = y.copy(), np.zeros(n)
    for j in range(p):
        subtract_multiple(rh, rl, columns[j], coef[j])
        if coef_low[j] != 0.0:
            subtract_multiple(rh, rl, columns[j], coef_low[j])
    mean_h = 0.0
    if centred:
        mean_h = subtract_mean(rh, rl, weights)
    squares = 0.0
    for i in range(n):
        squares += weights[i] * rh[i] * rh[i]
        rh[i], rl[i] = mul(rh[i], rl[i], weights[i], 0.0)
    gradient = np.empty(p)
    for j in range(p):
        gradient[j] = extended_dot(columns[j], rh, rl)
    return gradient, mean_h, squares


@entry
def residuals(columns, y, coef, intercept):
    """y − X·coef − intercept, (n,), summed in double-double and rounded; `columns` is X as (p, n)."""
    p, n = columns.shape
    rh, rl = y.copy(), np.zeros(n)
    for j in range(p):
        subtract_multiple(rh, rl, columns[j], coef[j])
    for i in range(n):
        rh[i], rl[i] = sub(rh[i], rl[i], intercept, 0.0)
    return rh


@stage
def subtract_multiple(rh, rl, column, factor):
    """Subtract a multiple of a float64 vector from a double-double one."""
    for i in range(column.size):
        ph, pl = two_prod(column[i], factor)
        rh[i], rl[i] = sub(rh[i], rl[i], ph, pl)


@stage
def subtract_mean(rh, rl, weights):
    """Subtract its weighted mean from a vector; return the mean, rounded."""
    th, tl, sh, sl = 0.0, 0.0, 0.0, 0.0
    for i in range(weights.size):
        ph, pl = mul(rh[i], rl[i], weights[i], 0.0)
        sh, sl = add(sh, sl, ph, pl)
        th, tl = add(th, tl, weights[i], 0.0)
    sh, sl = div(sh, sl, th, tl)
    for i in range(weights.size):
        rh[i], rl[i] = sub(rh[i], rl[i], sh, sl)
    return sh


@stage(error_model="python")
def extended_dot(column, rh, rl):
    """Inner product of a float64 vector with a double-double one, rounded.

    Four partial sums, so that an addition need not wait for the one before.
    """
    sh, sl = np.zeros(4), np.zeros(4)
    for i in range(column.size):
        ph, pl = mul(rh[i], rl[i], column[i], 0.0)
        sh[i % 4], sl[i % 4] = add(sh[i % 4], sl[i % 4], ph, pl)
    for k in range(1, 4):
        sh[0], sl[0] = add(sh[0], sl[0], sh[k], sl[k])
    return sh[0]
