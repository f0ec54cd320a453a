"""Fit a line to more samples than memory holds: they stay in a file, and only their moments are kept.

python examples/moments_of_large_data.py samples.npy --make 100000000
"""

import argparse
import os
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from pathlib import Path

import numpy as np

from cfl.regression import Moments

CHUNK = 1 << 20


def make_samples(path: Path, count: int) -> None:
    """Write `count` rows (x₁, x₂, y) of y = 2·x₁ − 3·x₂ + 5 + noise, a chunk at a time."""
    samples = np.lib.format.open_memmap(path, "w+", np.float32, (count, 3))
    rng = np.random.default_rng(0)
    for start in range(0, count, CHUNK):
        chunk = samples[start : start + CHUNK]
        chunk[:, :2] = rng.normal(size=(len(chunk), 2))
        chunk[:, 2] = chunk[:, :2] @ [2, -3] + 5 + rng.normal(size=len(chunk))
    samples.flush()


def moments_of(path: Path, start: int, stop: int) -> Moments:
    """The moments of some rows, read in chunks; nothing else of them stays in memory."""
    samples = np.load(path, mmap_mode="r")
    moments = Moments()
    for first in range(start, stop, CHUNK):
        chunk = np.asarray(samples[first : min(first + CHUNK, stop)], np.float64)
        moments.partial_fit(chunk[:, :2], chunk[:, 2])
    return moments


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("samples", type=Path, help="a .npy file of rows (x₁, x₂, y)")
    parser.add_argument("--make", type=int, metavar="N", help="first write such a file with N rows")
    options = parser.parse_args()
    if options.make:
        make_samples(options.samples, options.make)

    rows = len(np.load(options.samples, mmap_mode="r"))
    parts = os.cpu_count() or 1
    ends = [rows * i // parts for i in range(parts + 1)]
    with ThreadPoolExecutor(parts) as pool:
        moments = pool.map(moments_of, [options.samples] * parts, ends[:-1], ends[1:])
        total = reduce(Moments.merge, moments)
    model = total.linear_regression()
    print(f"{rows:,} samples: y = {model.coef_[0]:.3f}·x₁ {model.coef_[1]:+.3f}·x₂ {model.intercept_:+.3f}")


if __name__ == "__main__":
    main()
