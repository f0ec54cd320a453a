"""Intra prediction of one block, NumPy arrays in and out. AV1 specification 7.11.2.

The codec itself calls `cfl.av1.reconstruction.intra_kernels.predict_intra`, which this wraps.
"""

from typing import Any

import numpy as np


def predict_intra(
    plane: np.ndarray[Any, np.dtype[np.uint16]],
    x: int,
    y: int,
    width: int,
    height: int,
    mode: int,
    *,
    angle_delta: int = 0,
    filter_intra_mode: int = -1,
    have_above_right: bool = False,
    have_below_left: bool = False,
    enable_edge_filter: bool = True,
    filter_type: int = 0,
    bit_depth: int = 8,
) -> None:
    """Predict a block from its neighbours, into the plane; those left and above are used if there are any.

    Parameters
    ----------
    plane : C-contiguous 2-D uint16 array, changed
    x, y : int
        The block's top left sample.
    width, height : int
        4, 8, 16, 32 or 64; at most 32 with filter-intra.
    mode : int
        0…12: DC_PRED, V_PRED, H_PRED, D45_PRED, D135_PRED, D113_PRED, D157_PRED, D203_PRED, D67_PRED,
        SMOOTH_PRED, SMOOTH_V_PRED, SMOOTH_H_PRED, PAETH_PRED.
    angle_delta : int
        -3…3, steps of three degrees; for directional modes.
    filter_intra_mode : int
        0…4, or -1 for `mode` itself.
    have_above_right, have_below_left : bool
        Whether the samples beyond the block's right and lower end may be used.
    enable_edge_filter : bool
        enable_intra_edge_filter.
    filter_type : {0, 1}
        1 if a neighbour uses a smooth mode.
    bit_depth : {8, 10, 12}

    Raises
    ------
    ValueError
        No such mode or size, or a block that does not lie within the plane.
    """
    from cfl.av1.reconstruction import intra_kernels as kernels
    from cfl.av1.reconstruction.intra_block import Available, EdgeFilter, Limits, Mode, Place
    from cfl.simd.kernel import for_python

    if plane.dtype != np.uint16 or plane.ndim != 2 or not plane.flags.c_contiguous:
        raise ValueError("a plane is a C-contiguous 2-D uint16 array")
    if not 0 <= mode <= 12 or not -3 <= angle_delta <= 3 or not -1 <= filter_intra_mode <= 4:
        raise ValueError(
            f"no intra mode {mode} with angle_delta {angle_delta}, filter_intra_mode {filter_intra_mode}"
        )
    largest = 64 if filter_intra_mode < 0 else 32
    if any(side not in (4, 8, 16, 32, 64) or side > largest for side in (width, height)):
        raise ValueError(f"no such intra block is {width}x{height}")
    scratch = np.zeros(kernels.SCRATCH_SIZE, np.int32)
    for_python(kernels.predict_intra)(
        plane,
        Place(x, y, width.bit_length() - 1, height.bit_length() - 1),
        Available(x > 0, y > 0, have_above_right, have_below_left),
        Mode(mode, angle_delta, filter_intra_mode),
        Limits(plane.shape[1] - 1, plane.shape[0] - 1, bit_depth),
        EdgeFilter(enable_edge_filter, filter_type),
        scratch,
    )
