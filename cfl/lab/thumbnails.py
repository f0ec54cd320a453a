"""Small pictures of a prediction and of its residual, as data URLs."""

import base64
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cfl.errors import CflError
from cfl.frames import Frame, frame_to_rgb
from cfl.lab.block_names import is_size, label_of
from cfl.lab.picture_list import content_key, contents

WIDTH = 240
AMPLIFIED = 4
"""Times that residuals are shown."""


class Shown(NamedTuple):
    """A predictor's pictures: data URLs."""

    prediction: str
    residual: str


class NotShown(CflError):  # noqa: N818 - an outcome
    """The picture or the predictor is not there any more."""


def thumbnails(
    picture: str, key: str, predictors: Sequence[str], *, block: str, quality: int | None, decoded: str
) -> dict[str, Shown | str]:
    """The prediction of a picture's first frame by each predictor, and what it leaves, or why not.

    Parameters
    ----------
    picture, key : str
        Its name, and the hash of its content.
    predictors : sequence of str
    block, quality, decoded
        As in the results.

    Raises
    ------
    NotShown
        The picture cannot be read, or is another one now.
    """
    from cfl.reading import read

    try:
        if content_key(picture) != key:
            raise NotShown("the picture has changed since")
        frame = read(contents(picture))
        seen = _seen(frame, quality, decoded)
    except (CflError, OSError) as error:
        raise NotShown(str(error)) from error
    return {name: _shown_or_why(frame, name, block, quality, seen) for name in predictors}


def _shown_or_why(frame: Frame, name: str, block: str, quality: int | None, seen: Frame) -> Shown | str:
    try:
        return _shown(frame, name, block, quality, seen)
    except CflError as error:
        return str(error)


def _seen(frame: Frame, quality: int | None, decoded: str) -> Frame:
    """What predictors see: as in the run, but the source where that was a file."""
    from cfl.lab.predictor_runs import RECONSTRUCTION, is_named
    from cfl.lab.rate import reconstruct

    if quality is None or decoded == "source" or not is_named(decoded):
        return frame
    return reconstruct(frame, quality if decoded == RECONSTRUCTION else int(decoded[1:]))


def _shown(frame: Frame, name: str, block: str, quality: int | None, seen: Frame) -> Shown:
    from cfl.lab.evaluation import predict

    if not (is_size(block) or block == "auto"):
        raise NotShown(f"its blocks are those of {label_of(block)}, which a report does not read")
    size: Any = int(block) if block.isdigit() else block
    predicted = predict(frame, name, block=size, quality=quality, decoded=seen)
    predicted = predicted.replace(alpha=None, premultiplied=False)
    gray = 1 << (frame.bit_depth - 1)
    u, v = (
        np.clip(gray + AMPLIFIED * (source.astype(np.int64) - plane), 0, 2 * gray - 1).astype(source.dtype)
        for source, plane in zip(frame.planes[1:], predicted.planes[1:], strict=True)
    )
    flat = predicted.replace(y=np.full_like(frame.y, gray), u=u, v=v)
    return Shown(_url(predicted), _url(flat))


def _url(frame: Frame) -> str:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(frame_to_rgb(frame, 8)[..., :3]))
    image.thumbnail((WIDTH, 2 * WIDTH))
    file = io.BytesIO()
    image.save(file, "WEBP", quality=75, method=4)
    return "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
