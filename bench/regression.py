"""Speed of the regression library: block by block, from streamed moments, and one fit of many samples.

Beside each: what else does the same work, in the same run. "NumPy means" are moment maps written the
obvious way (means of x, y, x², xy, y² over reshaped blocks, 1 pass each), "NumPy einsum" the fastest way
found; both lose digits that `fit_blocks` keeps. scikit-learn is called once a block, on a sample of them.
"""

import os
import resource
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench import fits
from bench.timing import best_of, machine
from cfl.regression import LinearRegression, Moments, fit_blocks

HEIGHT, WIDTH = 1024, 2048
SIDE = 8
SAMPLED_BLOCKS = 200
CHUNK, CHUNKS = 1_000_000, 100
SHAPES = ((1_000_000, 1), (1_000_000, 5), (100_000, 10), (10_000, 3), (2_000, 200), (100, 2))


def run(arguments: list[str]) -> None:
    """Print the tables; `--quick` streams 10⁷ samples rather than 10⁸, `--fits` prints the last only."""
    console = Console(width=160)
    console.print(machine())
    if "--fits" in arguments:
        console.print(fits.table())
        return
    console.print(_blocks())
    console.print(_moments(CHUNKS // 10 if "--quick" in arguments else CHUNKS))
    console.print(_fits())
    console.print(fits.table())


def _blocks() -> Table:
    from sklearn.linear_model import LinearRegression as ScikitLearn

    title = f"fit_blocks, {SIDE}x{SIDE} blocks of {WIDTH}x{HEIGHT}: ns a sample, one core but where said"
    names = ("dtype", "cfl", f"cfl, {os.cpu_count()} cores", "NumPy means", "NumPy einsum", "scikit-learn")
    table = Table(*names, "means : cfl", "einsum : cfl", "scikit-learn : cfl", title=title)
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (HEIGHT, WIDTH))
    y = x // 2 + rng.integers(0, 20, (HEIGHT, WIDTH))
    for dtype in (np.uint8, np.uint16, np.float32, np.float64):
        a, b = x.astype(dtype), y.astype(dtype)
        ours, threaded, means, einsum = (
            best_of(work) / a.size * 1e9
            for work in (
                partial(fit_blocks, a, b, SIDE),
                partial(fit_blocks, a, b, SIDE, n_jobs=-1),
                partial(_numpy_maps, a, b, _mean_of_products),
                partial(_numpy_maps, a, b, _einsum_of_products),
            )
        )
        sampled = [
            (a[:SIDE, k : k + SIDE], b[:SIDE, k : k + SIDE]) for k in range(0, SAMPLED_BLOCKS * SIDE, SIDE)
        ]
        loop = best_of(partial(_scikit_learn_loop, ScikitLearn(), sampled), least=2)
        theirs = loop / (SAMPLED_BLOCKS * SIDE * SIDE) * 1e9
        numbers = (ours, threaded, means, einsum, theirs)
        ratios = (means / ours, einsum / ours, theirs / ours)
        table.add_row(np.dtype(dtype).name, *(f"{n:,.2f}" for n in numbers), *(f"{r:,.1f}" for r in ratios))
    return table


def _numpy_maps(
    x: np.ndarray, y: np.ndarray, mean: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> tuple[np.ndarray, ...]:
    """Slope, intercept, R² and sum of squares of all blocks from moment maps."""
    blocks = (HEIGHT // SIDE, SIDE, WIDTH // SIDE, SIDE)
    a, b = x.reshape(blocks).astype(float), y.reshape(blocks).astype(float)
    mean_a, mean_b = a.mean(axis=(1, 3)), b.mean(axis=(1, 3))
    var_a, cov, var_b = mean(a, a) - mean_a**2, mean(a, b) - mean_a * mean_b, mean(b, b) - mean_b**2
    slope = cov / var_a
    return slope, mean_b - slope * mean_a, slope * cov / var_b, (var_b - slope * cov) * SIDE * SIDE


def _mean_of_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).mean(axis=(1, 3))


def _einsum_of_products(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("iajb,iajb->ij", a, b) / (SIDE * SIDE)


def _scikit_learn_loop(model: Any, blocks: list[tuple[np.ndarray, np.ndarray]]) -> None:
    for x, y in blocks:
        model.fit(x.reshape(-1, 1), y.ravel())


def _moments(chunks: int) -> Table:
    """Stream the same few chunks again and again, as a reader would bring new ones."""
    rng = np.random.default_rng(1)
    parts = []
    for _ in range(4):
        x = rng.normal(size=(CHUNK, 1))
        parts.append((x, 2 * x[:, 0] + 1 + rng.normal(size=CHUNK)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    summed = best_of(lambda: _stream(parts, chunks, lambda x, y: (np.sum(x), np.sum(y))), 0, 2)
    moments = Moments()
    added = best_of(lambda: _stream(parts, chunks, moments.partial_fit), 0, 2)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    gigabytes = chunks * CHUNK * 16 / 1e9
    table = Table("", "seconds", "GB/s", title=f"{chunks * CHUNK:,} samples of (x, y) in chunks, one core")
    table.add_row("plain NumPy sum", f"{summed:.2f}", f"{gigabytes / summed:.1f}")
    table.add_row("Moments.partial_fit", f"{added:.2f}", f"{gigabytes / added:.1f}")
    line = moments.linear_regression()
    table.caption = (
        f"time of moments : sum = {added / summed:.2f}; memory grew by {grown:.0f} MB; "
        f"slope {line.coef_[0]:.6f}, intercept {line.intercept_:.6f}"
    )
    return table


def _stream(parts: list[Any], chunks: int, work: Callable[[np.ndarray, np.ndarray], Any]) -> None:
    for k in range(chunks):
        work(*parts[k % len(parts)])


def _fits() -> Table:
    from sklearn.linear_model import LinearRegression as ScikitLearn

    table = Table(
        "samples", "features", "cfl", "numpy.linalg.lstsq", "scikit-learn", "lstsq : cfl", title="one fit: ms"
    )
    rng = np.random.default_rng(2)
    for n, p in SHAPES:
        X = rng.normal(size=(n, p))
        y = X @ rng.normal(size=p) + 1 + rng.normal(size=n)
        design = np.column_stack([np.ones(n), X])
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ours, lstsq, theirs = (
                best_of(work) * 1e3
                for work in (
                    partial(LinearRegression().fit, X, y),
                    partial(np.linalg.lstsq, design, y, rcond=None),
                    partial(ScikitLearn().fit, X, y),
                )
            )
        table.add_row(
            f"{n:,}", str(p), *(f"{ms:,.2f}" for ms in (ours, lstsq, theirs)), f"{lstsq / ours:.2f}"
        )
    return table
