"""What the search for loop restoration is given: planes, their format, and how much to try."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cfl.av1.entropy.cdfs import RESTORATION_TYPE_CDF, USE_SGRPROJ_CDF, USE_WIENER_CDF
from cfl.av1.filters.restoration import RestorationFrame
from cfl.av1.speeds import RestorationEffort
from cfl.av1.tables.constants import RESTORE_SGRPROJ, RESTORE_SWITCHABLE, RESTORE_WIENER

_TYPE_CDF = {
    RESTORE_WIENER: (USE_WIENER_CDF, 2),
    RESTORE_SGRPROJ: (USE_SGRPROJ_CDF, 2),
    RESTORE_SWITCHABLE: (RESTORATION_TYPE_CDF, 3),
}


class Tiling(NamedTuple):
    """Where tiles and superblocks lie: a unit is coded with the superblock in which it begins."""

    mi_row_starts: Sequence[int]
    """In units of 4x4 luma samples; the last is the end."""
    mi_col_starts: Sequence[int]
    sb_size: int
    """64 or 128."""


class RestorationInput(NamedTuple):
    """What all parts of the search read."""

    source: Sequence[np.ndarray]
    """What the picture should be."""
    planes: Sequence[np.ndarray]
    """What loop restoration filters: the picture after CDEF."""
    frame: RestorationFrame
    effort: RestorationEffort
    lam: float
    """λ: what a bit is worth, in squared error."""
    adaptive: bool
    """Whether CDFs adapt."""
    context: np.ndarray
    """The CDFs that a tile begins with."""
    tiling: Tiling

    def subsampling(self, plane: int) -> tuple[int, int]:
        """The subsampling of a plane: of rows, of columns."""
        return (self.frame.subsampling_y, self.frame.subsampling_x) if plane else (0, 0)

    def shape(self, plane: int) -> tuple[int, int]:
        """Rows and columns of a plane."""
        (shift_y, shift_x), frame = self.subsampling(plane), self.frame
        return frame.frame_height + shift_y >> shift_y, frame.upscaled_width + shift_x >> shift_x

    def piece(self, plane: int) -> int:
        """The height and width of a piece, 32 or 64: no unit is smaller."""
        return 64 >> self.subsampling(plane)[0]

    def stripe_offset(self, plane: int) -> int:
        """By how many rows of the plane stripes begin earlier than units."""
        return 8 >> self.subsampling(plane)[0]

    def half(self, plane: int) -> int:
        """How many coefficients the Wiener filter has besides the middle one."""
        return 2 if plane else 3

    def type_cdf(self, frame_type: int) -> np.ndarray:
        """The CDF of the units' types, for a FrameRestorationType."""
        offset, n = _TYPE_CDF[frame_type]
        return self.context[offset : offset + n].astype(np.int64)

    def is_420(self) -> bool:
        """Whether chroma units may be half as large."""
        return len(self.planes) > 1 and self.frame.subsampling_x == self.frame.subsampling_y == 1
