"""The digest of sources: which files it depends on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FORMS = {
    "plain": "from p.b import f\n",
    "in parentheses": "from p.b import (  # why\n    f,\n)\n",
    "a module of a package": "from p import b\n",
    "one of several": "from p import (\n    c,  # c first\n    b,\n)\n",
    "another name": "import os, p.b as other\n",
    "relative": "from . import b\n",
    "relative, with a path": "from .b import f\n",
    "inside a function": "def g():\n    from p.b import f\n    return f\n",
    "by way of another module": "import p.by_way\n",
    "by way of a stub": "from p.lazy import f\n",
}
OTHERS = {
    "__init__.py": "",
    "b.py": "f = 1\n",
    "c.py": "",
    "by_way.py": "from .b import f\n",
    "lazy/__init__.py": "from p.by_way import f\n",
    "lazy/__init__.pyi": "from ..b import f as f\n",
}
PROGRAM = "import p.a; from cfl.simd.sources import digest_of_sources; print(digest_of_sources('p.a'))"


@pytest.fixture
def digest(tmp_path):
    """A function that gives the digest of a package's module `a`, each time of another installation."""

    def digest(a, **changed):
        folder = tmp_path / os.urandom(6).hex()
        for name, text in {**OTHERS, "a.py": a, **{f"{n}.py": text for n, text in changed.items()}}.items():
            path = folder / "p" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            os.utime(path, (1e9, 1e9))
        environ = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
        command = [sys.executable, "-c", PROGRAM]
        return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout.strip()

    return digest


@pytest.mark.parametrize("form", FORMS)
def test_an_import_is_found(digest, form):
    before = digest(FORMS[form])
    assert len(before) == 64
    assert digest(FORMS[form]) == before
    assert digest(FORMS[form], b="f = 2\n") != before


def test_what_is_not_imported_does_not_count(digest):
    assert digest(FORMS["plain"], c="f = 2\n") == digest(FORMS["plain"])


def test_the_module_itself_counts(digest):
    assert digest("f = 1\n") != digest("f = 2\n")


def test_where_a_source_is_counts(digest):
    text = "from p import b, c\n"
    assert digest(text, b="x = 1\n", c="f = 1\n") != digest(text, b="f = 1\n", c="x = 1\n")


def test_no_source_no_digest():
    code = "from cfl.simd.sources import digest_of_sources as d; print(d('__main__'), d('no.such'), d('sys'))"
    out = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert out == "None None None\n"
