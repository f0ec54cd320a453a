# mypy: disable-error-code="no-untyped-def,call-arg"
"""Eight blocks at a time: vector types for Numba kernels.

LLVM's loop vectoriser picks the lane count by the widest type in a loop, so a sum of 16-bit products held
in 32 bits runs at half the register's width, and it gives up on loops over small blocks. These types say
what is meant. Every lane belongs to one of `BLOCKS` blocks, so that no sum ever crosses lanes:

- `int16x16`: two samples of each block side by side, a *pair*;
- `int32x8`, `int64x8`, `float32x8`, `float64x8`: a number of each block;
- `boolx8`: a condition of each block.

``+ - * /`` and comparisons work lane by lane (integers wrap); `accumulate` adds up products of samples (on
x86 one multiply-add). The code made is plain LLVM vector arithmetic, so it is right on every processor.

All functions here are for use inside `@njit` code only. Indices are not checked and do not wrap.
"""

import operator

from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.core.datamodel import PrimitiveModel
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, register_model

# Python's side of a small function, and its copy in the compiler's cache, take longer to make than the rest.
_FOR_KERNELS = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
stage = njit(**_FOR_KERNELS)
"""Decorator of functions that only kernels call."""
inlined = njit(forceinline=True, **_FOR_KERNELS)
"""The same for those that become part of their caller."""

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
float32x8, float64x8 = Lanes(ir.FloatType(), BLOCKS), Lanes(ir.DoubleType(), BLOCKS)
boolx8 = Lanes(ir.IntType(1), BLOCKS)


def _operator(function, emit, kinds, result=None):
    """Give `function` (``operator.add``, …) a meaning on two equal lane types."""

    @infer_global(function)
    class _Typing(ConcreteTemplate):
        cases = [signature(result or lanes, lanes, lanes) for lanes in kinds]  # noqa: RUF012 - Numba's way

    for lanes in kinds:
        lower_builtin(function, lanes, lanes)(lambda context, builder, sig, args: emit(builder, *args))


_INTEGERS, _NUMBERS, _FLOATS = (int16x16, int32x8, int64x8), (int32x8, int64x8), (float32x8, float64x8)
_operator(operator.add, lambda builder, x, y: builder.add(x, y), _INTEGERS)
_operator(operator.sub, lambda builder, x, y: builder.sub(x, y), _INTEGERS)
_operator(operator.mul, lambda builder, x, y: builder.mul(x, y), _INTEGERS)
_operator(operator.le, lambda builder, x, y: builder.icmp_signed("<=", x, y), _NUMBERS, boolx8)
_operator(operator.lt, lambda builder, x, y: builder.icmp_signed("<", x, y), _NUMBERS, boolx8)
_operator(operator.eq, lambda builder, x, y: builder.icmp_signed("==", x, y), _NUMBERS, boolx8)
_operator(operator.add, lambda builder, x, y: builder.fadd(x, y), _FLOATS)
_operator(operator.sub, lambda builder, x, y: builder.fsub(x, y), _FLOATS)
_operator(operator.mul, lambda builder, x, y: builder.fmul(x, y), _FLOATS)
_operator(operator.truediv, lambda builder, x, y: builder.fdiv(x, y), _FLOATS)
_operator(operator.le, lambda builder, x, y: builder.fcmp_ordered("<=", x, y), _FLOATS, boolx8)
_operator(operator.and_, lambda builder, x, y: builder.and_(x, y), (boolx8, *_NUMBERS))
_operator(operator.or_, lambda builder, x, y: builder.or_(x, y), (boolx8,))


def _constant(vector, value):
    return ir.Constant(vector, [value] * vector.count)


def _shuffle(builder, x, y, picks):
    """The lanes of `x` followed by `y` with these indices."""
    mask = ir.Constant(ir.VectorType(_I32, len(picks)), list(picks))
    return builder.shuffle_vector(x, ir.Constant(x.type, ir.Undefined) if y is None else y, mask)


def _spread(builder, scalar, vector):
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(_I32, 0))
    return _shuffle(builder, first, None, [0] * vector.count)


def _short_name(element):
    """An element type as LLVM's intrinsics name it."""
    floats = {ir.FloatType(): "f32", ir.DoubleType(): "f64"}
    return floats.get(element) or f"i{element.width}"


def _resized(builder, x, element):
    """Integers with their bits cut or their sign extended to those of an LLVM type."""
    if x.type.element.width == element.width:
        return x
    change = builder.sext if element.width > x.type.element.width else builder.trunc
    return change(x, ir.VectorType(element, x.type.count))


def _call(builder, name, result, *args):
    """Call an LLVM intrinsic; ``{}`` in its name becomes the vector type."""
    vector = args[0].type
    element = _short_name(vector.element)
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
    """The int64 `value`, which must fit 32 bits, for every block."""

    def emit(context, builder, sig, args):
        return _spread(builder, builder.trunc(args[0], _I32), int32x8.vector)

    return int32x8(types.int64), emit


@intrinsic
def alike(typingctx, x, value):
    """The int64 `value`, which must fit, for every block, in integer lanes as those of `x`."""

    def emit(context, builder, sig, args):
        element = sig.args[0].vector.element
        scalar = args[1] if element.width == 64 else builder.trunc(args[1], element)
        return _spread(builder, scalar, sig.args[0].vector)

    return x(x, types.int64), emit


@intrinsic
def floats(typingctx, value):
    """The float64 `value`, rounded to float32, for every block."""

    def emit(context, builder, sig, args):
        return _spread(builder, builder.fptrunc(args[0], ir.FloatType()), float32x8.vector)

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
        low = builder.and_(args[0], _constant(args[0].type, (1 << 16) - 1))
        both = builder.or_(low, builder.shl(args[0], _constant(args[0].type, 16)))
        return builder.bitcast(both, int16x16.vector)

    return int16x16(int32x8), emit


@intrinsic
def pair_maximum(typingctx, x):
    """The larger sample of each pair, as int32."""

    def emit(context, builder, sig, args):
        words = builder.bitcast(args[0], int32x8.vector)
        half = _constant(words.type, 16)
        even, odd = builder.ashr(builder.shl(words, half), half), builder.ashr(words, half)
        return _call(builder, "llvm.smax.{}", even.type, even, odd)

    return int32x8(int16x16), emit


@intrinsic
def load(typingctx, array, index):
    """A pair of each block, ``array[index : index + 16]`` of a 1-D contiguous int16 array."""

    def emit(context, builder, sig, args):
        return builder.load(_at(context, builder, sig.args[0], *args, int16x16.vector), align=1)

    return int16x16(array, types.int64), emit


@intrinsic
def load_numbers(typingctx, array, index):
    """``array[index : index + 8]`` of a 1-D contiguous int32 or int64 array, in lanes of its dtype."""
    lanes = int32x8 if array.dtype == types.int32 else int64x8

    def emit(context, builder, sig, args):
        return builder.load(_at(context, builder, sig.args[0], *args, lanes.vector), align=1)

    return lanes(array, types.int64), emit


@intrinsic
def load_integers(typingctx, array, index):
    """`load_numbers`, cut to 32 bits, which the numbers must fit."""
    lanes = int32x8 if array.dtype == types.int32 else int64x8

    def emit(context, builder, sig, args):
        value = builder.load(_at(context, builder, sig.args[0], *args, lanes.vector), align=1)
        return _resized(builder, value, _I32)

    return int32x8(array, types.int64), emit


@intrinsic
def store(typingctx, array, index, value):
    """Put lanes into a 1-D contiguous array from `index` on; integers must fit its dtype."""

    def emit(context, builder, sig, args):
        value = args[2]
        if isinstance(value.type.element, ir.IntType):
            value = _resized(builder, value, ir.IntType(sig.args[0].dtype.bitwidth))
        builder.store(value, _at(context, builder, sig.args[0], *args[:2], value.type), align=1)
        return context.get_dummy_value()

    return types.void(array, types.int64, value), emit


def _first(builder, count):
    """A mask of the first `count` lanes."""
    lanes = ir.Constant(int32x8.vector, list(range(BLOCKS)))
    return builder.icmp_signed("<", lanes, _spread(builder, builder.trunc(count, _I32), int32x8.vector))


@intrinsic
def load_some(typingctx, array, index, count):
    """The first `count` numbers of a 1-D contiguous array from `index` on, as int32; else 0."""

    def emit(context, builder, sig, args):
        vector = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), BLOCKS)
        pointer = _at(context, builder, sig.args[0], *args[:2], vector)
        mask = _first(builder, args[2])
        kind = ir.FunctionType(vector, [pointer.type, _I32, mask.type, vector])
        name = f"llvm.masked.load.v8i{vector.element.width}.p0v8i{vector.element.width}"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        value = builder.call(function, (pointer, _I32(1), mask, _constant(vector, 0)))
        return _resized(builder, value, _I32)

    return int32x8(array, types.int64, types.int64), emit


@intrinsic
def store_some(typingctx, array, index, value, count):
    """`store` the first `count` lanes."""

    def emit(context, builder, sig, args):
        value = args[2]
        if isinstance(value.type.element, ir.IntType):
            value = _resized(builder, value, ir.IntType(sig.args[0].dtype.bitwidth))
        pointer = _at(context, builder, sig.args[0], *args[:2], value.type)
        mask = _first(builder, args[3])
        kind = ir.FunctionType(ir.VoidType(), [value.type, pointer.type, _I32, mask.type])
        name = "llvm.masked.store.v8{0}.p0v8{0}".format(_short_name(value.type.element))
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
        return ir.Constant(int32x8.vector, list(range(BLOCKS)))

    return int32x8(), emit


@intrinsic
def shift_in(typingctx, previous, x):
    """The last lane of `previous`, then all but the last of `x`."""

    def emit(context, builder, sig, args):
        return _shuffle(builder, *args, range(BLOCKS - 1, 2 * BLOCKS - 1))

    return int32x8(int32x8, int32x8), emit


@intrinsic
def with_first(typingctx, x, value):
    """The lanes of `x`, but the int64 `value`, which must fit 32 bits, in the first."""

    def emit(context, builder, sig, args):
        return builder.insert_element(args[0], builder.trunc(args[1], _I32), ir.Constant(_I32, 0))

    return int32x8(int32x8, types.int64), emit


# --- rows of samples into pairs and back -----------------------------------------------------------------


# A block's samples of a row are words of 32 bits: one pair of 16-bit samples, or two pairs of 8-bit ones.
# Blocks 0 to 3 go through the lower half of each register and 4 to 7 through the upper: few processors can
# move lanes from half to half at full speed. `_CHUNK` words, a half, are loaded and stored at a time.
_CHUNK = BLOCKS // 2


def _chunk_offsets(builder, start, w, words, element):
    """Where the `words` chunks of blocks 0 to 3 begin, then those of blocks 4 to 7."""
    at = []
    for k in range(2 * words):
        step = builder.mul(w, ir.Constant(w.type, k)) if words == _CHUNK else None
        at.append(builder.add(start, step or ir.Constant(start.type, k * _CHUNK * 32 // element.width)))
    return at


def _transposed(builder, vectors):
    """In each half: word j of block b from place (b, j) of all vectors in a row to place (j, b)."""
    evens, odds = ([first + k for k in (0, 2, 8, 10, 4, 6, 12, 14)] for first in (0, 1))
    for _ in range(len(vectors).bit_length() - 1):
        # Each turn moves the lowest bit of a word's index to the top.
        couples = list(zip(vectors[0::2], vectors[1::2], strict=True))
        vectors = [_shuffle(builder, *xy, picks) for picks in (evens, odds) for xy in couples]
    return vectors


def _transposed_back(builder, vectors):
    """The reverse of `_transposed`."""
    low, high = ([first + k for k in (0, 8, 1, 9, 4, 12, 5, 13)] for first in (0, 2))
    for _ in range(len(vectors).bit_length() - 1):
        half = len(vectors) // 2
        couples = zip(vectors[:half], vectors[half:], strict=True)
        vectors = [_shuffle(builder, *xy, picks) for xy in couples for picks in (low, high)]
    return vectors


def _shuffled_bytes(builder, x, of_word):
    """Each word's four bytes picked anew; 4 stands for zero."""
    vector = ir.VectorType(ir.IntType(8), 4 * BLOCKS)
    picks = [4 * BLOCKS if k == 4 else 4 * word + k for word in range(BLOCKS) for k in of_word]
    shuffled = _shuffle(builder, builder.bitcast(x, vector), _constant(vector, 0), picks)
    return builder.bitcast(shuffled, int32x8.vector)


@intrinsic
def deal(typingctx, packed, to, row, start, w, count):
    """A row of eight blocks' samples, made into `count` vectors of pairs (2, 4 or 8, a literal).

    The blocks lie in a 1-D uint8, uint16 or int16 array, `w` samples apart; the first ``2 * count`` samples
    of each are taken. Where `count` is below 8, ``2 * count`` is `w`.
    """
    if not isinstance(count, types.IntegerLiteral):
        return None

    def emit(context, builder, sig, args):
        packed, to, row, start, w, _ = args
        element = ir.IntType(sig.args[2].dtype.bitwidth)
        words = sig.args[5].literal_value * element.width // 16
        half = ir.VectorType(_I32, _CHUNK)
        vectors = []
        for first in range(0, words, _CHUNK):
            begin = builder.add(start, ir.Constant(start.type, 32 // element.width * first))
            chunks = [
                builder.load(_at(context, builder, sig.args[2], row, index, half), align=1)
                for index in _chunk_offsets(builder, begin, w, min(words, _CHUNK), element)
            ]
            couples = zip(chunks[: len(chunks) // 2], chunks[len(chunks) // 2 :], strict=True)
            vectors += _transposed(builder, [_shuffle(builder, *xy, range(BLOCKS)) for xy in couples])
        if element.width == 8:
            vectors = [
                _shuffled_bytes(builder, x, picks) for x in vectors for picks in ((0, 4, 1, 4), (2, 4, 3, 4))
            ]
        for k, value in enumerate(vectors):
            index = builder.add(to, ir.Constant(to.type, k * LANES))
            builder.store(value, _at(context, builder, sig.args[0], packed, index, value.type), align=1)
        return context.get_dummy_value()

    return types.void(packed, types.int64, row, types.int64, types.int64, count), emit


@intrinsic
def collect(typingctx, row, start, w, packed, at, count):
    """The reverse of `deal`: `count` vectors of pairs, within the range of `row`'s dtype, back into a row."""
    if not isinstance(count, types.IntegerLiteral):
        return None

    def emit(context, builder, sig, args):
        row, start, w, packed, at, _ = args
        element = ir.IntType(sig.args[0].dtype.bitwidth)
        vectors = []
        for k in range(sig.args[5].literal_value):
            source = builder.add(at, ir.Constant(at.type, k * LANES))
            pointer = _at(context, builder, sig.args[3], packed, source, int32x8.vector)
            vectors.append(builder.load(pointer, align=1))
        if element.width == 8:
            eight_bits = _constant(int32x8.vector, 8)
            both = [
                builder.or_(x, builder.shl(y, eight_bits))
                for x, y in zip(vectors[0::2], vectors[1::2], strict=True)
            ]
            vectors = [_shuffled_bytes(builder, x, (0, 2, 1, 3)) for x in both]
        for first in range(0, len(vectors), _CHUNK):
            begin = builder.add(start, ir.Constant(start.type, 32 // element.width * first))
            wholes = _transposed_back(builder, vectors[first : first + _CHUNK])
            chunks = [_shuffle(builder, x, None, range(k, k + _CHUNK)) for k in (0, _CHUNK) for x in wholes]
            indices = _chunk_offsets(builder, begin, w, len(wholes), element)
            for index, value in zip(indices, chunks, strict=True):
                builder.store(value, _at(context, builder, sig.args[0], row, index, value.type), align=1)
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
        if sig.args[0] in _FLOATS:
            return _call(builder, "llvm.fabs.{}", vector, *args)
        negative = builder.icmp_signed("<", args[0], _constant(vector, 0))
        return builder.select(negative, builder.neg(args[0]), args[0])

    return x(x), emit


@intrinsic
def is_negative(typingctx, x):
    """1 in the integer lanes below zero, 0 in the others."""

    def emit(context, builder, sig, args):
        return builder.lshr(args[0], _constant(args[0].type, args[0].type.element.width - 1))

    return x(x), emit


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
def accumulator_for(typingctx, table):
    """A zero accumulator of an int32 or int64 array's dtype."""
    lanes = int32x8 if table.dtype == types.int32 else int64x8

    def emit(context, builder, sig, args):
        return _constant(lanes.vector, 0)

    return lanes(table), emit


@intrinsic
def shifted(typingctx, x, count):
    """``x << count`` of int16 lanes, or ``x >> -count`` of int32 lanes."""

    def emit(context, builder, sig, args):
        vector = sig.args[0].vector
        if sig.args[0] is int16x16:
            return builder.shl(args[0], _spread(builder, builder.trunc(args[1], vector.element), vector))
        return builder.ashr(args[0], _spread(builder, builder.trunc(builder.neg(args[1]), _I32), vector))

    return x(x, types.int64), emit


def _two_arguments(name, meaning):
    @intrinsic
    def function(typingctx, x, y):
        def emit(context, builder, sig, args):
            if sig.args[0] in _FLOATS:
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
            return _call(builder, f"llvm.{name}.{{}}", float32x8.vector, *args)

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
        return _call(builder, "llvm.vector.reduce.or.{}", ir.IntType(1), *args)

    return types.boolean(boolx8), emit


@intrinsic
def sum_of(typingctx, x):
    """The sum over all blocks, as int64."""

    def emit(context, builder, sig, args):
        wide = _resized(builder, args[0], ir.IntType(64))
        return _call(builder, "llvm.vector.reduce.add.{}", ir.IntType(64), wide)

    return types.int64(x), emit


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
