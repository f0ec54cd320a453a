"""`cfl decode`."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cfl.av1.decoder import Timings
from cfl.cli import output
from cfl.cli.compiling import compile_for_decoding
from cfl.container.decoding import decode
from cfl.container.frame_rate import frame_rate
from cfl.container.recognition import file_format_of
from cfl.errors import FrameError, UnsupportedFeature
from cfl.files import all_or_none
from cfl.frames import DEFAULT_MAX_PIXELS, Frame, Y4MHeader, Y4MWriter, write


class Request(NamedTuple):
    """The options of one call."""

    input_path: Path
    output: Path | None
    frame: int | None
    """None: all."""
    max_pixels: int | None
    threads: int
    json: Path | None


def run(request: Request) -> None:
    """Decode the input, write the wanted frames, print what they are."""
    start = time.perf_counter()
    decoding = _Decoding(request)
    with all_or_none():
        if request.output is None:
            for _ in decoding.frames():
                pass
        elif request.output.suffix.lower() == ".y4m":
            _write_y4m(request, decoding.frames())
        else:
            write(request.output, decoding.frames())
        report = decoding.report(time.perf_counter() - start)
        output.write_json(request.json, report)
    _print(report)


class _Decoding:
    """The wanted frames, and the report about them."""

    def __init__(self, request: Request):
        self._request = request
        self._timings = Timings()
        self._first: dict[str, Any] = {}
        self._count = 0

    def frames(self) -> Iterator[Frame]:
        """Decode up to the last wanted frame, one at a time."""
        request = self._request
        limit = DEFAULT_MAX_PIXELS if request.max_pixels is None else request.max_pixels
        compile_for_decoding(request.input_path)
        decoded = 0
        try:
            with output.progress("decoding") as advance:
                for frame in decode(
                    request.input_path, max_pixels=limit, threads=request.threads, timings=self._timings
                ):
                    advance()
                    decoded += 1
                    if request.frame in (None, decoded - 1):
                        self._note(frame)
                        self._check_count()
                        yield frame
                    if request.frame == decoded - 1:
                        return
        except UnsupportedFeature as error:
            if decoded == 0:
                raise
            numbers = "0" if decoded == 1 else f"0 to {decoded - 1}"
            raise UnsupportedFeature(f"{error}; --frame {numbers} can be decoded") from error
        if request.frame is not None:
            raise FrameError(
                f"{request.input_path}: there is no frame {request.frame}; the file has {decoded}"
            )

    def _note(self, frame: Frame) -> None:
        if self._count == 0:
            self._first = describe(frame)
        self._count += 1

    def _check_count(self) -> None:
        output_path = self._request.output
        if self._count > 1 and output_path is not None and output_path.suffix.lower() == ".png":
            raise FrameError(f"{output_path}: a PNG file holds one frame; choose it with --frame N")

    def report(self, seconds: float) -> dict[str, Any]:
        """What `--json` writes."""
        request = self._request
        stages = {name.replace(" ", "_"): value for name, value in self._timings.seconds.items()}
        return {
            "input": str(request.input_path),
            "output": None if request.output is None else str(request.output),
            "format": file_format_of(request.input_path),
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


def _write_y4m(request: Request, frames: Iterator[Frame]) -> None:
    assert request.output is not None
    with Y4MWriter(request.output) as writer:
        for frame in frames:
            writer.header = writer.header or Y4MHeader.from_frame(frame, _frame_rate(request.input_path))
            writer.write(frame)


def _frame_rate(path: Path) -> str:
    """Frames a second as a Y4M ratio; bare OBUs and still pictures do not tell it."""
    rate = frame_rate(path) if file_format_of(path) in ("IVF", "AVIF sequence") else None
    return "25:1" if rate is None else f"{rate.numerator}:{rate.denominator}"


def _print(report: dict[str, Any]) -> None:
    console = output.console()
    frames = "" if report["frames"] == 1 else f", {report['frames']} frames"
    geometry = f"{report['width']}x{report['height']} {report['subsampling']} {report['bit_depth']} bit"
    alpha = ", premultiplied alpha" if report["premultiplied"] else ", alpha" if report["alpha"] else ""
    console.print(f"{report['input']}: {report['format']}, {geometry}{alpha}{frames}", soft_wrap=True)
    names = ("color_primaries", "transfer_characteristics", "matrix_coefficients")
    cicp = "/".join(str(report[name]) for name in names)
    range_ = "full" if report["full_range"] else "limited"
    console.print(f"CICP {cicp}, {range_} range{_shown_as(report)}", soft_wrap=True)
    seconds = report["seconds"]
    stages = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in seconds.items())
    console.print(f"Seconds: {stages}", soft_wrap=True)


def _shown_as(report: dict[str, Any]) -> str:
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
