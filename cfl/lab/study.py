"""Do an experiment with every picture of a set, and keep what is found."""

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import NamedTuple

from cfl.errors import CflError
from cfl.lab.dataset import Results
from cfl.lab.engine import Engine, message_of, outcomes
from cfl.lab.picture_list import content_key, pictures
from cfl.lab.units import Experiment, Outcome, Row, Task, Unit, unit_of
from cfl.remarks import remark


class Progress(NamedTuple):
    """How far a run is, in units: pictures with a setting.

    Attributes
    ----------
    done : int
        How many are done or were there already.
    left : int
        How many are to be done.
    failed : int
        How many of the done ones failed.
    seconds_left : float or None
        The time to go, by what was done until now; None at first.
    error : str or None
        What has just failed, in one line.

    See Also
    --------
    run : Calls its `progress` with one.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import numpy as np
    >>> import cfl
    >>> import cfl.lab
    >>> seen = []
    >>> with TemporaryDirectory() as folder:
    ...     cfl.write(Path(folder, "flat.png"), cfl.rgb_to_frame(np.full((16, 16, 3), 9, np.uint8)))
    ...     options = {"blocks": [8], "qualities": [], "workers": 0, "progress": seen.append}
    ...     _ = cfl.lab.run([folder], ["dc", "cfl"], **options)
    >>> [(each.done, each.left, each.failed) for each in seen]
    [(1, 1, 0), (2, 0, 0)]
    """

    done: int
    left: int
    failed: int
    seconds_left: float | None
    error: str | None = None


Report = Callable[[Progress], object]
"""Called when something was done."""


class Study:
    """A run of an experiment over a set of pictures.

    Parameters
    ----------
    experiment : Experiment
    words : iterable of path-like
        The pictures; see `cfl.lab.pictures`.
    results : Results, optional
        Where units are looked for and kept. Without, all are computed and only yielded.
    engine : Engine
    report : callable, optional
        Called with a `Progress`.

    Raises
    ------
    CflError
        There are no pictures.

    Attributes
    ----------
    failed : int
        Pictures and units that failed.
    """

    def __init__(
        self,
        experiment: Experiment,
        words: Iterable[str | os.PathLike[str]],
        results: Results | None,
        engine: Engine,
        report: Report | None = None,
    ):
        self.experiment, self.results, self.engine = experiment, results, engine
        self._report = report
        self._pictures = list(pictures(words))
        if not self._pictures:
            raise CflError("there are no pictures")
        self._groups = experiment.groups()
        self._of_picture = sum(map(len, self._groups))
        self._units = len(self._pictures) * self._of_picture
        self._done = self._computed = self.failed = 0
        self._unreadable: set[str] = set()
        self._start = time.perf_counter()

    @property
    def picture_count(self) -> int:
        """How many pictures the words name."""
        return len(self._pictures)

    def run(self) -> Generator[list[Row], None, None]:
        """Do what is not there yet; yield the rows of each unit that succeeds."""
        for task, outcome in outcomes(self.experiment, self._tasks(), self.engine):
            for text in outcome.warnings:
                remark(_with_name(text, task.picture))
            yield from self._kept(task, outcome)

    def _tasks(self) -> Iterator[Task]:
        """What is to be done, picture by picture."""
        seen: set[str] = set()
        for picture in self._pictures:
            try:
                key = content_key(picture)
            except (CflError, OSError) as error:
                self._add_failure(picture, message_of(error), self._of_picture)
                continue
            if key in seen:
                remark(f"{picture}: the same picture was there before; it counts once")
                self._advance(self._of_picture)
                continue
            seen.add(key)
            yield from self._tasks_of(picture, key)

    def _tasks_of(self, picture: str, key: str) -> Iterator[Task]:
        for group in self._groups:
            units = [unit_of(self.experiment.kind, key, setting) for setting in group]
            missing = [unit for unit in units if not self._is_there(unit)]
            self._advance(len(units) - len(missing))
            if missing:
                yield Task(picture, key, missing)

    def _is_there(self, unit: Unit) -> bool:
        return self.results is not None and self.results.has(unit)

    def _kept(self, task: Task, outcome: Outcome) -> Iterator[list[Row]]:
        """Keep what became of a task, and yield the rows."""
        self._computed += len(task.units)
        if outcome.error is not None:
            self._add_failure(task.picture, _with_name(outcome.error, task.picture), len(task.units))
            return
        if self.results is not None:
            self.results.forget_failure(task.picture)
        for unit, found in zip(task.units, outcome.results, strict=True):
            error = found.error and _with_name(found.error, task.picture)
            result = found._replace(error=error)
            common = {"picture": task.picture, "picture_key": task.picture_key, "unit": unit.key}
            rows = [common | unit.setting | row for row in result.rows]
            if self.results is not None:
                self.results.add(task.picture, unit, result._replace(rows=rows))
            if result.error is None:
                yield rows
            else:
                self.failed += 1
            self._advance(1, result.error)

    def _add_failure(self, picture: str, error: str, units: int) -> None:
        """A picture could not be read; that is one failure, however many units want it."""
        is_new = picture not in self._unreadable
        if is_new:
            self._unreadable.add(picture)
            self.failed += 1
            if self.results is not None:
                self.results.add_failure(picture, error)
        self._advance(units, error if is_new else None)

    def _advance(self, units: int, error: str | None = None) -> None:
        self._done += units
        left = self._units - self._done
        if self._report is not None and (units or error):
            seconds = time.perf_counter() - self._start
            to_go = seconds / self._computed * left if self._computed else None
            self._report(Progress(self._done, left, self.failed, to_go, error))


def _with_name(text: str, picture: str) -> str:
    """A message that says which picture it is about."""
    return text if picture in text else f"{picture}: {text}"
