# mypy: disable-error-code="no-untyped-def"
"""Sixteen samples at a time: a vector type for Numba kernels.

LLVM's loop vectoriser picks the lane count by the widest type in a loop, so a sum of 16-bit products held
in 32 bits runs at half the register's width, and short loops (a 4x4 block has 16 samples) are not
vectorised at all. These types say what is meant: `load` gives 16 samples as int16 lanes, ``+ - *`` work
lane by lane (and wrap), and `accumulate` with `total` is a dot product (on x86 one multiply-add per
16 samples). The code made is plain LLVM vector arithmetic, so it is right on every processor.

All functions here are for use inside `@njit` code only. Indices are not checked and do not wrap.
"""

import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import PrimitiveModel
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, register_model

LANES = 16


class Lanes(types.Type):
    """The Numba type of `count` integers of `bits` bits."""

    def __init__(self, bits, count):
        self.bits, self.count = bits, count
        super().__init__(name=f"Lanes(int{bits} x {count})")

    @property
    def vector(self):
        return ir.VectorType(ir.IntType(self.bits), self.count)


@register_model(Lanes)
class _LanesModel(PrimitiveModel):
    def __init__(self, manager, lanes):
        super().__init__(manager, lanes, lanes.vector)


int16x16, int32x8, int64x4 = Lanes(16, 16), Lanes(32, 8), Lanes(64, 4)
_ALL = (int16x16, int32x8, int64x4)


def _operator(function, emit):
    """Give `function` (``operator.add``, …) a meaning on two equal lane types."""

    @infer_global(function)
    class _Typing(ConcreteTemplate):
        cases = [signature(lanes, lanes, lanes) for lanes in _ALL]  # noqa: RUF012 - Numba's way

    for lanes in _ALL:
        lower_builtin(function, lanes, lanes)(lambda context, builder, sig, args: emit(builder, *args))


_operator(operator.add, lambda builder, x, y: builder.add(x, y))
_operator(operator.sub, lambda builder, x, y: builder.sub(x, y))
_operator(operator.mul, lambda builder, x, y: builder.mul(x, y))


def _shuffle(builder, value, picks):
    """The lanes of `value` with these indices."""
    mask = ir.Constant(ir.VectorType(ir.IntType(32), len(picks)), list(picks))
    return builder.shuffle_vector(value, ir.Constant(value.type, ir.Undefined), mask)


def _spread(builder, scalar, vector):
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
    return _shuffle(builder, first, [0] * vector.count)


def _function(builder, name, result, *arguments):
    """The LLVM intrinsic of that name for these argument types."""
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, arguments), name)


def _pointer(context, builder, sig, args):
    """Where ``array[index]`` lies, as a pointer to 16 of its elements, and their vector type."""
    array = context.make_array(sig.args[0])(context, builder, args[0])
    vector = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), LANES)
    return builder.bitcast(builder.gep(array.data, [args[1]]), vector.as_pointer()), vector


@intrinsic
def splat(typingctx, value):
    """The int64 `value`, which must fit 16 bits, in every int16 lane."""

    def emit(context, builder, sig, args):
        return _spread(builder, builder.trunc(args[0], ir.IntType(16)), int16x16.vector)

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
def magnitude(typingctx, x):
    """|x|, lane by lane."""

    def emit(context, builder, sig, args):
        negative = builder.icmp_signed("<", args[0], ir.Constant(args[0].type, None))
        return builder.select(negative, builder.neg(args[0]), args[0])

    return x(x), emit


@intrinsic
def with_sign(typingctx, x, sign):
    """``x``, negated in the lanes where ``sign`` is negative."""

    def emit(context, builder, sig, args):
        mask = builder.ashr(args[1], ir.Constant(args[1].type, [15] * LANES))
        return builder.sub(builder.xor(args[0], mask), mask)

    return x(x, sign), emit


@intrinsic
def rounded_product(typingctx, x, y):
    """``(x * y + 2^14) >> 15`` of int16 lanes."""

    def emit(context, builder, sig, args):
        vector = int16x16.vector
        if _has_avx2(context):
            name = "llvm.x86.avx2.pmul.hr.sw"
            return builder.call(_function(builder, name, vector, vector, vector), args)
        wide = ir.VectorType(ir.IntType(32), LANES)
        exact = builder.mul(*(builder.sext(lanes, wide) for lanes in args))
        rounded = builder.add(exact, ir.Constant(wide, [1 << 14] * LANES))
        return builder.trunc(builder.ashr(rounded, ir.Constant(wide, [15] * LANES)), vector)

    return int16x16(x, y), emit


def _has_avx2(context):
    """Whether the code is for an x86 with AVX2, whose multiply-add LLVM finds in half-width loops only."""
    return "+avx2" in context.codegen().magic_tuple()[2]


def _pair_sums(context, builder, x, y):
    """``x[2i] * y[2i] + x[2i + 1] * y[2i + 1]`` in int32 lanes."""
    if _has_avx2(context):
        name = "llvm.x86.avx2.pmadd.wd"
        return builder.call(_function(builder, name, int32x8.vector, x.type, x.type), (x, y))

    def products(picks):
        halves = (builder.sext(_shuffle(builder, lanes, picks), int32x8.vector) for lanes in (x, y))
        return builder.mul(*halves)

    return builder.add(products(range(0, LANES, 2)), products(range(1, LANES, 2)))


@intrinsic
def accumulate(typingctx, accumulator, x, y):
    """The accumulator plus the products of int16 lanes; only the `total` of an accumulator has a meaning."""

    def emit(context, builder, sig, args):
        sums = _pair_sums(context, builder, args[1], args[2])
        if sig.args[0] is int32x8:
            return builder.add(args[0], sums)
        halves = (
            builder.sext(_shuffle(builder, sums, half), int64x4.vector) for half in (range(4), range(4, 8))
        )
        return builder.add(args[0], builder.add(*halves))

    return accumulator(accumulator, x, y), emit


@intrinsic
def accumulator_for(typingctx, plane):
    """A zero accumulator: of int32 where the plane is uint8, else of int64."""
    lanes = int32x8 if plane.dtype == types.uint8 else int64x4

    def emit(context, builder, sig, args):
        return ir.Constant(lanes.vector, None)

    return lanes(plane), emit


def _two_arguments(name, meaning):
    @intrinsic
    def function(typingctx, x, y):
        def emit(context, builder, sig, args):
            vector = sig.return_type.vector
            suffix = f"v{vector.count}i{vector.element.width}"
            return builder.call(_function(builder, f"llvm.{name}.{suffix}", vector, vector, vector), args)

        return x(x, y), emit

    function.__doc__ = meaning
    return function


minimum = _two_arguments("smin", "The smaller of two, lane by lane.")
maximum = _two_arguments("smax", "The larger of two, lane by lane.")


def _reduction(name, meaning):
    @intrinsic
    def function(typingctx, value):
        def emit(context, builder, sig, args):
            vector = sig.args[0].vector
            full = f"llvm.vector.reduce.{name}.v{vector.count}i{vector.element.width}"
            result = builder.call(_function(builder, full, vector.element, vector), args)
            return result if vector.element.width == 64 else builder.sext(result, ir.IntType(64))

        return types.int64(value), emit

    function.__doc__ = meaning
    return function


total = _reduction("add", "The sum of all lanes, as int64; it must fit the lane.")
smallest = _reduction("smin", "The least lane, as int64.")
largest = _reduction("smax", "The greatest lane, as int64.")


@intrinsic
def copy(typingctx, target, to, source, start, count):
    """``target[to : to + count] = source[start : start + count]`` of 1-D contiguous arrays of one dtype.

    `count` is a literal, so this is a single load and store.
    """
    if not isinstance(count, types.IntegerLiteral):
        return None

    def emit(context, builder, sig, args):
        vector = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), sig.args[4].literal_value)

        def pointer(kind, array, index):
            data = context.make_array(kind)(context, builder, array).data
            return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())

        value = builder.load(pointer(sig.args[2], *args[2:4]), align=1)
        builder.store(value, pointer(sig.args[0], *args[:2]), align=1)
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64, count), emit
