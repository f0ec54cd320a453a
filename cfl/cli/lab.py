"""`cfl lab`."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from cfl.cli import output, pipes
from cfl.cli.compiling import compile_for_encoding
from cfl.cli.errors import SomeFailed
from cfl.errors import CflError
from cfl.lab.comparison import encoder_study, noted, predictor_study
from cfl.lab.study import Progress, Report, Study

_MOST_ERRORS = 20
"""That are printed while a command runs."""


class Where(NamedTuple):
    """Where to work, and where the results go."""

    output: Path
    workers: int | None
    scheduler: str | None


def compare_predictors(
    pictures: list[str],
    predictors: list[str],
    where: Where,
    *,
    blocks: list[str],
    qualities: list[int],
    decoded: str | None,
    plugins: list[str],
    frames: int,
) -> None:
    """Do what is not there yet, and print the table."""
    if qualities and where.scheduler is None:
        compile_for_encoding()
    with long_run("predicting") as report:
        study = predictor_study(
            pictures, predictors, blocks=blocks, qualities=qualities, output=where.output, decoded=decoded,
            frames=frames, plugins=plugins, workers=where.workers, scheduler=where.scheduler, progress=report,
        )  # fmt: skip
        do(study)
    _finish(study, where.output)


def compare_encoders(pictures: list[str], encoders: list[str], where: Where, *, qualities: list[int]) -> None:
    """Do what is not there yet, and print the table."""
    if where.scheduler is None and any(name.startswith("cfl") for name in encoders):
        compile_for_encoding()
    with long_run("encoding") as report:
        study = encoder_study(
            pictures, encoders, qualities=qualities, output=where.output, workers=where.workers,
            scheduler=where.scheduler, progress=report,
        )  # fmt: skip
        do(study)
    _finish(study, where.output)


def do(study: Study) -> None:
    """Do what is not there yet."""
    for _ in noted(study):
        pass


def _finish(study: Study, folder: Path) -> None:
    """Print the tables of what succeeded; say how much failed."""
    from cfl.lab.tables import tables_of

    results = study.results
    assert results is not None
    if not results.is_empty:
        output.show([output.Table(*each) for each in tables_of(results)])
    if study.failed:
        what = f"{_count(study.failed, 'failure')} with {_count(study.picture_count, 'picture')}"
        raise SomeFailed(f"{what}; cfl lab report {folder} lists them")


def _count(n: int, word: str) -> str:
    return f"1 {word}" if n == 1 else f"{n} {word}s"


@contextmanager
def long_run(verb: str) -> Iterator[Report]:
    """A bar with what is done, left and failed, and the time to go; the first errors, each once."""
    said: set[str] = set()
    with output.long_progress(verb) as show:

        def report(progress: Progress) -> None:
            if progress.error is not None and progress.error not in said and len(said) <= _MOST_ERRORS:
                said.add(progress.error)
                more = len(said) > _MOST_ERRORS
                text = "there are more errors, which are not printed" if more else progress.error
                output.print_error(f"cfl: error: {text}")
            show(progress.done, progress.left, progress.failed, progress.seconds_left)

        yield report


def write_report(
    results: Path, target: str, anchor: str | None, thumbnails: int, plugins: Sequence[str]
) -> None:
    """Write a report in the format that its ending names."""
    from cfl.lab.reporting import report

    text = report(results, anchor=anchor, format=_format_of(target), thumbnails=thumbnails, plugins=plugins)
    if target == "-":
        output.print_out(text)
        return
    with pipes.written(Path(target)) as file:
        file.write(output.utf8(text))


def _format_of(target: str) -> str:
    if target == "-":
        return "md"
    ending = Path(target).suffix.lower()
    if ending not in (".html", ".md", ".csv"):
        raise CflError(f"{target}: the name of a report ends in .html, .md or .csv")
    return ending[1:]


def list_all(name: str | None, plugins: Sequence[str]) -> None:
    """Print the predictors and encoders, or all about one predictor."""
    from cfl.lab import describe, load_plugin, predictor_names
    from cfl.lab.encoders import KINDS

    for plugin in plugins:
        load_plugin(plugin)
    if name is not None:
        output.show([describe(name)])
        return
    rows = [(each, describe(each).partition("\n")[0]) for each in predictor_names()]
    lines = ["Predictors", *_aligned(rows), "", "Encoders, each with a speed, such as cfl:6"]
    lines += _aligned([(kind.family, (kind.__doc__ or "").partition("\n")[0]) for kind in KINDS])
    output.show(["\n".join(lines)])


def _aligned(rows: list[tuple[str, str]]) -> list[str]:
    width = max(len(name) for name, _ in rows)
    return [f"  {name:<{width}}  {text}" for name, text in rows]
