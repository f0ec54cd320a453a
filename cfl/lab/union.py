"""Several predictors as one, which chooses among them for each block."""

from collections.abc import Callable, Sequence

from cfl.lab.choice import best_with_shares
from cfl.lab.job import Found, Job
from cfl.prediction.quadtree import default_lambda


def run(parts: Sequence[Callable[[Job], Found]], job: Job) -> Found:
    """Predict both planes, each block by the part with the least cost D + λR over U and V.

    Which part it is, an adaptive code says. Where no rate is measured, λ is that of `cfl.predict` for
    quadtrees.
    """
    return best_with_shares(job, [part(job) for part in parts], default_lambda(job.bit_depth))
