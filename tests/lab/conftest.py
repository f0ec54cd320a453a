"""Small pictures, and the laboratory's command line as a process."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from processes import environment

IMAGES = Path(__file__).parents[2] / "images"


@pytest.fixture(scope="session")
def three_pictures(tmp_path_factory):
    """A folder with parts of three photographs, 48x32 each."""
    folder = tmp_path_factory.mktemp("pictures")
    for index, name in enumerate(("astronaut.png", "chelsea.png", "coffee.png")):
        with Image.open(IMAGES / name) as image:
            image.convert("RGB").crop((100, 60 + 8 * index, 148, 92 + 8 * index)).save(folder / name)
    return folder


@pytest.fixture
def cfl(tmp_path):
    """``cfl(*words, status=0)``: run in an empty folder, and check the status."""

    def run(*words, status=0):
        done = subprocess.run(
            [sys.executable, "-m", "cfl", *map(str, words)],
            cwd=tmp_path,
            env=environment(COLUMNS="200"),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == status, done.stderr
        return done

    return run


@pytest.fixture
def noise():
    """RGB, 32 rows of 48."""
    return np.random.default_rng(0).integers(0, 256, (32, 48, 3)).astype(np.uint8)
