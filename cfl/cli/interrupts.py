"""Ctrl-C ends the process at once, with one line and without unfinished files."""

import os
import signal
import socket
import sys
import threading
from typing import NoReturn

from cfl.files import remove_unfinished

_WORDS = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}
_CURSOR_AND_CLEAR = "\r\x1b[2K\x1b[?25h"
"""For a terminal whose cursor a progress bar has hidden: its line is cleared, the cursor shown."""


def end_on_interrupts() -> None:
    """From now on end the process on SIGINT, SIGTERM and SIGHUP, with status 128 + the signal's number.

    A thread waits for them: Python's own handlers would wait for the main thread, which may be in the
    compiler or a kernel for long, and what they raise would be lost where the compiler calls back. A signal
    that is ignored stays so.
    """
    numbers = [getattr(signal, name) for name in _WORDS if hasattr(signal, name)]
    numbers = [number for number in numbers if signal.getsignal(number) != signal.SIG_IGN]
    if not numbers:
        return
    ours, wakeup = socket.socketpair()
    wakeup.setblocking(False)
    signal.set_wakeup_fd(wakeup.detach(), warn_on_full_buffer=False)
    for number in numbers:
        signal.signal(number, lambda number, frame: None)  # the thread does it all
    threading.Thread(target=_wait, args=(ours,), daemon=True, name="interrupts").start()


def _wait(wakeups: socket.socket) -> NoReturn:
    while True:
        number = wakeups.recv(1)[0]
        if signal.Signals(number).name in _WORDS:
            _end(number)


def _end(number: int) -> NoReturn:
    remove_unfinished()
    if "multiprocessing" in sys.modules:
        for child in sys.modules["multiprocessing"].active_children():
            child.terminate()
    clear = _CURSOR_AND_CLEAR if os.isatty(2) else ""
    line = f"{clear}cfl: error: {_WORDS[signal.Signals(number).name]}\n"
    os.write(2, line.encode())
    os._exit(128 + number)
