# mypy: disable-error-code="no-untyped-def"
"""Sums of absolute Hadamard-transformed differences: roughly, how much a prediction leaves to code.

Written in LLVM's vectors, as `cfl.simd.int32x8`: a tile stays in registers from its samples to the sum. For
use inside kernels only; differences must have at most 17 bits.
"""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from cfl.simd.int32x8 import I64, load_vector, pointer, transposed, widen
from cfl.simd.vectors import I32, shuffle


def _butterflies(builder, rows):
    """The Hadamard transform of a list of vectors."""
    step = 1
    while step < len(rows):
        first = [k for k in range(len(rows)) if not k & step]
        sums = {k: builder.add(rows[k], rows[k + step]) for k in first}
        differences = {k + step: builder.sub(rows[k], rows[k + step]) for k in first}
        rows = [(sums | differences)[k] for k in range(len(rows))]
        step *= 2
    return rows


def _transposed4(builder, rows):
    """Four vectors of four lanes, transposed."""
    low, high = [0, 4, 1, 5], [2, 6, 3, 7]
    pairs = [
        (shuffle(builder, rows[0], rows[1], picks), shuffle(builder, rows[2], rows[3], picks))
        for picks in (low, high)
    ]
    return [shuffle(builder, a, b, picks) for a, b in pairs for picks in ([0, 1, 4, 5], [2, 3, 6, 7])]


def _total(builder, rows):
    """The sum of the absolute values of all lanes, as int64."""
    count = len(rows)
    zeros = ir.Constant(rows[0].type, None)
    total = zeros
    for row in rows:
        negative = builder.sub(zeros, row)
        total = builder.add(total, builder.select(builder.icmp_signed(">", row, zeros), row, negative))
    while count > 1:
        count //= 2
        low = shuffle(builder, total, total, range(count))
        high = shuffle(builder, total, total, range(count, 2 * count))
        total = builder.add(low, high)
    return builder.zext(builder.extract_element(total, I32(0)), I64)


def _tile(count, transpose, meaning):
    """An intrinsic that measures tiles of `count` x `count`."""

    @intrinsic
    def function(typingctx, source, s, s_stride, plane, p, p_stride):
        def emit(context, builder, sig, args):
            def load(k, kind, array, start, stride):
                index = builder.add(start, builder.mul(I64(k), stride))
                place = pointer(context, builder, kind, array, index, count)
                return widen(builder, load_vector(builder, place, count), kind.dtype.signed)

            rows = [
                builder.sub(load(k, sig.args[0], *args[:3]), load(k, sig.args[3], *args[3:]))
                for k in range(count)
            ]
            columns = transpose(builder, _butterflies(builder, rows))
            return _total(builder, _butterflies(builder, columns))

        return types.int64(source, types.int64, types.int64, plane, types.int64, types.int64), emit

    function.__doc__ = meaning
    return function


hadamard_8x8 = _tile(
    8,
    transposed,
    """Sum of |H D H| of an 8x8 tile: eight times that of an orthonormal transform.

    D is the difference of `source`, flat from index `s` with a stride, and `plane`, likewise from `p`.
    """,
)
hadamard_4x4 = _tile(
    4,
    _transposed4,
    """Sum of |H D H| of a 4x4 tile: four times that of an orthonormal transform; see `hadamard_8x8`.""",
)
