# mypy: disable-error-code="no-untyped-def"
"""The cube root of eight float32 at a time. For use inside kernels only."""

from numba.extending import intrinsic

from cfl.simd import octets  # noqa: F401 - lanes can be divided by it
from cfl.simd.kernel import inlined
from cfl.simd.vectors import constant, float32x8, int32x8

_THIRD_OF_BIAS = 709958130
"""(127 − 127 / 3 − 0.033) · 2²³: what makes a third of a float's bits the bits of nearly its cube root."""


@intrinsic
def _near_cube_root(typingctx, x):
    """The cube root of positive lanes, within 4 %."""

    def emit(context, builder, sig, args):
        integers, floats = int32x8.vector, float32x8.vector
        bits = builder.sitofp(builder.bitcast(args[0], integers), floats)
        third = builder.fptosi(builder.fmul(bits, constant(floats, 1 / 3)), integers)
        return builder.bitcast(builder.add(third, constant(integers, _THIRD_OF_BIAS)), floats)

    return float32x8(float32x8), emit


@inlined
def cube_root(x):
    """The cube root of positive float32x8, within 2⁻²² of it: two steps of Halley."""
    y = _near_cube_root(x)
    cube = y * y * y
    y = y * ((cube + x + x) / (cube + cube + x))
    cube = y * y * y
    return y * ((cube + x + x) / (cube + cube + x))
