"""CIEDE2000: colour difference as people see it."""

from typing import NamedTuple

import numpy as np

from cfl.frames.frame import Frame
from cfl.metrics.decibels import ciede2000_db
from cfl.metrics.planes import check_same_geometry
from cfl.metrics.strips import strips


class CIEDE2000(NamedTuple):
    """Colour difference of two pictures.

    Attributes
    ----------
    mean : float
        Mean ΔE₀₀ over the pixels; 0 for identical pictures, about 1 where just noticeable.
    db : float
        −20 · log10(mean / 100), in dB, as AV1 developers report it. Larger is better; infinite for identical
        pictures.

    See Also
    --------
    ciede2000 : Computes it.

    Examples
    --------
    >>> from cfl.metrics import CIEDE2000
    >>> CIEDE2000(mean=1.0, db=40.0).db
    40.0
    """

    mean: float
    db: float


def ciede2000(reference: Frame, test: Frame) -> CIEDE2000:
    """Return the mean CIEDE2000 colour difference of two frames.

    Each frame is converted to RGB with its own matrix and range, and from there to CIELAB as if it were sRGB
    with a D65 white, whatever its primaries and transfer function. Pixels are compared one by one, in
    float64.

    Parameters
    ----------
    reference : Frame
        The original.
    test : Frame
        Of the same size, subsampling and bit depth.

    Returns
    -------
    difference : CIEDE2000
        Mean ΔE₀₀, and the same in dB.

    Raises
    ------
    FrameError
        The frames differ in size, subsampling or bit depth.
    UnsupportedFeature
        A frame's matrix cannot be converted to RGB.

    See Also
    --------
    measure : All metrics in one.

    References
    ----------
    .. [1] Sharma, G., W. Wu and E. N. Dalal, "The CIEDE2000 color-difference formula: implementation notes,
           supplementary test data, and mathematical observations", Color Research & Application 30 (1), 2005.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> gray = cfl.rgb_to_frame(np.full((8, 8, 3), 128, np.uint8))
    >>> pink = cfl.rgb_to_frame(np.full((8, 8, 3), [138, 128, 128], np.uint8))
    >>> difference = cfl.metrics.ciede2000(gray, pink)
    >>> round(difference.mean, 1), round(difference.db, 1)
    (5.1, 25.8)
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
    return CIEDE2000(mean, ciede2000_db(mean))
