"""When kernels must be compiled first, say so, and use all cores."""

import contextlib
import threading
from collections.abc import Sequence
from typing import Any

from cfl.cli import output
from cfl.errors import CflError
from cfl.sources import File

_MESSAGE = "cfl: compiling what this needs, once for this machine (`cfl warm` compiles everything beforehand)"


class _Announcement:
    """The line about compiling, printed once."""

    def __init__(self) -> None:
        self._lock, self._is_made = threading.Lock(), False

    def make(self) -> None:
        with self._lock:
            is_made, self._is_made = self._is_made, True
        if not is_made:
            output.remark(_MESSAGE)


_announcement = _Announcement()
_compiling = threading.Lock()
"""Held by the thread that compiles; the others wait, and find what it has compiled."""


def announce_compiling() -> None:
    """Print one line on standard error when the first kernel is compiled.

    Kernels that are found in the cache are not compiled, and then nothing is said.
    """
    from numba.core import event

    class Announcer(event.Listener):
        def on_start(self, event: Any) -> None:
            _announcement.make()

        def on_end(self, event: Any) -> None:
            pass

    event.register("numba:compile", Announcer())


def compile_for_decoding(path: File) -> None:
    """Compile what decoding an AV1 file needs, on all cores, unless it is in the cache.

    Whatever is missing after that is compiled in this process when it is called, one kernel after the other;
    so it does not matter if no processes can be started.
    """
    from cfl.container.recognition import file_format_of
    from cfl.warming import CLIPS, DECODING, are_clips_compiled, is_decoding_compiled

    kind = file_format_of(path)
    if kind is not None:
        with _compiling:
            if kind != "AVIF" and not are_clips_compiled():
                _compile(CLIPS)
            elif not is_decoding_compiled():
                _compile(DECODING)


def compile_for_encoding() -> None:
    """Compile what encoding needs. Call it once the input is read, so that bad input is reported first."""
    from cfl.warming import ENCODING, is_encoding_compiled

    with _compiling:
        if not is_encoding_compiled():
            _compile(ENCODING)


def _compile(names: Sequence[str]) -> None:
    from cfl.threads import cores
    from cfl.warming import warm

    if cores() == 1:
        return
    _announcement.make()
    with output.progress("compiling", len(names)) as advance, contextlib.suppress(OSError, CflError):
        for _ in warm(cores(), names):
            advance()
