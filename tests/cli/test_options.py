"""What all commands have: help with examples, quiet, verbose, completion, man pages; never a traceback."""

import os
import re
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest
import typer
from PIL import Image
from processes import environment

import cfl.cli
from cfl import encode, encode_frames, rgb_to_frame, write
from cfl.cli import output
from cfl.cli.app import app
from cfl.cli.commands import leaves
from tools.man_pages import pages

RGB = np.random.default_rng(0).integers(0, 256, (32, 48, 3)).astype(np.uint8)
COMMANDS = leaves(typer.main.get_command(app))
EXAMPLES = [
    (name, example)
    for name, command in COMMANDS.items()
    for example in re.findall(r"\$ (.*)", command.epilog)
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """What the examples of the commands name."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(RGB).save("photo.png")
    for name in ("photo", "a", "b"):
        (tmp_path / f"{name}.avif").write_bytes(encode(RGB, speed=10))
    for name in ("photos", "originals", "encoded"):
        (tmp_path / name).mkdir()
    shutil.copy("photo.png", "photos/a.png")
    shutil.copy("photo.png", "originals/a.png")
    shutil.copy("photo.avif", "encoded/a.avif")
    write("clip.y4m", [rgb_to_frame(RGB)] * 2)
    units = [each.data for each in encode_frames([rgb_to_frame(RGB)] * 2, speed=10)]
    (tmp_path / "clip.obu").write_bytes(b"".join(units))
    (tmp_path / "table.csv").write_text("x,cost\n" + "\n".join(f"{i},{2 * i + i % 3}" for i in range(20)))
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch, capfd):
    """``run(*words)``: the command line in this process; give its status, standard output and error."""
    monkeypatch.setattr("cfl.cli.interrupts.end_on_interrupts", lambda: None)
    monkeypatch.setattr(output.settings, "quiet", False)

    def call(*words):
        with pytest.raises(SystemExit) as ended:
            cfl.cli.main([str(word) for word in words])
        printed = capfd.readouterr()
        return ended.value.code, printed.out, printed.err

    return call


def test_each_command_ends_with_two_examples(run):
    for name in COMMANDS:
        status, text, _ = run(*name.split(), "-h")
        assert status == 0
        assert len(re.findall(r"^ +\$ cfl ", text.partition("Examples:")[2], re.MULTILINE)) == 2, name


@pytest.mark.parametrize("name, example", [pair for pair in EXAMPLES if pair[0] != "warm"])
def test_examples_do_what_they_say(run, folder, name, example):
    if name == "lab report":
        run(*shlex.split("lab run photos --predictors cfl,dc --blocks 8 --qualities '' -o results"))
    if "clip.ivf" in example:
        run("encode", "clip.y4m", "-o", "clip.ivf", "-s", "10")
    words = shlex.split(example)[1:]
    if "-o" in words and words[words.index("-o") + 1] == "-":
        words[words.index("-o") + 1] = "standard-output"
    status, _, err = run(*words)
    assert status == 0, err


def test_commands_are_grouped_by_purpose(run):
    status, text, _ = run("--help")
    assert status == 0
    places = [
        text.index(words)
        for words in ("Make files:", "\n  encode ", "Look into", "\n  inspect ", "Compare:", "\n  fit ")
    ]
    assert places == sorted(places)
    assert "More:" not in text


def test_version(run):
    assert run("-V") == run("--version") == (0, f"cfl {cfl.__version__}\n", "")


def test_help_is_instant():
    """It loads neither NumPy nor Numba; twice the time of a bare interpreter with Typer is the limit."""
    words = [sys.executable, "-X", "importtime", "-m", "cfl", "--help"]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=100, check=True)
    assert not re.search(r"\| +(numpy|numba|PIL|scipy|rich\.progress)$", done.stderr, re.MULTILINE)


def test_quiet_and_verbose(run, folder):
    assert run("inspect", "photo.avif", "--quiet") == (0, "", "")
    assert run("inspect", "missing.avif", "--quiet")[2].startswith("cfl: error: missing.avif")
    words = [sys.executable, "-m", "cfl", "encode", "photo.png", "-o", "x.avif", "-s", "10", "--verbose"]
    done = subprocess.run(words, env=environment(), capture_output=True, text=True, timeout=300, check=True)
    assert "cfl: photo.png: read as a picture or video\n" in done.stderr
    assert re.search(r"cfl: Frame\(48x32, .*: qindex 87 at speed 10 makes \d+ bytes", done.stderr)


def test_no_color_is_whole(folder):
    """On a terminal, with NO_COLOR set, no escape code that colours or makes bold."""
    script = (
        "import pty, sys; sys.exit(pty.spawn([sys.executable, '-m', 'cfl', 'encode', 'photo.png', "
        "'-o', 'x.avif', '-s', '10']) >> 8)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(NO_COLOR="1", TERM="xterm-256color"), capture_output=True, timeout=300, check=True,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert b"bits per pixel" in done.stdout
    assert not re.search(rb"\x1b\[[0-9;]*m", done.stdout.replace(b"\x1b[0m", b""))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell):
    variables = {"_CFL_COMPLETE": f"complete_{shell}", "COMP_WORDS": "cfl enc", "COMP_CWORD": "1"}
    variables |= {"_TYPER_COMPLETE_ARGS": "cfl enc", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = subprocess.run(
        [sys.executable, "-m", "cfl"],
        env=environment(**variables), capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert "encode" in done.stdout


def test_man_pages_are_those_of_the_commands():
    """Make them anew by `python -m tools.man_pages man/`."""
    from documents import ROOT

    assert {path.name: path.read_text() for path in (ROOT / "man").iterdir()} == pages()


def test_man_pages_are_roff(tmp_path):
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    from documents import ROOT

    for path in sorted((ROOT / "man").iterdir()):
        done = subprocess.run(
            [groff, "-man", "-ww", "-Tutf8", "-k", path], capture_output=True, timeout=100, check=True
        )
        assert done.stderr == b"" and b"SYNOPSIS" in re.sub(rb".\x08|\x1b\[[0-9;]*m", b"", done.stdout)


HUGE = "9" * 40
VALUES = [
    "",
    "0",
    "-1",
    "1",
    "3",
    "1e9",
    "nan",
    "inf",
    "x",
    "4:2:0",
    "420",
    "64x48",
    "0x0",
    "a,b",
    "30,60",
    "/",
]
VALUES += ["missing/x", "é\udcff", HUGE, "auto", "photo.png", "-"]
INPUTS = {"encode": "photo.png", "decode": "photo.avif", "inspect": "photo.avif", "predict": "photo.png",
          "measure": "photo.png", "ablate": "photo.png", "fit": "table.csv", "lab run": "photo.png",
          "lab report": "results"}  # fmt: skip
REST = {"encode": ["-o", "x.avif", "-s", "10"], "measure": ["photo.avif"],
        "ablate": ["-s", "10", "-q", "30,60", "--threads", "1"],
        "lab run": ["--predictors", "dc", "--blocks", "8", "--qualities", "", "-o", "x", "--workers", "0"],
        "fit": ["--y", "cost"]}  # fmt: skip


def options_of(name):
    """The long names of options that take a value."""
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name == "option" and not getattr(parameter, "is_flag", False):
            yield max(parameter.opts, key=len)


OPTIONS = [(name, each) for name in INPUTS for each in options_of(name)]


@pytest.mark.parametrize("name, option", OPTIONS)
def test_any_value_of_an_option(run, monkeypatch, name, option):
    """It works or it is refused in one line; nothing else is printed or raised."""
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: PTH123, SIM115
    monkeypatch.setattr("cfl.lab.engine._PATIENCE", "200ms")
    for value in VALUES:
        if option in ("--degree", "--lines") and value == HUGE:
            continue  # a polynomial of any degree is computed, as far as time and memory last
        status, _, err = run(*name.split(), INPUTS[name], *REST.get(name, []), f"{option}={value}")
        assert status in (0, 1, 2, 3), value
        assert "Traceback" not in err, (value, err)
        assert status in (0, 2) or err.strip().splitlines()[-1].startswith("cfl: error: "), (value, err)


@pytest.mark.parametrize("name", INPUTS)
def test_any_input(run, folder, name):
    rng = np.random.default_rng(3)
    (folder / "noise.png").write_bytes(rng.bytes(500))
    (folder / "empty.avif").write_bytes(b"")
    (folder / "vector.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>')
    (folder / "damaged.jxl").write_bytes(b"\x00\x00\x00\x0cJXL \r\n\x87\n" + rng.bytes(100))
    for path in (
        "noise.png",
        "empty.avif",
        "vector.svg",
        "damaged.jxl",
        "missing",
        "photos",
        "/dev/null",
        "",
    ):
        status, _, err = run(name, path, *REST.get(name, []))
        assert status in (1, 2, 3), path
        assert "Traceback" not in err
