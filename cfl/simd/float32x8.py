# mypy: disable-error-code="no-untyped-def"
"""Eight float32 at a time, for the encoder's search; as `cfl.simd.int32x8` for integers.

``+`` and ``*`` round each by itself, lane by lane: LLVM may not contract them, so every machine finds the
same. All functions here are for use inside kernels only. Indices are checked under
``NUMBA_BOUNDSCHECK=1`` alone.
"""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from cfl.simd.int32x8 import LANES, pointer
from cfl.simd.vectors import broadcast, constant, float32x8, int32x8, shuffle

VECTOR = float32x8.vector


def _place(context, builder, sig, args):
    start = pointer(context, builder, sig.args[0], args[0], args[1], LANES)
    return builder.bitcast(start, VECTOR.as_pointer())


@intrinsic
def zeros_f8(typingctx):
    """Eight zeros."""

    def emit(context, builder, sig, args):
        return ir.Constant(VECTOR, None)

    return float32x8(), emit


@intrinsic
def spread_f8(typingctx, array, index):
    """One element, from its flat index, in every lane."""

    def emit(context, builder, sig, args):
        scalar = builder.load(pointer(context, builder, sig.args[0], args[0], args[1], 1))
        return broadcast(builder, scalar, VECTOR)

    return float32x8(array, types.int64), emit


@intrinsic
def load_f8(typingctx, array, index):
    """Eight elements of a C-contiguous float32 array from flat index `index`."""

    def emit(context, builder, sig, args):
        return builder.load(_place(context, builder, sig, args), align=4)

    return float32x8(array, types.int64), emit


@intrinsic
def store_f8(typingctx, array, index, value):
    """Store eight elements from flat index `index`."""

    def emit(context, builder, sig, args):
        builder.store(args[2], _place(context, builder, sig, args), align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64, value), emit


@intrinsic
def total_f8(typingctx, value):
    """The sum of the lanes, as float64; lanes are added in the same order on every machine."""

    def emit(context, builder, sig, args):
        value = args[0]
        for count in (4, 2, 1):
            low, high = (
                shuffle(builder, value, None, picks) for picks in (range(count), range(count, 2 * count))
            )
            value = builder.fadd(low, high)
        scalar = builder.extract_element(value, ir.Constant(ir.IntType(32), 0))
        return builder.fpext(scalar, ir.DoubleType())

    return types.float64(float32x8), emit


@intrinsic
def float_of(typingctx, value):
    """Eight int32 lanes as float32."""

    def emit(context, builder, sig, args):
        return builder.sitofp(args[0], VECTOR)

    return float32x8(int32x8), emit


@intrinsic
def where_above_f8(typingctx, x, y, then, otherwise):
    """The int32 lanes of `then` where ``x > y``, those of `otherwise` in the others."""

    def emit(context, builder, sig, args):
        return builder.select(builder.fcmp_ordered(">", *args[:2]), *args[2:])

    return int32x8(x, y, then, otherwise), emit


@intrinsic
def log2_f8(typingctx, value):
    """log2 of positive lanes, to within 0.008: the exponent, and a parabola through the powers of two."""

    def emit(context, builder, sig, args):
        integers, one = int32x8.vector, constant(VECTOR, 1.0)
        bits = builder.bitcast(args[0], integers)
        exponent = builder.sub(builder.lshr(bits, constant(integers, 23)), constant(integers, 127))
        fraction = builder.or_(
            builder.and_(bits, constant(integers, 0x7FFFFF)), constant(integers, 0x3F800000)
        )
        m = builder.fsub(builder.bitcast(fraction, VECTOR), one)
        bend = builder.fmul(builder.fmul(m, builder.fsub(one, m)), constant(VECTOR, 0.34375))
        return builder.fadd(builder.sitofp(exponent, VECTOR), builder.fadd(m, bend))

    return float32x8(value), emit


@intrinsic
def ramp_f8(typingctx):
    """0, 1, … 7."""

    def emit(context, builder, sig, args):
        return ir.Constant(VECTOR, [float(lane) for lane in range(LANES)])

    return float32x8(), emit


@intrinsic
def splat_f8(typingctx, value):
    """A float64, rounded to float32, in every lane."""

    def emit(context, builder, sig, args):
        return broadcast(builder, builder.fptrunc(args[0], ir.FloatType()), VECTOR)

    return float32x8(types.float64), emit
