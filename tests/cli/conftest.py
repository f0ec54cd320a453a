"""Run the command line as its users do: as a process."""

import subprocess
import sys
from pathlib import Path

import pytest
from processes import environment

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "images"
NOTICE = "cfl: compiling what this needs"
"""Begins the line that a command prints if no test before it has compiled what it needs."""


@pytest.fixture
def cfl(tmp_path):
    """``cfl(*words, status=0)``: run in an empty folder, check the status; stderr is without `NOTICE`."""

    def run(*words, status=0, environ=None, keep_notice=False, **options):
        done = subprocess.run(
            [sys.executable, "-m", "cfl", *map(str, words)],
            cwd=tmp_path,
            env=environment(COLUMNS="120") | (environ or {}),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            **options,
        )
        assert done.returncode == status, done.stderr
        if not keep_notice and isinstance(done.stderr, str):
            lines = done.stderr.splitlines(keepends=True)
            done.stderr = "".join(line for line in lines if not line.startswith(NOTICE))
        return done

    return run


@pytest.fixture
def images():
    """The shipped pictures' folder."""
    return IMAGES
