# mypy: disable-error-code="no-untyped-def"
"""What symbols cost in bits: the rate of every search.

The range coder gives every symbol at least 4 of its 2^15 parts, and so is a symbol of probability 0 counted.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cfl.av1.entropy.cdfs import LAYOUT
from cfl.av1.entropy.symbols import symbol_probability
from cfl.simd.kernel import kernel


class CdfLists(NamedTuple):
    """Where each CDF of a context begins, and how many symbols it has: (n,) int64 arrays."""

    start: np.ndarray
    symbols: np.ndarray


@lru_cache(maxsize=1)
def cdf_lists() -> CdfLists:
    """Return all CDFs of a context."""
    starts, symbols = [], []
    for element in LAYOUT.elements.values():
        for i in range(element.contexts):
            starts.append(element.offset + i * element.symbols)
            symbols.append(element.symbols)
    return CdfLists(np.array(starts), np.array(symbols))


@kernel(internal=True)
def probability_cost(probability):
    """Return the bits of something with a probability in 1/32768, float64."""
    return 15.0 - np.log2(np.float64(max(probability, 4)))


@kernel()
def symbol_cost(cdfs, offset, n, symbol):
    """Return the bits of a symbol, float64, to within the range coder's rounding.

    Parameters
    ----------
    cdfs : array of unsigned or signed integers
        Complements and counters, as `cfl.av1.entropy.cdfs` says.
    offset : int
        Where the CDF begins.
    n : int
        How many symbols it has.
    symbol : int
        0 to n - 1.
    """
    return probability_cost(symbol_probability(cdfs, offset, n, symbol))


@kernel()
def update_costs(cdfs, start, symbols, costs):
    """Set the bits of each symbol of all CDFs.

    Parameters
    ----------
    cdfs : (CONTEXT_SIZE,) uint16 array
    start, symbols : (n,) int64 arrays
        Of `cdf_lists`.
    costs : (CONTEXT_SIZE,) float32 array
        Filled: the cost of a symbol stands at the symbol's place in its CDF.
    """
    for i in range(start.shape[0]):
        for symbol in range(symbols[i]):
            costs[start[i] + symbol] = symbol_cost(cdfs, start[i], symbols[i], symbol)
