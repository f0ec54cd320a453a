"""Read-only arrays for the tables of the standard."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike


def table(values: ArrayLike, dtype: DTypeLike) -> np.ndarray:
    """Return values as a read-only C-contiguous array.

    Most kernels read tables as globals, which Numba compiles in as constants. A kernel that takes a table as
    an argument should always take one: Numba compiles it separately for arrays that can be written.
    """
    array = np.array(values, dtype=dtype)
    array.flags.writeable = False
    return array
