"""The predictors that come with cfl: their names, and where they are."""

from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

from cfl.lab.job import Found, Job
from cfl.lab.partition import Partition

ORDER = (
    "dc", "cfl", "line", "lm", "cclm", "mmlm", "cccm", "glm", "polynomial", "clusterwise", "cfl-implicit",
    "mhccp",
)  # fmt: skip
OTHERS = ("cfl", "cclm")
"""Those that work on both planes: each a module of `cfl.lab.predictors` with a function `predict`. The others
work block by block and plane by plane: each a module with a kernel `predict_blocks`."""


def module_of(name: str) -> Any:
    """The module of a predictor; its docstring says what it does."""
    return import_module(f"cfl.lab.predictors.{name.replace('-', '_')}")


def kernels_of(name: str) -> Any:
    """The module that has a predictor's kernels."""
    return import_module(f"{module_of(name).__name__}_kernels") if name in OTHERS else module_of(name)


def run(name: str, job: Job) -> Found:
    """Predict both planes."""
    module = module_of(name)
    if name in OTHERS:
        return module.predict(job)
    predicted = job.empty(), job.empty()
    bits = np.zeros((2, len(job.places)))
    for plane in range(2):
        module.predict_blocks(job.given(plane), job.places, predicted[plane], bits[plane])
    return job.found(predicted, bits)


@cache
def prepare(name: str) -> None:
    """Have the kernels of a predictor compiled, or read from the cache."""
    plane = np.zeros((4, 4), np.uint16)
    places = np.array([[0, 0, 4, 4]])
    run(name, Job(Partition(4, 4, places), plane, (plane, plane), (plane, plane), (0, 0), 8, 0.0))


def names() -> list[str]:
    """All of them, in the order in which they are best explained."""
    return list(ORDER)
