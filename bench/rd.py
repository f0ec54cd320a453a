"""Compression and time of still encoders: BD-rate against libaom speed 6, and seconds for a megapixel.

All encode the same YUV 4:2:0 planes of 8 bits on one thread, each at five settings of its own scale, and
libdav1d decodes all. A rate is the bytes of the OBUs, without container. Times are of a warm call in this
process (of programs: of their process), beside them those of a whole process that encodes one picture.
"""

import argparse
import contextlib
import csv
import math
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import track
from rich.table import Table

from bench import dav1d
from bench.encoders import Encoder, Picture, available, by_name, load, process_seconds
from bench.pictures import IMAGES, PHOTOGRAPHS
from bench.timing import machine
from cfl.ablation import METRICS
from cfl.errors import CflError
from cfl.metrics import bd_rate, ciede2000, frame_psnr, ms_ssim, ssimulacra2

SPEEDS = {
    "cfl": [2, 4, 6, 8, 10],
    "libaom": [4, 6, 9],
    "libaom-iq": [6, 9],
    "SVT-AV1": [8],
    "SvtAv1EncApp": [8, 12],
    "rav1e": [6, 10],
}
REFERENCE = "libaom 6"
ABLATED = ("cfl 6", "libaom 4", "libaom 6")
COLUMNS = METRICS | {
    "yuv": "mean of Y, U, V PSNR",
    "ms_ssim": "MS-SSIM (Y)",
    "ssimulacra2": "SSIMULACRA 2",
}
"""The metrics of `Row`, for people. `Row.yuv` is the mean of the PSNRs, as JCT-VC and JVET have it."""
PATTERNS = ("*.png", "*.jpg", "*.jpeg", "*.ppm", "*.tif")


class Row(NamedTuple):
    """One encode."""

    encoder: str
    picture: str
    setting: int
    megapixels: float
    bytes: int
    seconds: float
    y: float
    u: float
    v: float
    yuv: float
    ciede2000: float
    ms_ssim: float
    """In dB: of its distance from 1."""
    ssimulacra2: float


def run(arguments: list[str]) -> None:
    """Encode, print the tables, write CSV and plot."""
    parser = argparse.ArgumentParser("python -m bench rd", description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="of pictures (default: the four shipped ones)")
    parser.add_argument("--pictures", type=int, help="take so many of them")
    for family, speeds in SPEEDS.items():
        words = ",".join(map(str, speeds))
        parser.add_argument(f"--{_option(family)}", default=words, help="its speeds (default: %(default)s)")
    parser.add_argument("--ablation", action="store_true", help="also without CfL: " + ", ".join(ABLATED))
    parser.add_argument("--csv", type=Path, default=Path("rd.csv"), help="(default: %(default)s)")
    parser.add_argument("--figure", type=Path, default=Path("rd.png"), help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    paths = _paths(options.folder)[: options.pictures]
    encoders = _encoders(options)
    console = Console(width=150)
    console.print(f"{len(paths)} pictures. {machine()}")
    pictures = [load(path) for path in paths]
    rows = list(_measured(encoders, pictures))
    _write_csv(options.csv, rows)
    middle = {encoder.name: encoder.settings[2] for encoder in encoders}
    processes = {
        encoder.name: process_seconds(encoder, pictures[0], middle[encoder.name]) / pictures[0].megapixels
        for encoder in encoders
    }
    results = {encoder.name: _Result(encoder.name, rows) for encoder in encoders}
    console.print(_table(results, processes))
    if options.ablation:
        console.print(_ablation_table(results))
    _draw(options.figure, results)


def _option(family: str) -> str:
    return family.lower().replace("-", "")


def _paths(folder: Path | None) -> list[Path]:
    if folder is None:
        return [IMAGES / name for name in PHOTOGRAPHS]
    paths = sorted(path for pattern in PATTERNS for path in folder.glob(pattern))
    if not paths:
        sys.exit(f"no pictures in {folder}")
    return paths


def _encoders(options: argparse.Namespace) -> list[Encoder]:
    speeds = {}
    for family in SPEEDS:
        words = getattr(options, _option(family))
        speeds[family] = [int(word) for word in words.split(",") if word]
    encoders = available(speeds)
    if REFERENCE not in [encoder.name for encoder in encoders]:
        encoders.append(by_name(REFERENCE))
    if options.ablation:
        names = [encoder.name for encoder in encoders]
        encoders += [by_name(f"{name} no CfL") for name in ABLATED if name in names]
    return encoders


def _measured(encoders: list[Encoder], pictures: list[Picture]) -> Iterable[Row]:
    for encoder in track(encoders, "encoding", transient=True):
        encoder.encode(pictures[0], encoder.settings[2])  # the first call may compile
        for picture in pictures:
            for setting in encoder.settings:
                obus, seconds = encoder.encode(picture, setting)
                decoded = dav1d.decode_like(picture.frame, obus)
                psnr = frame_psnr(picture.frame, decoded)
                y, u, v = (psnr[name] for name in ("y", "u", "v"))
                decibels = y, u, v, (6 * y + u + v) / 8
                colour = ciede2000(picture.frame, decoded).db
                name = picture.path.name
                similar = -10 * math.log10(1 - ms_ssim(picture.frame.y, decoded.y, 8))
                alike = ssimulacra2(picture.frame, decoded)
                start = encoder.name, name, setting, picture.megapixels, len(obus), seconds
                yield Row(*start, *decibels, colour, similar, alike)


def _write_csv(path: Path, rows: list[Row]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows(rows)


class _Result:
    """All encodes of one encoder."""

    def __init__(self, name: str, rows: list[Row]):
        self.name = name
        self.rows = [row for row in rows if row.encoder == name]
        self.seconds = sum(row.seconds for row in self.rows) / sum(row.megapixels for row in self.rows)
        by_picture = groupby(self.rows, lambda row: row.picture)
        self.curves = {picture: list(points) for picture, points in by_picture}

    def against(self, reference: "_Result", metric: str) -> float:
        """Mean BD-rate over the pictures that have one, in per cent; NaN where none has."""
        rates = []
        for picture in self.curves:
            with contextlib.suppress(CflError):
                rates.append(self._bd_rate(reference, picture, metric))
        return sum(rates) / len(rates) if rates else float("nan")

    def _bd_rate(self, reference: "_Result", picture: str, metric: str) -> float:
        curves: list[Any] = []
        for points in (reference.curves[picture], self.curves[picture]):
            curves += [[row.bytes for row in points], [getattr(row, metric) for row in points]]
        return bd_rate(*curves)


def _table(results: dict[str, _Result], processes: dict[str, float]) -> Table:
    table = Table("encoder, speed", "s/Mpx", "process s/Mpx", *COLUMNS.values())
    table.title = f"BD-rate against {REFERENCE}, % (less is better)"
    for name, result in results.items():
        rates = (result.against(results[REFERENCE], metric) for metric in COLUMNS)
        numbers = f"{result.seconds:.2f}", f"{processes[name]:.2f}", *(_words(rate, 1) for rate in rates)
        table.add_row(name, *numbers)
    return table


def _ablation_table(results: dict[str, _Result]) -> Table:
    table = Table("encoder, speed", *COLUMNS.values(), title="BD-rate with CfL against without, %")
    for name in ABLATED:
        if f"{name} no CfL" in results:
            without = results[f"{name} no CfL"]
            rates = (results[name].against(without, metric) for metric in COLUMNS)
            table.add_row(name, *(_words(rate, 2) for rate in rates))
    return table


def _words(rate: float, digits: int) -> str:
    return "–" if math.isnan(rate) else f"{rate:+.{digits}f}"


def _draw(path: Path, results: dict[str, _Result]) -> None:
    """BD-rate over time; the speeds of an encoder are joined."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter

    figure = Figure(figsize=(8, 5.5), dpi=120, layout="constrained")
    axis = figure.subplots()
    families: dict[str, list[tuple[float, float, str]]] = {}
    for name, result in results.items():
        family, speed, *ablated = name.split(" ", 2)
        if not ablated:
            point = result.seconds, result.against(results[REFERENCE], "yuv"), speed
            families.setdefault(family, []).append(point)
    for family, points in families.items():
        points.sort()
        axis.plot([p[0] for p in points], [p[1] for p in points], "o-", label=family)
        for x, y, speed in points:
            axis.annotate(speed, (x, y), textcoords="offset points", xytext=(5, 5), fontsize=8)
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set(
        xlabel="seconds per megapixel, one thread",
        ylabel=f"BD-rate against {REFERENCE}, {COLUMNS['yuv']}, %",
        title="Compression and time of still encoders (down and left is better)",
    )
    axis.grid(which="both", alpha=0.3)
    axis.legend()
    figure.savefig(path)
