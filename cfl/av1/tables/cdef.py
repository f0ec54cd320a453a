"""The numbers of CDEF (AV1 specification 7.15)."""

import numpy as np

from cfl.av1.tables._table import table

CDEF_UV_DIR = table(
    [[[0, 1, 2, 3, 4, 5, 6, 7], [1, 2, 2, 2, 3, 4, 6, 0]],
     [[7, 0, 2, 4, 5, 6, 6, 6], [0, 1, 2, 3, 4, 5, 6, 7]]],
    np.int64,
)  # fmt: skip
"""(2, 2, 8) int64: Cdef_Uv_Dir, by subsampling_x, subsampling_y and the luma direction (7.15.1)."""
CDEF_DIRECTIONS = table(
    [[[-1, 1], [-2, 2]], [[0, 1], [-1, 2]], [[0, 1], [0, 2]], [[0, 1], [1, 2]],
     [[1, 1], [2, 2]], [[1, 0], [2, 1]], [[1, 0], [2, 0]], [[1, 0], [2, -1]]],
    np.int64,
)  # fmt: skip
"""(8, 2, 2) int64: Cdef_Directions, by direction and tap: down, across (7.15.3)."""
