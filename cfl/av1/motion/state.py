"""The records of motion vector prediction: what it is told of a frame and a block, and what comes of it.

Besides its own records, and `ModeInfo` and `MotionField`, it takes the walk's records, with fields by the
standard's names:

frame
    mi_rows and mi_cols, and the fields of `FRAME_FIELDS`.
tile
    mi_row_start, mi_row_end, mi_col_start, mi_col_end, avail_u, avail_l.
block
    mi_row, mi_col, mi_size, and the fields of `BLOCK_FIELDS`.
"""

from typing import NamedTuple

import numpy as np

from cfl.av1.motion.mode_info import ModeInfo
from cfl.av1.motion.motion_field import MotionField
from cfl.av1.tables.constants import MAX_REF_MV_STACK_SIZE, TOTAL_REFS_PER_FRAME
from cfl.av1.tables.inter_constants import LEAST_SQUARES_SAMPLES_MAX

FRAME_FIELDS = [
    ("allow_high_precision_mv", "i8"),
    ("force_integer_mv", "i8"),
    ("use_ref_frame_mvs", "i8"),
    ("gm_type", "i8", (TOTAL_REFS_PER_FRAME,)),
    ("gm_params", "i8", (TOTAL_REFS_PER_FRAME, 6)),
    ("ref_frame_sign_bias", "i8", (TOTAL_REFS_PER_FRAME,)),
    ("ref_frame_distance", "i8", (TOTAL_REFS_PER_FRAME,)),
]
"""Fields of a frame's record, by the standard's names, except:

ref_frame_distance
    get_relative_dist( OrderHint, OrderHints[ ref ] ), by reference frame.
"""

BLOCK_FIELDS = [
    ("is_inter", "i1"),
    ("y_mode", "i1"),
    ("ref_frame", "i1", (2,)),
    ("mv", "i2", (2, 2)),
]
"""Fields of a block's record, by the standard's names: Mv is by list and component (row, column)."""


MV_STACK = np.dtype(
    [
        ("num_mv_found", "i8"),
        ("new_mv_count", "i8"),
        ("found_match", "i8"),
        ("candidates", "i8", (MAX_REF_MV_STACK_SIZE,)),
        ("weight_stack", "i8", (MAX_REF_MV_STACK_SIZE,)),
        ("ref_stack_mv", "i8", (MAX_REF_MV_STACK_SIZE, 2, 2)),
        ("global_mvs", "i8", (2, 2)),
        ("packed_global_mvs", "i8", (2,)),
        ("new_mv_context", "i8"),
        ("ref_mv_context", "i8"),
        ("zero_mv_context", "i8"),
        ("drl_ctx_stack", "i8", (MAX_REF_MV_STACK_SIZE,)),
        ("ref_id_count", "i8", (2,)),
        ("ref_id_mvs", "i8", (2, 2)),
        ("ref_diff_count", "i8", (2,)),
        ("ref_diff_mvs", "i8", (2, 2)),
    ],
    align=True,
)
"""The stack of vectors that a block may choose from. Names are the standard's, except:

candidates
    RefStackMv while it is made: packed pairs, or, for single prediction, packed vectors.
ref_stack_mv
    RefStackMv at the end, by position, list and component (row, column). As many as num_mv_found, and at
    least two, are valid.
packed_global_mvs
    GlobalMvs, packed. So are ref_id_mvs and ref_diff_mvs.
"""


class MvSearch(NamedTuple):
    """What the search for a block's candidates works on, as it goes from function to function."""

    stack: np.void
    """Element of MV_STACK."""
    frame: np.void
    """Record with FRAME_FIELDS."""
    tile: np.void
    """Record of the tile."""
    block: np.void
    """Record with BLOCK_FIELDS."""
    info: ModeInfo
    """Of the frame."""
    field: MotionField
    """Of the frame; not read unless use_ref_frame_mvs."""
    is_compound: int
    """0 or 1."""


WARP_SAMPLES = np.dtype(
    [
        ("num_samples", "i8"),
        ("num_samples_scanned", "i8"),
        ("cand_list", "i8", (LEAST_SQUARES_SAMPLES_MAX, 4)),
    ],
    align=True,
)
"""What a local warp is fitted to, by the standard's names. As many of cand_list as num_samples are valid."""


class WarpSearch(NamedTuple):
    """What the search for the samples of a local warp works on. As `MvSearch`, but for the samples."""

    samples: np.void
    """Element of WARP_SAMPLES."""
    frame: np.void
    tile: np.void
    block: np.void
    """Its vector is known."""
    info: ModeInfo
