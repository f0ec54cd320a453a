"""Animated GIF and WebP, with Pillow."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from cfl.errors import FrameError
from cfl.frames.frame import Frame
from cfl.frames.metadata import say_what_is_dropped
from cfl.frames.picture_durations import FOREVER
from cfl.frames.shown import shown_bands, shown_size
from cfl.remarks import remark

if TYPE_CHECKING:
    from PIL import Image

ANIMATED = {"gif": "GIF", "webp": "WEBP"}
"""Pillow's names of the formats, by endings."""
_MAX_SIDE = {"GIF": 65535, "WEBP": 16383}
_BAND = 512


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
        At least one. Alpha, ICC profile and XMP are kept where the format has a place for them.
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
        height, width = shown_size(frame)
        if max(height, width) > _MAX_SIDE[name]:
            raise FrameError(f"a {name} file cannot be {width}x{height}")
        say_what_is_dropped(frame.replace(alpha=None, premultiplied=False), name, has_cicp=True)
        if frame.bit_depth > 8:
            remark(f"{frame.bit_depth} bits a sample become 8: {name} files are written so")
        if name == "GIF":
            remark("GIF has 256 colours a frame, and a pixel is opaque or transparent")
        yield from chain([frame], frames)


def _image(frame: Frame, name: str) -> "Image.Image":
    from PIL import Image

    samples = np.concatenate(list(shown_bands(frame, 8, _BAND)))
    image = Image.fromarray(samples[..., 0] if samples.shape[2] == 1 else samples)
    return image.convert("RGBA" if "A" in image.getbands() else "RGB") if name == "WEBP" else image
