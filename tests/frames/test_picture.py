"""Pictures through Pillow; 16-bit ones checked against independent decoders and the PNG specification."""

import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from cfl.errors import FrameError, UnsupportedFeature
from cfl.frames import frame_to_rgb, read, read_frames, rgb_to_frame, write, write_png


def smooth(rng, height=37, width=53):
    """A picture that lossy formats keep nearly as it is."""
    small = Image.fromarray(rng.integers(0, 256, (4, 5, 3), dtype=np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def png16(samples, *chunks):
    """A 16-bit PNG, unfiltered, by the letter of the specification."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    height, width, channels = samples.shape
    head = struct.pack(">2I5B", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    parts = [(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize("ending", ["png", "bmp", "tif", "webp", "avif", "jpg", "gif", "jp2"])
def test_formats(rng, tmp_path, ending):
    if ending in ("avif", "webp") and not features.check(ending):
        pytest.skip("Pillow was built without it")
    path = tmp_path / f"a.{ending}"
    smooth(rng).save(path)
    frame = read(path)
    assert repr(frame) == "Frame(53x37, 4:2:0, 8 bit)" and frame.full_range
    assert (frame.color_primaries, frame.transfer_characteristics, frame.matrix_coefficients) == (1, 13, 6)
    theirs = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert np.abs(frame_to_rgb(read(path, subsampling="4:4:4")).astype(int) - theirs).max() <= 2


@pytest.mark.parametrize(
    ("mode", "subsampling", "alpha"),
    [
        ("1", "4:0:0", False),
        ("L", "4:0:0", False),
        ("LA", "4:0:0", True),
        ("P", "4:2:0", False),
        ("RGBA", "4:2:0", True),
        ("I;16", "4:0:0", False),
    ],
)
def test_modes(rng, tmp_path, mode, subsampling, alpha):
    path = tmp_path / "a.png"
    gray = smooth(rng).convert("L")
    image = (
        Image.fromarray(np.asarray(gray).astype(np.uint16) * 257)
        if mode == "I;16"
        else smooth(rng).convert(mode)
    )
    image.save(path)
    frame = read(path)
    assert frame.subsampling == subsampling and (frame.alpha is not None) == alpha
    assert frame.bit_depth == (10 if mode == "I;16" else 8)
    coloured = read(path, subsampling="4:2:0", bit_depth=12)
    assert repr(coloured) == "Frame(53x37, 4:2:0, 12 bit)"


def test_jpeg_ycbcr_is_used_as_it_is(rng, tmp_path):
    path = tmp_path / "a.jpg"
    smooth(rng).save(path, subsampling=0, quality=90)
    image = Image.open(path)
    image.draft("YCbCr", None)
    frame = read(path, subsampling="4:4:4")
    np.testing.assert_array_equal(np.stack(frame.planes, axis=2), np.asarray(image))
    deep = read(path, subsampling="4:4:4", bit_depth=10)
    np.testing.assert_array_equal(deep.u, np.floor((frame.u - 128.0) * 1023 / 255 + 0.5) + 512)
    assert read(path, matrix_coefficients=1, full_range=False).matrix_coefficients == 1
    smooth(rng).save(path, keep_rgb=True, quality=95)
    difference = frame_to_rgb(read(path, subsampling="4:4:4")) - np.asarray(Image.open(path)).astype(int)
    assert np.abs(difference).max() <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_orientation(rng, tmp_path, orientation, ending):
    path = tmp_path / f"a.{ending}"
    image = smooth(rng).convert("L")
    exif = Image.Exif()
    exif[0x0112] = orientation
    if ending == "tif":
        image.save(path, tiffinfo={0x0112: orientation})
    else:
        image.save(path, exif=exif, **({"quality": 100} if ending == "jpg" else {}))
    upright = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.T,
        6: lambda a: np.rot90(a, -1),
        7: lambda a: np.rot90(a, 2).T,
        8: np.rot90,
    }[orientation](np.asarray(image).astype(int))
    frame = read(path)
    assert frame.y.shape == upright.shape
    assert np.abs(frame.y.astype(int) - upright).max() <= 3
    written = tmp_path / "b.png"
    write(written, frame)
    assert Image.open(written).getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("matrix", [0, 6])
def test_16_bit_png_keeps_its_bits(rng, tmp_path, channels, matrix):
    samples = rng.integers(0, 65536, (9, 7, channels), dtype=np.uint16)
    path = tmp_path / "a.png"
    path.write_bytes(png16(samples))
    subsampling = "4:0:0" if channels < 3 and matrix else "4:4:4"
    frame = read(path, bit_depth=12, subsampling=subsampling, matrix_coefficients=matrix)
    expected = rgb_to_frame(samples, bit_depth=12, subsampling=subsampling, matrix_coefficients=matrix)
    for plane, other in zip(frame.planes, expected.planes, strict=True):
        np.testing.assert_array_equal(plane, other)
    if channels in (2, 4):
        np.testing.assert_array_equal(frame.alpha, expected.alpha)
    assert read(path).bit_depth == 10 and read(path, bit_depth=8).bit_depth == 8


def test_16_bit_transparent_colour(rng, tmp_path):
    samples = rng.integers(0, 65536, (4, 4, 3), dtype=np.uint16)
    path = tmp_path / "a.png"
    path.write_bytes(png16(samples, (b"tRNS", samples[1, 2].astype(">u2").tobytes())))
    alpha = read(path).alpha
    assert alpha[1, 2] == 0 and (alpha == 1023).sum() == 15


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_16_bit_tiff_keeps_its_bits(rng, tmp_path, byteorder, channels, compression, orientation):
    tifffile = pytest.importorskip("tifffile")
    samples = rng.integers(0, 65536, (9, 7, channels), dtype=np.uint16)
    extra = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    path = tmp_path / "a.tif"
    tags = [(274, "H", 1, orientation, True)]
    with tifffile.TiffWriter(path, byteorder=byteorder) as writer:
        for page in (samples, samples[::-1]):
            writer.write(
                page, photometric="rgb", compression=compression, extratags=tags, metadata=None, **extra
            )
    first, second = read_frames(path, bit_depth=12, subsampling="4:4:4")
    for frame, page in ((first, samples), (second, samples[::-1])):
        upright = page if orientation == 1 else np.rot90(page, -1)
        expected = rgb_to_frame(upright, bit_depth=12, subsampling="4:4:4")
        for plane, other in zip(frame.planes, expected.planes, strict=True):
            np.testing.assert_array_equal(plane, other)
        assert channels == 3 or np.array_equal(frame.alpha, expected.alpha)


def test_16_bit_premultiplied_tiff(rng, tmp_path):
    tifffile = pytest.importorskip("tifffile")
    colour = rng.integers(0, 65536, (9, 7, 3), dtype=np.uint16)
    alpha = rng.integers(20000, 65536, (9, 7, 1), dtype=np.uint16)
    alpha[0, 0] = 0
    associated = np.concatenate((np.rint(colour * (alpha / 65535)).astype(np.uint16), alpha), axis=2)
    tifffile.imwrite(tmp_path / "a.tif", associated, photometric="rgb", extrasamples=["assocalpha"])
    frame = read(tmp_path / "a.tif", bit_depth=12, subsampling="4:4:4", matrix_coefficients=0)
    colour[0, 0] = 0
    difference = frame_to_rgb(frame, 16).astype(int) - colour
    assert np.abs(difference).max() <= 12


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "avif", "tif"])
def test_every_frame_of_an_animation(rng, tmp_path, ending):
    if ending in ("avif", "webp") and not features.check(ending):
        pytest.skip("Pillow was built without it")
    images = [smooth(rng) for _ in range(3)]
    path = tmp_path / f"a.{ending}"
    images[0].save(path, save_all=True, append_images=images[1:])
    frames = list(read_frames(path, subsampling="4:4:4"))
    assert len(frames) == 3
    for frame, image in zip(frames, images, strict=True):
        assert np.abs(frame_to_rgb(frame).astype(int) - np.asarray(image)).mean() < 12


@pytest.mark.parametrize("ending", ["jpg", "webp", "avif", "png"])
def test_metadata_survives(rng, tmp_path, ending):
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "a description", 8
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>'
    source = tmp_path / f"a.{ending}"
    first = tmp_path / "first.png"
    smooth(rng).save(source, icc_profile=icc, exif=exif, **({} if ending == "png" else {"xmp": xmp}))
    frame = read(source)
    assert (frame.icc, frame.color_primaries, frame.transfer_characteristics) == (icc, 2, 2)
    assert frame.y.shape == (53, 37) and not frame.exif.startswith(b"Exif")
    for depth in (8, 10):
        write(first, read(source, bit_depth=depth).replace(xmp=xmp))
        again, image = read(first), Image.open(first)
        assert (again.icc, again.exif, again.xmp) == (icc, frame.exif, xmp)
        assert image.getexif()[0x010E] == "a description" and image.info["icc_profile"] == icc
    assert ending == "png" or frame.xmp == xmp


@pytest.mark.parametrize("bit_depth", [8, 10, 12])
@pytest.mark.parametrize("subsampling", ["4:0:0", "4:4:4"])
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (70, 5), (130, 67)])
def test_png_holds_the_frame(rng, tmp_path, noise_frame, same, bit_depth, subsampling, alpha, size):
    """Without a matrix in the way, PNG keeps every sample; PyAV's decoder is the witness for colour."""
    matrix = 6 if subsampling == "4:0:0" else 0
    frame = noise_frame(rng, *size, subsampling, bit_depth, matrix_coefficients=matrix)
    frame = frame.replace(alpha=frame.y[::-1].copy()) if alpha else frame
    path = tmp_path / "a.png"
    write_png(path, frame)
    back = read(path, bit_depth=bit_depth, subsampling=subsampling, matrix_coefficients=matrix)
    assert same(back, frame)
    assert not alpha or np.array_equal(back.alpha, frame.alpha)
    av = pytest.importorskip("av")
    with av.open(str(path)) as container:
        (picture,) = container.decode(video=0)
    if subsampling == "4:4:4" and not alpha:
        name = "rgb24" if bit_depth == 8 else "rgb48be"
        assert picture.format.name == name
        np.testing.assert_array_equal(picture.to_ndarray(), frame_to_rgb(frame, 8 if bit_depth == 8 else 16))


def test_png_filters_help_and_are_all_right(tmp_path):
    ramp = np.add.outer(np.arange(200) * 3, np.arange(300) * 7).astype(np.uint16) % 1024
    noise = np.random.default_rng(0).integers(0, 3, ramp.shape).astype(np.uint16)
    frame = rgb_to_frame(
        np.stack([ramp, ramp // 2 + noise, ramp * 60], axis=2), bit_depth=12, subsampling="4:4:4"
    )
    write_png(tmp_path / "a.png", frame)
    expected = rgb_to_frame(frame_to_rgb(frame, 16), bit_depth=12, subsampling="4:4:4")
    back = read(tmp_path / "a.png", bit_depth=12, subsampling="4:4:4")
    np.testing.assert_array_equal(back.y, expected.y)
    assert (tmp_path / "a.png").stat().st_size < frame.y.size * 6 / 2


def test_png_keeps_primaries_and_transfer(rng, tmp_path, noise_frame):
    frame = noise_frame(rng, 4, 4, bit_depth=10, color_primaries=9, transfer_characteristics=16)
    write(tmp_path / "a.png", frame)
    back = read(tmp_path / "a.png")
    assert (back.color_primaries, back.transfer_characteristics) == (9, 16)


def bad_files():
    good = png16(np.zeros((5, 5, 3), np.uint16))
    huge = bytearray(png16(np.zeros((1, 1, 3), np.uint16)))
    huge[16:24] = struct.pack(">2I", 60000, 60000)
    huge[29:33] = struct.pack(">I", zlib.crc32(huge[12:29]))
    return {
        "empty.png": (b"", "empty"),
        "text.png": (b"hello, world\n" * 9, "not a picture"),
        "text.jpg": (b"hello", "not a picture"),
        "cut.png": (good[:-30], "cannot be read"),
        "head.png": (good[:20], "cannot be read"),
        "huge.png": (bytes(huge), "60000x60000 is 3600000000 pixels; the limit"),
        "wrong.gif": (b"GIF89a\1\0\1\0", "cannot be read|no picture"),
        "wrong.tif": (b"II*\0\xff\xff\xff\xff", "cannot be read"),
    }


@pytest.mark.parametrize("name", bad_files())
def test_bad_files(tmp_path, name):
    data, words = bad_files()[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(FrameError, match=words) as caught:
        read(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_unreadable_files_and_limits(rng, tmp_path):
    with pytest.raises(FrameError, match="No such file"):
        read(tmp_path / "none.png")
    with pytest.raises(FrameError, match="directory"):
        read(tmp_path)
    with pytest.raises(FrameError, match="cannot be read"):
        read("a\0b.png")
    path = tmp_path / "a.png"
    smooth(rng).save(path)
    with pytest.raises(FrameError, match="53x37 is 1961 pixels; the limit"):
        read(path, max_pixels=1960)
    with pytest.raises(FrameError, match="subsampling"):
        read(path, subsampling="4:1:1")
    with pytest.raises(FrameError, match="bit depth"):
        read(path, bit_depth=9)
    with pytest.raises(UnsupportedFeature, match=r"a\.png: matrix_coefficients 8"):
        read(path, matrix_coefficients=8)
    Image.fromarray(np.zeros((3, 3), np.float32)).save(tmp_path / "f.tif")
    with pytest.raises(FrameError, match="floating-point"):
        read(tmp_path / "f.tif")


def test_damaged_pictures_raise_only_our_errors(rng, tmp_path):
    path = tmp_path / "a"
    for ending in ("png", "jpg", "gif", "webp", "tif", "avif"):
        smooth(rng).save(path.with_suffix(f".{ending}"))
        good = path.with_suffix(f".{ending}").read_bytes()
        for _ in range(25):
            bad = bytearray(good[: rng.integers(1, len(good) + 1)])
            for at in rng.integers(0, min(len(bad), 200), 3):
                bad[at] = rng.integers(0, 256)
            path.with_suffix(f".{ending}").write_bytes(bad)
            try:
                assert list(read_frames(path.with_suffix(f".{ending}"), max_pixels=10**6))
            except FrameError as error:
                assert "\n" not in str(error)


def test_writing_refuses(rng, tmp_path, noise_frame):
    frame = noise_frame(rng, 3, 3)
    for name, frames, words in (
        ("a.bmp", frame, "must end in .png"),
        ("a.png", [frame, frame], "several"),
        ("a.png", [], "none"),
        ("a.png", frame.replace(matrix_coefficients=11), "matrix_coefficients 11"),
    ):
        with pytest.raises(ValueError, match=words):
            write(tmp_path / name, frames)
    assert list(tmp_path.iterdir()) == []


def test_importing_is_light():
    code = (
        "import sys, cfl.frames; cfl.frames.read, cfl.frames.rgb_to_frame, cfl.frames.write;"
        "assert not {'numba', 'av', 'skimage', 'PIL', 'scipy'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_max_pixels_is_the_only_limit(tmp_path, rng, monkeypatch):
    path = tmp_path / "a.png"
    smooth(rng).save(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert read(path, max_pixels=1961).width * read(path).height == 1961
    assert Image.MAX_IMAGE_PIXELS == 100


def test_rgb_is_kept(rng, tmp_path, noise_frame):
    """By `keep_rgb`: every sample of RGB and gray, at 8 and at 16 bits; alpha too; a JPEG is YUV."""
    path = tmp_path / "a.png"
    rgba = rng.integers(0, 256, (5, 7, 4), dtype=np.uint8)
    Image.fromarray(rgba).save(path)
    frame = read(path, keep_rgb=True)
    assert (frame.matrix_coefficients, frame.subsampling, frame.bit_depth) == (0, "4:4:4", 8)
    np.testing.assert_array_equal(np.dstack([frame.v, frame.y, frame.u, frame.alpha]), rgba)
    deep = noise_frame(rng, 7, 5, "4:4:4", 16, matrix_coefficients=0)
    write_png(path, deep)
    frame = read(path, keep_rgb=True)
    assert (frame.matrix_coefficients, frame.bit_depth) == (0, 16)
    assert all(map(np.array_equal, frame.planes, deep.planes))
    gray = rng.integers(0, 65536, (5, 7), dtype=np.uint16)
    Image.fromarray(gray).save(path)
    frame = read(path, keep_rgb=True)
    assert (frame.subsampling, frame.bit_depth) == ("4:0:0", 16)
    np.testing.assert_array_equal(frame.y, gray)
    Image.fromarray(rgba[..., :3]).save(tmp_path / "a.jpg")
    assert read(tmp_path / "a.jpg", keep_rgb=True).matrix_coefficients == 6
    for subsampling, name in ((0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")):
        Image.fromarray(rgba[..., :3]).save(tmp_path / "a.jpg", subsampling=subsampling)
        assert read(tmp_path / "a.jpg", keep_rgb=True).subsampling == name
    for option in (
        {"subsampling": "4:4:4"},
        {"bit_depth": 8},
        {"matrix_coefficients": 1},
        {"full_range": False},
    ):
        with pytest.raises(FrameError, match="keep_rgb keeps the samples as they are"):
            read(path, keep_rgb=True, **option)
