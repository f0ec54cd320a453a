"""What the searches for the in-loop filters share: work in bands on threads, and the squared error."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
Result = TypeVar("Result")


def each(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> list[Result]:
    """Call `work` with each item, on that many threads; the results are in the order of the items."""
    items = list(items)
    if threads <= 1 or len(items) < 2:
        return [work(item) for item in items]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


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
    from cfl.av1 import deblock_search_kernels as kernels

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
