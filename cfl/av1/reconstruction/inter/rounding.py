# mypy: disable-error-code="no-untyped-def"
"""By how many bits inter prediction rounds (AV1 specification 7.11.3.2).

Each of two predictions keeps some bits until they are blended. With 10 and 12 bits these go from -20,608 to
36,992: all of one sign of the sharpest taps on samples of 0, the others on the greatest. So that they fit 16
bits, kernels keep them less a bias, which is added back where they are blended.
"""

from cfl.av1.tables.constants import FILTER_BITS
from cfl.simd.kernel import kernel

COMPOUND_BIAS = 1 << 13
"""What is subtracted from each of two predictions while they are kept."""


@kernel(internal=True)
def rounding_variables(bit_depth, is_compound):
    """Return InterRound0, InterRound1 and InterPostRound: after the rows, after the columns, at the end."""
    round_0 = 5 if bit_depth == 12 else 3
    round_1 = 7 if is_compound else 2 * FILTER_BITS - round_0
    return round_0, round_1, 2 * FILTER_BITS - round_0 - round_1
