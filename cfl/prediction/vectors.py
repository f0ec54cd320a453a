# mypy: disable-error-code="no-untyped-def"
"""Vectors of LLVM as types of Numba: what the lane modules are made of."""

from llvmlite import ir
from numba import njit
from numba.core import cgutils, types
from numba.core.datamodel import PrimitiveModel
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import lower_builtin, register_model

# Python's side of a small function, and its copy in the compiler's cache, take longer to make than the rest.
_FOR_KERNELS = {"nogil": True, "error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True}
stage = njit(**_FOR_KERNELS)
"""Decorator of functions that only kernels call."""
inlined = njit(forceinline=True, **_FOR_KERNELS)
"""The same for those that become part of their caller."""

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


def constant(vector, value):
    return ir.Constant(vector, [value] * vector.count)


def shuffle(builder, x, y, picks):
    """The lanes of `x` followed by `y` with these indices."""
    mask = ir.Constant(ir.VectorType(I32, len(picks)), list(picks))
    return builder.shuffle_vector(x, ir.Constant(x.type, ir.Undefined) if y is None else y, mask)


def spread(builder, scalar, vector):
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), scalar, ir.Constant(I32, 0))
    return shuffle(builder, first, None, [0] * vector.count)


def short_name(element):
    """An element type as LLVM's intrinsics name it."""
    floats = {ir.FloatType(): "f32", ir.DoubleType(): "f64"}
    return floats.get(element) or f"i{element.width}"


def resized(builder, x, element):
    """Integers with their bits cut or their sign extended to those of an LLVM type."""
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
