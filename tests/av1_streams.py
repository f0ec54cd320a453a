"""AV1 streams for the tests: of Pillow's libaom, PyAV's SVT-AV1, and other encoders where installed."""

import contextlib
import io
import os
import shutil
import subprocess

import av
import numpy as np
import pytest
from PIL import Image

from cfl.av1.headers.bits import BitWriter
from cfl.av1.headers.obu import OBU_TEMPORAL_DELIMITER, ObuHeader, encode_obu

DELIMITER = encode_obu(ObuHeader(OBU_TEMPORAL_DELIMITER), b"")


def picture(width=96, height=64, channels=3, seed=1):
    """A smooth picture with some noise, (height, width, channels) uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(x / (7 + 3 * c)) * np.cos(y / (5 + 2 * c)) for c in range(channels)]
    samples = 128 + 90 * np.stack(waves, -1) + rng.normal(0, 8, (height, width, channels))
    return np.clip(samples, 0, 255).astype(np.uint8)


def avif(samples=None, **options):
    """An AVIF file of Pillow's libavif."""
    out = io.BytesIO()
    Image.fromarray(picture() if samples is None else samples).save(out, "AVIF", **options)
    return out.getvalue()


@contextlib.contextmanager
def ordinary_scheduling():
    """SVT-AV1 gives the thread that calls it real-time priority if it may.

    All that this thread starts later would inherit it, and would not let other processes run.
    """
    try:
        yield
    finally:
        if hasattr(os, "sched_setscheduler"):
            os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@ordinary_scheduling()
def svt_obu(
    width=96, height=64, frames=2, pix_fmt="yuv420p", params="keyint=1", container_format="obu", **options
):
    """A low-overhead stream of SVT-AV1 in PyAV, or another file of it."""
    out = io.BytesIO()
    with av.open(out, "w", format=container_format) as container:
        stream = container.add_stream(
            "libsvtav1", rate=30, options={"svtav1-params": params, "preset": "12", "crf": "40", **options}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        for i in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(width, height, seed=i), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def _y4m(path, width, height, frames, chroma, depth):
    planes = {"420": (width + 1 & ~1) * (height + 1 & ~1) // 2, "422": (width + 1 & ~1) * height, "mono": 0}
    size = width * height + planes.get(chroma, 2 * width * height)
    name = chroma if depth == 8 else f"{chroma}p{depth}" if chroma != "mono" else f"mono{depth}"
    rng = np.random.default_rng(3)
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F30:1 Ip C{name}\n".encode())
        for _ in range(frames):
            samples = (rng.normal(0.5, 0.1, size).clip(0, 1) * (2**depth - 1)).astype(np.uint16)
            file.write(b"FRAME\n" + (samples.astype(np.uint8) if depth == 8 else samples).tobytes())


def encode(tmp_path, tool, *arguments, width=96, height=64, frames=2, chroma="420", depth=8):
    """The output of a command line encoder, or a skip where it is not installed.

    `arguments` come after the tool's name, with {input} and {output} in the place of the paths.
    """
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    source, target = tmp_path / "input.y4m", tmp_path / "output"
    _y4m(source, width, height, frames, chroma, depth)
    paths = {"{input}": str(source), "{output}": str(target)}
    command = [tool, *(paths.get(argument, argument) for argument in arguments)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-600:]
    return target.read_bytes()


def aomenc(tmp_path, *options, **picture_options):
    """A low-overhead stream of aomenc, key frames only unless the options say otherwise."""
    fixed = ("--obu", "--cpu-used=8", "--kf-max-dist=0", "--limit=2", "--threads=1")
    return encode(tmp_path, "aomenc", *fixed, *options, "-o", "{output}", "{input}", **picture_options)


class RandomWriter(BitWriter):
    """A third direction: every field is drawn, written, and returned to the header it fills.

    The first field of two bits is `frame_type`, if that is set.
    """

    frame_type = None

    def __init__(self, rng):
        super().__init__()
        self._rng = rng

    def f(self, n, value=0):
        if n == 2 and self.frame_type is not None:
            value, self.frame_type = self.frame_type, None
            return super().f(n, value)
        draw = self._rng.random()
        if n == 1 or draw < 0.4:
            value = int(self._rng.integers(0, 1 << n, dtype=np.uint64)) if n else 0
        elif draw < 0.7:
            value = 0
        elif draw < 0.9:
            value = min(int(self._rng.integers(0, 4)), (1 << n) - 1)
        else:
            value = (1 << n) - 1
        return super().f(n, value)

    def known(self, n, value, name):
        return super().f(n, value)
