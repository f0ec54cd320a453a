"""Several predictors as one, which chooses among them for each block."""

import math
from collections.abc import Callable, Sequence

from cfl.lab.choice import best_of
from cfl.lab.job import Found, Job
from cfl.prediction.quadtree import default_lambda


def run(parts: Sequence[Callable[[Job], Found]], job: Job) -> Found:
    """Predict both planes, each block by the part with the least cost D + λR over U and V.

    It takes log₂ n bits to say which of n parts it is. Where no rate is measured, λ is that of `cfl.predict`
    for quadtrees.
    """
    bits = [math.log2(len(parts))] * len(parts)
    return best_of(job, [part(job) for part in parts], bits, default_lambda(job.bit_depth))
