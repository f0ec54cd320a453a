"""The pictures of a set: files, folders, patterns, lists of names and URLs, one after the other."""

import codecs
import errno
import glob
import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any

from cfl.endings import CODED_ENDINGS, PICTURE_ENDINGS
from cfl.errors import CflError, FrameError
from cfl.sources import Contents, File

ENDINGS = (*PICTURE_ENDINGS, *CODED_ENDINGS, ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi")
"""Of the files of a folder that are taken."""
_CHUNK = 1 << 20


def pictures(words: Iterable[str | os.PathLike[str]]) -> Iterator[str]:
    """The paths and URLs of the pictures that some words name, in order.

    Parameters
    ----------
    words : iterable of path-like
        Files; folders, with all that is below them; patterns such as `*.png`; files that end in .txt, with
        the name of a picture, or any other of these words, in each line; URLs of fsspec, such as
        `s3://bucket/photos/*.png` or `zip://*.png::photos.zip`. Names in a list are relative to its folder;
        lines that are empty or begin with # are left out.

    Yields
    ------
    picture : str
        A path, or a URL that fsspec opens. Whether it can be read is seen later.

    Raises
    ------
    CflError
        A folder or a pattern has no picture, a list cannot be read, or what reads a URL is not installed.

    See Also
    --------
    cfl.lab.run : Compares predictors over pictures.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> from cfl.lab import pictures
    >>> with TemporaryDirectory() as folder:
    ...     for name in ("b.png", "a.png"):
    ...         cfl.write(Path(folder, name), cfl.rgb_to_frame(np.zeros((8, 8, 3), np.uint8)))
    ...     [Path(picture).name for picture in pictures([folder])]
    ['a.png', 'b.png']
    """
    for word in words:
        yield from _of_word(os.fspath(word), Path())


def _of_word(word: str, base: Path, lists: tuple[Path, ...] = ()) -> Iterator[str]:
    """What a word of some `lists`, each in the one before it, names; a path is relative to `base`."""
    if is_url(word):
        yield from _of_url(word)
        return
    path = base / word
    if path.is_dir():
        yield from _some(_below(path), f"{path}: it has no pictures")
    elif path.suffix.lower() == ".txt":
        yield from _of_list(path, lists)
    elif path.exists() or not glob.has_magic(word):
        yield str(path)
    else:
        found = (name for name in sorted(glob.glob(str(path), recursive=True)) if Path(name).is_file())  # noqa: PTH207
        yield from _some(found, f"{path}: no file has such a name")


def _some(names: Iterable[str], otherwise: str) -> Iterator[str]:
    """The names; an error if there is none."""
    is_empty = True
    for name in names:
        is_empty = False
        yield name
    if is_empty:
        raise CflError(otherwise)


def _below(folder: Path) -> Iterator[str]:
    """The pictures of a folder and of all folders in it, in order, without hidden ones."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if _is_picture(name):
                yield str(Path(parent, name))


def _is_picture(name: str) -> bool:
    return name.lower().endswith(ENDINGS) and not name.startswith(".")


def _of_list(path: Path, lists: tuple[Path, ...]) -> Iterator[str]:
    if path.resolve() in lists:
        raise CflError(f"{path}: the list names itself")
    lists = (*lists, path.resolve())
    found = (each for name in _names_in(path) for each in _of_word(name, path.parent, lists))
    yield from _some(found, f"{path}: it names no pictures")


def _names_in(path: Path) -> list[str]:
    """The lines of a list; names may have any bytes, as those of files."""
    try:
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    except OSError as error:
        raise CflError(f"{path}: the list of pictures cannot be read: {error.strerror}") from error
    if b"\0" in data:
        raise CflError(f"{path}: the list of pictures cannot be read: it is not a text file")
    names = [os.fsdecode(line.strip()) for line in data.split(b"\n")]
    return [name for name in names if name and not name.startswith("#")]


# --- URLs


def is_url(word: str) -> bool:
    """Whether fsspec is to open it."""
    return "://" in word


def _of_url(url: str) -> list[str]:
    try:
        return list(_listed(url))
    except Exception as error:  # file systems of fsspec raise what their libraries do
        raise _unreadable(url, error) from error


def _listed(url: str) -> Iterator[str]:
    files, path = _file_system(url)
    is_web = "http" in _protocols(files)  # there, a folder is a page like any other
    if glob.has_magic(path) and not is_web:
        found = (name for name in sorted(files.glob(path)) if not files.isdir(name))
        names = [name for name in found if not name.rpartition("/")[2].startswith(".")]
        yield from (_url_of(url, name) for name in _some(names, f"{url}: no file has such a name"))
    elif not is_web and files.isdir(path):
        names = [name for name in files.find(path) if _is_picture(name.rpartition("/")[2])]
        yield from (_url_of(url, name) for name in _some(names, f"{url}: it has no pictures"))
    else:
        yield url


def _protocols(files: Any) -> tuple[str, ...]:
    return (files.protocol,) if isinstance(files.protocol, str) else tuple(files.protocol)


def _url_of(url: str, path: str) -> str:
    """The URL of a file of the same file system; the first part of a chain that has a path is replaced."""
    parts = url.split("::")
    index = next(i for i, part in enumerate(parts) if "://" in part)
    parts[index] = path if "://" in path else f"{parts[index].partition('://')[0]}://{path}"
    return "::".join(parts)


@lru_cache(64)
def _file_system(url: str) -> tuple[Any, str]:
    """The file system of a URL, and the path in it."""
    try:
        import fsspec
    except ModuleNotFoundError:
        raise CflError(f'{url}: URLs need fsspec: pip install "cfl-av1[lab]"') from None
    try:
        return fsspec.core.url_to_fs(url)
    except Exception as error:  # of the file system's library
        raise CflError(f"{url}: cannot be opened: {_reason(error)}") from error


# --- Contents


def contents(picture: str) -> File:
    """What a picture of a set can be read from: its path, or its bytes if it is a URL.

    Raises
    ------
    FrameError
        A URL cannot be read.
    """
    if not is_url(picture):
        return Path(picture)
    with opened(picture) as file:
        return Contents(picture, io.BytesIO(_read(file, picture, -1)))


def content_key(picture: str) -> str:
    """A hash of a picture's bytes, as hexadecimal digits.

    Raises
    ------
    FrameError
        It cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    with opened(picture) as file:
        while data := _read(file, picture, _CHUNK):
            digest.update(data)
    return digest.hexdigest()


def opened(picture: str) -> IO[bytes]:
    """The file of a picture, open for reading.

    Raises
    ------
    FrameError
        It cannot be opened.
    """
    try:
        if is_url(picture):
            files, path = _file_system(picture)
            file: IO[bytes] = files.open(path, "rb")
            return file
        return Path(picture).open("rb")
    except Exception as error:  # file systems of fsspec raise what their libraries do
        raise _unreadable(picture, error) from error


def _read(file: IO[bytes], picture: str, size: int) -> bytes:
    try:
        return file.read(size)
    except Exception as error:
        raise _unreadable(picture, error) from error


def _unreadable(picture: str, error: Exception) -> CflError:
    if isinstance(error, CflError):
        return error
    return FrameError(f"{picture}: cannot be read: {_reason(error)}")


def _reason(error: Exception) -> str:
    """Why a file cannot be opened, in one line."""
    if isinstance(error, FileNotFoundError):  # file systems of fsspec raise it whatever went wrong
        return _behind(error.__cause__) or os.strerror(errno.ENOENT)
    return getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__


def _behind(error: BaseException | None) -> str | None:
    """Why there was no answer, or a bad one; None if the file is not there."""
    status = getattr(error, "status", None)
    if isinstance(status, int):  # of HTTP
        return None if status == HTTPStatus.NOT_FOUND else f"{status} {getattr(error, 'message', '')}".strip()
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno) if error.errno > 0 else error.strerror
    return None
