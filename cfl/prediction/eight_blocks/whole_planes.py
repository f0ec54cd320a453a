# mypy: disable-error-code="no-untyped-def"
"""The entry points for whole planes, called from Python: band after band, through the stages of `bands`.

One call does many bands, because what Python does between two calls takes as long as a stage: its own data
have left the processor's caches by then.
"""

from cfl.prediction.eight_blocks import alpha_search as search_kernels
from cfl.prediction.eight_blocks import bands
from cfl.prediction.eight_blocks import kernels as octet_kernels
from cfl.prediction.eight_blocks.sums_table import TABLE
from cfl.simd.kernel import entry, stage
from cfl.simd.octets import BLOCKS, load_some, pairs


@stage
def measured(luma, planes, grid, start, stop, use_mean, peak, scratch):
    """The table, luma AC and chroma less DC of the block rows from `start` to `stop`."""
    w, h, y0 = grid.w, grid.h, start * grid.h
    in_row = scratch.row.size // (BLOCKS * w)
    size = (stop - start) * in_row * BLOCKS * w * h
    table = scratch.table[: (stop - start) * in_row * TABLE]
    ac, chroma = scratch.ac[:size], (scratch.u[:size], scratch.v[:size])
    bands.pack_luma(luma, y0, grid.width, grid.height, w, h, scratch.row, ac)
    bands.pack_chroma(planes, y0, w, h, scratch.row, chroma)
    if use_mean:
        bands.mean_dc(table, chroma, in_row, y0, grid.width, grid.height, w, h)
    else:
        bands.predict_dc(table, planes, chroma, scratch.above, y0, w, h, (peak + 1) >> 1)
    bands.measure(table, ac, chroma[0], chroma[1], y0, grid.width, grid.height, w, h)
    return table, ac, chroma


@entry
def fit_bands(luma, planes, grid, first, last, step, use_mean, peak, scratch, fit, keep, out):
    """Fit the quantised α of both planes, and predict.

    Parameters
    ----------
    luma : planes.Luma
    planes : two 2-D arrays
        U and V.
    grid : planes.Grid
    first, last, step : int
        Block rows: all of them and those of a band.
    use_mean : bool
        DC is the block's mean rather than DC_PRED.
    peak : int
        The largest sample value.
    scratch : planes.Scratch
        For `step` block rows.
    fit : planes.PlaneFit, the rows written
    keep : (block rows, blocks in a row) bool array
        Predict these blocks.
    out : two planes, written
        In the dtype of `planes`. Empty ones are left alone.
    """
    for start in range(first, last, step):
        stop = min(start + step, last)
        table, ac, (u, v) = measured(luma, planes, grid, start, stop, use_mean, peak, scratch)
        search_kernels.search(table, ac, u, v, grid.w * grid.h, peak, scratch.groups)
        search_kernels.search_clipped(
            table, ac, u, v, grid.w * grid.h, peak, scratch.block_ac, scratch.block
        )  # fmt: skip
        bands.report(table, start, True, fit.alpha, fit.dc, fit.sse, fit.sse_dc, fit.ss_total)
        if out[0].size:
            bands.predict(ac, grid, start, stop, fit.alpha, fit.dc, keep, peak, scratch, out)


@entry
def fit_slopes(luma, planes, grid, first, last, step, use_mean, peak, scratch, fit, unset, keep, out):
    """`fit_bands` with the unquantised slopes; `unset` is an int8 array like ``fit.alpha``, of any size."""
    for start in range(first, last, step):
        stop = min(start + step, last)
        table, ac, _ = measured(luma, planes, grid, start, stop, use_mean, peak, scratch)
        bands.report(table, start, False, unset, fit.dc, fit.sse, fit.sse_dc, fit.ss_total)
        bands.report_slopes(table, start, fit.alpha)
        bands.predict_slopes(ac, grid, start, stop, fit.alpha, fit.dc, keep, peak, scratch, out)


@entry
def predict_bands(luma, grid, first, last, step, alpha, dc, keep, peak, scratch, out):
    """Predict from given quantised α and DC, arrays of (2, block rows, blocks in a row); see `fit_bands`."""
    for start in range(first, last, step):
        stop = min(start + step, last)
        ac = scratch.ac[: (stop - start) * scratch.row.size * grid.h]
        bands.pack_luma(luma, start * grid.h, grid.width, grid.height, grid.w, grid.h, scratch.row, ac)
        bands.subtract_average(ac, grid.w * grid.h)
        bands.predict(ac, grid, start, stop, alpha, dc, keep, peak, scratch, out)


@entry
def pack_ac(luma, grid, scratch):
    """The luma AC of the first block row, packed, into ``scratch.ac``."""
    bands.pack_luma(luma, 0, grid.width, grid.height, grid.w, grid.h, scratch.row, scratch.ac)
    bands.subtract_average(scratch.ac, grid.w * grid.h)


# --- blocks that are packed already -----------------------------------------------------------------------


@entry
def predict_packed(ac, n, alpha, dc, peak, packed):
    """Predict blocks of `n` samples from luma AC, of int8 `alpha` and int32 `dc`, into `packed`."""
    for b in range(0, alpha.size, BLOCKS):
        count, o = min(BLOCKS, alpha.size - b), b * n
        scale, level = pairs(load_some(alpha, b, count)), pairs(load_some(dc, b, count))
        octet_kernels.predict(ac, o, n, scale, level, peak, packed[o : o + n * BLOCKS])


@entry
def search_packed(table, ac, u, v, n, peak, scratch):
    """Find the best α of blocks whose sums are in the table; see `alpha_search`."""
    search_kernels.search(table, ac, u, v, n, peak, scratch.groups)
    search_kernels.search_clipped(table, ac, u, v, n, peak, scratch.block_ac, scratch.block)
