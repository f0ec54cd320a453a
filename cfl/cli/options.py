"""Options that several commands share."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cfl.arguments import subsampling_of

_UNITS = {"": 1, "b": 1, "k": 1000, "kb": 1000, "m": 10**6, "mb": 10**6, "kib": 1024, "mib": 1 << 20}


def _chroma_format(words: str | None) -> str | None:
    format_ = subsampling_of(words)
    if format_ not in (None, "4:2:0", "4:2:2", "4:4:4", "4:0:0"):
        raise typer.BadParameter(f"{words!r} is not one of 4:2:0, 4:2:2, 4:4:4, 4:0:0 (or 420, yuv420p, …)")
    return format_


def _chroma_format_of_cfl(words: str | None) -> str | None:
    if _chroma_format(words) == "4:0:0":
        raise typer.BadParameter("a 4:0:0 picture has no chroma to predict")
    return _chroma_format(words)


def bytes_of(words: str | None) -> int | None:
    """The bytes of a size such as 50kB.

    Raises
    ------
    typer.BadParameter
        It is none.
    """
    if words is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)", words)
    if match is None or match[2].lower() not in _UNITS or float(match[1]) <= 0:
        raise typer.BadParameter(f"{words!r} is not a size such as 50kB, 1.5MB or 64KiB")
    return int(float(match[1]) * _UNITS[match[2].lower()])


Json = Annotated[
    Path | None,
    typer.Option("--json", metavar="PATH|-", help="Write all numbers as JSON; '-' is standard output."),
]
MaxPixels = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Refuse larger pictures than this. [default: 178956970]"),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Processor cores to use. [default: all; the output does not depend on it]",
    ),
]
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
Pictures = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        help="Pictures, Y4M, raw YUV or video; '-' is standard input; -r takes folders.",
    ),
]
CodedFiles = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...", help="AVIF, IVF, OBU or Annex B files; '-' is standard input; -r takes folders."
    ),
]
Recursive = Annotated[
    bool, typer.Option("-r", "--recursive", help="Take the files of folders, and of the folders in them.")
]
Suffix = Annotated[
    str, typer.Option(metavar="TEXT", help="Put this before the ending of the names of files in a folder.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist in the folder.")]
SkipExisting = Annotated[
    bool, typer.Option("--skip-existing", help="Leave out inputs whose output exists already.")
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "-j", "--jobs", min=1, metavar="N", help="Files to work on at a time. [default: cores, up to 4]"
    ),
]
Speed = Annotated[
    int,
    typer.Option(
        "-s",
        "--speed",
        min=0,
        max=10,
        metavar="0..10",
        help="0 is slowest and makes the smallest files; 10 is fastest.",
    ),
]


class Tune(StrEnum):
    """What the encoder aims at; see `cfl.av1.tunes`."""

    IQ = "iq"
    PSNR = "psnr"


Aim = Annotated[
    Tune,
    typer.Option(
        "--tune", metavar="iq|psnr", help="Aim at what people see (iq), or at the least squared error (psnr)."
    ),
]
CodedSubsampling = Annotated[
    str | None,
    typer.Option(
        metavar="4:2:0|4:2:2|4:4:4|4:0:0",
        callback=_chroma_format,
        help="Convert to this chroma format first; 420 and yuv420p are understood, too.",
    ),
]
Subsampling = Annotated[
    str | None,
    typer.Option(
        metavar="4:2:0|4:2:2|4:4:4",
        callback=_chroma_format_of_cfl,
        help="Convert to this chroma format first; 420 and yuv420p are understood, too.",
    ),
]
