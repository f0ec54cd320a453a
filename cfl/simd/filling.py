# mypy: disable-error-code="no-untyped-def,call-arg"
"""Write one value to many elements of a row, which LLVM does many at a time.

A loop over an array's elements in a kernel is not vectorised where its bounds or the value come from a
record: then every element is a store of its own, after loads of both.
"""

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from cfl.simd.int32x8 import I64, pointer


def _filling(array, pairs):
    """The signature of a function that fills elements, or pairs of them, and what emits it."""

    def emit(context, builder, sig, args):
        value, index, count, filled = args
        start = pointer(context, builder, sig.args[0], value, index, 1)
        if context.enable_boundscheck:
            elements = builder.mul(count, I64(2)) if pairs else count
            some = builder.icmp_signed(">", count, I64(0))
            with builder.if_then(some):
                last = builder.add(index, builder.sub(elements, I64(1)))
                pointer(context, builder, sig.args[0], value, last, 1)
        width = sig.args[0].dtype.bitwidth * (2 if pairs else 1)
        kind = ir.IntType(width)
        element = filled if width == 64 else builder.trunc(filled, kind)
        place = builder.bitcast(start, kind.as_pointer())
        with cgutils.for_range(builder, count) as loop:
            builder.store(element, builder.gep(place, [loop.index]), align=1)
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64, types.int64), emit


@intrinsic
def fill(typingctx, array, index, count, value):
    """Store `value` to `count` elements from a flat index of a C-contiguous array of integers on."""
    return _filling(array, pairs=False)


@intrinsic
def fill_pairs(typingctx, array, index, count, value):
    """Store `value` to `count` pairs of elements: its lower half goes to the first of each pair."""
    return _filling(array, pairs=True)
