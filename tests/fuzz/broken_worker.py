"""A worker that does what none should, for the test of the harness."""

import os
import signal
import sys
import time

from fuzz.worker import say


def main(first, end):
    for number in range(first, end):
        say(outcome="begin", number=number)
        if number == 3:
            os.kill(os.getpid(), signal.SIGSEGV)
        if number == 205:
            time.sleep(100)
        say(outcome="RuntimeError" if number == 207 else "frames", number=number, message="")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[2:]))
