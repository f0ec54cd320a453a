"""The weights of two predictions by the time between the frames (AV1 specification 7.11.3.15)."""

from collections.abc import Sequence

import numpy as np

from cfl.av1.tables.inter_constants import MAX_FRAME_DISTANCE
from cfl.av1.tables.inter_prediction import QUANT_DIST_LOOKUP, QUANT_DIST_WEIGHT


def forward_weights(distances: Sequence[int]) -> np.ndarray:
    """Return FwdWeight of every pair of reference frames; BckWeight is 16 less it.

    Parameters
    ----------
    distances : sequence of int
        By reference frame, get_relative_dist of its order hint and the frame's; of either sign, like
        ref_frame_distance of `cfl.av1.motion.state`.

    Returns
    -------
    (n, n) int64 array
        By RefFrame[ 0 ] and RefFrame[ 1 ].
    """
    near = [min(abs(int(distance)), MAX_FRAME_DISTANCE) for distance in distances]
    return np.array([[_forward_weight(second, first) for second in near] for first in near], np.int64)


def _forward_weight(d0: int, d1: int) -> int:
    """FwdWeight for the distances of RefFrame[ 1 ] and RefFrame[ 0 ]."""
    order = int(d0 <= d1)
    if d0 == 0 or d1 == 0:
        return int(QUANT_DIST_LOOKUP[3, order])
    for weights, shares in zip(QUANT_DIST_WEIGHT[:3], QUANT_DIST_LOOKUP, strict=False):
        first, second = d0 * weights[order], d1 * weights[1 - order]
        if first > second if order else first < second:
            return int(shares[order])
    return int(QUANT_DIST_LOOKUP[3, order])
