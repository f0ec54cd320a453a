# mypy: disable-error-code="no-untyped-def"
"""The prediction of intra block copy (AV1 specification 7.11.3)."""

import numpy as np

from cfl.simd.kernel import kernel


@kernel(internal=True)
def predict_intrabc(plane, x, y, w, h, from_x, from_y, half_x, half_y, last_x, last_y):
    """Copy a block of a plane; between two samples it is their average (7.11.3.4).

    Parameters
    ----------
    x, y, w, h : int
        The block, cut to what the plane holds.
    from_x, from_y : int
        The top left sample of where it is copied from.
    half_x, half_y : int
        1 where the vector ends between two samples.
    last_x, last_y : int
        The last column and row of the plane that exist.
    """
    for i in range(min(h, plane.shape[0] - y)):
        row = min(from_y + i, last_y)
        below = min(row + half_y, last_y)
        for j in range(min(w, plane.shape[1] - x)):
            col = min(from_x + j, last_x)
            right = min(col + half_x, last_x)
            total = np.int64(plane[row, col]) + plane[row, right] + plane[below, col] + plane[below, right]
            plane[y + i, x + j] = (total + 2) >> 2
