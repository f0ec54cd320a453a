"""The quantizer index of each superblock, by the activity of the source: where it is smooth, errors are seen.

variance of each 8x8 ──logarithm, a rank in each 64x64──▶ activity ──less the picture's mean──▶ delta
"""

import numpy as np

from cfl.av1.tunes import TuneSettings

CELL, SUPERBLOCK = 8, 64
CELLS = SUPERBLOCK // CELL


def quantizer_deltas(
    luma: np.ndarray, width: int, height: int, bit_depth: int, base_q_idx: int, settings: TuneSettings
) -> np.ndarray:
    """Return what the superblocks' quantizer indices should differ from base_q_idx.

    Parameters
    ----------
    luma : 2-D uint16 array
        Of `frame_buffers`: whole superblocks, beyond the picture its last row and column repeated.
    width, height : int
        Of the picture.
    bit_depth : int
    base_q_idx : int
    settings : TuneSettings

    Returns
    -------
    (rows, columns) int64 array
        Of the superblocks that lie in the picture.
    """
    activity = _activity(luma, width, height, bit_depth, settings.activity_rank)
    share = min(base_q_idx / settings.whole_delta_from, 1.0)
    deltas = settings.activity_deltas * (activity - activity.mean())
    deltas = share * np.clip(deltas, -settings.most_delta, settings.most_delta)
    return np.rint(deltas).astype(np.int64)


def _activity(luma: np.ndarray, width: int, height: int, bit_depth: int, rank: float) -> np.ndarray:
    """The logarithm to base 2 of a rank of the variances in each superblock, of samples as of 8 bits."""
    rows, columns = -(-height // CELL), -(-width // CELL)
    logarithms = _log2(1.0 + _variances(luma[: rows * CELL, : columns * CELL]) / 4.0 ** (bit_depth - 8))
    tall, wide = -(-rows // CELLS), -(-columns // CELLS)
    result = np.empty((tall, wide))
    for i in range(tall):
        for j in range(wide):
            own = logarithms[CELLS * i : CELLS * (i + 1), CELLS * j : CELLS * (j + 1)].ravel()
            result[i, j] = np.sort(own)[int(rank * (own.size - 1) + 0.5)]
    return result


def _variances(luma: np.ndarray) -> np.ndarray:
    """Of each cell; exact, as both sums are whole numbers."""
    rows, columns = luma.shape[0] // CELL, luma.shape[1] // CELL
    cells = luma.reshape(rows, CELL, columns, CELL).astype(np.int64)
    n = CELL * CELL
    total, squares = cells.sum(axis=(1, 3)), (cells * cells).sum(axis=(1, 3))
    return (n * squares - total * total) / (n * n)


def _log2(values: np.ndarray) -> np.ndarray:
    """The logarithm to base 2 within 0.01, by arithmetic that is the same on every machine."""
    mantissa, exponent = np.frexp(values)
    fraction = 2.0 * mantissa - 1.0
    return exponent - 1 + fraction * (1.0 + 0.344 * (1.0 - fraction))
