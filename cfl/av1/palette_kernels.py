# mypy: disable-error-code="no-untyped-def, assignment, operator"
"""The palette's syntax: its colors and the map of their indices (AV1 specification 5.11.46, 5.11.49).

On the tape lie the colors as they are coded, and of the map the colors' indices themselves.
"""

import numpy as np

from cfl.av1.kernel import kernel
from cfl.av1.symbol_kernels import code_ns, code_symbol
from cfl.av1.tables.cdfs import (
    PALETTE_UV_COLOR_CDFS,
    PALETTE_UV_MODE_CDF,
    PALETTE_UV_SIZE_CDF,
    PALETTE_Y_COLOR_CDFS,
    PALETTE_Y_MODE_CDF,
    PALETTE_Y_SIZE_CDF,
)
from cfl.av1.tables.constants import BLOCK_8X8, DC_PRED, PALETTE_COLORS, PALETTE_NUM_NEIGHBORS
from cfl.av1.tables.geometry import BLOCK_HEIGHT, BLOCK_WIDTH, MI_HEIGHT_LOG2, MI_WIDTH_LOG2
from cfl.av1.tables.palette import PALETTE_COLOR_CONTEXT, PALETTE_COLOR_HASH_MULTIPLIERS
from cfl.av1.tape_kernels import code_literal_on_tape, is_writing, keep, next_decision
from cfl.av1.tile_state import CTX_PALETTE_UV, CTX_PALETTE_Y

Y_COLOR_CDFS = np.array(PALETTE_Y_COLOR_CDFS)
UV_COLOR_CDFS = np.array(PALETTE_UV_COLOR_CDFS)


@kernel(once=True)
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


@kernel(once=True)
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


@kernel(once=True)
def sort_colors(tile, plane, n):
    """Sort a palette, in place."""
    for i in range(1, n):
        color = tile.palette_colors[plane, i]
        j = i
        while j > 0 and tile.palette_colors[plane, j - 1] > color:
            tile.palette_colors[plane, j] = tile.palette_colors[plane, j - 1]
            j -= 1
        tile.palette_colors[plane, j] = color


@kernel(once=True)
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


@kernel(once=True)
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


@kernel(once=True)
def code_palette_mode_info(coder, cdfs, frame, tile, block, tape):
    """palette_mode_info."""
    y_writes, uv_writes = block.palette_size_y, block.palette_size_uv
    block.palette_size_y, block.palette_size_uv = 0, 0
    if not palette_allowed(frame, block):
        return
    bsize_ctx = MI_WIDTH_LOG2[block.mi_size] + MI_HEIGHT_LOG2[block.mi_size] - 2
    if block.y_mode == DC_PRED:
        ctx = 0
        if tile.avail_u and tile.above[CTX_PALETTE_Y, block.mi_col - tile.mi_col_start]:
            ctx += 1
        if tile.avail_l and tile.left[CTX_PALETTE_Y, block.mi_row & 31]:
            ctx += 1
        if code_symbol(coder, cdfs, PALETTE_Y_MODE_CDF + 2 * (3 * bsize_ctx + ctx), 2, y_writes > 0):
            n = 2 + code_symbol(coder, cdfs, PALETTE_Y_SIZE_CDF + 7 * bsize_ctx, 7, y_writes - 2)
            block.palette_size_y = n
            code_sorted_colors(coder, frame, tile, block, tape, 0, n)
    if block.has_chroma and block.uv_mode == DC_PRED:
        ctx = 1 if block.palette_size_y else 0
        if code_symbol(coder, cdfs, PALETTE_UV_MODE_CDF + 2 * ctx, 2, uv_writes > 0):
            n = 2 + code_symbol(coder, cdfs, PALETTE_UV_SIZE_CDF + 7 * bsize_ctx, 7, uv_writes - 2)
            block.palette_size_uv = n
            code_sorted_colors(coder, frame, tile, block, tape, 1, n)
            code_v_colors(coder, frame, tile, tape, n)


@kernel(once=True)
def palette_color_context(tile, plane, r, c, n):
    """get_palette_color_context: order the colors by what is around, and return the context."""
    order, scores = tile.color_order, tile.color_scores
    for i in range(PALETTE_COLORS):
        scores[i] = 0
        order[i] = i
    if c > 0:
        scores[tile.color_map[plane, r, c - 1]] += 2
        if r > 0:
            scores[tile.color_map[plane, r - 1, c - 1]] += 1
    if r > 0:
        scores[tile.color_map[plane, r - 1, c]] += 2
    hash_ = 0
    for i in range(PALETTE_NUM_NEIGHBORS):
        best = i
        for j in range(i + 1, n):
            if scores[j] > scores[best]:
                best = j
        score, color = scores[best], order[best]
        for k in range(best, i, -1):
            scores[k] = scores[k - 1]
            order[k] = order[k - 1]
        scores[i] = score
        order[i] = color
        hash_ += score * PALETTE_COLOR_HASH_MULTIPLIERS[i]
    return PALETTE_COLOR_CONTEXT[hash_]


@kernel(once=True)
def code_color_map(coder, cdfs, tile, tape, plane, n, width, height, onscreen_width, onscreen_height):
    """Code ColorMapY (plane 0) or ColorMapUV (1), by diagonals, and repeat its last column and row."""
    color_map, order = tile.color_map, tile.color_order
    first = code_ns(coder, n, next_decision(coder, tile, tape))
    keep(tile, tape, first)
    color_map[plane, 0, 0] = first
    cdf = UV_COLOR_CDFS[n - 2] if plane else Y_COLOR_CDFS[n - 2]
    for i in range(1, onscreen_height + onscreen_width - 1):
        for j in range(min(i, onscreen_width - 1), max(0, i - onscreen_height + 1) - 1, -1):
            ctx = palette_color_context(tile, plane, i - j, j, n)
            idx = 0
            if is_writing(coder):
                color = next_decision(coder, tile, tape)
                while idx < n - 1 and order[idx] != color:
                    idx += 1
            color = order[code_symbol(coder, cdfs, cdf + n * ctx, n, idx)]
            keep(tile, tape, color)
            color_map[plane, i - j, j] = color
    for i in range(onscreen_height):
        for j in range(onscreen_width, width):
            color_map[plane, i, j] = color_map[plane, i, onscreen_width - 1]
    for i in range(onscreen_height, height):
        for j in range(width):
            color_map[plane, i, j] = color_map[plane, onscreen_height - 1, j]


@kernel(internal=True)
def code_palette_tokens(coder, cdfs, frame, tile, block, tape):
    """palette_tokens."""
    height, width = BLOCK_HEIGHT[block.mi_size], BLOCK_WIDTH[block.mi_size]
    onscreen_height = min(height, 4 * (frame.mi_rows - block.mi_row))
    onscreen_width = min(width, 4 * (frame.mi_cols - block.mi_col))
    for plane in range(2):
        n = block.palette_size_y
        if plane:
            n = block.palette_size_uv
            width, onscreen_width = width >> frame.subsampling_x, onscreen_width >> frame.subsampling_x
            height, onscreen_height = height >> frame.subsampling_y, onscreen_height >> frame.subsampling_y
            if width < 4:  # such a block's chroma is that of two
                width, onscreen_width = width + 2, onscreen_width + 2
            if height < 4:
                height, onscreen_height = height + 2, onscreen_height + 2
        if n:
            code_color_map(coder, cdfs, tile, tape, plane, n, width, height, onscreen_width, onscreen_height)


@kernel(once=True)
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
