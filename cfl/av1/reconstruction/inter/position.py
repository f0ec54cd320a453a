# mypy: disable-error-code="no-untyped-def"
"""Where in a reference frame a block's prediction begins (AV1 specification 7.11.3.3)."""

from cfl.av1.tables.inter_constants import REF_SCALE_SHIFT
from cfl.av1.tables.inter_prediction import SCALE_SUBPEL_BITS, SUBPEL_BITS
from cfl.simd.kernel import kernel

UNSCALED = 1 << REF_SCALE_SHIFT
"""xScale and yScale of a reference as large as the frame."""


@kernel(internal=True)
def step_of(scale):
    """Return stepX or stepY: from one sample to the next in the reference, in 1024ths of a sample."""
    shift = REF_SCALE_SHIFT - SCALE_SUBPEL_BITS
    return (scale + (1 << (shift - 1))) >> shift


@kernel(internal=True)
def start_of(place, mv, scale, subsampling):
    """Return startX or startY: where the reference block begins, in 1024ths of a sample.

    Parameters
    ----------
    place : int
        Where the block begins in its plane.
    mv : int
        The vector's component in this direction, in eighths of a luma sample.
    scale : int
        xScale or yScale.
    subsampling : int
        Of the plane in this direction: 0 or 1.
    """
    half_sample = 1 << (SUBPEL_BITS - 1)
    middle = (place << SUBPEL_BITS) + ((2 * mv) >> subsampling) + half_sample
    base = middle * scale - (half_sample << REF_SCALE_SHIFT)
    shift = REF_SCALE_SHIFT + SUBPEL_BITS - SCALE_SUBPEL_BITS
    rounded = (abs(base) + (1 << (shift - 1))) >> shift
    return (rounded if base >= 0 else -rounded) + (1 << (SCALE_SUBPEL_BITS - SUBPEL_BITS)) // 2
