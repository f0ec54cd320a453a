"""Moments of datasets that lie in many files, or on many machines."""

import os
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cfl.regression.exceptions import RegressionError
from cfl.regression.moments import Moments

ROWS = 2**17
"""Rows of an Arrow dataset that are read at a time."""


def moments_of(
    dataset: Any, *, x: Sequence[str], y: str | Sequence[str] | None = None, weights: str | None = None
) -> Moments:
    """Return the moments of columns of a dataset, which may be larger than memory.

    Parameters
    ----------
    dataset : dask.dataframe.DataFrame, pyarrow.dataset.Dataset, path-like or table
        A Dask collection is worked on where its parts are: by the client's workers, if there is one. An Arrow
        dataset, or the path of a file or folder of Parquet files, is read some rows at a time. Arrow tables,
        record batches, readers of them, and the tables of pandas and Polars are taken as they are.
    x : sequence of str
        Columns of the features.
    y : str or sequence of str, optional
        Columns of the targets.
    weights : str, optional
        Column of weights, each at least 0.

    Returns
    -------
    moments : Moments
        Of all rows; exact if all columns are integers and there are no weights. The order of parts makes no
        difference.

    Raises
    ------
    RegressionError
        There is no such column, a column is named twice or in two roles, a value is missing or no finite
        number, the dataset has no rows, or what reads it is not installed.
    TypeError
        `dataset` is none of these.

    See Also
    --------
    Moments.linear_regression : The fit from them.
    fit_table : A fit of a single file.

    Examples
    --------
    >>> import pyarrow
    >>> from cfl.regression import moments_of
    >>> table = pyarrow.table({"hours": [0, 1, 2, 3], "cost": [1, 3, 5, 7]})
    >>> moments = moments_of(table, x=["hours"], y="cost")
    >>> moments.n_samples, moments.exact, moments.linear_regression().coef_
    (4, True, array([2.]))
    """
    targets = [] if y is None else [y] if isinstance(y, str) else list(y)
    columns = Columns(list(x), targets, weights)
    if not columns.x:
        raise RegressionError("x names no column.")
    _check_roles(columns)
    if hasattr(dataset, "to_delayed"):
        result = _of_dask(dataset, columns)
    else:
        result = Moments()
        for batch in _batches(dataset, columns):
            result.merge(_of_batch(batch, columns))
    if result.n_columns == 0:
        raise RegressionError("the dataset has no rows")
    return result


class Columns:
    """The columns that are wanted, by their role."""

    def __init__(self, x: list[str], y: list[str], weights: str | None):
        self.x, self.y, self.weights = x, y, weights

    @property
    def names(self) -> list[str]:
        """All of them, each once."""
        own = [] if self.weights is None else [self.weights]
        return list(dict.fromkeys([*self.x, *self.y, *own]))


def _of_dask(dataset: Any, columns: Columns) -> Moments:
    """Have Dask make the moments of each part and merge them, two and two."""
    import dask

    missing = [name for name in columns.names if name not in dataset.columns]
    if missing:
        raise _no_column(missing[0], dataset.columns)
    of_part, merged = dask.delayed(_of_batch, pure=False), dask.delayed(_merged, pure=False)
    parts = [of_part(part, columns) for part in dataset[columns.names].to_delayed()]
    while len(parts) > 1:
        parts = [merged(parts[k : k + 2]) for k in range(0, len(parts), 2)]
    result: Moments = parts[0].compute()
    return result


def _merged(parts: list[Moments]) -> Moments:
    result = Moments()
    for part in parts:
        result.merge(part)
    return result


def _batches(dataset: Any, columns: Columns) -> Iterator[Any]:
    """Yield tables of some rows each."""
    if type(dataset).__module__.split(".")[0] == "pandas":
        _check_names(columns, dataset.columns)
        yield dataset
        return
    try:
        import pyarrow
        import pyarrow.dataset
    except ImportError as error:
        raise RegressionError("reading datasets needs pyarrow: pip install pyarrow") from error
    if isinstance(dataset, str | os.PathLike):
        dataset = _open(dataset, pyarrow)
    elif type(dataset).__module__.split(".")[0] != "pyarrow" and hasattr(dataset, "__arrow_c_stream__"):
        dataset = pyarrow.RecordBatchReader.from_stream(dataset)
    if isinstance(dataset, pyarrow.Table | pyarrow.RecordBatch):
        _check_names(columns, dataset.schema.names)
        yield from pyarrow.table(dataset).to_batches(max_chunksize=ROWS)
    elif isinstance(dataset, pyarrow.RecordBatchReader):
        _check_names(columns, dataset.schema.names)
        yield from dataset
    elif isinstance(dataset, pyarrow.dataset.Dataset):
        _check_names(columns, dataset.schema.names)
        # Little is read ahead, so that memory does not depend on the number of files.
        yield from dataset.to_batches(
            columns=columns.names, batch_size=ROWS, batch_readahead=2, fragment_readahead=1
        )
    else:
        raise TypeError(
            "dataset must be a Dask or Arrow dataset, a table or the path of Parquet files, "
            f"got {type(dataset).__name__}"
        )


def _open(path: str | os.PathLike[str], pyarrow: Any) -> Any:
    try:
        return pyarrow.dataset.dataset(os.fspath(path), format="parquet", partitioning="hive")
    except FileNotFoundError as error:
        raise RegressionError(f"cannot read {os.fspath(path)}: No such file or directory") from error
    except (OSError, pyarrow.ArrowException) as error:
        raise RegressionError(f"cannot read {os.fspath(path)}: {str(error).splitlines()[0]}") from error


def _of_batch(batch: Any, columns: Columns) -> Moments:
    """Return the moments of a part, a pandas or Arrow table."""
    if len(batch) == 0:
        return Moments()
    arrays = {name: _as_array(batch[name], name) for name in columns.names}
    X = _side_by_side([arrays[name] for name in columns.x])
    y = _side_by_side([arrays[name] for name in columns.y]) if columns.y else None
    weights = None if columns.weights is None else arrays[columns.weights]
    return Moments().partial_fit(X, y[:, 0] if y is not None and y.shape[1] == 1 else y, weights)


def _as_array(column: Any, name: str) -> npt.NDArray[Any]:
    """Return a column as an array of numbers, integers as they are."""
    missing = getattr(column, "null_count", None)
    if missing is None:
        missing = int(column.isna().sum())
    if missing:
        raise RegressionError(f"column {name!r} has {missing} missing values in a part of {len(column)} rows")
    is_arrow = type(column).__module__.startswith("pyarrow")
    array = np.asarray(column.to_numpy(zero_copy_only=False) if is_arrow else column.to_numpy())
    if array.dtype.kind not in "biuf":
        raise RegressionError(f"column {name!r} does not hold numbers but {array.dtype}")
    return array


def _side_by_side(arrays: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Return columns as a matrix: of integers if all are, else of floats."""
    if all(array.dtype.kind in "biu" for array in arrays):
        # NumPy would make floats of uint64 beside signed integers.
        wide = [array.dtype == np.uint64 and array.max() < 2**63 for array in arrays]
        return np.stack([a.astype(np.int64) if w else a for a, w in zip(arrays, wide, strict=True)], axis=1)
    return np.stack([array.astype(np.float64) for array in arrays], axis=1)


def _check_roles(columns: Columns) -> None:
    """Raise `RegressionError` unless each column is named once, in one role."""
    own = [] if columns.weights is None else [columns.weights]
    found: dict[str, str] = {}
    for role, names in (("x", columns.x), ("y", columns.y), ("weights", own)):
        for name in names:
            if name in found:
                twice = f"twice as {role}" if found[name] == role else f"as {found[name]} and as {role}"
                raise RegressionError(f"column {name!r} is given {twice}")
            found[name] = role


def _check_names(columns: Columns, present: Any) -> None:
    for name in columns.names:
        if name not in present:
            raise _no_column(name, present)


def _no_column(name: str, present: Any) -> RegressionError:
    return RegressionError(f"the dataset has no column {name!r}; its columns: {', '.join(map(str, present))}")
