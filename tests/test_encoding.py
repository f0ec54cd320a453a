"""`cfl.encode` and its kin: metadata that others read, streams, statistics."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from av1_oracle import dav1d_pictures
from av1_pictures import mixed, photo, waves
from encoding_cases import RATE, assert_decodes, assert_same, frame_of, pillow, raw_of_program
from PIL import Image, ImageCms, ImageOps
from processes import environment

import cfl
from cfl.av1.encoder.quality import qindex_of_quality
from cfl.container import decode, read_avif, read_ivf
from cfl.container.stream_writer import stream_writer
from cfl.encoding import encoder_options, total
from cfl.errors import FrameError
from cfl.frames import Transforms, upright
from cfl.frames.alpha import without_hidden_colour
from cfl.metrics import ciede2000, frame_psnr


def exif_of(orientation=1):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010E] = "a description"
    return exif.tobytes().removeprefix(b"Exif\0\0")


def test_metadata():
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
    frame = frame_of(photo(60, 40), icc=icc, exif=exif_of(), xmp=xmp, alpha=True)
    data = cfl.encode(frame)
    image = pillow(data)
    assert image.info["icc_profile"] == icc
    assert image.info["xmp"] == xmp
    assert image.getexif()[0x010E] == "a description"
    (decoded,) = decode(data)
    assert (decoded.icc, decoded.exif, decoded.xmp) == (icc, frame.exif, xmp)
    names = (
        "color_primaries",
        "transfer_characteristics",
        "matrix_coefficients",
        "full_range",
        "subsampling",
    )
    assert [getattr(decoded, name) for name in names] == [getattr(frame, name) for name in names]


XMP = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:source>a camera</dc:source></rdf:Description></rdf:RDF>
</x:xmpmeta><?xpacket end="w"?>"""


@pytest.mark.parametrize(("chroma", "depth", "codes"), [("420", 8, (9, 16, 9)), ("444", 12, (12, 13, 6))])
@pytest.mark.parametrize("alpha", [False, True])
def test_metadata_in_exiftool(tmp_path, chroma, depth, codes, alpha):
    if shutil.which("exiftool") is None:
        pytest.skip("exiftool is not installed")
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    names = "color_primaries", "transfer_characteristics", "matrix_coefficients"
    fields = dict(zip(names, codes, strict=True)) | {"icc": icc, "exif": exif_of(), "xmp": XMP}
    data = cfl.encode(frame_of(photo(61, 41), chroma, depth, alpha=alpha, **fields))
    (tmp_path / "x.avif").write_bytes(data)

    def exiftool(*words):
        command = ["exiftool", *words, tmp_path / "x.avif"]
        return subprocess.run(command, check=True, capture_output=True).stdout

    (told,) = json.loads(exiftool("-json", "-G1", "-n", "-a", "-validate", "-all"))
    expected = {
        "File:FileType": "AVIF",
        "File:ImageWidth": 61,
        "File:ImageHeight": 41,
        "QuickTime:ColorPrimaries": codes[0],
        "QuickTime:TransferCharacteristics": codes[1],
        "QuickTime:MatrixCoefficients": codes[2],
        "QuickTime:ImagePixelDepth": depth if alpha else f"{depth} {depth} {depth}",  # the last one wins
        "IFD0:ImageDescription": "a description",
        "XMP-dc:Source": "a camera",
        "ICC_Profile:ProfileDescription": "sRGB built-in",
        "ExifTool:Validate": "0 0 0",
    }
    assert {name: told.get(name) for name in expected} == expected
    assert ("QuickTime:AuxiliaryImageType" in told) == alpha
    assert exiftool("-binary", "-icc_profile") == icc
    assert exiftool("-binary", "-xmp") == XMP
    assert exiftool("-binary", "-exif").removeprefix(b"Exif\0\0") == exif_of()


@pytest.mark.parametrize("codes", [(9, 16, 9, True), (1, 1, 1, False), (12, 13, 6, True), (2, 2, 2, False)])
def test_cicp(codes):
    names = ("color_primaries", "transfer_characteristics", "matrix_coefficients", "full_range")
    frame = frame_of(photo(40, 30), **dict(zip(names, codes, strict=True)))
    data = cfl.encode(frame)
    (decoded,) = decode(data)
    assert tuple(getattr(decoded, name) for name in names) == codes
    color = next(
        cfl.av1.headers.coded_frame.read_frames(read_avif(data).primary.obus())
    ).sequence.color_config
    assert (color.color_primaries, color.transfer_characteristics, color.matrix_coefficients) == codes[:3]
    assert color.color_range == codes[3]


@pytest.mark.parametrize("premultiplied", [False, True])
def test_alpha(premultiplied):
    frame = frame_of(photo(50, 40), alpha=True, premultiplied=premultiplied)
    encoded = cfl.encode_frame(frame, quality=80)
    assert_decodes(encoded)
    assert read_avif(encoded.data).premultiplied == premultiplied
    assert pillow(encoded.data).mode == "RGBA"
    assert encoded.alpha_bytes > 0


def disc(size=96, soft=0.0):
    """RGBA: a disc with hard edges, or soft ones; noise is the colour under alpha 0."""
    y, x = np.mgrid[:size, :size]
    radius = np.hypot(y - size / 2, x - size / 2)
    alpha = 255.0 * (radius < size / 3) if not soft else 255 * np.clip((size / 3 - radius) / soft + 0.5, 0, 1)
    colour = np.stack([2 * x, 2 * y, 255 - 2 * x], axis=-1)
    noise = np.random.default_rng(3).integers(0, 256, colour.shape)
    rgb = np.where(alpha[..., None] > 0, colour, noise)
    return np.concatenate([rgb, np.round(alpha)[..., None]], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("quality", [30, 60, 80])
@pytest.mark.parametrize("soft", [0.0, 1.5])
def test_alpha_is_kept_exactly(quality, soft):
    """libavif, through Pillow, shows it."""
    rgba = disc(soft=soft)
    shown = np.asarray(pillow(cfl.encode(cfl.rgb_to_frame(rgba), quality=quality, speed=8)))
    np.testing.assert_array_equal(shown[..., 3], rgba[..., 3])


def test_the_quality_of_alpha():
    frame = cfl.rgb_to_frame(disc(soft=30))

    def of(**options):
        encoded = cfl.encode_frame(frame, speed=8, **options)
        alpha = np.asarray(pillow(encoded.data))[..., 3].astype(int)
        return encoded.alpha_bytes, int(np.abs(alpha - frame.alpha).max()), encoded.coded_bytes

    exact, low = of(quality=60), of(quality=60, quality_alpha=40)
    assert exact[1] == 0 and low[0] < exact[0] / 2 and low[1] > 0 and low[2] == exact[2]
    assert of(quality=20, quality_alpha=100)[:2] == exact[:2]
    assert of(qindex=230)[0] < exact[0] and of(qindex=20)[:2] == exact[:2]
    coarse = of(quality=20)
    assert coarse[0] < exact[0] and coarse[1] <= 4
    with pytest.raises(FrameError, match="quality"):
        cfl.encode(frame, quality_alpha=101)


def test_opaque_alpha_is_not_written():
    rgb = photo(40, 30)
    rgba = np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])
    encoded = cfl.encode_frame(cfl.rgb_to_frame(rgba), speed=10)
    assert encoded.data == cfl.encode(cfl.rgb_to_frame(rgb), speed=10)
    assert encoded.alpha_bytes == 0 and encoded.reconstruction.alpha is None


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4"])
def test_hidden_colour_costs_nothing(tmp_path, subsampling):
    rgba = disc(97)
    zeroed = np.where(rgba[..., 3:] == 0, 0, rgba).astype(np.uint8)
    frames = []
    for samples in (rgba, zeroed):
        Image.fromarray(samples).save(tmp_path / "a.png")
        frames.append(cfl.read(tmp_path / "a.png", subsampling=subsampling))
    data, black = (cfl.encode(frame, speed=8) for frame in frames)
    assert data == black
    assert len(data) < len(cfl.encode(frames[0], speed=8, keep_hidden_colour=True)) / 2
    shown, visible = np.asarray(pillow(data)).astype(int), rgba[..., 3] > 0
    assert np.abs(shown - rgba)[visible].mean() < 4


def test_without_loss_hidden_colour_is_kept():
    rgba = disc(65)
    frame = cfl.rgb_to_frame(rgba, subsampling="4:4:4", matrix_coefficients=0)
    np.testing.assert_array_equal(np.asarray(pillow(cfl.encode(frame, lossless=True, speed=10))), rgba)


def test_all_hidden():
    rgba = np.zeros((9, 7, 4), np.uint8)
    rgba[..., :3] = np.random.default_rng(0).integers(0, 256, (9, 7, 3))
    assert len(np.unique(without_hidden_colour(cfl.rgb_to_frame(rgba)).y)) == 1


@pytest.mark.parametrize(
    "transforms",
    [
        Transforms(turns=1),
        Transforms(turns=3, mirror=0),
        Transforms(mirror=1),
        Transforms((10, 8, 33, 21), 2),
    ],
)
def test_transforms(transforms):
    rgb = waves(64, 48)
    frame = frame_of(rgb, "444", matrix_coefficients=0, transforms=transforms)
    data = cfl.encode(frame, lossless=True)
    (decoded,) = decode(data)
    assert decoded.transforms == transforms
    assert_same(upright(decoded).planes, upright(frame).planes)
    if transforms.crop is None:  # libavif leaves the crop to its caller
        shown = np.asarray(ImageOps.exif_transpose(pillow(data)))  # Pillow makes an orientation of them
        assert_same([shown[..., 1]], [upright(frame).y])


def test_a_read_picture_is_upright(tmp_path):
    rgb = photo(60, 40)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(rgb).save(tmp_path / "turned.png", exif=exif)
    frame = cfl.read(tmp_path / "turned.png", subsampling="4:4:4", matrix_coefficients=0)
    shown = np.asarray(pillow(cfl.encode(frame, lossless=True)))
    np.testing.assert_array_equal(shown, np.rot90(rgb, -1))


def test_statistics():
    frame = frame_of(photo(96, 80))
    encoded = cfl.encode_frame(frame, quality=50)
    (decoded,) = decode(encoded.data)
    assert encoded.psnr == frame_psnr(frame, decoded)
    assert encoded.ciede2000_db == ciede2000(frame, decoded).db
    file = read_avif(encoded.data)
    assert encoded.coded_bytes == sum(
        2 + len(obu.payload) + (len(obu.payload) > 127) for obu in file.primary.obus()
    )
    assert encoded.bits_per_pixel == 8 * encoded.coded_bytes / (96 * 80)
    assert encoded.qindex == 112
    report = encoded.as_dict()
    assert report["bytes"] == len(encoded.data)
    assert 0 <= report["cfl_share"] <= 1


@pytest.mark.parametrize("chroma", ["420", "422", "444"])
def test_the_share_of_cfl(chroma):
    """Counted sample by sample."""
    frame = frame_of(photo(75, 61), chroma)
    encoded = cfl.encode_frame(frame)
    used = np.zeros(frame.u.shape, bool)
    from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH

    for block in encoded.blocks:
        if not block["has_chroma"]:
            continue
        x = (int(block["mi_col"]) >> frame.subsampling_x) * 4
        y = (int(block["mi_row"]) >> frame.subsampling_y) * 4
        w = max(int(BLOCK_WIDTH[block["mi_size"]]) >> frame.subsampling_x, 4)
        h = max(int(BLOCK_HEIGHT[block["mi_size"]]) >> frame.subsampling_y, 4)
        used[y : y + h, x : x + w] = block["uv_mode"] == 13
    assert encoded.cfl_share == pytest.approx(used.mean())
    assert encoded.cfl_share > 0


@pytest.mark.parametrize("threads", [1, 2])
def test_progress(threads):
    steps = []
    frame = frame_of(photo(150, 70), alpha=True)
    cfl.encode_frame(frame, speed=10, tiles=(2, 2), threads=threads, progress=steps.append)
    assert len(steps) == 2 * 3 * 2
    assert sum(steps) == 2 * 150 * 70


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_progress_on_a_terminal(tmp_path):
    import pty

    # Takes seconds, of which the bar, drawn ten times in each, cannot miss all.
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (400, 400, 3), np.uint8)).save(
        tmp_path / "x.png"
    )
    main, terminal = pty.openpty()
    options = ["--quality", "90", "--speed", "3"]
    words = [sys.executable, "-m", "cfl", "encode", "x.png", "-o", "x.avif", *options]
    shown_in = environment(TERM="xterm", COLUMNS="100")
    done = subprocess.Popen(words, cwd=tmp_path, stdin=terminal, stderr=terminal, env=shown_in)
    os.close(terminal)
    shown = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        shown += part
    os.close(main)
    assert done.wait() == 0
    before_summary = shown.decode().partition("x.avif")[0]
    shares = [int(share) for share in re.findall(r"(\d+) %", before_summary)]
    assert any(0 < share < 100 for share in shares)


def test_16_bits_are_not_coded():
    frame = cfl.rgb_to_frame(np.zeros((8, 8, 3), np.uint8), bit_depth=16)
    for coded in (cfl.encode, cfl.encode_frame, cfl.predict, lambda frame: next(cfl.encode_frames([frame]))):
        with pytest.raises(FrameError, match="16 bits; AV1 has 8, 10 and 12"):
            coded(frame)


def test_total():
    reports = [cfl.encode_frame(frame_of(photo(n, 40)), quality=60).as_dict() for n in (40, 41)]
    both = total(reports)
    assert both["frames"] == 2
    assert both["bytes"] == reports[0]["bytes"] + reports[1]["bytes"]
    errors = [10 ** (-report["psnr"]["y"] / 10) for report in reports]
    assert both["psnr"]["y"] == pytest.approx(-10 * np.log10(np.mean(errors)))
    deltas = [10 ** (-report["ciede2000_db"] / 20) for report in reports]
    assert both["ciede2000_db"] == pytest.approx(-20 * np.log10(np.mean(deltas)))
    lossless = [cfl.encode_frame(frame_of(photo(40, 40)), lossless=True).as_dict()]
    assert total(lossless)["psnr"]["y"] == total(lossless)["ciede2000_db"] == "inf"
    half = total([*lossless, reports[0]])["psnr"]["y"]
    assert half == pytest.approx(reports[0]["psnr"]["y"] + 10 * np.log10(2))


def moving(count, width=72, height=56):
    picture = mixed(width + count, height)
    return [frame_of(picture[:, i : i + width].copy()) for i in range(count)]


def stream_of(frames, ending, **options):
    file, shown = io.BytesIO(), []
    writer = stream_writer(file, ending, frames[0].width, frames[0].height, RATE)
    for encoded in cfl.encode_frames(iter(frames), frame_rate=RATE, **options):
        writer.write(encoded.data)
        shown.append(encoded.reconstruction)
    writer.finish()
    return file.getvalue(), shown


@pytest.mark.parametrize("ending", [".ivf", ".obu"])
def test_streams(ending):
    frames = moving(4)
    data, shown = stream_of(frames, ending, quality=40)
    decoded = list(decode(data))
    assert len(decoded) == 4
    for ours, theirs in zip(shown, decoded, strict=True):
        assert_same(ours.planes, theirs.planes)
    assert data == stream_of(frames, ending, quality=40, threads=3)[0]
    if ending == ".ivf":
        header, units = read_ivf(data)
        units = list(units)
        assert (header.width, header.height, header.frame_count) == (72, 56, 4)
        assert Fraction(header.timebase_denominator, header.timebase_numerator) == RATE
        assert [unit.timestamp for unit in units] == [0, 1, 2, 3]
        pictures = dav1d_pictures([bytes(unit.data) for unit in units])
        for ours, theirs in zip(shown, pictures, strict=True):
            assert_same(ours.planes, theirs.planes)


@pytest.mark.parametrize("program", ["dav1d", "aomdec", "ffmpeg"])
@pytest.mark.parametrize("ending", [".ivf", ".obu"])
def test_streams_in_programs(tmp_path, program, ending):
    data, shown = stream_of(moving(3), ending)
    expected = b"".join(plane.tobytes() for frame in shown for plane in frame.planes)
    assert raw_of_program(tmp_path, program, data, ending) == expected


def test_few_frames_are_held():
    alive, most = 0, 0

    def frames():
        nonlocal alive, most
        for frame in moving(12, 16, 16):
            alive += 1
            most = max(most, alive)
            yield frame

    for _ in cfl.encode_frames(frames(), threads=2, speed=10):
        alive -= 1
    assert most <= 4


def test_a_stream_of_one_frame_uses_the_threads_within():
    (frame,) = moving(1, 200, 140)
    (one,) = cfl.encode_frames([frame], tiles=(2, 2))
    (two,) = cfl.encode_frames([frame], tiles=(2, 2), threads=4)
    assert one.data == two.data


def test_a_stream_of_nothing():
    assert list(cfl.encode_frames([])) == []


def test_options_of_a_stream_are_refused_before_its_frames_are_read():
    with pytest.raises(FrameError, match="quality"):
        cfl.encode_frames(moving(1), quality=101)


def test_no_threads_are_refused():
    with pytest.raises(FrameError, match="threads is 0, not at least 1"):
        cfl.encode_frames(moving(2), speed=10, threads=0)


def test_frames_of_a_stream_must_be_alike():
    frames = [*moving(2), frame_of(photo(72, 57))]
    with pytest.raises(FrameError, match="not like the pictures before it"):
        list(cfl.encode_frames(frames, threads=2))


def test_defaults():
    assert (encoder_options().qindex, encoder_options().tune) == (qindex_of_quality(60, "iq"), "iq")
    assert encoder_options(tune="psnr").qindex == 100
    assert encoder_options(lossless=True).qindex == 0
    assert encoder_options(qindex=7).qindex == 7


_BYTES = """
import sys, hashlib, cfl
print(hashlib.sha256(cfl.encode(cfl.read(sys.argv[1]), threads=int(sys.argv[2]), tiles=(2, 2))).hexdigest())
"""


def test_every_run_gives_the_same(tmp_path):
    Image.fromarray(mixed(140, 100)).save(tmp_path / "x.png")
    hashes = set()
    for seed, threads in (("1", "1"), ("2", "2")):
        command = [sys.executable, "-c", _BYTES, tmp_path / "x.png", threads]
        done = subprocess.run(
            command, env=environment(PYTHONHASHSEED=seed), check=True, capture_output=True, text=True
        )
        hashes.add(done.stdout)
    assert len(hashes) == 1
