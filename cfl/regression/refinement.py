"""Gradients of a least-squares problem in double-double, for iterative refinement."""

import numpy as np

from cfl.regression.design import Design, ScaledDesign
from cfl.regression.validation import Array


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
    from cfl.regression.extended_kernels import normal_residual

    columns = np.ascontiguousarray(design.X.T)
    weights = np.ones(len(design.X)) if design.weights is None else design.weights
    gradient, intercept = np.empty_like(coef), np.empty(coef.shape[1])
    for k in range(coef.shape[1]):
        gradient[:, k], intercept[k] = normal_residual(
            columns,
            np.ascontiguousarray(design.y[:, k]),
            weights,
            np.ascontiguousarray(coef[:, k]),
            design.fit_intercept,
        )
    return gradient, intercept
