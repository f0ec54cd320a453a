"""Symmetric positive definite systems of equations."""

import numpy as np

from cfl.regression.validation import Array

LARGE = 100
"""Unknowns from which on SciPy's Cholesky factorisation, half the work of NumPy's, is worth its import."""


def solve_symmetric(matrix: Array, right: Array) -> Array:
    """Solve a symmetric system; every answer is ∞ where it is singular, or large and not positive definite.

    Parameters
    ----------
    matrix : (size, size) float64 array
    right : (size, n) float64 array

    Returns
    -------
    answer : (size, n) float64 array
    """
    try:
        if len(matrix) < LARGE:
            return np.asarray(np.linalg.solve(matrix, right), np.float64)
        from scipy.linalg import cho_factor, cho_solve

        return np.asarray(cho_solve(cho_factor(matrix, check_finite=False), right, check_finite=False))
    except np.linalg.LinAlgError:
        return np.full(right.shape, np.inf)
