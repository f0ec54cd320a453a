"""Streams with inter frames: a picture that a camera moves over, coded by the programs of three encoders."""

import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from av1_pictures import y4m
from PIL import Image

from cfl.container import read_ivf

AOM = "--obu --threads=1 --quiet -o {output} {input} --cpu-used=8"
SVT = "-i {input} -b {output} --lp 1 --no-progress 1 --preset 10"
RAV1E = "-q --threads 1 {input} -o {output} -s 10"

SIZE = 160, 128
IMAGES = Path(__file__).parents[1] / "images"


def zooming(count):
    """Pictures of a camera that turns, moves and comes nearer."""
    width, height = SIZE
    picture = Image.open(IMAGES / "astronaut.png").convert("RGB")
    center_x, center_y = picture.width / 2, picture.height / 2
    pictures = []
    for i in range(count):
        angle, zoom = 0.01 * i, 1 - 0.015 * i
        a, b = zoom * math.cos(angle), -zoom * math.sin(angle)
        x, y = center_x + i - (a * width + b * height) / 2, center_y - (a * height - b * width) / 2
        moved = picture.transform(SIZE, Image.Transform.AFFINE, (a, b, x, -b, a, y), Image.Resampling.BICUBIC)
        pictures.append(np.asarray(moved))
    return pictures


def encoded(tmp_path, tool, options, count):
    """The stream of an encoder, as a low-overhead one; a skip where it is not installed."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    source, target = tmp_path / "input.y4m", tmp_path / "output"
    source.write_bytes(y4m(zooming(count), "420", 8))
    paths = {"{input}": str(source), "{output}": str(target)}
    command = [tool, *(paths.get(word, word) for word in options.split())]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-600:]
    data = target.read_bytes()
    if data[:4] == b"DKIF":
        return b"".join(bytes(frame.data) for frame in read_ivf(data)[1])
    return data
