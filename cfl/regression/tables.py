"""Columns of a table in a file, some rows at a time: CSV, TSV and Parquet through pyarrow."""

import csv
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from cfl.regression.cells import WAY_OUT, as_numbers, as_texts, is_missing, shortened
from cfl.regression.exceptions import RegressionError
from cfl.regression.validation import Array

PARQUET_MAGIC = b"PAR1"
PART = 2**20
"""Bytes of text that are filtered at once."""


class Part(NamedTuple):
    """Some rows of a table.

    Attributes
    ----------
    numbers : (n, n_numbers) float64 array
    texts : tuple of (n,) object arrays
        Text, a column each.
    rows : (n,) int64 array
        Number of each row in the table, from 1 on; rows that were dropped are counted.
    """

    numbers: Array
    texts: tuple[npt.NDArray[np.object_], ...]
    rows: npt.NDArray[np.int64]


class Table:
    r"""A table in a file, whose columns are read once, from the start, some rows at a time.

    Parameters
    ----------
    path : path-like
        A file whose name ends in .parquet or .pq is Parquet; .tsv or .tab has tabs between its cells; any
        other has commas. The first line of text has the names of the columns. "-" is standard input: Parquet
        if it begins as such a file does, else with tabs if its first line has one, else with commas.
    separator : str, optional
        Between the cells of text, one ASCII character.
    decimal : {".", ","}, default "."
        What stands before the decimals of numbers in text.
    comment : str, optional
        Lines of text that begin with this are left out.
    na : {"error", "drop"}, default "error"
        What to do with a row where a cell that is asked for has no value, because it is empty, null, NaN or a
        word such as NA: raise an error, or leave the row out and count it.

    Attributes
    ----------
    dropped : int
        Rows left out so far, for want of a value.
    names : list of str
        Names of the columns.
    path : str
        The path as text.

    Raises
    ------
    RegressionError
        There is no such file, pyarrow is not installed, there is no line of names, or an option is unknown.

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
    dropped: int

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        separator: str | None = None,
        decimal: str = ".",
        comment: str | None = None,
        na: str = "error",
    ):
        _pyarrow()
        _check_options(separator, decimal, comment, na)
        self.path = os.fspath(path)
        try:
            # Open as long as the table is read, see `close`.
            file: IO[bytes] = sys.stdin.buffer if self.path == "-" else Path(path).open("rb")  # noqa: SIM115
        except OSError as error:
            raise RegressionError(f"cannot read {self.path}: {error.strerror}") from error
        self._start(file, separator, decimal, comment, na)

    @classmethod
    def _of_file(cls, file: IO[bytes], options: dict[str, Any]) -> Self:
        """Return the table in an open file that has what standard input had."""
        table = cls.__new__(cls)
        table.path = "-"
        table._start(file, **options)
        return table

    def _start(
        self, file: IO[bytes], separator: str | None, decimal: str, comment: str | None, na: str
    ) -> None:
        self.dropped = 0
        self._file, self._decimal, self._na = file, decimal, na
        self._parquet: Any = None
        self._ragged = ""
        self._separator = ","
        if self._is_parquet():
            self._open_parquet()
        else:
            if comment is not None:
                self._file = io.BufferedReader(
                    _WithoutComments(file, comment.encode(errors="surrogateescape")), PART
                )
            self._read_header(separator)

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
        for part in self.parts(names):
            yield part.numbers

    def parts(self, numbers: Sequence[str], texts: Sequence[str] = ()) -> Iterator[Part]:
        r"""Yield the rows of some columns of numbers and of some of text, in parts.

        Parameters
        ----------
        numbers : sequence of str
            Columns to read as numbers.
        texts : sequence of str, optional
            Columns to read as text, without spaces around it.

        Yields
        ------
        part : Part
            Some rows, as a tuple: the numbers as an (n_rows, n_numbers) array, a tuple with an array of text
            for each column of text, and the number of each row, from 1 on.

        Raises
        ------
        RegressionError
            See `columns`.

        See Also
        --------
        columns : For numbers alone.

        Examples
        --------
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from cfl.regression import Table
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder, "runs.csv")
        ...     _ = path.write_text("machine,cost\n old,1\nnew,NA\nnew,3\n")
        ...     table = Table(path, na="drop")
        ...     numbers, (machines,), rows = next(table.parts(["cost"], ["machine"]))
        ...     table.close()
        >>> numbers.tolist(), machines.tolist(), rows.tolist(), table.dropped
        ([[1.0], [3.0]], ['old', 'new'], [1, 3], 1)
        """
        names = [*numbers, *texts]
        self._check_names(names)
        pyarrow, row, self.dropped = _pyarrow(), 0, 0
        try:
            for batch in self._batches(list(dict.fromkeys(names))):
                yield self._part(batch, numbers, texts, row)
                row += batch.num_rows
        except pyarrow.ArrowException as error:
            what = self._ragged or f"cannot read {self.path}: {str(error).splitlines()[0]}"
            raise RegressionError(what) from error
        if row == 0:
            raise RegressionError("the table has no rows")
        if row == self.dropped:
            raise RegressionError(f"each of the {row} rows lacks a value: none is left")

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self._file is not sys.stdin.buffer:
            self._file.close()

    def _check_names(self, names: Sequence[str]) -> None:
        for name in names:
            if self.names.count(name) == 1:
                continue
            many = "no column" if name not in self.names else "more than one column"
            hint = ""
            if len(self.names) == 1:
                found = [mark for mark in (";", "\t", "|", ",") if mark in self.names[0]]
                hint = f" (is {found[0]!r} the separator?)" if found else ""
            if self.names[0][:1] in ("#", "%", "!"):
                hint = f" (does {self.names[0][0]!r} begin comments?)"
            shown = ", ".join(self.names)
            raise RegressionError(f"the table has {many} {name!r}; its columns: {shown}{hint}")

    def _part(self, batch: Any, numbers: Sequence[str], texts: Sequence[str], before: int) -> Part:
        rows = np.arange(before + 1, before + batch.num_rows + 1)
        if self._na == "drop":
            missing = np.zeros(batch.num_rows, bool)
            for name in batch.schema.names:
                missing |= is_missing(batch.column(name))
            if np.any(missing):
                self.dropped += int(np.count_nonzero(missing))
                batch, rows = batch.filter(_pyarrow().array(~missing)), rows[~missing]
        matrix = np.empty((batch.num_rows, len(numbers)))
        for k, name in enumerate(numbers):
            matrix[:, k] = as_numbers(batch.column(name), name, rows, self._decimal)
        words = []
        for name in texts:
            lacking = np.flatnonzero(is_missing(batch.column(name)))
            if len(lacking):
                raise RegressionError(
                    f"column {name!r}, row {rows[lacking[0]]}: the cell has no value ({WAY_OUT})"
                )
            words.append(as_texts(batch.column(name)))
        return Part(matrix, tuple(words), rows)

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

    def _read_header(self, separator: str | None) -> None:
        try:
            line = self._file.readline().decode("utf-8-sig").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise RegressionError(f"{self.path} is no table: its first line is not UTF-8 text") from error
        tabs = Path(self.path).suffix.lower() in (".tsv", ".tab") or (self.path == "-" and "\t" in line)
        self._separator = separator or ("\t" if tabs else ",")
        if self._decimal == self._separator:
            raise RegressionError("a comma cannot both separate cells and stand before decimals")
        names = next(csv.reader([line], delimiter=self._separator), [])
        self.names = [name.strip() for name in names]
        if not self.names:
            raise RegressionError(f"{self.path} is empty: its first line should have the columns' names")

    def _batches(self, names: list[str]) -> Iterator[Any]:
        if self._parquet is not None:
            return iter(self._parquet.iter_batches(columns=names))
        pyarrow = _pyarrow()
        # Names in the file may be equal, so the columns go by their positions.
        positions = [f"c{k}" for k in range(len(self.names))]
        wanted = [positions[self.names.index(name)] for name in names]
        try:
            reader = pyarrow.csv.open_csv(
                self._file,
                # With threads, the parser could not say which row is wrong; it gains no time by them.
                read_options=pyarrow.csv.ReadOptions(column_names=positions, use_threads=False),
                parse_options=pyarrow.csv.ParseOptions(
                    delimiter=self._separator, invalid_row_handler=self._keep_ragged
                ),
                convert_options=pyarrow.csv.ConvertOptions(
                    include_columns=wanted,
                    column_types=dict.fromkeys(wanted, pyarrow.string()),
                    strings_can_be_null=False,
                ),
            )
        except pyarrow.ArrowInvalid as error:
            if "Empty CSV" in str(error):
                return iter(())
            raise
        return (pyarrow.RecordBatch.from_arrays(batch.columns, names=names) for batch in reader)

    def _keep_ragged(self, row: Any) -> str:
        """Keep what is to be said of a row with too few or too many cells."""
        some = "1 cell" if row.actual_columns == 1 else f"{row.actual_columns} cells"
        many = "1 column" if row.expected_columns == 1 else f"{row.expected_columns} columns"
        self._ragged = f"row {row.number} has {some}, the table {many}: {shortened(row.text)}"
        return "error"


class _WithoutComments(io.RawIOBase):
    """A binary file less the lines that begin with some bytes."""

    def __init__(self, file: IO[bytes], comment: bytes):
        self._file, self._comment = file, comment
        self._line, self._ready = b"", b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            block = self._file.read(PART)
            text = self._line + block
            if not text:
                return 0
            end = text.rfind(b"\n") + 1 if block else len(text)
            self._line = text[end:]
            lines = text[:end].splitlines(keepends=True)
            self._ready = b"".join(line for line in lines if not line.lstrip().startswith(self._comment))
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size

    def close(self) -> None:
        if self._file is not sys.stdin.buffer:
            self._file.close()
        super().close()


def _check_options(separator: str | None, decimal: str, comment: str | None, na: str) -> None:
    if separator is not None and (len(separator) != 1 or not separator.isascii() or separator in '"\r\n'):
        raise RegressionError(f"separator must be one ASCII character, got {separator!r}")
    if decimal not in (".", ","):
        raise RegressionError(f"decimal must be '.' or ',', got {decimal!r}")
    if comment is not None and not comment.strip():
        raise RegressionError("comment must be what lines begin with, got nothing")
    if comment is not None and any("\ud800" <= each < "\udc80" for each in comment):
        raise RegressionError("comment has characters that no file can have")
    if na not in ("error", "drop"):
        raise RegressionError(f"na must be 'error' or 'drop', got {na!r}")


def _pyarrow() -> Any:
    try:
        import pyarrow
        import pyarrow.csv
    except ImportError as error:
        raise RegressionError("reading tables needs pyarrow: pip install pyarrow") from error
    return pyarrow
