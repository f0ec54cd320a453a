"""`python -m bench.memory BLOCK`: extra bytes that `cfl.predict` takes at its peak, and the frame's bytes."""

import resource
import sys

import numpy as np

import cfl


def run(arguments: list[str]) -> None:
    """Predict a 10,000x10,000 frame and print the growth of the resident set, and the frame's size."""
    rng = np.random.default_rng(0)
    cfl.predict(_frame(rng, 64), block=arguments[0])
    frame = _frame(rng, 10_000)
    before = _peak()
    prediction = cfl.predict(frame, block=arguments[0])
    print(_peak() - before, frame.nbytes, end="")
    del prediction


def _frame(rng: np.random.Generator, side: int) -> cfl.Frame:
    y, u, v = (rng.integers(0, 256, (size, size), dtype=np.uint8) for size in (side, side // 2, side // 2))
    return cfl.Frame(y, u, v)


def _peak() -> int:
    """Peak resident bytes (Linux counts in KiB, macOS in bytes)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    run(sys.argv[1:])
