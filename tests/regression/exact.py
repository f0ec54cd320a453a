"""Exact least squares in rational arithmetic: the oracle of the accuracy tests."""

from fractions import Fraction

import numpy as np


def least_squares(X, y, weights=None, fit_intercept=True):
    """Return the exact coefficients, the intercept first (if any), for the float64 numbers as they are.

    `X` holds float64 or Fraction; its columns must be linearly independent.
    """
    ones = [Fraction(1)] if fit_intercept else []
    rows = [ones + [Fraction(value) for value in row] for row in X]
    targets = [Fraction(float(value)) for value in y]
    weights = [Fraction(1)] * len(rows) if weights is None else [Fraction(float(w)) for w in weights]
    p = len(rows[0])
    gram = [[Fraction(0)] * (p + 1) for _ in range(p)]
    for row, target, weight in zip(rows, targets, weights, strict=True):
        for i in range(p):
            for j in range(p):
                gram[i][j] += weight * row[i] * row[j]
            gram[i][p] += weight * row[i] * target
    return solve(gram)


def solve(augmented):
    """Solve a square system [A | b] by elimination."""
    p = len(augmented)
    for k in range(p):
        pivot = next(i for i in range(k, p) if augmented[i][k] != 0)
        augmented[k], augmented[pivot] = augmented[pivot], augmented[k]
        for i in range(k + 1, p):
            ratio = augmented[i][k] / augmented[k][k]
            if ratio:
                augmented[i] = [a - ratio * b for a, b in zip(augmented[i], augmented[k], strict=True)]
    solution = [Fraction(0)] * p
    for i in range(p - 1, -1, -1):
        rest = sum((augmented[i][j] * solution[j] for j in range(i + 1, p)), Fraction(0))
        solution[i] = (augmented[i][p] - rest) / augmented[i][i]
    return solution


def powers(x, degree):
    """Exact monomials x, x², …, x^degree of float64 numbers."""
    return [[Fraction(float(value)) ** k for k in range(1, degree + 1)] for value in x]


def digits(estimate, truth):
    """Least number of right significant digits, −log10 of the relative error, at most 16."""
    worst = 16.0
    for value, exact in zip(np.ravel(estimate), truth, strict=True):
        error = abs(Fraction(float(value)) - exact)
        if error:
            worst = min(worst, -float(np.log10(float(error / abs(exact)))) if exact else 0.0)
    return worst
