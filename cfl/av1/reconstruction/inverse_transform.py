"""The inverse transform of one block, NumPy arrays in and out. AV1 specification 7.13.3, 7.12.3.

The codec itself calls `inverse_transform_kernels.inverse_transform_add`, which this wraps.
"""

from typing import Any

import numpy as np

from cfl.av1.tables.geometry import TX_HEIGHT_LOG2, TX_WIDTH_LOG2
from cfl.av1.tables.inverse_transform import ADST, DCT, ONE_D_TRANSFORMS


def is_transform(tx_size: int, tx_type: int) -> bool:
    """Whether a transform block can have this type: ADST is for 4 to 16 points, identity for 4 to 32.

    Parameters
    ----------
    tx_size : int
        0…18, TX_4X4 to TX_64X16.
    tx_type : int
        0…15, DCT_DCT to H_FLIPADST.
    """
    log2w, log2h = TX_WIDTH_LOG2[tx_size], TX_HEIGHT_LOG2[tx_size]
    vertical, horizontal, _, _ = ONE_D_TRANSFORMS[tx_type]
    if max(log2w, log2h) == 6:
        return vertical == horizontal == DCT
    return not (max(log2w, log2h) == 5 and ADST in (vertical, horizontal))


def inverse_transform_add(
    dequant: np.ndarray,
    tx_size: int,
    tx_type: int,
    plane: np.ndarray[Any, np.dtype[np.uint16]],
    y: int,
    x: int,
    *,
    bit_depth: int = 8,
    lossless: bool = False,
) -> None:
    """Add a block's residual to its prediction, in place.

    Parameters
    ----------
    dequant : (min(32, h), min(32, w)) integer array
        Dequantised coefficients, row by row, within ``bit_depth + 8`` bits (as 7.12.3 clips them).
    tx_size, tx_type : int
        See `is_transform`.
    plane : C-contiguous (height, width) uint16 array, changed
        Holds the prediction, and the whole block.
    y, x : int
        The block's top left sample.
    bit_depth : {8, 10, 12}
    lossless : bool
        The Walsh-Hadamard transform, of TX_4X4 only.

    Raises
    ------
    ValueError
        A type that the size cannot have, or a block that does not lie within the plane.
    """
    from cfl.av1.reconstruction import inverse_transform_kernels as kernels
    from cfl.simd.kernel import for_python

    if (
        not 0 <= tx_size < len(TX_WIDTH_LOG2)
        or not 0 <= tx_type < len(ONE_D_TRANSFORMS)
        or (lossless and tx_size != 0)
    ):
        raise ValueError(f"no transform has tx_size {tx_size}, tx_type {tx_type}, lossless {lossless}")
    if not is_transform(tx_size, tx_type):
        raise ValueError(f"tx_size {tx_size} cannot have tx_type {tx_type}")
    shape = (1 << min(5, TX_HEIGHT_LOG2[tx_size]), 1 << min(5, TX_WIDTH_LOG2[tx_size]))
    if dequant.shape != shape:
        raise ValueError(f"tx_size {tx_size} has coefficients of shape {shape}, not {dequant.shape}")
    if plane.dtype != np.uint16 or not plane.flags.c_contiguous:
        raise ValueError("a plane is a C-contiguous uint16 array")
    coefs = np.zeros(kernels.COEFS_SIZE, np.int32)
    coefs[: dequant.size] = dequant.T.ravel()
    scratch = np.zeros(kernels.SCRATCH_SIZE, np.int32)
    for_python(kernels.inverse_transform_add)(
        coefs, tx_size, tx_type, lossless, bit_depth, shape[0], shape[1], plane, y, x, scratch
    )
