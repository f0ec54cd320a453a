"""What the caller says of frames: their colour, and what of their metadata is to go."""

import io
import re
from collections.abc import Iterable, Iterator

from cfl.errors import FrameError
from cfl.frames.frame import Frame
from cfl.remarks import remark

STRIPPED = ("exif", "xmp", "icc")
_CICP = re.compile(r"(\d{1,3})/(\d{1,3})/(\d{1,3})", re.ASCII)
_UNKNOWN = 2


def parse_cicp(words: str) -> tuple[int, int, int]:
    """Return primaries, transfer and matrix of "P/T/M", as avifenc takes them.

    Raises
    ------
    FrameError
        It is not of this form, or a number is above 255.
    """
    found = _CICP.fullmatch(words)
    codes = [int(code) for code in found.groups()] if found else []
    if not codes or max(codes) > 255:
        raise FrameError(f"CICP {words!r} is not of the form P/T/M, such as 1/13/6, with numbers up to 255")
    return codes[0], codes[1], codes[2]


def with_cicp(frames: Iterable[Frame], primaries: int, transfer: int) -> Iterator[Frame]:
    """Yield the frames with these primaries and transfer; a warning says what of the file is overridden.

    The samples stay. An ICC profile, which would go before them, is dropped.
    """
    for index, frame in enumerate(frames):
        if index == 0:
            _say_what_is_overridden(frame, primaries, transfer)
        yield frame.replace(color_primaries=primaries, transfer_characteristics=transfer, icc=None)


def _say_what_is_overridden(frame: Frame, primaries: int, transfer: int) -> None:
    old = frame.color_primaries, frame.transfer_characteristics
    known = [value for value in old if value != _UNKNOWN]
    if frame.icc is not None:
        remark("--cicp overrides the ICC profile, which is dropped")
    elif known and old != (primaries, transfer):
        remark(f"--cicp {primaries}/{transfer} overrides primaries and transfer {old[0]}/{old[1]}")


def stripped(frames: Iterable[Frame], kinds: Iterable[str]) -> Iterator[Frame]:
    """Yield the frames without some metadata.

    Parameters
    ----------
    frames : iterable of Frame
    kinds : iterable of {"exif", "xmp", "icc", "all"}
        Without its profile, a picture of unknown colour is labelled sRGB if that is what the profile is.
    """
    names = set(kinds)
    if "all" in names:
        names = set(STRIPPED)
    for frame in frames:
        changes: dict[str, object] = dict.fromkeys(names)
        if "icc" in names and frame.icc is not None and frame.color_primaries == _UNKNOWN:
            if _is_srgb(frame.icc):
                changes |= {"color_primaries": 1, "transfer_characteristics": 13}
            else:
                remark("without its ICC profile the picture's colours are unknown (--cicp tells them)")
        yield frame.replace(**changes)


def _is_srgb(icc: bytes) -> bool:
    """Whether the description of a profile begins with sRGB."""
    from PIL import ImageCms

    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        return ImageCms.getProfileDescription(profile).startswith("sRGB")
    except (OSError, ImageCms.PyCMSError):
        return False
