"""`cfl predict`."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from cfl.cli import inputs, output
from cfl.errors import FrameError
from cfl.files import all_or_none, atomic_write
from cfl.frames import Frame, Y4MHeader, Y4MReader, Y4MWriter, write_png
from cfl.prediction import Prediction, predict
from cfl.prediction.totals import PredictionTotals


class Request(NamedTuple):
    """The options of one call."""

    input_path: Path
    block: str
    dc: str
    alpha: str
    lambda_: float | None
    subsampling: str | None
    luma_from: Path | None
    output: Path | None
    figure: Path | None
    csv: Path | None
    json: Path | None
    size: str | None
    raw_format: str | None
    max_pixels: int | None
    threads: int


def run(request: Request) -> None:
    """Predict every frame of the input, write the outputs, print the report."""
    totals = PredictionTotals()
    with all_or_none(), ExitStack() as stack:
        outputs = _Outputs(request, stack)
        for number, prediction in enumerate(_predictions(request)):
            totals.add(prediction)
            outputs.add(number, prediction)
        outputs.finish()
        report = {"input": str(request.input_path), **totals.as_dict()}
        output.write_json(request.json, report)
    _print(report)


def _predictions(request: Request) -> Iterator[Prediction]:
    subsampling = None if request.subsampling is None else str(request.subsampling)
    frames = inputs.frames_of(
        request.input_path, subsampling, request.size, request.raw_format, request.max_pixels
    )
    lumas: Iterator[Frame | None] = itertools.repeat(None)
    if request.luma_from is not None:
        lumas = inputs.frames_of(
            request.luma_from, None, request.size, request.raw_format, request.max_pixels
        )
    for frame in frames:
        try:
            other = next(lumas)
        except StopIteration:
            raise FrameError(f"{request.luma_from} has fewer frames than {request.input_path}") from None
        if other is not None and other.bit_depth != frame.bit_depth:
            raise FrameError(
                f"{request.luma_from} has {other.bit_depth} bits a sample, not {frame.bit_depth}"
            )
        yield predict(
            _with_chroma(frame, request.input_path), request.block, request.dc, request.alpha,
            luma=None if other is None else other.y, lambda_=request.lambda_, threads=request.threads,
        )  # fmt: skip


def _with_chroma(frame: Frame, path: Path) -> Frame:
    if frame.subsampling == "4:0:0":
        raise FrameError(f"{path}: the picture has no chroma to predict (4:0:0)")
    return frame


class _Outputs:
    """The files of one call. Each appears whole when the stack closes, or not at all."""

    def __init__(self, request: Request, stack: ExitStack):
        self._request, self._stack = request, stack
        self._y4m: Y4MWriter | None = None
        self._png: Frame | None = None
        self._csv: output.BlocksCsv | None = None
        if request.output is not None and request.output.suffix.lower() not in (".png", ".y4m"):
            raise FrameError(f"{request.output}: predictions are written as .png or .y4m")
        if request.csv is not None:
            self._csv = output.BlocksCsv(stack.enter_context(atomic_write(request.csv)))

    def add(self, number: int, prediction: Prediction) -> None:
        """Write the outputs of one frame."""
        if self._csv is not None:
            self._csv.add(number, prediction)
        if self._request.output is not None:
            self._add_picture(self._request.output, number, prediction.frame)
        if self._request.figure is not None and number == 0:
            self._draw(self._request.figure, prediction)

    def finish(self) -> None:
        """Write the outputs that need the last frame."""
        if self._request.output is not None and self._png is not None:
            write_png(self._request.output, self._png)

    def _add_picture(self, path: Path, number: int, frame: Frame) -> None:
        if path.suffix.lower() == ".png":
            if number > 0:
                raise FrameError(f"{path}: a PNG holds one frame; write a .y4m")
            self._png = frame
            return
        if self._y4m is None:
            self._y4m = self._stack.enter_context(Y4MWriter(path, self._header(frame)))
        self._y4m.write(frame)

    def _header(self, frame: Frame) -> Y4MHeader:
        """Keep the frame rate of an input that is Y4M, too."""
        path = self._request.input_path
        if path.suffix.lower() != ".y4m":
            return Y4MHeader.from_frame(frame)
        with Y4MReader(path) as reader:
            return Y4MHeader.from_frame(frame, reader.header.frame_rate or "25:1")

    def _draw(self, path: Path, prediction: Prediction) -> None:
        from cfl.prediction.figure import draw

        figure = draw(prediction, self._request.input_path.name)
        file = self._stack.enter_context(atomic_write(path))
        output.save_figure(figure, path, file)


def _print(report: dict[str, Any]) -> None:
    console = output.console()
    blocks = report["blocks"]
    geometry = f"{report['width']}x{report['height']} {report['subsampling']} {report['bit_depth']} bit"
    frames = "" if report["frames"] == 1 else f", {report['frames']} frames"
    console.print(f"{report['input']}: {geometry}{frames}", soft_wrap=True)
    table = output.table(
        f"Chroma from luma, blocks {report['block']}, DC of {report['dc']}, α {report['alpha']}",
        "plane", "PSNR of DC alone", "PSNR with CfL", "gain", "R²",
    )  # fmt: skip
    for name, plane in report["planes"].items():
        numbers = plane["psnr"], plane["psnr_dc"]
        finite = all(isinstance(number, float) for number in numbers)
        table.add_row(
            {"u": "Cb (U)", "v": "Cr (V)"}[name],
            f"{output.decibels(plane['psnr_dc'])} dB",
            f"{output.decibels(plane['psnr'])} dB",
            f"{plane['psnr'] - plane['psnr_dc']:+.2f} dB" if finite else "",
            f"{plane['r2']:.4f}",
        )
    console.print(table)
    share = 100 * blocks["cfl"] / blocks["total"]
    bits = "" if blocks["alpha_bits"] is None else f"; their α cost {blocks['alpha_bits']:,.0f} bits"
    console.print(f"{blocks['cfl']:,} of {blocks['total']:,} blocks ({share:.0f} %) use CfL{bits}.")
    if any(plane["r2"] < 0 for plane in report["planes"].values()):
        console.print("A negative R² means that the plane's mean alone would predict better.")
