"""Print each kernel that work needs and that no job of `cfl warm` has compiled, a line each.

A process of its own does the jobs, notes which kernels exist with which types, does the work of the commands
on many kinds of pictures and tables, and compares.
"""

import gc
import itertools
import sys
import warnings
from pathlib import Path

import numpy as np
from numba.core.dispatcher import Dispatcher

import cfl
import cfl.lab
from cfl import regression, warming
from cfl.frames import convert_bit_depth, frame_to_gray, resample_chroma


def kernels():
    """Names and types of all that is compiled."""
    return {
        (each.py_func.__module__, each.py_func.__qualname__, str(signature))
        for each in gc.get_objects()
        if isinstance(each, Dispatcher) and each.py_func.__module__.startswith("cfl.")
        for signature in each.overloads
        if "<locals>" not in each.py_func.__qualname__
    }


def pictures():
    rng = np.random.default_rng(0)
    photo = np.cumsum(rng.integers(-9, 10, (72, 104, 4)), axis=1).astype(np.uint8)
    screen = np.repeat(np.repeat(rng.integers(0, 2, (9, 13, 1)) * 200, 8, 0), 8, 1).astype(np.uint8)
    yield np.repeat(screen, 3, axis=2), 8
    yield photo[..., :3], 8
    yield photo, 8
    yield photo[..., 0], 8
    yield photo[..., :3].astype(np.uint16) * 257, 10
    yield photo.astype(np.uint16) * 257, 12


def do_pictures(folder):
    for (samples, depth), subsampling in itertools.product(pictures(), ("4:2:0", "4:2:2", "4:4:4", "4:0:0")):
        for matrix in (6, 0) if subsampling == "4:4:4" else (6,):
            options = {"subsampling": subsampling, "bit_depth": depth, "matrix_coefficients": matrix}
            frame = cfl.rgb_to_frame(samples, **options)
            do_picture(frame, folder)


def do_picture(frame, folder):
    for options in ({"speed": 10}, {"speed": 6}, {"speed": 3, "qindex": 200}, {"lossless": True, "speed": 9}):
        data = cfl.encode(frame, **options)
        decoded = cfl.read(data)
    for ending in ("png", "jpg", "y4m", "yuv"):
        cfl.write(folder / f"x.{ending}", decoded)
    cfl.read(folder / "x.png")
    cfl.inspect(data, reference=frame)
    for other in (frame, convert_bit_depth(frame, 12), frame.replace(full_range=False)):
        cfl.measure(other, decoded)
    frame_to_gray(frame)
    if frame.u is not None:
        if frame.matrix_coefficients:
            resample_chroma(frame, "4:2:0")
        for block, dc, alpha in itertools.product(
            ("8x16", "auto"), ("mean", "neighbours"), ("float", "quantised")
        ):
            cfl.predict(frame, block, dc, alpha)


def do_laboratory():
    @cfl.lab.predictor("test-in-python", compiled=False)
    def in_python(block):
        cfl.lab.neighbours(block, 1)
        cfl.lab.neighbours(block, 6, extended=True)
        return np.zeros(block.luma.shape), 0

    names = [name for name in cfl.lab.predictor_names() if "+" not in name]
    for (samples, depth), subsampling in itertools.product(pictures(), ("4:2:0", "4:2:2", "4:4:4")):
        frame = cfl.rgb_to_frame(samples, subsampling=subsampling, bit_depth=depth)
        for block, quality in (("auto", None), (8, None), (16, 50)):
            cfl.lab.evaluate(frame, [*names, "dc+cccm+cfl"], block=block, quality=quality)


def do_tables():
    rng = np.random.default_rng(1)
    for columns in (1, 3):
        x, y = rng.normal(size=(80, columns)), rng.normal(size=80)
        weights = rng.uniform(1, 2, 80)
        for model in (
            regression.LinearRegression(), regression.LinearRegression(fit_intercept=False),
            regression.Ridge(), regression.HuberRegressor(), regression.TheilSenRegressor(),
            regression.RANSACRegressor(), regression.ClusterwiseRegression(2),
        ):  # fmt: skip
            model.fit(x, y)
            model.fit(x, y, sample_weight=weights)
        regression.Moments().partial_fit(x, y).linear_regression()
    regression.PolynomialRegression(3).fit(x[:, :1], y)


def main():
    for job in warming.jobs():
        job.run()
    before = kernels()
    warnings.simplefilter("ignore")
    do_pictures(Path(sys.argv[1]))
    do_laboratory()
    do_tables()
    for line in sorted(kernels() - before):
        print(*line)


if __name__ == "__main__":
    main()
