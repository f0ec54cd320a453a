# mypy: disable-error-code="no-untyped-def,call-arg"
"""Eight blocks at a time: vector types for Numba kernels.

LLVM's loop vectoriser picks the lane count by the widest type in a loop, so a sum of 16-bit products held
in 32 bits runs at half the register's width, and it gives up on loops over small blocks. These types say
what is meant. Every lane belongs to one of `BLOCKS` blocks, so that no sum ever crosses lanes:

- `int16x16`: two samples of each block side by side, a *pair*;
- `int32x8`, `int64x8`, `float64x8`: a number of each block;
- `boolx8`: a condition of each block.

``+ - * /`` and comparisons work lane by lane (integers wrap); `accumulate` adds up products of samples (on
x86 one multiply-add). The code made is plain LLVM vector arithmetic, so it is right on every processor.

All functions here are for use inside `@njit` code only. Indices are not checked and do not wrap.
"""

import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import PrimitiveModel
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, register_model

BLOCKS = 8
LANES = 2 * BLOCKS
_I32 = ir.IntType(32)


class Lanes(types.Type):
    """The Numba type of `count` numbers of an LLVM type."""

    def __init__(self, element, count):
        self.vector = ir.VectorType(element, count)
        super().__init__(name=f"Lanes({element} x {count})")


@register_model(Lanes)
class _LanesModel(PrimitiveModel):
    def __init__(self, manager, lanes):
        super().__init__(manager, lanes, lanes.vector)


int16x16, int32x8, int64x8 = (Lanes(ir.IntType(bits), count) for bits, count in ((16, 16), (32, 8), (64, 8)))
float64x8, boolx8 = Lanes(ir.DoubleType(), BLOCKS), Lanes(ir.IntType(1), BLOCKS)


def _operator(function, emit, kinds, result=None):
    """Give `function` (``operator.add``, …) a meaning on two equal lane types."""

    @infer_global(function)
    class _Typing(ConcreteTemplate):
        cases = [signature(result or lanes, lanes, lanes) for lanes in kinds]  # noqa: RUF012 - Numba's way

    for lanes in kinds:
        lower_builtin(function, lanes, lanes)(lambda context, builder, sig, args: emit(builder, *args))


_INTEGERS, _FLOATS, _BOOLS = (int16x16, int32x8, int64x8), (float64x8,), (boolx8,)
_operator(operator.add, lambda builder, x, y: builder.add(x, y), _INTEGERS)
_operator(operator.sub, lambda builder, x, y: builder.sub(x, y), _INTEGERS)
_operator(operator.mul, lambda builder, x, y: builder.mul(x, y), _INTEGERS)
_operator(operator.le, lambda builder, x, y: builder.icmp_signed("<=", x, y), (int64x8,), boolx8)
_operator(operator.add, lambda builder, x, y: builder.fadd(x, y), _FLOATS)
_operator(operator.sub, lambda builder, x, y: builder.fsub(x, y), _FLOATS)
_operator(operator.mul, lambda builder, x, y: builder.fmul(x, y), _FLOATS)
_operator(operator.truediv, lambda builder, x, y: builder.fdiv(x, y), _FLOATS)
_operator(operator.le, lambda builder, x, y: builder.fcmp_ordered("<=", x, y), _FLOATS, boolx8)
_operator(operator.lt, lambda builder, x, y: builder.fcmp_ordered("<", x, y), _FLOATS, boolx8)
_operator(operator.and_, lambda builder, x, y: builder.and_(x, y), (*_BOOLS, int64x8))
_operator(operator.or_, lambda builder, x, y: builder.or_(x, y), _BOOLS)


def _constant(vector, value):
    return ir.Constant(vector, [value] * vector.count)


def _shuffle(builder, x, y, picks):
    """The lanes of `x` followed by `y` with these indices."""
    mask = ir.Constant(ir.VectorType(_I32, len(picks)), list(picks))
    return builder.shuffle_vector(x, ir.Constant(x.type, ir.Undefined) if y is None else y, mask)


def _spread(builder, scalar, vector):
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(_I32, 0))
    return _shuffle(builder, first, None, [0] * vector.count)


def _call(builder, name, result, *args):
    """Call an LLVM intrinsic; ``{}`` in its name becomes the vector type."""
    vector = args[0].type
    element = "f64" if vector.element == ir.DoubleType() else f"i{vector.element.width}"
    kind = ir.FunctionType(result, [arg.type for arg in args])
    full = name.format(f"v{vector.count}{element}")
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, full), args)


def _at(context, builder, kind, array, index, vector):
    """Where ``array[index]`` lies, as a pointer to a vector."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())


def _has_avx2(context):
    """Whether the code is for an x86 with AVX2, whose multiply-adds LLVM finds in half-width loops only."""
    return "+avx2" in context.codegen().magic_tuple()[2]


# --- numbers into lanes and out --------------------------------------------------------------------------


@intrinsic
def splat(typingctx, value):
    """The int64 `value`, which must fit 16 bits, in both samples of every block."""

    def emit(context, builder, sig, args):
        return _spread(builder, builder.trunc(args[0], ir.IntType(16)), int16x16.vector)

    return int16x16(types.int64), emit


@intrinsic
def integers(typingctx, value):
    """The int64 `value` for every block."""

    def emit(context, builder, sig, args):
        return _spread(builder, args[0], int64x8.vector)

    return int64x8(types.int64), emit


@intrinsic
def floats(typingctx, value):
    """The float64 `value` for every block."""

    def emit(context, builder, sig, args):
        return _spread(builder, args[0], float64x8.vector)

    return float64x8(types.float64), emit


@intrinsic
def to_float(typingctx, x):
    """int64 lanes as float64."""

    def emit(context, builder, sig, args):
        return builder.sitofp(args[0], float64x8.vector)

    return float64x8(int64x8), emit


@intrinsic
def to_int(typingctx, x):
    """float64 lanes as int64, rounded towards zero."""

    def emit(context, builder, sig, args):
        return builder.fptosi(args[0], int64x8.vector)

    return int64x8(float64x8), emit


@intrinsic
def widen(typingctx, x):
    """int32 or int64 lanes as int64."""

    def emit(context, builder, sig, args):
        return args[0] if sig.args[0] is int64x8 else builder.sext(args[0], int64x8.vector)

    return int64x8(x), emit


def _both(builder, x):
    """The low 16 bits of each block's number, for both its samples."""
    return _shuffle(
        builder, builder.trunc(x, ir.VectorType(ir.IntType(16), BLOCKS)), None, sorted([*range(BLOCKS)] * 2)
    )


@intrinsic
def pairs(typingctx, x):
    """Each block's int64, which must fit 16 bits, for both its samples."""

    def emit(context, builder, sig, args):
        return _both(builder, args[0])

    return int16x16(int64x8), emit


@intrinsic
def pair_maximum(typingctx, x):
    """The larger sample of each pair, as int64."""

    def emit(context, builder, sig, args):
        even, odd = (_shuffle(builder, args[0], None, range(start, LANES, 2)) for start in (0, 1))
        return builder.sext(_call(builder, "llvm.smax.{}", even.type, even, odd), int64x8.vector)

    return int64x8(int16x16), emit


@intrinsic
def load(typingctx, array, index):
    """A pair of each block, ``array[index : index + 16]`` of a 1-D contiguous int16 array."""

    def emit(context, builder, sig, args):
        return builder.load(_at(context, builder, sig.args[0], *args, int16x16.vector), align=1)

    return int16x16(array, types.int64), emit


@intrinsic
def load_integers(typingctx, array, index):
    """``array[index : index + 8]`` of a 1-D contiguous array of signed integers, as int64 lanes."""

    def emit(context, builder, sig, args):
        vector = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), BLOCKS)
        value = builder.load(_at(context, builder, sig.args[0], *args, vector), align=1)
        return value if vector == int64x8.vector else builder.sext(value, int64x8.vector)

    return int64x8(array, types.int64), emit


@intrinsic
def store(typingctx, array, index, value):
    """Put lanes into a 1-D contiguous array of their dtype, from `index` on."""

    def emit(context, builder, sig, args):
        builder.store(args[2], _at(context, builder, sig.args[0], *args[:2], args[2].type), align=1)
        return context.get_dummy_value()

    return types.void(array, types.int64, value), emit


def _first(builder, count):
    """A mask of the first `count` lanes."""
    lanes = ir.Constant(int64x8.vector, list(range(BLOCKS)))
    return builder.icmp_signed("<", lanes, _spread(builder, count, int64x8.vector))


@intrinsic
def load_some(typingctx, array, index, count):
    """`load_integers` of the first `count` lanes; the others are 0."""

    def emit(context, builder, sig, args):
        vector = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), BLOCKS)
        pointer = _at(context, builder, sig.args[0], *args[:2], vector)
        mask = _first(builder, args[2])
        kind = ir.FunctionType(vector, [pointer.type, _I32, mask.type, vector])
        name = f"llvm.masked.load.v8i{vector.element.width}.p0v8i{vector.element.width}"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        value = builder.call(function, (pointer, _I32(1), mask, _constant(vector, 0)))
        return value if vector == int64x8.vector else builder.sext(value, int64x8.vector)

    return int64x8(array, types.int64, types.int64), emit


@intrinsic
def store_some(typingctx, array, index, value, count):
    """Put the first `count` int64 or float64 lanes into a 1-D contiguous array, which they must fit."""

    def emit(context, builder, sig, args):
        value = args[2]
        if sig.args[2] is int64x8 and sig.args[0].dtype.bitwidth < 64:
            value = builder.trunc(value, ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), BLOCKS))
        pointer = _at(context, builder, sig.args[0], *args[:2], value.type)
        mask = _first(builder, args[3])
        kind = ir.FunctionType(ir.VoidType(), [value.type, pointer.type, _I32, mask.type])
        suffix = "f64" if sig.args[2] is float64x8 else f"i{value.type.element.width}"
        name = f"llvm.masked.store.v8{suffix}.p0v8{suffix}"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        builder.call(function, (value, pointer, _I32(1), mask))
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
        return ir.Constant(int64x8.vector, list(range(BLOCKS)))

    return int64x8(), emit


@intrinsic
def shift_in(typingctx, previous, x):
    """The last lane of `previous`, then all but the last of `x`."""

    def emit(context, builder, sig, args):
        return _shuffle(builder, *args, range(BLOCKS - 1, 2 * BLOCKS - 1))

    return int64x8(int64x8, int64x8), emit


@intrinsic
def with_first(typingctx, x, value):
    """The lanes of `x`, but `value` in the first."""

    def emit(context, builder, sig, args):
        return builder.insert_element(*args, ir.Constant(_I32, 0))

    return int64x8(int64x8, types.int64), emit


# --- rows of samples into pairs and back -----------------------------------------------------------------


@intrinsic
def deal(typingctx, packed, to, row, start, step, count):
    """Samples of eight blocks in a row, made into `count` vectors of pairs (2, 4 or 8, a literal).

    Takes the vectors ``row[start + k * step :][:16]`` of a 1-D uint8, uint16 or int16 array, of which each
    block has an eighth.
    """
    if not isinstance(count, types.IntegerLiteral):
        return None

    def emit(context, builder, sig, args):
        packed, to, row, index, step, _ = args
        samples = ir.VectorType(ir.IntType(sig.args[2].dtype.bitwidth), LANES)
        words = ir.VectorType(_I32, BLOCKS)
        vectors = []
        for _ in range(sig.args[5].literal_value):
            value = builder.load(_at(context, builder, sig.args[2], row, index, samples), align=1)
            value = value if samples == int16x16.vector else builder.zext(value, int16x16.vector)
            vectors.append(builder.bitcast(value, words))
            index = builder.add(index, step)
        # Pair q of block b begins at b * count + q. Each turn moves that index's lowest bit to its top.
        for _ in range(len(vectors).bit_length() - 1):
            couples = list(zip(vectors[0::2], vectors[1::2], strict=True))
            vectors = [_shuffle(builder, *xy, range(first, LANES, 2)) for first in (0, 1) for xy in couples]
        for k, value in enumerate(vectors):
            index = builder.add(to, ir.Constant(to.type, k * LANES))
            builder.store(value, _at(context, builder, sig.args[0], packed, index, words), align=1)
        return context.get_dummy_value()

    return types.void(packed, types.int64, row, types.int64, types.int64, count), emit


@intrinsic
def collect(typingctx, row, start, step, packed, at, count):
    """The reverse of `deal`: `count` vectors of pairs, which must fit `row`'s dtype, back into a row."""
    if not isinstance(count, types.IntegerLiteral):
        return None

    def emit(context, builder, sig, args):
        row, index, step, packed, at, _ = args
        count = sig.args[5].literal_value
        samples = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), LANES)
        words = ir.VectorType(_I32, BLOCKS)
        vectors = []
        for k in range(count):
            source = builder.add(at, ir.Constant(at.type, k * LANES))
            vectors.append(builder.load(_at(context, builder, sig.args[3], packed, source, words), align=1))
        low, high = ([first + k // 2 + k % 2 * BLOCKS for k in range(BLOCKS)] for first in (0, BLOCKS // 2))
        for _ in range(count.bit_length() - 1):
            couples = zip(vectors[: count // 2], vectors[count // 2 :], strict=True)
            vectors = [_shuffle(builder, *xy, picks) for xy in couples for picks in (low, high)]
        for both in vectors:
            value = builder.bitcast(both, int16x16.vector)
            if samples != int16x16.vector:
                value = builder.trunc(value, samples)
            builder.store(value, _at(context, builder, sig.args[0], row, index, samples), align=1)
            index = builder.add(index, step)
        return context.get_dummy_value()

    return types.void(row, types.int64, types.int64, packed, types.int64, count), emit


@intrinsic
def load_samples(typingctx, plane, index):
    """16 samples of a 1-D contiguous uint8 or uint16 array, as int16 lanes."""

    def emit(context, builder, sig, args):
        samples = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), LANES)
        value = builder.load(_at(context, builder, sig.args[0], *args, samples), align=1)
        return value if samples == int16x16.vector else builder.zext(value, int16x16.vector)

    return int16x16(plane, types.int64), emit


@intrinsic
def neighbour_sums(typingctx, plane, index):
    """The 16 sums of two neighbours among ``plane[index : index + 32]``, which must fit int16 lanes."""

    def emit(context, builder, sig, args):
        # Seen as words of two samples, so that adding neighbours needs no shuffling.
        bits = sig.args[0].dtype.bitwidth
        words = ir.VectorType(ir.IntType(2 * bits), LANES)
        value = builder.load(_at(context, builder, sig.args[0], *args, words), align=1)
        low = builder.and_(value, _constant(words, (1 << bits) - 1))
        sums = builder.add(low, builder.lshr(value, _constant(words, bits)))
        return sums if words == int16x16.vector else builder.trunc(sums, int16x16.vector)

    return int16x16(plane, types.int64), emit


# --- arithmetic ------------------------------------------------------------------------------------------


@intrinsic
def magnitude(typingctx, x):
    """|x|, lane by lane."""

    def emit(context, builder, sig, args):
        vector = sig.args[0].vector
        if sig.args[0] is float64x8:
            return _call(builder, "llvm.fabs.{}", vector, *args)
        negative = builder.icmp_signed("<", args[0], _constant(vector, 0))
        return builder.select(negative, builder.neg(args[0]), args[0])

    return x(x), emit


@intrinsic
def is_negative(typingctx, x):
    """1 in the int64 lanes below zero, 0 in the others."""

    def emit(context, builder, sig, args):
        return builder.lshr(args[0], _constant(args[0].type, 63))

    return int64x8(int64x8), emit


@intrinsic
def with_sign(typingctx, x, sign):
    """`x`, negated in the int16 lanes where `sign` is negative; `sign` may be 0 only where `x` is."""

    def emit(context, builder, sig, args):
        if _has_avx2(context):
            return _call(builder, "llvm.x86.avx2.psign.w", args[0].type, *args)
        mask = builder.ashr(args[1], _constant(args[1].type, 15))
        return builder.sub(builder.xor(args[0], mask), mask)

    return int16x16(int16x16, int16x16), emit


@intrinsic
def flip_sign(typingctx, x, other):
    """int16 lanes that are negative where just one of `x` and `other` is, and not 0."""

    def emit(context, builder, sig, args):
        sign = builder.and_(args[1], _constant(args[1].type, 1 << 15))
        return builder.or_(builder.xor(args[0], sign), _constant(args[0].type, 1))

    return int16x16(int16x16, int16x16), emit


@intrinsic
def rounded_product(typingctx, x, y):
    """``(x * y + 2^14) >> 15`` of int16 lanes."""

    def emit(context, builder, sig, args):
        vector = int16x16.vector
        if _has_avx2(context):
            return _call(builder, "llvm.x86.avx2.pmul.hr.sw", vector, *args)
        wide = ir.VectorType(_I32, LANES)
        exact = builder.mul(*(builder.sext(lanes, wide) for lanes in args))
        rounded = builder.add(exact, _constant(wide, 1 << 14))
        return builder.trunc(builder.ashr(rounded, _constant(wide, 15)), vector)

    return int16x16(int16x16, int16x16), emit


def _pair_sums(context, builder, x, y):
    """``x[2i] * y[2i] + x[2i + 1] * y[2i + 1]`` in int32 lanes."""
    if _has_avx2(context):
        return _call(builder, "llvm.x86.avx2.pmadd.wd", int32x8.vector, x, y)

    def products(first):
        picks = range(first, LANES, 2)
        return builder.mul(
            *(builder.sext(_shuffle(builder, lanes, None, picks), int32x8.vector) for lanes in (x, y))
        )

    return builder.add(products(0), products(1))


@intrinsic
def accumulate(typingctx, accumulator, x, y):
    """Each block's accumulator plus the products of its two samples."""

    def emit(context, builder, sig, args):
        sums = _pair_sums(context, builder, *args[1:])
        return builder.add(args[0], sums if sig.args[0] is int32x8 else builder.sext(sums, int64x8.vector))

    return accumulator(accumulator, x, y), emit


@intrinsic
def accumulator_for(typingctx, plane):
    """A zero accumulator: of int32 where the plane is uint8, else of int64."""
    lanes = int32x8 if plane.dtype == types.uint8 else int64x8

    def emit(context, builder, sig, args):
        return _constant(lanes.vector, 0)

    return lanes(plane), emit


@intrinsic
def shifted(typingctx, x, count):
    """``x << count`` of int16 lanes, or ``x >> -count`` of int64 lanes."""

    def emit(context, builder, sig, args):
        vector = sig.args[0].vector
        if sig.args[0] is int16x16:
            return builder.shl(args[0], _spread(builder, builder.trunc(args[1], vector.element), vector))
        return builder.ashr(args[0], _spread(builder, builder.neg(args[1]), vector))

    return x(x, types.int64), emit


def _two_arguments(name, meaning):
    @intrinsic
    def function(typingctx, x, y):
        def emit(context, builder, sig, args):
            if sig.args[0] is float64x8:
                sign = {"smin": "<", "smax": ">"}[name]
                return builder.select(builder.fcmp_ordered(sign, *args), *args)
            return _call(builder, f"llvm.{name}.{{}}", sig.args[0].vector, *args)

        return x(x, y), emit

    function.__doc__ = meaning
    return function


minimum = _two_arguments("smin", "The smaller of two, lane by lane.")
maximum = _two_arguments("smax", "The larger of two, lane by lane.")


def _of_floats(name, meaning):
    @intrinsic
    def function(typingctx, x):
        def emit(context, builder, sig, args):
            return _call(builder, f"llvm.{name}.{{}}", float64x8.vector, *args)

        return float64x8(float64x8), emit

    function.__doc__ = meaning
    return function


square_root = _of_floats("sqrt", "The square root of float64 lanes.")
floor = _of_floats("floor", "float64 lanes, rounded down.")
ceil = _of_floats("ceil", "float64 lanes, rounded up.")


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
        return _call(builder, "llvm.vector.reduce.or.{}", ir.IntType(1), *args)

    return types.boolean(boolx8), emit


@intrinsic
def copy(typingctx, target, to, source, start, count):
    """``target[to : to + count] = source[start : start + count]`` of 1-D contiguous arrays of one dtype.

    `count` is a literal, so this is a single load and store.
    """
    if not isinstance(count, types.IntegerLiteral):
        return None

    def emit(context, builder, sig, args):
        vector = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), sig.args[4].literal_value)

        value = builder.load(_at(context, builder, sig.args[2], *args[2:4], vector), align=1)
        builder.store(value, _at(context, builder, sig.args[0], *args[:2], vector), align=1)
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64, count), emit
