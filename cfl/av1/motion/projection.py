# mypy: disable-error-code="no-untyped-def"
"""One vector, stretched from one distance of frames to another (AV1 specification 7.9.3)."""

from cfl.av1.tables.inter_constants import MAX_FRAME_DISTANCE
from cfl.av1.tables.motion import DIV_MULT
from cfl.simd.kernel import kernel


@kernel(inline=True)
def projection_factor(numerator, denominator):
    """Return what the components of a vector are multiplied by, in 1/16384."""
    clipped = min(max(numerator, -MAX_FRAME_DISTANCE), MAX_FRAME_DISTANCE)
    return clipped * DIV_MULT[min(denominator, MAX_FRAME_DISTANCE)]


@kernel(inline=True)
def projected(component, factor):
    """Project a component of a vector: the rest of get_mv_projection."""
    product = component * factor
    scaled = (abs(product) + (1 << 13)) >> 14
    scaled = min(scaled, (1 << 14) - 1)
    return scaled if product >= 0 else -scaled
