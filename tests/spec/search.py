"""The best α of a block by trying all 33, in plain NumPy int64."""

import numpy as np

ALPHAS = np.arange(-16, 17)


def predicted(ac, dc, alpha, bit_depth):
    """Clip1(DC + Round2Signed(α · AC, 6)); a leading axis of α gives one prediction for each."""
    scaled = np.asarray(alpha, np.int64)[..., None, None] * ac.astype(np.int64)
    return np.clip(dc + np.sign(scaled) * ((np.abs(scaled) + 32) >> 6), 0, (1 << bit_depth) - 1)


def errors_of_every_alpha(ac, chroma, dc, bit_depth):
    """The squared error of α = -16 … 16."""
    return ((predicted(ac, dc, ALPHAS, bit_depth) - chroma.astype(np.int64)) ** 2).sum(axis=(1, 2))


def searched_alpha(ac, chroma, dc, bit_depth):
    """The best of all 33: least error, then least magnitude, then positive."""
    errors = errors_of_every_alpha(ac, chroma, dc, bit_depth)
    return min(ALPHAS.tolist(), key=lambda alpha: (errors[alpha + 16], abs(alpha), alpha < 0))
