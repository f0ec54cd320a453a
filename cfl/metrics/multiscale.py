"""MS-SSIM: SSIM at five scales."""

from functools import partial

import numpy as np

from cfl.arguments import whole
from cfl.errors import FrameError
from cfl.metrics.gaussian import REACH, gaussian
from cfl.metrics.planes import check_bit_depth, check_planes
from cfl.metrics.pyramid import Band, sums_by_scale

_EXPONENTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""Of the scales, 1:1 first."""
_WINDOW = 2 * REACH + 1
SMALLEST = _WINDOW << (len(_EXPONENTS) - 1)


def ms_ssim(reference: np.ndarray, test: np.ndarray, bit_depth: int, *, threads: int = 1) -> float:
    """Return the multi-scale structural similarity of a plane.

    Parameters
    ----------
    reference : (height, width) uint8 or uint16 array
        The original samples; at least 176 rows and columns.
    test : (height, width) uint8 or uint16 array
        Of the same shape and dtype.
    bit_depth : int
        Bits of a sample, 8 to 16.
    threads : int, default 1
        Threads to use. The result does not depend on it.

    Returns
    -------
    ms_ssim : float
        0 to 1.0, which it is for identical planes.

    Raises
    ------
    FrameError
        The planes are smaller than 176 rows or columns, differ in shape or dtype, a sample is above the bit
        depth, or the depth is not 8 to 16.

    See Also
    --------
    ssim : At one scale.
    ssimulacra2 : A newer metric on the same idea, which agrees better with people.

    Notes
    -----
    The window is an 11x11 Gaussian with σ = 1.5, and means are taken over the windows inside the plane. Each
    scale has the 2x2 means of the one before. The result is a product of means, each with its exponent of
    [1]_: of contrast and structure at the first four scales, and of SSIM at the last. A mean below 0 counts
    as 0. Implementations differ in how they halve pictures, so their third decimals may, too.

    References
    ----------
    .. [1] Wang, Z., E. P. Simoncelli and A. C. Bovik, "Multiscale structural similarity for image quality
           assessment", Asilomar Conference on Signals, Systems & Computers, 2003.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.metrics import ms_ssim
    >>> waves = (127 + 100 * np.sin(np.add.outer(np.arange(200), np.arange(180)) / 5)).astype(np.uint8)
    >>> round(ms_ssim(waves, waves, 8), 3), round(ms_ssim(waves, 64 + waves // 2, 8), 3)
    (1.0, 0.806)
    """
    check_planes(reference, test)
    bit_depth = whole("bit depth", bit_depth)
    check_bit_depth(bit_depth, reference, test)
    result = ms_ssim_or_none(reference, test, bit_depth, threads=whole("threads", threads, 1))
    if result is None:
        raise FrameError(f"MS-SSIM needs at least {SMALLEST} rows and columns")
    return result


def ms_ssim_or_none(
    reference: np.ndarray,
    test: np.ndarray,
    bit_depth: int,
    weights: np.ndarray | None = None,
    *,
    threads: int = 1,
) -> float | None:
    """`ms_ssim` with each window weighed by its middle sample; None where it does not exist.

    Parameters
    ----------
    weights : (height, width) array, optional
        At a smaller scale their 2x2 means.
    """
    if min(reference.shape) < SMALLEST:
        return None
    scales = _weights_by_scale(weights)
    rows_of = partial(_samples, reference, test, np.float32((1 << bit_depth) - 1))
    shape = (1, *reference.shape)
    result = 1.0
    sums = sums_by_scale(rows_of, shape, len(_EXPONENTS), _WINDOW, partial(_sums, scales), threads)
    for scale, (ssim, structure, mass) in enumerate(sums):
        if not mass:
            return None
        mean = (ssim if scale == len(_EXPONENTS) - 1 else structure) / mass
        result *= max(float(mean), 0.0) ** _EXPONENTS[scale]
    return min(result, 1.0)


def _samples(
    reference: np.ndarray, test: np.ndarray, peak: np.float32, rows: np.ndarray, band: np.ndarray
) -> None:
    """Set a band to rows of two planes, from 0 to 1."""
    for k, plane in enumerate((reference, test)):
        np.divide(plane[rows], peak, out=band[k, 0])


def _sums(scales: list[np.ndarray] | None, band: Band) -> np.ndarray:
    """The sums of SSIM, of its contrast and structure alone, and of what the windows count."""
    from cfl.metrics.gaussian_kernels import scratch
    from cfl.metrics.ms_ssim_kernels import sum_ssim

    weights = np.zeros((band.end - band.begin, band.columns), np.float32)
    top, bottom = max(band.begin, REACH), min(band.end, band.height - REACH)
    inside = (slice(top - band.begin, bottom - band.begin), slice(REACH, band.width - REACH))
    weights[inside] = 1 if scales is None else scales[band.scale][top:bottom, REACH : band.width - REACH]
    sums = np.zeros(2)
    sum_ssim(band.samples, band.width, gaussian(), weights, *scratch(), sums)
    return np.append(sums, weights.sum(dtype=np.float64))


def _weights_by_scale(weights: np.ndarray | None) -> list[np.ndarray] | None:
    if weights is None:
        return None
    scales: list[np.ndarray] = [weights.astype(np.float32)]
    while len(scales) < len(_EXPONENTS):
        last = np.pad(scales[-1], [(0, side % 2) for side in scales[-1].shape], "edge")
        scales.append((last[::2, ::2] + last[1::2, ::2] + last[::2, 1::2] + last[1::2, 1::2]) / 4)
    return scales
