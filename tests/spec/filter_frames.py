"""Small random frames for the tests of the post-filters."""

import numpy as np

from spec.loop_filter_spec import Tx_Height, Tx_Width

SUBSAMPLINGS = [(1, 1), (1, 0), (0, 0), None]
"""4:2:0, 4:2:2, 4:4:4 and monochrome."""


def mi_size(width, height):
    """MiRows and MiCols (5.9.9)."""
    return 2 * ((height + 7) >> 3), 2 * ((width + 7) >> 3)


def plane_shapes(mi_rows, mi_cols, subsampling):
    """What a decoder keeps of each plane: the frame's 8x8 blocks."""
    luma = (4 * mi_rows, 4 * mi_cols)
    if subsampling is None:
        return [luma]
    return [luma] + [(luma[0] >> subsampling[1], luma[1] >> subsampling[0])] * 2


def picture(rng, shape, bit_depth, kind):
    """A plane of a kind that calls for strong, selective, or hardly any filtering."""
    height, width = shape
    top = (1 << bit_depth) - 1
    if kind == "extreme":
        return (rng.integers(0, 2, shape) * top).astype(np.uint16)
    if kind == "noise":
        return rng.integers(0, top + 1, shape).astype(np.uint16)
    # Each 8x8 block has a level of its own near those around it, and a little noise.
    one = 1 << (bit_depth - 8)
    blocks = rng.integers(-6, 7, (height // 8 + 1, width // 8 + 1)) * one
    plane = np.kron(blocks, np.ones((8, 8), int))[:height, :width]
    plane = plane + rng.integers(0, top + 1)
    if kind == "steps":
        plane = plane + rng.integers(-5 * one, 5 * one + 1, shape) * (rng.random(shape) < 0.5)
    else:
        plane = plane + rng.integers(0, one + 1, shape) * (rng.random(shape) < 0.2)
    return np.clip(plane, 0, top).astype(np.uint16)


def tiling(rng, rows, cols):
    """Transform sizes of a plane in 4x4 units, (rows, cols) uint8: a random tree in each 64x64 block."""
    sizes = np.zeros((rows + 15 & ~15, cols + 15 & ~15), np.uint8)

    def fill(row, col, side):
        if side > 1 and rng.random() < 0.5:
            half = side // 2
            for down in (0, half):
                for right in (0, half):
                    fill(row + down, col + right, half)
            return
        fitting = [t for t in range(19) if max(Tx_Width[t], Tx_Height[t]) <= 4 * side]
        sizes[row : row + side, col : col + side] = rng.choice(fitting)

    for row in range(0, rows, 16):
        for col in range(0, cols, 16):
            fill(row, col, 16)
    return np.ascontiguousarray(sizes[:rows, :cols])
