# mypy: disable-error-code="no-untyped-def"
"""What a frame leaves for the motion fields of later frames (AV1 specification 7.19).

The standard saves a vector for each 4x4, but reads only those with odd row and odd column; so one for each
8x8 is kept.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cfl.av1.motion.order_hints import relative_distance
from cfl.av1.motion.packed import mv_col, mv_of, mv_row
from cfl.av1.tables.constants import TOTAL_REFS_PER_FRAME
from cfl.av1.tables.inter_constants import INTRA_FRAME, LAST_FRAME, REFMVS_LIMIT
from cfl.simd.kernel import entry


class SavedVectors(NamedTuple):
    """The vectors of a frame, by position in units of 8x8.

    Attributes
    ----------
    mvs : (mi_rows / 2, mi_cols / 2, 2) int16 array
        SavedMvs: row and column, in eighths of a sample.
    ref_frames : (mi_rows / 2, mi_cols / 2) int8 array
        SavedRefFrames; INTRA_FRAME where no vector is saved.
    """

    mvs: np.ndarray
    ref_frames: np.ndarray


def saved_vectors(mi_rows: int, mi_cols: int) -> SavedVectors:
    """Make arrays for the vectors of a frame."""
    shape = (mi_rows >> 1, mi_cols >> 1)
    return SavedVectors(np.zeros((*shape, 2), np.int16), np.zeros(shape, np.int8))


def references_to_save(order_hint: int, order_hints: Sequence[int], order_hint_bits: int) -> np.ndarray:
    """Say of which references vectors are saved: of those before the frame in output order.

    Parameters
    ----------
    order_hint, order_hints, order_hint_bits
        As of `relative_distance`; OrderHints has 8 entries, by reference frame.

    Returns
    -------
    (8,) bool array
    """
    saved = np.zeros(TOTAL_REFS_PER_FRAME, np.bool_)
    for ref in range(LAST_FRAME, TOTAL_REFS_PER_FRAME):
        saved[ref] = relative_distance(order_hints[ref], order_hint, order_hint_bits) < 0
    return saved


@entry
def save_vectors(info, of_reference, saved, start_row8, end_row8):
    """The motion field motion vector storage process, 7.19, of rows of 8x8.

    Parameters
    ----------
    info : ModeInfo
    of_reference : (8,) bool array
        As of `references_to_save`.
    saved : SavedVectors
        Filled in.
    start_row8, end_row8 : int
        In units of 8x8.
    """
    for y8 in range(start_row8, end_row8):
        for x8 in range(saved.ref_frames.shape[1]):
            row, col = 2 * y8 + 1, 2 * x8 + 1
            saved.ref_frames[y8, x8] = INTRA_FRAME
            saved.mvs[y8, x8, 0] = saved.mvs[y8, x8, 1] = 0
            for ref_list in range(2):
                ref = info.ref_frames[row, col, ref_list]
                if ref > INTRA_FRAME and of_reference[ref]:
                    mv = mv_of(info.mvs[row, col], ref_list)
                    if abs(mv_row(mv, 0)) <= REFMVS_LIMIT and abs(mv_col(mv, 0)) <= REFMVS_LIMIT:
                        saved.ref_frames[y8, x8] = ref
                        saved.mvs[y8, x8, 0], saved.mvs[y8, x8, 1] = mv_row(mv, 0), mv_col(mv, 0)
