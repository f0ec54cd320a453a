# mypy: disable-error-code="no-untyped-def,call-arg"
"""Rearrange rows of samples into pairs of eight blocks, and back; see `octets`."""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

from cfl.simd.octets import BLOCKS, LANES
from cfl.simd.vectors import I32, constant, int16x16, int32x8, place_of, shuffle

# A block's samples of a row are words of 32 bits: one pair of 16-bit samples, or two pairs of 8-bit ones.
# Blocks 0 to 3 go through the lower half of each register and 4 to 7 through the upper: few processors can
# move lanes from half to half at full speed. `_CHUNK` words, a half, are loaded and stored at a time.
_CHUNK = BLOCKS // 2


def _chunk_offsets(builder, start, w, words, element):
    """Where the `words` chunks of blocks 0 to 3 begin, then those of blocks 4 to 7."""
    at = []
    for k in range(2 * words):
        step = builder.mul(w, ir.Constant(w.type, k)) if words == _CHUNK else None
        at.append(builder.add(start, step or ir.Constant(start.type, k * _CHUNK * 32 // element.width)))
    return at


def _transposed(builder, vectors):
    """In each half: word j of block b from place (b, j) of all vectors in a row to place (j, b)."""
    evens, odds = ([first + k for k in (0, 2, 8, 10, 4, 6, 12, 14)] for first in (0, 1))
    for _ in range(len(vectors).bit_length() - 1):
        # Each turn moves the lowest bit of a word's index to the top.
        couples = list(zip(vectors[0::2], vectors[1::2], strict=True))
        vectors = [shuffle(builder, *xy, picks) for picks in (evens, odds) for xy in couples]
    return vectors


def _transposed_back(builder, vectors):
    """The reverse of `_transposed`."""
    low, high = ([first + k for k in (0, 8, 1, 9, 4, 12, 5, 13)] for first in (0, 2))
    for _ in range(len(vectors).bit_length() - 1):
        half = len(vectors) // 2
        couples = zip(vectors[:half], vectors[half:], strict=True)
        vectors = [shuffle(builder, *xy, picks) for xy in couples for picks in (low, high)]
    return vectors


def _shuffled_bytes(builder, x, of_word):
    """Each word with its four bytes rearranged; 4 stands for zero."""
    vector = ir.VectorType(ir.IntType(8), 4 * BLOCKS)
    picks = [4 * BLOCKS if k == 4 else 4 * word + k for word in range(BLOCKS) for k in of_word]
    shuffled = shuffle(builder, builder.bitcast(x, vector), constant(vector, 0), picks)
    return builder.bitcast(shuffled, int32x8.vector)


@intrinsic
def interleave(typingctx, packed, to, row, start, w, count):
    """A row of eight blocks' samples, made into `count` vectors of pairs (2, 4 or 8, a literal).

    The blocks lie in a 1-D uint8, uint16 or int16 array, `w` samples apart; the first ``2 * count`` samples
    of each are taken. Where `count` is below 8, ``2 * count`` is `w`.
    """
    if not isinstance(count, types.IntegerLiteral):
        return None

    def emit(context, builder, sig, args):
        packed, to, row, start, w, _ = args
        element = ir.IntType(sig.args[2].dtype.bitwidth)
        words = sig.args[5].literal_value * element.width // 16
        half = ir.VectorType(I32, _CHUNK)
        vectors = []
        for first in range(0, words, _CHUNK):
            begin = builder.add(start, ir.Constant(start.type, 32 // element.width * first))
            chunks = [
                builder.load(place_of(context, builder, sig.args[2], row, index, half), align=1)
                for index in _chunk_offsets(builder, begin, w, min(words, _CHUNK), element)
            ]
            couples = zip(chunks[: len(chunks) // 2], chunks[len(chunks) // 2 :], strict=True)
            vectors += _transposed(builder, [shuffle(builder, *xy, range(BLOCKS)) for xy in couples])
        if element.width == 8:
            vectors = [
                _shuffled_bytes(builder, x, picks) for x in vectors for picks in ((0, 4, 1, 4), (2, 4, 3, 4))
            ]
        for k, value in enumerate(vectors):
            index = builder.add(to, ir.Constant(to.type, k * LANES))
            builder.store(value, place_of(context, builder, sig.args[0], packed, index, value.type), align=1)
        return context.get_dummy_value()

    return types.void(packed, types.int64, row, types.int64, types.int64, count), emit


@intrinsic
def deinterleave(typingctx, row, start, w, packed, at, count):
    """`interleave` reversed: put `count` vectors of pairs, within the range of `row`'s dtype, into a row."""
    if not isinstance(count, types.IntegerLiteral):
        return None

    def emit(context, builder, sig, args):
        row, start, w, packed, at, _ = args
        element = ir.IntType(sig.args[0].dtype.bitwidth)
        vectors = []
        for k in range(sig.args[5].literal_value):
            source = builder.add(at, ir.Constant(at.type, k * LANES))
            pointer = place_of(context, builder, sig.args[3], packed, source, int32x8.vector)
            vectors.append(builder.load(pointer, align=1))
        if element.width == 8:
            eight_bits = constant(int32x8.vector, 8)
            both = [
                builder.or_(x, builder.shl(y, eight_bits))
                for x, y in zip(vectors[0::2], vectors[1::2], strict=True)
            ]
            vectors = [_shuffled_bytes(builder, x, (0, 2, 1, 3)) for x in both]
        for first in range(0, len(vectors), _CHUNK):
            begin = builder.add(start, ir.Constant(start.type, 32 // element.width * first))
            wholes = _transposed_back(builder, vectors[first : first + _CHUNK])
            chunks = [shuffle(builder, x, None, range(k, k + _CHUNK)) for k in (0, _CHUNK) for x in wholes]
            indices = _chunk_offsets(builder, begin, w, len(wholes), element)
            for index, value in zip(indices, chunks, strict=True):
                builder.store(value, place_of(context, builder, sig.args[0], row, index, value.type), align=1)
        return context.get_dummy_value()

    return types.void(row, types.int64, types.int64, packed, types.int64, count), emit


@intrinsic
def load_samples(typingctx, plane, index):
    """16 samples of a 1-D contiguous uint8 or uint16 array, as int16 lanes."""

    def emit(context, builder, sig, args):
        samples = ir.VectorType(ir.IntType(sig.args[0].dtype.bitwidth), LANES)
        value = builder.load(place_of(context, builder, sig.args[0], *args, samples), align=1)
        return value if samples == int16x16.vector else builder.zext(value, int16x16.vector)

    return int16x16(plane, types.int64), emit


@intrinsic
def neighbour_sums(typingctx, plane, index):
    """The 16 sums of two neighbours among ``plane[index : index + 32]``, which must fit int16 lanes."""

    def emit(context, builder, sig, args):
        # Seen as words of two samples, so that adding neighbours needs no shuffling.
        bits = sig.args[0].dtype.bitwidth
        words = ir.VectorType(ir.IntType(2 * bits), LANES)
        value = builder.load(place_of(context, builder, sig.args[0], *args, words), align=1)
        low = builder.and_(value, constant(words, (1 << bits) - 1))
        sums = builder.add(low, builder.lshr(value, constant(words, bits)))
        return sums if words == int16x16.vector else builder.trunc(sums, int16x16.vector)

    return int16x16(plane, types.int64), emit
