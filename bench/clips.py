"""Speed of decoding clips beside dav1d with its assembly: `python -m bench clips`.

A camera moves over the shipped photographs, as three encoders code it: PyAV's SVT-AV1, and aomenc and rav1e
where they are installed. Both decoders are warm and decode OBUs to planes, dav1d through PyAV.
"""

import argparse
import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from rich.console import Console
from rich.table import Table

import cfl
from bench.pictures import photographs
from bench.timing import best_of, machine
from cfl.av1.decoder import decode_obus
from cfl.av1.headers.obu import OBU_TEMPORAL_DELIMITER, iter_obus
from cfl.container import read_ivf

COMMANDS = {
    "aomenc": "--ivf --cpu-used=6 --threads=2 --end-usage=q --cq-level={quantizer} -o {target} {source}",
    "rav1e": "-q -s 9 --threads 2 --quantizer {index} {source} -o {target}",
}


def run(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser("python -m bench clips", description=__doc__.splitlines()[0])
    parser.add_argument("--size", default="1280x720", help="of the frames (default: %(default)s)")
    parser.add_argument("--frames", type=int, default=20, help="of each clip (default: %(default)s)")
    parser.add_argument("--bit-depth", type=int, default=8, choices=(8, 10))
    parser.add_argument("--quantizers", type=int, nargs="+", default=[30, 50], help="0 to 63")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each number (default: %(default)s)")
    options = parser.parse_args(arguments)
    width, height = map(int, options.size.split("x"))
    table = Table(
        "encoder", "Mbit/s", "cfl", "dav1d", "ratio", "cfl, 2 threads", "dav1d, 2 threads", "ratio",
        title="frames a second, warm",
    )  # fmt: skip
    for quantizer in options.quantizers:
        for name, stream in clips(width, height, options.frames, options.bit_depth, quantizer):
            megabits = 8 * len(stream) * 30 / options.frames / 1e6
            table.add_row(name, f"{megabits:.1f}", *_speeds(stream, options.frames, options.seconds))
    console = Console(width=110)
    console.print(
        f"Decoding clips of {options.size}, {options.bit_depth} bits, 30 frames a second. {machine()}"
    )
    console.print(table)


def _speeds(stream: bytes, count: int, budget: float) -> list[str]:
    units, cells = _temporal_units(stream), []
    for threads in (1, 2):
        ours = count / best_of(lambda t=threads: _decode(stream, t), budget)
        theirs = count / best_of(lambda t=threads: _decode_by_dav1d(units, t), budget)
        cells += [f"{ours:.1f}", f"{theirs:.0f}", f"{ours / theirs:.3f}"]
    return cells


def _decode(stream: bytes, threads: int) -> None:
    for _ in decode_obus(iter_obus(stream), threads=threads):
        pass


def _decode_by_dav1d(units: list[bytes], threads: int) -> None:
    codec = av.CodecContext.create("libdav1d", "r")
    codec.thread_count = threads
    for unit in units:
        codec.decode(av.Packet(unit))
    codec.decode(None)


def _temporal_units(stream: bytes) -> list[bytes]:
    starts = [o.offset for o in iter_obus(stream) if o.header.obu_type == OBU_TEMPORAL_DELIMITER]
    return [stream[a:b] for a, b in zip(starts, [*starts[1:], len(stream)], strict=True)]


def frames(width: int, height: int, count: int, bit_depth: int) -> Iterator[cfl.Frame]:
    """Yield the frames: a pan to the right and, more slowly, down, with a little noise."""
    scene = cfl.frame_to_rgb(photographs(width + 4 * count, height + 2 * count, "4:4:4")).astype(np.int16)
    rng = np.random.default_rng(0)
    for i in range(count):
        rgb = scene[2 * i : 2 * i + height, 4 * i : 4 * i + width]
        rgb = np.clip(rgb + rng.integers(-2, 3, (height, width, 1)), 0, 255).astype(np.uint8)
        yield cfl.rgb_to_frame(rgb, bit_depth=bit_depth)


def clips(width: int, height: int, count: int, bit_depth: int, quantizer: int) -> Iterator[tuple[str, bytes]]:
    """Yield the name of each encoder and its low-overhead stream, of a quantizer from 0 to 63."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source.y4m"
        cfl.write(source, frames(width, height, count, bit_depth))
        yield "SVT-AV1", _svt(source, width, height, bit_depth, quantizer)
        for tool, words in COMMANDS.items():
            if shutil.which(tool) is None:
                continue
            target = Path(folder) / f"{tool}.ivf"
            depth = " --bit-depth=10 --input-bit-depth=10" if tool == "aomenc" and bit_depth > 8 else ""
            options = (words + depth).format(
                quantizer=quantizer, index=4 * quantizer, source=source, target=target
            )
            subprocess.run([tool, *options.split()], check=True, capture_output=True)
            yield tool, _stream(target.read_bytes())


def _svt(source: Path, width: int, height: int, bit_depth: int, quantizer: int) -> bytes:
    out = io.BytesIO()
    with av.open(str(source)) as input_, av.open(out, "w", format="ivf") as output:
        stream = output.add_stream("libsvtav1", rate=30, options={"preset": "8", "crf": str(quantizer)})
        stream.width, stream.height = width, height
        stream.pix_fmt = "yuv420p" if bit_depth == 8 else "yuv420p10le"
        for frame in input_.decode(video=0):
            frame.pts = None
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return _stream(out.getvalue())


def _stream(ivf: bytes) -> bytes:
    return b"".join(bytes(frame.data) for frame in read_ivf(ivf)[1])
