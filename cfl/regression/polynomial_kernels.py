# mypy: disable-error-code="no-untyped-def"
"""Orthogonal polynomials on given samples, in double-double arithmetic.

Basis polynomial 0 is constant. Polynomial `t` is polynomial ``parents[t]`` times feature ``factors[t]``, less
its parts along the polynomials before it, divided by its length. Samples are scaled features less a centre,
as double-doubles; a polynomial's values on the samples are a row.
"""

import numpy as np

from cfl.regression.double_double import add, div, mul, sqrt, sub, two_sum
from cfl.simd.kernel import entry, stage


@entry
def orthogonalise(sh, sl, root_h, root_l, parents, factors, first, tolerance, most):
    """Build the basis by Arnoldi's process, each polynomial made orthogonal to the others twice.

    Parameters
    ----------
    sh, sl : (n_features, n) float64 arrays
        Samples.
    root_h, root_l : (n,) float64 arrays
        Roots of the weights.
    parents, factors : (n_terms + 1,) int64 arrays
        Of each polynomial; element 0 is not used.
    first : int
        First polynomial that counts: 0, or 1 without an intercept.
    tolerance : float
        A polynomial of which no more than this part remains is a combination of those before.
    most : int
        Greatest number of independent polynomials.

    Returns
    -------
    qh, ql : (n_terms + 1, n) float64 arrays
        Values of the polynomials times the roots of the weights.
    hh, hl : (n_terms + 1, n_terms + 1) float64 arrays
        Row `t`: the parts taken out, with the length on the diagonal; 0 there if the polynomial was dropped.
    """
    terms, n = parents.size, root_h.size
    qh, ql = np.zeros((terms, n)), np.zeros((terms, n))
    hh, hl = np.zeros((terms, terms)), np.zeros((terms, terms))
    hh[0, 0], hl[0, 0] = length(root_h, root_l)
    divide_row(root_h, root_l, hh[0, 0], hl[0, 0], qh[0], ql[0])
    rank = 1 - first
    vh, vl = np.empty(n), np.empty(n)
    for t in range(1, terms):
        parent = parents[t]
        if rank == most or hh[parent, parent] == 0:
            continue
        multiply_rows(qh[parent], ql[parent], sh[factors[t]], sl[factors[t]], vh, vl)
        before, _ = length(vh, vl)
        for _ in range(2):
            for s in range(first, t):
                if hh[s, s] > 0:
                    ph, pl = dot(qh[s], ql[s], vh, vl)
                    subtract_row(vh, vl, ph, pl, qh[s], ql[s])
                    hh[t, s], hl[t, s] = add(hh[t, s], hl[t, s], ph, pl)
        nh, nl = length(vh, vl)
        if nh <= tolerance * before:
            continue
        hh[t, t], hl[t, t] = nh, nl
        divide_row(vh, vl, nh, nl, qh[t], ql[t])
        rank += 1
    return qh, ql, hh, hl


@entry
def project(qh, ql, hh, yh, yl, first):
    """Coefficients (hi, lo) of a vector in the basis; the vector is left with what the basis lacks."""
    terms = qh.shape[0]
    ch, cl = np.zeros(terms), np.zeros(terms)
    for _ in range(2):
        for t in range(first, terms):
            if hh[t, t] > 0:
                ph, pl = dot(qh[t], ql[t], yh, yl)
                subtract_row(yh, yl, ph, pl, qh[t], ql[t])
                ch[t], cl[t] = add(ch[t], cl[t], ph, pl)
    return ch, cl


@entry
def values(sh, sl, parents, factors, hh, hl, first):
    """Values of the polynomials at samples, as a new (n_terms + 1, n) pair (hi, lo)."""
    terms, n = parents.size, sh.shape[1]
    vh, vl = np.zeros((terms, n)), np.zeros((terms, n))
    for i in range(n):
        vh[0, i], vl[0, i] = div(1.0, 0.0, hh[0, 0], hl[0, 0])
    for t in range(1, terms):
        if hh[t, t] == 0:
            continue
        multiply_rows(vh[parents[t]], vl[parents[t]], sh[factors[t]], sl[factors[t]], vh[t], vl[t])
        for s in range(first, t):
            if hh[t, s] != 0:
                subtract_row(vh[t], vl[t], hh[t, s], hl[t, s], vh[s], vl[s])
        divide_row(vh[t], vl[t], hh[t, t], hl[t, t], vh[t], vl[t])
    return vh, vl


@entry
def combine(ch, cl, vh, vl):
    """Sum of rows times coefficients, rounded to float64."""
    n = vh.shape[1]
    th, tl = np.zeros(n), np.zeros(n)
    for t in range(ch.size):
        if ch[t] != 0:
            subtract_row(th, tl, -ch[t], -cl[t], vh[t], vl[t])
    return th + tl


@entry
def monomials(parents, factors, times, centre, hh, hl, first):
    """Coefficients of the polynomials in monomials, and bounds of the terms they come from.

    Parameters
    ----------
    parents, factors, first, hh, hl
        See `orthogonalise`.
    times : (n_terms + 1, n_features) int64 array
        Index of each monomial's product with each feature; −1 if the degree is too high.
    centre : (n_features,) float64 array

    Returns
    -------
    mh, ml : (n_terms + 1, n_terms + 1) float64 arrays
        Column `t`: the coefficients of polynomial `t`.
    bound : (n_terms + 1, n_terms + 1) float64 array
        The same made of magnitudes: rounding is a small multiple of it.
    """
    terms = parents.size
    mh, ml = np.zeros((terms, terms)), np.zeros((terms, terms))
    bound = np.zeros((terms, terms))
    mh[0, 0], ml[0, 0] = div(1.0, 0.0, hh[0, 0], hl[0, 0])
    bound[0, 0] = mh[0, 0]
    for t in range(1, terms):
        if hh[t, t] == 0:
            continue
        parent, factor = parents[t], factors[t]
        for m in range(terms):
            if bound[m, parent] == 0:
                continue
            to = times[m, factor]
            mh[to, t], ml[to, t] = add(mh[to, t], ml[to, t], mh[m, parent], ml[m, parent])
            bound[to, t] += bound[m, parent]
            ph, pl = mul(mh[m, parent], ml[m, parent], centre[factor], 0.0)
            mh[m, t], ml[m, t] = sub(mh[m, t], ml[m, t], ph, pl)
            bound[m, t] += bound[m, parent] * abs(centre[factor])
        for s in range(first, t):
            if hh[t, s] != 0:
                for m in range(terms):
                    ph, pl = mul(mh[m, s], ml[m, s], hh[t, s], hl[t, s])
                    mh[m, t], ml[m, t] = sub(mh[m, t], ml[m, t], ph, pl)
                    bound[m, t] += bound[m, s] * abs(hh[t, s])
        for m in range(terms):
            mh[m, t], ml[m, t] = div(mh[m, t], ml[m, t], hh[t, t], hl[t, t])
            bound[m, t] /= hh[t, t]
    return mh, ml, bound


@entry
def centred(x, centre):
    """Differences of samples from the centre, exactly, as a (n_features, n) pair (hi, lo)."""
    n, p = x.shape
    sh, sl = np.empty((p, n)), np.empty((p, n))
    for i in range(n):
        for j in range(p):
            sh[j, i], sl[j, i] = two_sum(x[i, j], -centre[j])
    return sh, sl


@entry
def roots(weights):
    """Square roots of the weights, as a pair (hi, lo)."""
    rh, rl = np.empty(weights.size), np.empty(weights.size)
    for i in range(weights.size):
        rh[i], rl[i] = sqrt(weights[i], 0.0)
    return rh, rl


@entry
def weighted(weights, y):
    """A vector times the square roots of the weights, as a pair (hi, lo)."""
    rh, rl = np.empty(y.size), np.empty(y.size)
    for i in range(y.size):
        root_h, root_l = sqrt(weights[i], 0.0)
        rh[i], rl[i] = mul(root_h, root_l, y[i], 0.0)
    return rh, rl


@stage
def multiply_rows(ah, al, bh, bl, out_h, out_l):
    """Product of two vectors, element by element."""
    for i in range(ah.size):
        out_h[i], out_l[i] = mul(ah[i], al[i], bh[i], bl[i])


@stage
def divide_row(ah, al, bh, bl, out_h, out_l):
    """A vector over a number."""
    for i in range(ah.size):
        out_h[i], out_l[i] = div(ah[i], al[i], bh, bl)


@stage
def subtract_row(vh, vl, fh, fl, ah, al):
    """Subtract from a vector a number times another vector."""
    for i in range(vh.size):
        ph, pl = mul(ah[i], al[i], fh, fl)
        vh[i], vl[i] = sub(vh[i], vl[i], ph, pl)


@stage(error_model="python")
def dot(ah, al, bh, bl):
    """Inner product; four partial sums, so that an addition need not wait for the one before."""
    sh, sl = np.zeros(4), np.zeros(4)
    for i in range(ah.size):
        ph, pl = mul(ah[i], al[i], bh[i], bl[i])
        sh[i % 4], sl[i % 4] = add(sh[i % 4], sl[i % 4], ph, pl)
    for k in range(1, 4):
        sh[0], sl[0] = add(sh[0], sl[0], sh[k], sl[k])
    return sh[0], sl[0]


@stage
def length(ah, al):
    """Euclidean length."""
    sh, sl = dot(ah, al, ah, al)
    return sqrt(sh, sl)
