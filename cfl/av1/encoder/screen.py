"""Whether a picture looks like a screen: text, lines and areas of one colour."""

import numpy as np

SIDE = 16
SHARE = 0.05
"""The share of blocks like a screen's from which a picture counts as a screen.

Twelve Kodak pictures and five other photographs have at most 0.021; pages of text of 9 to 40 points in smooth
letters have 0.63 to 1.
"""


def looks_like_screen(luma: np.ndarray, bit_depth: int) -> bool:
    """Say whether a picture looks like a screen.

    Parameters
    ----------
    luma : (height, width) array of unsigned integers
    bit_depth : int

    Returns
    -------
    bool
        False also for a picture smaller than one block of 16x16.
    """
    return screen_share(luma, bit_depth) >= SHARE


def screen_share(luma: np.ndarray, bit_depth: int) -> float:
    """Return the share of blocks that look like a screen's, 0…1.

    A block does if its samples span at least a quarter of the range, and yet half of them equal their right
    neighbours. In photographs contrast comes with noise and soft edges. Every other row is examined.
    """
    rows, cols = luma.shape[0] // SIDE, luma.shape[1] // SIDE
    if not rows or not cols:
        return 0.0
    blocks = luma[: rows * SIDE : 2, : cols * SIDE].reshape(rows, SIDE // 2, cols, SIDE)
    equal = np.count_nonzero(blocks[..., 1:] == blocks[..., :-1], axis=(1, 3))
    span = blocks.max(axis=(1, 3)).astype(np.int64) - blocks.min(axis=(1, 3))
    return float(np.mean((2 * equal >= SIDE // 2 * (SIDE - 1)) & (4 * span >= 1 << bit_depth)))
