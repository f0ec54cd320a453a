"""Time of encoding by speed and threads, of the command line's start, and the memory it takes."""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

import cfl
from bench.pictures import photographs
from bench.timing import machine, process_environment
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
    width, height = map(int, options.size.split("x"))
    tiles = tuple(map(int, options.tiles.split("x"))) if options.tiles else None
    frame = photographs(width, height, "4:2:0")
    title = f"s/Mpx, {options.size}, warm (best of {options.rounds}, by turns)"
    table = Table("speed", "bit/px", "1 thread", "2 threads", "ratio", title=title)
    cfl.encode(photographs(64, 64, "4:2:0"))
    for speed in map(int, options.speeds.split(",")):
        seconds: dict[int, list[float]] = {1: [], 2: []}
        data = b""
        for threads in (1, 2) * options.rounds:
            start = time.perf_counter()
            data = cfl.encode(frame, quality=options.quality, speed=speed, threads=threads, tiles=tiles)
            seconds[threads].append(1e6 * (time.perf_counter() - start) / (width * height))
        one, two = min(seconds[1]), min(seconds[2])
        rate = 8 * len(data) / (width * height)
        table.add_row(str(speed), f"{rate:.2f}", f"{one:.2f}", f"{two:.2f}", f"{one / two:.2f}")
    return table


def _start() -> Table:
    """Times of whole processes, the compiler's cache cold and warm."""
    table = Table("process", "seconds", title="Start, 512x512 PNG (best of 3; cold once)")
    with tempfile.TemporaryDirectory() as folder:
        picture, encoded = Path(folder) / "picture.png", Path(folder) / "picture.avif"
        write_png(picture, photographs(512, 512, "4:4:4"))
        environment = process_environment(Path(folder) / "cache")

        def seconds(*words: object) -> float:
            start = time.perf_counter()
            command = [sys.executable, "-m", "cfl", *map(str, words)]
            subprocess.run(command, env=environment, check=True, capture_output=True)
            return time.perf_counter() - start

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
