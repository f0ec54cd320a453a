"""A small package with kernels, and processes that use it and tell what they had to compile."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]

FILES = {
    "toy/__init__.py": "",
    "toy/inner.py": "from cfl.simd.kernel import stage\n\n@stage\ndef inner(x):\n    return x + 1\n",
    "toy/outer.py": (
        "from cfl.simd.kernel import entry\nfrom toy.inner import inner\n\n"
        "@entry\ndef outer(x):\n    return inner(x) * 10\n"
    ),
    "toy/unrelated.py": "A = 1\n",
}

PROGRAM = """
import json, sys
from numba.core import event

compiled = []

class Listener(event.Listener):
    def on_start(self, event):
        compiled.append(event.data["dispatcher"].py_func.__name__)

    def on_end(self, event):
        pass

event.register("numba:compile", Listener())
{before}
from toy.outer import outer
results = [outer(x) for x in json.loads(sys.argv[1])]
print(json.dumps([results, [name for name in compiled if name in ("inner", "outer")]]))
"""


class Run(NamedTuple):
    """What a process has computed, and what it has compiled for that."""

    results: list
    compiled: list
    errors: str


def write(folder: Path, **changed: str) -> Path:
    """Write the package, its files as old as if they had been installed long ago."""
    for name, text in {**FILES, **{f"toy/{name}.py": text for name, text in changed.items()}}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        os.utime(path, (1e9, 1e9))
    return folder


def start(folder: Path, environ: dict, arguments=(4,), before: str = "") -> subprocess.Popen:
    """A process that calls the package's kernel with each argument."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.replace("{before}", before), json.dumps(arguments)],
        env={
            **inherited,
            "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",
            **environ,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> Run:
    """What the process has found."""
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    return Run(*json.loads(out), errors)


def run(folder: Path, environ: dict, arguments=(4,), before: str = "") -> Run:
    return finish(start(folder, environ, arguments, before))
