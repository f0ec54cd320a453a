# mypy: disable-error-code="no-untyped-def"
"""The motion field of a frame, from the saved vectors of its references (AV1 specification 7.9).

A saved vector of a reference points to a reference of that frame. Its line through time is followed to the
current frame, and the vector is left where it arrives. The standard projects it there to each of the seven
references of the current frame; here it is kept as it is, with the distance of frames that it spans, and is
projected where it is read. So MotionFieldMvs[ ref ][ y ][ x ] is

    get_mv_projection( mvs[ y ][ x ], get_relative_dist( OrderHint, OrderHints[ ref ] ), distances[ y ][ x ] )

and invalid where the distance is 0.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cfl.av1.motion.order_hints import relative_distance
from cfl.av1.motion.projection import projected, projection_factor
from cfl.av1.motion.saved_vectors import SavedVectors
from cfl.av1.tables.constants import TOTAL_REFS_PER_FRAME
from cfl.av1.tables.inter_constants import (
    ALTREF2_FRAME,
    ALTREF_FRAME,
    BWDREF_FRAME,
    GOLDEN_FRAME,
    INTRA_FRAME,
    LAST2_FRAME,
    LAST_FRAME,
    MAX_FRAME_DISTANCE,
    MAX_OFFSET_HEIGHT,
    MAX_OFFSET_WIDTH,
    MFMV_STACK_SIZE,
)
from cfl.simd.kernel import entry, kernel


class MotionField(NamedTuple):
    """The motion field of a frame, by position in units of 8x8.

    Attributes
    ----------
    mvs : (mi_rows / 2, mi_cols / 2, 2) int16 array
        Row and column, in eighths of a sample.
    distances : (mi_rows / 2, mi_cols / 2) int8 array
        How many frames a vector spans, 1 to 31; 0 where there is none.
    """

    mvs: np.ndarray
    distances: np.ndarray


class FieldReference(NamedTuple):
    """What the motion field takes of a reference frame.

    Attributes
    ----------
    mi_rows, mi_cols : int
        RefMiRows, RefMiCols.
    is_intra : bool
        Whether RefFrameType is KEY_FRAME or INTRA_ONLY_FRAME.
    saved_order_hints : sequence of 8 ints
        SavedOrderHints, by reference frame of that frame.
    saved : SavedVectors
        Not read if it is intra.
    """

    mi_rows: int
    mi_cols: int
    is_intra: bool
    saved_order_hints: Sequence[int]
    saved: SavedVectors


class Projection(NamedTuple):
    """One invocation of the projection process.

    Attributes
    ----------
    saved : SavedVectors
        Of the reference frame.
    ref_to_cur : int
        get_relative_dist( OrderHints[ src ], OrderHint ).
    ref_offsets : (8,) int64 array
        get_relative_dist( OrderHints[ src ], SavedOrderHints[ srcIdx ][ ref ] ), 0 where it is not valid.
    dst_sign : int
        1 or -1.
    """

    saved: SavedVectors
    ref_to_cur: int
    ref_offsets: np.ndarray
    dst_sign: int


def motion_field(mi_rows: int, mi_cols: int) -> MotionField:
    """Make arrays for a motion field, which is empty."""
    shape = (mi_rows >> 1, mi_cols >> 1)
    return MotionField(np.zeros((*shape, 2), np.int16), np.zeros(shape, np.int8))


def field_projections(
    references: Sequence[FieldReference],
    mi_rows: int,
    mi_cols: int,
    order_hint: int,
    order_hints: Sequence[int],
    order_hint_bits: int,
) -> list[Projection]:
    """Choose whose vectors are projected, in which order and direction (7.9.1).

    Parameters
    ----------
    references : sequence of 8 FieldReference
        By reference frame of the current frame; the first is not read.
    mi_rows, mi_cols : int
        Of the current frame.
    order_hint : int
        OrderHint.
    order_hints : sequence of 8 ints
        OrderHints.
    order_hint_bits : int
        OrderHintBits.

    Returns
    -------
    list of Projection
        At most 5.
    """

    def usable(src: int) -> bool:
        reference = references[src]
        return not reference.is_intra and (reference.mi_rows, reference.mi_cols) == (mi_rows, mi_cols)

    chosen = []
    if references[LAST_FRAME].saved_order_hints[ALTREF_FRAME] != order_hints[GOLDEN_FRAME]:
        chosen += [(LAST_FRAME, -1)] if usable(LAST_FRAME) else []
    ref_stamp = MFMV_STACK_SIZE - 2
    for src in (BWDREF_FRAME, ALTREF2_FRAME, ALTREF_FRAME):
        is_ahead = relative_distance(order_hints[src], order_hint, order_hint_bits) > 0
        if is_ahead and usable(src) and (ref_stamp >= 0 or src != ALTREF_FRAME):
            chosen.append((src, 1))
            ref_stamp -= 1
    if ref_stamp >= 0 and usable(LAST2_FRAME):
        chosen.append((LAST2_FRAME, -1))
    projections = []
    for src, dst_sign in chosen:
        ref_to_cur = relative_distance(order_hints[src], order_hint, order_hint_bits)
        if abs(ref_to_cur) <= MAX_FRAME_DISTANCE:
            offsets = _ref_offsets(order_hints[src], references[src].saved_order_hints, order_hint_bits)
            projections.append(Projection(references[src].saved, ref_to_cur, offsets, dst_sign))
    return projections


def _ref_offsets(order_hint: int, saved_order_hints: Sequence[int], order_hint_bits: int) -> np.ndarray:
    offsets = np.zeros(TOTAL_REFS_PER_FRAME, np.int64)
    for ref in range(LAST_FRAME, TOTAL_REFS_PER_FRAME):
        offset = relative_distance(order_hint, saved_order_hints[ref], order_hint_bits)
        if 0 < offset <= MAX_FRAME_DISTANCE:
            offsets[ref] = offset
    return offsets


@kernel(internal=True)
def projected_position(v8, component, dst_sign, max8, max_off8):
    """Return where a vector arrives, in units of 8x8; -1 if outside, or too far (project, 7.9.4)."""
    base8 = v8 & ~7
    offset8 = component >> 6 if component >= 0 else -(-component >> 6)
    v8 += dst_sign * offset8
    if v8 < 0 or v8 >= max8 or v8 < base8 - max_off8 or v8 >= base8 + 8 + max_off8:
        return -1
    return v8


@entry
def clear_field(field, start_row8, end_row8):
    """Empty rows of a motion field. Parameters as those of `project_vectors`."""
    field.distances[start_row8:end_row8] = 0


@entry
def project_vectors(field, projection, start_row8, end_row8):
    """The projection process, 7.9.2, of rows of 8x8.

    Vectors stay in their band of eight rows, so bands can be done by different threads.

    Parameters
    ----------
    field : MotionField
        Changed.
    projection : Projection
    start_row8, end_row8 : int
        In units of 8x8. The first is a multiple of 8; so is the second, or it is the number of rows.
    """
    saved, sign = projection.saved, projection.dst_sign
    rows, cols = field.distances.shape
    for y8 in range(start_row8, end_row8):
        for x8 in range(cols):
            offset = projection.ref_offsets[saved.ref_frames[y8, x8]]
            if saved.ref_frames[y8, x8] <= INTRA_FRAME or offset == 0:
                continue
            row, col = saved.mvs[y8, x8, 0], saved.mvs[y8, x8, 1]
            factor = projection_factor(projection.ref_to_cur * sign, offset)
            pos_y = projected_position(y8, projected(row, factor), sign, rows, MAX_OFFSET_HEIGHT)
            pos_x = projected_position(x8, projected(col, factor), sign, cols, MAX_OFFSET_WIDTH)
            if pos_y >= 0 and pos_x >= 0:
                field.mvs[pos_y, pos_x, 0], field.mvs[pos_y, pos_x, 1] = row, col
                field.distances[pos_y, pos_x] = offset
