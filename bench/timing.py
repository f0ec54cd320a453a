"""Time by the clock, made repeatable: the least of many runs."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def best_of(work: Callable[[], Any], seconds: float = 0.7, least: int = 3) -> float:
    """The shortest time of a call in seconds, over at least `least` calls and about `seconds` in all."""
    work()
    best, start, calls = float("inf"), time.perf_counter(), 0
    while calls < least or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - before)
        calls += 1
    return best


def module_seconds(*words: object, cache: Path | None = None) -> float:
    """Seconds of ``python -m WORDS``, as users start it: with bytecode kept. The folder is for kernels."""
    environment = dict(os.environ)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = str(cache)
    command = [sys.executable, "-m", *map(str, words)]
    start = time.perf_counter()
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def machine() -> str:
    """Processor and versions, for the caption of a table."""
    import llvmlite
    import numba
    import numpy as np

    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [
            line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line
        ]
        processor = f"{models[0]}, {len(models)} cores" if models else processor
    return (
        f"{processor}; Python {platform.python_version()}, NumPy {np.__version__}, "
        f"Numba {numba.__version__}, llvmlite {llvmlite.__version__}"
    )
