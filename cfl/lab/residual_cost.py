"""What a prediction costs with the residual that it leaves, estimated from its squared error alone."""

from typing import Any

import numpy as np

FLOOR = 0.72
"""λ / (2 ln 2), in λ: the squared error of a sample below which it is cheapest to code nothing."""


def residual_cost(errors: Any, samples: Any, lam: float) -> Any:
    """Return the estimated RD cost of residuals, D + λR.

    A residual of n samples is taken as noise that is coded ideally: below λ / (2 ln 2) a sample it is left
    out; above, each doubling of its squared error takes half a bit a sample. The block search of cfl's
    encoder chooses α by the same estimate.

    Parameters
    ----------
    errors : int array, or in kernels int or float
        Squared error of blocks.
    samples : int array
        Of each block; of a shape that NumPy spreads over that of `errors`.
    lam : float
        λ, in squared error a bit; 0 gives the errors themselves.

    Returns
    -------
    costs : float64 array, or in kernels float
        In squared error.
    """
    if lam == 0:
        return errors * 1.0
    floor = FLOOR * lam * samples
    coded = floor + 0.5 * lam * samples * np.log2(np.maximum(errors, floor) / floor)
    return np.minimum(errors, coded)
