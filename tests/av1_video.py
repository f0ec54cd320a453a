"""Streams with inter frames: a picture that a camera moves over, coded by the programs of three encoders."""

import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from av1_pictures import photo, y4m
from PIL import Image

from cfl.container import read_ivf

AOM = "--obu --threads=1 --quiet -o {output} {input} --cpu-used=8"
SVT = "-i {input} -b {output} --lp 1 --no-progress 1 --preset 10"
RAV1E = "-q --threads 1 {input} -o {output} -s 10"

SIZE = 160, 128
IMAGES = Path(__file__).parents[1] / "images"


def zooming(count, size=SIZE):
    """Pictures of a camera that turns, moves and comes nearer."""
    width, height = size
    picture = Image.open(IMAGES / "astronaut.png").convert("RGB")
    center_x, center_y = picture.width / 2, picture.height / 2
    pictures = []
    for i in range(count):
        angle, zoom = 0.01 * i, 1 - 0.015 * i
        a, b = zoom * math.cos(angle), -zoom * math.sin(angle)
        x, y = center_x + i - (a * width + b * height) / 2, center_y - (a * height - b * width) / 2
        moved = picture.transform(size, Image.Transform.AFFINE, (a, b, x, -b, a, y), Image.Resampling.BICUBIC)
        pictures.append(np.asarray(moved))
    return pictures


def crossing(count, size=SIZE):
    """Pictures with a disc and a bar that move over a scene, which moves too and slowly grows lighter."""
    width, height = size
    scene = photo(width + 3 * count, height + count).astype(np.int64)
    other = photo(width, height, "astronaut.png")
    y, x = np.mgrid[:height, :width]
    pictures = []
    for i in range(count):
        picture = scene[i : i + height, 3 * i : 3 * i + width] + 2 * i
        disc = (x - width // 4 - 5 * i) ** 2 + (y - height // 2 + 2 * i) ** 2 < (min(size) // 4) ** 2
        picture[disc] = np.roll(other, (-2 * i, 5 * i), (0, 1))[disc]
        picture[(y + 3 * i) % (height + 20) < 12] = (30, 200, 90)
        pictures.append(np.clip(picture, 0, 255).astype(np.uint8))
    return pictures


def scrolling(count, size=SIZE):
    """Pictures of a screen whose text moves up."""
    samples = np.asarray(Image.open(IMAGES / "screen.png").convert("RGB"))
    rows = np.arange(size[1])
    columns = np.arange(size[0]) % samples.shape[1]
    return [samples[((rows + 3 * i) % samples.shape[0])[:, None], columns] for i in range(count)]


def encoded(tmp_path, tool, options, count):
    """The stream of an encoder of the zooming camera; a skip where it is not installed."""
    return run_encoder(tmp_path, tool, options, y4m(zooming(count), "420", 8))


def run_encoder(tmp_path, tool, options, samples):
    """The stream of an encoder, as a low-overhead one; a skip where it is not installed."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    source, target = tmp_path / "input.y4m", tmp_path / "output"
    source.write_bytes(samples)
    paths = {"{input}": str(source), "{output}": str(target)}
    command = [tool, *(paths.get(word, word) for word in options.split())]
    done = subprocess.run(command, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-600:]
    data = target.read_bytes()
    if data[:4] == b"DKIF":
        return b"".join(bytes(frame.data) for frame in read_ivf(data)[1])
    return data
