"""The search for the in-loop filters of a frame, on its reconstruction.

    reconstruction, source ──▶ deblocking levels ──▶ deblocked ──▶ CDEF strengths ──▶ filtered
        ──▶ loop restoration: types, size of units, and the parameters of each

Each filter is chosen for the least squared error D after it, or the least RD cost D + λR where its parameters
take many bits; it works on the output of the filter before. Where deblocking and CDEF gain little, loop
restoration may gain more without them: slow speeds try both.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cfl.av1.filter_search.cdef import CdefChoice, search_cdef
from cfl.av1.filter_search.deblocking import search_levels
from cfl.av1.filter_search.restoration.input import Tiling
from cfl.av1.filter_search.restoration.search import Restoration, search_restoration, written
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
from cfl.av1.tunes import PSNR, tune_settings
from cfl.threads import Bands

FILTER_LAMBDA_SCALE = 0.12
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
    lambda_scale: float = FILTER_LAMBDA_SCALE,
    tune: str = PSNR,
) -> None:
    """Choose deblocking, CDEF and loop restoration (AV1 specification 7.14, 7.15, 7.17).

    Parameters
    ----------
    sequence, header
        Complete except for the filters. `header.loop_filter`, `header.cdef` and `header.lr` are set: to
        nothing where the frame may not be filtered (lossless, intra block copy) or the sequence has no such
        filter. With superres there is no loop restoration.
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
        λ in squares of the quantizer's step.
    tune : {"psnr", "iq"}, optional
        What the encoder aims at; see `cfl.av1.tunes`.
    """
    effort = settings_of(speed)
    header.loop_filter, header.cdef, header.lr = LoopFilterParams(), CdefParams(), LrParams()
    arrays.cdef_idx[:] = -1
    for array in arrays.lr_type, arrays.lr_wiener, arrays.lr_sgr_set, arrays.lr_sgr_xqd:
        array[:] = 0
    if _excludes_filters(header):
        return
    search = _Search(sequence, header, source, arrays, lambda_scale, threads)
    candidates = [_Candidate(list(planes))]
    candidates.append(search.with_deblocking(candidates[-1], effort.deblock, tune_settings(tune).deblocking))
    restores = bool(
        effort.restoration.shifts and sequence.enable_restoration and not header.size.use_superres
    )
    if sequence.enable_cdef:
        candidates.append(search.with_cdef(candidates[-1], effort.cdef, apply=restores))
    if restores:
        search.restore(search.candidates_for_restoration(candidates, effort.filters), effort.restoration)
    else:
        search.use(candidates[-1])


class _Candidate(NamedTuple):
    """A frame before loop restoration, and the filters that have led to it."""

    deblocked: list[np.ndarray]
    levels: Sequence[int] = (0, 0, 0, 0)
    after_cdef: list[np.ndarray] | None = None
    """After CDEF, if it is used and loop restoration follows."""
    cdef: CdefChoice | None = None
    cdef_idx: np.ndarray | None = None

    @property
    def planes(self) -> list[np.ndarray]:
        """What loop restoration filters."""
        return self.deblocked if self.after_cdef is None else self.after_cdef


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
        self.lam = lambda_scale * step**2
        chroma = (
            size.frame_height + color.subsampling_y >> color.subsampling_y,
            size.frame_width + color.subsampling_x >> color.subsampling_x,
        )
        self.shapes = [(size.frame_height, size.frame_width), chroma, chroma][: color.num_planes]

    def with_deblocking(self, candidate: _Candidate, effort: DeblockEffort, share: float) -> _Candidate:
        """Choose the levels of deblocking, and filter with a share of them."""
        planes = candidate.planes
        self.header.loop_filter = LoopFilterParams(loop_filter_delta_enabled=0)
        frame = loop_filter_frame(self.sequence, self.header, self.arrays)
        best = search_levels(self.source, planes, frame, self.shapes, effort, self.threads)
        levels = [int(share * level) for level in best]
        if not any(levels):
            return candidate
        filtered = [plane.copy() for plane in planes]
        deblock_in_bands(filtered, frame._replace(loop_filter_level=levels), self.bands)
        # With levels found on a part of the picture, or where segments change them, it may be worse.
        before, after = (self._errors(each) for each in (planes, filtered))
        for plane in range(1, len(planes)):
            if after[plane] > before[plane]:
                levels[1 + plane], filtered[plane], after[plane] = 0, planes[plane], before[plane]
        return _Candidate(filtered, levels) if sum(after) < sum(before) else candidate

    def with_cdef(self, candidate: _Candidate, effort: CdefEffort, *, apply: bool) -> _Candidate:
        """Choose the strengths of CDEF, and filter with them if asked to."""
        choice = search_cdef(
            self.source,
            candidate.planes,
            cdef_frame(self.sequence, self.header, self.arrays),
            self.shapes,
            base_q_idx=self.header.quantization.base_q_idx,
            lam=self.lam,
            units128=bool(self.sequence.use_128x128_superblock),
            effort=effort,
            threads=self.threads,
        )
        if not has_strength(choice.params):
            return candidate
        self.header.cdef = choice.params
        candidate = candidate._replace(cdef=choice, cdef_idx=self.arrays.cdef_idx.copy())
        if not apply:
            return candidate
        filtered = [np.empty_like(plane) for plane in candidate.planes]
        cdef_in_bands(
            candidate.planes, filtered, cdef_frame(self.sequence, self.header, self.arrays), self.bands
        )
        return candidate._replace(after_cdef=filtered)

    def candidates_for_restoration(
        self, candidates: list[_Candidate], effort: FilterEffort
    ) -> list[_Candidate]:
        """The candidates to try loop restoration with."""
        different = [
            candidate
            for i, candidate in enumerate(candidates)
            if i == 0 or candidate is not candidates[i - 1]
        ]
        first, last = different[0], different[-1]
        if len(different) == 1 or not effort.small_gain:
            return [last]
        before, after = (sum(self._errors(candidate.planes)) for candidate in (first, last))
        if before - after > effort.small_gain * before:
            return [last]
        if effort.tries > 2:
            return different
        if self.header.quantization.base_q_idx <= _FINE_QUANTIZER:
            return [first]
        return [last, first][: effort.tries]

    def restore(self, candidates: list[_Candidate], effort: RestorationEffort) -> None:
        """Choose loop restoration, and the candidate that goes before it, by RD cost."""
        found = [self._restoration(candidate, effort) for candidate in candidates]
        costs = [
            each.cost + self.lam * (candidate.cdef.bits if candidate.cdef else 0)
            for each, candidate in zip(found, candidates, strict=True)
        ]
        best = int(np.argmin(costs))
        self.use(candidates[best])
        self.header.lr = written(found[best], self.arrays)

    def use(self, candidate: _Candidate) -> None:
        """Write the candidate's deblocking and CDEF to the header and the arrays."""
        self.header.loop_filter = LoopFilterParams()
        if any(candidate.levels):
            self.header.loop_filter = LoopFilterParams(
                loop_filter_level=list(candidate.levels), loop_filter_delta_enabled=0
            )
        self.header.cdef = CdefParams()
        if candidate.cdef is not None and candidate.cdef_idx is not None:
            self.header.cdef = candidate.cdef.params
            self.arrays.cdef_idx[:] = candidate.cdef_idx
        else:
            self.arrays.cdef_idx[:] = np.minimum(self.arrays.cdef_idx, 0)

    def _restoration(self, candidate: _Candidate, effort: RestorationEffort) -> Restoration:
        color, size, tiles = self.sequence.color_config, self.header.size, self.header.tile_info
        return search_restoration(
            self.source,
            candidate.deblocked,
            candidate.planes,
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
            lam=self.lam,
            base_q_idx=self.header.quantization.base_q_idx,
            adaptive=not self.header.disable_cdf_update,
            effort=effort,
            threads=self.threads,
        )

    def _errors(self, planes: Sequence[np.ndarray]) -> list[int]:
        return squared_errors(planes, self.source, self.shapes, self.threads)
