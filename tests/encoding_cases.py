"""What the encoder is tried on, and every decoder there is to look at what it makes."""

import io
import shutil
import subprocess
from fractions import Fraction

import numpy as np
import pytest
from av1_oracle import dav1d_pictures
from av1_pictures import SUBSAMPLING, gradient, planes
from PIL import Image

from cfl.av1.headers.obu import encode_obu
from cfl.container import decode, read_avif
from cfl.frames import Frame, Y4MReader

CHROMA = {"400": "4:0:0", "420": "4:2:0", "422": "4:2:2", "444": "4:4:4"}
assert CHROMA.keys() == SUBSAMPLING.keys()


def frame_of(samples, chroma="420", depth=8, *, alpha=False, **fields):
    """A full-range BT.601 frame of RGB samples."""
    y, u, v = (*planes(samples, chroma, depth), None, None)[:3]
    colour = {"color_primaries": 1, "transfer_characteristics": 13, "matrix_coefficients": 6}
    opacity = None
    if alpha:
        opacity = planes(gradient(y.shape[1], y.shape[0]), "400", depth)[0]
    return Frame(y, u, v, CHROMA[chroma], depth, alpha=opacity, **(colour | fields))


def obus_of(image):
    """The OBUs of an AVIF's coded image."""
    return b"".join(encode_obu(obu.header, obu.payload) for obu in image.obus())


def assert_same(ours, theirs):
    """Planes, or None, are alike in every sample."""
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_array_equal(a, b)


def assert_decodes(encoded):
    """The decoder here, libdav1d, and Pillow where it keeps samples, show the encoder's reconstruction."""
    shown = encoded.reconstruction
    (frame,) = decode(encoded.data)
    assert_same((*shown.planes, shown.alpha), (*frame.planes, frame.alpha))
    file = read_avif(encoded.data)
    (picture,) = dav1d_pictures([obus_of(file.primary)])
    assert_same(shown.planes, picture.planes)
    assert picture.bit_depth == shown.bit_depth
    if shown.alpha is not None:
        (picture,) = dav1d_pictures([obus_of(file.alpha)])
        assert_same([shown.alpha], picture.planes)
    image = pillow(encoded.data)
    assert image.size == (shown.width, shown.height)
    if shown.bit_depth == 8 and shown.full_range:
        samples = np.asarray(image)
        if shown.alpha is not None:
            assert_same([samples[..., -1]], [shown.alpha])
        elif shown.subsampling == "4:0:0":
            assert_same([samples if samples.ndim == 2 else samples[..., 0]], [shown.y])
        if shown.matrix_coefficients == 0:
            assert_same([samples[..., i] for i in (1, 2, 0)], shown.planes)


def pillow(data):
    """The file as Pillow's image, decoded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def avifdec(tmp_path, data):
    """The picture that the program `avifdec` writes; a skip where it is not installed."""
    source, target = tmp_path / "x.avif", tmp_path / "x.y4m"
    source.write_bytes(data)
    run("avifdec", "--no-strict", source, target)
    with Y4MReader(target) as reader:
        return next(iter(reader))


def raw_of_program(tmp_path, program, stream, ending):
    """The raw samples that a program writes of all frames of a stream."""
    source, target = tmp_path / f"stream{ending}", tmp_path / "pictures.yuv"
    source.write_bytes(stream)
    if program == "aomdec":
        run("aomdec", "--rawvideo", "-o", target, source)
    elif program == "dav1d":
        run("dav1d", "-q", "--muxer", "yuv", "-i", source, "-o", target)
    else:
        run("ffmpeg", "-v", "error", "-y", "-i", source, "-f", "rawvideo", target)
    return target.read_bytes()


def run(program, *words):
    """Run a program, or skip where it is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    subprocess.run([program, *map(str, words)], check=True, capture_output=True, timeout=60)


RATE = Fraction(30000, 1001)
