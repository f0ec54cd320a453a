"""The metrics of planes, weighed: each sample counts as much as it is visible.

The weights are a picture's alpha. Without weights these are the metrics of `cfl.metrics.planes`.
"""

import math
from collections.abc import Iterator

import numpy as np

from cfl.metrics import planes
from cfl.metrics.strips import strips


def plane_weights(alpha: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What each sample of a plane weighs: the mean alpha of the luma samples that it covers.

    Parameters
    ----------
    alpha : (height, width) array
    shape : (rows, columns)
        Of luma, or of subsampled chroma.
    """
    weights: np.ndarray = alpha.astype(np.float32)
    for axis in (0, 1):
        if shape[axis] < weights.shape[axis]:
            along = np.moveaxis(weights, axis, 0)
            if len(along) % 2:
                along = np.concatenate((along, along[-1:]))
            weights = np.moveaxis(along[::2] + along[1::2], 0, axis) / 2
    return weights


def psnr(reference: np.ndarray, test: np.ndarray, bit_depth: int, weights: np.ndarray | None) -> float | None:
    """`planes.psnr` of the weighted mean squared error.

    Parameters
    ----------
    reference, test : (height, width) or (height, width, 3) array of uint8 or uint16
    bit_depth : int
    weights : (height, width) array, optional

    Returns
    -------
    float or None
        None where all weights are 0.
    """
    if weights is None:
        rows = len(reference)
        return planes.psnr(reference.reshape(rows, -1), test.reshape(rows, -1), bit_depth)
    error = mass = 0.0
    channels = reference.size // weights.size
    for part in _rows(weights):
        squares = np.subtract(reference[part], test[part], dtype=np.float64) ** 2
        error += float(np.sum(squares.reshape(*weights[part].shape, -1) * weights[part][..., None]))
        mass += float(np.sum(weights[part], dtype=np.float64)) * channels
    if not mass:
        return None
    peak = (1 << bit_depth) - 1
    return 10 * math.log10(peak * peak * mass / error) if error else math.inf


def ssim(reference: np.ndarray, test: np.ndarray, bit_depth: int, weights: np.ndarray | None) -> float | None:
    """`planes.ssim` with each window weighed by its middle sample; None where all weights are 0."""
    if weights is None:
        return planes.ssim(reference, test, bit_depth)
    total = mass = 0.0
    for rows, values in planes.ssim_maps(reference, test, bit_depth):
        border = (reference.shape[1] - values.shape[1]) // 2
        here = weights[rows, border : border + values.shape[1]]
        total += float(np.sum(values * here))
        mass += float(np.sum(here, dtype=np.float64))
    return total / mass if mass else None


def r2(reference: np.ndarray, test: np.ndarray, weights: np.ndarray | None) -> float | None:
    """`planes.r2` of weighted sums; None where all weights are 0."""
    from cfl.regression.kernels import r_squared

    if weights is None:
        return planes.r2(reference, test)
    mass = float(np.sum(weights, dtype=np.float64))
    if not mass:
        return None
    mean = sum(
        float(np.sum(np.multiply(reference[part], weights[part], dtype=np.float64)))
        for part in _rows(weights)
    )
    mean /= mass
    residual = spread = 0.0
    for part in _rows(weights):
        residual += float(np.sum(_squares(reference[part], test[part]) * weights[part]))
        spread += float(np.sum(_squares(reference[part], mean) * weights[part]))
    return float(r_squared.py_func(residual, spread))


def _squares(first: np.ndarray, second: np.ndarray | float) -> np.ndarray:
    return np.subtract(first, second, dtype=np.float64) ** 2


def _rows(weights: np.ndarray) -> Iterator[slice]:
    return (slice(*rows) for rows in strips(*weights.shape))
