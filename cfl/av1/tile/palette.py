# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The palette's syntax: its colors and the map of their indices (AV1 specification 5.11.46, 5.11.49).

The tape has the colors in the order of coding, and the indices of the map's colors.
"""

import numpy as np

from cfl.av1.entropy.cdfs import (
    PALETTE_UV_COLOR_CDFS,
    PALETTE_UV_MODE_CDF,
    PALETTE_UV_SIZE_CDF,
    PALETTE_Y_COLOR_CDFS,
    PALETTE_Y_MODE_CDF,
    PALETTE_Y_SIZE_CDF,
)
from cfl.av1.entropy.symbols import code_ns, code_symbol
from cfl.av1.entropy.tape import code_literal_on_tape, is_writing, keep, next_decision
from cfl.av1.tables.constants import BLOCK_8X8, DC_PRED
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH, MI_HEIGHT_LOG2, MI_WIDTH_LOG2
from cfl.av1.tables.palette_contexts import PALETTE_COLOR_CONTEXT, PALETTE_COLOR_HASH_MULTIPLIERS
from cfl.av1.tile.state import CTX_PALETTE_UV, CTX_PALETTE_Y
from cfl.simd.kernel import kernel

Y_COLOR_CDFS = np.array(PALETTE_Y_COLOR_CDFS)
UV_COLOR_CDFS = np.array(PALETTE_UV_COLOR_CDFS)


@kernel(internal=True)
def palette_allowed(frame, block):
    """Say whether a block of this size may have a palette (5.11.7)."""
    size = block.mi_size
    return (
        frame.allow_screen_content_tools
        and size >= BLOCK_8X8
        and BLOCK_WIDTH[size] <= 64
        and BLOCK_HEIGHT[size] <= 64
    )


@kernel(internal=True)
def add_to_cache(tile, n, color):
    """Append a color to the cache, unless it is the last one there."""
    if n > 0 and tile.palette_cache[n - 1] == color:
        return n
    tile.palette_cache[n] = color
    return n + 1


@kernel(internal=True)
def palette_cache(tile, block, plane):
    """get_palette_cache: merge the palettes above and to the left; return how many colors there are."""
    col, row = block.mi_col - tile.mi_col_start, block.mi_row & 31
    above_n, left_n = 0, 0
    if block.mi_row & 15:
        above_n = np.int64(tile.above[CTX_PALETTE_Y + plane, col])
    if tile.avail_l:
        left_n = np.int64(tile.left[CTX_PALETTE_Y + plane, row])
    above_idx, left_idx, n = 0, 0, 0
    while above_idx < above_n or left_idx < left_n:
        above_c, left_c = 1 << 16, 1 << 16
        if above_idx < above_n:
            above_c = np.int64(tile.above_colors[plane, col, above_idx])
        if left_idx < left_n:
            left_c = np.int64(tile.left_colors[plane, row, left_idx])
        if left_c < above_c:
            n = add_to_cache(tile, n, left_c)
            left_idx += 1
        else:
            n = add_to_cache(tile, n, above_c)
            above_idx += 1
            if left_c == above_c:
                left_idx += 1
    return n


@kernel(internal=True)
def ceil_log2(x):
    """CeilLog2."""
    bits = 0
    while 1 << bits < x:
        bits += 1
    return bits


@kernel(internal=True)
def sort_colors(tile, plane, n):
    """Sort a palette, in place."""
    for i in range(1, n):
        color = tile.palette_colors[plane, i]
        j = i
        while j > 0 and tile.palette_colors[plane, j - 1] > color:
            tile.palette_colors[plane, j] = tile.palette_colors[plane, j - 1]
            j -= 1
        tile.palette_colors[plane, j] = color


@kernel(internal=True)
def code_sorted_colors(coder, frame, tile, block, tape, plane, n):
    """Code palette_colors_y, or palette_colors_u of plane 1: from the cache, then by rising differences."""
    bit_depth, idx = frame.bit_depth, 0
    in_cache = palette_cache(tile, block, plane)
    i = 0
    while i < in_cache and idx < n:
        if code_literal_on_tape(coder, tile, tape, 1):
            tile.palette_colors[plane, idx] = tile.palette_cache[i]
            idx += 1
        i += 1
    if idx < n:
        color = code_literal_on_tape(coder, tile, tape, bit_depth)
        tile.palette_colors[plane, idx] = color
        idx += 1
        if idx < n:
            bits = bit_depth - 3 + code_literal_on_tape(coder, tile, tape, 2)
            while idx < n:
                least = 1 - plane  # colors of luma differ
                delta = code_literal_on_tape(coder, tile, tape, bits) + least
                color = min(color + delta, (1 << bit_depth) - 1)
                tile.palette_colors[plane, idx] = color
                bits = min(bits, ceil_log2((1 << bit_depth) - color - least))
                idx += 1
    sort_colors(tile, plane, n)


@kernel(internal=True)
def code_v_colors(coder, frame, tile, tape, n):
    """Code palette_colors_v."""
    bit_depth = frame.bit_depth
    if not code_literal_on_tape(coder, tile, tape, 1):
        for idx in range(n):
            tile.palette_colors[2, idx] = code_literal_on_tape(coder, tile, tape, bit_depth)
        return
    bits = bit_depth - 4 + code_literal_on_tape(coder, tile, tape, 2)
    color = code_literal_on_tape(coder, tile, tape, bit_depth)
    tile.palette_colors[2, 0] = color
    for idx in range(1, n):
        delta = code_literal_on_tape(coder, tile, tape, bits)
        if delta and code_literal_on_tape(coder, tile, tape, 1):
            delta = -delta
        color = (color + delta) & ((1 << bit_depth) - 1)
        tile.palette_colors[2, idx] = color


@kernel(internal=True)
def palette_size_context(block):
    """Return bsizeCtx."""
    return MI_WIDTH_LOG2[block.mi_size] + MI_HEIGHT_LOG2[block.mi_size] - 2


@kernel(internal=True)
def has_palette_y_cdf(tile, block):
    """Return where the CDF of has_palette_y is, in its context."""
    ctx = 3 * palette_size_context(block)
    if tile.avail_u and tile.above[CTX_PALETTE_Y, block.mi_col - tile.mi_col_start]:
        ctx += 1
    if tile.avail_l and tile.left[CTX_PALETTE_Y, block.mi_row & 31]:
        ctx += 1
    return PALETTE_Y_MODE_CDF + 2 * ctx


@kernel(internal=True)
def has_palette_uv_cdf(block):
    """Return where the CDF of has_palette_uv is, in its context."""
    return PALETTE_UV_MODE_CDF + 2 * (block.palette_size_y > 0)


@kernel(internal=True)
def code_palette_mode_info(coder, cdfs, frame, tile, block, tape):
    """palette_mode_info."""
    y_writes, uv_writes = block.palette_size_y, block.palette_size_uv
    block.palette_size_y, block.palette_size_uv = 0, 0
    if not palette_allowed(frame, block):
        return
    bsize_ctx = palette_size_context(block)
    if block.y_mode == DC_PRED and code_symbol(coder, cdfs, has_palette_y_cdf(tile, block), 2, y_writes > 0):
        n = 2 + code_symbol(coder, cdfs, PALETTE_Y_SIZE_CDF + 7 * bsize_ctx, 7, y_writes - 2)
        block.palette_size_y = n
        code_sorted_colors(coder, frame, tile, block, tape, 0, n)
    if (
        block.has_chroma
        and block.uv_mode == DC_PRED
        and code_symbol(coder, cdfs, has_palette_uv_cdf(block), 2, uv_writes > 0)
    ):
        n = 2 + code_symbol(coder, cdfs, PALETTE_UV_SIZE_CDF + 7 * bsize_ctx, 7, uv_writes - 2)
        block.palette_size_uv = n
        code_sorted_colors(coder, frame, tile, block, tape, 1, n)
        code_v_colors(coder, frame, tile, tape, n)


@kernel(internal=True)
def color_context(color_map, plane, r, c):
    """get_palette_color_context: return the context, and the colors that ColorOrder begins with.

    These are the neighbours' colors, by falling score and then by number; -1 where there are fewer than
    three. The other colors follow by number.
    """
    if r == 0 or c == 0:
        only = np.int64(color_map[plane, r, c - 1] if r == 0 else color_map[plane, r - 1, c])
        return color_context_of(2, 0, 0), only, -1, -1
    left, above = np.int64(color_map[plane, r, c - 1]), np.int64(color_map[plane, r - 1, c])
    corner = np.int64(color_map[plane, r - 1, c - 1])
    if left == above:
        if left == corner:
            return color_context_of(5, 0, 0), left, -1, -1
        return color_context_of(4, 1, 0), left, corner, -1
    if left == corner:
        return color_context_of(3, 2, 0), left, above, -1
    if above == corner:
        return color_context_of(3, 2, 0), above, left, -1
    return color_context_of(2, 2, 1), min(left, above), max(left, above), corner


@kernel(internal=True)
def color_context_of(first, second, third):
    """Return the context of the three highest scores."""
    weights = PALETTE_COLOR_HASH_MULTIPLIERS
    return PALETTE_COLOR_CONTEXT[first * weights[0] + second * weights[1] + third * weights[2]]


@kernel(internal=True)
def color_rank(color, first, second, third):
    """Return where a color is in ColorOrder."""
    if color == first:
        return 0
    if color == second:
        return 1
    if color == third:
        return 2
    return color + (first > color) + (second > color) + (third > color)


@kernel(internal=True)
def color_of_rank(rank, first, second, third):
    """Return ColorOrder[ rank ]."""
    color = first
    if color_rank(color, first, second, third) != rank:
        color = 0
        while color_rank(color, first, second, third) != rank:
            color += 1
    return color


@kernel(internal=True)
def extend_color_map(color_map, plane, width, height, onscreen_width, onscreen_height):
    """Repeat the last column and row of a map."""
    for i in range(onscreen_height):
        for j in range(onscreen_width, width):
            color_map[plane, i, j] = color_map[plane, i, onscreen_width - 1]
    for i in range(onscreen_height, height):
        for j in range(width):
            color_map[plane, i, j] = color_map[plane, onscreen_height - 1, j]


@kernel(internal=True)
def code_color_map(coder, cdfs, tile, tape, plane, n, width, height, onscreen_width, onscreen_height):
    """Code ColorMapY (plane 0) or ColorMapUV (1), by diagonals, and repeat its last column and row."""
    color_map = tile.color_map
    first = code_ns(coder, n, next_decision(coder, tile, tape))
    keep(tile, tape, first)
    color_map[plane, 0, 0] = first
    cdf = UV_COLOR_CDFS[n - 2] if plane else Y_COLOR_CDFS[n - 2]
    for i in range(1, onscreen_height + onscreen_width - 1):
        for j in range(min(i, onscreen_width - 1), max(0, i - onscreen_height + 1) - 1, -1):
            ctx, first, second, third = color_context(color_map, plane, i - j, j)
            rank = 0
            if is_writing(coder):
                rank = color_rank(next_decision(coder, tile, tape), first, second, third)
            rank = code_symbol(coder, cdfs, cdf + n * ctx, n, rank)
            color = color_of_rank(rank, first, second, third)
            keep(tile, tape, color)
            color_map[plane, i - j, j] = color
    extend_color_map(color_map, plane, width, height, onscreen_width, onscreen_height)


@kernel(internal=True)
def color_map_size(frame, block, plane):
    """Return width and height of a block's map, and the part of them that is coded."""
    height, width = BLOCK_HEIGHT[block.mi_size], BLOCK_WIDTH[block.mi_size]
    onscreen_height = min(height, 4 * (frame.mi_rows - block.mi_row))
    onscreen_width = min(width, 4 * (frame.mi_cols - block.mi_col))
    if plane:
        width, onscreen_width = width >> frame.subsampling_x, onscreen_width >> frame.subsampling_x
        height, onscreen_height = height >> frame.subsampling_y, onscreen_height >> frame.subsampling_y
        if width < 4:  # such a block's chroma is that of two
            width, onscreen_width = width + 2, onscreen_width + 2
        if height < 4:
            height, onscreen_height = height + 2, onscreen_height + 2
    return width, height, onscreen_width, onscreen_height


@kernel(internal=True)
def code_palette_tokens(coder, cdfs, frame, tile, block, tape):
    """palette_tokens."""
    for plane in range(2):
        n = block.palette_size_uv if plane else block.palette_size_y
        if n:
            width, height, onscreen_width, onscreen_height = color_map_size(frame, block, plane)
            code_color_map(coder, cdfs, tile, tape, plane, n, width, height, onscreen_width, onscreen_height)


@kernel(internal=True)
def leave_palette(tile, block, bw4, bh4):
    """Leave the palettes to the blocks below and to the right."""
    col, row = block.mi_col - tile.mi_col_start, block.mi_row & 31
    for plane in range(2):
        n = block.palette_size_uv if plane else block.palette_size_y
        for i in range(bw4):
            tile.above[CTX_PALETTE_Y + plane, col + i] = n
            for k in range(n):
                tile.above_colors[plane, col + i, k] = tile.palette_colors[plane, k]
        for i in range(bh4):
            tile.left[CTX_PALETTE_Y + plane, row + i] = n
            for k in range(n):
                tile.left_colors[plane, row + i, k] = tile.palette_colors[plane, k]


assert CTX_PALETTE_UV == CTX_PALETTE_Y + 1
