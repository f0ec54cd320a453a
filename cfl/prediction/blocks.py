"""Chroma from luma for one block: NumPy arrays in, NumPy arrays out."""

from typing import Any

import numpy as np

from cfl.errors import FrameError
from cfl.frames.frame import BIT_DEPTHS, SUBSAMPLINGS, sample_dtype
from cfl.prediction.planes import OCTET, Grid, Luma, packed_block, scratch_for, unpacked_block

AC_MAX = 32760
"""The largest magnitude of luma AC: that of 12-bit luma, in Q3 (eighths)."""

SIZES = (4, 8, 16, 32)
"""Sides that a transform block with CfL can have, in chroma samples."""


def check_size(width: int, height: int) -> None:
    """Raise `FrameError` unless CfL has transform blocks of this size: sides of 4 to 32, at most 4:1."""
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
    """Return the luma of one chroma transform block less its average: ``L − lumaAvg`` of AV1.

    Parameters
    ----------
    luma : (rows, columns) uint8 or uint16 array
        Reconstructed luma, of at most 12 bits.
    width : {4, 8, 16, 32}
        Of the block, in chroma samples; at most 4 times the height.
    height : {4, 8, 16, 32}
        Of the block, in chroma samples; at most 4 times the width.
    subsampling : {"4:2:0", "4:2:2", "4:4:4"}
        Of the picture.
    x : int, default 0
        Left column of the block, in chroma samples (startX).
    y : int, default 0
        Top row of the block, in chroma samples (startY).
    max_luma_w : int, optional
        MaxLumaW: columns of luma that are available; to the right of them the last one is repeated. By
        default all columns of `luma`, where an odd last one counts twice.
    max_luma_h : int, optional
        MaxLumaH: rows of luma that are available; below them the last one is repeated. By default all rows of
        `luma`, where an odd last one counts twice.

    Returns
    -------
    ac : (height, width) int16 array
        In Q3: eighths of a luma sample.

    Raises
    ------
    FrameError
        The size or the subsampling is impossible, `luma` is not such an array, or the position lies outside
        it.

    See Also
    --------
    fit_alpha : The slope that fits chroma best.
    predict_block : The prediction from it.
    cfl.prediction.reference.luma_ac : The same in plain Python, in the specification's words.

    References
    ----------
    .. [1] AV1 specification, section 7.11.5, "Predict chroma from luma process".

    Examples
    --------
    Four flat 4x4 squares of luma become a 4x4 block of chroma positions, less their mean 25, in eighths:

    >>> import numpy as np
    >>> from cfl.prediction import luma_ac
    >>> luma = np.kron([[10, 20], [30, 40]], np.ones((4, 4))).astype(np.uint8)
    >>> luma_ac(luma, 4, 4)
    array([[-120, -120,  -40,  -40],
           [-120, -120,  -40,  -40],
           [  40,   40,  120,  120],
           [  40,   40,  120,  120]], dtype=int16)
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
    """Return DC_PRED, the mean of the neighbouring chroma samples.

    Parameters
    ----------
    above : (at least width,) int array or None
        Chroma samples of the row above the block; None where there is none.
    left : (at least height,) int array or None
        Chroma samples of the column to the left of the block; None where there is none.
    width : {4, 8, 16, 32}
        Of the block, in chroma samples; at most 4 times the height.
    height : {4, 8, 16, 32}
        Of the block, in chroma samples; at most 4 times the width.
    bit_depth : {8, 10, 12}
        Bits of a sample.

    Returns
    -------
    dc : int
        Rounded to nearest; without neighbours ``2 ** (bit_depth - 1)``.

    Raises
    ------
    FrameError
        The size or the bit depth is impossible, or there are too few neighbours or one above the bit depth.

    See Also
    --------
    predict_block : Adds α · AC to it.

    References
    ----------
    .. [1] AV1 specification, section 7.11.2.5, "DC intra prediction process".

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.prediction import dc_pred
    >>> above, left = np.full(4, 100), np.full(4, 110)
    >>> dc_pred(above, left, 4, 4), dc_pred(above, None, 4, 4), dc_pred(None, None, 4, 4)
    (105, 100, 128)
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
    return int(dc_of_sums.py_func(*sums, above is not None, left is not None, width, height, middle))


def predict_block(ac: np.ndarray, dc: int, alpha: int, bit_depth: int = 8) -> np.ndarray:
    """Return the chroma prediction of one block: ``Clip1(DC + Round2Signed(α · AC, 6))``.

    Parameters
    ----------
    ac : (height, width) int array
        Luma AC in Q3, from `luma_ac`; sides of 4, 8, 16 or 32, at most 4:1.
    dc : int
        DC prediction of the chroma, from `dc_pred`.
    alpha : int
        −16…16, in eighths of chroma per luma.
    bit_depth : {8, 10, 12}
        Bits of a sample.

    Returns
    -------
    prediction : (height, width) array
        `uint8` at 8 bits, else `uint16`.

    Raises
    ------
    FrameError
        The block size or the bit depth is impossible, or a value is out of range.

    See Also
    --------
    luma_ac, dc_pred : Make the input.
    quantise_alpha : The best α.
    predict : Whole frames.
    cfl.prediction.reference.predict : The same in plain Python, in the specification's words.

    References
    ----------
    .. [1] AV1 specification, section 7.11.5, "Predict chroma from luma process".
    .. [2] L. N. Trudeau, N. E. Egge and D. Barr, "Predicting chroma from luma in AV1", Data Compression
           Conference, 2018.

    Examples
    --------
    α is 4 eighths, so chroma changes half as much as luma:

    >>> import numpy as np
    >>> from cfl.prediction import luma_ac, predict_block
    >>> luma = np.kron([[10, 20], [30, 40]], np.ones((4, 4))).astype(np.uint8)
    >>> predict_block(luma_ac(luma, 4, 4), dc=100, alpha=4)
    array([[ 92,  92,  97,  97],
           [ 92,  92,  97,  97],
           [103, 103, 108, 108],
           [103, 103, 108, 108]], dtype=uint8)
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
    """Return the least-squares slope of chroma over luma: ``Σ AC·(C − DC) / Σ AC²``, with AC in luma samples.

    Parameters
    ----------
    ac : (rows, columns) int array
        Luma AC in Q3, from `luma_ac`. Any shape, so that only the visible part of a block can be fitted.
    chroma : (rows, columns) int array
        The chroma to fit.
    dc : int
        DC prediction of the chroma.

    Returns
    -------
    slope : float
        Chroma per luma; α in AV1's eighths is ``8 * slope``. 0.0 if `ac` is all zero.

    Raises
    ------
    FrameError
        The arrays differ in shape or are not of integers, or `ac` is out of range.

    See Also
    --------
    quantise_alpha : The best α of those that AV1 can code.
    cfl.regression.fit_blocks : Lines with an intercept, for all blocks of a plane.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.prediction import fit_alpha, luma_ac
    >>> luma = np.kron([[10, 20], [30, 40]], np.ones((4, 4))).astype(np.uint8)
    >>> ac = luma_ac(luma, 4, 4)
    >>> chroma = 100 + ac // 16  # half of a luma sample for each luma sample
    >>> round(fit_alpha(ac, chroma, dc=100), 3)
    0.5
    """
    values, residual = _pair(ac, chroma, dc)

    from cfl.regression.kernels import slope

    return 8.0 * slope(float(values @ values), float(values @ residual))


def quantise_alpha(ac: np.ndarray, chroma: np.ndarray, dc: int, bit_depth: int = 8) -> int:
    """Return the α of −16…16 whose prediction has the least squared error, rounding and clipping included.

    Of equal errors the smaller magnitude wins, then the positive sign.

    Parameters
    ----------
    ac : (rows, columns) int array
        Luma AC in Q3, from `luma_ac`. Any shape, so that only the visible part of a block can be fitted.
    chroma : (rows, columns) int array
        The chroma to fit.
    dc : int
        DC prediction of the chroma.
    bit_depth : {8, 10, 12}
        Bits of a sample.

    Returns
    -------
    alpha : int
        In eighths of chroma per luma.

    Raises
    ------
    FrameError
        The arrays differ in shape or are not of integers, or a value is out of range.

    See Also
    --------
    fit_alpha : The unquantised slope.
    alpha_bits : What a pair of α costs.

    Notes
    -----
    The result is exact without trying all 33 values; the module of the search has the proof.

    Examples
    --------
    >>> import numpy as np
    >>> from cfl.prediction import luma_ac, quantise_alpha
    >>> luma = np.kron([[10, 20], [30, 40]], np.ones((4, 4))).astype(np.uint8)
    >>> ac = luma_ac(luma, 4, 4)
    >>> quantise_alpha(ac, 100 + ac // 16, dc=100)
    4
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
    """Return AC, and chroma less DC, as 1-D int64 arrays."""
    values, target = _integers("ac", ac), _integers("chroma", chroma)
    if values.shape != target.shape or values.ndim != 2:
        raise FrameError(f"ac and chroma have shapes {values.shape} and {target.shape}, not one 2-D shape")
    if np.abs(values).max() > AC_MAX:
        raise FrameError(f"ac has a value of ±{np.abs(values).max()}, beyond ±{AC_MAX}")
    return values.ravel(), target.ravel() - dc
