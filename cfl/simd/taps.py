# mypy: disable-error-code="no-untyped-def,call-arg"
"""Filters of eight taps and weighted sums, on samples of 16 bits: sixteen results at a time.

Every product is of two 16-bit numbers and every sum is of 32 bits, so that x86 does two products and their
sum in one instruction. Taps come in pairs, each pair in all lanes of a vector (`tap_pair`); what is between
two results in memory decides how they are put together:

- along a row (`along_row`) the results at even and at odd places are found each by four loads, without moving
  a lane;
- down columns (`down_columns`) rows are interleaved two by two.

Every access takes a flat index into a C-contiguous array of any number of dimensions. Indices are checked under
``NUMBA_BOUNDSCHECK=1`` alone. All functions here are for use inside kernels only.
"""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from cfl.simd.int32x8 import I64, load_vector, pointer
from cfl.simd.vectors import (
    I32,
    broadcast,
    call_llvm,
    has_avx2,
    int16x16,
    int32x8,
    multiply_add_pairs,
    shuffle,
)

LANES = 16
_HALF = LANES // 2
# Sixteen lanes interleaved with sixteen others, in each half of a register: what AVX2 does in one step.
_LOWER = [start + k // 2 + 16 * (k % 2) for start in (0, 8) for k in range(8)]
_UPPER = [pick + 4 for pick in _LOWER]


def _loaded(context, builder, kind, array, index, count=LANES):
    """``array[index : index + count]``, of 16 bits."""
    return load_vector(builder, pointer(context, builder, kind, array, index, count), count)


def _plus(builder, index, offset):
    return builder.add(index, I64(offset))


def _rounding(builder, bits, base=None):
    """What is added before a shift by `bits`, 0 to 31, and these, in all lanes: half of ``1 << bits`` or `base`."""
    count = builder.and_(bits, I64(31))
    half = builder.lshr(builder.shl(I64(1), count), I64(1)) if base is None else base
    return [broadcast(builder, builder.trunc(value, I32), int32x8.vector) for value in (half, count)]


def _rounded(builder, total, rounding):
    base, count = rounding
    return builder.ashr(builder.add(total, base), count)


def _sum_of_pairs(context, builder, samples, taps):
    """The sum of `multiply_add_pairs` of vectors of pairs."""
    products = [multiply_add_pairs(context, builder, *pair) for pair in zip(samples, taps, strict=True)]
    while len(products) > 1:
        products = [builder.add(*products[:2]), *products[2:]]
    return products[0]


def _evens_and_odds(builder, evens, odds):
    """int32 lanes, which fit 16 bits, at even and odd places of int16x16."""
    sixteen = ir.Constant(int32x8.vector, [16] * _HALF)
    low = builder.and_(evens, ir.Constant(int32x8.vector, [0xFFFF] * _HALF))
    return builder.bitcast(builder.or_(low, builder.shl(odds, sixteen)), int16x16.vector)


def _interleaved(builder, x, y):
    """The lanes of `x` and `y` in pairs: those of the lower and of the upper halves of each register half."""
    return [shuffle(builder, x, y, picks) for picks in (_LOWER, _UPPER)]


def _packed(context, builder, lower, upper):
    """What was made of `_interleaved` lanes, as int16x16 in order; it must fit 16 bits."""
    if has_avx2(context):
        return call_llvm(builder, "llvm.x86.avx2.packssdw", int16x16.vector, lower, upper)
    both = shuffle(builder, lower, upper, [*range(4), *range(8, 12), *range(4, 8), *range(12, 16)])
    return builder.trunc(both, int16x16.vector)


@intrinsic
def tap_pair(typingctx, taps, index):
    """``taps[index]`` and ``taps[index + 1]`` of an int16 array, in all pairs of lanes."""

    def emit(context, builder, sig, args):
        two = _loaded(context, builder, sig.args[0], *args, 2)
        return shuffle(builder, two, None, [0, 1] * _HALF)

    return int16x16(taps, types.int64), emit


def _along(context, builder, loads, taps, bits):
    """Sixteen filtered samples; `loads` gives the 16 samples that begin a number of places further right."""
    rounding = _rounding(builder, bits)
    evens, odds = (
        _rounded(
            builder,
            _sum_of_pairs(context, builder, [loads(first + 2 * k) for k in range(len(taps))], taps),
            rounding,
        )
        for first in (0, 1)
    )
    return _evens_and_odds(builder, evens, odds)


@intrinsic
def along_row(typingctx, samples, index, t01, t23, t45, t67, bits):
    """Sixteen neighbours of a row, filtered: Round2 by `bits` of the sum over ``samples[index + i + t]``.

    Samples are below 2^15. `index` is where the first tap of the first result lies.
    """

    def emit(context, builder, sig, args):
        samples, index, *taps, bits = args

        def loads(k):
            return _loaded(context, builder, sig.args[0], samples, _plus(builder, index, k))

        return _along(context, builder, loads, taps, bits)

    return int16x16(samples, types.int64, *[int16x16] * 4, types.int64), emit


@intrinsic
def along_two_rows(typingctx, samples, first, second, t01, t23, t45, t67, bits):
    """Eight neighbours from `first` on, then eight from `second` on, filtered as by `along_row`."""

    def emit(context, builder, sig, args):
        samples, first, second, *taps, bits = args

        def loads(k):
            halves = (
                _loaded(context, builder, sig.args[0], samples, _plus(builder, index, k), _HALF)
                for index in (first, second)
            )
            return shuffle(builder, *halves, range(LANES))

        return _along(context, builder, loads, taps, bits)

    return int16x16(samples, types.int64, types.int64, *[int16x16] * 4, types.int64), emit


@intrinsic
def down_columns(typingctx, rows, index, stride, t01, t23, t45, t67, base, bits):
    """Sixteen columns, filtered: the sum over ``rows[index + i + t * stride]`` and `base`, shifted by `bits`.

    Rows are int16, and so are the results.
    """

    def emit(context, builder, sig, args):
        rows, index, stride, *taps, base, bits = args
        pairs = []
        for _ in taps:
            x = _loaded(context, builder, sig.args[0], rows, index)
            index = builder.add(index, stride)
            y = _loaded(context, builder, sig.args[0], rows, index)
            index = builder.add(index, stride)
            pairs.append(_interleaved(builder, x, y))
        rounding = _rounding(builder, bits, base)
        lower, upper = (
            _rounded(builder, _sum_of_pairs(context, builder, half, taps), rounding)
            for half in zip(*pairs, strict=True)
        )
        return _packed(context, builder, lower, upper)

    return int16x16(rows, types.int64, types.int64, *[int16x16] * 4, types.int64, types.int64), emit


@intrinsic
def weighted(typingctx, x, y, weight_x, weight_y, base, bits):
    """``(x * weight_x + y * weight_y + base) >> bits`` of int16 lanes; the result must fit int16."""

    def emit(context, builder, sig, args):
        x, y, weight_x, weight_y, base, bits = args
        rounding = _rounding(builder, bits, base)
        weights = _interleaved(builder, weight_x, weight_y)
        halves = [
            _rounded(builder, multiply_add_pairs(context, builder, *pair), rounding)
            for pair in zip(_interleaved(builder, x, y), weights, strict=True)
        ]
        return _packed(context, builder, *halves)

    return int16x16(*[int16x16] * 4, types.int64, types.int64), emit


@intrinsic
def held_distance(typingctx, x, y):
    """``|x - y|`` of int16 lanes, at most 2^15 - 1."""

    def emit(context, builder, sig, args):
        larger, smaller = (call_llvm(builder, f"llvm.{name}.{{}}", x.vector, *args) for name in ("smax", "smin"))
        return call_llvm(builder, "llvm.ssub.sat.{}", x.vector, larger, smaller)

    return int16x16(x, y), emit


@intrinsic
def eight_dots(typingctx, samples, start, places, taps, filters, at, bits):
    """Eight samples, each filtered by taps of its own: Round2 by `bits`, int32 lanes.

    Result k is the sum over t < 8 of ``samples[start + places[at + k] + t] * taps[filters[at + k] + t]``.

    Parameters
    ----------
    samples, taps : arrays of 16 bits, the samples below 2^15
    places, filters : int32 arrays
    """

    def emit(context, builder, sig, args):
        samples, start, places, taps, filters, at, bits = args
        place, tap = (
            load_vector(builder, pointer(context, builder, kind, array, at, _HALF), _HALF)
            for kind, array in ((sig.args[2], places), (sig.args[4], filters))
        )

        def product(k):
            """Of lanes k and k + 4, in a half each."""
            pair = []
            for kind, array, indices, base in (
                (sig.args[0], samples, place, start),
                (sig.args[3], taps, tap, I64(0)),
            ):
                halves = []
                for lane in (k, k + 4):
                    index = builder.sext(builder.extract_element(indices, I32(lane)), I64)
                    halves.append(_loaded(context, builder, kind, array, builder.add(base, index), _HALF))
                pair.append(shuffle(builder, *halves, range(LANES)))
            return multiply_add_pairs(context, builder, *pair)

        def neighbours_added(x, y):
            picks = [[0, 2, 8, 10, 4, 6, 12, 14], [1, 3, 9, 11, 5, 7, 13, 15]]
            return builder.add(*(shuffle(builder, x, y, half) for half in picks))

        products = [product(k) for k in range(4)]
        sums = [neighbours_added(*products[first : first + 2]) for first in (0, 2)]
        return _rounded(builder, neighbours_added(*sums), _rounding(builder, bits))

    i64 = types.int64
    return int32x8(samples, i64, places, taps, filters, i64, i64), emit


def _store_rows(width, meaning):
    @intrinsic
    def function(typingctx, plane, index, stride, value):
        def emit(context, builder, sig, args):
            plane, index, stride, value = args
            for first in range(0, LANES, width):
                row = shuffle(builder, value, None, range(first, first + width))
                place = pointer(context, builder, sig.args[0], plane, index, width)
                builder.store(row, builder.bitcast(place, row.type.as_pointer()), align=1)
                index = builder.add(index, stride)
            return context.get_dummy_value()

        return types.void(plane, types.int64, types.int64, value), emit

    function.__doc__ = meaning
    return function


def _load_rows(width, meaning):
    @intrinsic
    def function(typingctx, plane, index, stride):
        def emit(context, builder, sig, args):
            plane, index, stride = args
            rows = []
            for _ in range(0, LANES, width):
                rows.append(_loaded(context, builder, sig.args[0], plane, index, width))
                index = builder.add(index, stride)
            while len(rows) > 1:
                couples = zip(rows[0::2], rows[1::2], strict=True)
                rows = [shuffle(builder, x, y, range(2 * x.type.count)) for x, y in couples]
            return rows[0]

        return int16x16(plane, types.int64, types.int64), emit

    function.__doc__ = meaning
    return function


store_rows_of_4 = _store_rows(4, "Store int16 lanes as four rows of four, `stride` apart, in 16 bits.")
store_rows_of_8 = _store_rows(8, "Store int16 lanes as two rows of eight, `stride` apart, in 16 bits.")
store_row = _store_rows(16, "Store int16 lanes as a row, in 16 bits; `stride` has no meaning.")
load_rows_of_4 = _load_rows(4, "Four rows of four samples of 16 bits, `stride` apart, as int16 lanes.")
load_rows_of_8 = _load_rows(8, "Two rows of eight samples of 16 bits, `stride` apart, as int16 lanes.")
load_row = _load_rows(16, "A row of sixteen samples of 16 bits, as int16 lanes; `stride` has no meaning.")


def _store_halves(width, meaning):
    @intrinsic
    def function(typingctx, array, index, value):
        def emit(context, builder, sig, args):
            picks = [*range(width), *range(_HALF, _HALF + width)]
            place = pointer(context, builder, sig.args[0], *args[:2], 2 * width)
            chosen = shuffle(builder, args[2], None, picks)
            builder.store(chosen, builder.bitcast(place, chosen.type.as_pointer()), align=1)
            return context.get_dummy_value()

        return types.void(array, types.int64, value), emit

    function.__doc__ = meaning
    return function


store_halves_of_2 = _store_halves(2, "Store lanes 0, 1, 8 and 9 from `index` on, in 16 bits.")
store_halves_of_4 = _store_halves(4, "Store lanes 0 to 3 and 8 to 11 from `index` on, in 16 bits.")


@intrinsic
def address_of(typingctx, array):
    """Where an array's data lies."""

    def emit(context, builder, sig, args):
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        return builder.ptrtoint(data, I64)

    return types.int64(array), emit


@intrinsic
def plane_at(typingctx, address, rows, stride):
    """The 2-D uint16 array of `rows` rows of `stride` samples that lies at an address.

    Kernels can thus choose among many planes by a number; what gave the address must keep the array alive.
    """
    kind = types.Array(types.uint16, 2, "C")

    def emit(context, builder, sig, args):
        address, rows, stride = args
        array = context.make_array(kind)(context, builder)
        data = builder.inttoptr(address, ir.IntType(16).as_pointer())
        strides = builder.mul(stride, I64(2)), I64(2)
        populate_array(
            array, data=data, shape=(rows, stride), strides=strides, itemsize=I64(2), meminfo=None
        )
        return array._getvalue()

    return kind(types.int64, types.int64, types.int64), emit
