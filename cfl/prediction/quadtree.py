"""Choose block sizes by a quadtree: squares of 4 to 32 luma samples, by squared error plus λ · bits of α."""

from collections.abc import Callable

import numpy as np

from cfl.prediction.planes import Grid, PlaneFit
from cfl.prediction.syntax import alpha_bits
from cfl.prediction.tables import ALPHA_MAX


def default_lambda(bit_depth: int) -> float:
    """Return the squared error that one bit is worth by default: 10 at 8 bits, 160 at 10, 2560 at 12."""
    return 10.0 * 4.0 ** (bit_depth - 8)


def grids_of(width: int, height: int, subsampling_x: int, subsampling_y: int) -> list[Grid]:
    """Return the grids of all square luma blocks that have a CfL block of their own, smallest first.

    `width` and `height` are those of the chroma plane.
    """
    grids = []
    for side in (4, 8, 16, 32):
        w, h = side >> subsampling_x, side >> subsampling_y
        if min(w, h) >= 4:
            grids.append(Grid(width, height, w, h))
    return grids


def costs(fit: PlaneFit, lambda_: float) -> np.ndarray:
    """Return squared error of both planes plus λ times the bits of α, for each block of a grid."""
    alpha = fit.alpha
    if alpha.dtype == np.float64:
        alpha = np.clip(np.rint(8 * alpha), -ALPHA_MAX, ALPHA_MAX).astype(np.int8)
    return fit.sse.sum(axis=0) + lambda_ * alpha_bits(alpha[0], alpha[1])


def choose(grids: list[Grid], cost_of: Callable[[int], np.ndarray]) -> list[np.ndarray]:
    """Return which blocks of each grid the best quadtree uses.

    Parameters
    ----------
    grids : list of Grid
        Each with twice the block sides of the one before.
    cost_of : function
        Takes the index of a grid, returns the (rows, columns) costs of its blocks.

    Returns
    -------
    use : list of (rows, columns) bool arrays
        Together they cover the plane once. Of equal costs the larger block is used.
    """
    best = cost_of(0)
    use = [np.ones(best.shape, bool)]
    for index in range(1, len(grids)):
        cost = cost_of(index)
        split = _sums_of_four(best, cost.shape) < cost
        best = np.where(split, _sums_of_four(best, cost.shape), cost)
        use = [_keep_below(kept, split, 1 << (index - level)) for level, kept in enumerate(use)]
        use.append(~split)
    return use


def _sums_of_four(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return sums over 2x2 values; values beyond the picture are 0."""
    padded = np.zeros((2 * shape[0], 2 * shape[1]))
    padded[: values.shape[0], : values.shape[1]] = values
    return padded.reshape(shape[0], 2, shape[1], 2).sum(axis=(1, 3))


def _keep_below(kept: np.ndarray, split: np.ndarray, ratio: int) -> np.ndarray:
    """Return the blocks of a smaller grid that stay in use, given which larger blocks are split."""
    spread = split.repeat(ratio, axis=0).repeat(ratio, axis=1)
    return kept & spread[: kept.shape[0], : kept.shape[1]]
