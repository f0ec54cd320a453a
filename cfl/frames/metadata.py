"""ICC profiles, Exif and XMP as bytes: what they are, and whether they suit a picture."""

from cfl.frames.frame import Frame
from cfl.remarks import remark

_ICC_HEADER = 128
_ICC_SIGNATURE = slice(36, 40)
_ICC_SPACE = slice(16, 20)
_TIFF_MAGIC = (b"II*\0", b"MM\0*")
_EXIF_PREFIX = b"Exif\0\0"
_GPS = 0x8825
_USUAL_PRIMARIES, _USUAL_TRANSFERS, _USUAL_MATRICES = (1, 2), (1, 2, 6, 13, 14, 15), (2, 5, 6)
"""Colour that is shown nearly as meant where nothing is known of it."""


def is_exif(exif: bytes) -> bool:
    """Return whether Exif, from the TIFF header on, begins as TIFF does."""
    return len(exif) >= 8 and exif[:4] in _TIFF_MAGIC


def icc_space(icc: bytes) -> str | None:
    """Return the colour space of an ICC profile, such as "RGB", "GRAY", "CMYK"; None if it is no profile."""
    if len(icc) < _ICC_HEADER or icc[_ICC_SIGNATURE] != b"acsp":
        return None
    return icc[_ICC_SPACE].decode("latin-1").strip()


def fitting(frame: Frame) -> Frame:
    """Return the frame without what must not be written with such a picture; a warning says what that is.

    An ICC profile has to be of RGB for a picture with chroma, of GRAY for one without (PNG-3, 11.3.2.3), and
    Exif has to begin as TIFF does. Without its profile a picture of unknown colour counts as sRGB.
    """
    if frame.icc is not None:
        wanted, found = "GRAY" if frame.u is None else "RGB", icc_space(frame.icc)
        if found != wanted:
            frame = _without_icc(frame, found, wanted)
    if frame.exif is not None and not is_exif(frame.exif):
        remark("Exif is damaged and is dropped")
        frame = frame.replace(exif=None)
    if frame.exif is not None and has_place(frame.exif):
        remark("the Exif that is kept tells where the picture was taken (GPS)")
    return frame


def say_what_is_dropped(
    frame: Frame,
    kind: str,
    *,
    keeps_alpha: bool = False,
    has_cicp: bool = False,
    keeps_light: bool = False,
    keeps_shape: bool = False,
) -> None:
    """Warn of what a frame has and a file of this kind has no place for.

    Light is content light level and mastering display, shape that of pixels.
    """
    wide, high = frame.pixel_aspect or (1, 1)
    known = {
        "alpha": frame.alpha is not None and not keeps_alpha,
        "the ICC profile": frame.icc is not None,
        "Exif": frame.exif is not None,
        "XMP": frame.xmp is not None,
        "the content light level": frame.content_light is not None and not keeps_light,
        "the mastering display": frame.mastering_display is not None and not keeps_light,
        f"the shape of pixels ({wide}:{high})": wide != high and not keeps_shape,
    }
    lost = [name for name, is_there in known.items() if is_there]
    codes = frame.color_primaries, frame.transfer_characteristics, frame.matrix_coefficients
    usual = codes[0] in _USUAL_PRIMARIES and codes[1] in _USUAL_TRANSFERS and codes[2] in _USUAL_MATRICES
    if not has_cicp and not usual:
        cicp = "/".join(map(str, codes))
        lost.append(f"the colour description (--cicp {cicp} tells it to cfl encode)")
    if lost:
        remark(f"{kind} has no place for it: {', '.join(lost)} {'is' if len(lost) == 1 else 'are'} dropped")


def _without_icc(frame: Frame, found: str | None, wanted: str) -> Frame:
    """The frame without a profile that does not suit it."""
    kind = "damaged" if found is None else f"of {found}, the picture {wanted}"
    unknown = frame.color_primaries == frame.transfer_characteristics == 2
    counts = ", and the colours count as sRGB" if unknown else ""
    remark(f"the ICC profile is {kind}: it is dropped{counts}")
    colour = {"color_primaries": 1, "transfer_characteristics": 13} if unknown else {}
    return frame.replace(icc=None, **colour)


def has_place(exif: bytes) -> bool:
    """Return whether Exif tells where the picture was taken."""
    from PIL import Image

    parsed = Image.Exif()
    try:
        parsed.load(_EXIF_PREFIX + exif)
        return bool(parsed.get_ifd(_GPS))
    except Exception:  # Pillow's reader raises nearly anything on damaged Exif, which then tells no place
        return False
