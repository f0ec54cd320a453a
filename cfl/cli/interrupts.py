"""Ctrl-C: the process ends at once, with one line and without leaving anything."""

import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from cfl.files import remove_unfinished

_WORDS = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}
_CURSOR_AND_CLEAR = "\r\x1b[2K\x1b[?25h"
"""For a terminal whose cursor a progress bar has hidden: its line is cleared, the cursor shown."""


def end_on_interrupts() -> None:
    """From now on end the process on SIGINT, SIGTERM and SIGHUP, with status 128 + the signal's number.

    Nothing is raised: an exception would be lost where the compiler calls back, and would wait for threads
    that are in the middle of a picture. A signal that is ignored stays so.
    """
    for name in _WORDS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _: FrameType | None) -> NoReturn:
    remove_unfinished()
    if "multiprocessing" in sys.modules:
        for child in sys.modules["multiprocessing"].active_children():
            child.terminate()
    clear = _CURSOR_AND_CLEAR if os.isatty(2) else ""
    line = f"{clear}cfl: error: {_WORDS[signal.Signals(number).name]}\n"
    os.write(2, line.encode())  # printing is not for signal handlers
    os._exit(128 + number)
