# mypy: disable-error-code="no-untyped-def"
"""The least-squares line of the block itself, unquantised: the bound for what any line can do.

Equation
    ``C = a L + b``, with a and b by least squares from the block's own luma and chroma. L is luma at chroma's
    resolution, as AV1 subsamples it.
Source
    Least squares; `cfl.regression.fit_blocks` without neighbours has the same lines.
Bits
    Counted as none, although a decoder cannot know the line: it is a bound, not a predictor that could be
    used.
"""

from cfl.lab.block_kernels import block_at, put
from cfl.lab.predictors.lines import line_through, on_line
from cfl.simd.kernel import entry, stage


@stage
def predict(block):
    """Predict one block."""
    a, b = line_through(block.luma.ravel(), block.target.ravel())
    return on_line(block.luma, a, b), 0.0


@entry
def predict_blocks(given, places, predicted, bits):
    """Predict all blocks of a plane; see `cfl.lab.shipped`."""
    for k in range(places.shape[0]):
        block = block_at(given, places[k], True, False)
        prediction, cost = predict(block)
        put(block, prediction, cost, predicted, bits, k)
