"""Images of Pillow that a program holds, which need not come from a file."""

import numpy as np
from PIL import Image

from cfl.frames._input import ReadOptions
from cfl.frames.colour import rgb_to_frame
from cfl.frames.frame import Frame
from cfl.frames.picture import NOT_RGB, samples_of
from cfl.frames.picture_metadata import picture_metadata, upright_image


def frame_of_image(image: Image.Image, *, keep_rgb: bool = False) -> Frame:
    """Return an image of Pillow as a frame, upright, with alpha, ICC profile, Exif and XMP.

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
    upright = upright_image(image)
    samples = samples_of(upright, colour=False)
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
    colour = (2, 2) if icc else (1, 13)
    return frame.replace(
        color_primaries=colour[0],
        transfer_characteristics=colour[1],
        icc=icc,
        exif=found.exif,
        xmp=found.xmp,
    )
