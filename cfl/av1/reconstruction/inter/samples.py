# mypy: disable-error-code="no-untyped-def"
"""Sixteen samples of a block of a plane at a time: several rows of a narrow block."""

from cfl.simd.kernel import kernel
from cfl.simd.taps import (
    load_row,
    load_rows_of_4,
    load_rows_of_8,
    store_row,
    store_rows_of_4,
    store_rows_of_8,
)


@kernel(internal=True)
def check_block(plane, x, y, w, h):
    """Raise ValueError unless a block lies within a plane."""
    if x < 0 or y < 0 or w < 2 or h < 2 or x + w > plane.shape[1] or y + h > plane.shape[0]:
        raise ValueError("an inter block does not lie within its plane")


@kernel(internal=True)
def put_samples(plane, x, y, log2w, h, i, value, few):
    """Store samples `i` to ``i + 15`` of a block, counted row after row; those behind its end are left out.

    Parameters
    ----------
    plane : 2-D uint16 array, changed
    x, y, log2w, h : int
        The block, whose width is ``1 << log2w``, at least 2.
    i : int
        A multiple of 16.
    value : int16x16
    few : (16,) int16 array, scratch
    """
    row, col = y + (i >> log2w), x + (i & ((1 << log2w) - 1))
    at = row * plane.shape[1] + col
    if log2w >= 4:
        store_row(plane, at, 0, value)
    elif log2w == 3:
        store_rows_of_8(plane, at, plane.shape[1], value)
    elif log2w == 2 and h >= 4:
        store_rows_of_4(plane, at, plane.shape[1], value)
    else:
        store_row(few, 0, 0, value)
        for k in range(min(16, (h << log2w) - i)):
            plane[row + (k >> log2w), col + (k & ((1 << log2w) - 1))] = few[k]


@kernel(inline=True)
def get_samples(plane, x, y, log2w, h, i, few):
    """Load samples `i` to ``i + 15`` of a block. Parameters as those of `put_samples`."""
    row, col = y + (i >> log2w), x + (i & ((1 << log2w) - 1))
    at = row * plane.shape[1] + col
    if log2w >= 4:
        return load_row(plane, at, 0)
    if log2w == 3:
        return load_rows_of_8(plane, at, plane.shape[1])
    if log2w == 2 and h >= 4:
        return load_rows_of_4(plane, at, plane.shape[1])
    for k in range(min(16, (h << log2w) - i)):
        few[k] = plane[row + (k >> log2w), col + (k & ((1 << log2w) - 1))]
    return load_row(few, 0, 0)
