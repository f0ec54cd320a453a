# mypy: disable-error-code="no-untyped-def"
"""Palette prediction, AV1 specification 7.11.4."""

import numpy as np

from cfl.av1.tables.constants import PALETTE_COLORS
from cfl.simd.kernel import stage


@stage
def predict_palette(plane, x, y, w, h, palette, color_map, map_x, map_y):
    """Look up a transform block's colours.

    Parameters
    ----------
    plane : 2-D uint16 array, changed
        It must contain the whole block.
    x, y : int
        The block's top left sample.
    w, h : int
        The transform block.
    palette : (≥ PALETTE_COLORS,) uint16 array
        palette_colors_y, _u or _v; entries past the palette's size are never used.
    color_map : 2-D uint8 array
        ColorMapY or ColorMapUV of the whole block.
    map_x, map_y : int
        The transform block's place in it, in samples (4 times the specification's x and y).
    """
    if x < 0 or y < 0 or x + w > plane.shape[1] or y + h > plane.shape[0] or palette.size < PALETTE_COLORS:
        raise ValueError("a palette block does not lie within its plane, or the palette is too short")
    if map_x < 0 or map_y < 0 or map_x + w > color_map.shape[1] or map_y + h > color_map.shape[0]:
        raise ValueError("a palette block does not lie within its map")
    for i in range(np.uint64(h)):
        for j in range(np.uint64(w)):
            # the mask keeps any map within the palette
            index = np.uint64(color_map[np.uint64(map_y) + i, np.uint64(map_x) + j] & 7)
            plane[np.uint64(y) + i, np.uint64(x) + j] = palette[index]
