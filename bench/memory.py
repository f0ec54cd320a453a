"""`python -m bench.memory BLOCK`: extra bytes that `cfl.predict` takes at its peak, and the frame's bytes."""

import sys
from pathlib import Path

import numpy as np

import cfl

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


def run(arguments: list[str]) -> None:
    """Predict a 10,000x10,000 frame; print how far the resident set grew, and the frame's bytes."""
    rng = np.random.default_rng(0)
    cfl.predict(_frame(rng, 64), block=arguments[0])
    frame = _frame(rng, 10_000)
    forget_peak()
    before = peak()
    prediction = cfl.predict(frame, block=arguments[0])
    print(peak() - before, frame.nbytes, end="")
    del prediction


def _frame(rng: np.random.Generator, side: int) -> cfl.Frame:
    y, u, v = (rng.integers(0, 256, (size, size), dtype=np.uint8) for size in (side, side // 2, side // 2))
    return cfl.Frame(y, u, v)


def forget_peak() -> None:
    """Start the peak anew from what is resident now (Linux); elsewhere it stays that of the whole process."""
    if CLEAR.exists():
        CLEAR.write_text("5")


def peak() -> int:
    """Peak resident bytes."""
    if STATUS.exists():
        (line,) = (line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    run(sys.argv[1:])
