"""Write AVIF: one coded picture, its alpha, colour description and metadata (AVIF 1.1, MIAF)."""

from collections.abc import Iterable
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
class _NewItem:
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
    shown_as = _transform_properties(transforms, sequence)
    described = [(box, False) for box in light_boxes(content_light, mastering_display)]
    if pixel_aspect is not None:
        described.append((make_box("pasp", b"".join(value.to_bytes(4) for value in pixel_aspect)), False))
    properties = [*_image_properties(sequence), *_colour_properties(nclx, icc), *described, *shown_as]
    items = [_NewItem("av01", obus, "Color", properties=properties)]
    if alpha_obus is not None:
        urn = make_full_box("auxC", 0, 0, ALPHA_URNS[0].encode() + b"\0")
        alpha_sequence = alpha_sequence or _sequence(alpha_obus)
        properties = [*_image_properties(alpha_sequence), (urn, True), *shown_as]
        items.append(_NewItem("av01", alpha_obus, "Alpha", references=["auxl"], properties=properties))
    if exif is not None:
        items.append(_NewItem("Exif", _TIFF_OFFSET + exif, "Exif", references=["cdsc"]))
    if xmp is not None:
        items.append(_NewItem("mime", xmp, "XMP", content_type=XMP_TYPE, references=["cdsc"]))
    ftyp = make_box("ftyp", b"avif", bytes(4), _brands(sequence))
    # The offsets do not change a box's size, so the first meta measures where the data begin.
    premultiplied = premultiplied and alpha_obus is not None
    data_start = len(ftyp) + len(_meta(items, 0, premultiplied)) + len(make_box("mdat"))
    if data_start + sum(len(item.data) for item in items) >= 1 << 32:
        raise FrameError("an AVIF file of 4 GiB or more cannot be written")
    return ftyp + _meta(items, data_start, premultiplied) + make_box("mdat", *(item.data for item in items))


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


def _colour_properties(nclx: Nclx | None, icc: bytes | None) -> list[tuple[bytes, bool]]:
    properties = []
    if nclx is not None:
        codes = (nclx.color_primaries, nclx.transfer_characteristics, nclx.matrix_coefficients)
        packed = b"".join(code.to_bytes(2) for code in codes)
        properties.append((make_box("colr", b"nclx", packed, bytes([nclx.full_range << 7])), False))
    if icc is not None:
        properties.append((make_box("colr", b"prof", icc), False))
    return properties


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


def _brands(sequence: SequenceHeader) -> bytes:
    """Compatible brands; MA1B and MA1A are AVIF's baseline and advanced profile (AVIF 8.2 and 8.3)."""
    level = sequence.operating_points[0].seq_level_idx
    profile = b""
    if sequence.seq_profile == 0 and level <= _LEVEL_5_1:
        profile = b"MA1B"
    elif sequence.seq_profile <= 1 and level <= _LEVEL_6_0:
        profile = b"MA1A"
    return b"avifmif1miaf" + profile


def _meta(items: list[_NewItem], data_start: int, premultiplied: bool) -> bytes:
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


def _infes(items: list[_NewItem]) -> Iterable[bytes]:
    for item_id, item in enumerate(items, _PRIMARY_ID):
        content_type = item.content_type.encode() + b"\0" if item.content_type else b""
        names = item.name.encode() + b"\0" + content_type
        yield make_full_box("infe", 2, 0, item_id.to_bytes(2), bytes(2), item.item_type.encode(), names)


def _iref(items: list[_NewItem], premultiplied: bool) -> bytes:
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


def _iprp(items: list[_NewItem]) -> bytes:
    """Equal properties of several items are written once."""
    boxes = list(dict.fromkeys(box for item in items for box, _ in item.properties))
    with_properties = [(i, item) for i, item in enumerate(items, _PRIMARY_ID) if item.properties]
    body = bytearray(len(with_properties).to_bytes(4))
    for item_id, item in with_properties:
        body += item_id.to_bytes(2) + len(item.properties).to_bytes(1)
        body += bytes(essential << 7 | boxes.index(box) + 1 for box, essential in item.properties)
    return make_box("iprp", make_box("ipco", *boxes), make_full_box("ipma", 0, 0, body))
