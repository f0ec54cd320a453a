"""Exif, XMP and ICC profile of a picture that Pillow has opened, wherever its format keeps them."""

from typing import Any, NamedTuple

from PIL import Image, ImageOps, PngImagePlugin, TiffImagePlugin

from cfl.frames.metadata import is_exif
from cfl.remarks import remark

_EXIF_PREFIX = b"Exif\0\0"
_XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
_RAW = "Raw profile type "
_GAIN_MAPS = b"hdrgm:Version", b"HDRGainMap"
"""In XMP: those of Adobe, Google and ISO 21496-1, and those of Apple."""
_TIFF_XMP, _TIFF_IPTC, _TIFF_PHOTOSHOP = 700, 33723, 34377
_SHORT_TAGS = (
    0x010D, 0x010E, 0x010F, 0x0110, 0x011D, 0x0131, 0x0132, 0x013B, 0x013C, 0x8298, 0x9C9B, 0x9C9C, 0x9C9D,
    0x9C9E, 0x9C9F,
)  # fmt: skip
"""Tags of a TIFF that describe the picture: name, description, maker, software, date, artist, copyright."""
_IFDS = (0x8769, 0x8825)
"""Exif's own directory and that of the place (GPS)."""
_ORIENTATION = 0x0112


class PictureMetadata(NamedTuple):
    """Metadata as a frame has them."""

    icc: bytes | None
    exif: bytes | None
    xmp: bytes | None


def orientation(image: Image.Image) -> int:
    """Return how Exif says that a picture lies, 1 to 8; 1, as it is, where that cannot be read.

    Pillow decodes a PNG to find its Exif, and raises for damaged samples only the first time.
    """
    if isinstance(image, PngImagePlugin.PngImageFile):
        image.load()
    try:
        found = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # Pillow's reader raises nearly anything on what is not Exif
        return 1
    return found if isinstance(found, int) and 1 <= found <= 8 else 1


def upright_image(image: Image.Image) -> Image.Image:
    """Return a picture turned as its Exif says, or a copy; Exif that cannot be read turns nothing."""
    if orientation(image) == 1:
        return image.copy()
    upright: Image.Image = ImageOps.exif_transpose(image)
    return upright


def picture_metadata(image: Image.Image, info: dict[Any, Any]) -> PictureMetadata:
    """Return what a picture carries; `info` is Pillow's of the upright picture."""
    raw = _raw_profiles(info)
    exif = info.get("exif") or raw.get("exif")
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        exif = exif or _exif_of_tiff(image)
    xmp = info.get("xmp") or info.get("XML:com.adobe.xmp") or raw.get("xmp")
    xmp = xmp.encode() if isinstance(xmp, str) else xmp or None
    exif = exif.removeprefix(_EXIF_PREFIX) if exif else None
    if exif is not None and not is_exif(exif):
        remark("Exif is damaged and is left out")
        exif = None
    if xmp is not None and any(mark in xmp for mark in _GAIN_MAPS):
        remark("the gain map is dropped; the picture is the one without it")
    return PictureMetadata(info.get("icc_profile") or raw.get("icc") or None, exif, xmp)


def jfif_aspect(info: dict[Any, Any]) -> tuple[int, int] | None:
    """Return width to height of a pixel from a JPEG's densities, if it is not square."""
    across, down = info.get("jfif_density", (0, 0))
    return (down, across) if across and down and across != down else None


def _raw_profiles(info: dict[Any, Any]) -> dict[str, bytes]:
    """What texts "Raw profile type …" of a PNG hold (ImageMagick), by "exif", "xmp" and "icc"."""
    found: dict[str, bytes] = {}
    for name, text in info.items():
        if isinstance(name, str) and name.startswith(_RAW) and isinstance(text, str):
            kind = name.removeprefix(_RAW).lower()
            try:
                data = raw_profile(text)
            except ValueError:
                remark(f"the PNG's text {name!r} is damaged and is left out")
                continue
            if data.startswith(_XMP_PREFIX):
                kind, data = "xmp", data.removeprefix(_XMP_PREFIX)
            found.setdefault({"app1": "exif", "icm": "icc"}.get(kind, kind), data)
    return found


def raw_profile(text: str) -> bytes:
    """Return the bytes of a PNG text "Raw profile type …": a line with its name, the length, then digits.

    Raises
    ------
    ValueError
        It is not of this form.
    """
    _, _, rest = text.lstrip().partition("\n")
    length, digits = rest.split(maxsplit=1)
    data = bytes.fromhex("".join(digits.split()))
    if len(data) != int(length):
        raise ValueError(f"{len(data)} bytes, not {length}")
    return data


def _exif_of_tiff(image: TiffImagePlugin.TiffImageFile) -> bytes | None:
    """Exif of the tags of a TIFF's directory that describe the picture."""
    own = image.getexif()
    exif = Image.Exif()
    for tag in _SHORT_TAGS:
        if tag in own:
            exif[tag] = own[tag]
    for tag in _IFDS:
        if directory := own.get_ifd(tag):
            exif.get_ifd(tag).update(directory)
    if not exif and not any(own.get_ifd(tag) for tag in _IFDS):
        return None
    return exif.tobytes()
