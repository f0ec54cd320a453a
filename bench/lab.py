"""Speed of the laboratory's predictors: one core, beside `cfl` and beside plain NumPy, block by block.

The NumPy versions are what one would write at first: a function of a block, called in a loop over all of them
(extrapolated from a sample of blocks). It counts the processor's time, which other work disturbs least.
"""

import argparse
import time

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.lab_numpy import VERSIONS
from bench.pictures import photographs
from bench.timing import machine
from cfl.frames import Frame
from cfl.lab.evaluation import job_of
from cfl.lab.job import Job
from cfl.lab.partition import Partition
from cfl.lab.registry import find

SIDES = (8, 16)
SAMPLED_BLOCKS = 150


def run(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser("python -m bench lab", description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="768x512", help="of the frame (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.7, help="for each number (default: %(default)s)")
    options = parser.parse_args(arguments)
    width, height = map(int, options.size.split("x"))
    console = Console(width=130)
    console.print(f"Predictors of cfl.lab, {width}x{height} 4:2:0, 8 bit, one core. {machine()}")
    console.print(_speeds(photographs(width, height, "4:2:0", 8), options.seconds))


def _speeds(frame: Frame, budget: float) -> Table:
    names = [f"{title} {side}x{side}" for side in SIDES for title in ("luma Mpx/s", "of cfl", "times NumPy")]
    table = Table("predictor", *names)
    jobs = [job_of(frame, Partition.of(frame, side)) for side in SIDES]
    cells: dict[str, list[str]] = {name: [] for name in VERSIONS}
    for job in jobs:
        for name in VERSIONS:  # what is compared is measured in turn, so that what else runs slows it alike
            of_cfl, own = (_kernel_seconds(each, job, budget) for each in ("cfl", name))
            numpy = _numpy_seconds(name, job)
            cells[name] += [
                f"{frame.y.size / own / 1e6:,.1f}", f"{of_cfl / own:.2f}", f"{numpy / own:,.0f}",
            ]  # fmt: skip
    for name, row in cells.items():
        table.add_row(name, *row)
    return table


def _kernel_seconds(name: str, job: Job, budget: float) -> float:
    """For both planes; without what is done once for a picture."""
    predictor = find(name)
    predictor._prepare()
    best, left = float("inf"), budget
    while left > 0:
        start = time.process_time()
        predictor._run(job)
        seconds = time.process_time() - start
        best, left = min(best, seconds), left - seconds
    return best


def _numpy_seconds(name: str, job: Job) -> float:
    """For both planes, from a sample of blocks."""
    from cfl.lab.block_kernels import block_for_python

    picks = np.random.default_rng(0).choice(len(job.places), min(SAMPLED_BLOCKS, len(job.places)), False)
    blocks = [block_for_python(job.given(plane), job.places[k], True) for plane in (0, 1) for k in picks]
    function = VERSIONS[name]
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        for block in blocks:
            function(block)
        best = min(best, time.process_time() - start)
    return best * len(job.places) / len(picks)
