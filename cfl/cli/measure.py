"""`cfl measure`."""

from pathlib import Path
from typing import Any

from cfl.cli import inputs, output
from cfl.metrics.totals import measure_frames


def run(
    reference: Path,
    test: Path,
    json: Path | None,
    size: str | None,
    raw_format: str | None,
    max_pixels: int | None,
) -> None:
    """Measure two files frame by frame and print the mean of every metric."""
    pair = (inputs.frames_of(path, None, size, raw_format, max_pixels) for path in (reference, test))
    report = {"reference": str(reference), "test": str(test), **measure_frames(*pair)}
    output.write_json(json, report)
    _print(report)


def _print(report: dict[str, Any]) -> None:
    frames = "" if report["frames"] == 1 else f", mean of {report['frames']} frames"
    geometry = (
        f"{report['width']}x{report['height']} {report['subsampling']} {report['bit_depth']} bit{frames}"
    )
    table = output.table(geometry, "plane", "PSNR", "SSIM", "R²")
    for name in (plane for plane in ("y", "u", "v") if plane in report["ssim"]):
        psnr, ssim, r2 = (report[metric][name] for metric in ("psnr", "ssim", "r2"))
        table.add_row(name.upper(), f"{output.decibels(psnr)} dB", f"{ssim:.5f}", f"{r2:.5f}")
    table.add_row("YUV 6:1:1", f"{output.decibels(report['psnr']['yuv'])} dB", "", "")
    console = output.console()
    console.print(table)
    colour = report["ciede2000"]
    console.print(f"CIEDE2000: mean ΔE {colour['mean']:.4f}, {output.decibels(colour['db'])} dB")
