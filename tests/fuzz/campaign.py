"""Runs of mutated files through the decoder, in processes of their own, and what is wrong with them.

Whatever a file holds, `decode` yields frames or raises `CflError`. Everything else is a finding: another
exception, a crash of the process, no end within the time, memory beyond the bound, or samples that dav1d
has not.

    campaign ──▶ worker process: mutation ──▶ decode ──▶ a line of its outcome ──▶ campaign
        └── starts another where one crashes or hangs
"""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).parent.parent

MAX_PIXELS = 1 << 20
MAX_GROWTH = 160 << 20
"""Bytes by which the peak of memory may grow while a file is decoded: 16 a pixel, and 140 MiB."""
SECONDS_A_FILE = 20.0
SECONDS_TO_START = 600.0
LINES_TO_START = 100
"""A worker's first files may have to compile: they may take longer."""


FINE = ("frames", "compared", "error")


@dataclass
class Report:
    """What a campaign found."""

    outcomes: dict[str, int] = field(default_factory=dict)
    findings: list[dict] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, line):
        self.outcomes[line["outcome"]] = self.outcomes.get(line["outcome"], 0) + 1
        if line["outcome"] not in FINE:
            self.findings.append(line)

    def __str__(self):
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self.outcomes.items()))
        return f"{counts}; {self.seconds:.0f} s"


def run(seed, count, *, first=0, workers=2, environment=None, worker="fuzz.worker", seconds=SECONDS_A_FILE):
    """Decode the mutations `first` to ``first + count - 1`` of a seed.

    Parameters
    ----------
    seed, count, first, workers : int
    environment : dict, optional
        Variables for the workers.
    worker : str
        Their module.
    seconds : float
        What a file may take.

    Returns
    -------
    Report
    """
    report, lock = Report(), threading.Lock()
    start = time.monotonic()
    step = -(-count // workers)

    def supervise(begin):
        command = [sys.executable, "-m", worker, str(seed)]
        for line in _lines(command, begin, min(begin + step, first + count), environment or {}, seconds):
            with lock:
                report.add(line | {"seed": seed})

    threads = [
        threading.Thread(target=supervise, args=(begin,)) for begin in range(first, first + count, step)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report.seconds = time.monotonic() - start
    return report


def _lines(command, begin, end, environment, seconds):
    """What workers say of a range of files; after a crash or a hang another goes on behind that file."""
    while begin < end:
        process = subprocess.Popen(
            [*command, str(begin), str(end)],
            cwd=TESTS,
            env=_environment() | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        watch = _Watch(process, seconds)
        for text in process.stdout:
            line = json.loads(text)
            watch.reset()
            if line["outcome"] != "begin":
                begin = line["number"] + 1
                yield line
        code = process.wait()
        watch.stop()
        if code or watch.expired:
            yield {
                "outcome": "hang" if watch.expired else "crash",
                "number": begin,
                "message": f"exit code {code}: {watch.errors[-2000:]}",
            }
            begin += 1
        if not watch.started:
            return  # nor will it start another time


def _environment():
    root = str(TESTS.parent)
    paths = [root, str(TESTS), os.environ.get("PYTHONPATH", "")]
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in paths if path)}


class _Watch:
    """Kills a process that is silent for too long, and keeps what it says of errors."""

    def __init__(self, process, seconds):
        self.process, self.seconds = process, seconds
        self.lines = 0
        self.expired = False
        self.errors = ""
        self._deadline = time.monotonic() + SECONDS_TO_START
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._read, self._wait)]
        for thread in self._threads:
            thread.start()

    @property
    def started(self):
        """Whether the process has said anything."""
        return self.lines > 0

    def reset(self):
        """The process has said something: so long it may take until the next time."""
        self.lines += 1
        # The first files may have to compile.
        self._deadline = time.monotonic() + (
            self.seconds if self.lines > LINES_TO_START else SECONDS_TO_START
        )

    def stop(self):
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _read(self):
        self.errors = self.process.stderr.read()

    def _wait(self):
        while not self._stopped.wait(0.2):
            if time.monotonic() > self._deadline:
                self.expired = True
                self.process.kill()
                return


def peak_memory():
    """The most bytes that this process has had resident."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def checked(cache_folder):
    """The environment for a campaign with bounds checks in the kernels, which are compiled for it."""
    return {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(cache_folder)}
