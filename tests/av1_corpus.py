"""The streams of the conformance tests: a table of what which encoder is asked for, and what that must show.

A case makes a low-overhead stream of intra frames. `shows` says what its headers must have, so that a case
does not lose its point when an encoder changes its mind.
"""

import functools
import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import pytest
from av1_pictures import photo, y4m
from av1_streams import DELIMITER, ordinary_scheduling
from PIL import Image

from cfl.av1.headers.coded_frame import read_frames
from cfl.av1.headers.obu import iter_obus
from cfl.container import read_avif, read_ivf

os.environ.setdefault("SVT_LOG", "1")  # errors only


def anything(sequence, header):
    """A feature every frame has."""
    return True


@dataclass(frozen=True, eq=False)
class Case:
    """A stream: its name, who makes it and how, and what (sequence, header) of some frame must show."""

    name: str
    encoder: Callable[["Case"], bytes]
    options: Any
    content: Callable[[int, int], Any] = photo
    size: tuple[int, int] = (96, 64)
    frames: int = 1
    chroma: str = "420"
    depth: int = 8
    tool: str | None = None
    shows: Callable[[Any, Any], Any] = anything

    def pictures(self):
        """The RGB pictures to encode; each of another part of the content."""
        width, height = self.size
        return [self.content(width + 8 * i, height)[:, 8 * i :] for i in range(self.frames)]


@functools.cache
def stream(case):
    """The stream of a case, made once in a session; a skip where its tool is not installed."""
    if case.tool and shutil.which(case.tool) is None:
        pytest.skip(f"{case.tool} is not installed")
    return case.encoder(case)


def coded_frames(case):
    """The frames of a case's stream, which show what they should."""
    frames = list(read_frames(iter_obus(stream(case))))
    assert frames
    assert any(case.shows(frame.sequence, frame.header) for frame in frames), f"{case.name} lost its point"
    return frames


# --- Encoders


def _pillow(case):
    out = io.BytesIO()
    samples = case.pictures()[0]
    image = Image.fromarray(samples[..., 1]) if case.chroma == "400" else Image.fromarray(samples)
    subsampling = {} if case.chroma == "400" else {"subsampling": ":".join(case.chroma)}
    image.save(out, "AVIF", **{"speed": 8, "max_threads": 1} | subsampling | case.options)
    return DELIMITER + bytes(read_avif(out.getvalue()).primary.data)


def pillow(name, /, content=photo, size=(96, 64), chroma="420", shows=anything, advanced=None, **options):
    """A case of libaom in Pillow; `advanced` is "key=value key=value"."""
    if advanced:
        options["advanced"] = dict(pair.split("=") for pair in advanced.split())
    return Case(f"pillow {name}", _pillow, options, content, size, chroma=chroma, shows=shows)


@ordinary_scheduling()
def _svt(case):
    out = io.BytesIO()
    with av.open(out, "w", format="obu") as container:
        params, options = case.options
        encoder = container.add_stream(
            "libsvtav1", rate=30, options={"svtav1-params": params, "preset": "10", "crf": "35", **options}
        )
        encoder.width, encoder.height = case.size
        encoder.pix_fmt = "yuv420p" if case.depth == 8 else "yuv420p10le"
        for picture in case.pictures():
            container.mux(encoder.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(encoder.encode())
    return out.getvalue()


def svt(name, params="", /, content=photo, size=(96, 64), frames=1, depth=8, shows=anything, **options):
    """A case of SVT-AV1 in PyAV."""
    params = f"lp=1:{params}".rstrip(":")
    return Case(f"svt {name}", _svt, (params, options), content, size, frames, depth=depth, shows=shows)


def _program(case):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "input.y4m", Path(folder) / "output"
        in_color = case.tool == "aomenc" and case.chroma == "400"  # which reads no monochrome Y4M of 10 bits
        source.write_bytes(y4m(case.pictures(), "420" if in_color else case.chroma, case.depth))
        fixed, options, ends = case.options
        paths = {"{input}": str(source), "{output}": str(target)}
        words = f"{fixed} {options} {ends}".split()
        command = [case.tool, *(paths.get(word, word) for word in words)]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-600:]
        data = target.read_bytes()
    if data[:4] == b"DKIF":
        return b"".join(bytes(frame.data) for frame in read_ivf(data)[1])
    return data


def aomenc(
    name, options="", /, content=photo, size=(96, 64), frames=1, chroma="420", depth=8, shows=anything
):
    """A case of aomenc."""
    fixed = "--obu --cpu-used=5 --kf-max-dist=0 --threads=1 --end-usage=q --cq-level=30 --passes=1 --quiet"
    fixed += f" --allintra --limit={frames} --bit-depth={depth} --input-bit-depth={depth}"
    fixed += f" --profile={2 if depth == 12 or chroma == '422' else int(chroma == '444')}"
    fixed += " --monochrome" if chroma == "400" else ""
    options = (fixed, options, "-o {output} {input}")
    return Case(f"aomenc {name}", _program, options, content, size, frames, chroma, depth, "aomenc", shows)


def svt_app(name, options="", /, content=photo, size=(96, 64), frames=1, depth=8, shows=anything):
    """A case of SvtAv1EncApp, an older SVT-AV1 than PyAV's."""
    fixed = f"--preset 8 --lp 1 --keyint 1 --input-depth {depth} --no-progress 1"
    options = (fixed, options, "-b {output} -i {input}")
    return Case(
        f"svt-app {name}", _program, options, content, size, frames, depth=depth, tool="SvtAv1EncApp",
        shows=shows,
    )  # fmt: skip


def rav1e(name, options="", /, content=photo, size=(96, 64), chroma="420", depth=8, shows=anything):
    """A case of rav1e."""
    options = ("-I 1 --threads 1 -q", options or "-s 8", "-o {output} {input}")
    return Case(
        f"rav1e {name}", _program, options, content, size, chroma=chroma, depth=depth, tool="rav1e",
        shows=shows,
    )  # fmt: skip
