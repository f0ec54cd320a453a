"""Lines fitted to each block of two arrays."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from cfl.regression import validation
from cfl.regression.exceptions import RegressionError
from cfl.regression.validation import Array

if TYPE_CHECKING:
    import pyarrow

MAX_PREDICTORS = 8
"""Predictors that `fit_blocks` takes at most."""
MAX_INTEGER_SAMPLES = 2**15
"""Block size up to which the exact sums of 16-bit integers cannot overflow."""
EPSILON = 1.35
"""Where the loss of robust fits turns linear, in units of the residuals' scale; see `HuberRegressor`."""
Ranges = npt.NDArray[np.int64]


class _Maps(NamedTuple):
    slope: Array
    intercept: Array
    r2: Array
    sse: Array


class BlockFits(_Maps):
    """Maps of the fits of `fit_blocks`, one element for each block.

    It is a tuple of the four maps.

    Attributes
    ----------
    slope : (rows, columns) or (n_predictors, rows, columns) float64 array
        In units of `y` per `x`; the first form for a two-dimensional `x`, the second for a stack.
    intercept : (rows, columns) float64 array
        In units of `y`.
    r2 : (rows, columns) float64 array
        R² of each fit; 1 where `y` is constant, as the mean predicts it exactly.
    sse : (rows, columns) float64 array
        Sum of squared errors Σ w·(y − ŷ)², at least 0, in squared units of `y`. Its error is about 10⁻¹⁶ of
        the block's Σ w·(y − ȳ)².
    block : (int, int) or None
        Height and width of a block.
    shape : (int, int) or None
        Height and width of the arrays.

    See Also
    --------
    fit_blocks : Makes the maps.

    Examples
    --------
    >>> from cfl.regression import fit_blocks
    >>> fits = fit_blocks([[0, 1, 2, 3]], [[1, 3, 9, 9]], (1, 2))
    >>> fits.slope, fits.r2, fits.sse
    (array([[2., 0.]]), array([[1., 1.]]), array([[0., 0.]]))
    """

    block: tuple[int, int] | None = None
    shape: tuple[int, int] | None = None

    def predict(self, x: npt.ArrayLike) -> Array:
        """Predict each block by its own line.

        Parameters
        ----------
        x : array-like of shape (height, width) or (n_predictors, height, width)
            Predictors, of the shape that was fitted: the same, or others such as those of the next picture.

        Returns
        -------
        y : (height, width) float64 array
            NaN in blocks that had no samples.

        Raises
        ------
        RegressionError
            `x` has another shape, or these maps do not come from `fit_blocks`.

        See Also
        --------
        fit_blocks : Makes the fits.

        Examples
        --------
        >>> from cfl.regression import fit_blocks
        >>> fit_blocks([[0, 1, 2, 3]], [[1, 3, 9, 9]], (1, 2)).predict([[5, 6, 7, 8]])
        array([[11., 13.,  9.,  9.]])
        """
        if self.block is None or self.shape is None:
            raise RegressionError("only what fit_blocks returned can predict: these maps have no block size.")
        slopes = self.slope[None] if self.slope.ndim == 2 else self.slope
        expected = self.shape if self.slope.ndim == 2 else (len(slopes), *self.shape)
        values = _as_image(x, "x", (2, 3))
        if values.shape != expected:
            raise RegressionError(f"x must have the shape {expected}, got {values.shape}.")
        rows, columns = (np.arange(n) // size for n, size in zip(self.shape, self.block, strict=True))
        result = self.intercept[rows][:, columns]
        for slope, plane in zip(slopes, values.reshape(-1, *self.shape), strict=True):
            result += slope[rows][:, columns] * plane
        return result

    def to_arrow(self) -> "pyarrow.Table":
        """Return the fits as a table with a row for each block.

        Returns
        -------
        table : pyarrow.Table
            Columns ``top``, ``left``, ``height`` and ``width`` of the block, in samples; ``slope`` (or
            ``slope_1``, ``slope_2``, … of a stack), ``intercept``, ``r2`` and ``sse``. NaN stays NaN.

        Raises
        ------
        RegressionError
            These maps do not come from `fit_blocks`, or pyarrow is not installed.

        Examples
        --------
        >>> from cfl.regression import fit_blocks
        >>> table = fit_blocks([[0, 1, 2, 3]], [[1, 3, 9, 9]], (1, 2)).to_arrow()
        >>> table.column_names
        ['top', 'left', 'height', 'width', 'slope', 'intercept', 'r2', 'sse']
        >>> table["left"].to_pylist(), table["slope"].to_pylist()
        ([0, 2], [2.0, 0.0])
        """
        if self.block is None or self.shape is None:
            raise RegressionError("only what fit_blocks returned is a table: these maps have no block size.")
        try:
            import pyarrow
        except ImportError as error:
            raise RegressionError("to_arrow() needs pyarrow: pip install pyarrow") from error
        starts = [np.arange(0, n, size) for n, size in zip(self.shape, self.block, strict=True)]
        sizes = [
            np.minimum(size, n - start) for n, size, start in zip(self.shape, self.block, starts, strict=True)
        ]
        top, left = np.meshgrid(*starts, indexing="ij")
        height, width = np.meshgrid(*sizes, indexing="ij")
        columns = {"top": top, "left": left, "height": height, "width": width}
        if self.slope.ndim == 2:
            columns["slope"] = self.slope
        else:
            columns |= {f"slope_{k + 1}": plane for k, plane in enumerate(self.slope)}
        columns |= {"intercept": self.intercept, "r2": self.r2, "sse": self.sse}
        return pyarrow.table({name: np.ascontiguousarray(values).ravel() for name, values in columns.items()})

    def _repr_html_(self) -> str:
        """What the maps come to, for notebooks."""
        from cfl.markup import table

        maps = {"slope": self.slope, "intercept": self.intercept, "r2": self.r2, "sse": self.sse}
        rows = []
        for name, values in maps.items():
            known = values[np.isfinite(values)]
            numbers = (
                [] if known.size == 0 else [known.min(), *np.quantile(known, (0.25, 0.5, 0.75)), known.max()]
            )
            rows.append([name, *(f"{number:.4g}" for number in numbers), *[""] * (5 - len(numbers))])
        return table(repr(self), ["", "least", "quarter", "median", "three quarters", "most"], rows)

    def __repr__(self) -> str:
        rows, columns = self.intercept.shape
        of = "" if self.block is None else f" of {self.block[0]} x {self.block[1]}"
        predictors = "" if self.slope.ndim == 2 else f", {len(self.slope)} predictors"
        return f"<BlockFits: {rows} x {columns} blocks{of}{predictors}>"


def fit_blocks(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    block: int | tuple[int, int],
    *,
    window: int | tuple[int, int] | None = None,
    neighbours: int | tuple[int, int] | None = None,
    robust: bool = False,
    mask: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    n_jobs: int | None = 1,
) -> BlockFits:
    """Fit ``y ≈ slope · x + intercept`` to each block of two arrays.

    Parameters
    ----------
    x : array-like of shape (height, width) or (n_predictors, height, width)
        Up to 8 predictors, for instance shifted copies of a plane. Any integer or float dtype.
    y : array-like of shape (height, width)
        What to predict. Any integer or float dtype.
    block : int or (int, int)
        Height and width of a block, at least 1. Blocks at the right and bottom edges are cut off where the
        arrays end.
    window : int or (int, int), optional
        Height and width of the neighbourhood that the line of a block is fitted to, each at least the
        block's. The block lies in its middle; where the difference is odd, the window has one row or column
        more after the block than before. Windows are cut off at the edges of the arrays. By default the block
        itself.
    neighbours : int or (int, int), optional
        Fit each block to samples that a decoder has before it, not to its own: this many rows above it, as
        wide as the block, and this many columns left of it, as high as the block (without the corner). Each
        at least 0, not both 0. The first block has no such samples: NaN. Not together with `window`.
    robust : bool, default False
        Fit by Huber's loss, as `HuberRegressor` without a penalty does, so that outliers do not spoil the
        line. R² and the sum of squared errors are of all samples, outliers too.
    mask : array-like of bool, shape (height, width), optional
        False leaves a sample out, whatever its value.
    weights : array-like of shape (height, width), optional
        Weight of each sample, at least 0; 0 leaves a sample out, whatever its value.
    n_jobs : int or None, default 1
        Threads; −1 or None for as many as there are processors. The result does not depend on it.

    Returns
    -------
    fits : BlockFits
        Maps of ``ceil(height / block height)`` rows and ``ceil(width / block width)`` columns.

    Raises
    ------
    RegressionError
        Shapes do not match, there are no samples, a size is out of range, a weight is negative, or a value is
        not finite or too large to be squared.

    See Also
    --------
    BlockFits : The result; `BlockFits.predict` applies it.
    LinearRegression : One fit of all samples, right to 12 digits.
    cfl.prediction.predict : Chroma from luma as AV1 does it, with α in eighths.

    Notes
    -----
    - Where `x` is constant the slope is 0 and the intercept is the mean of `y`. Where predictors are, to
      rounding, combinations of each other, the slopes are those with the least sum of squares.
    - Where a block has no samples (all are masked out) all its maps are NaN.
    - 8- and 16-bit integers without mask and weights are fitted through exact integer sums, up to 2¹⁵ samples
      a block. Everything else is computed in float64, about the means. Integers of 64 bits are rounded to
      float64 first.

    Examples
    --------
    Two blocks; y = 2x + 1 in the first, and x is constant in the second:

    >>> import numpy as np
    >>> from cfl.regression import fit_blocks
    >>> x = np.array([[0, 1, 5, 5], [2, 3, 5, 5]])
    >>> fits = fit_blocks(x, 2 * x + 1, 2)
    >>> fits.slope, fits.intercept
    (array([[2., 0.]]), array([[ 1., 11.]]))
    """
    predictors, target = _as_image(x, "x", (2, 3)), _as_image(y, "y", (2,))
    if predictors.shape[-2:] != target.shape:
        raise RegressionError(
            f"x and y must have the same height and width, got {predictors.shape[-2:]} and {target.shape}."
        )
    size, reach = _block_and_window(block, window)
    before = _as_neighbours(neighbours, window)
    ranges = [
        _ranges(length, *pair)
        for length, pair in zip(target.shape, zip(size, reach, strict=True), strict=True)
    ]
    sample_weights = _sample_weights(mask, weights, target.shape)
    if before is not None or robust:
        fit, n_maps = _general_kernel(predictors, target, sample_weights, before, robust)
    else:
        fit, n_maps = _choose_kernel(predictors, target, sample_weights, reach, overlapping=reach != size)
    out = np.empty((n_maps, len(ranges[0]), len(ranges[1])))
    _run(fit, ranges[0], ranges[1], out, n_jobs)
    _check_result(out, predictors, target, sample_weights, ranges, before)
    slopes = out[:-3] if predictors.ndim == 3 else out[0]
    fits = BlockFits(slopes, out[-3], out[-2], out[-1])
    fits.block, fits.shape = size, (target.shape[0], target.shape[1])
    return fits


def _as_image(data: npt.ArrayLike, name: str, dimensions: tuple[int, ...]) -> npt.NDArray[Any]:
    array = np.asarray(data)
    if array.dtype.kind not in "biuf":
        raise RegressionError(f"{name} must be of an integer or float dtype, got {array.dtype}.")
    if array.ndim not in dimensions or 0 in array.shape:
        shapes = " or ".join(
            "(height, width)" if n == 2 else "(n_predictors, height, width)" for n in dimensions
        )
        raise RegressionError(f"{name} must be a non-empty array of shape {shapes}, got {array.shape}.")
    if array.ndim == 3 and len(array) > MAX_PREDICTORS:
        raise RegressionError(f"fit_blocks takes up to {MAX_PREDICTORS} predictors, got {len(array)}.")
    return array


def _block_and_window(
    block: int | tuple[int, int], window: int | tuple[int, int] | None
) -> tuple[tuple[int, int], tuple[int, int]]:
    size = _as_pair(block, "block")
    reach = size if window is None else _as_pair(window, "window")
    if reach[0] < size[0] or reach[1] < size[1]:
        raise RegressionError(f"window {reach} must be at least as large as block {size}.")
    return size, reach


def _as_pair(value: Any, name: str) -> tuple[int, int]:
    pair = (value, value) if np.ndim(value) == 0 else tuple(value)
    if len(pair) != 2 or not all(isinstance(side, (int, np.integer)) and side >= 1 for side in pair):
        raise RegressionError(f"{name} must be an int >= 1 or a pair of them, got {value!r}.")
    return int(pair[0]), int(pair[1])


def _as_neighbours(neighbours: Any, window: Any) -> tuple[int, int] | None:
    """Return rows above and columns left, None for a block's own samples."""
    if neighbours is None:
        return None
    if window is not None:
        raise RegressionError("window and neighbours exclude each other: one says where the samples are.")
    pair = (neighbours, neighbours) if np.ndim(neighbours) == 0 else tuple(neighbours)
    sizes = len(pair) == 2 and all(isinstance(n, (int, np.integer)) and n >= 0 for n in pair)
    if not sizes or not any(pair):
        raise RegressionError(
            f"neighbours must be an int >= 1, or a pair of them of which one may be 0, got {neighbours!r}."
        )
    return int(pair[0]), int(pair[1])


def _ranges(length: int, block: int, window: int) -> Ranges:
    """Return start and stop of each block's window along one axis, (n_blocks, 2)."""
    starts = np.arange(0, length, block)
    stops = np.minimum(starts + block, length)
    before = (window - block) // 2
    after = window - block - before
    return np.column_stack([np.maximum(starts - before, 0), np.minimum(stops + after, length)]).astype(
        np.int64
    )


def _sample_weights(
    mask: npt.ArrayLike | None, weights: npt.ArrayLike | None, shape: tuple[int, ...]
) -> Array | None:
    if mask is None and weights is None:
        return None
    kept = np.ones(shape, np.bool_) if mask is None else np.asarray(mask)
    if kept.dtype != np.bool_:
        raise RegressionError(f"mask must be of dtype bool, got {kept.dtype}.")
    values = np.ones(shape) if weights is None else validation.as_float(weights, "weights")
    for array, name in ((kept, "mask"), (values, "weights")):
        if array.shape != shape:
            raise RegressionError(f"{name} must have the shape of y, {shape}, got {array.shape}.")
    validation.check_finite(values, "weights")
    if np.any(values < 0):
        raise RegressionError("Negative values in data passed to `weights`.")
    return np.where(kept, values, 0.0)


def _choose_kernel(
    x: npt.NDArray[Any], y: npt.NDArray[Any], weights: Array | None, reach: tuple[int, int], overlapping: bool
) -> tuple[Callable[[Ranges, Ranges, Array], None], int]:
    """Return the kernel for the data, as a function of row ranges, column ranges and output; and its maps."""
    from cfl.regression import block_design_kernels, block_kernels

    no_weights = np.empty((0, 0)) if weights is None else weights
    if x.ndim == 3:
        a, b = _contiguous(x, np.float64), _contiguous(y, np.float64)
        return lambda rows, columns, out: block_design_kernels.fit_designs(
            a, b, no_weights, rows, columns, out
        ), len(x) + 3
    narrow = weights is None and reach[1] <= block_kernels.TILE
    dtype = _working_dtype(x.dtype, y.dtype)
    if narrow and dtype.kind in "iu" and reach[0] * reach[1] <= MAX_INTEGER_SAMPLES:
        a, b = _contiguous(x, dtype), _contiguous(y, dtype)
        return lambda rows, columns, out: block_kernels.fit_integers(a, b, rows, columns, out), 4
    if narrow and not overlapping:
        dtype = np.dtype(np.float64) if dtype.kind in "iu" else dtype
        a, b = _contiguous(x, dtype), _contiguous(y, dtype)
        return lambda rows, columns, out: block_kernels.fit_floats(a, b, rows, columns, out), 4
    a, b = _contiguous(x, np.float64), _contiguous(y, np.float64)
    return lambda rows, columns, out: block_kernels.fit_regions(a, b, no_weights, rows, columns, out), 4


def _general_kernel(
    x: npt.NDArray[Any],
    y: npt.NDArray[Any],
    weights: Array | None,
    before: tuple[int, int] | None,
    robust: bool,
) -> tuple[Callable[[Ranges, Ranges, Array], None], int]:
    """Return the kernel for samples before a block, and for robust fits; as `_choose_kernel`."""
    from cfl.regression import block_general_kernels

    a, b = _contiguous(x.reshape(-1, *y.shape), np.float64), _contiguous(y, np.float64)
    no_weights = np.empty((0, 0)) if weights is None else weights
    above, left = before or (0, 0)
    # A neighbourhood larger than the arrays is no larger than they are.
    above, left = min(above, y.shape[0]), min(left, y.shape[1])
    epsilon = EPSILON if robust else 0.0
    return lambda rows, columns, out: block_general_kernels.fit_neighbourhoods(
        a, b, no_weights, rows, columns, above, left, epsilon, out
    ), len(a) + 3


def _working_dtype(x: np.dtype[Any], y: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype to compute in. There are few of them, because each costs a compilation."""
    both = np.result_type(x, y)
    if both.kind in "bu" and both.itemsize <= 2:
        return np.dtype(np.uint8 if both.itemsize == 1 else np.uint16)
    if x.kind in "biu" and y.kind in "biu" and max(x.itemsize, y.itemsize) <= 2:
        return np.dtype(np.int32)
    return np.dtype(np.float32 if both.kind == "f" and both.itemsize <= 4 else np.float64)


def _contiguous(array: npt.NDArray[Any], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype=dtype)


def _run(
    fit: Callable[[Ranges, Ranges, Array], None],
    rows: Ranges,
    columns: Ranges,
    out: Array,
    n_jobs: int | None,
) -> None:
    """Share the rows of blocks among threads. The kernels release Python's global lock."""
    if n_jobs is not None and n_jobs < 1 and n_jobs != -1:
        raise RegressionError(f"n_jobs must be >= 1, −1 or None, got {n_jobs}.")
    threads = (cpu_count() or 1) if n_jobs in (None, -1) else n_jobs
    if threads == 1 or len(rows) == 1:
        fit(rows, columns, out)
        return
    parts: Sequence[Ranges] = np.array_split(np.arange(len(rows)), min(threads or 1, len(rows)))
    with ThreadPoolExecutor(len(parts)) as pool:
        jobs = [
            pool.submit(fit, rows[part[0] : part[-1] + 1], columns, out[:, part[0] : part[-1] + 1])
            for part in parts
        ]
        for job in jobs:
            job.result()


def _check_result(
    out: Array,
    x: npt.NDArray[Any],
    y: npt.NDArray[Any],
    weights: Array | None,
    ranges: list[Ranges],
    before: tuple[int, int] | None,
) -> None:
    """Raise `RegressionError` if an input was not finite, for which the kernels give NaN."""
    if np.isfinite(np.sum(out)):
        return
    for array, name in ((x, "x"), (y, "y")):
        if array.dtype.kind == "f":
            kept = array if weights is None else array[..., weights > 0]
            validation.check_finite(kept, name)
    empty = _empty_blocks(np.ones(y.shape) if weights is None else weights, ranges, before)
    if not np.all(np.isfinite(out) | empty):
        raise RegressionError("The sums of squares in x and y are too large for float64: scale them.")


def _empty_blocks(
    weights: Array, ranges: list[Ranges], before: tuple[int, int] | None
) -> npt.NDArray[np.bool_]:
    """Tell which blocks have no sample to be fitted to, by sums of all samples above and left."""
    sums = np.zeros((weights.shape[0] + 1, weights.shape[1] + 1), np.int64)
    sums[1:, 1:] = np.cumsum(np.cumsum(weights > 0, axis=0), axis=1)

    def count(top: Any, bottom: Any, left: Any, right: Any) -> Any:
        return sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]

    (top, bottom), (left, right) = ranges[0].T[:, :, None], ranges[1].T[:, None]
    if before is None:
        return np.asarray(count(top, bottom, left, right) == 0)
    above = count(np.maximum(top - before[0], 0), top, left, right)
    beside = count(top, bottom, np.maximum(left - before[1], 0), left)
    return np.asarray(above + beside == 0)
