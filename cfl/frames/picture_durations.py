"""How long the frames of an animated GIF, WebP or PNG are shown, and how often the whole."""

from fractions import Fraction
from typing import NamedTuple

from cfl.sources import File

_FORMATS = ("GIF", "WEBP", "PNG")
_FINEST = 100_000
"""Parts of a millisecond that are told apart, as Pillow has durations as floating-point numbers."""
FOREVER = -1
"""Repetitions of an animation that never ends."""


class Timing(NamedTuple):
    """The times of an animation.

    Attributes
    ----------
    durations : list of Fraction
        Seconds that each frame is shown.
    repetitions : int
        How often it is shown again after the first time; -1: for ever.
    """

    durations: list[Fraction]
    repetitions: int


def picture_timing(path: File) -> Timing | None:
    """Return the times of an animation; None if the file is none of these kinds."""
    from cfl.errors import FrameError
    from cfl.frames.picture import opened, quiet

    try:
        with opened(path) as image:
            if image.format not in _FORMATS or not getattr(image, "is_animated", False):
                return None
            repetitions = _repetitions(image.format, image.info.get("loop"))
            durations = []
            with quiet(path):
                for index in range(getattr(image, "n_frames", 1)):
                    image.seek(index)
                    image.load()
                    milliseconds = Fraction(image.info.get("duration", 0)).limit_denominator(_FINEST)
                    durations.append(milliseconds / 1000)
            return Timing(durations, repetitions)
    except FrameError:
        return None


def _repetitions(kind: str, loop: int | None) -> int:
    """GIF counts repetitions, and plays once where it says nothing. WebP and PNG count how often it plays."""
    if loop is None:
        return 0
    if loop == 0:
        return FOREVER
    return loop if kind == "GIF" else loop - 1
