"""Write AVIF image sequences: key frames with their times, alpha as a track of its own (AVIF 1.1, MIAF).

ftyp ── meta: the first frame as a still picture, Exif, XMP
     ── moov: a track of colour, and one of alpha
     ── mdat: first frame, its alpha, Exif, XMP, then the other frames, each before its alpha
"""

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, groupby
from typing import Any, NamedTuple, Protocol

from cfl.av1.headers.bits import Bytes
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.container.avif_writer import (
    av1_config_of,
    check_size,
    colour_boxes,
    meta_box,
    metadata_box,
    picture_items,
    pixel_aspect_boxes,
    profile_brand,
)
from cfl.container.boxes import make_box, make_full_box
from cfl.container.properties import ALPHA_URNS, Nclx, av1_config_payload, light_boxes
from cfl.errors import FrameError
from cfl.frames import Frame

_COLOR_ID, _ALPHA_ID = 1, 2
_MAX_TIMESCALE = 1_000_000
_FOREVER = (1 << 64) - 1
_UNITY = b"".join(value.to_bytes(4) for value in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
"""The display matrix that changes nothing."""
_UNDETERMINED = (0x55C4).to_bytes(2)
"""The language "und"."""
_ENABLED_IN_MOVIE = 3
_HANDLERS = {_COLOR_ID: b"pict", _ALPHA_ID: b"auxv"}


class Writable(Protocol):
    """What a file is written to."""

    def write(self, data: Any, /) -> Any:
        """Write bytes."""


class Track(NamedTuple):
    """The samples of a track, and their sequence header.

    Attributes
    ----------
    sequence : SequenceHeader
    samples : sequence of bytes-like
        Each a sequence header and a key frame, without a temporal delimiter.
    """

    sequence: SequenceHeader
    samples: Sequence[Bytes]


class _Times(NamedTuple):
    """Durations in units of a timescale, and how long all repetitions last."""

    timescale: int
    durations: list[int]
    in_all: int

    @property
    def once(self) -> int:
        """Units of the whole sequence, once."""
        return sum(self.durations)


def write_avif_sequence(
    file: Writable,
    color: Track,
    alpha: Track | None,
    durations: Sequence[Fraction],
    first: Frame,
    repetitions: int = 0,
) -> None:
    """Write an image sequence.

    Parameters
    ----------
    file : binary file, open for writing
    color, alpha : Track
        As many samples each as there are durations.
    durations : sequence of Fraction
        Seconds that each frame is shown; each above 0.
    first : Frame
        The first frame, whose colour, metadata and shape of pixels the file gets.
    repetitions : int, default 0
        How often the sequence is shown again after the first time; −1: for ever.

    Raises
    ------
    FrameError
        The file would have 4 GiB or more, or lasts too long.

    References
    ----------
    .. [1] Alliance for Open Media, "AV1 Image File Format (AVIF)", version 1.1.0, section 3.
    .. [2] ISO/IEC 14496-12 (boxes), ISO/IEC 23008-12, 7.3 and 9.6.1 (repetition by an edit list).
    """
    if max(first.width, first.height) >= 1 << 16:
        raise FrameError(f"{first.width}x{first.height} is too large for an AVIF sequence")
    tracks = {_COLOR_ID: color} if alpha is None else {_COLOR_ID: color, _ALPHA_ID: alpha}
    times = _times(durations, repetitions)
    still = None if alpha is None else alpha.samples[0]
    nclx = Nclx(
        first.color_primaries, first.transfer_characteristics, first.matrix_coefficients, first.full_range
    )
    light = light_boxes(first.content_light, first.mastering_display)
    described = [*colour_boxes(nclx, first.icc), *light, *pixel_aspect_boxes(first.pixel_aspect)]
    of_alpha = (None, None) if alpha is None else (still, alpha.sequence)
    items = picture_items(
        (color.samples[0], color.sequence), of_alpha, described, exif=first.exif, xmp=first.xmp
    )
    premultiplied = first.premultiplied and alpha is not None
    ftyp = make_box("ftyp", b"avis", bytes(4), b"avifavismsf1iso8mif1miaf", profile_brand(color.sequence))

    def head(start: int) -> bytes:
        offsets = _offsets(tracks, [len(item.data) for item in items], start)
        images, metadata = items[: len(tracks)], items[len(tracks) :]
        metadata_start = start + sum(len(item.data) for item in images)
        extra = {_COLOR_ID: metadata_box(metadata, metadata_start) if metadata else b""}
        if alpha is not None:
            extra[_ALPHA_ID] = _reference("auxl", _COLOR_ID)
        if premultiplied:
            extra[_COLOR_ID] += _reference("prem", _ALPHA_ID)
        boxes = meta_box(items, start, premultiplied)
        return ftyp + boxes + _moov(tracks, offsets, times, described, extra)

    # The offsets do not change a box's size, so the first head measures where the data begin.
    mdat_header = make_box("mdat")
    start = len(head(0)) + len(mdat_header)
    rest = [
        sample
        for samples in zip(*(track.samples[1:] for track in tracks.values()), strict=True)
        for sample in samples
    ]
    data = [*(item.data for item in items), *rest]
    size = sum(map(len, data))
    check_size(start + size)
    file.write(head(start))
    file.write((len(mdat_header) + size).to_bytes(4) + mdat_header[4:])
    for part in data:
        file.write(part)


def _times(durations: Sequence[Fraction], repetitions: int) -> _Times:
    """The durations in the smallest unit that all are multiples of, or else in microseconds."""
    timescale = min(math.lcm(*(duration.denominator for duration in durations)), _MAX_TIMESCALE)
    units = [max(round(duration * timescale), 1) for duration in durations]
    if max(units) >= 1 << 32:
        raise FrameError("a frame is shown for too long for an AVIF sequence")
    return _Times(timescale, units, _FOREVER if repetitions < 0 else sum(units) * (repetitions + 1))


def _offsets(tracks: dict[int, Track], items: list[int], start: int) -> dict[int, list[int]]:
    """Where each sample of each track begins in the file."""
    starts = {track_id: [start + sum(items[:i])] for i, track_id in enumerate(tracks)}
    lengths = [
        len(track.samples[k]) for k in range(1, len(tracks[_COLOR_ID].samples)) for track in tracks.values()
    ]
    places = [start + sum(items) + before for before in accumulate(lengths, initial=0)][: len(lengths)]
    for i, track_id in enumerate(tracks):
        starts[track_id] += places[i :: len(tracks)]
    return starts


def _moov(
    tracks: dict[int, Track],
    offsets: dict[int, list[int]],
    times: _Times,
    described: list[bytes],
    extra: dict[int, bytes],
) -> bytes:
    """All tracks; `extra`: boxes of each before its times, its references and metadata."""
    mvhd = make_full_box(
        "mvhd", 1, 0, bytes(16), times.timescale.to_bytes(4), times.in_all.to_bytes(8),
        (1 << 16).to_bytes(4), (1 << 8).to_bytes(2), bytes(10), _UNITY, bytes(24),
        (len(tracks) + 1).to_bytes(4),
    )  # fmt: skip
    boxes = [
        _trak(track_id, track, offsets[track_id], times, described, extra[track_id])
        for track_id, track in tracks.items()
    ]
    return make_box("moov", mvhd, *boxes)


def _reference(kind: str, to_id: int) -> bytes:
    return make_box("tref", make_box(kind, to_id.to_bytes(4)))


def _trak(
    track_id: int,
    track: Track,
    offsets: list[int],
    times: _Times,
    described: list[bytes],
    extra: bytes,
) -> bytes:
    width, height = track.sequence.max_frame_width_minus_1 + 1, track.sequence.max_frame_height_minus_1 + 1
    tkhd = make_full_box(
        "tkhd", 1, _ENABLED_IN_MOVIE, bytes(16), track_id.to_bytes(4), bytes(4), times.in_all.to_bytes(8),
        bytes(16), _UNITY, (width << 16).to_bytes(4), (height << 16).to_bytes(4),
    )  # fmt: skip
    edit = make_full_box(
        "elst", 1, 1, (1).to_bytes(4), times.once.to_bytes(8), bytes(8), (1).to_bytes(2), bytes(2)
    )  # flag 1: the edit is repeated until the track's duration is over
    mdhd = make_full_box(
        "mdhd", 1, 0, bytes(16), times.timescale.to_bytes(4), times.once.to_bytes(8), _UNDETERMINED, bytes(2)
    )
    hdlr = make_full_box("hdlr", 0, 0, bytes(4), _HANDLERS[track_id], bytes(12), b"\0")
    reading = make_box("dinf", make_full_box("dref", 0, 0, (1).to_bytes(4), make_full_box("url ", 0, 1)))
    minf = make_box(
        "minf",
        make_full_box("vmhd", 0, 1, bytes(8)),
        reading,
        _stbl(track_id, track, offsets, times, described),
    )
    return make_box("trak", tkhd, extra, make_box("edts", edit), make_box("mdia", mdhd, hdlr, minf))


def _stbl(track_id: int, track: Track, offsets: list[int], times: _Times, described: list[bytes]) -> bytes:
    """The sample tables; each sample is a chunk of its own, and a key frame."""
    count = len(track.samples).to_bytes(4)
    runs = [(len(list(run)), duration) for duration, run in groupby(times.durations)]
    return make_box(
        "stbl",
        make_full_box("stsd", 0, 0, (1).to_bytes(4), _sample_entry(track_id, track, described)),
        make_full_box("stts", 0, 0, _words([len(runs)]), *map(_words, runs)),
        make_full_box("stsc", 0, 0, _words([1, 1, 1, 1])),
        make_full_box("stsz", 0, 0, bytes(4), count, _words([len(sample) for sample in track.samples])),
        make_full_box("stco", 0, 0, count, _words(offsets)),
    )


def _sample_entry(track_id: int, track: Track, described: list[bytes]) -> bytes:
    width, height = track.sequence.max_frame_width_minus_1 + 1, track.sequence.max_frame_height_minus_1 + 1
    resolution = (72 << 16).to_bytes(4)
    fields = [
        bytes(6), (1).to_bytes(2), bytes(16), width.to_bytes(2), height.to_bytes(2), resolution, resolution,
        bytes(4), (1).to_bytes(2), bytes(32), (24).to_bytes(2), b"\xff\xff",
    ]  # fmt: skip
    config = make_box("av1C", av1_config_payload(av1_config_of(track.sequence)))
    constraints = make_full_box("ccst", 0, 0, (0b11 << 30).to_bytes(4))  # frames refer to none but themselves
    if track_id == _ALPHA_ID:
        described = [make_full_box("auxi", 0, 0, ALPHA_URNS[0].encode() + b"\0")]
    return make_box("av01", *fields, config, constraints, *described)


def _words(values: Sequence[int]) -> bytes:
    return b"".join(value.to_bytes(4) for value in values)
