"""Which α the predictor `cfl` takes."""

import numpy as np

from cfl.lab.residual_cost import residual_cost
from cfl.prediction.syntax import alpha_bits_table
from cfl.prediction.tables import ALPHA_MAX


def least_errors(errors: np.ndarray) -> np.ndarray:
    """Return the α with the least error; of equal ones the smaller magnitude, then the positive sign.

    Parameters
    ----------
    errors : (2, blocks, 33) int64 array
        Squared error of U and V for α of −16…16.

    Returns
    -------
    alpha : (2, blocks) int64 array
    """
    alphas = np.array(sorted(range(-ALPHA_MAX, ALPHA_MAX + 1), key=lambda alpha: (abs(alpha), -alpha)))
    return alphas[np.argmin(errors[:, :, alphas + ALPHA_MAX], axis=2)]


def least_costs(errors: np.ndarray, samples: np.ndarray, lam: float) -> np.ndarray:
    """Return the pairs of α with the least estimated RD cost.

    Parameters
    ----------
    errors : (2, blocks, 33) int64 array
        Squared error of U and V for α of −16…16.
    samples : (blocks,) int array
        Of each block.
    lam : float
        λ, in squared error a bit.

    Returns
    -------
    alpha : (2, blocks) int64 array
    """
    from cfl.lab.predictors.cfl_kernels import least_pairs

    costs = residual_cost(errors, samples[:, None], lam)
    alpha = np.empty(errors.shape[:2], np.int64)
    least_pairs(costs, lam * alpha_bits_table(), alpha)
    return alpha
