"""What `cfl.prediction.predict` should give, block by block from the transcribed specification."""

from fractions import Fraction

import numpy as np

from spec import cfl_spec as spec
from spec.planes import SUBSAMPLINGS, padded
from spec.search import predicted, searched_alpha


def dc_of(plane, x, y, w, h, dc, bit_depth):
    """The DC of the chroma block at (x, y): DC_PRED of its neighbours in `plane`, or its visible mean."""
    if dc == "neighbours":
        max_x, max_y = plane.shape[1] - 1, plane.shape[0] - 1
        return spec.predict_dc(plane, x, y, w, h, x > 0, y > 0, max_x, max_y, bit_depth)
    visible = plane[y : y + h, x : x + w]
    return (2 * int(visible.sum()) + visible.size) // (2 * visible.size)


def slope_of(ac, chroma, dc):
    """The exact least-squares slope, chroma per luma."""
    difference = chroma.astype(object) - dc
    squares = int((ac.astype(object) ** 2).sum())
    return float(Fraction(8 * int((ac * difference).sum()), squares)) if squares else 0.0


def r2_of(residual, chroma):
    """1 - SSres / SStot about the mean, in exact arithmetic."""
    total = Fraction(int((chroma.astype(object) ** 2).sum())) - Fraction(int(chroma.sum()) ** 2, chroma.size)
    if total == 0:
        return 1.0 if residual == 0 else 0.0
    return float(1 - Fraction(residual) / total)


def luma_blocks(frame, w, h):
    """(x, y, w, h) in luma samples of the blocks of one size, in raster order."""
    return [(x, y, w, h) for y in range(0, frame.height, h) for x in range(0, frame.width, w)]


def predict_plane_block(frame, plane, block, dc, luma=None):
    """One plane of one block with quantised α: what `Prediction.blocks` has of it, and the samples."""
    sub_x, sub_y = SUBSAMPLINGS[frame.subsampling]
    whole = padded(frame.y if luma is None else luma, sub_x, sub_y)
    x, y, w, h = block[0] >> sub_x, block[1] >> sub_y, block[2] >> sub_x, block[3] >> sub_y
    ac = np.array(spec.luma_ac(whole, x, y, w, h, sub_x, sub_y, whole.shape[1], whole.shape[0]))
    chroma = plane[y : y + h, x : x + w]
    ac = ac[: chroma.shape[0], : chroma.shape[1]]
    level = dc_of(plane, x, y, w, h, dc, frame.bit_depth)
    alpha = searched_alpha(ac, chroma, level, frame.bit_depth)
    samples = predicted(ac, level, alpha, frame.bit_depth)
    sse = int(((samples - chroma.astype(np.int64)) ** 2).sum())
    return {
        "alpha": alpha,
        "dc": level,
        "sse": sse,
        "r2": r2_of(sse, chroma),
        "slope": slope_of(ac, chroma, level),
        "ac": ac,
        "samples": samples,
        "at": (slice(y, y + chroma.shape[0]), slice(x, x + chroma.shape[1])),
    }


def alpha_cost(alpha_u, alpha_v):
    """Bits of a pair of α under the default CDFs, from the parse of the specification."""
    return ALPHA_COSTS[alpha_u, alpha_v]


ALPHA_COSTS = {(0, 0): 0.0} | {alphas: bits for _, _, alphas, bits in spec.parsed_alphas()}


def block_cost(frame, block, dc, lambda_):
    """Squared error of both planes plus λ times the bits of α."""
    u = predict_plane_block(frame, frame.u, block, dc)
    v = predict_plane_block(frame, frame.v, block, dc)
    return u["sse"] + v["sse"] + lambda_ * alpha_cost(u["alpha"], v["alpha"])


def least_quadtree_cost(frame, x, y, size, smallest, dc, lambda_):
    """The least cost of the square at (x, y), whole or in four, each part likewise; 0 outside the picture."""
    if x >= frame.width or y >= frame.height:
        return 0.0
    whole = block_cost(frame, (x, y, size, size), dc, lambda_)
    if size == smallest:
        return whole
    half = size // 2
    quarters = [(x, y), (x + half, y), (x, y + half), (x + half, y + half)]
    split = sum(least_quadtree_cost(frame, *at, half, smallest, dc, lambda_) for at in quarters)
    return min(whole, split)
