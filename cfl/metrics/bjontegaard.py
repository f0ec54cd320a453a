"""Bjøntegaard's delta rate: how many more bits one encoder needs than another for the same quality."""

import math
from collections.abc import Sequence

import numpy as np

from cfl.errors import CflError


def bd_rate(
    reference_rate: Sequence[float],
    reference_quality: Sequence[float],
    test_rate: Sequence[float],
    test_quality: Sequence[float],
) -> float:
    """Return the mean difference of two rate-quality curves in rate, at equal quality, in per cent.

    Parameters
    ----------
    reference_rate : sequence of float
        Bytes or bits per pixel of each point of the reference curve; above 0, at least two.
    reference_quality : sequence of float
        Quality of each point, in dB, in the same order.
    test_rate : sequence of float
        Rates of the test curve, in the same unit.
    test_quality : sequence of float
        Qualities of the test curve, in the same unit.

    Returns
    -------
    difference : float
        Per cent of the reference's rate; −5.0 means that the test needs 5 % fewer bits.

    Raises
    ------
    CflError
        A curve has fewer than two points, a point that is not finite, two points of the same quality or a
        rate that is not above 0; or the curves have no quality in common.

    See Also
    --------
    cfl.ablate : The BD-rate of chroma from luma for a picture.

    Notes
    -----
    The method is that of [1]_ with the interpolation that JVET and AOM use now. The logarithm of the rate is
    a monotone piecewise cubic function (PCHIP) of the quality. The difference of two such functions is
    averaged over the range of qualities that both curves reach. A point of lower quality at a higher rate is
    kept; it bends the curve.

    References
    ----------
    .. [1] Bjøntegaard, G., "Calculation of average PSNR differences between RD-curves", ITU-T SG16 VCEG-M33,
           2001.

    Examples
    --------
    The test encoder reaches each quality with 10 % fewer bytes:

    >>> from cfl.metrics import bd_rate
    >>> quality = [30.0, 33.0, 36.0]
    >>> round(bd_rate([100, 200, 400], quality, [90, 180, 360], quality), 6)
    -10.0
    """
    from scipy.interpolate import PchipInterpolator

    curves = []
    for rates, qualities in ((reference_rate, reference_quality), (test_rate, test_quality)):
        rate, quality = _numbers(rates), _numbers(qualities)
        _check(rate, quality)
        order = np.argsort(quality)
        curves.append((quality[order], np.log(rate[order])))
    low = max(quality[0] for quality, _ in curves)
    high = min(quality[-1] for quality, _ in curves)
    if low >= high:
        raise CflError("the two rate-distortion curves have no quality in common")
    reference, test = (
        float(PchipInterpolator(quality, log_rate).integrate(low, high)) / (high - low)
        for quality, log_rate in curves
    )
    return 100 * math.expm1(test - reference)


def _numbers(values: Sequence[float]) -> np.ndarray:
    try:
        return np.asarray(values, np.float64)
    except ValueError as error:
        raise TypeError("rates and qualities must be sequences of numbers") from error


def _check(rate: np.ndarray, quality: np.ndarray) -> None:
    if rate.ndim != 1 or rate.shape != quality.shape or len(rate) < 2:
        raise CflError("a rate-distortion curve needs two points, each with a rate and a quality")
    if not (np.isfinite(rate).all() and np.isfinite(quality).all() and (rate > 0).all()):
        raise CflError(
            "a rate-distortion curve has a point that is not finite, or a rate that is not above 0"
        )
    if len(np.unique(quality)) < len(quality):
        raise CflError("a rate-distortion curve has two points of the same quality")
