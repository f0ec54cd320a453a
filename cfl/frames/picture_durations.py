"""How long the frames of an animated GIF, WebP or PNG are shown."""

from fractions import Fraction

from cfl.sources import File

_FORMATS = ("GIF", "WEBP", "PNG")
_FINEST = 100_000
"""Parts of a millisecond that are told apart, as Pillow has durations as floating-point numbers."""


def picture_durations(path: File) -> list[Fraction] | None:
    """Return the seconds of each frame; None if the file is no such animation."""
    from cfl.errors import FrameError
    from cfl.frames.picture import opened, quiet

    try:
        with opened(path) as image:
            if image.format not in _FORMATS or not getattr(image, "is_animated", False):
                return None
            durations = []
            with quiet(path):
                for index in range(getattr(image, "n_frames", 1)):
                    image.seek(index)
                    image.load()
                    milliseconds = Fraction(image.info.get("duration", 0)).limit_denominator(_FINEST)
                    durations.append(milliseconds / 1000)
            return durations
    except FrameError:
        return None
