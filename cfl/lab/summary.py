"""What results say: curves of each picture, BD-rates against an anchor, gains; for all reports."""

import contextlib
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from cfl.ablation import METRICS
from cfl.errors import CflError
from cfl.lab.block_names import is_size, order_of
from cfl.lab.dataset import Results
from cfl.lab.intervals import Mean, mean_of
from cfl.lab.nearest import nearest
from cfl.lab.selection import Seen, selected
from cfl.metrics import bd_rate
from cfl.metrics.planes import psnr_of

PLANES = {"U": "Cb", "V": "Cr", "UV": "Cb and Cr"}
ENCODER_METRICS = METRICS | {
    "yuv": "mean of Y, U, V PSNR",
    "ms_ssim": "MS-SSIM (Y)",
    "ssimulacra2": "SSIMULACRA 2",
}


class Point(NamedTuple):
    """One point of a rate-distortion curve.

    Attributes
    ----------
    quality : int
    rate : float
        Bits.
    density : float
        Bits a sample of what is coded.
    decibels : float
    """

    quality: int
    rate: float
    density: float
    decibels: float


Curve = list[Point]


class Sums(NamedTuple):
    """Sums over blocks, of a plane or of both, of one picture or of many."""

    blocks: int
    samples: int
    squared_error: float
    dc_squared_error: float
    total_squares: float
    predictor_bits: float
    seconds: float
    bit_depth: int

    @property
    def gain(self) -> float | None:
        """PSNR over that of DC_PRED, in dB; None where one of them is exact."""
        if not self.squared_error or not self.dc_squared_error:
            return None
        return 10 * math.log10(self.dc_squared_error / self.squared_error)

    @property
    def psnr(self) -> float:
        """Of the prediction, in dB."""
        return psnr_of(int(self.squared_error), self.samples, self.bit_depth)

    @property
    def r2(self) -> float | None:
        """R² of the prediction; None where chroma is constant."""
        return 1 - self.squared_error / self.total_squares if self.total_squares else None

    @property
    def bits_a_block(self) -> float:
        """What the predictor sends."""
        return self.predictor_bits / self.blocks


def together(parts: Iterable[Sums]) -> Sums:
    """The sums of several."""
    parts = list(parts)
    totals = [sum(part[i] for part in parts) for i in range(7)]
    return Sums._make([*totals, parts[0].bit_depth])


@dataclass
class Summary:
    """What a folder of results says.

    Attributes
    ----------
    kind : str
        "predictors" or "encoders".
    names : list of str
        Of the predictors or encoders, the anchor first.
    groups : list of str
        Block sizes, for predictors; else one, "".
    metrics : dict of str
        What has curves: names in code, and for people.
    pictures : dict of str
        Names of the pictures, by their keys.
    curves : dict
        By group, metric, name and picture's key.
    sums : dict
        `Sums` by block size, plane, name and picture's key; of predictors only.
    sizes : dict
        `Sums` over all pictures by plane, name and (width, height) of blocks; of predictors only.
    seconds : dict of float
        Seconds for a megapixel of luma (of encoders), or of chroma samples (of predictors), by name.
    seen : Seen or None
        What predictors saw, if this is of a folder.
    unknown : dict of str
        Why predictors are not there any more as they were in the run, by name.
    """

    kind: str
    names: list[str]
    groups: list[str]
    metrics: dict[str, str]
    pictures: dict[str, str]
    curves: dict[tuple[str, str], dict[str, dict[str, Curve]]] = field(default_factory=dict)
    sums: dict[tuple[str, str], dict[str, dict[str, Sums]]] = field(default_factory=dict)
    sizes: dict[str, dict[str, dict[tuple[int, int], Sums]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    seen: Seen | None = None
    unknown: dict[str, str] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        """What the others are compared with."""
        return self.names[0]

    @property
    def has_rates(self) -> bool:
        """Whether there are curves of more than one point."""
        return any(
            len(curve) > 1
            for by_name in self.curves.values()
            for by_picture in by_name.values()
            for curve in by_picture.values()
        )

    @property
    def qualities(self) -> list[int]:
        """Of all curves."""
        return sorted({quality for place in self.curves for quality in self.qualities_of(*place)})

    def qualities_of(self, group: str, metric: str) -> list[int]:
        """Of the curves of a block size and metric."""
        curves = self.curves.get((group, metric), {}).values()
        found = {point.quality for by_picture in curves for curve in by_picture.values() for point in curve}
        return sorted(found)

    @cached_property
    def _rates(self) -> dict[tuple[str, str], dict[str, dict[str, float]]]:
        return {
            place: {
                name: _rates_against(by_name.get(self.anchor, {}), by_name.get(name, {}))
                for name in self.names
            }
            for place, by_name in self.curves.items()
        }

    def bd_rates(self, group: str, metric: str, name: str) -> dict[str, float]:
        """BD-rates against the anchor in per cent, by the pictures' keys; of those that have one."""
        return self._rates.get((group, metric), {}).get(name, {})

    def bd_rate(self, group: str, metric: str, name: str) -> Mean:
        """Their mean."""
        return mean_of(self.bd_rates(group, metric, name).values())

    def gains(self, group: str, plane: str, name: str) -> dict[str, float]:
        """Gain over DC in dB, by the pictures' keys; of those that have one."""
        found = self.sums.get((group, plane), {}).get(name, {})
        return {key: gain for key, sums in found.items() if (gain := sums.gain) is not None}

    def differences(self, group: str, plane: str, name: str) -> dict[str, float]:
        """Gain over the anchor in dB, by the pictures' keys."""
        own, other = (self.gains(group, plane, each) for each in (name, self.anchor))
        return {key: own[key] - other[key] for key in own if key in other}

    def mean_curve(self, group: str, metric: str, name: str) -> Curve:
        """The mean at each quality over the pictures that have all qualities, with finite figures."""
        found = list(self.curves.get((group, metric), {}).get(name, {}).values())
        most = max(map(len, found), default=0)
        found = [curve for curve in found if len(curve) == most and all(map(_is_finite, curve))]
        return [
            Point(
                points[0].quality,
                *(sum(point[i] for point in points) / len(points) for i in (1, 2, 3)),
            )
            for points in zip(*found, strict=True)
        ]


def _is_finite(point: Point) -> bool:
    return math.isfinite(point.decibels) and point.rate > 0


def _rates_against(anchor: dict[str, Curve], curves: dict[str, Curve]) -> dict[str, float]:
    rates = {}
    for key, curve in curves.items():
        points = [[point for point in each if _is_finite(point)] for each in (anchor.get(key, []), curve)]
        numbers = [
            [getattr(point, part) for point in each] for each in points for part in ("rate", "decibels")
        ]
        with contextlib.suppress(CflError):  # a picture without a BD-rate does not count in the mean
            rates[key] = bd_rate(*numbers)
    return rates


def summary_of(results: Results, anchor: str | None = None) -> Summary:
    """Sum up a folder of results.

    Raises
    ------
    CflError
        It has none, there are none of the anchor, or they are not of predictors or encoders.
    """
    if results.kind not in _MAKERS:
        raise CflError(f"{results.folder}: there is no report of {results.kind}")
    rows = results.table()
    if not rows.num_rows:
        raise CflError(f"{results.folder}: it has no results{_first_failure(results)}")
    seen = None
    if results.kind == "predictors":
        rows, seen = selected(results, rows)
    summary = summarise(results.kind, rows, anchor, _order(results))
    summary.seen = seen
    return summary


def _first_failure(results: Results) -> str:
    failures = results.failures()
    return f"; {len(failures)} failed, the first one: {failures[0]['error']}" if failures else " yet"


def summarise(kind: str, rows: Any, anchor: str | None = None, order: Sequence[str] = ()) -> Summary:
    """Sum up a table of results of predictors or encoders, which are named in that order."""
    summary = _MAKERS[kind](rows)
    _put_first(summary, anchor, order)
    return summary


def _order(results: Results) -> list[str]:
    """The predictors or encoders, as they were asked for."""
    found = [run["experiment"].get(results.kind, []) for run in results.runs()]
    return list(dict.fromkeys(name for names in found for name in names))


def _put_first(summary: Summary, anchor: str | None, order: Sequence[str]) -> None:
    known = [name for name in order if name in summary.names]
    summary.names[:] = known + [name for name in summary.names if name not in known]
    if anchor is None:
        anchor = "cfl" if "cfl" in summary.names else summary.names[0]
    if anchor not in summary.names:
        raise CflError(f"there are no results of {anchor!r}{nearest(anchor, summary.names)}")
    summary.names.sort(key=lambda name: name != anchor)


# --- Predictors


def _of_predictors(rows: Any) -> Summary:
    sums = (
        "blocks", "samples", "squared_error", "dc_squared_error", "total_squares", "predictor_bits",
        "seconds", "residual_bits", "reconstruction_squared_error",
    )  # fmt: skip
    keys = [
        "picture_key", "picture", "predictor", "block", "plane", "quality", "bit_depth", "block_width",
        "block_height",
    ]  # fmt: skip
    table = rows.group_by(keys).aggregate([(name, "sum") for name in sums])
    cells = table.rename_columns([name.removesuffix("_sum") for name in table.column_names]).to_pylist()
    cells.sort(key=lambda row: (row["quality"] or 0, row["picture"]))
    names = list(dict.fromkeys(row["predictor"] for row in cells))
    blocks = sorted({row["block"] for row in cells}, key=order_of)
    pictures = {row["picture_key"]: row["picture"] for row in cells}
    summary = Summary("predictors", names, blocks, dict(PLANES), pictures)
    summary.sums = _nested(cells, lambda row: (row["block"],), lambda row: row["picture_key"])
    summary.sizes = {
        plane: found
        for (plane,), found in _nested(
            [row for row in cells if not is_size(row["block"])],
            lambda row: (),
            lambda row: (row["block_width"], row["block_height"]),
        ).items()
    }
    summary.curves = _predictor_curves(cells)
    for name in names:
        of_name = [row for row in cells if row["predictor"] == name]
        samples = sum(row["samples"] for row in of_name)
        summary.seconds[name] = 1e6 * sum(row["seconds"] or 0 for row in of_name) / samples
    return summary


def _nested(cells: list[Any], place: Any, part: Any) -> dict[Any, dict[str, dict[Any, Sums]]]:
    """Sums by (*place, plane), predictor and part; "UV" is both planes."""
    found: Any = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for row in cells:
        for plane in (row["plane"], "UV"):
            one = Sums(*(row[name] or 0 for name in Sums._fields))
            found[(*place(row), plane)][row["predictor"]][part(row)].append(one)
    return {
        key: {name: {each: together(sums) for each, sums in parts.items()} for name, parts in by_name.items()}
        for key, by_name in found.items()
    }


def _predictor_curves(cells: list[Any]) -> dict[tuple[str, str], dict[str, dict[str, Curve]]]:
    totals: Any = defaultdict(lambda: [0.0, 0.0, 0, 8])
    for row in cells:
        if row["residual_bits"] is None or row["quality"] is None:
            continue
        for plane in (row["plane"], "UV"):
            total = totals[row["block"], plane, row["predictor"], row["picture_key"], row["quality"]]
            total[0] += row["predictor_bits"] + row["residual_bits"]
            total[1] += row["reconstruction_squared_error"]
            total[2] += row["samples"]
            total[3] = row["bit_depth"]
    curves: Any = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for (block, plane, name, key, quality), (bits, error, samples, depth) in totals.items():
        point = Point(quality, bits, bits / samples, psnr_of(round(error), samples, depth))
        curves[block, plane][name][key].append(point)
    return {
        place: {name: dict(found) for name, found in by_name.items()} for place, by_name in curves.items()
    }


# --- Encoders


def _of_encoders(rows: Any) -> Summary:
    cells = sorted(rows.to_pylist(), key=lambda row: (row["quality"], row["picture"]))
    names = list(dict.fromkeys(row["encoder"] for row in cells))
    pictures = {row["picture_key"]: row["picture"] for row in cells}
    summary = Summary("encoders", names, [""], dict(ENCODER_METRICS), pictures)
    for metric in ENCODER_METRICS:
        by_name: dict[str, dict[str, Curve]] = {name: defaultdict(list) for name in names}
        for row in cells:
            if row[metric] is not None:
                bits, pixels = 8 * row["bytes"], row["width"] * row["height"]
                point = Point(row["quality"], bits, bits / pixels, row[metric])
                by_name[row["encoder"]][row["picture_key"]].append(point)
        summary.curves["", metric] = by_name
    for name in names:
        own = [row for row in cells if row["encoder"] == name]
        pixels = sum(row["width"] * row["height"] for row in own)
        summary.seconds[name] = 1e6 * sum(row["seconds"] for row in own) / pixels
    return summary


_MAKERS = {"predictors": _of_predictors, "encoders": _of_encoders}
