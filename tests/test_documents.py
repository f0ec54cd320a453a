"""Every command and every line of code in the README and in the site does what is shown."""

import csv
import importlib
import re
import runpy
import shlex
import shutil
import subprocess
import sys
import tomllib

import numpy as np
import pytest
from documents import PAGES, ROOT, blocks, run, run_page
from processes import environment

import cfl

README = (ROOT / "README.md").read_text()
SHOWN = [page for page in PAGES if any(block.kind in ("console", "pycon") for block in blocks(page))]
COMMANDS = [
    (page.name, line)
    for page in PAGES
    for block in blocks(page)
    if block.kind == "sh"
    for line in block.code.splitlines()
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with what the pages read, under the names that it has in the repository."""
    for shipped in ("images", "examples", "tests/regression/nist"):
        shutil.copytree(ROOT / shipped, tmp_path / shipped)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIGURES", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_page(page, folder):
    run_page(page, folder)


def test_every_block_is_run_or_checked():
    known = {"console", "pycon", "sh"}
    for page in PAGES:
        assert {block.kind for block in blocks(page)} <= known, page


def test_main_job(folder):
    install, command = re.search(r"<!-- main-job -->\n```sh\n(.*?) && (.*?)\n```", README).groups()
    assert install == "pip install ."
    run(command, folder)
    assert 5_000 < (folder / "coffee.avif").stat().st_size < 12_000


@pytest.mark.parametrize("page, line", [c for c in COMMANDS if "pip install" in c[1]])
def test_extras_that_are_installed_exist(page, line):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extras in re.findall(r"\[(.*?)\]", line):
        assert set(extras.split(",")) <= set(project["optional-dependencies"])


OPTIONS = sorted({line for _, line in COMMANDS if re.search(r"python -m (bench|tests\.).* --", line)})


@pytest.mark.parametrize("line", OPTIONS)
def test_options_of_long_commands_exist(line):
    words = shlex.split(line, comments=True)
    start = words.index("-m")
    module = words[start + 1 : start + (3 if words[start + 1] == "bench" else 2)]
    shown = subprocess.run(
        [sys.executable, "-m", *module, "--help"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    ).stdout
    for option in (word for word in words[start:] if word.startswith("--")):
        assert option in shown


def test_benchmark_runs():
    words = ("predict", "--size", "320x180", "--seconds", "0", "--kernels-only")
    command = [sys.executable, "-m", "bench", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True)
    assert "32x32 4:4:4" in done.stdout


def test_benchmark_of_compression_runs(tmp_path):
    """An encode is as large as what `cfl.encode` makes, but for the boxes of AVIF."""
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    cfl.write(tmp_path / "noise.png", cfl.rgb_to_frame(rgb))
    others = [word for name in ("libaom-iq", "svtav1", "svtav1encapp", "rav1e") for word in (f"--{name}", "")]
    outputs = ["--csv", tmp_path / "rd.csv", "--figure", tmp_path / "rd.png"]
    words = ["rd", tmp_path, "--cfl", "10", *others, "--libaom", "6", *outputs]
    command = [sys.executable, "-m", "bench", *words]
    subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, timeout=300, check=True)
    rows = list(csv.DictReader((tmp_path / "rd.csv").open()))
    assert [row["encoder"] for row in rows].count("cfl:10") == len(rows) / 2 == 5
    at_60 = next(row for row in rows if row["encoder"] == "cfl:10" and row["setting"] == "60")
    frame = cfl.read(tmp_path / "noise.png", subsampling="4:2:0")
    assert 0 < len(cfl.encode(frame, quality=60, speed=10, tune="psnr")) - int(at_60["bytes"]) < 500
    assert (tmp_path / "rd.png").stat().st_size > 0


PUBLIC = (
    "cfl", "ablation", "container", "frames", "inspection", "lab", "metrics", "prediction", "regression",
    "viewer", "comparison",
)  # fmt: skip


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_has_a_page(name):
    """In the reference of its own module or, where it is the same object, in that of `cfl`."""
    module = cfl if name == "cfl" else importlib.import_module(f"cfl.{name}")
    page = (ROOT / "docs" / "reference" / f"{name}.md").read_text()
    main = (ROOT / "docs" / "reference" / "cfl.md").read_text()
    for public in module.__all__:
        if hasattr(module, "__path__") and public in (*PUBLIC, "errors"):
            continue
        is_main = getattr(cfl, public, None) is getattr(module, public)
        shown = main if is_main else page
        assert re.search(rf"(^   |`){public}(`|$)", shown, re.MULTILINE), public


def test_readme_is_short():
    assert len(README.splitlines()) <= 150


PATHS = sorted(
    {
        (page.name, path)
        for page in PAGES
        for path in re.findall(r"`((?:cfl|tests|bench|docs|examples|images)/[\w./]+)`", page.read_text())
    }
)


@pytest.mark.parametrize("page, path", PATHS)
def test_paths_in_documents_exist(page, path):
    assert (ROOT / path).exists()


def test_links_of_the_readme_lead_somewhere():
    links = re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", README)
    assert len(links) > 10
    for link in links:
        assert (ROOT / link.partition("#")[0]).exists(), link


def test_absolute_links():
    names = runpy.run_path(str(ROOT / "docs" / "absolute_links.py"))
    text = names["absolute"](README, "https://example.org/cfl/")
    assert "](https://example.org/cfl/docs/pictures/inspection.png)" in text
    assert not re.search(r"\]\((?!https:)", text)
    assert len(text) > len(README)
