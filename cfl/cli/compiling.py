"""Tell people why a command waits, when kernels must be compiled first."""

import sys
import threading
from typing import Any

_MESSAGE = "cfl: compiling what this needs, once for this machine (`cfl warm` compiles everything beforehand)"


def announce_compiling() -> None:
    """From now on, say so in one line on standard error when the first kernel has to be compiled.

    Kernels that Numba finds in its cache are not compiled, and then nothing is said.
    """
    from numba.core import event

    class Announcer(event.Listener):
        """Speaks once."""

        lock, silent = threading.Lock(), True

        def on_start(self, event: Any) -> None:
            with self.lock:
                silent, self.silent = self.silent, False
            if silent:
                print(_MESSAGE, file=sys.stderr, flush=True)

        def on_end(self, event: Any) -> None:
            pass

    event.register("numba:compile", Announcer())
