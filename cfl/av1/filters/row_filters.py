"""The in-loop filters of a frame, row by row, while its tiles are still being decoded.

A row is one of 64 luma rows. When the tiles are done with row r + 1, row r is deblocked: intra prediction no
longer reads it. CDEF then filters row r - 1, and loop restoration the stripe that ends 8 rows above its end.

    tiles  ── r + 1 ──▶ deblocking ── r ──▶ CDEF ── r - 1 ──▶ restoration ── r - 1 ──▶
"""

import numpy as np

from cfl.av1.filters.cdef import cdef_band, chosen_blocks
from cfl.av1.filters.deblocking import deblock_band, deblock_tables
from cfl.av1.filters.postfilter import (
    cdef_frame,
    has_strength,
    loop_filter_frame,
    restoration_frame,
    restoration_targets,
    visible,
)
from cfl.av1.filters.restoration import border_rows, restore_stripes, stripes_in_frame
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.reconstruction.frame_arrays import FrameArrays

STEP = 2
"""How many rows are filtered at a time, at least."""


class RowFilters:
    """The filters of one frame; the picture is that of `postfilter`. Superres needs the whole frame.

    Parameters
    ----------
    sequence, header
        Of the frame, whose header has no superres.
    planes : list of one or three (height, width) C-contiguous uint16 arrays
        CurrFrame, which the tiles write, and the filters overwrite.
    arrays : FrameArrays
        What else the tiles write.
    """

    def __init__(
        self, sequence: SequenceHeader, header: FrameHeader, planes: list[np.ndarray], arrays: FrameArrays
    ):
        self._sequence, self._header = sequence, header
        self._rows = header.size.mi_rows + 15 >> 4
        self._mi_rows = header.size.mi_rows
        self._current = self._filtered = planes[:]
        self._deblocking = self._cdef = None
        if any(header.loop_filter.loop_filter_level[:2]):
            frame = loop_filter_frame(sequence, header, arrays)
            self._deblocking = frame, deblock_tables(frame)
        if has_strength(header.cdef):
            self._cdef = cdef_frame(sequence, header, arrays)
            self._filtered = [np.empty_like(plane) for plane in planes]
        self._restored = self._filtered
        self._restoration = restoration_frame(sequence, header, arrays, is_decoded=False)
        if self._restoration is not None:
            spare = None if self._cdef is None else self._current
            self._restored = restoration_targets(self._filtered, spare, self._restoration)
            self._border_rows = [border_rows(self._restoration, i) for i in range(len(planes))]
            self._borders = [
                np.empty((rows.size, plane.shape[1]), np.uint16)
                for rows, plane in zip(self._border_rows, planes, strict=True)
            ]
        self._deblocked = self._done = 0

    def advance(self, decoded: int) -> None:
        """Filter what may be filtered now that so many rows of 64 are decoded, all above included.

        Fewer than `STEP` rows wait for the next ones: each call costs about as much as a row.
        """
        is_all = decoded >= self._rows
        last = self._rows if is_all else decoded - 1
        if last - self._deblocked < STEP and not is_all:
            return
        self._deblock(self._deblocked, last)
        self._deblocked = last
        last = self._rows if is_all else last - 1
        self._finish(self._done, last)
        self._done = last

    def picture(self) -> list[np.ndarray]:
        """The decoded picture, as `postfilter` returns it; after the last row."""
        return visible(self._restored, self._sequence, self._header)

    def _deblock(self, first: int, last: int) -> None:
        if self._deblocking is not None:
            rows = 16 * first, min(16 * last, self._mi_rows)
            for vertical in (True, False):
                deblock_band(self._current, *self._deblocking, vertical, *rows)

    def _finish(self, first: int, last: int) -> None:
        """CDEF and restoration."""
        if self._restoration is not None:
            self._keep_borders(first, last)
        if self._cdef is not None:
            chosen = chosen_blocks(self._cdef, len(self._current), first, last)
            cdef_band(self._current, self._filtered, self._cdef, chosen, first, last)
        if self._restoration is not None:
            end = last if last < self._rows else stripes_in_frame(self._restoration.frame_height)
            restore_stripes(self._borders, self._filtered, self._restored, self._restoration, first, end)

    def _keep_borders(self, first: int, last: int) -> None:
        """Keep the deblocked rows around the ends of stripes: restoration writes over them."""
        stripes = slice(4 * first, 4 * last if last < self._rows else None)
        for plane, rows, borders in zip(self._current, self._border_rows, self._borders, strict=True):
            borders[stripes] = plane[rows[stripes]]
