"""Coded frames: assembled from the OBUs of a stream, and put into OBUs (AV1 specification 5.9.1, 5.10, 7.5).

    bytes ── iter_obus ──▶ Obu, Obu, … ── FrameReader ──▶ CodedFrame (headers, tiles) ──▶ decoder

The functions ``..._payload`` do the reverse: they make the payloads of OBUs.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from cfl.av1.headers.bits import BitReader, BitWriter
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.obu import (
    OBU_FRAME,
    OBU_FRAME_HEADER,
    OBU_REDUNDANT_FRAME_HEADER,
    OBU_SEQUENCE_HEADER,
    OBU_TEMPORAL_DELIMITER,
    OBU_TILE_GROUP,
    OBU_TILE_LIST,
    Obu,
)
from cfl.av1.headers.reference_state import ReferenceState
from cfl.av1.headers.sequence_header import SequenceHeader, sequence_header_obu
from cfl.av1.headers.tile_group import Tile, TileGroup, tile_group_obu
from cfl.av1.headers.tile_info import TileInfo
from cfl.av1.headers.uncompressed_header import uncompressed_header
from cfl.errors import BitstreamError, UnsupportedFeature

_FRAME_OBUS = (OBU_FRAME_HEADER, OBU_TILE_GROUP, OBU_FRAME, OBU_REDUNDANT_FRAME_HEADER)


@dataclass(slots=True)
class CodedFrame:
    """One frame as it is coded: all a decoder needs.

    Attributes
    ----------
    sequence : SequenceHeader
    header : FrameHeader
    tiles : list of Tile
        In raster order, ``header.tile_info.num_tiles`` of them; none where `header.show_existing_frame`.
    offset : int
        Of the frame's first OBU in the input.
    temporal_id, spatial_id : int
    size : int
        Bytes of the frame's OBUs, their headers included, and of sequence headers right before it.
    """

    sequence: SequenceHeader
    header: FrameHeader
    tiles: list[Tile]
    offset: int
    temporal_id: int = 0
    spatial_id: int = 0
    size: int = 0


class FrameReader:
    """Assembles the frames of a stream from its OBUs (5.9.1, 5.10, 5.11.1, 7.5).

    Metadata, padding and reserved OBUs are skipped, and so are those outside of the operating point.

    Parameters
    ----------
    operating_point : int, optional
        Which of the sequence header's operating points to decode.

    Attributes
    ----------
    sequence : SequenceHeader, optional
        The last one read.
    references : ReferenceState
    """

    def __init__(self, operating_point: int = 0):
        self.operating_point = operating_point
        self.sequence: SequenceHeader | None = None
        self.references = ReferenceState()
        self._sequence_bytes = b""
        self._frame: CodedFrame | None = None  # one that still lacks tiles
        self._header_bits = (0, 0)
        self._size = 0  # of the OBUs since the last complete frame that belong to the next one

    def read(self, obu: Obu) -> CodedFrame | None:
        """Take the next OBU; return the frame that it completes, if it does.

        Raises
        ------
        BitstreamError
            The OBU breaks the rules of its syntax or of the order of OBUs.
        UnsupportedFeature
            A large scale tile list.
        """
        obu_type = obu.header.obu_type
        if obu_type == OBU_SEQUENCE_HEADER or obu_type in _FRAME_OBUS:
            self._size += obu.payload_offset - obu.offset + len(obu.payload)
        if obu_type == OBU_TEMPORAL_DELIMITER:
            self._temporal_delimiter(obu)
        elif obu_type == OBU_SEQUENCE_HEADER:
            self._sequence_header(obu)
        elif obu_type == OBU_TILE_LIST:
            raise UnsupportedFeature("large scale tile: OBU_TILE_LIST")
        elif obu_type in _FRAME_OBUS:
            return self._frame_obu(obu)
        return None

    def finish(self) -> None:
        """The stream ends: raise `BitstreamError` if a frame lacks tiles."""
        if self._frame is not None:
            tiles = f"{len(self._frame.tiles)} of {self._frame.header.tile_info.num_tiles} tiles"
            raise BitstreamError(f"the frame is not complete: {tiles}", self._frame.offset)

    def _temporal_delimiter(self, obu: Obu) -> None:
        if obu.payload:
            obu.reader().trailing_bits()
        self.finish()
        self._size = 0

    def _sequence_header(self, obu: Obu) -> None:
        if obu.payload == self._sequence_bytes:
            return
        self.finish()
        io = obu.reader()
        sequence = SequenceHeader()
        sequence_header_obu(io, sequence)
        io.trailing_bits()
        io.check(
            self.operating_point < len(sequence.operating_points),
            f"there is no operating point {self.operating_point}, only {len(sequence.operating_points)}",
        )
        if self.sequence is None or not _is_same_video(sequence, self.sequence):
            self.references = ReferenceState()  # frames may have another format
        self.sequence = sequence
        self._sequence_bytes = bytes(obu.payload)

    def _frame_obu(self, obu: Obu) -> CodedFrame | None:
        if self.sequence is None:
            raise BitstreamError("a frame comes before any sequence header", obu.offset)
        header = obu.header
        op = self.sequence.operating_points[self.operating_point]
        if header.obu_extension_flag and not op.contains(header.temporal_id, header.spatial_id):
            return None
        io = obu.reader()
        if header.obu_type == OBU_TILE_GROUP:
            if self._frame is None:
                raise BitstreamError("a tile group comes without a frame header", obu.offset)
            return self._tile_group(io, self._frame, obu)
        if header.obu_type == OBU_REDUNDANT_FRAME_HEADER:
            self._redundant_header(io, obu)
            return None
        self.finish()
        frame = self._frame_header(io, self.sequence, obu)
        if header.obu_type == OBU_FRAME:
            io.check(not frame.header.show_existing_frame, "show_existing_frame in OBU_FRAME")
            io.byte_alignment()
            return self._tile_group(io, frame, obu)
        io.trailing_bits()
        if frame.header.show_existing_frame:
            return self._complete(frame)
        self._frame = frame
        return None

    def _frame_header(self, io: BitReader, sequence: SequenceHeader, obu: Obu) -> CodedFrame:
        temporal_id, spatial_id = obu.header.temporal_id, obu.header.spatial_id
        header = FrameHeader()
        uncompressed_header(io, header, sequence, self.references, temporal_id, spatial_id)
        self._header_bits = _bits(obu.payload, io.position)
        return CodedFrame(sequence, header, [], obu.offset, temporal_id, spatial_id)

    def _redundant_header(self, io: BitReader, obu: Obu) -> None:
        io.check(self._frame is not None, "OBU_REDUNDANT_FRAME_HEADER without a frame header before it")
        length = self._header_bits[0]
        same = 8 * len(obu.payload) >= length and _bits(obu.payload, length) == self._header_bits
        io.check(same, "OBU_REDUNDANT_FRAME_HEADER differs from the frame header")

    def _tile_group(self, io: BitReader, frame: CodedFrame, obu: Obu) -> CodedFrame | None:
        group = TileGroup()
        tile_group_obu(io, group, frame.header.tile_info)
        if obu.header.obu_type == OBU_FRAME:
            io.check(
                not group.tile_start_and_end_present_flag, "tile_start_and_end_present_flag in OBU_FRAME"
            )
        io.check(
            group.tg_start == len(frame.tiles), f"tg_start {group.tg_start} after {len(frame.tiles)} tiles"
        )
        frame.tiles += group.tiles
        if len(frame.tiles) < frame.header.tile_info.num_tiles:
            self._frame = frame
            return None
        return self._complete(frame)

    def _complete(self, frame: CodedFrame) -> CodedFrame:
        self._frame = None
        frame.size, self._size = self._size, 0
        self.references.update(frame.header)
        return frame


def _is_same_video(a: SequenceHeader, b: SequenceHeader) -> bool:
    """Whether two sequence headers differ in operating parameters at most: one coded video sequence (7.5)."""

    def without_parameters(sequence: SequenceHeader) -> SequenceHeader:
        points = [
            replace(point, decoder_buffer_delay=0, encoder_buffer_delay=0, low_delay_mode_flag=0)
            for point in sequence.operating_points
        ]
        return replace(sequence, operating_points=points)

    return without_parameters(a) == without_parameters(b)


def _bits(payload: memoryview, count: int) -> tuple[int, int]:
    """The first `count` bits of a payload as (count, number)."""
    return count, BitReader(payload).f(count)


def read_frames(obus: Iterable[Obu], operating_point: int = 0) -> Iterator[CodedFrame]:
    """The frames of a stream, shown or not, in coding order; see `FrameReader` for the errors."""
    reader = FrameReader(operating_point)
    for obu in obus:
        frame = reader.read(obu)
        if frame is not None:
            yield frame
    reader.finish()


class Showable(Protocol):
    """What `shown` chooses from."""

    @property
    def sequence(self) -> SequenceHeader:
        """The sequence header."""

    @property
    def spatial_id(self) -> int:
        """The spatial layer."""


Shown = TypeVar("Shown", bound=Showable)


def shown(
    obus: Iterable[Obu],
    show: Callable[[CodedFrame], Shown | None],
    *,
    operating_point: int = 0,
    layer: int | None = None,
) -> Iterator[Shown]:
    """What a stream shows, in order (7.18).

    Where the operating point has several spatial layers, each temporal unit shows one picture: the highest
    layer in it.

    Parameters
    ----------
    obus : iterable of Obu
        Temporal delimiters among them divide the temporal units.
    show : callable
        Takes each coded frame; what it shows, if anything.
    operating_point : int, optional
    layer : int, optional
        Show just the frames of this spatial layer.

    Raises
    ------
    BitstreamError
        See `FrameReader.read`.
    UnsupportedFeature
        There is a large scale tile list.
    """
    reader = FrameReader(operating_point)
    waiting: Shown | None = None
    for obu in obus:
        if obu.header.obu_type == OBU_TEMPORAL_DELIMITER and waiting is not None:
            yield waiting
            waiting = None
        coded = reader.read(obu)
        picture = None if coded is None else show(coded)
        if picture is None or layer not in (None, picture.spatial_id):
            continue
        if layer is None and picture.spatial_id < _top_layer(picture.sequence, operating_point):
            if waiting is None or waiting.spatial_id <= picture.spatial_id:
                waiting = picture
        else:
            waiting = None
            yield picture
    reader.finish()
    if waiting is not None:
        yield waiting


def _top_layer(sequence: SequenceHeader, operating_point: int) -> int:
    """The highest spatial layer of the operating point; 0 where there are no layers."""
    idc = sequence.operating_points[operating_point].operating_point_idc
    return max((idc >> 8).bit_length() - 1, 0)


def sequence_header_payload(sequence: SequenceHeader) -> bytes:
    """The payload of OBU_SEQUENCE_HEADER."""
    io = BitWriter()
    sequence_header_obu(io, sequence)
    io.trailing_bits()
    return io.getvalue()


def frame_header_payload(
    header: FrameHeader,
    sequence: SequenceHeader,
    references: ReferenceState,
    temporal_id: int = 0,
    spatial_id: int = 0,
) -> bytes:
    """The payload of OBU_FRAME_HEADER."""
    io = BitWriter()
    uncompressed_header(io, header, sequence, references, temporal_id, spatial_id)
    io.trailing_bits()
    return io.getvalue()


def tile_group_payload(group: TileGroup, info: TileInfo) -> bytes:
    """The payload of OBU_TILE_GROUP; the data of the last tile end with trailing bits."""
    io = BitWriter()
    tile_group_obu(io, group, info)
    return io.getvalue()


def frame_payload(
    header: FrameHeader,
    sequence: SequenceHeader,
    references: ReferenceState,
    tiles: list[Tile],
    temporal_id: int = 0,
    spatial_id: int = 0,
) -> bytes:
    """The payload of OBU_FRAME: the frame header and all tiles of the frame (5.10)."""
    io = BitWriter()
    uncompressed_header(io, header, sequence, references, temporal_id, spatial_id)
    io.byte_alignment()
    tile_group_obu(io, TileGroup(tiles=tiles), header.tile_info)
    return io.getvalue()
