"""Output files that appear whole or not at all."""

import contextlib
import errno
import os
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import IO

from cfl.errors import CflError

_NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
_OPEN_FILES = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")
_unfinished: set[Path] = set()
_waiting: ContextVar[list[tuple[Path, Path]] | None] = ContextVar("waiting", default=None)
"""The temporary files of an `all_or_none` block, and what they are to become."""
_appearing = threading.Lock()
"""Held while a temporary file is made or renamed, and for good after `remove_unfinished`."""


class WriteError(OSError, CflError):
    """A file cannot be written. It has the attributes of OSError: errno, strerror and filename."""

    def __str__(self) -> str:
        return f"{self.filename}: cannot be written: {self.strerror}"


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str] | IO[bytes]) -> Iterator[IO[bytes]]:
    """Open a binary file that replaces `path` if the block ends without an exception.

    The bytes go to a temporary file in the same folder, which is renamed at the end and removed on any
    exception, an interrupt included. A symbolic link stays one: the file that it leads to is replaced.

    Parameters
    ----------
    path : path-like or binary file
        The file to create or replace. A device, a pipe (`/dev/null`) or an open file (`/dev/stdout`) is
        written directly, and so is an open file of Python, which stays open.

    Yields
    ------
    file : binary file, open for writing

    Raises
    ------
    WriteError
        The file cannot be written, such as for want of its folder or of room.
    """
    if not isinstance(path, str | os.PathLike):
        require_file(path)
        yield path
        return
    target = Path(path)
    if not target.name:
        raise WriteError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    device = str(target).startswith(_OPEN_FILES) or (target.exists() and not target.is_file())
    if not device:
        target = Path(os.path.realpath(target))
    part = target.with_name(f".{os.urandom(8).hex()}.part")
    try:
        if device:  # to open a pipe may take until somebody reads it
            with target.open("wb") as file:
                yield file
            return
        waiting = _waiting.get()
        with _removed_on_failure(part, keep=waiting is not None):
            with _appearing:
                opened = part.open("x+b")
            with opened as file:
                yield file
            if waiting is None:
                _take_the_place(part, target)
            else:
                waiting.append((part, target))
    except OSError as error:
        if error.filename == str(part) or (error.filename is None and error.errno in _NO_ROOM):
            raise WriteError(error.errno, error.strerror, os.fspath(path)) from error
        raise


def require_file(file: object) -> None:
    """Raise a TypeError for what is neither a path nor a file that is open for writing."""
    if not hasattr(file, "write"):
        raise TypeError(f"a path or a file that is open for writing is needed, not {type(file).__name__}")


@contextlib.contextmanager
def all_or_none() -> Iterator[None]:
    """Let the files that `atomic_write` writes in the block appear when it ends, or none if it fails.

    Only for files that this thread writes; what is a device or a pipe is written directly.
    """
    waiting: list[tuple[Path, Path]] = []
    token = _waiting.set(waiting)
    try:
        yield
        for part, target in waiting:
            _take_the_place(part, target)
    finally:
        _waiting.reset(token)
        for part, _ in waiting:
            part.unlink(missing_ok=True)
            _unfinished.discard(part)


def remove_unfinished() -> None:
    """Remove the temporary files of every unfinished `atomic_write`, in a process that is about to end.

    After that, no thread can begin or finish a file.
    """
    _appearing.acquire()
    for part in list(_unfinished):
        with contextlib.suppress(OSError):
            part.unlink()


@contextlib.contextmanager
def _removed_on_failure(part: Path, keep: bool) -> Iterator[None]:
    """Remove a temporary file if the block fails; if not, `keep` leaves it unfinished."""
    _unfinished.add(part)
    try:
        yield
    except BaseException:
        part.unlink(missing_ok=True)
        _unfinished.discard(part)
        raise
    if not keep:
        _unfinished.discard(part)


def _take_the_place(part: Path, target: Path) -> None:
    if target.exists():
        part.chmod(target.stat().st_mode & 0o777)
    with _appearing:
        part.replace(target)
