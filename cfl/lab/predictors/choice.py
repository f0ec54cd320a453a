"""The best of several predictions of each block, of both planes together."""

from collections.abc import Sequence

import numpy as np

from cfl.lab.job import Found, Job
from cfl.lab.residual_cost import residual_cost


def best_of(job: Job, candidates: Sequence[Found], bits: Sequence[float]) -> Found:
    """Return the best candidate for each block, by D + λR over U and V.

    Parameters
    ----------
    job : Job
        Where its λ is 0, the least squared error decides; of equal ones the first candidate's.
    candidates : sequence of Found
    bits : sequence of float
        What it takes to say that a candidate is the one; half of it is counted for each plane.
    """
    chosen = np.argmin(_costs(job, candidates, bits), axis=0)
    predicted = tuple(_merged(job, candidates, chosen, plane) for plane in range(2))
    blocks = np.arange(len(chosen))
    sent = np.stack([found.bits + each / 2 for found, each in zip(candidates, bits, strict=True)])
    errors = np.stack([found.errors for found in candidates])
    return Found((predicted[0], predicted[1]), sent[chosen, :, blocks].T, errors[chosen, :, blocks].T)


def _costs(job: Job, candidates: Sequence[Found], bits: Sequence[float]) -> np.ndarray:
    """Of each candidate and block."""
    samples = job.places[:, 2].astype(np.int64) * job.places[:, 3]
    return np.stack([
        residual_cost(found.errors, samples, job.lam).sum(axis=0) + job.lam * (found.bits.sum(axis=0) + each)
        for found, each in zip(candidates, bits, strict=True)
    ])  # fmt: skip


def _merged(job: Job, candidates: Sequence[Found], chosen: np.ndarray, plane: int) -> np.ndarray:
    """The prediction of a plane, of the candidate chosen for each block."""
    from cfl.lab.block_kernels import copy_blocks

    predicted = candidates[0].predicted[plane].copy()
    for index, found in enumerate(candidates[1:], start=1):
        copy_blocks(found.predicted[plane], job.places[chosen == index], predicted)
    return predicted
