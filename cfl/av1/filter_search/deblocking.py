"""The search for deblocking levels: least squared error after the filter (AV1 specification 7.14).

    error of every level of luma's vertical edges ──▶ the best, applied
        ──▶ error of every level of its horizontal edges ──▶ the best
    U, V: errors of both directions added ──▶ the best

The errors of one direction are exact and take one pass (`deblocking_kernels`). How the two directions affect
each other where edges cross is left out; slow speeds try neighbouring levels to make up for it.
"""

from collections.abc import Sequence

import numpy as np

from cfl.av1.filter_search.squared_error import squared_error
from cfl.av1.filters.deblocking import LoopFilterFrame, deblock, deblock_band, deblock_tables
from cfl.av1.speeds import DeblockEffort
from cfl.av1.tables.geometry import TX_HEIGHT_LOG2, TX_WIDTH_LOG2
from cfl.threads import each

MAX_LEVEL = 63
_BAND = 16
"""Rows of 4x4 luma samples in a band."""


def search_levels(
    source: Sequence[np.ndarray],
    planes: Sequence[np.ndarray],
    frame: LoopFilterFrame,
    shapes: Sequence[tuple[int, int]],
    effort: DeblockEffort,
    threads: int = 1,
) -> list[int]:
    """Choose the four levels.

    Parameters
    ----------
    source, planes : one or three C-contiguous uint16 arrays
        What the picture should be, and what it is before filters: in pairs of the same shape.
    frame : LoopFilterFrame
        With a sharpness of 0; its levels are ignored. Segments and blocks may change levels, but the search
        assumes the same levels everywhere.
    shapes : sequence of (rows, columns)
        The visible part of each plane.
    effort : DeblockEffort
    threads : int, optional

    Returns
    -------
    list of four int, 0 to 63
        Luma's vertical edges, its horizontal ones, U, V. All are 0 if nothing is gained; U and V are only
        filtered if luma is (7.4).
    """
    search = _Search(source, planes, frame, shapes, effort, threads)
    luma = search.luma_levels()
    if effort.trials:
        luma = search.refined(*luma)
    return search.with_chroma(*luma)


class _Search:
    """The planes and bands of a search."""

    def __init__(
        self,
        source: Sequence[np.ndarray],
        planes: Sequence[np.ndarray],
        frame: LoopFilterFrame,
        shapes: Sequence[tuple[int, int]],
        effort: DeblockEffort,
        threads: int,
    ):
        self.source, self.planes, self.frame, self.shapes = source, planes, frame, shapes
        self.effort, self.threads = effort, threads
        self.mi_rows = frame.segment_id.shape[0]
        bands = -(-self.mi_rows // _BAND)
        wanted = max(2, effort.pixels // (64 * shapes[0][1]))
        step = max(1, bands // wanted)
        self.bands = range(step // 2, bands, step)

    def luma_levels(self) -> tuple[int, int]:
        """The levels of vertical and horizontal edges with the least error, one after the other."""
        plane = self.planes[0]
        vertical_errors = self.errors(plane, 0, True)
        vertical = int(np.argmin(vertical_errors))
        if self.effort.in_turn and vertical:
            plane = plane.copy()
            filtered = self._with_levels(vertical, 0)
            tables = deblock_tables(filtered)
            each(
                lambda band: deblock_band([plane], filtered, tables, True, *self._rows(band)),
                self.bands,
                self.threads,
            )
        horizontal = int(np.argmin(self.errors(plane, 0, False)))
        return vertical, horizontal

    def with_chroma(self, vertical: int, horizontal: int) -> list[int]:
        """The four levels."""
        chroma, gained = [0, 0], 0
        for plane in range(1, len(self.planes)):
            vertically, horizontally = (self.errors(self.planes[plane], plane, way) for way in (True, False))
            errors = vertically + horizontally
            chroma[plane - 1] = int(np.argmin(errors))
            gained += int(errors[0] - errors.min())
        if vertical or horizontal or not any(chroma):
            return [vertical, horizontal, *chroma]
        # Chroma is only filtered if luma is. So luma is filtered too if it loses far less than chroma gains;
        # the margin is for the filters that follow, which may do better without deblocking.
        errors = np.stack([self.errors(self.planes[0], 0, direction) for direction in (True, False)])
        direction, level = np.unravel_index(np.argmin(errors[:, 1:]), errors[:, 1:].shape)
        if 4 * errors[direction, level + 1] >= gained:
            return [0, 0, 0, 0]
        return [0 if direction else int(level) + 1, int(level) + 1 if direction else 0, *chroma]

    def errors(self, samples: np.ndarray, plane: int, vertical: bool) -> np.ndarray:
        """(64,) int64: by how much each level changes the squared error of the bands."""
        steps = each(lambda band: self._band_steps(samples, plane, vertical, band), self.bands, self.threads)
        return np.cumsum(np.sum(steps, axis=0))

    def _rows(self, band: int) -> tuple[int, int]:
        return _BAND * band, min(_BAND * (band + 1), self.mi_rows)

    def _band_steps(self, samples: np.ndarray, plane: int, vertical: bool, band: int) -> np.ndarray:
        from cfl.av1.filter_search import deblocking_kernels as kernels

        frame = self.frame
        shift_x, shift_y = (frame.subsampling_x, frame.subsampling_y) if plane else (0, 0)
        height, width = self.shapes[plane]
        first, last = self._rows(band)
        numbers = np.zeros(8, np.int64)
        numbers[kernels.STRIDE] = samples.shape[1]
        numbers[kernels.VERTICAL] = vertical
        numbers[kernels.FIRST_ROW] = max(first >> shift_y, int(not vertical))
        # Units that begin inside the frame.
        numbers[kernels.LAST_ROW] = min(last + shift_y >> shift_y, -(-frame.frame_height // (4 << shift_y)))
        numbers[kernels.COLS] = -(-frame.frame_width // (4 << shift_x))
        numbers[kernels.CHROMA] = plane > 0
        numbers[kernels.BIT_DEPTH] = frame.bit_depth
        numbers[kernels.LINES] = height if vertical else width
        steps = np.zeros(kernels.FILTER_LEVELS, np.int64)
        kernels.error_steps(
            samples.reshape(-1),
            self.source[plane].reshape(-1),
            frame.tx_size[min(plane, 1)],
            TX_WIDTH_LOG2 if vertical else TX_HEIGHT_LOG2,
            numbers,
            np.zeros(16, np.int64),
            steps,
        )
        return steps

    def refined(self, vertical: int, horizontal: int) -> tuple[int, int]:
        """Levels of luma near these with the least error, each tried on the whole plane."""
        best = self._filtered_error(vertical, horizontal)
        trials = self.effort.trials
        for step in (4, 2, 1):
            moved = True
            while moved and trials > 0:
                moved = False
                for down, across in ((-step, 0), (step, 0), (0, -step), (0, step)):
                    levels = vertical + down, horizontal + across
                    if min(levels) < 0 or max(levels) > MAX_LEVEL or trials <= 0:
                        continue
                    trials -= 1
                    error = self._filtered_error(*levels)
                    if error < best:
                        best, (vertical, horizontal), moved = error, levels, True
                        break
        return vertical, horizontal

    def _filtered_error(self, vertical: int, horizontal: int) -> int:
        plane = self.planes[0].copy()
        if vertical or horizontal:
            deblock([plane], self._with_levels(vertical, horizontal))
        return squared_error(plane, self.source[0], self.shapes[0])

    def _with_levels(self, vertical: int, horizontal: int) -> LoopFilterFrame:
        return self.frame._replace(loop_filter_level=[vertical, horizontal, 0, 0])
