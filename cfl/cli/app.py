"""The commands of `cfl`. Each imports what it needs when it runs, so that help is instant."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cfl.cli import options

app = typer.Typer(
    name="cfl",
    help="AV1 chroma-from-luma prediction: how well does luma predict chroma?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class Dc(StrEnum):
    """Where a block's DC comes from."""

    NEIGHBOURS = "neighbours"
    MEAN = "mean"


class Alpha(StrEnum):
    """Which slope predicts."""

    QUANTISED = "quantised"
    FLOAT = "float"


class Robust(StrEnum):
    """Regressions that outliers do not spoil."""

    HUBER = "huber"
    THEIL_SEN = "theil-sen"
    RANSAC = "ransac"


class Subsampling(StrEnum):
    """Chroma forms that CfL has."""

    YUV420 = "4:2:0"
    YUV422 = "4:2:2"
    YUV444 = "4:4:4"


def _version(wanted: bool) -> None:
    if wanted:
        from cfl import __version__

        typer.echo(f"cfl {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


@app.command()
def predict(
    input_path: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A picture, Y4M, raw YUV or video file.")
    ],
    block: Annotated[
        str, typer.Option(metavar="N|WxH|auto", help="Block size in luma samples, 4 to 32.")
    ] = "16x16",
    dc: Annotated[
        Dc, typer.Option(help="DC from the block's neighbours, as AV1, or its own mean.")
    ] = Dc.NEIGHBOURS,
    alpha: Annotated[
        Alpha, typer.Option(help="AV1's eighths, or the least-squares slope.")
    ] = Alpha.QUANTISED,
    lambda_: Annotated[
        float | None,
        typer.Option("--lambda", metavar="L", help="With --block auto: squared error that a bit is worth."),
    ] = None,
    subsampling: Annotated[Subsampling | None, typer.Option(help="Convert the chroma first.")] = None,
    luma_from: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Predict from this file's luma, e.g. a decoded one.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="PREDICTED.png|.y4m", help="Write the prediction."),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(metavar="FIG.png", help="Draw the first frame's prediction, residual, α and R²."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="BLOCKS.csv", help="Write a row for each block.")
    ] = None,
    json: options.Json = None,
    size: options.Size = None,
    raw_format: options.Format = None,
    max_pixels: options.MaxPixels = None,
    threads: options.Threads = 1,
    debug: options.Debug = False,
) -> None:
    """Predict the chroma of a picture from its luma, and say how well that goes."""
    from cfl.cli.predict import Request, run

    run(Request(
        input_path, block, dc.value, alpha.value, lambda_, subsampling, luma_from, output, figure, csv, json,
        size, raw_format, max_pixels, threads,
    ))  # fmt: skip


@app.command()
def measure(
    reference: Annotated[Path, typer.Argument(metavar="REFERENCE", help="The original.")],
    test: Annotated[Path, typer.Argument(metavar="TEST", help="What became of it.")],
    json: options.Json = None,
    size: options.Size = None,
    raw_format: options.Format = None,
    max_pixels: options.MaxPixels = None,
    debug: options.Debug = False,
) -> None:
    """Compare two pictures or clips: PSNR, SSIM, CIEDE2000 and R²."""
    from cfl.cli.measure import run

    run(reference, test, json, size, raw_format, max_pixels)


@app.command()
def fit(
    table: Annotated[
        str, typer.Argument(metavar="TABLE", help="CSV, TSV or Parquet; '-' is standard input.")
    ],
    y: Annotated[str, typer.Option("--y", metavar="COLUMN", help="The column to explain.")],
    x: Annotated[
        list[str] | None,
        typer.Option(
            "--x", metavar="COLUMN", help="Explain by this column; repeat for more. [default: all others]"
        ),
    ] = None,
    degree: Annotated[int, typer.Option(metavar="N", help="A polynomial of this degree.")] = 1,
    robust: Annotated[Robust | None, typer.Option(help="A fit that outliers do not spoil.")] = None,
    ridge: Annotated[
        float | None, typer.Option(metavar="L", help="Ridge regression with this penalty.")
    ] = None,
    lines: Annotated[
        int | None, typer.Option(metavar="K", help="K lines, each row belonging to one of them.")
    ] = None,
    no_intercept: Annotated[bool, typer.Option("--no-intercept", help="A line through the origin.")] = False,
    weights: Annotated[str | None, typer.Option(metavar="COLUMN", help="Weights of the rows.")] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FIG.png", help="Draw data, fit with its band, and residuals.")
    ] = None,
    residuals: Annotated[
        Path | None,
        typer.Option(metavar="OUT.csv", help="Write target, prediction and residual of each row."),
    ] = None,
    json: options.Json = None,
    debug: options.Debug = False,
) -> None:
    """Fit a column of a table by others: linear regression, right to the last digits."""
    from cfl.cli.fit import Request, run

    run(Request(
        table, y, x or [], degree, None if robust is None else robust.value, ridge, lines, not no_intercept,
        weights, figure, residuals, json,
    ))  # fmt: skip
