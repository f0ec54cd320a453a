"""What a frame takes from the frames before it, and leaves for those after it (AV1 specification 7.20, 7.21).

slots ── frame_context ──▶ FrameContext ── decode_tiles ──▶ FrameContext, FrameArrays ── saved_frame ──▶ slot
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cfl.av1.entropy.cdfs import clear_counters, default_context
from cfl.av1.headers.frame_header import FrameHeader
from cfl.av1.headers.frame_size import FrameSize
from cfl.av1.headers.sequence_header import SequenceHeader
from cfl.av1.motion.mode_info import empty_mode_info
from cfl.av1.motion.motion_field import (
    FieldReference,
    MotionField,
    clear_field,
    empty_motion_field,
    field_projections,
    project_vectors,
)
from cfl.av1.motion.order_hints import relative_distance
from cfl.av1.motion.saved_vectors import (
    SavedVectors,
    empty_saved_vectors,
    references_to_save,
    save_vectors,
)
from cfl.av1.reconstruction.frame_arrays import FrameArrays
from cfl.av1.reconstruction.inter.distance import forward_weights
from cfl.av1.reconstruction.inter.references import Prediction, Reference, reference_table
from cfl.av1.tables.constants import PRIMARY_REF_NONE
from cfl.av1.tables.wedge import wedge_masks
from cfl.av1.tile.inter_state import InterFrame


class SavedFrame(NamedTuple):
    """What a slot keeps of a frame. Slots and frames share it; nothing changes it.

    Attributes
    ----------
    header : FrameHeader
    cdfs : (CONTEXT_SIZE,) uint16 array
    vectors : SavedVectors
    segment_ids : (mi_rows, mi_cols) uint8 array, optional
        SavedSegmentIds; None if all are 0.
    planes : tuple of one or three 2-D uint16 arrays
        The decoded picture, of UpscaledWidth and FrameHeight, without film grain; empty where blocks are
        parsed only.
    """

    header: FrameHeader
    cdfs: np.ndarray
    vectors: SavedVectors
    segment_ids: np.ndarray | None
    planes: tuple[np.ndarray, ...] = ()


@dataclass(slots=True)
class FrameContext:
    """What the tiles of a frame begin with, and what they leave.

    Attributes
    ----------
    cdfs : (CONTEXT_SIZE,) uint16 array
        What every tile begins with; `decode_tiles` replaces it by what the frame leaves.
    inter : InterFrame, optional
        None in an intra frame.
    reference_sizes : list of FrameSize
        Of an inter frame, in the order of ref_frame_idx.
    """

    cdfs: np.ndarray
    inter: InterFrame | None
    reference_sizes: list[FrameSize]


def frame_context(
    sequence: SequenceHeader, header: FrameHeader, slots: Sequence[SavedFrame | None]
) -> FrameContext:
    """Make what the tiles of a frame begin with: CDFs, the previous segmentation map, the motion field.

    Parameters
    ----------
    sequence : SequenceHeader
    header : FrameHeader
    slots : sequence of 8 SavedFrame or None
        Those of the references must be there.
    """
    if header.frame_is_intra:
        return FrameContext(default_context(header.quantization.base_q_idx), None, [])
    references = [slots[idx] for idx in header.ref_frame_idx]
    frames = [frame for frame in references if frame is not None]
    previous = None if header.primary_ref_frame == PRIMARY_REF_NONE else references[header.primary_ref_frame]
    if previous is None:
        cdfs = default_context(header.quantization.base_q_idx)
    else:
        cdfs = previous.cdfs.copy()
        clear_counters(cdfs)
    inter = InterFrame(
        empty_mode_info(header.size.mi_rows, header.size.mi_cols),
        _motion_field(sequence, header, frames),
        _prev_segment_ids(header, previous),
        _prediction(sequence, header, frames),
    )
    return FrameContext(cdfs, inter, [frame.header.size for frame in frames])


def _prediction(sequence: SequenceHeader, header: FrameHeader, references: list[SavedFrame]) -> Prediction:
    color, size = sequence.color_config, header.size
    pictures = [
        Reference(frame.planes, frame.header.size.upscaled_width, frame.header.size.frame_height)
        for frame in references
    ]
    distances = [
        relative_distance(hint, header.order_hint, sequence.order_hint_bits) for hint in header.order_hints
    ]
    return Prediction(
        reference_table(
            pictures, size.frame_width, size.frame_height, color.subsampling_x, color.subsampling_y
        ),
        forward_weights(distances),
        wedge_masks(),
        np.zeros((size.mi_rows, size.mi_cols, 2), np.int8),
    )


def _motion_field(sequence: SequenceHeader, header: FrameHeader, references: list[SavedFrame]) -> MotionField:
    if not header.use_ref_frame_mvs:
        return empty_motion_field(0, 0)
    size = header.size
    field = empty_motion_field(size.mi_rows, size.mi_cols)
    clear_field(field, 0, size.mi_rows >> 1)
    sources = [
        FieldReference(
            frame.header.size.mi_rows,
            frame.header.size.mi_cols,
            frame.header.frame_is_intra,
            frame.header.order_hints,
            frame.vectors,
        )
        for frame in references
    ]
    projections = field_projections(
        [sources[0], *sources],
        size.mi_rows,
        size.mi_cols,
        header.order_hint,
        header.order_hints,
        sequence.order_hint_bits,
    )
    for projection in projections:
        project_vectors(field, projection, 0, size.mi_rows >> 1)
    return field


def _prev_segment_ids(header: FrameHeader, previous: SavedFrame | None) -> np.ndarray:
    """load_previous_segment_ids."""
    shape = header.size.mi_rows, header.size.mi_cols
    if not header.segmentation.segmentation_enabled:
        return np.zeros((1, 1), np.uint8)
    if previous is not None and previous.segment_ids is not None and previous.segment_ids.shape == shape:
        return previous.segment_ids
    return np.zeros(shape, np.uint8)


def saved_frame(
    sequence: SequenceHeader,
    header: FrameHeader,
    context: FrameContext,
    arrays: FrameArrays,
    planes: Sequence[np.ndarray] = (),
) -> SavedFrame:
    """Make what a decoded frame leaves (7.20), with the motion vector storage process (7.19)."""
    segmentation, segment_ids = header.segmentation, None
    if segmentation.segmentation_enabled:
        segment_ids = arrays.segment_id
        if not segmentation.segmentation_update_map and context.inter is not None:
            segment_ids = context.inter.prev_segment_ids
    if context.inter is None:
        vectors = empty_saved_vectors(0, 0)  # nobody projects the vectors of an intra frame
    else:
        size = header.size
        vectors = empty_saved_vectors(size.mi_rows, size.mi_cols)
        saved = references_to_save(header.order_hint, header.order_hints, sequence.order_hint_bits)
        save_vectors(context.inter.info, saved, vectors, 0, size.mi_rows >> 1)
    return SavedFrame(header, context.cdfs, vectors, segment_ids, tuple(planes))
