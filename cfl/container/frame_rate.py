"""When a file shows its frames, as far as it tells."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import islice, pairwise
from typing import IO

from cfl.container import ivf
from cfl.container.avif import read_avif
from cfl.container.image_track import ImageTrack
from cfl.container.recognition import HEAD_SIZE, file_format
from cfl.errors import CflError
from cfl.frames import Y4MHeader
from cfl.frames._input import head_of, naming, open_binary
from cfl.frames.picture_durations import Timing, picture_timing
from cfl.frames.video import opened
from cfl.frames.y4m import MAGIC as Y4M_MAGIC
from cfl.frames.y4m import MAX_LINE
from cfl.remarks import remark
from cfl.sources import Source, as_source

DEFAULT_FRAME_RATE = Fraction(25)
"""Taken where a file does not say how many frames a second it shows."""
_CENTISECOND = Fraction(1, 100)
"""GIF has no finer times."""
_MANY = 1 << 20
"""Frames of a file whose times are looked at."""


def frame_rate(path: Source) -> Fraction | None:
    """Frames per second of a Y4M, IVF, AVIF, animation or video file; None if the file does not say.

    Where frames are shown for different times it is the mean, and a warning says so.

    Raises
    ------
    FrameError
        The file cannot be opened.
    """
    path = as_source(path)
    head = head_of(path, HEAD_SIZE)
    kind = file_format(head)
    if head.startswith(Y4M_MAGIC):
        with naming(str(path)):
            return _of_y4m(head)
    if kind is not None:
        try:
            with open_binary(path) as file:
                if kind == "IVF":
                    return _of_ivf(file, file.read(HEAD_SIZE))
                return _of_avif(file.read()) if kind.startswith("AVIF") else None
        except CflError:
            return None  # the decoder says what is wrong
    timing = picture_timing(path)
    return _of_video(path) if timing is None else _of_durations(timing.durations)


def timing_of(path: Source) -> Timing | None:
    """The times of an animated picture: AVIF sequence, GIF, WebP, PNG; None for every other file.

    Raises
    ------
    FrameError
        The file cannot be opened.
    """
    path = as_source(path)
    if file_format(head_of(path, HEAD_SIZE)) is None:
        return picture_timing(path)
    try:
        with open_binary(path) as file:
            track = _timed_track(file.read())
    except CflError:
        return None  # not AVIF, or the decoder says what is wrong
    if track is None or sum(count for count, _ in track.durations()) > _MANY:
        return None
    durations = [
        Fraction(duration, track.timescale) for count, duration in track.durations() for _ in range(count)
    ]
    return Timing(durations, track.repetitions)


def ratio_of(rate: Fraction | None) -> str:
    """Return a frame rate as Y4M has it; `DEFAULT_FRAME_RATE` where it is not known."""
    rate = rate or DEFAULT_FRAME_RATE
    return f"{rate.numerator}:{rate.denominator}"


def _of_y4m(head: bytes) -> Fraction | None:
    line = head[:MAX_LINE].partition(b"\n")[0]
    numerator, _, denominator = (Y4MHeader.parse(line).frame_rate or "0:0").partition(":")
    return _ratio(int(numerator), int(denominator))


def _of_ivf(file: IO[bytes], head: bytes) -> Fraction | None:
    """By the distance of the timestamps, which count in the header's unit."""
    header, _ = ivf.read_ivf(head)
    unit = _ratio(header.timebase_numerator, header.timebase_denominator)
    if unit is None:
        return None
    times = list(islice(ivf.timestamps(file), _MANY))
    steps = [after - before for before, after in pairwise(times)]
    if len(times) < 2 or times[-1] <= times[0]:
        return 1 / unit
    _say_if_uneven(steps, 1)
    return (len(times) - 1) / (unit * (times[-1] - times[0]))


def _of_avif(data: bytes) -> Fraction | None:
    """Of the track of an image sequence."""
    track = _timed_track(data)
    if track is None:
        return None
    durations = [(count, duration) for count, duration in track.durations() if count]
    _say_if_uneven([duration for _, duration in durations], 1)
    samples = sum(count for count, _ in durations)
    return _ratio(samples * track.timescale, sum(count * duration for count, duration in durations))


def _timed_track(data: bytes) -> ImageTrack | None:
    """The track of an image sequence, if it tells the unit of its times."""
    track = read_avif(data).track
    return track if track is not None and track.timescale else None


def _of_durations(durations: Sequence[Fraction]) -> Fraction | None:
    """Of an animation's frames, in seconds."""
    if len(durations) < 2 or sum(durations) <= 0:
        return None
    _say_if_uneven(durations, _CENTISECOND)
    return len(durations) / sum(durations, Fraction())


def _say_if_uneven(durations: Sequence[Fraction | int], rounding: Fraction | int) -> None:
    """Warn if durations differ by more than they are rounded to."""
    if durations and max(durations) - min(durations) > rounding:
        remark("the frames are shown for different times; a constant rate, their mean, is taken")


def _of_video(path: Source) -> Fraction | None:
    """As FFmpeg says, if it opens the file."""
    try:
        import av
    except ImportError:
        return None
    try:
        with opened(as_source(path)) as container:
            rates = [stream.average_rate for stream in container.streams.video]
    except (av.FFmpegError, OSError, ValueError):
        return None
    return _ratio(rates[0].numerator, rates[0].denominator) if rates and rates[0] else None


def _ratio(numerator: int, denominator: int) -> Fraction | None:
    return Fraction(numerator, denominator) if numerator > 0 and denominator > 0 else None
