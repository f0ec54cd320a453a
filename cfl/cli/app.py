"""The commands of `cfl`. Each imports what it needs when it runs, so `--help` is instant."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cfl.cli import options
from cfl.cli.compiling import announce_compiling

app = typer.Typer(
    name="cfl",
    help="Encode, decode and inspect AV1 pictures, and measure how well luma predicts chroma.",
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


class StandardErrors(StrEnum):
    """Standard errors for unequal variances."""

    HC0 = "HC0"
    HC1 = "HC1"
    HC2 = "HC2"
    HC3 = "HC3"


class Decimal(StrEnum):
    """What stands before decimals."""

    POINT = "."
    COMMA = ","


class Missing(StrEnum):
    """What to do with rows where a value is missing."""

    ERROR = "error"
    DROP = "drop"


class Subsampling(StrEnum):
    """Chroma forms that CfL has."""

    YUV420 = "4:2:0"
    YUV422 = "4:2:2"
    YUV444 = "4:4:4"


class CodedSubsampling(StrEnum):
    """Chroma forms that AV1 codes."""

    YUV420 = "4:2:0"
    YUV422 = "4:2:2"
    YUV444 = "4:4:4"
    YUV400 = "4:0:0"


class Range(StrEnum):
    """Which code values samples use."""

    FULL = "full"
    LIMITED = "limited"


class Strip(StrEnum):
    """Metadata that can be left out."""

    EXIF = "exif"
    XMP = "xmp"
    ICC = "icc"
    ALL = "all"


class BitDepth(StrEnum):
    """Bits of a sample."""

    BITS_8 = "8"
    BITS_10 = "10"
    BITS_12 = "12"


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


def _tiles(words: str | None) -> str | None:
    if words is None:
        return None
    rows, _, cols = words.partition("x")
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 64 for part in (rows, cols)):
        raise typer.BadParameter(f"{words!r} is not of the form RxC with 1 to 64 rows and columns")
    return words


@app.command()
def encode(
    input_path: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A picture, Y4M, raw YUV or video file.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT.avif|.ivf|.obu",
            help="AVIF holds one picture; IVF and OBU hold all frames.",
        ),
    ],
    quality: Annotated[
        int | None,
        typer.Option(
            min=0, max=100, metavar="0..100", help="Quality on avifenc's scale; 100 is best. [default: 60]"
        ),
    ] = None,
    qindex: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=255,
            metavar="0..255",
            help="The quantizer index, in place of a quality; 0 is lossless.",
        ),
    ] = None,
    lossless: Annotated[
        bool, typer.Option("--lossless", help="Keep every sample exactly; RGB pictures are coded as RGB.")
    ] = False,
    speed: Annotated[
        int,
        typer.Option(
            min=0, max=10, metavar="0..10", help="0 is slowest and makes the smallest files; 10 is fastest."
        ),
    ] = 6,
    no_cfl: Annotated[bool, typer.Option("--no-cfl", help="Do not predict chroma from luma.")] = False,
    subsampling: Annotated[
        CodedSubsampling | None, typer.Option(help="Convert to this chroma format first.")
    ] = None,
    bit_depth: Annotated[BitDepth | None, typer.Option(help="Convert to this bit depth first.")] = None,
    quality_alpha: Annotated[
        int | None,
        typer.Option(
            min=0, max=100, metavar="0..100", help="Quality of alpha. [default: lossless from quality 30 on]"
        ),
    ] = None,
    keep_hidden_colour: Annotated[
        bool, typer.Option("--keep-hidden-colour", help="Code the colour under alpha 0 as it is.")
    ] = False,
    cicp: Annotated[
        str | None,
        typer.Option(
            metavar="P/T/M",
            help="Primaries, transfer and matrix: what a Y4M or raw INPUT is, in place of what a file says.",
        ),
    ] = None,
    range_: Annotated[
        Range | None,
        typer.Option("--range", help="The range of INPUT's samples; of a picture, of the output."),
    ] = None,
    strip: Annotated[
        list[Strip] | None,
        typer.Option(help="Leave out Exif, XMP, the ICC profile, or all; may be repeated."),
    ] = None,
    tiles: Annotated[
        str | None,
        typer.Option(
            metavar="RxC", callback=_tiles, help="Rows and columns of tiles. [default: 1x1 below 2 Mpx]"
        ),
    ] = None,
    json: options.Json = None,
    size: options.Size = None,
    raw_format: options.Format = None,
    max_pixels: options.MaxPixels = None,
    threads: options.Threads = 1,
    debug: options.Debug = False,
) -> None:
    """Encode a picture as AVIF, or a clip as an IVF or OBU stream.

    Every frame of a stream is a key frame.
    """
    from cfl.cli.encode import Request, run

    if (quality is not None) + (qindex is not None) + lossless > 1:
        raise typer.BadParameter("only one of --quality, --qindex and --lossless can be given")
    announce_compiling()
    rows, cols = map(int, (tiles or "1x1").split("x"))
    run(Request(
        input_path, output, quality, qindex, lossless, speed, not no_cfl,
        None if subsampling is None else subsampling.value, None if bit_depth is None else int(bit_depth),
        None if tiles is None else (rows, cols), threads, json, size, raw_format, max_pixels, cicp,
        None if range_ is None else range_ is Range.FULL, tuple(kind.value for kind in strip or ()),
        quality_alpha, keep_hidden_colour,
    ))  # fmt: skip


def _frame_number(words: str) -> str:
    if words != "all" and not (words.isascii() and words.isdigit()):
        raise typer.BadParameter(f"{words!r} is neither a frame number (0 or more) nor 'all'")
    return words


@app.command()
def decode(
    input_path: Annotated[Path, typer.Argument(metavar="INPUT", help="An AVIF, IVF, OBU or Annex B file.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT.png|.y4m|.yuv",
            help="PNG: the picture as shown; Y4M, YUV: the coded samples. Without it, only check the file.",
        ),
    ] = None,
    frame: Annotated[
        str, typer.Option(metavar="N|all", callback=_frame_number, help="Which frame; the first is 0.")
    ] = "all",
    max_pixels: options.MaxPixels = None,
    threads: options.Threads = 1,
    json: options.Json = None,
    debug: options.Debug = False,
) -> None:
    """Decode AVIF, IVF and OBU files of any AV1 encoder.

    The samples are exactly those that the standard defines. Streams are decoded up to the first inter frame.
    """
    from cfl.cli.decode import Request, run

    announce_compiling()
    run(Request(input_path, output, None if frame == "all" else int(frame), max_pixels, threads, json))


@app.command()
def inspect(
    input_path: Annotated[Path, typer.Argument(metavar="INPUT", help="An AVIF, IVF, OBU or Annex B file.")],
    reference: Annotated[
        Path | None,
        typer.Option(
            metavar="ORIGINAL", help="Measure CfL against this original, not against the decoded picture."
        ),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="BLOCKS.csv", help="Write a row for each block.")
    ] = None,
    json: options.Json = None,
    figure: Annotated[
        Path | None,
        typer.Option(metavar="FIG.png", help="Draw partition, chroma modes, α, R², gain and bits."),
    ] = None,
    frame: Annotated[int, typer.Option(min=0, metavar="N", help="Which frame; the first is 0.")] = 0,
    max_pixels: options.MaxPixels = None,
    debug: options.Debug = False,
) -> None:
    """Show what an AV1 file's encoder decided in each block.

    Above all: which chroma is predicted from luma (CfL), with which α, and what that gained.
    """
    from cfl.cli.inspect import Request, run

    announce_compiling()
    run(Request(input_path, reference, frame, csv, json, figure, max_pixels))


@app.command()
def predict(
    input_path: Annotated[
        Path, typer.Argument(metavar="INPUT", help="A picture, Y4M, raw YUV or video file.")
    ],
    block: Annotated[
        str, typer.Option(metavar="N|WxH|auto", help="Block size in luma samples, 4 to 32.")
    ] = "16x16",
    dc: Annotated[
        Dc, typer.Option(help="DC from the block's neighbours, as in AV1, or the block's own mean.")
    ] = Dc.NEIGHBOURS,
    alpha: Annotated[
        Alpha, typer.Option(help="α rounded to AV1's eighths, or the exact least-squares slope.")
    ] = Alpha.QUANTISED,
    lambda_: Annotated[
        float | None,
        typer.Option(
            "--lambda", metavar="L", help="With --block auto: how much squared error one bit is worth."
        ),
    ] = None,
    subsampling: Annotated[
        Subsampling | None, typer.Option(help="Convert to this chroma format first.")
    ] = None,
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
    """Predict chroma from luma, and report how well that works."""
    from cfl.cli.predict import Request, run

    announce_compiling()
    run(Request(
        input_path, block, dc.value, alpha.value, lambda_, subsampling, luma_from, output, figure, csv, json,
        size, raw_format, max_pixels, threads,
    ))  # fmt: skip


@app.command()
def measure(
    reference: Annotated[Path, typer.Argument(metavar="REFERENCE", help="The original.")],
    test: Annotated[Path, typer.Argument(metavar="TEST", help="The picture to compare with it.")],
    as_is: Annotated[
        bool,
        typer.Option("--as-is", help="Compare code values: do not convert TEST to the form of REFERENCE."),
    ] = False,
    json: options.Json = None,
    size: options.Size = None,
    raw_format: options.Format = None,
    max_pixels: options.MaxPixels = None,
    debug: options.Debug = False,
) -> None:
    """Compare two pictures or clips: PSNR, SSIM, CIEDE2000 and R²."""
    from cfl.cli.measure import run

    announce_compiling()
    run(reference, test, as_is, json, size, raw_format, max_pixels)


def _qualities(words: str) -> str:
    parts = words.split(",")
    if len(set(parts)) < 2 or not all(p.isascii() and p.isdigit() and int(p) <= 100 for p in parts):
        raise typer.BadParameter(f"{words!r} is not a list of two or more qualities from 0 to 100")
    return words


@app.command()
def ablate(
    input_paths: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Pictures with chroma.")],
    qualities: Annotated[
        str, typer.Option(metavar="Q,Q,…", callback=_qualities, help="Qualities to encode at, 0 to 100.")
    ] = "20,40,60,75,90",
    speed: Annotated[
        int,
        typer.Option(
            min=0, max=10, metavar="0..10", help="0 is slowest and makes the smallest files; 10 is fastest."
        ),
    ] = 6,
    subsampling: Annotated[
        Subsampling | None, typer.Option(help="Convert to this chroma format first.")
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FIG.png", help="Draw the curves and the BD-rates.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="POINTS.csv", help="Write a row for each encode.")
    ] = None,
    json: options.Json = None,
    max_pixels: options.MaxPixels = None,
    threads: options.Threads = 1,
    debug: options.Debug = False,
) -> None:
    """Encode with and without chroma from luma, and compare."""
    from cfl.cli.ablate import Request, run

    announce_compiling()
    run(Request(
        input_paths, [int(quality) for quality in qualities.split(",")], speed,
        None if subsampling is None else subsampling.value, threads, figure, csv, json, max_pixels,
    ))  # fmt: skip


def _probability(value: float | None) -> float | None:
    if value is not None and not 0 < value < 1:
        raise typer.BadParameter(f"{value} is not between 0 and 1")
    return value


def _separator(words: str | None) -> str | None:
    word = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "space": " "}.get(words or "", words)
    if word is not None and (len(word) != 1 or not word.isascii()):
        raise typer.BadParameter(f"{words!r} is not one character")
    return word


@app.command()
def fit(
    table: Annotated[
        str | None, typer.Argument(metavar="TABLE", help="CSV, TSV or Parquet; '-' is standard input.")
    ] = None,
    y: Annotated[str | None, typer.Option("--y", metavar="COLUMN", help="The column to explain.")] = None,
    x: Annotated[
        list[str] | None,
        typer.Option(
            "--x",
            metavar="COLUMN",
            help="Use this column to explain it; repeat for more. [default: all others]",
        ),
    ] = None,
    formula: Annotated[
        str | None,
        typer.Option(
            metavar="'y ~ x + …'", help="A formula in place of --y and --x, such as 'y ~ x + C(k)'."
        ),
    ] = None,
    categorical: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="This column holds names, not numbers; repeat for more."),
    ] = None,
    degree: Annotated[int, typer.Option(metavar="N", help="A polynomial of this degree.")] = 1,
    robust: Annotated[Robust | None, typer.Option(help="A fit that outliers do not spoil.")] = None,
    ridge: Annotated[
        float | None, typer.Option(metavar="L", help="Ridge regression with this penalty.")
    ] = None,
    lines: Annotated[
        int | None, typer.Option(metavar="K", help="Fit K lines; each row belongs to one of them.")
    ] = None,
    no_intercept: Annotated[bool, typer.Option("--no-intercept", help="Fit without an intercept.")] = False,
    weights: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column with the weight of each row.")
    ] = None,
    errors: Annotated[
        StandardErrors | None, typer.Option(help="Standard errors that hold where variances differ.")
    ] = None,
    seed: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Seed of the random choices of ransac, theil-sen and --lines."),
    ] = 0,
    interval: Annotated[
        float | None,
        typer.Option(
            metavar="P",
            callback=_probability,
            help="Probability of all intervals; --residuals gets them too. [default: 0.95]",
        ),
    ] = None,
    separator: Annotated[
        str | None,
        typer.Option("--sep", metavar="C", callback=_separator, help="Between cells: ';', 'tab', …"),
    ] = None,
    decimal: Annotated[Decimal, typer.Option(help="What stands before decimals.")] = Decimal.POINT,
    comment: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Leave out lines that begin with this.")
    ] = None,
    na: Annotated[
        Missing, typer.Option(help="What to do with rows where a value is missing.")
    ] = Missing.ERROR,
    figure: Annotated[
        Path | None,
        typer.Option(metavar="FIG.png", help="Draw the data, the fit with its bands, and the residuals."),
    ] = None,
    residuals: Annotated[
        Path | None,
        typer.Option(metavar="OUT.csv", help="Write target, prediction and residual of each row."),
    ] = None,
    predict: Annotated[
        str | None,
        typer.Option(metavar="NEW.csv", help="Predict for the rows of this table, with intervals."),
    ] = None,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="OUT.csv|-", help="Where the predictions of --predict go."),
    ] = Path("-"),
    save: Annotated[Path | None, typer.Option(metavar="MODEL.json", help="Keep the fit in a file.")] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="MODEL.json", help="Predict with this fit, which --save kept; without TABLE."),
    ] = None,
    json: options.Json = None,
    debug: options.Debug = False,
) -> None:
    """Explain one column of a table by others: linear regression, accurate to the last digits."""
    from cfl.cli.fit import Request, run

    if model is not None and (
        predict is None or any((table, y, x, formula, categorical, weights, save, figure, residuals))
    ):
        raise typer.BadParameter("--model goes with --predict, and without TABLE and the options of a fit")
    if model is None and table is None:
        raise typer.BadParameter("which TABLE is to be fitted?")
    if model is None and y is None and formula is None:
        raise typer.BadParameter("say which column to explain: --y, or --formula")
    announce_compiling()
    run(Request(
        table, y, x or [], formula, categorical or [], degree, None if robust is None else robust.value,
        ridge, lines, not no_intercept, weights, None if errors is None else errors.value, seed, interval,
        separator, decimal.value, comment, na.value, figure, residuals, predict, output, save, model, json,
    ))  # fmt: skip


@app.command()
def warm(
    processes: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="How many to compile at a time. [default: processor cores]"),
    ] = None,
    debug: options.Debug = False,
) -> None:
    """Compile all kernels now, so that no command waits later."""
    from cfl.cli.warm import run

    run(processes)
