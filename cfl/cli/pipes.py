"""`-` as the name of a file: standard input and standard output."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO

from cfl.errors import CflError
from cfl.files import atomic_write
from cfl.sources import Contents, File, as_source

STDIO = Path("-")
"""Standard input or standard output, wherever a command takes a file."""
STANDARD_OUTPUT = "standard output"


@cache
def source(path: Path) -> File:
    """What an argument names: standard input for '-', else the file of that path.

    The same path gives the same object, as a pipe can be read only once.

    Raises
    ------
    CflError
        Standard input is a terminal.
    """
    if path != STDIO:
        return as_source(path)
    if sys.stdin is None or sys.stdin.isatty():
        raise CflError(
            "standard input is a terminal; '-' reads what another program writes, or a file by '<'"
        )
    return Contents("standard input", sys.stdin.buffer)


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """Open an output: standard output for '-', else a file that appears whole or not at all.

    Raises
    ------
    CflError
        Standard output is a terminal.
    OSError
        It cannot be written; the error's filename names it.
    """
    if path != STDIO:
        with atomic_write(path) as file:
            yield file
        return
    if sys.stdout.isatty():
        raise CflError("standard output is a terminal; write to a file, or pipe it into another program")
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except OSError as error:
        error.filename = error.filename or STANDARD_OUTPUT
        raise
