"""`cfl inspect`."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from cfl.cli import batch, output, pipes
from cfl.cli.batch import Job, Many, Report
from cfl.cli.compiling import compile_for_decoding
from cfl.endings import CODED_ENDINGS
from cfl.errors import UnsupportedFeature
from cfl.files import all_or_none
from cfl.frames import DEFAULT_MAX_PIXELS
from cfl.inspection import Inspection, draw, inspect
from cfl.inspection.coded_pictures import NoSuchFrame
from cfl.inspection.rows import rows_of

_ROWS_AT_ONCE = 4096


class Request(NamedTuple):
    """The options of one call."""

    inputs: list[str]
    many: Many
    reference: Path | None
    frame: int
    csv: Path | None
    json: Path | None
    figure: Path | None
    html: Path | None
    frames: int
    max_pixels: int | None


def run(request: Request) -> None:
    """Inspect a frame of each input, write the outputs, print the report."""
    plan = batch.plan(request.inputs, None, request.many, ending="", inputs=CODED_ENDINGS)
    if plan.is_batch:
        batch.run(
            plan, lambda job: _outlined(job, request), verb="inspecting", many=request.many,
            json=request.json, table=_table, total=_total,
        )  # fmt: skip
        return
    [job] = plan.jobs
    if request.figure is not None:
        output.figure_format(request.figure)
    with all_or_none():
        inspection, report = _inspect(job, request, is_batch=False)
        if request.json is not None:
            _write_json(request.json, report, inspection)
    _print(report, request)


def _outlined(job: Job, request: Request) -> Report:
    """What a table of many files needs; their headers and blocks would be too much."""
    _, report = _inspect(job, request, is_batch=True)
    left_out = ("headers", "sequence_header", "frame_headers")
    return {name: value for name, value in report.items() if name not in left_out}


def _inspect(job: Job, request: Request, *, is_batch: bool) -> tuple[Inspection, Report]:
    source = pipes.source(job.source)
    limit = DEFAULT_MAX_PIXELS if request.max_pixels is None else request.max_pixels
    compile_for_decoding(source)
    reference = None if request.reference is None else pipes.source(request.reference)
    inspection = inspect(source, reference=reference, frame=request.frame, max_pixels=limit)
    report = {"input": str(job.source), "frame": request.frame, **inspection.as_dict()}
    table = job.beside(request.csv, ".csv", is_batch=is_batch)
    if table is not None:
        with pipes.written(table) as file:
            _write_csv(file, inspection)
    figure = job.beside(request.figure, ".png", is_batch=is_batch)
    if figure is not None:
        with pipes.written(figure) as file:
            output.save_figure(draw(inspection, _title(job, request, inspection)), figure, file)
    page = job.beside(request.html, ".html", is_batch=is_batch)
    if page is not None:
        _write_page(page, job, request, inspection)
    return inspection, report


def _write_page(path: Path, job: Job, request: Request, first: Inspection) -> None:
    """Write the page of the frame and of those that follow it, up to the end of the clip."""
    from cfl.viewer import html_page

    inspections = [first, *_next_frames(job, request)]
    names = [f"frame {request.frame + i}" for i in range(len(inspections))]
    with pipes.written(path) as file:
        file.write(html_page(inspections, job.source.name, names=names).encode("utf-16"))


def _next_frames(job: Job, request: Request) -> Iterator[Inspection]:
    source = pipes.source(job.source)
    limit = DEFAULT_MAX_PIXELS if request.max_pixels is None else request.max_pixels
    wanted = range(request.frame + 1, request.frame + request.frames)
    with output.progress("inspecting", len(wanted)) as advance:
        for frame in wanted:
            try:
                yield inspect(source, frame=frame, max_pixels=limit)
            except UnsupportedFeature as error:
                output.remark(f"cfl: warning: {job.source}: the page ends before frame {frame}: {error}")
                return
            except NoSuchFrame:
                return
            advance()


def _title(job: Job, request: Request, inspection: Inspection) -> str:
    """Return the file's name, and the frame's number if there may be several."""
    name = job.source.name
    return name if inspection.picture.format == "AVIF" else f"{name}, frame {request.frame}"


def _write_csv(file: IO[bytes], inspection: Inspection) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.DictWriter(text, list(inspection.blocks.dtype.names or ()), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows_of(inspection.blocks))
    text.detach()  # flushes, and leaves the file open


def _write_json(path: Path, report: Report, inspection: Inspection) -> None:
    """Write the report, with one line for each block, as they come: a large grid has a million."""
    if path == pipes.STDIO:
        for text in _json_text(report, inspection):
            output.print_out(text)
        return
    with pipes.written(path) as file:
        for text in _json_text(report, inspection):
            file.write(output.utf8(text))


def _json_text(report: Report, inspection: Inspection) -> Any:
    yield json.dumps(report, indent=2, allow_nan=False, ensure_ascii=False).removesuffix("\n}")
    yield ',\n  "blocks": ['
    lines: list[str] = []
    separator = "\n    "
    for row in rows_of(inspection.blocks):
        lines.append(json.dumps(row, allow_nan=False, ensure_ascii=False))
        if len(lines) == _ROWS_AT_ONCE:
            yield separator + ",\n    ".join(lines)
            lines, separator = [], ",\n    "
    if lines:
        yield separator + ",\n    ".join(lines)
    yield "\n  ]\n}\n"


def _print(report: Report, request: Request) -> None:
    summary = report["summary"]
    parts = [f"{report['input']}: {report['format']}"]
    parts += [f"Note: {remark}." for remark in report["remarks"]]
    room = max(map(len, report["headers"]), default=0) + 2
    parts += [f"{subject.ljust(room)}{words}" for subject, words in report["headers"].items()]
    shown: list[str | output.Table] = [*parts, ""]
    shown.append(_bits(summary["bits"], report["width"] * report["height"]))
    if summary["uv_modes"]:
        shown += [*_modes(summary), *_gain(summary)]
    else:
        shown.append("The picture has no chroma.")
    output.show(shown, json=request.json, data=request.csv)


def _bits(bits: dict[str, Any], pixels: int) -> output.Table:
    names = {
        "modes": "modes, palettes, transform sizes", "cfl_alpha": "CfL's α", "luma": "luma coefficients",
        "chroma": "chroma coefficients", "other": "partition, restoration, padding",
    }  # fmt: skip
    rows = [
        (
            words,
            f"{bits[name]:,.0f}",
            f"{100 * bits[name] / bits['tiles']:.1f} %",
            f"{bits[name] / pixels:.4f}",
        )
        for name, words in names.items()
    ]
    return output.Table(
        f"{bits['tiles']:,} bits of the tiles", ("spent on", "bits", "share", "per pixel"), rows
    )


def _modes(summary: dict[str, Any]) -> list[str | output.Table]:
    rows = [
        (name, f"{entry['blocks']:,}", f"{100 * entry['share']:.1f} %")
        for name, entry in summary["uv_modes"].items()
    ]
    parts: list[str | output.Table] = [
        output.Table("Chroma", ("uv_mode", "blocks", "share of the area"), rows)
    ]
    pairs = summary["alpha_pairs"][:6]
    if pairs:
        words = ", ".join(f"({pair['alpha_u']}, {pair['alpha_v']}) {pair['blocks']}x" for pair in pairs)
        parts.append(f"Most frequent α (U, V), in eighths: {words}.")
    return parts


def _gain(summary: dict[str, Any]) -> list[str | output.Table]:
    cfl = summary["cfl"]
    if not cfl["blocks"]:
        return ["No block uses CfL."]
    rows = []
    for plane, name in (("u", "Cb (U)"), ("v", "Cr (V)")):
        gain = cfl[plane]
        ratio = "" if gain["gain_db"] is None else f"{gain['gain_db']:+.2f} dB"
        r2 = ["" if gain[key] is None else f"{gain[key]:.3f}" for key in ("r2", "r2_ls")]
        rows.append((name, ratio, f"{gain['gain']:.2f}", *r2, f"{100 * gain['best_alpha']:.0f} %"))
    title = f"CfL, {cfl['blocks']:,} blocks, against the {summary['target']}"
    header = ("plane", "gain over DC", "per sample", "R²", "R² of least squares", "α of least error chosen")
    parts: list[str | output.Table] = ["", output.Table(title, header, rows)]
    parts.append(f"A pair of α costs {cfl['bits_per_block']:.2f} bits.")
    if any((cfl[plane]["r2"] or 0) < 0 for plane in "uv"):
        parts.append("A negative R² means that each block's mean alone would predict better.")
    return parts


def _table(reports: list[Report]) -> output.Table:
    header = ("file", "format", "size", "chroma", "bits", "bpp", "CfL", "gain U", "gain V", "α bits")
    rows = [_row(report) for report in reports]
    together = _total(reports)
    bpp = f"{together['bits_per_pixel']:.3f}"
    rows.append(("total", "", "", "", "", bpp, "", "", "", f"{together['cfl_alpha_bits']:,.0f}"))
    return output.Table("CfL: share of chroma's area, gain over DC in dB", header, rows)


def _row(report: Report) -> tuple[str, ...]:
    summary = report["summary"]
    share = summary["uv_modes"].get("UV_CFL_PRED", {"share": 0})["share"]
    gains = (
        [summary["cfl"].get(plane, {}).get("gain_db") for plane in "uv"] if summary["cfl"] else [None, None]
    )
    return (
        report["input"],
        report["format"],
        f"{report['width']}x{report['height']}",
        report["subsampling"],
        str(report["bit_depth"]),
        f"{summary['bits']['tiles'] / _pixels(report):.3f}",
        f"{100 * share:.1f} %" if summary["uv_modes"] else "",
        *("" if gain is None else f"{gain:+.2f}" for gain in gains),
        f"{summary['bits']['cfl_alpha']:,.0f}",
    )


def _pixels(report: Report) -> int:
    return int(report["width"] * report["height"])


def _total(reports: list[Report]) -> Report:
    bits = [report["summary"]["bits"] for report in reports]
    return {
        "tile_bits": sum(each["tiles"] for each in bits),
        "bits_per_pixel": sum(each["tiles"] for each in bits) / sum(map(_pixels, reports)),
        "cfl_alpha_bits": sum(each["cfl_alpha"] for each in bits),
    }
