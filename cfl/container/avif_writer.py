"""Write AVIF: one coded picture, its alpha, colour description and metadata (AVIF 1.1, MIAF)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cfl.av1.headers.bits import Bytes
from cfl.av1.headers.obu import OBU_SEQUENCE_HEADER, iter_obus
from cfl.av1.headers.sequence_header import SequenceHeader, sequence_header_obu
from cfl.container.avif import XMP_TYPE
from cfl.container.boxes import make_box, make_full_box
from cfl.container.iloc import make_iloc
from cfl.container.properties import ALPHA_URNS, Av1Config, Nclx, av1_config_payload, light_boxes
from cfl.errors import BitstreamError, FrameError
from cfl.frames import ContentLight, MasteringDisplay
from cfl.frames.transforms import AS_IT_IS, Transforms

_PRIMARY_ID = 1
_TIFF_OFFSET = bytes(4)
_LEVEL_5_1, _LEVEL_6_0 = 13, 16


@dataclass(slots=True)
class NewItem:
    """An item to write; `item_id` is its place in the file, from 1."""

    item_type: str
    data: Bytes
    name: str
    content_type: str = ""
    references: list[str] = field(default_factory=list)
    """Types of its references to the primary item."""
    properties: list[tuple[bytes, bool]] = field(default_factory=list)
    """(box, essential)"""


def write_avif(
    obus: Bytes,
    *,
    sequence: SequenceHeader | None = None,
    alpha_obus: Bytes | None = None,
    alpha_sequence: SequenceHeader | None = None,
    premultiplied: bool = False,
    nclx: Nclx | None = None,
    icc: bytes | None = None,
    exif: bytes | None = None,
    xmp: bytes | None = None,
    transforms: Transforms = AS_IT_IS,
    pixel_aspect: tuple[int, int] | None = None,
    content_light: ContentLight | None = None,
    mastering_display: MasteringDisplay | None = None,
) -> bytes:
    """Return an AVIF file of one coded picture.

    Parameters
    ----------
    obus : bytes-like
        The coded picture: a sequence header and the frame, each OBU with its size, without a temporal
        delimiter.
    sequence : SequenceHeader, optional
        That of `obus`; by default it is read from them.
    alpha_obus : bytes-like, optional
        The alpha plane: a monochrome picture of the same size, in full range.
    alpha_sequence : SequenceHeader, optional
        That of `alpha_obus`; by default it is read from them.
    premultiplied : bool, default False
        Whether the colours are multiplied by alpha.
    nclx : Nclx, optional
        The colour description. Without it nothing is written, and the one of the sequence header holds.
    icc : bytes, optional
        ICC profile.
    exif : bytes, optional
        Exif from the TIFF header on.
    xmp : bytes, optional
        XMP packet.
    transforms : Transforms, optional
        Crop, rotation and mirror to show the picture with.
    pixel_aspect : (int, int), optional
        Width to height of a pixel.
    content_light : ContentLight, optional
        How bright an HDR picture is.
    mastering_display : MasteringDisplay, optional
        The display that an HDR picture was made on.

    Returns
    -------
    data : bytes
        The whole file.

    Raises
    ------
    BitstreamError
        The OBUs have no sequence header.
    FrameError
        The file would have 4 GiB or more.

    See Also
    --------
    cfl.encode : Encode a frame as AVIF, metadata included.
    read_avif : The way back.

    References
    ----------
    .. [1] Alliance for Open Media, "AV1 Image File Format (AVIF)", version 1.1.0.

    Examples
    --------
    Put the picture of one file into another, with an XMP packet and turned by 90°:

    >>> import numpy as np
    >>> import cfl
    >>> data = cfl.encode(cfl.rgb_to_frame(np.zeros((16, 24, 3), np.uint8)), speed=10)
    >>> obus = cfl.container.read_avif(data).primary.data
    >>> quarter = cfl.frames.Transforms(turns=1)
    >>> turned = cfl.container.write_avif(obus, xmp=b"<x:xmpmeta/>", transforms=quarter)
    >>> file = cfl.container.read_avif(turned)
    >>> file.irot, file.xmp
    (1, b'<x:xmpmeta/>')
    """
    sequence = sequence or _sequence(obus)
    if alpha_obus is not None:
        alpha_sequence = alpha_sequence or _sequence(alpha_obus)
    shown_as = _transform_properties(transforms, sequence)
    described = (
        colour_boxes(nclx, icc)
        + light_boxes(content_light, mastering_display)
        + pixel_aspect_boxes(pixel_aspect)
    )
    items = picture_items((obus, sequence), (alpha_obus, alpha_sequence), described, shown_as, exif, xmp)
    ftyp = make_box("ftyp", b"avif", bytes(4), b"avifmif1miaf", profile_brand(sequence))
    # The offsets do not change a box's size, so the first meta measures where the data begin.
    premultiplied = premultiplied and alpha_obus is not None
    data_start = len(ftyp) + len(meta_box(items, 0, premultiplied)) + len(make_box("mdat"))
    check_size(data_start + sum(len(item.data) for item in items))
    return (
        ftyp + meta_box(items, data_start, premultiplied) + make_box("mdat", *(item.data for item in items))
    )


def check_size(size: int) -> None:
    """Raise `FrameError` for a file whose offsets do not fit 32 bits."""
    if size >= 1 << 32:
        raise FrameError("an AVIF file of 4 GiB or more cannot be written")


def picture_items(
    color: tuple[Bytes, SequenceHeader],
    alpha: tuple[Bytes | None, SequenceHeader | None],
    described: Iterable[bytes],
    shown_as: Sequence[tuple[bytes, bool]] = (),
    exif: bytes | None = None,
    xmp: bytes | None = None,
) -> list[NewItem]:
    """The items of a picture: colour, alpha and metadata, in the order of their data.

    Parameters
    ----------
    color : (bytes-like, SequenceHeader)
        OBUs and their sequence header.
    alpha : (bytes-like, SequenceHeader) or (None, None)
    described : iterable of bytes
        Boxes that describe the colour.
    shown_as : sequence of (bytes, bool), optional
        Properties of both: boxes, and whether they are essential.
    exif, xmp : bytes, optional
    """
    obus, sequence = color
    properties = [*_image_properties(sequence), *((box, False) for box in described), *shown_as]
    items = [NewItem("av01", obus, "Color", properties=properties)]
    alpha_obus, alpha_sequence = alpha
    if alpha_obus is not None and alpha_sequence is not None:
        urn = make_full_box("auxC", 0, 0, ALPHA_URNS[0].encode() + b"\0")
        properties = [*_image_properties(alpha_sequence), (urn, True), *shown_as]
        items.append(NewItem("av01", alpha_obus, "Alpha", references=["auxl"], properties=properties))
    if exif is not None:
        items.append(NewItem("Exif", _TIFF_OFFSET + exif, "Exif", references=["cdsc"]))
    if xmp is not None:
        items.append(NewItem("mime", xmp, "XMP", content_type=XMP_TYPE, references=["cdsc"]))
    return items


def _sequence(obus: Bytes) -> SequenceHeader:
    for obu in iter_obus(obus):
        if obu.header.obu_type == OBU_SEQUENCE_HEADER:
            sequence = SequenceHeader()
            sequence_header_obu(obu.reader(), sequence)
            return sequence
    raise BitstreamError("the OBUs have no sequence header")


def av1_config_of(sequence: SequenceHeader) -> Av1Config:
    """What av1C says of a sequence header."""
    color = sequence.color_config
    return Av1Config(
        seq_profile=sequence.seq_profile,
        seq_level_idx_0=sequence.operating_points[0].seq_level_idx,
        seq_tier_0=sequence.operating_points[0].seq_tier,
        high_bitdepth=color.high_bitdepth,
        twelve_bit=color.twelve_bit,
        monochrome=color.mono_chrome,
        chroma_subsampling_x=color.subsampling_x,
        chroma_subsampling_y=color.subsampling_y,
        chroma_sample_position=color.chroma_sample_position,
    )


def _image_properties(sequence: SequenceHeader) -> list[tuple[bytes, bool]]:
    color = sequence.color_config
    size = (sequence.max_frame_width_minus_1 + 1).to_bytes(4) + (
        sequence.max_frame_height_minus_1 + 1
    ).to_bytes(4)
    return [
        (make_full_box("ispe", 0, 0, size), False),
        (
            make_full_box("pixi", 0, 0, bytes([color.num_planes] + [color.bit_depth] * color.num_planes)),
            False,
        ),
        (make_box("av1C", av1_config_payload(av1_config_of(sequence))), True),
    ]


def colour_boxes(nclx: Nclx | None, icc: bytes | None) -> list[bytes]:
    """The boxes colr: code points and ICC profile."""
    boxes = []
    if nclx is not None:
        codes = (nclx.color_primaries, nclx.transfer_characteristics, nclx.matrix_coefficients)
        packed = b"".join(code.to_bytes(2) for code in codes)
        boxes.append(make_box("colr", b"nclx", packed, bytes([nclx.full_range << 7])))
    if icc is not None:
        boxes.append(make_box("colr", b"prof", icc))
    return boxes


def pixel_aspect_boxes(aspect: tuple[int, int] | None) -> list[bytes]:
    """The box pasp, if there is anything to say."""
    return [] if aspect is None else [make_box("pasp", b"".join(value.to_bytes(4) for value in aspect))]


def _transform_properties(transforms: Transforms, sequence: SequenceHeader) -> list[tuple[bytes, bool]]:
    """clap, irot and imir, in this order, which is that of their application (MIAF 7.3.6.7)."""
    properties = []
    if transforms.crop is not None:
        sides = sequence.max_frame_width_minus_1 + 1, sequence.max_frame_height_minus_1 + 1
        properties.append((make_box("clap", _clean_aperture(transforms.crop, *sides)), True))
    if transforms.turns:
        properties.append((make_box("irot", bytes([transforms.turns])), True))
    if transforms.mirror is not None:
        properties.append((make_box("imir", bytes([transforms.mirror])), True))
    return properties


def _clean_aperture(crop: tuple[int, int, int, int], width: int, height: int) -> bytes:
    """Width, height and the centre's offsets from the picture's, each as a fraction."""
    left, top, wide, high = crop
    fractions = (wide, 1), (high, 1), (2 * left + wide - width, 2), (2 * top + high - height, 2)
    return b"".join(
        numerator.to_bytes(4, signed=True) + denominator.to_bytes(4) for numerator, denominator in fractions
    )


def profile_brand(sequence: SequenceHeader) -> bytes:
    """The brand of AVIF's baseline or advanced profile (AVIF 8.2 and 8.3), if the stream is within one."""
    level = sequence.operating_points[0].seq_level_idx
    if sequence.seq_profile == 0 and level <= _LEVEL_5_1:
        return b"MA1B"
    return b"MA1A" if sequence.seq_profile <= 1 and level <= _LEVEL_6_0 else b""


def meta_box(items: list[NewItem], data_start: int, premultiplied: bool) -> bytes:
    """The box meta of items whose data follow each other from `data_start` on."""
    return make_full_box(
        "meta",
        0,
        0,
        make_full_box("hdlr", 0, 0, bytes(4), b"pict", bytes(12), b"\0"),
        make_full_box("pitm", 0, 0, _PRIMARY_ID.to_bytes(2)),
        make_iloc([len(item.data) for item in items], data_start, _PRIMARY_ID),
        make_full_box("iinf", 0, 0, len(items).to_bytes(2), *_infes(items)),
        _iref(items, premultiplied),
        _iprp(items),
    )


def metadata_box(items: list[NewItem], data_start: int) -> bytes:
    """The box meta of a track: items of metadata alone, whose data follow each other from `data_start` on."""
    return make_full_box(
        "meta",
        0,
        0,
        make_full_box("hdlr", 0, 0, bytes(4), b"pict", bytes(12), b"\0"),
        make_iloc([len(item.data) for item in items], data_start, _PRIMARY_ID),
        make_full_box("iinf", 0, 0, len(items).to_bytes(2), *_infes(items)),
    )


def _infes(items: list[NewItem]) -> Iterable[bytes]:
    for item_id, item in enumerate(items, _PRIMARY_ID):
        content_type = item.content_type.encode() + b"\0" if item.content_type else b""
        names = item.name.encode() + b"\0" + content_type
        yield make_full_box("infe", 2, 0, item_id.to_bytes(2), bytes(2), item.item_type.encode(), names)


def _iref(items: list[NewItem], premultiplied: bool) -> bytes:
    boxes = [
        _reference(kind, item_id, _PRIMARY_ID)
        for item_id, item in enumerate(items, _PRIMARY_ID)
        for kind in item.references
    ]
    if premultiplied:
        boxes.append(_reference("prem", _PRIMARY_ID, _PRIMARY_ID + 1))
    return make_full_box("iref", 0, 0, *boxes) if boxes else b""


def _reference(kind: str, from_id: int, to_id: int) -> bytes:
    return make_box(kind, from_id.to_bytes(2), (1).to_bytes(2), to_id.to_bytes(2))


def _iprp(items: list[NewItem]) -> bytes:
    """Equal properties of several items are written once."""
    boxes = list(dict.fromkeys(box for item in items for box, _ in item.properties))
    with_properties = [(i, item) for i, item in enumerate(items, _PRIMARY_ID) if item.properties]
    body = bytearray(len(with_properties).to_bytes(4))
    for item_id, item in with_properties:
        body += item_id.to_bytes(2) + len(item.properties).to_bytes(1)
        body += bytes(essential << 7 | boxes.index(box) + 1 for box, essential in item.properties)
    return make_box("iprp", make_box("ipco", *boxes), make_full_box("ipma", 0, 0, body))
