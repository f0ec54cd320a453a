"""Many files in one call: which they are, where their outputs go, and what is said of them."""

import glob
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cfl.cli import output
from cfl.cli.errors import SomeFailed, message_of
from cfl.cli.pipes import STDIO
from cfl.endings import CODED_ENDINGS, PICTURE_ENDINGS
from cfl.errors import CflError
from cfl.files import all_or_none
from cfl.threads import cores, each

_MOST_AT_A_TIME = 4
"""Unless more are asked for, as each takes memory."""


class Many(NamedTuple):
    """The options of a command that takes many files."""

    recursive: bool = False
    suffix: str = ""
    overwrite: bool = False
    skip_existing: bool = False
    jobs: int | None = None
    threads: int | None = None

    def shared(self, files: int) -> tuple[int, int]:
        """How many files to work on at a time, and how many threads each has."""
        threads = self.threads or cores()
        at_a_time = max(1, min(self.jobs or min(threads, _MOST_AT_A_TIME), files))
        return at_a_time, max(1, threads // at_a_time)


class Input(NamedTuple):
    """A file, and where it is below the folder that was given."""

    path: Path
    relative: Path


class Job(NamedTuple):
    """One of the files, and what is to be written for it."""

    source: Path
    output: Path | None
    name: Path
    """Where it is below the folder that was given."""

    def beside(self, option: Path | None, ending: str, *, is_batch: bool) -> Path | None:
        """Where a further output goes, which of many files is in a folder."""
        if option is None or not is_batch:
            return option
        path = option / self.name.with_name(f"{self.name.name}{ending}")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


class Plan(NamedTuple):
    """What is to be done."""

    jobs: list[Job]
    is_batch: bool
    skipped: int = 0


def inputs_of(words: Sequence[str], recursive: bool, endings: Sequence[str]) -> tuple[list[Input], bool]:
    """The files that arguments name, and whether there may be many.

    Parameters
    ----------
    words : sequence of str
        Files, folders, patterns such as `*.png` that the shell has not expanded, or "-".
    recursive : bool
        Whether folders are read, with all that is below them.
    endings : sequence of str
        Of the files of a folder that are taken.

    Raises
    ------
    CflError
        A folder without `-r`, one that has no such file, or a pattern that fits none.
    """
    found: list[Input] = []
    is_batch = len(words) > 1
    several_folders = sum(Path(word).is_dir() for word in words) > 1
    for word in words:
        path = Path(word)
        if path.is_dir():
            if not recursive:
                raise CflError(f"{path}: it is a folder; -r reads what is in it")
            is_batch = True
            top = path.parent if several_folders else path
            found += [Input(file, file.relative_to(top)) for file in files_below(path, endings)]
        elif path == STDIO or path.exists() or not glob.has_magic(word):
            found.append(Input(path, Path("stdin" if path == STDIO else path.name)))
        else:
            is_batch = True
            paths = [Path(name) for name in sorted(glob.glob(word, recursive=True)) if Path(name).is_file()]  # noqa: PTH207
            if not paths:
                raise CflError(f"{word}: no file has such a name")
            found += [Input(file, Path(file.name)) for file in paths]
    return _distinct(found), is_batch


def files_below(folder: Path, endings: Sequence[str]) -> list[Path]:
    """The files of a folder and of all folders in it, in order, without hidden ones."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(parent, name) for name in sorted(names) if not name.startswith(".")]
    files = [path for path in found if path.suffix.lower() in endings]
    if not files:
        raise CflError(f"{folder}: it has no file that ends in {', '.join(endings[:4])} and so on")
    return files


def _distinct(found: list[Input]) -> list[Input]:
    """Files of equal names from several folders keep as much of their folders as tells them apart."""
    names = [each.relative for each in found]
    if len(set(names)) == len(names):
        return found
    common = os.path.commonpath([os.path.abspath(each.path.parent) for each in found])  # noqa: PTH100
    return [Input(each.path, Path(os.path.relpath(each.path, common))) for each in found]


def is_folder(word: str) -> bool:
    """Whether an output is meant as a folder."""
    return word.endswith(("/", os.sep)) or Path(word).is_dir()


def _is_meant_as_a_file(word: str) -> bool:
    """Whether an output that does not exist ends as files do that are read or written here."""
    return not is_folder(word) and Path(word).suffix.lower() in (*PICTURE_ENDINGS, *CODED_ENDINGS, ".yuv")


def plan(words: Sequence[str], out: str | None, many: Many, *, ending: str, inputs: Sequence[str]) -> Plan:
    """Decide what is to be done, before anything is.

    Parameters
    ----------
    words : sequence of str
        The inputs, as `inputs_of` takes them.
    out : str, optional
        The output: a file, '-', or a folder: where it exists as one, ends in a slash, or there may be many
        inputs.
    many : Many
        The options.
    ending : str
        Of outputs in a folder, such as ".avif".
    inputs : sequence of str
        Endings that are taken of a folder.

    Raises
    ------
    CflError
        See `inputs_of`; or an output would replace something.
    """
    found, is_batch = inputs_of(words, many.recursive, inputs)
    if out is None:
        return Plan([Job(each.path, None, each.relative) for each in found], is_batch)
    if not is_batch and not is_folder(out):
        path = Path(out)
        if many.skip_existing and path.is_file():
            return Plan([], False, 1)
        return Plan([Job(found[0].path, path, found[0].relative)], False)
    folder = Path(out)
    if folder == STDIO or (folder.exists() and not folder.is_dir()) or _is_meant_as_a_file(out):
        raise CflError(f"{out}: it is no folder, and many files need one: -o FOLDER/")
    jobs = _named(found, folder, many.suffix, ending)
    _refuse_to_lose(jobs, many)
    kept = [
        job for job in jobs if not (many.skip_existing and job.output is not None and job.output.exists())
    ]
    return Plan(kept, is_batch, len(jobs) - len(kept))


def _named(found: list[Input], folder: Path, suffix: str, ending: str) -> list[Job]:
    """Each input's output: its name with another ending, or with one more where two would be the same."""

    def place(each: Input, whole: bool) -> Path:
        name = each.relative.name if whole else each.relative.stem
        return folder / each.relative.parent / f"{name}{suffix}{ending}"

    short = [place(each, False) for each in found]
    paths = [
        place(each, True) if short.count(path) > 1 else path for each, path in zip(found, short, strict=True)
    ]
    for path in paths:
        if paths.count(path) > 1:
            raise CflError(f"{path}: two of the inputs would be written there")
    return [Job(each.path, path, each.relative) for each, path in zip(found, paths, strict=True)]


def _refuse_to_lose(jobs: list[Job], many: Many) -> None:
    there = [job.output for job in jobs if job.output is not None and job.output.exists()]
    sources = {os.path.realpath(job.source) for job in jobs}
    for path in there:
        if os.path.realpath(path) in sources:
            raise CflError(f"{path}: it is an input; choose another folder, or a --suffix")
    if there and not (many.overwrite or many.skip_existing):
        which = f"{there[0]} exists" if len(there) == 1 else f"{len(there)} outputs exist, such as {there[0]}"
        raise CflError(f"{which}; --overwrite replaces them, --skip-existing leaves them as they are")


Report = dict[str, Any]
"""The numbers of one file, as `--json` writes them."""


def run(
    command: Plan,
    work: Callable[[Job], Report],
    *,
    verb: str,
    many: Many,
    json: Path | None,
    table: Callable[[list[Report]], output.Table],
    total: Callable[[list[Report]], Report],
) -> None:
    """Do every job; print a table of them, and write one JSON. One bad file does not stop the rest.

    Parameters
    ----------
    command : Plan
        What to do.
    work : function
        Does a job, and returns the report of it. Its files appear all or none.
    verb : str
        What is going on.
    many : Many
        With how many to do at a time.
    json : Path, optional
        Where to write {"files", "failed", "total"}.
    table : function
        Of the reports, with a last row for all together.
    total : function
        Of the reports, for all together.

    Raises
    ------
    SomeFailed
        At the end, if a file could not be done.
    """
    at_a_time, _ = many.shared(len(command.jobs))
    done, failed = _all(command.jobs, work, verb, at_a_time)
    output.write_json(
        json,
        {"files": done, "failed": failed, "skipped": command.skipped, "total": total(done) if done else None},
    )
    parts: list[str | output.Table] = [table(done)] if done else []
    if command.skipped:
        parts.append(f"{_files(command.skipped)} left as they are.")
    if parts:
        output.show(parts, json=json)
    if failed:
        raise SomeFailed(f"{len(failed)} of {_files(len(command.jobs))} failed")


def run_alone(
    command: Plan,
    work: Callable[[Job], Report],
    *,
    out: str | None,
    json: Path | None,
    show: Callable[[Report], None],
) -> None:
    """Do the one job of a plan that is no batch, unless it is skipped; write its JSON, show its report."""
    for job in command.jobs:
        with all_or_none():
            if job.output is not None and out is not None and is_folder(out):
                job.output.parent.mkdir(parents=True, exist_ok=True)
            report = work(job)
            output.write_json(json, report)
        show(report)


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _all(
    jobs: list[Job], work: Callable[[Job], Report], verb: str, at_a_time: int
) -> tuple[list[Report], list[Report]]:
    failed: list[Report] = []
    lock = threading.Lock()

    def one(job: Job) -> Report | None:
        output.say_warnings()  # `catch_warnings` in another thread may have left its own filters
        try:
            with output.about(str(job.source)), all_or_none():
                if job.output is not None:
                    job.output.parent.mkdir(parents=True, exist_ok=True)
                result = work(job)
        except (CflError, OSError, MemoryError) as error:
            message = _message(error, job.source)
            with lock:
                failed.append({"input": str(job.source), "error": message})
                output.print_error(f"cfl: error: {message}")
            result = None
        advance()
        return result

    with output.progress(verb, len(jobs)) as advance:
        return [result for result in each(one, jobs, at_a_time) if result is not None], failed


def _message(error: BaseException, source: Path) -> str:
    """One line that names the file."""
    text = message_of(error)
    return text if str(source) in text else f"{source}: {text}"
