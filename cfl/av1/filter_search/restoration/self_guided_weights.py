# mypy: disable-error-code="no-untyped-def"
"""The weights of the self-guided filter of a unit: their squared error, and those of least RD cost nearby."""

from cfl.av1.filter_search.restoration.bits import self_guided_bits
from cfl.av1.tables.constants import (
    SGRPROJ_PRJ_BITS,
)
from cfl.av1.tables.restoration import (
    SGR_PARAMS,
    SGRPROJ_XQD_MAX,
    SGRPROJ_XQD_MIN,
)
from cfl.simd.kernel import kernel

SGR_ONE = 1 << (SGRPROJ_PRJ_BITS + 4)


@kernel(internal=True)
def self_guided_error(products, sse, number, w0, w1):
    """Return the squared error before rounding with these weights: w1 is LrSgrXqd[ 1 ]."""
    a = float(w0) / SGR_ONE if SGR_PARAMS[number, 0] else 0.0
    c = float((1 << SGRPROJ_PRJ_BITS) - w0 - w1) / SGR_ONE if SGR_PARAMS[number, 2] else 0.0
    error = sse + a * (a * products[0] - 2.0 * products[3]) + c * (c * products[2] - 2.0 * products[4])
    return error + 2.0 * a * c * products[1]


@kernel(internal=True)
def second_weight(number, w0, w1):
    """Return LrSgrXqd[ 1 ], which is derived where the second filter is not used."""
    if SGR_PARAMS[number, 2] == 0:
        return min(max((1 << SGRPROJ_PRJ_BITS) - w0, SGRPROJ_XQD_MIN[1]), SGRPROJ_XQD_MAX[1])
    return w1


@kernel(internal=True)
def refine_weights(products, sse, number, lam, reference, weight_bits, steps, w0, w1):
    """Change weights as long as the RD cost gets less, in at most `steps` rounds; return cost and weights."""
    best = self_guided_error(products, sse, number, w0, w1)
    best += lam * self_guided_bits(number, w0, w1, reference, weight_bits)
    for _ in range(steps):
        before = best
        for direction in range(8):
            k, change = direction & 1, (1 if direction & 2 else -1) * (1 if direction & 4 else 4)
            if SGR_PARAMS[number, 2 * k] == 0:
                continue
            while True:
                x0, x1 = (w0, w1 + change) if k else (w0 + change, w1)
                x1 = second_weight(number, x0, x1)
                if min(x0 - SGRPROJ_XQD_MIN[0], SGRPROJ_XQD_MAX[0] - x0) < 0:
                    break
                if min(x1 - SGRPROJ_XQD_MIN[1], SGRPROJ_XQD_MAX[1] - x1) < 0:
                    break
                cost = self_guided_error(products, sse, number, x0, x1)
                cost += lam * self_guided_bits(number, x0, x1, reference, weight_bits)
                if cost >= best:
                    break
                best, w0, w1 = cost, x0, x1
        if best == before:
            break
    return best, w0, w1
