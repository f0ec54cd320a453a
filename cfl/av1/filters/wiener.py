# mypy: disable-error-code="no-untyped-def"
"""The Wiener filter of loop restoration (AV1 specification 7.17.4), eight samples at a time in 32 bits."""

from cfl.av1.filters.restoration_layout import MARGIN, SIDE, WIDTH, X
from cfl.av1.tables.constants import (
    FILTER_BITS,
)
from cfl.simd.kernel import inlined
from cfl.simd.masks import (
    clamp,
    load8,
    round2,
    splat8,
    store8,
)


@inlined
def seven_taps(samples, at, step, f0, f1, f2):
    """The symmetric filter of three coefficients over eight columns or rows (7.17.5)."""
    outer = load8(samples, at) + load8(samples, at + 6 * step)
    between = load8(samples, at + step) + load8(samples, at + 5 * step)
    inner = load8(samples, at + 2 * step) + load8(samples, at + 4 * step)
    middle = splat8(128 - 2 * (f0 + f1 + f2))
    return (
        splat8(f0) * outer
        + splat8(f1) * between
        + splat8(f2) * inner
        + middle * load8(samples, at + 3 * step)
    )


@inlined
def wiener(source, stride, piece, height, bit_depth, middle, out):
    """The Wiener filter (7.17.4): along the rows into `middle`, then down the columns.

    Sums are at most 2^15 times 128 + 4 * (10 + 23 + 46) < 2^24.
    """
    round_0 = 5 if bit_depth == 12 else 3
    round_1 = 9 if bit_depth == 12 else 11
    offset = 1 << (bit_depth + FILTER_BITS - round_0 - 1)
    least, most = splat8(-offset), splat8((1 << (bit_depth + 1 + FILTER_BITS - round_0)) - 1 - offset)
    zero, top = splat8(0), splat8((1 << bit_depth) - 1)
    v0, v1, v2, h0, h1, h2 = piece[3], piece[4], piece[5], piece[6], piece[7], piece[8]
    x, width = piece[X], piece[WIDTH]
    for i in range(height + 2 * MARGIN):
        for j in range(0, width, 8):
            total = seven_taps(source, i * stride + x + j, 1, h0, h1, h2)
            store8(middle, i * SIDE + j, clamp(round2(total, round_0), least, most))
    for i in range(height):
        for j in range(0, width, 8):
            total = seven_taps(middle, i * SIDE + j, SIDE, v0, v1, v2)
            store8(out, i * SIDE + j, clamp(round2(total, round_1), zero, top))
