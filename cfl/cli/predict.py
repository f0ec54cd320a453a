"""`cfl predict`."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, NamedTuple

from cfl.cli import batch, inputs, output, pipes
from cfl.cli.batch import Job, Many, Report
from cfl.container.frame_rate import frame_rate, ratio_of
from cfl.endings import PICTURE_ENDINGS
from cfl.errors import FrameError
from cfl.files import atomic_write
from cfl.frames import Frame, Y4MHeader, Y4MWriter, write_png
from cfl.prediction import Prediction, predict
from cfl.prediction.totals import PredictionTotals


class Request(NamedTuple):
    """The options of one call."""

    inputs: list[str]
    many: Many
    block: str
    dc: str
    alpha: str
    lambda_: float | None
    subsampling: str | None
    luma_from: Path | None
    output: str | None
    output_format: str | None
    figure: Path | None
    csv: Path | None
    json: Path | None
    size: str | None
    raw_format: str | None
    max_pixels: int | None
    threads: int


def run(request: Request) -> None:
    """Predict every frame of the inputs, write the outputs, print the report."""
    ending = f".{request.output_format or 'png'}"
    plan = batch.plan(request.inputs, request.output, request.many, ending=ending, inputs=PICTURE_ENDINGS)
    _, threads = request.many.shared(len(plan.jobs))
    request = request._replace(threads=threads)
    if plan.is_batch:
        batch.run(
            plan, lambda job: _predict(job, request, is_batch=True), verb="predicting", many=request.many,
            json=request.json, table=_table, total=_total,
        )  # fmt: skip
        return
    batch.run_alone(
        plan,
        lambda job: _predict(job, request, is_batch=False),
        out=request.output,
        json=request.json,
        show=lambda report: _print(report, request),
    )


def _predict(job: Job, request: Request, *, is_batch: bool) -> Report:
    totals = PredictionTotals()
    with ExitStack() as stack:
        outputs = _Outputs(job, request, stack, is_batch=is_batch)
        for number, prediction in enumerate(_predictions(job, request)):
            totals.add(prediction)
            outputs.add(number, prediction)
        outputs.finish()
    return {"input": str(job.source), **totals.as_dict()}


def _predictions(job: Job, request: Request) -> Iterator[Prediction]:
    subsampling = None if request.subsampling is None else str(request.subsampling)
    frames = inputs.frames_of(job.source, subsampling, request.size, request.raw_format, request.max_pixels)
    lumas: Iterator[Frame | None] = itertools.repeat(None)
    if request.luma_from is not None:
        lumas = inputs.frames_of(
            request.luma_from, None, request.size, request.raw_format, request.max_pixels
        )
    for frame in frames:
        try:
            other = next(lumas)
        except StopIteration:
            raise FrameError(f"{request.luma_from} has fewer frames than {job.source}") from None
        if other is not None and other.bit_depth != frame.bit_depth:
            raise FrameError(
                f"{request.luma_from} has {other.bit_depth} bits a sample, not {frame.bit_depth}"
            )
        yield predict(
            _with_chroma(frame, job.source), request.block, request.dc, request.alpha,
            luma=None if other is None else other.y, lambda_=request.lambda_, threads=request.threads,
        )  # fmt: skip


def _with_chroma(frame: Frame, path: Path) -> Frame:
    if frame.subsampling == "4:0:0":
        raise FrameError(f"{path}: the picture has no chroma to predict (4:0:0)")
    return frame


class _Outputs:
    """The files of one call. Each appears whole when the stack closes, or not at all."""

    def __init__(self, job: Job, request: Request, stack: ExitStack, *, is_batch: bool):
        self._job, self._stack = job, stack
        self._size = request.size
        self._figure = job.beside(request.figure, ".png", is_batch=is_batch)
        csv = job.beside(request.csv, ".csv", is_batch=is_batch)
        self._y4m: Y4MWriter | None = None
        self._png: Frame | None = None
        self._csv: BlocksCsv | None = None
        self._kind = request.output_format or "png"
        self._file: IO[bytes] | None = None
        if job.output is not None and job.output != pipes.STDIO and request.output_format is None:
            self._kind = job.output.suffix.lower().removeprefix(".")
            if self._kind not in ("png", "y4m"):
                raise FrameError(f"{job.output}: predictions are written as .png or .y4m")
        if csv is not None:
            self._csv = BlocksCsv(stack.enter_context(pipes.written(csv)))

    def add(self, number: int, prediction: Prediction) -> None:
        """Write the outputs of one frame."""
        if self._csv is not None:
            self._csv.add(number, prediction)
        if self._job.output is not None:
            self._add_picture(self._job.output, number, prediction.frame)
        if self._figure is not None and number == 0:
            self._draw(self._figure, prediction)

    def finish(self) -> None:
        """Write the outputs that need the last frame."""
        if self._job.output is not None and self._png is not None:
            with pipes.written(self._job.output) as file:
                write_png(file, self._png)

    def _add_picture(self, path: Path, number: int, frame: Frame) -> None:
        if self._kind == "png":
            if number > 0:
                raise FrameError(f"{path}: a PNG holds one frame; write a .y4m")
            self._png = frame
            return
        if self._y4m is None:
            file = self._stack.enter_context(pipes.written(path))
            self._y4m = self._stack.enter_context(Y4MWriter(file, self._header(frame)))
        self._y4m.write(frame)

    def _header(self, frame: Frame) -> Y4MHeader:
        """Keep the frame rate of the input, if it has one."""
        is_raw = inputs.is_raw(self._job.source, self._size)
        rate = None if is_raw else frame_rate(pipes.source(self._job.source))
        return Y4MHeader.from_frame(frame, ratio_of(rate))

    def _draw(self, path: Path, prediction: Prediction) -> None:
        from cfl.prediction.figure import draw

        figure = draw(prediction, self._job.source.name)
        file = self._stack.enter_context(atomic_write(path))
        output.save_figure(figure, path, file)


class BlocksCsv:
    """The CSV of `cfl predict`: a header, then a row for each block."""

    FIELDS = ("x", "y", "w", "h", "alpha_u", "alpha_v", "dc_u", "dc_v", "sse_u", "sse_v", "r2_u", "r2_v")

    def __init__(self, file: IO[bytes]):
        self._file = file
        self._file.write(output.csv_text([("frame", *self.FIELDS)]).encode())

    def add(self, frame: int, prediction: Prediction) -> None:
        """Write the blocks of one frame."""
        rows = prediction.blocks[list(self.FIELDS)].tolist()
        self._file.write(output.csv_text([(frame, *row) for row in rows]).encode())


_PLANES = {"u": "Cb (U)", "v": "Cr (V)"}


def _print(report: Report, request: Request) -> None:
    blocks = report["blocks"]
    geometry = f"{report['width']}x{report['height']} {report['subsampling']} {report['bit_depth']} bit"
    frames = "" if report["frames"] == 1 else f", {report['frames']} frames"
    title = f"Chroma from luma, blocks {report['block']}, DC of {report['dc']}, α {report['alpha']}"
    header = ("plane", "PSNR of DC alone", "PSNR with CfL", "gain", "R²")
    rows = [
        (
            _PLANES[name], f"{output.decibels(plane['psnr_dc'])} dB", f"{output.decibels(plane['psnr'])} dB",
            _gain(plane), f"{plane['r2']:.4f}",
        )
        for name, plane in report["planes"].items()
    ]  # fmt: skip
    share = 100 * blocks["cfl"] / blocks["total"]
    bits = "" if blocks["alpha_bits"] is None else f"; their α cost {blocks['alpha_bits']:,.0f} bits"
    parts: list[str | output.Table] = [
        f"{report['input']}: {geometry}{frames}",
        output.Table(title, header, rows),
        f"{blocks['cfl']:,} of {blocks['total']:,} blocks ({share:.0f} %) use CfL{bits}.",
    ]
    if any(plane["r2"] < 0 for plane in report["planes"].values()):
        parts.append("A negative R² means that the plane's mean alone would predict better.")
    data = [request.csv, None if request.output is None else Path(request.output)]
    output.show(parts, json=request.json, data=pipes.STDIO if pipes.STDIO in data else None)


def _gain(plane: dict[str, Any]) -> str:
    """Of the prediction over DC alone; nothing where one of them is exact."""
    numbers = plane["psnr"], plane["psnr_dc"]
    if not all(isinstance(number, float) for number in numbers):
        return ""
    return f"{plane['psnr'] - plane['psnr_dc']:+.2f} dB"


def _table(reports: list[Report]) -> output.Table:
    header = ("file", "size", "chroma", "PSNR U", "gain U", "R² U", "PSNR V", "gain V", "R² V", "CfL")
    rows = [
        (
            report["input"], f"{report['width']}x{report['height']}", report["subsampling"],
            *_cells(report["planes"]),
            f"{100 * report['blocks']['cfl'] / report['blocks']['total']:.0f} %",
        )
        for report in reports
    ]  # fmt: skip
    together = _total(reports)
    blocks = together["blocks"]
    share = f"{100 * blocks['cfl'] / blocks['total']:.0f} %"
    rows.append(("total", "", "", *_cells(together["planes"]), share))
    return output.Table("Chroma from luma; PSNR and gain over DC in dB, of the total the mean", header, rows)


def _cells(planes: dict[str, Any]) -> Iterator[str]:
    for plane in planes.values():
        yield output.decibels(plane["psnr"])
        yield _gain(plane).removesuffix(" dB")
        yield f"{plane['r2']:.4f}"


def _total(reports: list[Report]) -> Report:
    """The blocks of all, and the means of what is finite."""
    return {
        "planes": {
            name: {
                figure: output.mean_of(report["planes"][name][figure] for report in reports)
                for figure in ("psnr", "psnr_dc", "r2")
            }
            for name in _PLANES
        },
        "blocks": {name: sum(report["blocks"][name] for report in reports) for name in ("cfl", "total")},
    }
