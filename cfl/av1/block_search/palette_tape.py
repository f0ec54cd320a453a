# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The syntax elements of palettes and their maps, put on the tape, and their bits (5.11.46, 5.11.49).

`cfl.av1.tile.palette` codes them from there.
"""

import numpy as np

from cfl.av1.entropy.symbols import floor_log2
from cfl.av1.tile.palette import (
    UV_COLOR_CDFS,
    Y_COLOR_CDFS,
    ceil_log2,
    color_context,
    color_map_size,
    color_rank,
    palette_cache,
)
from cfl.simd.kernel import kernel


@kernel(internal=True)
def put_cache_flags(tile, tape, place, plane, n, in_cache):
    """Put the flags use_palette_color_cache on a tape.

    Returns
    -------
    int
        How many flags there are.
    int
        A bit for each color of the palette: whether it is in the cache.
    """
    colors, found, used, k = tile.palette_colors[plane], 0, 0, 0
    for i in range(in_cache):
        if found == n:
            return i, used
        cached = np.int64(tile.palette_cache[i])
        while k < n and colors[k] < cached:
            k += 1
        hit = k < n and colors[k] == cached
        tape[place + i] = hit
        if hit:
            used |= 1 << k
            found += 1
            k += 1
    return in_cache, used


@kernel(internal=True)
def put_colors(frame, tile, block, tape, place, plane, n):
    """Put palette_colors_y, or palette_colors_u of plane 1, on a tape; return its end, and the bits."""
    colors, bit_depth, least = tile.palette_colors[plane], frame.bit_depth, 1 - plane
    bits, used = put_cache_flags(tile, tape, place, plane, n, palette_cache(tile, block, plane))
    place += bits
    fresh, widest, last = 0, 0, 0
    for k in range(n):
        if not used >> k & 1:
            if fresh:
                widest = max(widest, np.int64(colors[k]) - last - least)
            last = np.int64(colors[k])
            fresh += 1
    delta_bits, first = max(bit_depth - 3, ceil_log2(widest + 1)), True
    for k in range(n):
        if used >> k & 1:
            continue
        color = np.int64(colors[k])
        if first:
            tape[place], tape[place + 1] = color, delta_bits - (bit_depth - 3)
            place += 1 + (fresh > 1)
            bits += bit_depth + 2 * (fresh > 1)
        else:
            tape[place] = color - last - least
            place += 1
            bits += delta_bits
            delta_bits = min(delta_bits, ceil_log2((1 << bit_depth) - color - least))
        last, first = color, False
    return place, bits


@kernel(internal=True)
def put_v_colors(frame, tile, tape, place, n):
    """Put palette_colors_v on a tape, as values or as differences; return its end, and the bits."""
    colors, bit_depth = tile.palette_colors[2], frame.bit_depth
    span, widest, signs = 1 << bit_depth, 0, 0
    for k in range(1, n):
        distance = abs(np.int64(colors[k]) - colors[k - 1])
        widest, signs = max(widest, min(distance, span - distance)), signs + (distance > 0)
    delta_bits = max(bit_depth - 4, ceil_log2(widest + 1))
    bits = 2 + bit_depth + (n - 1) * delta_bits + signs
    by_differences = bits < n * bit_depth and delta_bits < bit_depth
    tape[place] = by_differences
    place += 1
    if not by_differences:
        for k in range(n):
            tape[place + k] = colors[k]
        return place + n, 1 + n * bit_depth
    tape[place], tape[place + 1] = delta_bits - (bit_depth - 4), colors[0]
    place += 2
    for k in range(1, n):
        delta = np.int64(colors[k]) - colors[k - 1]
        magnitude, negative = abs(delta), delta < 0
        if span - magnitude < magnitude:
            magnitude, negative = span - magnitude, not negative
        tape[place] = magnitude
        place += 1
        if magnitude:
            tape[place] = negative
            place += 1
    return place, 1 + bits


@kernel(internal=True)
def put_map(tile, tape, place, plane, onscreen_width, onscreen_height):
    """Put a map on a tape, by diagonals; return where the tape goes on."""
    for i in range(onscreen_height + onscreen_width - 1):
        for j in range(min(i, onscreen_width - 1), max(0, i - onscreen_height + 1) - 1, -1):
            tape[place] = tile.color_map[plane, i - j, j]
            place += 1
    return place


@kernel(internal=True)
def put_palettes(frame, tile, block, tape, place):
    """Put the block's palettes and their maps on the tape; return where the tape goes on."""
    n_y, n_uv = block.palette_size_y, block.palette_size_uv
    if n_y:
        place, _ = put_colors(frame, tile, block, tape, place, 0, n_y)
    if n_uv:
        place, _ = put_colors(frame, tile, block, tape, place, 1, n_uv)
        place, _ = put_v_colors(frame, tile, tape, place, n_uv)
    for plane in range(2):
        if n_uv if plane else n_y:
            _, _, width, height = color_map_size(frame, block, plane)
            place = put_map(tile, tape, place, plane, width, height)
    return place


@kernel(internal=True)
def map_cost(costs, tile, plane, n, width, height):
    """Return the bits of a map."""
    color_map = tile.color_map
    cdf = UV_COLOR_CDFS[n - 2] if plane else Y_COLOR_CDFS[n - 2]
    short = (2 << floor_log2(n)) - n
    bits = np.float64(floor_log2(n) + (color_map[plane, 0, 0] >= short))
    for r in range(height):
        for c in range(width):
            if r or c:
                ctx, first, second, third = color_context(color_map, plane, r, c)
                rank = color_rank(np.int64(color_map[plane, r, c]), first, second, third)
                bits += costs[cdf + n * ctx + rank]
    return bits
