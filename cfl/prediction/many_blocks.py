"""Chroma from luma for many blocks of one size at once, wherever they lie, as in a coded picture."""

from typing import NamedTuple

import numpy as np


class ManyBlocksFit(NamedTuple):
    """What `measure` finds; (plane, block) float64 arrays, planes U and V.

    Attributes
    ----------
    best
        The α of −16…16 eighths with the least squared error.
    slope
        The least-squares slope through the DC, in chroma per luma.
    sse, sse_best, sse_ls, sse_dc
        Squared error of the given α, of `best`, of `slope` (neither rounded nor clipped), of the DC alone.
    ss_total
        Sum of squared deviations from the block's mean.
    r2, r2_ls
        R² of `sse` and `sse_ls` about the block's mean.
    """

    best: np.ndarray
    slope: np.ndarray
    sse: np.ndarray
    sse_best: np.ndarray
    sse_ls: np.ndarray
    sse_dc: np.ndarray
    ss_total: np.ndarray
    r2: np.ndarray
    r2_ls: np.ndarray


def luma_ac(luma: np.ndarray) -> np.ndarray:
    """Return each block's luma less its average: ``L − lumaAvg`` of AV1 specification 7.11.5.

    Parameters
    ----------
    luma : (blocks, height, width) int array
        L in Q3, at most 32760; sides are 4, 8, 16 or 32.

    Returns
    -------
    ac : (blocks, height, width) int16 array
        In Q3.
    """
    from cfl.prediction.one_block import block_by_block as kernels

    packed = luma.astype(np.int16).ravel()
    kernels.subtract_average(packed, int(luma[0].size).bit_length() - 1, np.empty((0, 0), np.uint16))
    return packed.reshape(luma.shape)


def measure(
    ac: np.ndarray, target: np.ndarray, dc: np.ndarray, alpha: np.ndarray, visible: np.ndarray, peak: int
) -> ManyBlocksFit:
    """Find the best α of each block and plane, and measure the errors of that and of the given α.

    Parameters
    ----------
    ac : (blocks, height, width) int16 array
        From `luma_ac`.
    target : (2, blocks, height, width) int array
        The chroma to predict, U and V.
    dc : (2, blocks) int array
        DC prediction.
    alpha : (2, blocks) int array
        The given α, −16…16 eighths.
    visible : (blocks, height, width) bool array
        The samples that count.
    peak : int
        The largest sample value.

    Returns
    -------
    fit : ManyBlocksFit
        Best α and errors.
    """
    from cfl.prediction.one_block import block_by_block as kernels

    packed_ac = np.where(visible, ac, np.int16(0)).ravel()
    packed = np.where(visible, target, dc[:, :, None, None]).astype(np.int16)
    counts, predicted = visible.sum((1, 2)), np.empty(ac[0].size, np.int16)
    found = np.empty((2, len(ManyBlocksFit._fields), len(ac)))
    for plane in range(2):
        kernels.measure(
            packed_ac, packed[plane].ravel(), dc[plane].astype(np.int64), alpha[plane].astype(np.int64),
            counts, peak, predicted, found[plane],
        )  # fmt: skip
    return ManyBlocksFit(*found.transpose(1, 0, 2))
