# mypy: disable-error-code="no-untyped-def"
"""The Wiener taps of a unit: their squared error, and those of least RD cost nearby."""

import numpy as np

from cfl.av1.filter_search.restoration.bits import wiener_bits
from cfl.av1.tables.restoration import (
    WIENER_TAPS_MAX,
    WIENER_TAPS_MIN,
)
from cfl.simd.kernel import kernel


@kernel(internal=True)
def middle_tap(taps, i, half):
    """Return the middle tap of a pass, less the 128 of the sample itself."""
    total = np.int64(0)
    for j in range(3 - half, 3):
        total += taps[i, j]
    return 128 - 2 * total


@kernel(internal=True)
def wiener_error(A, b, sse, half, taps, w):
    """Return the squared error before rounding with these taps; `sse` is that without a filter."""
    side = half + 1
    v3, h3 = middle_tap(taps, 0, half), middle_tap(taps, 1, half)
    for i in range(side):
        v = taps[0, 3 - half + i] if i < half else v3
        for j in range(side):
            h = taps[1, 3 - half + j] if j < half else h3
            w[i * side + j] = float(v * h) / 16384.0
    error = sse
    for i in range(side * side - 1):
        row = 0.0
        for j in range(side * side - 1):
            row += A[i, j] * w[j]
        error += w[i] * (row - 2.0 * b[i])
    return error


@kernel(internal=True)
def refine_taps(A, b, sse, half, lam, reference, tap_bits, steps, taps, w):
    """Change taps one by one as long as the RD cost gets less, in at most `steps` rounds; return the cost."""
    first = 3 - half
    best = wiener_error(A, b, sse, half, taps, w) + lam * wiener_bits(taps, reference, first, tap_bits)
    for _ in range(steps):
        before = best
        for place in range(4 * half):
            i, j = place & 1, first + (place >> 2)
            change = 1 if place & 2 else -1
            while True:
                taps[i, j] += change
                cost = np.inf
                if WIENER_TAPS_MIN[j] <= taps[i, j] <= WIENER_TAPS_MAX[j]:
                    cost = wiener_error(A, b, sse, half, taps, w)
                    cost += lam * wiener_bits(taps, reference, first, tap_bits)
                if cost >= best:
                    taps[i, j] -= change
                    break
                best = cost
        if best == before:
            break
    return best


@kernel(internal=True)
def search_taps(A, b, sse, half, lam, reference, tap_bits, steps, taps, trial, w):
    """Refine `taps`, and those of the reference, which take the fewest bits; keep the better ones."""
    least = np.inf
    for start in range(2 if steps else 1):
        for i in range(2):
            for j in range(3):
                trial[i, j] = reference[i, j] if start and j >= 3 - half else taps[i, j]
        cost = refine_taps(A, b, sse, half, lam, reference, tap_bits, steps, trial, w)
        if cost < least:
            least = cost
            for i in range(2):
                for j in range(3):
                    taps[i, j] = trial[i, j]
    return least
