"""Conversion between RGB and YUV, and between bit depths (ITU-T H.273, 8.3)."""

from fractions import Fraction
from typing import Any

import numpy as np

from cfl.arguments import flag, one_of, optional_whole, subsampling_of, whole
from cfl.errors import FrameError, UnsupportedFeature
from cfl.frames.frame import (
    CHROMA_SAMPLE_POSITIONS,
    FRAME_BIT_DEPTHS,
    SUBSAMPLINGS,
    Frame,
    chroma_shape,
    require_frame,
    sample_dtype,
)
from cfl.frames.matrices import (
    CHROMA_DERIVED,
    NONLINEAR,
    YCGCO,
    Matrix,
    plane_scales,
    rgb_to_yuv_matrix,
    yuv_to_rgb_matrix,
)
from cfl.frames.resample import down_taps, neutral_chroma, resample_chroma, up_taps

_HALF = 0.5 + 2.0**-36
"""One half, and a little more than the error of float64, so that an exact tie is always rounded up."""


def rgb_to_frame(
    rgb: np.ndarray,
    *,
    bit_depth: int = 8,
    subsampling: str = "4:2:0",
    matrix_coefficients: int = 6,
    full_range: bool = True,
    source_bit_depth: int | None = None,
    chroma_sample_position: str = "center",
    color_primaries: int = 1,
    transfer_characteristics: int = 13,
) -> Frame:
    """Make a YUV frame of an RGB or gray picture.

    Parameters
    ----------
    rgb : (height, width, channels) or (height, width) uint8 or uint16 array
        Gray (1 channel), gray and alpha (2), RGB (3), or RGB and alpha (4). In full range, with samples below
        ``2 ** source_bit_depth``; alpha is not premultiplied.
    bit_depth : {8, 10, 12, 16}
        Of the frame.
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0"}
        Of the frame. A gray picture gets neutral chroma unless this is "4:0:0".
    matrix_coefficients : {0, 1, 4, 5, 6, 7, 9}, default 6
        Code point of CICP (ITU-T H.273), by default BT.601; 2 (unknown) counts as 6. 0 (identity) is for
        4:4:4 only.
    full_range : bool, default True
        Of the frame.
    source_bit_depth : int, optional
        Bits of a sample of `rgb`: 1…8 for uint8 (default 8), 1…16 for uint16 (default 16).
    chroma_sample_position : {"center", "left", "topleft", "unknown"}
        Where subsampled chroma lies; "unknown" counts as "center".
    color_primaries : int, default 1
        Noted in the frame; the samples do not depend on it.
    transfer_characteristics : int, default 13
        Noted in the frame; the samples do not depend on it. 13 is sRGB.

    Returns
    -------
    frame : Frame
        With alpha, if the picture has it.

    Raises
    ------
    FrameError
        A wrong shape, dtype or sample, or a parameter that is not one of the above.
    UnsupportedFeature
        Another matrix.

    See Also
    --------
    frame_to_rgb : The way back.
    cfl.read : Makes a frame of a file.

    Notes
    -----
    Each sample is the exact value of H.273's equations, rounded once to nearest, half up, and clipped.
    Subsampled chroma is averaged before rounding, with the weights that match its position.

    Examples
    --------
    Red, in 4:4:4:

    >>> import numpy as np
    >>> from cfl.frames import rgb_to_frame
    >>> frame = rgb_to_frame(np.array([[[255, 0, 0]]], np.uint8), subsampling="4:4:4")
    >>> [plane.item() for plane in frame.planes]
    [76, 85, 255]
    """
    rgb, source_bit_depth = _checked_rgb(rgb, optional_whole("source_bit_depth", source_bit_depth))
    bit_depth, full_range = whole("bit_depth", bit_depth), flag("full_range", full_range)
    matrix_coefficients = whole("matrix_coefficients", matrix_coefficients, 0, 255)
    color_primaries = whole("color_primaries", color_primaries, 0, 255)
    subsampling = one_of("subsampling", subsampling_of(subsampling), SUBSAMPLINGS)
    one_of("chroma_sample_position", chroma_sample_position, CHROMA_SAMPLE_POSITIONS)
    if bit_depth not in FRAME_BIT_DEPTHS or subsampling not in SUBSAMPLINGS:
        raise FrameError(f"a frame cannot have {bit_depth} bits and subsampling {subsampling!r}")
    if matrix_coefficients in (YCGCO, CHROMA_DERIVED, *NONLINEAR):
        raise UnsupportedFeature(
            f"matrix_coefficients {matrix_coefficients} is not one that RGB is converted to"
        )
    if matrix_coefficients == 0 and subsampling != "4:4:4":
        raise FrameError(f"matrix_coefficients 0 (identity) is for 4:4:4 only, not {subsampling}")
    return frame_of_rgb(
        rgb,
        source_bit_depth,
        bit_depth=bit_depth,
        subsampling=subsampling,
        matrix_coefficients=matrix_coefficients,
        full_range=full_range,
        chroma_sample_position=chroma_sample_position,
        color_primaries=color_primaries,
        transfer_characteristics=transfer_characteristics,
    )


def frame_of_rgb(
    rgb: np.ndarray,
    source_bit_depth: int,
    *,
    bit_depth: int,
    subsampling: str,
    matrix_coefficients: int,
    full_range: bool,
    chroma_sample_position: str = "center",
    color_primaries: int = 1,
    transfer_characteristics: int = 13,
) -> Frame:
    """`rgb_to_frame` of what it has checked; the matrix may be YCgCo (8) or the primaries' (12) too."""
    matrix = rgb_to_yuv_matrix(matrix_coefficients, color_primaries)
    scales = plane_scales(bit_depth, full_range, matrix_coefficients)
    source_top = 2**source_bit_depth - 1
    alpha = None
    if rgb.shape[2] in (2, 4):
        alpha = _rescale(source_top, 2**bit_depth - 1).astype(sample_dtype(bit_depth))[rgb[..., -1]]
    if rgb.shape[2] < 3:
        y, u, v = _gray_to_planes(rgb[..., 0], source_top, bit_depth, subsampling, scales)
    else:
        samples = np.require(rgb[..., :3], requirements=("C", "W"))
        y, u, v = _apply(samples, source_top, matrix, scales, bit_depth, subsampling, chroma_sample_position)
    subsampled = subsampling in ("4:2:0", "4:2:2")
    return Frame(
        y,
        u,
        v,
        subsampling=subsampling,
        bit_depth=bit_depth,
        color_primaries=color_primaries,
        transfer_characteristics=transfer_characteristics,
        matrix_coefficients=matrix_coefficients,
        full_range=full_range,
        chroma_sample_position=chroma_sample_position if subsampled else "unknown",
        alpha=alpha,
    )


def ycbcr_to_frame(ycbcr: np.ndarray, bit_depth: int, subsampling: str) -> Frame:
    """Return a full-range BT.601 frame of interleaved 8-bit JPEG YCbCr, with chroma at "center".

    Parameters
    ----------
    ycbcr : (height, width, 3) uint8 array
        Y, Cb and Cr of each pixel.
    bit_depth : {8, 10, 12, 16}
        Of the frame.
    subsampling : {"4:2:0", "4:2:2", "4:4:4", "4:0:0"}
        Of the frame.
    """
    unit = [[Fraction(int(row == column)) for column in range(3)] for row in range(3)]
    top = 2**bit_depth - 1
    # Cb and Cr scale about 128, not about 0.
    shift = 2 ** (bit_depth - 1) - Fraction(128 * top, 255)
    scales = [(Fraction(top), Fraction(0)), (Fraction(top), shift), (Fraction(top), shift)]
    samples = np.require(ycbcr, requirements=("C", "W"))
    y, u, v = _apply(samples, 255, unit, scales, bit_depth, subsampling, "center")
    position = "center" if subsampling in ("4:2:0", "4:2:2") else "unknown"
    return Frame(y, u, v, subsampling, bit_depth, 1, 13, 6, True, position)


def frame_to_rgb(frame: Frame, bit_depth: int | None = None) -> np.ndarray:
    """Return a frame as full-range RGB.

    Parameters
    ----------
    frame : Frame
        Of matrix 0, 1, 4, 5, 6, 7, 8 (YCgCo), 9, 12 (of its primaries), 14 (ICtCp, with PQ if its transfer is
        unknown), 16 or 17 (YCgCo-Re, -Ro); 2 (unknown) counts as 6. Subsampled chroma is interpolated
        bilinearly with the taps that match ``frame.chroma_sample_position``, where "unknown" counts as
        "center".
    bit_depth : int, optional
        Bits of a sample of the result, 1…16; the frame's by default.

    Returns
    -------
    rgb : (height, width, 3) uint8 (up to 8 bits) or uint16 array
        Rounded to nearest and clipped to 0…2^bit_depth − 1. Alpha is not applied.

    Raises
    ------
    FrameError
        The bit depth is out of range.
    UnsupportedFeature
        Another matrix; or primaries (with 12) or a transfer (with 14) that are not known here.

    See Also
    --------
    rgb_to_frame : The way back.
    frame_to_gray : Luma only.

    Notes
    -----
    The equations are those of ITU-T H.273, 8.3, inverted exactly.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.frames import frame_to_rgb, rgb_to_frame
    >>> rgb = np.array([[[255, 0, 0], [0, 128, 255]]], np.uint8)
    >>> frame_to_rgb(rgb_to_frame(rgb, subsampling="4:4:4")).tolist()
    [[[254, 0, 0], [0, 128, 255]]]
    """
    require_frame("frame", frame)
    bit_depth = _checked_depth(frame.bit_depth if bit_depth is None else bit_depth)
    top = 2**bit_depth - 1
    if frame.u is None or frame.v is None:
        return np.repeat(frame_to_gray(frame, bit_depth)[..., None], 3, axis=2)
    if frame.matrix_coefficients in NONLINEAR:
        return _nonlinear(frame, bit_depth)
    from cfl.frames._colour_kernels import yuv_to_rgb

    matrix = yuv_to_rgb_matrix(frame.matrix_coefficients, frame.color_primaries)
    scales = plane_scales(frame.bit_depth, frame.full_range, frame.matrix_coefficients)
    factors = [[top * k / scale for k, (scale, _) in zip(row, scales, strict=True)] for row in matrix]
    constants = [-sum(k * offset for k, (_, offset) in zip(row, scales, strict=True)) for row in factors]
    kernel_matrix = np.array(
        [
            (float(row[0]), float(row[1] / 16), float(row[2] / 16), float(constant) + _HALF)
            for row, constant in zip(factors, constants, strict=True)
        ]
    )
    y, u, v = (np.require(plane, requirements=("C", "W")) for plane in frame.planes)
    rgb = np.empty((*frame.y.shape, 3), np.uint8 if bit_depth <= 8 else np.uint16)
    taps = up_taps(frame.subsampling, frame.chroma_sample_position)
    yuv_to_rgb(y, u, v, kernel_matrix, taps, np.int32(top), rgb)
    return rgb


def _nonlinear(frame: Frame, bit_depth: int) -> np.ndarray:
    from cfl.frames.nonlinear import nonlinear_to_rgb

    return nonlinear_to_rgb(resample_chroma(frame, "4:4:4"), bit_depth)


def frame_to_gray(frame: Frame, bit_depth: int | None = None) -> np.ndarray:
    """Return a frame's luma in full range.

    Parameters
    ----------
    frame : Frame
        Of any range.
    bit_depth : int, optional
        Bits of a sample of the result, 1…16; the frame's by default.

    Returns
    -------
    gray : (height, width) uint8 (up to 8 bits) or uint16 array
        Rounded to nearest and clipped.

    Raises
    ------
    FrameError
        The bit depth is out of range.

    See Also
    --------
    frame_to_rgb : With colour.

    Examples
    --------
    Limited range has black at 16 and white at 235:

    >>> import numpy as np
    >>> from cfl.frames import Frame, frame_to_gray
    >>> frame = Frame(np.array([[16, 126, 235]], np.uint8), subsampling="4:0:0", full_range=False)
    >>> frame_to_gray(frame).tolist()
    [[0, 128, 255]]
    """
    require_frame("frame", frame)
    bit_depth = _checked_depth(frame.bit_depth if bit_depth is None else bit_depth)
    scale, offset = plane_scales(frame.bit_depth, frame.full_range, 6)[0]
    table = _rescale(int(scale), 2**bit_depth - 1, 2**frame.bit_depth, int(offset))
    return table.astype(np.uint8 if bit_depth <= 8 else np.uint16)[frame.y]


def alpha_samples(frame: Frame, bit_depth: int) -> np.ndarray | None:
    """Return the frame's alpha at another bit depth (1…16), or None if it has none."""
    if frame.alpha is None:
        return None
    table = _rescale(2**frame.bit_depth - 1, 2**bit_depth - 1)
    return table.astype(np.uint8 if bit_depth <= 8 else np.uint16)[frame.alpha]


def convert_bit_depth(frame: Frame, bit_depth: int) -> Frame:
    """Return a frame at another bit depth.

    Parameters
    ----------
    frame : Frame
        Of any bit depth.
    bit_depth : {8, 10, 12, 16}
        Of the result.

    Returns
    -------
    frame : Frame
        The frame itself if it has that bit depth already.

    Raises
    ------
    FrameError
        The bit depth is another.

    See Also
    --------
    resample_chroma : Another subsampling.

    Notes
    -----
    Limited range is shifted, as its levels are defined: 16 becomes 64, and 235 becomes 940. Full range is
    scaled so that white stays white (255 becomes 1023) and neutral chroma neutral (128 becomes 512). Both are
    rounded to nearest, half up, and clipped. Going up and down again gives the same frame.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.frames import Frame, convert_bit_depth
    >>> frame = Frame(np.array([[16, 235]], np.uint8), subsampling="4:0:0", full_range=False)
    >>> convert_bit_depth(frame, 10).y.tolist()
    [[64, 940]]
    >>> convert_bit_depth(frame.replace(full_range=True), 10).y.tolist()
    [[64, 943]]
    """
    require_frame("frame", frame)
    bit_depth = whole("bit_depth", bit_depth)
    if bit_depth not in FRAME_BIT_DEPTHS:
        raise FrameError(f"bit depth is {bit_depth}, not 8, 10, 12 or 16")
    if bit_depth == frame.bit_depth:
        return frame
    old, new = 2**frame.bit_depth - 1, 2**bit_depth - 1
    if not frame.full_range:
        old, new = old + 1, new + 1
    dtype = sample_dtype(bit_depth)
    identity = frame.matrix_coefficients == 0
    luma = _rescale(old, new, 2**frame.bit_depth, 0, 0, 2**bit_depth - 1)
    middle = 0 if identity else 2 ** (frame.bit_depth - 1)
    new_middle = 0 if identity else 2 ** (bit_depth - 1)
    chroma = _rescale(old, new, 2**frame.bit_depth, middle, new_middle, 2**bit_depth - 1).astype(dtype)
    return frame.replace(
        bit_depth=bit_depth,
        y=luma.astype(dtype)[frame.y],
        u=None if frame.u is None else chroma[frame.u],
        v=None if frame.v is None else chroma[frame.v],
        alpha=alpha_samples(frame, bit_depth),
    )


def _checked_depth(bit_depth: int) -> int:
    bit_depth = whole("bit_depth", bit_depth)
    if not 1 <= bit_depth <= 16:
        raise FrameError(f"RGB of {bit_depth} bits is not supported; 1 to 16 bits are")
    return bit_depth


def _checked_rgb(rgb: Any, source_bit_depth: int | None) -> tuple[np.ndarray, int]:
    rgb = np.asarray(rgb)
    if rgb.dtype not in (np.uint8, np.uint16):
        raise FrameError(f"RGB is {rgb.dtype}, not uint8 or uint16")
    if rgb.ndim == 2:
        rgb = rgb[..., None]
    if 0 in rgb.shape or rgb.ndim != 3 or rgb.shape[2] > 4:
        raise FrameError(f"RGB has shape {rgb.shape}, not (height, width) or (height, width, 1 to 4)")
    width = 8 * rgb.dtype.itemsize
    depth = width if source_bit_depth is None else source_bit_depth
    if not 1 <= depth <= width:
        raise FrameError(f"source_bit_depth is {depth}, not 1 to {width} as {rgb.dtype} holds")
    if depth < width and int(rgb.max()) >> depth:
        raise FrameError(f"RGB has a sample of {rgb.max()}, above {depth} bits")
    return rgb, depth


def _rescale(
    old: int, new: int, size: int = 0, offset: int = 0, new_offset: int = 0, top: int | None = None
) -> np.ndarray:
    """Return ``round((x − offset) · new / old) + new_offset`` for x below `size`, clipped to 0…top."""
    x = np.arange(size or old + 1, dtype=np.int64) - offset
    return np.clip((2 * x * new + old) // (2 * old) + new_offset, 0, new if top is None else top)


def _gray_to_planes(
    gray: np.ndarray,
    source_top: int,
    bit_depth: int,
    subsampling: str,
    scales: list[tuple[Fraction, Fraction]],
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    scale, offset = (int(value) for value in scales[0])
    y = _rescale(source_top, scale, new_offset=offset, top=2**bit_depth - 1).astype(sample_dtype(bit_depth))[
        gray
    ]
    if subsampling == "4:0:0":
        return y, None, None
    if scales[1] == scales[0]:
        return y, y.copy(), y.copy()
    return y, *neutral_chroma(gray.shape, subsampling, bit_depth)


def _apply(
    samples: np.ndarray,
    source_top: int,
    matrix: Matrix,
    scales: list[tuple[Fraction, Fraction]],
    bit_depth: int,
    subsampling: str,
    position: str,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Run the kernel: samples / source_top → matrix → scale and offset → planes."""
    from cfl.frames._colour_kernels import rgb_to_yuv

    shape, dtype = samples.shape[:2], sample_dtype(bit_depth)
    taps = down_taps(subsampling, position)
    weights = (1, *[int(np.prod(taps.sum(axis=1)))] * 2)
    kernel_matrix = np.array(
        [
            (*(float(k * scale / (source_top * weight)) for k in row), float(offset) + _HALF)
            for row, (scale, offset), weight in zip(matrix, scales, weights, strict=True)
        ]
    )
    y = np.empty(shape, dtype)
    size = (0, 0) if subsampling == "4:0:0" else chroma_shape(shape, subsampling)
    u, v = np.empty(size, dtype), np.empty(size, dtype)
    rgb_to_yuv(samples, kernel_matrix, taps, np.int32(2**bit_depth - 1), y, u, v)
    return (y, None, None) if subsampling == "4:0:0" else (y, u, v)
