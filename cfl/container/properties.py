"""Item properties of AVIF: each box of `ipco` as a value.

Sources: AV1 in ISO-BMFF (av1C), AVIF 1.1 (a1op, a1lx), HEIF, ISO/IEC 23008-12 (ispe, pixi, irot, imir, auxC,
lsel), and ISO/IEC 14496-12 (colr, clap, pasp, clli, mdcv).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cfl.av1.headers.bits import BitFields, BitReader, BitWriter, Bytes
from cfl.container.boxes import Box, four_cc, full_box, make_box, string
from cfl.errors import BitstreamError
from cfl.frames import ContentLight, MasteringDisplay
from cfl.remarks import remark

ALPHA_URNS = (
    "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha",
    "urn:mpeg:hevc:2015:auxid:1",
)


@dataclass(slots=True)
class Av1Config:
    """The property av1C: the main values of the sequence header, and OBUs to put before those of the item.

    Parameters
    ----------
    seq_profile : int
        0 (Main), 1 (High) or 2 (Professional).
    seq_level_idx_0 : int
        Level of operating point 0, 0 to 31.
    seq_tier_0 : int
        Tier of operating point 0: 0 (Main) or 1 (High).
    high_bitdepth : int
        1 for more than 8 bits.
    twelve_bit : int
        1 for 12 bits.
    monochrome : int
        1 for no chroma.
    chroma_subsampling_x : int
        1 if chroma has half the columns.
    chroma_subsampling_y : int
        1 if chroma has half the rows.
    chroma_sample_position : int
        0 (unknown), 1 (vertical) or 2 (colocated).
    initial_presentation_delay_present : int
        1 if the next value holds.
    initial_presentation_delay_minus_one : int
        Samples to decode before the first is shown, less one.
    config_obus : bytes-like
        OBUs in the low-overhead format, usually a sequence header or nothing.

    See Also
    --------
    CodedImage : Has it as ``config``.

    References
    ----------
    .. [1] Alliance for Open Media, "AV1 Codec ISO Media File Format Binding", section 2.3.

    Examples
    --------
    >>> from cfl.container import Av1Config
    >>> config = Av1Config(seq_profile=1, high_bitdepth=1, chroma_subsampling_x=0, chroma_subsampling_y=0)
    >>> config.bit_depth, config.subsampling
    (10, '4:4:4')
    """

    seq_profile: int = 0
    seq_level_idx_0: int = 0
    seq_tier_0: int = 0
    high_bitdepth: int = 0
    twelve_bit: int = 0
    monochrome: int = 0
    chroma_subsampling_x: int = 1
    chroma_subsampling_y: int = 1
    chroma_sample_position: int = 0
    initial_presentation_delay_present: int = 0
    initial_presentation_delay_minus_one: int = 0
    config_obus: Bytes = b""

    @property
    def bit_depth(self) -> int:
        """Bits of a sample: 8, 10 or 12.

        Examples
        --------
        >>> from cfl.container import Av1Config
        >>> Av1Config().bit_depth, Av1Config(high_bitdepth=1, twelve_bit=1).bit_depth
        (8, 12)
        """
        return 12 if self.twelve_bit else 10 if self.high_bitdepth else 8

    @property
    def subsampling(self) -> str:
        """ "4:0:0", "4:2:0", "4:2:2" or "4:4:4".

        Examples
        --------
        >>> from cfl.container import Av1Config
        >>> Av1Config().subsampling, Av1Config(chroma_subsampling_y=0).subsampling
        ('4:2:0', '4:2:2')
        """
        if self.monochrome:
            return "4:0:0"
        if not self.chroma_subsampling_x:
            return "4:4:4"
        return "4:2:0" if self.chroma_subsampling_y else "4:2:2"


def av1_config(io: BitFields, config: Av1Config) -> None:
    """Read or write the payload of av1C."""
    io.check(io.f(1, 1) == 1, "av1C: its marker bit is 0")
    io.check(io.f(7, 1) == 1, "av1C: its version is not 1")
    config.seq_profile = io.f(3, config.seq_profile)
    config.seq_level_idx_0 = io.f(5, config.seq_level_idx_0)
    config.seq_tier_0 = io.f(1, config.seq_tier_0)
    config.high_bitdepth = io.f(1, config.high_bitdepth)
    config.twelve_bit = io.f(1, config.twelve_bit)
    config.monochrome = io.f(1, config.monochrome)
    config.chroma_subsampling_x = io.f(1, config.chroma_subsampling_x)
    config.chroma_subsampling_y = io.f(1, config.chroma_subsampling_y)
    config.chroma_sample_position = io.f(2, config.chroma_sample_position)
    io.f(3, 0)
    config.initial_presentation_delay_present = io.f(1, config.initial_presentation_delay_present)
    config.initial_presentation_delay_minus_one = io.f(4, config.initial_presentation_delay_minus_one)
    size = io.rest(len(config.config_obus))
    config.config_obus = io.byte_string(size, config.config_obus)


@dataclass(frozen=True, slots=True)
class Nclx:
    """The property colr of type nclx: colour as CICP code points (ITU-T H.273).

    Parameters
    ----------
    color_primaries : int
        Such as 1 for BT.709 and sRGB, 9 for BT.2020; 2 is unknown.
    transfer_characteristics : int
        Such as 13 for sRGB, 16 for PQ; 2 is unknown.
    matrix_coefficients : int
        Such as 6 for BT.601, 1 for BT.709, 0 for identity; 2 is unknown.
    full_range : bool
        Whether samples use the full range.

    See Also
    --------
    write_avif : Takes it.
    AvifFile : Has it as ``nclx``.

    Examples
    --------
    >>> from cfl.container import Nclx
    >>> Nclx(1, 13, 6, True)
    Nclx(color_primaries=1, transfer_characteristics=13, matrix_coefficients=6, full_range=True)
    """

    color_primaries: int
    transfer_characteristics: int
    matrix_coefficients: int
    full_range: bool


@dataclass(frozen=True, slots=True)
class CleanAperture:
    """The property clap: the part of the picture to show, in fractions of samples.

    Parameters
    ----------
    width : (int, int)
        Numerator and denominator of the width.
    height : (int, int)
        Numerator and denominator of the height.
    horizontal_offset : (int, int)
        From the centre of the picture to the centre of the part, as a fraction; positive to the right.
    vertical_offset : (int, int)
        From the centre of the picture to the centre of the part, as a fraction; positive downwards.

    See Also
    --------
    AvifFile : Has it as ``clap``.
    cfl.frames.Transforms : The same as whole samples from the top left corner.

    References
    ----------
    .. [1] ISO/IEC 14496-12, clean aperture box.

    Examples
    --------
    The left half of a picture that is 100 samples wide and 50 high:

    >>> from cfl.container import CleanAperture
    >>> CleanAperture((50, 1), (50, 1), (-25, 1), (0, 1)).width
    (50, 1)
    """

    width: tuple[int, int]
    height: tuple[int, int]
    horizontal_offset: tuple[int, int]
    vertical_offset: tuple[int, int]


def _av1c(io: BitReader) -> Av1Config:
    config = Av1Config()
    av1_config(io, config)
    config.config_obus = bytes(config.config_obus)
    return config


def _ispe(io: BitReader) -> tuple[int, int]:
    full_box(io, "ispe")
    width, height = io.f(32), io.f(32)
    io.check(width > 0 and height > 0, f"ispe: a picture of {width}x{height} does not exist")
    return width, height


def _pixi(io: BitReader) -> tuple[int, ...]:
    full_box(io, "pixi")
    return tuple(io.fields(io.f(8), 8))


def _colr(io: BitReader) -> Nclx | bytes | None:
    """An `Nclx`, an ICC profile, or None for a type that is neither."""
    colour_type = four_cc(io)
    if colour_type == "nclx":
        return Nclx(io.f(16), io.f(16), io.f(16), bool(io.f(1)))
    if colour_type in ("prof", "rICC"):
        return bytes(io.byte_string(io.rest()))
    return None


def _clap(io: BitReader) -> CleanAperture:
    width = io.f(32), io.f(32)
    height = io.f(32), io.f(32)
    horizontal = io.su(32), io.f(32)
    vertical = io.su(32), io.f(32)
    fractions = (width, height, horizontal, vertical)
    io.check(all(fraction[1] > 0 for fraction in fractions), "clap: a denominator is 0")
    return CleanAperture(*fractions)


def _irot(io: BitReader) -> int:
    io.f(6)
    return io.f(2)


def _imir(io: BitReader) -> int:
    io.f(7)
    return io.f(1)


def _auxc(io: BitReader) -> str:
    full_box(io, "auxC")
    return string(io)


def _auxi(io: BitReader) -> str:
    full_box(io, "auxi")
    return string(io)


def _pasp(io: BitReader) -> tuple[int, int]:
    spacing = io.f(32), io.f(32)
    io.check(min(spacing) > 0, "pasp: a spacing is 0")
    return spacing


def _clli(io: BitReader) -> ContentLight:
    return ContentLight(io.f(16), io.f(16))


def _mdcv(io: BitReader) -> MasteringDisplay:
    """The order is that of the SEI message of HEVC: green, blue, red, white."""
    green, blue, red, white = ((io.f(16), io.f(16)) for _ in range(4))
    return MasteringDisplay(red, green, blue, white, io.f(32), io.f(32))


def _a1op(io: BitReader) -> int:
    op_index = io.f(8)
    io.check(op_index < 32, f"a1op: operating point {op_index} is not below 32")
    return op_index


def _a1lx(io: BitReader) -> tuple[int, ...]:
    io.f(7)
    bits = 32 if io.f(1) else 16
    return tuple(io.fields(3, bits))


def _lsel(io: BitReader) -> int:
    return io.f(16)


PARSERS: dict[str, Callable[[BitReader], Any]] = {
    "av1C": _av1c,
    "ispe": _ispe,
    "pixi": _pixi,
    "colr": _colr,
    "clap": _clap,
    "irot": _irot,
    "imir": _imir,
    "auxC": _auxc,
    "auxi": _auxi,
    "pasp": _pasp,
    "clli": _clli,
    "mdcv": _mdcv,
    "a1op": _a1op,
    "a1lx": _a1lx,
    "lsel": _lsel,
}
"""Parsers by type of the box; properties of every other type are unknown here."""

_DESCRIPTIVE = ("pasp", "clli", "mdcv")
"""Properties of `PARSERS` that do not change the samples: damaged ones are left out."""
NOT_NEEDED = ("cclv", "amve", "udes", "altt", "crtt", "mdft", "ndwt", "reve")
"""Properties that describe and are not used here; they may be ignored even where they are essential."""


def parse_property(box: Box) -> Any:
    """The value of a property box; None where its type is unknown, or it only describes and is damaged."""
    parser = PARSERS.get(box.type)
    if parser is None:
        return None
    try:
        return parser(box.reader())
    except BitstreamError as error:
        if box.type not in _DESCRIPTIVE:
            raise
        remark(f"the property {box.type!r} is damaged and is left out: {error}")
        return None


def light_boxes(frame_light: ContentLight | None, display: MasteringDisplay | None) -> list[bytes]:
    """The properties clli and mdcv of what is known."""
    boxes = []
    if frame_light is not None:
        boxes.append(make_box("clli", b"".join(value.to_bytes(2) for value in frame_light)))
    if display is not None:
        points = display.green, display.blue, display.red, display.white
        packed = b"".join(value.to_bytes(2) for point in points for value in point)
        luminances = display.max_luminance.to_bytes(4) + display.min_luminance.to_bytes(4)
        boxes.append(make_box("mdcv", packed + luminances))
    return boxes


def av1_config_payload(config: Av1Config) -> bytes:
    """Return the payload of av1C."""
    io = BitWriter()
    av1_config(io, config)
    return io.getvalue()
