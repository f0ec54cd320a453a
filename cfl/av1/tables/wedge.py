"""The masks of wedges, which divide a block along a line (AV1 specification 7.11.3.11)."""

from functools import cache

import numpy as np

from cfl.av1.tables._table import table
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH

MASK_MASTER_SIZE = 64
WEDGE_TYPES = 16
(
    WEDGE_HORIZONTAL, WEDGE_VERTICAL, WEDGE_OBLIQUE27, WEDGE_OBLIQUE63, WEDGE_OBLIQUE117, WEDGE_OBLIQUE153,
) = range(6)  # fmt: skip

WEDGE_BITS = table([0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 0, 0], np.int64)
"""(22,) int64: Wedge_Bits, by MiSize: 0 where a block has no wedges."""

_SIZES = [size for size in range(WEDGE_BITS.size) if WEDGE_BITS[size]]
_AREAS = table(BLOCK_WIDTH * BLOCK_HEIGHT * (WEDGE_BITS > 0), np.int64)

WEDGE_MASKS_START = table(2 * WEDGE_TYPES * (np.cumsum(_AREAS) - _AREAS), np.int64)
"""(22,) int64: where the masks of a MiSize begin in `wedge_masks`."""

# How a mask rises from 0 to 64 over the middle of a row of 64; the rest of the row is constant.
_VERTICAL = [0, 0, 0, 0, 0, 2, 7, 21, 43, 57, 62, 64, 64, 64, 64, 64]
_OBLIQUE_EVEN = [0, 0, 0, 0, 1, 4, 11, 27, 46, 58, 62, 63, 64, 64, 64, 64]
_OBLIQUE_ODD = [0, 0, 0, 0, 1, 2, 6, 18, 37, 53, 60, 63, 64, 64, 64, 64]

# Direction, then the place of the block's centre on the line in eighths of its width and height; these of
# all shapes, and four more of blocks that are higher than wide, wider than high, and square.
_FIRST = [(direction, 4, 4) for direction in range(WEDGE_OBLIQUE27, WEDGE_OBLIQUE153 + 1)]
_LAST = [
    (WEDGE_OBLIQUE27, 4, 2), (WEDGE_OBLIQUE27, 4, 6), (WEDGE_OBLIQUE153, 4, 2), (WEDGE_OBLIQUE153, 4, 6),
    (WEDGE_OBLIQUE63, 2, 4), (WEDGE_OBLIQUE63, 6, 4), (WEDGE_OBLIQUE117, 2, 4), (WEDGE_OBLIQUE117, 6, 4),
]  # fmt: skip
_BETWEEN = [
    [(WEDGE_HORIZONTAL, 4, 2), (WEDGE_HORIZONTAL, 4, 4), (WEDGE_HORIZONTAL, 4, 6), (WEDGE_VERTICAL, 4, 4)],
    [(WEDGE_VERTICAL, 2, 4), (WEDGE_VERTICAL, 4, 4), (WEDGE_VERTICAL, 6, 4), (WEDGE_HORIZONTAL, 4, 4)],
    [(WEDGE_HORIZONTAL, 4, 2), (WEDGE_HORIZONTAL, 4, 6), (WEDGE_VERTICAL, 2, 4), (WEDGE_VERTICAL, 6, 4)],
]
WEDGE_CODEBOOK = table([_FIRST + between + _LAST for between in _BETWEEN], np.int64)
"""(3, 16, 3) int64: Wedge_Codebook: direction, xoff, yoff by shape and wedge_index."""


@cache
def wedge_masks() -> np.ndarray:
    """Return the masks of all wedges, WedgeMasks: the weights of the first prediction, in 64ths.

    Returns
    -------
    (100352,) uint8 array, read-only
        Those of a MiSize begin at `WEDGE_MASKS_START`; in order of wedge_sign, wedge_index, row and column.
    """
    master = _master_masks()
    return table(np.concatenate([_masks_of_size(master, size).ravel() for size in _SIZES]), np.uint8)


def _master_masks() -> np.ndarray:
    """MasterMask: by direction, (6, 64, 64)."""
    masks = np.zeros((6, MASK_MASTER_SIZE, MASK_MASTER_SIZE), np.int64)
    vertical, even, odd = (np.pad(middle, 24, "edge") for middle in (_VERTICAL, _OBLIQUE_EVEN, _OBLIQUE_ODD))
    columns = np.arange(MASK_MASTER_SIZE)
    oblique = np.empty((MASK_MASTER_SIZE, MASK_MASTER_SIZE), np.int64)
    for pair in range(MASK_MASTER_SIZE // 2):
        shift = MASK_MASTER_SIZE // 4 - pair
        oblique[2 * pair] = even[np.clip(columns - shift, 0, MASK_MASTER_SIZE - 1)]
        oblique[2 * pair + 1] = odd[np.clip(columns - shift + 1, 0, MASK_MASTER_SIZE - 1)]
    masks[WEDGE_VERTICAL] = vertical
    masks[WEDGE_HORIZONTAL] = masks[WEDGE_VERTICAL].T
    masks[WEDGE_OBLIQUE63] = oblique
    masks[WEDGE_OBLIQUE27] = oblique.T
    masks[WEDGE_OBLIQUE117] = 64 - oblique[:, ::-1]
    masks[WEDGE_OBLIQUE153] = masks[WEDGE_OBLIQUE117].T
    return masks


def _masks_of_size(master: np.ndarray, size: int) -> np.ndarray:
    """The masks of a block size: (2, 16, height, width)."""
    w, h = int(BLOCK_WIDTH[size]), int(BLOCK_HEIGHT[size])
    masks = np.empty((2, WEDGE_TYPES, h, w), np.int64)
    for wedge, (direction, xoff, yoff) in enumerate(WEDGE_CODEBOOK[0 if h > w else 1 if h < w else 2]):
        top, left = MASK_MASTER_SIZE // 2 - (yoff * h >> 3), MASK_MASTER_SIZE // 2 - (xoff * w >> 3)
        mask = master[direction, top : top + h, left : left + w]
        total = mask[0].sum() + mask[1:, 0].sum()
        flip_sign = int((total + (w + h - 1) // 2) // (w + h - 1) < 32)
        masks[flip_sign, wedge], masks[1 - flip_sign, wedge] = mask, 64 - mask
    return masks
