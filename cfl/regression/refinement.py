"""Least squares refined with residuals in double-double."""

from typing import NamedTuple

import numpy as np

from cfl.regression.design import Design, ScaledDesign
from cfl.regression.precision import EXTENDED, FLOAT64
from cfl.regression.validation import Array

RESIDUAL_DIGITS = 1e-10
"""Relative error that a sum of squared residuals stays below."""
NOTHING = 8.0
"""Residuals below this, in units of one double-double rounding of the target, are 0."""
STEPS = 6
"""Steps of refinement that are tried; each well-conditioned one adds eleven digits."""


class ExactFit(NamedTuple):
    """A fit with all digits of its residuals.

    Attributes
    ----------
    coef : (n_features, n_targets) float64 array
    intercept, ss_residual : (n_targets,) float64 arrays
    """

    coef: Array
    intercept: Array
    ss_residual: Array


def exact_gradient(design: Design | ScaledDesign, coef: Array) -> tuple[Array, Array]:
    """Return Xᵀ W r at given coefficients, and the means of y − X·coef.

    Residuals are less their means where there is an intercept; the penalty is left out.

    Parameters
    ----------
    coef : (n_features, n_targets) float64 array

    Returns
    -------
    gradient : (n_features, n_targets) float64 array
    intercept : (n_targets,) float64 array
        0 without an intercept.
    """
    gradient, intercept, _ = _normal_residuals(design, coef, np.zeros_like(coef))
    return gradient, intercept


def lacks_residual_digits(ss_residual: Array, length: Array) -> bool:
    """Tell whether residuals are so small that rounding in float64 spoils the sum of their squares.

    Parameters
    ----------
    ss_residual : (n_targets,) float64 array
    length : (n_targets,) float64 array
        Length of the target and of the terms of the fit, all about their means.
    """
    smallest = NOTHING * FLOAT64 / RESIDUAL_DIGITS * length
    return bool((ss_residual < smallest**2).any())


def exact_fit(design: Design | ScaledDesign, coef: Array, inverse: Array) -> ExactFit | None:
    """Refine coefficients, kept as double-doubles, until the residuals have their digits.

    Residuals that are nothing but rounding in double-double are 0.

    Parameters
    ----------
    coef : (n_features, n_targets) float64 array
        Coefficients to begin with.
    inverse : (n_features, n_features) float64 array
        Inverse of Xᵀ W X of the centred X. A few digits of it are enough.

    Returns
    -------
    fit : ExactFit or None
        None where the steps do not converge.
    """
    low = np.zeros_like(coef)
    floor = (NOTHING * EXTENDED * _size(design, coef)) ** 2
    for _ in range(STEPS):
        gradient, intercept, squares = _normal_residuals(design, coef, low)
        nothing = squares <= floor
        correction = inverse @ gradient
        explained = np.einsum("ij,ij->j", gradient, correction)
        if np.all(nothing | (explained <= RESIDUAL_DIGITS * squares)):
            return ExactFit(coef, intercept, np.where(nothing, 0.0, squares))
        correction += low
        rounded = coef + correction
        coef, low = rounded, (coef - rounded) + correction
    return None


def _size(design: Design | ScaledDesign, coef: Array) -> Array:
    """Return the sum of the lengths of the target and of all terms of a fit, (n_targets,)."""
    if design.weights is None:
        squares = np.einsum("ij,ij->j", design.X, design.X), np.einsum("ij,ij->j", design.y, design.y)
    else:
        squares = design.weights @ design.X**2, design.weights @ design.y**2
    return np.asarray(np.sqrt(squares[1]) + np.sqrt(squares[0]) @ np.abs(coef))


def _normal_residuals(
    design: Design | ScaledDesign, coef: Array, coef_low: Array
) -> tuple[Array, Array, Array]:
    """Return `normal_residual` of each target, at coefficients that are double-doubles."""
    from cfl.regression.extended_kernels import normal_residual

    columns = np.ascontiguousarray(design.X.T)
    weights = np.ones(len(design.X)) if design.weights is None else design.weights
    gradient, (intercept, squares) = np.empty_like(coef), np.empty((2, coef.shape[1]))
    for k in range(coef.shape[1]):
        gradient[:, k], intercept[k], squares[k] = normal_residual(
            columns,
            np.ascontiguousarray(design.y[:, k]),
            weights,
            np.ascontiguousarray(coef[:, k]),
            np.ascontiguousarray(coef_low[:, k]),
            design.fit_intercept,
        )
    return gradient, intercept, squares
