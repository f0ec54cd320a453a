# mypy: disable-error-code="no-untyped-def"
"""The squared error of parts of two planes."""

import numpy as np

from cfl.simd.kernel import kernel


@kernel()
def squared_error(first, second, stride, at, height, width):
    """The squared error of a part of two flat uint16 planes with the same stride, that begins at `at`."""
    total = np.int64(0)
    for i in range(height):
        for j in range(width):
            difference = np.int64(first[at + i * stride + j]) - np.int64(second[at + i * stride + j])
            total += difference * difference
    return total
