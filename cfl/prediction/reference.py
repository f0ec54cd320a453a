"""Chroma from luma as the AV1 specification words it (7.11.5): plain Python, one block, no tricks.

Read this to learn what CfL is. The kernels of `one_block`, `eight_blocks` and `wide_blocks` compute the same,
faster; tests compare each of them with this.

    L        luma of the block, brought to the size of chroma, in Q3 (eighths of a sample)
    lumaAvg  its average, rounded
    chroma = Clip1( DC + Round2Signed( α · ( L − lumaAvg ), 6 ) )
"""

import numpy as np


def round2(x: int, n: int) -> int:
    """Round2: x / 2ⁿ, rounded to the nearest integer, halves up (AV1 specification 4.7)."""
    return (x + (1 << n >> 1)) >> n


def round2_signed(x: int, n: int) -> int:
    """Round2Signed: x / 2ⁿ, rounded to the nearest integer, halves away from 0 (AV1 specification 4.7)."""
    return round2(x, n) if x >= 0 else -round2(-x, n)


def clip1(x: int, bit_depth: int) -> int:
    """Clip1: the nearest value that a sample can have (AV1 specification 4.7)."""
    return min(max(x, 0), (1 << bit_depth) - 1)


def luma_ac(
    luma: np.ndarray,
    start_x: int,
    start_y: int,
    w: int,
    h: int,
    subsampling_x: int,
    subsampling_y: int,
    max_luma_w: int,
    max_luma_h: int,
) -> np.ndarray:
    """Luma of a chroma block less its average: ``L − lumaAvg`` of AV1 specification 7.11.5.

    Parameters
    ----------
    luma : (height, width) integer array
        Reconstructed luma: CurrFrame[ 0 ].
    start_x, start_y : int
        The block's top left sample, in chroma samples.
    w, h : int
        The block's size in chroma samples: 4, 8, 16 or 32.
    subsampling_x, subsampling_y : {0, 1}
    max_luma_w, max_luma_h : int
        MaxLumaW and MaxLumaH: luma from there on does not exist yet; the last column and row before count
        instead.

    Returns
    -------
    (h, w) int64 array
        In Q3: eighths of a luma sample.

    See Also
    --------
    cfl.prediction.luma_ac : the same for users, with checks, by the kernels.

    Examples
    --------
    >>> import numpy as np
    >>> luma = np.array([[10, 20, 30, 40]] * 4)
    >>> luma_ac(luma, 0, 0, 4, 4, 0, 0, 4, 4)[0].tolist()
    [-120, -40, 40, 120]
    """
    values = np.zeros((h, w), np.int64)
    for i in range(h):
        luma_y = min((start_y + i) << subsampling_y, max_luma_h - (1 << subsampling_y))
        for j in range(w):
            luma_x = min((start_x + j) << subsampling_x, max_luma_w - (1 << subsampling_x))
            t = 0
            for dy in range(subsampling_y + 1):
                for dx in range(subsampling_x + 1):
                    t += int(luma[luma_y + dy, luma_x + dx])
            values[i, j] = t << (3 - subsampling_x - subsampling_y)
    luma_avg = round2(int(values.sum()), (w * h).bit_length() - 1)
    return values - luma_avg


def predict(ac: np.ndarray, dc: int, alpha: int, bit_depth: int) -> np.ndarray:
    """``Clip1( DC + Round2Signed( α · AC, 6 ) )`` of AV1 specification 7.11.5.

    Parameters
    ----------
    ac : (h, w) integer array
        `luma_ac`, in Q3.
    dc : int
        The block's DC prediction.
    alpha : int
        CflAlphaU or CflAlphaV: −16…16, in eighths of chroma per luma.
    bit_depth : {8, 10, 12}

    Returns
    -------
    (h, w) int64 array

    See Also
    --------
    cfl.prediction.predict_block : the same for users, with checks, by the kernels.

    Examples
    --------
    >>> predict(np.array([[-120, -40, 40, 120]]), 100, 4, 8).tolist()
    [[92, 97, 103, 108]]
    """
    values = [[clip1(dc + round2_signed(alpha * int(x), 6), bit_depth) for x in row] for row in ac]
    return np.array(values, np.int64)
