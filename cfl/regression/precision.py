"""How many digits of a least-squares solution are right, by a bound on its error."""

import numpy as np

from cfl.regression.validation import Array

DIGITS = 1e-12
"""Relative error that every coefficient stays below."""
FLOAT64 = 2.0**-53
"""Relative error of one float64 operation."""
EXTENDED = 2.0**-102
"""Relative error of one double-double operation."""
SAFETY = 4.0
"""Backward error of a factorisation, in units of one rounding. In tests, errors stay below the bound."""


def coefficient_error(
    inverse: Array, coef: Array, projected: Array, ss_residual: Array, unit: float
) -> Array:
    """Bound the error of each coefficient, for columns of length 1 and a relative backward error of `unit`.

    The bound is the first-order one for a backward-stable factorisation, row by row: Björck, "Numerical
    Methods for Least Squares Problems", SIAM 1996, section 1.4.

    Parameters
    ----------
    inverse : (p, rank) array
        Inverse of R.
    coef, projected : (p, n_targets), (rank, n_targets) arrays
        The coefficients, and Qᵀ y.
    ss_residual : (n_targets,) array

    Returns
    -------
    bound : (p, n_targets) array
    """
    root_p = np.sqrt(inverse.shape[0])
    row_length = np.linalg.norm(inverse, axis=1)[:, None]
    covariance_length = np.linalg.norm(inverse @ inverse.T, axis=1)[:, None]
    residual_length = np.sqrt(ss_residual)
    y_length = np.hypot(np.linalg.norm(projected, axis=0), residual_length)
    from_data = row_length * (y_length + root_p * np.linalg.norm(coef, axis=0))
    return unit * (from_data + root_p * covariance_length * residual_length)


def is_enough(coef: Array, bound: Array, intercept: Array, means: Array) -> bool:
    """Tell whether coefficients and intercepts have the digits.

    Parameters
    ----------
    coef, bound : (p, n_targets) arrays
        Coefficients, and bounds on their errors.
    intercept : (n_targets,) array
    means : (p + n_targets, 2) array
        Means of the predictors and targets, as sums of two numbers.
    """
    p = len(coef)
    size = np.abs(coef)
    if not (bound <= DIGITS * size).all():
        return False
    middle = np.abs(means).sum(axis=1)
    rounding = SAFETY * FLOAT64
    error = rounding * middle[p:] + middle[:p] @ (rounding * size + bound)
    return bool((error <= DIGITS * np.abs(intercept)).all())
