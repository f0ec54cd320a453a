"""Read-only arrays for the tables of the standard."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike


def table(values: ArrayLike, dtype: DTypeLike) -> np.ndarray:
    """Return values as a read-only C-contiguous array.

    Kernels take tables as arguments, and Numba compiles for read-only arrays separately, so a kernel that
    takes a table should always take a table.
    """
    array = np.array(values, dtype=dtype)
    array.flags.writeable = False
    return array
