"""Run the command line as its users do: as a process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "images"


@pytest.fixture
def cfl(tmp_path):
    """``cfl(*words, status=0)``: run in an empty folder, check the exit status, give stdout and stderr."""

    def run(*words, status=0, environ=None, **options):
        path = os.pathsep.join(filter(None, sys.path))
        done = subprocess.run(
            [sys.executable, "-m", "cfl", *map(str, words)],
            cwd=tmp_path,
            env=os.environ | {"COLUMNS": "120", "PYTHONPATH": path} | (environ or {}),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            **options,
        )
        assert done.returncode == status, done.stderr
        return done

    return run


@pytest.fixture
def images():
    """The shipped pictures' folder."""
    return IMAGES
