"""Frames to measure on, made of the shipped pictures."""

from pathlib import Path

import numpy as np

import cfl

IMAGES = Path(__file__).parent.parent / "images"
PHOTOGRAPHS = ("astronaut.png", "coffee.png", "chelsea.png", "rocket.png")


def photographs(width: int, height: int, subsampling: str, bit_depth: int = 8) -> cfl.Frame:
    """A frame with the four photographs, each repeated over a quarter of it.

    Above 8 bits the low bits are noise, so that the samples are not multiples of one another.
    """
    quarter_h, quarter_w = -(-height // 2), -(-width // 2)
    quarters = [_repeated(IMAGES / name, quarter_w, quarter_h) for name in PHOTOGRAPHS]
    rgb = np.vstack([np.hstack(quarters[:2]), np.hstack(quarters[2:])])[:height, :width]
    if bit_depth > 8:
        extra = bit_depth - 8
        noise = np.random.default_rng(0).integers(0, 1 << extra, rgb.shape, dtype=np.uint16)
        rgb = (rgb.astype(np.uint16) << extra) + noise
    return cfl.rgb_to_frame(
        np.ascontiguousarray(rgb), bit_depth=bit_depth, subsampling=subsampling, source_bit_depth=bit_depth
    )


def _repeated(path: Path, width: int, height: int) -> np.ndarray:
    picture = cfl.frame_to_rgb(cfl.read(path, subsampling="4:4:4"))
    repeats = -(-height // picture.shape[0]), -(-width // picture.shape[1]), 1
    return np.tile(picture, repeats)[:height, :width]
