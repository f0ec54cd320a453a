# mypy: disable-error-code="no-untyped-def"
"""How many bits the type and the parameters of a loop restoration unit take (AV1 specification 5.11.58)."""

import numpy as np

from cfl.av1.entropy.costs import symbol_cost
from cfl.av1.tables.constants import (
    SGRPROJ_PARAMS_BITS,
)
from cfl.av1.tables.restoration import (
    SGR_PARAMS,
    SGRPROJ_XQD_MIN,
    WIENER_TAPS_MIN,
)
from cfl.simd.kernel import kernel


@kernel(internal=True)
def wiener_bits(taps, reference, first, tap_bits):
    """The bits of a unit's coefficients; chroma has no `first` one."""
    bits = np.int64(0)
    for i in range(2):
        for j in range(first, 3):
            low = WIENER_TAPS_MIN[j]
            bits += tap_bits[j, reference[i, j] - low, taps[i, j] - low]
    return bits


@kernel(internal=True)
def self_guided_bits(number, w0, w1, reference, weight_bits):
    """The bits of a unit's set and weights."""
    bits = np.int64(SGRPROJ_PARAMS_BITS)
    if SGR_PARAMS[number, 0]:
        bits += weight_bits[0, reference[0] - SGRPROJ_XQD_MIN[0], w0 - SGRPROJ_XQD_MIN[0]]
    if SGR_PARAMS[number, 2]:
        bits += weight_bits[1, reference[1] - SGRPROJ_XQD_MIN[1], w1 - SGRPROJ_XQD_MIN[1]]
    return bits


@kernel(internal=True)
def type_bits(cdf, kind):
    """The bits of a unit's type; `cdf` holds complements, and the counter last: see `entropy.cdfs`."""
    return symbol_cost(cdf, 0, cdf.size, kind)
