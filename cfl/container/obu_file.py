"""Files of bare OBUs: low-overhead streams (Section 5 of the AV1 specification) and Annex B."""

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
    """Return the OBUs of a file of bare OBUs, low-overhead or Annex B.

    Parameters
    ----------
    data : bytes-like
        The whole file.

    Returns
    -------
    obus : iterator of cfl.av1.headers.obu.Obu
        Header, payload and place of each OBU.

    Raises
    ------
    BitstreamError
        The file begins like neither format; or, from the iterator, a size in it is wrong.

    See Also
    --------
    is_annexb : How the formats are told apart.
    ivf_obus : The OBUs of an IVF file.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> data = cfl.encode(cfl.rgb_to_frame(np.zeros((16, 16, 3), np.uint8)), speed=10)
    >>> stream = cfl.container.read_avif(data).primary.data
    >>> [obu.header.obu_type for obu in cfl.container.read_obu_file(stream)]  # a sequence header and a frame
    [1, 6]
    """
    if is_annexb(data):
        return chain.from_iterable(iter_annexb_temporal_units(data))
    if not _is_low_overhead(data):
        raise BitstreamError("neither a low-overhead OBU stream nor an Annex B one", 0)
    return iter_obus(data)


def is_annexb(data: Bytes) -> bool:
    """Return whether a file begins as Annex B demands: with the three nested sizes of a temporal delimiter.

    Parameters
    ----------
    data : bytes-like
        The file, or its first bytes.

    Returns
    -------
    is_annexb : bool
        False also for data that end too early.

    See Also
    --------
    file_format : The format of any file of AV1.

    Notes
    -----
    A low-overhead stream that begins with its temporal delimiter never passes. Its second byte is zero; read
    as Annex B, this is a frame_unit_size too small for the delimiter.

    References
    ----------
    .. [1] AV1 specification, Annex B.

    Examples
    --------
    A temporal delimiter in Annex B and in the low-overhead format:

    >>> from cfl.container import is_annexb
    >>> is_annexb(bytes([3, 2, 1, 0x10])), is_annexb(bytes([0x12, 0x00]))
    (True, False)
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
    """Read a size; return the bit position where the part of that size ends."""
    size = io.leb128()
    return io.position + 8 * size


def _is_low_overhead(data: Bytes) -> bool:
    """Whether a file begins with a temporal delimiter or a sequence header that has its size."""
    header = ObuHeader()
    try:
        obu_header(BitReader(data), header)
    except BitstreamError:
        return False
    first = header.obu_type in (OBU_TEMPORAL_DELIMITER, OBU_SEQUENCE_HEADER)
    return first and header.obu_has_size_field == 1
