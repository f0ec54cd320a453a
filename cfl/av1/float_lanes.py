# mypy: disable-error-code="no-untyped-def"
"""Eight float32 at a time, for the encoder's forward transforms; as `cfl.av1.lanes` for integers.

``+`` and ``*`` round each by itself, lane by lane: LLVM may not contract them, so every machine finds the
same. All functions here are for use inside `@njit` code only. Indices are checked under
``NUMBA_BOUNDSCHECK=1`` alone.
"""

import operator

from llvmlite import ir
from numba.core import types
from numba.core.datamodel import PrimitiveModel
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, register_model

from cfl.av1.lanes import LANES, pointer
from cfl.prediction.lanes import int32x8

VECTOR = ir.VectorType(ir.FloatType(), LANES)


class FloatLanes(types.Type):
    """The Numba type of eight float32."""

    def __init__(self):
        super().__init__(name="FloatLanes(float32 x 8)")


@register_model(FloatLanes)
class _FloatLanesModel(PrimitiveModel):
    def __init__(self, manager, lanes):
        super().__init__(manager, lanes, VECTOR)


float32x8 = FloatLanes()


def _operator(function, emit):
    """Give `function` a meaning on two `float32x8`."""

    @infer_global(function)
    class _Typing(ConcreteTemplate):
        cases = [signature(float32x8, float32x8, float32x8)]  # noqa: RUF012 - Numba's way

    lower_builtin(function, float32x8, float32x8)(lambda context, builder, sig, args: emit(builder, *args))


_operator(operator.add, lambda builder, x, y: builder.fadd(x, y))
_operator(operator.mul, lambda builder, x, y: builder.fmul(x, y))


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
        undefined = ir.Constant(VECTOR, ir.Undefined)
        first = builder.insert_element(undefined, scalar, ir.Constant(ir.IntType(32), 0))
        picks = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(first, undefined, picks)

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
    """The sum of the lanes, as float64: of pairs of halves, whatever the machine."""

    def emit(context, builder, sig, args):
        value = args[0]
        for count in (4, 2, 1):
            low, high = (
                builder.shuffle_vector(
                    value,
                    ir.Constant(value.type, ir.Undefined),
                    ir.Constant(ir.VectorType(ir.IntType(32), count), list(picks)),
                )
                for picks in (range(count), range(count, 2 * count))
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


def _choice(order, meaning):
    @intrinsic
    def function(typingctx, x, y):
        def emit(context, builder, sig, args):
            return builder.select(builder.fcmp_ordered(order, *args), *args)

        return float32x8(x, y), emit

    function.__doc__ = meaning
    return function


minimum_f8 = _choice("<", "The smaller one, lane by lane.")
maximum_f8 = _choice(">", "The larger one, lane by lane.")


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
        integers = ir.VectorType(ir.IntType(32), LANES)

        def constant(number, vector=VECTOR):
            return ir.Constant(vector, [number] * LANES)

        bits = builder.bitcast(args[0], integers)
        exponent = builder.sub(builder.lshr(bits, constant(23, integers)), constant(127, integers))
        fraction = builder.or_(
            builder.and_(bits, constant(0x7FFFFF, integers)), constant(0x3F800000, integers)
        )
        m = builder.fsub(builder.bitcast(fraction, VECTOR), constant(1.0))
        bend = builder.fmul(builder.fmul(m, builder.fsub(constant(1.0), m)), constant(0.34375))
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
        scalar = builder.fptrunc(args[0], ir.FloatType())
        undefined = ir.Constant(VECTOR, ir.Undefined)
        first = builder.insert_element(undefined, scalar, ir.Constant(ir.IntType(32), 0))
        picks = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.shuffle_vector(first, undefined, picks)

    return float32x8(types.float64), emit
