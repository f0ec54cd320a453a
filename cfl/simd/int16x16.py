# mypy: disable-error-code="no-untyped-def"
"""Sixteen samples at a time: a vector type for Numba kernels.

LLVM's loop vectoriser picks the lane count by the widest type in a loop, so a sum of 16-bit products held in
32 bits runs at half the register's width, and short loops (a 4x4 block has 16 samples) are not vectorised at
all. With these types nothing is left to the vectoriser: `load` gives 16 samples as int16 lanes, ``+ - *``
work lane by lane (and wrap), and `accumulate` with `total` is a dot product (on x86 one multiply-add per 16
samples). The code is plain LLVM vector arithmetic, so it is correct on every processor.

All functions here are for use inside kernels only. Indices are not checked and do not wrap.
"""

import operator

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from cfl.simd.vectors import (
    Lanes,
    broadcast,
    call_llvm,
    constant,
    int16x16,
    int32x8,
    multiply_add_pairs,
    operator_on,
    shuffle,
)

LANES = 16
int64x4 = Lanes(ir.IntType(64), 4)

operator_on(operator.add, lambda builder, x, y: builder.add(x, y), (int64x4,))


def _pointer(context, builder, sig, args):
    """Where ``array[index]`` lies, as a pointer to 16 of its elements, and their vector type."""
    array = context.make_array(sig.args[0])(context, builder, args[0])
    vector = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), LANES)
    return builder.bitcast(builder.gep(array.data, [args[1]]), vector.as_pointer()), vector


@intrinsic
def splat(typingctx, value):
    """The int64 `value`, which must fit 16 bits, in every int16 lane."""

    def emit(context, builder, sig, args):
        return broadcast(builder, builder.trunc(args[0], ir.IntType(16)), int16x16.vector)

    return int16x16(types.int64), emit


@intrinsic
def load(typingctx, array, index):
    """``array[index : index + 16]`` of a 1-D contiguous uint8, int16 or uint16 array, as int16 lanes."""

    def emit(context, builder, sig, args):
        pointer, vector = _pointer(context, builder, sig, args)
        value = builder.load(pointer, align=1)
        return value if vector.element.width == 16 else builder.zext(value, int16x16.vector)

    return int16x16(array, types.int64), emit


@intrinsic
def store(typingctx, array, index, value):
    """``array[index : index + 16] = value``, of int16 lanes that fit the uint8, int16 or uint16 array."""

    def emit(context, builder, sig, args):
        pointer, vector = _pointer(context, builder, sig, args)
        value = args[2] if vector.element.width == 16 else builder.trunc(args[2], vector)
        builder.store(value, pointer, align=1)
        return context.get_dummy_value()

    return types.void(array, types.int64, value), emit


@intrinsic
def with_sign(typingctx, x, sign):
    """``x``, negated in the lanes where ``sign`` is negative."""

    def emit(context, builder, sig, args):
        mask = builder.ashr(args[1], constant(args[1].type, 15))
        return builder.sub(builder.xor(args[0], mask), mask)

    return x(x, sign), emit


@intrinsic
def accumulate(typingctx, accumulator, x, y):
    """The accumulator plus the products of int16 lanes; only the `total` of an accumulator has a meaning."""

    def emit(context, builder, sig, args):
        sums = multiply_add_pairs(context, builder, args[1], args[2])
        if sig.args[0] is int32x8:
            return builder.add(args[0], sums)
        halves = (
            builder.sext(shuffle(builder, sums, None, half), int64x4.vector)
            for half in (range(4), range(4, 8))
        )
        return builder.add(args[0], builder.add(*halves))

    return accumulator(accumulator, x, y), emit


@intrinsic
def accumulator_for(typingctx, plane):
    """A zero accumulator: of int32 where the plane is uint8, else of int64."""
    lanes = int32x8 if plane.dtype == types.uint8 else int64x4

    def emit(context, builder, sig, args):
        return constant(lanes.vector, 0)

    return lanes(plane), emit


def _reduction(name, meaning):
    @intrinsic
    def function(typingctx, value):
        def emit(context, builder, sig, args):
            vector = sig.args[0].vector
            result = call_llvm(builder, f"llvm.vector.reduce.{name}.{{}}", vector.element, *args)
            return result if vector.element.width == 64 else builder.sext(result, ir.IntType(64))

        return types.int64(value), emit

    function.__doc__ = meaning
    return function


total = _reduction("add", "The sum of all lanes, as int64; it must fit the lane.")
smallest = _reduction("smin", "The least lane, as int64.")
largest = _reduction("smax", "The greatest lane, as int64.")
