"""Where one encode spends bits and the other saves them: sums over squares of 64x64 luma samples."""

from typing import Any

import numpy as np

from cfl.inspection.inspection import Inspection

SIDE = 64
"""Of a square, in luma samples. It is a superblock, or a quarter of one of 128."""


def bits_of_squares(inspection: Inspection) -> np.ndarray:
    """The bits of the blocks in each square; those of a larger block are spread evenly over its squares.

    Returns
    -------
    bits : (rows, columns) float64 array
    """
    blocks, owner = inspection.blocks, inspection.block_map()
    bits = sum(blocks[f"bits_{kind}"].astype(np.float64) for kind in ("modes", "cfl_alpha", "luma", "chroma"))
    units = np.bincount(owner.ravel(), minlength=len(blocks))
    each = (bits / np.maximum(units, 1))[owner]
    step = SIDE // 4
    rows, columns = (-(-n // step) for n in owner.shape)
    padded = np.zeros((rows * step, columns * step))
    padded[: owner.shape[0], : owner.shape[1]] = each
    return padded.reshape(rows, step, columns, step).sum((1, 3))


def largest_differences(a: np.ndarray, b: np.ndarray, count: int) -> list[dict[str, Any]]:
    """The squares in which the two differ most in bits, the largest first.

    Parameters
    ----------
    a, b : (rows, columns) arrays
        From `bits_of_squares`.
    count : int

    Returns
    -------
    list of dict
        x, y: of the square's top left luma sample; bits_a, bits_b; difference: bits_b − bits_a.
    """
    difference = b - a
    order = np.argsort(-np.abs(difference), axis=None, kind="stable")[:count]
    places = zip(*np.unravel_index(order, difference.shape), strict=True)
    return [
        {
            "x": SIDE * int(column), "y": SIDE * int(row), "bits_a": float(a[row, column]),
            "bits_b": float(b[row, column]), "difference": float(difference[row, column]),
        }
        for row, column in places
    ]  # fmt: skip
