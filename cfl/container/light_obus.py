"""Metadata OBUs of the light that a stream is meant for: HDR CLL and HDR MDCV (AV1 specification 5.8)."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from cfl.av1.headers.bits import BitFields, BitWriter
from cfl.av1.headers.obu import OBU_METADATA, Obu, ObuHeader, encode_obu
from cfl.errors import BitstreamError
from cfl.frames import ContentLight, MasteringDisplay
from cfl.remarks import remark

_HDR_CLL, _HDR_MDCV = 1, 2
"""Values of metadata_type (6.7.1)."""
_CHROMATICITY = Fraction(1 << 16, 50_000)
"""Units of AV1, 1/65536, in one of `MasteringDisplay`."""
_BRIGHTEST = Fraction(1 << 8, 10_000)
"""Units of luminance_max, 1/256 cd/m², in one of `MasteringDisplay`; likewise of luminance_min, 1/16384."""
_DARKEST = Fraction(1 << 14, 10_000)


class StreamLight:
    """What the metadata OBUs of a stream have said so far."""

    def __init__(self) -> None:
        self.content: ContentLight | None = None
        self.display: MasteringDisplay | None = None

    def watch(self, obus: Iterable[Obu]) -> Iterator[Obu]:
        """Yield the OBUs, and note what they say. One that is damaged is left out, with a warning."""
        for obu in obus:
            if obu.header.obu_type == OBU_METADATA:
                try:
                    self._note(obu)
                except BitstreamError:
                    remark("a metadata OBU is damaged and is left out")
            yield obu

    def _note(self, obu: Obu) -> None:
        io = obu.reader()
        kind = io.leb128()
        if kind == _HDR_CLL:
            self.content = _content_light(io)
        elif kind == _HDR_MDCV:
            self.display = _mastering_display(io)


def light_obus(content: ContentLight | None, display: MasteringDisplay | None) -> bytes:
    """Return the metadata OBUs of what is known; they belong between sequence header and frame."""
    data = b""
    if content is not None:
        io = _begun(_HDR_CLL)
        _content_light(io, content)
        data += _ended(io)
    if display is not None:
        io = _begun(_HDR_MDCV)
        _mastering_display(io, display)
        data += _ended(io)
    return data


def _begun(kind: int) -> BitWriter:
    io = BitWriter()
    io.leb128(kind)
    return io


def _ended(io: BitWriter) -> bytes:
    io.f(8, 0x80)  # trailing_bits
    return encode_obu(ObuHeader(OBU_METADATA), io.getvalue())


def _content_light(io: BitFields, light: ContentLight | None = None) -> ContentLight:
    """Read or write metadata_hdr_cll (5.8.3)."""
    brightest, mean = light or (0, 0)
    return ContentLight(io.f(16, brightest), io.f(16, mean))


def _mastering_display(io: BitFields, display: MasteringDisplay | None = None) -> MasteringDisplay:
    """Read or write metadata_hdr_mdcv (5.8.4), whose units differ from those of `MasteringDisplay`."""
    origin = 0, 0
    red, green, blue, white, brightest, darkest = display or (origin, origin, origin, origin, 0, 0)
    return MasteringDisplay(
        _point(io, red),
        _point(io, green),
        _point(io, blue),
        _point(io, white),
        _field(io, 32, brightest, _BRIGHTEST),
        _field(io, 32, darkest, _DARKEST),
    )


def _point(io: BitFields, xy: tuple[int, int]) -> tuple[int, int]:
    return _field(io, 16, xy[0], _CHROMATICITY), _field(io, 16, xy[1], _CHROMATICITY)


def _field(io: BitFields, bits: int, value: int, unit: Fraction) -> int:
    """A value in a field of AV1's unit, rounded to nearest, and at most the largest of `bits` bits."""
    top = (1 << bits) - 1
    return min(round(io.f(bits, min(round(value * unit), top)) / unit), top)
