"""AVIF files of libavif (Pillow, avifenc) as we describe them, and ours as Pillow reads them."""

import io
from dataclasses import replace

import numpy as np
import pytest
from av1_streams import avif, encode, picture
from PIL import Image

from cfl.av1.headers.coded_frame import read_frames
from cfl.container import CleanAperture, GridImage, Nclx, read_avif, write_avif
from cfl.container.avif import XMP_TYPE
from cfl.container.boxes import Box, file_boxes, make_box, make_full_box
from cfl.container.properties import ALPHA_URNS
from cfl.errors import BitstreamError, UnsupportedFeature

TIFF = b"MM\0*\0\0\0\x08\0\x01\x01\x0e\0\x02\0\0\0\x03hi\0\0\0\0\0\0"
ICC = b"not a real profile " * 9
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def test_everything_pillow_writes():
    data = avif(picture(channels=4), exif=b"Exif\0\0" + TIFF, xmp=XMP, icc_profile=ICC)
    file = read_avif(data)
    assert {"avif", "mif1", "miaf"} <= set(file.brands)
    assert (file.primary.width, file.primary.height) == (96, 64)
    assert (file.alpha.width, file.alpha.height) == (96, 64)
    assert file.primary.config.subsampling == "4:2:0"
    assert file.alpha.config.subsampling == "4:0:0"
    assert file.primary.bits_per_channel == (8, 8, 8)
    assert file.nclx.full_range is True
    assert (file.exif, file.xmp, file.icc, file.premultiplied) == (TIFF, XMP, ICC, False)
    for image in (file.primary, file.alpha):
        assert data[image.offset : image.offset + len(image.data)] == image.data
        (frame,) = read_frames(image.obus())
        assert (frame.header.size.upscaled_width, frame.header.size.frame_height) == (96, 64)


def test_plain():
    file = read_avif(avif())
    assert (file.alpha, file.icc, file.exif, file.xmp, file.clap, file.irot, file.imir) == (
        *[None] * 5,
        0,
        None,
    )


@pytest.mark.parametrize(
    ("subsampling", "name"), [("4:2:0", "4:2:0"), ("4:2:2", "4:2:2"), ("4:4:4", "4:4:4")]
)
def test_subsampling(subsampling, name):
    assert read_avif(avif(subsampling=subsampling)).primary.config.subsampling == name


def transformed(samples, irot, imir):
    """Turned anti-clockwise, then mirrored."""
    samples = np.rot90(samples, irot)
    return samples if imir is None else samples[::-1] if imir == 0 else samples[:, ::-1]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientations(orientation):
    """Pillow stores Exif's orientation as irot and imir; its own transpose says what they mean."""
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    file = read_avif(avif(exif=exif))
    source = Image.fromarray(picture())
    source.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(source))
    assert np.array_equal(transformed(picture(), file.irot, file.imir), expected)


def test_sequence_with_meta():
    out = io.BytesIO()
    frames = [Image.fromarray(picture(seed=i)) for i in range(3)]
    frames[0].save(out, "AVIF", save_all=True, append_images=frames[1:])
    data = out.getvalue()
    from_item = read_avif(data)
    assert "avis" in from_item.brands
    start = data.index(b"meta")
    from_track = read_avif(data[:start] + b"free" + data[start + 4 :])
    assert from_track.primary.data == from_item.primary.data
    assert (from_track.primary.width, from_track.primary.height) == (96, 64)
    assert from_track.nclx == from_item.nclx


def test_grid_of_avifenc(tmp_path):
    data = encode(
        tmp_path, "avifenc", "--grid", "2x2", "-s", "10", "{input}", "-o", "{output}",
        width=256, height=192, frames=1,
    )  # fmt: skip
    grid = read_avif(data).primary
    assert isinstance(grid, GridImage)
    assert (grid.rows, grid.columns, grid.width, grid.height) == (2, 2, 256, 192)
    assert [(tile.width, tile.height) for tile in grid.tiles] == [(128, 96)] * 4
    for tile in grid.tiles:
        assert len(list(read_frames(tile.obus()))) == 1


def test_transforms_of_avifenc(tmp_path):
    data = encode(
        tmp_path, "avifenc", "--irot", "1", "--imir", "1", "--pasp", "3,2",
        "--clap", "80,1,50,1,2,1,-3,1", "-s", "10", "{input}", "-o", "{output}", frames=1,
    )  # fmt: skip
    file = read_avif(data)
    assert (file.irot, file.imir, file.pixel_aspect) == (1, 1, (3, 2))
    assert file.clap == CleanAperture((80, 1), (50, 1), (2, 1), (-3, 1))


def test_ten_bits_of_avifenc(tmp_path):
    data = encode(
        tmp_path, "avifenc", "-s", "10", "--cicp", "9/16/9", "{input}", "-o", "{output}",
        frames=1, depth=10, chroma="444",
    )  # fmt: skip
    file = read_avif(data)
    assert (file.primary.config.bit_depth, file.primary.config.subsampling) == (10, "4:4:4")
    assert file.nclx == Nclx(9, 16, 9, False)


# --- Writing


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("subsampling", ["4:2:0", "4:4:4"])
def test_rewrapped_files_decode_to_the_same_pixels(channels, subsampling):
    data = avif(picture(channels=channels), exif=TIFF, xmp=XMP, icc_profile=ICC, subsampling=subsampling)
    file = read_avif(data)
    parts = {"nclx": file.nclx, "icc": file.icc, "exif": file.exif, "xmp": file.xmp}
    ours = write_avif(file.primary.data, alpha_obus=file.alpha and file.alpha.data, **parts)
    assert np.array_equal(pixels(ours), pixels(data))
    image = Image.open(io.BytesIO(ours))
    assert (image.info["icc_profile"], image.info["exif"], image.info["xmp"]) == (ICC, TIFF, XMP)
    again = read_avif(ours)
    assert again.primary.data == file.primary.data
    assert again.primary.config == file.primary.config
    assert {name: getattr(again, name) for name in parts} == parts
    assert (again.alpha and again.alpha.data) == (file.alpha and file.alpha.data)


def test_written_without_anything_else():
    file = read_avif(avif())
    ours = write_avif(bytes(file.primary.data))
    assert pixels(ours).shape == (64, 96, 3)
    assert read_avif(ours).nclx is None


def test_premultiplied():
    file = read_avif(avif(picture(channels=4), alpha_premultiplied=True))
    assert file.premultiplied
    ours = write_avif(file.primary.data, alpha_obus=file.alpha.data, premultiplied=True, nclx=file.nclx)
    assert read_avif(ours).premultiplied
    assert np.array_equal(pixels(ours), pixels(avif(picture(channels=4), alpha_premultiplied=True)))


def test_written_file_by_avifdec(tmp_path):
    import shutil
    import subprocess

    if shutil.which("avifdec") is None:
        pytest.skip("avifdec is not installed")
    file = read_avif(avif(picture(channels=4), exif=TIFF))
    path = tmp_path / "ours.avif"
    path.write_bytes(write_avif(file.primary.data, alpha_obus=file.alpha.data, nclx=file.nclx, exif=TIFF))
    done = subprocess.run(["avifdec", "--info", path], capture_output=True, text=True, check=True)
    assert "96x64" in done.stdout


def test_sequence_headers_may_be_given():
    """They are not read from the OBUs then, and the file is the same."""
    file = read_avif(avif(picture(channels=4)))
    color, alpha = (next(iter(read_frames(item.obus()))).sequence for item in (file.primary, file.alpha))
    obus = {"alpha_obus": file.alpha.data}
    given = write_avif(file.primary.data, sequence=color, alpha_sequence=alpha, **obus)
    assert given == write_avif(file.primary.data, **obus)
    wider = replace(color, max_frame_width_minus_1=199)
    assert read_avif(write_avif(file.primary.data, sequence=wider)).primary.width == 200


def test_obus_without_a_sequence_header():
    with pytest.raises(BitstreamError, match="no sequence header"):
        write_avif(b"\x12\0")


# --- Files put together by hand: what no encoder at hand writes, and what is wrong


class Hand:
    """An AVIF file of hand-made boxes around real OBUs."""

    def __init__(self):
        self.obus = bytes(read_avif(avif()).primary.data)
        properties = {box.type: box for box in self._properties()}
        self.properties = [bytes_of(properties[name]) for name in ("ispe", "pixi", "av1C")]
        self.items = [(1, b"av01", b"")]
        self.locations = None
        self.idat = None
        self.associations = {1: [1, 2, 0x83]}
        self.references = b""
        self.primary = 1
        self.brand = b"avif"
        self.data = self.obus

    def _properties(self):
        meta = next(box for box in file_boxes(write_avif(self.obus)) if box.type == "meta")
        iprp = next(box for box in meta.children(4) if box.type == "iprp")
        return next(box for box in iprp.children() if box.type == "ipco").children()

    def file(self):
        """The file, with the offset of its mdat known."""
        ftyp = make_box("ftyp", self.brand, bytes(4))
        start = len(ftyp) + len(self._meta(0)) + 8
        return ftyp + self._meta(start) + make_box("mdat", self.data)

    def _meta(self, start):
        locations = self.locations or (lambda begin: iloc0({1: [(begin, len(self.obus))]}))
        infes = b"".join(
            make_full_box("infe", 2, 0, i.to_bytes(2), bytes(2), kind, b"\0", more)
            for i, kind, more in self.items
        )
        ipma = len(self.associations).to_bytes(4) + b"".join(
            i.to_bytes(2) + bytes([len(of), *of]) for i, of in self.associations.items()
        )
        return make_full_box(
            "meta", 0, 0,
            make_full_box("hdlr", 0, 0, bytes(4), b"pict", bytes(13)),
            make_full_box("pitm", 0, 0, self.primary.to_bytes(2)),
            locations(start),
            make_full_box("iinf", 0, 0, len(self.items).to_bytes(2), infes),
            make_full_box("iref", 0, 0, self.references) if self.references else b"",
            make_box("iprp", make_box("ipco", *self.properties), make_full_box("ipma", 0, 0, ipma)),
            make_box("idat", self.idat) if self.idat is not None else b"",
        )  # fmt: skip

    def add_property(self, box, item_id=1, essential=True):
        self.properties.append(box)
        self.associations.setdefault(item_id, []).append(essential << 7 | len(self.properties))


def bytes_of(box: Box):
    return make_box(box.type, box.data[box.start : box.end])


def iloc0(items, sizes=b"\x44\x00"):
    body = b"".join(
        i.to_bytes(2)
        + bytes(2)
        + len(of).to_bytes(2)
        + b"".join(a.to_bytes(4) + b.to_bytes(4) for a, b in of)
        for i, of in items.items()
    )
    return make_full_box("iloc", 0, 0, sizes, len(items).to_bytes(2), body)


@pytest.fixture
def hand():
    return Hand()


def test_hand_made(hand):
    assert read_avif(hand.file()).primary.data == hand.obus
    assert pixels(hand.file()).shape == (64, 96, 3)


def test_several_extents(hand):
    half = len(hand.obus) // 2
    hand.locations = lambda begin: iloc0({1: [(begin, half), (begin + half, len(hand.obus) - half)]})
    assert read_avif(hand.file()).primary.data == hand.obus
    assert pixels(hand.file()).shape == (64, 96, 3)


def test_idat_base_offsets_and_open_length(hand):
    hand.idat, hand.data = b"xyz" + hand.obus, b""
    body = b"\x40\x40" + (1).to_bytes(2) + (1).to_bytes(2) + (1).to_bytes(2) + bytes(2)
    body += (2).to_bytes(4) + (1).to_bytes(2) + (1).to_bytes(4)
    hand.locations = lambda begin: make_full_box("iloc", 1, 0, body)
    assert read_avif(hand.file()).primary.data == hand.obus


def test_version_2_with_64_bit_offsets_and_indices(hand):
    def iloc(begin):
        head = b"\x88\x04" + (1).to_bytes(4) + (1).to_bytes(4) + bytes(4) + (1).to_bytes(2)
        return make_full_box(
            "iloc", 2, 0, head, (1).to_bytes(4), begin.to_bytes(8), len(hand.obus).to_bytes(8)
        )

    hand.locations = iloc
    assert read_avif(hand.file()).primary.data == hand.obus


def test_grid_with_shared_tiles_alpha_and_metadata(hand):
    tiles = [1, 1, 1, 2]
    hand.items += [
        (2, b"av01", b""),
        (3, b"grid", b""),
        (4, b"av01", b""),
        (5, b"mime", XMP_TYPE.encode() + b"\0"),
    ]
    hand.primary = 3
    hand.idat = bytes([0, 0, 1, 1]) + (150).to_bytes(2) + (128).to_bytes(2) + XMP
    size = len(hand.obus)

    def iloc(begin):
        def entry(item, method, offset, length):
            return (
                b"".join(n.to_bytes(2) for n in (item, method, 0, 1))
                + offset.to_bytes(4)
                + length.to_bytes(4)
            )

        entries = [entry(i, 0, begin, size) for i in (1, 2, 4)] + [
            entry(3, 1, 0, 8),
            entry(5, 1, 8, len(XMP)),
        ]
        return make_full_box("iloc", 1, 0, b"\x44\x00", len(entries).to_bytes(2), *entries)

    hand.locations = iloc
    hand.associations |= {2: [1, 0x83]}
    hand.add_property(make_box("irot", b"\x03"), item_id=3)
    hand.associations[4] = [1, 2, 0x83]
    hand.add_property(make_full_box("auxC", 0, 0, ALPHA_URNS[1].encode() + b"\0"), item_id=4)
    hand.add_property(make_full_box("ispe", 0, 0, (150).to_bytes(4), (128).to_bytes(4)), item_id=4)
    hand.associations[4].remove(1)
    reference = lambda kind, of, to: make_box(  # noqa: E731
        kind, of.to_bytes(2), len(to).to_bytes(2), *(i.to_bytes(2) for i in to)
    )
    hand.references = (
        reference("dimg", 3, tiles)
        + reference("auxl", 4, [3])
        + reference("prem", 3, [4])
        + reference("cdsc", 5, [3])
    )
    file = read_avif(hand.file())
    assert [tile.item_id for tile in file.primary.tiles] == tiles
    assert (file.primary.width, file.primary.height, file.irot) == (150, 128, 3)
    assert (file.alpha.item_id, file.premultiplied, file.xmp) == (4, True, XMP)
    hand.idat = bytes([0, 0, 1, 1]) + (193).to_bytes(2) + (128).to_bytes(2) + XMP
    with pytest.raises(BitstreamError, match="do not cover"):
        read_avif(hand.file())
    hand.references = reference("dimg", 3, tiles[:3])
    with pytest.raises(BitstreamError, match="grid of 2x2 with 3 tiles"):
        read_avif(hand.file())


def test_layers(hand):
    hand.add_property(make_box("a1op", b"\x05"))
    hand.add_property(make_box("lsel", b"\0\x02"))
    hand.add_property(make_box("a1lx", b"\0" + bytes(6)), essential=False)
    image = read_avif(hand.file()).primary
    assert (image.operating_point, image.layer) == (5, 2)


def test_unknown_properties(hand):
    hand.add_property(make_box("zzzz", b"?"), essential=False)
    assert read_avif(hand.file()).primary.data == hand.obus
    hand.add_property(make_box("yyyy", b"?"))
    with pytest.raises(UnsupportedFeature, match="essential property 'yyyy'"):
        read_avif(hand.file())


def test_top_level_sizes(hand):
    file = hand.file()
    mdat = file.rindex(b"mdat") - 4
    to_end = file[:mdat] + bytes(4) + file[mdat + 4 :]
    assert read_avif(to_end).primary.data == hand.obus
    for at in (file.index(b"meta") - 4, file.index(b"pitm") - 4):
        with pytest.raises(BitstreamError):
            read_avif(file[:at] + (7).to_bytes(4) + file[at + 4 :])
        with pytest.raises(BitstreamError):
            read_avif(file[:at] + (1 << 30).to_bytes(4) + file[at + 4 :])
    with pytest.raises(BitstreamError):
        at = file.index(b"pitm") - 4
        read_avif(file[:at] + bytes(4) + file[at + 4 :])


def test_64_bit_size(hand):
    hand.data = b""
    ftyp = make_box("ftyp", b"avif", bytes(4))
    hand.locations = lambda begin: iloc0({1: [(begin + 8, len(hand.obus))]})
    meta = hand._meta(len(ftyp) + len(hand._meta(0)) + 8)
    mdat = (1).to_bytes(4) + b"mdat" + (16 + len(hand.obus)).to_bytes(8) + hand.obus
    assert read_avif(ftyp + meta + mdat).primary.data == hand.obus


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"brand": b"heic"}, "its brands are heic"),
        ({"items": []}, "there is no item 1"),
        ({"items": [(1, b"av01", b"")] * 2}, "there twice"),
        ({"primary": 9}, "no item 9"),
        ({"locations": lambda begin: b""}, "no location"),
        ({"locations": lambda begin: iloc0({1: [(begin, 1 << 30)]})}, "beyond the end"),
        ({"locations": lambda begin: iloc0({1: [(0, begin)] * 9000})}, "larger than the file"),
        (
            {"locations": lambda begin: make_full_box("iloc", 0, 0, b"\0\0\0\1\0\1\0\0\xff\xff")},
            "without lengths",
        ),
        ({"associations": {1: [1]}}, "no property 'av1C'"),
        ({"associations": {1: [0x83]}}, "no property 'ispe'"),
        ({"associations": {1: [1, 1, 0x83]}}, "2 properties 'ispe'"),
        ({"associations": {1: [99]}}, "which ipco has not"),
    ],
)
def test_wrong_files(hand, change, message):
    for name, value in change.items():
        setattr(hand, name, value)
    with pytest.raises(BitstreamError, match=message):
        read_avif(hand.file())


@pytest.mark.parametrize("kind", [b"hvc1", b"iovl", b"jpeg"])
def test_other_image_types(hand, kind):
    hand.items = [(1, kind, b"")]
    with pytest.raises(UnsupportedFeature, match=f"image of item type '{kind.decode()}'"):
        read_avif(hand.file())


@pytest.mark.parametrize(
    "data", [b"", b"abc", b"\x89PNG\r\n\x1a\n" + bytes(50), make_box("ftyp", b"avif", bytes(4))]
)
def test_not_avif(data):
    with pytest.raises(BitstreamError):
        read_avif(data)
