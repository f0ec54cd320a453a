"""What commands print: tables on standard error, JSON where `--json` says."""

import csv
import io
import json
import os
import shutil
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from cfl.errors import CflError
from cfl.files import atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console
    from rich.table import Table

    from cfl.prediction import Prediction

STDOUT = Path("-")


class Advance(Protocol):
    """Called when some more steps are done."""

    def __call__(self, steps: int = 1, /) -> None: ...


def console() -> "Console":
    """A console on standard error, without markup: names of files and columns may have brackets."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False)


def report(to_text: Callable[[int | None], str], *, standard_output: bool = True) -> None:
    """Print a report: on a terminal in lines that fit it, else in lines of any length.

    Parameters
    ----------
    to_text : function
        Takes the characters in a line, None for no limit, and returns the text.
    standard_output : bool
        False: to standard error, for something else goes to standard output.
    """
    stream = sys.stdout if standard_output else sys.stderr
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdigit() and int(columns) > 0 else None
    if width is None and stream.isatty():
        width = shutil.get_terminal_size().columns
    text = to_text(width) + "\n"
    if standard_output:
        print_out(text)
    else:
        remark(text.rstrip("\n"))


def remark(text: str) -> None:
    """Print something on standard error."""
    encoding = sys.stderr.encoding
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)


@contextmanager
def warnings_in_one_line() -> Iterator[None]:
    """Print each warning of the library once, as one line on standard error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        yield
    for message in dict.fromkeys(" ".join(str(warning.message).split()) for warning in caught):
        remark(f"cfl: warning: {message}")


@contextmanager
def progress(verb: str, total: int | None = None, *, counted: bool = True) -> Iterator[Advance]:
    """Show a progress bar, on a terminal only. Call the result to count one step, or several.

    Parameters
    ----------
    verb : str
        What is going on.
    total : int, optional
        How many steps there are, if that is known.
    counted : bool
        Show numbers rather than per cent of the total.
    """
    shown = console()
    if not shown.is_terminal:
        yield lambda steps=1: None
        return
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    of_all = "{task.completed}/{task.total}" if counted else "{task.percentage:.0f} %"
    numbers = "{task.completed}" if total is None else of_all
    columns: list[ProgressColumn] = [
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn(numbers),
        TimeElapsedColumn(),
    ]
    if total is not None:
        columns.insert(2, BarColumn())
    with Progress(*columns, console=shown, transient=True) as bars:
        task = bars.add_task(verb, total=total)
        yield lambda steps=1: bars.advance(task, steps)


def table(title: str, *columns: str) -> "Table":
    """An empty table: the first column is names, the others are numbers."""
    from rich import box
    from rich.table import Table

    result = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for index, column in enumerate(columns):
        result.add_column(column, justify="right" if index else "left")
    return result


def write_json(path: Path | None, report: dict[str, Any]) -> None:
    """Write a report to a file, or to standard output for '-'."""
    if path is None:
        return
    text = json.dumps(report, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    if path == STDOUT:
        print_out(text)
        return
    with atomic_write(path) as file:
        file.write(utf8(text))


def utf8(text: str) -> bytes:
    """Encode a text as UTF-8, escaping the bytes of file names that are not UTF-8."""
    return text.encode(errors="backslashreplace")


def print_out(text: str) -> None:
    """Write to standard output, at once.

    Raises
    ------
    OSError
        Nobody reads it; the error's filename is "standard output".
    """
    try:
        encoding = sys.stdout.encoding
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
    except OSError as error:
        error.filename = "standard output"
        raise


def figure_format(path: Path) -> str:
    """The format that the path's ending names; PNG if there is no ending.

    Raises
    ------
    CflError
        Matplotlib does not write that format.
    """
    from matplotlib.backend_bases import FigureCanvasBase

    kind = path.suffix.lower().lstrip(".") or "png"
    if kind not in FigureCanvasBase.get_supported_filetypes():
        raise CflError(f"{path}: figures cannot be written as .{kind}")
    return kind


def save_figure(figure: "Figure", path: Path, file: IO[bytes]) -> None:
    """Write a figure to an open file; see `figure_format`."""
    figure.savefig(file, format=figure_format(path))


def decibels(value: float | str) -> str:
    """A PSNR with two decimals. In a report, infinity is a string."""
    return f"{value:.2f}" if isinstance(value, float) else "∞"


class BlocksCsv:
    """The CSV of `cfl predict`: a header, then a row for each block."""

    FIELDS = ("x", "y", "w", "h", "alpha_u", "alpha_v", "dc_u", "dc_v", "sse_u", "sse_v", "r2_u", "r2_v")

    def __init__(self, file: IO[bytes]):
        self._file = file
        self._rows([("frame", *self.FIELDS)])

    def add(self, frame: int, prediction: "Prediction") -> None:
        """Write the blocks of one frame."""
        rows = prediction.blocks[list(self.FIELDS)].tolist()
        self._rows((frame, *row) for row in rows)

    def _rows(self, rows: Iterable[tuple[Any, ...]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._file.write(text.getvalue().encode())
