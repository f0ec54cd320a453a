"""Chroma from luma for one block: NumPy arrays in, NumPy arrays out."""

from typing import Any

import numpy as np

from cfl.errors import FrameError
from cfl.frames.frame import BIT_DEPTHS, SUBSAMPLINGS, sample_dtype
from cfl.prediction.planes import OCTET, Grid, Luma, packed_block, scratch_for, unpacked_block

AC_MAX = 32760
"""The largest |luma AC|: 12-bit luma in Q3."""

SIZES = (4, 8, 16, 32)
"""The sides of the transform blocks that CfL can have, in chroma samples."""


def check_size(width: int, height: int) -> None:
    """Raise `FrameError` unless CfL has transform blocks of this size (4 to 32 a side, at most 4:1)."""
    if width not in SIZES or height not in SIZES or max(width, height) > 4 * min(width, height):
        raise FrameError(f"no CfL transform block is {width}x{height}: sides are 4, 8, 16, 32, at most 4:1")


def luma_ac(
    luma: np.ndarray,
    width: int,
    height: int,
    subsampling: str = "4:2:0",
    *,
    x: int = 0,
    y: int = 0,
    max_luma_w: int | None = None,
    max_luma_h: int | None = None,
) -> np.ndarray:
    """Luma less its average, for one chroma transform block: ``L − lumaAvg`` of AV1 specification 7.11.5.

    Parameters
    ----------
    luma : 2-D uint8 or uint16 array
        Reconstructed luma, at most 12 bits.
    width, height : int
        The block, in chroma samples: 4, 8, 16 or 32, at most 4:1.
    subsampling : {"4:2:0", "4:2:2", "4:4:4"}
    x, y : int
        The block's top left chroma sample (startX, startY).
    max_luma_w, max_luma_h : int, optional
        MaxLumaW and MaxLumaH: luma from there on is taken from the last column and row before. By default
        the plane's size, an odd last column or row counting twice.

    Returns
    -------
    (height, width) int16 array
        In Q3: eighths of a luma sample.

    Raises
    ------
    FrameError
        An impossible size or subsampling, an array that is not such a plane, or a position outside it.
    """
    check_size(width, height)
    if subsampling not in SUBSAMPLINGS or subsampling == "4:0:0":
        raise FrameError(f"subsampling is {subsampling!r}, not 4:2:0, 4:2:2 or 4:4:4")
    sx, sy = SUBSAMPLINGS[subsampling]
    plane = np.asarray(luma)
    if plane.ndim != 2 or plane.dtype not in (np.uint8, np.uint16):
        raise FrameError(f"luma is {plane.ndim}-D {plane.dtype}, not a 2-D plane of uint8 or uint16")
    available_w, available_h = (
        -(-side >> s) << s for side, s in ((plane.shape[1], sx), (plane.shape[0], sy))
    )
    limit_w = available_w if max_luma_w is None else max_luma_w
    limit_h = available_h if max_luma_h is None else max_luma_h
    for name, limit, available, s in (("w", limit_w, available_w, sx), ("h", limit_h, available_h, sy)):
        if not 0 < limit <= available or limit % (1 << s):
            raise FrameError(f"max_luma_{name} is {limit}; the plane has {available}, in steps of {1 << s}")
    if not (0 <= x << sx < limit_w and 0 <= y << sy < limit_h):
        raise FrameError(f"chroma position ({x}, {y}) is outside the luma of {limit_w}x{limit_h}")
    crop = plane[y << sy : min((y + height) << sy, limit_h), x << sx : min((x + width) << sx, limit_w)]
    if crop.dtype == np.uint16 and int(crop.max()) > 4095:
        raise FrameError(f"luma has a sample of {crop.max()}, above 12 bits")
    grid = Grid((crop.shape[1] + sx) >> sx, (crop.shape[0] + sy) >> sy, width, height)
    scratch = scratch_for(grid, crop.dtype)

    from cfl.prediction.eight_blocks import whole_planes as kernels

    kernels.pack_ac(Luma.of(np.ascontiguousarray(crop), sx, sy), grid, scratch)
    return unpacked_block(scratch.ac, width, height)


def dc_pred(
    above: np.ndarray | None, left: np.ndarray | None, width: int, height: int, bit_depth: int = 8
) -> int:
    """DC_PRED from the neighbouring chroma, AV1 specification 7.11.2.5.

    Parameters
    ----------
    above : (≥ width,) integer array, or None where there is none
    left : (≥ height,) integer array, or None
    width, height : int
        The block, in chroma samples.
    bit_depth : {8, 10, 12}

    Raises
    ------
    FrameError
        An impossible size or bit depth, or neighbours too few or above the bit depth.
    """
    check_size(width, height)
    peak = _peak(bit_depth)
    sums = []
    for name, samples, count in (("above", above, width), ("left", left, height)):
        values = np.zeros(count, np.int64) if samples is None else _integers(name, samples)[:count]
        if values.shape != (count,) or values.min() < 0 or values.max() > peak:
            raise FrameError(f"{name} needs {count} samples of {bit_depth} bits")
        sums.append(int(values.sum()))

    from cfl.prediction.dc_prediction import dc_pred as dc_of_sums

    middle = 1 << (bit_depth - 1)
    return int(dc_of_sums(*sums, above is not None, left is not None, width, height, middle))


def predict_block(ac: np.ndarray, dc: int, alpha: int, bit_depth: int = 8) -> np.ndarray:
    """``Clip1(DC + Round2Signed(α · AC, 6))``, AV1 specification 7.11.5.

    Parameters
    ----------
    ac : (height, width) integer array
        `luma_ac`, in Q3.
    dc : int
        The chroma's DC prediction.
    alpha : int
        −16…16, in eighths of chroma per luma.
    bit_depth : {8, 10, 12}

    Returns
    -------
    (height, width) array
        `uint8` at 8 bits, else `uint16`.

    Raises
    ------
    FrameError
        An impossible block size or bit depth, or a value out of range.
    """
    peak = _peak(bit_depth)
    values = _ac(ac)
    check_size(*values.shape[::-1])
    if not 0 <= dc <= peak:
        raise FrameError(f"dc is {dc}, not in 0…{peak}")
    if not -16 <= alpha <= 16:
        raise FrameError(f"alpha is {alpha}, not in -16…16")

    from cfl.prediction.eight_blocks import whole_planes as kernels

    packed, level = packed_block(values), np.full(1, dc, np.int32)
    kernels.predict_packed(packed, values.size, np.full(1, alpha, np.int8), level, peak, packed)
    return unpacked_block(packed, *values.shape[::-1]).astype(sample_dtype(bit_depth))


def fit_alpha(ac: np.ndarray, chroma: np.ndarray, dc: int) -> float:
    """The least-squares slope ``Σ AC·(C − DC) / Σ AC²``, in chroma per luma (64 · slope / 8 in α's eighths).

    Parameters
    ----------
    ac, chroma : 2-D integer arrays of one shape
        `luma_ac` in Q3, and the chroma to fit; any shape, so that the visible part of a block can be fitted.
    dc : int

    Returns
    -------
    float
        0.0 where `ac` is all zero.
    """
    values, residual = _pair(ac, chroma, dc)

    from cfl.regression.kernels import slope

    return 8.0 * slope(float(values @ values), float(values @ residual))


def quantise_alpha(ac: np.ndarray, chroma: np.ndarray, dc: int, bit_depth: int = 8) -> int:
    """The α of −16…16 whose prediction has the least squared error, rounding and clipping included.

    Of equal errors the smaller magnitude wins, then the positive sign. Exact, without trying all 33: see the
    proof in `cfl/prediction/eight_blocks/alpha_search.py`.

    Parameters
    ----------
    ac, chroma : 2-D integer arrays of one shape
        As for `fit_alpha`.
    dc : int
    bit_depth : {8, 10, 12}

    Raises
    ------
    FrameError
        Arrays of different shapes or other dtypes, or a value out of range.
    """
    peak = _peak(bit_depth)
    values, residual = _pair(ac, chroma, dc)
    if not 0 <= dc <= peak or residual.min() < -dc or residual.max() > peak - dc:
        raise FrameError(f"dc or chroma is not in 0…{peak} ({bit_depth} bits)")

    from cfl.prediction.eight_blocks import sums_table as at
    from cfl.prediction.eight_blocks import whole_planes as kernels

    table = np.zeros(at.TABLE, np.int64)
    sxy, syy = values @ residual, residual @ residual
    table[at.SXX], table[at.LARGEST_AC] = values @ values, np.abs(values).max()
    for row, value in ((at.SXU, sxy), (at.SUU, syy), (at.DC_U, dc)):
        table[row] = table[row + OCTET] = value
    packed_ac, packed = packed_block(values), packed_block(residual)
    n = packed_ac.size // OCTET  # a zero added to the end changes no sum
    scratch = scratch_for(Grid(4, 4, 4, 4), np.uint16, n)
    kernels.search_packed(table, packed_ac, packed, packed, n, peak, scratch)
    order = int(table[at.ORDER_U])
    return -(order >> 1) if order & 1 else order >> 1


def _peak(bit_depth: int) -> int:
    if bit_depth not in BIT_DEPTHS:
        raise FrameError(f"bit depth is {bit_depth}, not 8, 10 or 12")
    return (1 << bit_depth) - 1


def _integers(name: str, values: Any) -> np.ndarray:
    array = np.asarray(values)
    if array.dtype.kind not in "iu" or array.size == 0:
        raise FrameError(f"{name} is an array of {array.size} {array.dtype}, not of integers")
    return array.astype(np.int64)


def _ac(ac: Any) -> np.ndarray:
    values = _integers("ac", ac)
    if values.ndim != 2 or np.abs(values).max() > AC_MAX:
        raise FrameError(f"ac is {values.ndim}-D within ±{np.abs(values).max()}, not 2-D within ±{AC_MAX}")
    return values.astype(np.int16)


def _pair(ac: Any, chroma: Any, dc: int) -> tuple[np.ndarray, np.ndarray]:
    """AC and chroma less DC, 1-D and int64."""
    values, target = _integers("ac", ac), _integers("chroma", chroma)
    if values.shape != target.shape or values.ndim != 2:
        raise FrameError(f"ac and chroma have shapes {values.shape} and {target.shape}, not one 2-D shape")
    if np.abs(values).max() > AC_MAX:
        raise FrameError(f"ac has a value of ±{np.abs(values).max()}, beyond ±{AC_MAX}")
    return values.ravel(), target.ravel() - dc
