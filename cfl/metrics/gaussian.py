"""The Gaussian by which SSIM, MS-SSIM and SSIMULACRA 2 take means."""

import numpy as np

SIGMA = 1.5
REACH = 5
"""Samples to each side that a mean takes in."""


def gaussian() -> np.ndarray:
    """The taps, the middle one first; together they make 1: (REACH + 1,) float32."""
    weights = np.exp(-0.5 * (np.arange(REACH + 1) / SIGMA) ** 2)
    return (weights / (weights[0] + 2 * weights[1:].sum())).astype(np.float32)
