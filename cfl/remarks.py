"""Warnings: what is lost or assumed on the way, in one line each."""

import warnings


class CflWarning(UserWarning):
    """Something of a picture was lost, changed or assumed; the samples are right.

    Commands print it as one line on standard error. In Python, `warnings.filterwarnings` decides what becomes
    of it.

    See Also
    --------
    CflError : What stops the work.

    Examples
    --------
    Alpha that a file cannot hold:

    >>> import warnings
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> frame = cfl.rgb_to_frame(np.zeros((2, 2, 4), np.uint8))
    >>> with TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always", cfl.CflWarning)
    ...     cfl.write(Path(folder, "black.yuv"), frame)
    >>> [str(warning.message) for warning in caught]
    ['raw YUV has no place for it: alpha is dropped']
    """


def remark(message: str) -> None:
    """Warn in one line; `CflWarning` says what it is for."""
    warnings.warn(CflWarning(message), stacklevel=3)
