# mypy: disable-error-code="no-untyped-def"
"""Superres: the horizontal upscaling of a plane (AV1 specification 7.16)."""

import numpy as np

from cfl.av1.tables.constants import FILTER_BITS
from cfl.simd.kernel import entry


@entry
def upscale_plane(plane, target, rows, columns, first, taps, line, left, bit_depth):
    """Upscale the first `rows` rows of a plane.

    Parameters
    ----------
    plane, target : 2-D uint16 arrays
    columns : int
        How many samples of a row are read.
    first : (upscaled width,) int64 array
        Where in `line` the taps of an upscaled sample begin.
    taps : (upscaled width, 8) int32 array
    line : int32 array, scratch
        A row, with room for what is repeated: `left` samples before it.
    """
    top = (1 << bit_depth) - 1
    for y in range(rows):
        for x in range(columns):
            line[left + x] = plane[y, x]
        line[:left] = line[left]
        line[left + columns :] = line[left + columns - 1]
        for x in range(first.size):
            total = 0
            for k in range(8):
                total += line[first[x] + k] * taps[x, k]
            value = (total + (1 << (FILTER_BITS - 1))) >> FILTER_BITS
            target[y, x] = np.uint16(min(max(value, 0), top))
