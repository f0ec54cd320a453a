# mypy: disable-error-code="no-untyped-def"
"""MS-SSIM of a band of rows at one scale: the sums of SSIM and of its contrast and structure alone."""

from cfl.metrics.gaussian import REACH
from cfl.metrics.gaussian_kernels import ROWS, STRIDE, TILE, clear_around, mean_down, means_along
from cfl.simd.float32x8 import load_f8, total_f8, zeros_f8
from cfl.simd.kernel import entry, stage
from cfl.simd.octets import floats

_C1, _C2 = 0.01**2, 0.03**2


@stage
def _sum_row(means, at, width, taps, weights, there, sums):
    """Add a part of a row to the sums."""
    step = 2 * ROWS * STRIDE
    c1, c2, one = floats(_C1), floats(_C2), floats(1.0)
    ssim, structure = zeros_f8(), zeros_f8()
    for x in range(0, width, 8):
        m1 = mean_down(means, at + x, taps)
        m2 = mean_down(means, at + step + x, taps)
        power = m1 * m1 + m2 * m2
        square = (m1 - m2) * (m1 - m2)
        spread = mean_down(means, at + 3 * step + x, taps) - square
        whole = mean_down(means, at + 2 * step + x, taps) - power + c2
        alike = load_f8(weights, there + x) * (one - spread / whole)
        structure = structure + alike
        ssim = ssim + alike * (one - square / (power + c1))
    sums[0] += total_f8(ssim)
    sums[1] += total_f8(structure)


@entry
def sum_ssim(band, width, taps, weights, parts, means, sums):
    """Sum the similarity of the windows of a band of rows.

    Parameters
    ----------
    band : (2, 1, REACH + rows + REACH, REACH + columns + REACH + 8) float32 array
        Samples of both pictures, from 0 to 1; see `cfl.metrics.pyramid.Band`.
    width : int
        Of the picture.
    taps : (REACH + 1,) float32 array
        `gaussian`.
    weights : (rows, columns) float32 array
        What the window around each sample counts; 0 for those that do not lie inside the picture.
    parts, means : float32 arrays
        Scratch, as for `means_along`.
    sums : (2,) float64 array
        Those of SSIM, and of its contrast and structure, are added.
    """
    rows, stride, columns = band.shape[2], band.shape[3], weights.shape[1]
    clear_around(band, width)
    for left in range(0, columns, TILE):
        part = min(TILE, columns - left)
        for y in range(rows):
            first = y * stride + REACH + left
            means_along(band, first, band, first + rows * stride, part, taps, parts, means, y % ROWS)
            if y >= 2 * REACH:
                there = (y - 2 * REACH) * columns + left
                _sum_row(means, (y + 1) % ROWS * STRIDE, part, taps, weights, there, sums)
