"""Which rows of a folder a report is of: those that may stand beside each other.

A folder may have results of other neighbours and luma, of more frames of clips, or of a predictor before its
file was changed. Sums over all of them would be of nothing. A report has what the last run was about.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from cfl.lab.dataset import Results
from cfl.remarks import remark

if TYPE_CHECKING:
    import pyarrow


class Seen(NamedTuple):
    """What predictors saw.

    Attributes
    ----------
    decoded : str
        Where neighbours and luma came from; see `PredictorRun`.
    frames : int
        Of each clip.
    has_rate : bool
        Whether residuals were coded, at one quality or more.
    """

    decoded: str
    frames: int
    has_rate: bool

    def __str__(self) -> str:
        name, _, key = self.decoded.partition(" ")
        where = {"reconstruction": "reconstructions", "source": "the source"}.get(name, name)
        parts = [f"from {where}" if not key else f"from {name}"]
        parts += [] if self.has_rate else ["without rates"]
        parts += [f"{self.frames} frames of a clip"] if self.frames > 1 else []
        return ", ".join(parts)


def selected(results: Results, rows: "pyarrow.Table") -> "tuple[pyarrow.Table, Seen]":
    """The rows of predictors that belong together, and what they saw; a remark says what is left out."""
    import pyarrow.compute as pc

    runs = [run["experiment"] for run in reversed(results.runs())]
    has_rate = pc.is_valid(rows["quality"])
    keys = rows.select(["decoded", "frames"]).append_column("has_rate", has_rate)
    there = [Seen(**row) for row in keys.group_by(Seen._fields).aggregate([]).to_pylist()]
    seen = next((each for each in map(_seen_by, runs) if each in there), there[0])
    is_seen = pc.and_(
        pc.and_(pc.equal(rows["decoded"], seen.decoded), pc.equal(rows["frames"], seen.frames)),
        pc.equal(has_rate, seen.has_rate),
    )
    others = sorted(str(each) for each in there if each != seen)
    if others:
        remark(
            f"{results.folder}: the figures are those {seen}, as in the last run; "
            f"what was found {'; '.join(others)} is left out"
        )
    return _newest(rows.filter(is_seen), runs), seen


def _seen_by(run: dict[str, Any]) -> Seen:
    return Seen(run["decoded"], run["frames"], bool(run["qualities"]))


def sources(results: Results) -> dict[str, str]:
    """What tells a predictor of one's own from another one of its name, as the last run had it."""
    return _sources([run["experiment"] for run in reversed(results.runs())])


def _sources(runs: list[dict[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for run in runs:  # the last one is the first
        found = run.get("sources", {}) | found
    return found


def _newest(rows: "pyarrow.Table", runs: list[dict[str, Any]]) -> "pyarrow.Table":
    """Without the rows of predictors whose file was changed since."""
    import pyarrow.compute as pc

    for name, source in _sources(runs).items():
        is_old = pc.and_(pc.equal(rows["predictor"], name), pc.not_equal(rows["predictor_source"], source))
        rows = rows.filter(pc.invert(is_old))
    return rows
