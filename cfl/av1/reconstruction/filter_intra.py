# mypy: disable-error-code="no-untyped-def"
"""Filter-intra: recursive intra prediction (AV1 specification 7.11.2.3)."""

from cfl.av1.reconstruction.intra_edge import ABOVE, LEFT, LINE, LINES
from cfl.av1.tables.intra_prediction import (
    INTRA_FILTER_TAPS,
)
from cfl.simd.int32x8 import (
    element,
    load8,
    splat8,
    store_halves,
)
from cfl.simd.kernel import stage
from cfl.simd.vectors import maximum, minimum


@stage
def recursive(plane, first, w, h, filter_intra_mode, peak, scratch):
    """Filter-intra, AV1 specification 7.11.2.3: units of 4x2 samples, each from seven neighbours."""
    taps = 56 * filter_intra_mode
    low, high = splat8(0), splat8(peak)
    previous = int(ABOVE)
    for i in range(0, h, 2):
        # two lines of the prediction, each with the sample to its left before it
        line = LINES + 8 + (i & 2) * LINE
        scratch[line - 1] = scratch[LEFT + i]
        scratch[line + LINE - 1] = scratch[LEFT + i + 1]
        place = first + i * plane.shape[1]
        for j in range(0, w, 4):
            s = splat8(8)
            for k in range(5):
                neighbour = splat8(element(scratch, previous + j + k - 1))
                s = s + load8(INTRA_FILTER_TAPS, taps + 8 * k) * neighbour
            s = s + load8(INTRA_FILTER_TAPS, taps + 40) * splat8(element(scratch, line + j - 1))
            s = s + load8(INTRA_FILTER_TAPS, taps + 48) * splat8(element(scratch, line + LINE + j - 1))
            # Round2Signed and Round2 differ for negative numbers only, which become 0
            value = minimum(maximum(s >> splat8(4), low), high)
            store_halves(scratch, line + j, line + LINE + j, value)
            store_halves(plane, place + j, place + j + plane.shape[1], value)
        previous = line + LINE
