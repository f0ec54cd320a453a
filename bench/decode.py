"""Speed of decoding beside dav1d with its assembly, of the command line's start, and the memory it takes.

The pictures are encoded by libaom (Pillow, speed 8, tuned for PSNR) at the quality that comes nearest to the
bits per pixel, with the tiles that libavif chooses. Both decode OBUs to planes, warm, dav1d through PyAV.
"""

import argparse
import io
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

import cfl
from bench.pictures import photographs
from bench.rd import PATTERNS
from bench.timing import best_of, machine, module_seconds
from cfl.av1.decoder import decode_obus
from cfl.av1.headers.coded_frame import read_frames
from cfl.av1.headers.obu import iter_obus
from cfl.lab import dav1d
from cfl.lab.encoders import obus_of

RATES = (0.25, 1.0)


def run(arguments: list[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser("python -m bench decode", description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="of pictures (default: the shipped ones, tiled)")
    parser.add_argument("--size", default="2048x1536", help="without a folder (default: %(default)s)")
    parser.add_argument("--pictures", type=int, help="take so many of the folder's")
    parser.add_argument("--seconds", type=float, default=1.0, help="for each number (default: %(default)s)")
    parser.add_argument("--speed-only", action="store_true", help="leave out the start and the memory")
    options = parser.parse_args(arguments)
    console = Console(width=110)
    console.print(f"Decoding 8-bit 4:2:0 stills. {machine()}")
    console.print(_speeds(_pictures(options), options.seconds))
    if not options.speed_only:
        console.print(_start())
        console.print(_memory())


def _pictures(options: argparse.Namespace) -> dict[str, Image.Image]:
    if options.folder is None:
        width, height = map(int, options.size.split("x"))
        rgb = cfl.frame_to_rgb(photographs(width, height, "4:4:4"))
        return {f"photographs {width}x{height}": Image.fromarray(rgb)}
    paths = sorted(path for pattern in PATTERNS for path in options.folder.glob(pattern))
    if not paths:
        sys.exit(f"no pictures in {options.folder}")
    return {path.name: Image.open(path).convert("RGB") for path in paths[: options.pictures]}


def _speeds(pictures: dict[str, Image.Image], budget: float) -> Table:
    table = Table(
        "picture", "bit/px", "tiles", "cfl", "dav1d", "ratio", "cfl, 2 threads", "dav1d, 2 threads", "ratio",
        title="Mpx/s, warm",
    )  # fmt: skip
    for name, picture in pictures.items():
        for rate in RATES:
            obus = encoded_at(picture, rate)
            megapixels = picture.width * picture.height / 1e6
            cells = []
            for threads in (1, 2):
                ours = megapixels / best_of(lambda o=obus, t=threads: _decode(o, t), budget)
                theirs = megapixels / best_of(lambda o=obus, t=threads: dav1d.decode(o, t), budget)
                cells += [f"{ours:.1f}", f"{theirs:.0f}", f"{ours / theirs:.3f}"]
            (frame,) = read_frames(iter_obus(obus))
            tiles = f"{frame.header.tile_info.tile_rows}x{frame.header.tile_info.tile_cols}"
            table.add_row(name, f"{8 * len(obus) / megapixels / 1e6:.2f}", tiles, *cells)
    return table


def _decode(obus: bytes, threads: int) -> list[np.ndarray]:
    (picture,) = decode_obus(iter_obus(obus), threads=threads)
    return picture.planes


def encoded_at(picture: Image.Image, rate: float) -> bytes:
    """The OBUs of a picture at the quality that comes nearest to a rate in bits per pixel."""
    best, low, high = b"", 0, 100
    target = rate * picture.width * picture.height / 8
    while low <= high:
        quality = (low + high) // 2
        obus = obus_of(_avif(picture, quality))
        if abs(len(obus) - target) < abs(len(best) - target):
            best = obus
        if len(obus) < target:
            low = quality + 1
        else:
            high = quality - 1
    return best


def _avif(picture: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    picture.save(file, "AVIF", quality=quality, speed=8, subsampling="4:2:0", advanced={"tune": "psnr"})
    return file.getvalue()


def _start() -> Table:
    """Times of whole processes, the compiler's cache cold and warm."""
    table = Table("process", "seconds", title="Start, 512x512 AVIF (best of 3; cold once)")
    with tempfile.TemporaryDirectory() as folder:
        picture, cache = Path(folder) / "picture.avif", Path(folder) / "cache"
        rgb = cfl.frame_to_rgb(photographs(512, 512, "4:4:4"))
        picture.write_bytes(_avif(Image.fromarray(rgb), 60))
        seconds = partial(module_seconds, "cfl", cache=cache)
        table.add_row("cfl decode, cold: nothing compiled", f"{seconds('decode', picture):.1f}")
        table.add_row("cfl decode, warm", f"{min(seconds('decode', picture) for _ in range(3)):.2f}")
    return table


def _memory() -> Table:
    """Extra memory of decoding, each in a process of its own."""
    table = Table("file", "to", "extra memory", "bytes per pixel", title="Memory of decoding")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.avif"
        rgb = cfl.frame_to_rgb(photographs(6000, 4000, "4:4:4"))
        path.write_bytes(_avif(Image.fromarray(rgb), 50))
        _add_memory(table, path, "6000x4000 8-bit 4:2:0 AVIF", 24e6)
        deep = cfl.rgb_to_frame(rgb[:2000, :3000], bit_depth=10, subsampling="4:4:4")
        path.write_bytes(cfl.encode(deep.replace(alpha=deep.y), speed=10))
        _add_memory(table, path, "3000x2000 10-bit 4:4:4 AVIF with alpha", 6e6)
    return table


def _add_memory(table: Table, path: Path, name: str, pixels: float) -> None:
    for kind, target in (("decode", "planes"), ("png", "PNG")):
        command = [sys.executable, "-m", "bench.codec_memory", kind, str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        extra = int(done.stdout)
        table.add_row(name, target, f"{extra / 2**20:,.0f} MiB", f"{extra / pixels:.1f}")
