"""Check what users pass in; messages are like scikit-learn's."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cfl.regression.exceptions import RegressionError

Array = npt.NDArray[np.float64]

FEW = 4096
"""Numbers that are looked at one by one; of more, the sum comes first."""


def as_matrix(data: Any, name: str = "X") -> Array:
    """Return `data` as a finite float64 matrix.

    Parameters
    ----------
    data : array-like, shape (n_samples, n_features)
        Numbers of any real dtype; a pandas or Polars table too.
    name : str
        What messages call it.

    Returns
    -------
    matrix : (n_samples, n_features) float64 array
        `data` itself where it is one already. At least one sample and one feature, all finite.

    Raises
    ------
    RegressionError
        Not two-dimensional, empty, complex, text, NaN, infinite or too large for float64.
    TypeError
        Sparse, or an element that is no number.
    """
    matrix = as_float(data, name)
    if matrix.ndim != 2:
        kind = "scalar" if matrix.ndim == 0 else f"{matrix.ndim}D"
        raise RegressionError(
            f"Expected 2D array for {name}, got {kind} array instead. Reshape your data either using "
            "array.reshape(-1, 1) if your data has a single feature or array.reshape(1, -1) if it contains "
            "a single sample."
        )
    for axis, what in enumerate(("sample", "feature")):
        if matrix.shape[axis] == 0:
            raise RegressionError(
                f"Found array with 0 {what}(s) (shape={matrix.shape}) while a minimum of 1 is required."
            )
    check_finite(matrix, name)
    return matrix


def as_targets(data: Any, n_samples: int, estimator: str = "This estimator") -> Array:
    """Return the targets as a finite float64 vector or matrix with one row a sample.

    Parameters
    ----------
    data : array-like, shape (n_samples,) or (n_samples, n_targets)
    n_samples : int
        Rows of the features.
    estimator : str
        Who asks, for the message where `data` is None.

    Raises
    ------
    RegressionError
        Missing, of another length, or not finite numbers in one or two dimensions.
    """
    if data is None:
        raise RegressionError(f"{estimator} requires y to be passed, but the target y is None.")
    targets = as_float(data, "y")
    if targets.ndim not in (1, 2) or targets.shape[-1] == 0:
        raise RegressionError(f"y should be a 1d array or a 2d array, got an array of shape {targets.shape}.")
    check_consistent_length(n_samples, targets.shape[0])
    check_finite(targets, "y")
    return targets


def as_weights(data: Any, n_samples: int) -> Array | None:
    """Return sample weights as a float64 vector, None for equal weights.

    Raises
    ------
    RegressionError
        Of another shape, not finite, negative, or all zero. A single zero is allowed: it leaves its
        sample out.
    """
    if data is None:
        return None
    weights = as_float(data, "sample_weight")
    if weights.ndim == 0:
        weights = np.full(n_samples, weights)
    if weights.ndim != 1:
        raise RegressionError(f"Sample weights must be 1D array or scalar, got {weights.ndim}D array.")
    if weights.shape != (n_samples,):
        raise RegressionError(f"sample_weight.shape == {weights.shape}, expected {(n_samples,)}!")
    check_finite(weights, "sample_weight")
    if np.any(weights < 0):
        raise RegressionError("Negative values in data passed to `sample_weight`.")
    if not np.any(weights):
        raise RegressionError("Sample weights must contain at least one non-zero number.")
    return weights


def check_consistent_length(*lengths: int) -> None:
    """Raise `RegressionError` unless all lengths are equal."""
    if len(set(lengths)) > 1:
        raise RegressionError(f"Found input variables with inconsistent numbers of samples: {list(lengths)}.")


def check_finite(array: npt.NDArray[Any], name: str) -> None:
    """Raise `RegressionError` if a float array holds NaN or infinity."""
    if array.size <= FEW:
        if np.isfinite(array).all():
            return
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(array.sum()):
                return
    if np.any(np.isnan(array)):
        raise RegressionError(f"Input {name} contains NaN.")
    if np.any(np.isinf(array)):
        raise RegressionError(f"Input {name} contains infinity or a value too large for dtype('float64').")


def feature_names(data: Any) -> npt.NDArray[np.object_] | None:
    """Return the column names of a table whose names are all strings, else None.

    Raises
    ------
    TypeError
        Some names are strings and some are not.
    """
    columns = getattr(data, "columns", None)
    if columns is None or not hasattr(data, "shape"):
        return None
    names = np.asarray(list(columns), dtype=object)
    are_text = [isinstance(name, str) for name in names]
    if any(are_text) and not all(are_text):
        raise TypeError("Feature names are only supported if all input features have string names.")
    return names if len(names) and all(are_text) else None


def check_feature_names(seen: npt.NDArray[np.object_], now: npt.NDArray[np.object_]) -> None:
    """Raise `RegressionError` if the names of a later call are not those of `fit`, in order."""
    if np.array_equal(seen, now):
        return
    message = "The feature names should match those that were passed during fit.\n"
    unseen, missing = sorted(set(now) - set(seen)), sorted(set(seen) - set(now))
    for title, names in (
        ("Feature names unseen at fit time", unseen),
        ("Feature names seen at fit time, yet now missing", missing),
    ):
        if names:
            shown = names if len(names) <= 5 else [*names[:5], "..."]
            message += f"{title}:\n" + "".join(f"- {name}\n" for name in shown)
    if not unseen and not missing:
        message += "Feature names must be in the same order as they were in fit.\n"
    raise RegressionError(message)


def as_float(data: Any, name: str) -> Array:
    """Return `data` as a float64 array of any shape, itself where it is one already.

    Raises
    ------
    RegressionError, TypeError
        As `as_matrix`, but infinite values and NaN pass.
    """
    array = as_array(data, name)
    if array.dtype == np.float64:
        return array
    try:
        with np.errstate(over="ignore"):
            return array.astype(np.float64, copy=False)
    except OverflowError as error:
        raise RegressionError(
            f"Input {name} contains infinity or a value too large for dtype('float64')."
        ) from error
    except ValueError as error:
        raise RegressionError(f"Unable to convert {name} to numbers: {error}") from error
    except TypeError as error:
        if any(type(value).__name__ == "NAType" for value in array.flat):  # pandas.NA
            raise RegressionError(f"Input {name} contains NaN.") from error
        raise


def as_array(data: Any, name: str) -> npt.NDArray[Any]:
    """Return `data` as an array of the dtype it has, which is real numbers or objects.

    Raises
    ------
    RegressionError
        Ragged, complex, text or times.
    TypeError
        Sparse.
    """
    if hasattr(data, "toarray") and hasattr(data, "nnz"):
        raise TypeError(
            f"Sparse data was passed for {name}, but dense data is required. "
            "Use '.toarray()' to convert to a dense numpy array."
        )
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise RegressionError(f"Input {name} is not a rectangular array: {error}") from error
    if array.dtype.kind == "c":
        raise RegressionError(f"Complex data not supported: {name} has dtype {array.dtype}.")
    if array.dtype.kind in "SUmM":
        raise RegressionError(
            f"dtype='numeric' is not compatible with arrays of bytes/strings or times: {name} has dtype "
            f"{array.dtype}. Convert your data to numeric values explicitly instead."
        )
    return array
