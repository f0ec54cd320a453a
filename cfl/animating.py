"""Encode frames as an animated AVIF file: an image sequence of key frames, with times and alpha.

Frames ── key frames of colour ──┬─▶ AVIF sequence
     └─── key frames of alpha  ──┘
"""

import io
import time
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain, islice
from numbers import Rational
from typing import Any, NamedTuple

import numpy as np

from cfl.arguments import require, whole
from cfl.av1.encoder.frames import Encoder
from cfl.container.avif_sequence_writer import Track, Writable, write_avif_sequence
from cfl.container.frame_rate import DEFAULT_FRAME_RATE
from cfl.encoding import (
    Encoded,
    Part,
    alpha_as_frame,
    alpha_options,
    encoded_of,
    encoder_options,
    in_order,
    prepared,
)
from cfl.errors import FrameError
from cfl.frames import Frame
from cfl.frames.picture_durations import FOREVER
from cfl.picturing import Picture, as_frame


class _Work(NamedTuple):
    """A frame and what was made of it; no alpha where it is opaque."""

    frame: Frame
    encoded: Encoded
    alpha: Part | None


def encode_animation(
    frames: Iterable[Picture],
    durations: Fraction | Iterable[Fraction],
    *,
    repetitions: int = FOREVER,
    threads: int = 1,
    quality_alpha: int | None = None,
    keep_hidden_colour: bool = False,
    **options: Any,
) -> bytes:
    """Encode frames as an animated AVIF file (an image sequence), each as a key frame.

    Parameters
    ----------
    frames : iterable of Frame, array, PIL.Image.Image, path-like, bytes or binary file
        All of one size, format and colour; each is read as by `encode`. A frame without alpha is opaque.
        Metadata, colour and the shape of pixels are those of the first.
    durations : Fraction, or iterable of Fraction
        Seconds that every frame, or each, is shown; above 0.
    repetitions : int, default -1
        How often the animation is shown again after the first time; -1: for ever.
    threads : int, default 1
        Frames that are encoded at once. The bytes do not depend on it.
    quality_alpha : int, optional
        Quality of alpha, 0…100; see `encode`.
    keep_hidden_colour : bool, default False
        Whether colour under alpha 0 is coded as it is; see `encode`.
    **options
        `quality`, `qindex`, `lossless`, `speed`, `cfl`, `tiles`, `tune` of `encode`.

    Returns
    -------
    data : bytes
        The whole file. Its first frame is a still picture for those who do not know animations.

    Raises
    ------
    FrameError
        See `encode`; or there are no frames, they differ in size, format or colour, or a duration is missing
        or not above 0.

    See Also
    --------
    encode : One picture.
    encode_frames : A stream for IVF or OBU files.

    References
    ----------
    .. [1] Alliance for Open Media, "AV1 Image File Format (AVIF)", version 1.1.0, section 3.

    Examples
    --------
    >>> from fractions import Fraction
    >>> import numpy as np
    >>> import cfl
    >>> frames = [np.full((16, 16, 3), level, np.uint8) for level in (50, 100, 150)]
    >>> data = cfl.encode_animation(frames, Fraction(1, 10), speed=10)
    >>> cfl.container.file_format(data), len(list(cfl.container.decode(data)))
    ('AVIF sequence', 3)
    """
    file = io.BytesIO()
    for _ in write_animation(
        file,
        frames,
        durations,
        repetitions=repetitions,
        threads=threads,
        quality_alpha=quality_alpha,
        keep_hidden_colour=keep_hidden_colour,
        **options,
    ):
        pass
    return file.getvalue()


def write_animation(
    file: Writable,
    frames: Iterable[Picture],
    durations: Fraction | Iterable[Fraction],
    *,
    repetitions: int = FOREVER,
    threads: int = 1,
    quality_alpha: int | None = None,
    keep_hidden_colour: bool = False,
    **options: Any,
) -> Iterator[Encoded]:
    """Do as `encode_animation`, into an open file; yield the report of each frame.

    The file is written when the iterator ends: only then the places of all frames are known. Until then what
    is in memory is their compressed data.
    """
    coding = encoder_options(**options)
    alpha_coding = alpha_options(coding, quality_alpha)
    threads = whole("threads", threads, 1)
    repetitions = whole("repetitions", repetitions, FOREVER)
    require("frames", frames, Iterable, "an iterable of frames")
    rest = (
        prepared(as_frame(frame, keep_rgb=coding.qindex == 0), coding, keep_hidden_colour) for frame in frames
    )
    first = list(islice(rest, 2))
    if not first:
        raise FrameError("there are no frames to encode")
    encoder = Encoder(first[0], coding, still=False, frame_rate=DEFAULT_FRAME_RATE)
    opaque = _opaque(first[0])
    alpha_encoder = Encoder(opaque, alpha_coding, still=False, frame_rate=DEFAULT_FRAME_RATE)
    in_frame, at_once = (threads, 1) if len(first) == 1 else (1, threads)

    def work(frame: Frame) -> _Work:
        start = time.perf_counter()
        color = _part(encoder, frame, in_frame)
        alpha = None if frame.alpha is None else _part(alpha_encoder, alpha_as_frame(frame), in_frame)
        seconds = time.perf_counter() - start
        return _Work(frame, encoded_of(color.obus, frame, color, alpha, coding, seconds), alpha)

    color_samples: list[bytes] = []
    alpha_samples: list[bytes | None] = []
    premultiplied = False
    for done in in_order(work, chain(first, rest), at_once):
        color_samples.append(done.encoded.data)
        alpha_samples.append(None if done.alpha is None else done.alpha.obus)
        premultiplied |= done.frame.premultiplied
        yield done.encoded
    alpha_track = None
    if any(sample is not None for sample in alpha_samples):
        filler = _part(alpha_encoder, opaque, threads).obus
        alpha_track = Track(alpha_encoder.sequence, [sample or filler for sample in alpha_samples])
    write_avif_sequence(
        file,
        Track(encoder.sequence, color_samples),
        alpha_track,
        _checked(durations, len(color_samples)),
        first[0].replace(premultiplied=premultiplied) if first[0].alpha is not None else first[0],
        repetitions,
    )


def _part(encoder: Encoder, frame: Frame, threads: int) -> Part:
    picture = encoder.encode(frame, threads=threads, reconstruct=True)
    return Part(encoder.sequence, encoder.sequence_obu + picture.obu, picture)


def _opaque(frame: Frame) -> Frame:
    """The alpha of a frame that hides nothing, as a picture."""
    top = np.full_like(frame.y, 2**frame.bit_depth - 1)
    return Frame(top, subsampling="4:0:0", bit_depth=frame.bit_depth)


def _checked(durations: Fraction | Iterable[Fraction], count: int) -> list[Fraction]:
    """A duration for each frame."""
    every = [durations] * count if isinstance(durations, Rational) else list(islice(durations, count))
    for duration in every:
        require("a duration", duration, Rational, "a Fraction")
        if not duration > 0:
            raise FrameError(f"a duration is {duration} s, not above 0")
    if len(every) < count:
        raise FrameError(f"{count} frames have {len(every)} durations")
    return [Fraction(duration) for duration in every]
