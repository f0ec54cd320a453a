"""Sizes, and planes of samples of the kinds that break arithmetic."""

import numpy as np

SUBSAMPLINGS = {"4:2:0": (1, 1), "4:2:2": (1, 0), "4:4:4": (0, 0)}
DEPTHS = (8, 10, 12)
KINDS = ("noise", "extreme", "flat", "nearly flat", "ramp", "one lit")

SIZES = [(w, h) for w in (4, 8, 16, 32) for h in (4, 8, 16, 32) if max(w, h) <= 4 * min(w, h)]
"""(w, h) of every transform block that CfL can have."""


def dtype_of(bit_depth):
    return np.uint8 if bit_depth == 8 else np.uint16


def random_plane(rng, shape, bit_depth, kind):
    """A plane of one of KINDS."""
    top = (1 << bit_depth) - 1
    plane = {
        "noise": lambda: rng.integers(0, top + 1, shape),
        "extreme": lambda: rng.choice([0, top], shape),
        "flat": lambda: np.full(shape, rng.integers(0, top + 1)),
        "nearly flat": lambda: rng.integers(0, top) + rng.integers(0, 2, shape),
        "ramp": lambda: np.add.outer(np.arange(shape[0]) * 3, np.arange(shape[1]) * 2) % (top + 1),
        "one lit": lambda: np.eye(*shape, k=int(rng.integers(shape[1])), dtype=int) * top,
    }[kind]()
    return plane.astype(dtype_of(bit_depth))


def padded(luma, sub_x, sub_y):
    """The plane with an odd last column and row repeated, so that it holds whole chroma samples."""
    height, width = luma.shape
    return np.pad(luma, ((0, height % 2 if sub_y else 0), (0, width % 2 if sub_x else 0)), mode="edge")
