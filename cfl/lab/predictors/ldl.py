# mypy: disable-error-code="no-untyped-def"
"""Least squares with a little regularisation, by the LDLᵀ decomposition, as CCCM and its like solve it."""

import numpy as np

from cfl.simd.kernel import stage


@stage
def normal_equations(terms, target):
    """Return Σ t tᵀ and Σ t·c of (samples, terms) and (samples,) arrays."""
    n, k = terms.shape
    matrix, vector = np.zeros((k, k)), np.zeros(k)
    for s in range(n):
        for a in range(k):
            vector[a] += terms[s, a] * target[s]
            for b in range(a + 1):
                matrix[a, b] += terms[s, a] * terms[s, b]
    for a in range(k):
        for b in range(a + 1, k):
            matrix[a, b] = matrix[b, a]
    return matrix, vector


@stage
def solve_ldl(matrix, vector, ridge):
    """Return x of ``(matrix + ridge · I) x = vector``; all 0 if that matrix is not positive definite."""
    k = vector.size
    lower, diagonal, x = np.zeros((k, k)), np.zeros(k), np.zeros(k)
    for a in range(k):
        for b in range(a + 1):
            rest = matrix[a, b] + (ridge if a == b else 0.0)
            for c in range(b):
                rest -= lower[a, c] * lower[b, c] * diagonal[c]
            if a == b:
                if not rest > 0:
                    return np.zeros(k)
                diagonal[a] = rest
            else:
                lower[a, b] = rest / diagonal[b]
    for a in range(k):
        x[a] = vector[a]
        for b in range(a):
            x[a] -= lower[a, b] * x[b]
    for a in range(k):
        x[a] /= diagonal[a]
    for a in range(k - 1, -1, -1):
        for b in range(a + 1, k):
            x[a] -= lower[b, a] * x[b]
    return x


@stage
def ceil_log2(n):
    """Return the least power of two that is not below n, as its exponent."""
    result = 0
    while 1 << result < n:
        result += 1
    return result
