# mypy: disable-error-code="no-untyped-def"
"""DC_PRED of AV1: the rounded mean of the samples above and to the left.

Equation
    ``C = (Σ above + Σ left + (w + h) / 2) / (w + h)``, one level for the block. Where one side is missing the
    mean of the other, where both are ``2 ** (bit_depth - 1)``.
Source
    AV1 specification, 7.11.2.5.
Bits
    None.
"""

from cfl.lab.block_kernels import dc_of
from cfl.simd.kernel import entry


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    height, width = predicted.shape
    for k in range(places.shape[0]):
        x, y, w, h = int(places[k, 0]), int(places[k, 1]), int(places[k, 2]), int(places[k, 3])
        level = dc_of(given.chroma, x, y, w, h, given.bit_depth)
        for i in range(y, min(y + h, height)):
            for j in range(x, min(x + w, width)):
                predicted[i, j] = level
        bits[k] = 0.0
