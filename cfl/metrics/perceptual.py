"""How alike two pictures look: SSIMULACRA 2."""

from functools import cache

import numpy as np

from cfl.errors import FrameError
from cfl.frames.frame import Frame, require_frame
from cfl.metrics.planes import check_same_geometry
from cfl.metrics.ssimulacra2_numbers import EXPONENT, POLYNOMIAL, SCALES, SIGMA, SMALLEST, WEIGHTS
from cfl.threads import each

BACKGROUNDS = 0.1, 0.9
"""What shows through alpha, as a share of white in the signal: the worse of the two scores counts."""
_BAND = 64
"""Rows that a thread works on at a time; fixed, so that sums do not depend on the number of threads."""


def ssimulacra2(reference: Frame, test: Frame, *, threads: int = 1) -> float:
    """Return the SSIMULACRA 2 score of two frames.

    Each frame is converted to RGB with its own matrix and range, and taken as sRGB. A score of 90 cannot be
    told from the original side by side, 70 is high quality, 50 medium, 30 low; it may be below 0.

    Parameters
    ----------
    reference : Frame
        The original.
    test : Frame
        Of the same size, subsampling and bit depth.
    threads : int, default 1
        Threads to use. The score does not depend on it.

    Returns
    -------
    score : float
        At most 100, which it is for equal pictures. With alpha, the lower of the scores on a dark and a light
        background.

    Raises
    ------
    FrameError
        The frames differ in size, subsampling or bit depth, or have fewer than 8 rows or columns.
    UnsupportedFeature
        A frame's matrix cannot be converted to RGB.

    See Also
    --------
    ciede2000 : Difference of colours alone.
    measure : All metrics in one.

    References
    ----------
    .. [1] Sneyers, J., "SSIMULACRA 2", https://github.com/cloudinary/ssimulacra2, version 2.1.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:32, :32]
    >>> rgb = np.stack([8 * column, 8 * row, 255 - 8 * column], axis=-1).astype(np.uint8)
    >>> frame = cfl.rgb_to_frame(rgb)
    >>> coded = cfl.read(cfl.encode(frame, speed=10, quality=20))
    >>> cfl.metrics.ssimulacra2(frame, frame), cfl.metrics.ssimulacra2(frame, coded) < 90
    (100.0, True)
    """
    from cfl.frames import frame_to_rgb

    require_frame("reference", reference)
    require_frame("test", test)
    check_same_geometry(reference, test)
    pictures = frame_to_rgb(reference), frame_to_rgb(test)
    alphas = [frame.alpha for frame in (reference, test)]
    if all(alpha is None for alpha in alphas):
        return ssimulacra2_of_rgb(pictures[0], pictures[1], reference.bit_depth, threads=threads)
    peak = (1 << reference.bit_depth) - 1
    shares = [np.ones(reference.y.shape) if alpha is None else alpha / peak for alpha in alphas]
    scores = []
    for background in BACKGROUNDS:
        one, two = (_linear_on(*pair, background, peak) for pair in zip(pictures, shares, strict=True))
        scores.append(_score(one, two, threads))
    return min(scores)


def ssimulacra2_of_rgb(reference: np.ndarray, test: np.ndarray, bit_depth: int, *, threads: int = 1) -> float:
    """The score of two RGB pictures, taken as sRGB: (height, width, 3) arrays of unsigned integers."""
    table = _curve(np.arange(1 << bit_depth) / ((1 << bit_depth) - 1)).astype(np.float32)
    one, two = (table[np.moveaxis(picture, 2, 0)] for picture in (reference, test))
    return _score(one, two, threads)


def _curve(signal: np.ndarray) -> np.ndarray:
    """The light of an sRGB signal, both from 0 to 1."""
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


def _linear_on(picture: np.ndarray, share: np.ndarray, background: float, peak: int) -> np.ndarray:
    """Linear RGB of a picture on a gray background; they are mixed as signals, as browsers do."""
    planes = [_curve(share * (picture[..., c] / peak) + (1 - share) * background) for c in range(3)]
    return np.stack(planes).astype(np.float32)


def _score(one: np.ndarray, two: np.ndarray, threads: int) -> float:
    """The score of linear RGB, (3, height, width) arrays of float32."""
    if min(one.shape[1:]) < SMALLEST:
        raise FrameError(f"SSIMULACRA 2 needs at least {SMALLEST} rows and columns")
    norms = [_norms(one, two, threads)]
    while len(norms) < SCALES and min(one.shape[1:]) > 2 * (SMALLEST - 1):
        one, two = _halved(one), _halved(two)
        norms.append(_norms(one, two, threads))
    weights = WEIGHTS.ravel()[: 18 * len(norms)].reshape(3, len(norms), 2, 3)
    first, linear, square, cube = POLYNOMIAL
    raw = first * float((weights * np.stack(norms, axis=1)).sum())
    raw = linear * raw + square * raw**2 + cube * raw**3
    return 100.0 - 10.0 * raw**EXPONENT if raw > 0 else 100.0


def _norms(one: np.ndarray, two: np.ndarray, threads: int) -> np.ndarray:
    """The 1-norm and 4-norm of the maps of each component, (3, 2, 3)."""
    from cfl.metrics.ssimulacra2_kernels import scale_sums

    height, width = one.shape[1:]

    def work(begin: int) -> np.ndarray:
        sums = np.empty((3, 2, 3))
        scale_sums(one, two, begin, min(begin + _BAND, height), _taps(), sums)
        return sums

    means = np.sum(each(work, range(0, height, _BAND), threads), axis=0) / (height * width)
    means[:, 1] **= 0.25
    return np.asarray(means)


def _halved(picture: np.ndarray) -> np.ndarray:
    from cfl.metrics.ssimulacra2_kernels import halved

    out = np.empty((3, (picture.shape[1] + 1) // 2, (picture.shape[2] + 1) // 2), np.float32)
    halved(picture, out)
    return out


@cache
def _taps() -> np.ndarray:
    """The Gaussian, the middle tap first; together they make 1."""
    from cfl.metrics.ssimulacra2_kernels import REACH

    weights = np.exp(-0.5 * (np.arange(REACH + 1) / SIGMA) ** 2)
    return (weights / (weights[0] + 2 * weights[1:].sum())).astype(np.float32)
