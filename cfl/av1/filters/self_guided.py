# mypy: disable-error-code="no-untyped-def"
"""The self-guided filter of loop restoration (AV1 specification 7.17.2, 7.17.3), eight samples at a time."""

from cfl.av1.filters.restoration_layout import MARGIN, PARAMETERS, SIDE, STRIDE, WIDTH, X
from cfl.av1.tables.constants import (
    SGRPROJ_MTABLE_BITS,
    SGRPROJ_PRJ_BITS,
    SGRPROJ_RECIP_BITS,
    SGRPROJ_RST_BITS,
    SGRPROJ_SGR_BITS,
)
from cfl.simd.kernel import inlined
from cfl.simd.masks import (
    clamp,
    exceeds,
    load8,
    maximum,
    minimum,
    quotient,
    round2,
    splat8,
    store8,
    unsigned_round2,
)


@inlined
def sum_columns(source, at, stride, count, radius, sums, squares):
    """Sums of 2 radius + 1 samples below each other, and of squares: 12-bit ones are below 5 * 2^24."""
    for j in range(0, count, 8):
        x = load8(source, at + j)
        total, square = x, x * x
        for k in range(1, 2 * radius + 1):
            x = load8(source, at + j + k * stride)
            total, square = total + x, square + x * x
        store8(sums, j, total)
        store8(squares, j, square)


@inlined
def box_row(count, radius, scale, bit_depth, sums, squares, at, A, B):
    """A row of A and B (7.17.3); entry j is for column j - 1 of the piece.

    p is clipped before it is multiplied: from z = 255 on the result is the same, and so 32 bits are enough.
    The product with oneOverN is at most 255 * 25 * 4095 * 164 + 2^11 < 2^32 (of 9 samples: less), and taken
    as unsigned.
    """
    samples = (2 * radius + 1) * (2 * radius + 1)
    n, one_over_n = splat8(samples), splat8(((1 << SGRPROJ_RECIP_BITS) + (samples >> 1)) // samples)
    most, factor = splat8((256 << SGRPROJ_MTABLE_BITS) // scale), splat8(scale)
    zero, one, last, full = splat8(0), splat8(1), splat8(255), splat8(256)
    shift = bit_depth - 8
    for j in range(0, count, 8):
        # Entry j is around column j + 2 of the source, which has the margin of three.
        b, a = load8(sums, j + 2), load8(squares, j + 2)
        for k in range(1, radius + 1):
            b = b + load8(sums, j + 2 - k) + load8(sums, j + 2 + k)
            a = a + load8(squares, j + 2 - k) + load8(squares, j + 2 + k)
        d = round2(b, shift)
        p = clamp(round2(a, 2 * shift) * n - d * d, zero, most)
        z = minimum(round2(p * factor, SGRPROJ_MTABLE_BITS), last)
        # Round2 of z - 1 is z / 2. From z = 255 on a2 is 256, and 1 where z is 0.
        a2 = quotient(z * full + round2(z - one, 1), z + one)
        a2 = maximum(a2, one) + exceeds(z, splat8(254))
        store8(A, at + j, a2)
        store8(B, at + j, unsigned_round2((full - a2) * b * one_over_n, SGRPROJ_RECIP_BITS))


@inlined
def three(values, at, outer, inner):
    """A weighted sum of three neighbours in a row, for eight columns."""
    return (load8(values, at) + load8(values, at + 2)) * splat8(outer) + load8(values, at + 1) * splat8(inner)


@inlined
def weighted(values, radius, row, j, odd):
    """The weighted sum of A or B around a sample that a box filter's output uses (7.17.3)."""
    at = row + j
    if radius == 2:
        if odd:
            return three(values, at, 5, 6)
        return three(values, at - STRIDE, 5, 6) + three(values, at + STRIDE, 5, 6)
    return three(values, at - STRIDE, 3, 4) + three(values, at, 4, 4) + three(values, at + STRIDE, 3, 4)


@inlined
def filter_boxes(source, stride, piece, height, radius, eps, weight, bit_depth, scratch, v):
    """Add the weighted output of a box filter to `v` (7.17.3). The first pass has radius 2, the second 1.

    The sums are at most 2^5 (2^8 * 4095 + 2^20) < 2^27, the output below 2^17, and weights within 2^8.
    """
    sums, squares, A, B = scratch
    x, width = piece[X], piece[WIDTH]
    n2e = (2 * radius + 1) ** 2 * (2 * radius + 1) ** 2 * eps
    scale = ((1 << SGRPROJ_MTABLE_BITS) + (n2e >> 1)) // n2e
    # The first pass uses every second row only, beginning with row -1.
    for i in range(-1, height + 1, radius):
        at = (i + MARGIN - radius) * stride + x
        sum_columns(source, at, stride, width + 2 * MARGIN, radius, sums, squares)
        box_row(width + 2, radius, scale, bit_depth, sums, squares, (i + 1) * STRIDE, A, B)
    factor = splat8(weight)
    for i in range(height):
        odd = radius == 2 and i & 1
        shift = SGRPROJ_SGR_BITS - SGRPROJ_RST_BITS + (4 if odd else 5)
        for j in range(0, width, 8):
            a, b = (
                weighted(A, radius, (i + 1) * STRIDE, j, odd),
                weighted(B, radius, (i + 1) * STRIDE, j, odd),
            )
            own = load8(source, (i + MARGIN) * stride + x + MARGIN + j)
            store8(v, i * SIDE + j, load8(v, i * SIDE + j) + factor * round2(a * own + b, shift))


@inlined
def self_guided(source, stride, piece, height, bit_depth, sgr_params, scratch, v, out):
    """The self guided filter (7.17.2). Sums are at most 2^8 times 2^17, in size."""
    chosen = piece[PARAMETERS] & 15
    w0, w1 = piece[PARAMETERS + 1], piece[PARAMETERS + 2]
    weights = (w0, (1 << SGRPROJ_PRJ_BITS) - w0 - w1)
    # The weight of a filter that is not used goes to the sample itself.
    own = w1
    for k in range(2):
        if sgr_params[chosen, 2 * k] == 0:
            own += weights[k]
    factor = splat8(own << SGRPROJ_RST_BITS)
    for i in range(height):
        for j in range(0, piece[WIDTH], 8):
            store8(v, i * SIDE + j, factor * load8(source, (i + MARGIN) * stride + piece[X] + MARGIN + j))
    for k in range(2):
        if sgr_params[chosen, 2 * k] != 0:
            eps = sgr_params[chosen, 2 * k + 1]
            filter_boxes(source, stride, piece, height, 2 - k, eps, weights[k], bit_depth, scratch, v)
    zero, top = splat8(0), splat8((1 << bit_depth) - 1)
    for at in range(0, height * SIDE, 8):
        store8(out, at, clamp(round2(load8(v, at), SGRPROJ_RST_BITS + SGRPROJ_PRJ_BITS), zero, top))
