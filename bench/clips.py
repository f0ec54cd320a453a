"""Clips to decode: a camera that moves over the shipped photographs, as three encoders code it.

SVT-AV1 is PyAV's; aomenc and rav1e are left out where they are not installed.
"""

import io
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

import cfl
from bench.pictures import photographs
from cfl.container import read_ivf

COMMANDS = {
    "aomenc": "--ivf --cpu-used=6 --threads=2 --end-usage=q --cq-level={quantizer} -o {target} {source}",
    "rav1e": "-q -s 9 --threads 2 --quantizer {index} {source} -o {target}",
}


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
