"""What the code of a kernel depends on: the sources of its module, and of all that this imports."""

import hashlib
import os
import re
import sys
import time
from functools import cache
from pathlib import Path

_IMPORT = re.compile(
    rb"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)|import[ \t]+([^\n#]+))", re.MULTILINE
)
_COMMENT = re.compile(rb"#[^\n]*")
_NAME = re.compile(rb"(?:^|,)\s*([.\w]+)")
_START = time.time()
"""Modules are imported from about now on."""


@cache
def digest_of_sources(module: str) -> str | None:
    """A digest of a module's source, and of those of its own package that it imports, directly or not.

    Only what files hold counts, not their folder or date. The import lines are found by their look, those
    inside functions too; a line that only looks like an import costs a needless digest and no more.

    Parameters
    ----------
    module : str
        A module that has been imported, ``"cfl.av1.tile.walk"``. Its package is what is before the first dot.

    Returns
    -------
    digest : str or None
        Hexadecimal; None if it is not known: the source of the module cannot be read, as in an interactive
        session, or a file has changed since this process began, which may have imported it before.
    """
    package = module.partition(".")[0]
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [inner for path in _files(package).get(name, ()) for inner in _read(path, name)[1]]
    files = [(name, path) for name in sorted(found) for path in _files(package).get(name, ())]
    times = [os.stat(path).st_mtime for _, path in files]  # noqa: PTH116 - fast
    if not files or any(_START < changed < time.time() for changed in times):
        return None
    digest = hashlib.sha256()
    for name, path in files:
        digest.update(f"{name}\0{path[-3:]}\0".encode() + _read(path, name)[0])
    return digest.hexdigest()


@cache
def root_of(module: str) -> Path | None:
    """The folder of the package that a module belongs to; None if it belongs to none."""
    file = getattr(sys.modules.get(module.partition(".")[0]), "__file__", None)
    path = Path(file or "")
    return path.parent if path.stem == "__init__" and path.is_file() else None


@cache
def _files(package: str) -> dict[str, list[str]]:
    """The files with the source of each module of a package; of a lazy package the stub too.

    (The stub says what the package imports.) A module outside packages is one of its own.
    """
    root = root_of(package)
    if root is None:
        file = getattr(sys.modules.get(package), "__file__", None)
        return {package: [file]} if file and os.path.isfile(file) else {}  # noqa: PTH113 - fast
    found: dict[str, list[str]] = {}
    for folder, inner, names in os.walk(root):
        inner[:] = [name for name in inner if name.isidentifier() and name != "__pycache__"]
        path = f"{package}.{folder[len(str(root)) + 1 :].replace(os.sep, '.')}".strip(".")
        for name in sorted(names):
            stem, _, kind = name.partition(".")
            if stem == "__init__" and kind in ("py", "pyi"):
                found.setdefault(path, []).append(f"{folder}{os.sep}{name}")
            elif kind == "py":
                found.setdefault(f"{path}.{stem}", []).append(f"{folder}{os.sep}{name}")
    return found


@cache
def _read(path: str, module: str) -> tuple[bytes, set[str]]:
    """The digest of a file of a module, and the modules of the same package that it imports."""
    with open(path, "rb") as file:  # noqa: PTH123 - fast
        source = file.read()
    is_package = os.path.basename(path).startswith("__init__.")  # noqa: PTH119 - fast
    package = module if is_package else module.rpartition(".")[0]
    names = {name for match in _IMPORT.finditer(source) for name in _modules(package, *match.groups())}
    root = f"{module.partition('.')[0]}."
    return hashlib.sha256(source).digest(), {name for name in names if f"{name}.".startswith(root)}


def _modules(package: str, origin: bytes | None, names: bytes | None, plain: bytes | None) -> list[str]:
    """The modules that an import line in a module of `package` may name."""
    if plain is not None:
        return [name.decode() for name in _NAME.findall(plain)]
    assert origin is not None and names is not None
    path = origin.decode()
    inner = path.lstrip(".")
    dots = len(path) - len(inner)
    if dots:
        base = package.split(".")
        path = ".".join(filter(None, [*base[: len(base) - dots + 1], inner]))
    return [
        path,
        *(f"{path}.{name.decode()}" for name in _NAME.findall(_COMMENT.sub(b"", names).strip(b"( )\n"))),
    ]
