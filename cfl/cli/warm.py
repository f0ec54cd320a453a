"""`cfl warm`."""

import time

from cfl.cli import output
from cfl.warming import cores, jobs, warm


def run(processes: int | None) -> None:
    """Compile everything, with a bar on a terminal and a line for each part elsewhere."""
    start = time.perf_counter()
    console = output.console()
    count = len(jobs())
    with output.progress("compiling", count) as advance:
        for name, seconds in warm(processes or cores()):
            advance()
            if not console.is_terminal:
                console.print(f"{name}: {seconds:.1f} s")
    console.print(f"All kernels are compiled. It took {time.perf_counter() - start:.1f} s.")
