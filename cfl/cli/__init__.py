"""The `cfl` command line: parse, call the library, print."""

import os
import sys
from typing import NoReturn


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Status 0 after success, 1 for bad input (one line on standard error), 2 for bad usage, 3 if some of many
    files failed, 130 on Ctrl-C. `--debug` anywhere shows the traceback of an error instead.
    """
    from cfl.cli.interrupts import end_on_interrupts

    end_on_interrupts()
    from cfl.cli.app import app
    from cfl.cli.errors import SomeFailed, message_of
    from cfl.cli.output import say_warnings
    from cfl.errors import CflError

    words = sys.argv[1:] if arguments is None else arguments
    say_warnings()
    try:
        app(args=words, prog_name="cfl")
    except SomeFailed as error:
        _fail(str(error), 3)
    except (CflError, OSError, MemoryError) as error:
        if "--debug" in words:
            raise
        _let_go_of_standard_output()
        _fail(message_of(error), 1)
    sys.exit(0)


def _let_go_of_standard_output() -> None:
    """Discard what could not be written: at exit, the interpreter would try again and complain."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, status: int) -> NoReturn:
    print(f"cfl: error: {message}", file=sys.stderr)
    sys.exit(status)
