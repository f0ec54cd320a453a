"""The best of several predictions of each block, of both planes together."""

import math
from collections.abc import Sequence

import numpy as np

from cfl.lab.job import Found, Job

_ROUNDS = 32
"""Shares and choices settle after a few; this many at most."""


def best_of(job: Job, candidates: Sequence[Found], bits: Sequence[float]) -> Found:
    """Return the best candidate for each block, by D + λR over U and V.

    Where rate is measured, D is the squared error of the reconstruction, and R has the bits of the residual,
    each candidate's being coded. Elsewhere the squared error of the prediction alone counts.

    Parameters
    ----------
    job : Job
    candidates : sequence of Found
        Of equal costs the first is taken.
    bits : sequence of float
        What it takes to say that a candidate is the one; half of it is counted for each plane.
    """
    of_choice = np.asarray(bits)
    costs = _costs(job, candidates, job.lam) + job.lam * of_choice[:, None]
    return _put_together(job, candidates, costs.argmin(axis=0), of_choice)


def best_with_shares(job: Job, candidates: Sequence[Found], lam: float) -> Found:
    """Return the best candidate for each block, when an adaptive code says which it is.

    A candidate that is never taken costs the others next to nothing: so all of them together cost no more
    than the best one alone, but for a few bits a picture.

    Parameters
    ----------
    job : Job
    candidates : sequence of Found
        Of equal costs the first is taken.
    lam : float
        λ, in squared error a bit, where no rate is measured.
    """
    lam = job.lam or lam
    costs = _costs(job, candidates, lam)
    count, blocks = costs.shape
    starts = [np.full(count, blocks / count), *(blocks * np.eye(count))]
    found = [_settled(costs, lam, start) for start in starts]
    _, chosen, bits = min(found, key=lambda each: each[0])
    return _put_together(job, candidates, chosen, bits)


def bits_of_shares(counts: np.ndarray) -> np.ndarray:
    """The bits of each choice, when each was made so many times; all together they are an adaptive code's.

    Its probability of a choice is always the share of it so far, with half a choice more for each: R. E.
    Krichevsky and V. K. Trofimov, "The performance of universal encoding", IEEE Transactions on Information
    Theory 27, 1981. That takes some bits more than the final shares do, which are spread over all choices.
    """
    shares = (counts + 0.5) / (counts.sum() + len(counts) / 2)
    bits = -np.log2(shares)
    return bits * (_adaptive_bits(counts) / (counts @ bits))


def _adaptive_bits(counts: np.ndarray) -> float:
    """Of all choices, whatever their order."""
    half = len(counts) / 2
    nats = math.lgamma(counts.sum() + half) - math.lgamma(half)
    nats -= sum(math.lgamma(count + 0.5) - math.lgamma(0.5) for count in counts.tolist())
    return nats / math.log(2)


def _settled(costs: np.ndarray, lam: float, counts: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Choose by the bits of some counts, and again by those of the counts that come of it, until they stay.

    Returns
    -------
    cost : float
        Of all blocks.
    chosen : (blocks,) int64 array
    bits : (candidates,) float64 array
        Of each choice.
    """
    for _ in range(_ROUNDS):
        chosen = (costs + lam * bits_of_shares(counts)[:, None]).argmin(axis=0)
        before, counts = counts, np.bincount(chosen, minlength=len(costs))
        if (counts == before).all():
            break
    bits = bits_of_shares(counts)
    return float(costs[chosen, np.arange(len(chosen))].sum() + lam * (counts @ bits)), chosen, bits


def _costs(job: Job, candidates: Sequence[Found], lam: float) -> np.ndarray:
    """D + λR of each candidate and block, (candidates, blocks), without the bits of the choice."""
    costs = []
    for found in candidates:
        rate, errors = found.bits.sum(axis=0), found.errors
        if job.coder is not None:
            coded = job.coder.code(job, found)
            rate, errors = rate + coded.bits.sum(axis=0), coded.errors
        costs.append(errors.sum(axis=0) + lam * rate)
    return np.stack(costs)


def _put_together(job: Job, candidates: Sequence[Found], chosen: np.ndarray, bits: np.ndarray) -> Found:
    """The candidate that is chosen for each block, with the bits of the choice."""
    predicted = [_merged(job, candidates, chosen, plane) for plane in range(2)]
    blocks = np.arange(len(chosen))
    sent = np.stack([found.bits + each / 2 for found, each in zip(candidates, bits, strict=True)])
    errors = np.stack([found.errors for found in candidates])
    return Found((predicted[0], predicted[1]), sent[chosen, :, blocks].T, errors[chosen, :, blocks].T)


def _merged(job: Job, candidates: Sequence[Found], chosen: np.ndarray, plane: int) -> np.ndarray:
    """The prediction of a plane, of the candidate chosen for each block."""
    from cfl.lab.block_kernels import copy_blocks

    predicted = candidates[0].predicted[plane].copy()
    for index, found in enumerate(candidates[1:], start=1):
        copy_blocks(found.predicted[plane], job.places[chosen == index], predicted)
    return predicted
