"""How the arrays of loop restoration's kernels are laid out, and the fields of a piece."""

from typing import NamedTuple

import numpy as np

SIDE = 64
"""The largest height and width of a piece, and how far apart the rows of its results are."""
MARGIN = 3
"""How many rows and columns around a piece are given with it."""
SPARE = 24
"""How far beyond the last sample's margin a row of the source must reach for the last group of eight."""
STRIDE = 80
"""How far apart the rows of A and B are: a column more than a piece on each side, in groups of eight."""

X, WIDTH, TYPE, PARAMETERS = range(4)
"""Fields of a piece (`restoration._pieces`): where it begins in the stripe, its width, RESTORE_WIENER or
RESTORE_SGRPROJ, and six parameters: three vertical, three horizontal Wiener taps; or the set, w0 and w1."""


class BoxScratch(NamedTuple):
    """Memory that the box filters work in."""

    sums: np.ndarray
    """(STRIDE + 8,) int32: sums of columns. A group of eight may begin up to 4 samples beyond the last."""
    squares: np.ndarray
    """Likewise: sums of squares."""
    A: np.ndarray
    """((SIDE + 2) · STRIDE,) int32."""
    B: np.ndarray

    @classmethod
    def empty(cls) -> "BoxScratch":
        """Return such memory, not initialised."""
        return cls(*np.empty((2, STRIDE + 8), np.int32), *np.empty((2, (SIDE + 2) * STRIDE), np.int32))
