"""The unit of work: a picture with a setting; and what an experiment is, which says what to do with it."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from cfl import __version__

Setting = dict[str, Any]
"""What is done with a picture: names and plain values, which have a text in JSON."""
Row = dict[str, Any]
"""A row of the results, by the names of an experiment's columns."""


class Result(NamedTuple):
    """What became of a unit: its rows, or why there are none."""

    rows: list[Row]
    error: str | None = None


class Outcome(NamedTuple):
    """What became of units of one picture.

    Attributes
    ----------
    results : list of Result
        One for each unit, in their order; empty if the picture could not be read.
    error : str or None
        Why the picture could not be read.
    warnings : list of str
        What the library warned of.
    """

    results: list[Result]
    error: str | None = None
    warnings: Sequence[str] = ()


class Experiment(Protocol):
    """What is done with each picture of a set. It is sent to the processes that work."""

    @property
    def kind(self) -> str:
        """What the results are of, such as "predictors"; a folder has those of one kind."""
        ...

    def groups(self) -> list[list[Setting]]:
        """The settings of a picture; those of a group share work and are done together."""
        ...

    def columns(self) -> dict[str, str]:
        """The columns of the rows, with the names of their types in Arrow."""
        ...

    def about(self) -> dict[str, Any]:
        """What is done, for the notes on a run."""
        ...

    def do(self, picture: str, settings: list[Setting]) -> list[Result]:
        """Work on a picture, with some settings of a group; a result for each.

        Raises
        ------
        CflError, OSError
            The picture cannot be read.
        """
        ...

    def warm(self) -> None:
        """Compile in this process all that `do` needs."""
        ...


class Unit(NamedTuple):
    """A picture with a setting, and the key of its results."""

    setting: Setting
    key: str


class Task(NamedTuple):
    """Units of one picture that are done together."""

    picture: str
    picture_key: str
    units: list[Unit]


def unit_of(kind: str, picture_key: str, setting: Setting) -> Unit:
    """The unit of a picture, by the hash of its content."""
    return Unit(setting, _digest(kind, picture_key, setting, __version__))


def failure_key(kind: str, picture: str, setting: Setting) -> str:
    """The key of a unit that failed: by the picture's name, as perhaps its content cannot be read."""
    return _digest(kind, picture, setting)


def _digest(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()
