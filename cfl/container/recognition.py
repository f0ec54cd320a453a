"""Recognise files of AV1 by how they begin."""

from cfl.arguments import require
from cfl.av1.headers.bits import BitReader
from cfl.av1.headers.obu import OBU_SEQUENCE_HEADER, Obu, iter_obus, read_obu
from cfl.av1.headers.sequence_header import SequenceHeader, sequence_header_obu
from cfl.container import ivf
from cfl.container.brands import SEQUENCE_BRAND, brands_of
from cfl.container.demuxing import is_video_file, video_format
from cfl.container.obu_file import is_annexb
from cfl.errors import CflError
from cfl.frames._input import head_of
from cfl.sources import Source, as_source

HEAD_SIZE = 1 << 16
"""Bytes that are enough to tell."""

_MAX_OBUS = 16
"""OBUs among which the sequence header must be."""


def file_format_of(path: Source) -> str | None:
    """Return the format of a file by its path; see `file_format`. A video file of AV1 is "MP4" or "Matroska".

    Raises
    ------
    FrameError
        The file cannot be opened.
    """
    source = as_source(path)
    head = head_of(source, HEAD_SIZE)
    return video_format(source) if is_video_file(head) else file_format(head)


def file_format(head: bytes) -> str | None:
    """Return which format of AV1 a file has.

    Parameters
    ----------
    head : bytes
        The first 65,536 bytes of the file, or all if it is shorter.

    Returns
    -------
    format : {"AVIF", "AVIF sequence", "IVF", "OBU", "Annex B"} or None
        None for every other file, including IVF of another codec.

    See Also
    --------
    decode : Decodes a file of any of these formats.
    is_annexb : How Annex B is told from OBUs.

    Notes
    -----
    Bare OBUs have no magic number. They are recognised by a sequence header that can be read.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> data = cfl.encode(cfl.rgb_to_frame(np.zeros((16, 16, 3), np.uint8)), speed=10)
    >>> cfl.container.file_format(data), cfl.container.file_format(b"GIF89a")
    ('AVIF', None)
    """
    require("head", head, bytes | bytearray, "bytes")
    if brands := brands_of(head):
        if brands[0] == SEQUENCE_BRAND:
            return "AVIF sequence"
        return "AVIF" if "avif" in brands or SEQUENCE_BRAND in brands else None
    if head.startswith(ivf.MAGIC):
        return "IVF" if head[8:12] == b"AV01" else None
    try:
        annexb = is_annexb(head)
        if _is_sequence_header(_second_of_annexb(head) if annexb else _first_that_counts(head)):
            return "Annex B" if annexb else "OBU"
    except CflError:
        pass
    return None


def _second_of_annexb(head: bytes) -> Obu:
    """The OBU after the temporal delimiter."""
    io = BitReader(head)
    for _ in range(2):
        io.leb128()
    read_obu(io, io.leb128())
    return read_obu(io, io.leb128())


def _first_that_counts(head: bytes) -> Obu | None:
    """The sequence header, if there is one among the first OBUs."""
    for _, obu in zip(range(_MAX_OBUS), iter_obus(head), strict=False):
        if obu.header.obu_type == OBU_SEQUENCE_HEADER:
            return obu
    return None


def _is_sequence_header(obu: Obu | None) -> bool:
    if obu is None or obu.header.obu_type != OBU_SEQUENCE_HEADER:
        return False
    io = obu.reader()
    sequence_header_obu(io, SequenceHeader())
    io.trailing_bits()
    return True
