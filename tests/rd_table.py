"""What the encoder makes of small pictures, in numbers that must not get worse: `rd_table.csv`.

`python -m tests.rd_table` writes the table anew; do that when compression has got better, or was given up for
something on purpose, and say so in the commit.
"""

import csv
import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from cfl import encode_frame
from cfl.frames import rgb_to_frame
from cfl.metrics import bd_rate

TABLE = Path(__file__).with_name("rd_table.csv")
IMAGES = Path(__file__).parent.parent / "images"
QUALITIES = 40, 75
SETTINGS = {"default": {"speed": 6}, "fastest": {"speed": 10}, "without CfL": {"speed": 6, "cfl": False}}
EQUAL = {"yuv": "PSNR", "ssimulacra2": "SSIMULACRA 2"}
"""At equal what bytes are compared."""
PICTURES = {
    # file, left, top, width, height, subsampling, bit depth
    "cup": ("coffee.png", 96, 32, 224, 192, "4:2:0", 8),
    "portrait": ("astronaut.png", 40, 20, 192, 192, "4:2:0", 8),
    "fur": ("chelsea.png", 0, 0, 201, 181, "4:2:0", 8),
    "lattice": ("rocket.png", 64, 0, 192, 192, "4:2:0", 8),
    "full chroma": ("coffee.png", 0, 0, 160, 160, "4:4:4", 10),
}


class Point(NamedTuple):
    """One encode: a row of the table."""

    picture: str
    setting: str
    quality: int
    bytes: int
    chroma_bits: int
    y: float
    u: float
    v: float
    ssimulacra2: float

    @property
    def yuv(self):
        """The mean PSNR of the planes, 6:1:1."""
        return (6 * self.y + self.u + self.v) / 8

    @property
    def uv(self):
        """The mean PSNR of the chroma."""
        return (self.u + self.v) / 2


@functools.cache
def source(picture):
    """The frame of that name."""
    file, left, top, width, height, subsampling, bit_depth = PICTURES[picture]
    rgb = np.asarray(Image.open(IMAGES / file).convert("RGB"))[top : top + height, left : left + width]
    return rgb_to_frame(np.ascontiguousarray(rgb), subsampling=subsampling, bit_depth=bit_depth)


@functools.cache
def curve(picture, setting):
    """The points of today's encoder, in the order of the qualities."""
    return [_point(picture, setting, quality) for quality in QUALITIES]


def _point(picture, setting, quality):
    encoded = encode_frame(source(picture), quality=quality, **{"tune": "psnr"} | SETTINGS[setting])
    blocks, psnr = encoded.blocks, encoded.psnr
    chroma_bits = round(float((blocks["bits_chroma"] + blocks["bits_cfl_alpha"]).sum(dtype=np.float64)))
    planes = (round(psnr[plane], 3) for plane in "yuv")
    score = round(encoded.ssimulacra2, 3)
    return Point(picture, setting, quality, encoded.coded_bytes, chroma_bits, *planes, score)


def table():
    """The committed points: lists by picture and setting."""
    curves = {}
    with TABLE.open(newline="") as file:
        for row in csv.DictReader(file):
            point = Point(*(kind(row[name]) for name, kind in Point.__annotations__.items()))
            curves.setdefault((point.picture, point.setting), []).append(point)
    return curves


def change(before, after, rate="bytes", quality="yuv"):
    """By how many per cent the rate of a curve has grown at equal quality."""
    return bd_rate(
        *(
            [getattr(point, name) for point in points]
            for points in (before, after)
            for name in (rate, quality)
        )
    )


def main():
    """Write the table, and say what has changed at equal PSNR and at equal SSIMULACRA 2."""
    before = table() if TABLE.exists() else {}
    with TABLE.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(Point._fields)
        for setting in SETTINGS:
            for picture in PICTURES:
                rows.writerows(curve(picture, setting))
            for quality, words in EQUAL.items():
                if all((picture, setting) in before for picture in PICTURES):
                    print(f"{setting}: bytes at equal {words} {told(changes(before, setting, quality))}")


def changes(before, setting, quality):
    """By how many per cent the bytes of each picture have grown."""
    return {
        picture: change(before[picture, setting], curve(picture, setting), quality=quality)
        for picture in PICTURES
    }


def told(percents):
    """Changes in words, the mean first."""
    each = ", ".join(f"{picture} {percent:+.2f} %" for picture, percent in percents.items())
    return f"{np.mean(list(percents.values())):+.2f} % ({each})"


if __name__ == "__main__":
    main()
