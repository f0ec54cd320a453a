"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[
    Path | None,
    typer.Option("--json", metavar="PATH|-", help="Write all numbers as JSON; '-' is standard output."),
]
MaxPixels = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Refuse larger pictures than this. [default: 178956970]"),
]
Threads = Annotated[int, typer.Option(min=1, metavar="N", help="Processor cores to use.")]
Size = Annotated[str | None, typer.Option(metavar="WxH", help="Read INPUT as raw YUV of this size.")]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        "--input-format",
        metavar="NAME",
        help="Format of a raw INPUT: yuv420p, yuv422p10, yuv444p12, gray, nv12, p010, …",
    ),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
