"""The planes of a JPEG as they are in the file: 4:2:0 chroma is neither interpolated nor averaged.

libjpeg, which Pillow uses, decodes at half the size too. It then takes luma from 4x4 coefficients of each
block, and 4:2:0 chroma, which has that size already, from all of them: the file's own chroma samples.
"""

from typing import IO

import numpy as np
from PIL import Image, JpegImagePlugin

from cfl.errors import FrameError

_SUBSAMPLINGS = {(1, 1): "4:4:4", (2, 1): "4:2:2", (2, 2): "4:2:0"}


def is_ycbcr(image: Image.Image) -> bool:
    """Return whether the image is a JPEG that holds YCbCr (which is BT.601 in full range)."""
    return (
        isinstance(image, JpegImagePlugin.JpegImageFile)
        and image.mode == "RGB"
        and image.info.get("adobe_transform", 1) == 1
        and [layer[0] for layer in image.layer] != list(b"RGB")
    )


def own_subsampling(image: Image.Image) -> str | None:
    """Return the subsampling of a JPEG of YCbCr or gray; None for another, or one that AV1 has not."""
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return None
    if image.mode == "L":
        return "4:0:0"
    if not is_ycbcr(image):
        return None
    (_, wide, high, _), *chroma = image.layer
    if any(layer[1:3] != (1, 1) for layer in chroma):
        return "4:4:4" if all(layer[1:3] == (wide, high) for layer in chroma) else None
    return _SUBSAMPLINGS.get((wide, high))


def planes_of_420(file: IO[bytes]) -> list[np.ndarray]:
    """Return Y, Cb and Cr of a 4:2:0 JPEG."""
    luma, half = _decoded(file, whole=True), _decoded(file, whole=False)
    height, width = luma.shape[:2]
    if half.shape[:2] != ((height + 1) // 2, (width + 1) // 2):
        raise FrameError(f"libjpeg gives chroma of {half.shape[1]}x{half.shape[0]} for {width}x{height}")
    return [np.ascontiguousarray(plane) for plane in (luma[..., 0], half[..., 1], half[..., 2])]


def planes_of_422(file: IO[bytes]) -> list[np.ndarray] | None:
    """Return Y, Cb and Cr of a 4:2:2 JPEG as FFmpeg decodes them; None without PyAV."""
    try:
        import av
    except ImportError:
        return None
    file.seek(0)
    with av.open(file, mode="r", metadata_errors="replace") as container:
        picture = next(container.decode(video=0))
        if picture.format.name != "yuvj422p":
            return None
        return [
            np.frombuffer(memoryview(plane), np.uint8)
            .reshape(plane.height, plane.line_size)[:, : plane.width]
            .copy()
            for plane in picture.planes
        ]


def _decoded(file: IO[bytes], whole: bool) -> np.ndarray:
    file.seek(0)
    with Image.open(file, formats=["JPEG"]) as image:
        share = 1 if whole else 2
        image.draft("YCbCr", (image.width / share, image.height / share))  # type: ignore[arg-type]
        return np.asarray(image)
