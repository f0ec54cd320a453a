"""Colour, light, transparency and metadata of pictures: right is what PNG-3, FFmpeg and LittleCMS say."""

import io
import struct
import warnings
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from cfl.frames import ContentLight, Frame, MasteringDisplay, frame_to_rgb, read, rgb_to_frame, write_png
from cfl.frames.image import frame_of_image
from cfl.remarks import CflWarning

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
P3 = struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000)
BT709 = struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
STRANGE = struct.pack(">8I", 31270, 32900, 70000, 28000, 20000, 70000, 14000, 5000)
TIFF_EXIF = b"MM\0*\0\0\0\x08\0\0\0\0\0\0"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"


def png(path, width, height, depth, colour_type, rows, extra=()):
    """A PNG of bare chunks."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">2I5B", width, height, depth, colour_type, 0, 0, 0)
    parts = [(b"IHDR", head), *extra, (b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in [*parts, (b"IEND", b"")]))
    return path


def colours(path, *extra):
    """An RGB PNG with such chunks."""
    return png(path, 4, 2, 8, 2, [bytes(range(12)), bytes(range(100, 112))], extra)


def gama(value):
    return b"gAMA", struct.pack(">I", value)


def iccp(profile):
    return b"iCCP", b"x\0\0" + zlib.compress(profile)


def gray_profile():
    """A profile's header of the space GRAY, with nothing else; who reads it here looks no further."""
    header = bytearray(SRGB[:128] + bytes(4))
    header[16:20] = b"GRAY"
    return bytes(header)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([], (1, 13)),
        ([gama(100_000)], (1, 8)),
        ([gama(45455)], (1, 4)),
        ([gama(45455), (b"cHRM", P3)], (12, 4)),
        ([(b"cHRM", P3)], (12, 13)),
        ([gama(45455), (b"cHRM", BT709)], (1, 4)),
        ([gama(100_000), (b"cHRM", P3), (b"sRGB", b"\0")], (1, 13)),
        ([gama(100_000), (b"sRGB", b"\0"), iccp(SRGB)], (2, 2)),
        ([gama(100_000), iccp(SRGB), (b"cICP", bytes([9, 16, 0, 1]))], (9, 16)),
    ],
)
def test_which_colour_counts(tmp_path, chunks, expected):
    """cICP, iCCP, sRGB, gAMA and cHRM, in this order (PNG-3, 4.3)."""
    frame = read(colours(tmp_path / "a.png", *chunks))
    assert (frame.color_primaries, frame.transfer_characteristics) == expected
    assert (frame.icc is not None) == (expected == (2, 2))


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        ([], (1, 13)),
        ([gama(100_000)], (1, 8)),
        ([gama(45455), (b"cHRM", P3)], (12, 4)),
        ([gama(100_000), (b"cHRM", P3), (b"sRGB", b"\0")], (1, 13)),
    ],
)
def test_colour_of_an_image_that_a_program_holds(tmp_path, chunks, expected):
    """As the file itself, and a part of it, too, as PNG-3, 4.3 has it."""
    with Image.open(colours(tmp_path / "a.png", *chunks)) as image:
        for held in (image, image.crop((0, 0, 2, 2))):
            frame = frame_of_image(held)
            assert (frame.color_primaries, frame.transfer_characteristics) == expected


def test_an_image_of_a_file_is_the_file(tmp_path):
    """cICP with narrow range, and a transparent gray of 2 bits, which Pillow does not tell."""
    hdr = colours(tmp_path / "a.png", (b"cICP", bytes([9, 16, 0, 0])))
    gray = png(tmp_path / "b.png", 4, 1, 2, 0, [b"\x1b"], [(b"tRNS", b"\0\1")])
    for path in (hdr, gray):
        with Image.open(path) as image:
            held, file = frame_of_image(image, keep_rgb=True), read(path, keep_rgb=True)
        assert held.transfer_characteristics == file.transfer_characteristics
        for mine, theirs in zip(held.planes, file.planes, strict=True):
            np.testing.assert_array_equal(mine, theirs)
    np.testing.assert_array_equal(held.alpha, [[255, 0, 255, 255]])


@pytest.mark.parametrize("depth", [8, 16])
def test_samples_of_narrow_range(tmp_path, depth):
    """PNG-3, 11.3.2.6 and H.273: black is 16 and white 235, times 256 at 16 bits."""
    unit = 2 ** (depth - 8)
    values = np.array([0, 16, 126, 235, 255]) * unit
    row = np.repeat(values, 3).astype(">u2" if depth == 16 else "u1").tobytes()
    path = png(tmp_path / "a.png", 5, 1, depth, 2, [row], [(b"cICP", bytes([9, 16, 0, 0]))])
    frame = read(path, subsampling="4:4:4", matrix_coefficients=0, bit_depth=8)
    expected = np.clip(np.floor((values - 16 * unit) * 255 / (219 * unit) + 0.5), 0, 255)
    np.testing.assert_array_equal(frame.y[0], expected)
    with pytest.warns(CflWarning, match="cICP is ignored"):
        frame = read(colours(tmp_path / "b.png", (b"cICP", bytes([9, 16, 9, 1]))))
    assert (frame.color_primaries, frame.transfer_characteristics) == (1, 13)


@pytest.mark.parametrize(
    ("chunk", "expected", "message"),
    [(gama(55000), (1, 2), "gAMA 0.55.* has no CICP"), ((b"cHRM", STRANGE), (2, 13), "chromaticities")],
)
def test_colour_without_a_code_point_is_unknown(tmp_path, chunk, expected, message):
    with pytest.warns(CflWarning, match=message):
        frame = read(colours(tmp_path / "a.png", chunk))
    assert (frame.color_primaries, frame.transfer_characteristics) == expected


def test_profiles_of_the_wrong_kind_are_not_used(tmp_path):
    gray = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))
    gray.save(tmp_path / "gray.jpg", icc_profile=SRGB)
    with pytest.warns(CflWarning, match="of RGB, the picture GRAY"):
        frame = read(tmp_path / "gray.jpg")
    assert (frame.icc, frame.color_primaries, frame.transfer_characteristics) == (None, 1, 13)
    for profile, message in ((b"garbage" * 40, "is damaged"), (gray_profile(), "of GRAY, the picture RGB")):
        with pytest.warns(CflWarning, match=message):
            frame = read(colours(tmp_path / "a.png", iccp(profile), gama(100_000)))
        assert (frame.icc, frame.transfer_characteristics) == (None, 8)  # the next that is known


@pytest.mark.parametrize("subsampling", ["4:0:0", "4:4:4"])
def test_profiles_of_the_wrong_kind_are_not_written(tmp_path, subsampling):
    frame = rgb_to_frame(np.zeros((4, 4), np.uint8), subsampling=subsampling)
    right, wrong = (gray_profile(), SRGB) if subsampling == "4:0:0" else (SRGB, gray_profile())
    for icc, kept in ((right, True), (wrong, False), (b"garbage", False)):
        described = frame.replace(icc=icc, color_primaries=2, transfer_characteristics=2, exif=TIFF_EXIF)
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", CflWarning)
            write_png(tmp_path / "a.png", described)
        assert bool(said) != kept
        info = Image.open(tmp_path / "a.png").info
        assert info.get("icc_profile") == (icc if kept else None) and info["exif"].endswith(TIFF_EXIF)
    with pytest.warns(CflWarning, match="Exif is damaged"):
        write_png(tmp_path / "a.png", frame.replace(exif=b"no TIFF at all"))
    assert "exif" not in Image.open(tmp_path / "a.png").info


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_transparent_gray_of_every_depth(tmp_path, depth):
    """PNG-3, 11.3.1.1: samples equal to tRNS are transparent; only its lowest bits count."""
    top = 2**depth - 1
    values = np.arange(8) % (top + 1)
    bits = "".join(f"{value:0{depth}b}" for value in values)
    row = int(bits, 2).to_bytes(depth)
    transparent = 1 if depth > 1 else 0
    trns = struct.pack(">H", transparent | (1 << 9 if depth == 8 else 0))
    path = png(tmp_path / "a.png", 8, 1, depth, 0, [row], [(b"tRNS", trns)])
    frame = read(path)
    assert frame.subsampling == "4:0:0"
    np.testing.assert_array_equal(frame.y[0], values * (255 // top))
    np.testing.assert_array_equal(frame.alpha[0], np.where(values == transparent, 0, 255))


def test_light_and_shape_of_pixels_go_both_ways(tmp_path):
    """cLLI and mDCV in units of 0.0001 cd/m² (PNG-3, 11.3.2.7 and 8), chromaticities of 0.00002."""
    points = 35400, 14600, 8500, 39850, 6550, 2300, 15635, 16450
    chunks = [
        (b"mDCV", struct.pack(">8H2I", *points, 10_000_000, 50)),
        (b"cLLI", struct.pack(">2I", 10_000_000, 4_004_999)),
        (b"pHYs", struct.pack(">2IB", 100, 200, 0)),
    ]
    frame = read(colours(tmp_path / "a.png", *chunks))
    bt2020 = (35400, 14600), (8500, 39850), (6550, 2300), (15635, 16450)
    assert frame.mastering_display == MasteringDisplay(*bt2020, 10_000_000, 50)
    assert frame.content_light == ContentLight(1000, 400)
    assert frame.pixel_aspect == (200, 100)  # twice as many rows as columns: pixels are twice as wide
    write_png(tmp_path / "b.png", frame)
    again = read(tmp_path / "b.png")
    assert again.content_light == frame.content_light and again.pixel_aspect == (200, 100)
    assert again.mastering_display == frame.mastering_display
    assert chunks[0][1] in (tmp_path / "b.png").read_bytes()


def test_pixels_of_a_jpeg(tmp_path):
    """JFIF has pixels an inch across and down: half as many across means that a pixel is twice as wide."""
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", dpi=(50, 100))
    assert read(tmp_path / "a.jpg").pixel_aspect == (100, 50)
    exif = Image.Exif()
    exif[0x0112] = 6
    for subsampling in ("4:2:0", "4:4:4"):
        Image.new("RGB", (8, 8)).save(tmp_path / "c.jpg", dpi=(50, 100), exif=exif)
        assert read(tmp_path / "c.jpg", subsampling=subsampling).pixel_aspect == (50, 100)
    Image.new("RGB", (8, 8)).save(tmp_path / "b.jpg", dpi=(72, 72))
    assert read(tmp_path / "b.jpg").pixel_aspect is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("exif", [b"garbage!!!", b"II*\0", b"II+\0\x08\0\0\0" + bytes(20)])
def test_exif_that_is_no_tiff_stops_no_picture(tmp_path, kind, exif):
    """The samples are those without Exif; libpng, libjpeg and libwebp do not look at it."""
    image = Image.fromarray(np.arange(16 * 24 * 3, dtype=np.uint8).reshape(16, 24, 3))
    image.save(tmp_path / "plain", kind)
    image.save(tmp_path / "damaged", kind, exif=b"Exif\0\0" + exif)
    with pytest.warns(CflWarning, match="Exif is damaged"):
        frame = read(tmp_path / "damaged")
    assert frame.exif is None
    for mine, plain in zip(frame.planes, read(tmp_path / "plain").planes, strict=True):
        np.testing.assert_array_equal(mine, plain)


def test_exif_that_is_no_tiff_in_an_image_of_a_program():
    image = Image.new("RGB", (24, 16), "red")
    image.info["exif"] = b"Exif\0\0garbage!!!"
    with pytest.warns(CflWarning, match="Exif is damaged"):
        frame = frame_of_image(image)
    assert (frame.width, frame.height, frame.exif) == (24, 16, None)


def test_a_raw_profile_with_two_words_as_its_name(tmp_path):
    """ImageMagick writes "generic profile" there; ExifTool takes the whole line as the name, too."""
    exif = TIFF_EXIF.hex()
    text = f"\ngeneric profile\n{len(TIFF_EXIF):8}\n{exif[:8]}\n{exif[8:]}\n".encode()
    assert read(colours(tmp_path / "a.png", (b"tEXt", b"Raw profile type APP1\0" + text))).exif == TIFF_EXIF


def test_raw_profiles_of_a_png(tmp_path):
    def raw(kind, data):
        digits = data.hex()
        lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
        text = f"\n{kind}\n{len(data):8}\n{lines}\n".encode()
        return b"zTXt", f"Raw profile type {kind}".encode() + b"\0\0" + zlib.compress(text)

    path = colours(tmp_path / "a.png", raw("exif", b"Exif\0\0" + TIFF_EXIF), raw("xmp", XMP))
    frame = read(path)
    assert (frame.exif, frame.xmp) == (TIFF_EXIF, XMP)
    xmp_as_app1 = raw("APP1", b"http://ns.adobe.com/xap/1.0/\0" + XMP)
    assert read(colours(tmp_path / "b.png", xmp_as_app1)).xmp == XMP
    broken = b"tEXt", b"Raw profile type xmp\0\nxmp\n 99\nabcd"
    with pytest.warns(CflWarning, match="Raw profile type xmp' is damaged"):
        assert read(colours(tmp_path / "c.png", broken)).xmp is None


def test_tags_of_a_tiff(tmp_path):
    tags = {0x8298: "Somebody", 0x010E: "a description", 0x0112: 6, 0x013B: "Nobody"}
    Image.new("RGB", (6, 4), "red").save(tmp_path / "a.tif", tiffinfo=tags)
    frame = read(tmp_path / "a.tif")
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + frame.exif)
    assert (frame.width, frame.height) == (4, 6)  # upright
    assert exif[0x8298] == "Somebody" and exif[0x010E] == "a description" and exif[0x013B] == "Nobody"
    assert exif.get(0x0112, 1) == 1 and 0x0100 not in exif


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
@pytest.mark.parametrize("size", [(64, 48), (97, 65), (33, 30)])
@pytest.mark.parametrize("progressive", [False, True])
def test_planes_of_a_jpeg_are_its_own(rng, tmp_path, size, progressive, orientation):
    """FFmpeg's decoder is the witness. Its inverse transform is another, so samples may differ by 1."""
    av = pytest.importorskip("av")
    noise = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    smooth = Image.fromarray(noise).resize((5, 4)).resize(size, Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[0x0112] = orientation
    for subsampling, name in ((2, "4:2:0"), (1, "4:2:2")):
        path = tmp_path / f"{subsampling}.jpg"
        mixed = Image.blend(smooth, Image.fromarray(noise), 0.2)
        mixed.save(path, quality=90, subsampling=subsampling, progressive=progressive, exif=exif)
        frame = read(path, subsampling=name)
        assert (frame.matrix_coefficients, frame.full_range, frame.subsampling) == (6, True, name)
        with av.open(str(path)) as container:
            planes = next(container.decode(video=0)).planes
        if orientation != 1:
            assert (frame.width, frame.height) == (size if orientation == 3 else size[::-1])
            continue
        for ours, plane in zip(frame.planes, planes, strict=True):
            theirs = np.frombuffer(plane, np.uint8).reshape(plane.height, -1)[:, : plane.width]
            assert np.abs(ours.astype(int) - theirs).max() <= 1
    assert read(tmp_path / "2.jpg").subsampling == "4:2:0"
    if orientation == 3 and size == (64, 48):
        plain = tmp_path / "plain.jpg"
        mixed.save(plain, quality=90, subsampling=2, progressive=progressive)
        mixed.save(path, quality=90, subsampling=2, progressive=progressive, exif=exif)
        for turned, plane in zip(read(path).planes, read(plain).planes, strict=True):
            np.testing.assert_array_equal(turned, plane[::-1, ::-1])


def test_cmyk_through_its_profile(tmp_path):
    """The right values are those of LittleCMS with the profile, which here makes a CMYK file red only."""
    lab = ImageCms.createProfile("LAB")
    picture = Image.new("LAB", (3, 2), (200, 128, 128))
    picture.save(tmp_path / "lab.tif")
    profile = ImageCms.ImageCmsProfile(lab)
    expected = ImageCms.profileToProfile(picture, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    ours = frame_to_rgb(read(tmp_path / "lab.tif", subsampling="4:4:4"))
    assert np.abs(ours.astype(int) - np.asarray(expected)).max() <= 1
    Image.new("CMYK", (3, 2), (0, 255, 255, 0)).save(tmp_path / "cmyk.jpg", quality=100)
    with pytest.warns(CflWarning, match="colours are a guess"):
        frame = read(tmp_path / "cmyk.jpg", subsampling="4:4:4")
    assert np.abs(frame_to_rgb(frame).astype(int) - [255, 0, 0]).max() <= 3


def cmyk_profile():
    """A profile of CMYK (version 2): its table maps ink to L*a*b*, and 0 of everything to white.

    A grid of two points a channel: L* falls with the mean of the inks, a* and b* stay neutral.
    """

    def lut16():
        head = (
            b"mft2"
            + bytes(4)
            + bytes([4, 3, 2, 0])
            + struct.pack(">9i", *(65536 * (i % 4 == 0) for i in range(9)))
        )
        tables = struct.pack(">2H", 2, 2) + struct.pack(">2H", 0, 65535) * 4
        grid = b""
        for index in range(16):
            inks = bin(index).count("1")
            grid += struct.pack(">3H", 0xFF00 * (4 - inks) // 4, 0x8000, 0x8000)
        return head + tables + grid + struct.pack(">2H", 0, 65535) * 3

    def text(kind, words):
        if kind == b"desc":
            return kind + bytes(4) + struct.pack(">I", len(words) + 1) + words + bytes(1 + 78)
        return kind + bytes(4) + words + b"\0"

    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags = {
        b"desc": text(b"desc", b"test"), b"cprt": text(b"text", b"none"), b"wtpt": white, b"A2B0": lut16(),
    }  # fmt: skip
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        data = value + bytes(-len(value) % 4)
        table += struct.pack(">4s2I", name, start + len(body), len(data))
        body += data
    header = bytearray(128)
    header[8:12], header[12:16], header[16:20], header[20:24] = b"\x02\x10\0\0", b"prtr", b"CMYK", b"Lab "
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">3i", 63190, 65536, 54061)
    header[:4] = struct.pack(">I", start + len(body))
    return bytes(header) + table + body


def test_cmyk_jpeg_with_a_profile(tmp_path):
    icc = cmyk_profile()
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    picture = Image.new("CMYK", (16, 16), (255, 0, 255, 0))
    path = tmp_path / "a.jpg"
    picture.save(path, quality=100, icc_profile=icc)
    opened = Image.open(path)
    expected = ImageCms.profileToProfile(opened, profile, ImageCms.createProfile("sRGB"), outputMode="RGB")
    with warnings.catch_warnings():
        warnings.simplefilter("error", CflWarning)
        frame = read(path, subsampling="4:4:4")
    assert frame.icc is None
    assert np.abs(frame_to_rgb(frame).astype(int) - np.asarray(expected)).max() <= 1
    red = np.asarray(expected)[0, 0]
    assert np.ptp(red.astype(int)) <= 3  # the profile has no hue, unlike the guess without it


def test_where_a_picture_was_taken():
    from cfl.frames.metadata import has_place

    exif = Image.Exif()
    exif[0x010E] = "a description"
    assert not has_place(exif.tobytes().removeprefix(b"Exif\0\0"))
    exif.get_ifd(0x8825)[1] = "N"
    assert has_place(exif.tobytes().removeprefix(b"Exif\0\0"))
    assert not has_place(b"MM\0*garbage")


def test_a_frame_of_odd_pixels_is_refused():
    from cfl.errors import FrameError

    with pytest.raises(FrameError, match="pixel_aspect"):
        Frame(np.zeros((2, 2), np.uint8), subsampling="4:0:0", pixel_aspect=(0, 1))
