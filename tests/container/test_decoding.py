"""Whole files: the planes against libdav1d, what AVIF adds to them against libavif (Pillow)."""

import io
import shutil
import subprocess

import numpy as np
import pytest
from av1_oracle import dav1d_pictures, temporal_units
from av1_rewriting import Rewriting
from av1_streams import DELIMITER, avif, encode, picture, svt_obu
from avif_files import ALPHA, avif_file, clap, coded, grid, imir, irot, ispe, nclx, sequence_file
from PIL import Image, ImageCms, ImageOps

import cfl
from cfl.av1.headers.obu import encode_annexb, encode_obu, iter_obus
from cfl.av1.tables.constants import INTRA_ONLY_FRAME
from cfl.container import decode, file_format, read_avif
from cfl.container.boxes import make_box
from cfl.errors import BitstreamError, CflError, FrameError
from cfl.frames import ContentLight, MasteringDisplay, Transforms, frame_to_rgb, upright, write_png
from cfl.remarks import CflWarning

XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"


def only(data, **options):
    (frame,) = decode(data, **options)
    return frame


def obus_of(data):
    """The primary item's, after a temporal delimiter."""
    return DELIMITER + bytes(read_avif(data).primary.data)


def by_dav1d(data):
    """The planes of an item's only picture."""
    (shown,) = dav1d_pictures(temporal_units(data))
    return shown.planes


def assert_planes(frame, planes):
    for ours, expected in zip(frame.planes, planes, strict=True):
        np.testing.assert_array_equal(ours, expected)


def annexb(stream):
    units = []
    for obu in iter_obus(stream):
        header = obu.header
        if header.obu_type == 2:
            units.append([[]])
        header.obu_has_size_field = 0
        units[-1][0].append(encode_obu(header, bytes(obu.payload)))
    return encode_annexb(units)


@pytest.fixture(scope="module")
def stream():
    return svt_obu(frames=3)


@pytest.fixture(scope="module")
def ivf():
    return svt_obu(frames=3, container_format="ivf")


# --- Formats


def test_every_format_gives_the_same_frames(stream, ivf, tmp_path):
    expected = dav1d_pictures(temporal_units(stream))
    for name, data in (("OBU", stream), ("IVF", ivf), ("Annex B", annexb(stream))):
        assert file_format(data) == file_format(data[:200]) == name
        path = tmp_path / "x"
        path.write_bytes(data)
        for source in (data, path, str(path)):
            frames = list(decode(source))
            assert [repr(frame) for frame in frames] == ["Frame(96x64, 4:2:0, 8 bit)"] * 3
            for frame, reference in zip(frames, expected, strict=True):
                assert_planes(frame, reference.planes)


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"\x12\x00", b"\x0a\x05\x01\x08" + bytes(200), b"DKIF\0\0 \0VP80" + bytes(30),
     b"\0\0\0\x14ftypheic\0\0\0\0mif1", b"\0\0\0\x18ftypisom\0\0\0\0isommp42"],
)  # fmt: skip
def test_other_files_are_not_taken_for_av1(data):
    assert file_format(data) is None
    with pytest.raises(CflError):
        list(decode(data))


def test_avif_is_recognised_by_its_brands():
    data = avif()
    assert file_format(data) == "AVIF"
    out = io.BytesIO()
    Image.fromarray(picture()).save(out, "AVIF", save_all=True, append_images=[Image.fromarray(picture())])
    assert file_format(out.getvalue()) == "AVIF sequence"


def test_a_sequence_with_inter_frames():
    """Of libavif, in whose track each picture is predicted from the one before it."""
    out = io.BytesIO()
    others = [Image.fromarray(picture(seed=seed)) for seed in (2, 3)]
    Image.fromarray(picture()).save(out, "AVIF", save_all=True, append_images=others)
    frames = list(decode(out.getvalue()))
    track = b"".join(
        encode_obu(obu.header, bytes(obu.payload)) for obu in read_avif(out.getvalue()).track.obus()
    )
    expected = dav1d_pictures(temporal_units(track))
    assert len(frames) == len(expected) == 3
    for frame, reference in zip(frames, expected, strict=True):
        assert_planes(frame, reference.planes)


@pytest.mark.parametrize("samples_per_chunk", [1, 2, 3, 5])
def test_a_sequence_of_key_frames(samples_per_chunk):
    samples = [obus_of(avif(picture(seed=seed))) for seed in range(5)]
    opacities = [obus_of(avif(picture(channels=1, seed=9 + seed)[..., 0])) for seed in range(5)]
    alone = list(decode(sequence_file(samples, samples_per_chunk=samples_per_chunk)))
    both = list(decode(sequence_file(samples, opacities, samples_per_chunk=samples_per_chunk)))
    assert len(alone) == len(both) == 5
    for sample, opacity, plain, frame in zip(samples, opacities, alone, both, strict=True):
        assert_planes(plain, by_dav1d(sample))
        assert_planes(frame, by_dav1d(sample))
        assert plain.alpha is None
        np.testing.assert_array_equal(frame.alpha, by_dav1d(opacity)[0])


def test_a_sequence_whose_alpha_ends_early():
    samples = [obus_of(avif(picture(seed=seed))) for seed in range(2)]
    frames = decode(sequence_file(samples, [obus_of(avif(picture(channels=1)[..., 0]))]))
    next(frames)
    with pytest.raises(BitstreamError, match="the alpha track has no sample 1"):
        next(frames)


def test_samples_that_take_more_than_the_file():
    """A table may name the same bytes again and again."""
    sample = obus_of(avif(picture()))
    data = sequence_file([sample] * 4, samples_per_chunk=1)
    head, tracks = data[: data.index(b"mdat") - 4], data[data.index(b"moov") - 4 :]
    start = tracks.index(b"stco") + 12
    tracks = tracks[:start] + tracks[start : start + 4] * 4 + tracks[start + 16 :]
    data = head + make_box("mdat", sample) + tracks
    with pytest.raises(BitstreamError, match=r"sample \d, of .* is not in the file"):
        list(decode(data))


def test_key_frames_of_avifenc(tmp_path):
    """Its file has the items of a still picture beside the track."""
    data = encode(
        tmp_path, "avifenc", "--keyframe", "1", "-s", "10", "--timescale", "10", "{input}", "-o", "{output}",
        frames=3,
    )  # fmt: skip
    file = read_avif(data)
    assert file.is_first_of_track()
    frames = list(decode(data))
    for frame, sample in zip(frames, file.track.samples(), strict=True):
        assert_planes(frame, by_dav1d(bytes(sample.data)))


def test_frames_before_the_damage(stream):
    frames = decode(stream[:-20])
    assert [next(frames).width, next(frames).width] == [96, 96]
    with pytest.raises(BitstreamError):
        next(frames)


def test_errors_name_the_file_and_keep_their_offset(stream, tmp_path):
    path = tmp_path / "cut.obu"
    path.write_bytes(stream[:-20])
    with pytest.raises(BitstreamError, match=r"cut\.obu: .*\(at byte \d+\)") as caught:
        list(decode(path))
    assert caught.value.offset > 20
    with pytest.raises(FrameError, match="none: cannot be read"):
        list(decode(tmp_path / "none"))


def test_a_stream_that_shows_nothing(stream):
    made = Rewriting(stream)
    made.unit(made.hidden(0))
    for data in (made.stream(), stream[:14]):
        with pytest.raises(BitstreamError, match="shows no picture"):
            list(decode(data))


def test_colour_of_the_sequence_header(tmp_path):
    data = svt_obu(params="keyint=1:color-primaries=9:transfer-characteristics=16:matrix-coefficients=9")
    frame = next(decode(data))
    cicp = frame.color_primaries, frame.transfer_characteristics, frame.matrix_coefficients
    assert (cicp, frame.full_range) == ((9, 16, 9), False)


# --- AVIF


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:2:2", "4:4:4", "4:0:0"])
@pytest.mark.parametrize("options", [{"quality": 30}, {"quality": 90, "speed": 4}, {"quality": 100}])
def test_planes_of_pillows_files(subsampling, options):
    data = avif(picture(97, 65), subsampling=subsampling, **options)
    frame = only(data)
    assert (frame.width, frame.height, frame.subsampling) == (97, 65, subsampling)
    assert_planes(frame, by_dav1d(obus_of(data)))


@pytest.mark.parametrize("channels", [3, 4])
def test_pictures_look_as_libavif_shows_them(channels, tmp_path):
    data = avif(picture(channels=channels), subsampling="4:4:4")
    write_png(tmp_path / "x.png", only(data))
    ours, theirs = (np.asarray(Image.open(source)).astype(int)
                    for source in (tmp_path / "x.png", io.BytesIO(data)))  # fmt: skip
    assert ours.shape == theirs.shape == (64, 96, channels)
    assert np.abs(ours - theirs).max() <= 1
    np.testing.assert_array_equal(ours[..., 3:], theirs[..., 3:])


@pytest.mark.parametrize("full_range", [True, False])
@pytest.mark.parametrize("matrix", [0, 1, 6, 9])
def test_nclx_rules(matrix, full_range, tmp_path):
    """What the file says of its colour overrides the sequence header."""
    range_ = "full" if full_range else "limited"  # libavif takes the range from the sequence header
    obus = bytes(read_avif(avif(subsampling="4:4:4", range=range_)).primary.data)
    data = avif_file({1: coded(obus, nclx(9, 16, matrix, full_range))})
    frame = only(data)
    cicp = frame.color_primaries, frame.transfer_characteristics, frame.matrix_coefficients
    assert (cicp, frame.full_range) == ((9, 16, matrix), full_range)
    write_png(tmp_path / "x.png", frame)
    ours, theirs = (np.asarray(Image.open(source).convert("RGB")).astype(int)
                    for source in (tmp_path / "x.png", io.BytesIO(data)))  # fmt: skip
    # libyuv, in libavif, cannot hold a factor above 2, as that of blue in limited range is.
    assert np.abs(ours - theirs)[..., : 3 if full_range else 2].max() <= 1
    assert np.abs(ours - theirs).mean() < 1


def test_metadata():
    exif = Image.Exif()
    exif[0x010E] = "a description"
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = avif(exif=exif, xmp=XMP, icc_profile=icc)
    frame = only(data)
    assert (frame.icc, frame.xmp) == (icc, XMP)
    assert b"a description" in frame.exif and frame.exif[:2] in (b"II", b"MM")


def test_sequence_header_only_in_the_configuration(stream):
    item = coded(stream)
    sequence = next(obu for obu in iter_obus(stream) if obu.header.obu_type == 1)
    header = encode_obu(sequence.header, sequence.payload)
    kind, data, ((config, essential), *others) = item
    config = (len(config) + len(header)).to_bytes(4) + config[4:] + header
    item = kind, data.replace(header, b""), [(config, essential), *others]
    assert_planes(only(avif_file({1: item})), dav1d_pictures(temporal_units(stream))[0].planes)


# --- Alpha


@pytest.mark.parametrize("premultiplied", [False, True])
def test_alpha(premultiplied, tmp_path):
    samples = picture(channels=4)
    samples[:8, :8, 3] = 0
    samples[8:16, :8, 3] = 255
    samples[16:24, :8, 3] = 1
    data = avif(samples, alpha_premultiplied=premultiplied, subsampling="4:4:4", quality=100)
    frame = only(data)
    assert frame.premultiplied is premultiplied
    file = read_avif(data)
    (alpha,) = by_dav1d(DELIMITER + bytes(file.alpha.data))
    np.testing.assert_array_equal(frame.alpha, alpha)
    write_png(tmp_path / "x.png", frame)
    ours, theirs = (np.asarray(Image.open(source)).astype(int)
                    for source in (tmp_path / "x.png", io.BytesIO(data)))  # fmt: skip
    np.testing.assert_array_equal(ours[..., 3], theirs[..., 3])
    # Divided by a small alpha, a rounding before the division counts more after it.
    allowed = 2 + 2 * 255 // np.maximum(alpha, 1) if premultiplied else 1 + 0 * alpha
    visible = alpha > 0
    assert (np.abs(ours - theirs).max(axis=2) <= allowed)[visible].all()


def test_alpha_of_another_bit_depth(tmp_path):
    colour = svt_obu(frames=1, pix_fmt="yuv420p10le")
    alpha = bytes(read_avif(avif(picture(channels=1)[..., 0], subsampling="4:0:0")).primary.data)
    data = avif_file({1: coded(colour), 2: coded(alpha, ALPHA)}, [("auxl", 2, [1])])
    frame = only(data)
    (expected,) = by_dav1d(DELIMITER + alpha)
    np.testing.assert_array_equal(frame.alpha, (expected.astype(int) * 1023 * 2 + 255) // 510)


def test_alpha_in_limited_range():
    colour = bytes(read_avif(avif()).primary.data)
    alpha = svt_obu(frames=1)  # its luma, which is in limited range
    frame = only(avif_file({1: coded(colour), 2: coded(alpha, ALPHA)}, [("auxl", 2, [1])]))
    luma = dav1d_pictures(temporal_units(alpha))[0].planes[0].astype(int)
    np.testing.assert_array_equal(frame.alpha, np.clip(((luma - 16) * 255 * 2 + 219) // (2 * 219), 0, 255))


# --- Grids


def tiles(count, width=64, height=64, **options):
    samples = [picture(width, height, seed=seed) for seed in range(count)]
    return [bytes(read_avif(avif(part, **options)).primary.data) for part in samples]


def grid_file(parts, rows, columns, width, height, *properties):
    items = {1: grid(rows, columns, width, height, *properties)}
    items |= {i: coded(part) for i, part in enumerate(parts, 2)}
    return avif_file(items, [("dimg", 1, list(range(2, len(parts) + 2)))])


@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4", "4:0:0"])
@pytest.mark.parametrize("size", [(192, 128), (133, 65), (191, 127)])
def test_grid(subsampling, size, tmp_path):
    parts = tiles(6, subsampling=subsampling)
    width, height = size
    data = grid_file(parts, 2, 3, width, height)
    frame = only(data, threads=4)
    assert (frame.width, frame.height, frame.subsampling) == (width, height, subsampling)
    pictures = [by_dav1d(DELIMITER + part) for part in parts]
    for i, plane in enumerate(frame.planes):
        whole = np.block([[pictures[3 * row + column][i] for column in range(3)] for row in range(2)])
        np.testing.assert_array_equal(plane, whole[: plane.shape[0], : plane.shape[1]])
    if subsampling == "4:4:4":
        theirs = np.asarray(Image.open(io.BytesIO(data))).astype(int)
        assert np.abs(frame_to_rgb(frame).astype(int) - theirs).max() <= 1


def test_grid_of_one_image_again_and_again():
    """Work has to be in proportion to the file."""
    (part,) = tiles(1)
    items = {1: grid(255, 255, 255 * 64, 255 * 64), 2: coded(part)}
    with pytest.raises(BitstreamError, match="its tiles together are larger than the file"):
        only(avif_file(items, [("dimg", 1, [2] * 255 * 255)]))


def test_grid_with_alpha_of_avifenc(tmp_path):
    source = tmp_path / "x.png"
    Image.fromarray(picture(256, 192, 4)).save(source)
    data = encode(tmp_path, "avifenc", "--grid", "2x2", "-s", "8", str(source), "-o", "{output}")
    frame = only(data)
    assert (frame.width, frame.height) == (256, 192)
    np.testing.assert_array_equal(frame.alpha, np.asarray(Image.open(io.BytesIO(data)))[..., 3])


@pytest.mark.parametrize(
    ("parts", "layout", "message"),
    [
        (lambda: [*tiles(1), *tiles(1, subsampling="4:4:4")], (1, 2, 128, 64), "differ in bit depth"),
        (lambda: tiles(2, width=65), (1, 2, 130, 64), "does not join"),
        (lambda: tiles(2), (1, 2, 64, 64), "lie outside"),
        (lambda: tiles(2), (2, 1, 64, 60), "lie outside"),
    ],
)
def test_wrong_grids(parts, layout, message):
    rows, columns, width, height = layout
    with pytest.raises(BitstreamError, match=message):
        only(grid_file(parts(), rows, columns, width, height))


# --- Transforms


def test_grid_whose_tiles_have_alpha():
    """The alpha of the whole is that of the files that the tiles come from."""
    parts = [avif(picture(64, 64, 4, seed), quality=90) for seed in range(2)]
    files = [read_avif(part) for part in parts]
    items = {1: grid(1, 2, 120, 64)}
    for i, file in enumerate(files):
        items[2 + i] = coded(file.primary.data)
        items[4 + i] = coded(file.alpha.data, ALPHA)
    references = [("dimg", 1, [2, 3]), ("auxl", 4, [2]), ("auxl", 5, [3])]
    frame = only(avif_file(items, references))
    alphas = np.hstack([only(part).alpha for part in parts])
    np.testing.assert_array_equal(frame.alpha, alphas[:, :120])
    with pytest.warns(CflWarning, match="only 1 of the grid's 2 tiles"):
        assert only(avif_file(items, references[:2])).alpha is None


@pytest.mark.parametrize("turned", [["--irot", "1"], ["--irot", "3", "--imir", "0"]])
def test_grid_of_turned_tiles_as_avifenc_writes_it(tmp_path, turned):
    if shutil.which("avifenc") is None:
        pytest.skip("avifenc is not installed")
    source, made = tmp_path / "a.png", tmp_path / "a.avif"
    Image.fromarray(picture(512, 384)).save(source)
    subprocess.run(["avifenc", "-s", "9", "-g", "2x2", *turned, str(source), str(made)], check=True)
    with pytest.warns(CflWarning, match="applied once"):
        ours = frame_to_rgb(upright(only(made.read_bytes())))
    shown = np.asarray(ImageOps.exif_transpose(Image.open(made)).convert("RGB"))
    assert np.abs(ours.astype(int) - shown).max() <= 3


def transposed(data):
    """What Pillow shows."""
    return np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")).astype(int)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_rotation_and_mirror(turns, axis, tmp_path):
    obus = bytes(read_avif(avif(picture(97, 65), subsampling="4:4:4")).primary.data)
    data = avif_file({1: coded(obus, irot(turns), *([] if axis is None else [imir(axis)]))})
    frame = only(data)
    assert frame.transforms == Transforms(None, turns, axis)
    assert (frame.width, frame.height) == (97, 65)
    shown = upright(frame)
    assert not shown.transforms
    write_png(tmp_path / "x.png", frame)
    png = np.asarray(Image.open(tmp_path / "x.png"))
    np.testing.assert_array_equal(png, frame_to_rgb(shown))
    assert np.abs(png - transposed(data)).max() <= 1


def test_clean_aperture_comes_first(tmp_path):
    obus = bytes(read_avif(avif(picture(97, 65), subsampling="4:4:4")).primary.data)
    aperture = clap((41, 1), (30, 1), (-5, 1), (-3, 2))
    frame = only(avif_file({1: coded(obus, imir(1), irot(1), aperture)}))
    assert frame.transforms == Transforms((23, 16, 41, 30), 1, 1)
    write_png(tmp_path / "x.png", frame)
    expected = np.rot90(frame_to_rgb(frame)[16:46, 23:64])[:, ::-1]
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "x.png")), expected)
    np.testing.assert_array_equal(frame_to_rgb(upright(frame)), expected)


@pytest.mark.parametrize(
    "aperture",
    [
        clap((41, 1), (30, 1), (-5, 2), (-3, 2)),  # begins between two samples
        clap((41, 2), (30, 1), (0, 1), (-3, 2)),
        clap((98, 1), (65, 1), (1, 2), (0, 1)),
        clap((41, 1), (31, 1), (29, 1), (0, 1)),
        clap((0, 1), (31, 1), (1, 2), (0, 1)),
        clap((0xFFFFFFFF, 1), (31, 1), (0, 1), (0, 1)),
    ],
)
def test_wrong_clean_apertures(aperture):
    obus = bytes(read_avif(avif(picture(97, 65))).primary.data)
    with pytest.raises(BitstreamError, match="clap"):
        only(avif_file({1: coded(obus, aperture)}))


# --- Layers


def test_chroma_sample_position_3_decodes():
    data = bytearray(cfl.encode(cfl.rgb_to_frame(picture(64, 48)), speed=10))
    at = data.index(b"mdat") + 4
    data[at + 10] |= 0xC0
    shown = by_dav1d(obus_of(bytes(data)))
    frame = only(bytes(data))
    assert_planes(frame, shown)
    assert frame.chroma_sample_position == "unknown"


def test_bytes_after_the_last_box():
    data = avif()
    for junk in (b"abc", b"\0\0\0\1junkjunk", bytes(3), b"\xff" * 40):
        with pytest.warns(CflWarning, match="what follows"):
            assert_planes(only(data + junk), only(data).planes)
    with pytest.raises(BitstreamError):
        only(data[:-40])  # what is missing is of the picture


def test_a_damaged_description_does_not_stop_decoding():
    data = avif(picture(), exif=b"MM\0*\0\0\0\x08\0\0\0\0\0\0", xmp=XMP)
    assert only(data).exif is not None
    file = read_avif(data)
    exif = next(number for number, item in file.items.items() if item.item_type == "Exif")
    iloc = data.index(b"iloc")
    entry = data.index(exif.to_bytes(2) + bytes(2) + (1).to_bytes(2), iloc)
    for length in (0, 4, 1 << 30):  # empty, no TIFF, beyond the end of the file
        changed = data[: entry + 10] + length.to_bytes(4) + data[entry + 14 :]
        with pytest.warns(CflWarning, match="Exif is damaged"):
            frame = only(changed)
        assert frame.exif is None and frame.xmp == XMP
    place = data.rindex(b"MM\0*") - 4
    with pytest.warns(CflWarning, match="Exif is damaged"):  # its TIFF header lies beyond its end
        assert only(data[:place] + (1 << 20).to_bytes(4) + data[place + 4 :]).exif is None


def test_properties_that_only_describe():
    primary = read_avif(avif()).primary.data
    clli = make_box("clli", (1000).to_bytes(2) + (400).to_bytes(2))
    points = [
        8500,
        39850,
        6550,
        2300,
        35400,
        14600,
        15635,
        16450,
    ]  # green, blue, red, white, as in HEVC's SEI
    mdcv = make_box("mdcv", b"".join(value.to_bytes(2) for value in points) + (10**7).to_bytes(4) + bytes(4))
    pasp = make_box("pasp", (2).to_bytes(4) + (1).to_bytes(4))
    others = make_box("amve", bytes(8)), make_box("cclv", bytes(40))
    properties = [(box, True) for box in (clli, mdcv, pasp, *others)]
    frame = only(avif_file({1: coded(primary, *properties)}))
    assert frame.content_light == ContentLight(1000, 400) and frame.pixel_aspect == (2, 1)
    bt2020 = (35400, 14600), (8500, 39850), (6550, 2300), (15635, 16450)
    assert frame.mastering_display == MasteringDisplay(*bt2020, 10**7, 0)
    again = read_avif(cfl.encode(frame, speed=10))
    assert again.content_light == frame.content_light and again.pixel_aspect == (2, 1)
    assert again.mastering_display == frame.mastering_display
    short = [(make_box(kind, b"\0\1"), True) for kind in ("clli", "mdcv", "pasp")]
    with pytest.warns(CflWarning) as said:
        frame = only(avif_file({1: coded(primary, *short)}))
    assert len(said) == 3
    assert frame.content_light is frame.mastering_display is frame.pixel_aspect is None


def test_a_sequence_whose_primary_item_is_missing():
    samples = [obus_of(avif(picture(64, 48, seed=i))) for i in range(2)]
    file = sequence_file(samples)
    still = avif(picture(64, 48, seed=5))
    start = still.index(b"meta") - 4
    meta = still[start : start + int.from_bytes(still[start : start + 4])]
    pitm = meta.index(b"pitm") + 8
    for broken in (meta[:pitm] + (99).to_bytes(2) + meta[pitm + 2 :], meta.replace(b"iloc", b"free")):
        # at the end, so that no offset changes
        with pytest.warns(CflWarning, match="in place of the primary item"):
            frames = list(decode(file + broken))
        assert len(frames) == 2
        for frame, sample in zip(frames, samples, strict=True):
            assert_planes(frame, by_dav1d(sample))


def test_gain_maps_are_named():
    primary = read_avif(avif()).primary.data
    items = {1: coded(primary), 2: ("tmap", bytes(62), [ispe(96, 64)]), 3: coded(primary)}
    data = avif_file(items, [("dimg", 2, [1, 3])])
    with pytest.warns(CflWarning, match="gain map is dropped"):
        assert_planes(only(data), by_dav1d(obus_of(avif())))


def test_selected_layer_and_operating_point(stream):
    made = Rewriting(stream)
    made.layers(0x301, 0x101)
    made.unit(
        made.frame(0, spatial_id=0),
        made.frame(1, spatial_id=1, frame_type=INTRA_ONLY_FRAME, refresh_frame_flags=2),
    )
    obus = made.stream().removeprefix(DELIMITER)
    base, top = (reference.planes for reference in dav1d_pictures(temporal_units(stream))[:2])
    lsel = [make_box("lsel", layer.to_bytes(2)) for layer in (0, 1, 2, 0xFFFF)]
    a1op = make_box("a1op", b"\1")
    for properties, planes in (
        ([], top),
        ([lsel[0]], base),
        ([lsel[1]], top),
        ([lsel[3]], top),
        ([a1op], base),
    ):
        data = avif_file({1: coded(obus, *((box, True) for box in properties))})
        assert_planes(only(data), planes)
    with pytest.raises(BitstreamError, match="no picture of layer 2"):
        only(avif_file({1: coded(obus, (lsel[2], True))}))


def test_a_layer_that_is_coded_from_the_one_below():
    """As libavif writes progressive files; without another wish it is the picture."""
    made = Rewriting(svt_obu(frames=2, params="keyint=8:pred-struct=1"))
    made.layers(0x301, 0x101)
    made.unit(made.frame(0, spatial_id=0), made.frame(1, spatial_id=1))
    obus = made.stream().removeprefix(DELIMITER)
    base, top = (
        picture.planes
        for picture in dav1d_pictures(temporal_units(svt_obu(frames=2, params="keyint=8:pred-struct=1")))
    )
    layers = make_box("a1lx", b"\0" + bytes(6)), False
    assert_planes(only(avif_file({1: coded(obus, layers)})), top)
    assert_planes(only(avif_file({1: coded(obus, layers, (make_box("lsel", bytes(2)), True))})), base)


# --- Limits and lies


def test_pixel_limit(stream):
    for data in (avif(), stream, grid_file(tiles(2), 1, 2, 128, 64)):
        with pytest.raises(FrameError, match=r"the limit \(max_pixels\) is 6143"):
            list(decode(data, max_pixels=6143))
    assert only(avif(), max_pixels=6144).width == 96
    assert only(avif(), max_pixels=None).width == 96


def test_a_size_that_lies(stream):
    for size in ((96, 63), (97, 64), (64, 96)):
        with pytest.raises(BitstreamError, match="as its ispe says"):
            only(avif_file({1: coded(stream, ispe(*size))}))


def test_an_item_without_a_picture(stream):
    with pytest.raises(BitstreamError, match="item 1 has no picture"):
        only(avif_file({1: coded(stream[:14])}))


def test_an_item_that_goes_on_with_inter_frames():
    """Only its first picture counts."""
    data = svt_obu(frames=4, params="keyint=8:pred-struct=1")
    assert_planes(only(avif_file({1: coded(data)})), dav1d_pictures(temporal_units(data)[:1])[0].planes)


# --- cfl.read


def test_read_gives_the_coded_samples_and_the_true_colour(tmp_path):
    obus = bytes(read_avif(avif()).primary.data)
    path = tmp_path / "x.avif"
    path.write_bytes(avif_file({1: coded(obus, nclx(9, 16, 9, True))}))
    frame = cfl.read(path)
    assert_planes(frame, by_dav1d(DELIMITER + obus))
    assert (frame.color_primaries, frame.transfer_characteristics, frame.matrix_coefficients) == (9, 16, 9)
    changed = cfl.read(path, subsampling="4:4:4", bit_depth=10, matrix_coefficients=1, full_range=False)
    assert repr(changed) == "Frame(96x64, 4:4:4, 10 bit)"
    assert (changed.matrix_coefficients, changed.full_range) == (1, False)


def test_read_is_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a description"
    path = tmp_path / "x.avif"
    path.write_bytes(avif(picture(98, 66), exif=exif))
    frame = cfl.read(path)
    assert (frame.width, frame.height, frame.subsampling) == (66, 98, "4:2:0")
    assert not frame.transforms
    cfl.write(tmp_path / "x.png", frame)
    image = Image.open(tmp_path / "x.png")
    assert image.getexif().get(0x0112, 1) == 1
    assert image.getexif()[0x010E] == "a description"
    assert np.abs(np.asarray(image) - transposed(path.read_bytes())).mean() < 2


def test_read_frames_of_a_clip(tmp_path):
    path = tmp_path / "x.ivf"
    path.write_bytes(svt_obu(frames=4, params="keyint=8:pred-struct=1", container_format="ivf"))
    stream = svt_obu(frames=4, params="keyint=8:pred-struct=1")
    frames = list(cfl.read_frames(path))
    assert len(frames) == 4
    for frame, reference in zip(frames, dav1d_pictures(temporal_units(stream)), strict=True):
        assert_planes(frame, reference.planes)


def test_read_leaves_other_files_alone(tmp_path):
    path = tmp_path / "x.png"
    Image.fromarray(picture()).save(path)
    assert cfl.read(path).width == 96
    with pytest.raises(FrameError, match="subsampling is 'x'"):
        cfl.read(path, subsampling="x")
    path.write_bytes(b"")
    with pytest.raises(FrameError, match="empty"):
        cfl.read(path)
