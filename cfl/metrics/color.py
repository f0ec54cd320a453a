"""CIEDE2000: the colour difference that is seen."""

import math
from typing import NamedTuple

import numpy as np

from cfl.frames.frame import Frame
from cfl.metrics.planes import check_same_geometry
from cfl.metrics.strips import strips


class CIEDE2000(NamedTuple):
    """Colour difference of two pictures.

    Attributes
    ----------
    mean : float
        Mean ΔE₀₀ over the pixels; 0 where identical, about 1 where just noticeable.
    db : float
        −20 · log10(mean / 100), as AV1 developers give it: larger is better, infinite where identical.
    """

    mean: float
    db: float


def ciede2000(reference: Frame, test: Frame) -> CIEDE2000:
    """Mean CIEDE2000 colour difference of two frames.

    Each frame is made RGB with its own matrix and range, taken as sRGB (its primaries, transfer and D65
    white, whatever the frame's), made CIELAB and compared pixel by pixel, in float64.

    Parameters
    ----------
    reference, test : Frame
        Of one size, subsampling and bit depth.

    Returns
    -------
    CIEDE2000

    Raises
    ------
    FrameError
        The frames differ in size, subsampling or bit depth.

    References
    ----------
    .. [1] G. Sharma, W. Wu and E. N. Dalal, "The CIEDE2000 color-difference formula: implementation notes,
           supplementary test data, and mathematical observations", Color Research & Application 30 (1), 2005.
    """
    from skimage.color import deltaE_ciede2000, rgb2lab

    from cfl.frames import frame_to_rgb

    check_same_geometry(reference, test)
    pictures = frame_to_rgb(reference), frame_to_rgb(test)
    peak = (1 << reference.bit_depth) - 1
    total = 0.0
    for start, stop in strips(reference.height, reference.width):
        labs = (rgb2lab(rgb[start:stop] / peak) for rgb in pictures)
        total += float(np.sum(deltaE_ciede2000(*labs)))
    mean = total / (reference.height * reference.width)
    return CIEDE2000(mean, -20 * math.log10(mean / 100) if mean else math.inf)
