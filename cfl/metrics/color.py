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
    from cfl.frames import frame_to_rgb

    check_same_geometry(reference, test)
    difference = ciede2000_of_rgb(frame_to_rgb(reference), frame_to_rgb(test), reference.bit_depth)
    assert difference is not None  # as it is only where weights are 0
    return difference


def ciede2000_of_rgb(
    reference: np.ndarray, test: np.ndarray, bit_depth: int, weights: np.ndarray | None = None
) -> CIEDE2000 | None:
    """Return the mean CIEDE2000 difference of two RGB pictures, taken as sRGB.

    Parameters
    ----------
    reference : (height, width, 3) uint8 or uint16 array
        The original, in full range.
    test : (height, width, 3) uint8 or uint16 array
        Of the same shape.
    bit_depth : int
        Bits of a sample.
    weights : (height, width) array, optional
        What each pixel weighs in the mean; equal by default.

    Returns
    -------
    difference : CIEDE2000, optional
        None where all weights are 0.
    """
    from skimage.color import deltaE_ciede2000, rgb2lab

    peak = (1 << bit_depth) - 1
    total = mass = 0.0
    for start, stop in strips(*reference.shape[:2]):
        labs = (rgb2lab(rgb[start:stop] / peak) for rgb in (reference, test))
        differences = deltaE_ciede2000(*labs)
        here = np.ones(differences.shape) if weights is None else weights[start:stop]
        total += float(np.sum(differences * here))
        mass += float(np.sum(here, dtype=np.float64))
    if not mass:
        return None
    mean = total / mass
    return CIEDE2000(mean, ciede2000_db(mean))
