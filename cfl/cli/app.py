"""The commands of `cfl`. Each imports what it needs when it runs, so `--help` is instant."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cfl.cli import options
from cfl.cli.commands import HELP_OPTIONS, Group, command
from cfl.cli.compiling import announce_compiling
from cfl.cli.lab_commands import lab

app = typer.Typer(
    name="cfl",
    cls=Group,
    help="Encode, decode and inspect AV1 pictures, and measure how well luma predicts chroma.",
    epilog="`cfl COMMAND --help` has the options of a command, and examples.",
    no_args_is_help=True,
    context_settings=HELP_OPTIONS,
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


class EncodedFormat(StrEnum):
    """Kinds of files that `encode` writes."""

    AVIF = "avif"
    IVF = "ivf"
    OBU = "obu"


class DecodedFormat(StrEnum):
    """Kinds of files that `decode` writes."""

    PNG = "png"
    JPEG = "jpg"
    WEBP = "webp"
    TIFF = "tiff"
    Y4M = "y4m"
    YUV = "yuv"


class PredictedFormat(StrEnum):
    """Kinds of files that `predict` writes."""

    PNG = "png"
    Y4M = "y4m"


def _version(wanted: bool) -> None:
    if wanted:
        from cfl import __version__

        typer.echo(f"cfl {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("-V", "--version", callback=_version, is_eager=True, help="Show the version.")
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


def _size(words: str | None) -> str | None:
    options.bytes_of(words)
    return words


def _check_policies(overwrite: bool, skip_existing: bool) -> None:
    if overwrite and skip_existing:
        raise typer.BadParameter("only one of --overwrite and --skip-existing can be given")


@command(app, "cfl encode photo.png -o photo.avif -q 70", "cfl encode -r photos/ -o smaller/ -s 8")
def encode(
    inputs: options.Pictures,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT.avif|.ivf|.obu|FOLDER/|-",
            help="AVIF (of several frames an animation), IVF or OBU. Of many inputs it is a folder.",
        ),
    ],
    output_format: Annotated[
        EncodedFormat | None,
        typer.Option(
            metavar="avif|ivf|obu", help="What to write in a folder or to standard output. [default: avif]"
        ),
    ] = None,
    quality: Annotated[
        int | None,
        typer.Option(
            "-q",
            "--quality",
            min=0,
            max=100,
            metavar="0..100",
            help="Quality on avifenc's scale; 100 is best. [default: 60]",
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
    target_size: Annotated[
        str | None,
        typer.Option(metavar="50kB", callback=_size, help="Find the best file of at most this size."),
    ] = None,
    target_psnr: Annotated[
        float | None,
        typer.Option(metavar="DB", help="Find the smallest file with this PSNR of all planes (6:1:1)."),
    ] = None,
    target_ssim: Annotated[
        float | None, typer.Option(metavar="0..1", help="Find the smallest file with this SSIM of luma.")
    ] = None,
    target_ssimulacra2: Annotated[
        float | None,
        typer.Option(metavar="0..100", help="Find the smallest file with this score of SSIMULACRA 2."),
    ] = None,
    speed: options.Speed = 6,
    tune: options.Aim = options.Tune.IQ,
    no_cfl: Annotated[bool, typer.Option("--no-cfl", help="Do not predict chroma from luma.")] = False,
    subsampling: options.CodedSubsampling = None,
    bit_depth: Annotated[
        BitDepth | None, typer.Option(metavar="8|10|12", help="Convert to this bit depth first.")
    ] = None,
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
    frame: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Encode this frame alone; the first is 0.")
    ] = None,
    recursive: options.Recursive = False,
    suffix: options.Suffix = "",
    overwrite: options.Overwrite = False,
    skip_existing: options.SkipExisting = False,
    jobs: options.Jobs = None,
    json: options.Json = None,
    size: options.Size = None,
    raw_format: options.Format = None,
    max_pixels: options.MaxPixels = None,
    threads: options.Threads = None,
) -> None:
    """Encode pictures as AVIF, or clips as IVF or OBU streams.

    Every frame of a stream is a key frame.
    """
    from cfl.cli.batch import Many
    from cfl.cli.encode import Request, run, target_of

    targets = (target_size, target_psnr, target_ssim, target_ssimulacra2)
    ways = (quality, qindex, lossless or None, *targets)
    if sum(way is not None for way in ways) > 1:
        raise typer.BadParameter("only one of --quality, --qindex, --lossless and --target-… can be given")
    _check_policies(overwrite, skip_existing)
    announce_compiling()
    rows, cols = map(int, (tiles or "1x1").split("x"))
    run(Request(
        inputs, output, None if output_format is None else output_format.value,
        Many(recursive, suffix, overwrite, skip_existing, jobs, threads), quality, qindex, lossless,
        target_of(options.bytes_of(target_size), *targets[1:]), speed, not no_cfl, subsampling,
        None if bit_depth is None else int(bit_depth), None if tiles is None else (rows, cols), frame, 1,
        json, size, raw_format, max_pixels, cicp, None if range_ is None else range_ is Range.FULL,
        tuple(kind.value for kind in strip or ()), quality_alpha, keep_hidden_colour,
        tune.value,
    ))  # fmt: skip


def _frame_number(words: str) -> str:
    if words != "all" and not (words.isascii() and words.isdigit()):
        raise typer.BadParameter(f"{words!r} is neither a frame number (0 or more) nor 'all'")
    return words


@command(app, "cfl decode photo.avif -o photo.png", "cfl decode clip.ivf -o - --output-format y4m")
def decode(
    inputs: options.CodedFiles,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT.png|.jpg|.webp|.tiff|.y4m|.yuv|FOLDER/|-",
            help="Y4M, YUV: the coded samples; else the picture as shown. Without it, only check the files.",
        ),
    ] = None,
    output_format: Annotated[
        DecodedFormat | None,
        typer.Option(
            metavar="png|jpg|webp|tiff|y4m|yuv",
            help="What to write in a folder or to standard output. [default: png]",
        ),
    ] = None,
    frame: Annotated[
        str, typer.Option(metavar="N|all", callback=_frame_number, help="Which frame; the first is 0.")
    ] = "all",
    recursive: options.Recursive = False,
    suffix: options.Suffix = "",
    overwrite: options.Overwrite = False,
    skip_existing: options.SkipExisting = False,
    jobs: options.Jobs = None,
    max_pixels: options.MaxPixels = None,
    threads: options.Threads = None,
    json: options.Json = None,
) -> None:
    """Decode AVIF, IVF and OBU files of any AV1 encoder.

    The samples are exactly those that the standard defines.
    """
    from cfl.cli.batch import Many
    from cfl.cli.decode import Request, run

    _check_policies(overwrite, skip_existing)
    announce_compiling()
    run(Request(
        inputs, output, None if output_format is None else output_format.value,
        Many(recursive, suffix, overwrite, skip_existing, jobs, threads),
        None if frame == "all" else int(frame), max_pixels, 1, json,
    ))  # fmt: skip


@command(
    app,
    "cfl inspect photo.avif --reference photo.png --figure blocks.png",
    "cfl inspect photo.avif --html photo.html",
)
def inspect(
    inputs: options.CodedFiles,
    reference: Annotated[
        Path | None,
        typer.Option(
            metavar="ORIGINAL", help="Measure CfL against this original, not against the decoded picture."
        ),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="BLOCKS.csv|-", help="Write a row for each block. Of many inputs it is a folder."
        ),
    ] = None,
    json: options.Json = None,
    figure: Annotated[
        Path | None,
        typer.Option(
            metavar="FIG.png",
            help="Draw partition, chroma modes, α, R², gain and bits. Of many inputs it is a folder.",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="PAGE.html",
            help="Write a page to look around in with a browser. Of many inputs it is a folder.",
        ),
    ] = None,
    frame: Annotated[int, typer.Option(min=0, metavar="N", help="Which frame; the first is 0.")] = 0,
    frames: Annotated[
        int, typer.Option(min=1, metavar="N", help="With --html: up to so many frames from that one on.")
    ] = 1,
    recursive: options.Recursive = False,
    jobs: options.Jobs = None,
    max_pixels: options.MaxPixels = None,
) -> None:
    """Show what an AV1 file's encoder decided in each block.

    Above all: which chroma is predicted from luma (CfL), with which α, and what that gained.
    """
    from cfl.cli.batch import Many
    from cfl.cli.inspect import Request, run

    if frames > 1 and html is None:
        raise typer.BadParameter("--frames goes with --html")
    if frames > 1 and reference is not None:
        raise typer.BadParameter("--reference is of one frame, so it does not go with --frames")
    announce_compiling()
    many = Many(recursive, jobs=jobs)
    run(Request(inputs, many, reference, frame, csv, json, figure, html, frames, max_pixels))


@command(
    app,
    "cfl compare a.avif b.avif --reference photo.png",
    "cfl compare a.avif b.avif --html both.html",
)
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="An AVIF, IVF, OBU or Annex B file.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one of the same picture.")],
    reference: Annotated[
        Path | None,
        typer.Option(metavar="ORIGINAL", help="Measure both files, and CfL in them, against this original."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="PAGE.html", help="Write a page with both files, for a browser."),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="SQUARES.csv|-", help="Write the bits of each square of 64x64 luma samples in A and B."
        ),
    ] = None,
    json: options.Json = None,
    frame: Annotated[int, typer.Option(min=0, metavar="N", help="Which frame; the first is 0.")] = 0,
    max_pixels: options.MaxPixels = None,
) -> None:
    """Compare two AV1 files of the same picture, decision by decision.

    Sizes and quality, bits by kind, where both use chroma from luma and with which α, and where A spends bits
    and B saves them.
    """
    from cfl.cli.compare import Request, run

    if [csv, json].count(Path("-")) > 1:
        raise typer.BadParameter("only one of --csv and --json can be standard output")
    announce_compiling()
    run(Request(Path(a), Path(b), reference, frame, html, csv, json, max_pixels))


@command(app, "cfl predict photo.png", "cfl predict clip.y4m --block auto -o predicted.y4m")
def predict(
    inputs: options.Pictures,
    block: Annotated[
        str, typer.Option(metavar="N|WxH|auto", help="Block size in luma samples, 4 to 32.")
    ] = "16x16",
    dc: Annotated[
        Dc,
        typer.Option(
            metavar="neighbours|mean",
            help="DC from the block's neighbours, as in AV1, or the block's own mean.",
        ),
    ] = Dc.NEIGHBOURS,
    alpha: Annotated[
        Alpha,
        typer.Option(
            metavar="quantised|float", help="α rounded to AV1's eighths, or the exact least-squares slope."
        ),
    ] = Alpha.QUANTISED,
    lambda_: Annotated[
        float | None,
        typer.Option(
            "--lambda", metavar="L", help="With --block auto: how much squared error one bit is worth."
        ),
    ] = None,
    subsampling: options.Subsampling = None,
    luma_from: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Predict from this file's luma, e.g. a decoded one.")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="PREDICTED.png|.y4m|FOLDER/|-",
            help="Write the prediction. Of many inputs it is a folder.",
        ),
    ] = None,
    output_format: Annotated[
        PredictedFormat | None,
        typer.Option(
            metavar="png|y4m", help="What to write in a folder or to standard output. [default: png]"
        ),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(
            metavar="FIG.png",
            help="Draw the first frame's prediction, residual, α and R². Of many inputs it is a folder.",
        ),
    ] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            metavar="BLOCKS.csv|-", help="Write a row for each block. Of many inputs it is a folder."
        ),
    ] = None,
    recursive: options.Recursive = False,
    suffix: options.Suffix = "",
    overwrite: options.Overwrite = False,
    skip_existing: options.SkipExisting = False,
    jobs: options.Jobs = None,
    json: options.Json = None,
    size: options.Size = None,
    raw_format: options.Format = None,
    max_pixels: options.MaxPixels = None,
    threads: options.Threads = None,
) -> None:
    """Predict chroma from luma, and report how well that works."""
    from cfl.cli.batch import Many
    from cfl.cli.predict import Request, run

    _check_policies(overwrite, skip_existing)
    announce_compiling()
    run(Request(
        inputs, Many(recursive, suffix, overwrite, skip_existing, jobs, threads), block, dc.value,
        alpha.value, lambda_, subsampling, luma_from, output,
        None if output_format is None else output_format.value, figure, csv, json, size, raw_format,
        max_pixels, 1,
    ))  # fmt: skip


@command(app, "cfl measure photo.png photo.avif", "cfl measure originals/ encoded/ --json figures.json")
def measure(
    reference: Annotated[
        str, typer.Argument(metavar="REFERENCE", help="The original; '-' is standard input.")
    ],
    tests: Annotated[
        list[str],
        typer.Argument(
            metavar="TEST...",
            help="What to compare with it. Two folders are compared by the names of their files.",
        ),
    ],
    as_is: Annotated[
        bool,
        typer.Option("--as-is", help="Compare code values: do not convert TEST to the form of REFERENCE."),
    ] = False,
    jobs: options.Jobs = None,
    json: options.Json = None,
    size: options.Size = None,
    raw_format: options.Format = None,
    max_pixels: options.MaxPixels = None,
) -> None:
    """Compare pictures or clips: PSNR, SSIM, CIEDE2000, SSIMULACRA 2 and R²."""
    from cfl.cli.batch import Many
    from cfl.cli.measure import Request, run

    announce_compiling()
    run(Request(reference, tests, Many(jobs=jobs), as_is, json, size, raw_format, max_pixels))


def _qualities(words: str) -> str:
    parts = words.split(",")
    if len(set(parts)) < 2 or not all(p.isascii() and p.isdigit() and int(p) <= 100 for p in parts):
        raise typer.BadParameter(f"{words!r} is not a list of two or more qualities from 0 to 100")
    return words


@command(app, "cfl ablate photo.png", "cfl ablate -r photos/ --csv points.csv --figure curves.png")
def ablate(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT...", help="Pictures with chroma; -r takes folders.")
    ],
    qualities: Annotated[
        str,
        typer.Option(
            "-q",
            "--qualities",
            metavar="Q,Q,…",
            callback=_qualities,
            help="Qualities to encode at, 0 to 100.",
        ),
    ] = "20,40,60,75,90",
    speed: options.Speed = 6,
    tune: options.Aim = options.Tune.PSNR,
    subsampling: options.Subsampling = None,
    figure: Annotated[
        Path | None, typer.Option(metavar="FIG.png", help="Draw the curves and the BD-rates.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="POINTS.csv|-", help="Write a row for each encode.")
    ] = None,
    results: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER/",
            help="Keep each encode there; a call that was stopped goes on with what the folder has.",
        ),
    ] = None,
    recursive: options.Recursive = False,
    json: options.Json = None,
    max_pixels: options.MaxPixels = None,
    threads: options.Threads = None,
) -> None:
    """Encode with and without chroma from luma, and compare."""
    from cfl.cli.ablate import Request, run
    from cfl.threads import cores

    announce_compiling()
    run(Request(
        inputs, recursive, [int(quality) for quality in qualities.split(",")], speed, subsampling,
        threads or cores(), figure, csv, json, max_pixels, results, tune.value,
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


@command(app, "cfl fit table.csv --y cost", "cfl fit table.csv --y cost --robust huber --figure fit.png")
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
    robust: Annotated[
        Robust | None,
        typer.Option(metavar="huber|theil-sen|ransac", help="A fit that outliers do not spoil."),
    ] = None,
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
        StandardErrors | None,
        typer.Option(metavar="HC0|HC1|HC2|HC3", help="Standard errors that hold where variances differ."),
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
    decimal: Annotated[
        Decimal, typer.Option(metavar=".|,", help="What stands before decimals.")
    ] = Decimal.POINT,
    comment: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Leave out lines that begin with this.")
    ] = None,
    na: Annotated[
        Missing, typer.Option(metavar="error|drop", help="What to do with rows where a value is missing.")
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
    if predict is None and output != Path("-"):
        raise typer.BadParameter("-o is for the predictions of --predict")
    if [residuals, json, None if predict is None else output].count(Path("-")) > 1:
        raise typer.BadParameter(
            "only one of --predict, --residuals and --json can be standard output: name a file for the other"
        )
    announce_compiling()
    run(Request(
        table, y, x or [], formula, categorical or [], degree, None if robust is None else robust.value,
        ridge, lines, not no_intercept, weights, None if errors is None else errors.value, seed, interval,
        separator, decimal.value, comment, na.value, figure, residuals, predict, output, save, model, json,
    ))  # fmt: skip


@command(app, "cfl warm", "cfl warm --processes 2")
def warm(
    processes: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="How many to compile at a time. [default: processor cores]"),
    ] = None,
) -> None:
    """Compile all kernels now, so that no command waits later."""
    from cfl.cli.warm import run

    run(processes)


app.add_typer(lab)
