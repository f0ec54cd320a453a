"""Time of encoding by speed and threads, of the command line's start, and the memory it takes."""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

import cfl
from bench.pictures import photographs
from bench.timing import machine, module_seconds
from cfl.frames import write, write_png


def run(arguments: list[str]) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser("python -m bench encode", description=__doc__)
    parser.add_argument("--size", default="3072x2048", help="of the frame (default: %(default)s)")
    parser.add_argument("--speeds", default="6,8,10", help="(default: %(default)s)")
    parser.add_argument("--quality", type=int, default=60, help="(default: %(default)s)")
    parser.add_argument("--tiles", help="rows and columns (default: by size)")
    parser.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument("--speed-only", action="store_true", help="leave out the start and the memory")
    options = parser.parse_args(arguments)
    console = Console(width=110)
    console.print(f"Encoding 8-bit 4:2:0 photographs. {machine()}")
    console.print(_speeds(options))
    if not options.speed_only:
        console.print(_start())
        console.print(_memory())


def _speeds(options: argparse.Namespace) -> Table:
    """Times by speed; beside the ratio for two threads, what two threads can do here that share nothing."""
    width, height = map(int, options.size.split("x"))
    tiles = tuple(map(int, options.tiles.split("x"))) if options.tiles else None
    frame = photographs(width, height, "4:2:0")
    title = f"s/Mpx, {options.size}, warm (best of {options.rounds}, by turns)"
    columns = "speed", "bit/px", "1 thread", "2 threads", "ratio", "two pictures at once, 1 thread each"
    table = Table(*columns, title=title)
    for speed in map(int, options.speeds.split(",")):
        encode = partial(cfl.encode, quality=options.quality, speed=speed, tiles=tiles)
        data = encode(frame, threads=2)  # the first call loads kernels
        rounds = [
            (_seconds(encode, frame, 1, 1), _seconds(encode, frame, 1, 2), _seconds(encode, frame, 2, 1))
            for _ in range(options.rounds)
        ]
        one, two, at_once = map(min, zip(*rounds, strict=True))
        numbers = 8 * len(data) / (width * height), one, two, one / two, one / at_once
        table.add_row(str(speed), *(f"{number:.2f}" for number in numbers))
    return table


def _seconds(encode: Callable[..., bytes], frame: cfl.Frame, pictures: int, threads: int) -> float:
    """Seconds per megapixel of encoding so many pictures at once, on so many threads each."""
    start = time.perf_counter()
    with ThreadPoolExecutor(pictures) as pool:
        list(pool.map(partial(encode, threads=threads), [frame] * pictures))
    return 1e6 * (time.perf_counter() - start) / (frame.y.size * pictures)


def _start() -> Table:
    """Times of whole processes, the compiler's cache cold and warm."""
    table = Table("process", "seconds", title="Start, 512x512 PNG (best of 3; cold once)")
    with tempfile.TemporaryDirectory() as folder:
        picture, encoded = Path(folder) / "picture.png", Path(folder) / "picture.avif"
        write_png(picture, photographs(512, 512, "4:4:4"))
        seconds = partial(module_seconds, "cfl", cache=Path(folder) / "cache")
        encode, decode = ("encode", picture, "-o", encoded), ("decode", encoded)
        table.add_row("cfl encode, cold: nothing compiled", f"{seconds(*encode):.1f}")
        table.add_row("cfl decode after it, the rest compiled", f"{seconds(*decode):.1f}")
        table.add_row("cfl encode, warm", f"{min(seconds(*encode) for _ in range(3)):.2f}")
    return table


def _memory() -> Table:
    """Extra memory of encoding 24 megapixels, in a process of its own."""
    table = Table("6000x4000 8-bit 4:2:0", "extra memory", "bytes per pixel", title="Memory of encoding")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.y4m"
        write(path, photographs(6000, 4000, "4:2:0"))
        command = [sys.executable, "-m", "bench.codec_memory", "encode", str(path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    extra = int(done.stdout)
    table.add_row("cfl.encode_frame, speed 10", f"{extra / 2**20:,.0f} MiB", f"{extra / 24e6:.1f}")
    return table
