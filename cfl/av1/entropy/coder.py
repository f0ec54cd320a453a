"""The symbol coder: its state, and how a tile's data begins and ends (AV1 specification 8.2).

One coder serves both directions. Every kernel ``code_*`` of `cfl.av1.entropy.symbols` takes the value of a
syntax element and returns it: a reader ignores what it is given and returns what the tile holds, a writer
codes it, a meter only counts its bits. In each case the CDF adapts. So the syntax of a tile is one function:

    skip = code_symbol(coder, cdfs, SKIP_CDF + 2 * ctx, 2, skip)

The direction is a field of the state and not a type, so that kernels compile once for all three. The
processor predicts the branch on it: it takes less than 1 ns of the 8 to 20 of a symbol, as measured. Two
walks over a tile, for a reader's type and for a writer's, would take twice as long to compile.

How it works. The interval of the range coder has a size, ``RANGE``, of 2^15 to 2^16 - 1. Each symbol has a
slice of it: symbol 0 the topmost, symbol s that from cur(s) up to cur(s - 1), where cur(s) is about RANGE
times P(symbol > s). A reader finds the slice that contains its position. A writer keeps the smallest code
value, ``low``, for which the reader would decode the same symbols. Its interval is the same upside down, as
the reader's position comes from the inverted bits of the stream.

                 reader's position              writer's code value
    RANGE - 1  +--------------------+  0      <- low
               |  symbol 0          |
    cur(0)     +--------------------+  RANGE - cur(0)
               |  symbol 1          |
    cur(1)     +--------------------+  RANGE - cur(1)
               :                    :

A reader's ``WINDOW`` holds the position with ``COUNT`` further bits of the stream below it, and is refilled
six bytes at a time. A writer's holds the last 15 + COUNT bits of low; from time to time whole bytes are moved
out of it, and a carry is added to bytes that were moved before.
"""

from math import log2
from typing import NamedTuple

import numpy as np

from cfl.errors import BitstreamError

READ, WRITE, MEASURE = range(3)
"""Values of the field MODE."""

WINDOW, RANGE, COUNT, POSITION, MODE, ADAPT = range(6)
"""Fields of `SymbolCoder.state`."""

REFILL_BYTES = 6
"""Bytes that a reader takes in at a time: as many as int64 holds below a position of 16 bits."""


class SymbolCoder(NamedTuple):
    """A reader, writer or meter of symbols; see `symbol_reader`, `symbol_writer`, `symbol_meter`.

    Attributes
    ----------
    data : (n,) uint8 array
        The bytes read from, or written to.
    state : (6,) int64 array
        WINDOW, RANGE and COUNT as the module says; POSITION of the next byte in data, which counts on beyond
        the end; MODE; ADAPT, 0 if disable_cdf_update.
    """

    data: np.ndarray
    state: np.ndarray


def symbol_reader(tile: bytes | memoryview | np.ndarray, disable_cdf_update: bool = False) -> SymbolCoder:
    """Return a coder that reads a tile: init_symbol (AV1 specification 8.2.2).

    Parameters
    ----------
    tile : bytes, memoryview or (sz,) uint8 array
        The tile's bytes, from init_symbol( sz ) to its end; they are copied. After their end zeros are read.
    disable_cdf_update : bool
        Of the frame header.

    Raises
    ------
    BitstreamError
        If the tile is empty.
    """
    # Writable, as that of a writer is, so that Numba sees the same type.
    data = np.array(np.frombuffer(tile, np.uint8))
    if not len(data):
        raise BitstreamError("a tile has no bytes", 0)
    coder = _coder(data, READ, disable_cdf_update)
    first = data[:REFILL_BYTES].tobytes().ljust(REFILL_BYTES, b"\0")
    coder.state[WINDOW] = (1 << 8 * REFILL_BYTES) - 1 - int.from_bytes(first, "big")
    coder.state[COUNT] = 8 * REFILL_BYTES - 15
    coder.state[POSITION] = REFILL_BYTES
    return coder


def symbol_writer(capacity: int = 0, disable_cdf_update: bool = False) -> SymbolCoder:
    """Return a coder that writes a tile of at most capacity bytes, see `with_room`; `finish` yields them."""
    return _coder(np.zeros(capacity, np.uint8), WRITE, disable_cdf_update)


def is_writer(coder: SymbolCoder) -> bool:
    """Say whether a coder writes a tile."""
    return int(coder.state[MODE]) == WRITE


def with_room(coder: SymbolCoder, size: int) -> SymbolCoder:
    """Return a writer that continues this one, with room for `size` bytes more; any other coder as it is."""
    data = coder.data
    missing = int(coder.state[POSITION]) + size - len(data)
    if not is_writer(coder) or missing <= 0:
        return coder
    return coder._replace(data=np.concatenate((data, np.zeros(max(missing, len(data)), np.uint8))))


def symbol_meter(disable_cdf_update: bool = False) -> SymbolCoder:
    """Return a coder that only counts: `bits_coded` says how much it would have written."""
    return _coder(np.zeros(0, np.uint8), MEASURE, disable_cdf_update)


def _coder(data: np.ndarray, mode: int, disable_cdf_update: bool) -> SymbolCoder:
    state = np.zeros(6, np.int64)
    state[RANGE] = 1 << 15
    state[MODE] = mode
    state[ADAPT] = not disable_cdf_update
    return SymbolCoder(data, state)


def finish(coder: SymbolCoder) -> bytes:
    """End a writer and return the tile, with the trailing bits that exit_symbol asks for (8.2.4).

    The final code value may be any of the interval. The standard wants its last 15 bits to be a one and
    zeros, and then zeros up to a whole byte. One such value always lies in the interval; zeros that would
    begin another byte are not sent, as readers supply them.

    Raises
    ------
    BitstreamError
        If the tile did not fit into the writer's capacity; `tile_size` says how much is needed.
    """
    count, position = int(coder.state[COUNT]), int(coder.state[POSITION])
    size = tile_size(coder)
    if size > len(coder.data):
        raise BitstreamError(f"the tile needs {size} bytes and was given {len(coder.data)}", position)
    low = int(coder.state[WINDOW])
    one_and_zeros = 1 << 14
    final = ((low - one_and_zeros + 0x7FFF) & ~0x7FFF) + one_and_zeros  # the next such value from low on
    whole = int.from_bytes(coder.data[:position].tobytes(), "big")
    whole = (whole << (count + 1)) + (final >> 14)  # a carry runs through by itself
    return (whole << (8 * (size - position) - count - 1)).to_bytes(size, "big")


def tile_size(coder: SymbolCoder) -> int:
    """Return the size in bytes of a writer's or meter's tile if it ended here."""
    return int(coder.state[POSITION]) + (int(coder.state[COUNT]) + 8) // 8


def bits_coded(coder: SymbolCoder) -> float:
    """Return how much information has been coded so far, in bits.

    The sum of -log2 of the symbols' probabilities, as rounded by the range coder. The difference of two
    values is the cost of what was coded in between. `symbols.tell` is the same for kernels.
    """
    state = coder.state
    shifted = 8 * state[POSITION] + (-state[COUNT] - 15 if state[MODE] == READ else state[COUNT])
    return float(shifted + 15 - log2(state[RANGE]))


def symbol_max_bits(coder: SymbolCoder) -> int:
    """Return a reader's SymbolMaxBits (8.2.2): bits left, or less than 0 when zeros have been read for them.

    A tile that conforms ends with at least -14 (8.2.4); less means that it was cut short.
    """
    return int(8 * (len(coder.data) - coder.state[POSITION]) + coder.state[COUNT])


def trailing_bits_conform(coder: SymbolCoder) -> bool:
    """Say whether a reader at the end of its tile finds the trailing bits of exit_symbol (8.2.4)."""
    bits_left = symbol_max_bits(coder)
    if bits_left < -14:
        return False
    trailing_bit = 8 * len(coder.data) - bits_left - 15
    byte, bit = divmod(trailing_bit, 8)
    return int(coder.data[byte]) & (0xFF >> bit) == 0x80 >> bit and not coder.data[byte + 1 :].any()
