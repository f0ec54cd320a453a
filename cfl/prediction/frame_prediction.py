"""Predict the chroma of whole frames from luma: `predict`."""

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cfl.arguments import one_of, real, whole
from cfl.errors import FrameError
from cfl.frames.frame import Frame, require_coded_depth, require_frame
from cfl.metrics import planes as metrics
from cfl.prediction import quadtree
from cfl.prediction.planes import Grid, Luma, PlaneFit, fit_planes, predict_planes, squared_errors
from cfl.prediction.syntax import alpha_bits

if TYPE_CHECKING:
    import pandas
    import pyarrow

DC_MODES = ("neighbours", "mean")
ALPHA_MODES = ("quantised", "float")


@dataclass(frozen=True, eq=False)
class Prediction:
    """A frame's chroma, predicted from its luma; `predict` makes it.

    Attributes
    ----------
    source : Frame
        What was predicted.
    frame : Frame
        The source with its chroma replaced by the prediction.
    block : str
        Block size, such as "16x16", or "auto".
    dc : str
        "neighbours" or "mean"; see `predict`.
    alpha : str
        "quantised" or "float"; see `predict`.
    blocks : structured array
        One row for each block, in raster order. `x`, `y`, `w`, `h`: place and size in luma samples (the whole
        block, even where it crosses the picture's edge). `alpha_u`, `alpha_v`: −16…16 as `int8`, or the
        `float64` slope, chroma per luma. `dc_u`, `dc_v`: DC. `sse_u`, `sse_v`: squared error over the visible
        samples. `r2_u`, `r2_v`: R² about the block's mean.
    sse : dict of int
        Squared error of the prediction over the planes "u" and "v".
    sse_dc : dict of int
        Squared error of DC alone (α = 0) over the planes "u" and "v".
    psnr : dict of float
        PSNR of the prediction in dB, of "u" and "v".
    psnr_dc : dict of float
        PSNR of DC alone in dB, of "u" and "v".
    ss_total : dict of float
        Sum of squared deviations from the plane's mean, of "u" and "v".
    r2 : dict of float
        R² about the plane's mean, of "u" and "v"; negative where the mean would predict better.

    See Also
    --------
    predict : Makes it.
    cfl.inspect : The predictions that an encoder chose.

    Examples
    --------
    Cb rises with luma, by half as much; Cr falls, by a quarter:

    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:16, :16]
    >>> luma = (8 * column + 4 * row).astype(np.uint8)
    >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3))
    >>> u, v = (np.round(chroma).astype(np.uint8) for chroma in (100 + half / 2, 200 - half / 4))
    >>> frame = cfl.Frame(luma, u, v)
    >>> prediction = cfl.predict(frame, 8, dc="mean")
    >>> prediction.cfl_blocks, round(prediction.alpha_bits, 2), prediction.r2["u"]
    (4, 35.65, 1.0)
    >>> prediction.map("alpha_v")[::8, ::8].tolist()
    [[-2, -2], [-2, -2]]
    """

    source: Frame
    frame: Frame
    block: str
    dc: str
    alpha: str
    blocks: np.ndarray
    sse: dict[str, int]
    sse_dc: dict[str, int]
    psnr: dict[str, float]
    psnr_dc: dict[str, float]
    ss_total: dict[str, float]
    r2: dict[str, float]

    def __repr__(self) -> str:
        how = f"block={self.block!r}, dc={self.dc!r}, alpha={self.alpha!r}"
        return f"Prediction({self.source!r}, {how}: {len(self.blocks)} blocks)"

    def _repr_html_(self) -> str:
        """How well luma predicts, and the prediction, for notebooks."""
        from cfl.frames.thumbnails import thumbnail
        from cfl.markup import picture, table

        title = f"Chroma from luma: blocks {self.block}, DC of the {self.dc}, α {self.alpha}"
        rows = [
            [name, f"{self.psnr[plane]:.2f} dB", f"{self.psnr_dc[plane]:.2f} dB", f"{self.r2[plane]:.3f}"]
            for plane, name in (("u", "Cb (U)"), ("v", "Cr (V)"))
        ]
        small = thumbnail(self.frame)
        shown = "" if small is None else picture(small, "the prediction")
        return table(title, ["", "PSNR", "of DC alone", "R²"], rows) + shown

    def to_arrow(self) -> "pyarrow.Table":
        """Return the blocks as a table of Arrow.

        Returns
        -------
        table : pyarrow.Table
            A row for each block, with the columns of `blocks`.

        See Also
        --------
        to_pandas : The same for pandas.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> luma = np.arange(256, dtype=np.uint8).reshape(16, 16)
        >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3)).astype(np.uint8)
        >>> prediction = cfl.predict(cfl.Frame(luma, half, 255 - half), 8, dc="mean")
        >>> prediction.to_arrow()["alpha_v"].to_pylist()
        [-8, -8, -8, -8]
        """
        import pyarrow

        return pyarrow.table({name: self.blocks[name].copy() for name in self.blocks.dtype.names or ()})

    def to_pandas(self) -> "pandas.DataFrame":
        """Return the blocks as a table of pandas, which must be installed.

        Returns
        -------
        table : pandas.DataFrame
            A row for each block, with the columns of `blocks`.

        See Also
        --------
        to_arrow : The same for Arrow.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> luma = np.arange(256, dtype=np.uint8).reshape(16, 16)
        >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3)).astype(np.uint8)
        >>> prediction = cfl.predict(cfl.Frame(luma, half, 255 - half), 8, dc="mean")
        >>> prediction.to_pandas()["alpha_v"].tolist()
        [-8, -8, -8, -8]
        """
        return self.to_arrow().to_pandas()

    @property
    def cfl_blocks(self) -> int:
        """Number of blocks that use CfL, which have an α that is not 0.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> luma = np.arange(256, dtype=np.uint8).reshape(16, 16)
        >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3)).astype(np.uint8)
        >>> prediction = cfl.predict(cfl.Frame(luma, half, 255 - half), 8, dc="mean")
        >>> prediction.cfl_blocks, len(prediction.blocks)
        (4, 4)
        """
        return int(np.count_nonzero((self.blocks["alpha_u"] != 0) | (self.blocks["alpha_v"] != 0)))

    @property
    def alpha_bits(self) -> float | None:
        """Bits that all α cost with AV1's default CDFs; None if α is not quantised.

        See Also
        --------
        cfl.prediction.alpha_bits : Bits of one pair of α.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> luma = np.arange(256, dtype=np.uint8).reshape(16, 16)
        >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3)).astype(np.uint8)
        >>> prediction = cfl.predict(cfl.Frame(luma, half, 255 - half), 8, dc="mean")
        >>> round(prediction.alpha_bits, 2)
        77.69
        """
        if self.alpha == "float":
            return None
        return float(alpha_bits(self.blocks["alpha_u"], self.blocks["alpha_v"]).sum())

    def map(self, field: str) -> np.ndarray:
        """Return a field of `blocks` as a picture, in which each luma sample has its block's value.

        Parameters
        ----------
        field : str
            Name of a field of `blocks`.

        Returns
        -------
        map : (height, width) array
            Of the field's dtype.

        See Also
        --------
        cfl.Inspection.map : The same of a coded picture.

        Examples
        --------
        >>> import numpy as np
        >>> import cfl
        >>> luma = np.arange(256, dtype=np.uint8).reshape(16, 16)
        >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3)).astype(np.uint8)
        >>> prediction = cfl.predict(cfl.Frame(luma, half, 255 - half), 8, dc="mean")
        >>> prediction.map("alpha_v").shape
        (16, 16)
        >>> prediction.map("alpha_v")[::8, ::8].tolist()
        [[-8, -8], [-8, -8]]
        """
        values = self.blocks[field]
        result = np.empty((self.source.height, self.source.width), values.dtype)
        for (x, y, w, h), value in zip(self.blocks[["x", "y", "w", "h"]].tolist(), values, strict=True):
            result[y : y + h, x : x + w] = value
        return result


def predict(
    frame: Frame,
    block: str | int = "16x16",
    dc: str = "neighbours",
    alpha: str = "quantised",
    luma: np.ndarray | None = None,
    lambda_: float | None = None,
    threads: int = 1,
) -> Prediction:
    """Predict a frame's chroma from its luma, block by block, as AV1 would with the best α.

    Parameters
    ----------
    frame : Frame
        In 4:2:0, 4:2:2 or 4:4:4.
    block : str or int, default "16x16"
        A block size of AV1 up to 32 a side, in luma samples: 8, "16x32" and so on. Or "auto" for the quadtree
        of squares with the least squared error plus `lambda_` times the bits of α.
    dc : {"neighbours", "mean"}
        What α · AC is added to. "neighbours": DC_PRED from the frame's own chroma above and to the left of
        the block. "mean": the rounded mean of the block's chroma.
    alpha : {"quantised", "float"}
        "quantised": the best of AV1's −16…16 eighths. "float": the least-squares slope.
    luma : (height, width) array, optional
        Luma to predict from instead of the frame's, of the same dtype. A decoder only has reconstructed luma.
    lambda_ : float, optional
        Squared error that one bit is worth, for "auto"; at least 0. By default 10 at 8 bits, 160 at 10 bits
        and 2560 at 12 bits.
    threads : int, default 1
        Threads to use. The result does not depend on it.

    Returns
    -------
    prediction : Prediction
        The predicted frame, its blocks and errors.

    Raises
    ------
    FrameError
        The frame has no chroma or 16 bits, the block size is impossible for its subsampling, `luma` does not
        fit, or an option is not one of the above.

    See Also
    --------
    predict_block : One block.
    cfl.inspect : What an encoder chose in a file.
    cfl.regression.fit_blocks : The least-squares lines of all blocks, with an intercept.

    Notes
    -----
    A block that crosses the picture's edge keeps its size. Its luma AC follows AV1 specification 7.11.5 with
    MaxLumaW and MaxLumaH at the picture's edge, where an odd last column or row counts twice. The fit and the
    errors count visible samples only. Neighbours beyond the edge repeat the last one.

    References
    ----------
    .. [1] AV1 specification, section 7.11.5, "Predict chroma from luma process".

    Examples
    --------
    Cb rises with luma, by half as much (4 eighths); Cr falls, by a quarter (−2 eighths):

    >>> import numpy as np
    >>> import cfl
    >>> row, column = np.mgrid[:16, :16]
    >>> luma = (8 * column + 4 * row).astype(np.uint8)
    >>> half = luma.reshape(8, 2, 8, 2).mean(axis=(1, 3))
    >>> u, v = (np.round(chroma).astype(np.uint8) for chroma in (100 + half / 2, 200 - half / 4))
    >>> frame = cfl.Frame(luma, u, v)
    >>> prediction = cfl.predict(frame, "16x16", dc="mean")
    >>> prediction.blocks[["alpha_u", "alpha_v", "dc_u", "dc_v"]].tolist()
    [(4, -2, 145, 177)]
    >>> prediction.r2, round(prediction.psnr_dc["u"], 2)
    ({'u': 1.0, 'v': 1.0}, 21.9)
    """
    require_frame("frame", frame)
    if frame.u is None or frame.v is None:
        raise FrameError("a 4:0:0 frame has no chroma to predict")
    require_coded_depth(frame)
    for name, value, values in (("dc", dc, DC_MODES), ("alpha", alpha, ALPHA_MODES)):
        one_of(name, value, values)
    threads = whole("threads", threads, 1)
    if lambda_ is not None and not 0 <= real("lambda", lambda_) < math.inf:
        raise FrameError(f"lambda is {lambda_}, not a finite number of at least 0")
    job = _Job(frame, dc == "mean", alpha == "quantised", threads, _luma_of(frame, luma))
    height, width = frame.u.shape
    if isinstance(block, str) and block == "auto":
        grids = quadtree.grids_of(width, height, frame.subsampling_x, frame.subsampling_y)
        lambda_ = quadtree.default_lambda(frame.bit_depth) if lambda_ is None else lambda_
        fits = [job.fit(grid, keep_prediction=False) for grid in grids]
        use = quadtree.choose(grids, lambda index: quadtree.costs(fits[index], lambda_))
        predicted = job.combine(grids, fits, use)
        blocks = np.concatenate([job.rows(*parts) for parts in zip(grids, fits, use, strict=True)])
        blocks = blocks[np.lexsort((blocks["x"], blocks["y"]))]
        sse_dc = [
            sum(int(fit.sse_dc[i][kept].sum()) for fit, kept in zip(fits, use, strict=True)) for i in (0, 1)
        ]
        name = "auto"
    else:
        block_w, block_h = parse_block(block)
        grid = grid_of(frame, block_w, block_h)
        fit = job.fit(grid, keep_prediction=True)
        predicted, blocks = job.predicted, job.rows(grid, fit)
        sse_dc = [int(fit.sse_dc[i].sum()) for i in (0, 1)]
        name = f"{block_w}x{block_h}"
    return _prediction(frame, predicted, name, dc, alpha, blocks, sse_dc)


def parse_block(block: str | int) -> tuple[int, int]:
    """(width, height) in luma samples of a block size such as 16, "16" or "16x32".

    Raises
    ------
    FrameError
        It is not of that form, or not a block size of AV1 up to 32 a side.
    """
    name = block if isinstance(block, str) else str(whole("block", block))
    match = re.fullmatch(r"(\d{1,4})(?:x(\d{1,4}))?", name)
    if match is None:
        raise FrameError(f"block size is {block!r}, not N, WxH or auto")
    w = int(match[1])
    h = int(match[2] or w)
    sides = (4, 8, 16, 32)
    if w not in sides or h not in sides or max(w, h) > 4 * min(w, h):
        raise FrameError(f"block size is {w}x{h}; CfL blocks have sides of 4, 8, 16 or 32, at most 4:1")
    return w, h


def grid_of(frame: Frame, block_w: int, block_h: int) -> Grid:
    """The grid of chroma blocks for luma blocks of this size.

    Raises
    ------
    FrameError
        With the frame's subsampling, such a luma block has no chroma block of its own.
    """
    w, h = block_w >> frame.subsampling_x, block_h >> frame.subsampling_y
    if min(w, h) < 4 or max(w, h) > 4 * min(w, h):
        raise FrameError(
            f"block size {block_w}x{block_h} would have {w}x{h} chroma in {frame.subsampling}; "
            "AV1's chroma blocks are 4 to 32 a side, at most 4:1"
        )
    height, width = frame.planes[1].shape
    return Grid(width, height, w, h)


class _Job:
    """What all grids of one call of `predict` share."""

    def __init__(self, frame: Frame, use_mean: bool, quantised: bool, threads: int, luma: np.ndarray):
        self.frame = frame
        self.u, self.v = frame.planes[1:]
        self.use_mean, self.quantised, self.threads = use_mean, quantised, threads
        self.peak = (1 << frame.bit_depth) - 1
        self.luma = Luma.of(luma, frame.subsampling_x, frame.subsampling_y)
        self.predicted: tuple[np.ndarray, np.ndarray] = (self.u, self.v)

    def fit(self, grid: Grid, keep_prediction: bool) -> PlaneFit:
        """Fit a grid; the prediction is kept in `predicted` where wanted."""
        needed = keep_prediction or not self.quantised
        out = (grid.empty_plane(self.u.dtype), grid.empty_plane(self.u.dtype)) if needed else None
        fit = fit_planes(
            self.luma, self.u, self.v, grid, peak=self.peak, use_mean=self.use_mean,
            quantised=self.quantised, out=out, threads=self.threads,
        )  # fmt: skip
        if out is not None:
            predicted = grid.visible(out[0]), grid.visible(out[1])
            if not self.quantised:
                for plane, (source, result) in enumerate(zip((self.u, self.v), predicted, strict=True)):
                    fit.sse[plane] = squared_errors(source, result, grid)
            self.predicted = predicted
        return fit

    def combine(
        self, grids: list[Grid], fits: list[PlaneFit], use: list[np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the predicted planes, made of the blocks of each grid that are in use."""
        largest = grids[-1]
        out = largest.empty_plane(self.u.dtype), largest.empty_plane(self.u.dtype)
        for grid, fit, keep in zip(grids, fits, use, strict=True):
            predict_planes(
                self.luma, grid, fit.alpha, fit.dc, peak=self.peak, out=out, keep=keep, threads=self.threads
            )
        return largest.visible(out[0]), largest.visible(out[1])

    def rows(self, grid: Grid, fit: PlaneFit, use: np.ndarray | None = None) -> np.ndarray:
        """Return the blocks of a grid, or those in use, as rows of a structured array."""
        use = np.ones((grid.rows, grid.columns), bool) if use is None else use
        row, column = np.nonzero(use)
        alpha = fit.alpha.dtype
        blocks = np.empty(row.size, [
            *((name, np.int32) for name in ("x", "y", "w", "h")), ("alpha_u", alpha), ("alpha_v", alpha),
            ("dc_u", np.int32), ("dc_v", np.int32), ("sse_u", np.int64), ("sse_v", np.int64),
            ("r2_u", np.float64), ("r2_v", np.float64),
        ])  # fmt: skip
        w, h = grid.w << self.frame.subsampling_x, grid.h << self.frame.subsampling_y
        blocks["x"], blocks["y"], blocks["w"], blocks["h"] = column * w, row * h, w, h
        r2 = fit.r2()
        for plane, name in enumerate("uv"):
            for field, values in (("alpha", fit.alpha), ("dc", fit.dc), ("sse", fit.sse), ("r2", r2)):
                blocks[f"{field}_{name}"] = values[plane][use]
        return blocks


def _prediction(
    frame: Frame,
    predicted: tuple[np.ndarray, np.ndarray],
    block: str,
    dc: str,
    alpha: str,
    blocks: np.ndarray,
    sse_dc: list[int],
) -> Prediction:
    """Put the result together, with the measures of whole planes."""
    from cfl.regression.kernels import r_squared

    names = ("u", "v")
    sse = {name: int(blocks[f"sse_{name}"].sum()) for name in names}
    samples = predicted[0].size
    of_dc = dict(zip(names, sse_dc, strict=True))
    spreads = (metrics.spread_times_size(plane) / samples for plane in frame.planes[1:])
    ss_total = dict(zip(names, spreads, strict=True))
    return Prediction(
        source=frame,
        frame=frame.replace(u=predicted[0], v=predicted[1]),
        block=block,
        dc=dc,
        alpha=alpha,
        blocks=blocks,
        sse=sse,
        sse_dc=of_dc,
        psnr={name: metrics.psnr_of(sse[name], samples, frame.bit_depth) for name in names},
        psnr_dc={name: metrics.psnr_of(of_dc[name], samples, frame.bit_depth) for name in names},
        ss_total=ss_total,
        r2={name: r_squared.py_func(sse[name], ss_total[name]) for name in names},
    )


def _luma_of(frame: Frame, luma: np.ndarray | None) -> np.ndarray:
    """Return the luma to predict from, checked like a frame's."""
    if luma is None:
        return frame.y
    if np.shape(luma) != frame.y.shape:
        raise FrameError(f"the luma to predict from has shape {np.shape(luma)}, the frame's {frame.y.shape}")
    return frame.replace(y=luma).y
