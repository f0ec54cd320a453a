"""Where a file comes from: a path, its bytes, an open file or a pipe."""

import io
import os
import stat
from pathlib import Path
from typing import IO, Any, BinaryIO

from cfl.errors import FrameError


class Contents:
    """A file without a path of its own, such as bytes or a pipe, that can be opened as one with a path can.

    Its beginning can be looked at before it is opened. It is held in memory once it is opened, except with
    `once`: then what was read is forgotten, and it cannot be opened again.

    Parameters
    ----------
    name : str
        What messages call it.
    file : binary file
        Read from where it is.
    """

    def __init__(self, name: str, file: IO[bytes]):
        self._name, self._file = name, file
        self._head = bytearray()
        self._whole: bytes | None = None
        self._is_gone = False

    def __str__(self) -> str:
        return self._name

    def head(self, size: int) -> bytes:
        """The first bytes, fewer only if there are no more."""
        if self._whole is not None:
            return self._whole[:size]
        while len(self._head) < size:
            data = _bytes_of(self._file, size - len(self._head), self._name)
            if not data:
                break
            self._head += data
        return bytes(self._head[:size])

    def open(self, *, once: bool = False) -> BinaryIO:
        """Open it for reading, from its first byte on.

        Raises
        ------
        FrameError
            It was opened before with `once`.
        """
        if self._is_gone:
            raise FrameError(f"{self}: it can be read only once")
        if once and self._whole is None:
            self._is_gone = True
            return io.BufferedReader(_Rest(bytes(self._head), self._file, self._name))
        if self._whole is None:
            while data := _bytes_of(self._file, -1, self._name):
                self._head += data
            self._whole, self._head = bytes(self._head), bytearray()
        return io.BytesIO(self._whole)


class _Rest(io.RawIOBase):
    """What was read of a file already, and then its rest."""

    def __init__(self, head: bytes, file: IO[bytes], name: str):
        self._head, self._file, self._name = memoryview(head), file, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head[: len(buffer)] or _bytes_of(self._file, len(buffer), self._name)
        self._head = self._head[len(data) :]
        buffer[: len(data)] = data
        return len(data)


def _bytes_of(file: IO[bytes], size: int, name: str) -> bytes:
    try:
        data = file.read(size)
    except (OSError, ValueError) as error:  # ValueError: the file is closed
        raise FrameError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if isinstance(data, str):
        raise TypeError(f"{name} is open for text; open it with mode 'rb'")
    return bytes(data or b"")


Source = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Contents
"""What the readers take: a path, the bytes of a file, or a file that is open for reading bytes."""

File = Path | Contents
"""What `as_source` makes of it: it can be opened, and its text is what messages call it."""


def as_source(source: Source) -> File:
    """Return a path, or what can be opened like one.

    Parameters
    ----------
    source : path-like, bytes-like, binary file or Contents
        A path that leads to a pipe or a device is opened, as that can be read only once.

    Raises
    ------
    FrameError
        A pipe or a device cannot be opened.
    TypeError
        It is nothing of these.
    """
    if isinstance(source, Contents):
        return source
    if isinstance(source, str | os.PathLike):
        return _of_path(source)
    if isinstance(source, bytes | bytearray | memoryview):
        return Contents("the data", io.BytesIO(source))
    if callable(getattr(source, "read", None)):
        name = getattr(source, "name", None)
        return Contents(name if isinstance(name, str) else "the file", source)
    raise TypeError(f"a path, bytes or an open file is needed, not {type(source).__name__}")


def _of_path(source: str | os.PathLike[str]) -> File:
    name = os.fspath(source)
    if not isinstance(name, str):
        raise TypeError(f"a path must be text, not {type(name).__name__}")
    path = Path(name)
    try:
        mode = path.stat().st_mode
        if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
            return Contents(str(path), path.open("rb"))
    except (OSError, ValueError):  # that it is missing is said by who opens it
        return path
    return path


def ending_of(source: File) -> str:
    """The ending of its name in small letters; "" if there is none."""
    return source.suffix.lower() if isinstance(source, Path) else Path(str(source)).suffix.lower()
