"""The best of several predictions of each block, of both planes together."""

from collections.abc import Sequence

import numpy as np

from cfl.lab.job import Found, Job


def best_of(job: Job, candidates: Sequence[Found], bits: Sequence[float], lam: float | None = None) -> Found:
    """Return the best candidate for each block, by D + λR over U and V.

    Where rate is measured, D is the squared error of the reconstruction, and R has the bits of the residual,
    each candidate's being coded. Elsewhere D is the squared error of the prediction.

    Parameters
    ----------
    job : Job
    candidates : sequence of Found
        Of equal costs the first is taken.
    bits : sequence of float
        What it takes to say that a candidate is the one; half of it is counted for each plane.
    lam : float, optional
        λ where no rate is measured; 0 by default.
    """
    chosen = np.argmin(_costs(job, candidates, bits, lam or 0.0), axis=0)
    predicted = [_merged(job, candidates, chosen, plane) for plane in range(2)]
    blocks = np.arange(len(chosen))
    sent = np.stack([found.bits + each / 2 for found, each in zip(candidates, bits, strict=True)])
    errors = np.stack([found.errors for found in candidates])
    return Found((predicted[0], predicted[1]), sent[chosen, :, blocks].T, errors[chosen, :, blocks].T)


def _costs(job: Job, candidates: Sequence[Found], bits: Sequence[float], lam: float) -> np.ndarray:
    """Of each candidate and block."""
    costs = []
    for found, more in zip(candidates, bits, strict=True):
        rate, errors = found.bits.sum(axis=0) + more, found.errors
        if job.coder is not None:
            coded = job.coder.code(job, found)
            rate, errors, lam = rate + coded.bits.sum(axis=0), coded.errors, job.coder.lam
        costs.append(errors.sum(axis=0) + lam * rate)
    return np.stack(costs)


def _merged(job: Job, candidates: Sequence[Found], chosen: np.ndarray, plane: int) -> np.ndarray:
    """The prediction of a plane, of the candidate chosen for each block."""
    from cfl.lab.block_kernels import copy_blocks

    predicted = candidates[0].predicted[plane].copy()
    for index, found in enumerate(candidates[1:], start=1):
        copy_blocks(found.predicted[plane], job.places[chosen == index], predicted)
    return predicted
