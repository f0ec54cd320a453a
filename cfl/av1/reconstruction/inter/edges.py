# mypy: disable-error-code="no-untyped-def"
"""Samples of a reference frame, also beyond its edges, where the nearest one stands."""

from cfl.simd.kernel import kernel
from cfl.simd.taps import load_16, store_16


@kernel(internal=True)
def is_inside(plane, x, y, w, h, last_x, last_y, beyond):
    """Say whether a block lies within the reference, and `beyond` samples after it in the plane's memory."""
    within = x >= 0 and y >= 0 and x + w - 1 <= last_x and y + h - 1 <= last_y
    return within and (y + h - 1) * plane.shape[1] + x + w + beyond <= plane.size


@kernel(internal=True)
def gather_patch(plane, x, y, w, h, last_x, last_y, patch):
    """Copy a block to the patch's top left; places outside the reference get its nearest sample.

    Parameters
    ----------
    plane : 2-D uint16 array
    x, y, w, h : int
        The block, which may lie anywhere.
    last_x, last_y : int
        The last column and row of the reference, both in the plane.
    patch : 2-D uint16 array, changed
    """
    if last_x >= plane.shape[1] or last_y >= plane.shape[0] or last_x < 0 or last_y < 0:
        raise ValueError("a reference frame is larger than its plane")
    if h > patch.shape[0] or w + 16 > patch.shape[1]:
        raise ValueError("no block reads so many samples of a reference frame")
    start, end = min(max(-x, 0), w), min(max(last_x + 1 - x, 0), w)
    for i in range(h):
        row = min(max(y + i, 0), last_y)
        from_, to = row * plane.shape[1] + x, i * patch.shape[1]
        for j in range(start, end, 16):
            if from_ + j + 16 <= plane.size:
                store_16(patch, to + j, load_16(plane, from_ + j))
            else:
                for k in range(j, end):
                    patch[i, k] = plane[row, x + k]
        for j in range(start):
            patch[i, j] = plane[row, 0]
        for j in range(end, w):
            patch[i, j] = plane[row, last_x]
