"""`cfl encode`."""

import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from cfl.cli import inputs, output
from cfl.cli.compiling import compile_for_encoding
from cfl.container.frame_rate import frame_rate
from cfl.container.stream_writer import STREAM_ENDINGS, stream_writer
from cfl.encoding import DEFAULT_FRAME_RATE, Encoded, encode_frame, encode_frames, encoder_options, total
from cfl.errors import FrameError
from cfl.files import all_or_none, atomic_write
from cfl.frames import Frame
from cfl.frames.told import parse_cicp, stripped, with_cicp
from cfl.metrics import json_ready


class Request(NamedTuple):
    """The options of one call."""

    input_path: Path
    output: Path
    quality: int | None
    qindex: int | None
    lossless: bool
    speed: int
    cfl: bool
    subsampling: str | None
    bit_depth: int | None
    tiles: tuple[int, int] | None
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

    def coding(self) -> dict[str, Any]:
        """The options of `cfl.encode`."""
        return {
            "quality": self.quality,
            "qindex": self.qindex,
            "lossless": self.lossless,
            "speed": self.speed,
            "cfl": self.cfl,
            "tiles": self.tiles,
        }


def run(request: Request) -> None:
    """Encode the input, write the file, print what it is."""
    start = time.perf_counter()
    ending = request.output.suffix.lower()
    if ending not in (".avif", *STREAM_ENDINGS):
        raise FrameError(f"{request.output}: the name must end in .avif, .ivf or .obu")
    encoder_options(**request.coding())  # bad options are reported before anything is read
    with all_or_none():
        summary = _write_still(request) if ending == ".avif" else _write_stream(request, ending)
        report = {
            "input": str(request.input_path),
            "output": str(request.output),
            **summary,
            "speed": request.speed,
            "seconds_in_all": time.perf_counter() - start,
        }
        output.write_json(request.json, json_ready(report))
    _print(report)


def _write_still(request: Request) -> dict[str, Any]:
    frames = _read(request)
    frame = next(frames)
    if next(frames, None) is not None:
        raise FrameError(
            f"{request.input_path} has more than one frame, and an AVIF file holds one; write .ivf or .obu"
        )
    samples = frame.width * frame.height * (1 if frame.alpha is None else 2)
    with atomic_write(request.output) as file:
        compile_for_encoding()
        with output.progress("encoding", samples, counted=False) as advance:
            encoded = encode_frame(
                frame, **request.coding(), threads=request.threads, progress=advance,
                quality_alpha=request.quality_alpha, keep_hidden_colour=request.keep_hidden_colour,
            )  # fmt: skip
        file.write(encoded.data)
    return total([encoded.as_dict()])


def _write_stream(request: Request, ending: str) -> dict[str, Any]:
    rate = None
    if not inputs.is_raw(request.input_path, request.size):  # which may be a pipe, to be read once
        rate = frame_rate(request.input_path)
    rate = rate or DEFAULT_FRAME_RATE
    pictures, reports = _encoded(request, rate), []
    with atomic_write(request.output) as file, output.progress("encoding") as advance:
        writer = None
        for encoded in pictures:
            if writer is None:
                writer = stream_writer(file, ending, encoded.source.width, encoded.source.height, rate)
            writer.write(encoded.data)
            reports.append(encoded.as_dict())
            advance()
        if writer is not None:
            writer.finish()
    return {"frame_rate": f"{rate.numerator}:{rate.denominator}", **total(reports)}


def _encoded(request: Request, rate: Fraction) -> Iterator[Encoded]:
    frames = _frames(request)
    return encode_frames(frames, **request.coding(), threads=request.threads, frame_rate=rate)


def _frames(request: Request) -> Iterator[Frame]:
    """The input's frames. Kernels are compiled once the first is read: bad input is reported before."""
    frames = _read(request)
    first = [next(frames)]
    compile_for_encoding()
    return chain(first, frames)


def _read(request: Request) -> Iterator[Frame]:
    source = request.input_path, request.subsampling, request.size, request.raw_format, request.max_pixels
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
    return stripped(frames, request.strip) if request.strip else frames


def _print(report: dict[str, Any]) -> None:
    console = output.console()
    frames = "" if report["frames"] == 1 else f", {report['frames']} frames"
    geometry = f"{report['width']}x{report['height']} {report['subsampling']} {report['bit_depth']} bit"
    console.print(
        f"{report['output']}: {geometry}{frames}, {report['bytes']:,} bytes, "
        f"{report['bits_per_pixel']:.3f} bits per pixel, qindex {report['qindex']}",
        soft_wrap=True,
    )
    psnr = ", ".join(f"{name.upper()} {output.decibels(value)}" for name, value in report["psnr"].items())
    colour = report["ciede2000_db"]
    shown = "" if colour is None else f"; CIEDE2000 {output.decibels(colour)} dB"
    console.print(f"PSNR {psnr} dB{shown}")
    if report["subsampling"] != "4:0:0":
        console.print(
            f"CfL predicts {100 * report['cfl_share']:.0f} % of the chroma; "
            f"its α cost {report['cfl_alpha_bits']:,.0f} bits"
        )
    console.print(f"Seconds: encoding {report['seconds']:.2f}, in all {report['seconds_in_all']:.2f}")
