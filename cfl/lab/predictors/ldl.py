# mypy: disable-error-code="no-untyped-def"
"""Least squares with a little regularisation, by the LDLᵀ decomposition, as CCCM and its like solve it."""

import numpy as np

from cfl.simd.kernel import stage


@stage(fastmath={"reassoc", "contract"})
def product(x, y):
    """Return the inner product of whole numbers; it is exact in any order, as it is below 2 ** 53."""
    total = 0.0
    for s in range(x.size):
        total += x[s] * y[s]
    return total


@stage
def normal_equations(terms, target):
    """Return Σ t tᵀ and Σ t·c of (terms, samples) and (samples,) arrays."""
    k = terms.shape[0]
    matrix, vector = np.empty((k, k)), np.empty(k)
    for a in range(k):
        vector[a] = product(terms[a], target)
        for b in range(a + 1):
            matrix[a, b] = product(terms[a], terms[b])
            matrix[b, a] = matrix[a, b]
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
