"""Files that are bare OBUs: low-overhead streams (Section 5 of the standard) and Annex B."""

from collections.abc import Iterator
from itertools import chain

from cfl.av1.headers.bits import BitReader, Bytes
from cfl.av1.headers.obu import (
    OBU_SEQUENCE_HEADER,
    OBU_TEMPORAL_DELIMITER,
    Obu,
    ObuHeader,
    iter_annexb_temporal_units,
    iter_obus,
    obu_header,
)
from cfl.errors import BitstreamError


def read_obu_file(data: Bytes) -> Iterator[Obu]:
    """The OBUs of a file in either format, decided by `is_annexb`.

    Raises
    ------
    BitstreamError
        The file starts like neither; or, from the iterator, its framing is broken.
    """
    if is_annexb(data):
        return chain.from_iterable(iter_annexb_temporal_units(data))
    if not _is_low_overhead(data):
        raise BitstreamError("neither a low-overhead OBU stream nor an Annex B one", 0)
    return iter_obus(data)


def is_annexb(data: Bytes) -> bool:
    """Whether a file starts as Annex B demands: with the three nested sizes of a temporal delimiter.

    No low-overhead stream that starts with its temporal delimiter can pass: its second byte is zero, which
    here is a frame_unit_size too small for the delimiter.
    """
    io = BitReader(data)
    try:
        temporal_unit = _end_of(io)
        frame_unit = _end_of(io)
        obu = _end_of(io)
        header = ObuHeader()
        obu_header(io, header)
        obu_size = io.leb128() if header.obu_has_size_field else 0
    except BitstreamError:
        return False
    is_delimiter = (
        header.obu_type == OBU_TEMPORAL_DELIMITER and not header.obu_extension_flag and obu_size == 0
    )
    return is_delimiter and io.position == obu <= frame_unit <= temporal_unit


def _end_of(io: BitReader) -> int:
    """Bit position where the part ends whose size is read."""
    size = io.leb128()
    return io.position + 8 * size


def _is_low_overhead(data: Bytes) -> bool:
    """Whether a file starts with a temporal delimiter, or at least a sequence header, with its size."""
    header = ObuHeader()
    try:
        obu_header(BitReader(data), header)
    except BitstreamError:
        return False
    first = header.obu_type in (OBU_TEMPORAL_DELIMITER, OBU_SEQUENCE_HEADER)
    return first and header.obu_has_size_field == 1
