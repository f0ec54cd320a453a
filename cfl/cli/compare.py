"""`cfl compare`."""

import csv
import io
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cfl.cli import output, pipes
from cfl.cli.compiling import compile_for_decoding
from cfl.cli.output import Table
from cfl.comparison import Comparison, compare
from cfl.comparison.superblocks import SIDE
from cfl.files import all_or_none
from cfl.frames import DEFAULT_MAX_PIXELS

_BITS = {
    "file": "file", "frame": "frame", "modes": "modes, palettes, transform sizes", "cfl_alpha": "CfL's α",
    "luma": "luma coefficients", "chroma": "chroma coefficients", "other": "partition, restoration, padding",
}  # fmt: skip
_ALIKE = {
    "block_size": "block size", "y_mode": "y_mode", "tx_size": "tx_size", "uv_mode": "uv_mode",
}  # fmt: skip


class Request(NamedTuple):
    """The options of one call."""

    a: Path
    b: Path
    reference: Path | None
    frame: int
    html: Path | None
    csv: Path | None
    json: Path | None
    max_pixels: int | None


def run(request: Request) -> None:
    """Compare, write the outputs, print the report."""
    sources = [pipes.source(path) for path in (request.a, request.b)]
    for source in sources:
        compile_for_decoding(source)
    reference = None if request.reference is None else pipes.source(request.reference)
    limit = DEFAULT_MAX_PIXELS if request.max_pixels is None else request.max_pixels
    with all_or_none():
        comparison = compare(*sources, reference=reference, frame=request.frame, max_pixels=limit)
        report = {"a_file": str(request.a), "b_file": str(request.b), "frame": request.frame}
        report |= comparison.as_dict()
        if request.html is not None:
            with pipes.written(request.html) as file:
                file.write(comparison.to_html((request.a.name, request.b.name)).encode("utf-16"))
        if request.csv is not None:
            _write_csv(request.csv, comparison)
        output.write_json(request.json, report)
    output.show(_parts(report), json=request.json, data=request.csv)


def _write_csv(path: Path, comparison: Comparison) -> None:
    a, b = comparison.bits_of_squares
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("x", "y", "bits_a", "bits_b", "difference"))
    for (row, column), bits in np.ndenumerate(a):
        other = b[row, column]
        numbers = (f"{number:.3f}" for number in (bits, other, other - bits))
        writer.writerow((SIDE * column, SIDE * row, *numbers))
    with pipes.written(path) as file:
        file.write(text.getvalue().encode())


def _parts(report: dict[str, Any]) -> list[str | Table]:
    parts: list[str | Table] = [f"A: {report['a_file']}", f"B: {report['b_file']}", "", _bits(report)]
    if "metrics" in report["a"]:
        parts += ["", _quality(report)]
    else:
        between = report["between"]["psnr"]
        planes = ", ".join(
            f"{name.upper()} {output.decibels(between[name])} dB" for name in "yuv" if name in between
        )
        parts.append(f"B against A: PSNR {planes}.")
    parts += ["", _agreement(report), *_cfl(report["cfl"]), "", _squares(report["squares"])]
    return parts


def _bits(report: dict[str, Any]) -> Table:
    rows = []
    for name, words in _BITS.items():
        a, b = (report[which]["bits"][name] for which in "ab")
        change = "" if a == 0 else f"{100 * (b - a) / a:+.1f} %"
        rows.append((words, f"{a:,.0f}", f"{b:,.0f}", f"{b - a:+,.0f}", change))
    return Table("Bits", ("", "A", "B", "B - A", "of A"), rows)


def _quality(report: dict[str, Any]) -> Table:
    """Metrics of both against the reference, those that both have."""
    found = [_figures(report[which]["metrics"]) for which in "ab"]
    rows = [(name, found[0][name], found[1][name]) for name in found[0] if name in found[1]]
    return Table("Quality, against the reference", ("", "A", "B"), rows)


def _figures(metrics: dict[str, Any]) -> dict[str, str]:
    figures = {}
    for name, value in metrics["psnr"].items():
        figures[f"PSNR {name.upper()}, dB"] = output.decibels(value)
    for name, value in metrics["ssim"].items():
        if value is not None:
            figures[f"SSIM {name.upper()}"] = f"{value:.4f}"
    if metrics["ciede2000"] is not None:
        figures["CIEDE2000, mean"] = f"{metrics['ciede2000']['mean']:.3f}"
    for name, words in (("ssimulacra2", "SSIMULACRA 2"), ("ms_ssim", "MS-SSIM Y")):
        if metrics[name] is not None:
            figures[words] = f"{metrics[name]:.4f}"
    return figures


def _agreement(report: dict[str, Any]) -> Table:
    shares = report["agreement"]
    rows = [(words, _percent(shares[name])) for name, words in _ALIKE.items() if shares[name] is not None]
    return Table("Decided alike", ("", "of the area"), rows)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _cfl(cfl: dict[str, Any]) -> list[str | Table]:
    if cfl["iou"] is None:
        return ["Neither uses CfL."]
    words = f"CfL: A on {_percent(cfl['share_a'])} of the area, B on {_percent(cfl['share_b'])}"
    parts: list[str | Table] = ["", f"{words}; both, of where any does: {_percent(cfl['iou'])}."]
    if cfl["same_alpha"] is not None:
        means = f"{cfl['mean_difference_u']:.2f} (U), {cfl['mean_difference_v']:.2f} (V) eighths"
        parts.append(f"Where both do: the same α on {_percent(cfl['same_alpha'])}, mean |α_A − α_B| {means}.")
    return parts


def _squares(squares: list[dict[str, Any]]) -> Table:
    rows = [
        (f"{s['x']}, {s['y']}", f"{s['bits_a']:,.0f}", f"{s['bits_b']:,.0f}", f"{s['difference']:+,.0f}")
        for s in squares
    ]
    title = f"Squares of {SIDE}x{SIDE} luma samples that differ most, in bits"
    return Table(title, ("at", "A", "B", "B - A"), rows)
