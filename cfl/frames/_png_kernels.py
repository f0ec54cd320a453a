"""PNG's filters of rows of bytes, and the choice among them (PNG specification, 9 and 12.7)."""
# mypy: disable-error-code="no-untyped-def"

import numpy as np

from cfl.simd.kernel import entry, stage


@entry
def filter_rows(rows, step, out):
    """Filter each row by the filter of least sum of absolute differences, as the specification advises.

    Parameters
    ----------
    rows : (n + 1, step + m) uint8
        The row above the first, then n rows; each after `step` bytes of zeros.
    step : int
        The bytes of a pixel.
    out : (n, 1 + m) uint8, written
        The filter's number and the filtered bytes of each row.
    """
    count, size = out.shape[0], out.shape[1] - 1
    filtered = np.empty((5, size), np.uint8)
    for i in range(count):
        _all_filters(rows[i], rows[i + 1], step, filtered)
        best, least = 0, _cost(filtered[0])
        for number in range(1, 5):
            cost = _cost(filtered[number])
            if cost < least:
                best, least = number, cost
        out[i, 0] = best
        out[i, 1:] = filtered[best]


@stage
def _all_filters(above, row, step, filtered):
    none, sub, up, average, paeth = filtered[0], filtered[1], filtered[2], filtered[3], filtered[4]
    for j in range(none.shape[0]):
        x, a, b, c = np.int32(row[j + step]), np.int32(row[j]), np.int32(above[j + step]), np.int32(above[j])
        to_a, to_b, to_c = abs(b - c), abs(a - c), abs(a + b - 2 * c)
        nearest = a if to_a <= to_b and to_a <= to_c else b if to_b <= to_c else c
        none[j] = x
        sub[j] = x - a
        up[j] = x - b
        average[j] = x - (a + b >> 1)
        paeth[j] = x - nearest


@stage
def _cost(filtered):
    """The bytes' sum, as distances from 0: 255 is as near as 1."""
    cost = np.int32(0)
    for value in filtered:
        cost += np.int32(min(value, 256 - value))
    return cost
