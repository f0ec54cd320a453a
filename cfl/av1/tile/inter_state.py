"""What the walk over a tile of an inter frame has besides that of an intra frame."""

from typing import NamedTuple

import numpy as np

from cfl.av1.motion.mode_info import ModeInfo
from cfl.av1.motion.motion_field import MotionField
from cfl.av1.motion.state import MV_STACK, WARP_SAMPLES
from cfl.av1.reconstruction.inter.references import Prediction
from cfl.av1.reconstruction.inter.scratch import inter_scratch
from cfl.av1.tile.inter_contexts import NEIGHBOUR


class InterFrame(NamedTuple):
    """What the tiles of an inter frame share.

    Attributes
    ----------
    info : ModeInfo
        Filled in.
    field : MotionField
        Not read unless use_ref_frame_mvs.
    prev_segment_ids : (mi_rows, mi_cols) uint8 array
        PrevSegmentIds; not read unless segmentation_enabled.
    prediction : Prediction
        Its interp_filters are filled in; without references where blocks are parsed only.
    """

    info: ModeInfo
    field: MotionField
    prev_segment_ids: np.ndarray
    prediction: Prediction


class InterTile(NamedTuple):
    """An `InterFrame` with the scratch memory of a tile.

    Attributes
    ----------
    info, field, prev_segment_ids, prediction
        As of `InterFrame`.
    stacks : (1,) array of MV_STACK
    samples : (1,) array of WARP_SAMPLES
    above, left : (1,) arrays of NEIGHBOUR
        The neighbours of the block at hand.
    scratch : (1,) array of INTER_SCRATCH
    """

    info: ModeInfo
    field: MotionField
    prev_segment_ids: np.ndarray
    prediction: Prediction
    stacks: np.ndarray
    samples: np.ndarray
    above: np.ndarray
    left: np.ndarray
    scratch: np.ndarray


def inter_tile(frame: InterFrame) -> InterTile:
    """Make the state of a tile."""
    return InterTile(
        *frame,
        np.zeros(1, MV_STACK),
        np.zeros(1, WARP_SAMPLES),
        np.zeros(1, NEIGHBOUR),
        np.zeros(1, NEIGHBOUR),
        inter_scratch(),
    )
