"""Every command of the README does what the README shows."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from processes import environment

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def console_sessions():
    """(command, expected output) of each `$` line in the console blocks."""
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for part in block.split("$ ")[1:]:
            command, _, expected = part.partition("\n")
            yield command, expected


def plain(text):
    """Without the layout of tables, and without what only the first run says: words and numbers alone."""
    lines = [line for line in text.splitlines() if not line.startswith("cfl: compiling")]
    return " ".join(re.sub(r"[─━┏┓┗┛┃│┡┩╇┳┻╞╡═]", " ", "\n".join(lines)).split())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The commands run one after the other in a folder with the shipped pictures."""
    path = tmp_path_factory.mktemp("readme")
    for shipped in ("images", "tests/regression/nist"):
        shutil.copytree(ROOT / shipped, path / shipped)
    return path


def run(command, folder):
    words = shlex.split(command)
    words[:1] = [sys.executable, "-m", "cfl"] if words[0] == "cfl" else [sys.executable]
    return subprocess.run(
        words,
        cwd=folder,
        env=environment(COLUMNS="120"),
        capture_output=True,
        text=True,
        timeout=900,
        check=True,
    )


def test_console_sessions(folder):
    for command, expected in console_sessions():
        done = run(command, folder)
        shown = [re.escape(plain(part)) for part in expected.split("\n…\n")]
        assert re.fullmatch(" .*".join(shown).strip(), plain(done.stdout + done.stderr)), command


def test_main_job(folder):
    install, command = re.search(r"<!-- main-job -->\n```sh\n(.*?) && (.*?)\n```", README).groups()
    assert install == "pip install ."
    run(command, folder)
    assert 5_000 < (folder / "coffee.avif").stat().st_size < 12_000


def test_python_examples(folder, monkeypatch):
    import doctest

    monkeypatch.chdir(folder)
    failures, attempts = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert attempts > 10
    assert failures == 0


def test_regression_document(monkeypatch, tmp_path):
    import doctest

    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("FIGURES", str(tmp_path))
    failures, attempts = doctest.testfile(str(ROOT / "docs" / "regression.md"), module_relative=False)
    assert attempts > 30
    assert failures == 0
    assert {path.name for path in tmp_path.iterdir()} == {"regression-line.png", "regression-filip.png"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [(("predict", "--size", "320x180", "--seconds", "0", "--kernels-only"), "32x32 4:4:4")],
)
def test_benchmarks(words, expected):
    assert f"python -m bench {words[0]}" in README
    command = [sys.executable, "-m", "bench", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    assert expected in done.stdout
