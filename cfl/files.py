"""Output files that appear whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO


@contextlib.contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a binary file that takes the place of `path` only if the block ends without an exception.

    The bytes go to a temporary file in the same folder, which is renamed at the end and removed on any
    exception, an interrupt included.

    Parameters
    ----------
    path : path-like
        The file to create or replace. A device or pipe (`/dev/null`) is written directly.

    Yields
    ------
    file : binary file, open for writing
    """
    target = Path(path)
    if target.exists() and not target.is_file():
        with target.open("wb") as file:
            yield file
        return
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:  # which names the temporary file, of which nobody has heard
        raise type(error)(error.errno, error.strerror, str(target)) from error
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
        part.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
