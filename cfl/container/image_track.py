"""Image sequences: the samples of AV1 tracks (ISO/IEC 14496-12; AVIF 1.1, image sequences).

moov ── tracks ──▶ sample entry, sample tables ──▶ ImageTrack ──▶ the OBUs of each sample
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cfl.av1.headers.bits import BitReader
from cfl.av1.headers.obu import OBU_SEQUENCE_HEADER, OBU_TEMPORAL_DELIMITER, Obu, ObuHeader, iter_obus
from cfl.container.boxes import Box, four_cc, full_box
from cfl.container.properties import ALPHA_URNS, Av1Config, parse_property
from cfl.errors import BitstreamError, UnsupportedFeature
from cfl.frames.picture_durations import FOREVER

MAX_TRACKS = 64
_PICTURES, _AUXILIARY = ("pict", "vide"), ("auxv",)
_VISUAL_SAMPLE_ENTRY = 78
_WIDTH_OFFSET = 24


@dataclass(frozen=True, slots=True)
class Sample:
    """The OBUs of a sample, and where they begin in the file."""

    data: memoryview
    offset: int


@dataclass(frozen=True, slots=True)
class ImageTrack:
    """A track of pictures coded as AV1.

    Attributes
    ----------
    track_id : int
    config : Av1Config
    width, height : int
        From the sample entry.
    properties : list of (str, value)
        (type, value) of the boxes in the sample entry.
    entry_index : int
        Of the sample entry, from 1 on.
    tables : dict of str to Box
        The boxes of `stbl`.
    start : int
        Of the track in the file.
    timescale : int
        Units of its durations in a second, from mdhd; 0 without it.
    repetitions : int
        How often it is shown again after the first time; -1: for ever, or the file does not say.
    """

    track_id: int
    config: Av1Config
    width: int
    height: int
    properties: list[tuple[str, Any]]
    entry_index: int
    tables: dict[str, Box]
    start: int
    timescale: int = 0
    repetitions: int = FOREVER

    def durations(self) -> list[tuple[int, int]]:
        """(number of samples, how long each is shown in units of `timescale`) from stts, if it is there."""
        if "stts" not in self.tables:
            return []
        io = self.tables["stts"].reader()
        full_box(io, "stts")
        count = io.f(32)
        io.check(8 * count <= io.rest(), "stts: it is shorter than it says")
        return [(io.f(32), io.f(32)) for _ in range(count)]

    def samples(self) -> Iterator[Sample]:
        """The byte ranges of the samples, in order.

        Raises
        ------
        BitstreamError
            From the iterator: a table is missing or wrong, or a sample is not in the file. No two samples
            share bytes in a sane file; those of one that makes them take more than its size are refused.
        UnsupportedFeature
            A sample is of another sample entry.
        """
        missing = [name for name in ("stsz", "stsc") if name not in self.tables]
        if missing:
            raise BitstreamError(f"the track has no box {missing[0]!r}", self.start)
        stsz = self.tables["stsz"]
        data, sizes = stsz.data, _sizes(stsz)
        number, left = 0, len(data)
        for start, count in self._chunks():
            offset = start
            for _ in range(count):
                size = next(sizes, None)
                if size is None:
                    return
                left -= size
                if size == 0 or offset + size > len(data) or left < 0:
                    which = "the first sample" if number == 0 else f"sample {number}"
                    message = f"{which}, of {size} bytes at {offset}, is not in the file"
                    raise BitstreamError(message, stsz.start)
                yield Sample(data[offset : offset + size], offset)
                offset, number = offset + size, number + 1

    def _chunks(self) -> Iterator[tuple[int, int]]:
        """(offset, number of samples) of each chunk."""
        name = "co64" if "co64" in self.tables else "stco"
        if name not in self.tables:
            raise BitstreamError("the track has no box 'stco'", self.start)
        io = self.tables[name].reader()
        full_box(io, name)
        chunks = io.f(32)
        io.check(chunks > 0, f"{name}: the track has no chunks")
        runs = _runs(self.tables["stsc"], chunks + 1)
        for (first, samples, entry), (after, _, _) in pairwise(runs):
            if entry != self.entry_index:
                raise UnsupportedFeature("a track with several sample entries")
            for _ in range(first, after):
                yield io.f(64 if name == "co64" else 32), samples

    def obus(self) -> Iterator[Obu]:
        """The OBUs of all samples, a temporal delimiter before each; those of av1C come first if need be."""
        for i, sample in enumerate(self.samples()):
            nothing = sample.data[:0]
            yield Obu(ObuHeader(OBU_TEMPORAL_DELIMITER), nothing, sample.offset, sample.offset)
            own = list(iter_obus(sample.data, sample.offset, last_may_be_unsized=True))
            if i == 0 and not any(obu.header.obu_type == OBU_SEQUENCE_HEADER for obu in own):
                yield from iter_obus(self.config.config_obus)
            yield from own


def _sizes(stsz: Box) -> Iterator[int]:
    io = stsz.reader()
    full_box(io, "stsz")
    sample_size, count = io.f(32), io.f(32)
    io.check(count > 0, "stsz: the track has no samples")
    for _ in range(count):
        yield sample_size or io.f(32)


def _runs(stsc: Box, end: int) -> Iterator[tuple[int, int, int]]:
    """(first chunk, samples in each chunk, sample entry) of runs of chunks that are alike, and of the end."""
    io = stsc.reader()
    full_box(io, "stsc")
    count, last = io.f(32), 0
    io.check(count > 0, "stsc: the track has no chunks")
    for i in range(count):
        first, samples, entry = io.f(32), io.f(32), io.f(32)
        io.check(i > 0 or first == 1, "stsc: it does not start with the first chunk")
        io.check(last < first < end, f"stsc: chunk {first} after {last}, and before {end}")
        yield first, samples, entry
        last = first
    yield end, 0, 0


def read_track(moov: Box) -> ImageTrack:
    """The first track of pictures coded as AV1.

    Raises
    ------
    BitstreamError
        There is none.
    """
    track = next(_tracks(moov, _PICTURES), None)
    if track is None:
        raise BitstreamError("the file has no AV1 track of pictures", moov.start)
    return track[0]


def read_alpha_track(moov: Box, master: ImageTrack) -> ImageTrack | None:
    """The track with the alpha of another, if there is one."""
    for track, box in _tracks(moov, _AUXILIARY):
        is_alpha = any(name == "auxi" and value in ALPHA_URNS for name, value in track.properties)
        if is_alpha and master.track_id in _references(box, "auxl"):
            return track
    return None


def _tracks(moov: Box, handlers: tuple[str, ...]) -> Iterator[tuple[ImageTrack, Box]]:
    for box in moov.children(limit=MAX_TRACKS):
        if box.type == "trak":
            tables = _sample_tables(box, handlers)
            entries = _entries(tables["stsd"]) if "stsd" in tables else []
            for i, entry in enumerate(entries, start=1):
                if entry.type == "av01":
                    yield _track(box, entry, i, tables), box
                    break


def _track(box: Box, entry: Box, entry_index: int, tables: dict[str, Box]) -> ImageTrack:
    io = entry.reader()
    io.byte_string(_WIDTH_OFFSET)
    width, height = io.f(16), io.f(16)
    properties = [(box.type, parse_property(box)) for box in entry.children(skip=_VISUAL_SAMPLE_ENTRY)]
    config = next((value for name, value in properties if name == "av1C"), None)
    if config is None:
        raise BitstreamError("the sample entry has no av1C", entry.start)
    return ImageTrack(
        _track_id(box), config, width, height, properties, entry_index, tables, box.start, _timescale(box),
        _repetitions(box),
    )  # fmt: skip


def _timescale(track: Box) -> int:
    """From mdhd; 0 without one."""
    mdhd = _child(_child(track, "mdia"), "mdhd")
    if mdhd is None:
        return 0
    io = mdhd.reader()
    version, _ = full_box(io, "mdhd", (0, 1))
    io.byte_string(16 if version == 1 else 8)
    return io.f(32)


def _repetitions(track: Box) -> int:
    """From the edit list: one that is repeated (flag 1) fills tkhd's duration (ISO/IEC 23008-12, 9.6.1)."""
    tkhd, elst = _child(track, "tkhd"), _child(_child(track, "edts"), "elst")
    if tkhd is None or elst is None:
        return FOREVER
    io = elst.reader()
    version, flags = full_box(io, "elst", (0, 1))
    if not flags & 1 or io.f(32) != 1:
        return FOREVER
    once = io.f(64 if version == 1 else 32)
    io = tkhd.reader()
    version, _ = full_box(io, "tkhd", (0, 1))
    io.byte_string(24 if version == 1 else 16)
    bits = 64 if version == 1 else 32
    in_all = io.f(bits)
    if once == 0 or in_all == (1 << bits) - 1:
        return FOREVER
    return max(in_all // once - 1, 0)


def _child(box: Box | None, name: str) -> Box | None:
    return next((child for child in box.children() if child.type == name), None) if box else None


def _track_id(track: Box) -> int:
    """From tkhd; 0 without one."""
    tkhd = _child(track, "tkhd")
    if tkhd is None:
        return 0
    io = tkhd.reader()
    version, _ = full_box(io, "tkhd", (0, 1))
    io.byte_string(16 if version == 1 else 8)
    return io.f(32)


def _references(track: Box, kind: str) -> list[int]:
    """The tracks that this one refers to."""
    box = _child(_child(track, "tref"), kind)
    if box is None:
        return []
    io: BitReader = box.reader()
    return [io.f(32) for _ in range(io.rest() // 4)]


def _sample_tables(track: Box, handlers: tuple[str, ...]) -> dict[str, Box]:
    """The boxes of `stbl` by type; none for a track that is of something else."""
    media = _child(track, "mdia")
    handler = _child(media, "hdlr")
    tables = _child(_child(media, "minf"), "stbl")
    if handler is None or tables is None:
        return {}
    io = handler.reader()
    full_box(io, "hdlr")
    io.f(32)
    return {box.type: box for box in tables.children()} if four_cc(io) in handlers else {}


def _entries(stsd: Box) -> list[Box]:
    io = stsd.reader()
    full_box(io, "stsd", (0, 1))
    return list(stsd.children(skip=8))
