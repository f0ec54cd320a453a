"""The choice of the in-loop filters of a frame by search on its reconstruction.

    reconstruction, source ──▶ deblocking levels ──▶ deblocked ──▶ CDEF strengths ──▶ filtered
        ──▶ loop restoration: types, size of units, and the parameters of each

Each filter is chosen for the least squared error D, or D + λR where its parameters take bits, of what the one
before leaves. Where deblocking and CDEF gain little, loop restoration gains more without them;
slow speeds try both.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cfl.av1.filter_search.cdef import search_cdef
from cfl.av1.filter_search.deblocking import search_levels
from cfl.av1.filter_search.restoration import Restoration, search_restoration, written
from cfl.av1.filter_search.restoration_input import Tiling
from cfl.av1.filter_search.squared_error import squared_errors
from cfl.av1.filters.postfilter import (
    cdef_frame,
    cdef_in_bands,
    deblock_in_bands,
    has_strength,
    loop_filter_frame,
)
from cfl.av1.filters.restoration import RestorationFrame
from cfl.av1.headers.filters import CdefParams, LoopFilterParams, LrParams
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.reconstruction.frame_arrays import FrameArrays
from cfl.av1.speeds import CdefEffort, DeblockEffort, FilterEffort, RestorationEffort, settings_of
from cfl.av1.tables.quantizer import AC_QLOOKUP
from cfl.threads import Bands

LAMBDA_SCALE = 0.12
"""λ in squares of the quantizer's step, in samples."""

_FINE_QUANTIZER = 80
"""Up to this base_q_idx loop restoration of photographs does better without deblocking and CDEF: measured
with libaom's reconstructions of Kodak, by 0.5 % of the squared error at 50 to 80, while at 100 it is even."""


def _excludes_filters(header: FrameHeader) -> bool:
    return bool(header.coded_lossless or header.allow_intrabc)


def filters_in_tiles(header: FrameHeader, speed: int) -> bool:
    """Say whether `search_filters` may choose what tiles code: which strengths a 64x64 has, or units."""
    effort = settings_of(speed)
    return not _excludes_filters(header) and (effort.cdef.max_bits > 0 or bool(effort.restoration.shifts))


def search_filters(
    sequence: SequenceHeader,
    header: FrameHeader,
    source: Sequence[np.ndarray],
    planes: Sequence[np.ndarray],
    arrays: FrameArrays,
    *,
    speed: int,
    threads: int = 1,
    lambda_scale: float = LAMBDA_SCALE,
) -> None:
    """Choose deblocking, CDEF and loop restoration (AV1 specification 7.14, 7.15, 7.17).

    Parameters
    ----------
    sequence, header
        Complete but for the filters. `header.loop_filter`, `header.cdef` and `header.lr` are set; to nothing
        where the frame may not be filtered (lossless, intra block copy) or the sequence has no such filter.
        With superres there is no loop restoration.
    source, planes : one or three C-contiguous uint16 arrays
        What the picture should be, and the reconstruction before the filters: padded as `tile.frame_buffers`
        makes them. Neither is changed.
    arrays : FrameArrays
        Of the tiles. `cdef_idx`, `lr_type`, `lr_wiener`, `lr_sgr_set` and `lr_sgr_xqd` are set; units of loop
        restoration are of sizes for which these arrays have room.
    speed : int
        0 to 10.
    threads : int, optional
        The result does not depend on it.
    lambda_scale : float, optional
        What a bit is worth, in squares of the quantizer's step.
    """
    effort = settings_of(speed)
    header.loop_filter, header.cdef, header.lr = LoopFilterParams(), CdefParams(), LrParams()
    arrays.cdef_idx[:] = -1
    for array in arrays.lr_type, arrays.lr_wiener, arrays.lr_sgr_set, arrays.lr_sgr_xqd:
        array[:] = 0
    if _excludes_filters(header):
        return
    search = _Search(sequence, header, source, arrays, lambda_scale, threads)
    ways = [_Way(list(planes))]
    ways.append(search.deblocked(ways[-1], effort.deblock))
    restores = bool(
        effort.restoration.shifts and sequence.enable_restoration and not header.size.use_superres
    )
    if sequence.enable_cdef:
        ways.append(search.enhanced(ways[-1], effort.cdef, apply=restores))
    if restores:
        search.restore(search.promising(ways, effort.filters), effort.restoration)
    else:
        search.use(ways[-1])


class _Way(NamedTuple):
    """What becomes of a frame before loop restoration."""

    deblocked: list[np.ndarray]
    levels: Sequence[int] = (0, 0, 0, 0)
    enhanced: list[np.ndarray] | None = None
    """After CDEF, if it is used and anybody looks at it."""
    cdef: CdefParams | None = None
    cdef_idx: np.ndarray | None = None

    @property
    def planes(self) -> list[np.ndarray]:
        """What loop restoration filters."""
        return self.deblocked if self.enhanced is None else self.enhanced


class _Search:
    """The search of a frame."""

    def __init__(
        self,
        sequence: SequenceHeader,
        header: FrameHeader,
        source: Sequence[np.ndarray],
        arrays: FrameArrays,
        lambda_scale: float,
        threads: int,
    ):
        self.sequence, self.header, self.source, self.arrays = sequence, header, source, arrays
        self.threads, self.bands = threads, Bands(threads)
        color, size = sequence.color_config, header.size
        depth = (color.bit_depth - 8) // 2
        step = float(AC_QLOOKUP[depth][header.quantization.base_q_idx]) / 8
        self.rate_factor = lambda_scale * step**2
        chroma = (
            size.frame_height + color.subsampling_y >> color.subsampling_y,
            size.frame_width + color.subsampling_x >> color.subsampling_x,
        )
        self.shapes = [(size.frame_height, size.frame_width), chroma, chroma][: color.num_planes]

    def deblocked(self, way: _Way, effort: DeblockEffort) -> _Way:
        """Choose the levels of deblocking, and filter with them."""
        planes = way.planes
        self.header.loop_filter = LoopFilterParams(loop_filter_delta_enabled=0)
        frame = loop_filter_frame(self.sequence, self.header, self.arrays)
        levels = search_levels(self.source, planes, frame, self.shapes, effort, self.threads)
        if not any(levels):
            return way
        filtered = [plane.copy() for plane in planes]
        deblock_in_bands(filtered, frame._replace(loop_filter_level=levels), self.bands)
        # With levels found on a part of the picture, or where segments change them, it may be worse.
        before, after = (self._errors(each) for each in (planes, filtered))
        for plane in range(1, len(planes)):
            if after[plane] > before[plane]:
                levels[1 + plane], filtered[plane], after[plane] = 0, planes[plane], before[plane]
        return _Way(filtered, levels) if sum(after) < sum(before) else way

    def enhanced(self, way: _Way, effort: CdefEffort, *, apply: bool) -> _Way:
        """Choose the strengths of CDEF, and filter with them if asked to."""
        params = search_cdef(
            self.source,
            way.planes,
            cdef_frame(self.sequence, self.header, self.arrays),
            self.shapes,
            base_q_idx=self.header.quantization.base_q_idx,
            rate_factor=self.rate_factor,
            units128=bool(self.sequence.use_128x128_superblock),
            effort=effort,
            threads=self.threads,
        )
        if not has_strength(params):
            return way
        self.header.cdef = params
        way = way._replace(cdef=params, cdef_idx=self.arrays.cdef_idx.copy())
        if not apply:
            return way
        filtered = [np.empty_like(plane) for plane in way.planes]
        cdef_in_bands(way.planes, filtered, cdef_frame(self.sequence, self.header, self.arrays), self.bands)
        return way._replace(enhanced=filtered)

    def promising(self, ways: list[_Way], effort: FilterEffort) -> list[_Way]:
        """Those of the ways that loop restoration is tried with."""
        different = [way for i, way in enumerate(ways) if i == 0 or way is not ways[i - 1]]
        first, last = different[0], different[-1]
        if len(different) == 1 or not effort.small_gain:
            return [last]
        before, after = (sum(self._errors(way.planes)) for way in (first, last))
        if before - after > effort.small_gain * before:
            return [last]
        if effort.tries > 2:
            return different
        if self.header.quantization.base_q_idx <= _FINE_QUANTIZER:
            return [first]
        return [last, first][: effort.tries]

    def restore(self, ways: list[_Way], effort: RestorationEffort) -> None:
        """Choose loop restoration, and which of these ways to go before it."""
        found = [self._restoration(way, effort) for way in ways]
        costs = [
            each.cost + self.rate_factor * self._cdef_bits(way) for each, way in zip(found, ways, strict=True)
        ]
        best = int(np.argmin(costs))
        self.use(ways[best])
        self.header.lr = written(found[best], self.arrays)

    def use(self, way: _Way) -> None:
        """Set deblocking and CDEF."""
        self.header.loop_filter = LoopFilterParams()
        if any(way.levels):
            self.header.loop_filter = LoopFilterParams(
                loop_filter_level=list(way.levels), loop_filter_delta_enabled=0
            )
        self.header.cdef = CdefParams()
        if way.cdef is not None and way.cdef_idx is not None:
            self.header.cdef = way.cdef
            self.arrays.cdef_idx[:] = way.cdef_idx
        else:
            self.arrays.cdef_idx[:] = np.minimum(self.arrays.cdef_idx, 0)

    def _cdef_bits(self, way: _Way) -> int:
        """About how many bits CDEF takes."""
        if way.cdef is None or way.cdef_idx is None:
            return 0
        return (12 << way.cdef.cdef_bits) + way.cdef.cdef_bits * int((way.cdef_idx >= 0).sum())

    def _restoration(self, way: _Way, effort: RestorationEffort) -> Restoration:
        color, size, tiles = self.sequence.color_config, self.header.size, self.header.tile_info
        return search_restoration(
            self.source,
            way.deblocked,
            way.planes,
            RestorationFrame(
                size.upscaled_width,
                size.frame_height,
                color.subsampling_x,
                color.subsampling_y,
                color.bit_depth,
                [],
            ),
            Tiling(
                tiles.mi_row_starts,
                tiles.mi_col_starts,
                128 if self.sequence.use_128x128_superblock else 64,
            ),
            room=self.arrays.lr_type.shape[1:],
            rate_factor=self.rate_factor,
            base_q_idx=self.header.quantization.base_q_idx,
            adaptive=not self.header.disable_cdf_update,
            effort=effort,
            threads=self.threads,
        )

    def _errors(self, planes: Sequence[np.ndarray]) -> list[int]:
        return squared_errors(planes, self.source, self.shapes, self.threads)
