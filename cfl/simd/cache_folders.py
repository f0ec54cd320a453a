"""Folders with compiled kernels: which ones there are, and files in them that are whole or absent."""

import contextlib
import hashlib
import os
import stat
import tempfile
import time
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import platformdirs

SUFFIX = ".kernel"
KEPT_DAYS = 60
"""A kernel that has not been used for as long is removed."""
KEPT_BYTES = 1 << 30
"""All kernels together take no more; those that have not been used for longest go first."""

_MAGIC = b"cfl kernel 1\n"
_DIGEST = 32
_DAY = 86400


class KernelCacheWarning(UserWarning):
    """Compiled kernels cannot be kept: every process compiles its own."""


class Folders(NamedTuple):
    """Where compiled kernels of this user lie."""

    readable: tuple[Path, ...]
    writable: Path | None
    """None if there is no folder to write to."""


def folders(chosen: str) -> Folders:
    """The folders to look for kernels in, and the one to put them into.

    Parameters
    ----------
    chosen : str
        What the user has set `NUMBA_CACHE_DIR` to; the kernels go to ``cfl`` in it. If empty, the folder is
        that of the user's caches: ``~/.cache/cfl/kernels`` on Linux. If that cannot be written to, it is
        read all the same, and kernels are put into a folder of this user in the system's temporary one.
    """
    own = Path(chosen or platformdirs.user_cache_dir(appauthor=False), "cfl", "" if chosen else "kernels")
    return _folders(own, not chosen)


@cache
def _folders(own: Path, may_fall_back: bool) -> Folders:
    if _can_write(own, 0o777):
        return Folders((own,), own)
    if may_fall_back:
        with contextlib.suppress(FileNotFoundError):  # there is no temporary folder either
            user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""
            fallback = Path(tempfile.gettempdir(), f"cfl-kernels{user}")
            if _is_private(fallback):
                return Folders((own, fallback), fallback)
    warn_once(own, "it cannot be written to")
    return Folders((own,), None)


@cache
def warn_once(folder: Path, reason: str) -> None:
    """Say in one line that compiled kernels are not kept."""
    text = f"compiled kernels cannot be kept in {folder} ({reason}): each process compiles its own"
    warnings.warn_explicit(text, KernelCacheWarning, "cfl", 0)  # no line of a source with it


def _can_write(folder: Path, mode: int) -> bool:
    """Whether files can be made in a folder, which is created if it is not there."""
    try:
        folder.mkdir(mode=mode, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _is_private(folder: Path) -> bool:
    """Whether a folder, created if need be, is one that nobody else can put a file into: files are code."""
    if not _can_write(folder, 0o700):
        return False
    about = folder.lstat()
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(about.st_mode)
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid() and not about.st_mode & 0o022


def read(path: Path) -> bytes | None:
    """The content of a file that `write` has written; None if it is absent, or not as it was written."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + _DIGEST
    content = data[start:]
    if data[:start] != _MAGIC + hashlib.sha256(content).digest():
        return None
    with contextlib.suppress(OSError):  # a folder that can only be read
        if time.time() - path.stat().st_mtime > _DAY:
            os.utime(path)
    return content


def write(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all, whatever else is written there at the same time.

    Raises
    ------
    OSError
        It cannot be written; nothing of it is left.
    """
    part = path.with_name(f".{os.urandom(8).hex()}.part")
    try:
        part.write_bytes(_MAGIC + hashlib.sha256(content).digest() + content)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def prune(folder: Path, days: float = KEPT_DAYS, size: int = KEPT_BYTES) -> None:
    """Remove the kernels of a folder that have not been used for `days`, and the oldest beyond `size` bytes.

    What a process that was killed has left half-written goes after a day.
    """
    now, total = time.time(), 0
    entries = sorted(_entries(folder), key=lambda entry: -entry[1].st_mtime)
    for path, about in entries:
        age = (now - about.st_mtime) / _DAY
        total += about.st_size
        if age > (days if path.suffix == SUFFIX else 1) or total > size:
            with contextlib.suppress(OSError):  # another process removes it too, or reads it (on Windows)
                path.unlink()


def _entries(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for path in folder.iterdir():
        if path.suffix in (SUFFIX, ".part"):
            with contextlib.suppress(FileNotFoundError):
                yield path, path.stat()
