"""An experiment that takes no time: what `cfl.lab` does around it is what is tested."""

import os
import time
from pathlib import Path
from typing import NamedTuple

from cfl.errors import FrameError
from cfl.lab.units import Result


class Lengths(NamedTuple):
    """How many bytes a picture has, times each of some numbers."""

    factors: tuple = (1, 2)
    seconds: float = 0.0
    calls: str = ""
    """A folder where each call leaves a file, if there is one."""
    kind: str = "lengths"

    def groups(self):
        """Each factor by itself."""
        return [[{"factor": factor}] for factor in self.factors]

    def columns(self):
        """Two numbers."""
        return {"factor": "int64", "product": "int64", "process": "int64"}

    def about(self):
        """The factors."""
        return {"factors": self.factors}

    def do(self, picture, settings):
        """Multiply; a picture that begins with "bad" cannot be read, and 13 is no factor."""
        time.sleep(self.seconds)
        data = Path(picture).read_bytes()
        if self.calls:
            Path(self.calls, f"{Path(picture).name}-{settings[0]['factor']}-{time.time_ns()}").touch()
        if data.startswith(b"bad"):
            raise FrameError(f"{picture}: it is bad")
        return [self._of(len(data), setting["factor"]) for setting in settings]

    def _of(self, length, factor):
        if factor == 13:
            return Result([], "13 brings bad luck")
        return Result([{"product": length * factor, "process": os.getpid()}])

    def warm(self):
        """Nothing is compiled."""
