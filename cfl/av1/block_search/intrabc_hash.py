"""Where a picture repeats itself: for each place the last earlier one with the same samples."""

import numpy as np

SIDES = (8, 16, 32)
SUPERBLOCK = 64
MULTIPLIERS = tuple(np.uint32(k) for k in (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F))
"""Of the hashes of a square's quarters: arbitrary odd numbers."""
CHUNK = 1 << 18
"""Places that are processed at a time, so that temporary arrays are small."""
RANK_BITS, RANK = np.uint64(32), np.uint64(0xFFFFFFFF)
"""A key is the hash of a square, and in the bits below it the rank of its place in the order of coding."""
MAX_LINKS = 64
"""How many links of a block are followed at most."""


def repetitions(luma: np.ndarray) -> np.ndarray:
    """Link every square of a picture to the last one before it with the same samples.

    Parameters
    ----------
    luma : (height, width) uint16 array
        Of `frame_buffers`: its sides are multiples of 64.

    Returns
    -------
    (3, height, width) int32 array
        For squares of 8, 16 and 32 samples, at the place of their top left sample: the other's place, y times
        width plus x; "before" is in the order of superblocks, and of samples within them. -1 where there is
        none, or where the square is of one colour. Hashes of 32 bits are compared, so a few links lead to
        different samples.
    """
    height, width = luma.shape
    order = np.arange(height * width, dtype=np.int32)
    order = order.reshape(height // SUPERBLOCK, SUPERBLOCK, width // SUPERBLOCK, SUPERBLOCK)
    order = order.swapaxes(1, 2).ravel()
    links = np.full((len(SIDES), height * width), -1, np.int32)
    hashes, side = luma.astype(np.uint32), 1
    of_one_colour = np.arange(int(luma.max()) + 1, dtype=np.uint32)
    while side < SIDES[-1]:
        hashes = _doubled(hashes, side)
        of_one_colour = _mixed(*(of_one_colour,) * 4)
        side *= 2
        if side in SIDES:
            rows, cols = hashes.shape
            counted = np.zeros(luma.shape, bool)
            counted[:rows, :cols] = hashes != of_one_colour[luma[:rows, :cols]]
            _link(links[SIDES.index(side)], hashes, counted, order)
    return links.reshape(-1, height, width)


def _doubled(hashes: np.ndarray, side: int) -> np.ndarray:
    """The hashes of squares, from those of squares of half their side."""
    rows, cols = hashes.shape[0] - side, hashes.shape[1] - side
    doubled = np.empty((rows, cols), np.uint32)
    for top in range(0, rows, SUPERBLOCK):
        band = hashes[top : min(top + SUPERBLOCK, rows) + side]
        upper, lower = band[:-side], band[side:]
        quarters = upper[:, :-side], upper[:, side:], lower[:, :-side], lower[:, side:]
        doubled[top : top + SUPERBLOCK] = _mixed(*quarters)
    return doubled


def _mixed(*quarters: np.ndarray) -> np.ndarray:
    """The hash of a square, from those of its quarters."""
    total = quarters[0] * MULTIPLIERS[0]
    for quarter, multiplier in zip(quarters[1:], MULTIPLIERS[1:], strict=True):
        total += quarter * multiplier
    total ^= total >> np.uint32(15)
    total *= MULTIPLIERS[0]
    return total


def _link(links: np.ndarray, hashes: np.ndarray, counted: np.ndarray, order: np.ndarray) -> None:
    """Link the places that are counted, in their order, to the last one before with the same hash."""
    width = counted.shape[1]
    keyed, count = np.empty(len(order), np.uint64), 0
    for start in range(0, len(order), CHUNK):
        kept = np.flatnonzero(counted.ravel()[order[start : start + CHUNK]])
        rows, cols = np.divmod(order[start + kept], width)
        keys = hashes[rows, cols].astype(np.uint64)
        keyed[count : count + len(kept)] = keys << RANK_BITS | (start + kept).astype(np.uint64)
        count += len(kept)
    keyed = keyed[:count]
    keyed.sort()
    for start in range(0, count - 1, CHUNK):
        part = keyed[start : start + CHUNK + 1]
        same = part[1:] >> RANK_BITS == part[:-1] >> RANK_BITS
        places = order[part & RANK]
        links[places[1:][same]] = places[:-1][same]


def repeated_share(luma: np.ndarray, links: np.ndarray) -> float:
    """Return the share of a picture's blocks of 16x16 that can be copied from an earlier place, 0…1.

    Blocks of one colour are left out. Places that intra block copy may not reach yet do not count: those less
    than a superblock above that are not at least 5 superblocks to the left.

    Parameters
    ----------
    luma : (height, width) uint16 array
    links : (3, height, width) int32 array
        Of `repetitions`.
    """
    height, width = luma.shape
    blocks = luma.reshape(height // 16, 16, width // 16, 16)
    contrast = blocks.max(axis=(1, 3)) > blocks.min(axis=(1, 3))
    y, x = 16 * np.argwhere(contrast).T
    found, usable = links[1, y, x], 0
    for _ in range(MAX_LINKS):
        left = found >= 0
        y, x, found = y[left], x[left], found[left]
        above = y // SUPERBLOCK - (found // width + 15) // SUPERBLOCK
        before = x // SUPERBLOCK - (found % width + 15) // SUPERBLOCK
        late = (above < 0) | (before + 5 * above <= 4)
        usable += int(np.count_nonzero(~late))
        y, x, found = y[late], x[late], links[1].ravel()[found[late]]
    return usable / max(int(np.count_nonzero(contrast)), 1)
