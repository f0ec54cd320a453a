"""What `cfl ablate` does with a picture of a set: encode it with and without chroma from luma."""

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from cfl.ablation import METRICS, Ablation, Point
from cfl.ablation.curves import point_of, with_chroma
from cfl.av1.tunes import PSNR
from cfl.frames import DEFAULT_MAX_PIXELS, Frame
from cfl.lab.dataset import Results
from cfl.lab.picture_list import content_key, contents
from cfl.lab.units import Result, Row, Setting

COLUMNS = {
    "cfl": "bool",
    "quality": "int32",
    "speed": "int32",
    "tune": "string",
    "subsampling": "string",
    "qindex": "int32",
    "coded_bytes": "int64",
    "bits_per_pixel": "double",
    **dict.fromkeys(METRICS, "double"),
    "cfl_share": "double",
    "seconds": "double",
}


class AblationRun(NamedTuple):
    """An experiment: each picture with and without chroma from luma, at each quality."""

    qualities: tuple[int, ...]
    speed: int
    subsampling: str | None
    tune: str = PSNR
    max_pixels: int | None = None
    kind: str = "ablation"

    def groups(self) -> list[list[Setting]]:
        """Each encode by itself."""
        return [
            [{"cfl": cfl, "quality": quality, **self._common()}]
            for quality in self.qualities
            for cfl in (True, False)
        ]

    def columns(self) -> dict[str, str]:
        """See `COLUMNS`."""
        return COLUMNS

    def about(self) -> dict[str, Any]:
        """The options."""
        return {"qualities": self.qualities, **self._common()}

    def _common(self) -> dict[str, Any]:
        """What all encodes have."""
        return {"speed": self.speed, "tune": self.tune, "subsampling": self.subsampling}

    def do(self, picture: str, settings: list[Setting]) -> list[Result]:
        """Encode."""
        frame = _frame(picture, self.subsampling, self.max_pixels or DEFAULT_MAX_PIXELS)
        return [Result([_row(_encoded(frame, setting))]) for setting in settings]

    def warm(self) -> None:
        """Encode something tiny, if the encoder is to be compiled."""
        from cfl.lab.warm_encoder import compile_encoder

        compile_encoder()


def _encoded(frame: Frame, setting: Setting) -> Point:
    return point_of(frame, setting["quality"], setting["speed"], setting["cfl"], setting["tune"])


@lru_cache(1)
def _frame(picture: str, subsampling: str | None, max_pixels: int) -> Frame:
    """The last picture is kept: tasks of one come after another."""
    from cfl.reading import read

    return with_chroma(read(contents(picture), subsampling=subsampling, max_pixels=max_pixels))


def _row(point: Point) -> Row:
    row = point._asdict()
    return row | row.pop("decibels")


def ablations(
    results: Results, run: AblationRun, pictures: Iterable[str | os.PathLike[str]]
) -> dict[str, Ablation]:
    """The ablation of each picture that has all its encodes.

    Parameters
    ----------
    results : Results
    run : AblationRun
        Whose settings are looked for.
    pictures : iterable of path-like

    Returns
    -------
    ablations : dict of Ablation
        By the pictures' paths.
    """
    rows = {
        (row["picture_key"], row["cfl"], row["quality"]): row
        for row in results.table().to_pylist()
        if (row["speed"], row["tune"], row["subsampling"]) == (run.speed, run.tune, run.subsampling)
    }
    found = {}
    for picture in [os.fspath(each) for each in pictures]:
        if os.path.exists(picture):  # noqa: PTH110
            key = content_key(picture)
            curves = [_curve(rows, key, cfl, run.qualities) for cfl in (True, False)]
            if all(len(curve) == len(run.qualities) for curve in curves):
                found[picture] = Ablation(*curves)
    return found


def _curve(rows: dict[Any, Row], key: str, cfl: bool, qualities: Sequence[int]) -> list[Point]:
    own = [rows[key, cfl, quality] for quality in qualities if (key, cfl, quality) in rows]
    return [
        Point(
            decibels={name: row[name] for name in METRICS},
            **{name: row[name] for name in Point._fields if name != "decibels"},
        )
        for row in own
    ]
