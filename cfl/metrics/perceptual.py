"""How alike two pictures look: SSIMULACRA 2."""

from functools import cache, partial

import numpy as np

from cfl.arguments import whole
from cfl.errors import FrameError
from cfl.frames.frame import Frame, require_frame
from cfl.metrics.gaussian import gaussian
from cfl.metrics.planes import check_same_geometry
from cfl.metrics.pyramid import Band, sums_by_scale
from cfl.metrics.ssimulacra2_numbers import EXPONENT, POLYNOMIAL, SCALES, SMALLEST, WEIGHTS

BACKGROUNDS = 0.1, 0.9
"""What shows through alpha, as a share of white in the signal: the worse of the two scores counts."""
Pair = tuple[np.ndarray, np.ndarray]


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
    >>> cfl.metrics.ssimulacra2(frame, frame)
    100.0
    >>> coded = [cfl.read(cfl.encode(frame, speed=10, quality=quality)) for quality in (10, 80)]
    >>> low, high = (cfl.metrics.ssimulacra2(frame, each) for each in coded)
    >>> low < high < 100
    True
    """
    require_frame("reference", reference)
    require_frame("test", test)
    check_same_geometry(reference, test)
    score = ssimulacra2_or_none(reference, test, threads=whole("threads", threads, 1))
    if score is None:
        raise FrameError(f"SSIMULACRA 2 needs at least {SMALLEST} rows and columns")
    return score


def ssimulacra2_or_none(reference: Frame, test: Frame, *, threads: int = 1) -> float | None:
    """`ssimulacra2` of two frames of one form; None if they are too small."""
    from cfl.frames import frame_to_rgb
    from cfl.frames.conversion import straight

    pair = straight(reference), straight(test)
    alphas = None
    if any(frame.alpha is not None for frame in pair):
        alphas = _opacity(pair[0]), _opacity(pair[1])
    pictures = frame_to_rgb(pair[0]), frame_to_rgb(pair[1])
    return ssimulacra2_of_rgb(pictures, reference.bit_depth, alphas, threads=threads)


def _opacity(frame: Frame) -> np.ndarray:
    return np.full_like(frame.y, (1 << frame.bit_depth) - 1) if frame.alpha is None else frame.alpha


def ssimulacra2_of_rgb(
    pictures: Pair, bit_depth: int, alphas: Pair | None = None, *, threads: int = 1
) -> float | None:
    """The score of two RGB pictures, taken as sRGB.

    Parameters
    ----------
    pictures : pair of (height, width, 3) uint8 or uint16 arrays
        In full range.
    bit_depth : int
        Of the samples, and of alpha.
    alphas : pair of (height, width) arrays, optional

    Returns
    -------
    score : float, optional
        None if the pictures have fewer than 8 rows or columns.
    """
    if min(pictures[0].shape[:2]) < SMALLEST:
        return None
    if alphas is None:
        return _score(pictures, bit_depth, None, 0.0, threads)
    return min(_score(pictures, bit_depth, alphas, background, threads) for background in BACKGROUNDS)


def _score(pictures: Pair, bit_depth: int, alphas: Pair | None, background: float, threads: int) -> float:
    height, width = pictures[0].shape[:2]
    rows_of = partial(_light, pictures, bit_depth, alphas, background)
    scales = sums_by_scale(rows_of, (3, height, width), SCALES, SMALLEST, _sums, threads)
    norms = np.stack([sums[:-1].reshape(3, 2, 3) / sums[-1] for sums in scales], axis=1)
    norms[:, :, 1] **= 0.25
    return _pooled(norms)


def _sums(band: Band) -> np.ndarray:
    """The sums of the maps and of their fourth powers, and the number of samples."""
    from cfl.metrics.gaussian_kernels import scratch
    from cfl.metrics.ssimulacra2_kernels import sum_scale

    inside = (np.arange(band.columns) < band.width).astype(np.float32)
    sums = np.zeros((3, 2, 3))
    sum_scale(band.samples, band.width, gaussian(), inside, *scratch(), sums)
    return np.append(sums, band.width * (band.end - band.begin))


def _pooled(norms: np.ndarray) -> float:
    """The score of norms, (component, scale, norm, map)."""
    weights = WEIGHTS.ravel()[: norms.size].reshape(norms.shape)
    first, linear, square, cube = POLYNOMIAL
    raw = first * float((weights * norms).sum())
    raw = linear * raw + square * raw**2 + cube * raw**3
    return 100.0 - 10.0 * raw**EXPONENT if raw > 0 else 100.0


def _light(
    pictures: Pair, bit_depth: int, alphas: Pair | None, background: float, rows: np.ndarray, band: np.ndarray
) -> None:
    """Set a band to the linear RGB of rows of two pictures."""
    from cfl.metrics.ssimulacra2_kernels import light

    for k, picture in enumerate(pictures):
        samples = np.ascontiguousarray(picture[rows], np.uint16)
        light(samples, _table(bit_depth), band[k])
        if alphas is not None:
            _show_through(samples, alphas[k][rows], (1 << bit_depth) - 1, background, band[k])


def _show_through(
    samples: np.ndarray, alpha: np.ndarray, peak: int, background: float, light: np.ndarray
) -> None:
    """Set the linear RGB of what is not opaque: mixed with a gray background as signals, as browsers do."""
    rows, columns = np.nonzero(alpha != peak)
    share = (alpha[rows, columns] / peak)[:, None]
    signal = share * (samples[rows, columns] / peak) + (1 - share) * background
    light[:, rows, columns] = _curve(signal).T


@cache
def _table(bit_depth: int) -> np.ndarray:
    """The light of each sample."""
    peak = (1 << bit_depth) - 1
    return _curve(np.arange(peak + 1) / peak).astype(np.float32)


def _curve(signal: np.ndarray) -> np.ndarray:
    """The light of an sRGB signal, both from 0 to 1."""
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)
