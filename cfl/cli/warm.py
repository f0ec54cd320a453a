"""`cfl warm`."""

import sys
import time

from cfl.cli import output
from cfl.threads import cores
from cfl.warming import jobs, warm


def run(processes: int | None) -> None:
    """Compile everything, with a bar on a terminal and a line for each part elsewhere."""
    start = time.perf_counter()
    count = len(jobs())
    with output.progress("compiling", count) as advance:
        for name, seconds in warm(processes or cores()):
            advance()
            if not sys.stderr.isatty():
                output.remark(f"{name}: {seconds:.1f} s")
    output.show([f"All kernels are compiled. It took {time.perf_counter() - start:.1f} s."])
