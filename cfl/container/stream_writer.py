"""Write AV1 streams to files, a temporal unit at a time: IVF, or bare OBUs (Section 5)."""

from fractions import Fraction
from typing import IO, Protocol

from cfl.container.ivf import IvfHeader, IvfWriter

STREAM_ENDINGS = (".ivf", ".obu")
_LARGEST = (1 << 16) - 1
_LARGEST_RATE = (1 << 32) - 1


class StreamWriter(Protocol):
    """A file that takes temporal units."""

    def write(self, data: bytes) -> None:
        """Append a temporal unit, whose first OBU is the delimiter."""

    def finish(self) -> None:
        """End the file; no more units come."""


class ObuStreamWriter:
    """Writes bare OBUs, one temporal unit after the other."""

    def __init__(self, file: IO[bytes]):
        self._file = file

    def write(self, data: bytes) -> None:
        """Append a temporal unit."""
        self._file.write(data)

    def finish(self) -> None:
        """Do nothing, as bare OBUs have no end mark."""


class IvfStreamWriter:
    """Writes an IVF file whose timestamps count frames."""

    def __init__(self, file: IO[bytes], width: int, height: int, frame_rate: Fraction):
        # The header has 16 bits for a side; what is larger is told by the stream alone.
        sides = min(width, _LARGEST), min(height, _LARGEST)
        rate = frame_rate.limit_denominator(_LARGEST)
        header = IvfHeader(*sides, min(rate.numerator, _LARGEST_RATE), max(rate.denominator, 1))
        self._ivf, self._count = IvfWriter(file, header), 0

    def write(self, data: bytes) -> None:
        """Append a temporal unit."""
        self._ivf.write(self._count, data)
        self._count += 1

    def finish(self) -> None:
        """Put the number of frames in the header."""
        self._ivf.finish()


def stream_writer(
    file: IO[bytes], ending: str, width: int, height: int, frame_rate: Fraction
) -> StreamWriter:
    """Return a writer for a file with one of `STREAM_ENDINGS`.

    Parameters
    ----------
    file : binary file, open for writing
        Where to write.
    ending : {".ivf", ".obu"}
        Ending of the file's name.
    width : int
        In samples.
    height : int
        In samples.
    frame_rate : Fraction
        Frames per second; only IVF has it.

    Returns
    -------
    writer : StreamWriter
        Takes temporal units.
    """
    if ending == ".ivf":
        return IvfStreamWriter(file, width, height, frame_rate)
    return ObuStreamWriter(file)
