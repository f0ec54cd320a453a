"""How many bits the parameters of a loop restoration unit take: lengths of their codes, as tables."""

from functools import cache

import numpy as np

from cfl.av1.tables.constants import SGRPROJ_PRJ_SUBEXP_K
from cfl.av1.tables.restoration import (
    SGRPROJ_XQD_MAX,
    SGRPROJ_XQD_MIN,
    WIENER_TAPS_K,
    WIENER_TAPS_MAX,
    WIENER_TAPS_MIN,
)


@cache
def code_lengths() -> tuple[np.ndarray, np.ndarray]:
    """The bits of the parameters of units (decode_signed_subexp_with_ref_bool, AV1 specification 5.11.58).

    Returns
    -------
    tap_bits : (3, 64, 64) int64 array
        Of Wiener's coefficients: by which, the reference and the value, both less the least value.
    weight_bits : (2, 128, 128) int64 array
        Of the self-guided filter's, likewise.
    """
    taps, weights = np.zeros((3, 64, 64), np.int64), np.zeros((2, 128, 128), np.int64)
    for table, low, high, k in (
        (taps, WIENER_TAPS_MIN, WIENER_TAPS_MAX, WIENER_TAPS_K),
        (weights, SGRPROJ_XQD_MIN, SGRPROJ_XQD_MAX, [SGRPROJ_PRJ_SUBEXP_K] * 2),
    ):
        for i, symbols in enumerate(high - low + 1):
            table[i, :symbols, :symbols] = _subexp_bits(int(symbols), int(k[i]))
    return taps, weights


def _subexp_bits(symbols: int, k: int) -> np.ndarray:
    """(symbols, symbols) int64: the bits of a value, by the reference and the value."""
    reference, value = np.indices((symbols, symbols))
    mirrored = 2 * reference > symbols
    reference = np.where(mirrored, symbols - 1 - reference, reference)
    value = np.where(mirrored, symbols - 1 - value, value)
    distance = np.where(value >= reference, 2 * (value - reference), 2 * (reference - value) - 1)
    distance = np.where(value > 2 * reference, value, distance)
    lengths = np.zeros(symbols, np.int64)
    first, width, flags = 0, k, 0
    while symbols > first + 3 * (1 << width):
        flags += 1
        lengths[first : first + (1 << width)] = flags + width
        first += 1 << width
        width += flags > 1
    # The rest is coded with nearly equal lengths (ns(n) of 4.10.7).
    rest = symbols - first
    bits = rest.bit_length()
    lengths[first:] = flags + bits
    lengths[first : first + (1 << bits) - rest] -= 1
    return lengths[distance]
