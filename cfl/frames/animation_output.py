"""Animated GIF and WebP, with Pillow."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

from cfl.errors import FrameError
from cfl.frames.frame import Frame
from cfl.frames.metadata import say_what_is_dropped
from cfl.frames.picture_durations import FOREVER
from cfl.frames.pillow_image import check_side, pillow_image, say_bits
from cfl.remarks import remark

if TYPE_CHECKING:
    from PIL import Image

ANIMATED = {"gif": "GIF", "webp": "WEBP"}
"""Pillow's names of the formats, by endings."""


def write_pillow_animation(
    file: IO[bytes],
    frames: Iterable[Frame],
    durations: Fraction | list[Fraction],
    repetitions: int,
    kind: str,
) -> None:
    """Write frames as they are shown, in 8 bits, with their times.

    Parameters
    ----------
    file : binary file
        Open for writing.
    frames : iterable of Frame
        At least one. Alpha is kept; a warning says what is dropped.
    durations : Fraction or list of Fraction
        Seconds that every frame, or each, is shown. GIF has hundredths, WebP thousandths.
    repetitions : int
        How often it is shown again after the first time; -1: for ever.
    kind : {"gif", "webp"}
        WebP is lossless. GIF has 256 colours a frame, and a pixel is opaque or transparent.

    Raises
    ------
    FrameError
        There is no frame, or the format has no such size.
    """
    name = ANIMATED[kind]
    images = (_image(frame, name) for frame in _noted(frames, name))
    first = next(images, None)
    if first is None:
        raise FrameError("there are no frames to write")
    options: dict[str, Any] = {
        "duration": [round(1000 * duration) for duration in durations]
        if isinstance(durations, list)
        else round(1000 * durations)
    }
    if name == "WEBP":
        options |= {"lossless": True, "exact": True, "loop": 0 if repetitions == FOREVER else repetitions + 1}
    else:
        options["disposal"] = 2  # nothing of a frame stays under the next, which may be transparent there
        if repetitions != 0:
            options["loop"] = 0 if repetitions == FOREVER else repetitions
    first.save(file, name, save_all=True, append_images=images, **options)


def _noted(frames: Iterable[Frame], name: str) -> Iterator[Frame]:
    """The frames; what the first has and the format has not is said."""
    for frame in (frames := iter(frames)):
        check_side(frame, name)
        say_what_is_dropped(frame.replace(alpha=None, premultiplied=False), name, has_cicp=True)
        say_bits(frame, name)
        if name == "GIF":
            remark("GIF has 256 colours a frame, and a pixel is opaque or transparent")
        yield from chain([frame], frames)


def _image(frame: Frame, name: str) -> "Image.Image":
    image = pillow_image(frame)
    return image.convert("RGBA" if "A" in image.getbands() else "RGB") if name == "WEBP" else image
