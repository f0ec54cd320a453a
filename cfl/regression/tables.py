"""Columns of a table in a file, some rows at a time: CSV, TSV and Parquet through pyarrow."""

import csv
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from cfl.regression.exceptions import RegressionError
from cfl.regression.validation import Array

PARQUET_MAGIC = b"PAR1"


class Table:
    r"""A table in a file, whose columns are read once, from the start, some rows at a time.

    Parameters
    ----------
    path : path-like
        A file whose name ends in .parquet or .pq is Parquet; .tsv or .tab has tabs between its cells; any
        other has commas. The first line of text has the names of the columns. "-" is standard input: Parquet
        if it begins as such a file does, else with tabs if its first line has one, else with commas.

    Attributes
    ----------
    names : list of str
        Names of the columns.
    path : str
        The path as text.

    Raises
    ------
    RegressionError
        There is no such file, pyarrow is not installed, or there is no line of names.

    See Also
    --------
    fit_table : Fit one column by others.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from cfl.regression import Table
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "runs.csv")
    ...     _ = path.write_text("hours,cost\n0,1\n1,3\n")
    ...     table = Table(path)
    ...     for rows in table.columns(["cost", "hours"]):
    ...         print(rows.tolist())
    ...     table.close()
    [[1.0, 0.0], [3.0, 1.0]]
    >>> table.names
    ['hours', 'cost']
    """

    names: list[str]

    def __init__(self, path: str | os.PathLike[str]):
        _pyarrow()
        self.path = os.fspath(path)
        try:
            # Open as long as the table is read, see `close`.
            self._file: IO[bytes] = sys.stdin.buffer if self.path == "-" else Path(path).open("rb")  # noqa: SIM115
        except OSError as error:
            raise RegressionError(f"cannot read {self.path}: {error.strerror}") from error
        self._parquet: Any = None
        self._delimiter = ","
        if self._is_parquet():
            self._open_parquet()
        else:
            self._read_header()

    def columns(self, names: list[str]) -> Iterator[Array]:
        """Yield the rows of some columns, in parts.

        Parameters
        ----------
        names : list of str
            Columns to read, in the order wanted.

        Yields
        ------
        rows : (n_rows, n_names) float64 array
            Some rows; each value finite.

        Raises
        ------
        RegressionError
            There is no such column, a name occurs twice, a cell is missing or no finite number, or there are
            no rows.
        """
        for name in names:
            if self.names.count(name) != 1:
                many = "no column" if name not in self.names else "more than one column"
                raise RegressionError(f"the table has {many} {name!r}; its columns: {', '.join(self.names)}")
        pyarrow, row = _pyarrow(), 0
        try:
            for batch in self._batches(names):
                yield _as_array(batch, names, row)
                row += batch.num_rows
        except pyarrow.ArrowException as error:
            raise RegressionError(f"cannot read {self.path}: {str(error).splitlines()[0]}") from error
        if row == 0:
            raise RegressionError("the table has no rows")

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self.path != "-":
            self._file.close()

    def _is_parquet(self) -> bool:
        if self.path == "-":
            return self._file.peek(4)[:4] == PARQUET_MAGIC  # type: ignore[attr-defined]
        return Path(self.path).suffix.lower() in (".parquet", ".pq")

    def _open_parquet(self) -> None:
        from pyarrow import ArrowException, parquet

        file = io.BytesIO(self._file.read()) if self.path == "-" else self._file
        try:
            self._parquet = parquet.ParquetFile(file)
        except ArrowException as error:
            raise RegressionError(f"cannot read {self.path}: {str(error).splitlines()[0]}") from error
        self.names = list(self._parquet.schema_arrow.names)

    def _read_header(self) -> None:
        try:
            line = self._file.readline().decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise RegressionError(f"{self.path} is no table: its first line is not UTF-8 text") from error
        tabs = Path(self.path).suffix.lower() in (".tsv", ".tab") or (self.path == "-" and "\t" in line)
        self._delimiter = "\t" if tabs else ","
        self.names = next(csv.reader([line], delimiter=self._delimiter), [])
        if not self.names:
            raise RegressionError(f"{self.path} is empty: its first line should have the columns' names")

    def _batches(self, names: list[str]) -> Iterator[Any]:
        if self._parquet is not None:
            return self._parquet.iter_batches(columns=names)
        pyarrow = _pyarrow()
        try:
            return pyarrow.csv.open_csv(
                self._file,
                read_options=pyarrow.csv.ReadOptions(column_names=self.names),
                parse_options=pyarrow.csv.ParseOptions(delimiter=self._delimiter),
                convert_options=pyarrow.csv.ConvertOptions(
                    include_columns=names, column_types=dict.fromkeys(names, pyarrow.float64())
                ),
            )
        except pyarrow.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return iter(())
            raise


def _as_array(batch: Any, names: list[str], first_row: int) -> Array:
    """Return a batch as a matrix of finite numbers."""
    result = np.empty((batch.num_rows, len(names)))
    for k, name in enumerate(names):
        values = batch.column(name).cast(_pyarrow().float64()).to_numpy(zero_copy_only=False)
        if not np.all(np.isfinite(values)):
            row = first_row + int(np.flatnonzero(~np.isfinite(values))[0]) + 1
            raise RegressionError(f"column {name!r} has no finite number in row {row}")
        result[:, k] = values
    return result


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.csv
    except ImportError as error:
        raise RegressionError("reading tables needs pyarrow: pip install pyarrow") from error
    return pyarrow
