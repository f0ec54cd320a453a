"""How long a first command takes: with nothing compiled, in a second environment, warm, from a wheel."""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.timing import machine

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "images" / "coffee.png"


def run(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser("python -m bench start", description=__doc__)
    parser.add_argument("--wheel", type=Path, help="of `python -m tools.compiled_wheel` (default: left out)")
    parser.add_argument("--rounds", type=int, default=3, help="of what is warm (default: %(default)s)")
    options = parser.parse_args(arguments)
    console = Console(width=110)
    console.print(f"`cfl encode images/coffee.png`, as the first command. {machine()}")
    table = Table("start", "seconds", "processor seconds", "bytes")
    with tempfile.TemporaryDirectory() as work:
        for name, *measured in _starts(Path(work), options.wheel, options.rounds):
            table.add_row(name, *measured)
    console.print(table)


def _starts(work: Path, wheel: Path | None, rounds: int) -> list[tuple[str, ...]]:
    """The rows: each start in the order in which it is possible."""
    first, second = (_environment(work / name, ROOT) for name in ("first", "second"))
    rows = [
        ("nothing compiled", *_encode(first, work / "cache")),
        ("second environment", *_encode(second, work / "cache")),
    ]
    warm = min((_encode(first, work / "cache") for _ in range(rounds)), key=lambda row: float(row[0]))
    rows.append(("warm", *warm))
    if wheel is not None:
        third = _environment(work / "third", wheel)
        rows.append(("compiled wheel, no cache", *_encode(third, work / "empty")))
    return rows


def _environment(folder: Path, source: Path) -> Path:
    """The Python of a new environment with the package; what it needs comes from the one that runs this."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    others = [path for path in sys.path if path.endswith("site-packages")]
    (site,) = folder.glob("[Ll]ib/**/site-packages")
    command = [python, "-m", "pip", "install", "-q", "--no-deps", source]
    subprocess.run(command, env=_environ(), check=True, stdout=subprocess.DEVNULL)
    (site / "others.pth").write_text("\n".join(others))
    return python


def _environ() -> dict[str, str]:
    """That of this process, but with nothing of the checkout to import."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _encode(python: Path, cache: Path) -> tuple[str, str, str]:
    """Seconds, processor seconds of all processes, and the bytes of the file."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "coffee.avif")
        environ = {**_environ(), "NUMBA_CACHE_DIR": str(cache)}
        before, start = _processor_seconds(), time.perf_counter()
        command = [python, "-m", "cfl", "encode", PICTURE, "-o", out]
        subprocess.run(command, env=environ, cwd=folder, check=True, capture_output=True)
        seconds, used = time.perf_counter() - start, _processor_seconds() - before
        return f"{seconds:.1f}", f"{used:.1f}", str(out.stat().st_size)


def _processor_seconds() -> float:
    """Of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
