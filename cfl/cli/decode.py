"""`cfl decode`."""

import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from cfl.av1.decoder import Timings
from cfl.cli import batch, output, pipes
from cfl.cli.batch import Job, Many, Report
from cfl.cli.compiling import compile_for_decoding
from cfl.container.decoding import decode
from cfl.container.frame_rate import DEFAULT_FRAME_RATE, frame_rate, ratio_of, timing_of
from cfl.container.recognition import file_format_of
from cfl.endings import CODED_ENDINGS
from cfl.errors import FrameError
from cfl.files import all_or_none
from cfl.frames import DEFAULT_MAX_PIXELS, Frame, Y4MHeader, Y4MWriter, write
from cfl.frames.animation_output import ANIMATED, write_pillow_animation
from cfl.frames.io import WRITTEN
from cfl.frames.picture_durations import FOREVER
from cfl.remarks import remark
from cfl.sources import File

_KINDS = tuple(dict.fromkeys([*WRITTEN, *ANIMATED]))
_OF_MANY_FRAMES = ("y4m", "yuv", "raw")
_WITH_TIMES = ("IVF", "AVIF sequence", "MP4", "Matroska")
"""Files that say how many frames a second they show."""


class Request(NamedTuple):
    """The options of one call."""

    inputs: list[str]
    output: str | None
    output_format: str | None
    many: Many
    frame: int | None
    """None: all."""
    max_pixels: int | None
    threads: int
    json: Path | None


def run(request: Request) -> None:
    """Decode the inputs, write the wanted frames, print what they are."""
    ending = f".{request.output_format or 'png'}"
    plan = batch.plan(request.inputs, request.output, request.many, ending=ending, inputs=CODED_ENDINGS)
    for job in plan.jobs:
        _format_of(job, request)
    _, threads = request.many.shared(len(plan.jobs))
    request = request._replace(threads=threads)
    if plan.is_batch:
        batch.run(
            plan,
            lambda job: _decode(job, request, is_one=False),
            verb="decoding",
            many=request.many,
            json=request.json,
            table=_table,
            total=_total,
        )
        return
    batch.run_alone(
        plan,
        lambda job: _decode(job, request),
        out=request.output,
        json=request.json,
        show=lambda report: _print(report, request),
    )


def _format_of(job: Job, request: Request) -> str | None:
    """What is written, as an ending without its dot."""
    if job.output is None:
        return None
    if job.output == pipes.STDIO or request.output_format is not None:
        return request.output_format or "png"
    kind = job.output.suffix.lower().removeprefix(".")
    if kind not in _KINDS:
        endings = ", ".join(f".{each}" for each in _KINDS)
        raise FrameError(f"{job.output}: the name must end in {endings}")
    return kind


def _decode(job: Job, request: Request, *, is_one: bool = True) -> Report:
    start = time.perf_counter()
    kind = _format_of(job, request)
    decoding = _Decoding(job, request, kind, is_one=is_one)
    if kind is None:
        for _ in decoding.frames():
            pass
    else:
        _write(job, kind, decoding.frames(), is_one=is_one)
    return decoding.report(time.perf_counter() - start)


def _write(job: Job, kind: str, frames: Iterator[Frame], *, is_one: bool) -> None:
    """Write the wanted frames: to one file, or numbered files of pictures."""
    assert job.output is not None
    source = pipes.source(job.source)
    if kind in _OF_MANY_FRAMES:
        with pipes.written(job.output) as file:
            if kind == "y4m":
                _write_y4m(file, source, frames)
            else:
                write(file, frames, format=kind)
        return
    first = list(islice(frames, 2))
    several = chain(first, frames)
    if kind == "gif" or (kind in ANIMATED and len(first) > 1):
        durations, repetitions = _times(source)
        with pipes.written(job.output) as file:
            write_pillow_animation(file, several, durations, repetitions, kind)
    elif len(first) < 2:
        with pipes.written(job.output) as file:
            write(file, several, format=kind)
    elif is_one and job.output != pipes.STDIO:
        _write_numbered(job.output, kind, several)
    else:
        raise FrameError(f"{job.output}: a {kind.upper()} file holds one frame; choose it with --frame N")


def _write_numbered(output_path: Path, kind: str, frames: Iterator[Frame]) -> None:
    """Write `name-0000.png` and so on, all or none."""
    with all_or_none():
        for number, frame in enumerate(frames):
            name = f"{output_path.stem}-{number:04}{output_path.suffix}"
            with pipes.written(output_path.with_name(name)) as file:
                write(file, [frame], format=kind)


def _times(source: File) -> tuple[Fraction | list[Fraction], int]:
    """Seconds that every frame or each is shown, and how often all are repeated."""
    timing = timing_of(source)
    if timing is not None:
        return timing
    return 1 / (frame_rate(source) or DEFAULT_FRAME_RATE), FOREVER


class _Decoding:
    """The wanted frames, and the report about them."""

    def __init__(self, job: Job, request: Request, kind: str | None, *, is_one: bool):
        self._job, self._request, self._kind, self._is_one = job, request, kind, is_one
        self._source = pipes.source(job.source)
        self._timings = Timings()
        self._first: dict[str, Any] = {}
        self._count = 0

    def frames(self) -> Iterator[Frame]:
        """Decode up to the last wanted frame, one at a time."""
        request = self._request
        limit = DEFAULT_MAX_PIXELS if request.max_pixels is None else request.max_pixels
        compile_for_decoding(self._source)
        decoded = 0
        bar = output.progress("decoding") if self._is_one else output.no_progress()
        with bar as advance:
            for frame in decode(
                self._source, max_pixels=limit, threads=request.threads, timings=self._timings
            ):
                advance()
                decoded += 1
                if request.frame in (None, decoded - 1):
                    self._note(frame)
                    yield frame
                if request.frame == decoded - 1:
                    return
        if request.frame is not None:
            raise FrameError(f"{self._source}: there is no frame {request.frame}; the file has {decoded}")

    def _note(self, frame: Frame) -> None:
        if self._count == 0:
            self._first = describe(frame)
        self._count += 1

    def report(self, seconds: float) -> dict[str, Any]:
        """What `--json` writes."""
        job = self._job
        stages = {name.replace(" ", "_"): value for name, value in self._timings.seconds.items()}
        return {
            "input": str(job.source),
            "output": None if job.output is None else str(job.output),
            "format": file_format_of(self._source),
            "frames": self._count,
            **self._first,
            "seconds": {**stages, "total": seconds},
        }


def describe(frame: Frame) -> dict[str, Any]:
    """Format, colour and metadata of a frame."""
    transforms = frame.transforms
    return {
        "width": frame.width,
        "height": frame.height,
        "subsampling": frame.subsampling,
        "bit_depth": frame.bit_depth,
        "color_primaries": frame.color_primaries,
        "transfer_characteristics": frame.transfer_characteristics,
        "matrix_coefficients": frame.matrix_coefficients,
        "full_range": frame.full_range,
        "chroma_sample_position": frame.chroma_sample_position,
        "alpha": frame.alpha is not None,
        "premultiplied": frame.premultiplied,
        "crop": transforms.crop,
        "turns": transforms.turns,
        "mirror": transforms.mirror,
        "icc_bytes": len(frame.icc or b""),
        "exif_bytes": len(frame.exif or b""),
        "xmp_bytes": len(frame.xmp or b""),
    }


def _write_y4m(file: Any, source: Any, frames: Iterator[Frame]) -> None:
    with Y4MWriter(file) as writer:
        rate = frame_rate(source) if file_format_of(source) in _WITH_TIMES else None
        for index, frame in enumerate(frames):
            writer.header = writer.header or Y4MHeader.from_frame(frame, ratio_of(rate))
            writer.write(frame)
            if index == 1 and rate is None:
                remark(f"{source} does not say its frame rate; {ratio_of(rate)} is written")


def _print(report: Report, request: Request) -> None:
    frames = "" if report["frames"] == 1 else f", {report['frames']} frames"
    geometry = f"{report['width']}x{report['height']} {report['subsampling']} {report['bit_depth']} bit"
    alpha = ", premultiplied alpha" if report["premultiplied"] else ", alpha" if report["alpha"] else ""
    names = ("color_primaries", "transfer_characteristics", "matrix_coefficients")
    cicp = "/".join(str(report[name]) for name in names)
    range_ = "full" if report["full_range"] else "limited"
    stages = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in report["seconds"].items())
    lines = [
        f"{report['input']}: {report['format']}, {geometry}{alpha}{frames}",
        f"CICP {cicp}, {range_} range{_shown_as(report)}",
        f"Seconds: {stages}",
    ]
    output.show(lines, json=request.json, data=None if request.output is None else Path(request.output))


def _shown_as(report: Report) -> str:
    """How the picture is to be shown: crop, rotation, mirror."""
    steps = []
    if report["crop"] is not None:
        left, top, width, height = report["crop"]
        steps.append(f"cropped to {width}x{height} at ({left}, {top})")
    if report["turns"]:
        steps.append(f"turned anti-clockwise by {90 * report['turns']}°")
    if report["mirror"] is not None:
        steps.append("mirrored, " + ("left to right" if report["mirror"] else "top to bottom"))
    return f"; shown {', '.join(steps)}" if steps else ""


def _table(reports: list[Report]) -> output.Table:
    header = ("file", "format", "size", "chroma", "bits", "frames", "seconds")
    rows = [
        (
            report["input"] if report["output"] is None else report["output"], report["format"],
            f"{report['width']}x{report['height']}", report["subsampling"], str(report["bit_depth"]),
            str(report["frames"]), f"{report['seconds']['total']:.2f}",
        )
        for report in reports
    ]  # fmt: skip
    together = _total(reports)
    rows.append(("total", "", "", "", "", str(together["frames"]), f"{together['seconds']:.2f}"))
    return output.Table("Decoded", header, rows)


def _total(reports: list[Report]) -> Report:
    return {
        "frames": sum(report["frames"] for report in reports),
        "seconds": sum(report["seconds"]["total"] for report in reports),
    }
