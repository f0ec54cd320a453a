"""Damaged parts that only describe a picture stop no PNG or JPEG: libpng and libjpeg show them, too."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from cfl.errors import FrameError
from cfl.frames import frame_to_rgb, read
from cfl.remarks import CflWarning

ROWS = np.random.default_rng(7).integers(0, 256, (5, 6, 3)).astype(np.uint8)


def chunk(kind, data, crc=None):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc or zlib.crc32(kind + data))


def png(path, extra, samples=None):
    head = struct.pack(">2I5B", 6, 5, 8, 2, 0, 0, 0)
    idat = zlib.compress(b"".join(b"\0" + row.tobytes() for row in ROWS)) if samples is None else samples
    parts = [chunk(b"IHDR", head), extra, chunk(b"IDAT", idat), chunk(b"IEND", b"")]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


DAMAGED = {
    "gAMA too short": (chunk(b"gAMA", b"\0\0"), "gAMA"),
    "cHRM too short": (chunk(b"cHRM", bytes(8)), "cHRM"),
    "sRGB empty": (chunk(b"sRGB", b""), "sRGB"),
    "pHYs too short": (chunk(b"pHYs", b"\0"), "pHYs"),
    "tRNS too short": (chunk(b"tRNS", b"\0\0"), "tRNS"),
    "acTL too short": (chunk(b"acTL", b"\0"), "the animation"),
    "fcTL too short": (chunk(b"fcTL", b"\0"), "the animation"),
    "iCCP empty": (chunk(b"iCCP", b""), "iCCP"),
    "iCCP of an unknown method": (chunk(b"iCCP", b"x\0\5" + zlib.compress(b"x")), "iCCP"),
    "zTXt of an unknown method": (chunk(b"zTXt", b"x\0\x09x"), "zTXt"),
    "a text that becomes huge": (chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(1 << 22))), "zTXt"),
    "gAMA of a wrong checksum": (chunk(b"gAMA", struct.pack(">I", 100_000), 1), "gAMA"),
    "cICP of a wrong checksum": (chunk(b"cICP", bytes([9, 16, 0, 1]), 1), "cICP"),
    "a text of a wrong checksum": (chunk(b"tEXt", b"a\0b", 1), "tEXt"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_chunks_of_a_png(tmp_path, name):
    extra, left_out = DAMAGED[name]
    with pytest.warns(CflWarning, match=f"damaged parts are left out: {left_out}$"):
        frame = read(png(tmp_path / "a.png", extra), keep_rgb=True)
    np.testing.assert_array_equal(frame_to_rgb(frame), ROWS)
    assert (frame.color_primaries, frame.transfer_characteristics) == (1, 13)


def test_what_is_not_damaged_stays(tmp_path):
    gama = chunk(b"gAMA", struct.pack(">I", 100_000))
    with pytest.warns(CflWarning, match="left out: pHYs$"):
        frame = read(png(tmp_path / "a.png", gama + chunk(b"pHYs", b"\0")))
    assert frame.transfer_characteristics == 8


def test_a_large_profile_is_kept(tmp_path):
    """Pillow refuses profiles above 1 MiB."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + bytes(3 << 20)
    path = png(tmp_path / "a.png", chunk(b"iCCP", b"x\0\0" + zlib.compress(profile)))
    assert read(path).icc == profile


def damaged_samples():
    rows = b"".join(b"\0" + row.tobytes() for row in ROWS)
    whole = zlib.compress(rows)
    return {
        "no zlib": b"\0\1\2",
        "wrong checksum": whole[:-4] + b"abcd",
        "damaged amid": whole[:30] + bytes([255]) * 20 + whole[50:],
        "too short": whole[:40],
        "rows missing": zlib.compress(rows[:40]),
    }


@pytest.mark.parametrize("name", damaged_samples())
@pytest.mark.parametrize("extra", [b"", DAMAGED["sRGB empty"][0]])
def test_damaged_samples_stay_an_error(tmp_path, name, extra):
    """libpng refuses each of them, and FFmpeg says so."""
    path = png(tmp_path / "a.png", extra, samples=damaged_samples()[name])
    with pytest.raises(FrameError, match=r"cannot be read: .*(data stream|truncated)"):
        read(path)


def jpeg(size=(48, 32), **options):
    noise = np.random.default_rng(1).integers(0, 256, (4, 6, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=80, **options)
    return file.getvalue()


def segment(marker, data):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


@pytest.mark.parametrize(
    ("damaged", "name"),
    [(segment(0xE0, b"JFIF\0"), "APP0"), (segment(0xEE, b"Adobe"), "APP14"),
     (segment(0xE2, b"ICC_PROFILE\0"), "APP2")],
)  # fmt: skip
@pytest.mark.parametrize("subsampling", [0, 2])
def test_segments_of_a_jpeg(tmp_path, damaged, name, subsampling):
    whole = jpeg(subsampling=subsampling)
    (tmp_path / "a.jpg").write_bytes(whole)
    (tmp_path / "b.jpg").write_bytes(whole[:2] + damaged + whole[2:])
    with pytest.warns(CflWarning, match=f"damaged parts are left out: {name}$"):
        frame = read(tmp_path / "b.jpg")
    for plane, right in zip(frame.planes, read(tmp_path / "a.jpg").planes, strict=True):
        np.testing.assert_array_equal(plane, right)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_that_lacks_only_its_end(tmp_path, progressive):
    whole = jpeg(progressive=progressive, subsampling=2)
    (tmp_path / "a.jpg").write_bytes(whole)
    (tmp_path / "b.jpg").write_bytes(whole[:-2])
    (tmp_path / "c.jpg").write_bytes(whole[:-20])
    with pytest.warns(CflWarning, match="has no end, but all samples are there"):
        frame = read(tmp_path / "b.jpg")
    for plane, right in zip(frame.planes, read(tmp_path / "a.jpg").planes, strict=True):
        np.testing.assert_array_equal(plane, right)
    with pytest.raises(FrameError, match="truncated"):
        read(tmp_path / "c.jpg")
