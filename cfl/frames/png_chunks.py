"""What a PNG's chunks say of its colour, light and pixels (PNG-3, https://www.w3.org/TR/png-3/)."""

import os
import struct
import zlib

import numpy as np

from cfl.frames._input import open_binary
from cfl.frames.light import ContentLight, MasteringDisplay
from cfl.frames.primaries import nearest_primaries
from cfl.remarks import remark
from cfl.sources import File

SIGNATURE = b"\x89PNG\r\n\x1a\n"
SRGB = 1, 13
UNKNOWN = 2
PER_CANDELA = 10_000
"""Units of luminance in cLLI and mDCV for 1 cd/m²."""
PER_UNIT = 100_000
"""Units of gAMA and cHRM in 1."""
_MAX_CHUNKS = 1000
_KEPT = {
    b"cICP": 4, b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"cLLI": 8, b"mDCV": 24, b"pHYs": 9, b"IHDR": 13,
    b"tRNS": None,
}  # fmt: skip
"""Chunks that are read, and their sizes."""
_TRANSFERS = {45455: 4, 35714: 5, 100_000: 8}
"""gAMA, the exponent of encoding times 100,000: gamma 2.2, 2.8 and 1 as code points."""
_GAMMA_TOLERANCE = 100
_LARGEST = (1 << 16) - 1


def read_chunks(path: File) -> dict[bytes, bytes]:
    """Return the first of each chunk of `_KEPT` before the samples; those of a wrong size are left out."""
    found: dict[bytes, bytes] = {}
    with open_binary(path) as file:
        file.seek(len(SIGNATURE))
        for _ in range(_MAX_CHUNKS):
            head = file.read(8)
            if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
                break
            kind, size = head[4:], int.from_bytes(head[:4], "big")
            if kind in _KEPT and kind not in found and size == (_KEPT[kind] or min(size, 256)):
                data = file.read(size)
                if file.read(4) == zlib.crc32(data, zlib.crc32(kind)).to_bytes(4):
                    found[kind] = data
            else:
                file.seek(size + 4, os.SEEK_CUR)
    if found.get(b"cICP", bytes(4))[2] != 0:
        remark("the PNG's cICP is ignored: its matrix is not 0, as RGB's is")
        del found[b"cICP"]
    return found


def is_narrow(chunks: dict[bytes, bytes]) -> bool:
    """Return whether cICP says that the samples are of narrow range: 16…235 at 8 bits."""
    return b"cICP" in chunks and chunks[b"cICP"][3] == 0


def widened_range(samples: np.ndarray) -> np.ndarray:
    """Return narrow-range samples of 8 or 16 bits in full range; alpha, the last of 2 or 4, stays."""
    top = int(np.iinfo(samples.dtype).max)
    unit = (top + 1) // 256
    values = (np.arange(top + 1, dtype=np.int64) - 16 * unit) * top
    table = np.clip((2 * values + 219 * unit) // (2 * 219 * unit), 0, top).astype(samples.dtype)
    if samples.ndim == 2 or samples.shape[2] in (1, 3):
        return table[samples]
    return np.concatenate((table[samples[..., :-1]], samples[..., -1:]), axis=2)


def cicp_of(chunks: dict[bytes, bytes], has_icc: bool) -> tuple[int, int]:
    """Return primaries and transfer function: cICP goes before iCCP, sRGB, and gAMA with cHRM (PNG-3, 4.3).

    With an ICC profile both are unknown, as it says more. Without any of these the picture is sRGB.
    """
    if b"cICP" in chunks:
        return chunks[b"cICP"][0], chunks[b"cICP"][1]
    if has_icc:
        return UNKNOWN, UNKNOWN
    if b"sRGB" in chunks:
        return SRGB
    return _primaries(chunks.get(b"cHRM")), _transfer(chunks.get(b"gAMA"))


def _primaries(chromaticities: bytes | None) -> int:
    if chromaticities is None:
        return SRGB[0]
    white, *corners = [(x / 100_000, y / 100_000) for x, y in struct.iter_unpack(">2I", chromaticities)]
    found = nearest_primaries([*corners, white])
    if found is None:
        remark("the chromaticities of the PNG (cHRM) have no CICP code point: its primaries are unknown")
    return UNKNOWN if found is None else found


def _transfer(gamma: bytes | None) -> int:
    if gamma is None:
        return SRGB[1]
    value = int.from_bytes(gamma)
    for known, transfer in _TRANSFERS.items():
        if abs(value - known) <= _GAMMA_TOLERANCE:
            return transfer
    remark(f"the gamma of the PNG (gAMA {value / 100_000}) has no CICP code point: its transfer is unknown")
    return UNKNOWN


def content_light(chunks: dict[bytes, bytes]) -> ContentLight | None:
    """Return what cLLI says, rounded to whole cd/m²."""
    if b"cLLI" not in chunks:
        return None
    values = struct.unpack(">2I", chunks[b"cLLI"])
    brightest, mean = (min((value + PER_CANDELA // 2) // PER_CANDELA, _LARGEST) for value in values)
    return ContentLight(brightest, mean)


def mastering_display(chunks: dict[bytes, bytes]) -> MasteringDisplay | None:
    """Return what mDCV says: red, green, blue and white, then the luminances."""
    if b"mDCV" not in chunks:
        return None
    *points, brightest, darkest = struct.unpack(">8H2I", chunks[b"mDCV"])
    red, green, blue, white = zip(points[::2], points[1::2], strict=True)
    return MasteringDisplay(red, green, blue, white, brightest, darkest)


def pixel_aspect(chunks: dict[bytes, bytes]) -> tuple[int, int] | None:
    """Return width to height of a pixel from pHYs, if it is not square."""
    per_unit_x, per_unit_y = struct.unpack(">2I", chunks.get(b"pHYs", bytes(9))[:8])
    return None if per_unit_x == per_unit_y or not per_unit_x * per_unit_y else (per_unit_y, per_unit_x)


def transparent_gray(chunks: dict[bytes, bytes]) -> int | None:
    """Return which of 256 grays tRNS makes transparent in a gray picture of up to 8 bits (PNG-3, 11.3.1.1).

    The chunk has the sample as it is in the file, of which only the bits of the depth count.
    """
    header, transparency = chunks.get(b"IHDR", bytes(13)), chunks.get(b"tRNS", b"")
    depth, colour_type = header[8], header[9]
    if colour_type != 0 or depth not in (1, 2, 4, 8) or len(transparency) < 2:
        return None
    top = 2**depth - 1
    return (int.from_bytes(transparency[:2]) & top) * (255 // top)
