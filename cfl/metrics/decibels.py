"""Figures in decibels put together: from what they stand for, not from their mean."""

import math
from collections.abc import Iterable, Mapping

YUV_WEIGHTS = {"y": 6, "u": 1, "v": 1}
"""Of the planes' mean squared errors in the PSNR of all three."""


def combined_psnr(decibels: Iterable[float], weights: Iterable[float] | None = None) -> float:
    """The PSNR of the weighted mean of several mean squared errors, which are given as PSNRs.

    Parameters
    ----------
    decibels : iterable of float
        At least one, all of the same peak; infinite where the error is 0.
    weights : iterable of float, optional
        As many; equal by default.

    Returns
    -------
    float
        Infinite only where all are.

    Examples
    --------
    >>> from cfl.metrics.decibels import combined_psnr
    >>> round(combined_psnr([40.0, float("inf")]), 2)  # half the squared error
    43.01
    """
    values = list(decibels)
    if len(values) == 1:
        return values[0]
    shares = [1.0] * len(values) if weights is None else list(weights)
    error = sum(share * 10 ** (-value / 10) for value, share in zip(values, shares, strict=True))
    return 10 * math.log10(sum(shares) / error) if error else math.inf


def yuv_psnr(psnr: Mapping[str, float]) -> float:
    """PSNR of "y", "u" and "v" together: `YUV_WEIGHTS` of their mean squared errors; of "y" alone if it is.

    Parameters
    ----------
    psnr : mapping of float
        In dB, of "y" or of all three.
    """
    planes = [name for name in YUV_WEIGHTS if name in psnr]
    if planes == ["y"]:
        return psnr["y"]
    return combined_psnr((psnr[name] for name in planes), (YUV_WEIGHTS[name] for name in planes))


def ciede2000_db(mean: float) -> float:
    """A mean ΔE₀₀ in dB, −20 · log10(mean / 100); infinite for 0."""
    return -20 * math.log10(mean / 100) if mean else math.inf
