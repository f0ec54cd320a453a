# mypy: disable-error-code="no-untyped-def"
"""Lane operations of the filters: sixteen samples at a time, or eight of 32 bits; more than in `int16x16`.

A filter decides sample by sample, so it needs comparisons and choices: `greater` gives a mask, -1 where true
and 0 elsewhere, masks combine with ``&`` and ``|``, and `select` chooses. Arithmetic is on int16 lanes and
wraps; each kernel says why its values fit. For use inside kernels only; indices are not checked.
"""

import operator

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from cfl.simd.int16x16 import LANES, load, splat, store, with_sign
from cfl.simd.int32x8 import load8, splat8, store8
from cfl.simd.vectors import (
    I32,
    broadcast,
    call_llvm,
    int16x16,
    int32x8,
    magnitude,
    maximum,
    minimum,
    operator_on,
    shuffle,
)

__all__ = [
    "add_squares",
    "apart",
    "clamp",
    "exceeds",
    "greater",
    "load",
    "load8",
    "load_pair",
    "logical_shift_right",
    "magnitude",
    "maximum",
    "minimum",
    "quotient",
    "round2",
    "select",
    "shift_right",
    "splat",
    "splat8",
    "store",
    "store8",
    "store_pair",
    "store_split",
    "transpose_in",
    "transpose_out",
    "unsigned_minimum",
    "unsigned_round2",
    "with_sign",
]

HALF = LANES // 2


operator_on(operator.and_, lambda builder, x, y: builder.and_(x, y), (int16x16,))
operator_on(operator.or_, lambda builder, x, y: builder.or_(x, y), (int16x16,))


@intrinsic
def greater(typingctx, x, y):
    """-1 in the lanes where ``x > y``, else 0."""

    def emit(context, builder, sig, args):
        return builder.sext(builder.icmp_signed(">", *args), int16x16.vector)

    return int16x16(x, y), emit


@intrinsic
def select(typingctx, mask, x, y):
    """``x`` in the lanes where `mask` is not 0, else ``y``."""

    def emit(context, builder, sig, args):
        chosen = builder.icmp_signed("!=", args[0], ir.Constant(int16x16.vector, None))
        return builder.select(chosen, *args[1:])

    return int16x16(mask, x, y), emit


@intrinsic
def apart(typingctx, x, y):
    """``|x - y|``."""

    def emit(context, builder, sig, args):
        difference = builder.sub(*args)
        return call_llvm(builder, "llvm.smax.{}", int16x16.vector, difference, builder.neg(difference))

    return int16x16(x, y), emit


@intrinsic
def clamp(typingctx, x, low, high):
    """``min(max(x, low), high)``, of lanes of any width."""

    def emit(context, builder, sig, args):
        vector = sig.return_type.vector
        raised = call_llvm(builder, "llvm.smax.{}", vector, *args[:2])
        return call_llvm(builder, "llvm.smin.{}", vector, raised, args[2])

    return x(x, low, high), emit


def _shift(name, meaning):
    @intrinsic
    def function(typingctx, x, count):
        def emit(context, builder, sig, args):
            # LLVM leaves a shift by 16 or more undefined: the mask keeps it a shift.
            scalar = builder.and_(builder.trunc(args[1], ir.IntType(16)), ir.Constant(ir.IntType(16), 15))
            return getattr(builder, name)(args[0], broadcast(builder, scalar, int16x16.vector))

        return int16x16(x, types.int64), emit

    function.__doc__ = meaning
    return function


shift_right = _shift("ashr", "``x >> count``, 0 to 15, of signed lanes.")
logical_shift_right = _shift("lshr", "``x >> count``, 0 to 15, of lanes taken as unsigned.")


@intrinsic
def unsigned_minimum(typingctx, x, y):
    """The smaller of two, lane by lane, taken as unsigned."""

    def emit(context, builder, sig, args):
        return call_llvm(builder, "llvm.umin.{}", int16x16.vector, *args)

    return int16x16(x, y), emit


def _half_pointer(context, builder, kind, array, index):
    """Where ``array[index]`` of 16-bit samples lies, as a pointer to 8 of them."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), ir.VectorType(ir.IntType(16), HALF).as_pointer())


@intrinsic
def load_pair(typingctx, array, first, second):
    """``array[first : first + 8]``, then ``array[second : second + 8]``: of a flat 16-bit array."""

    def emit(context, builder, sig, args):
        halves = [
            builder.load(_half_pointer(context, builder, sig.args[0], args[0], index), align=1)
            for index in args[1:]
        ]
        return shuffle(builder, halves[0], halves[1], range(LANES))

    return int16x16(array, types.int64, types.int64), emit


@intrinsic
def store_pair(typingctx, array, first, second, value):
    """Put the lower eight lanes at ``array[first:]`` and the upper at ``array[second:]``. See `load_pair`."""

    def emit(context, builder, sig, args):
        for index, lanes in ((args[1], range(HALF)), (args[2], range(HALF, LANES))):
            half = shuffle(builder, args[3], None, lanes)
            builder.store(half, _half_pointer(context, builder, sig.args[0], args[0], index), align=1)
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64, value), emit


@intrinsic
def store_split(typingctx, even, odd, first, second, value):
    """Put lanes 0, 2, 4, 6 at ``even[first:]``, 1, 3, 5, 7 at ``odd[first:]``; the next eight at `second`."""

    def emit(context, builder, sig, args):
        four = ir.VectorType(ir.IntType(16), 4).as_pointer()
        for parity in range(2):
            data = context.make_array(sig.args[parity])(context, builder, args[parity]).data
            for half, index in enumerate(args[2:4]):
                lanes = shuffle(builder, args[4], None, range(HALF * half + parity, HALF * (half + 1), 2))
                builder.store(lanes, builder.bitcast(builder.gep(data, [index]), four), align=1)
        return context.get_dummy_value()

    return types.void(even, odd, types.int64, types.int64, value), emit


@intrinsic
def add_squares(typingctx, sums, at, values, start, weight):
    """``sums[at : at + 16] += weight * values[start : start + 16] ** 2``, of flat int32 and int16 arrays."""

    def emit(context, builder, sig, args):
        sums, at, values, start, weight = args
        wide = ir.VectorType(ir.IntType(32), LANES)
        to = builder.gep(context.make_array(sig.args[0])(context, builder, sums).data, [at])
        to = builder.bitcast(to, wide.as_pointer())
        source = builder.gep(context.make_array(sig.args[2])(context, builder, values).data, [start])
        x = builder.load(builder.bitcast(source, int16x16.vector.as_pointer()), align=1)
        x = builder.sext(x, wide)
        factor = broadcast(builder, weight, wide)
        product = builder.mul(builder.mul(x, x), factor)
        builder.store(builder.add(builder.load(to, align=1), product), to, align=1)
        return context.get_dummy_value()

    return types.void(sums, types.int64, values, types.int64, types.int32), emit


def _interleaved(builder, vectors):
    """Lane 0 of each vector, then lane 1 of each, and so on; their number is a power of two."""
    if len(vectors) == 1:
        return vectors[0]
    even, odd = (_interleaved(builder, vectors[start::2]) for start in (0, 1))
    count = even.type.count
    return shuffle(builder, even, odd, [i + side * count for i in range(count) for side in (0, 1)])


@intrinsic
def transpose_in(typingctx, work, to, step, samples, start, stride, count):
    """``work[to + t * step + k] = samples[start + k * stride + t]`` for k < 4 and t < `count`, a literal.

    Both arrays are 1-D, contiguous and of 16-bit samples.
    """
    if not isinstance(count, types.IntegerLiteral):
        return None
    length = count.literal_value

    def emit(context, builder, sig, args):
        work, to, step, samples, start, stride, _ = args
        source = context.make_array(sig.args[3])(context, builder, samples).data
        target = context.make_array(sig.args[0])(context, builder, work).data
        line, four = (ir.VectorType(ir.IntType(16), n).as_pointer() for n in (length, 4))
        lines = []
        for _ in range(4):
            lines.append(builder.load(builder.bitcast(builder.gep(source, [start]), line), align=1))
            start = builder.add(start, stride)
        everything = _interleaved(builder, lines)
        for t in range(length):
            column = shuffle(builder, everything, None, range(4 * t, 4 * t + 4))
            builder.store(column, builder.bitcast(builder.gep(target, [to]), four), align=1)
            to = builder.add(to, step)
        return context.get_dummy_value()

    int64 = types.int64
    return types.void(work, int64, int64, samples, int64, int64, count), emit


@intrinsic
def transpose_out(typingctx, work, to, step, samples, start, stride, count):
    """``samples[start + k * stride + t] = work[to + t * step + k]``: the reverse of `transpose_in`."""
    if not isinstance(count, types.IntegerLiteral):
        return None
    length = count.literal_value

    def emit(context, builder, sig, args):
        work, to, step, samples, start, stride, _ = args
        target = context.make_array(sig.args[3])(context, builder, samples).data
        source = context.make_array(sig.args[0])(context, builder, work).data
        line, four = (ir.VectorType(ir.IntType(16), n).as_pointer() for n in (length, 4))
        columns = []
        for _ in range(length):
            columns.append(builder.load(builder.bitcast(builder.gep(source, [to]), four), align=1))
            to = builder.add(to, step)
        everything = _interleaved(builder, columns)
        for k in range(4):
            row = shuffle(builder, everything, None, range(k * length, (k + 1) * length))
            builder.store(row, builder.bitcast(builder.gep(target, [start]), line), align=1)
            start = builder.add(start, stride)
        return context.get_dummy_value()

    int64 = types.int64
    return types.void(work, int64, int64, samples, int64, int64, count), emit


def _every_lane(builder, scalar):
    """An LLVM integer, truncated to 32 bits, in eight lanes."""
    return broadcast(builder, builder.trunc(scalar, I32), int32x8.vector)


def _rounded(shift):
    def emit(context, builder, sig, args):
        # Round2 (4.7). The masks keep a count of 0 right: 1 << 0 >> 1 adds nothing; and a shift a shift.
        one, all_bits = ir.Constant(ir.IntType(64), 1), ir.Constant(ir.IntType(64), 31)
        count = builder.and_(args[1], all_bits)
        half = _every_lane(builder, builder.lshr(builder.shl(one, count), one))
        return getattr(builder, shift)(builder.add(args[0], half), _every_lane(builder, count))

    return emit


@intrinsic
def round2(typingctx, x, count):
    """The standard's Round2 of int32 lanes by 0 to 31 bits."""
    return int32x8(x, types.int64), _rounded("ashr")


@intrinsic
def unsigned_round2(typingctx, x, count):
    """The standard's Round2 of int32 lanes taken as unsigned."""
    return int32x8(x, types.int64), _rounded("lshr")


@intrinsic
def quotient(typingctx, x, y):
    """``x // y`` of int32 lanes from 0 up to 2^16, y from 1 to 2^8.

    In float32: a quotient that is not whole is at least 2^-8 from a whole number, more than it is rounded.
    """

    def emit(context, builder, sig, args):
        real = ir.VectorType(ir.FloatType(), HALF)
        divided = builder.fdiv(*(builder.sitofp(lanes, real) for lanes in args))
        return builder.fptosi(divided, int32x8.vector)

    return int32x8(x, y), emit


@intrinsic
def exceeds(typingctx, x, y):
    """1 in the int32 lanes where ``x > y``, else 0."""

    def emit(context, builder, sig, args):
        return builder.zext(builder.icmp_signed(">", *args), int32x8.vector)

    return int32x8(x, y), emit
