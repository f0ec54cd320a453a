"""A folder of results: a Parquet file for each unit, which is there whole or not at all.

The folder holds `cfl-lab.json`, which says what it is, `runs/`, a file for each call that added to it, and
`units/`, whose files are one dataset: `units/*/*.parquet`. A unit is found by its key. What failed is in
`units/failed/`, as a row with its error, until it succeeds.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cfl import __version__
from cfl.errors import CflError
from cfl.files import atomic_write
from cfl.lab.units import Experiment, Result, Row, Unit, failure_key

if TYPE_CHECKING:
    import pyarrow

_ABOUT = "cfl-lab.json"
MOST_FAILURES = 100
"""That a report lists."""
_PLAIN: dict[str, Any] = {"write_statistics": False, "use_dictionary": False, "compression": "none"}
"""A file has few rows: what finds or shrinks them in large files takes half of the time here, and room."""
_FORMAT = 1
_COMMON = {
    "picture": "string",
    "picture_key": "string",
    "unit": "string",
    "error": "string",
    "cfl_version": "string",
}
"""The columns that rows of every kind have, the first ones."""
COMMON = tuple(_COMMON)


class Results:
    """A folder of results; `create` makes it or goes on with it, `open` reads it.

    Parameters
    ----------
    folder : Path
    about : dict
        What `cfl-lab.json` says.

    Attributes
    ----------
    folder : Path
    kind : str
        What the results are of: "predictors", "encoders" or "ablation".
    """

    def __init__(self, folder: Path, about: dict[str, Any]):
        self.folder, self.kind = folder, about["kind"]
        self._columns: dict[str, str] = about["columns"]

    @classmethod
    def create(cls, folder: str | os.PathLike[str], experiment: Experiment) -> "Results":
        """Make a folder for results, or go on with one.

        Raises
        ------
        CflError
            The folder is not one of results, or they are of another kind or version.
        """
        path = _checked(folder)
        columns = _COMMON | experiment.columns()
        about = {"format": _FORMAT, "kind": experiment.kind, "cfl_version": __version__, "columns": columns}
        if path.exists() and not path.is_dir():
            raise CflError(f"{path}: it is a file; results need a folder")
        if path.exists() and any(path.iterdir()):
            results = cls.open(path)
            if results.kind != experiment.kind:
                raise CflError(f"{path}: it has results of {results.kind}, not of {experiment.kind}")
            return results
        path.mkdir(parents=True, exist_ok=True)
        with atomic_write(path / _ABOUT) as file:
            file.write(json.dumps(about, indent=2).encode())
        return cls(path, about)

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> "Results":
        """Read a folder of results.

        Raises
        ------
        CflError
            It is not one, or of another version.
        """
        path = _checked(folder)
        if not path.is_dir():
            raise CflError(f"{path}: there is no such folder of results")
        try:
            about = json.loads((path / _ABOUT).read_text())
            kind, version, format_ = about["kind"], about["cfl_version"], about["format"]
            about["columns"].items()
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            raise CflError(f"{path}: it is not a folder of results of cfl lab") from None
        if (version, format_) != (__version__, _FORMAT):
            raise CflError(
                f"{path}: its results of {kind} are of cfl {version}, this is {__version__}: "
                "they cannot be mixed; choose another folder"
            )
        return cls(path, about)

    # --- Writing

    def has(self, unit: Unit) -> bool:
        """Whether the results of a unit are there."""
        return self._path(unit.key).exists()

    def add(self, picture: str, unit: Unit, result: Result) -> None:
        """Write what became of a unit."""
        failed = self._failed(failure_key(self.kind, picture, unit.setting))
        if result.error is not None:
            row = {"picture": picture, "unit": unit.key, **unit.setting, "error": result.error}
            self._write(failed, [row])
            return
        self._write(self._path(unit.key), result.rows)
        failed.unlink(missing_ok=True)

    def add_failure(self, picture: str, error: str) -> None:
        """Write that a picture could not be read."""
        path = self._failed(failure_key(self.kind, picture, {}))
        self._write(path, [{"picture": picture, "error": error}])

    def forget_failure(self, picture: str) -> None:
        """A picture that could not be read once was read now."""
        self._failed(failure_key(self.kind, picture, {})).unlink(missing_ok=True)

    def add_run(self, name: str, run: dict[str, Any]) -> None:
        """Write how a call was made."""
        with _made(self.folder / "runs" / f"{name}.json") as path, atomic_write(path) as file:
            file.write(json.dumps(run, indent=2).encode())

    def _write(self, path: Path, rows: list[Row]) -> None:
        import pyarrow.parquet

        table = _table(rows, self.schema)
        with _made(path), atomic_write(path) as file:
            pyarrow.parquet.write_table(table, file, **_PLAIN)

    def _path(self, key: str) -> Path:
        return self.folder / "units" / key[:2] / f"{key}.parquet"

    def _failed(self, key: str) -> Path:
        return self.folder / "units" / "failed" / f"{key}.parquet"

    # --- Reading

    @property
    def is_empty(self) -> bool:
        """Whether no unit has succeeded yet."""
        return not any((self.folder / "units").glob("??/*.parquet"))

    @cached_property
    def schema(self) -> "pyarrow.Schema":
        """The columns of the dataset."""
        return _schema(self._columns)

    def table(self, columns: Sequence[str] | None = None) -> "pyarrow.Table":
        """All rows that succeeded, in an order that depends on nothing but them."""
        found = self._read("??").sort_by([("picture", "ascending"), ("unit", "ascending")])
        return found if columns is None else found.select(list(columns))

    def failures(self) -> list[Row]:
        """The rows that failed."""
        rows: list[Row] = self._read("failed").to_pylist()
        return sorted(rows, key=lambda row: row["picture"])

    def _read(self, folders: str) -> "pyarrow.Table":
        """The rows of the files of some folders; what else lies there does not matter."""
        import pyarrow
        import pyarrow.dataset

        paths = sorted(map(str, (self.folder / "units").glob(f"{folders}/*.parquet")))
        try:
            return pyarrow.dataset.dataset(paths, self.schema, format="parquet").to_table()
        except (pyarrow.ArrowException, OSError) as error:
            line = str(error).partition("\n")[0]
            raise CflError(f"{self.folder}: a file is damaged; remove it, and run again: {line}") from error

    def runs(self) -> list[dict[str, Any]]:
        """How each call was made, in the order of time."""
        return [_run_in(path) for path in sorted((self.folder / "runs").glob("*.json"))]


def _run_in(path: Path) -> dict[str, Any]:
    try:
        run: dict[str, Any] = json.loads(path.read_text())
    except ValueError as error:
        raise CflError(f"{path}: it is damaged; remove it") from error
    return run


def table_of(experiment: Experiment, rows: Sequence[Row]) -> "pyarrow.Table":
    """Rows as a table like that of their dataset."""
    return _table(rows, _schema(_COMMON | experiment.columns()))


def _schema(columns: dict[str, str]) -> "pyarrow.Schema":
    import pyarrow

    return pyarrow.schema([(name, pyarrow.type_for_alias(type_)) for name, type_ in columns.items()])


def _table(rows: Sequence[Row], schema: "pyarrow.Schema") -> "pyarrow.Table":
    """What a row has not is null, and what has no column is left out."""
    import pyarrow

    full = [{"cfl_version": __version__} | row for row in rows]
    texts = [{name: _text(value) for name, value in row.items()} for row in full]
    return pyarrow.Table.from_pylist(texts, schema=schema)


def _text(value: Any) -> Any:
    """Bytes of file names that are not UTF-8 are escaped: columns of text have none."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _checked(folder: str | os.PathLike[str]) -> Path:
    """A path that Arrow can open."""
    try:
        os.fspath(folder).encode()
    except UnicodeEncodeError:
        raise CflError(f"{folder}: the name of a folder of results must be UTF-8") from None
    return Path(folder)


@contextlib.contextmanager
def _made(path: Path) -> Iterator[Path]:
    """Make the folder of a file that is to be written."""
    path.parent.mkdir(exist_ok=True, parents=True)
    yield path
