# mypy: disable-error-code="no-untyped-def"
"""The 2-D inverse transform, added to the prediction: AV1 specification 7.13.3 and the end of 7.12.3.

Coefficients come in *column order*: Dequant[ i ][ j ] is ``coefs[(j << log2(min(32, h))) + i]``. So eight
rows of a column are eight neighbours, and a row transform is eight of them at once, one in each lane:

    coefs ──scale──▶ LINE ──1-D of rows──▶ LINE ──round, clip, transpose──▶ STRIPS ──1-D of columns──▶ plane

`LINE` holds eight rows, ``[j][row]``; `STRIPS` the block in strips of eight columns, ``[strip][i][column]``.
A block of four rows or columns fills half of the lanes; what the other half holds is ignored.
"""

import numpy as np

from cfl.av1.reconstruction.inverse_1d import KIND_INPUTS, KIND_LOOKUP, inverse_1d
from cfl.av1.reconstruction.scratch_sizes import COEFS_SIZE, TRANSFORM_SCRATCH_SIZE
from cfl.av1.tables.inverse_transform import DCT, SIZES, TYPES, WHT
from cfl.simd.int32x8 import load4, load8, splat8, store4, store8, transpose8
from cfl.simd.kernel import inlined, stage
from cfl.simd.vectors import maximum, minimum

# A flipped tile of four columns reads four rows before LINE, hence the gap.
LINE = 64
STRIPS = LINE + 8 * 64
SCRATCH_SIZE = TRANSFORM_SCRATCH_SIZE  # 64x64 from STRIPS on, and 64 more


@inlined
def zero(array, start, stop):
    """Zero the groups of eight from `start` up to `stop`."""
    for k in range(start, stop, 8):
        store8(array, k, splat8(0))


@inlined
def take_rows(coefs, first, log2_th, columns, factor, half, shift, scratch):
    """Move eight rows of coefficients to LINE, times `factor` of `shift` fractional bits; leave zeros."""
    factors, halves, shifts = splat8(factor), splat8(half), splat8(shift)
    for j in range(columns):
        k = (j << log2_th) + first
        if log2_th == 2:
            value = load4(coefs, k)
            store4(coefs, k, splat8(0))
        else:
            value = load8(coefs, k)
            store8(coefs, k, splat8(0))
        store8(scratch, LINE + 8 * j, (value * factors + halves) >> shifts)


@inlined
def round_clip(array, start, stop, shift, low, high):
    """Round2 by `shift`, then clip, in place."""
    half, shifts, lows, highs = splat8((1 << shift) >> 1), splat8(shift), splat8(low), splat8(high)
    for k in range(start, stop, 8):
        value = (load8(array, k) + half) >> shifts
        store8(array, k, minimum(maximum(value, lows), highs))


@inlined
def add_strip(scratch, strip, h, flip_ud, shift, peak, plane, first, w):
    """Add a strip of residual, rounded, to the plane from flat index `first`, and clip."""
    half, shifts, low, high = splat8((1 << shift) >> 1), splat8(shift), splat8(0), splat8(peak)
    stride = plane.shape[1]
    if flip_ud:
        first, stride = first + (h - 1) * stride, -stride
    for k in range(strip, strip + 8 * h, 8):
        residual = (load8(scratch, k) + half) >> shifts
        if w == 4:
            store4(plane, first, minimum(maximum(load4(plane, first) + residual, low), high))
        else:
            store8(plane, first, minimum(maximum(load8(plane, first) + residual, low), high))
        first += stride


@inlined
def dc_residual(dc, is_rectangular, row_shift, col_limit):
    """The residual that a DCT_DCT block has everywhere if it has no other coefficient."""
    if is_rectangular:
        dc = (dc * 2896 + 2048) >> 12
    dc = (dc * 2896 + 2048) >> 12
    dc = (dc + ((1 << row_shift) >> 1)) >> row_shift
    dc = min(max(dc, -col_limit), col_limit - 1)
    return (((dc * 2896 + 2048) >> 12) + 8) >> 4


@inlined
def add_constant(residual, w, h, peak, plane, first):
    """Add `residual` to a block of the plane, and clip."""
    residuals, low, high = splat8(residual), splat8(0), splat8(peak)
    for _ in range(h):
        if w == 4:
            store4(plane, first, minimum(maximum(load4(plane, first) + residuals, low), high))
        else:
            for k in range(first, first + w, 8):
                store8(plane, k, minimum(maximum(load8(plane, k) + residuals, low), high))
        first += plane.shape[1]


@stage
def inverse_transform_add(coefs, tx_size, tx_type, lossless, bit_depth, rows, columns, plane, y, x, scratch):
    """Transform a block's coefficients and add the residual to its prediction. Leaves the coefficients zero.

    Parameters
    ----------
    coefs : (COEFS_SIZE,) int32 array, zeroed
        Dequant in column order (see above), each within BitDepth + 8 bits; larger ones wrap, which does no
        harm.
    tx_size, tx_type : int
        0…18 and 0…15. ADST has no more than 16 points a side, identity 32; a combination that AV1 lacks
        gives some residual.
    lossless : bool
        The Walsh-Hadamard transform; tx_size is then TX_4X4.
    bit_depth : int
        8, 10 or 12.
    rows, columns : int
        Bounds: Dequant[ i ][ j ] is zero where i ≥ rows or j ≥ columns. At least 1.
    plane : 2-D uint16 array, changed
        It must contain the whole block, also beyond the picture.
    y, x : int
        The block's top left sample.
    scratch : (SCRATCH_SIZE,) int32 array
    """
    if tx_size < 0 or tx_size > 18 or tx_type < 0 or tx_type > 15:
        raise ValueError("there is no such transform")
    size = np.uint64(tx_size)
    log2w, log2h, row_shift = SIZES[size, 0], SIZES[size, 1], SIZES[size, 2]
    w, h = 1 << log2w, 1 << log2h
    # everything below stays within these sizes, whatever the coefficients are
    if coefs.size < COEFS_SIZE or scratch.size < SCRATCH_SIZE:
        raise ValueError("coefs or scratch is too small")
    if y < 0 or x < 0 or y + h > plane.shape[0] or x + w > plane.shape[1]:
        raise ValueError("a transform block does not lie within its plane")
    type_ = np.uint64(tx_type)
    vertical, horizontal, flip_ud, flip_lr = (
        TYPES[type_, 0],
        TYPES[type_, 1],
        TYPES[type_, 2],
        TYPES[type_, 3],
    )
    peak, first = (1 << bit_depth) - 1, y * plane.shape[1] + x
    row_limit, col_limit = 1 << (bit_depth + 7), 1 << max(bit_depth + 5, 15)
    is_rectangular = abs(log2w - log2h) == 1
    if rows == 1 and columns == 1 and vertical == DCT and horizontal == DCT and not lossless:
        residual = dc_residual(np.int64(coefs[0]), is_rectangular, row_shift, col_limit)
        coefs[0] = 0
        add_constant(residual, w, h, peak, plane, first)
        return
    log2_th = min(log2h, 5)
    rows, columns = max(1, min(rows, 1 << log2_th)), max(1, min(columns, w, 32))
    factor, half, shift, col_shift = 1, 0, 0, 4
    if lossless:
        vertical, horizontal, row_shift, col_shift, shift = WHT, WHT, 0, 0, 2
    elif is_rectangular:
        factor, half, shift = 2896, 2048, 12
    kind = KIND_LOOKUP[horizontal, log2w, columns - 1]
    inputs = KIND_INPUTS[kind]
    for i in range(0, rows, 8):
        take_rows(coefs, i, log2_th, columns, factor, half, shift, scratch)
        zero(scratch, LINE + 8 * columns, LINE + 8 * inputs)
        inverse_1d(kind, scratch, LINE, -row_limit, row_limit - 1)
        round_clip(scratch, LINE, LINE + 8 * w, row_shift, -col_limit, col_limit - 1)
        # ascending: of four rows, each tile overwrites the meaningless half of the one before
        for j in range(0, w, 8):
            strip = STRIPS + j * h + 8 * i
            if flip_lr:
                transpose8(scratch, LINE + 8 * (w - 1 - j), -8, scratch, strip, 8)
            else:
                transpose8(scratch, LINE + 8 * j, 8, scratch, strip, 8)
    kind = KIND_LOOKUP[vertical, log2h, rows - 1]
    inputs = KIND_INPUTS[kind]
    for j in range(0, w, 8):
        strip = STRIPS + j * h
        zero(scratch, strip + (rows + 7 & -8) * 8, strip + 8 * inputs)
        inverse_1d(kind, scratch, strip, -col_limit, col_limit - 1)
        add_strip(scratch, strip, h, flip_ud, col_shift, peak, plane, first + j, w)
