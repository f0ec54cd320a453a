# mypy: disable-error-code="no-untyped-def"
"""The least-squares line through the neighbours: the row above and the column to the left.

Equation
    ``C = a L + b``, with a and b by least squares from one row above, as wide as the block, and one column to
    the left, as high. DC_PRED where there are no neighbours.
Source
    The LM mode as it was first proposed for HEVC: J. Chen et al., "Chroma intra prediction by reconstructed
    luma samples", JCTVC-C206, 2010. There it was of integers; here it is of real numbers, and luma is
    subsampled as AV1 does. `cfl.regression.fit_blocks` with ``neighbours=1`` has the same lines.
Bits
    None: the decoder finds the line.
"""

from cfl.lab.block_kernels import block_at, put
from cfl.lab.neighbourhood import neighbours
from cfl.lab.predictors.lines import flat, line_through, on_line
from cfl.simd.kernel import entry, stage


@stage
def predict(block):
    """Predict one block."""
    luma, chroma = neighbours(block, 1, False)
    if luma.size == 0:
        return flat(block.luma.shape, block.dc), 0.0
    a, b = line_through(luma, chroma)
    return on_line(block.luma, a, b), 0.0


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    for k in range(places.shape[0]):
        block = block_at(given, places[k], False, False)
        prediction, cost = predict(block)
        put(block, prediction, cost, predicted, bits, k)
