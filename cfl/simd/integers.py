# mypy: disable-error-code="no-untyped-def"
"""Bits of a single integer, each found by one instruction. For kernels, and for Python where it says so."""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, overload


def floor_log2(x):
    """FloorLog2 of an int64 x > 0. Works in Python too."""
    return int(x).bit_length() - 1


@overload(floor_log2)
def _overload_floor_log2(x):
    def implementation(x):
        return _leading_bit(x)

    return implementation


@intrinsic
def _leading_bit(typingctx, x):
    def emit(context, builder, sig, args):
        zeros = builder.ctlz(args[0], ir.Constant(ir.IntType(1), 1))
        return builder.sub(ir.Constant(ir.IntType(64), 63), zeros)

    return types.int64(types.int64), emit


@intrinsic
def lowest_bit(typingctx, bits):
    """The index of the lowest bit that is set in an int64; 64 where none is."""

    def emit(context, builder, sig, args):
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.int64), emit
