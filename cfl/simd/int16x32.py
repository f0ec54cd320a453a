# mypy: disable-error-code="no-untyped-def,call-arg,attr-defined"
"""Rows of 32 samples: vector types for the kernels of wide blocks.

- `int16x32`: the samples of a row, one register of AVX-512 and two of AVX2;
- `int32x16`: sums of products, each of two neighbouring lanes;
- `int8x64`: the samples of two rows of 8 bits.

As in `octets`, ``+ - & ^`` work lane by lane (integers wrap), and the code is right on every processor. All
functions here are for use inside kernels only. Indices are not checked and do not wrap.
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
    has_avx2,
    has_avx512,
    has_vnni,
    operator_on,
    shuffle,
)

WIDTH = 32
int16x32, int32x16 = Lanes(ir.IntType(16), WIDTH), Lanes(I32, WIDTH // 2)
_I8, _I64 = ir.IntType(8), ir.IntType(64)
int8x64 = Lanes(_I8, 2 * WIDTH)

arithmetic_on(int16x32)
operator_on(operator.and_, lambda builder, x, y: builder.and_(x, y), (int16x32,))
operator_on(operator.xor, lambda builder, x, y: builder.xor(x, y), (int16x32,))


# --- samples into lanes and out --------------------------------------------------------------------------


@intrinsic
def splat(typingctx, value):
    """The int64 `value`, which must fit 16 bits, in every lane."""

    def emit(context, builder, sig, args):
        return broadcast(builder, builder.trunc(args[0], ir.IntType(16)), int16x32.vector)

    return int16x32(types.int64), emit


@intrinsic
def byte_ones(typingctx):
    """1 in every lane."""

    def emit(context, builder, sig, args):
        return constant(int8x64.vector, 1)

    return int8x64(), emit


@intrinsic
def pointer(typingctx, plane):
    """Where a contiguous array begins: to be indexed like it, as long as something else keeps the array.

    Numba counts the references to an array wherever it is handed on, one atomic addition each; kernels that
    are called for every block would spend most of their time on that.
    """

    def emit(context, builder, sig, args):
        return context.make_array(sig.args[0])(context, builder, args[0]).data

    return types.CPointer(plane.dtype)(plane), emit


def _place(builder, samples, index, vector):
    return builder.bitcast(builder.gep(samples, [index]), vector.as_pointer())


@intrinsic
def load(typingctx, samples, index):
    """``samples[index : index + 32]`` of a pointer to uint8 or uint16."""

    def emit(context, builder, sig, args):
        vector = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), WIDTH)
        value = builder.load(_place(builder, *args, vector), align=1)
        return value if vector == int16x32.vector else builder.zext(value, int16x32.vector)

    return int16x32(samples, types.int64), emit


@intrinsic
def is_bytes(typingctx, samples):
    """Whether a pointer is to uint8: known when the code is compiled, so that it has one branch only."""

    def emit(context, builder, sig, args):
        return ir.Constant(ir.IntType(1), sig.args[0].dtype == types.uint8)

    return types.boolean(samples), emit


@intrinsic
def load_two(typingctx, samples, first, second):
    """``samples[first : first + 32]`` and ``samples[second : second + 32]`` of a pointer to uint8.

    Any other pointer has a meaning for the compiler only: see `is_bytes`.
    """

    def emit(context, builder, sig, args):
        row = ir.VectorType(_I8, WIDTH)
        rows = [builder.load(_place(builder, args[0], index, row), align=1) for index in args[1:]]
        return shuffle(builder, *rows, range(2 * WIDTH))

    return int8x64(samples, types.int64, types.int64), emit


@intrinsic
def store_clipped(typingctx, first, second, index, x, y, peak):
    """Put `x` and `y`, clipped to 0…`peak`, to where two pointers to uint8 or uint16 point, from `index` on.

    The peak of uint8 is 255.
    """
    eight_bits = first.dtype.bitwidth == 8

    def emit(context, builder, sig, args):
        first, second, index, *values, peak = args
        if eight_bits and has_avx512(context):
            # Both at once, in the order that the instruction has: eight of x, eight of y, and again.
            mixed = call_llvm(builder, "llvm.x86.avx512.packuswb.512", int8x64.vector, *values)
            values = [
                shuffle(builder, mixed, None, [start + k // 8 * 16 + k % 8 for k in range(WIDTH)])
                for start in (0, 8)
            ]
        else:
            vector = int16x32.vector
            zero = constant(vector, 0)
            values = [call_llvm(builder, "llvm.smax.{}", vector, value, zero) for value in values]
            values = [call_llvm(builder, "llvm.smin.{}", vector, value, peak) for value in values]
            if eight_bits:
                values = [builder.trunc(value, ir.VectorType(_I8, WIDTH)) for value in values]
        for samples, value in zip((first, second), values, strict=True):
            builder.store(value, _place(builder, samples, index, value.type), align=1)
        return context.get_dummy_value()

    return types.void(first, second, types.int64, int16x32, int16x32, int16x32), emit


def _prefetch(write, locality, meaning):
    @intrinsic
    def function(typingctx, samples, index):
        def emit(context, builder, sig, args):
            place = builder.bitcast(builder.gep(args[0], [args[1]]), _I8.as_pointer())
            kind = ir.FunctionType(ir.VoidType(), [place.type, I32, I32, I32])
            prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            builder.call(prefetch, (place, I32(write), I32(locality), I32(1)))
            return context.get_dummy_value()

        return types.void(samples, types.int64), emit

    function.__doc__ = meaning
    return function


prefetch = _prefetch(
    0, 2, "Have ``samples[index]``, which need not exist, brought into the second-level cache."
)
prefetch_near = _prefetch(0, 3, "`prefetch` into the first-level cache.")
prefetch_to_write = _prefetch(1, 2, "`prefetch` what will be written.")


@intrinsic
def first_lanes(typingctx, count):
    """Lanes with all bits set where their index is below `count`, else with none."""

    def emit(context, builder, sig, args):
        indices = ir.Constant(int16x32.vector, list(range(WIDTH)))
        limit = broadcast(builder, builder.trunc(args[0], ir.IntType(16)), int16x32.vector)
        return builder.sext(builder.icmp_signed("<", indices, limit), int16x32.vector)

    return int16x32(types.int64), emit


# --- arithmetic ------------------------------------------------------------------------------------------


@intrinsic
def eightfold(typingctx, x):
    """``8 * x``."""

    def emit(context, builder, sig, args):
        return builder.shl(args[0], constant(int16x32.vector, 3))

    return int16x32(int16x32), emit


@intrinsic
def with_sign(typingctx, x, sign):
    """`x`, negated in the lanes where `sign` is negative."""

    def emit(context, builder, sig, args):
        negative = builder.icmp_signed("<", args[1], constant(int16x32.vector, 0))
        return builder.select(negative, builder.neg(args[0]), args[0])

    return int16x32(int16x32, int16x32), emit


@intrinsic
def where_negative(typingctx, sign, x, y):
    """`x` in the lanes where `sign` is negative, `y` in the others."""

    def emit(context, builder, sig, args):
        negative = builder.icmp_signed("<", args[0], constant(int16x32.vector, 0))
        return builder.select(negative, *args[1:])

    return int16x32(int16x32, int16x32, int16x32), emit


def _by_register(context, builder, name, x, y):
    """An x86 intrinsic of two rows, by its names for AVX-512 and for AVX2."""
    long, short = name
    result = x.type if "hr.sw" in short else int32x16.vector
    if has_avx512(context):
        return call_llvm(builder, long, result, x, y)
    half = ir.VectorType(result.element, result.count // 2)
    low, high = (
        call_llvm(builder, short, half, *(shuffle(builder, lanes, None, picks) for lanes in (x, y)))
        for picks in (range(WIDTH // 2), range(WIDTH // 2, WIDTH))
    )
    return shuffle(builder, low, high, range(result.count))


@intrinsic
def rounded_product(typingctx, x, y):
    """``(x * y + 2^14) >> 15``."""

    def emit(context, builder, sig, args):
        if has_avx2(context):
            names = "llvm.x86.avx512.pmul.hr.sw.512", "llvm.x86.avx2.pmul.hr.sw"
            return _by_register(context, builder, names, *args)
        wide = ir.VectorType(I32, WIDTH)
        exact = builder.mul(*(builder.sext(lanes, wide) for lanes in args))
        rounded = builder.add(exact, constant(wide, 1 << 14))
        return builder.trunc(builder.ashr(rounded, constant(wide, 15)), int16x32.vector)

    return int16x32(int16x32, int16x32), emit


@intrinsic
def less_128(typingctx, x):
    """Bytes without a sign, less 128: bytes with one."""

    def emit(context, builder, sig, args):
        return builder.xor(args[0], constant(int8x64.vector, 0x80))

    return int8x64(int8x64), emit


# --- sums ------------------------------------------------------------------------------------------------


@intrinsic
def no_sums(typingctx):
    """Sums of nothing."""

    def emit(context, builder, sig, args):
        return constant(int32x16.vector, 0)

    return int32x16(), emit


@intrinsic
def accumulate(typingctx, sums, x, y):
    """The sums plus the products of the lanes."""

    def emit(context, builder, sig, args):
        return _accumulated(context, builder, *args)

    return int32x16(int32x16, int16x32, int16x32), emit


def _accumulated(context, builder, sums, x, y):
    if has_avx2(context):
        names = "llvm.x86.avx512.pmaddw.d.512", "llvm.x86.avx2.pmadd.wd"
        return builder.add(sums, _by_register(context, builder, names, x, y))
    for first in range(2):
        picks = range(first, WIDTH, 2)
        factors = (builder.sext(shuffle(builder, z, None, picks), int32x16.vector) for z in (x, y))
        sums = builder.add(sums, builder.mul(*factors))
    return sums


@intrinsic
def accumulate_bytes(typingctx, sums, x, y):
    """The sums plus the products of lanes, those of `x` without a sign and those of `y` with one."""

    def emit(context, builder, sig, args):
        sums, x, y = args
        if has_vnni(context):
            fours = (builder.bitcast(lanes, int32x16.vector) for lanes in (x, y))
            return call_llvm(builder, "llvm.x86.avx512.vpdpbusd.512", sums.type, sums, *fours)
        for first in (0, WIDTH):
            a, b = (shuffle(builder, lanes, None, range(first, first + WIDTH)) for lanes in (x, y))
            a, b = builder.zext(a, int16x32.vector), builder.sext(b, int16x32.vector)
            sums = _accumulated(context, builder, sums, a, b)
        return sums

    return int32x16(int32x16, int8x64, int8x64), emit


def _total(extended, meaning):
    @intrinsic
    def function(typingctx, samples, sums):
        def emit(context, builder, sig, args):
            kind, sums = I32 if sig.args[0].dtype == types.uint8 else _I64, args[1]
            wide = sums if kind is I32 else getattr(builder, extended)(sums, ir.VectorType(kind, WIDTH // 2))
            return builder.sext(call_llvm(builder, "llvm.vector.reduce.add.{}", kind, wide), _I64)

        return types.int64(samples, int32x16), emit

    function.__doc__ = f"""All sums together, as int64; each must fit 32 bits {meaning} a sign.

    Where `samples`, a pointer, is to uint8, their total must fit 32 bits with a sign.
    """
    return function


total, unsigned_total = _total("sext", "with"), _total("zext", "without")
