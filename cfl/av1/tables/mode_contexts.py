"""Contexts of intra modes (AV1 specification 8.3.2); the prediction's numbers are in `intra_prediction`."""

import numpy as np

from cfl.av1.tables._table import table

INTRA_MODE_CONTEXT = table(
    [
        0, 1, 2, 3, 4, 4, 4, 4, 3, 0, 1, 2, 0,
    ],
    np.int64,
)  # fmt: skip
"""(13,) int64: context of intra_frame_y_mode, by the neighbour's YMode."""

FILTER_INTRA_MODE_TO_INTRA_DIR = table(
    [
        0, 1, 2, 6, 0,
    ],
    np.int64,
)  # fmt: skip
"""(5,) int64: YMode that stands for a filter_intra_mode in the context of intra_tx_type."""
