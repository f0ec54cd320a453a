"""FFmpeg's and others' names of raw pixel formats, and the endings of files that say them."""

import re
from typing import NamedTuple

_PLANAR = {
    "yuv420p": "4:2:0", "yuv422p": "4:2:2", "yuv444p": "4:4:4", "yuv411p": "4:1:1", "yuv440p": "4:4:0",
    "gray": "4:0:0", "mono": "4:0:0",
}  # fmt: skip
_EIGHT_BITS = {
    "i420": ("4:2:0", "planar"), "iyuv": ("4:2:0", "planar"), "yv12": ("4:2:0", "vu planar"),
    "i422": ("4:2:2", "planar"), "i444": ("4:4:4", "planar"), "y800": ("4:0:0", "planar"),
    "nv12": ("4:2:0", "uv"), "nv21": ("4:2:0", "vu"), "nv16": ("4:2:2", "uv"), "nv61": ("4:2:2", "vu"),
    "nv24": ("4:4:4", "uv"), "nv42": ("4:4:4", "vu"),
}  # fmt: skip
_HIGH_BITS = re.compile(r"p(0|2|4)(10|12|16)(?:le)?")
_HIGH = {"0": "4:2:0", "2": "4:2:2", "4": "4:4:4"}
_WITH_DEPTH = re.compile(r"(yuvj?4(?:20|22|44|11|40)p|gray|mono)(8|9|10|12|14|16)?(?:le)?")
LAYOUTS = ("planar", "vu planar", "uv", "vu", "uv high")
"""Order of the samples: Y, U, V; Y, V, U; Y, then pairs of U and V, or of V and U. In "uv high" the bits of a
sample are the highest of its 16."""
EXAMPLES = (
    "yuv420p, yuv422p, yuv444p, gray (each also with 9, 10, 12, 14 or 16), nv12, nv21, p010, i420, yv12"
)


class RawName(NamedTuple):
    """What a name says."""

    subsampling: str
    bit_depth: int
    layout: str = "planar"
    full_range: bool = False


def parse_name(name: str) -> RawName | None:
    """Return what the name of a pixel format says; None for one that is not known."""
    name = name.lower()
    if name in _EIGHT_BITS:
        subsampling, layout = _EIGHT_BITS[name]
        return RawName(subsampling, 8, layout)
    if high := _HIGH_BITS.fullmatch(name):
        return RawName(_HIGH[high[1]], int(high[2]), "uv high")
    if found := _WITH_DEPTH.fullmatch(name):
        family, depth = found.groups()
        return RawName(
            _PLANAR[family.replace("yuvj", "yuv")], int(depth or 8), full_range=family.startswith("yuvj")
        )
    return None
