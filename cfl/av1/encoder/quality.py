"""The scale of quality that users know from avifenc and Pillow, as quantizer indices."""

import numpy as np

from cfl.av1.tunes import IQ, PSNR, tune_settings
from cfl.errors import FrameError

_LAST = {61: 244, 62: 249, 63: 255}
_PIXELS = {"4:0:0": 1, "4:2:0": 4, "4:2:2": 2, "4:4:4": 1}
"""Pixels that show a sample of chroma."""

_IQ_QUALITIES = 0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100
_IQ_INDICES = 255, 191, 174, 157, 136, 112, 87, 62, 42, 24, 14, 1
"""With these indices pictures have the SSIMULACRA 2 of libaom 3.14.1 tuned for iq, at speed 6: in the mean
over twelve of Kodak and four of `images/`, of 384x384. The scale ends where the quantizers end."""

CHROMA_WEIGHT = 1.25
"""What a squared error of chroma counts as, next to one of luma, in each pixel that shows it.

So in 4:2:0 a squared error of a sample counts five times as much. Measured on crops of Kodak, other weights
of a sample take this much more rate, in per cent, at equal PSNR of all planes (6:1:1) and at equal CIEDE2000:

    4:2:0   3 instead of 5, with quantizers finer by 12 of 128 instead of 4    0.0   1.4
    4:2:2   1 instead of 2.5                                                   0.4   9
    4:4:4   1 instead of 1.25                                                  0     2
"""


def qindex_of_quality(quality: int, tune: str = PSNR) -> int:
    """base_q_idx for a quality of 0 to 100.

    Parameters
    ----------
    quality : int
        0…100. 100 is the finest quantizer, but not lossless.
    tune : {"psnr", "iq"}, optional
        What the encoder aims at.

    Returns
    -------
    int
        1…255.

    Raises
    ------
    FrameError
        `quality` is out of range.

    Notes
    -----
    For "psnr", libavif maps the quality to one of 64 quantizers, ``(63 (100 - quality) + 50) // 100``, and
    libaom maps that to an index: four times the quantizer, except for the three coarsest. So quality 60 is
    index 100, and 90 is 24. Streams of both have these indices in their headers, whatever the content.

    For "iq", a quality looks like that of libavif with libaom's ``tune=iq``, by SSIMULACRA 2. So quality 60
    is index 87.
    """
    if not 0 <= quality <= 100:
        raise FrameError(f"quality is {quality}, not 0 to 100")
    if tune == IQ:
        return round(float(np.interp(quality, _IQ_QUALITIES, _IQ_INDICES)))
    quantizer = (63 * (100 - quality) + 50) // 100
    return max(_LAST.get(quantizer, 4 * quantizer), 1)


def chroma_weight(subsampling: str) -> float:
    """What a squared error of a sample of chroma counts as, next to one of luma.

    Parameters
    ----------
    subsampling : str
        "4:2:0" and so on.
    """
    return CHROMA_WEIGHT * _PIXELS[subsampling]


def chroma_delta_q(qindex: int, subsampling: str, tune: str = PSNR) -> int:
    """How much finer the quantizers of chroma are, as the difference of their indices from base_q_idx.

    Parameters
    ----------
    qindex : int
        base_q_idx, 0…255.
    subsampling : str
        "4:2:0" and so on.
    tune : {"psnr", "iq"}, optional
        What the encoder aims at.

    Returns
    -------
    int
        -16…0; 0 if chroma is not of 4:2:0.

    Notes
    -----
    Measured on crops of Kodak in 4:2:0, where squared errors of chroma count five times (`chroma_weight`):
    indices that are finer by 4 of 128 save 2 % of the rate at equal CIEDE2000, and 0.3 % at equal PSNR of all
    planes (6:1:1); "iq" has twice that. With more samples of chroma they would cost more.
    """
    finer = tune_settings(tune).chroma_finer
    return -round(finer * qindex / 128) if subsampling == "4:2:0" else 0
