"""The in-loop filters of a decoded frame, one after the other (AV1 specification 7.4).

    planes ── deblocking ──▶ ── CDEF ──▶ ── superres ──▶ ── loop restoration ──▶ the decoded picture
                     └─────────────────────── superres of a few rows ──┘

A filter that would change nothing is left out. At most two pictures are in memory: CDEF and superres write to
a second one, and loop restoration overwrites the deblocked one, of which only the rows that it reads are
kept. Within a filter, bands of rows run on several threads.
"""

import numpy as np

from cfl.av1.filters.cdef import CdefFrame, cdef_band, chosen_blocks
from cfl.av1.filters.deblocking import InterBlocks, LoopFilterFrame, deblock_band, deblock_tables
from cfl.av1.filters.restoration import (
    PlaneRestoration,
    RestorationFrame,
    border_rows,
    restore_stripes,
    stripes_in_frame,
)
from cfl.av1.filters.superres import upscale
from cfl.av1.headers.filters import CdefParams, units_in_frame
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.reconstruction.frame_arrays import FrameArrays
from cfl.av1.tables.constants import RESTORE_NONE, SEG_LVL_ALT_LF_Y_V
from cfl.threads import Bands


def postfilter(
    sequence: SequenceHeader,
    header: FrameHeader,
    planes: list[np.ndarray],
    arrays: FrameArrays,
    *,
    bands: Bands | None = None,
) -> list[np.ndarray]:
    """Filter a frame as its header says.

    Parameters
    ----------
    sequence, header
        Of the frame.
    planes : list of one or three (height, width) C-contiguous uint16 arrays
        CurrFrame as the tiles left it: at least 4 mi_rows by 4 mi_cols samples, subsampled for chroma. The
        arrays are overwritten, and the list is emptied, so that their memory is freed early.
    arrays : FrameArrays
        What else the tiles have left.
    bands : Bands, optional
        The threads; without it there is this one.

    Returns
    -------
    list of (height, width) uint16 arrays
        The decoded picture, UpscaledWidth x FrameHeight, rounded up in chroma: views of larger arrays.
    """
    current = planes[:]
    planes.clear()
    bands = bands or Bands(1)
    if any(header.loop_filter.loop_filter_level[:2]):
        deblock_in_bands(current, loop_filter_frame(sequence, header, arrays), bands)
    restoration = restoration_frame(sequence, header, arrays)
    borders = [] if restoration is None else _borders(current, sequence, header, restoration)
    filtered, spare = current, None
    if has_strength(header.cdef):
        filtered = [np.empty_like(plane) for plane in current]
        cdef_in_bands(current, filtered, cdef_frame(sequence, header, arrays), bands)
        spare = current
    del current
    if header.size.is_upscaled:
        spare = None
        filtered = _upscaled(filtered, sequence, header, bands)
    if restoration is not None:
        filtered = _restore(borders, filtered, spare, restoration, bands)
    return visible(filtered, sequence, header)


def visible(planes: list[np.ndarray], sequence: SequenceHeader, header: FrameHeader) -> list[np.ndarray]:
    """The decoded picture, as views of padded planes."""
    shapes = _shapes(sequence, header)
    return [plane[:rows, :columns] for plane, (rows, columns) in zip(planes, shapes, strict=True)]


def _shapes(sequence: SequenceHeader, header: FrameHeader) -> list[tuple[int, int]]:
    """Rows and columns of each plane of the decoded picture."""
    color = sequence.color_config
    height, width = header.size.frame_height, header.size.upscaled_width
    chroma = (
        height + color.subsampling_y >> color.subsampling_y,
        (width + color.subsampling_x >> color.subsampling_x),
    )
    return [(height, width), chroma, chroma][: color.num_planes]


def loop_filter_frame(sequence: SequenceHeader, header: FrameHeader, arrays: FrameArrays) -> LoopFilterFrame:
    color, loop_filter = sequence.color_config, header.loop_filter
    features = np.array(header.segmentation.feature_data, dtype=np.int64)
    return LoopFilterFrame(
        frame_width=header.size.frame_width,
        frame_height=header.size.frame_height,
        subsampling_x=color.subsampling_x,
        subsampling_y=color.subsampling_y,
        bit_depth=color.bit_depth,
        loop_filter_level=loop_filter.loop_filter_level,
        loop_filter_sharpness=loop_filter.loop_filter_sharpness,
        loop_filter_delta_enabled=loop_filter.loop_filter_delta_enabled,
        loop_filter_ref_deltas=loop_filter.loop_filter_ref_deltas,
        loop_filter_mode_deltas=loop_filter.loop_filter_mode_deltas,
        delta_lf_multi=header.delta.delta_lf_multi,
        segment_features=features[:, SEG_LVL_ALT_LF_Y_V : SEG_LVL_ALT_LF_Y_V + 4],
        tx_size=[arrays.tx_size_y, arrays.tx_size_uv],
        segment_id=arrays.segment_id,
        delta_lf=arrays.delta_lf,
        inter=None if header.frame_is_intra else InterBlocks(arrays.deblocking, arrays.mi_size),
    )


def deblock_in_bands(planes: list[np.ndarray], frame: LoopFilterFrame, bands: Bands) -> None:
    """Deblock in bands of 64 luma rows: all vertical edges first, as horizontal ones read across bands."""
    mi_rows, tables = frame.segment_id.shape[0], deblock_tables(frame)
    for vertical in (True, False):
        bands.run(
            lambda first, last, vertical=vertical: deblock_band(  # type: ignore[misc]
                planes, frame, tables, vertical, 16 * first, min(16 * last, mi_rows)
            ),
            mi_rows + 15 >> 4,
        )


def has_strength(params: CdefParams) -> bool:
    """Whether any strength of CDEF is above 0; all are 0 where CDEF is not allowed."""
    kinds = (
        params.cdef_y_pri_strength,
        params.cdef_y_sec_strength,
        params.cdef_uv_pri_strength,
        params.cdef_uv_sec_strength,
    )
    return any(any(kind[: 1 << params.cdef_bits]) for kind in kinds)


def cdef_frame(sequence: SequenceHeader, header: FrameHeader, arrays: FrameArrays) -> CdefFrame:
    color, params = sequence.color_config, header.cdef
    count = 1 << params.cdef_bits
    return CdefFrame(
        subsampling_x=color.subsampling_x,
        subsampling_y=color.subsampling_y,
        bit_depth=color.bit_depth,
        cdef_damping=params.cdef_damping,
        cdef_y_pri_strength=params.cdef_y_pri_strength[:count],
        cdef_y_sec_strength=params.cdef_y_sec_strength[:count],
        cdef_uv_pri_strength=params.cdef_uv_pri_strength[:count],
        cdef_uv_sec_strength=params.cdef_uv_sec_strength[:count],
        skip=arrays.skip,
        cdef_idx=arrays.cdef_idx,
    )


def cdef_in_bands(
    planes: list[np.ndarray], targets: list[np.ndarray], frame: CdefFrame, bands: Bands
) -> None:
    chosen = chosen_blocks(frame, len(planes))
    bands.run(
        lambda first, last: cdef_band(planes, targets, frame, chosen, first, last), frame.cdef_idx.shape[0]
    )


def _upscaled(
    planes: list[np.ndarray], sequence: SequenceHeader, header: FrameHeader, bands: Bands
) -> list[np.ndarray]:
    """The planes after superres; `planes` is emptied."""
    color, size = sequence.color_config, header.size
    targets = [np.empty(shape, np.uint16) for shape in _shapes(sequence, header)]

    def work(first: int, last: int) -> None:
        rows = slice(64 * first, min(64 * last, size.frame_height))
        shift_y = color.subsampling_y
        chroma_rows = slice(rows.start >> shift_y, rows.stop + shift_y >> shift_y)
        chosen = [rows, chroma_rows, chroma_rows]
        upscale(
            [plane[part] for plane, part in zip(planes, chosen, strict=False)],
            [target[part] for target, part in zip(targets, chosen, strict=False)],
            frame_width=size.frame_width,
            upscaled_width=size.upscaled_width,
            frame_height=rows.stop - rows.start,
            mi_cols=size.mi_cols,
            subsampling_x=color.subsampling_x,
            subsampling_y=color.subsampling_y,
            bit_depth=color.bit_depth,
        )

    bands.run(work, size.frame_height + 63 >> 6)
    planes.clear()
    return targets


def restoration_frame(
    sequence: SequenceHeader, header: FrameHeader, arrays: FrameArrays, *, is_decoded: bool = True
) -> RestorationFrame | None:
    """What loop restoration needs, or None if it does nothing; `is_decoded`: whether its units are known."""
    color, size, lr = sequence.color_config, header.size, header.lr
    planes: list[PlaneRestoration | None] = []
    for plane, (height, width) in enumerate(_shapes(sequence, header)):
        unit_size = lr.loop_restoration_size[plane]
        units = (
            plane,
            slice(units_in_frame(unit_size, height)),
            slice(units_in_frame(unit_size, width)),
        )
        is_none = is_decoded and not arrays.lr_type[units].any()
        if lr.frame_restoration_type[plane] == RESTORE_NONE or is_none:
            planes.append(None)
            continue
        planes.append(
            PlaneRestoration(
                unit_size,
                arrays.lr_type[units],
                arrays.lr_wiener[units],
                arrays.lr_sgr_set[units],
                arrays.lr_sgr_xqd[units],
            )
        )
    if not any(planes):
        return None
    return RestorationFrame(
        size.upscaled_width,
        size.frame_height,
        color.subsampling_x,
        color.subsampling_y,
        color.bit_depth,
        planes,
    )


def _borders(
    deblocked: list[np.ndarray],
    sequence: SequenceHeader,
    header: FrameHeader,
    restoration: RestorationFrame,
) -> list[np.ndarray]:
    """The rows of UpscaledCurrFrame that loop restoration reads."""
    color, size = sequence.color_config, header.size
    borders = [plane[border_rows(restoration, i)] for i, plane in enumerate(deblocked)]
    if not size.is_upscaled:
        return borders
    rows = borders[0].shape[0]
    targets = [np.empty((rows, width), np.uint16) for _, width in _shapes(sequence, header)]
    upscale(
        borders,
        targets,
        frame_width=size.frame_width,
        upscaled_width=size.upscaled_width,
        frame_height=rows,
        mi_cols=size.mi_cols,
        subsampling_x=color.subsampling_x,
        subsampling_y=0,  # as many rows are read of chroma
        bit_depth=color.bit_depth,
    )
    return targets


def _restore(
    borders: list[np.ndarray],
    filtered: list[np.ndarray],
    spare: list[np.ndarray] | None,
    frame: RestorationFrame,
    bands: Bands,
) -> list[np.ndarray]:
    targets = restoration_targets(filtered, spare, frame)
    bands.run(
        lambda first, last: restore_stripes(borders, filtered, targets, frame, first, last),
        stripes_in_frame(frame.frame_height),
    )
    return targets


def restoration_targets(
    filtered: list[np.ndarray], spare: list[np.ndarray] | None, frame: RestorationFrame
) -> list[np.ndarray]:
    """Where the restored planes go: to `spare` if there is one; one that is not restored stays."""
    targets = []
    for i, plane in enumerate(filtered):
        if frame.planes[i] is None:
            targets.append(plane)
        else:
            targets.append(np.empty_like(plane) if spare is None else spare[i])
    return targets
