"""Similarity of two planes of samples, and of the planes of two frames: PSNR, SSIM and R²."""

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from cfl.arguments import require, whole
from cfl.errors import FrameError
from cfl.frames.frame import Frame, require_frame
from cfl.metrics.decibels import yuv_psnr
from cfl.metrics.strips import strips

PLANE_NAMES = ("y", "u", "v")
SSIM_WINDOW = 7


def sum_of_squared_errors(reference: np.ndarray, test: np.ndarray) -> int:
    """Return Σ (reference − test)², exactly.

    Parameters
    ----------
    reference : (height, width) uint8 or uint16 array
        The original samples.
    test : (height, width) uint8 or uint16 array
        Of the same shape and dtype.

    Returns
    -------
    error : int
        In squared sample values.

    Raises
    ------
    FrameError
        The planes differ in shape or dtype, or are not planes of samples.

    See Also
    --------
    psnr : The same on a scale of decibels.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.metrics import sum_of_squared_errors
    >>> reference, test = np.array([[10, 20]], np.uint8), np.array([[12, 17]], np.uint8)
    >>> sum_of_squared_errors(reference, test)
    13
    """
    check_planes(reference, test)
    return _sum_of_squares(
        np.subtract(reference[start:stop], test[start:stop], dtype=np.float64)
        for start, stop in strips(*reference.shape)
    )


def psnr(reference: np.ndarray, test: np.ndarray, bit_depth: int) -> float:
    """Return the peak signal-to-noise ratio of a plane: 10 · log10(peak² / mean squared error).

    Parameters
    ----------
    reference : (height, width) uint8 or uint16 array
        The original samples.
    test : (height, width) uint8 or uint16 array
        Of the same shape and dtype.
    bit_depth : int
        8 to 16. The peak is ``2 ** bit_depth - 1``, for full and for limited range.

    Returns
    -------
    psnr : float
        In dB; infinite for identical planes.

    Raises
    ------
    FrameError
        The planes differ in shape or dtype, a sample is above the bit depth, or the depth is not 8 to 16.

    See Also
    --------
    frame_psnr : PSNR of all planes of a frame.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.metrics import psnr
    >>> reference = np.zeros((4, 4), np.uint8)
    >>> round(psnr(reference, reference + np.uint8(1), 8), 2), psnr(reference, reference, 8)
    (48.13, inf)
    """
    check_planes(reference, test)
    bit_depth = whole("bit depth", bit_depth)
    check_bit_depth(bit_depth, reference, test)
    return psnr_of(sum_of_squared_errors(reference, test), reference.size, bit_depth)


def psnr_of(error: int, samples: int, bit_depth: int) -> float:
    """PSNR in dB of a sum of squared errors over that many samples; infinite where it is 0."""
    peak = (1 << bit_depth) - 1
    return 10 * math.log10(peak * peak * samples / error) if error else math.inf


def ssim(reference: np.ndarray, test: np.ndarray, bit_depth: int) -> float:
    """Return the mean structural similarity of a plane, as scikit-image's `structural_similarity` defines it.

    Parameters
    ----------
    reference : (height, width) uint8 or uint16 array
        The original samples.
    test : (height, width) uint8 or uint16 array
        Of the same shape and dtype.
    bit_depth : int
        Bits of a sample, 8 to 16.

    Returns
    -------
    ssim : float
        At most 1.0, for identical planes.

    Raises
    ------
    FrameError
        The planes differ in shape or dtype, a sample is above the bit depth, or the depth is not 8 to 16.

    See Also
    --------
    frame_ssim : SSIM of all planes of a frame.

    Notes
    -----
    The window is 7x7 with equal weights, and covariances are those of samples (divided by N − 1). If a side
    of the plane is shorter than 7, the window is the largest odd one that fits. The mean is taken over the
    samples whose window lies inside the plane.

    References
    ----------
    .. [1] Wang, Z., A. C. Bovik, H. R. Sheikh and E. P. Simoncelli, "Image quality assessment: from error
           visibility to structural similarity", IEEE Trans. on Image Processing 13 (4), 2004.

    Examples
    --------
    A ramp compared with itself, with half its contrast, and with its negative:

    >>> import numpy as np
    >>> from cfl.metrics import ssim
    >>> ramp = 16 * np.add.outer(np.arange(8), np.arange(8)).astype(np.uint8)
    >>> [round(ssim(ramp, test, 8), 2) for test in (ramp, ramp // 2, 255 - ramp)]
    [1.0, 0.64, -0.93]
    """
    bit_depth = whole("bit depth", bit_depth)
    total, count = 0.0, 0
    for _, values in ssim_maps(reference, test, bit_depth):
        total += float(np.sum(values))
        count += values.size
    return total / count


def ssim_maps(reference: np.ndarray, test: np.ndarray, bit_depth: int) -> Iterator[tuple[slice, np.ndarray]]:
    """The structural similarity of each window that lies inside the plane, a strip of rows at a time.

    Yields
    ------
    rows : slice
        Of the plane: where the middles of the windows lie.
    values : (rows, columns) array of float64
        The columns are the middle ones of the plane.
    """
    from skimage.metrics import structural_similarity

    check_planes(reference, test)
    check_bit_depth(bit_depth, reference, test)
    height, width = reference.shape
    window = min(SSIM_WINDOW, (min(height, width) - 1) // 2 * 2 + 1)
    border = window // 2
    for start, stop in strips(height - window + 1, width):
        # the rows of this strip and those that their windows reach
        rows = slice(start, stop + window - 1)
        _, values = structural_similarity(
            reference[rows],
            test[rows],
            win_size=window,
            data_range=(1 << bit_depth) - 1,
            use_sample_covariance=window > 1,
            full=True,
        )
        inside = values[border : border + stop - start, border : width - border]
        yield slice(start + border, stop + border), inside


def r2(reference: np.ndarray, test: np.ndarray) -> float:
    """Return R² of a plane, the coefficient of determination: 1 − SS_residual / SS_total.

    SS_total is about the mean of the reference. Both sums are computed exactly.

    Parameters
    ----------
    reference : (height, width) uint8 or uint16 array
        The original samples.
    test : (height, width) uint8 or uint16 array
        Of the same shape and dtype.

    Returns
    -------
    r2 : float
        At most 1.0; 0.0 for a test plane that is no closer than the reference's mean, negative where the mean
        would be closer. If the reference is flat: 1.0 for an identical test plane, else 0.0.

    Raises
    ------
    FrameError
        The planes differ in shape or dtype.

    See Also
    --------
    frame_r2 : R² of all planes of a frame.
    cfl.regression.r2_score : R² of any predictions.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.metrics import r2
    >>> reference = np.array([[10, 20], [30, 40]], np.uint8)
    >>> r2(reference, reference), r2(reference, np.full_like(reference, 25))
    (1.0, 0.0)
    """
    from cfl.regression.kernels import r_squared

    residual = sum_of_squared_errors(reference, test)
    # both sums times the number of samples, so that SS_total is a whole number too
    return float(r_squared.py_func(residual * reference.size, spread_times_size(reference)))


def spread_times_size(plane: np.ndarray) -> int:
    """Return ``Σ(x − mean)²`` of a plane times its number of samples; an exact whole number."""
    squares = _sum_of_squares(plane[start:stop].astype(np.float64) for start, stop in strips(*plane.shape))
    total = int(plane.sum(dtype=np.int64))
    return squares * plane.size - total * total


def frame_psnr(reference: Frame, test: Frame) -> dict[str, float]:
    """Return the PSNR of each plane, and of all planes with the weights 6:1:1.

    The code values are compared, whatever they mean; `measure` compares what the frames show.

    Parameters
    ----------
    reference : Frame
        The original.
    test : Frame
        Of the same size, subsampling and bit depth.

    Returns
    -------
    psnr : dict of float
        PSNR in dB of "y", "u", "v" (without the last two for 4:0:0) and "yuv". Identical planes have an
        infinite PSNR.

    Raises
    ------
    FrameError
        The frames differ in size, subsampling or bit depth.

    See Also
    --------
    psnr : PSNR of one plane.
    measure : All metrics in one.

    Notes
    -----
    "yuv" is the PSNR of the weighted mean squared error, (6 · MSE_Y + MSE_U + MSE_V) / 8, so it is infinite
    only where all planes are identical. For 4:0:0 it is that of Y. The comparisons of JCT-VC and JVET [1]_
    take the mean of the PSNRs, (6 · Y + U + V) / 8, which is infinite where any plane is identical.

    References
    ----------
    .. [1] J.-R. Ohm, G. J. Sullivan, H. Schwarz, T. K. Tan and T. Wiegand, "Comparison of the coding
           efficiency of video coding standards", IEEE Trans. on Circuits and Systems for Video Technology
           22 (12), 2012.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> planes = np.full((4, 4), 100, np.uint8), np.full((2, 2), 90, np.uint8), np.full((2, 2), 80, np.uint8)
    >>> reference = cfl.Frame(*planes)
    >>> test = cfl.Frame(*(plane + np.uint8(1) for plane in planes))
    >>> {name: round(value, 2) for name, value in cfl.metrics.frame_psnr(reference, test).items()}
    {'y': 48.13, 'u': 48.13, 'v': 48.13, 'yuv': 48.13}
    """
    planes = _per_plane(reference, test, lambda a, b: psnr(a, b, reference.bit_depth))
    return planes | {"yuv": yuv_psnr(planes)}


def frame_ssim(reference: Frame, test: Frame) -> dict[str, float]:
    """Return the structural similarity of each plane.

    Parameters
    ----------
    reference : Frame
        The original.
    test : Frame
        Of the same size, subsampling and bit depth.

    Returns
    -------
    ssim : dict of float
        SSIM of "y", "u" and "v" (without the last two for 4:0:0); at most 1.0.

    Raises
    ------
    FrameError
        The frames differ in size, subsampling or bit depth.

    See Also
    --------
    ssim : SSIM of one plane, and its definition.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> ramp = 16 * np.add.outer(np.arange(8), np.arange(8)).astype(np.uint8)
    >>> frame = cfl.Frame(ramp, subsampling="4:0:0")
    >>> similarity = cfl.metrics.frame_ssim(frame, frame.replace(y=ramp // 2))
    >>> round(similarity["y"], 2)
    0.64
    """
    return _per_plane(reference, test, lambda a, b: ssim(a, b, reference.bit_depth))


def frame_r2(reference: Frame, test: Frame) -> dict[str, float]:
    """Return R² of each plane.

    Parameters
    ----------
    reference : Frame
        The original.
    test : Frame
        Of the same size, subsampling and bit depth.

    Returns
    -------
    r2 : dict of float
        R² of "y", "u" and "v" (without the last two for 4:0:0); at most 1.0.

    Raises
    ------
    FrameError
        The frames differ in size, subsampling or bit depth.

    See Also
    --------
    r2 : R² of one plane, and its definition.

    Examples
    --------
    >>> import numpy as np
    >>> import cfl
    >>> frame = cfl.Frame(np.array([[10, 20], [30, 40]], np.uint8), subsampling="4:0:0")
    >>> cfl.metrics.frame_r2(frame, frame.replace(y=np.full_like(frame.y, 25)))
    {'y': 0.0}
    """
    return _per_plane(reference, test, r2)


def check_same_geometry(reference: Frame, test: Frame) -> None:
    """Raise a FrameError that names both frames if they differ in size, subsampling or bit depth."""
    require_frame("reference", reference)
    require_frame("test", test)
    first, second = (
        f"{frame.width}x{frame.height} {frame.subsampling} at {frame.bit_depth} bits"
        for frame in (reference, test)
    )
    if first != second:
        raise FrameError(f"the reference is {first} but the test picture {second}; convert one of them first")


def _per_plane(
    reference: Frame, test: Frame, metric: Callable[[np.ndarray, np.ndarray], float]
) -> dict[str, float]:
    check_same_geometry(reference, test)
    pairs = zip(reference.planes, test.planes, strict=True)
    return {name: metric(*pair) for name, pair in zip(PLANE_NAMES, pairs, strict=False)}


def _sum_of_squares(parts: Iterable[np.ndarray]) -> int:
    """Exact for whole numbers: float64 holds the sum of any one strip of 16-bit samples.

    Not by BLAS, whose threads cost more than they bring here and wait for each other on a busy machine.
    """
    return sum(int(np.einsum("i,i->", part.ravel(), part.ravel())) for part in parts)


def check_planes(reference: np.ndarray, test: np.ndarray) -> None:
    require("reference", reference, np.ndarray, "an array")
    require("test", test, np.ndarray, "an array")
    if reference.shape != test.shape:
        raise FrameError(f"the planes differ in shape: {reference.shape} and {test.shape}")
    if reference.ndim != 2 or reference.size == 0:
        raise FrameError(f"a plane has shape {reference.shape}; it must be (height, width), both at least 1")
    if reference.dtype != test.dtype or reference.dtype not in (np.uint8, np.uint16):
        raise FrameError(f"the planes are {reference.dtype} and {test.dtype}, not both uint8 or both uint16")


def check_bit_depth(bit_depth: int, *planes: np.ndarray) -> None:
    if not isinstance(bit_depth, int | np.integer) or not 8 <= bit_depth <= 16:
        raise FrameError(f"bit depth is {bit_depth}, not 8 to 16")
    for plane in planes:
        if 8 * plane.itemsize > bit_depth and int(plane.max()) >> bit_depth:
            raise FrameError(f"a plane has a sample of {plane.max()}, above {bit_depth} bits")
