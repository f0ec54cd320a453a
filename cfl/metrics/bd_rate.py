"""Bjøntegaard's delta rate: how many more bits one coder takes than another for the same quality."""

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
    """Mean difference of the rates at equal quality, in per cent of the reference's.

    Parameters
    ----------
    reference_rate, test_rate : sequence of float
        Bytes, or bits per pixel, of each operating point; above 0.
    reference_quality, test_quality : sequence of float
        The quality there, in dB, in the same order.

    Returns
    -------
    float
        −5.0: the test takes 5 % less.

    Raises
    ------
    CflError
        A curve has less than two points, one that is not finite, or two of the same quality; a rate is not
        above 0; or the curves have no quality in common.

    Notes
    -----
    As in [1]_, with the interpolation that JVET and AOM use now: the logarithm of the rate is a function of
    the quality, piecewise cubic and monotone (PCHIP), and the difference is its mean over the qualities that
    both curves reach. A point whose quality is lower than that of one with less rate bends the curve; it is
    not left out.

    References
    ----------
    .. [1] G. Bjøntegaard, "Calculation of average PSNR differences between RD-curves", ITU-T SG16 VCEG-M33,
           2001.
    """
    from scipy.interpolate import PchipInterpolator

    curves = []
    for rates, qualities in ((reference_rate, reference_quality), (test_rate, test_quality)):
        rate, quality = np.asarray(rates, np.float64), np.asarray(qualities, np.float64)
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


def _check(rate: np.ndarray, quality: np.ndarray) -> None:
    if rate.ndim != 1 or rate.shape != quality.shape or len(rate) < 2:
        raise CflError("a rate-distortion curve needs two points, each with a rate and a quality")
    if not (np.isfinite(rate).all() and np.isfinite(quality).all() and (rate > 0).all()):
        raise CflError(
            "a rate-distortion curve has a point that is not finite, or a rate that is not above 0"
        )
    if len(np.unique(quality)) < len(quality):
        raise CflError("a rate-distortion curve has two points of the same quality")
