# mypy: disable-error-code="no-untyped-def"
"""Eight 32-bit samples at a time: what transforms and intra prediction need besides `cfl.simd.int16x16`.

The lane type is `int32x8` of `cfl.simd.vectors`, so ``+ - *``, `minimum` and `maximum` come from there;
``>>`` is added here. Every access takes a *flat* index into a C-contiguous array of any number of dimensions,
so that a kernel can walk over a plane without slicing. As loops are written with vectors, LLVM's loop
vectoriser leaves them alone; its many versions of each loop would take most of a kernel's compile time.

All functions here are for use inside kernels only. Arithmetic wraps. Indices are checked under
``NUMBA_BOUNDSCHECK=1`` alone.
"""

import operator

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import ConcreteTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin

from cfl.simd.vectors import I32, broadcast, constant, int32x8, shuffle

LANES = 8
I64 = ir.IntType(64)


def pointer(context, builder, kind, value, index, count):
    """Where element `index` of an array lies; `count` elements from there are checked if that is on."""
    array = context.make_array(kind)(context, builder, value)
    if context.enable_boundscheck:
        cgutils.do_boundscheck(context, builder, index, array.nitems)
        cgutils.do_boundscheck(context, builder, builder.add(index, I64(count - 1)), array.nitems)
    return builder.gep(array.data, [index])


def load_vector(builder, start, count):
    """`count` elements from a pointer on, unchanged."""
    return builder.load(
        builder.bitcast(start, ir.VectorType(start.type.pointee, count).as_pointer()), align=1
    )


def store_vector(builder, value, start):
    """Store int32 lanes from a pointer on, truncated to what it points to."""
    narrow = ir.VectorType(start.type.pointee, value.type.count)
    if start.type.pointee.width < 32:
        value = builder.trunc(value, narrow)
    builder.store(value, builder.bitcast(start, narrow.as_pointer()), align=1)


def widen(builder, value, signed):
    """Lanes of at most 32 bits as int32 lanes."""
    if value.type.element.width == 32:
        return value
    wide = ir.VectorType(I32, value.type.count)
    return builder.sext(value, wide) if signed else builder.zext(value, wide)


def is_plain(array):
    """Whether this is the type of a C-contiguous array of integers of at most 32 bits."""
    return (
        isinstance(array, types.Array)
        and array.layout == "C"
        and isinstance(array.dtype, types.Integer)
        and array.dtype.bitwidth <= 32  # type: ignore[attr-defined]
    )


@infer_global(operator.rshift)
class _ShiftTyping(ConcreteTemplate):
    cases = [signature(int32x8, int32x8, int32x8)]  # noqa: RUF012 - Numba's way


@lower_builtin(operator.rshift, int32x8, int32x8)
def _shift(context, builder, sig, args):
    return builder.ashr(*args)


@intrinsic
def splat8(typingctx, value):
    """The int64 `value`, wrapped to 32 bits, in every lane."""

    def emit(context, builder, sig, args):
        return broadcast(builder, builder.trunc(args[0], I32), int32x8.vector)

    return int32x8(types.int64), emit


@intrinsic
def load8(typingctx, array, index):
    """Eight elements from flat index `index`."""
    if not is_plain(array):
        return None

    def emit(context, builder, sig, args):
        start = pointer(context, builder, sig.args[0], args[0], args[1], LANES)
        return widen(builder, load_vector(builder, start, LANES), sig.args[0].dtype.signed)

    return int32x8(array, types.int64), emit


@intrinsic
def load4(typingctx, array, index):
    """Four elements from flat index `index`, then four zeros."""
    if not is_plain(array):
        return None

    def emit(context, builder, sig, args):
        start = pointer(context, builder, sig.args[0], args[0], args[1], 4)
        value = widen(builder, load_vector(builder, start, 4), sig.args[0].dtype.signed)
        return shuffle(builder, value, constant(value.type, 0), range(LANES))

    return int32x8(array, types.int64), emit


@intrinsic
def element(typingctx, array, index):
    """The element at flat index `index`, as int64."""
    if not is_plain(array):
        return None

    def emit(context, builder, sig, args):
        value = builder.load(pointer(context, builder, sig.args[0], args[0], args[1], 1))
        return builder.sext(value, I64) if sig.args[0].dtype.signed else builder.zext(value, I64)

    return types.int64(array, types.int64), emit


def _store(count, meaning):
    @intrinsic
    def function(typingctx, array, index, value):
        if not is_plain(array):
            return None

        def emit(context, builder, sig, args):
            start = pointer(context, builder, sig.args[0], args[0], args[1], count)
            value = args[2] if count == LANES else shuffle(builder, args[2], args[2], range(count))
            store_vector(builder, value, start)
            return context.get_dummy_value()

        return types.void(array, types.int64, value), emit

    function.__doc__ = meaning
    return function


store8 = _store(8, "Store the lanes from flat index `index` on, truncated to the array's dtype.")
store4 = _store(4, "Store the first four lanes from flat index `index` on, truncated to the array's dtype.")


@intrinsic
def store_halves(typingctx, array, low, high, value):
    """Store the first four lanes from flat index `low` on, the others from `high` on."""
    if not is_plain(array):
        return None

    def emit(context, builder, sig, args):
        for index, picks in ((args[1], range(4)), (args[2], range(4, 8))):
            start = pointer(context, builder, sig.args[0], args[0], index, 4)
            store_vector(builder, shuffle(builder, args[3], args[3], picks), start)
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64, value), emit


@intrinsic
def first_lanes(typingctx, count, inside, outside):
    """`inside` in the first `count` lanes (any int64: none if negative), `outside` in the others."""

    def emit(context, builder, sig, args):
        lane = ir.Constant(int32x8.vector, list(range(LANES)))
        chosen = builder.icmp_signed(
            "<", lane, broadcast(builder, builder.trunc(args[0], I32), int32x8.vector)
        )
        return builder.select(chosen, *args[1:])

    return int32x8(types.int64, inside, outside), emit


@intrinsic
def where_at_most(typingctx, x, y, then, otherwise):
    """`then` in the lanes where ``x <= y``, `otherwise` in the others."""

    def emit(context, builder, sig, args):
        return builder.select(builder.icmp_signed("<=", *args[:2]), *args[2:])

    return int32x8(x, y, then, otherwise), emit


@intrinsic
def load_pair_sums(typingctx, array, index):
    """``array[index + 2i] + array[index + 2i + 1]`` in the first four lanes, then zeros."""
    if not is_plain(array):
        return None

    def emit(context, builder, sig, args):
        start = pointer(context, builder, sig.args[0], args[0], args[1], LANES)
        samples = widen(builder, load_vector(builder, start, LANES), sig.args[0].dtype.signed)
        zeros = constant(int32x8.vector, 0)
        even, odd = (shuffle(builder, samples, zeros, [*range(k, LANES, 2), *range(8, 12)]) for k in (0, 1))
        return builder.add(even, odd)

    return int32x8(array, types.int64), emit


def transposed(builder, rows):
    """Eight vectors of eight lanes, transposed: interleave by ones, by pairs, then by halves."""

    def interleave(pairs, picks):
        return [shuffle(builder, a, b, p) for a, b in pairs for p in picks]

    by_one = interleave(
        zip(rows[0::2], rows[1::2], strict=True), ([0, 8, 1, 9, 4, 12, 5, 13], [2, 10, 3, 11, 6, 14, 7, 15])
    )
    by_pair = ([0, 1, 8, 9, 4, 5, 12, 13], [2, 3, 10, 11, 6, 7, 14, 15])
    top, bottom = (
        interleave(
            ((q[0], q[2]), (q[1], q[3])), by_pair
        )  # columns 0, 1, 2, 3 and, in the upper half, 4, 5, 6, 7
        for q in (by_one[:4], by_one[4:])
    )
    halves = ([0, 1, 2, 3, 8, 9, 10, 11], [4, 5, 6, 7, 12, 13, 14, 15])
    return [shuffle(builder, a, b, half) for half in halves for a, b in zip(top, bottom, strict=True)]


@intrinsic
def transpose8(typingctx, source, s, s_stride, target, t, t_stride):
    """Transpose a tile of 8 by 8: rows from flat index `s` of `source` to columns from `t` of `target`."""
    if not is_plain(source) or not is_plain(target):
        return None

    def emit(context, builder, sig, args):
        source, s, s_stride, target, t, t_stride = args
        rows = []
        for k in range(LANES):
            index = builder.add(s, builder.mul(I64(k), s_stride))
            start = pointer(context, builder, sig.args[0], source, index, LANES)
            rows.append(widen(builder, load_vector(builder, start, LANES), sig.args[0].dtype.signed))
        for k, row in enumerate(transposed(builder, rows)):
            index = builder.add(t, builder.mul(I64(k), t_stride))
            store_vector(builder, row, pointer(context, builder, sig.args[3], target, index, LANES))
        return context.get_dummy_value()

    i64 = types.int64
    return types.void(source, i64, i64, target, i64, i64), emit
