# mypy: disable-error-code="no-untyped-def,call-arg"
"""Filters of eight taps and weighted sums, on samples of 16 bits: sixteen results at a time.

Every product is of two 16-bit numbers and every sum is of 32 bits, so that x86 does two products and their
sum in one instruction. So taps come in pairs, three or four (`load_taps`), and samples have to:

- along a row (`along_row`) they lie in pairs; the results at even and at odd places are found one by one;
- down columns (`down_columns`) two rows are interleaved;
- or this has been done before, once for all rows that a row is filtered with (`down_pairs`).

Every access takes a flat index into a C-contiguous array of any number of dimensions. Indices are checked
under ``NUMBA_BOUNDSCHECK=1`` alone. All functions here are for use inside kernels only.
"""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array

from cfl.simd.int32x8 import I64, load_vector, pointer
from cfl.simd.vectors import (
    I32,
    Lanes,
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
_TAPS = {pairs: Lanes(ir.IntType(16), LANES * pairs) for pairs in (3, 4)}


def _loaded(context, builder, kind, array, index, count=LANES):
    """``array[index : index + count]``, of 16 bits."""
    return load_vector(builder, pointer(context, builder, kind, array, index, count), count)


def _plus(builder, index, offset):
    return builder.add(index, I64(offset))


def _rounding(builder, bits, base=None):
    """What is added before a shift by `bits`, 0 to 31, and these, in all lanes.

    Added is half of ``1 << bits``, or `base`.
    """
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
def load_taps(typingctx, table, index, pairs):
    """As many pairs of taps, a literal, from flat index `index` of an int16 array on."""
    if not isinstance(pairs, types.IntegerLiteral):
        return None
    taps = _TAPS[pairs.literal_value]

    def emit(context, builder, sig, args):
        count = 2 * taps.vector.count // LANES
        values = _loaded(context, builder, sig.args[0], *args[:2], count)
        picks = [pair + k % 2 for pair in range(0, count, 2) for k in range(LANES)]
        return shuffle(builder, values, None, picks)

    return taps(table, types.int64, pairs), emit


def _pairs(builder, taps):
    """The pairs of taps, each in all lanes of int16x16."""
    starts = range(0, taps.type.count, LANES)
    return [shuffle(builder, taps, None, range(start, start + LANES)) for start in starts]


def _sums(context, builder, loads, taps, bits):
    """Filtered samples at even and at odd places; ``loads(k)`` gives the 16 samples from place k on."""
    pairs, rounding = _pairs(builder, taps), _rounding(builder, bits)
    return [
        _rounded(
            builder,
            _sum_of_pairs(context, builder, [loads(first + 2 * k) for k in range(len(pairs))], pairs),
            rounding,
        )
        for first in (0, 1)
    ]


def _loads(context, builder, kind, array, index):
    def loads(k):
        return _loaded(context, builder, kind, array, _plus(builder, index, k))

    return loads


@intrinsic
def along_row(typingctx, samples, index, taps, bits):
    """Sixteen neighbours of a row, filtered: Round2 by `bits` of the sum over ``samples[index + i + t]``.

    Samples are below 2^15. `index` is where the first tap of the first result lies.
    """

    def emit(context, builder, sig, args):
        loads = _loads(context, builder, sig.args[0], *args[:2])
        return _evens_and_odds(builder, *_sums(context, builder, loads, *args[2:]))

    return int16x16(samples, types.int64, taps, types.int64), emit


def _half_of_sums(which, meaning):
    @intrinsic
    def function(typingctx, samples, index, taps, bits):
        def emit(context, builder, sig, args):
            loads = _loads(context, builder, sig.args[0], *args[:2])
            return _sums(context, builder, loads, *args[2:])[which]

        return int32x8(samples, types.int64, taps, types.int64), emit

    function.__doc__ = meaning
    return function


even_sums = _half_of_sums(0, "Those of the results of `along_row` that lie at even places, as int32 lanes.")
odd_sums = _half_of_sums(1, "Those of the results of `along_row` that lie at odd places, as int32 lanes.")


@intrinsic
def pair_words(typingctx, samples, index):
    """Sixteen neighbours of a row as eight words, each of the samples at an even and the next odd place."""

    def emit(context, builder, sig, args):
        return builder.bitcast(_loaded(context, builder, sig.args[0], *args), int32x8.vector)

    return int32x8(samples, types.int64), emit


@intrinsic
def upper_halves(typingctx, words):
    """The upper 16 bits of int32 lanes, with a sign."""

    def emit(context, builder, sig, args):
        return builder.ashr(args[0], ir.Constant(int32x8.vector, [16] * _HALF))

    return int32x8(words), emit


@intrinsic
def lower_and_lower(typingctx, x, y):
    """The lower 16 bits of int32 lanes of `x` and of `y`, in turn."""

    def emit(context, builder, sig, args):
        return _evens_and_odds(builder, *args)

    return int16x16(x, y), emit


@intrinsic
def down_columns(typingctx, rows, index, stride, taps, base, bits):
    """Sixteen columns, filtered: the sum over ``rows[index + i + t * stride]`` and `base`, shifted by `bits`.

    Rows are int16, and so are the results.
    """

    def emit(context, builder, sig, args):
        rows, index, stride, taps, base, bits = args
        taps, rounding, pairs = _pairs(builder, taps), _rounding(builder, bits, base), []
        for _ in taps:
            x = _loaded(context, builder, sig.args[0], rows, index)
            index = builder.add(index, stride)
            y = _loaded(context, builder, sig.args[0], rows, index)
            index = builder.add(index, stride)
            pairs.append(_interleaved(builder, x, y))
        halves = (
            _rounded(builder, _sum_of_pairs(context, builder, half, taps), rounding)
            for half in zip(*pairs, strict=True)
        )
        return _packed(context, builder, *halves)

    i64 = types.int64
    return int16x16(rows, i64, i64, taps, i64, i64), emit


@intrinsic
def down_pairs(typingctx, pairs, index, taps, base, bits):
    """Sixteen columns, filtered as by `down_columns`, from rows that are in pairs with the next one already.

    Of each row there are 32 numbers, from `index` on: its even places, each with what is below it, then its
    odd ones.
    """

    def emit(context, builder, sig, args):
        pairs, index, taps, base, bits = args
        taps, rounding = _pairs(builder, taps), _rounding(builder, bits, base)
        loads = _loads(context, builder, sig.args[0], pairs, index)
        parts = (
            _sum_of_pairs(context, builder, [loads(first + 64 * k) for k in range(len(taps))], taps)
            for first in (0, LANES)
        )
        return _evens_and_odds(builder, *(_rounded(builder, part, rounding) for part in parts))

    return int16x16(pairs, types.int64, taps, types.int64, types.int64), emit


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
        larger, smaller = (
            call_llvm(builder, f"llvm.{name}.{{}}", x.vector, *args) for name in ("smax", "smin")
        )
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


def _store_first(count):
    @intrinsic
    def function(typingctx, array, index, value):
        def emit(context, builder, sig, args):
            lanes = args[2] if count == LANES else shuffle(builder, args[2], None, range(count))
            place = pointer(context, builder, sig.args[0], *args[:2], count)
            builder.store(lanes, builder.bitcast(place, lanes.type.as_pointer()), align=1)
            return context.get_dummy_value()

        return types.void(array, types.int64, value), emit

    function.__doc__ = f"Store the first {count} int16 lanes from flat index `index` on, in 16 bits."
    return function


def _load_first(count):
    @intrinsic
    def function(typingctx, array, index):
        def emit(context, builder, sig, args):
            lanes = _loaded(context, builder, sig.args[0], *args, count)
            return (
                lanes if count == LANES else shuffle(builder, lanes, None, [k % count for k in range(LANES)])
            )

        return int16x16(array, types.int64), emit

    function.__doc__ = (
        f"{count} numbers of 16 bits from flat index `index` on, as int16 lanes; then they repeat."
    )
    return function


store_2, store_4, store_8, store_16 = (_store_first(count) for count in (2, 4, 8, 16))
load_2, load_4, load_8, load_16 = (_load_first(count) for count in (2, 4, 8, 16))


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
        populate_array(array, data=data, shape=(rows, stride), strides=strides, itemsize=I64(2), meminfo=None)
        return array._getvalue()

    return kind(types.int64, types.int64, types.int64), emit
