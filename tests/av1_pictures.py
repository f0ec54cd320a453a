"""What the conformance streams show: small pictures of different kinds, in YUV of any format."""

import functools
from pathlib import Path

import numpy as np
from PIL import Image

IMAGES = Path(__file__).parent.parent / "images"

SUBSAMPLING = {"400": (1, 1), "420": (1, 1), "422": (1, 0), "444": (0, 0)}


def photo(width, height, name="coffee.png"):
    """A photograph, repeated in mirror images where it is too small."""
    samples = _image(name)
    rows, columns = (np.abs((np.arange(n) + m // 3) % (2 * m - 2) - (m - 1)) for n, m in
                     ((height, samples.shape[0]), (width, samples.shape[1])))  # fmt: skip
    return samples[rows[:, None], columns]


@functools.cache
def _image(name):
    return np.asarray(Image.open(IMAGES / name).convert("RGB"))


def screen(width, height):
    """Text and lines of few colours, with repetitions that intra block copy finds."""
    samples = _image("screen.png")
    tile = samples[30:94, 20:116]
    repeated = np.tile(tile, (-(-height // 64), -(-width // 96), 1))[:height, :width]
    return repeated.copy()


def echoes(width, height):
    """A patch of hard edges that returns, not quite the same: what intra block copy is for."""
    rng = np.random.default_rng(5)
    patch = np.kron(rng.integers(0, 4, (10, 9, 3)) * 80, np.ones((4, 4, 1), np.int64))
    repeated = np.tile(patch, (-(-height // 40), -(-width // 36), 1))[:height, :width]
    changed = rng.random((height, width, 1)) < 0.01
    return np.clip(repeated + changed * rng.integers(-60, 60, repeated.shape), 0, 255).astype(np.uint8)


def text(width, height):
    """The picture of a screen as it is."""
    samples = _image("screen.png")
    return np.resize(samples[:height, :width], (height, width, 3))


def noise(width, height):
    """White noise in all three channels."""
    return np.random.default_rng(7).integers(0, 256, (height, width, 3), dtype=np.uint8)


def flat(width, height):
    """One colour."""
    return np.full((height, width, 3), (200, 90, 40), np.uint8)


def waves(width, height):
    """Smooth waves of another frequency in each channel, and hard edges between them."""
    y, x = np.mgrid[:height, :width]
    smooth = np.stack([128 + 100 * np.sin(x / (6 + 4 * c)) * np.cos(y / (5 + 3 * c)) for c in range(3)], -1)
    smooth[(x + 2 * y) % 90 < 30] = (250, 20, 60)
    return smooth.astype(np.uint8)


def gradient(width, height):
    """A gradient along the diagonal, of a few levels."""
    y, x = np.mgrid[:height, :width]
    return np.stack([(x + y) // 2 % 256, (2 * x) % 256, (3 * y) % 256], -1).astype(np.uint8)


def mixed(width, height):
    """A photograph beside a screen beside noise: what makes an encoder adapt."""
    samples = photo(width, height)
    third = width // 3
    samples[:, third : 2 * third] = text(width, height)[:, third : 2 * third]
    samples[height // 2 :, 2 * third :] = noise(width, height)[height // 2 :, 2 * third :]
    samples[: height // 3, 2 * third :] = 128
    return samples


def planes(samples, chroma="420", depth=8):
    """Planes of RGB samples: full range, BT.601, each chroma sample the mean of those it covers."""
    red, green, blue = np.moveaxis(samples.astype(np.float64) / 255, -1, 0)
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    if chroma == "400":
        return [_quantized(y, depth)]
    u, v = ((difference - y) / scale + 0.5 for difference, scale in ((blue, 1.772), (red, 1.402)))
    return [_quantized(plane, depth) for plane in (y, *(_halved(c, *SUBSAMPLING[chroma]) for c in (u, v)))]


def _halved(plane, sx, sy):
    height, width = plane.shape
    padded = np.pad(plane, ((0, sy * (height & 1)), (0, sx * (width & 1))), mode="edge")
    return padded.reshape(padded.shape[0] >> sy, 1 << sy, padded.shape[1] >> sx, 1 << sx).mean((1, 3))


def _quantized(plane, depth):
    most = 2**depth - 1
    return np.clip(np.round(plane * most), 0, most).astype(np.uint8 if depth == 8 else np.uint16)


def y4m(pictures, chroma="420", depth=8):
    """A Y4M file of pictures of RGB samples."""
    height, width = pictures[0].shape[:2]
    name = {"400": "mono", "420": "420jpeg" if depth == 8 else "420"}.get(chroma, chroma)
    name += "" if depth == 8 else f"{'' if chroma == '400' else 'p'}{depth}"
    header = f"YUV4MPEG2 W{width} H{height} F30:1 Ip C{name} XCOLORRANGE=FULL\n".encode()
    return header + b"".join(
        b"FRAME\n" + b"".join(plane.tobytes() for plane in planes(picture, chroma, depth))
        for picture in pictures
    )
