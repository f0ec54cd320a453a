"""Open bitstream units and their framing: low-overhead streams and Annex B (AV1 specification 5.3)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cfl.av1.headers.bits import BitFields, BitReader, BitWriter, Bytes
from cfl.errors import BitstreamError

OBU_SEQUENCE_HEADER = 1
OBU_TEMPORAL_DELIMITER = 2
OBU_FRAME_HEADER = 3
OBU_TILE_GROUP = 4
OBU_METADATA = 5
OBU_FRAME = 6
OBU_REDUNDANT_FRAME_HEADER = 7
OBU_TILE_LIST = 8
OBU_PADDING = 15


@dataclass(slots=True)
class ObuHeader:
    """The first one or two bytes of an OBU (5.3.2, 5.3.3)."""

    obu_type: int = OBU_PADDING
    obu_extension_flag: int = 0
    obu_has_size_field: int = 1
    obu_reserved_1bit: int = 0
    temporal_id: int = 0
    spatial_id: int = 0
    extension_header_reserved_3bits: int = 0


def obu_header(io: BitFields, header: ObuHeader) -> None:
    """Read or write an OBU header with its extension (5.3.2, 5.3.3)."""
    io.check(io.f(1, 0) == 0, "obu_forbidden_bit is 1")
    header.obu_type = io.f(4, header.obu_type)
    header.obu_extension_flag = io.f(1, header.obu_extension_flag)
    header.obu_has_size_field = io.f(1, header.obu_has_size_field)
    header.obu_reserved_1bit = io.f(1, header.obu_reserved_1bit)
    if header.obu_extension_flag:
        header.temporal_id = io.f(3, header.temporal_id)
        header.spatial_id = io.f(2, header.spatial_id)
        header.extension_header_reserved_3bits = io.f(3, header.extension_header_reserved_3bits)


@dataclass(frozen=True, slots=True)
class Obu:
    """One OBU.

    Attributes
    ----------
    header : ObuHeader
    payload : memoryview
        What follows the header and obu_size, trailing bits included.
    offset : int
        Of the OBU's first byte in the input.
    payload_offset : int
        Of the payload's first byte in the input.
    """

    header: ObuHeader
    payload: memoryview
    offset: int
    payload_offset: int

    def reader(self) -> BitReader:
        """A reader of the payload whose errors give offsets in the input."""
        return BitReader(self.payload, base=self.payload_offset)


def read_obu(io: BitReader, size: int | None = None) -> Obu:
    """The OBU at the reader's position, which moves behind it (5.3.1).

    Parameters
    ----------
    io : BitReader
        At a byte boundary.
    size : int, optional
        Bytes of the whole OBU, where the container knows (Annex B's obu_length, or the rest of an ISO-BMFF
        sample for its last OBU). An OBU without obu_size needs it.

    Raises
    ------
    BitstreamError
        The OBU does not fit its input, has no size, or has one that differs from `size`.
    """
    offset = io.offset
    header = ObuHeader()
    obu_header(io, header)
    if header.obu_has_size_field:
        obu_size = io.leb128()
        io.check(
            size is None or io.offset - offset + obu_size == size,
            f"obu_size {obu_size} contradicts the length {size} that the container gives the OBU",
        )
    else:
        if size is None:
            raise BitstreamError("obu_has_size_field is 0 where nothing else gives the OBU's size", offset)
        obu_size = size - 1 - header.obu_extension_flag
        io.check(obu_size >= 0, f"an OBU of {size} bytes has no room for its header")
    payload_offset = io.offset
    return Obu(header, io.byte_string(obu_size), offset, payload_offset)


def iter_obus(data: Bytes, base: int = 0, last_may_be_unsized: bool = False) -> Iterator[Obu]:
    """The OBUs of a low-overhead stream (5.2), one after the other.

    Parameters
    ----------
    data : bytes-like
    base : int, optional
        Offset of ``data[0]`` in the input, for messages.
    last_may_be_unsized : bool, optional
        Whether an OBU without obu_size takes the rest of the data, as ISO-BMFF allows for a sample's last.
    """
    io = BitReader(data, base=base)
    while left := io.rest():
        has_size = io.data[io.position >> 3] & 2
        yield read_obu(io, left if last_may_be_unsized and not has_size else None)


def iter_annexb_temporal_units(data: Bytes, base: int = 0) -> Iterator[list[Obu]]:
    """The temporal units of a length-delimited stream (Annex B), each as its OBUs."""
    io = BitReader(data, base=base)
    while io.rest():
        unit = _sized(io, "temporal_unit_size")
        obus: list[Obu] = []
        while unit.rest():
            frame_unit = _sized(unit, "frame_unit_size")
            while frame_unit.rest():
                obu_length = _size(frame_unit, "obu_length")
                obus.append(read_obu(frame_unit, obu_length))
        yield obus


def _size(io: BitReader, name: str) -> int:
    size = io.leb128()
    io.check(size <= io.rest(), f"{name} {size} exceeds the {io.rest()} bytes left")
    return size


def _sized(io: BitReader, name: str) -> BitReader:
    """A reader of the next length-delimited part; `io` moves behind it."""
    size = _size(io, name)
    offset = io.offset
    return BitReader(io.byte_string(size), base=offset)


def encode_obu(header: ObuHeader, payload: Bytes, size_bytes: int = 1) -> bytes:
    """An OBU as bytes; obu_size takes `size_bytes` at least, where the header says it has it."""
    io = BitWriter()
    obu_header(io, header)
    if header.obu_has_size_field:
        io.leb128(len(payload), size_bytes)
    io.byte_string(len(payload), payload)
    return io.getvalue()


def encode_annexb(temporal_units: Iterable[Iterable[Iterable[bytes]]]) -> bytes:
    """A length-delimited stream (Annex B) of temporal units, each of frame units, each of OBUs."""
    return b"".join(
        _delimited(b"".join(_delimited(b"".join(_delimited(obu) for obu in frame)) for frame in unit))
        for unit in temporal_units
    )


def _delimited(data: bytes) -> bytes:
    io = BitWriter()
    io.leb128(len(data))
    return io.getvalue() + data
