"""Images of Pillow that a program holds, which need not come from a file."""

import os
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from cfl.frames._input import ReadOptions
from cfl.frames.colour import rgb_to_frame
from cfl.frames.frame import Frame
from cfl.frames.picture import NOT_RGB, samples_of
from cfl.frames.picture_metadata import picture_metadata, upright_image
from cfl.frames.png_chunks import PER_UNIT, cicp_of, is_narrow, read_chunks, transparent_gray, widened_range


def frame_of_image(image: Image.Image, *, keep_rgb: bool = False) -> Frame:
    """Return an image of Pillow as a frame, upright, with alpha, colour, ICC profile, Exif and XMP.

    Parameters
    ----------
    image : PIL.Image.Image
        As the program has it: of an animation the picture that it is at.
    keep_rgb : bool, default False
        Keep RGB as RGB: matrix 0, 4:4:4. Else colour is 4:2:0 and gray 4:0:0.

    Raises
    ------
    FrameError
        It has floating-point samples, or more than 16 bits.
    """
    chunks = _chunks_of(image)
    if (gray := transparent_gray(chunks)) is not None and image.mode in ("1", "L"):
        image = image.copy()
        image.info["transparency"] = gray
    upright = upright_image(image)
    samples = samples_of(upright, colour=False)
    if is_narrow(chunks):
        samples = widened_range(samples)
    is_deep, is_gray = samples.dtype == np.uint16, samples.ndim == 2 or samples.shape[2] == 2
    options = ReadOptions(keep_rgb=keep_rgb).of_samples(is_gray=is_gray, is_deep=is_deep)
    is_rgb = options.matrix_coefficients == 0
    frame = rgb_to_frame(
        samples,
        bit_depth=options.bit_depth or (10 if is_deep else 8),
        subsampling="4:0:0" if is_gray else "4:4:4" if is_rgb else "4:2:0",
        matrix_coefficients=0 if is_rgb and not is_gray else 6,
    )
    found = picture_metadata(image, upright.info)
    icc = None if image.mode in NOT_RGB else found.icc
    primaries, transfer = cicp_of(chunks, icc is not None)
    return frame.replace(
        color_primaries=primaries,
        transfer_characteristics=transfer,
        icc=None if b"cICP" in chunks else icc,
        exif=found.exif,
        xmp=found.xmp,
    )


def _chunks_of(image: Image.Image) -> dict[bytes, bytes]:
    """What the PNG that an image comes from says of its colour: all of it while the image is the file's.

    Of an image made from that, such as a part of it, Pillow knows gAMA, cHRM and sRGB.
    """
    path = Path(os.fsdecode(getattr(image, "filename", "")))
    if isinstance(image, PngImagePlugin.PngImageFile) and path.is_file():
        return read_chunks(path)
    chunks: dict[bytes, bytes] = {}
    info = image.info
    if "gamma" in info:
        chunks[b"gAMA"] = round(info["gamma"] * PER_UNIT).to_bytes(4)
    if "chromaticity" in info:
        chunks[b"cHRM"] = b"".join(round(value * PER_UNIT).to_bytes(4) for value in info["chromaticity"])
    if "srgb" in info:
        chunks[b"sRGB"] = bytes(1)
    return chunks
