# mypy: disable-error-code="no-untyped-def,call-arg"
"""Eight blocks at a time: vector types for Numba kernels.

LLVM's loop vectoriser picks the lane count by the widest type in a loop, so a sum of 16-bit products held in
32 bits runs at half the register's width, and it gives up on loops over small blocks. With these types
nothing is left to the vectoriser. Every lane belongs to one of `BLOCKS` blocks, so that no sum ever crosses
lanes:

- `int16x16`: two samples of each block side by side, a *pair*;
- `int32x8`, `int64x8`, `float32x8`, `float64x8`: a number of each block;
- `boolx8`: a condition of each block.

``+ - * /`` and comparisons work lane by lane (integers wrap); `accumulate` adds up products of samples (on
x86 one multiply-add). The code is plain LLVM vector arithmetic, so it is correct on every processor.

All functions here are for use inside kernels only. Indices are not checked and do not wrap.
"""

import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from cfl.simd.vectors import (
    I32,
    Lanes,
    arithmetic_on,
    broadcast,
    call_llvm,
    constant,
    float32x8,
    has_avx2,
    int16x16,
    int32x8,
    multiply_add_pairs,
    operator_on,
    place_of,
    resized,
    short_name,
    shuffle,
)

BLOCKS = 8
LANES = 2 * BLOCKS

int64x8, float64x8, boolx8 = (
    Lanes(element, BLOCKS) for element in (ir.IntType(64), ir.DoubleType(), ir.IntType(1))
)

_NUMBERS, _FLOATS = (int32x8, int64x8), (float32x8, float64x8)
arithmetic_on(int64x8, float64x8)
operator_on(operator.le, lambda builder, x, y: builder.icmp_signed("<=", x, y), _NUMBERS, boolx8)
operator_on(operator.lt, lambda builder, x, y: builder.icmp_signed("<", x, y), _NUMBERS, boolx8)
operator_on(operator.eq, lambda builder, x, y: builder.icmp_signed("==", x, y), _NUMBERS, boolx8)
operator_on(operator.truediv, lambda builder, x, y: builder.fdiv(x, y), _FLOATS)
operator_on(operator.le, lambda builder, x, y: builder.fcmp_ordered("<=", x, y), _FLOATS, boolx8)
operator_on(operator.and_, lambda builder, x, y: builder.and_(x, y), (boolx8, *_NUMBERS))
operator_on(operator.or_, lambda builder, x, y: builder.or_(x, y), (boolx8,))


# --- numbers into lanes and out --------------------------------------------------------------------------


@intrinsic
def splat(typingctx, value):
    """The int64 `value`, which must fit 16 bits, in both samples of every block."""

    def emit(context, builder, sig, args):
        return broadcast(builder, builder.trunc(args[0], ir.IntType(16)), int16x16.vector)

    return int16x16(types.int64), emit


@intrinsic
def integers(typingctx, value):
    """The int64 `value`, which must fit 32 bits, for every block."""

    def emit(context, builder, sig, args):
        return broadcast(builder, builder.trunc(args[0], I32), int32x8.vector)

    return int32x8(types.int64), emit


@intrinsic
def alike(typingctx, x, value):
    """The int64 `value`, which must fit, for every block, in integer lanes of the type of `x`."""

    def emit(context, builder, sig, args):
        element = sig.args[0].vector.element
        scalar = args[1] if element.width == 64 else builder.trunc(args[1], element)
        return broadcast(builder, scalar, sig.args[0].vector)

    return x(x, types.int64), emit


@intrinsic
def floats(typingctx, value):
    """The float64 `value`, rounded to float32, for every block."""

    def emit(context, builder, sig, args):
        return broadcast(builder, builder.fptrunc(args[0], ir.FloatType()), float32x8.vector)

    return float32x8(types.float64), emit


@intrinsic
def to_float(typingctx, x):
    """int32 or int64 lanes as float32, within 1 + 2^-29 of an ulp's half."""

    def emit(context, builder, sig, args):
        if sig.args[0] is int32x8:
            return builder.sitofp(args[0], float32x8.vector)
        # By way of float64: without AVX-512, int64 to float32 goes lane by lane.
        return builder.fptrunc(builder.sitofp(args[0], float64x8.vector), float32x8.vector)

    return float32x8(x), emit


@intrinsic
def to_double(typingctx, x):
    """int32 or int64 lanes as float64."""

    def emit(context, builder, sig, args):
        return builder.sitofp(args[0], float64x8.vector)

    return float64x8(x), emit


@intrinsic
def to_int(typingctx, x):
    """float32 lanes as int32, rounded towards zero."""

    def emit(context, builder, sig, args):
        return builder.fptosi(args[0], int32x8.vector)

    return int32x8(float32x8), emit


@intrinsic
def pairs(typingctx, x):
    """Each block's int32, which must fit 16 bits, for both its samples."""

    def emit(context, builder, sig, args):
        low = builder.and_(args[0], constant(args[0].type, (1 << 16) - 1))
        both = builder.or_(low, builder.shl(args[0], constant(args[0].type, 16)))
        return builder.bitcast(both, int16x16.vector)

    return int16x16(int32x8), emit


@intrinsic
def pair_maximum(typingctx, x):
    """The larger sample of each pair, as int32."""

    def emit(context, builder, sig, args):
        words = builder.bitcast(args[0], int32x8.vector)
        half = constant(words.type, 16)
        even, odd = builder.ashr(builder.shl(words, half), half), builder.ashr(words, half)
        return call_llvm(builder, "llvm.smax.{}", even.type, even, odd)

    return int32x8(int16x16), emit


@intrinsic
def load(typingctx, array, index):
    """A pair of each block, ``array[index : index + 16]`` of a 1-D contiguous int16 array."""

    def emit(context, builder, sig, args):
        return builder.load(place_of(context, builder, sig.args[0], *args, int16x16.vector), align=1)

    return int16x16(array, types.int64), emit


@intrinsic
def load_numbers(typingctx, array, index):
    """``array[index : index + 8]`` of a 1-D contiguous int32 or int64 array, in lanes of its dtype."""
    lanes = int32x8 if array.dtype == types.int32 else int64x8

    def emit(context, builder, sig, args):
        return builder.load(place_of(context, builder, sig.args[0], *args, lanes.vector), align=1)

    return lanes(array, types.int64), emit


@intrinsic
def load_integers(typingctx, array, index):
    """`load_numbers`, cut to 32 bits, which the numbers must fit."""
    lanes = int32x8 if array.dtype == types.int32 else int64x8

    def emit(context, builder, sig, args):
        value = builder.load(place_of(context, builder, sig.args[0], *args, lanes.vector), align=1)
        return resized(builder, value, I32)

    return int32x8(array, types.int64), emit


@intrinsic
def store(typingctx, array, index, value):
    """Put lanes into a 1-D contiguous array from `index` on; integers must fit its dtype."""

    def emit(context, builder, sig, args):
        value = args[2]
        if isinstance(value.type.element, ir.IntType):
            value = resized(builder, value, ir.IntType(sig.args[0].dtype.bitwidth))
        builder.store(value, place_of(context, builder, sig.args[0], *args[:2], value.type), align=1)
        return context.get_dummy_value()

    return types.void(array, types.int64, value), emit


def _first(builder, count):
    """A mask of the first `count` lanes."""
    lanes = ir.Constant(int32x8.vector, list(range(BLOCKS)))
    return builder.icmp_signed("<", lanes, broadcast(builder, builder.trunc(count, I32), int32x8.vector))


@intrinsic
def load_some(typingctx, array, index, count):
    """The first `count` numbers of a 1-D contiguous array from `index` on, as int32; else 0."""

    def emit(context, builder, sig, args):
        vector = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), BLOCKS)
        pointer = place_of(context, builder, sig.args[0], *args[:2], vector)
        mask = _first(builder, args[2])
        kind = ir.FunctionType(vector, [pointer.type, I32, mask.type, vector])
        name = f"llvm.masked.load.v8i{vector.element.width}.p0v8i{vector.element.width}"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        value = builder.call(function, (pointer, I32(1), mask, constant(vector, 0)))
        return resized(builder, value, I32)

    return int32x8(array, types.int64, types.int64), emit


@intrinsic
def store_some(typingctx, array, index, value, count):
    """`store` the first `count` lanes."""

    def emit(context, builder, sig, args):
        value = args[2]
        if isinstance(value.type.element, ir.IntType):
            value = resized(builder, value, ir.IntType(sig.args[0].dtype.bitwidth))
        pointer = place_of(context, builder, sig.args[0], *args[:2], value.type)
        mask = _first(builder, args[3])
        kind = ir.FunctionType(ir.VoidType(), [value.type, pointer.type, I32, mask.type])
        name = "llvm.masked.store.v8{0}.p0v8{0}".format(short_name(value.type.element))
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        builder.call(function, (value, pointer, I32(1), mask))
        return context.get_dummy_value()

    return types.void(array, types.int64, value, types.int64), emit


@intrinsic
def second_samples(typingctx):
    """0 for the first sample of each pair, 1 for the second."""

    def emit(context, builder, sig, args):
        return ir.Constant(int16x16.vector, [0, 1] * BLOCKS)

    return int16x16(), emit


@intrinsic
def steps(typingctx):
    """0, 1, 2, … 7."""

    def emit(context, builder, sig, args):
        return ir.Constant(int32x8.vector, list(range(BLOCKS)))

    return int32x8(), emit


@intrinsic
def shift_in(typingctx, previous, x):
    """The last lane of `previous`, then all but the last of `x`."""

    def emit(context, builder, sig, args):
        return shuffle(builder, *args, range(BLOCKS - 1, 2 * BLOCKS - 1))

    return int32x8(int32x8, int32x8), emit


@intrinsic
def with_first(typingctx, x, value):
    """`x` with the first lane replaced by the int64 `value`, which must fit 32 bits."""

    def emit(context, builder, sig, args):
        return builder.insert_element(args[0], builder.trunc(args[1], I32), ir.Constant(I32, 0))

    return int32x8(int32x8, types.int64), emit


# --- arithmetic ------------------------------------------------------------------------------------------


@intrinsic
def with_sign(typingctx, x, sign):
    """`x`, negated in the int16 lanes where `sign` is negative; `sign` may be 0 only where `x` is."""

    def emit(context, builder, sig, args):
        if has_avx2(context):
            return call_llvm(builder, "llvm.x86.avx2.psign.w", args[0].type, *args)
        mask = builder.ashr(args[1], constant(args[1].type, 15))
        return builder.sub(builder.xor(args[0], mask), mask)

    return int16x16(int16x16, int16x16), emit


@intrinsic
def flip_sign(typingctx, x, other):
    """int16 lanes that are negative where just one of `x` and `other` is, and not 0."""

    def emit(context, builder, sig, args):
        sign = builder.and_(args[1], constant(args[1].type, 1 << 15))
        return builder.or_(builder.xor(args[0], sign), constant(args[0].type, 1))

    return int16x16(int16x16, int16x16), emit


@intrinsic
def accumulate(typingctx, accumulator, x, y):
    """Each block's accumulator plus the products of its two samples."""

    def emit(context, builder, sig, args):
        sums = multiply_add_pairs(context, builder, *args[1:])
        return builder.add(args[0], sums if sig.args[0] is int32x8 else builder.sext(sums, int64x8.vector))

    return accumulator(accumulator, x, y), emit


@intrinsic
def accumulator_for(typingctx, table):
    """A zero accumulator of an int32 or int64 array's dtype."""
    lanes = int32x8 if table.dtype == types.int32 else int64x8

    def emit(context, builder, sig, args):
        return constant(lanes.vector, 0)

    return lanes(table), emit


@intrinsic
def shifted(typingctx, x, count):
    """``x << count`` of int16 lanes, or ``x >> -count`` of int32 lanes."""

    def emit(context, builder, sig, args):
        vector = sig.args[0].vector
        if sig.args[0] is int16x16:
            return builder.shl(args[0], broadcast(builder, builder.trunc(args[1], vector.element), vector))
        return builder.ashr(args[0], broadcast(builder, builder.trunc(builder.neg(args[1]), I32), vector))

    return x(x, types.int64), emit


def _of_floats(name, meaning):
    @intrinsic
    def function(typingctx, x):
        def emit(context, builder, sig, args):
            return call_llvm(builder, f"llvm.{name}.{{}}", float32x8.vector, *args)

        return float32x8(float32x8), emit

    function.__doc__ = meaning
    return function


square_root = _of_floats("sqrt", "The square root of float32 lanes.")
floor = _of_floats("floor", "float32 lanes, rounded down.")
ceil = _of_floats("ceil", "float32 lanes, rounded up.")


@intrinsic
def where(typingctx, condition, x, y):
    """`x` where the condition holds, else `y`."""

    def emit(context, builder, sig, args):
        return builder.select(*args)

    return x(boolx8, x, y), emit


@intrinsic
def any_of(typingctx, condition):
    """Whether the condition holds for some block."""

    def emit(context, builder, sig, args):
        return call_llvm(builder, "llvm.vector.reduce.or.{}", ir.IntType(1), *args)

    return types.boolean(boolx8), emit


@intrinsic
def sum_of(typingctx, x):
    """The sum over all blocks, as int64."""

    def emit(context, builder, sig, args):
        wide = resized(builder, args[0], ir.IntType(64))
        return call_llvm(builder, "llvm.vector.reduce.add.{}", ir.IntType(64), wide)

    return types.int64(x), emit
