"""Chroma from luma of AV1, bit-exact: DC_PRED plus α, which is sent, times luma's AC.

Equation
    ``C = Clip1(DC + Round2Signed(α · (L − lumaAvg), 6))``, with L in Q3.
Source
    AV1 specification, 7.11.5. The kernels are those of the codec.
Bits
    The joint sign and the magnitudes of α of U and V with AV1's default CDFs, half of them for each plane.
    α of (0, 0) is DC_PRED and takes none.
Choice of α
    The least squared error; of equal ones the smaller magnitude, then the positive sign, as `cfl.predict`.
    Where rate is measured: the pair of U and V with the least cost of residual and α, estimated from the
    squared error as cfl's encoder does; or (0, 0), if that has the lower cost D + λR with its residual coded.
"""

import numpy as np

from cfl.lab.choice import best_of
from cfl.lab.job import Found, Job
from cfl.lab.predictors.cfl_choice import least_costs, least_errors
from cfl.prediction.syntax import alpha_bits


def predict(job: Job) -> Found:
    """Predict both planes; see `cfl.lab.shipped`."""
    from cfl.lab.predictors import cfl_kernels as kernels

    errors = np.empty((2, len(job.places), kernels.ALPHAS), np.int64)
    for plane in range(2):
        kernels.alpha_errors(job.given(plane), job.places, errors[plane])
    samples = job.places[:, 2].astype(np.int64) * job.places[:, 3]
    if not job.lam:
        return _by(least_errors(errors), job)
    alpha = least_costs(errors, samples, job.lam)
    return best_of(job, [_by(alpha, job), _by(np.zeros_like(alpha), job)], (0.0, 0.0))


def _by(alpha: np.ndarray, job: Job) -> Found:
    """Predict by given α."""
    from cfl.lab.predictors import cfl_kernels as kernels

    predicted = job.empty(), job.empty()
    for plane in range(2):
        kernels.predict_blocks(job.given(plane), job.places, alpha[plane], predicted[plane])
    return job.found(predicted, np.tile(alpha_bits(*alpha) / 2, (2, 1)))
