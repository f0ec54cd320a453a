"""Compression and time of still encoders: BD-rate against libaom speed 6, and seconds for a megapixel.

`cfl lab encoders` does the work; here it is in one process, so that times are true. Beside them stand those
of a whole process that encodes one picture.
"""

import argparse
import csv
import math
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.encoders import process_seconds
from bench.pictures import IMAGES, PHOTOGRAPHS
from bench.timing import machine
from cfl.errors import CflError
from cfl.lab import compare_encoders
from cfl.lab.encoders import FAMILIES, by_name
from cfl.lab.summary import Summary, summarise

SPEEDS = {
    "cfl": [2, 4, 6, 8, 10],
    "libaom": [4, 6, 9],
    "libaom-iq": [6, 9],
    "svtav1": [8],
    "svtav1encapp": [8, 12],
    "rav1e": [6, 10],
}
REFERENCE = "libaom:6"
ABLATED = ("cfl:6", "libaom:4", "libaom:6")
QUALITIES = (30, 45, 60, 75, 90)
PATTERNS = ("*.png", "*.jpg", "*.jpeg", "*.ppm", "*.tif")
COLUMNS = (
    "encoder", "picture", "setting", "megapixels", "bytes", "seconds", "y", "u", "v", "yuv", "ciede2000",
    "ms_ssim", "ssimulacra2",
)  # fmt: skip


def run(arguments: list[str]) -> None:
    """Encode, print the tables, write CSV and plot."""
    parser = argparse.ArgumentParser("python -m bench rd", description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="of pictures (default: the four shipped ones)")
    parser.add_argument("--pictures", type=int, help="take so many of them")
    for family in FAMILIES:
        words = ",".join(map(str, SPEEDS.get(family, ())))
        parser.add_argument(f"--{family}", default=words, help="its speeds (default: %(default)s)")
    parser.add_argument("--ablation", action="store_true", help="also without CfL: " + ", ".join(ABLATED))
    parser.add_argument("--results", type=Path, help="keep the results in this folder, and go on with them")
    parser.add_argument("--csv", type=Path, default=Path("rd.csv"), help="(default: %(default)s)")
    parser.add_argument("--figure", type=Path, default=Path("rd.png"), help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    paths = _paths(options.folder)[: options.pictures]
    names = _encoders(options)
    console = Console(width=150)
    console.print(f"{len(paths)} pictures. {machine()}")
    rows = _measured(paths, names, options.results)
    _write_csv(options.csv, rows.to_pylist())
    summary = summarise("encoders", rows, REFERENCE, names)
    middle = QUALITIES[2]
    processes = {
        name: process_seconds(name, paths[0], by_name(name).setting(middle)) / _megapixels(rows, paths[0])
        for name in names
    }
    console.print(_table(summary, names, processes))
    if options.ablation:
        console.print(_ablation_table(rows))
    _draw(options.figure, summary, names)


def _paths(folder: Path | None) -> list[Path]:
    if folder is None:
        return [IMAGES / name for name in PHOTOGRAPHS]
    paths = sorted(path for pattern in PATTERNS for path in folder.glob(pattern))
    if not paths:
        sys.exit(f"no pictures in {folder}")
    return paths


def _encoders(options: argparse.Namespace) -> list[str]:
    """Those that are asked for and installed."""
    names = []
    for family in FAMILIES:
        words = getattr(options, family.replace("-", "_"))
        names += [f"{family}:{word}" for word in words.split(",") if word and _is_there(f"{family}:{word}")]
    if REFERENCE not in names:
        names.append(REFERENCE)
    if options.ablation:
        names += [f"{name}:no-cfl" for name in ABLATED if name in names]
    return names


def _is_there(name: str) -> bool:
    try:
        by_name(name).check()
    except CflError as error:
        print(f"left out: {error}", file=sys.stderr)
        return False
    return True


def _measured(paths: list[Path], names: list[str], results: Path | None) -> Any:
    with Progress(transient=True) as bar:
        task = bar.add_task("encoding")
        return compare_encoders(
            paths,
            names,
            qualities=QUALITIES,
            output=results,
            workers=0,
            progress=lambda now: bar.update(task, completed=now.done, total=now.done + now.left),
        )


def _write_csv(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            more = {"megapixels": row["width"] * row["height"] / 1e6, "picture": Path(row["picture"]).name}
            writer.writerow(row | more)


def _megapixels(rows: Any, path: Path) -> float:
    return next(row["width"] * row["height"] / 1e6 for row in rows.to_pylist() if row["picture"] == str(path))


def _table(summary: Summary, names: list[str], processes: dict[str, float]) -> Table:
    table = Table("encoder, speed", "s/Mpx", "process s/Mpx", *summary.metrics.values())
    table.title = f"BD-rate against {REFERENCE}, % (less is better)"
    for name in names:
        rates = (summary.bd_rate("", metric, name).value for metric in summary.metrics)
        numbers = (
            f"{summary.seconds[name]:.2f}",
            f"{processes[name]:.2f}",
            *(_words(rate, 1) for rate in rates),
        )
        table.add_row(name, *numbers)
    return table


def _ablation_table(rows: Any) -> Table:
    table: Table | None = None
    for name in ABLATED:
        if f"{name}:no-cfl" in rows["encoder"].to_pylist():
            summary = summarise("encoders", rows, f"{name}:no-cfl")
            title = "BD-rate with CfL against without, %"
            table = table or Table("encoder, speed", *summary.metrics.values(), title=title)
            rates = (summary.bd_rate("", metric, name).value for metric in summary.metrics)
            table.add_row(name, *(_words(rate, 2) for rate in rates))
    return table or Table()


def _words(rate: float | None, digits: int) -> str:
    return "–" if rate is None or math.isnan(rate) else f"{rate:+.{digits}f}"


def _draw(path: Path, summary: Summary, names: list[str]) -> None:
    """BD-rate over time; the speeds of an encoder are joined."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator, NullFormatter

    figure = Figure(figsize=(8, 5.5), dpi=120, layout="constrained")
    axis = figure.subplots()
    families: dict[str, list[tuple[float, float, str]]] = {}
    for name in names:
        family, speed, *ablated = name.split(":")
        rate = summary.bd_rate("", "yuv", name).value
        if not ablated and rate is not None:
            families.setdefault(family, []).append((summary.seconds[name], rate, speed))
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
        ylabel=f"BD-rate against {REFERENCE}, {summary.metrics['yuv']}, %",
        title="Compression and time of still encoders (down and left is better)",
    )
    axis.grid(which="both", alpha=0.3)
    axis.legend()
    figure.savefig(path)
