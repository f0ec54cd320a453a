# mypy: disable-error-code="no-untyped-def,call-arg"
"""LLVM vectors as Numba types: what the lane modules are built from and share."""

import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.datamodel import PrimitiveModel
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, register_model

I32 = ir.IntType(32)


class Lanes(types.Type):
    """The Numba type of `count` numbers of an LLVM type."""

    def __init__(self, element, count):
        self.vector = ir.VectorType(element, count)
        super().__init__(name=f"Lanes({element} x {count})")


@register_model(Lanes)
class _LanesModel(PrimitiveModel):
    def __init__(self, manager, lanes):
        super().__init__(manager, lanes, lanes.vector)


def operator_on(function, emit, kinds, result=None):
    """Give `function` (``operator.add``, …) a meaning on two equal lane types."""

    @infer_global(function)
    class _Typing(ConcreteTemplate):
        cases = [signature(result or lanes, lanes, lanes) for lanes in kinds]  # noqa: RUF012 - Numba's way

    for lanes in kinds:
        lower_builtin(function, lanes, lanes)(lambda context, builder, sig, args: emit(builder, *args))


def arithmetic_on(*kinds):
    """Give ``+ - *`` a meaning on two equal lane types, lane by lane; integers wrap."""
    for lanes in kinds:
        prefix = "f" if is_real(lanes.vector) else ""
        for name in ("add", "sub", "mul"):
            function, instruction = getattr(operator, name), prefix + name
            operator_on(
                function,
                lambda builder, x, y, instruction=instruction: getattr(builder, instruction)(x, y),
                (lanes,),
            )


def is_real(vector):
    """Whether the lanes of an LLVM vector are floating-point numbers."""
    return vector.element in (ir.FloatType(), ir.DoubleType())


def constant(vector, value):
    """`value` in every lane."""
    return ir.Constant(vector, [value] * vector.count)


def shuffle(builder, x, y, picks):
    """The lanes of `x` followed by `y` with these indices."""
    mask = ir.Constant(ir.VectorType(I32, len(picks)), list(picks))
    return builder.shuffle_vector(x, ir.Constant(x.type, ir.Undefined) if y is None else y, mask)


def broadcast(builder, scalar, vector):
    """A scalar, known only when the code runs, in every lane."""
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(I32, 0))
    return shuffle(builder, first, None, [0] * vector.count)


def short_name(element):
    """An element type as LLVM's intrinsics name it."""
    floats = {ir.FloatType(): "f32", ir.DoubleType(): "f64"}
    return floats.get(element) or f"i{element.width}"


def resized(builder, x, element):
    """Integers, truncated or sign-extended to an LLVM type."""
    if x.type.element.width == element.width:
        return x
    change = builder.sext if element.width > x.type.element.width else builder.trunc
    return change(x, ir.VectorType(element, x.type.count))


def call_llvm(builder, name, result, *args):
    """Call an LLVM intrinsic; ``{}`` in its name becomes the vector type."""
    vector = args[0].type
    element = short_name(vector.element)
    kind = ir.FunctionType(result, [arg.type for arg in args])
    full = name.format(f"v{vector.count}{element}")
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, full), args)


def place_of(context, builder, kind, array, index, vector):
    """Where ``array[index]`` lies, as a pointer to a vector."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), vector.as_pointer())


def has_avx2(context):
    """Whether the code is for an x86 with AVX2, whose multiply-adds LLVM finds in half-width loops only."""
    return "+avx2" in context.codegen().magic_tuple()[2]


def has_avx512(context):
    """Whether the code is for an x86 with AVX-512 for 16-bit lanes."""
    return "+avx512bw" in context.codegen().magic_tuple()[2]


def has_vnni(context):
    """Whether the code is for an x86 with AVX-512's sums of products of bytes."""
    return has_avx512(context) and "+avx512vnni" in context.codegen().magic_tuple()[2]


def multiply_add_pairs(context, builder, x, y):
    """``x[2i] * y[2i] + x[2i + 1] * y[2i + 1]`` of int16x16, as int32x8."""
    if has_avx2(context):
        return call_llvm(builder, "llvm.x86.avx2.pmadd.wd", int32x8.vector, x, y)

    def products(first):
        picks = range(first, x.type.count, 2)
        return builder.mul(
            *(builder.sext(shuffle(builder, lanes, None, picks), int32x8.vector) for lanes in (x, y))
        )

    return builder.add(products(0), products(1))


# --- lane types that several modules share, and their operations --------------------------------------------

int16x16, int32x8, float32x8 = Lanes(ir.IntType(16), 16), Lanes(I32, 8), Lanes(ir.FloatType(), 8)

arithmetic_on(int16x16, int32x8, float32x8)


@intrinsic
def magnitude(typingctx, x):
    """|x|, lane by lane."""

    def emit(context, builder, sig, args):
        vector = sig.args[0].vector
        if is_real(vector):
            return call_llvm(builder, "llvm.fabs.{}", vector, *args)
        negative = builder.icmp_signed("<", args[0], constant(vector, 0))
        return builder.select(negative, builder.neg(args[0]), args[0])

    return x(x), emit


def _two_arguments(name, order, meaning):
    @intrinsic
    def function(typingctx, x, y):
        def emit(context, builder, sig, args):
            vector = sig.args[0].vector
            if is_real(vector):
                return builder.select(builder.fcmp_ordered(order, *args), *args)
            return call_llvm(builder, f"llvm.{name}.{{}}", vector, *args)

        return x(x, y), emit

    function.__doc__ = meaning
    return function


minimum = _two_arguments("smin", "<", "The smaller of two, lane by lane.")
maximum = _two_arguments("smax", ">", "The larger of two, lane by lane.")


@intrinsic
def rounded_product(typingctx, x, y):
    """``(x * y + 2^14) >> 15`` of int16x16."""

    def emit(context, builder, sig, args):
        vector = int16x16.vector
        if has_avx2(context):
            return call_llvm(builder, "llvm.x86.avx2.pmul.hr.sw", vector, *args)
        wide = ir.VectorType(I32, vector.count)
        exact = builder.mul(*(builder.sext(lanes, wide) for lanes in args))
        rounded = builder.add(exact, constant(wide, 1 << 14))
        return builder.trunc(builder.ashr(rounded, constant(wide, 15)), vector)

    return int16x16(int16x16, int16x16), emit


@intrinsic
def copy(typingctx, target, to, source, start, count):
    """``target[to : to + count] = source[start : start + count]`` of 1-D contiguous arrays of one dtype.

    `count` is a literal, so this is a single load and store.
    """
    if not isinstance(count, types.IntegerLiteral):
        return None

    def emit(context, builder, sig, args):
        vector = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), sig.args[4].literal_value)

        value = builder.load(place_of(context, builder, sig.args[2], *args[2:4], vector), align=1)
        builder.store(value, place_of(context, builder, sig.args[0], *args[:2], vector), align=1)
        return context.get_dummy_value()

    return types.void(target, types.int64, source, types.int64, count), emit
