"""The first picture of an image sequence: the first sample of the first AV1 track (ISO/IEC 14496-12)."""

from dataclasses import dataclass
from typing import Any

from cfl.container.boxes import Box, four_cc, full_box
from cfl.container.properties import Av1Config, parse_property
from cfl.errors import BitstreamError

MAX_TRACKS = 64
_HANDLERS = ("pict", "vide")
_VISUAL_SAMPLE_ENTRY = 78
_WIDTH_OFFSET = 24


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample's OBUs and what its sample entry says."""

    data: memoryview
    offset: int
    config: Av1Config
    width: int
    height: int
    properties: list[tuple[str, Any]]
    """(type, value) of the boxes in the sample entry."""


def read_first_sample(moov: Box) -> Sample:
    """The first sample of the first track of pictures coded as AV1.

    Raises
    ------
    BitstreamError
        There is none, or its place is not in the file.
    """
    for track in moov.children(limit=MAX_TRACKS):
        if track.type == "trak":
            tables = _sample_tables(track)
            entry = _av01_entry(tables["stsd"]) if "stsd" in tables else None
            if entry is not None:
                return _first_sample(tables, entry, track)
    raise BitstreamError("the file has no AV1 track of pictures", moov.start)


def _child(box: Box | None, name: str) -> Box | None:
    return next((child for child in box.children() if child.type == name), None) if box else None


def _sample_tables(track: Box) -> dict[str, Box]:
    """The boxes of `stbl` by type; none for a track that is not of pictures."""
    media = _child(track, "mdia")
    handler = _child(media, "hdlr")
    tables = _child(_child(media, "minf"), "stbl")
    if handler is None or tables is None:
        return {}
    io = handler.reader()
    full_box(io, "hdlr")
    io.f(32)
    return {box.type: box for box in tables.children()} if four_cc(io) in _HANDLERS else {}


def _av01_entry(stsd: Box) -> Box | None:
    io = stsd.reader()
    full_box(io, "stsd", (0, 1))
    return next((entry for entry in stsd.children(skip=8) if entry.type == "av01"), None)


def _first_sample(tables: dict[str, Box], entry: Box, track: Box) -> Sample:
    io = entry.reader()
    io.byte_string(_WIDTH_OFFSET)
    width, height = io.f(16), io.f(16)
    properties = [(box.type, parse_property(box)) for box in entry.children(skip=_VISUAL_SAMPLE_ENTRY)]
    config = next((value for name, value in properties if name == "av1C"), None)
    if config is None:
        raise BitstreamError("the sample entry has no av1C", entry.start)
    missing = [name for name in ("stsz", "stsc") if name not in tables]
    if missing:
        raise BitstreamError(f"the track has no box {missing[0]!r}", track.start)
    size = _first_size(tables["stsz"])
    offset = _first_offset(tables, track)
    data = track.data
    if size == 0 or offset + size > len(data):
        message = f"the first sample, of {size} bytes at {offset}, is not in the file"
        raise BitstreamError(message, tables["stsz"].start)
    return Sample(data[offset : offset + size], offset, config, width, height, properties)


def _first_size(stsz: Box) -> int:
    io = stsz.reader()
    full_box(io, "stsz")
    sample_size, count = io.f(32), io.f(32)
    io.check(count > 0, "stsz: the track has no samples")
    return sample_size or io.f(32)


def _first_offset(tables: dict[str, Box], track: Box) -> int:
    """Of the first chunk, which starts with the first sample."""
    stsc = tables["stsc"].reader()
    full_box(stsc, "stsc")
    stsc.check(stsc.f(32) > 0, "stsc: the track has no chunks")
    stsc.check(stsc.f(32) == 1, "stsc: it does not start with the first chunk")
    name = "co64" if "co64" in tables else "stco"
    if name not in tables:
        raise BitstreamError("the track has no box 'stco'", track.start)
    io = tables[name].reader()
    full_box(io, name)
    io.check(io.f(32) > 0, f"{name}: the track has no chunks")
    return io.f(64 if name == "co64" else 32)
