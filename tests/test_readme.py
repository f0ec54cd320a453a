"""Every command of the README does what the README shows."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def console_sessions():
    """(command, expected output) of each `$` line in the console blocks."""
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for part in block.split("$ ")[1:]:
            command, _, expected = part.partition("\n")
            yield command, expected


def plain(text):
    """Without the layout of tables: words and numbers alone."""
    return " ".join(re.sub(r"[─━┏┓┗┛┃│┡┩╇┳┻╞╡═]", " ", text).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The commands run one after the other in a folder with the shipped pictures."""
    path = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "images", path / "images")
    return path


def run(command, folder):
    words = shlex.split(command)
    words[:1] = [sys.executable, "-m", "cfl"] if words[0] == "cfl" else [sys.executable]
    environment = os.environ | {"COLUMNS": "120", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=True
    )


@pytest.mark.xdist_group("readme")
@pytest.mark.parametrize(("command", "expected"), list(console_sessions()))
def test_console(command, expected, folder):
    done = run(command, folder)
    assert plain(done.stdout + done.stderr) == plain(expected)


def test_main_job(folder):
    install, command = re.search(r"<!-- main-job -->\n```sh\n(.*?) && (.*?)\n```", README).groups()
    assert install == "pip install ."
    run(command, folder)
    assert (folder / "coffee-prediction.png").stat().st_size > 10_000


def test_python_examples(folder, monkeypatch):
    import doctest

    monkeypatch.chdir(folder)
    failures, attempts = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert attempts > 10
    assert failures == 0


def test_benchmark(tmp_path):
    assert "python -m bench predict" in README
    words = ["-m", "bench", "predict", "--size", "320x180", "--seconds", "0", "--kernels-only"]
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=300, check=True
    )
    assert "32x32 4:4:4" in done.stdout
