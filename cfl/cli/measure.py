"""`cfl measure`."""

from pathlib import Path
from typing import NamedTuple

from cfl.cli import batch, inputs, output
from cfl.cli.batch import Job, Many, Report
from cfl.endings import CODED_ENDINGS, PICTURE_ENDINGS
from cfl.errors import FrameError
from cfl.metrics.totals import measure_frames

_PLANES = {"y": "Y", "u": "U", "v": "V", "alpha": "alpha"}
_COMBINED = {"yuv": "YUV 6:1:1", "rgb": "RGB"}
_ENDINGS = (*PICTURE_ENDINGS, *CODED_ENDINGS)


class Request(NamedTuple):
    """The options of one call."""

    reference: str
    tests: list[str]
    many: Many
    as_is: bool
    json: Path | None
    size: str | None
    raw_format: str | None
    max_pixels: int | None


def run(request: Request) -> None:
    """Measure two files, several against one, or two folders; print every metric over all frames."""
    pairs = _pairs(request)
    plan = batch.Plan([Job(test, None, test) for test in pairs], _is_batch(request))
    if plan.is_batch:
        batch.run(
            plan, lambda job: _measure(pairs[job.source], job.source, request), verb="measuring",
            many=request.many, json=request.json, table=_table, total=_total,
        )  # fmt: skip
        return
    [job] = plan.jobs
    report = _measure(pairs[job.source], job.source, request)
    output.write_json(request.json, report)
    _print(report, request)


def _is_batch(request: Request) -> bool:
    return len(request.tests) > 1 or Path(request.reference).is_dir() or Path(request.tests[0]).is_dir()


def _pairs(request: Request) -> dict[Path, Path]:
    """The reference of each test."""
    reference = Path(request.reference)
    if not reference.is_dir():
        found, _ = batch.inputs_of(request.tests, True, _ENDINGS)
        return {each.path: reference for each in found}
    if len(request.tests) != 1 or not Path(request.tests[0]).is_dir():
        raise FrameError(f"{reference} is a folder; compare it with one other folder")
    return _pairs_of_folders(reference, Path(request.tests[0]))


def _pairs_of_folders(reference: Path, tests: Path) -> dict[Path, Path]:
    """The reference of each file of a folder; a warning names those that have none."""
    originals = [path.relative_to(reference) for path in batch.files_below(reference, _ENDINGS)]
    by_stem: dict[Path, list[Path]] = {}
    for original in originals:
        by_stem.setdefault(original.with_suffix(""), []).append(original)
    pairs, names = {}, set(originals)
    for test in batch.files_below(tests, _ENDINGS):
        name = test.relative_to(tests)
        stem = name.with_suffix("")
        found = [each for each in (name, stem) if each in names][:1] or by_stem.get(stem, [])
        if len(found) > 1:
            raise FrameError(f"{test}: {reference} has both {found[0]} and {found[1]} to compare it with")
        if found:
            pairs[test] = reference / found[0]
        else:
            output.remark(f"cfl: warning: {test}: {reference} has no file of that name; it is left out")
    if not pairs:
        raise FrameError(f"{reference} and {tests} have no file of the same name")
    return pairs


def _measure(reference: Path, test: Path, request: Request) -> Report:
    pair = (
        inputs.frames_of(path, None, request.size, request.raw_format, request.max_pixels, keep_rgb=True)
        for path in (reference, test)
    )
    measured = measure_frames(*pair, as_is=request.as_is)
    return {"reference": str(reference), "test": str(test), "as_is": request.as_is, **measured}


def _print(report: Report, request: Request) -> None:
    frames = "" if report["frames"] == 1 else f", {report['frames']} frames"
    geometry = (
        f"{report['width']}x{report['height']} {report['subsampling']} {report['bit_depth']} bit{frames}"
    )
    rows = []
    for name, words in (_PLANES | _COMBINED).items():
        if name in report["psnr"]:
            psnr, ssim, r2 = (report[metric].get(name) for metric in ("psnr", "ssim", "r2"))
            rows.append((words, _decibels(psnr), _number(ssim), _number(r2)))
    parts: list[str | output.Table] = [f"Note: {remark}." for remark in report["remarks"]]
    parts.append(output.Table(geometry, ("plane", "PSNR", "SSIM", "R²"), rows))
    colour = report["ciede2000"]
    if colour is not None:
        parts.append(f"CIEDE2000: mean ΔE {colour['mean']:.4f}, {output.decibels(colour['db'])} dB")
    if report["ssimulacra2"] is not None:
        parts.append(f"SSIMULACRA 2: {report['ssimulacra2']:.3f}")
    if report["ms_ssim"] is not None:
        parts.append(f"MS-SSIM of Y: {report['ms_ssim']:.5f}")
    output.show(parts, json=request.json)


def _decibels(value: float | str | None) -> str:
    return "" if value is None else f"{output.decibels(value)} dB"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5f}"


def _table(reports: list[Report]) -> output.Table:
    """PSNR of all planes and what says how alike they look; RGB and alpha where a file has them."""
    names = [name for name in (*_PLANES, *_COMBINED) if any(name in each["psnr"] for each in reports)]
    words = _PLANES | {"yuv": "YUV", "rgb": "RGB"}
    psnrs = (f"PSNR {words[name]}" for name in names)
    header = ("file", *psnrs, "SSIM Y", "MS-SSIM Y", "mean ΔE", "SSIMULACRA 2", "notes")
    rows, notes = [], _notes(reports)
    for report in reports:
        numbers = [str(notes.index(remark) + 1) for remark in report["remarks"]]
        rows.append((report["test"], *_figures(report, names), ", ".join(numbers)))
    rows.append(("mean", *_figures(_total(reports), names), ""))
    title = "\n".join(["PSNR in dB", *(f"Note {i}: {remark}." for i, remark in enumerate(notes, 1))])
    return output.Table(title, header, rows)


def _notes(reports: list[Report]) -> list[str]:
    return list(dict.fromkeys(remark for report in reports for remark in report["remarks"]))


def _figures(report: Report, names: list[str]) -> tuple[str, ...]:
    colour = report["ciede2000"]
    return (
        *(output.decibels(report["psnr"].get(name)) for name in names),
        _number(report["ssim"].get("y")),
        _number(report["ms_ssim"]),
        "" if colour is None else f"{colour['mean']:.4f}",
        "" if report["ssimulacra2"] is None else f"{report['ssimulacra2']:.3f}",
    )


def _total(reports: list[Report]) -> Report:
    """The means; what is infinite, or what a file has not, does not count."""
    deltas = [report["ciede2000"]["mean"] for report in reports if report["ciede2000"] is not None]
    return {
        **{
            metric: {
                name: output.mean_of(report[metric].get(name) for report in reports)
                for name in dict.fromkeys(name for report in reports for name in report[metric])
            }
            for metric in ("psnr", "ssim", "r2")
        },
        "ciede2000": {"mean": output.mean_of(deltas)} if deltas else None,
        **{name: output.mean_of(report[name] for report in reports) for name in ("ssimulacra2", "ms_ssim")},
    }
