"""What commands print: reports on standard output, remarks and progress on standard error."""

import io
import json
import os
import shutil
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Protocol

from cfl.cli import pipes
from cfl.cli.pipes import STDIO
from cfl.errors import CflError
from cfl.files import atomic_write

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

STDOUT = STDIO


class _Settings:
    """What the options `--quiet` and `--verbose` say, for the whole process."""

    quiet = False
    verbose = False


settings = _Settings()
_said: set[str] = set()
_speaking = threading.Lock()
_file = threading.local()


class Advance(Protocol):
    """Called when some more steps are done."""

    def __call__(self, steps: int = 1, /) -> None: ...


class Table(NamedTuple):
    """A table: the first column is names, the others are numbers."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def to_text(self, width: int | None) -> str:
        """Its lines; a row that is longer than `width` goes on in the next line."""
        from cfl.regression.text_table import text_table

        return f"{self.title}\n{text_table(self.header, self.rows, width=width)}\n"


def report(to_text: Callable[[int | None], str], *, standard_output: bool = True) -> None:
    """Print a report: on a terminal in lines that fit it, else in lines of any length.

    Parameters
    ----------
    to_text : function
        Takes the characters in a line, None for no limit, and returns the text.
    standard_output : bool
        False: to standard error, for something else goes to standard output.
    """
    if settings.quiet:
        return
    stream = sys.stdout if standard_output else sys.stderr
    columns = os.environ.get("COLUMNS", "")
    width = int(columns) if columns.isdigit() and int(columns) > 0 else None
    if width is None and stream.isatty():
        width = shutil.get_terminal_size().columns
    text = to_text(width) + "\n"
    if standard_output:
        print_out(text)
    else:
        print_error(text.rstrip("\n"))


def show(parts: Sequence[str | Table], *, json: Path | None = None, data: Path | None = None) -> None:
    """Print a report of lines and tables.

    With `--json -` there is none. Where a file is written to standard output, it goes to standard error.

    Parameters
    ----------
    parts : sequence of str and Table
        In order.
    json : Path, optional
        Where `--json` goes.
    data : Path, optional
        Where the command's main output goes.
    """
    if json == STDIO:
        return

    def to_text(width: int | None) -> str:
        return "\n".join(part if isinstance(part, str) else part.to_text(width) for part in parts).rstrip(
            "\n"
        )

    report(to_text, standard_output=data != STDIO)


def remark(text: str) -> None:
    """Print something that is not asked for, such as a warning, on standard error."""
    if not settings.quiet:
        print_error(text)


def print_error(text: str) -> None:
    """Print a line on standard error, escaping what its encoding has not."""
    encoding = sys.stderr.encoding
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=sys.stderr)


def say_warnings() -> None:
    """From now on print each warning of the library once, as one line on standard error."""
    warnings.simplefilter("always", UserWarning)
    warnings.showwarning = _show_warning


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if not issubclass(category, UserWarning):
        return
    text = " ".join(str(message).split())
    about = getattr(_file, "name", None)
    if about is not None and about not in text:
        text = f"{about}: {text}"
    with _speaking:
        is_new = text not in _said
        _said.add(text)
    if is_new:
        remark(f"cfl: warning: {text}")


@contextmanager
def about(name: str) -> Iterator[None]:
    """Put the name of one of many files before the warnings of this thread."""
    _file.name = name
    try:
        yield
    finally:
        _file.name = None


def _console() -> "Console":
    """A console on standard error, for progress; with NO_COLOR it has neither colours nor bold type."""
    from rich.console import Console

    is_plain = bool(os.environ.get("NO_COLOR"))
    return Console(
        stderr=True,
        highlight=False,
        markup=False,
        no_color=is_plain,
        color_system=None if is_plain else "auto",
    )


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
    if settings.quiet or not sys.stderr.isatty():
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
    with Progress(*columns, console=_console(), transient=True) as bars:
        task = bars.add_task(verb, total=total)
        yield lambda steps=1: bars.advance(task, steps)


@contextmanager
def long_progress(verb: str) -> Iterator[Callable[[int, int, int, float | None], None]]:
    """Show a progress bar of work that may take days, on a terminal only.

    Call the result with what is done, left and failed, and the seconds to go.
    """
    if settings.quiet or not sys.stderr.isatty():
        yield lambda done, left, failed, seconds: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    words = TextColumn("{task.fields[words]}")
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        words,
        console=_console(),
        transient=True,
    ) as bars:
        task = bars.add_task(verb, total=None, words="")

        def show(done: int, left: int, failed: int, seconds: float | None) -> None:
            to_go = "" if seconds is None else f", {_duration(seconds)} to go"
            text = f"{done} done, {left} left, {failed} failed{to_go}"
            bars.update(task, total=done + left, completed=done, words=text)

        yield show


def _duration(seconds: float) -> str:
    """Such as 2:05 or 1:02:05."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@contextmanager
def no_progress() -> Iterator[Advance]:
    """In place of `progress`, where there is a bar over all files."""
    yield lambda steps=1: None


def mean_of(values: Iterable[Any]) -> float | str | None:
    """The mean of figures in a report; those that are infinite or that there are not do not count in it.

    "inf" where all are infinite; None where there is none.
    """
    known = [value for value in values if value is not None]
    finite = [value for value in known if not isinstance(value, str)]
    if not finite:
        return "inf" if known else None
    return sum(finite) / len(finite)


def write_json(path: Path | None, report: dict[str, Any]) -> None:
    """Write a report to a file, or to standard output for '-'."""
    if path is None:
        return
    text = json.dumps(report, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    if path == STDIO:
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
        error.filename = pipes.STANDARD_OUTPUT
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


def decibels(value: float | str | None) -> str:
    """A PSNR with two decimals. In a report, infinity is a string; what there is not is empty."""
    if value is None:
        return ""
    return f"{value:.2f}" if isinstance(value, float) else "∞"


def csv_text(rows: Sequence[Sequence[Any]]) -> str:
    """Rows as CSV."""
    import csv

    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
