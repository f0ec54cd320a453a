"""`cfl inspect`."""

import csv
import io
import json
from pathlib import Path
from typing import IO, Any, NamedTuple

from cfl.cli import output
from cfl.cli.compiling import compile_for_decoding
from cfl.files import all_or_none, atomic_write
from cfl.frames import DEFAULT_MAX_PIXELS
from cfl.inspection import Inspection, draw, inspect
from cfl.inspection.rows import rows_of


class Request(NamedTuple):
    """The options of one call."""

    input_path: Path
    reference: Path | None
    frame: int
    csv: Path | None
    json: Path | None
    figure: Path | None
    max_pixels: int | None


def run(request: Request) -> None:
    """Inspect a frame of the input, write the outputs, print the report."""
    limit = DEFAULT_MAX_PIXELS if request.max_pixels is None else request.max_pixels
    if request.figure is not None:
        output.figure_format(request.figure)
    compile_for_decoding(request.input_path)
    inspection = inspect(
        request.input_path, reference=request.reference, frame=request.frame, max_pixels=limit
    )
    report = {"input": str(request.input_path), "frame": request.frame, **inspection.as_dict()}
    with all_or_none():
        if request.csv is not None:
            with atomic_write(request.csv) as file:
                _write_csv(file, inspection)
        if request.figure is not None:
            with atomic_write(request.figure) as file:
                output.save_figure(draw(inspection, _title(request, inspection)), request.figure, file)
        if request.json is not None:
            _write_json(request.json, report, inspection)
    _print(report)


def _title(request: Request, inspection: Inspection) -> str:
    """Return the file's name, and the frame's number if there may be several."""
    name = request.input_path.name
    return name if inspection.picture.format == "AVIF" else f"{name}, frame {request.frame}"


def _write_csv(file: IO[bytes], inspection: Inspection) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.DictWriter(text, list(inspection.blocks.dtype.names or ()), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows_of(inspection.blocks))
    text.detach()  # flushes, and leaves the file open


def _write_json(path: Path, report: dict[str, Any], inspection: Inspection) -> None:
    """Write the report, with one line for each block."""
    head = json.dumps(report, indent=2, allow_nan=False, ensure_ascii=False).removesuffix("\n}")
    rows = ",\n    ".join(
        json.dumps(row, allow_nan=False, ensure_ascii=False) for row in rows_of(inspection.blocks)
    )
    text = f'{head},\n  "blocks": [\n    {rows}\n  ]\n}}\n'
    if path == output.STDOUT:
        output.print_out(text)
        return
    with atomic_write(path) as file:
        file.write(output.utf8(text))


def _print(report: dict[str, Any]) -> None:
    _print_headers(report)
    summary = report["summary"]
    _print_bits(summary["bits"], report["width"] * report["height"])
    if not summary["uv_modes"]:
        output.console().print("The picture has no chroma.")
        return
    _print_modes(summary)
    _print_gain(summary)


def _print_headers(report: dict[str, Any]) -> None:
    from rich.table import Table

    console = output.console()
    console.print(f"{report['input']}: {report['format']}", soft_wrap=True)
    for remark in report["remarks"]:
        console.print(f"Note: {remark}.", soft_wrap=True)
    headers = Table.grid(padding=(0, 2))
    headers.add_column(style="bold")
    headers.add_column()
    for subject, words in report["headers"].items():
        headers.add_row(subject, words)
    console.print(headers)


def _print_bits(bits: dict[str, Any], pixels: int) -> None:
    console = output.console()
    table = output.table(f"{bits['tiles']:,} bits of the tiles", "spent on", "bits", "share", "per pixel")
    names = {
        "modes": "modes, palettes, transform sizes", "cfl_alpha": "CfL's α", "luma": "luma coefficients",
        "chroma": "chroma coefficients", "other": "partition, restoration, padding",
    }  # fmt: skip
    for name, words in names.items():
        table.add_row(
            words,
            f"{bits[name]:,.0f}",
            f"{100 * bits[name] / bits['tiles']:.1f} %",
            f"{bits[name] / pixels:.4f}",
        )
    console.print(table)


def _print_modes(summary: dict[str, Any]) -> None:
    console = output.console()
    table = output.table("Chroma", "uv_mode", "blocks", "share of the area")
    for name, entry in summary["uv_modes"].items():
        table.add_row(name, f"{entry['blocks']:,}", f"{100 * entry['share']:.1f} %")
    console.print(table)
    pairs = summary["alpha_pairs"][:6]
    if pairs:
        words = ", ".join(f"({pair['alpha_u']}, {pair['alpha_v']}) {pair['blocks']}x" for pair in pairs)
        console.print(f"Most frequent α (U, V), in eighths: {words}.")


def _print_gain(summary: dict[str, Any]) -> None:
    console, cfl = output.console(), summary["cfl"]
    if not cfl["blocks"]:
        console.print("No block uses CfL.")
        return
    table = output.table(
        f"CfL, {cfl['blocks']:,} blocks, against the {summary['target']}",
        "plane", "gain over DC", "per sample", "R²", "R² of least squares", "α of least error chosen",
    )  # fmt: skip
    for plane, name in (("u", "Cb (U)"), ("v", "Cr (V)")):
        gain = cfl[plane]
        ratio = "" if gain["gain_db"] is None else f"{gain['gain_db']:+.2f} dB"
        r2 = ["" if gain[key] is None else f"{gain[key]:.3f}" for key in ("r2", "r2_ls")]
        table.add_row(name, ratio, f"{gain['gain']:.2f}", *r2, f"{100 * gain['best_alpha']:.0f} %")
    console.print(table)
    console.print(f"A pair of α costs {cfl['bits_per_block']:.2f} bits.")
    if any((cfl[plane]["r2"] or 0) < 0 for plane in "uv"):
        console.print("A negative R² means that each block's mean alone would predict better.")
