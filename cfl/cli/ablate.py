"""`cfl ablate`."""

import csv
import io
import math
from pathlib import Path
from typing import NamedTuple

from cfl.ablation import METRICS, Ablation, ablate, draw, mean_bd_rates
from cfl.cli import batch, inputs, output, pipes
from cfl.cli.compiling import compile_for_encoding
from cfl.cli.errors import SomeFailed
from cfl.endings import PICTURE_ENDINGS
from cfl.errors import FrameError
from cfl.files import all_or_none, atomic_write
from cfl.frames import Frame

_SHORT = METRICS | {"yuv": "YUV", "ciede2000": "E00"}


class Request(NamedTuple):
    """The options of one call."""

    inputs: list[str]
    recursive: bool
    qualities: list[int]
    speed: int
    subsampling: str | None
    threads: int
    figure: Path | None
    csv: Path | None
    json: Path | None
    max_pixels: int | None
    results: Path | None
    tune: str = "psnr"


def run(request: Request) -> None:
    """Encode every picture with and without CfL, print the BD-rates, write the outputs."""
    if request.figure is not None:
        output.figure_format(request.figure)
    found, _ = batch.inputs_of(request.inputs, request.recursive, PICTURE_ENDINGS)
    paths = [each.path for each in found]
    if all(path.is_file() for path in paths):
        compile_for_encoding()
    failed = 0
    if request.results is None:
        ablations = _all_here(paths, request)
    else:
        ablations, failed = _all_kept(paths, request, request.results)
    if ablations:
        _write(ablations, request)
    if failed:
        raise SomeFailed(f"{failed} failed, of {len(paths)} pictures; {request.results} has the reasons")


def _all_here(paths: list[Path], request: Request) -> dict[str, Ablation]:
    """Encode one picture after another; by their names."""
    count = 2 * len(request.qualities) * len(paths)
    with output.progress("encoding", count) as advance:
        return {
            name: ablate(
                _first_frame(path, request),
                request.qualities,
                speed=request.speed,
                tune=request.tune,
                threads=request.threads,
                progress=advance,
            )
            for name, path in zip(_names(paths), paths, strict=True)
        }


def _all_kept(paths: list[Path], request: Request, folder: Path) -> tuple[dict[str, Ablation], int]:
    """Encode what a folder of results has not yet, in several processes; and how much failed."""
    from cfl.cli.lab import do, long_run
    from cfl.lab.ablation_runs import AblationRun, ablations
    from cfl.lab.comparison import study_of

    experiment = AblationRun(
        tuple(request.qualities), request.speed, request.subsampling, request.tune, request.max_pixels
    )
    workers = request.threads if request.threads > 1 else 0
    with long_run("encoding") as report:
        study = study_of(experiment, paths, folder, workers=workers, scheduler=None, progress=report)
        do(study)
    assert study.results is not None
    found = ablations(study.results, experiment, paths)
    names = dict(zip(map(str, paths), _names(paths), strict=True))
    return {names[path]: ablation for path, ablation in found.items()}, study.failed


def _write(ablations: dict[str, Ablation], request: Request) -> None:
    means = mean_bd_rates(list(ablations.values()))
    counts = {name: sum(each.bd_rates[name] is not None for each in ablations.values()) for name in METRICS}
    pictures = [{"input": name, **ablation.as_dict()} for name, ablation in ablations.items()]
    how = {"speed": request.speed, "tune": request.tune}
    report = {**how, "pictures": pictures, "mean_bd_rates": means, "mean_of": counts}
    with all_or_none():
        if request.csv is not None:
            _write_csv(request.csv, ablations)
        if request.figure is not None:
            with atomic_write(request.figure) as file:
                output.save_figure(draw(ablations), request.figure, file)
        output.write_json(request.json, report)
    _print(ablations, means, counts, request)


def _names(paths: list[Path]) -> list[str]:
    """File names; with folders if two names are equal, and numbered if two paths are equal, too."""
    names = [path.name for path in paths]
    if len(set(names)) < len(names):
        names = [str(path) for path in paths]
    return [
        name if names.count(name) == 1 else f"{name} ({names[: i + 1].count(name)})"
        for i, name in enumerate(names)
    ]


def _first_frame(path: Path, request: Request) -> Frame:
    frame = next(inputs.frames_of(path, request.subsampling, max_pixels=request.max_pixels))
    if frame.subsampling == "4:0:0":
        raise FrameError(f"{path}: the picture has no chroma to predict (4:0:0)")
    return frame


def _write_csv(path: Path, ablations: dict[str, Ablation]) -> None:
    """A row for each encode."""
    text = io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(
        ("input", "cfl", "quality", "qindex", "bytes", "bits_per_pixel", *METRICS, "cfl_share", "seconds")
    )
    for name, ablation in ablations.items():
        for used, points in ((1, ablation.with_cfl), (0, ablation.without_cfl)):
            for point in points:
                decibels = (point.decibels[metric] for metric in METRICS)  # None is an empty cell
                first = point.quality, point.qindex, point.coded_bytes, point.bits_per_pixel
                rows.writerow((name, used, *first, *decibels, point.cfl_share, point.seconds))
    with pipes.written(path) as file:
        file.write(output.utf8(text.getvalue()))


def _print(
    ablations: dict[str, Ablation],
    means: dict[str, float | None],
    counts: dict[str, int],
    request: Request,
) -> None:
    parts: list[str | output.Table] = [_curves(name, ablation) for name, ablation in ablations.items()]
    rows = [(name, *map(_percent, ablation.bd_rates.values())) for name, ablation in ablations.items()]
    if len(ablations) > 1:
        rows.append(("mean", *map(_percent, means.values())))
        if any(count < len(ablations) for count in counts.values()):
            rows.append(("pictures in it", *map(str, counts.values())))
    parts.append(output.Table("BD-rate with CfL, against without", ("picture", *METRICS.values()), rows))
    for name, ablation in ablations.items():
        for reason, metrics in _by_reason(ablation.without_bd_rate).items():
            words = ", ".join(METRICS[metric] for metric in metrics)
            parts.append(f"Note: {name} has no BD-rate of {words}: {reason}.")
    output.show(parts, json=request.json, data=request.csv)


def _curves(name: str, ablation: Ablation) -> output.Table:
    """What CfL gains at each quality."""
    gained = (f"Δ {words}" for words in _SHORT.values())
    rows = [
        (
            str(one.quality),
            f"{one.bits_per_pixel:.3f}",
            f"{other.bits_per_pixel:.3f}",
            *(_gain(one.decibels[metric], other.decibels[metric]) for metric in METRICS),
            f"{100 * one.cfl_share:.0f} %",
        )
        for one, other in zip(ablation.with_cfl, ablation.without_cfl, strict=True)
    ]
    return output.Table(f"{name}, dB gained by CfL", ("quality", "bpp", "without", *gained, "CfL"), rows)


def _by_reason(reasons: dict[str, str]) -> dict[str, list[str]]:
    """The metrics of each reason."""
    return {
        reason: [metric for metric in reasons if reasons[metric] == reason] for reason in reasons.values()
    }


def _gain(one: float | None, other: float | None) -> str:
    """A difference in dB; none between two that are exact, or of a metric that there is not."""
    if one is None or other is None or (math.isinf(one) and math.isinf(other)):
        return "–"
    return f"{one - other:+.2f}".replace("inf", "∞")


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:+.2f} %"
