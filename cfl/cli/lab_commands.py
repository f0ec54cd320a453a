"""The commands of `cfl lab`. Each imports what it needs when it runs, so `--help` is instant."""

from pathlib import Path
from typing import Annotated

import typer

from cfl.cli.commands import HELP_OPTIONS, command
from cfl.cli.compiling import announce_compiling

lab = typer.Typer(
    name="lab",
    help="Compare predictors of chroma, or encoders, over a set of pictures.",
    epilog="`cfl lab COMMAND --help` has the options of a command, and examples.",
    no_args_is_help=True,
    context_settings=HELP_OPTIONS,
    rich_markup_mode=None,
)

Pictures = Annotated[
    list[str],
    typer.Argument(
        metavar="PICTURES...",
        help="Files, folders, patterns, .txt files with a name in each line, URLs of fsspec.",
    ),
]
Output = Annotated[
    Path,
    typer.Option(
        "-o",
        "--output",
        metavar="RESULTS/",
        help="Folder of the results; what it has already is not computed again.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=1024,
        metavar="N",
        help="Processes to work in; 0: in this one. [default: one for each core]",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="tcp://HOST:8786", help="Work on the machines of this scheduler of Dask."),
]


def _numbers(words: str) -> list[int]:
    parts = [word.strip() for word in words.split(",") if word.strip()]
    if not all(p.isascii() and p.isdigit() and int(p) <= 100 for p in parts):
        raise typer.BadParameter(f"{words!r} is not a list of qualities from 0 to 100")
    return [int(part) for part in parts]


def _qualities(words: str) -> str:
    _numbers(words)
    return words


def _some_qualities(words: str) -> str:
    if not _numbers(words):
        raise typer.BadParameter("at least one quality is needed")
    return words


def _names(words: str) -> list[str]:
    return [word.strip() for word in words.split(",") if word.strip()]


@command(
    lab,
    "cfl lab run photos/ --predictors cfl,cclm,mmlm -o results/",
    "cfl lab run photos/ --predictors cfl,dc --blocks 8,auto --qualities '' -o source/",
)
def run(
    pictures: Pictures,
    predictors: Annotated[
        str, typer.Option(metavar="NAME,NAME,…", help="Which to compare; `cfl lab list` has them.")
    ],
    output: Output,
    blocks: Annotated[
        str,
        typer.Option(
            metavar="N|WxH|auto|FILE,…",
            help="Sizes of blocks, in samples of luma; auto; or an AV1 file, whose blocks are taken.",
        ),
    ] = "8,16,32",
    qualities: Annotated[
        str,
        typer.Option(
            metavar="Q,Q,…",
            callback=_qualities,
            help="Qualities for rate and distortion, 0 to 100; '' measures the prediction alone.",
        ),
    ] = "30,60,90",
    decoded: Annotated[
        str | None,
        typer.Option(
            metavar="source|qN|FILE",
            help="What predictors see: the source, cfl's reconstruction at one quality, or a decoded file. "
            "[default: the reconstruction at each quality]",
        ),
    ] = None,
    plugin: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE.py", help="A file that registers predictors; repeat for more."),
    ] = None,
    frames: Annotated[int, typer.Option(min=1, metavar="N", help="Frames of each clip to take.")] = 1,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Predict the chroma of every picture with each predictor, and measure."""
    from cfl.cli.lab import Where, compare_predictors

    announce_compiling()
    compare_predictors(
        pictures, _names(predictors), Where(output, workers, scheduler), blocks=_names(blocks),
        qualities=_numbers(qualities), decoded=decoded, plugins=plugin or [], frames=frames,
    )  # fmt: skip


@command(
    lab,
    "cfl lab encoders photos/ --encoders cfl:8,libaom:9 -o encoders/",
    "cfl lab encoders photos/ --encoders cfl:10,libaom-iq:9 --qualities 30,60 -o few/ --workers 1",
)
def encoders(
    pictures: Pictures,
    encoders: Annotated[
        str,
        typer.Option(
            metavar="NAME:SPEED,…",
            help="cfl, libaom, libaom-iq, svtav1, svtav1encapp, rav1e; cfl:6:no-cfl is without CfL.",
        ),
    ],
    output: Output,
    qualities: Annotated[
        str,
        typer.Option(
            metavar="Q,Q,…",
            callback=_some_qualities,
            help="Qualities of 0 to 100, which each encoder has on its own scale.",
        ),
    ] = "30,45,60,75,90",
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Encode every picture with each encoder at each quality, and measure bytes, quality and time."""
    from cfl.cli.lab import Where, compare_encoders

    announce_compiling()
    compare_encoders(
        pictures, _names(encoders), Where(output, workers, scheduler), qualities=_numbers(qualities)
    )


@command(
    lab,
    "cfl lab report results/ -o report.html",
    "cfl lab report results/ -o report.md --anchor cfl",
)
def report(
    results: Annotated[Path, typer.Argument(metavar="RESULTS/", help="A folder of results.")],
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT.html|.md|.csv|-",
            help="A page for a browser, or tables; '-' prints them.",
        ),
    ] = "-",
    anchor: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What the others are compared with. [default: cfl, or the first encoder]",
        ),
    ] = None,
    thumbnails: Annotated[
        int, typer.Option(min=0, metavar="N", help="Pictures to show where each wins and loses most.")
    ] = 10,
    plugin: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE.py", help="A file with predictors of the run, to show what they predict."),
    ] = None,
) -> None:
    """Sum up a folder of results: tables, curves, and where each predictor wins and loses."""
    from cfl.cli.lab import write_report

    announce_compiling()
    write_report(results, output, anchor, thumbnails, plugin or [])


@command(lab, "cfl lab list", "cfl lab list cclm")
def list_(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Print all about this predictor.")
    ] = None,
    plugin: Annotated[
        list[str] | None, typer.Option(metavar="FILE.py", help="Also list the predictors of this file.")
    ] = None,
) -> None:
    """List the predictors and encoders that there are."""
    from cfl.cli.lab import list_all

    list_all(name, plugin or [])
