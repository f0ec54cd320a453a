# mypy: disable-error-code="no-untyped-def"
"""Coding symbols in either direction (AV1 specification 8.2); `cfl.av1.entropy.coder` explains the coder.

Every ``code_*`` returns the value it read, or that it was given to write. CDFs are stored as
`cfl.av1.entropy.cdfs` says: complements, then the counter. Offsets come from that layout and from contexts
that are in range by construction; a writer's values must be values that the syntax allows.
"""

import numpy as np

from cfl.av1.entropy.coder import ADAPT, COUNT, MODE, POSITION, RANGE, READ, REFILL_BYTES, WINDOW, WRITE
from cfl.simd.integers import floor_log2
from cfl.simd.kernel import kernel

_U1 = np.uint64(1)


@kernel(inline=True)
def code_symbol_inline(coder, cdfs, offset, n, value):
    """Code a symbol of n values with the CDF at cdfs[offset] and adapt it (8.2.6).

    For the few hottest loops: 5 ns faster than `code_symbol`, at 0.1 s of compilation per call in the source.

    Parameters
    ----------
    coder : SymbolCoder
    cdfs : (CONTEXT_SIZE,) uint16 array
    offset : int
        Of the CDF: that of its element plus n times the context.
    n : int
        2 to 16.
    value : int
        0 to n - 1; ignored when reading.

    Returns
    -------
    int
    """
    if coder.state[MODE] == READ:
        return _read_symbol(coder, cdfs, offset, n)
    _write_symbol(coder, cdfs, offset, n, value)
    return value


@kernel(internal=True)
def code_symbol(coder, cdfs, offset, n, value):
    """Code a symbol; see `code_symbol_inline`."""
    return code_symbol_inline(coder, cdfs, offset, n, value)


@kernel(inline=True)
def _read_symbol(coder, cdfs, offset, n):
    state = coder.state
    index = np.uint64(offset)
    last = index + np.uint64(n - 1)
    rate = _count_and_rate(cdfs, last, n, state[ADAPT])
    scale = state[RANGE] >> 8
    position = state[WINDOW] >> state[COUNT]
    prev = state[RANGE]
    cur = np.int64(0)
    minimum = 4 * (n - 1)
    while index < last:
        complement = np.int64(cdfs[index])
        cur = ((scale * (complement >> 6)) >> 1) + minimum
        if position >= cur:
            break
        cdfs[index] = complement + ((32768 - complement) >> rate)  # those before the symbol move up
        prev = cur
        cur = np.int64(0)  # where the slice of the last symbol ends
        minimum -= 4
        index += _U1
    _move_down(cdfs, index, last, rate)
    _narrow_reader(coder, prev, cur)
    return n - 1 - (minimum >> 2)


@kernel(inline=True)
def _write_symbol(coder, cdfs, offset, n, symbol):
    state = coder.state
    index = np.uint64(offset)
    last = index + np.uint64(n - 1)
    taken = index + np.uint64(symbol)
    rate = _count_and_rate(cdfs, last, n, state[ADAPT])
    scale = state[RANGE] >> 8
    prev = state[RANGE]
    cur = np.int64(0)
    if index < taken:
        prev = ((scale * (np.int64(cdfs[taken - _U1]) >> 6)) >> 1) + 4 * (n - symbol)
    if taken < last:
        cur = ((scale * (np.int64(cdfs[taken]) >> 6)) >> 1) + 4 * (n - symbol - 1)
    _adapt(cdfs, index, taken, last, rate)
    _narrow_writer(coder, prev, cur)


@kernel(inline=True)
def adapt_cdf(cdfs, offset, n, symbol):
    """Adapt the CDF at cdfs[offset] to a symbol of n values, without coding it (8.2.6)."""
    index = np.uint64(offset)
    last = index + np.uint64(n - 1)
    _adapt(cdfs, index, index + np.uint64(symbol), last, _count_and_rate(cdfs, last, n, 1))


@kernel(inline=True)
def _adapt(cdfs, index, taken, last, rate):
    """Move the entries before that of the symbol up, and the others down."""
    while index < taken:
        complement = np.int64(cdfs[index])
        cdfs[index] = complement + ((32768 - complement) >> rate)
        index += _U1
    _move_down(cdfs, taken, last, rate)


@kernel(inline=True)
def _count_and_rate(cdfs, last, n, adapt):
    """Count a symbol of a CDF; return the shift to adapt it by, which is 16 to change nothing."""
    if not adapt:
        return np.int64(16)
    count = np.int64(cdfs[last])
    cdfs[last] = count + (count < 32)
    return np.int64(4 + (n > 3) + (count > 15) + (count > 31))


@kernel(inline=True)
def _move_down(cdfs, index, last, rate):
    """Move the entries from that of the symbol on down."""
    while index < last:
        complement = np.int64(cdfs[index])
        cdfs[index] = complement - (complement >> rate)
        index += _U1


@kernel(inline=True)
def _narrow_reader(coder, prev, cur):
    """Continue with the slice from cur up to prev, renormalized to a RANGE of at least 2^15."""
    state = coder.state
    count = state[COUNT]
    window = state[WINDOW] - (cur << count)
    bits = 15 - floor_log2(prev - cur)
    count -= bits
    state[RANGE] = (prev - cur) << bits
    state[WINDOW] = window
    state[COUNT] = count
    if count < 0:
        _refill(coder)


@kernel(inline=True)
def _narrow_writer(coder, prev, cur):
    state = coder.state
    low = state[WINDOW] + state[RANGE] - prev
    bits = 15 - floor_log2(prev - cur)
    count = state[COUNT] + bits
    state[RANGE] = (prev - cur) << bits
    state[WINDOW] = low << bits
    state[COUNT] = count
    if count >= 32:  # so 15 + count + a carry stay within 62 bits
        _flush(coder)


@kernel(internal=True)
def _refill(coder):
    """Append inverted bytes of the tile to a reader's window; beyond its end the stream counts as zeros."""
    state = coder.state
    data = coder.data
    window = state[WINDOW]
    position = state[POSITION]
    for i in range(position, position + REFILL_BYTES):
        byte = np.int64(255)
        if i < data.shape[0]:
            byte ^= np.int64(data[np.uint64(i)])
        window = (window << 8) | byte
    state[WINDOW] = window
    state[POSITION] = position + REFILL_BYTES
    state[COUNT] += 8 * REFILL_BYTES


@kernel(internal=True)
def _flush(coder):
    """Move whole bytes from a writer's window to its data; bytes that do not fit are only counted."""
    state = coder.state
    data = coder.data
    count = state[COUNT]
    low = state[WINDOW]
    position = state[POSITION]
    fits = state[MODE] == WRITE and position <= data.shape[0]
    if low >> (15 + count) and fits:
        i = position - 1
        while i > 0 and data[np.uint64(i)] == 255:
            data[np.uint64(i)] = 0
            i -= 1
        if i >= 0:  # always: a code value is less than 1
            data[np.uint64(i)] += 1
    # A byte stays: the window is then wider than RANGE, so that a carry out of it is never more than 1.
    while count >= 16:
        if fits and position < data.shape[0]:
            data[np.uint64(position)] = (low >> (7 + count)) & 255
        position += 1
        count -= 8
    state[WINDOW] = low & ((1 << (15 + count)) - 1)
    state[COUNT] = count
    state[POSITION] = position


@kernel(internal=True)
def code_bool_with(coder, complement, value):
    """Code a bool that is 1 with probability complement / 32768 and does not adapt.

    For split_or_horz and split_or_vert, whose psum is this complement (8.3.2). It must be less than 32768,
    as every complement in a CDF is: else the slice of 0 would be empty.
    """
    state = coder.state
    cur = ((state[RANGE] >> 8) * (complement >> 6) >> 1) + 4
    if state[MODE] == READ:
        value = np.int64((state[WINDOW] >> state[COUNT]) < cur)
        if value:
            _narrow_reader(coder, cur, np.int64(0))
        else:
            _narrow_reader(coder, state[RANGE], cur)
    elif value:
        _narrow_writer(coder, cur, np.int64(0))
    else:
        _narrow_writer(coder, state[RANGE], cur)
    return value


@kernel(internal=True)
def code_bool(coder, value):
    """Code a bool of even odds: read_bool, L(1) (8.2.3)."""
    return code_bool_with(coder, np.int64(1 << 14), value)


@kernel(internal=True)
def code_literal(coder, n, value):
    """Code n bits, the highest first: L(n) (8.2.5)."""
    literal = np.int64(0)
    for i in range(n):
        literal = 2 * literal + code_bool(coder, (value >> (n - 1 - i)) & 1)
    return literal


@kernel(internal=True)
def code_ns(coder, n, value):
    """Code a value of 0 to n - 1: NS(n)."""
    bits = floor_log2(n)
    short = (2 << bits) - n  # how many values take only `bits` bits
    v = value if value < short else (value + short) >> 1
    v = code_literal(coder, bits, v)
    if v < short:
        return v
    return 2 * v - short + code_bool(coder, (value + short) & 1)


@kernel(internal=True)
def code_golomb(coder, value):
    """Code golomb_length_bit and golomb_data_bit of a coefficient.

    Parameters
    ----------
    value : int
        The x of the syntax table, 1 to 2^20 - 1.

    Returns
    -------
    int
        x; 0 if a reader finds a length of more than 20, which no stream that conforms has.
    """
    length = floor_log2(max(value, 1)) + 1
    i = 1
    while not code_bool(coder, np.int64(i >= length)):
        i += 1
        if i > 20:
            return np.int64(0)
    return (1 << (i - 1)) | code_literal(coder, i - 1, value & ((1 << (i - 1)) - 1))


@kernel(internal=True)
def code_signed_subexp_with_ref_bool(coder, low, high, k, reference, value):
    """Code a value of low to high - 1 by its distance from a reference (syntax of read_lr_unit)."""
    mx = high - low
    r = reference - low
    mirrored = 2 * r > mx
    if mirrored:
        r = mx - 1 - r
    x = value - low
    if mirrored:
        x = mx - 1 - x
    x = _inverse_recenter(r, _code_subexp_bool(coder, mx, k, _recenter(r, x)))
    if mirrored:
        x = mx - 1 - x
    return x + low


@kernel(internal=True)
def _code_subexp_bool(coder, symbols, k, value):
    i = 0
    mk = np.int64(0)
    while True:
        bits = k + i - 1 if i else k
        a = 1 << bits
        if symbols <= mk + 3 * a:
            return mk + code_ns(coder, symbols - mk, value - mk)
        if not code_bool(coder, np.int64(value >= mk + a)):
            return mk + code_literal(coder, bits, value - mk)
        i += 1
        mk += a


@kernel(internal=True)
def _inverse_recenter(r, v):
    if v > 2 * r:
        return v
    return r - ((v + 1) >> 1) if v & 1 else r + (v >> 1)


@kernel(internal=True)
def _recenter(r, x):
    if x > 2 * r:
        return x
    return 2 * (x - r) if x >= r else 2 * (r - x) - 1


@kernel(internal=True)
def symbol_probability(cdfs, offset, n, symbol):
    """Return the probability of a symbol in 1/32768; what psum of split_or_horz adds up (8.3.2)."""
    index = np.uint64(offset + symbol)
    above = np.int64(32768)
    if symbol > 0:
        above = np.int64(cdfs[index - _U1])
    if symbol == n - 1:  # its entry is the counter
        return above
    return above - np.int64(cdfs[index])


@kernel(internal=True)
def tell(coder):
    """Return how much information has been coded so far, in bits: `coder.bits_coded` for kernels."""
    state = coder.state
    shifted = 8 * state[POSITION]
    if state[MODE] == READ:
        shifted -= state[COUNT]
    else:
        shifted += state[COUNT] + 15
    return shifted - np.log2(np.float64(state[RANGE]))
