"""`cfl encode`."""

import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from cfl.animating import write_animation
from cfl.cli import batch, inputs, output, pipes
from cfl.cli.batch import Job, Many, Report
from cfl.cli.compiling import compile_for_encoding
from cfl.container.frame_rate import DEFAULT_FRAME_RATE, frame_rate, timing_of
from cfl.container.stream_writer import STREAM_ENDINGS, stream_writer
from cfl.encoding import (
    DEFAULT_TUNE,
    Encoded,
    encode_frame,
    encode_frames,
    encoder_options,
    total,
)
from cfl.endings import PICTURE_ENDINGS
from cfl.errors import FrameError
from cfl.frames import Frame
from cfl.frames.alpha import without_opaque_alpha
from cfl.frames.picture_durations import FOREVER
from cfl.frames.told import parse_cicp, stripped, with_cicp
from cfl.metrics import json_ready
from cfl.remarks import remark
from cfl.targets import Target, encode_to_target

_ENDINGS = (".avif", *STREAM_ENDINGS)
UNTIMED = Fraction(1, 10)
"""Seconds that a frame of an animation is shown that has the duration 0, as browsers do."""


class Request(NamedTuple):
    """The options of one call."""

    inputs: list[str]
    output: str
    output_format: str | None
    many: Many
    quality: int | None
    qindex: int | None
    lossless: bool
    target: Target | None
    speed: int
    cfl: bool
    subsampling: str | None
    bit_depth: int | None
    tiles: tuple[int, int] | None
    frame: int | None
    threads: int
    json: Path | None
    size: str | None
    raw_format: str | None
    max_pixels: int | None
    cicp: str | None = None
    full_range: bool | None = None
    strip: tuple[str, ...] = ()
    quality_alpha: int | None = None
    keep_hidden_colour: bool = False
    tune: str = DEFAULT_TUNE

    def coding(self) -> dict[str, Any]:
        """The options of `cfl.encode`."""
        return {
            "quality": self.quality,
            "qindex": self.qindex,
            "lossless": self.lossless,
            "speed": self.speed,
            "cfl": self.cfl,
            "tune": self.tune,
            "tiles": self.tiles,
        }


def target_of(
    size: int | None, psnr: float | None, ssim: float | None, ssimulacra2: float | None
) -> Target | None:
    """What is to be reached, if anything."""
    wanted = size, psnr, ssim, ssimulacra2
    return None if wanted == (None,) * len(wanted) else Target(*wanted)


def run(request: Request) -> None:
    """Encode the inputs, write the files, print what they are."""
    encoder_options(**request.coding())  # bad options are reported before anything is read
    ending = f".{request.output_format or 'avif'}"
    plan = batch.plan(request.inputs, request.output, request.many, ending=ending, inputs=PICTURE_ENDINGS)
    for job in plan.jobs:
        _ending_of(job, request)
    _, threads = request.many.shared(len(plan.jobs))
    request = request._replace(threads=threads)
    if not plan.is_batch:
        batch.run_alone(
            plan,
            lambda job: _encode(job, request),
            out=request.output,
            json=request.json,
            show=lambda report: _print(report, request),
        )
        return
    batch.run(
        plan,
        lambda job: _encode(job, request, is_one=False),
        verb="encoding",
        many=request.many,
        json=request.json,
        table=_table,
        total=_total,
    )


def _ending_of(job: Job, request: Request) -> str:
    """What kind of file is to be written, as an ending."""
    assert job.output is not None
    if job.output == pipes.STDIO or request.output_format is not None:
        return f".{request.output_format or 'avif'}"
    ending = job.output.suffix.lower()
    if ending not in _ENDINGS:
        raise FrameError(f"{job.output}: the name must end in .avif, .ivf or .obu")
    return ending


def _encode(job: Job, request: Request, *, is_one: bool = True) -> Report:
    start = time.perf_counter()
    ending = _ending_of(job, request)
    if ending == ".avif":
        summary = _write_still(job, request, is_one=is_one)
    else:
        summary = _write_stream(job, request, ending, is_one=is_one)
    if is_one and request.size is not None and not inputs.is_raw(job.source, request.size):
        remark(f"{job.source}: --size is ignored, as the file is not raw")
    report = {
        "input": str(job.source),
        "output": str(job.output),
        "input_bytes": _size_of(job.source),
        **summary,
        "speed": request.speed,
        "seconds_in_all": time.perf_counter() - start,
    }
    ready: Report = json_ready(report)
    return ready


def _size_of(path: Path) -> int | None:
    """Bytes of a file; None for a pipe."""
    return path.stat().st_size if path.is_file() else None


def _write_still(job: Job, request: Request, *, is_one: bool) -> dict[str, Any]:
    frames = _read(job, request)
    frame, *more = islice(frames, 2)
    if more and request.frame is None:
        return _write_animation(job, request, chain([frame, *more], frames), is_one=is_one)
    compile_for_encoding()
    assert job.output is not None
    with pipes.written(job.output) as file:
        encoded, attempts = _still(frame, request, is_one=is_one)
        file.write(encoded.data)
    report = total([encoded.as_dict(perceptual=is_one)])
    return report if request.target is None else {**report, "encodes": attempts}


def _write_animation(job: Job, request: Request, frames: Iterator[Frame], *, is_one: bool) -> dict[str, Any]:
    """Write all frames as an image sequence, with the input's times."""
    if request.target is not None:
        raise FrameError(f"{job.source} has more than one frame, and targets are for one: use --frame N")
    timing = _timing(job, request)
    compile_for_encoding()
    assert job.output is not None
    reports = []
    with pipes.written(job.output) as file, _progress(None, is_one=is_one) as advance:
        counted = _Counted(file)
        encoded_frames = write_animation(
            counted,
            frames,
            timing.durations,
            repetitions=timing.repetitions,
            threads=request.threads,
            quality_alpha=request.quality_alpha,
            keep_hidden_colour=request.keep_hidden_colour,
            **request.coding(),
        )
        for encoded in encoded_frames:
            reports.append(encoded.as_dict(perceptual=is_one))
            advance()
    return {**total(reports), "bytes": counted.size}


class _Counted:
    """Counts the bytes that are written to a file: a pipe does not tell."""

    def __init__(self, file: IO[bytes]):
        self._file, self.size = file, 0

    def write(self, data: Any) -> int:
        """Write and count."""
        self.size += len(data)
        return self._file.write(data)


class _Times(NamedTuple):
    """Seconds that every frame or each is shown, and how often all are repeated."""

    durations: Fraction | list[Fraction]
    repetitions: int = FOREVER


def _timing(job: Job, request: Request) -> _Times:
    """When the input shows its frames; a clip is one of constant rate, and is repeated for ever."""
    if inputs.is_raw(job.source, request.size):
        return _Times(1 / _rate(job, request, ".avif"))
    source = pipes.source(job.source)
    timing = timing_of(source)
    if timing is not None:
        return _Times([duration or UNTIMED for duration in timing.durations], timing.repetitions)
    if inputs.is_picture_file(job.source):
        raise FrameError(f"{job.source} has more than one picture, and no times; choose one with --frame N")
    return _Times(1 / _rate(job, request, ".avif"))


def _still(frame: Frame, request: Request, *, is_one: bool) -> tuple[Encoded, int]:
    """The encoded frame, and how many encodes it took."""
    if request.target is not None:
        with _progress(None, is_one=is_one) as advance:
            found = encode_to_target(
                frame, request.target, speed=request.speed, cfl=request.cfl, tune=request.tune,
                tiles=request.tiles, threads=request.threads, progress=advance,
                quality_alpha=request.quality_alpha, keep_hidden_colour=request.keep_hidden_colour,
            )  # fmt: skip
        return found.encoded, found.encodes
    frame = without_opaque_alpha(frame)
    samples = frame.width * frame.height * (1 if frame.alpha is None else 2)
    with _progress(samples, is_one=is_one) as advance:
        encoded = encode_frame(
            frame, **request.coding(), threads=request.threads, progress=advance,
            quality_alpha=request.quality_alpha, keep_hidden_colour=request.keep_hidden_colour,
        )  # fmt: skip
        return encoded, 1


def _progress(steps: int | None, *, is_one: bool) -> Any:
    """A bar for one file; of many files there is one over all."""
    if not is_one:
        return output.no_progress()
    return output.progress("encoding", steps, counted=steps is None)


def _rate(job: Job, request: Request, ending: str) -> Fraction:
    """Frames per second of the input; a warning says if they are assumed, or are not kept."""
    if inputs.is_raw(job.source, request.size):
        if ending != ".obu":
            words = (
                f"a raw file does not say its frame rate; {DEFAULT_FRAME_RATE} frames a second are assumed"
            )
            remark(f"{job.source}: {words}")
        return DEFAULT_FRAME_RATE
    rate = frame_rate(pipes.source(job.source))
    if ending == ".obu" and rate is not None:
        remark(f"an OBU stream has no place for the frame rate, {rate} a second; IVF has")
    return rate or DEFAULT_FRAME_RATE


def _write_stream(job: Job, request: Request, ending: str, *, is_one: bool) -> dict[str, Any]:
    if request.target is not None:
        raise FrameError(f"{job.output}: targets are for one picture, in AVIF")
    rate = _rate(job, request, ending)
    pictures, reports = _encoded(job, request, rate), []
    assert job.output is not None
    with pipes.written(job.output) as file, _progress(None, is_one=is_one) as advance:
        writer = None
        for encoded in pictures:
            if writer is None:
                writer = stream_writer(file, ending, encoded.source.width, encoded.source.height, rate)
            writer.write(encoded.data)
            reports.append(encoded.as_dict(perceptual=is_one))
            advance()
        if writer is not None:
            writer.finish()
    return {"frame_rate": f"{rate.numerator}:{rate.denominator}", **total(reports)}


def _encoded(job: Job, request: Request, rate: Fraction) -> Iterator[Encoded]:
    frames = _frames(job, request)
    return encode_frames(frames, **request.coding(), threads=request.threads, frame_rate=rate)


def _frames(job: Job, request: Request) -> Iterator[Frame]:
    """The input's frames. Kernels are compiled once the first is read: bad input is reported before."""
    frames = _read(job, request)
    first = [next(frames)]
    compile_for_encoding()
    return chain(first, frames)


def _read(job: Job, request: Request) -> Iterator[Frame]:
    source = job.source, request.subsampling, request.size, request.raw_format, request.max_pixels
    cicp = None if request.cicp is None else parse_cicp(request.cicp)
    read = inputs.lossless_frames_of if request.lossless else inputs.frames_of
    frames = read(
        *source,
        bit_depth=request.bit_depth,
        matrix_coefficients=None if cicp is None else cicp[2],
        full_range=request.full_range,
    )
    if cicp is not None:
        frames = with_cicp(frames, *cicp[:2])
    if request.strip:
        frames = stripped(frames, request.strip)
    return frames if request.frame is None else _numbered(frames, request.frame, job.source)


def _numbered(frames: Iterator[Frame], number: int, path: Path) -> Iterator[Frame]:
    """The frame of a number alone."""
    count = 0
    for frame in frames:
        if count == number:
            yield frame
            return
        count += 1
    raise FrameError(f"{path}: there is no frame {number}; the file has {count}")


def _print(report: Report, request: Request) -> None:
    frames = "" if report["frames"] == 1 else f", {report['frames']} frames"
    geometry = f"{report['width']}x{report['height']} {report['subsampling']} {report['bit_depth']} bit"
    lines: list[str | output.Table] = [
        f"{report['output']}: {geometry}{frames}, {report['bytes']:,} bytes, "
        f"{report['bits_per_pixel']:.3f} bits per pixel, "
        f"qindex {report['qindex']}, tuned for {report['tune']}"
    ]
    psnr = ", ".join(f"{name.upper()} {output.decibels(value)}" for name, value in report["psnr"].items())
    colour, score = report["ciede2000_db"], report["ssimulacra2"]
    shown = "" if colour is None else f"; CIEDE2000 {output.decibels(colour)} dB"
    shown += "" if score is None else f"; SSIMULACRA 2 {score:.2f}"
    lines.append(f"PSNR {psnr} dB{shown}")
    if report["subsampling"] != "4:0:0":
        lines.append(
            f"CfL predicts {100 * report['cfl_share']:.0f} % of the chroma; "
            f"its α cost {report['cfl_alpha_bits']:,.0f} bits"
        )
    tries = f"; {report['encodes']} encodes" if "encodes" in report else ""
    lines.append(f"Seconds: encoding {report['seconds']:.2f}, in all {report['seconds_in_all']:.2f}{tries}")
    output.show(lines, json=request.json, data=Path(request.output))


def _table(reports: list[Report]) -> output.Table:
    rows = [_row(report["output"], report) for report in reports]
    rows.append(_row("total", _total(reports)))
    header = ("file", "bytes before", "bytes after", "saving", "bpp", "PSNR Y", "PSNR YUV", "seconds")
    return output.Table("Encoded; PSNR in dB, of the total the mean", header, rows)


def _row(name: str, report: Report) -> tuple[str, ...]:
    before = report["input_bytes"]
    psnr = report["psnr"]
    return (
        name,
        "" if before is None else f"{before:,}",
        f"{report['bytes']:,}",
        "" if not before else f"{100 * (1 - report['bytes'] / before):.1f} %",
        f"{report['bits_per_pixel']:.3f}",
        output.decibels(psnr.get("y")),
        output.decibels(psnr.get("yuv")),
        f"{report['seconds']:.2f}",
    )


def _total(reports: list[Report]) -> Report:
    """Sums; bits per pixel of all pixels; the mean PSNR of those that are not exact."""
    pixels = [report["width"] * report["height"] * report["frames"] for report in reports]
    known = [report["input_bytes"] for report in reports if report["input_bytes"] is not None]
    bits = sum(report["bits_per_pixel"] * count for report, count in zip(reports, pixels, strict=True))
    return {
        "input_bytes": sum(known) if len(known) == len(reports) else None,
        "bytes": sum(report["bytes"] for report in reports),
        "bits_per_pixel": bits / sum(pixels),
        "psnr": {
            name: output.mean_of(report["psnr"].get(name) for report in reports) for name in ("y", "yuv")
        },
        "seconds": sum(report["seconds"] for report in reports),
    }
