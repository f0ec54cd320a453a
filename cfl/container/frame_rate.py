"""How many frames a second a file shows, as far as it tells."""

import contextlib
import io
from fractions import Fraction

from cfl.container import ivf
from cfl.errors import CflError
from cfl.frames import Y4MReader
from cfl.frames._input import head_of, open_binary
from cfl.frames.y4m import MAGIC as Y4M_MAGIC
from cfl.frames.y4m import MAX_LINE
from cfl.sources import Contents, Source, as_source

_HEAD_SIZE = 64


def frame_rate(path: Source) -> Fraction | None:
    """Frames per second of a Y4M, IVF or video file; None if the file does not say.

    Raises
    ------
    FrameError
        The file cannot be opened.
    """
    head = head_of(path, _HEAD_SIZE)
    if head.startswith(Y4M_MAGIC):
        with Y4MReader(io.BytesIO(head_of(path, MAX_LINE))) as reader:
            numerator, _, denominator = (reader.header.frame_rate or "0:0").partition(":")
        return _ratio(int(numerator), int(denominator))
    if head.startswith(ivf.MAGIC):
        try:
            header, _ = ivf.read_ivf(head)
        except CflError:
            return None
        return _ratio(header.timebase_denominator, header.timebase_numerator)
    return _of_video(path)


def _of_video(path: Source) -> Fraction | None:
    """As FFmpeg says, if it opens the file."""
    try:
        import av
    except ImportError:
        return None
    try:
        source = as_source(path)
        with contextlib.ExitStack() as stack:
            file = stack.enter_context(open_binary(source)) if isinstance(source, Contents) else str(source)
            container = stack.enter_context(av.open(file))
            rates = [stream.average_rate for stream in container.streams.video]
    except (av.FFmpegError, OSError, ValueError):
        return None
    return _ratio(rates[0].numerator, rates[0].denominator) if rates and rates[0] else None


def _ratio(numerator: int, denominator: int) -> Fraction | None:
    return Fraction(numerator, denominator) if numerator > 0 and denominator > 0 else None
