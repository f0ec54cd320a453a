"""PNG and JPEG files without the damaged parts that only describe the picture.

Pillow refuses a file for any of them, although libpng and libjpeg show the picture. The samples are not
touched: what damages them stays an error.
"""

import io
import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import IO, NamedTuple

import numpy as np
from PIL import Image

from cfl.frames.png_chunks import SIGNATURE

_CHUNK_SIZES = {
    b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"cICP": 4, b"cLLI": 8, b"mDCV": 24, b"pHYs": 9, b"tIME": 7,
    b"acTL": 8, b"fcTL": 26,
}  # fmt: skip
_TRNS_SIZES = {0: range(2, 3), 2: range(6, 7), 3: range(1, 257)}
"""Bytes of tRNS by colour type."""
_ANIMATION = (b"acTL", b"fcTL", b"fdAT")
_COMPRESSED = (b"iCCP", b"zTXt")
_LARGEST_CHUNK = 1 << 24
"""Bytes of a chunk that describes, also when decompressed; larger ones are left out."""
_LARGEST_TEXT = 1 << 20
"""Pillow refuses texts and profiles that become larger than this when they are decompressed."""
_SOI, _EOI, _SOS = b"\xff\xd8", b"\xff\xd9", 0xDA
_COMMENT, _APP0, _APP1, _APP2, _APP14 = 0xFE, 0xE0, 0xE1, 0xE2, 0xEE
_SEGMENTS = {
    _APP0: (b"JFIF\0", 14), _APP1: (b"", 6), _APP2: (b"ICC_PROFILE\0", 15), _APP14: (b"Adobe", 12),
}  # fmt: skip
"""Beginning and least size of the segments of a JPEG that are kept."""
_NEEDED = (_APP0, _APP14)
"""Those that tell how samples are to be understood."""


class Undamaged(NamedTuple):
    """A file that Pillow opens; `remarks` say what it lacks, `icc` is a profile that Pillow would refuse."""

    file: IO[bytes]
    remarks: tuple[str, ...] = ()
    icc: bytes | None = None


def undamaged(file: IO[bytes]) -> Undamaged:
    """Return the file from its beginning on, or a copy in memory without its damaged descriptions."""
    start = file.read(len(SIGNATURE))
    file.seek(0)
    if start == SIGNATURE:
        found = _png(file)
    elif start.startswith(_SOI):
        found = _jpeg(file)
    else:
        return Undamaged(file)
    file.seek(0)
    return found


def _png(file: IO[bytes]) -> Undamaged:
    """Look at the chunks that describe; those of samples are passed over."""
    file.seek(len(SIGNATURE))
    damaged: dict[int, bytes] = {}
    icc, colour_type = None, 0
    for at, kind, size in _chunk_heads(file):
        if kind == b"IHDR" and size == 13:
            colour_type = file.read(size)[9]
        elif kind[:1].islower() and kind != b"fdAT":
            data = file.read(size + 4) if size <= _LARGEST_CHUNK else b""
            if _is_damaged(kind, data, size, colour_type):
                damaged[at] = kind
                icc = icc or _large_profile(kind, data)
    if not damaged:
        return Undamaged(file)
    names = {_name_of(kind) for kind in damaged.values()}
    without = set(damaged)
    if any(kind in _ANIMATION for kind in damaged.values()):
        without |= {at for at, kind, _ in _chunk_heads(file) if kind in _ANIMATION}
    if icc is not None:
        names.discard("iCCP")
    return Undamaged(io.BytesIO(_without_chunks(file, without)), _said(sorted(names)), icc)


def _chunk_heads(file: IO[bytes]) -> Iterator[tuple[int, bytes, int]]:
    """Yield where each chunk is, its kind and size; the file is at its data then."""
    at = len(SIGNATURE)
    while True:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[:4])
        yield at, head[4:], size
        if head[4:] == b"IEND":
            return
        at += 12 + size


def _is_damaged(kind: bytes, data: bytes, size: int, colour_type: int) -> bool:
    if len(data) != size + 4 or zlib.crc32(data[:-4], zlib.crc32(kind)) != int.from_bytes(data[-4:]):
        return True
    data = data[:-4]
    if kind == b"tRNS" and colour_type in _TRNS_SIZES:
        return size not in _TRNS_SIZES[colour_type]
    if kind in _COMPRESSED:
        _, end, packed = data.partition(b"\0")
        return not end or packed[:1] != b"\0" or _unpacked(packed[1:], _LARGEST_TEXT) is None
    return size != _CHUNK_SIZES.get(kind, size) or (kind == b"acTL" and not any(data[:4]))


def _unpacked(data: bytes, largest: int) -> bytes | None:
    """Return decompressed data; None if they are larger or damaged."""
    decompressor = zlib.decompressobj()
    try:
        unpacked = decompressor.decompress(data, largest)
    except zlib.error:
        return None
    return unpacked if decompressor.eof else None


def _large_profile(kind: bytes, data: bytes) -> bytes | None:
    """A whole ICC profile that is only too large for Pillow."""
    name, _, packed = data[:-4].partition(b"\0")
    return _unpacked(packed[1:], _LARGEST_CHUNK) if kind == b"iCCP" and name and packed[:1] == b"\0" else None


def _name_of(kind: bytes) -> str:
    return "the animation" if kind in _ANIMATION else kind.decode("latin-1")


def _without_chunks(file: IO[bytes], without: set[int]) -> bytes:
    parts = [SIGNATURE]
    for at, kind, size in list(_chunk_heads(file)):
        if at not in without:
            file.seek(at + 8)
            parts.append(struct.pack(">I", size) + kind + file.read(size + 4))
    return b"".join(parts)


def _jpeg(file: IO[bytes]) -> Undamaged:
    """Leave out segments if Pillow cannot open it, and add the end if only that is missing."""
    remarks: tuple[str, ...] = ()
    if not _opens(file):
        data = _read(file)
        for keeps in (_keeps_whole, _keeps_needed):
            cleaned, left_out = _without_segments(data, keeps)
            if left_out and _opens(io.BytesIO(cleaned)):
                file, remarks = io.BytesIO(cleaned), _said(dict.fromkeys(left_out))
                break
    file.seek(-min(2, file.seek(0, os.SEEK_END)), os.SEEK_END)
    if file.read(2) != _EOI and not _loads(file) and _lacks_only_its_end(data := _read(file)):
        file, remarks = io.BytesIO(data + _EOI), (*remarks, "the file has no end, but all samples are there")
    return Undamaged(file, remarks)


def _said(names: Iterable[str]) -> tuple[str, ...]:
    """A remark that names the parts, if there are any."""
    listed = ", ".join(names)
    return (f"damaged parts are left out: {listed}",) if listed else ()


def _read(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _opens(file: IO[bytes]) -> bool:
    file.seek(0)
    try:
        with Image.open(file, formats=["JPEG"]):
            return True
    except Exception:  # Pillow raises nearly anything; who opens it again says what
        return False


def _loads(file: IO[bytes]) -> bool:
    """Whether the samples can be decoded; true too if the file cannot be opened at all."""
    file.seek(0)
    try:
        image = Image.open(file, formats=["JPEG"])
    except Exception:  # as in `_opens`
        return True
    try:
        image.load()
    except OSError:
        return False
    return True


def _lacks_only_its_end(data: bytes) -> bool:
    """Whether all samples are there: then none of them depends on what follows the data."""
    decoded = []
    for filling in (b"", b"\x55" * 512, b"\xaa" * 512):
        try:
            with Image.open(io.BytesIO(data + filling + _EOI), formats=["JPEG"]) as image:
                decoded.append(np.asarray(image))
        except OSError:
            return False
    return all(np.array_equal(other, decoded[0]) for other in decoded[1:])


def _without_segments(data: bytes, keeps: Callable[[int, bytes], bool]) -> tuple[bytes, list[str]]:
    """Return the file without the segments that `keeps` refuses, and their names."""
    parts, left_out, at = [_SOI], [], 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _SOS:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        is_description = marker == _COMMENT or _APP0 <= marker < _APP0 + 16
        if is_description and not keeps(marker, data[at + 4 : end]):
            left_out.append("COM" if marker == _COMMENT else f"APP{marker - _APP0}")
        else:
            parts.append(data[at:end])
        at = end
    return b"".join([*parts, data[at:]]), left_out


def _keeps_whole(marker: int, data: bytes) -> bool:
    start, least = _SEGMENTS.get(marker, (b"", 0))
    return data.startswith(start) and len(data) >= least


def _keeps_needed(marker: int, data: bytes) -> bool:
    return marker in _NEEDED and _keeps_whole(marker, data)
