"""The code blocks of the README and of the site's pages, and how each kind is run.

`console`
    Each line that begins with `$` is a command; what follows it is what it prints, `…` alone on a line being
    anything. The layout of tables is not compared.
`pycon`
    An interactive session, run by doctest. All sessions of a page are one.
`sh`
    Commands that change the environment or take hours. They are not run, but see `test_documents.py`.
"""

import doctest
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from processes import environment

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]


class Block(NamedTuple):
    """A fenced block; `line` is that of its first line of code, from 1 on."""

    kind: str
    code: str
    line: int


def blocks(page):
    """The fenced blocks of a page, directives of the site (`{name}`) left out."""
    text = page.read_text()
    for match in re.finditer(r"^```(\S*).*?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        if not match[1].startswith("{"):
            yield Block(match[1], match[2], text[: match.start(2)].count("\n") + 1)


def run_page(page, folder):
    """Run every block of a page in a folder, in order; the current folder must be that one, too."""
    names = {}
    for block in blocks(page):
        if block.kind == "console":
            _run_console(page, block, folder)
        elif block.kind == "pycon":
            _run_session(page, block, names)


def _run_console(page, block, folder):
    for part in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        done = run(command, folder)
        pieces = [plain(piece) for piece in re.split(r"^…\n", expected, flags=re.MULTILINE)]
        pattern = "(.* )?".join(re.escape(f"{piece} ") if piece else "" for piece in pieces)
        printed = plain(done.stdout + done.stderr)
        assert re.fullmatch(pattern, f"{printed} " if printed else ""), (
            f"{page.name}, line {block.line}: $ {command}\n{printed}"
        )


def run(command, folder):
    """Run `cfl …` or `python …` in a folder."""
    words = shlex.split(command)
    words[:1] = [sys.executable, "-m", "cfl"] if words[0] == "cfl" else [sys.executable]
    done = subprocess.run(
        words,
        cwd=folder,
        env=environment(COLUMNS="120"),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, f"$ {command}\n{done.stderr}"
    return done


def plain(text):
    """Without the layout of tables, and without what only the first run says: words and numbers alone."""
    lines = [line for line in text.splitlines() if not line.startswith("cfl: compiling")]
    return " ".join(re.sub(r"[─━┏┓┗┛┃│┡┩╇┳┻╞╡═]", " ", "\n".join(lines)).split())


def _run_session(page, block, names):
    test = doctest.DocTestParser().get_doctest(block.code, names, page.name, str(page), block.line - 1)
    runner = doctest.DocTestRunner(verbose=False)
    report = []
    runner.run(test, out=report.append, clear_globs=False)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)
    names.update(test.globs)
