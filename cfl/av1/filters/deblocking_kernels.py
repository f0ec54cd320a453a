# mypy: disable-error-code="no-untyped-def"
"""Deblocking: find the edges of a band, and filter them sixteen at a time (AV1 specification 7.14).

An edge here is four samples long. The standard lets edges of one direction be filtered in any order, and none
reads what another of them writes; so edges are collected by the length of their filter and filtered in
batches, gathered into rows of one array: row t holds tap t of 64 positions across 16 edges.
"""

import numpy as np

from cfl.av1.reconstruction.frame_arrays import SKIPPED_INTER
from cfl.av1.tables.geometry import NUM_4X4_BLOCKS_HIGH, NUM_4X4_BLOCKS_WIDE, SUBSAMPLED_SIZE
from cfl.simd.kernel import entry, inlined
from cfl.simd.masks import (
    apart,
    clamp,
    greater,
    load,
    logical_shift_right,
    maximum,
    select,
    shift_right,
    splat,
    store,
    transpose_in,
    transpose_out,
)
from cfl.simd.vectors import copy

# The kinds of filter: by filterSize and plane, named by filterLen.
NARROW, CHROMA_6, LUMA_8, LUMA_16 = range(4)
KINDS = 4
EDGES = 16
POSITIONS = 4 * EDGES

# Rows of the work array, times POSITIONS. Whatever the filter's length, p0 and q0 have the same rows.
P7, P6, P5, P4, P3, P2, P1, P0, Q0, Q1, Q2, Q3, Q4, Q5, Q6, Q7 = range(0, 16 * POSITIONS, POSITIONS)
LIMIT, BLIMIT, THRESH = range(16 * POSITIONS, 19 * POSITIONS, POSITIONS)
WIDE = 19 * POSITIONS
"""Where the output of the widest filter goes."""
WORK_SIZE = 35 * POSITIONS

# Entries of `numbers`, the parameters of a band (`deblocking._filter_plane`).
STRIDE, VERTICAL, FIRST_ROW, LAST_ROW, COLS, SHIFT_X, SHIFT_Y, DELTA_INDEX, CHROMA, BIT_DEPTH, HAS_INTER = (
    range(11)
)
NUMBERS = 11


@inlined
def gather(flat, place, stride, vertical, kind, work, column):
    """Put the samples across an edge, at its four positions, into four columns of `work`."""
    if vertical:
        if kind == NARROW:
            transpose_in(work, P1 + column, POSITIONS, flat, place - 2, stride, 4)
        elif kind == LUMA_16:
            transpose_in(work, P7 + column, POSITIONS, flat, place - 8, stride, 16)
        else:
            transpose_in(work, P3 + column, POSITIONS, flat, place - 4, stride, 8)
    else:
        half = 2 if kind == NARROW else (8 if kind == LUMA_16 else 4)
        for t in range(-half, half):
            copy(work, Q0 + t * POSITIONS + column, flat, place + t * stride, 4)


@inlined
def scatter(flat, place, stride, vertical, kind, work, column):
    """Write back the samples that this kind of filter changes.

    The two longer kinds write their outermost samples too: nothing else in the pass reads or writes them.
    """
    if vertical:
        if kind < LUMA_8:
            transpose_out(work, P1 + column, POSITIONS, flat, place - 2, stride, 4)
        elif kind == LUMA_16:
            transpose_out(work, P7 + column, POSITIONS, flat, place - 8, stride, 16)
        else:
            transpose_out(work, P3 + column, POSITIONS, flat, place - 4, stride, 8)
    else:
        half = 2 if kind < LUMA_8 else (8 if kind == LUMA_16 else 4)
        for t in range(-half, half):
            copy(flat, place + t * stride, work, Q0 + t * POSITIONS + column, 4)


@inlined
def narrow(p1, p0, q0, q1, hev, bit_depth):
    """The narrow filter's p1, p0, q0, q1 (7.14.6.3). No value is larger than 2^14 + 2^12."""
    zero = splat(0)
    low, high = splat(-(1 << (bit_depth - 1))), splat((1 << (bit_depth - 1)) - 1)
    top = splat((1 << bit_depth) - 1)
    step = q0 - p0
    base = clamp((hev & clamp(p1 - q1, low, high)) + step + step + step, low, high)
    filter1 = shift_right(clamp(base + splat(4), low, high), 3)
    filter2 = shift_right(clamp(base + splat(3), low, high), 3)
    outer = select(hev, zero, shift_right(filter1 + splat(1), 1))
    return (
        clamp(p1 + outer, zero, top),
        clamp(p0 + filter2, zero, top),
        clamp(q0 - filter1, zero, top),
        clamp(q1 - outer, zero, top),
    )


@inlined
def wide_13(work, column):
    """The wide filter of thirteen taps, the middle three double (7.14.6.4), into the rows of WIDE.

    Sums are at most 16 * 4095 + 8 < 2^16: lanes that count as unsigned.
    """
    first = load(work, P6 + column)
    window = first + first + first + first + first + load(work, Q0 + column) + splat(8)
    for at in range(P6 + column, Q0 + column, POSITIONS):
        window = window + load(work, at)
    for at in range(P5 + column, Q6 + column, POSITIONS):
        triple = load(work, at - POSITIONS) + load(work, at) + load(work, at + POSITIONS)
        store(work, WIDE + at, logical_shift_right(window + triple, 4))
        window = window - load(work, max(P6 + column, at - 6 * POSITIONS))
        window = window + load(work, min(Q6 + column, at + 7 * POSITIONS))


@inlined
def filter_lanes(work, column, kind, bit_depth):
    """Filter sixteen positions of the work array in place (7.14.6.1, 7.14.6.2)."""
    p3, p2 = load(work, P3 + column), load(work, P2 + column)
    p1, p0 = load(work, P1 + column), load(work, P0 + column)
    q0, q1 = load(work, Q0 + column), load(work, Q1 + column)
    q2, q3 = load(work, Q2 + column), load(work, Q3 + column)
    inner = maximum(apart(p1, p0), apart(q1, q0))
    rough = spread = inner
    if kind != NARROW:
        rough = maximum(rough, maximum(apart(p2, p1), apart(q2, q1)))
        spread = maximum(spread, maximum(apart(p2, p0), apart(q2, q0)))
        if kind != CHROMA_6:
            rough = maximum(rough, maximum(apart(p3, p2), apart(q3, q2)))
            spread = maximum(spread, maximum(apart(p3, p0), apart(q3, q0)))
    step = apart(p0, q0)
    steep = greater(step + step + shift_right(apart(p1, q1), 1), load(work, BLIMIT + column))
    keep = steep | greater(rough, load(work, LIMIT + column))
    n1, n0, m0, m1 = narrow(p1, p0, q0, q1, greater(inner, load(work, THRESH + column)), bit_depth)

    uneven = greater(spread, splat(1 << (bit_depth - 8)))
    four = splat(4)
    if kind == CHROMA_6:
        # The wide filter: taps 1 2 2 2 1; samples beyond p2 and q2 are taken as these.
        n1 = select(uneven, n1, shift_right(p2 + p2 + p2 + p1 + p1 + p0 + p0 + q0 + four, 3))
        n0 = select(uneven, n0, shift_right(p2 + p1 + p1 + p0 + p0 + q0 + q0 + q1 + four, 3))
        m0 = select(uneven, m0, shift_right(p1 + p0 + p0 + q0 + q0 + q1 + q1 + q2 + four, 3))
        m1 = select(uneven, m1, shift_right(p0 + q0 + q0 + q1 + q1 + q2 + q2 + q2 + four, 3))
    elif kind != NARROW:
        # The wide filter: a window of seven taps, the middle one double; sums are at most 8 * 4095 + 4.
        window = p3 + p3 + p3 + p2 + p1 + p0 + q0 + four
        store(work, P2 + column, select(keep | uneven, p2, shift_right(window + p2, 3)))
        window = window - p3 + q1
        n1 = select(uneven, n1, shift_right(window + p1, 3))
        window = window - p3 + q2
        n0 = select(uneven, n0, shift_right(window + p0, 3))
        window = window - p3 + q3
        m0 = select(uneven, m0, shift_right(window + q0, 3))
        window = window - p2 + q3
        m1 = select(uneven, m1, shift_right(window + q1, 3))
        window = window - p1 + q3
        store(work, Q2 + column, select(keep | uneven, q2, shift_right(window + q2, 3)))
    store(work, P1 + column, select(keep, p1, n1))
    store(work, P0 + column, select(keep, p0, n0))
    store(work, Q0 + column, select(keep, q0, m0))
    store(work, Q1 + column, select(keep, q1, m1))
    return keep | uneven


@inlined
def filter_16(work, column, kind, bit_depth):
    """Filter sixteen positions where up to six samples a side change (7.14.6.1, 7.14.6.2)."""
    p0, q0 = load(work, P0 + column), load(work, Q0 + column)
    spread = splat(0)
    for t in range(0, 3 * POSITIONS, POSITIONS):
        spread = maximum(spread, apart(load(work, P6 + t + column), p0))
        spread = maximum(spread, apart(load(work, Q4 + t + column), q0))
    wide_13(work, column)
    unchanged = filter_lanes(work, column, kind, bit_depth)
    unchanged = unchanged | greater(spread, splat(1 << (bit_depth - 8)))
    for at in range(P5 + column, Q6 + column, POSITIONS):
        store(work, at, select(unchanged, load(work, at), load(work, WIDE + at)))


@inlined
def filter_batch(flat, kind, places, levels, start, count, strengths, numbers, work):
    """Filter up to sixteen edges of one kind: their places in the flat plane, and their levels."""
    stride, vertical, bit_depth = numbers[STRIDE], numbers[VERTICAL], numbers[BIT_DEPTH]
    for e in range(count):
        gather(flat, places[kind, start + e], stride, vertical, kind, work, 4 * e)
        strength = 12 * np.int64(levels[kind, start + e])
        copy(work, LIMIT + 4 * e, strengths, strength, 4)
        copy(work, BLIMIT + 4 * e, strengths, strength + 4, 4)
        copy(work, THRESH + 4 * e, strengths, strength + 8, 4)
    for column in range(0, 4 * count, 16):
        if kind == LUMA_16:
            filter_16(work, column, kind, bit_depth)
        else:
            filter_lanes(work, column, kind, bit_depth)
    for e in range(count):
        scatter(flat, places[kind, start + e], stride, vertical, kind, work, 4 * e)


@inlined
def is_inside_block(position, mi_size, vertical, shift_x, shift_y):
    """Say whether an edge, whose place is given in 4x4 units of the plane, is not one of its block."""
    size = SUBSAMPLED_SIZE[mi_size, shift_x, shift_y]
    side = NUM_4X4_BLOCKS_WIDE[size] if vertical else NUM_4X4_BLOCKS_HIGH[size]
    return position & (side - 1) != 0


@inlined
def find_edges(
    unit_row, tx_size, tx_log2, segment_id, delta_lf, inter_kinds, mi_size, level_table, numbers, places,
    levels, counts,
):  # fmt: skip
    """Collect the edges of one row of 4x4 units that are filtered, by kind of filter (7.14.2 to 7.14.5).

    In an intra frame every block's reference is INTRA_FRAME, so every transform edge is filtered.
    Every place is safe whatever the arrays hold: a filter is no longer than the transform that begins at the
    edge, and such an edge is a multiple of the transform's size from the plane's border.
    """
    vertical, chroma = numbers[VERTICAL], numbers[CHROMA]
    shift_x, shift_y, delta_index = numbers[SHIFT_X], numbers[SHIFT_Y], numbers[DELTA_INDEX]
    has_inter = numbers[HAS_INTER]
    back_x, back_y = (1, 0) if vertical else (0, 1)
    mi_row = (unit_row << shift_y) | shift_y
    prev_mi_row = mi_row - (back_y << shift_y)
    place = 4 * unit_row * numbers[STRIDE]
    for unit_col in range(back_x, numbers[COLS]):
        size = np.int64(tx_log2[tx_size[unit_row, unit_col]])
        position = unit_col if vertical else unit_row
        if position & ((1 << (size - 2)) - 1):
            continue
        mi_col = (unit_col << shift_x) | shift_x
        kind_of_block = np.int64(0)
        if has_inter:
            kind_of_block = np.int64(inter_kinds[mi_row, mi_col])
            if kind_of_block & SKIPPED_INTER and is_inside_block(
                position, mi_size[mi_row, mi_col], vertical, shift_x, shift_y
            ):
                continue
        level = level_table[
            kind_of_block & 15,
            segment_id[mi_row, mi_col] & 7,
            (np.int64(delta_lf[mi_row, mi_col, delta_index]) + 64) & 127,
        ]
        if level == 0:
            prev_mi_col = mi_col - (back_x << shift_x)
            if has_inter:
                kind_of_block = np.int64(inter_kinds[prev_mi_row, prev_mi_col])
            level = level_table[
                kind_of_block & 15,
                segment_id[prev_mi_row, prev_mi_col] & 7,
                (np.int64(delta_lf[prev_mi_row, prev_mi_col, delta_index]) + 64) & 127,
            ]
            if level == 0:
                continue
        before = np.int64(tx_log2[tx_size[unit_row - back_y, unit_col - back_x]])
        size = min(size, before)
        if size == 2:
            kind = NARROW
        elif chroma:
            kind = CHROMA_6
        else:
            kind = LUMA_8 if size == 3 else LUMA_16
        slot = counts[kind]
        places[kind, slot] = place + 4 * unit_col
        levels[kind, slot] = level
        counts[kind] = slot + 1


@entry(error_model="numpy")
def filter_edges(
    flat, tx_size, tx_log2, segment_id, delta_lf, inter_kinds, mi_size, level_table, strengths, numbers,
    places, levels, work,
):  # fmt: skip
    """Filter all edges of one direction in a band of one plane.

    Parameters
    ----------
    flat : (height · stride,) uint16 array
        The plane, read and written.
    tx_size : (plane rows, plane columns of 4x4 units) uint8 array
    tx_log2 : (32,) uint8 array
        log2 of the transform's side across the edge, 2 to 6, by TxSize.
    segment_id, delta_lf : (mi_rows, mi_cols) uint8 and (mi_rows, mi_cols, 4) int8 arrays
    inter_kinds, mi_size : (mi_rows, mi_cols) uint8 and int8 arrays
        Of an inter frame: see `cfl.av1.filters.deblocking.InterBlocks`.
    level_table : (1 or 16, 8, 128) uint8 array
        The filter level: see `cfl.av1.filters.deblocking.filter_levels`.
    strengths : (64 · 12,) uint16 array
        limit, blimit and thresh by level, each four times, at the bit depth (7.14.4).
    numbers : (11,) int64 array
        See the names above; FIRST_ROW is at least 1 for horizontal edges.
    places, levels : (4, 16 + columns) int64 and uint8 arrays, scratch
    work : (WORK_SIZE,) uint16 array, scratch
    """
    counts = np.zeros(KINDS, np.int64)
    last = numbers[LAST_ROW]
    for unit_row in range(numbers[FIRST_ROW], last):
        find_edges(
            unit_row, tx_size, tx_log2, segment_id, delta_lf, inter_kinds, mi_size, level_table, numbers,
            places, levels, counts,
        )  # fmt: skip
        for kind in range(KINDS):
            # What does not fill a batch waits for the next row.
            count = counts[kind]
            whole = count if unit_row + 1 == last else count & -EDGES
            for start in range(0, whole, EDGES):
                filter_batch(
                    flat, kind, places, levels, start, min(EDGES, whole - start), strengths, numbers, work
                )
            counts[kind] = count - whole
            for e in range(count - whole):
                places[kind, e] = places[kind, whole + e]
                levels[kind, e] = levels[kind, whole + e]
