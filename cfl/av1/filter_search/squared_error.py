"""The squared error of parts of planes."""

from collections.abc import Sequence

import numpy as np

from cfl.threads import each


def squared_error(
    first: np.ndarray, second: np.ndarray, shape: tuple[int, int], corner: tuple[int, int] = (0, 0)
) -> int:
    """The squared error of a part of two planes.

    Parameters
    ----------
    first, second : (height, width) C-contiguous uint16 arrays
        Of the same shape.
    shape : (rows, columns)
    corner : (row, column), optional
        Where the part begins.
    """
    from cfl.av1.filter_search import squared_error_kernels as kernels

    stride = first.shape[1]
    start = corner[0] * stride + corner[1]
    return int(kernels.squared_error(first.reshape(-1), second.reshape(-1), stride, start, *shape))


def squared_errors(
    planes: Sequence[np.ndarray],
    source: Sequence[np.ndarray],
    shapes: Sequence[tuple[int, int]],
    threads: int = 1,
) -> list[int]:
    """The squared error of each plane; see `squared_error`."""
    return each(lambda work: squared_error(*work), zip(planes, source, shapes, strict=True), threads)
