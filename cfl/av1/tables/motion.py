"""Tables of motion vectors and of the contexts of inter blocks (AV1 specification 7.9.3, 8.3.2, 9.3)."""

import numpy as np

from cfl.av1.tables._table import table

DIV_MULT = table(
    [
            0, 16384,  8192,  5461,  4096,  3276,  2730,  2340,  2048,  1820,  1638,
         1489,  1365,  1260,  1170,  1092,  1024,   963,   910,   862,   819,   780,
          744,   712,   682,   655,   630,   606,   585,   564,   546,   528,
    ],
    np.int64,
)  # fmt: skip
"""(32,) int64: one over a distance of frames, in 1/16384."""

COMPOUND_MODE_CTX_MAP = table(
    [
        (0, 1, 1, 1, 1),
        (1, 2, 3, 4, 4),
        (4, 4, 5, 6, 7),
    ],
    np.int64,
)  # fmt: skip
"""(3, 5) int64: context of compound_mode, by RefMvContext / 2 and NewMvContext."""

SIZE_GROUP = table(
    [
        0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3,
        3, 3, 3, 3, 3, 0, 0, 1, 1, 2, 2,
    ],
    np.int64,
)  # fmt: skip
"""(22,) int64: context of y_mode, and, less 1, of interintra and interintra_mode, by MiSize."""
