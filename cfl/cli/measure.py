"""`cfl measure`."""

from pathlib import Path
from typing import Any

from cfl.cli import inputs, output
from cfl.metrics.totals import measure_frames

_PLANES = {"y": "Y", "u": "U", "v": "V", "alpha": "alpha"}
_COMBINED = {"yuv": "YUV 6:1:1", "rgb": "RGB"}


def run(
    reference: Path,
    test: Path,
    as_is: bool,
    json: Path | None,
    size: str | None,
    raw_format: str | None,
    max_pixels: int | None,
) -> None:
    """Measure two files frame by frame and print every metric over all frames."""
    pair = (
        inputs.frames_of(path, None, size, raw_format, max_pixels, keep_rgb=True)
        for path in (reference, test)
    )
    measured = measure_frames(*pair, as_is=as_is)
    report = {"reference": str(reference), "test": str(test), "as_is": as_is, **measured}
    output.write_json(json, report)
    _print(report)


def _print(report: dict[str, Any]) -> None:
    frames = "" if report["frames"] == 1 else f", {report['frames']} frames"
    geometry = (
        f"{report['width']}x{report['height']} {report['subsampling']} {report['bit_depth']} bit{frames}"
    )
    table = output.table(geometry, "plane", "PSNR", "SSIM", "R²")
    for name, words in (_PLANES | _COMBINED).items():
        if name in report["psnr"]:
            psnr, ssim, r2 = (report[metric].get(name) for metric in ("psnr", "ssim", "r2"))
            table.add_row(words, _decibels(psnr), _number(ssim), _number(r2))
    console = output.console()
    for remark in report["remarks"]:
        console.print(f"Note: {remark}.", soft_wrap=True)
    console.print(table)
    colour = report["ciede2000"]
    if colour is not None:
        console.print(f"CIEDE2000: mean ΔE {colour['mean']:.4f}, {output.decibels(colour['db'])} dB")


def _decibels(value: float | str | None) -> str:
    return "" if value is None else f"{output.decibels(value)} dB"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5f}"
