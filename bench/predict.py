"""Speed of chroma-from-luma prediction, of the command line's start, and the memory it takes.

(a) predicts both chroma planes from given α and DC: luma AC, scaling, rounding, clipping. (b) also computes
DC_PRED, the least-squares sums and the α of −16…16 with truly the least squared error. Beside them: NumPy
over the whole plane (for (b) with the least-squares α merely rounded), scikit-learn called once a block and
plane (extrapolated from a sample of blocks), and a copy of the same bytes.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.pictures import photographs
from bench.timing import best_of, machine, module_seconds
from cfl.frames import Frame, write_png
from cfl.prediction.planes import Grid, Luma, fit_planes, predict_planes

CASES = (("4:2:0", 4), ("4:2:0", 8), ("4:2:0", 16), ("4:4:4", 32))
SAMPLED_BLOCKS = 200


def run(arguments: list[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser("python -m bench predict", description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1920x1080", help="of the frame (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.7, help="for each number (default: %(default)s)")
    parser.add_argument("--kernels-only", action="store_true", help="leave out the start and the memory")
    options = parser.parse_args(arguments)
    width, height = map(int, options.size.split("x"))
    console = Console(width=130)
    console.print(f"Chroma from luma, {width}x{height}, luma Mpx/s. {machine()}")
    for bit_depth in (8, 10):
        console.print(_speeds(bit_depth, width, height, options.seconds))
    if not options.kernels_only:
        console.print(_start())
        console.print(_memory())


def _speeds(bit_depth: int, width: int, height: int, budget: float) -> Table:
    cores = os.cpu_count() or 1
    table = Table(
        "chroma block", "(a) predict", "(b) fit + predict", f"(b) {cores} cores", "copy", "NumPy (a)",
        "NumPy (b)", "scikit-learn (b)", "(b) : NumPy", "(b) : scikit-learn",
        title=f"{bit_depth} bit, one core but where said",
    )  # fmt: skip
    for subsampling, side in CASES:
        frame = photographs(width, height, subsampling, bit_depth)
        case = _Case(frame, side)
        ways = (
            case.predict, case.fit, lambda case=case: case.fit(cores), case.copy, case.numpy_predict,
            case.numpy_fit,
        )  # fmt: skip
        times = [*(best_of(way, budget) for way in ways), case.sklearn_fit()]
        speeds = [width * height / seconds / 1e6 for seconds in times]
        fit, numpy_fit, sklearn_fit = speeds[1], speeds[5], speeds[6]
        table.add_row(
            f"{side}x{side} {subsampling}",
            *(f"{speed:,.0f}" for speed in speeds[:-1]),
            f"{sklearn_fit:,.3f}",
            f"{fit / numpy_fit:,.0f}",
            f"{fit / sklearn_fit:,.0f}",
        )
    return table


class _Case:
    """One frame and block size, and every way to predict it."""

    def __init__(self, frame: Frame, side: int):
        self.frame, self.side = frame, side
        self.u, self.v = frame.planes[1:]
        self.grid = Grid(self.u.shape[1], self.u.shape[0], side, side)
        self.peak = (1 << frame.bit_depth) - 1
        self.luma = Luma.of(frame.y, frame.subsampling_x, frame.subsampling_y)
        self.out = self.grid.empty_plane(self.u.dtype), self.grid.empty_plane(self.u.dtype)
        self.fitted = self.fit()

    def predict(self) -> None:
        predict_planes(self.luma, self.grid, self.fitted.alpha, self.fitted.dc, peak=self.peak, out=self.out)

    def fit(self, threads: int = 1) -> Any:
        return fit_planes(self.luma, self.u, self.v, self.grid, peak=self.peak, out=self.out, threads=threads)

    def copy(self) -> None:
        for plane in self.frame.planes:
            plane.copy()

    def numpy_predict(self) -> list[np.ndarray]:
        ac = self._numpy_ac()
        return [
            self._numpy_scaled(ac, self._whole(alpha), self._whole(dc))
            for alpha, dc in zip(self.fitted.alpha, self.fitted.dc, strict=True)
        ]

    def numpy_fit(self) -> list[np.ndarray]:
        ac = self._numpy_ac()
        sxx = (ac.astype(np.int64) ** 2).sum(axis=(1, 3))
        predicted = []
        for plane in (self.u, self.v):
            chroma = self._blocks(plane)
            dc = self._numpy_dc(plane)
            sxy = (ac * (chroma - dc[:, None, :, None]).astype(np.int64)).sum(axis=(1, 3))
            alpha = np.clip(np.rint(64 * sxy / np.maximum(sxx, 1)), -16, 16).astype(np.int32)
            predicted.append(self._numpy_scaled(ac, alpha, dc))
        return predicted

    def sklearn_fit(self) -> float:
        """Seconds for the frame, from a sample of blocks."""
        from sklearn.linear_model import LinearRegression

        ac = self._numpy_ac()
        planes = [(self._blocks(plane), self._numpy_dc(plane)) for plane in (self.u, self.v)]
        rows, columns = ac.shape[0], ac.shape[2]
        picks = np.random.default_rng(0).integers(0, rows * columns, SAMPLED_BLOCKS)
        start = time.perf_counter()
        for i, j in zip(*np.divmod(picks, columns), strict=True):
            x = ac[i, :, j].reshape(-1, 1)
            for chroma, dc in planes:
                line = LinearRegression(fit_intercept=False).fit(x, chroma[i, :, j].ravel() - dc[i, j])
                np.clip(np.rint(line.predict(x)) + dc[i, j], 0, self.peak)
        return (time.perf_counter() - start) * rows * columns / SAMPLED_BLOCKS

    def _blocks(self, plane: np.ndarray) -> np.ndarray:
        """Whole blocks as (block row, row, block column, column)."""
        rows, columns = plane.shape[0] // self.side, plane.shape[1] // self.side
        cut = plane[: rows * self.side, : columns * self.side].astype(np.int32)
        return cut.reshape(rows, self.side, columns, self.side)

    def _whole(self, per_block: np.ndarray) -> np.ndarray:
        return per_block[: self.u.shape[0] // self.side, : self.u.shape[1] // self.side].astype(np.int32)

    def _numpy_ac(self) -> np.ndarray:
        sx, sy = self.frame.subsampling_x, self.frame.subsampling_y
        luma = self.frame.y.astype(np.int32)
        luma = luma[0::2] + luma[1::2] if sy else luma
        luma = luma[:, 0::2] + luma[:, 1::2] if sx else luma
        blocks = self._blocks(luma << (3 - sx - sy))
        half = self.side * self.side // 2
        return blocks - ((blocks.sum(axis=(1, 3), keepdims=True) + half) // (2 * half))

    def _numpy_dc(self, plane: np.ndarray) -> np.ndarray:
        side = self.side
        blocks = self._blocks(plane)
        sums = np.zeros((2, *blocks.shape[::2]), np.int32)
        sums[0, 1:], sums[1, :, 1:] = blocks[:-1, -1].sum(axis=-1), blocks[:, :, :-1, -1].sum(axis=1)
        dc = (sums.sum(axis=0) + side) // (2 * side)
        dc[0], dc[:, 0] = (sums[1, 0] + side // 2) // side, (sums[0, :, 0] + side // 2) // side
        dc[0, 0] = (self.peak + 1) // 2
        return dc

    def _numpy_scaled(self, ac: np.ndarray, alpha: np.ndarray, dc: np.ndarray) -> np.ndarray:
        scaled = alpha[:, None, :, None] * ac
        rounded = np.sign(scaled) * ((np.abs(scaled) + 32) >> 6)
        return np.clip(rounded + dc[:, None, :, None], 0, self.peak)


def _start() -> Table:
    """Times of whole processes, the compiler's cache cold and warm."""
    table = Table("process", "seconds", title="Start, 512x512 PNG (best of 3; cold once)")
    with tempfile.TemporaryDirectory() as folder:
        picture, cache = Path(folder) / "picture.png", Path(folder) / "cache"
        write_png(picture, photographs(512, 512, "4:4:4"))
        seconds = partial(module_seconds, "cfl", cache=cache)
        table.add_row("cfl --help", f"{min(seconds('--help') for _ in range(3)):.2f}")
        table.add_row("cfl predict, cold: nothing compiled", f"{seconds('predict', picture):.1f}")
        table.add_row("cfl predict, warm", f"{min(seconds('predict', picture) for _ in range(3)):.2f}")
    return table


def _memory() -> Table:
    """Extra memory of `predict` on 100 megapixels, in a process of its own."""
    table = Table(
        "100 Mpx 8-bit 4:2:0", "extra memory", "times the frame's bytes", title="Memory of cfl.predict"
    )
    for block in ("8", "16x16", "auto"):
        command = [sys.executable, "-m", "bench.memory", block]
        extra, frame = map(
            int, subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        )
        table.add_row(f"block {block}", f"{extra / 2**20:,.0f} MiB", f"{extra / frame:.2f}")
    return table
